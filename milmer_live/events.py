"""What happened in a run, as data: words are made where it is shown or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from milmer_live.catalogue import EventKind
from milmer_live.messages import Message, Value


@dataclass(frozen=True, slots=True)
class Event:
    """Something of the `kind` happened at `time`, in seconds on the LSL clock, to the `source`:
    a stream's name as it is shown; empty where it happened to the run. `values` fill in the
    sentence of the kind."""

    time: float
    kind: EventKind
    source: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def message(self) -> Message:
        """The sentence, for whoever shows it in another language."""
        return Message(self.kind, source=self.source, **self.values)

    @property
    def text(self) -> str:
        """The sentence in English, as it is recorded and sent."""
        return str(self.message)
