"""Video files as PyAV reads them: the times of their frames, and upright RGB pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import av
import numpy as np

from milmer_live.errors import DatasetError, reading
from milmer_live.samples import Float64, UInt8, frozen

# An AVI says in its header how many frames it has, other files how long they are; recorders are
# off by a few that they dropped at the end. With less than this share the file was cut off.
WHOLE = 0.98

MOST_PIXELS = 1 << 26  # twice those of an 8K camera

COPY_AGAIN = "It may be cut off; copy it again."
CHOOSE_VIDEO = "Choose a video file."
TERMINAL = "tty"  # how FFmpeg reads plain text: as what a terminal would show


@dataclass(frozen=True, slots=True)
class _Packet:
    """Of a packet what is needed here: its data would fill the memory."""

    pts: int | None
    dts: int | None
    duration: int
    is_corrupt: bool


@dataclass(frozen=True)
class VideoIndex:
    """One row a frame, as shown: its stamp in the decoder's units (none where they say nothing),
    its time in seconds.

    `step_s` is how long the last frame is shown, `rate` what the file states (0: nothing).
    `promised_s` is the length that the file states
    (0: it states none), `found_s` what there is of it, sound included.
    """

    stamps: tuple[int, ...]
    times: Float64
    step_s: float
    rate: float
    can_seek: bool
    promised_s: float
    found_s: float

    def __len__(self) -> int:
        return len(self.times)

    @cached_property
    def _rows(self) -> dict[int, int]:
        return {stamp: row for row, stamp in enumerate(self.stamps)}

    @property
    def is_cut(self) -> bool:
        """Whether the file states that it is longer than what there is of it."""
        return self.found_s + self.step_s < WHOLE * self.promised_s

    @property
    def length_s(self) -> float:
        """From the first frame to the end of the last."""
        return float(self.times[-1] - self.times[0]) + self.step_s

    def row_after(self, row: int, stamp: int | None) -> int:
        """The row of a frame with this stamp, which was decoded after that of `row`."""
        return row + 1 if stamp is None else self._rows.get(stamp, row + 1)

    def placed(self, frames: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        """Decoded frames with their rows, in order."""
        row = -1
        for frame in frames:
            row = self.row_after(row, frame.pts)
            yield row, frame


def url_of(path: Path) -> str:
    """A path that FFmpeg takes for nothing else, whatever is in its name."""
    return f"file:{path}"


def video_stream(container: Any) -> Any:
    """The first stream of pictures; the cover of a piece of music is none. None without one."""
    cover = av.stream.Disposition.attached_pic
    streams = (one for one in container.streams.video if not one.disposition & cover)
    return next(streams, None)


def scan(path: Path) -> VideoIndex:
    """Read the stamps of all packets of a video file; nothing is decoded. Raises DatasetError
    where the file is missing, empty, damaged or no video."""
    with reading(path, DatasetError, COPY_AGAIN):
        _check_is_file(path)
        try:
            with av.open(url_of(path)) as container:
                stream = _checked_stream(container, path)
                return _scanned(container, stream, path)
        except (av.FFmpegError, OSError) as error:
            raise damaged(path, reason_of(error)) from error


def upright(frame: Any) -> UInt8:
    """(height, width, 3) RGB of a decoded frame, as PyAV converts it, turned and mirrored as
    its display matrix says (ISO 14496-12, 8.3.2.2; phones write one)."""
    image = frame.to_ndarray(format="rgb24")
    turned = _turned(image, frame.side_data.get("DISPLAYMATRIX"))
    return frozen(np.ascontiguousarray(turned))


def reason_of(error: Exception) -> str:
    """Why FFmpeg failed, without a number and an address."""
    return getattr(error, "strerror", None) or str(error)


def damaged(path: Path, why: str) -> DatasetError:
    """The error of a video that is not whole."""
    return DatasetError(f"The video {path} cannot be read: {why}.", COPY_AGAIN)


def refuse_size(path: Path, pictures: Any) -> None:
    """Refuse a stream, or a frame, that says it has more pixels than any camera, before they take
    any memory. Raises DatasetError."""
    if pictures.width * pictures.height > MOST_PIXELS:
        raise damaged(path, f"its pictures have {pictures.width} x {pictures.height} pixels")


def _check_is_file(path: Path) -> None:
    if path.is_dir():
        raise DatasetError(f"{path} is a folder.", CHOOSE_VIDEO)
    if not path.is_file():
        raise DatasetError(f"The video {path} is missing.")
    if not path.stat().st_size:
        raise damaged(path, "it is empty")


def _checked_stream(container: Any, path: Path) -> Any:
    stream = video_stream(container)
    if stream is None or container.format.name == TERMINAL:
        is_sound = bool(container.streams.audio)
        what = f"{path} holds sound, but no pictures." if is_sound else f"{path} holds no pictures."
        raise DatasetError(what, CHOOSE_VIDEO)
    if stream.codec_context is None:
        raise DatasetError(
            f"{path} holds pictures in a format that is not known here.",
            "Save it as H.264 in MP4 or MKV.",
        )
    refuse_size(path, stream.codec_context)
    return stream


def _scanned(container: Any, stream: Any, path: Path) -> VideoIndex:
    packets, found_s = _packets(container, stream)
    if not packets:
        raise damaged(path, "it holds no frame")
    is_avi = container.format.name == "avi"
    promised = stream.frames if is_avi else 0
    if packets[-1].is_corrupt or (packets[-1].dts or 0) + 1 < WHOLE * promised:
        raise damaged(path, f"it ends after {len(packets)} frames, inside the recording")
    begins_s = (container.start_time or 0) / av.time_base
    promised_s = (container.duration or 0) / av.time_base
    if "matroska" in container.format.name:  # its length counts from 0, the others' from the first
        promised_s -= max(0.0, begins_s)
    stamps, times = _shown(packets, stream, is_avi)
    return VideoIndex(
        stamps=stamps,
        times=frozen(times),
        step_s=_step_s(packets, times, stream),
        rate=float(stream.average_rate or 0),
        can_seek=not is_avi,
        promised_s=promised_s,
        found_s=found_s - begins_s,
    )


def _packets(container: Any, stream: Any) -> tuple[list[_Packet], float]:
    """The packets of `stream`, and where the last one of any stream ends, in seconds. Packets
    that an edit list leaves out are decoded but not shown."""
    found, ends_s = [], 0.0
    for packet in container.demux():
        if not packet.size or packet.is_discard:
            continue
        stamp = packet.pts if packet.pts is not None else packet.dts
        duration = packet.duration or 0
        if stamp is not None and packet.time_base:
            ends_s = max(ends_s, float((stamp + duration) * packet.time_base))
        if packet.stream is stream:
            found.append(_Packet(packet.pts, packet.dts, duration, packet.is_corrupt))
    return found, ends_s


def _shown(packets: list[_Packet], stream: Any, is_avi: bool) -> tuple[tuple[int, ...], Float64]:
    """Stamps and times. An AVI has no presentation times: its n-th frame is shown in its n-th
    place, and what FFmpeg gives as such is shifted by the delay that it presumes of the decoder.
    Bare H.264 has no times at all: its frames are spread evenly at its rate."""
    decode_order = [packet.dts for packet in packets]
    shown = [packet.pts if packet.pts is not None else packet.dts for packet in packets]
    places = sorted(one for one in (decode_order if is_avi else shown) if one is not None)
    stamps = tuple(sorted(stamp for stamp in shown if stamp is not None))
    if is_avi:
        stamps = ()  # of a packet, not of the picture that is shown in its place
    if not places:
        return (), np.arange(len(packets), dtype=np.float64) * _nominal_step_s(stream)
    return stamps, np.array(places, dtype=np.float64) * float(stream.time_base)


def _step_s(packets: list[_Packet], times: Float64, stream: Any) -> float:
    """How long the last frame is shown: as the file says, else as long as most."""
    duration_s = packets[-1].duration * float(stream.time_base)
    if duration_s > 0:
        return duration_s
    steps = np.diff(times)
    usual_s = float(np.median(steps)) if len(steps) else 0.0
    return usual_s if usual_s > 0 else _nominal_step_s(stream)


def _nominal_step_s(stream: Any) -> float:
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    return 1 / rate if rate > 0 else 1 / 25


def _turned(image: UInt8, matrix: Any) -> UInt8:
    """A pixel at (x, y), y downwards, goes to (a x + c y, b x + d y). A turn by less than a
    right angle is left to the viewer."""
    if matrix is None:
        return image
    a, b, _, c, d = np.frombuffer(bytes(matrix), "=i4")[:5].tolist()
    if abs(b) + abs(c) > abs(a) + abs(d):
        image, to_left, upwards = image.swapaxes(0, 1), c < 0, b < 0
    else:
        to_left, upwards = a < 0, d < 0
    image = image[:, ::-1] if to_left else image
    return image[::-1] if upwards else image
