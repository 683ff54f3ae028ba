"""What the threads hand to one another: the ring of EEG and the grid of faces. Both have a
size; what no longer fits is counted or, for faces, too old for any window."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from milmer_live.config import WindowSettings
from milmer_live.processing.windows import TOLERANCE_S, WindowPlanner
from milmer_live.samples import FaceCrop, Float32, Float64, frozen


@dataclass(frozen=True, slots=True)
class EEGSpan:
    """A copy out of the ring: `data` (n_samples, n_channels) float32 µV, NaN where samples are
    missing, and `times` (n_samples,)."""

    first_index: int
    data: Float32
    times: Float64

    @property
    def complete(self) -> bool:
        """True where no sample is missing."""
        return bool(np.isfinite(self.data).all())


class EEGRing:
    """The newest `capacity` samples. One thread writes, any thread reads, nobody waits.

    The writer says what it is about to overwrite (`_reserved`) before, and what can be read
    (`_written`) after. A reader copies first and then looks whether the writer has come
    around: so a slow reader never holds up the writer, and never keeps torn samples.
    """

    def __init__(self, capacity: int, n_channels: int) -> None:
        self.capacity = capacity
        self.overwritten = 0
        self._data = np.full((capacity, n_channels), np.nan, dtype=np.float32)
        self._times = np.zeros(capacity)
        self._arrivals = np.zeros(capacity)
        self._written = 0
        self._reserved = 0

    @property
    def written(self) -> int:
        """Samples written since the start; the newest has index `written - 1`."""
        return self._written

    @property
    def ends_in_gap(self) -> bool:
        """Whether the newest sample is missing."""
        return bool(np.isnan(self._data[(self._written - 1) % self.capacity]).any())

    def append(self, data: Float32, times: Float64, arrival: float) -> None:
        """`data` (n_samples, n_channels) µV with their `times`, which came at `arrival`."""
        keep = min(len(times), self.capacity)
        stop = self._written + len(times)
        where = self._places(stop - keep, stop)
        self._reserved = stop
        self._data[where] = data[len(times) - keep :]
        self._times[where] = times[len(times) - keep :]
        self._arrivals[where] = arrival
        self._written = stop

    def skip(self, count: int, next_time: float, step_s: float, arrival: float) -> None:
        """`count` samples are missing before that of `next_time`, `step_s` apart. They read as
        NaN."""
        keep = min(count, self.capacity)
        times = next_time - step_s * np.arange(keep, 0, -1, dtype=np.float64)
        missing = np.full((keep, self._data.shape[1]), np.nan, dtype=np.float32)
        self._reserved = self._written + count
        self._written += count - keep
        self.append(missing, times, arrival)

    def read(self, first: int, last: int) -> EEGSpan | None:
        """Samples [first, last). None where some are overwritten already: they are counted."""
        if not 0 <= first <= last <= self._written:
            raise IndexError(f"samples [{first}, {last}) of {self._written}")
        span = self._copy(first, last)
        gone = self._gone_before() - first
        if gone > 0:
            self.overwritten += min(gone, last - first)
            return None
        return span

    def read_last(self, count: int, since: int = 0) -> EEGSpan:
        """The newest `count` samples, or as many as there are from index `since` on."""
        last = self._written
        first = min(last, max(since, last - min(count, self.capacity), 0))
        span = self._copy(first, last)
        torn = min(max(0, self._gone_before() - first), last - first)
        if not torn:
            return span
        return EEGSpan(first + torn, span.data[torn:], span.times[torn:])

    def arrival(self, index: int) -> float:
        """When sample `index` came; of a sample that is overwritten, a later time."""
        return float(self._arrivals[index % self.capacity])

    def _gone_before(self) -> int:
        return self._reserved - self.capacity

    def _places(self, first: int, last: int) -> NDArray[np.intp]:
        return np.arange(first, last, dtype=np.intp) % self.capacity

    def _copy(self, first: int, last: int) -> EEGSpan:
        where = self._places(first, last)
        return EEGSpan(first, frozen(self._data[where]), frozen(self._times[where]))


class FaceGrid:
    """The face of each slot of the window planner's grid: that of the first frame in it.

    Faces that come before the EEG has given the grid its origin wait for it. Slots older than
    any window that may still be predicted are dropped.
    """

    def __init__(self, settings: WindowSettings) -> None:
        self.planner: WindowPlanner | None = None
        self._capacity = 8 * settings.bag_size
        self._slot_s = settings.slot_s
        self._lock = threading.Lock()
        self._faces: dict[int, FaceCrop] = {}
        self._waiting: deque[FaceCrop] = deque(maxlen=self._capacity)
        self._fresh: deque[FaceCrop] = deque(maxlen=settings.bag_size)
        self._seen_until = -np.inf
        self._due_slot: int | None = None
        self._due_time = -np.inf

    def start(self, planner: WindowPlanner) -> None:
        """The time of the stream's first sample is known: put the faces that wait where they
        belong. Again with a new planner when that time is known better."""
        with self._lock:
            self.planner = planner
            for face in self._waiting:
                self._put(planner.slot(face.time), face)
            self._waiting.clear()

    @property
    def has_origin(self) -> bool:
        """Whether the slots are known."""
        return self.planner is not None

    def is_due(self, time: float) -> bool:
        """Whether the frame of `time`, after all that were asked about, is the first of its slot:
        only in that one the slot's face is looked for. Before the grid has its origin, frames are
        due that are a slot's length apart. The camera's thread asks."""
        planner = self.planner
        if planner is None:
            is_due = abs(time - self._due_time) >= self._slot_s - TOLERANCE_S
        else:
            slot = planner.slot(time)
            is_due, self._due_slot = slot != self._due_slot, slot
        if is_due:
            self._due_time = time
        return is_due

    def add(self, face: FaceCrop) -> None:
        with self._lock:
            if self.planner is None:
                self._waiting.append(face)
            else:
                self._put(self.planner.slot(face.time), face)

    def forget(self, after: float) -> None:
        """Give up the faces seen later than `after`: their pictures showed nothing new. A window
        that has been predicted keeps them."""
        with self._lock:
            self._faces = {n: face for n, face in self._faces.items() if face.time <= after}
            for queue in (self._waiting, self._fresh):
                kept = [face for face in queue if face.time <= after]
                queue.clear()
                queue.extend(kept)

    def passed(self, time: float) -> None:
        """The frame of `time` has been looked at, and so have all before it."""
        self._seen_until = max(self._seen_until, time)

    def faces(self, slots: Iterable[int]) -> dict[int, FaceCrop]:
        with self._lock:
            return {slot: self._faces[slot] for slot in slots if slot in self._faces}

    def take_fresh(self) -> FaceCrop | None:
        """The newest face that nobody has taken; the oldest are given up when nobody does."""
        with self._lock:
            return self._fresh.pop() if self._fresh else None

    def settled(self, index: int) -> bool:
        """Whether the bag of window `index` is final: no frame to come can change it."""
        if self.planner is None:
            return False
        _, stop = self.planner.span(index)
        if self._seen_until >= stop - TOLERANCE_S:
            return True
        with self._lock:
            return all(
                slot in self._faces or self._is_over(slot) for slot in self.planner.slots(index)
            )

    def _is_over(self, slot: int) -> bool:
        """Whether every frame to come falls behind `slot`."""
        assert self.planner is not None
        end = self.planner.origin + (slot + 1) * self.planner.settings.slot_s
        return self._seen_until >= end - TOLERANCE_S

    def _put(self, slot: int, face: FaceCrop) -> None:
        if slot < 0 or slot in self._faces:
            return
        self._faces[slot] = face
        self._fresh.append(face)
        while len(self._faces) > self._capacity:
            del self._faces[min(self._faces)]
