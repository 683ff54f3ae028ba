"""When the samples of a recorded stream were, and at which rate they really came. Pure.

The stamps decide, not the rate of the header: that one is only what the sender has announced.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from milmer_live.processing.timing.gaps import (
    Indices,
    Placed,
    placed,
)
from milmer_live.processing.timing.rate_finder import (
    FASTEST,
    KEPT_S,
    SLOWEST,
    RateFinder,
)
from milmer_live.processing.timing.unstated_rate import UnstatedRate
from milmer_live.samples import Float64

# The resampler takes a rate for a neighbour of it that is as near as this; a trial of a minute
# shifts by 30 ms.
SAME_RATE = 5e-4
OFF = 0.02  # from here on it is said that the header is wrong, as it is live
WANDER_S = 30.0  # stamps are smoothed over this; a clock does not wander faster
PROBES = 24  # stretches of `KEPT_S` that a grossly wrong rate is looked for in


@dataclass(frozen=True)
class RecordedTime:
    """The time of one stream. `announced` is the rate of its header in Hz, 0 where it states none;
    `placed` has its stamps, and where some are missing."""

    announced: float
    placed: Placed

    @staticmethod
    def of(stamps: Float64, announced: float) -> RecordedTime:
        """By the stamps (n_samples,) on the recorder's clock. A stream with no steady rate has
        no breaks."""
        rate = _near(stamps, announced)
        return RecordedTime(announced, placed(stamps, rate) if rate else Placed(stamps, (), 0))

    @cached_property
    def measured(self) -> float:
        """Samples a second by the stamps, in Hz; 0 where those are no time in seconds."""
        top = bottom = 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            for stretch in np.split(self.placed.times, self.placed.begins):
                if len(stretch) > 1:
                    numbers = _centred(len(stretch))
                    top += float(numbers @ numbers)
                    bottom += float(numbers @ (stretch - stretch.mean()))
        rate = top / bottom if top and bottom > 0 else 0.0
        is_near = not self.announced or SLOWEST < rate / self.announced < FASTEST
        return rate if is_near and np.isfinite(rate) else 0.0

    @property
    def rate(self) -> float:
        """The same; as announced where the stamps cannot tell."""
        return self.measured or self.announced

    @property
    def used_rate(self) -> float:
        """At which the signal is to be taken: as announced, where that is what the stamps say."""
        is_same = self.announced and abs(self.rate / self.announced - 1) <= SAME_RATE
        return self.announced if is_same else float(f"{self.rate:.6g}")

    @property
    def problem(self) -> str:
        """What is wrong with the announced rate; empty where nothing is."""
        if not self.measured:
            return "has stamps that are no time: its samples are taken to be even" * self.has_rate
        if not self.announced:
            return f"states no sampling rate; by its stamps it has {self.used_rate:g} Hz"
        if abs(self.rate / self.announced - 1) <= OFF:
            return ""
        return (
            f"is said to have {self.announced:g} Hz; by its stamps it has {self.rate:.4g} Hz, "
            "which is used"
        )

    @property
    def has_rate(self) -> bool:
        return self.rate > 0

    def even(self, first: int = 0, stop: int | None = None) -> Float64:
        """(stop - first,) seconds of samples [first, stop), without jitter; as they are where the
        stream has no steady rate."""
        times = self.placed.times[first:stop]
        if not self.has_rate or not len(times):
            return times
        if not self.measured:
            return np.asarray(times[0] + np.arange(len(times)) / self.announced)
        begins = self.placed.begins
        inside = begins[(begins > first) & (begins < first + len(times))] - first
        stretches = np.split(times, inside)
        return np.concatenate([_smooth(stretch, self.rate) for stretch in stretches])


def _near(stamps: Float64, announced: float) -> float:
    """A rate that is near enough for breaks to be found: the one that is announced, unless the
    stamps say in most places that it is grossly wrong. 0 where there is none."""
    if not announced:
        return UnstatedRate().add(stamps) or 0.0
    size = max(2, round(KEPT_S * announced))
    starts = np.linspace(0, max(0, len(stamps) - size), PROBES, dtype=int)
    found = [_found(stamps[start : start + size], announced) for start in np.unique(starts)]
    known = [one for one in found if one is not None]
    return float(np.median(known)) if 2 * len(known) > len(found) else announced


def _found(stamps: Float64, announced: float) -> float | None:
    finder = RateFinder(announced)
    finder.add(0, stamps)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return finder.find()


def _smooth(stamps: Float64, rate: float) -> Float64:
    """Stamps jitter, samples do not: a straight line through a stretch without a gap; where the
    clock wanders about it by more than half a sample, along with it."""
    if len(stamps) < 3:
        return stamps
    numbers = _centred(len(stamps))
    slope = float(numbers @ stamps) / float(numbers @ numbers)
    line: Float64 = stamps.mean() + slope * numbers
    size = round(WANDER_S * rate)
    count = len(stamps) // max(1, size)
    if count < 3:
        return line
    edges = np.linspace(0, len(stamps), count + 1).astype(int)
    sums = np.add.reduceat(stamps - line, edges[:-1])
    wander = sums / np.diff(edges)
    if np.abs(wander).max() <= 0.5 / rate:
        return line
    centres = (edges[:-1] + edges[1:] - 1) / 2
    return np.asarray(line + _through(np.arange(len(stamps)), centres, wander), dtype=np.float64)


def _through(at: Indices, centres: Float64, values: Float64) -> Float64:
    """Straight from point to point, and on beyond the outer ones."""
    inner = np.interp(at, centres, values)
    for near, next_to, outside in ((0, 1, at < centres[0]), (-1, -2, at > centres[-1])):
        slope = (values[near] - values[next_to]) / (centres[near] - centres[next_to])
        inner[outside] = values[near] + slope * (at[outside] - centres[near])
    return np.asarray(inner, dtype=np.float64)


def _centred(n: int) -> Float64:
    return np.asarray(np.arange(n) - (n - 1) / 2, dtype=np.float64)
