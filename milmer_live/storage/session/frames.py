"""The pictures of a session, or of a part of it, at the times that its XDF file gives."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from milmer_live.config import FaceSettings
from milmer_live.errors import DatasetError
from milmer_live.processing.faces.detection import paste_face
from milmer_live.samples import FaceBox, Float64, FrameSample, frozen
from milmer_live.storage.session.pictures import video_name
from milmer_live.storage.session.streams import face_of
from milmer_live.storage.video import VideoFrames


class SessionFrames:
    """Frames on disk as a `samples.FrameSeries`; only those whose picture was kept.

    `rows` (n, 29) are samples of the stream of frames, (n, 10) or (n, 11) in older sessions,
    `times` (n,) theirs in seconds of the recording. Where only faces were kept (`faces`), a frame
    is the face in its place on black. `has_faces`: the participant's face was looked for while it
    was recorded, and `face` tells where it was.
    Frames that the index knows but the file lost (a kill) are left out. Raises DatasetError.
    """

    def __init__(
        self,
        folder: Path,
        times: Float64,
        rows: Float64,
        faces: FaceSettings | None = None,
        *,
        has_faces: bool = False,
    ) -> None:
        kept = np.array([_is_there(folder, row) for row in rows], dtype=np.bool_)
        self.folder = folder
        self._rows = rows[kept]
        self._times: Float64 = frozen(times[kept])
        self._faces = faces
        self.has_faces = has_faces

    @property
    def times(self) -> Float64:
        return self._times

    def __len__(self) -> int:
        return len(self._times)

    def frames(self, start: int = 0) -> Iterator[FrameSample]:
        """Frames in order from index `start`: RGB, read-only, decoded one after the other."""
        index = start
        while index < len(self):
            part = int(self._rows[index, 1])
            first = int(self._rows[index, 0])
            for shown in _video(self.folder / video_name(part)).frames(first):
                if index == len(self) or self._rows[index, 1] != part:
                    break
                if shown.index == self._rows[index, 0]:
                    yield self._frame(index, shown)
                    index += 1
            else:
                if index < len(self) and self._rows[index, 1] == part:
                    raise DatasetError(
                        f"{self.folder / video_name(part)} ends before its frame {first}.",
                        "Repair the session with `milmer-live repair`.",
                    )

    def face(self, index: int) -> FaceBox | None:
        """The participant's face in frame `index`, as it was found while it was recorded."""
        return face_of(self._rows[index])

    def _frame(self, index: int, shown: FrameSample) -> FrameSample:
        image, row = shown.image, self._rows[index]
        if self._faces is not None:
            box = face_of(row)
            assert box is not None, "only pictures of a face were kept"
            size = (int(row[3]), int(row[4]))
            image = frozen(paste_face(image, box, size, self._faces))
        return FrameSample(image, float(self._times[index]), index)


def _is_there(folder: Path, row: Float64) -> bool:
    if row[0] < 0:
        return False
    path = folder / video_name(int(row[1]))
    return path.exists() and row[0] < len(_video(path))


def _video(path: Path) -> VideoFrames:
    return _opened(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _opened(path: Path, _stamp: int) -> VideoFrames:
    """Opening a video reads all of its stamps: once is enough."""
    return VideoFrames(path)
