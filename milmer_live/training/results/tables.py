"""Results as tables for the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table

from milmer_live.samples import Quadrant
from milmer_live.training.results.metrics import Scores
from milmer_live.training.run_folder import (
    DataDescription,
    FoldMetrics,
)

NAMES = {"both": "together", "eeg": "EEG alone", "faces": "faces alone"}

_SHARES = ("accuracy", "macro-F1", "valence", "arousal", "ECE")


def data_line(data: DataDescription) -> str:
    """The data and its classes in one line."""
    counts = ", ".join(f"{q.name} {n}" for q, n in zip(Quadrant, data.classes, strict=True))
    return f"{data}. Trials by class: {counts}."


def result_table(results: Sequence[FoldMetrics]) -> Table:
    """One row a fold and modality, over trials whose windows vote, and over windows; narrow enough
    for 80 columns."""
    table = Table(title="On what was never learned from", title_justify="left")
    for name in ("fold", "tested", "from"):
        table.add_column(name)
    for name in ("trials right", "windows right", "macro-F1", "ECE"):
        table.add_column(name, justify="right")
    for result in results:
        for modality, found in result.scores.items():
            row = (str(result.fold), result.name, NAMES[modality])
            right = (_right(result.trials.get(modality)), _right(found))
            table.add_row(*row, *right, f"{found.macro_f1:.3f}", f"{found.ece:.3f}")
    return table


def _right(found: Scores | None) -> str:
    """Empty where an older version did not count it."""
    return "" if found is None else f"{found.accuracy:.3f} of {found.count}"


def scores_table(title: str, scores: Mapping[str, Scores], unit: str = "windows") -> Table:
    """One row a modality or baseline."""
    table = Table(title=title, title_justify="left")
    table.add_column("from")
    for name in (unit, *_SHARES):
        table.add_column(name, justify="right")
    for modality, found in scores.items():
        table.add_row(NAMES.get(modality, modality), *_numbers(found))
    return table


def confusion_table(found: Scores) -> Table:
    """Windows by true (row) and answered (column) quadrant."""
    table = Table(title="True \\ answered, together", title_justify="left")
    table.add_column("")
    for quadrant in Quadrant:
        table.add_column(quadrant.name, justify="right")
    table.add_column("recall", justify="right")
    for quadrant, row in zip(Quadrant, found.confusion, strict=True):
        recall = found.classes[quadrant.name].recall
        table.add_row(quadrant.name, *map(str, row), f"{recall:.2f}")
    return table


def _numbers(found: Scores) -> tuple[str, ...]:
    shares = (
        found.accuracy,
        found.macro_f1,
        found.valence_accuracy,
        found.arousal_accuracy,
        found.ece,
    )
    return (str(found.count), *(f"{share:.3f}" for share in shares))
