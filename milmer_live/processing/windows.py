"""When a window begins and which faces it holds: pure, and the same for training, replay, live.

EEG windows are counted in samples from the first sample of the stream. Faces come from one
fixed time grid (`WindowSettings.slot_s`): the face in the first frame of a slot is the slot's face.
Overlapping windows therefore share their faces, and a face has to be embedded only once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from milmer_live.config import WindowSettings
from milmer_live.samples import FaceCrop, Float32, Window, frozen

# Stamps of one moment differ by clock correction and rounding; ties on the grid are broken
# by this much, so that a frame on the border of a slot falls on one side everywhere.
TOLERANCE_S = 1e-3


class WindowPlanner:
    """Plans windows of a stream whose first sample is at `origin` (seconds)."""

    def __init__(self, settings: WindowSettings, origin: float = 0.0) -> None:
        self.settings = settings
        self.origin = origin

    def count(self, n_samples: int) -> int:
        """Windows that are complete once `n_samples` have come."""
        missing = n_samples - self.settings.n_times
        return 0 if missing < 0 else missing // self.settings.hop_samples + 1

    def samples(self, index: int) -> tuple[int, int]:
        """First sample of window `index`, and the one behind its last."""
        first = index * self.settings.hop_samples
        return first, first + self.settings.n_times

    def span(self, index: int) -> tuple[float, float]:
        """[start, stop) of window `index` in seconds."""
        start = self.origin + index * self.settings.hop_s
        return start, start + self.settings.length_s

    def slot(self, time: float) -> int:
        """The slot of the face grid that `time` falls into."""
        return math.floor((time - self.origin + TOLERANCE_S) / self.settings.slot_s)

    def slots(self, index: int) -> range:
        """The `bag_size` slots that begin inside window `index`."""
        first = math.ceil(index * self.settings.hop_s / self.settings.slot_s - 1e-6)
        return range(first, first + self.settings.bag_size)

    def assemble(
        self,
        index: int,
        eeg: Float32,
        faces: Mapping[int, FaceCrop],
        *,
        eeg_valid: bool = True,
    ) -> Window:
        """Window `index` from `eeg` (n_times, n_channels) µV and the faces by slot.

        The only place that turns samples x channels into channels x times. A face that came
        after the end of the window is left out, although its slot began before.
        """
        start, stop = self.span(index)
        bag = tuple(self._in_time(faces.get(slot), stop) for slot in self.slots(index))
        channels_first = np.array(eeg.T, dtype=np.float32, order="C")
        return Window(index, start, stop, frozen(channels_first), bag, eeg_valid)

    @staticmethod
    def _in_time(face: FaceCrop | None, stop: float) -> FaceCrop | None:
        return face if face is not None and face.time < stop - TOLERANCE_S else None
