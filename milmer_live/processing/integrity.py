"""Watches one stream: what is lost, what is no number, what the stamps do. Pure.

The stream goes on whatever happens. Nothing is mended quietly: each fault is counted, and
`IntegrityReport.problems` names it in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milmer_live.config import IntegritySettings
from milmer_live.processing.dejitter import Dejitter, Indices
from milmer_live.samples import EEGChunk, EEGInfo, Float64, frozen

RATE_KNOWN_S = 5.0  # of stamps, before the rate is judged
# A sender that stamps whole chunks when it sends them lets one begin a moment before the last has
# ended, now and then. That is jitter, which is smoothed, and no fault.
BACKWARDS_S = 0.005


@dataclass(frozen=True, slots=True)
class Segment:
    """Samples that follow one another, at their dejittered times. `after_gap`: something is
    missing before them, and filters have to start anew."""

    chunk: EEGChunk
    after_gap: bool


@dataclass(frozen=True, slots=True)
class IntegrityReport:
    """Totals since the start.

    `lost` samples by the sender's own count; `gaps` in the stream, of whatever cause; `strays`
    are stamps that jumped and came back, whose samples were put where they were due;
    `backwards` stamps were more than 5 ms before the one in front of them. `not_finite` are
    samples by channel. `measured_rate` is 0 until it is known.
    """

    samples: int
    lost: int
    gaps: int
    strays: int
    backwards: int
    not_finite: tuple[tuple[str, int], ...]
    nominal_rate: float
    measured_rate: float
    rate_off: bool

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, in words; empty where nothing is."""
        wrong = []
        if self.rate_off:
            off = self.measured_rate / self.nominal_rate - 1
            sent = f"{self.measured_rate:.1f} Hz instead of {self.nominal_rate:g} Hz"
            wrong.append(f"sends {sent} ({off:+.1%})")
        if self.gaps:
            wrong.append(f"{_count(self.gaps, 'gap')}, {_count(self.lost, 'sample')} known lost")
        if self.strays:
            wrong.append(f"{_count(self.strays, 'time stamp')} jumped")
        if self.backwards:
            wrong.append(f"{_count(self.backwards, 'time stamp')} ran backwards")
        if self.not_finite:
            worst = sorted(self.not_finite, key=lambda entry: -entry[1])[:4]
            named = ", ".join(f"{name} {count}" for name, count in worst)
            wrong.append(f"samples that are not numbers: {named}")
        return tuple(wrong)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass
class _Totals:
    not_finite: Indices  # (n_channels,)
    samples: int = 0
    lost: int = 0
    gaps: int = 0
    strays: int = 0
    backwards: int = 0
    measured_rate: float = 0.0


class StreamWatcher:
    """Checks the chunks of one stream and gives them true times."""

    def __init__(self, info: EEGInfo, settings: IntegritySettings) -> None:
        self.settings = settings
        self._info = info
        self._clock = Dejitter(info.sample_rate, settings.half_life_s)
        self._confirm = max(2, round(settings.confirm_s * info.sample_rate))
        self._totals = _Totals(np.zeros(info.n_channels, dtype=np.int64))
        self._held: EEGChunk | None = None  # samples whose stamps are not understood yet
        self._next_index: int | None = None
        self._last_stamp = -np.inf
        self._broken = False

    def restart(self) -> None:
        """The stream was opened anew: there is a gap, and its clock may be another."""
        self._held = None
        self._break()
        self._next_index = None

    def report(self) -> IntegrityReport:
        totals, nominal = self._totals, self._info.sample_rate
        measured = totals.measured_rate
        counts = zip(self._info.channel_names, totals.not_finite.tolist(), strict=True)
        return IntegrityReport(
            samples=totals.samples,
            lost=totals.lost,
            gaps=totals.gaps,
            strays=totals.strays,
            backwards=totals.backwards,
            not_finite=tuple((name, count) for name, count in counts if count),
            nominal_rate=nominal,
            measured_rate=measured,
            rate_off=measured > 0 and abs(measured / nominal - 1) > self.settings.rate_tolerance,
        )

    def check(self, chunk: EEGChunk) -> tuple[Segment, ...]:
        """The samples of `chunk`, in order and with true times. Where stamps have jumped they
        come up to `confirm_s` later: until it is clear whether they come back."""
        if not len(chunk):
            return ()
        self._take_stock(chunk)
        segments: list[Segment] = []
        if self._next_index is not None and chunk.first_index != self._next_index:
            segments += self._give_up_held()
            self._skip_to(chunk.first_index)
        self._next_index = chunk.first_index + len(chunk)
        rest = self._placeable(_joined(self._held, chunk))
        self._held = None
        while len(rest):
            segment = self._next_segment(rest)
            if segment is None:
                self._held = rest
                break
            segments.append(segment)
            rest = _part(rest, len(segment.chunk))
        return tuple(segments)

    def _take_stock(self, chunk: EEGChunk) -> None:
        totals = self._totals
        totals.samples += len(chunk)
        totals.not_finite += np.count_nonzero(~np.isfinite(chunk.data), axis=0)
        steps = np.diff(chunk.times, prepend=self._last_stamp)
        totals.backwards += int(np.count_nonzero(steps < -BACKWARDS_S))
        self._last_stamp = float(chunk.times[-1])

    def _skip_to(self, index: int) -> None:
        """The sender's count has jumped. Forward: samples are lost, and the clock goes on."""
        assert self._next_index is not None
        if index > self._next_index:
            self._totals.lost += index - self._next_index
            self._totals.gaps += 1
            self._broken = True
        else:
            self._break()

    def _break(self) -> None:
        if self._clock.count:
            self._totals.gaps += 1
            self._broken = True
        self._clock.restart()

    def _give_up_held(self) -> list[Segment]:
        """What follows cannot tell any more where these belong: they stay where they are due."""
        held, self._held = self._held, None
        return [] if held is None else [self._stray(held)]

    def _placeable(self, chunk: EEGChunk) -> EEGChunk:
        """Without what comes before the first stamp that is a number: it belongs nowhere."""
        if self._clock.count:
            return chunk
        known = np.isfinite(chunk.times)
        lead = int(np.argmax(known)) if known.any() else len(chunk)
        self._totals.strays += lead
        return _part(chunk, lead)

    def _next_segment(self, rest: EEGChunk) -> Segment | None:
        """The first samples of `rest`, as many as can be placed; None: wait for more."""
        away = self._away(rest)
        if not away[0]:
            here = int(np.argmax(away)) if away.any() else len(rest)
            return self._believe(_part(rest, 0, here))
        back = len(rest) if away.all() else int(np.argmin(away))
        steady = min(back, self._steady(rest.times))
        if steady >= self._confirm:
            self._break()
            return self._next_segment(rest)
        if steady < len(rest):
            return self._stray(_part(rest, 0, steady))
        return None

    def _away(self, chunk: EEGChunk) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which stamps are not where they are expected; one that is no number never is."""
        indices = _indices(chunk)
        if self._clock.count:
            expected = self._clock.predict(indices)
        else:
            expected = self._from_first(chunk.times)
        return ~(np.abs(chunk.times - expected) <= self.settings.jump_s)

    def _steady(self, stamps: Float64) -> int:
        """How many stamps go on from the first as samples do."""
        away = ~(np.abs(stamps - self._from_first(stamps)) <= self.settings.jump_s)
        return max(1, int(np.argmax(away))) if away.any() else len(stamps)

    def _from_first(self, stamps: Float64) -> Float64:
        steps = np.arange(len(stamps)) / self._info.sample_rate
        return np.asarray(stamps[0] + steps, dtype=np.float64)

    def _believe(self, chunk: EEGChunk) -> Segment:
        times = self._clock.update(_indices(chunk), chunk.times)
        if self._clock.count >= RATE_KNOWN_S * self._info.sample_rate:
            self._totals.measured_rate = self._clock.rate
        return self._segment(chunk, times)

    def _stray(self, chunk: EEGChunk) -> Segment:
        self._totals.strays += len(chunk)
        return self._segment(chunk, self._clock.skip(_indices(chunk)))

    def _segment(self, chunk: EEGChunk, times: Float64) -> Segment:
        after_gap, self._broken = self._broken, False
        placed = EEGChunk(chunk.data, frozen(times), chunk.first_index, chunk.clock_offset)
        return Segment(placed, after_gap)


def _indices(chunk: EEGChunk) -> Indices:
    return chunk.first_index + np.arange(len(chunk), dtype=np.int64)


def _part(chunk: EEGChunk, start: int, stop: int | None = None) -> EEGChunk:
    return EEGChunk(
        chunk.data[start:stop],
        chunk.times[start:stop],
        chunk.first_index + start,
        chunk.clock_offset,
    )


def _joined(held: EEGChunk | None, chunk: EEGChunk) -> EEGChunk:
    if held is None:
        return chunk
    return EEGChunk(
        np.concatenate([held.data, chunk.data]),
        np.concatenate([held.times, chunk.times]),
        held.first_index,
        chunk.clock_offset,
    )
