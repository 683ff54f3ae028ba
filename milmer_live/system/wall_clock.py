"""The time of day during a recording, and what is done to the computer's clock meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

STEP_S = 0.5  # between two looks; what keeps a clock right by small steps stays below


def steady_s() -> float:
    """Seconds on a clock that nobody can set, and that goes on while the computer sleeps."""
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):  # Linux; macOS
        if hasattr(time, name):
            return time.clock_gettime(getattr(time, name))
    return time.monotonic()


class WallClock:
    """The computer's clock as it stood at the making of this object, carried on steadily: a
    session's times fit together although the clock is set. `wall_s` is Unix time."""

    def __init__(
        self, wall_s: Callable[[], float] = time.time, steady: Callable[[], float] = steady_s
    ) -> None:
        self._wall_s, self._steady = wall_s, steady
        self._start = self._seen = wall_s() - steady()

    def utc(self) -> datetime:
        return datetime.fromtimestamp(self._start + self._steady(), UTC)

    def look(self) -> float:
        """By how many seconds the clock was set ahead since the last look (below 0: back); 0 where
        it was not."""
        offset = self._wall_s() - self._steady()
        step, self._seen = offset - self._seen, offset
        return step if abs(step) >= STEP_S else 0.0


def length(seconds: float) -> str:
    """`1 h 2 min 5 s`, without what is 0; below a minute with a decimal."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
