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

from milmer_live.acquisition.lsl.inlet import OpenInlet
from milmer_live.acquisition.lsl.listing import FRAMES_TYPE
from milmer_live.acquisition.lsl.qoi import Decoder
from milmer_live.acquisition.lsl.reception import (
    Called,
    Reception,
)
from milmer_live.acquisition.lsl.sender_watch import Patience
from milmer_live.acquisition.lsl.spec import StreamQuery
from milmer_live.catalogue import Code
from milmer_live.config import CameraSettings
from milmer_live.errors import SourceFormat, SourceLost
from milmer_live.messages import Message
from milmer_live.samples import CameraInfo, FrameSample, frozen

CHANNELS = ("number", "picture")
CODEC = "qoi-base64"
SIDES = ("width", "height")
MOST_MISSING = 1_000_000  # frames: hours of film; more is no gap but another count
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
    for key, value in zip(("codec", *SIDES), (CODEC, *size), strict=True):
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
        patience: Patience | None = None,
    ) -> None:
        """Raises ConfigError."""
        self.dropped = 0
        self._reception = Reception(
            StreamQuery(name, source_id, type, host, uid),
            Called(
                Code.CAMERA_GONE, Code.START_ITS_SENDER, Code.CAMERA_NOT_OPEN, Code.CAMERA_UNWATCHED
            ),
            timeout_s=timeout_s,
            kept=100 * BUFFERED,
            patience=patience,
        )
        self._decoder = Decoder()
        self._mirror = (settings or CameraSettings()).mirror
        self.info: CameraInfo | None = None
        self._open: OpenInlet | None = None
        self._kept: deque[_Sent] = deque(maxlen=KEPT_FRAMES)
        self._given = 0
        self._times: deque[float] = deque(maxlen=2)  # of the last two frames
        self._last: int | None = None  # number at the sender

    def open(self) -> str:
        """Find the stream and connect; the name to show. Raises SourceNotFound, SourceFormat."""
        self._release()
        found = self._reception.find()
        listing = found.listing
        if not listing.is_frames or listing.n_channels != len(CHANNELS):
            raise SourceFormat(
                f"The LSL stream '{listing.name}' is no camera: {listing.kind or 'no type'}, "
                f"{listing.sample_format}.",
                "Choose the frames of `milmer-live replay`; cameras are named camera:0.",
            )
        self._open = self._reception.connect(found)
        self._last = None
        self._times.clear()
        self.info = self._pictures(self._open.description.text)
        return f"{listing.name}{self.info.size_words}"

    def read(self, timeout_s: float) -> FrameSample | None:
        """The next frame, decoded here; None when none came in time. Raises SourceLost."""
        try:
            self._pull(0.0 if self._kept else timeout_s)
        except SourceLost:
            if not self._kept:
                raise
        while self._kept and self._open is not None:
            frame = self._frame(self._kept.popleft(), self._open)
            if frame is not None:
                return frame
        return None

    def take_notes(self) -> tuple[str, ...]:
        """What has to be said of the stream, once."""
        return self._reception.take_notes()

    def close(self) -> None:
        """End the transmission; harmless when it has ended."""
        self._reception.close()
        self._release()

    def _pictures(self, xml: str) -> CameraInfo:
        """As the sender describes them. The stamps are its own: no delay is taken from them."""
        encoding = ElementTree.fromstring(xml).find("./desc/encoding")
        sides = (encoding.findtext(one) if encoding is not None else "" for one in SIDES)
        width, height = (int(side) if side and side.isdecimal() else 0 for side in sides)
        return CameraInfo(width, height, mirror=self._mirror, reader=f"LSL ({CODEC})")

    def _release(self) -> None:
        self._open = None
        self._kept.clear()

    def _pull(self, timeout_s: float) -> None:
        """Keep the newest of what has come: a reader that is late loses the oldest."""
        samples, stamps = self._reception.pull(timeout_s)
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
        return FrameSample(image, self._time(sent, source), index)

    def _time(self, sent: _Sent, source: OpenInlet) -> float:
        """On our clock. A stamp that is no number is a frame's distance behind the one before."""
        time = sent.stamp + source.offset_s()
        if not math.isfinite(time):
            known = self._times[-1] if self._times else pylsl.local_clock()
            time = known + (self._times[1] - self._times[0] if len(self._times) == 2 else 0.0)
            name = source.listing.name
            self._reception.say(Message(Code.FRAMES_UNSTAMPED, name=name))
        self._times.append(time)
        return time

    def _count(self, number: int) -> int:
        """Our index of the sender's frame `number`; the ones between are dropped frames."""
        missing = 0 if self._last is None else number - self._last - 1
        if not 0 <= missing < MOST_MISSING:
            missing = 0
        self._last = number
        self.dropped += missing
        self._given += missing + 1
        return self._given - 1


def _understood(sample: Any, stamp: float) -> _Sent | None:
    """None where it is no frame; that its number is missing is counted with the next one."""
    try:
        return _Sent(int(sample[0]), b64decode(sample[1], validate=True), stamp)
    except (ValueError, binascii.Error):
        return None
