"""Video files: one writer whose bytes depend on the frames alone, one lazy reader."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np

from milmer_live.errors import ConfigError, DatasetError, RecordingError, reading
from milmer_live.processing.video_file import (
    COPY_AGAIN,
    damaged,
    reason_of,
    refuse_size,
    scan,
    upright,
    url_of,
    video_stream,
)
from milmer_live.samples import Float64, FrameSample, UInt8, frozen

# superfast: a third smaller than ultrafast for 0.2 ms a frame of 320 x 240. No B-frames: AVI
# keeps no presentation times, so frames must lie in the file as they are shown. One thread:
# the same bytes on every run.
X264 = {"preset": "superfast", "crf": "26", "bf": "0", "g": "50", "threads": "1"}


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


class VideoFrames:
    """The frames of a video file as a `samples.FrameSeries`.

    Times are the file's own, frame by frame, plus `offset_s`; the rate that the container
    claims is not used. Opening reads the packets' stamps and decodes nothing. Raises
    DatasetError where the file is missing, empty or damaged.
    """

    def __init__(self, path: Path, offset_s: float = 0.0) -> None:
        self.path = path
        self._index = scan(path)
        self._times: Float64 = frozen(self._index.times + offset_s)

    @property
    def times(self) -> Float64:
        return self._times

    def __len__(self) -> int:
        return len(self._times)

    def frames(self, start: int = 0) -> Iterator[FrameSample]:
        """Frames in order from index `start`: RGB, read-only, decoded one after the other."""
        with reading(self.path, DatasetError, COPY_AGAIN):
            for row, frame in self._index.placed(self._decoded(start)):
                if start <= row < len(self):
                    refuse_size(self.path, frame)
                    yield FrameSample(upright(frame), float(self._times[row]), row)

    def _decoded(self, start: int) -> Iterator[Any]:
        """From a frame at or before `start`; where a seek would land anywhere, as in an AVI
        without index, from the first."""
        stamps = self._index.stamps
        try:
            with av.open(url_of(self.path)) as container:
                stream = video_stream(container)
                stream.codec_context.thread_count = 1  # readers run in one process a core
                if self._index.can_seek and 0 < start < len(stamps):
                    container.seek(stamps[start], stream=stream)
                yield from container.decode(stream)
        except (av.FFmpegError, OSError) as error:
            raise damaged(self.path, reason_of(error)) from error
