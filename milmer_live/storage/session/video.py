"""The video of a session: Matroska with a time for each frame, readable however it ends."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np

from milmer_live.errors import RecordingError, StorageLost
from milmer_live.samples import UInt8
from milmer_live.system.private_files import open_private

Codec = Literal["h264", "ffv1", "mjpeg"]

TICK = Fraction(1, 1000)  # Matroska's own: milliseconds. The exact times are in the XDF file
RATE_HINT = 30

# A cluster is what a killed program loses: half a second. Each begins with a frame that needs
# no other. `zerolatency`: no frame waits inside the encoder.
CONTAINER = {"cluster_time_limit": "500", "flush_packets": "1"}
ENCODERS: dict[Codec, tuple[str, str, dict[str, str]]] = {
    "h264": (
        "libx264",
        "yuv420p",
        {"preset": "ultrafast", "tune": "zerolatency", "crf": "20", "g": str(RATE_HINT)},
    ),
    "ffv1": ("ffv1", "bgr0", {"level": "3", "slices": "4", "slicecrc": "1", "g": "1"}),
    "mjpeg": ("mjpeg", "yuvj420p", {"q:v": "3"}),
}
BUFFER_BYTES = 1 << 18


class SessionVideo:
    """Writes RGB frames of one size at their own times. Raises StorageLost where the file
    takes no more, RecordingError for a frame of another size; never touches a file that is
    there. Not for several threads at once."""

    def __init__(self, path: Path, codec: Codec, size: tuple[int, int], start: float) -> None:
        """`size` is (width, height); `start` the time that is 0 in the file."""
        self.path = path
        self.size = size
        self.n_frames = 0
        self._start = start
        self._last_tick = -1
        self._file = _File(path)
        self._container: Any = av.open(
            self._file,
            "w",
            format="matroska",
            container_options=dict(CONTAINER),
            buffer_size=BUFFER_BYTES,
        )
        self._stream = self._add_stream(codec)

    def _add_stream(self, codec: Codec) -> Any:
        encoder, pixels, options = ENCODERS[codec]
        stream = self._container.add_stream(encoder, rate=RATE_HINT, options=dict(options))
        stream.width, stream.height = (_even(side) for side in self.size)
        stream.pix_fmt = pixels
        stream.time_base = stream.codec_context.time_base = TICK
        return stream

    @property
    def bytes_written(self) -> int:
        return self._file.size

    def write(self, image: UInt8, time: float) -> int:
        """(height, width, 3) uint8 RGB, seen at `time`. Returns its place in the file."""
        width, height = self.size
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise RecordingError(
                f"A frame of shape {image.shape} does not fit a video of {width} x {height}."
            )
        frame = av.VideoFrame.from_ndarray(_padded(image), format="rgb24")
        frame.pts, frame.time_base = self._tick(time), TICK
        self._mux(frame)
        self.n_frames += 1
        return self.n_frames - 1

    def sync(self) -> None:
        """Have the system put on the disk what it holds."""
        self._file.sync()

    def close(self) -> None:
        """Write the file's index and close. Raises StorageLost, but the file is closed."""
        if self._container is None:
            return
        container, self._container = self._container, None
        try:
            for packet in self._stream.encode(None) if self.n_frames else ():
                container.mux(packet)
            container.close()
            self._file.sync()
        except (av.FFmpegError, OSError) as error:
            raise self._lost(error) from error
        finally:
            self._file.close()

    def _tick(self, time: float) -> int:
        """Milliseconds since `start`; a frame is never before the one that came before it."""
        tick = round((time - self._start) / TICK)
        self._last_tick = max(tick, self._last_tick + 1)
        return self._last_tick

    def _mux(self, frame: av.VideoFrame) -> None:
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (av.FFmpegError, OSError) as error:
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> StorageLost:
        reason = self._file.error or error
        return StorageLost(
            f"{self.path} cannot be written: {getattr(reason, 'strerror', None) or reason}.",
            "Is there room on the disk, and is it still connected?",
        )


class _File:
    """The file that FFmpeg writes to through us: opened only if it is new, nothing buffered,
    and after a failure it takes all and writes nothing, so that FFmpeg can be closed."""

    def __init__(self, path: Path) -> None:
        self.error: OSError | None = None
        self.size = 0
        try:
            self._file = open_private(path, "xb", buffering=0)
        except FileExistsError as error:
            raise RecordingError(f"{path} exists already; nothing is overwritten.") from error
        except OSError as error:
            raise StorageLost(f"{path} cannot be written: {error.strerror}.") from error

    def write(self, data: bytes) -> int:
        if self.error is not None:
            return len(data)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.error = error
            raise
        self.size = max(self.size, self._file.tell())
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """FFmpeg does not close it: the file is ours."""
        self._file.close()


def _even(side: int) -> int:
    """H.264 halves the colour's resolution: an odd side gets one more pixel."""
    return side + side % 2


def _padded(image: UInt8) -> UInt8:
    """The last row or column once more where a side is odd."""
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        return np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(image)


def is_closed(path: Path) -> bool:
    """Whether the file has its end: FFmpeg puts the length in only then. Raises
    RecordingError where it is no video."""
    try:
        with av.open(str(path)) as container:
            return container.duration is not None
    except (av.FFmpegError, OSError) as error:
        raise RecordingError(f"{path} cannot be read: {error}.") from error


def repair_video(path: Path, repaired: Path) -> int:
    """Copy every whole frame of `path` to the new file `repaired`, with an index. Returns how
    many. Raises RecordingError where there is none."""
    target = _File(repaired)
    try:
        copied = _copy_frames(path, target)
    except (av.FFmpegError, OSError, IndexError) as error:
        repaired.unlink(missing_ok=True)
        raise RecordingError(f"There is nothing to rescue in {path}: {error}.") from error
    finally:
        target.close()
    if not copied:
        repaired.unlink()
        raise RecordingError(f"There is no frame to rescue in {path}.")
    return copied


def _copy_frames(path: Path, file: _File) -> int:
    copied = 0
    with av.open(str(path)) as source, av.open(file, "w", "matroska") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size and not packet.is_corrupt:
                packet.stream = stream
                target.mux(packet)
                copied += 1
    return copied
