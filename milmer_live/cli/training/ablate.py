"""`milmer-live ablate`: train a grid of networks and lay their numbers side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from accelerate import Accelerator
    from rich.console import Console

    from milmer_live.training.data.dataset import TrialSet
    from milmer_live.training.results.ablation import (
        AblationSettings,
        Cell,
        Row,
    )


def ablate(
    grid: Annotated[Path, typer.Argument(help="TOML file with tables `base` and `grid`")],
    data: Annotated[Path | None, typer.Option(help="folder of the data set")] = None,
    out: Annotated[
        Path | None, typer.Option(help="folder for cells and tables; default: runs/NAME of GRID")
    ] = None,
    device: Annotated[str, typer.Option(help="auto or cpu")] = "auto",
) -> None:
    """Train every network of a grid (selection, fusion, top_k, bag_size, modalities).

    Run again to go on where it stopped; finished cells are read.
    """
    from rich.console import Console

    from milmer_live.training.experiment import make_accelerator
    from milmer_live.training.options import grid_from
    from milmer_live.training.results.ablation import (
        AblationResult,
        cells,
    )

    settings = grid_from(grid, data)
    wanted, impossible = cells(settings)
    networks = [cell.settings(settings.base).network() for cell in wanted]
    accelerator = make_accelerator(settings.base.precision, device, networks)
    console = Console(quiet=not accelerator.is_main_process)
    folder = out or Path("runs") / grid.stem
    rows = _train(settings, wanted, folder, accelerator, console)
    result = AblationResult(
        protocol=settings.base.split.protocol,
        data=Path(settings.base.data).name,
        rows=tuple(rows[cell] for cell in wanted),
        impossible=tuple(impossible),
    )
    if accelerator.is_main_process:
        result.save(folder)
    console.print(result.table())
    if impossible:
        console.print("Not possible: " + ", ".join(cell.name for cell in impossible) + ".")
    console.print(f"Saved in {folder}: ablation.csv, .json, .md.", soft_wrap=True)


def _train(
    settings: AblationSettings,
    wanted: list[Cell],
    folder: Path,
    accelerator: Accelerator,
    console: Console,
) -> dict[Cell, Row]:
    """Cells of one bag size share the trials in memory."""
    rows: dict[Cell, Row] = {}
    faceless = [cell for cell in wanted if isinstance(cell.bag_size, str)]
    sizes = sorted({cell.bag_size for cell in wanted if isinstance(cell.bag_size, int)})
    for number, size in enumerate(sizes or [0]):
        group = [cell for cell in wanted if cell.bag_size == size]
        group += faceless if number == 0 else []
        trials = _load(settings, group, accelerator, console)
        for cell in group:
            console.rule(f"{cell.name} ({len(rows) + 1} of {len(wanted)})")
            rows[cell] = _cell(settings, cell, folder, trials, accelerator, console)
    return rows


def _load(
    settings: AblationSettings, group: list[Cell], accelerator: Accelerator, console: Console
) -> TrialSet:
    from milmer_live.cli.training.train import load
    from milmer_live.training.results.ablation import loading_config
    from milmer_live.training.settings import with_changes

    config = loading_config(settings, group)
    changes = {
        "model.modalities": config.modalities,
        "model.bag_size": config.bag_size,
        "model.top_k": config.top_k,
    }
    return load(with_changes(settings.base, changes), accelerator, console)


def _cell(
    settings: AblationSettings,
    cell: Cell,
    folder: Path,
    trials: TrialSet,
    accelerator: Accelerator,
    console: Console,
) -> Row:
    from milmer_live.training.experiment import splits_for, train_and_watch
    from milmer_live.training.results.ablation import Row
    from milmer_live.training.run_folder import (
        Run,
        describe,
    )

    own = cell.settings(settings.base)
    splits = splits_for(own, trials)
    with accelerator.main_process_first():
        data = describe(Path(settings.base.data), trials)
        run = Run.start(folder / "cells" / cell.name, own, splits, data)
    chosen = settings.folds or range(len(splits.folds))
    results = [train_and_watch(run, index, trials, accelerator, console) for index in chosen]
    return Row.of(cell, results)
