"""When samples were measured that arrive in bursts.

A driver stamps a package when it has read it. It is never early: what is measured leaves at once
or waits, for the radio, the USB adapter or the system. So the least delay of the last seconds tells
the time of the device's sample 0, and the count of packages tells all others.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float64

WINDOW_S = 2.0  # in which some package is not held up
SLEW = 0.02  # s a second, by which it follows a device whose rate is not quite its nominal one
STEP_S = 0.3  # further away than this the count is wrong: packages are missing that nobody counted


class PackageClock:
    """Places samples by their number, from `restart` on."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self.restart()

    def restart(self) -> None:
        """The device counts anew."""
        self._zero: float | None = None  # time of sample 0
        self._earliest = -np.inf  # of the next sample: time does not run back
        self._followed_at = 0.0
        self._least: deque[tuple[float, float]] = deque()  # arrival, and time of 0 by it

    def times(self, first: int, arrivals: Float64) -> Float64:
        """(n_samples,) s of samples `first`, `first` + 1, ..., on the clock of `arrivals`."""
        numbers: NDArray[np.int64] = first + np.arange(len(arrivals))
        nominal = numbers / self._rate
        newest = float(arrivals[-1])
        self._least.append((newest, float((arrivals - nominal).min())))
        while self._least[0][0] < newest - WINDOW_S:
            self._least.popleft()
        zero = self._followed(min(zero for _, zero in self._least), newest, float(nominal[0]))
        times: Float64 = zero + nominal
        self._earliest = float(times[-1]) + 0.5 / self._rate
        return times

    def _followed(self, zero: float, now: float, first: float) -> float:
        """The time of sample 0, of which `zero` is the newest measurement; what comes next was
        measured `first` s after it."""
        if self._zero is None:
            self._zero = zero
        elif abs(zero - self._zero) > STEP_S:
            self._zero = max(zero, self._earliest - first)
        else:
            most = SLEW * max(0.0, now - self._followed_at)
            slewed = self._zero + float(np.clip(zero - self._zero, -most, most))
            self._zero = max(slewed, self._earliest - first)
        self._followed_at = now
        return self._zero
