"""A table of labels beside a recording: `NAME.labels.csv` or `NAME.labels.tsv`, as a spreadsheet of
any country and any year writes it."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from milmer_live.errors import DatasetError, MilmerError, reading
from milmer_live.processing.foreign_text import table_text
from milmer_live.samples import Label

COLUMNS = ("onset", "duration", "valence", "arousal")
SUFFIXES = (".labels.csv", ".labels.tsv")
MOST_BYTES = 64 << 20

_NUMBER = re.compile(r"[+-]?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})([eE][+-]?[0-9]{1,3})?")
_SHOWN = 40  # characters of a cell that is no number


class BadLabel(Exception):
    """Why this is no label, in a sentence."""


def number_in(fields: Mapping[str, str | None], name: str) -> float:
    """A finite number. Raises BadLabel."""
    text = (fields.get(name) or "").strip()
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not text:
        raise BadLabel(f"its {name} is missing.")
    if not math.isfinite(value):
        raise BadLabel(f"its {name} is '{text[:_SHOWN]}', which is not a number.")
    return value


def label_in(fields: Mapping[str, str | None], start: float, duration: float, trial: str) -> Label:
    """A label of `duration` seconds (infinite: until it is ended) from `start` on, with the
    ratings in `fields`. Raises BadLabel."""
    ratings = [number_in(fields, name) for name in ("valence", "arousal")]
    for name, rating in zip(("valence", "arousal"), ratings, strict=True):
        if not 1 <= rating <= 9:
            raise BadLabel(f"its {name} is {rating:g}; ratings go from 1 to 9.")
    if not duration > 0:
        raise BadLabel(f"its duration is {duration:g} s.")
    valence, arousal = ratings
    return Label(start, start + duration, valence, arousal, trial)


def read_tables(recording: Path, origin: float) -> Iterator[Label | str]:
    """The labels beside a recording, on the clock on which its first sample of EEG is at `origin`,
    and a sentence for each row or table that is left out."""
    for suffix in SUFFIXES:
        table = recording.with_suffix(suffix)
        if table.is_file():
            try:
                yield from _labels(table, origin)
            except MilmerError as error:
                yield str(error)


def _labels(table: Path, origin: float) -> Iterator[Label | str]:
    with reading(table, DatasetError, "Save it as a table of text, in UTF-8."):
        if table.stat().st_size > MOST_BYTES:
            raise DatasetError(f"{table} is too large for a table of labels.")
        for line, row in _rows(table, table_text(table.read_bytes())):
            try:
                yield row if isinstance(row, str) else _label(row, origin)
            except BadLabel as error:
                yield f"{table}, line {line}, is no label and is left out: {error}"


def _label(row: Mapping[str, str], origin: float) -> Label:
    if not any(row.values()):
        raise BadLabel("it is empty.")
    onset, duration = number_in(row, "onset"), number_in(row, "duration")
    if onset < 0:
        raise BadLabel(f"its onset is {onset:g} s, before the first sample.")
    return label_in(row, origin + onset, duration, row.get("trial", ""))


def _rows(table: Path, text: str) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Each row by its columns with the number of its line, a sentence for one that cannot be taken
    apart. Raises DatasetError where a column is missing."""
    first = text.partition("\n")[0]
    cells = csv.reader(io.StringIO(text, newline=""), delimiter=max("\t;,", key=first.count))
    header = [name.strip().lower() for name in next(cells, [])]
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise DatasetError(
            f"{table} has no column {missing[0]}.", f"It needs {', '.join(COLUMNS)}."
        )
    while True:
        try:
            row = next(cells, None)
        except csv.Error as error:
            yield cells.line_num, f"{table}, line {cells.line_num}, is left out: {error}."
            continue
        if row is None:
            return
        if row:  # a line with nothing on it is none
            yield cells.line_num, dict(zip(header, map(str.strip, row), strict=False))
