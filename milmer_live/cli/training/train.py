"""`milmer-live train`: one run of a protocol, all folds or one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from accelerate import Accelerator
    from rich.console import Console

    from milmer_live.training.data.dataset import TrialSet
    from milmer_live.training.run_folder import Run
    from milmer_live.training.settings import TrainSettings


def train(
    config: Annotated[
        Path | None, typer.Argument(help="TOML file of training settings", show_default=False)
    ] = None,
    data: Annotated[Path | None, typer.Option(help="folder of the data set")] = None,
    name: Annotated[str, typer.Option(help="of the run; default: preset and protocol")] = "",
    runs: Annotated[Path, typer.Option(help="folder of all runs")] = Path("runs"),
    preset: Annotated[str | None, typer.Option(help="milmer, published-code or demo")] = None,
    protocol: Annotated[
        str | None, typer.Option(help="segment, trial, subject or subject+stimulus")
    ] = None,
    fold: Annotated[int | None, typer.Option(help="only this fold; default: all")] = None,
    splits: Annotated[Path | None, typer.Option(help="load the split from this file")] = None,
    epochs: Annotated[int | None, typer.Option(help="passes over the training windows")] = None,
    batch_size: Annotated[int | None, typer.Option(help="windows in a step")] = None,
    seed: Annotated[int | None, typer.Option(help="of weights, order and changes")] = None,
    backbone_weights: Annotated[
        str | None, typer.Option(help="pretrained Swin: file, directory, hub name or checkpoint")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="any other setting, e.g. optimizer.learning_rate=3e-4"),
    ] = None,
    search: Annotated[
        list[str] | None,
        typer.Option(help="try values in each fold, e.g. optimizer.learning_rate=[1e-4,3e-4]"),
    ] = None,
    device: Annotated[str, typer.Option(help="auto or cpu")] = "auto",
) -> None:
    """Train Milmer and test it under a protocol. Run again to go on where it stopped.

    Several GPUs or machines: accelerate launch -m milmer_live train …
    """
    from rich.console import Console

    from milmer_live.training.experiment import make_accelerator
    from milmer_live.training.options import settings_from

    options = {
        "data": None if data is None else str(data),
        "preset": preset,
        "split.protocol": protocol,
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
        "backbone_weights": backbone_weights,
    }
    settings = settings_from(config, options, changes or [], search or [])
    networks = [candidate.network() for _, candidate in settings.candidates()]
    accelerator = make_accelerator(settings.precision, device, networks)
    console = Console(quiet=not accelerator.is_main_process)
    trials = load(settings, accelerator, console)
    run = _start(runs / (name or _name(settings)), settings, trials, splits, accelerator)
    _train(run, fold, trials, accelerator, console)


def load(settings: TrainSettings, accelerator: Accelerator, console: Console) -> TrialSet:
    """The data set of `settings`, the main process first: it finds the faces."""
    from milmer_live.errors import ConfigError
    from milmer_live.training.data.load import open_trials
    from milmer_live.training.progress import LoadingBars

    if not settings.data:
        raise ConfigError("No data set is named.", "Add --data DIR, or data = … in the file.")
    with accelerator.main_process_first(), LoadingBars(console) as bars:
        return open_trials(
            Path(settings.data),
            settings.chain(),
            settings.labels,
            settings.network(),
            participants=settings.participants,
            protocol=settings.split.protocol,
            extracting=bars.extracting,
            loaded=bars.loaded,
            noted=bars.noted,
        )


def _where(accelerator: Accelerator) -> str:
    count = accelerator.num_processes
    processes = "one process" if count == 1 else f"{count} processes"
    return f"Training on {accelerator.device.type} in {processes}."


def _name(settings: TrainSettings) -> str:
    return f"{settings.preset}-{settings.split.protocol}"


def _start(
    path: Path,
    settings: TrainSettings,
    trials: TrialSet,
    saved: Path | None,
    accelerator: Accelerator,
) -> Run:
    from milmer_live.training.experiment import splits_for
    from milmer_live.training.run_folder import (
        Run,
        describe,
    )

    splits = splits_for(settings, trials, saved, path)
    with accelerator.main_process_first():
        return Run.start(path, settings, splits, describe(Path(settings.data), trials))


def _train(
    run: Run, fold: int | None, trials: TrialSet, accelerator: Accelerator, console: Console
) -> None:
    from milmer_live.training.experiment import train_and_watch
    from milmer_live.training.results.tables import (
        data_line,
        result_table,
    )

    for line in (data_line(run.description.data), *trials.kinship.notes, _where(accelerator)):
        console.print(line, highlight=False, soft_wrap=True)
    chosen = range(len(run.splits.folds)) if fold is None else (fold,)
    results = [train_and_watch(run, index, trials, accelerator, console) for index in chosen]
    console.print(result_table(results))
    console.print(f"Saved in {run.path}; `milmer-live report {run.path}` draws it.", soft_wrap=True)
