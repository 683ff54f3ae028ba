"""True sample times out of jittery stamps: causal, and the same however the stream is cut.

A straight line through the stamps, by least squares with exponential forgetting, as liblsl's
own post-processing does it. The sums are kept relative to the newest sample, and advance by
scipy's recursive filter, so that a chunk costs microseconds.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from milmer_live.processing.lazy_scipy import signal
from milmer_live.samples import Float64

# The nominal rate counts as much as one second of samples: the first stamps alone would
# make any slope.
PRIOR_S = 1.0

Indices = NDArray[np.int64]


class Dejitter:
    """Knows where the samples of one unbroken stretch belong in time."""

    def __init__(self, sample_rate: float, half_life_s: float) -> None:
        self.sample_rate = sample_rate
        self._half_life_s = half_life_s
        self._keep = 2.0 ** (-1.0 / (half_life_s * sample_rate))
        self._prior = (PRIOR_S * sample_rate) ** 3 / 3
        self.restart()

    def restart(self) -> None:
        """Forget all: the next stamp is taken as it is."""
        self.count = 0
        self._origin = 0.0
        self._newest = 0  # index of the newest sample
        self._floor = -np.inf  # the least the next time may be
        # Sums over the past, weighted by age: of 1, age, age^2, residual, age * residual.
        self._sums = np.zeros(5)

    def at_rate(self, sample_rate: float) -> Dejitter:
        """One that knows nothing but this rate, and that time does not run backwards."""
        other = Dejitter(sample_rate, self._half_life_s)
        other._floor = self._floor
        return other

    @property
    def rate(self) -> float:
        """Samples a second, by the stamps alone: the nominal rate would pull it to itself, by a
        thirtieth of the difference after 5 s."""
        _, slope = self._line(self._sums[:, np.newaxis], prior=0.0)
        return float(1.0 / (1.0 / self.sample_rate - slope[0]))

    def predict(self, indices: Indices) -> Float64:
        """When samples that have not come yet are due."""
        level, slope = self._line(self._sums[:, np.newaxis])
        ahead = indices - self._newest
        due = self._nominal(indices) + level[0] - slope[0] * ahead
        return np.asarray(due, dtype=np.float64)

    def update(self, indices: Indices, stamps: Float64) -> Float64:
        """`stamps` (n_samples,) of consecutive `indices`, at least one -> their times."""
        if not self.count:
            self._origin = float(stamps[0]) - indices[0] / self.sample_rate
            self._newest = int(indices[0]) - 1
        self._age(int(indices[0]) - 1 - self._newest)
        residuals = stamps - self._nominal(indices)
        sums = self._advance(residuals)
        level, _ = self._line(sums)
        self.count += len(indices)
        self._newest = int(indices[-1])
        self._sums = sums[:, -1].copy()
        return self._increasing(self._nominal(indices) + level)

    def skip(self, indices: Indices) -> Float64:
        """Times of `indices` (at least one), whose stamps are not to be believed."""
        return self._increasing(self.predict(indices))

    def _nominal(self, indices: Indices) -> Float64:
        return np.asarray(self._origin + indices / self.sample_rate, dtype=np.float64)

    def _age(self, steps: int) -> None:
        """Samples are missing: what is known is that much older."""
        one, age, age_squared, residual, age_residual = self._sums
        self._newest += steps
        self._sums = self._keep**steps * np.array(
            [
                one,
                age + steps * one,
                age_squared + 2 * steps * age + steps**2 * one,
                residual,
                age_residual + steps * residual,
            ]
        )

    def _advance(self, residuals: Float64) -> Float64:
        """(5, n_samples) the sums after each sample."""
        before = self._sums
        one = self._recur(np.ones_like(residuals), before[0])
        residual = self._recur(residuals, before[3])
        one_before = _shifted(one, before[0])
        age = self._recur(self._keep * one_before, before[1])
        squares = 2 * _shifted(age, before[1]) + one_before
        age_squared = self._recur(self._keep * squares, before[2])
        age_residual = self._recur(self._keep * _shifted(residual, before[3]), before[4])
        return np.stack([one, age, age_squared, residual, age_residual])

    def _recur(self, added: Float64, before: float) -> Float64:
        """y[n] = added[n] + keep * y[n - 1]. The first seconds of a stream do not wait for scipy:
        the same sum in the same order, ten times as slow."""
        if not signal.is_there("lfilter"):
            sums = accumulate(added.tolist(), lambda last, x: x + self._keep * last, initial=before)
            return np.array([*sums][1:], dtype=np.float64)
        out, _ = signal.lfilter([1.0], [1.0, -self._keep], added, zi=[self._keep * before])
        return np.asarray(out, dtype=np.float64)

    def _line(self, sums: Float64, prior: float | None = None) -> tuple[Float64, Float64]:
        """The residual at the newest sample, and by how much it was more one sample before.
        `prior`: the weight of the nominal rate, when it is not the usual one."""
        one, age, age_squared, residual, age_residual = sums
        age_squared = age_squared + (self._prior if prior is None else prior)
        determinant = one * age_squared - age**2
        safe = np.where(determinant > 0, determinant, 1.0)
        level = (age_squared * residual - age * age_residual) / safe
        slope = (one * age_residual - age * residual) / safe
        return level, slope

    def _increasing(self, times: Float64) -> Float64:
        """Time does not run backwards, even while the line is still being learned."""
        step = 0.1 / self.sample_rate
        ramp = step * np.arange(len(times))
        increasing = np.maximum.accumulate(np.maximum(times - ramp, self._floor)) + ramp
        self._floor = float(increasing[-1]) + step
        return np.asarray(increasing, dtype=np.float64)


def _shifted(values: Float64, before: float) -> Float64:
    return np.concatenate([[before], values[:-1]])
