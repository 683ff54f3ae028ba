"""What happened in a session, on one clock: labels, markers, ratings and notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from milmer_live.samples import Label
from milmer_live.storage.labels.session_labels import annotations_of
from milmer_live.storage.session.reader import Session
from milmer_live.storage.session.streams import gap_in

EventKind = Literal["label", "marker", "rating", "note"]
LABELLING = ("label ", "{")  # begins of markers that are labels, as `session_labels` reads them
_SAID = {"rating": "rating {0.scale}={0.value:g}", "note": "note {0.text}"}


@dataclass(frozen=True, slots=True)
class Event:
    """`time` is on the recorder's clock; `text` says all of it in one line of any length."""

    time: float
    duration_s: float
    kind: EventKind
    text: str
    label: Label | None = None
    scale: str = ""
    value: float | None = None


def events_of(session: Session) -> tuple[Event, ...]:
    """All events in order of time, each once: a marker that begins a label is that label, and the
    recorder's own marks of gaps are none. Raises DatasetError."""
    return tuple(sorted(_events(session), key=lambda event: (event.time, event.kind)))


def label_text(label: Label) -> str:
    """As `session_labels` reads it from the markers of any program."""
    trial = f" trial={label.trial.replace(' ', '_')}" if label.trial else ""
    return (
        f"label valence={label.valence:g} arousal={label.arousal:g}{trial} "
        f"duration={label.stop - label.start:.3f}"
    )


def _events(session: Session) -> Iterator[Event]:
    labels = session.labels if session.eeg_or_none is not None else ()
    for label in labels:
        yield Event(label.start, label.stop - label.start, "label", label_text(label), label)
    begun = {label.start for label in labels}
    for marker in session.markers:
        is_label = marker.time in begun and marker.text.startswith(LABELLING)
        if not is_label and gap_in(marker.text) is None:
            yield Event(marker.time, 0.0, "marker", marker.text)
    for one in annotations_of(session.file):
        if one.kind == "rating":
            text = _SAID["rating"].format(one)
            yield Event(one.stop, 0.0, "rating", text, scale=one.scale, value=one.value)
        elif one.kind == "note":
            yield Event(one.stop, 0.0, "note", _SAID["note"].format(one))
