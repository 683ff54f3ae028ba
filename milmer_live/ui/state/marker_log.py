"""What happened, for every panel that draws time: labels, markers of streams, events."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import deque
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter

from milmer_live.events import Event
from milmer_live.samples import Marker, Quadrant
from milmer_live.ui.language.engine_words import engine_words

KEPT = 20_000  # of markers, and as many of all else
DRAWN = 300  # markers of streams at once: more would hide what they are drawn over
_time = attrgetter("time")


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
    any, and what it hears waits for `settle`. Of markers of streams, which may come by the
    hundred a second, and of all else the newest `KEPT` stay, each apart from the other: no
    stream pushes out a label."""

    def __init__(self) -> None:
        self.version = 0
        self._noted: list[Noted] = []
        self._from = float("-inf")
        self._streamed: list[Noted] = []
        self._heard: deque[Marker | Event] = deque(maxlen=KEPT)

    def __len__(self) -> int:
        return len(self._noted) + len(self._streamed)

    def add(self, noted: Noted) -> None:
        self._keep(noted, self._noted)

    def remove(self, noted: Noted) -> None:
        """As when the last label is undone. Raises ValueError where it is not there."""
        self._noted.remove(noted)
        self.version += 1

    def draw_from(self, time: float) -> None:
        """Another device: what was before it is not drawn in its time; the list still has it."""
        self._from = time
        self.version += 1

    def hear(self, happened: Marker | Event) -> None:
        """A marker of a stream, or an event of the run."""
        self._heard.append(happened)

    def settle(self) -> None:
        """Take over what was heard until now, events in the user's language; on the GUI thread."""
        for _ in range(len(self._heard)):
            heard = self._heard.popleft()
            if isinstance(heard, Event):
                self.add(Noted(heard.time, engine_words(heard.message)))
            else:
                self._keep(Noted(heard.time, heard.text, Kind.MARKER), self._streamed)

    def between(self, start: float, stop: float) -> list[Noted]:
        """With a time in [start, stop], to be drawn: of more than `DRAWN` markers of streams,
        the first in each of at most so many equal spans, which do not move with `start`."""
        streamed = _cut(self._streamed, max(start, self._from), stop)
        if len(streamed) > DRAWN:
            span_s = max(stop - start, 1e-3) / DRAWN
            streamed = _thinned(streamed, 2.0 ** math.ceil(math.log2(span_s)))
        return sorted([*_cut(self._noted, max(start, self._from), stop), *streamed], key=_time)

    def all(self) -> tuple[Noted, ...]:
        return tuple(sorted([*self._noted, *self._streamed], key=_time))

    def _keep(self, noted: Noted, where: list[Noted]) -> None:
        insort(where, noted, key=_time)
        del where[:-KEPT]
        self.version += 1


def _cut(noted: list[Noted], start: float, stop: float) -> list[Noted]:
    return noted[bisect_left(noted, start, key=_time) : bisect_right(noted, stop, key=_time)]


def _thinned(noted: list[Noted], span_s: float) -> list[Noted]:
    """The first of each span of the clock."""
    found, at = [], 0
    while at < len(noted):
        found.append(noted[at])
        next_s = (math.floor(noted[at].time / span_s) + 1) * span_s
        at = bisect_left(noted, next_s, lo=at + 1, key=_time)
    return found
