"""`metadata_csv/participant_ratings.csv`: who rated what, and in which order it was shown.

DEAP has two orders. `Experiment_id` numbers the 40 music videos, the same for everybody, and
orders the preprocessed files. `Trial` is the order in which this participant saw them, and
numbers the face videos and the trials of the original recordings.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from milmer_live.errors import DatasetError, reading
from milmer_live.processing.foreign_text import table_text

SCALES = ("Valence", "Arousal", "Dominance", "Liking")
MOST_BYTES = 64 << 20
_WHOLE = re.compile("[0-9]{1,9}")
_SHOWN = 40  # characters of a cell that is no number
_NUMBERS = ("Participant_id", "Trial", "Experiment_id")


@dataclass(frozen=True, slots=True)
class Rating:
    """One row. `trial` is the place in the presentation, `experiment` the music video; both
    from 1. Ratings from 1 to 9."""

    participant: int
    trial: int
    experiment: int
    valence: float
    arousal: float
    dominance: float
    liking: float


@dataclass(frozen=True, slots=True)
class Ratings:
    """All rows by (participant, experiment)."""

    path: Path
    rows: Mapping[tuple[int, int], Rating]

    @property
    def participants(self) -> tuple[int, ...]:
        return tuple(sorted({participant for participant, _ in self.rows}))

    def of(self, participant: int) -> dict[int, Rating]:
        """The participant's rows by experiment."""
        mine = (row for row in self.rows.values() if row.participant == participant)
        return {row.experiment: row for row in sorted(mine, key=lambda row: row.experiment)}


def read_ratings(path: Path) -> Ratings:
    """Raises DatasetError for a missing column, a value that is none, or a row given twice."""
    with reading(path, DatasetError, "DEAP's metadata_csv.zip holds participant_ratings.csv."):
        if path.stat().st_size > MOST_BYTES:
            raise DatasetError(f"{path} is too large for DEAP's ratings.")
        text = table_text(path.read_bytes())
        rows = _parsed(csv.DictReader(io.StringIO(text, newline="")), path)
    _refuse_twice(rows, path)
    return Ratings(path, {(row.participant, row.experiment): row for row in rows})


def _parsed(reader: csv.DictReader[str], path: Path) -> list[Rating]:
    missing = [name for name in (*_NUMBERS, *SCALES) if name not in (reader.fieldnames or ())]
    if missing:
        raise DatasetError(
            f"{path} has no column {', '.join(missing)}.",
            "The first line must be DEAP's: Participant_id,Trial,Experiment_id,…",
        )
    return [_row(values, path, reader.line_num) for values in reader]


def _row(values: Mapping[str, str | None], path: Path, line: int) -> Rating:
    numbers = [_whole(values[name], name, path, line) for name in _NUMBERS]
    return Rating(*numbers, *(_scale(values[name], name, path, line) for name in SCALES))


def _whole(text: str | None, name: str, path: Path, line: int) -> int:
    if text is None or not _WHOLE.fullmatch(text.strip()) or int(text) < 1:
        shown = text if text is None else text[:_SHOWN]
        raise DatasetError(f"{path}, line {line}: {name} is {shown!r}, not a number from 1.")
    return int(text)


def _scale(text: str | None, name: str, path: Path, line: int) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not 1.0 <= value <= 9.0:
        shown = text if text is None else text[:_SHOWN]
        raise DatasetError(f"{path}, line {line}: {name} is {shown!r}, not a rating from 1 to 9.")
    return value


def _refuse_twice(rows: list[Rating], path: Path) -> None:
    """A trial or an experiment given twice would pair EEG with somebody else's face."""
    for kind in ("trial", "experiment"):
        seen: set[tuple[int, int]] = set()
        for row in rows:
            key = (row.participant, getattr(row, kind))
            if key in seen:
                name = "Trial" if kind == "trial" else "Experiment_id"
                raise DatasetError(f"{path} lists {name} {key[1]} of participant {key[0]} twice.")
            seen.add(key)
