"""Who is who in a folder of recordings: by a table, by BIDS, by the names of files and folders.

What is not known is not guessed where it matters: a person who is two participants would be in the
training and in the test part.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from milmer_live.errors import DatasetError, reading
from milmer_live.processing.eeg.units import microvolts
from milmer_live.processing.foreign_text import table_text

PARTICIPANTS_NAME = "participants.tsv"
MOST_BYTES = 16 << 20
IN_UTF8 = "Save it as a table of text, in UTF-8."
LEVELS = 4  # of folders above a single file in which a table is looked for

_SUBJECT = re.compile(r"(?:^|_)sub-([A-Za-z0-9]+)(?=[_.]|$)")
_SUBJECT_FOLDER = re.compile(r"sub-([A-Za-z0-9]+)")
# What BIDS has below the folder of a subject.
_BELOW = re.compile(r"ses-.+|eeg|ieeg|meg|beh|physio|nirs|motion|func", re.IGNORECASE)
_RUN = re.compile(
    r"[ _.-]*(?:\(\d+\)|(?:run|rec|ses|session|block|part|take|day|trial|visit|no)[ _.-]*\d+"
    r"|(?:pre|post|old|eeg|raw|data|xdf))$",
    re.IGNORECASE,
)
# Words that name a recording and no person.
_NOBODY = re.compile(
    r"(?:(?:recording|recorded|record|rec|data|eeg|raw|session|ses|test|untitled|new|file|trial|run"
    r"|block|part|take|day|visit|exp|experiment|task|stream|streams|lsl|xdf|output|copy|final|pilot"
    r"|sourcedata|source|current|default|\d+)[ _.:T-]*)+|",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who was recorded in a file, and in which session; `unit` is that of the EEG where the file
    states none ("": not said). `is_known` is False where the name of the file names nobody."""

    participant: str
    session: str
    unit: str = ""
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class _Row:
    file: str
    participant: str
    session: str
    unit: str


@dataclass(frozen=True)
class People:
    """Who is who in the recordings `files`, all below `root`. `problems` has a sentence for what
    is wrong with the table."""

    root: Path
    files: tuple[Path, ...]
    rows: tuple[_Row, ...] = ()
    problems: tuple[str, ...] = field(default=())

    @staticmethod
    def of(root: Path, files: Sequence[Path]) -> People:
        """With the table that lies in `root`, or above a single file. Raises DatasetError for a
        table that cannot be read."""
        folder = root if root.is_dir() else root.parent
        table = _table_of(folder, is_file=not root.is_dir())
        rows = _rows(table) if table is not None else ()
        above = folder if root.is_dir() else [folder, *folder.parents][:LEVELS][-1]
        base = table.parent if table is not None else above
        people = People(base, tuple(files), rows)
        unused = [row.file for row in rows if not any(people._fits(row, one) for one in files)]
        if not unused or not root.is_dir():
            return people
        said = f"{table} names files that are not there: {', '.join(unused)}."
        return People(base, tuple(files), rows, (said,))

    def person(self, file: Path) -> Person:
        """By the table, else by the file's place and name."""
        row = next((row for row in self.rows if self._fits(row, file)), None)
        participant = row.participant if row is not None else self._named(file)
        session = (row.session if row is not None else "") or self._session(file)
        known = bool(participant) or len(self.files) < 2
        unit = row.unit if row is not None else ""
        return Person(_plain(participant or _stem(file)), _plain(session), unit, known)

    def _named(self, file: Path) -> str:
        """The participant; "" where nothing names one."""
        stem, folders = _stem(file), self._folders(file)
        if found := _SUBJECT.search(stem):
            return found[1]
        if subject := self._subject_folder(folders):
            return subject
        person = _without_run(stem)
        is_shared = any(
            _stem(other).lower() == stem.lower() and other.parent != file.parent
            for other in self.files
        )
        if not _names_nobody(person) and not is_shared:
            return person
        for folder in reversed(folders if len(self.files) > 1 else ()):
            name = _SUBJECT_FOLDER.sub(r"\1", folder)
            if not _names_nobody(name) and not _BELOW.fullmatch(name):
                return name
        return "" if _names_nobody(person) else person

    def _subject_folder(self, folders: Sequence[str]) -> str:
        """By a folder sub-ID that is one of several, or holds what a subject's folder does. One
        that only happens to begin so, such as sub-project, is nobody's."""
        for depth, folder in enumerate(folders):
            found = _SUBJECT_FOLDER.fullmatch(folder)
            if found is None:
                continue
            below = folders[depth + 1] if depth + 1 < len(folders) else ""
            siblings = {
                others[depth]
                for other in self.files
                if len(others := self._folders(other)) > depth
                and others[:depth] == folders[:depth]
                and _SUBJECT_FOLDER.fullmatch(others[depth])
            }
            if _BELOW.fullmatch(below) or len(siblings) > 1:
                return found[1]
        return ""

    def _session(self, file: Path) -> str:
        """The file's name, with that of a folder ses-ID before it."""
        visits = [folder for folder in self._folders(file) if folder.startswith("ses-")]
        stem = _stem(file)
        return stem if not visits or visits[-1] in stem else f"{visits[-1]}_{stem}"

    def _folders(self, file: Path) -> tuple[str, ...]:
        """Names of the folders between `root` and the file; of a single file, of those above."""
        try:
            return file.relative_to(self.root).parts[:-1]
        except ValueError:
            return file.parts[1:-1]

    def _fits(self, row: _Row, file: Path) -> bool:
        try:
            place = file.relative_to(self.root).as_posix()
        except ValueError:
            return False
        names = {place, place.rsplit(".", 1)[0], file.name, _stem(file)}
        return any(name == row.file or fnmatchcase(name, row.file) for name in names)


def unknown_people(files: Iterable[str], root: Path) -> DatasetError:
    """What to say where training would have to guess."""
    names = sorted(set(files))
    some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return DatasetError(
        f"It is not known who was recorded in {some}.",
        f"Write {(root if root.is_dir() else root.parent) / PARTICIPANTS_NAME}, a table with tabs: "
        "file, participant, and if you like session.",
    )


def _plain(name: str) -> str:
    """Without the signs that names of trials are put together with."""
    return re.sub("[/#]", "-", name)


def _stem(file: Path) -> str:
    name = file.name
    for end in (".fif.gz", ".xdfz"):
        if name.lower().endswith(end):
            return name[: -len(end)]
    return file.stem


def _without_run(stem: str) -> str:
    """`P01` of `P01_run1`."""
    while (shorter := _RUN.sub("", stem)) != stem and shorter:
        stem = shorter
    return stem


def _names_nobody(text: str) -> bool:
    return _NOBODY.fullmatch(text.strip(" _.-")) is not None


def _table_of(folder: Path, *, is_file: bool) -> Path | None:
    places = [folder, *folder.parents][: LEVELS if is_file else 1]
    for place in places:
        table = place / PARTICIPANTS_NAME
        if table.is_file() and _has_files(table):
            return table
    return None


def _has_files(table: Path) -> bool:
    """Whether it is ours: BIDS has a table of this name without a column of files."""
    with reading(table, DatasetError, IN_UTF8), table.open("rb") as file:
        first = table_text(file.read(MOST_BYTES)).partition("\n")[0]
    return "file" in re.split("[\t;,]", first.strip().lower())


def _rows(table: Path) -> tuple[_Row, ...]:
    with reading(table, DatasetError, IN_UTF8):
        if table.stat().st_size > MOST_BYTES:
            raise DatasetError(f"{table} is too large for a table of participants.")
        text = table_text(table.read_bytes())
        first = text.partition("\n")[0]
        cells = csv.reader(io.StringIO(text, newline=""), delimiter=max("\t;,", key=first.count))
        header = [name.strip().lower() for name in next(cells, [])]
        if "participant" not in header:
            raise DatasetError(f"{table} has no column participant.", "It needs file, participant.")
        found = []
        for row in cells:
            if any(map(str.strip, row)):
                values = dict(zip(header, map(str.strip, row), strict=False))
                found.append(_row(table, cells.line_num, values))
        return tuple(found)


def _row(table: Path, line: int, values: dict[str, str]) -> _Row:
    file, participant = values.get("file", ""), values.get("participant", "")
    unit = values.get("unit", "")
    if not file or not participant:
        raise DatasetError(f"{table}, line {line}: file or participant is empty.")
    if unit and microvolts(unit) is None:
        raise DatasetError(
            f"{table}, line {line}: '{unit}' is no unit of voltage.", "Write uV, mV, V or nV."
        )
    return _Row(file.replace("\\", "/"), participant, values.get("session", ""), unit)
