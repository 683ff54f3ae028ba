"""A video file as a camera: its pictures at its own times, again and again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import av

from milmer_live.acquisition.camera.frame_numbers import Numbers
from milmer_live.catalogue import Code
from milmer_live.clock import Clock
from milmer_live.errors import DatasetError, SourceFormat, SourceLost, SourceNotFound
from milmer_live.messages import Message
from milmer_live.processing.video_file import (
    COPY_AGAIN,
    VideoIndex,
    reason_of,
    scan,
    upright,
    url_of,
    video_stream,
)
from milmer_live.samples import CameraInfo, FrameSample

LATE_S = 0.25  # behind its time a picture is left out
BEHIND_S = 2.0  # behind its times the file goes on from where it is
READER = f"PyAV {av.__version__}"
_STILL = Message(Code.CHOOSE_MOVING_PICTURES)

# A picture with its time in seconds since the first one; None where it is damaged.
_Played = tuple[float, Any] | None


class FilePlayer:
    """Plays a file in real time, without a hole where it begins again. A picture comes when its
    own time is there; one that is late is left out. Used by one thread."""

    waiting = 0  # no picture has come before it is asked for

    def __init__(self, path: Path, name: str, clock: Clock, numbers: Numbers) -> None:
        self.info: CameraInfo | None = None
        self.notes: list[str] = []
        self._path = path
        self._name = name
        self._clock = clock
        self._numbers = numbers
        self._start = 0.0
        self._pictures: Iterator[_Played] = iter(())
        self._next: tuple[float, Any] | None = None  # was decoded, and is not due yet
        self._awake = threading.Event()  # never set: something to wait on

    def open(self) -> str:
        """Read the file's index and its first picture. Raises SourceNotFound, SourceFormat."""
        index = self._checked()
        self._pictures = self._played(index)
        self._next = self._take()
        height, width = upright(self._next[1]).shape[:2]
        self.info = CameraInfo(width, height, index.rate, reader=READER)
        self._start = self._clock.now() - self._next[0]
        return f"{self._name}{self.info.size_words}"

    def read(self, timeout_s: float) -> FrameSample | None:
        """The next picture that is in time. Raises SourceLost."""
        due = self._next_due(timeout_s)
        if due is None:
            return None
        wait_s = due - self._clock.now()
        if wait_s > 0:
            self._clock.wait(min(wait_s, timeout_s), self._awake)
        if wait_s > timeout_s or self._next is None:
            return None
        (_, frame), self._next = self._next, None
        return FrameSample(upright(frame), due, self._numbers.next())

    def close(self) -> None:
        self._pictures, self._next = iter(()), None

    def _next_due(self, timeout_s: float) -> float | None:
        """The time of the next picture that is in time; None where none was found meanwhile."""
        give_up_at = self._clock.now() + max(timeout_s, LATE_S)
        while self._clock.now() <= give_up_at:
            if self._next is None:
                self._next = self._take()
            due = self._start + self._next[0]
            late_s = self._clock.now() - due
            if late_s > BEHIND_S:
                self._catch_up(late_s)
            elif late_s <= LATE_S:
                return due
            else:
                self._next = None
                self._numbers.next(dropped=True)
        return None

    def _catch_up(self, late_s: float) -> None:
        """Go on from here, a moment later: what is due now is too far away to be decoded."""
        self._start += late_s
        self.notes.append(Message(Code.FELL_BEHIND, name=self._name))

    def _take(self) -> tuple[float, Any]:
        """The next picture that is whole."""
        for played in self._pictures:
            if played is not None:
                return played
            self._numbers.next(dropped=True)
        raise SourceLost(Message(Code.CAMERA_NOT_OPEN))

    def _checked(self) -> VideoIndex:
        """What the file has. Raises SourceNotFound, SourceFormat."""
        try:
            found = self._path.stat()
        except (OSError, ValueError) as error:
            raise SourceNotFound(
                Message(Code.NO_VIDEO_FILE, name=str(self._path)), Message(Code.CHECK_PATH)
            ) from error
        verdict = _judged(self._path, found.st_size, found.st_mtime_ns)
        if isinstance(verdict, VideoIndex):
            return verdict
        raise SourceFormat(*verdict)

    def _played(self, index: VideoIndex) -> Iterator[_Played]:
        """All pictures, for ever."""
        begins_s, first_s = 0.0, float(index.times[0])
        while True:
            n_whole = 0
            row = -1
            for frame in self._decoded():
                if frame is None:
                    row += 1
                    yield None
                    continue
                row = index.row_after(row, frame.pts)
                if row < len(index):
                    n_whole += 1
                    yield begins_s + float(index.times[row]) - first_s, frame
            if not n_whole:
                raise SourceFormat(Message(Code.NO_WHOLE_PICTURE, name=self._name), COPY_AGAIN)
            begins_s += index.length_s

    def _decoded(self) -> Iterator[Any]:
        """The file's frames from the first on; None for a packet that is damaged. Raises
        SourceLost."""
        try:
            with av.open(url_of(self._path)) as container:
                stream = video_stream(container)
                stream.thread_type = "AUTO"
                for packet in container.demux(stream):
                    try:
                        yield from packet.decode()
                    except av.InvalidDataError:
                        yield None
        except (av.FFmpegError, OSError) as error:
            raise SourceLost(
                Message(Code.READ_NO_MORE, name=self._name, what=reason_of(error))
            ) from error


@lru_cache(maxsize=8)  # a file that is refused is asked for twice a second
def _judged(path: Path, _size: int, _stamp: int) -> VideoIndex | tuple[str, str]:
    """What the file has; or why it is refused, and what to do."""
    try:
        index = scan(path)
    except DatasetError as error:
        return error.message, error.hint
    if len(index) == 1:
        return Message(Code.STILL_PICTURE, name=str(path)), _STILL
    if index.is_cut:
        there = f"of {index.promised_s:.1f} s there are {index.found_s:.1f} s"
        return f"The video {path} is cut off: {there}.", COPY_AGAIN
    return index
