"""Time: float64 seconds on the LSL clock, the same on every source of this machine."""

from __future__ import annotations

import threading
from typing import Protocol


class Clock(Protocol):
    """What a worker needs of time. `wait` returns early, and True, when `stop` is set."""

    def now(self) -> float: ...

    def wait(self, seconds: float, stop: threading.Event) -> bool: ...


class LSLClock:
    """The monotonic clock of liblsl (`local_clock`), in seconds."""

    def now(self) -> float:
        import pylsl

        return float(pylsl.local_clock())

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        return stop.wait(max(0.0, seconds))


class FakeClock:
    """A clock for tests: it stands still until it is told to move, and waiting moves it."""

    def __init__(self, start: float = 100.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        self.advance(max(0.0, seconds))
        return stop.is_set()


def now() -> float:
    """Seconds on the LSL clock."""
    return LSLClock().now()
