"""What is missing between the packages of a board, by their numbers."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float64

# Package numbers count from 0 in steps, and begin again at the modulus. Of other boards the
# step is learned, and their beginning again is not taken for a loss.
COUNTING = {"SYNTHETIC": (1, 256), "CYTON": (1, 256), "CYTON_DAISY": (2, 256)}
LEARN_FROM = 64  # packages


class PackageCounter:
    """Finds losses by the numbers of the packages. `step` 0: to be learned from the first
    packages; `modulus` 0: not known, and where the numbers fall nothing is counted."""

    def __init__(self, step: int = 0, modulus: int = 0) -> None:
        self._step = step
        self._modulus = modulus
        self._per_package = 1
        self._last: int | None = None
        self._steps: Counter[int] = Counter()

    def lost_before(self, numbers: Float64) -> NDArray[np.int64]:
        """(n_samples,) how many samples are missing before each one."""
        whole = numbers.astype(np.int64)
        steps = np.diff(whole, prepend=whole[0] if self._last is None else self._last)
        self._last = int(whole[-1])
        if self._modulus:
            steps %= self._modulus
        if not self._step:
            self._learn(steps)
            return np.zeros(len(steps), dtype=np.int64)
        lost = np.maximum(steps // self._step - 1, 0) * self._per_package
        return np.asarray(lost, dtype=np.int64)

    def _learn(self, steps: NDArray[np.int64]) -> None:
        """Some boards send several samples in a package, under one number."""
        self._steps.update(steps.tolist())
        packages = sum(count for step, count in self._steps.items() if step > 0)
        if packages >= LEARN_FROM:
            usual = self._steps.most_common()
            self._step = next(step for step, _ in usual if step > 0)
            self._per_package = round(self._steps.total() / packages)
