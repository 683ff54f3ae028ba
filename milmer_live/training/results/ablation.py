"""A grid of networks, trained and judged alike: the table of the paper's ablations."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Self

from pydantic import Field, model_validator
from rich.table import Table

from milmer_live.config import Frozen
from milmer_live.model.config import Fusion, MilmerConfig, Modalities, Selection
from milmer_live.training.run_folder import FoldMetrics
from milmer_live.training.settings import TrainSettings, with_changes

ANY = "–"  # what has no effect in a cell
MODALITY_NAMES: dict[str, str] = {"both": "EEG + faces", "eeg": "EEG", "faces": "faces"}


class Grid(Frozen):
    """The values of each axis; an axis left out keeps the base's value."""

    selection: tuple[Selection, ...] = ()
    fusion: tuple[Fusion, ...] = ()
    top_k: tuple[int, ...] = ()
    bag_size: tuple[int, ...] = ()
    modalities: tuple[Modalities, ...] = ()


class AblationSettings(Frozen):
    """A grid file: `[base]` as for `train`, `[grid]`, and which folds each cell is given."""

    base: TrainSettings
    grid: Grid
    folds: tuple[int, ...] = Field((), description="only these folds; empty: all")

    @model_validator(mode="after")
    def _something_to_compare(self) -> Self:
        if not any(self.grid.model_dump().values()):
            raise ValueError("grid names no values; give at least one axis, e.g. top_k = [1, 3]")
        return self


class Cell(Frozen):
    """One network of the grid. What has no effect in it is ANY."""

    modalities: str
    selection: str
    fusion: str
    top_k: int | str
    bag_size: int | str

    @property
    def name(self) -> str:
        """Of its run folder."""
        parts = (
            self.modalities,
            self.selection,
            self.fusion,
            f"k{self.top_k}",
            f"b{self.bag_size}",
        )
        return "-".join(part for part in parts if ANY not in part)

    def settings(self, base: TrainSettings) -> TrainSettings:
        """Raises ConfigError."""
        axes = self.model_dump()
        wanted = {f"model.{name}": value for name, value in axes.items() if value != ANY}
        if self.modalities == "eeg":  # there is no backbone in it
            wanted["freeze_backbone"] = False
        if self.top_k == ANY and isinstance(self.bag_size, int):
            wanted["model.top_k"] = min(base.network().top_k, self.bag_size)
        return with_changes(base, wanted)


def cells(settings: AblationSettings) -> tuple[list[Cell], list[Cell]]:
    """The networks to train, without repeats, and those that cannot be (K above the bag)."""
    possible: dict[Cell, None] = {}
    impossible: dict[Cell, None] = {}
    for cell in _product(settings):
        k, bag = cell.top_k, cell.bag_size
        fits = not (isinstance(k, int) and isinstance(bag, int) and k > bag)
        (possible if fits else impossible)[cell] = None
    return list(possible), list(impossible)


def _product(settings: AblationSettings) -> Iterator[Cell]:
    base, grid = settings.base.network(), settings.grid
    for values in itertools.product(
        grid.modalities or (base.modalities,),
        grid.selection or (base.selection,),
        grid.fusion or (base.fusion,),
        grid.bag_size or (base.bag_size,),
        grid.top_k or (base.top_k,),
    ):
        yield _reduced(*values)


def _reduced(
    modalities: Modalities, selection: Selection, fusion: Fusion, bag_size: int, top_k: int
) -> Cell:
    """Without what plays no part: EEG alone has no faces to choose, a mean has no K."""
    faces = modalities != "eeg"
    counted = faces and selection not in ("none", "amil")
    return Cell(
        modalities=modalities,
        selection=selection if faces else ANY,
        fusion=fusion if faces else ANY,
        bag_size=bag_size if faces else ANY,
        top_k=top_k if counted else ANY,
    )


class Row(Frozen):
    """A cell's numbers: means over its folds, and the standard deviation of the accuracy."""

    cell: Cell
    folds: int
    parameters: int
    accuracy: float
    deviation: float
    macro_f1: float
    valence_accuracy: float
    arousal_accuracy: float
    ece: float
    minutes: float

    @classmethod
    def of(cls, cell: Cell, results: Sequence[FoldMetrics]) -> Self:
        main = [next(iter(result.scores.values())) for result in results]
        accuracies = [found.accuracy for found in main]
        return cls(
            cell=cell,
            folds=len(results),
            parameters=results[0].parameters,
            accuracy=mean(accuracies),
            deviation=stdev(accuracies) if len(accuracies) > 1 else 0.0,
            macro_f1=mean(found.macro_f1 for found in main),
            valence_accuracy=mean(found.valence_accuracy for found in main),
            arousal_accuracy=mean(found.arousal_accuracy for found in main),
            ece=mean(found.ece for found in main),
            minutes=sum(result.seconds for result in results) / 60,
        )

    def words(self) -> list[str]:
        """As the table shows it, in the order of HEADINGS."""
        cell = self.cell
        return [
            MODALITY_NAMES[cell.modalities],
            cell.selection,
            cell.fusion,
            str(cell.top_k),
            str(cell.bag_size),
            f"{self.parameters / 1e6:.2f} M",
            f"{100 * self.accuracy:.1f} ± {100 * self.deviation:.1f}",
            f"{self.macro_f1:.3f}",
            f"{100 * self.valence_accuracy:.1f}",
            f"{100 * self.arousal_accuracy:.1f}",
            f"{self.ece:.3f}",
            f"{self.minutes:.1f}",
        ]


HEADINGS = (
    "input", "selection", "fusion", "K", "bag", "parameters", "accuracy, %", "macro-F1",
    "valence, %", "arousal, %", "ECE", "minutes",
)  # fmt: skip
_FIRST_NUMBER = 3


class AblationResult(Frozen):
    protocol: str
    data: str
    rows: tuple[Row, ...]
    impossible: tuple[Cell, ...]

    def table(self) -> Table:
        """For the screen; the best accuracy in bold."""
        table = Table(title=f"Ablation, protocol {self.protocol}", title_justify="left")
        for place, heading in enumerate(HEADINGS):
            table.add_column(heading, justify="right" if place >= _FIRST_NUMBER else "left")
        best = max(row.accuracy for row in self.rows)
        for row in self.rows:
            table.add_row(*row.words(), style="bold" if row.accuracy == best else "")
        return table

    def save(self, folder: Path) -> None:
        """ablation.json, .csv and .md."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ablation.json").write_text(self.model_dump_json(indent=1) + "\n", "utf-8")
        (folder / "ablation.md").write_text(self.markdown(), "utf-8")
        with (folder / "ablation.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            numbers = [name for name in Row.model_fields if name != "cell"]
            writer.writerow([*Cell.model_fields, *numbers])
            for row in self.rows:
                values = row.model_dump()
                writer.writerow([*values.pop("cell").values(), *values.values()])

    def markdown(self) -> str:
        """The table, and what could not be trained."""
        lines = [
            f"Protocol {self.protocol}; {self.data}. Accuracy: mean ± standard deviation over "
            "folds.",
            "",
            "| " + " | ".join(HEADINGS) + " |",
            "| " + " | ".join("---:" if i >= 3 else "---" for i in range(len(HEADINGS))) + " |",
            *("| " + " | ".join(row.words()) + " |" for row in self.rows),
        ]
        if self.impossible:
            names = ", ".join(cell.name for cell in self.impossible)
            lines += ["", f"Not possible, as K is above the bag: {names}."]
        return "\n".join(lines) + "\n"


def loading_config(settings: AblationSettings, wanted: Sequence[Cell]) -> MilmerConfig:
    """What has to be loaded for the cells of one bag size: faces if any of them looks at one."""
    with_faces = any(cell.modalities != "eeg" for cell in wanted)
    first = next(cell for cell in wanted if cell.modalities != "eeg") if with_faces else wanted[0]
    config = first.settings(settings.base).network()
    return config.model_copy(update={"modalities": "both" if with_faces else "eeg"})
