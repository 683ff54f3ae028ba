"""Watches one stream: what is lost, what is no number, what the stamps do. Pure.

The stream goes on whatever happens. Nothing is mended quietly: each fault is counted, and
`IntegrityReport.problems` names it in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milmer_live.config import IntegritySettings
from milmer_live.processing.timing.dejitter import (
    Dejitter,
    Indices,
)
from milmer_live.processing.timing.gaps import (
    Verdict,
    judge,
    tolerance_s,
)
from milmer_live.processing.timing.rate_finder import RateFinder
from milmer_live.processing.timing.sender_clock import SenderClock
from milmer_live.samples import EEGChunk, EEGInfo, Float64, frozen

# A clock's stamps are not beyond this: in seconds it is 3,000 years.
LATEST_STAMP = 1e11
# Up to here the rate is followed as it is. Beyond, a sine of 10 Hz would be one of 9.5 or 10.5,
# and the stream goes on, behind a gap, as one of the rate that is measured.
RATE_FOLLOWED = 0.05
RATE_KNOWN_S = 5.0  # of stamps, before the rate is judged
# A sender that stamps whole chunks when it sends them lets one begin a moment before the last has
# ended, now and then. That is jitter, which is smoothed, and no fault.
BACKWARDS_S = 0.005


@dataclass(frozen=True, slots=True)
class Segment:
    """Samples that follow one another, at their dejittered times. `after_gap`: something is
    missing before them, and filters have to start anew. `sample_rate` is the announced one,
    or, where that is grossly wrong, the one measured."""

    chunk: EEGChunk
    after_gap: bool
    sample_rate: float


@dataclass(frozen=True, slots=True)
class IntegrityReport:
    """Totals since the start.

    `lost` samples by the sender's own count; `gaps` in the stream, of whatever cause; `strays`
    are stamps that jumped and came back, whose samples were put where they were due;
    `backwards` stamps were more than 5 ms before the one in front of them. `not_finite` are
    samples by channel. `measured_rate` is 0 until it is known. `clock_steps`: how often stamps
    were found to be of another clock than before, and `clock_shift_s` is added to them now.
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
    clock_steps: int = 0
    clock_shift_s: float = 0.0

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, in words; empty where nothing is."""
        wrong = []
        if self.rate_off:
            off = self.measured_rate / self.nominal_rate - 1
            sent = f"{self.measured_rate:.1f} Hz instead of {self.nominal_rate:g} Hz"
            wrong.append(f"sends {sent} ({off:+.1%})")
        if self.clock_steps:
            wrong.append(self.clock)
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

    @property
    def clock(self) -> str:
        """How the sender's clock is to ours, in words."""
        if not self.clock_shift_s:
            return f"its clock was set {_count(self.clock_steps, 'time')}, and is right now"
        by = abs(self.clock_shift_s)
        where = "behind" if self.clock_shift_s > 0 else "ahead of"
        seconds = f"{by:,.0f}" if by >= 10 else f"{by:.1f}"
        return f"its time stamps are {seconds} s {where} the clock: the time of arrival is used"


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
        self._rate = RateFinder(info.sample_rate)
        self._sender = SenderClock()
        self._totals = _Totals(np.zeros(info.n_channels, dtype=np.int64))
        self._held: EEGChunk | None = None  # samples whose stamps are not understood yet
        self._arrival: float | None = None  # of the newest chunk
        self._is_new = True  # nothing has been placed since the stream was opened
        self._next_index: int | None = None
        self._last_stamp = -np.inf
        self._broken = False

    @property
    def sample_rate(self) -> float:
        """At which samples are taken to come: as announced, unless that is grossly wrong."""
        return self._clock.sample_rate

    @property
    def clock_shift_s(self) -> float:
        """What is added to the stamps."""
        return self._sender.shift_s

    def restart(self) -> None:
        """The stream was opened anew: there is a gap, and its clock may be another."""
        self._held = None
        self._break()
        self._sender.restart()
        self._rate = RateFinder(self.sample_rate)
        self._is_new = True
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
            clock_steps=self._sender.steps,
            clock_shift_s=self._sender.shift_s,
        )

    def check(self, chunk: EEGChunk, arrival: float | None = None) -> tuple[Segment, ...]:
        """The samples of `chunk`, in order and with true times. Where stamps have jumped they
        come up to `CONFIRM_S` later: until it is clear whether they come back; where the rate
        seems to be another from the start, up to a second of samples. `arrival`: when the
        newest sample came, None where stamps are not to be compared with it."""
        if not len(chunk):
            return ()
        self._arrival = arrival
        chunk = _with_numbers(chunk)
        self._take_stock(chunk)
        chunk = _moved(chunk, self._sender.shift_s)
        segments: list[Segment] = []
        if self._next_index is not None and chunk.first_index != self._next_index:
            segments += self._give_up_held()
            self._skip_to(chunk.first_index)
        self._next_index = chunk.first_index + len(chunk)
        rest = self._placeable(_joined(self._held, chunk))
        self._held = rest if len(rest) else None
        self._begin()
        while self._held is not None and (segment := self._next_segment(self._held)) is not None:
            segments.append(segment)
            rest = _part(self._held, len(segment.chunk))
            self._held = rest if len(rest) else None
        self._compare(self._last_stamp)
        return tuple(segments)

    def _take_stock(self, chunk: EEGChunk) -> None:
        totals = self._totals
        totals.samples += len(chunk)
        totals.not_finite += np.count_nonzero(~np.isfinite(chunk.data), axis=0)
        steps = np.diff(chunk.times, prepend=self._last_stamp)
        totals.backwards += int(np.count_nonzero(steps < -BACKWARDS_S))
        self._last_stamp = float(chunk.times[-1])
        self._rate.add(chunk.first_index, chunk.times)

    def _begin(self) -> None:
        """Compare the first stamps since the stream was opened with their arrival."""
        if self._held is None or not self._is_new:
            return
        self._is_new = False
        if self._arrival is not None:
            newest = self._held.times[np.isfinite(self._held.times)][-1]
            sent = float(newest) - self._sender.shift_s
            self._held = _moved(self._held, self._sender.begin(sent, self._arrival))

    def _compare(self, newest: float) -> None:
        """The newest stamp, as it was sent, with its arrival; where it is not on the clock
        there is a gap."""
        if self._held is not None or self._arrival is None or not np.isfinite(newest):
            return
        if self._sender.follow(newest, self._arrival):
            self._break()

    def _skip_to(self, index: int) -> None:
        """The sender's count has jumped. Forward: samples are lost, and the clock goes on."""
        assert self._next_index is not None
        if index > self._next_index:
            self._totals.lost += index - self._next_index
            self._totals.gaps += 1
            self._broken = True
        else:
            self._break()
            self._rate = RateFinder(self.sample_rate)

    def _break(self, *, is_gap: bool = True) -> None:
        """Filters start anew; something may be missing, or only the rate be another."""
        if self._clock.count:
            self._totals.gaps += is_gap
            self._broken = True
        self._clock.restart()

    def _jump(self, rest: EEGChunk) -> EEGChunk:
        """Stamps have jumped and stay: samples are missing, or the sender's clock is another.
        Returns `rest` with stamps on our clock."""
        by_s = float(rest.times[0] - self._clock.predict(_indices(rest)[:1])[0])
        self._break()
        if self._arrival is None:
            return rest
        newest = float(rest.times[0]) + (len(rest) - 1) / self.sample_rate
        sent = newest - self._sender.shift_s
        return _moved(rest, self._sender.jump(sent, self._arrival, by_s))

    def _change_rate(self, rate: float) -> None:
        """Go on as a stream of `rate`, with filters that start anew."""
        later = self._clock.at_rate(rate)
        self._break(is_gap=False)
        self._clock, self._rate = later, RateFinder(rate)
        self._totals.measured_rate = rate

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
        if not self._rate.is_known:
            return None
        if rate := self._rate.find():
            self._change_rate(rate)
            return self._next_segment(rest)
        verdict, count = judge(rest.times, self._due(rest), self.sample_rate)
        if verdict is Verdict.STAYS:
            self._held = self._jump(rest)
            return self._next_segment(self._held)
        return self._stray(_part(rest, 0, count)) if verdict is Verdict.STRAY else None

    def _away(self, chunk: EEGChunk) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which stamps are not where they are expected; one that is no number never is."""
        return ~(np.abs(chunk.times - self._due(chunk)) <= tolerance_s(self.sample_rate))

    def _due(self, chunk: EEGChunk) -> Float64:
        """(n_samples,) when the samples of `chunk` are expected."""
        if self._clock.count:
            return self._clock.predict(_indices(chunk))
        return np.asarray(chunk.times[0] + np.arange(len(chunk)) / self.sample_rate)

    def _believe(self, chunk: EEGChunk) -> Segment:
        times = self._clock.update(_indices(chunk), chunk.times)
        segment = self._segment(chunk, times)
        if self._clock.count >= RATE_KNOWN_S * self.sample_rate:
            self._totals.measured_rate = rate = self._clock.rate
            off = abs(rate / self.sample_rate - 1)
            if off > RATE_FOLLOWED and self._rate.find():
                self._change_rate(rate)
        return segment

    def _stray(self, chunk: EEGChunk) -> Segment:
        self._totals.strays += len(chunk)
        return self._segment(chunk, self._clock.skip(_indices(chunk)))

    def _segment(self, chunk: EEGChunk, times: Float64) -> Segment:
        after_gap, self._broken = self._broken, False
        placed = EEGChunk(chunk.data, frozen(times), chunk.first_index, chunk.clock_offset)
        return Segment(placed, after_gap, self.sample_rate)


def _indices(chunk: EEGChunk) -> Indices:
    return chunk.first_index + np.arange(len(chunk), dtype=np.int64)


def _with_numbers(chunk: EEGChunk) -> EEGChunk:
    """With NaN for stamps that no clock gives."""
    wild = ~(np.abs(chunk.times) < LATEST_STAMP)
    if not wild.any():
        return chunk
    times = np.where(wild, np.nan, chunk.times)
    return EEGChunk(chunk.data, frozen(times), chunk.first_index, chunk.clock_offset)


def _moved(chunk: EEGChunk, step_s: float) -> EEGChunk:
    if not step_s:
        return chunk
    times = frozen(chunk.times + step_s)
    return EEGChunk(chunk.data, times, chunk.first_index, chunk.clock_offset)


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
