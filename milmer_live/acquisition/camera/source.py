"""Frames of a camera, a network camera or a video file, stamped when they come.

A camera has a thread of its own that grabs, stamps, decodes and keeps the newest frames: a
reader that is late costs frames, which are counted, but no stamp is late. A file is played at
its own times.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import replace
from typing import Protocol

import numpy as np

from milmer_live.acquisition.camera.address import (
    DeviceAddress,
    FileAddress,
    NetworkAddress,
    address_of,
)
from milmer_live.acquisition.camera.frame_numbers import Numbers
from milmer_live.catalogue import Code
from milmer_live.clock import Clock, LSLClock
from milmer_live.config import CameraSettings
from milmer_live.errors import SourceError, SourceLost, SourceNotFound
from milmer_live.messages import Message
from milmer_live.samples import CameraInfo, FrameSample, UInt8, frozen

log = logging.getLogger(__name__)

HUNG_S = 3.0  # without a frame after which a camera is lost, though its driver says nothing
CLOSE_S = 2.0  # granted to the driver to let a grab end
KEPT_FRAMES = 4  # for a reader that is late


class CameraSource:
    """`0` or `/dev/…` (a camera of this machine, by OpenCV), a file or an address such as
    `http://…` or `rtsp://…` (by PyAV). Frames are RGB and numbered through, over reconnections as
    well; a number that is missing is a frame that nobody took."""

    def __init__(
        self, address: str, settings: CameraSettings | None = None, clock: Clock | None = None
    ) -> None:
        self._address = address
        self._settings = settings or CameraSettings()
        self._clock = clock or LSLClock()
        self._player: _Player | None = None
        self._info: CameraInfo | None = None
        self._numbers = Numbers()
        self._notes: list[str] = []
        self._said: set[str] = set()

    @property
    def dropped(self) -> int:
        """Frames that nobody took in time."""
        return self._numbers.dropped

    @property
    def waiting(self) -> int:
        """Frames that can be read at once."""
        return self._player.waiting if self._player is not None else 0

    @property
    def info(self) -> CameraInfo | None:
        """How the pictures are made; None until they were there."""
        known = self._player.info if self._player is not None else None
        if known is not None:
            settings = self._settings
            self._info = replace(known, mirror=settings.mirror, delay_s=settings.delay_s)
        return self._info

    def open(self) -> str:
        """Connect: the name to show. Raises SourceNotFound, SourceFormat."""
        self.close()
        self._player = _player(self._address, self._settings, self._clock, self._numbers)
        name = self._player.open()
        if self._settings.delay_s:
            delay_ms = f"{1000 * self._settings.delay_s:g}"
            self._say(Message(Code.CAMERA_DELAY, name=name, n=delay_ms))
        return name

    def read(self, timeout_s: float) -> FrameSample | None:
        """The next frame; None when none came in time. Raises SourceLost."""
        if self._player is None:
            raise SourceLost(Message(Code.CAMERA_NOT_OPEN))
        frame = self._player.read(timeout_s)
        notes, self._player.notes = self._player.notes, []
        for note in notes:
            self._say(note)
        return None if frame is None else self._as_set(frame)

    def take_notes(self) -> tuple[str, ...]:
        """What has to be said of its pictures, once."""
        notes, self._notes = tuple(self._notes), []
        return notes

    def close(self) -> None:
        """Let go of it; harmless when it is closed."""
        if self._player is not None:
            self._player.close()
        self._player = None

    def _as_set(self, frame: FrameSample) -> FrameSample:
        """Mirrored, and earlier by the fixed delay of the camera."""
        image = _mirrored(frame.image) if self._settings.mirror else frame.image
        return replace(frame, image=image, time=frame.time - self._settings.delay_s)

    def _say(self, note: str) -> None:
        if note not in self._said:
            self._said.add(note)
            self._notes.append(note)


def _player(address: str, settings: CameraSettings, clock: Clock, numbers: Numbers) -> _Player:
    """What plays `address`; OpenCV and PyAV are loaded where they are needed."""
    found = address_of(address)
    if isinstance(found, FileAddress):
        from milmer_live.acquisition.camera.file import FilePlayer

        return FilePlayer(found.path, found.name, clock, numbers)
    return _Live(_capture(found, settings, clock), clock, numbers)


def _capture(
    address: DeviceAddress | NetworkAddress, settings: CameraSettings, clock: Clock
) -> Capture:
    if isinstance(address, NetworkAddress):
        from milmer_live.acquisition.camera.network import NetworkCapture

        return NetworkCapture(address, clock)
    from milmer_live.acquisition.camera.device import DeviceCapture

    return DeviceCapture(address, settings, clock)


def _mirrored(image: UInt8) -> UInt8:
    return frozen(np.ascontiguousarray(image[:, ::-1]))


class _Player(Protocol):
    """A camera that is being played. `notes` are things to say of it."""

    notes: list[str]

    @property
    def info(self) -> CameraInfo | None: ...

    @property
    def waiting(self) -> int:
        """Frames that have come and can be read at once."""
        ...

    def open(self) -> str: ...

    def read(self, timeout_s: float) -> FrameSample | None: ...

    def close(self) -> None: ...


class Capture(Protocol):
    """A library's hold on a camera. What comes within `backlog_s` of opening is old. `open` is
    granted `patience_s`."""

    name: str
    info: CameraInfo | None
    backlog_s: float
    patience_s: float

    def open(self) -> str:
        """The name to show. Raises SourceNotFound, SourceFormat."""
        ...

    def grab(self) -> float | None:
        """Take what comes next: the time at which it came; None where it was no picture. Raises
        SourceLost."""
        ...

    def image(self) -> UInt8 | None:
        """The picture that was grabbed; None where it is damaged."""
        ...

    def release(self) -> None: ...


class _Live:
    """A thread that grabs. It alone touches the capture: a driver that hangs holds up nobody."""

    def __init__(self, capture: Capture, clock: Clock, numbers: Numbers) -> None:
        self.notes: list[str] = []
        self._capture = capture
        self._clock = clock
        self._numbers = numbers
        self._changed = threading.Condition()
        self._kept: deque[FrameSample] = deque()
        self._name = ""
        self._failure: SourceError | None = None
        self._heard = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera grab", daemon=True)

    @property
    def info(self) -> CameraInfo | None:
        return self._capture.info

    @property
    def waiting(self) -> int:
        with self._changed:
            return len(self._kept)

    def open(self) -> str:
        self._thread.start()
        with self._changed:
            self._changed.wait_for(
                lambda: self._name or self._failure, self._capture.patience_s + 1
            )
            failure, name = self._failure, self._name
        if failure is None and name:
            return name
        self.close()
        raise failure or SourceNotFound(
            Message(Code.DOES_NOT_ANSWER, name=self._capture.name),
            Message(Code.IS_ITS_ADDRESS_RIGHT),
        )

    def read(self, timeout_s: float) -> FrameSample | None:
        with self._changed:
            self._changed.wait_for(lambda: self._kept or self._failure, timeout_s)
            if self._kept:
                return self._kept.popleft()
            if self._failure is not None:
                raise self._failure
            if self._clock.now() - self._heard > HUNG_S:
                raise SourceLost(
                    Message(Code.HAS_STOPPED, name=self._capture.name), Message(Code.IS_PLUGGED_IN)
                )
        return None

    def close(self) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(CLOSE_S)
        if self._thread.is_alive():
            log.warning("The driver of %s does not let go of it", self._capture.name)

    def _run(self) -> None:
        try:
            name = self._capture.open()
            self._heard = self._clock.now()
            with self._changed:
                self._name = name
                self._changed.notify_all()
            fresh_from = self._heard + self._capture.backlog_s
            while not self._stopping.is_set():
                self._grab(fresh_from)
        except SourceError as error:
            self._end(error)
        except Exception as error:  # a driver's own fault: the camera is opened again
            log.exception("The camera %s failed", self._capture.name)
            self._end(SourceLost(f"{self._capture.name} failed ({type(error).__name__}: {error})."))
        finally:
            self._capture.release()

    def _end(self, failure: SourceError) -> None:
        with self._changed:
            self._failure = failure
            self._changed.notify_all()

    def _grab(self, fresh_from: float) -> None:
        time = self._capture.grab()
        self._heard = self._clock.now()
        if time is None:
            return
        image = self._capture.image()
        if time < fresh_from:
            return
        number = self._numbers.next(dropped=image is None)
        if image is not None:
            self._keep(FrameSample(image, time, number))

    def _keep(self, frame: FrameSample) -> None:
        with self._changed:
            if len(self._kept) == KEPT_FRAMES:
                self._kept.popleft()
                self._numbers.dropped += 1
            self._kept.append(frame)
            self._changed.notify_all()
