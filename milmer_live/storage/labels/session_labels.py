"""Labels of a recording, whoever wrote them: our annotations, markers of other programs, a
table beside the file. Times are on the recorder's clock."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from milmer_live.samples import Label
from milmer_live.storage.labels.corrections import (
    Entries,
    read_corrections,
    read_entries,
)
from milmer_live.storage.labels.label_table import (
    BadLabel,
    label_in,
    number_in,
    read_tables,
)
from milmer_live.storage.session.card import XDF_NAME
from milmer_live.storage.session.streams import (
    LABELS,
    Annotation,
    valid_annotations,
)
from milmer_live.storage.xdf.reader import (
    XDFFile,
    XDFStream,
)

# `label valence=7 arousal=3 trial=12 duration=60`, as any program can send it over LSL.
_MOST_FIELDS = 100
_LABEL_END = "label end"
_SHOWN = 80  # characters of a marker that is no label


@dataclass(frozen=True, slots=True)
class Found:
    """Labels in order of time, and a sentence for each that is left out."""

    labels: tuple[Label, ...]
    faults: tuple[str, ...]


def labels_of(file: XDFFile, origin: float, end: float) -> Found:
    """All labels that belong to `file`. `origin` is the time of its first sample of EEG, which a
    table beside the file counts from; `end` that of the last, where a label that is still open
    is closed. Raises DatasetError."""
    entries = entries_of(file)
    held = valid_annotations(entries.annotations)
    found: list[Label | str] = [one.label(0.0) for one in held if one.kind == "label"]
    for stream in file.streams:
        if stream.header.format == "string" and stream.header.name != LABELS:
            found += _labels_in(file.path, stream, origin, end)
    found += read_tables(file.path, origin)
    labels = [one for one in found if isinstance(one, Label)]
    return Found(
        tuple(sorted(labels, key=lambda label: (label.start, label.stop))),
        (*entries.faults, *(one for one in found if isinstance(one, str))),
    )


def annotations_of(file: XDFFile) -> tuple[Annotation, ...]:
    """Annotations as they hold now: with what was corrected during the session or after it."""
    return valid_annotations(entries_of(file).annotations)


def entries_of(file: XDFFile) -> Entries:
    """All annotations that were entered, and what cannot be read of them. Raises DatasetError."""
    stream = file.named(LABELS)
    texts = stream.texts if stream is not None else ()
    entered = read_entries((f"{file.path}, label {n},", text) for n, text in enumerate(texts, 1))
    if file.path.name != XDF_NAME:
        return entered
    return entered + read_corrections(file.path.parent)


def _labels_in(path: Path, stream: XDFStream, origin: float, end: float) -> Iterator[Label | str]:
    """Labels that hold from one marker to the next, to their end, or to that of the recording, and
    a sentence for each that is none; it ends the one before it all the same."""
    begun: Label | None = None
    for time, text in zip(stream.times.tolist(), stream.texts, strict=True):
        event = _event(text)
        fields = _fields(text, event)
        is_end = text == _LABEL_END or event.get("event") == "trial-end"
        if begun is not None and (fields is not None or is_end):
            yield replace(begun, stop=min(begun.stop, time))
            begun = None
        if fields is None:
            continue
        try:
            begun = _begun_by(fields, time)
        except BadLabel as error:
            place = f"{path}, the marker '{text[:_SHOWN]}' at {time - origin:.1f} s,"
            yield f"{place} is no label and is left out: {error}"
    if begun is not None:
        is_open = begun.stop == math.inf
        yield replace(begun, stop=max(begun.start, end)) if is_open else begun


def _fields(text: str, event: Mapping[str, object]) -> dict[str, str] | None:
    """What a marker that begins a label says, None for all others."""
    if event.get("event") == "trial":
        return {name: str(event.get(name, "")) for name in ("valence", "arousal", "trial")}
    first, *words = text.split()[:_MOST_FIELDS] or [""]
    if first != "label":
        return None
    fields = dict(word.split("=", 1) for word in words if "=" in word)
    return fields if "valence" in fields or "arousal" in fields else None


def _begun_by(fields: Mapping[str, str], time: float) -> Label:
    """The label; it stops at infinity where the marker does not say. Raises BadLabel."""
    duration = number_in(fields, "duration") if "duration" in fields else math.inf
    return label_in(fields, time, duration, fields.get("trial", ""))


def _event(text: str) -> dict[str, object]:
    """A marker that is a JSON object, as our replay sends them; empty for all others."""
    if not text.startswith("{"):
        return {}
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}
