"""The cameras of this machine, and OpenCV's hold on one of them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np

from milmer_live.config import CameraSettings
from milmer_live.errors import SourceNotFound
from milmer_live.samples import UInt8, frozen

URL_SCHEMES = ("http://", "https://", "rtsp://")
OPEN_S = 5.0  # granted to a network camera to answer
SILENT_S = 1.0  # without a frame after which a network camera is lost

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


class Capture:
    """OpenCV's capture of one address; used by one thread."""

    def __init__(self, address: str, settings: CameraSettings) -> None:
        self._address = address
        self._settings = settings
        self._capture: Any = None
        is_url = address.lower().startswith(URL_SCHEMES)
        self.is_device = address.isdigit()
        self.is_file = not (self.is_device or is_url)
        self.name = self._device_name() if self.is_device else _name(address, is_url)

    def open(self) -> str:
        """The name to show. Raises SourceNotFound."""
        if self.is_file and not Path(self._address).is_file():
            raise SourceNotFound(f"There is no video file {self._address}.", "Check the path.")
        if self.is_device and sys.platform.startswith("linux"):
            self._check_listed([listing.index for listing in _listed_by_linux(DEVICES)])
        capture = self._opened()
        if not capture.isOpened():
            raise self._not_found()
        if self.is_device:
            self._ask_for_format(capture)
        self._capture = capture
        width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        return f"{self.name}, {width} × {height}"

    def grab(self) -> bool:
        """Take the next frame; it is decoded by `image`. False: there is none."""
        return bool(self._capture.grab())

    def image(self) -> UInt8 | None:
        """(height, width, 3) RGB of the frame that was grabbed; None where it is damaged."""
        is_whole, picture = self._capture.retrieve()
        if not is_whole:
            return None
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        mirrored = cv2.flip(rgb, 1) if self._settings.mirror else rgb
        return frozen(np.asarray(mirrored, dtype=np.uint8))

    @property
    def position_s(self) -> float:
        """Of the frame that was grabbed, in a file."""
        return float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000

    def release(self) -> None:
        if self._capture is not None:
            self._capture.release()
        self._capture = None

    def _opened(self) -> Any:
        if self.is_device:
            return cv2.VideoCapture(int(self._address))
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(1000 * OPEN_S)]
        limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(1000 * SILENT_S)]
        return cv2.VideoCapture(self._address, cv2.CAP_FFMPEG, [] if self.is_file else limits)

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

    def _device_name(self) -> str:
        listed = _listed_by_linux(DEVICES)
        names = [listing.name for listing in listed if str(listing.index) == self._address]
        return names[0] if names else f"camera {self._address}"

    def _check_listed(self, known: list[int]) -> None:
        """OpenCV would say it too, on stderr and at length."""
        if int(self._address) not in known:
            there = ", ".join(map(str, known)) or "none at all"
            raise SourceNotFound(
                f"There is no camera {self._address}. There is: {there}.", "Is it plugged in?"
            )

    def _not_found(self) -> SourceNotFound:
        if self.is_device:
            return SourceNotFound(
                f"{self.name} does not open.", "Is another program using it, and may you use it?"
            )
        hint = "Is it a video?" if self.is_file else "Is it switched on, and the address right?"
        return SourceNotFound(f"{self.name} gives no pictures.", hint)


def _name(address: str, is_url: bool) -> str:
    """What to show of an address: without the password that may be in it."""
    if not is_url:
        return Path(address).name
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"
