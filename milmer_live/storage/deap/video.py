"""A face video of DEAP on the clock of its trial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from milmer_live.samples import Float64, FrameSample, frozen
from milmer_live.storage.deap.layout import (
    BASELINE_S,
    STIMULUS_S,
)
from milmer_live.storage.video import VideoFrames

CAMERA_FPS = 50.0  # DEAP's camera, by its readme
SLACK = 0.02  # share by which a length or a count may differ and still be taken as right


class TrialVideo:
    """The frames of a stimulus as a `samples.FrameSeries`: the first one at 3 s.

    The rate that a container claims is not to be trusted. Where the file's own stamps span the
    60 s of the stimulus they are taken. Where they do not, but the file has the 3,000 frames
    that the camera took in 60 s, the frames are spread evenly over the 60 s. Any other file
    keeps its stamps: it may be cut off, and stretching it would move its faces. `note` says
    whatever is unusual. The file is opened when it is first needed.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name

    @cached_property
    def _frames(self) -> VideoFrames:
        return VideoFrames(self.path, offset_s=BASELINE_S)

    @cached_property
    def times(self) -> Float64:
        """(n_frames,) seconds since the start of the recording."""
        stamps = self._frames.times
        if _spans_stimulus(stamps) or not _has_cameras_count(stamps):
            return stamps
        return frozen(BASELINE_S + np.arange(len(stamps)) * (STIMULUS_S / len(stamps)))

    @property
    def note(self) -> str:
        """One sentence about an unusual clock, or nothing."""
        stamps = self._frames.times
        if _spans_stimulus(stamps):
            return ""
        found = f"{self.name}: {self.path.name} says that its {len(stamps)} frames last "
        found += f"{_length_s(stamps):.1f} s"
        if _has_cameras_count(stamps):
            return f"{found}; that is the camera's count for 60 s, so they are spread over 60 s."
        return f"{found}, not 60 s; its times are left as they are. It may be cut off."

    def __len__(self) -> int:
        return len(self._frames)

    def frames(self, start: int = 0) -> Iterator[FrameSample]:
        for frame in self._frames.frames(start):
            yield replace(frame, time=float(self.times[frame.index]))


def _length_s(stamps: Float64) -> float:
    """From the first frame to the end of the last."""
    if len(stamps) < 2:
        return 0.0
    return float((stamps[-1] - stamps[0]) * len(stamps) / (len(stamps) - 1))


def _spans_stimulus(stamps: Float64) -> bool:
    return abs(_length_s(stamps) - STIMULUS_S) <= SLACK * STIMULUS_S


def _has_cameras_count(stamps: Float64) -> bool:
    expected = CAMERA_FPS * STIMULUS_S
    return abs(len(stamps) - expected) <= SLACK * expected
