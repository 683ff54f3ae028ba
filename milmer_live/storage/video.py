"""Video files: one writer whose bytes depend on the frames alone, one lazy reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np

from milmer_live.errors import ConfigError, DatasetError, RecordingError
from milmer_live.samples import Float64, FrameSample, UInt8, frozen

# superfast: a third smaller than ultrafast for 0.2 ms a frame of 320 x 240. No B-frames: AVI
# keeps no presentation times, so frames must lie in the file as they are shown. One thread:
# the same bytes on every run.
X264 = {"preset": "superfast", "crf": "26", "bf": "0", "g": "50", "threads": "1"}

# An AVI says in its header how many frames it has; recorders are off by a few that they
# dropped at the end. With less than this share of them the file was cut off.
WHOLE = 0.98


class VideoWriter:
    """Writes RGB frames as H.264, one every 1/`fps` seconds. A context manager.

    Equal frames give equal bytes. Raises ConfigError for a rate or size that H.264 cannot
    hold, RecordingError where the file cannot be written.
    """

    def __init__(self, path: Path, fps: float, size: tuple[int, int]) -> None:
        """`size` is (width, height) in pixels, both even."""
        if not 0 < fps <= 1000:
            raise ConfigError(f"A video cannot have {fps:g} frames a second.", "Try 25.")
        if any(side < 16 or side % 2 for side in size):
            raise ConfigError(
                f"A video of {size[0]} x {size[1]} pixels cannot be written.",
                "Width and height must be even and at least 16.",
            )
        self.path = path
        self.size = size
        self.n_frames = 0
        self._tick = 1 / Fraction(fps).limit_denominator(1001)
        self._container, self._stream = self._open()

    def _open(self) -> tuple[Any, Any]:
        try:
            container = av.open(str(self.path), "w", container_options={"fflags": "+bitexact"})
        except (av.FFmpegError, OSError, ValueError) as error:
            raise RecordingError(f"The video {self.path} cannot be written: {error}.") from error
        stream: Any = container.add_stream("libx264", rate=1 / self._tick, options=dict(X264))
        stream.width, stream.height = self.size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        return container, stream

    def write(self, image: UInt8) -> None:
        """The next frame, (height, width, 3) uint8 RGB."""
        width, height = self.size
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise RecordingError(
                f"A frame of shape {image.shape} does not fit a video of {width} x {height}."
            )
        # BT.601 as FFmpeg's scaler would do it, in a tenth of its 0.5 ms
        planes = cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = self.n_frames, self._tick
        self._mux(frame)
        self.n_frames += 1

    def close(self) -> None:
        """Write what the encoder still holds and the file's index."""
        if self._container is None:
            return
        try:
            self._mux(None)
        finally:
            self._container.close()
            self._container = None

    def _mux(self, frame: av.VideoFrame | None) -> None:
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (av.FFmpegError, OSError) as error:
            raise RecordingError(f"The video {self.path} cannot be written: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class _Packet:
    """Of a packet what is needed here: its data would fill the memory."""

    pts: int | None
    dts: int | None
    is_corrupt: bool


@dataclass(frozen=True, slots=True)
class _Index:
    """One row a frame, as shown: its stamp in the decoder's units, its time in seconds."""

    stamps: tuple[int, ...]
    times: Float64
    can_seek: bool


class VideoFrames:
    """The frames of a video file as a `samples.FrameSeries`.

    Times are the file's own, frame by frame, plus `offset_s`; the rate that the container
    claims is not used. Opening reads the packets' stamps and decodes nothing. Raises
    DatasetError where the file is missing, empty or damaged.
    """

    def __init__(self, path: Path, offset_s: float = 0.0) -> None:
        self.path = path
        index = _scan(path)
        self._stamps = index.stamps
        self._can_seek = index.can_seek
        self._times: Float64 = frozen(index.times + offset_s)

    @property
    def times(self) -> Float64:
        return self._times

    def __len__(self) -> int:
        return len(self._times)

    def frames(self, start: int = 0) -> Iterator[FrameSample]:
        """Frames in order from index `start`: RGB, read-only, decoded one after the other."""
        rows = {stamp: row for row, stamp in enumerate(self._stamps)}
        row = -1
        for frame in self._decoded(start):
            row = rows.get(frame.pts, row + 1)
            if start <= row < len(self):
                image = frozen(frame.to_ndarray(format="rgb24"))
                yield FrameSample(image, float(self._times[row]), row)

    def _decoded(self, start: int) -> Iterator[Any]:
        """From a frame at or before `start`; of an AVI from the first, since a seek in one
        without index would land anywhere."""
        try:
            with av.open(str(self.path)) as container:
                stream = container.streams.video[0]
                stream.codec_context.thread_count = 1  # readers run in one process a core
                if self._can_seek and 0 < start < len(self):
                    container.seek(self._stamps[start], stream=stream)
                yield from container.decode(stream)
        except (av.FFmpegError, OSError) as error:
            raise _damaged(self.path, str(error)) from error


def _scan(path: Path) -> _Index:
    if not path.is_file():
        raise DatasetError(f"The video {path} is missing.")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise _damaged(path, "it holds no video")
            stream = container.streams.video[0]
            packets = [
                _Packet(packet.pts, packet.dts, packet.is_corrupt)
                for packet in container.demux(stream)
                if packet.size
            ]
            tick = float(stream.time_base or 0)
            is_avi = container.format.name == "avi"
            promised = stream.frames if is_avi else 0
    except (av.FFmpegError, OSError) as error:
        raise _damaged(path, str(error)) from error
    if not packets or not tick:
        raise _damaged(path, "it holds no frame")
    if packets[-1].is_corrupt or (packets[-1].dts or 0) + 1 < WHOLE * promised:
        raise _damaged(path, f"it ends after {len(packets)} frames, inside the recording")
    return _index(packets, tick, is_avi)


def _index(packets: list[_Packet], tick: float, is_avi: bool) -> _Index:
    """An AVI has no presentation times: its n-th frame is shown in its n-th place, and what
    FFmpeg gives as such is shifted by the delay that it presumes of the decoder."""
    decode_order = [packet.dts for packet in packets]
    shown = [packet.pts if packet.pts is not None else packet.dts for packet in packets]
    places = decode_order if is_avi else shown
    times = np.array(sorted(place for place in places if place is not None), dtype=np.float64)
    stamps = tuple(sorted(stamp for stamp in shown if stamp is not None))
    return _Index(stamps, times * tick, can_seek=not is_avi)


def _damaged(path: Path, why: str) -> DatasetError:
    return DatasetError(
        f"The video {path} cannot be read: {why}.", "It may be cut off; copy it again."
    )
