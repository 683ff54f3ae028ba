"""Deals units into folds so that every count is within one of even.

Four counts of a fold are held: all units, those of each participant, those of each class, and
those of each class within each participant. Taking one fold after the other, its table of counts
is an n-th of what is left, rounded so that its sums are rounded, too. Such a rounding always exists
(controlled rounding, Cox 1987, doi 10.1080/01621459.1987.10478456).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
_Step = tuple[int, int]


def deal(
    participants: Sequence[str], labels: Sequence[int], folds: int, rng: np.random.Generator
) -> Counts:
    """(n,) the fold of each unit, from 0. Which units of a cell go together is drawn."""
    cells = _cells(participants, labels)
    left = np.array([[len(cell) for cell in row] for row in cells], dtype=np.int64)
    waiting = [[rng.permutation(cell).tolist() for cell in row] for row in cells]
    dealt = np.zeros(len(labels), dtype=np.int64)
    for fold in range(folds):
        wanted = share(left, folds - fold, rng)
        left = left - wanted
        for (row, column), count in np.ndenumerate(wanted):
            for _ in range(count):
                dealt[waiting[row][column].pop()] = fold
    return dealt


def _cells(participants: Sequence[str], labels: Sequence[int]) -> list[list[list[int]]]:
    """Numbers of the units of each participant (row) and class (column)."""
    rows = {name: index for index, name in enumerate(sorted(set(participants)))}
    columns = {label: index for index, label in enumerate(sorted(set(labels)))}
    cells: list[list[list[int]]] = [[[] for _ in columns] for _ in rows]
    for number, (name, label) in enumerate(zip(participants, labels, strict=True)):
        cells[rows[name]][columns[label]].append(number)
    return cells


def share(counts: Counts, parts: int, rng: np.random.Generator) -> Counts:
    """`counts` / `parts`, (n_rows, n_columns), every entry rounded up or down so that the sums of
    rows, of columns and of all are rounded up or down, too."""
    rest = np.zeros(np.add(counts.shape, 1), dtype=np.int64)
    rest[:-1, :-1] = counts
    rest[:-1, -1] = -counts.sum(axis=1)
    rest[-1, :-1] = -counts.sum(axis=0)
    rest[-1, -1] = counts.sum()
    rest %= parts  # every row and every column now sums to a multiple of `parts`
    while ((rest > 0) & (rest < parts)).any():
        _push(rest, _cycle((rest > 0) & (rest < parts), rng), parts)
    return counts // parts + rest[:-1, :-1] // parts


def _push(rest: Counts, cycle: list[_Step], parts: int) -> None:
    """Add to every other entry of the cycle what is taken from its neighbours: sums stay, and at
    least one entry becomes 0 or `parts`."""
    given, taken = tuple(zip(*cycle[::2], strict=True)), tuple(zip(*cycle[1::2], strict=True))
    amount = min(int((parts - rest[given]).min()), int(rest[taken].min()))
    rest[given] += amount
    rest[taken] -= amount


def _cycle(open_: NDArray[np.bool_], rng: np.random.Generator) -> list[_Step]:
    """Entries along alternating rows and columns back to the first; every row and column with an
    open entry has a second one, so a walk can always go on until it meets itself."""
    rows = np.flatnonzero(open_.any(axis=1))
    row = int(rng.choice(rows))
    column = int(rng.choice(np.flatnonzero(open_[row])))
    path: list[_Step] = [(row, column)]
    # When each row and column was met: entry i of the path leads from the i-th to the next.
    met_row, met_column = {row: 0}, {column: 1}
    while True:
        row = _other(open_[:, column], row, rng)
        path.append((row, column))
        if row in met_row:
            return path[met_row[row] :]
        met_row[row] = len(path)
        column = _other(open_[row], column, rng)
        path.append((row, column))
        if column in met_column:
            return path[met_column[column] :]
        met_column[column] = len(path)


def _other(line: NDArray[np.bool_], here: int, rng: np.random.Generator) -> int:
    choices = np.flatnonzero(line)
    return int(rng.choice(choices[choices != here]))
