"""Labels of a recording, whoever wrote them: our annotations, markers of other programs, a
table beside the file. Times are on the recorder's clock."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from milmer_live.config import validated
from milmer_live.errors import ConfigError, DatasetError, StorageLost
from milmer_live.private_files import open_private
from milmer_live.samples import Label, Marker
from milmer_live.storage.session_streams import LABELS, Annotation, valid_annotations
from milmer_live.storage.xdf_reader import XDFFile, XDFStream

CORRECTIONS = "corrections.jsonl"
TABLE_COLUMNS = ("onset", "duration", "valence", "arousal")

# `label valence=7 arousal=3 trial=12 duration=60`, as any program can send it over LSL.
_LABEL = re.compile(r"^label\s+(?=.*\bvalence=)(?=.*\barousal=)(?P<fields>.+)$")
_FIELD = re.compile(r"(\w+)=(\S+)")
_LABEL_END = "label end"


def labels_of(file: XDFFile, origin: float) -> tuple[Label, ...]:
    """All labels that belong to `file`, in order of time. `origin` is the time of its first
    sample of EEG, which a table beside the file counts from. Raises DatasetError."""
    texts = [one for one in file.streams if one.header.format == "string"]
    found = [one.label(0.0) for one in annotations_of(file) if one.kind == "label"]
    for stream in texts:
        if stream.header.name != LABELS:
            found += _labels_in(stream)
    found += _labels_beside(file.path, origin)
    return tuple(sorted(found, key=lambda label: (label.start, label.stop)))


def annotations_of(file: XDFFile) -> tuple[Annotation, ...]:
    """Annotations as they hold now: with what was corrected during the session or after it."""
    stream = file.named(LABELS)
    entered = [_annotation(text, file.path) for text in stream.texts] if stream else []
    corrections = file.path.with_name(CORRECTIONS)
    if file.path.name == "session.xdf" and corrections.is_file():
        lines = corrections.read_text(encoding="utf-8").splitlines()
        entered += [_annotation(line, corrections) for line in lines]
    return valid_annotations(entered)


def correct(folder: Path, correction: Annotation) -> None:
    """Correct an annotation of a finished session; what it replaces stays in `session.xdf`.

    Raises StorageLost.
    """
    path = folder / CORRECTIONS
    try:
        with open_private(path, "a", encoding="utf-8") as file:
            file.write(correction.json_text + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageLost(f"{path} cannot be written: {error.strerror}.") from error


def _annotation(text: str, path: Path) -> Annotation:
    try:
        return validated(Annotation, json.loads(text), str(path))
    except (ConfigError, ValueError) as error:
        raise DatasetError(f"{path} has a label that cannot be read: {error}.") from error


def _labels_in(stream: XDFStream) -> Iterator[Label]:
    """Labels that hold from one marker to the next, or to their end."""
    begun: Label | None = None
    markers = [*zip(stream.times.tolist(), stream.texts, strict=True)]
    for time, text in markers:
        found = _begun_by(Marker(time, text))
        is_end = text == _LABEL_END or _event(text).get("event") == "trial-end"
        if begun is not None and (found is not None or is_end):
            yield replace(begun, stop=min(begun.stop, time))
            begun = None
        begun = found or begun
    if begun is not None and begun.stop != float("inf"):
        yield begun


def _begun_by(marker: Marker) -> Label | None:
    """The label that a marker begins; it stops at infinity where the marker does not say."""
    event = _event(marker.text)
    if event.get("event") == "trial":
        fields = {name: str(event.get(name, "")) for name in ("valence", "arousal", "trial")}
    elif (match := _LABEL.match(marker.text)) is not None:
        fields = dict(_FIELD.findall(match["fields"]))
    else:
        return None
    try:
        stop = marker.time + float(fields.get("duration", "inf"))
        valence, arousal = float(fields["valence"]), float(fields["arousal"])
    except ValueError as error:
        raise DatasetError(f"The label '{marker.text}' cannot be read: {error}.") from error
    return _checked(Label(marker.time, stop, valence, arousal, fields.get("trial", "")))


def _event(text: str) -> dict[str, object]:
    """A marker that is a JSON object, as our replay sends them; empty for all others."""
    if not text.startswith("{"):
        return {}
    try:
        event = json.loads(text)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _labels_beside(path: Path, origin: float) -> Iterable[Label]:
    """`NAME.labels.csv` or `NAME.labels.tsv` beside NAME.xdf: onset and duration in seconds
    since the first sample of EEG, valence, arousal, and trial if there is one."""
    for suffix, delimiter in ((".labels.csv", ","), (".labels.tsv", "\t")):
        table = path.with_suffix(suffix)
        if table.is_file():
            yield from _rows(table, delimiter, origin)


def _rows(table: Path, delimiter: str, origin: float) -> Iterator[Label]:
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file, delimiter=delimiter)
        missing = [name for name in TABLE_COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise DatasetError(
                f"{table} has no column {missing[0]}.", f"It needs {', '.join(TABLE_COLUMNS)}."
            )
        for number, row in enumerate(rows, start=2):
            try:
                start, duration, valence, arousal = (float(row[name]) for name in TABLE_COLUMNS)
            except (TypeError, ValueError) as error:
                raise DatasetError(f"{table}, line {number}: {error}.") from error
            trial = (row.get("trial") or "").strip()
            yield _checked(
                Label(origin + start, origin + start + duration, valence, arousal, trial)
            )


def _checked(label: Label) -> Label:
    if not (1 <= label.valence <= 9 and 1 <= label.arousal <= 9):
        raise DatasetError(
            f"A label has valence {label.valence:g} and arousal {label.arousal:g}.",
            "Ratings go from 1 to 9.",
        )
    return label
