"""What happened, for every panel that draws time: labels, markers of streams, events."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from enum import Enum

from milmer_live.samples import Marker, Quadrant

KEPT = 20_000


class Kind(Enum):
    """LABEL: by the experimenter; MARKER: of a stream; EVENT: what befell a source."""

    LABEL = "label"
    MARKER = "marker"
    EVENT = "event"


@dataclass(frozen=True, slots=True, order=True)
class Noted:
    """`time` on the LSL clock; `quadrant` where a label names one."""

    time: float
    text: str
    kind: Kind = Kind.EVENT
    quadrant: Quadrant | None = None


class MarkerLog:
    """In order of time. `add` and `remove` belong to the GUI thread; `hear` may be called from
    any, and what it hears waits for `settle`."""

    def __init__(self) -> None:
        self.version = 0
        self._noted: list[Noted] = []
        self._heard: list[Noted] = []
        self._from = float("-inf")

    def __len__(self) -> int:
        return len(self._noted)

    def add(self, noted: Noted) -> None:
        insort(self._noted, noted, key=lambda one: one.time)
        del self._noted[:-KEPT]
        self.version += 1

    def remove(self, noted: Noted) -> None:
        """As when the last label is undone. Raises ValueError where it is not there."""
        self._noted.remove(noted)
        self.version += 1

    def draw_from(self, time: float) -> None:
        """Another device: what was before it is not drawn in its time; the list still has it."""
        self._from = time
        self.version += 1

    def hear(self, marker: Marker, kind: Kind = Kind.EVENT) -> None:
        self._heard.append(Noted(marker.time, marker.text, kind))

    def settle(self) -> None:
        """Take over what was heard; on the GUI thread."""
        while self._heard:
            self.add(self._heard.pop(0))

    def between(self, start: float, stop: float) -> list[Noted]:
        """To be drawn, with a time in [start, stop]."""
        first = bisect_left(self._noted, max(start, self._from), key=lambda one: one.time)
        last = bisect_right(self._noted, stop, key=lambda one: one.time)
        return self._noted[first:last]

    def all(self) -> tuple[Noted, ...]:
        return tuple(self._noted)
