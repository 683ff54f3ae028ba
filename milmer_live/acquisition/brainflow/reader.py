"""The packages of one of BrainFlow's buffers, each at its time, and the signals in them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Event, Lock

import numpy as np
from numpy.typing import NDArray

from milmer_live.acquisition.brainflow.package_clock import PackageClock
from milmer_live.acquisition.brainflow.package_counter import PackageCounter
from milmer_live.acquisition.brainflow.signals import (
    BoardPreset,
    BoardSignal,
)
from milmer_live.clock import Clock
from milmer_live.errors import SourceAway, SourceEnded, SourceLost
from milmer_live.samples import EEGChunk, EEGInfo, Float64, frozen

BURST_S = 1.0  # by which packages may come late: what they say is missing must fit into the time
KEPT_S = 2.0  # of a signal that nobody reads yet
BUFFER_S = 60.0  # of one whose reader is held up


@dataclass(frozen=True, slots=True)
class Part:
    """Packages that follow one another: `rows` (n_rows, n_samples) as BrainFlow lays them out,
    `times` (n_samples,) Unix seconds. The first is number `first_index` of the preset; -1 for
    packages that have no number in its count."""

    first_index: int
    rows: Float64
    times: Float64

    @property
    def is_numbered(self) -> bool:
        return self.first_index >= 0


class PresetReader:
    """Numbers and places the packages of one preset, from `restart` on."""

    def __init__(self, preset: BoardPreset, counting: tuple[int, int]) -> None:
        self.preset = preset
        self._counting = counting
        self._count = 0
        self.restart(preset.sample_rate)

    def restart(self, sample_rate: float) -> None:
        """Another stretch of packages begins. They are counted on."""
        self._rate = sample_rate
        self._clock = PackageClock(sample_rate)
        self._counter = PackageCounter(*self._counting)
        self._last_time: float | None = None

    def parts(self, rows: Float64) -> list[Part]:
        """`rows` (n_rows, n_samples), cut where packages are missing."""
        stamps = rows[self.preset.times]
        lost = self._lost_before(rows, stamps)
        starts = sorted({0, *np.flatnonzero(lost).tolist()})
        stops = [*starts[1:], rows.shape[1]]
        return [
            self._part(rows[:, start:stop], stamps[start:stop], int(lost[start]))
            for start, stop in zip(starts, stops, strict=True)
        ]

    def _part(self, rows: Float64, stamps: Float64, lost: int) -> Part:
        first = self._count + lost
        self._count = first + len(stamps)
        return Part(first, rows, self._clock.times(first, stamps))

    def _lost_before(self, rows: Float64, stamps: Float64) -> NDArray[np.int64]:
        if self.preset.numbers is None:
            return np.zeros(len(stamps), dtype=np.int64)
        counted = self._counter.lost_before(rows[self.preset.numbers])
        return np.minimum(counted, self._most_lost(stamps))

    def _most_lost(self, stamps: Float64) -> NDArray[np.int64]:
        """(n_samples,) how many samples can have been before each one since the one before it:
        some boards count otherwise than by one, and from anywhere."""
        last = stamps[0] if self._last_time is None else self._last_time
        self._last_time = float(stamps[-1])
        waited_s = np.maximum(np.diff(stamps, prepend=last), 0.0) + BURST_S
        return np.asarray(waited_s * self._rate, dtype=np.int64)


class SignalBeside:
    """A signal of a board beside the one that stands for it. The board is read by its source
    alone, which puts here what there is of this signal; any one thread reads it (`EEGSource`).

    Its values go to the file as BrainFlow gives them, in float64.
    """

    def __init__(self, signal: BoardSignal, clock: Clock) -> None:
        self.signal = signal
        self.lost = 0  # found the buffer full
        self._clock = clock
        self._never = Event()
        self._lock = Lock()
        self._info: EEGInfo | None = None  # while the board is there
        self._ended = ""  # why it does not come back
        self._has_reader = False
        self._waiting: deque[EEGChunk] = deque()
        self._n_waiting = 0
        self._taken: deque[EEGChunk] = deque()
        self._count = 0  # of an irregular signal

    @property
    def name(self) -> str:
        return self.signal.name

    # For the one who reads the signal.

    def open(self) -> EEGInfo:
        """Raises SourceAway while the board is not there, SourceEnded where it is over."""
        with self._lock:
            if self._info is None:
                raise self._absence()
            self._has_reader = True
            return self._info

    def read(self, timeout_s: float) -> EEGChunk | None:
        """What has come in `timeout_s`, in one piece where nothing is missing. Raises
        SourceAway, SourceEnded."""
        if not self._taken:
            self._clock.wait(timeout_s, self._never)
            self._taken.extend(_joined(self._take()))
        return self._taken.popleft() if self._taken else None

    def close(self) -> None:
        with self._lock:
            self._has_reader = False
            self._taken.clear()

    def _take(self) -> list[EEGChunk]:
        with self._lock:
            chunks = list(self._waiting)
            self._waiting.clear()
            self._n_waiting = 0
            if not chunks and self._info is None:
                raise self._absence()
        return chunks

    def _absence(self) -> SourceLost:
        return SourceEnded(self._ended) if self._ended else SourceAway(self.signal.name)

    # For the source of the board.

    def begin(self, sample_rate: float) -> None:
        """The board is there. What a reader has not taken yet stays."""
        with self._lock:
            if not self._has_reader:
                self._waiting.clear()
                self._n_waiting = 0
            self._info, self._ended = self.signal.info(sample_rate), ""

    def end(self, why_for_good: str = "") -> None:
        """The board is away; what waits can still be read. `why_for_good`: it was a recording that
        is over."""
        with self._lock:
            self._info = None
            self._ended = self._ended or why_for_good

    def put(self, part: Part, offset_s: float, rate: float) -> None:
        """What there is of the signal in `part`; `offset_s` is added to its times."""
        values = part.rows[list(self.signal.rows)].T * self.signal.scale
        times, first = part.times + offset_s, part.first_index
        if not self.signal.sample_rate:  # an impedance is 0 while it is not measured
            measured = (values != 0).any(axis=1)
            values, times, first = values[measured], times[measured], self._count
            self._count += len(times)
        if len(times):
            raw = frozen(np.ascontiguousarray(values))
            data = frozen(raw.astype(np.float32))
            self._put(EEGChunk(data, frozen(times), first, offset_s, raw), rate)

    def _put(self, chunk: EEGChunk, rate: float) -> None:
        with self._lock:
            self._waiting.append(chunk)
            self._n_waiting += len(chunk)
            room = (BUFFER_S if self._has_reader else KEPT_S) * max(rate, 1.0)
            while self._n_waiting > room and len(self._waiting) > 1:
                oldest = len(self._waiting.popleft())
                self._n_waiting -= oldest
                self.lost += oldest if self._has_reader else 0


def _joined(chunks: list[EEGChunk]) -> list[EEGChunk]:
    """Chunks that follow one another as one."""
    runs: list[list[EEGChunk]] = []
    for chunk in chunks:
        last = runs[-1][-1] if runs else None
        if last is not None and last.first_index + len(last) == chunk.first_index:
            runs[-1].append(chunk)
        else:
            runs.append([chunk])
    return [_one(run) for run in runs]


def _one(run: list[EEGChunk]) -> EEGChunk:
    if len(run) == 1:
        return run[0]
    # one clock offset for all: the times are the newest clock's, the stamps the sender's
    offset_s = run[-1].clock_offset
    stamps = np.concatenate([one.times - one.clock_offset for one in run])
    raw = np.concatenate([one.raw for one in run if one.raw is not None])
    return EEGChunk(
        frozen(raw.astype(np.float32)),
        frozen(stamps + offset_s),
        run[0].first_index,
        offset_s,
        frozen(raw),
    )
