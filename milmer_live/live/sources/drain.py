"""Reading of what still waits in sources when their recording ends: what came counts, not when this
program had the time to read it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from milmer_live.clock import Clock
from milmer_live.samples import EEGChunk, FrameSample, Marker

if TYPE_CHECKING:
    from milmer_live.live.sources.source_worker import AnySource

NEAR_S = 0.3  # a sample so much older than the end, or less, is one of the newest
# For which reads that bring nothing are repeated, and samples whose stamps tell nothing are read:
# what is on its way through the system takes a moment on a busy machine.
EMPTY_S = 0.5
TOLD_S = 1.0
STUCK_S = 5.0  # without a sample of any source: what is left is given up
LONGEST_S = 30.0  # the same, however many come
LOOK_S = 0.02


class Drain:
    """Tells the thread of a source when it has read all that had come by `began`."""

    def __init__(self, began: float) -> None:
        self.done = threading.Event()
        self.ended: float | None = None
        self._began = began
        self._all: int | None = None  # samples of the source, with those that wait

    def begin(self, received: int, waiting: int) -> None:
        """Before each read: samples that have been read, and those that can be had at once."""
        if self._all is None:
            self._all = received + waiting

    def follow(self, received: int, sample: object, now: float) -> None:
        """After each read. `sample` is what came, None for nothing."""
        lasted_s = now - self._began
        if sample is None:
            is_over = lasted_s >= EMPTY_S
        else:
            near = newest_time(sample) >= self._began - NEAR_S
            is_over = received >= (self._all or 0) and (near or lasted_s >= TOLD_S)
        if is_over:
            self.ended = now
            self.done.set()

    def left(self, received: int) -> int:
        """How many samples that waited have not been read, as far as that is known."""
        return 0 if self._all is None else max(0, self._all - received)


def newest_time(sample: object) -> float:
    """When the last of what one read gave was, on our clock; NaN where that is not known."""
    if isinstance(sample, tuple) and sample:
        sample = sample[-1]
    if isinstance(sample, EEGChunk):
        return float(sample.times[-1])
    return sample.time if isinstance(sample, FrameSample | Marker) else float("nan")


def drain(sources: Sequence[AnySource], clock: Clock) -> None:
    """Have each source read what waits in it: until nothing does, nothing has come of any for
    `STUCK_S`, or the recorder takes no more."""
    drains = [one.begin_drain() for one in sources]
    progress = _Progress(sources, clock.now())
    for its in drains:
        while not clock.wait(LOOK_S, its.done) and not progress.is_stuck(clock.now()):
            pass
    for source in sources:
        source.end_drain()


class _Progress:
    """Of all sources together: threads of a busy machine take turns."""

    def __init__(self, sources: Sequence[AnySource], now: float) -> None:
        self._sources = sources
        self._began = self._moved_at = now
        self._received = self._count()

    def is_stuck(self, now: float) -> bool:
        if self._count() != self._received:
            self._moved_at, self._received = now, self._count()
        return now - self._moved_at > STUCK_S or now - self._began > LONGEST_S

    def _count(self) -> int:
        return sum(one.meter.total for one in self._sources)
