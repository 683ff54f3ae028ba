"""What a gap is: the one definition for the screen, the file, `check`, export, training and the
model. Pure.

Samples are missing where the sender's own count jumps. Where it does not count, they are missing
where its stamps step by more than `GAP_S` beyond the next sample, and stay there: less is jitter,
since a sender that stamps when it sends is late by tens of milliseconds on a busy machine; and
stamps that jump and come back (a stray) have lost nothing. Samples that come late with their
right stamps are not missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float64

GAP_S = 0.1  # how far a stamp may be from where the one before it lets it be expected
CONFIRM_S = 0.1  # of samples behind a jump, until it is clear that the stamps stay there
MOST = 0.5  # share of them that has to stay
BURST_S = 60.0  # for which a sender may be held up, and then send all at once
# More is no break that somebody waited for: the sender's clock is another from there on.
LONGEST_S = 24 * 3600.0

# What stamps are, by how many times too fast they run, where that is no rate of a device.
OTHER_UNITS = {1e3: "milliseconds", 1e6: "microseconds", 1e9: "nanoseconds"}
UNIT_SHARE = 0.02  # by which they may do so otherwise

FEED = 4096  # samples of a whole stream that are looked at at a time

Indices = NDArray[np.intp]


def tolerance_s(sample_rate: float) -> float:
    """How far a stamp may be from where it is expected: `GAP_S`, or half a sample of a stream
    so slow that this is more."""
    return max(GAP_S, 0.5 / sample_rate)


def confirm_count(sample_rate: float) -> int:
    """How many samples have to stay behind a jump of the stamps."""
    return max(2, round(CONFIRM_S * sample_rate))


def missing_samples(step_s: float, sample_rate: float) -> int:
    """How many samples are missing between two stamps; 0 where that is no gap."""
    step = 1 / sample_rate
    if not tolerance_s(sample_rate) < step_s - step <= LONGEST_S:
        return 0
    return max(0, round(step_s * sample_rate) - 1)


def other_unit(seconds: float, samples: int, sample_rate: float) -> str:
    """The unit of stamps that advance by `seconds` over `samples`; empty where it is seconds,
    or no unit that is known."""
    if samples <= 0 or not np.isfinite(seconds):
        return ""
    factor = seconds * sample_rate / samples
    named = (unit for one, unit in OTHER_UNITS.items() if abs(factor / one - 1) < UNIT_SHARE)
    return next(named, "")


def unit_of(stamps: Float64, sample_rate: float) -> str:
    """The same for the stamps (n_samples,) of a whole stream, at least two, gaps or not."""
    steps = len(stamps) - 1
    return other_unit(float(np.median(np.diff(stamps))) * steps, steps, sample_rate)


def stands_still(stamps: Float64) -> bool:
    """Whether not one of the stamps (n_samples,), at least two, is after the one before it."""
    return not bool((np.diff(stamps) > 0).any())


class Verdict(Enum):
    """What samples are whose stamps are not where they were due. STAYS: the stamps go on from
    there. STRAY: they come back, or lead nowhere. WAIT: that is not clear yet."""

    STAYS = "stays"
    STRAY = "stray"
    WAIT = "wait"


def judge(rest: Float64, due: Float64, sample_rate: float) -> tuple[Verdict, int]:
    """`rest` (n_samples,) are stamps of which the first is not where it was `due` (n_samples,).
    Returns what it is, and how many samples are stray with it.

    The stamps stay where half of the next `CONFIRM_S` of samples follow on the first: single
    wild ones among them do no harm. Samples that all come at one moment are a burst of a sender
    that was held up and stamps when it sends: what could be missing is waited for, and where the
    stamps are back by then nothing is.
    """
    count = confirm_count(sample_rate)
    near, step, seen = tolerance_s(sample_rate), 1 / sample_rate, rest[:count]
    with np.errstate(invalid="ignore", over="ignore"):
        follow = np.abs(seen - (seen[0] + step * np.arange(len(seen)))) <= near
        pairs = np.abs(np.diff(seen) - step) <= near
        back = np.flatnonzero(np.abs(rest - due) <= near)
    if len(back) and back[0] < count:
        return Verdict.STRAY, int(back[0])
    if len(seen) < count:
        return Verdict.WAIT, 0
    if follow.mean() < MOST:
        later = np.flatnonzero(pairs[1:])  # something begins there, and is judged next
        return Verdict.STRAY, int(later[0]) + 1 if len(later) else count
    wait = count + _held_up(seen[follow], float(due[0]), sample_rate)
    if len(back) and back[0] < wait:
        return Verdict.STRAY, int(back[0])
    return (Verdict.STAYS if len(rest) >= wait else Verdict.WAIT), 0


def _held_up(seen: Float64, due: float, sample_rate: float) -> int:
    """How many samples a burst may hold that begins with `seen` (n_samples,); 0 where the samples
    come one after the other."""
    late_s = float(seen[0]) - due
    if not 0 < late_s <= BURST_S or (len(seen) - 1) / sample_rate < 2 * (seen[-1] - seen[0]):
        return 0
    return round(late_s * sample_rate)


@dataclass(frozen=True, slots=True)
class Break:
    """Stamps have jumped and stay: sample `index` is stamped `after`, the one that was expected
    there would have followed on `before`. Nothing is `missing` where the clock was set."""

    index: int
    before: float
    after: float
    missing: int


@dataclass(frozen=True, slots=True)
class Stray:
    """Samples [start, stop) with stamps that jumped and came back; the first is of `time`. NaN
    before the first stamps that are to be believed."""

    start: int
    stop: int
    time: float = float("nan")


@dataclass(slots=True)
class Findings:
    """What was found out since the last call."""

    breaks: list[Break] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)

    @property
    def gaps(self) -> list[Break]:
        return [one for one in self.breaks if one.missing]


class GapFinder:
    """Follows the stamps of one stream with a fixed rate, however they are cut into chunks.

    `last` is the newest stamp that is believed, None before the first.
    """

    def __init__(self, sample_rate: float) -> None:
        self.last: float | None = None
        self._rate = sample_rate
        self._step = 1 / sample_rate
        self._tolerance = tolerance_s(sample_rate)
        self._held: Float64 = np.empty(0)  # behind a jump that is not understood yet
        self._index = 0  # of the first that is held, or of the next to come

    def add(self, stamps: Float64) -> Findings:
        """`stamps` (n_samples,) of the next samples; they may be anything."""
        found = Findings()
        if self._goes_on(stamps):
            self._believe(float(stamps[-1]), len(stamps))
            return found
        rest = np.concatenate([self._held, stamps]) if len(self._held) else stamps
        while len(rest):
            rest, is_clear = self._look(rest, found)
            if not is_clear:
                break
        self._held = rest
        return found

    def skip_to(self, stamp: float) -> None:
        """The sender's count has told what is missing before the next sample."""
        self._index += len(self._held)
        self._held = np.empty(0)
        self.last = stamp - self._step if np.isfinite(stamp) else None

    def shift(self, by_s: float) -> None:
        """The stamps to come are on a clock that is `by_s` ahead of the one so far."""
        self._held = self._held + by_s
        if self.last is not None:
            self.last += by_s

    def end(self) -> Findings:
        """Nothing more comes: what is held cannot be confirmed any more."""
        found = Findings()
        if self.last is not None or self._index:
            self._stray(len(self._held), found)
        self._held = np.empty(0)
        return found

    def _goes_on(self, stamps: Float64) -> bool:
        """Whether all is as expected, which nearly every chunk is."""
        if self.last is None or len(self._held) or not len(stamps):
            return False
        low, high = self._step - self._tolerance, self._step + self._tolerance
        with np.errstate(invalid="ignore", over="ignore"):
            steps = stamps[1:] - stamps[:-1]
            first = float(stamps[0]) - self.last
            if not len(steps):
                return low <= first <= high
            return bool(low <= first <= high and low <= steps.min() and steps.max() <= high)

    def _look(self, rest: Float64, found: Findings) -> tuple[Float64, bool]:
        """What is left of `rest`, and whether more of it can be understood already."""
        if self.last is None:
            return self._begin(rest, found)
        with np.errstate(invalid="ignore", over="ignore"):
            off = np.diff(rest, prepend=self.last) - self._step
            away = np.flatnonzero(~(np.abs(off) <= self._tolerance))
        here = int(away[0]) if len(away) else len(rest)
        if here:
            self._believe(float(rest[here - 1]), here)
            return rest[here:], True
        return self._judge(rest, found)

    def _begin(self, rest: Float64, found: Findings) -> tuple[Float64, bool]:
        """The first samples that go on as samples do: what is stamped before them is stray."""
        if not np.isfinite(rest[0]):
            self._stray(1, found)
            return rest[1:], True
        nowhere = np.full(len(rest), np.nan, dtype=np.float64)
        verdict, count = judge(rest, nowhere, self._rate)
        if verdict is Verdict.STAYS:
            self.last = float(rest[0]) - self._step
        self._stray(count, found)
        return rest[count:], verdict is not Verdict.WAIT

    def _judge(self, rest: Float64, found: Findings) -> tuple[Float64, bool]:
        """The first stamp of `rest` is not where it was expected."""
        assert self.last is not None
        steps = self._step * np.arange(1, len(rest) + 1)
        due = np.asarray(self.last + steps, dtype=np.float64)
        verdict, count = judge(rest, due, self._rate)
        if verdict is Verdict.STAYS:
            self._break(float(rest[0]), found)
            return rest[1:], True
        self._stray(count, found)
        return rest[count:], verdict is not Verdict.WAIT

    def _break(self, after: float, found: Findings) -> None:
        assert self.last is not None
        missing = missing_samples(after - self.last, self._rate)
        found.breaks.append(Break(self._index, self.last + self._step, after, missing))
        self._believe(after, 1)

    def _stray(self, count: int, found: Findings) -> None:
        if not count:
            return
        span = (self._index, self._index + count)
        if self.last is None:
            found.strays.append(Stray(*span))
        else:
            found.strays.append(Stray(*span, self.last + self._step))
            self.last += count * self._step
        self._pass(count)

    def _believe(self, stamp: float, count: int) -> None:
        self.last = stamp
        self._pass(count)

    def _pass(self, count: int) -> None:
        self._index += count


@dataclass(frozen=True, slots=True)
class Placed:
    """A whole stream in time: `times` (n_samples,) are its stamps, but for strays, which are
    put where they were due; `breaks` in order, and how many samples are `strays`."""

    times: Float64
    breaks: tuple[Break, ...]
    strays: int

    @property
    def begins(self) -> Indices:
        """The samples behind a break: each begins a stretch of its own."""
        return np.array([one.index for one in self.breaks], dtype=np.intp)

    @property
    def gaps(self) -> tuple[Break, ...]:
        return tuple(one for one in self.breaks if one.missing)


def placed(stamps: Float64, sample_rate: float) -> Placed:
    """What the stamps (n_samples,) of a whole stream with a fixed rate say."""
    finder, everything = GapFinder(sample_rate), Findings()
    for start in range(0, len(stamps), FEED):
        _extend(everything, finder.add(stamps[start : start + FEED]))
    _extend(everything, finder.end())
    strays = everything.strays
    return Placed(
        _with_strays(stamps, strays, sample_rate),
        tuple(everything.breaks),
        sum(one.stop - one.start for one in strays),
    )


def _extend(everything: Findings, found: Findings) -> None:
    everything.breaks += found.breaks
    everything.strays += found.strays


def _with_strays(stamps: Float64, strays: Sequence[Stray], sample_rate: float) -> Float64:
    if not strays:
        return stamps
    times = stamps.copy()
    leading = [one for one in strays if np.isnan(one.time)]
    begin = leading[-1].stop if leading else 0
    if 0 < begin < len(times):  # before the first that is believed: counted back from there
        times[:begin] = times[begin] + np.arange(-begin, 0) / sample_rate
    for one in strays[len(leading) :]:
        times[one.start : one.stop] = one.time + np.arange(one.stop - one.start) / sample_rate
    return times


def gap_steps(times: Float64, sample_rate: float, before: float) -> NDArray[np.bool_]:
    """(n_times,) where samples are missing in front of a sample, by times without strays;
    `before` is that of the sample before the first."""
    return np.asarray(np.diff(times, prepend=before) - 1 / sample_rate > tolerance_s(sample_rate))
