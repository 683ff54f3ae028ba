"""The cameras of this machine, and OpenCV's hold on one of them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from milmer_live.acquisition.camera.address import DeviceAddress
from milmer_live.catalogue import Code
from milmer_live.clock import Clock
from milmer_live.config import CameraSettings
from milmer_live.errors import SourceLost, SourceNotFound
from milmer_live.messages import Message
from milmer_live.samples import CameraInfo, UInt8, frozen

OPEN_S = 5.0  # granted to a driver to open its camera
READER = f"OpenCV {cv2.__version__}"

DEVICES = Path("/sys/class/video4linux")  # where Linux says which cameras there are

# A grab on a camera that was unplugged ends after this many seconds, instead of ten.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")


@dataclass(frozen=True, slots=True)
class CameraListing:
    """A camera of this machine."""

    index: int
    name: str

    @property
    def spec(self) -> str:
        """What to write to use it."""
        return f"camera:{self.index}"


def list_cameras(devices: Path = DEVICES) -> tuple[CameraListing, ...]:
    """The cameras of this machine. Their names are known on Linux; elsewhere the first few
    are tried, which takes a moment and lights their lamps."""
    if sys.platform.startswith("linux"):
        return _listed_by_linux(devices)
    return tuple(CameraListing(index, f"camera {index}") for index in range(4) if _answers(index))


def _listed_by_linux(devices: Path) -> tuple[CameraListing, ...]:
    """A camera has several nodes, of which the first (`index` 0) gives pictures."""
    found = []
    for node in devices.glob("video*"):
        try:
            first = (node / "index").read_text().strip() == "0"
            name = (node / "name").read_text().strip()
        except OSError:
            continue  # unplugged while we were looking
        if first:
            found.append(CameraListing(int(node.name.removeprefix("video")), name))
    return tuple(sorted(found, key=lambda listing: listing.index))


def _answers(index: int) -> bool:
    capture: Any = cv2.VideoCapture(index)
    answers = bool(capture.isOpened())
    capture.release()
    return answers


class DeviceCapture:
    """OpenCV's capture of one camera of this machine; used by one thread."""

    backlog_s = 0.0
    patience_s = OPEN_S  # of `open`

    def __init__(self, address: DeviceAddress, settings: CameraSettings, clock: Clock) -> None:
        self._address = address.text
        self._settings = settings
        self._clock = clock
        self._capture: Any = None
        self.info: CameraInfo | None = None
        self.name = _name(self._address)

    def open(self) -> str:
        """The name to show. Raises SourceNotFound."""
        index = self._index()
        capture: Any = cv2.VideoCapture(index)
        if not capture.isOpened():
            raise SourceNotFound(
                Message(Code.DOES_NOT_OPEN, name=self.name), Message(Code.IS_CAMERA_IN_USE)
            )
        self._ask_for_format(capture)
        self._capture = capture
        self.info = CameraInfo(
            width=int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            height=int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            rate=float(capture.get(cv2.CAP_PROP_FPS)),
            reader=READER,
        )
        return f"{self.name}{self.info.size_words}"

    def grab(self) -> float:
        """Take the next picture, which `image` decodes: the time at which it came. Raises
        SourceLost."""
        if not self._capture.grab():
            raise SourceLost(
                Message(Code.NO_MORE_PICTURES, name=self.name), Message(Code.IS_PLUGGED_IN)
            )
        return self._clock.now()

    def image(self) -> UInt8 | None:
        """(height, width, 3) RGB of the picture that was grabbed; None where it is damaged."""
        is_whole, picture = self._capture.retrieve()
        if not is_whole:
            return None
        return frozen(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8))

    def release(self) -> None:
        if self._capture is not None:
            self._capture.release()
        self._capture = None

    def _index(self) -> int:
        """Which camera it is now: a path such as `/dev/v4l/by-id/…` leads to another index when
        it was plugged in again. Raises SourceNotFound."""
        index = index_of(self._address)
        known = _listed_by_linux(DEVICES) if sys.platform.startswith("linux") else None
        if index is None or (known is not None and index not in [one.index for one in known]):
            # OpenCV would say it too, on stderr and at length
            numbers = ", ".join(str(one.index) for one in known or ())
            there = (
                Message(Code.THERE_IS, names=numbers) if numbers else Message(Code.THERE_IS_NONE)
            )
            raise SourceNotFound(
                Message(
                    Code.THEN,
                    why=Message(Code.NO_CAMERA, name=self._address),
                    then=there,
                ),
                Message(Code.IS_PLUGGED_IN),
            )
        self.name = _name(self._address)
        return index

    def _ask_for_format(self, capture: Any) -> None:
        """A camera takes the nearest that it can do."""
        settings = self._settings
        if settings.width:
            # uncompressed, USB 2 carries no more than 640 x 480 at 30 Hz
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
        if settings.rate:
            capture.set(cv2.CAP_PROP_FPS, settings.rate)


def index_of(address: str) -> int | None:
    """Of `0`, or of the path of a camera, links followed; None where the path leads nowhere."""
    if address.isdecimal():
        return int(address)
    node = Path(address).resolve()
    number = node.name.removeprefix("video")
    return int(number) if number.isdecimal() and node.exists() else None


def _name(address: str) -> str:
    """As Linux calls it; else by its number, or its path."""
    listed = _listed_by_linux(DEVICES)
    names = [one.name for one in listed if one.index == index_of(address)]
    return names[0] if names else f"camera {address}"
