"""Reception of one LSL stream: found, connected, drained when its sender has ended."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pylsl
from numpy.typing import NDArray
from pylsl.util import LostError

from milmer_live.acquisition.lsl.finder import (
    HEARD_S,
    StreamFinder,
)
from milmer_live.acquisition.lsl.inlet import (
    KEPT_IRREGULAR,
    OpenInlet,
)
from milmer_live.acquisition.lsl.listing import Announced
from milmer_live.acquisition.lsl.sender_watch import (
    Patience,
    SenderWatch,
)
from milmer_live.acquisition.lsl.spec import StreamQuery
from milmer_live.catalogue import Code
from milmer_live.errors import ConfigError, SourceLost
from milmer_live.messages import Message
from milmer_live.samples import Float64

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Called:
    """How a message speaks of a stream."""

    gone: Code = Code.STREAM_GONE
    start_again: Code = Code.START_ITS_SENDER
    not_open: Code = Code.STREAM_NOT_OPEN
    unwatched: Code = Code.STREAM_UNWATCHED


class Reception:
    """Keeps the inlet of the stream that is meant, for as long as its sender is there.

    `lost` counts samples over all connections. What has to be said is said once.
    """

    def __init__(
        self,
        query: StreamQuery,
        what: Called,
        *,
        timeout_s: float,
        settle_s: float = HEARD_S,
        kept: int = KEPT_IRREGULAR,
        patience: Patience | None = None,
    ) -> None:
        """`what` is what a message calls it. Raises ConfigError."""
        if not str(query):
            raise ConfigError("An LSL source needs the stream's name or its source_id.")
        self._what = what
        self._timeout_s, self._kept = timeout_s, kept
        self._patience = patience
        settle_s = 0.0 if query.uid else settle_s
        self._finder = StreamFinder(query, timeout_s=timeout_s, settle_s=settle_s)
        self._inlet: OpenInlet | None = None
        self._watch: SenderWatch | None = None
        self._left: int | None = None  # samples to be taken before it is let go
        self._lost_before = 0
        self._is_failing = False
        self._has_failed = False  # the look at the sender
        self._said: set[str] = set()
        self._notes: list[str] = []

    @property
    def lost(self) -> int:
        """Samples that found the buffer full, at least."""
        return self._lost_before + (self._inlet.lost if self._inlet is not None else 0)

    @property
    def waiting(self) -> int:
        """Samples that have come and were not taken yet."""
        return self._inlet.available if self._inlet is not None else 0

    def find(self) -> Announced:
        """Wait for the stream. Raises SourceNotFound."""
        self._is_failing = True
        return self._finder.find()

    def connect(self, found: Announced) -> OpenInlet:
        """Blocks up to three times the time limit. Raises SourceNotFound, SourceFormat."""
        self._drop()
        inlet = OpenInlet(found, timeout_s=self._timeout_s, kept=self._kept)
        self._watch = SenderWatch(
            found.listing.uid,
            lambda: {one.listing.uid for one in self._finder.matching()},
            inlet.is_connected,
            inlet.is_refused,
            inlet.has_switched,
            pylsl.local_clock,
            self._patience,
        )
        self._inlet, self._left = inlet, None
        self._is_failing = False
        return inlet

    def pull(self, timeout_s: float) -> tuple[NDArray[Any], Float64]:
        """As `OpenInlet.pull`. Raises SourceLost when the sender has ended and all that it had
        sent has been taken."""
        if self._inlet is None or self._watch is None:
            raise SourceLost(Message(self._what.not_open))
        try:
            if self._inlet.available:
                self._looks(self._watch.waits)
            if self._left is None and self._looks(self._watch.is_over):
                self._left = self._inlet.available
            if self._left is not None:
                return self._drain(self._inlet, self._left)
            values, stamps = self._inlet.pull(timeout_s)
        except LostError as error:
            raise self._gone(self._inlet) from error
        if len(stamps):
            self._looks(self._watch.heard)
        return values, stamps

    def say(self, note: str) -> None:
        """Have `note` said, unless it has been."""
        if note not in self._said:
            self._said.add(note)
            self._notes.append(note)

    def take_notes(self) -> tuple[str, ...]:
        """What has to be said since the last call."""
        for note in self._inlet.take_notes() if self._inlet is not None else ():
            self.say(note)
        notes, self._notes = self._notes, []
        return tuple(notes)

    def close(self) -> None:
        """End the transmission; harmless when it has ended. After an error the look-out for
        streams goes on, so that the next `find` knows at once what is there."""
        self._drop()
        if not self._is_failing:
            self._finder.close()
        self._is_failing = False

    def _looks(self, look: Callable[[], bool | None]) -> bool:
        """What the watch sees. Where it fails the sender counts as there: the inlet stays open,
        and what was pulled is given. Raises LostError."""
        try:
            return bool(look())
        except LostError:
            raise
        except Exception as error:
            if not self._has_failed:
                self._has_failed = True
                log.exception("The sender of an LSL stream cannot be watched")
                name = self._inlet.listing.name if self._inlet is not None else ""
                what = f"{type(error).__name__}: {error}"
                self.say(Message(self._what.unwatched, name=name, what=what))
            return False

    def _drain(self, inlet: OpenInlet, left: int) -> tuple[NDArray[Any], Float64]:
        if left <= 0:
            raise self._gone(inlet)
        values, stamps = inlet.pull(0.0, left)
        self._left = left - len(stamps) if len(stamps) else 0
        return values, stamps

    def _gone(self, inlet: OpenInlet) -> SourceLost:
        self._is_failing = True
        self._finder.leave_out(inlet.listing)
        return SourceLost(
            Message(self._what.gone, name=inlet.listing.name),
            Message(self._what.start_again),
        )

    def _drop(self) -> None:
        if self._inlet is not None:
            for note in self._inlet.take_notes():
                self.say(note)
            self._lost_before += self._inlet.lost
            self._inlet.close()
        self._inlet = self._watch = None
