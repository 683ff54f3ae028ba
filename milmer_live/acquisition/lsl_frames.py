"""A camera that comes over the Lab Streaming Layer: the pictures of a replay, at their times.

A sample has two texts: the number that the sender gives the frame, and its picture in base64.
Its stamp is the frame's time, on the same clock as the stamps of the EEG beside it.
"""

from __future__ import annotations

import binascii
import math
from base64 import b64decode, b64encode
from collections import deque
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pylsl
from pylsl.util import LostError

from milmer_live.acquisition.lsl import FRAMES_TYPE, LSLSource, listing_of
from milmer_live.acquisition.lsl_inlet import OpenInlet
from milmer_live.acquisition.qoi import Decoder
from milmer_live.config import CameraSettings
from milmer_live.errors import SourceFormat, SourceLost
from milmer_live.samples import FrameSample, frozen

CHANNELS = ("number", "picture")
CODEC = "qoi-base64"
KEPT_FRAMES = 12  # for a reader that is late: a quarter of a second at 50 frames a second
BUFFERED = 1  # x 100 frames in liblsl, at both ends: 70 MB at 720 x 576


def frames_info(name: str, source_id: str, size: tuple[int, int]) -> pylsl.StreamInfo:
    """What the outlet of pictures of `size` (width, height) says of itself."""
    info = pylsl.StreamInfo(name, FRAMES_TYPE, len(CHANNELS), 0.0, "string", source_id)
    described = info.desc()
    channels = described.append_child("channels")
    for label in CHANNELS:
        channels.append_child("channel").append_child_value("label", label)
    encoding = described.append_child("encoding")
    for key, value in zip(("codec", "width", "height"), (CODEC, *size), strict=True):
        encoding.append_child_value(key, str(value))
    # else a reader of XDF takes the frames that were left out for a clock that drifts
    synchronization = described.append_child("synchronization")
    synchronization.append_child_value("can_drop_samples", "true")
    return info


def outlet(info: pylsl.StreamInfo) -> pylsl.StreamOutlet:
    """A receiver that does not read costs no more memory than its buffer."""
    return pylsl.StreamOutlet(info, 0, BUFFERED)


def as_sample(number: int, picture: bytes) -> list[str]:
    """The two texts that are sent."""
    return [str(number), b64encode(picture).decode("ascii")]


@dataclass(frozen=True, slots=True)
class _Sent:
    number: int
    picture: bytes
    stamp: float


class LSLFrames:
    """The one stream of pictures that fits a query, as a camera.

    Frames are numbered through, over reconnections as well. A number that the sender counted
    and that did not arrive is a dropped frame, and so is a picture that is damaged.
    """

    def __init__(
        self,
        *,
        name: str = "",
        source_id: str = "",
        type: str = "",
        host: str = "",
        uid: str = "",
        settings: CameraSettings | None = None,
        timeout_s: float = 3.0,
    ) -> None:
        self.dropped = 0
        self._announced = LSLSource(
            name=name, source_id=source_id, type=type, host=host, uid=uid, timeout_s=timeout_s
        )
        self._decoder = Decoder()
        self._mirror = (settings or CameraSettings()).mirror
        self._timeout_s = timeout_s
        self._open: OpenInlet | None = None
        self._kept: deque[_Sent] = deque(maxlen=KEPT_FRAMES)
        self._given = 0
        self._last: int | None = None  # number at the sender

    def open(self) -> str:
        """Find the stream and connect; the name to show. Raises SourceNotFound, SourceFormat."""
        self.close()
        found = self._announced.find()
        listing = listing_of(found)
        if not listing.is_frames or listing.n_channels != len(CHANNELS):
            raise SourceFormat(
                f"The LSL stream '{listing.name}' is no camera: {listing.kind or 'no type'}, "
                f"{listing.sample_format}.",
                "Choose the frames of `milmer-live replay`; cameras are named camera:0.",
            )
        inlet = OpenInlet(found, buffered=BUFFERED, timeout_s=self._timeout_s)
        inlet.inlet.flush()
        self._open = inlet
        self._last = None
        return f"{listing.name}{_size(inlet.xml)}"

    def read(self, timeout_s: float) -> FrameSample | None:
        """The next frame, decoded here; None when none came in time. Raises SourceLost."""
        if self._open is None:
            raise SourceLost("The camera is not open.")
        self._pull(self._open, 0.0 if self._kept else timeout_s)
        while self._kept:
            frame = self._frame(self._kept.popleft(), self._open)
            if frame is not None:
                return frame
        return None

    def close(self) -> None:
        """End the transmission; harmless when it has ended."""
        if self._open is not None:
            self._open.close()
        self._open = None
        self._kept.clear()

    def _pull(self, source: OpenInlet, timeout_s: float) -> None:
        """Keep the newest of what has come: a reader that is late loses the oldest."""
        try:
            samples, stamps = source.inlet.pull_chunk(
                timeout=timeout_s, max_samples=100 * BUFFERED, min_samples=1, as_numpy=True
            )
        except LostError as error:
            if self._kept:
                return
            raise SourceLost(
                f"The camera '{source.name}' is gone.",
                "Start its sender again: the connection comes back by itself.",
            ) from error
        for sample, stamp in zip(samples, stamps, strict=True):
            if (sent := _understood(sample, float(stamp))) is not None:
                self._kept.append(sent)

    def _frame(self, sent: _Sent, source: OpenInlet) -> FrameSample | None:
        index = self._count(sent.number)
        image = self._decoder.decode(sent.picture)
        if image is None:
            self.dropped += 1
            return None
        if self._mirror:
            image = frozen(np.ascontiguousarray(image[:, ::-1]))
        return FrameSample(image, sent.stamp + source.offset_s(), index)

    def _count(self, number: int) -> int:
        """Our index of the sender's frame `number`; the ones between are dropped frames."""
        missing = 0 if self._last is None else max(0, number - self._last - 1)
        self._last = number
        self.dropped += missing
        self._given += missing + 1
        return self._given - 1


def _understood(sample: Any, stamp: float) -> _Sent | None:
    """None where it is no frame; that its number is missing is counted with the next one."""
    try:
        number, picture = int(sample[0]), b64decode(sample[1], validate=True)
    except (ValueError, binascii.Error):
        return None
    return _Sent(number, picture, stamp) if math.isfinite(stamp) else None


def _size(xml: str) -> str:
    """`, 640 × 480` where the sender says so."""
    encoding = ElementTree.fromstring(xml).find("./desc/encoding")
    width, height = (
        (encoding.findtext(side) if encoding is not None else None) for side in ("width", "height")
    )
    return f", {width} × {height}" if width and height else ""
