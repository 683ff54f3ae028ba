"""The newest seconds of what is no EEG, for the screen: as it was sent, at any rate or none."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from milmer_live.processing.channels.kinds import (
    channel_kinds,
    kind_by_type,
)
from milmer_live.processing.channels.site_names import is_site
from milmer_live.processing.channels.stream_description import stated_channels
from milmer_live.processing.timing.gaps import (
    BURST_S,
    gap_steps,
)
from milmer_live.samples import Bool, EEGChunk, EEGInfo, Float64, frozen

SPAN_S = 10.0
STEP_S = 0.01  # of which the smallest and the largest sample are kept: a pixel, about
CAPACITY = round(1.5 * SPAN_S / STEP_S)
LEAD_S = 1.0  # by which stamps may be in the future, and the clock be ours
MOST_CHANNELS = 64  # of a stream, which take 1.5 MB
NEVER = np.iinfo(np.int64).min

Steps = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A channel: its name, its kind ("" where that is not known) and its unit as stated."""

    name: str
    kind: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class RecentView:
    """The last `SPAN_S` of a stream's `rows`: `lows` and `highs` (n_steps, n_rows) of the samples
    around `times` (n_steps,) on the LSL clock, NaN where a channel had no number. Where `starts`
    (n_steps,) samples are missing in front. `newest` (n_rows,) are the values that came last,
    NaN before the first. `left_out` channels have no row."""

    rows: tuple[SignalRow, ...]
    times: Float64
    lows: Float64
    highs: Float64
    starts: Bool
    newest: Float64
    left_out: int = 0


class RecentSignals:
    """One thread writes, any thread reads, nobody waits.

    Whatever the rate, no more is kept than two numbers each `STEP_S` and channel.
    """

    def __init__(self, *, without_eeg: bool = False) -> None:
        """`without_eeg`: only the channels that are no EEG."""
        self._without_eeg = without_eeg
        self._stream: _Stream | None = None

    def connect(self, info: EEGInfo) -> None:
        """Chunks of `info` will come; one with the same channels goes on behind a gap."""
        rows, kinds = signal_rows(info), info.kinds or ("EEG",) * info.n_channels
        columns = np.flatnonzero([not self._without_eeg or kind != "EEG" for kind in kinds])
        shown = tuple(rows[column] for column in columns[:MOST_CHANNELS])
        stream, left_out = self._stream, max(0, len(columns) - MOST_CHANNELS)
        if stream is not None and (stream.rows, stream.rate) == (shown, info.sample_rate):
            stream.reconnect()
        else:
            self._stream = _Stream(shown, columns[:MOST_CHANNELS], info.sample_rate, left_out)

    def restart(self) -> None:
        """Begin a new picture, behind an error."""
        stream = self._stream
        if stream is not None:
            self._stream = _Stream(stream.rows, stream.columns, stream.rate, stream.left_out)

    def add(self, chunk: EEGChunk, arrival: float) -> None:
        if self._stream is not None and self._stream.rows and len(chunk):
            self._stream.add(chunk, arrival)

    def view(self, now: float) -> RecentView | None:
        """What there is of the last `SPAN_S`; None before a stream with such channels was there."""
        stream = self._stream
        return stream.view(now) if stream is not None and stream.rows else None


class _Stream:
    """A ring of steps. A step that is being written is not read: its number is `NEVER`."""

    def __init__(
        self, rows: tuple[SignalRow, ...], columns: NDArray[np.intp], rate: float, left_out: int
    ) -> None:
        self.rows, self.columns, self.rate, self.left_out = rows, columns, rate, left_out
        self._steps: Steps = np.full(CAPACITY, NEVER, dtype=np.int64)
        self._lows = np.full((CAPACITY, len(rows)), np.nan, dtype=np.float64)
        self._highs = self._lows.copy()
        self._starts = np.zeros(CAPACITY, dtype=np.bool_)
        self._newest = frozen(np.full(len(rows), np.nan, dtype=np.float64))
        self._shift_s = 0.0  # from stamps of a clock that is not ours
        self.reconnect()

    def reconnect(self) -> None:
        self._is_new, self._last_time, self._next = True, -np.inf, 0

    def add(self, chunk: EEGChunk, arrival: float) -> None:
        sent = chunk.data if chunk.raw is None else chunk.raw
        data = sent[:, self.columns].astype(np.float64)
        data[~np.isfinite(data)] = np.nan
        self._newest = frozen(data[-1])
        times = self._placed(chunk.times, arrival)
        starts = np.zeros(len(times), dtype=np.bool_)
        if self.rate > 0:
            starts = gap_steps(times, self.rate, self._last_time)
        starts[0] |= self._is_new or chunk.first_index != self._next
        self._is_new, self._next = False, chunk.first_index + len(chunk)
        self._last_time = float(times[-1])
        seen = np.abs(times - arrival) < SPAN_S
        if seen.any():
            self._write(np.floor(times[seen] / STEP_S).astype(np.int64), data[seen], starts[seen])

    def view(self, now: float) -> RecentView:
        steps = self._steps.copy()
        parts = self._lows.copy(), self._highs.copy(), self._starts.copy()
        is_shown = (steps > (now - SPAN_S) / STEP_S) & (steps * STEP_S <= now)
        whole = np.flatnonzero(is_shown & (steps == self._steps))
        order = whole[np.argsort(steps[whole])]
        lows, highs, starts = (frozen(part[order]) for part in parts)
        times = frozen((steps[order] + 0.5) * STEP_S)
        return RecentView(self.rows, times, lows, highs, starts, self._newest, self.left_out)

    def _placed(self, stamps: Float64, arrival: float) -> Float64:
        """On our clock: what is stamped by another one is where it came."""
        times = np.where(np.isfinite(stamps), stamps, arrival)
        late_s = arrival - float(times[-1])
        if -LEAD_S <= late_s <= SPAN_S:
            self._shift_s = 0.0
        elif self._is_new or not -LEAD_S <= late_s - self._shift_s <= BURST_S:
            self._shift_s = late_s
        return np.asarray(times + self._shift_s, dtype=np.float64)

    def _write(self, steps: Steps, data: Float64, starts: Bool) -> None:
        order = np.argsort(steps, kind="stable")
        steps, data, starts = steps[order], data[order], starts[order]
        firsts = np.flatnonzero(np.diff(steps, prepend=steps[0] - 1))
        steps = steps[firsts]
        lows, highs = (fold.reduceat(data, firsts, axis=0) for fold in (np.fmin, np.fmax))
        starts = np.logical_or.reduceat(starts, firsts)
        keep = steps > steps[-1] - CAPACITY
        keep &= steps >= self._steps[steps % CAPACITY]
        steps, lows, highs, starts = steps[keep], lows[keep], highs[keep], starts[keep]
        places = steps % CAPACITY
        goes_on = self._steps[places] == steps
        lows[goes_on] = np.fmin(lows[goes_on], self._lows[places[goes_on]])
        highs[goes_on] = np.fmax(highs[goes_on], self._highs[places[goes_on]])
        starts[goes_on] |= self._starts[places[goes_on]]
        self._steps[places] = NEVER
        self._lows[places], self._highs[places], self._starts[places] = lows, highs, starts
        self._steps[places] = steps


def signal_rows(info: EEGInfo) -> tuple[SignalRow, ...]:
    """Of each channel what its sender says of it."""
    stated = stated_channels(info.name, info.xml, info.n_channels)
    found = info.kinds or _guessed(info)
    rows = zip(info.channel_names, found, [one.unit for one in stated], strict=True)
    return tuple(SignalRow(*row) for row in rows)


def _guessed(info: EEGInfo) -> tuple[str, ...]:
    """Of a stream that is recorded as it is. It is not called EEG where nothing says so."""
    stated = stated_channels(info.name, info.xml, info.n_channels)
    of_stream = (ElementTree.fromstring(info.xml).findtext("type") or "") if info.xml else ""
    types = [one.kind or of_stream for one in stated]
    kinds = channel_kinds([one.label for one in stated], types, [s.unit for s in stated], of_stream)
    says = (
        is_site(one.label) or kind_by_type(text) == "EEG"
        for one, text in zip(stated, types, strict=True)
    )
    return tuple(
        kind if kind != "EEG" or is_eeg else "" for kind, is_eeg in zip(kinds, says, strict=True)
    )
