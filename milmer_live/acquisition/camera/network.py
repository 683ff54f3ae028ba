"""PyAV's hold on a network camera: MJPEG over HTTP, RTSP, RTMP, MPEG-TS over UDP and the like."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import av

from milmer_live.acquisition.camera.address import NetworkAddress
from milmer_live.catalogue import Code
from milmer_live.clock import Clock
from milmer_live.errors import SourceFormat, SourceLost, SourceNotFound
from milmer_live.messages import Message
from milmer_live.processing.video_file import upright, video_stream
from milmer_live.samples import CameraInfo, UInt8

OPEN_S = 3.0  # granted to it to answer, and again to say what it sends
SILENT_S = 1.0  # without anything from it after which it is lost
BACKLOG_S = 0.2  # what it had sent while it was opened comes in this time
READER = f"PyAV {av.__version__}"

# RTSP in its one TCP connection: UDP would not get through routers. What it sends is looked at
# for a second and a half, not for five. UDP that nobody has read in time is left out, not an error.
OPTIONS = {
    "rtsp_transport": "tcp",
    "analyzeduration": "1500000",
    "overrun_nonfatal": "1",
    "fifo_size": "50000",
}
_SWITCHED_ON = Message(Code.IS_ADDRESS_RIGHT)


class NetworkCapture:
    """Used by one thread. A camera that stalls ends each call after a few seconds."""

    backlog_s = BACKLOG_S
    patience_s = 2 * OPEN_S  # of `open`

    def __init__(self, address: NetworkAddress, clock: Clock) -> None:
        self.name = address.name
        self.info: CameraInfo | None = None
        self._url = address.url
        self._clock = clock
        self._container: Any = None
        self._packets: Iterator[Any] = iter(())
        self._frames: deque[Any] = deque()  # decoded; None: damaged
        self._has_begun = False  # a picture has been decoded

    def open(self) -> str:
        """The name to show. Raises SourceNotFound, SourceFormat."""
        try:
            self._container = av.open(self._url, options=dict(OPTIONS), timeout=(OPEN_S, SILENT_S))
        except (av.FFmpegError, OSError, ValueError) as error:
            raise _not_found(self.name, error) from error
        stream = video_stream(self._container)
        self._check(stream)
        stream.codec_context.thread_count = 1  # more would hold back a picture each
        codec, rate = stream.codec_context, float(stream.average_rate or 0)
        self.info = CameraInfo(codec.width, codec.height, rate, reader=READER)
        self._packets = self._container.demux(stream)
        return f"{self.name}{self.info.size_words}"

    def grab(self) -> float | None:
        """Take what comes next: the time at which it came, None where it was no picture. Raises
        SourceLost."""
        if not self._frames:
            packet = self._packet()
            time = self._clock.now()
            self._frames.extend(self._decoded(packet))
            return time if self._frames else None
        return self._clock.now()

    def image(self) -> UInt8 | None:
        """(height, width, 3) RGB of the picture that was grabbed; None where it is damaged."""
        frame = self._frames.popleft()
        if frame is None or frame.is_corrupt:
            return None
        image = upright(frame)
        if self.info is not None:
            height, width = image.shape[:2]
            self.info = replace(self.info, width=width, height=height)
        return image

    def release(self) -> None:
        self._packets = iter(())
        self._frames.clear()
        if self._container is not None:
            self._container.close()
        self._container = None

    def _check(self, stream: Any) -> None:
        if stream is None or stream.codec_context is None:
            raise SourceFormat(
                Message(Code.SENDS_NO_PICTURES, name=self.name), Message(Code.IS_ADDRESS_OF_CAMERA)
            )
        form = self._container.format.name
        if form.endswith("_pipe") and self._container.size > 0:
            raise SourceFormat(
                Message(Code.STILL_PICTURE, name=self.name), Message(Code.IS_ADDRESS_OF_CAMERA)
            )
        is_http = self._url.lower().startswith("http")
        if is_http and self._container.duration is not None:
            raise SourceFormat(Message(Code.IS_FILE, name=self.name), Message(Code.DOWNLOAD_FILE))

    def _packet(self) -> Any:
        try:
            packet = next(self._packets, None)
        except (av.FFmpegError, OSError) as error:
            raise self._lost() from error
        if packet is None or not packet.size:  # the end
            raise self._lost()
        return packet

    def _decoded(self, packet: Any) -> list[Any]:
        """Before the first picture that can be decoded none is missed: whoever comes in the
        middle has to wait for one that needs no other."""
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            return [None] if self._has_begun else []
        self._has_begun = self._has_begun or bool(frames)
        return list(frames)

    def _lost(self) -> SourceLost:
        return SourceLost(
            Message(Code.NO_MORE_PICTURES, name=self.name), Message(Code.IS_PLUGGED_IN)
        )


def _not_found(name: str, error: Exception) -> SourceNotFound:
    if isinstance(error, av.HTTPUnauthorizedError | av.HTTPForbiddenError):
        return SourceNotFound(
            Message(Code.CAMERA_REFUSES, name=name), Message(Code.ARE_NAME_AND_PASSWORD_RIGHT)
        )
    return SourceNotFound(Message(Code.NO_PICTURES, name=name), _SWITCHED_ON)
