"""A camera's film beside a recording of another program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from milmer_live.processing.windows import TOLERANCE_S
from milmer_live.samples import Float64, FrameSample, frozen
from milmer_live.storage.video import VideoFrames

SUFFIXES = (".mp4", ".avi", ".mkv", ".mov", ".webm")


def side_video(recording: Path) -> Path | None:
    """The film with the name of the recording, in any capitals; None where there is none."""
    films = (
        one
        for one in sorted(recording.parent.glob("*"))
        if one.suffix.lower() in SUFFIXES and one.stem == recording.stem
    )
    return next(films, None)


class VideoPart:
    """The frames of [start_s, stop_s) of a film that begins at `begins_s`, as a FrameSeries.
    Raises DatasetError where the film cannot be read."""

    def __init__(self, path: Path, begins_s: float, start_s: float, stop_s: float) -> None:
        self.path = path
        self._film = VideoFrames(path, begins_s - _first_s(path))
        edges = np.array([start_s, stop_s]) - TOLERANCE_S
        self._first, self._stop = np.searchsorted(self._film.times, edges).tolist()

    @cached_property
    def times(self) -> Float64:
        """(n_frames,) in the recording's seconds."""
        return frozen(self._film.times[self._first : self._stop].copy())

    def __len__(self) -> int:
        return int(self._stop - self._first)

    def frames(self, start: int = 0) -> Iterator[FrameSample]:
        """Frames in order from index `start`, decoded one after the other."""
        for frame in self._film.frames(self._first + start):
            if frame.index >= self._stop:
                return
            yield replace(frame, index=frame.index - self._first)


def _first_s(path: Path) -> float:
    """The stamp of the first frame, which some cameras do not begin at 0."""
    times = VideoFrames(path).times
    return float(times[0]) if len(times) else 0.0
