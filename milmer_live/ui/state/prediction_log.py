"""All predictions of a session, and how they are thinned to the columns of a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Bool, Float32, Float64, Prediction

FIRST_ROOM = 1024
# Of a row: four probabilities, EEG used, faces used, whether there was either, whether a camera was
# asked for.
WIDTH = 8
HOPS_TO_GAP = 1.6  # of the usual distance: predictions that are further apart have a gap between


@dataclass(frozen=True, slots=True)
class Columns:
    """One entry a pixel column: `shares` (n, 4), NaN where nothing was predicted, or only from
    neither EEG nor a face; `eeg` and `faces` (n,): the share of predictions that stood on them,
    NaN where there were none, and of `faces` where there was no camera."""

    shares: Float64
    eeg: Float64
    faces: Float64


class PredictionLog:
    """Times on the LSL clock. Room doubles when it is full: an hour at 2 Hz is 260 kB."""

    def __init__(self) -> None:
        self.count = 0
        self._times: Float64 = np.zeros(FIRST_ROOM)
        self._rows: Float32 = np.zeros((FIRST_ROOM, WIDTH), dtype=np.float32)
        self._until = -np.inf

    @property
    def start(self) -> float | None:
        """Time of the first prediction."""
        return float(self._times[0]) if self.count else None

    @property
    def stop(self) -> float | None:
        return float(self._times[self.count - 1]) if self.count else None

    @property
    def hop_s(self) -> float:
        """The usual distance of two predictions; 0 while there are not two."""
        times = self._times[max(0, self.count - 50) : self.count]
        return float(np.median(np.diff(times))) if len(times) > 1 else 0.0

    def take(self, trail: Iterable[Prediction]) -> bool:
        """Keep what is new in `trail` (oldest first); whether there was anything."""
        fresh = [prediction for prediction in trail if prediction.time > self._until]
        for prediction in fresh:
            self._append(prediction)
        return bool(fresh)

    def columns(self, start: float, stop: float, n: int) -> Columns:
        """The predictions of [start, stop) in `n` columns: the mean of those that fall into
        one; where none does, the one whose hop covers it."""
        edges = np.linspace(start, stop, n + 1)
        places = np.searchsorted(self._times[: self.count], edges, "right")
        sums = self._sums(int(places[0]), int(places[-1]))
        counts = np.diff(places)
        safe = np.maximum(counts, 1)[:, np.newaxis]
        means = (sums[places[1:] - places[0]] - sums[places[:-1] - places[0]]) / safe
        means[counts == 0] = self._covering(places[:-1][counts == 0], edges[:-1][counts == 0])
        known, watched = means[:, 6:7], means[:, 7]
        shares, faces = np.full((n, 4), np.nan), np.full(n, np.nan)
        np.divide(means[:, :4], known, out=shares, where=known > 0)
        np.divide(means[:, 5], watched, out=faces, where=watched > 0)
        return Columns(shares, means[:, 4], faces)

    def _covering(self, places: NDArray[np.int64], times: Float64) -> Float64:
        """(n, 8) of the prediction that comes next after each of `times`, NaN where it is
        further away than a hop."""
        rows = np.full((len(places), WIDTH), np.nan)
        there = places < self.count
        next_times = self._times[np.minimum(places, max(0, self.count - 1))]
        near: Bool = there & (next_times - times < max(self.hop_s, 1e-9) * HOPS_TO_GAP)
        rows[near] = self._rows[places[near]]
        return rows

    def _sums(self, first: int, last: int) -> Float64:
        """(last - first + 1, 8) cumulative, beginning with 0."""
        sums = np.zeros((last - first + 1, WIDTH))
        np.cumsum(self._rows[first:last], axis=0, out=sums[1:])
        return sums

    def _append(self, prediction: Prediction) -> None:
        if self.count == len(self._times):
            self._times = np.concatenate([self._times, np.zeros_like(self._times)])
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._times[self.count] = self._until = prediction.time
        row = self._rows[self.count]
        row[:4] = prediction.probabilities if prediction.is_known else 0.0
        row[4:7] = prediction.eeg_used, prediction.faces_used, prediction.is_known
        row[7] = has_camera(prediction)
        self.count += 1


def has_camera(prediction: Prediction) -> bool:
    """Whether a camera was asked for, as far as the prediction says."""
    return prediction.evidence is None or prediction.evidence.bag_size > 0
