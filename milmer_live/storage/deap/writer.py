"""Writes DEAP's own files: pickles as Python 2 with numpy 1 made them, and the ratings table.

The real `.dat` files name `numpy.core.multiarray._reconstruct`, `numpy.ndarray` and
`numpy.dtype`, and hold keys and array bytes as 8-bit strings. Today's `pickle` cannot write
8-bit strings, so the few opcodes of protocol 2 that are needed are written here.
"""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from milmer_live.samples import Float64
from milmer_live.storage.deap.layout import (
    RATINGS_FILE,
    VARIANTS,
    participant_id,
)

RATINGS_COLUMNS = (
    "Participant_id", "Trial", "Experiment_id", "Start_time", "Valence", "Arousal",
    "Dominance", "Liking", "Familiarity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrialRatings:
    """One row of `participant_ratings.csv`.

    `trial` is the place in presentation order and names the video; `experiment_id` is the
    place in the `.dat` file. Both count from 1. `start_time_us`: microseconds.
    """

    participant: int
    trial: int
    experiment_id: int
    start_time_us: int
    valence: float
    arousal: float
    dominance: float
    liking: float
    familiarity: int


def dat_path(root: Path, participant: int) -> Path:
    folder, suffix = VARIANTS["python"]
    return root / folder / f"{participant_id(participant)}{suffix}"


def write_ratings(root: Path, rows: Iterable[TrialRatings]) -> None:
    """The ratings table, sorted by participant and presentation as DEAP's."""
    path = root / RATINGS_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="ascii") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(RATINGS_COLUMNS)
        for row in sorted(rows, key=lambda row: (row.participant, row.trial)):
            affect = (row.valence, row.arousal, row.dominance, row.liking)
            table.writerow(
                [row.participant, row.trial, row.experiment_id, row.start_time_us]
                + [f"{rating:.2f}" for rating in affect]
                + [row.familiarity]
            )


def write_dat(root: Path, participant: int, data: Float64, labels: Float64) -> None:
    """`data` (n_trials, 40, 8064) µV and `labels` (n_trials, 4), both by Experiment_id."""
    path = dat_path(root, participant)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        dump_python2({"labels": labels, "data": data}, file)


def dump_python2(arrays: Mapping[str, Float64], file: BinaryIO) -> None:
    """A dict of float64 arrays as `cPickle.dump(…, protocol=2)` of Python 2 and numpy 1.

    Opcodes as in CPython's pickletools; memo entries, which nothing here reads, are left out.
    """
    file.write(b"\x80\x02}(")  # PROTO 2, EMPTY_DICT, MARK
    for name, array in arrays.items():
        file.write(_string(name.encode("ascii")))
        _write_array(np.ascontiguousarray(array, dtype="<f8"), file)
    file.write(b"u.")  # SETITEMS, STOP


def _write_array(array: Float64, file: BinaryIO) -> None:
    """`_reconstruct(ndarray, (0,), 'b')`, then its state (1, shape, dtype, False, bytes)."""
    file.write(
        b"cnumpy.core.multiarray\n_reconstruct\n"  # GLOBAL
        b"cnumpy\nndarray\n" + _integer(0) + b"\x85" + _string(b"b") + b"\x87R"
    )
    shape = b"".join(_integer(length) for length in array.shape)
    file.write(b"(" + _integer(1) + b"(" + shape + b"t" + _dtype() + b"\x89")
    file.write(b"T" + struct.pack("<i", array.nbytes))  # BINSTRING
    file.write(array.data)
    file.write(b"tb")  # TUPLE, BUILD


def _dtype() -> bytes:
    """`dtype('f8', 0, 1)` with the state that says little-endian."""
    made = b"cnumpy\ndtype\n" + _string(b"f8") + _integer(0) + _integer(1) + b"\x87R"
    unset = b"N" * 3 + b"J\xff\xff\xff\xff" * 2  # None x 3, BININT -1 x 2
    return made + b"(" + _integer(3) + _string(b"<") + unset + _integer(0) + b"tb"


def _integer(value: int) -> bytes:
    if value < 256:
        return b"K" + struct.pack("<B", value)  # BININT1
    if value < 65536:
        return b"M" + struct.pack("<H", value)  # BININT2
    return b"J" + struct.pack("<i", value)  # BININT


def _string(text: bytes) -> bytes:
    return b"U" + struct.pack("<B", len(text)) + text  # SHORT_BINSTRING
