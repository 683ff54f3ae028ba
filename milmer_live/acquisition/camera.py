"""Frames of a camera, a network camera or a video file, stamped when they are grabbed.

A camera has a thread of its own that grabs, stamps, decodes and keeps the newest frames: a
reader that is late costs frames, which are counted, but no stamp is late. A file is played at
its own times.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import Protocol

from milmer_live.acquisition.camera_device import OPEN_S, Capture
from milmer_live.clock import Clock, LSLClock
from milmer_live.config import CameraSettings
from milmer_live.errors import SourceLost, SourceNotFound
from milmer_live.samples import FrameSample

log = logging.getLogger(__name__)

HUNG_S = 3.0  # without a frame after which a camera is lost, though its driver says nothing
BACKLOG_S = 0.2  # what a network camera had sent while it was opened comes in this time
CLOSE_S = 2.0  # granted to the driver to let a grab end
KEPT_FRAMES = 4  # for a reader that is late
MOST_DAMAGED = 3  # pictures one after the other that do not end a stream
DAMAGE_S = 0.5  # within which a damaged picture fails; silence fails after SILENT_S
LATE_S = 0.25  # behind its time a frame of a file is left out


class CameraSource:
    """`0`, a path, `http://…` (MJPEG) or `rtsp://…`. Frames are RGB and numbered through,
    over reconnections as well; a number that is missing is a frame that nobody took."""

    def __init__(
        self, address: str, settings: CameraSettings | None = None, clock: Clock | None = None
    ) -> None:
        self._address = address
        self._settings = settings or CameraSettings()
        self._clock = clock or LSLClock()
        self._player: _Player | None = None
        self._numbers = _Numbers()

    @property
    def dropped(self) -> int:
        """Frames that nobody took in time."""
        return self._numbers.dropped

    def open(self) -> str:
        self.close()
        frames = Capture(self._address, self._settings)
        kind = _File if frames.is_file else _Live
        self._player = kind(frames, self._clock, self._numbers)
        return self._player.open()

    def read(self, timeout_s: float) -> FrameSample | None:
        if self._player is None:
            raise SourceLost("The camera is not open.")
        return self._player.read(timeout_s)

    def close(self) -> None:
        if self._player is not None:
            self._player.close()
        self._player = None


class _Player(Protocol):
    def open(self) -> str: ...

    def read(self, timeout_s: float) -> FrameSample | None: ...

    def close(self) -> None: ...


class _Numbers:
    """Counts the frames of one source, from any thread but one at a time."""

    def __init__(self) -> None:
        self.given = 0
        self.dropped = 0

    def next(self, dropped: bool = False) -> int:
        self.given += 1
        self.dropped += dropped
        return self.given - 1


class _File:
    """A video file in real time: a frame comes when its own time is there."""

    def __init__(self, frames: Capture, clock: Clock, numbers: _Numbers) -> None:
        self._frames = frames
        self._clock = clock
        self._numbers = numbers
        self._start = 0.0
        self._grabbed = False
        self._awake = threading.Event()  # never set: something to wait on

    def open(self) -> str:
        name = self._frames.open()
        self._start = self._clock.now()
        return name

    def read(self, timeout_s: float) -> FrameSample | None:
        due = self._next_due()
        wait_s = due - self._clock.now()
        if wait_s > 0:
            self._clock.wait(min(wait_s, timeout_s), self._awake)
        if wait_s > timeout_s:
            return None
        self._grabbed = False
        image = self._frames.image()
        number = self._numbers.next(dropped=image is None)
        return None if image is None else FrameSample(image, due, number)

    def close(self) -> None:
        self._frames.release()

    def _next_due(self) -> float:
        """The time of the next frame that is not too late. Raises SourceLost at the end."""
        while True:
            if not self._grabbed and not self._frames.grab():
                raise SourceLost(f"{self._frames.name} has ended.", "It starts again.")
            self._grabbed = True
            due = self._start + self._frames.position_s
            if due >= self._clock.now() - LATE_S:
                return due
            self._grabbed = False
            self._numbers.next(dropped=True)


class _Live:
    """A thread that grabs. It alone touches the capture: a driver that hangs holds up nobody."""

    def __init__(self, frames: Capture, clock: Clock, numbers: _Numbers) -> None:
        self._frames = frames
        self._clock = clock
        self._numbers = numbers
        self._changed = threading.Condition()
        self._kept: deque[FrameSample] = deque()
        self._name = ""
        self._failure: SourceLost | SourceNotFound | None = None
        self._heard = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera grab", daemon=True)

    def open(self) -> str:
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._name or self._failure, OPEN_S + 1)
            failure, name = self._failure, self._name
        if failure is None and name:
            return name
        self.close()
        raise failure or SourceNotFound(
            f"{self._frames.name} does not answer.", "Is it switched on, and its address right?"
        )

    def read(self, timeout_s: float) -> FrameSample | None:
        with self._changed:
            self._changed.wait_for(lambda: self._kept or self._failure, timeout_s)
            if self._kept:
                return self._kept.popleft()
            if self._failure is not None:
                raise self._failure
            if self._clock.now() - self._heard > HUNG_S:
                raise SourceLost(f"{self._frames.name} has stopped.", "Is it plugged in?")
        return None

    def close(self) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(CLOSE_S)
        if self._thread.is_alive():
            log.warning("The driver of %s does not let go of it", self._frames.name)

    def _run(self) -> None:
        try:
            name = self._frames.open()
            opened = self._heard = self._clock.now()
            with self._changed:
                self._name = name
                self._changed.notify_all()
            fresh_from = opened if self._frames.is_device else opened + BACKLOG_S
            while not self._stopping.is_set():
                self._grab(fresh_from)
        except (SourceLost, SourceNotFound) as error:
            self._end(error)
        except Exception as error:  # a driver's own fault: the camera is opened again
            log.exception("The camera %s failed", self._frames.name)
            self._end(SourceLost(f"{self._frames.name} failed ({type(error).__name__}: {error})."))
        finally:
            self._frames.release()

    def _end(self, failure: SourceLost | SourceNotFound) -> None:
        with self._changed:
            self._failure = failure
            self._changed.notify_all()

    def _grab(self, fresh_from: float) -> None:
        damaged = self._pass_damage()
        self._heard = time = self._clock.now()
        if time < fresh_from:
            return
        for _ in range(damaged):
            self._numbers.next(dropped=True)
        image = self._frames.image()
        number = self._numbers.next(dropped=image is None)
        if image is None:
            return
        with self._changed:
            if len(self._kept) == KEPT_FRAMES:
                self._kept.popleft()
                self._numbers.dropped += 1
            self._kept.append(FrameSample(image, time, number))
            self._changed.notify_all()

    def _pass_damage(self) -> int:
        """Grab the next picture; how many before it were damaged. A network camera's that ends
        within its header fails as the end of the stream does, but the next one comes. Raises
        SourceLost."""
        asked, damaged = self._clock.now(), 0
        while not self._frames.grab():
            waited_s = self._clock.now() - asked
            if self._frames.is_device or damaged == MOST_DAMAGED or waited_s > DAMAGE_S:
                raise SourceLost(
                    f"{self._frames.name} gives no more pictures.", "Is it plugged in?"
                )
            damaged += 1
        return damaged
