"""What the stamps of a stream say: where samples are lost, and what time a sample is of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from milmer_live.processing.timing.gaps import gap_steps
from milmer_live.samples import Bool, Float64

# How far counted samples may be from their stamps before the clock is set right, and over
# how long the difference is averaged, so that jitter does not set it.
DRIFT_S = 0.02
DRIFT_OVER_S = 5.0


# The longest break that is left free, in samples that are missing. More is no break that
# somebody waited for, but another clock: the place of the next sample is directly behind.
LONGEST_BREAK_S = 3600.0


@dataclass(frozen=True, slots=True)
class Run:
    """Samples [start, stop) of a chunk that follow one another. `follows`: directly on the
    usable samples before them. `usable`: they are finite numbers."""

    start: int
    stop: int
    follows: bool
    usable: bool


class RunCutter:
    """Cuts the chunks of one stream where samples are lost or cannot be used."""

    def __init__(self, sample_rate: float) -> None:
        self._rate = sample_rate
        self.restart()

    def restart(self) -> None:
        """The next sample follows on none."""
        self._last_time = -np.inf
        self._last_usable = False

    def cut(self, times: Float64, usable: Bool) -> list[Run]:
        """`times` (n_samples,) seconds, at least one, and which samples can be used."""
        jumps = gap_steps(times, self._rate, self._last_time)
        before = np.concatenate([[self._last_usable], usable[:-1]])
        follows = ~jumps & before
        edges = np.flatnonzero(jumps | (before != usable))
        borders = sorted({0, *edges.tolist(), len(times)})
        self._last_time, self._last_usable = float(times[-1]), bool(usable[-1])
        return [
            Run(start, stop, bool(follows[start]), bool(usable[start]))
            for start, stop in pairwise(borders)
        ]


class SampleClock:
    """The time of sample n: origin + n / sample_rate.

    No device runs at exactly its nominal rate, and a first stamp may be late: where the stamps
    go away from the count, `origin` moves after them. So windows, which are counted in
    samples, stay with the camera, which is timed.
    """

    def __init__(self, sample_rate: float, origin: float) -> None:
        self.sample_rate = sample_rate
        self.origin = origin
        self._drift_s = 0.0

    def time_of(self, index: int) -> float:
        return self.origin + index / self.sample_rate

    def index_at(self, time: float) -> int:
        """The sample nearest to `time`."""
        return round((time - self.origin) * self.sample_rate)

    def place(self, time: float, earliest: int) -> int:
        """The index of a sample of `time` behind a break. Where that is before `earliest`, the
        stream's clock has been set back: it is `earliest`, and `origin` follows. So it is
        where a break would be longer than an hour."""
        index = self.index_at(time)
        if 0 <= index - earliest <= LONGEST_BREAK_S * self.sample_rate:
            return index
        self.origin = time - earliest / self.sample_rate
        self._drift_s = 0.0
        return earliest

    def is_far(self, time: float, index: int) -> bool:
        """Whether `time` is more than the longest break behind sample `index`."""
        return time - self.time_of(index) > LONGEST_BREAK_S

    def follow(self, index: int, time: float, count: int) -> None:
        """Sample `index`, the last of `count` new ones, is stamped `time`."""
        share = min(1.0, count / (DRIFT_OVER_S * self.sample_rate))
        self._drift_s += share * (time - self.time_of(index) - self._drift_s)
        if abs(self._drift_s) > DRIFT_S:
            self.origin += self._drift_s
            self._drift_s = 0.0
