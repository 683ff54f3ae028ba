"""The sampling rate of a stream whose sender states none."""

from __future__ import annotations

import numpy as np

from milmer_live.samples import Float64

MEASURED_S = 5.0
# Between the two halves of what is measured; more is no sampling rate.
UNEVEN = 0.1
WHOLE = 0.002  # a rate so near to a whole number of hertz is that


class UnstatedRate:
    """Measures a rate from the stamps of 5 s, and again until it is steady.

    `problem` says why it is not known although 5 s have passed; empty before.
    """

    def __init__(self) -> None:
        self.problem = ""
        self._times: list[Float64] = []

    def add(self, times: Float64) -> float | None:
        """Stamps (n_samples,) of the next samples. The rate in Hz, None while it is not known."""
        self._times.append(times[np.isfinite(times)])
        first = next((part[0] for part in self._times if len(part)), None)
        if first is None or not len(self._times[-1]):
            return None
        if abs(self._times[-1][-1] - first) < MEASURED_S:
            return None
        stamps, self._times = np.concatenate(self._times), []
        middle = first + (stamps[-1] - first) / 2
        before = int(np.count_nonzero(stamps < middle))
        after = len(stamps) - before
        is_steady = stamps[-1] > first and abs(before - after) <= UNEVEN * len(stamps) + 1
        if not is_steady:
            self.problem = "its samples come at no steady rate"
            return None
        at_first = int(np.count_nonzero(stamps == first))  # all of a chunk that has one stamp
        rate = (len(stamps) - at_first) / float(stamps[-1] - first)
        whole = round(rate)
        return float(whole) if whole and abs(rate / whole - 1) <= WHOLE else round(rate, 2)
