"""The pictures of a session, in as many files as the camera has resolutions."""

from __future__ import annotations

from pathlib import Path

from milmer_live.config import RecordingSettings
from milmer_live.errors import RecordingError
from milmer_live.samples import UInt8
from milmer_live.storage.session.video import SessionVideo


def video_name(part: int) -> str:
    """`face.mkv`; a camera that changes its resolution goes on in `face-2.mkv`."""
    return "face.mkv" if part == 1 else f"face-{part}.mkv"


class Pictures:
    """Keeps pictures where the participant has agreed to it. Times begin at `start`."""

    def __init__(self, folder: Path, settings: RecordingSettings, start: float) -> None:
        self._folder = folder
        self._settings = settings
        self._start = start
        self._part = 0
        self._video: SessionVideo | None = None
        self._closed_bytes = 0

    @property
    def bytes_written(self) -> int:
        return self._closed_bytes + (self._video.bytes_written if self._video else 0)

    def write(self, picture: UInt8, time: float) -> tuple[int, int]:
        """(height, width, 3) uint8 RGB. Returns its place in its file and the file's number.

        Raises RecordingError where the session's consent is for no picture at all.
        """
        if self._settings.video == "none":
            raise RecordingError("This session keeps no pictures.")
        height, width = picture.shape[:2]
        if self._video is None or self._video.size != (width, height):
            self._begin((width, height), time)
        assert self._video is not None
        return self._video.write(picture, time), self._part

    def sync(self) -> None:
        if self._video is not None:
            self._video.sync()

    def close(self) -> None:
        """Raises StorageLost, but the file is closed."""
        if self._video is not None:
            video, self._video = self._video, None
            self._closed_bytes += video.bytes_written
            video.close()

    def _begin(self, size: tuple[int, int], time: float) -> None:
        """The first frame may have been grabbed just before the session began."""
        self.close()
        start = min(self._start, time)
        path = self._folder / video_name(self._part + 1)
        self._video = SessionVideo(path, self._settings.codec, size, start)
        self._part += 1
