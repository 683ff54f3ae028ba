"""What the signals panel remembers, and how it is thinned to pixels. Pure numpy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from milmer_live.samples import Bool, Float32, Float64

# Up to this many samples a pixel column are all drawn; more are drawn as minimum and maximum.
RAW_SAMPLES_PER_COLUMN = 2.5


class TraceHistory:
    """The newest `capacity` samples of `n_channels`, by their index in the stream.

    An index that never came is a gap, and stays one.
    """

    def __init__(self, n_channels: int, capacity: int) -> None:
        self._data: Float32 = np.zeros((capacity, n_channels), dtype=np.float32)
        self._valid: Bool = np.zeros(capacity, dtype=np.bool_)
        self.first = 0  # index of the first sample that ever came
        self.stop = 0  # index behind the newest sample

    @property
    def capacity(self) -> int:
        return len(self._valid)

    @property
    def n_channels(self) -> int:
        return int(self._data.shape[1])

    @property
    def start(self) -> int:
        """Index of the oldest sample that is still held."""
        return max(self.first, self.stop - self.capacity)

    def append(self, first_index: int, data: Float32) -> None:
        """Add `data` (n_samples, n_channels) µV, NaN in a gap; what is held is skipped."""
        if self.stop == self.first:
            self.first = self.stop = first_index
        new = data[max(0, self.stop - first_index) :][-self.capacity :]
        if not len(new):
            return
        stop = first_index + len(data)
        self._valid[self._slots(max(self.stop, stop - self.capacity), stop)] = False
        slots = self._slots(stop - len(new), stop)
        self._data[slots] = new
        self._valid[slots] = np.isfinite(new).all(axis=1)
        self.stop = stop

    def runs(self, start: int, stop: int) -> Iterator[tuple[int, Float32]]:
        """Stretches without a gap inside [start, stop): first index and (n, n_channels) µV."""
        start, stop = max(start, self.start), min(stop, self.stop)
        if start >= stop:
            return
        slots = self._slots(start, stop)
        edges = np.flatnonzero(np.diff(self._valid[slots].astype(np.int8), prepend=0, append=0))
        for begin, end in edges.reshape(-1, 2):
            yield start + int(begin), self._data[slots[begin:end]]

    def _slots(self, start: int, stop: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.arange(start, stop, dtype=np.int64) % self.capacity


def thin(first_index: int, data: Float32, pixels_per_sample: float) -> tuple[Float64, Float64]:
    """The points to draw for `data` (n_samples, n_channels): x (k,) in pixels, y (k, n_channels).

    x of sample i is `i * pixels_per_sample`. Where more than 2.5 samples share a column, it
    keeps their minimum and maximum, so that a spike of one sample is still seen.
    """
    x: Float64 = (first_index + np.arange(len(data), dtype=np.float64)) * pixels_per_sample
    if pixels_per_sample * RAW_SAMPLES_PER_COLUMN >= 1:
        return x, data.astype(np.float64)
    columns = np.floor(x)
    starts = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    lows = np.minimum.reduceat(data, starts, axis=0)
    highs = np.maximum.reduceat(data, starts, axis=0)
    stops = np.append(starts[1:], len(data)) - 1
    rising = data[starts] <= data[stops]
    points = np.empty((2 * len(starts), data.shape[1]), dtype=np.float64)
    points[0::2] = np.where(rising, lows, highs)
    points[1::2] = np.where(rising, highs, lows)
    return np.repeat(columns[starts] + 0.5, 2), points
