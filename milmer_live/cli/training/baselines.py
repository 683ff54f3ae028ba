"""`milmer-live baselines`: simple classifiers in the splits of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from milmer_live.training.data.dataset import TrialSet
    from milmer_live.training.run_folder import Run


def baselines(
    run: Annotated[Path, typer.Argument(help="folder that `train` made")],
    data: Annotated[
        Path | None, typer.Option(help="folder of the data set; default: where the run found it")
    ] = None,
    convnets: Annotated[
        bool, typer.Option("--convnets", help="also train EEGNet and a shallow ConvNet on the EEG")
    ] = False,
    device: Annotated[str, typer.Option(help="auto or cpu")] = "auto",
) -> None:
    """Fit majority, band power and face tokens in the splits of RUN; `report` shows them.

    Folds that are not trained yet are left out; run again to add them.
    """
    from rich.console import Console

    from milmer_live.cli.training import train
    from milmer_live.training.experiment import make_accelerator
    from milmer_live.training.run_folder import Run
    from milmer_live.training.settings import with_changes

    found, console = Run(run), Console()
    settings = found.settings
    if data is not None:
        settings = with_changes(settings, {"data": str(data)})
    accelerator = make_accelerator("float32", device)
    trials = train.load(settings, accelerator, console)
    _refuse_other(found, trials)
    for index in found.done:
        if convnets or not found.fold(index).baselines.is_file():
            _fit(found, index, trials, str(accelerator.device), convnets)
        _show(found, index, console)
    console.print(f"`milmer-live report {run}` shows them beside the network.", soft_wrap=True)


def _refuse_other(run: Run, trials: TrialSet) -> None:
    from milmer_live.errors import ConfigError, DatasetError

    if run.description.data.identity != trials.identity:
        raise ConfigError(
            f"The run {run.path} was made with other data ({run.description.data}).",
            "Name its data with --data.",
        )
    if not run.done:
        raise DatasetError(
            f"No fold of the run {run.path} is finished.", "Run `milmer-live train` to its end."
        )


def _fit(run: Run, index: int, trials: TrialSet, device: str, convnets: bool) -> None:
    from milmer_live.model.checkpoint import load
    from milmer_live.training.baselines.classifiers import run_baselines
    from milmer_live.training.baselines.convnets import CONVNETS
    from milmer_live.training.experiment import windows_of

    folder = run.fold(index)
    network = load(folder.model).network.to(device)
    windows = windows_of(run.settings, trials, run.splits.fold(index))
    wanted = CONVNETS if convnets else ()
    found = run_baselines(trials, windows, network, wanted, run.settings.seed)
    found.save(folder.baselines)


def _show(run: Run, index: int, console: Console) -> None:
    from milmer_live.training.evaluate import by_trial, load_predictions, scores
    from milmer_live.training.results.tables import scores_table

    fold = run.splits.fold(index)
    voted = by_trial(load_predictions(run.fold(index).baselines))
    console.print(scores_table(f"Fold {index}: tests {fold.name}", scores(voted), "trials"))
