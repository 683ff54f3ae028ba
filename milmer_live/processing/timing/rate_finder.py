"""At what rate the samples of a stream really come, when it is not the one announced. Pure.

Lost samples make a stream slower too, but unevenly. So a rate is found only where all is even:
where each sample has a stamp of its own, the stamps are on a straight line; where a chunk is
stamped as one, and its samples are put at the announced rate, each chunk is too long or too
short by the same share.
"""

from __future__ import annotations

import numpy as np

from milmer_live.processing.timing.dejitter import Indices
from milmer_live.samples import Bool, Float64

KEPT_S = 5.0  # of samples at the announced rate
SHORT_S = 1.0  # the least from which a rate is told
LINE_S = 0.04  # stamps from their line, times what a sample takes by what it should
CRISP = 0.02  # of a sample's time: its stamp is reckoned from the one before it
CRISP_SHARE = 0.3
CHUNKS = 12
ALIKE, ALIKE_SHARE = 0.4, 0.85  # of the share by which chunks are too long
IN_TIME, BLOCK_S = 0.1, 0.04
OFF = 0.05
SLOWEST, FASTEST = 0.15, 6.0


class RateFinder:
    """The stamps of the newest 5 s of samples."""

    def __init__(self, sample_rate: float) -> None:
        self.sample_rate = sample_rate
        self._kept = round(KEPT_S * sample_rate)
        self._short = round(SHORT_S * sample_rate)
        self._due: Float64 = np.empty(0)  # by the announced rate
        self._stamps: Float64 = np.empty(0)

    def add(self, first_index: int, stamps: Float64) -> None:
        """Stamps of consecutive samples, as they are sent."""
        indices: Indices = first_index + np.arange(len(stamps), dtype=np.int64)
        self._due = np.concatenate([self._due, indices / self.sample_rate])[-self._kept :]
        self._stamps = np.concatenate([self._stamps, stamps])[-self._kept :]

    @property
    def is_known(self) -> bool:
        """Whether there is enough to tell: a second of samples, or half of them in time."""
        if len(self._stamps) >= self._short:
            return True
        step = max(2, round(BLOCK_S * self.sample_rate))
        due, stamps = np.diff(self._due[::step]), np.diff(self._stamps[::step])
        return len(due) > 0 and bool((np.abs(stamps / due - 1) < IN_TIME).mean() >= 0.5)

    def find(self) -> float | None:
        """Samples a second; None where that is the rate that is known, or cannot be told."""
        if len(self._stamps) < self._short:
            return None
        steps = np.diff(self._stamps) / np.diff(self._due)
        reckoned = np.abs(steps - 1) < CRISP
        if reckoned[-self._short :].mean() > CRISP_SHARE:
            slope = self._by_chunks(reckoned)
        else:
            slope = self._by_line(self._short)
            if slope is None and len(self._stamps) == self._kept:
                slope = self._by_line(self._kept)
        if slope is None or abs(slope - 1) <= OFF or not 1 / FASTEST < slope < 1 / SLOWEST:
            return None
        return float(f"{self.sample_rate / slope:.4g}")

    def _by_chunks(self, reckoned: Bool) -> float | None:
        """How long samples take, by how long they should; None where chunks do not agree."""
        starts = np.flatnonzero(~reckoned) + 1
        if len(starts) <= CHUNKS:
            return None
        due, took = np.diff(self._due[starts]), np.diff(self._stamps[starts])
        middle = float(np.median(took / due))
        alike = np.abs(took / due - middle) <= ALIKE * abs(middle - 1)
        if alike.mean() < ALIKE_SHARE:
            return None
        return float(took[alike].sum() / due[alike].sum())

    def _by_line(self, newest: int) -> float | None:
        """The same, of stamps that are on a line; None where they are not."""
        due, stamps = self._due[-newest:], self._stamps[-newest:]
        if not np.isfinite(stamps).all():
            return None
        due, stamps = due - due.mean(), stamps - stamps.mean()
        slope = float(due @ stamps / (due @ due))
        even = np.abs(stamps - slope * due).max() <= LINE_S * max(1.0, slope)
        return slope if even else None
