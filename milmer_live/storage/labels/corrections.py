"""`corrections.jsonl`: labels that were corrected after the session, one JSON object a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from milmer_live.config import validated
from milmer_live.errors import ConfigError, DatasetError, StorageLost, reading
from milmer_live.storage.session.streams import Annotation
from milmer_live.system.private_files import open_private

CORRECTIONS = "corrections.jsonl"
MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Entries:
    """Annotations in the order of their entry, and a sentence for each that cannot be read."""

    annotations: tuple[Annotation, ...] = ()
    faults: tuple[str, ...] = ()

    def __add__(self, more: Entries) -> Entries:
        return Entries(self.annotations + more.annotations, self.faults + more.faults)


def read_entries(texts: Iterable[tuple[str, str | bytes]]) -> Entries:
    """What can be read of `texts`, each with the place that a fault names. One that is torn, not
    UTF-8, or no annotation costs itself alone."""
    annotations: list[Annotation] = []
    faults: list[str] = []
    for place, text in texts:
        try:
            annotations.append(validated(Annotation, json.loads(text), "It"))
        except (ConfigError, ValueError, RecursionError) as error:
            reason = str(error) if text.strip() else "It is empty."
            faults.append(f"{place} is no label and is left out: {reason}")
    return Entries(tuple(annotations), tuple(faults))


def read_corrections(folder: Path) -> Entries:
    """All corrections of the session in `folder`. Raises DatasetError where the file is there but
    cannot be opened: its labels would not be those that hold."""
    path = folder / CORRECTIONS
    with reading(path, DatasetError):
        try:
            if path.stat().st_size > MOST_BYTES:
                raise DatasetError(f"{path} is too large to be corrections.")
            content = path.read_bytes()
        except FileNotFoundError:
            return Entries()
    lines = content.removesuffix(b"\n").split(b"\n") if content else []
    return read_entries((f"{path}, line {number},", line) for number, line in enumerate(lines, 1))


def correct(folder: Path, correction: Annotation) -> None:
    """Correct an annotation of a finished session; what it replaces stays in `session.xdf`.

    Raises StorageLost.
    """
    path = folder / CORRECTIONS
    try:
        with open_private(path, "a+b") as file:
            line = correction.json_text.encode() + b"\n"
            file.write(line if _ends_with_line(file) else b"\n" + line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageLost(f"{path} cannot be written: {error.strerror}.") from error


def _ends_with_line(file: IO[bytes]) -> bool:
    """Whether a line can follow: not where a killed program has left a part of one."""
    if not file.seek(0, os.SEEK_END):
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
