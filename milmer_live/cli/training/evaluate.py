"""`milmer-live evaluate`: judge a checkpoint on what it has never seen of a data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from accelerate import Accelerator
    from rich.console import Console

    from milmer_live.model.checkpoint import LoadedModel
    from milmer_live.training.data.dataset import (
        Samples,
        TrialSet,
    )
    from milmer_live.training.evaluate import Predictions
    from milmer_live.training.results.metrics import Scores
    from milmer_live.training.results.statistics import Standing
    from milmer_live.training.settings import Protocol
    from milmer_live.training.splits.protocols import Fold


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(help="model.safetensors with its card beside")],
    data: Annotated[Path, typer.Argument(help="folder of the data set")],
    protocol: Annotated[
        str, typer.Option(help="what must be unseen: segment, trial, subject or subject+stimulus")
    ] = "subject",
    hop_s: Annotated[float, typer.Option("--hop", help="seconds between two windows")] = 3.0,
    splits: Annotated[
        Path | None, typer.Option(help="split of its run; default: the one beside its fold")
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(help="folder for metrics.json, trials.json and predictions.npz"),
    ] = None,
    publish: Annotated[
        Path | None, typer.Option(help="save the checkpoint there, with these figures in its card")
    ] = None,
    name: Annotated[str, typer.Option(help="of the published checkpoint")] = "",
    fit_range: Annotated[
        Path | None,
        typer.Option(help="save the checkpoint there, with its range fitted on these people"),
    ] = None,
    device: Annotated[str, typer.Option(help="auto or cpu")] = "auto",
) -> None:
    """Judge a checkpoint on the windows of DATA that it has never learned from."""
    from rich.console import Console

    from milmer_live.model.checkpoint import load
    from milmer_live.training.evaluate import by_condition, predict, scores
    from milmer_live.training.experiment import make_accelerator
    from milmer_live.training.forward import judged
    from milmer_live.training.options import protocol_from
    from milmer_live.training.results.tables import scores_table
    from milmer_live.training.splits.leakage import found_again

    known = protocol_from(protocol)
    console = Console()
    model = load(checkpoint)
    trials = _trials(data, model, protocol, console)
    for line in (*trials.kinship.notes, *found_again(trials, model.card)):
        console.print(line, highlight=False, soft_wrap=True)
    windows = _windows(trials, model, known, hop_s, _fold(checkpoint, splits, model))
    accelerator = make_accelerator("auto", device)
    network = model.network.to(accelerator.device)
    predictions = predict(network, trials, windows, accelerator, judged(network))
    found = scores(predictions, model.card.temperature)
    _show(console, f"{model.card.name} under {protocol}", found)
    for condition, part in by_condition(predictions, trials).items():
        console.print(scores_table(f"While {condition}", scores(part, model.card.temperature)))
    standings = _standings(console, predictions, model.card.temperature)
    if save is not None:
        _save(save, predictions, found, standings)
    if fit_range is not None:
        _fit(fit_range, model, data, trials, windows, accelerator, console)
    if publish is not None:
        _publish(publish, model, data, known, trials, found, name)
        console.print(f"Published as {publish}, with {publish.stem}.json.", soft_wrap=True)


def _show(console: Console, title: str, found: dict[str, Scores]) -> None:
    from milmer_live.training.results.tables import (
        confusion_table,
        scores_table,
    )

    console.print(scores_table(title, found))
    first = next(iter(found.values()))
    console.print(confusion_table(first))
    console.print(f"Chance {first.chance:.3f}, one answer to all {first.majority:.3f}.")


def _standings(
    console: Console, predictions: Predictions, temperature: float
) -> dict[str, Standing]:
    """By modality, over trials whose windows vote: a table, and a sentence each."""
    from milmer_live.training.evaluate import answers, by_trial, scores
    from milmer_live.training.results.statistics import standing
    from milmer_live.training.results.tables import (
        NAMES,
        scores_table,
    )
    from milmer_live.training.results.verdicts import standing_sentence

    voted = by_trial(predictions, temperature)
    table = scores(voted)
    found = {name: standing(answers(voted, name)) for name in table}
    console.print(scores_table("The windows of a trial vote", table, "trials"))
    for name, one in found.items():
        console.print(
            standing_sentence(NAMES[name][0].upper() + NAMES[name][1:], one), highlight=False
        )
    return found


def _trials(data: Path, model: LoadedModel, protocol: str, console: Console) -> TrialSet:
    from milmer_live.training.data.load import open_trials
    from milmer_live.training.progress import LoadingBars

    card = model.card
    with LoadingBars(console) as bars:
        return open_trials(
            data,
            card.preprocessing,
            card.label_rule,
            card.config,
            protocol=protocol,
            extracting=bars.extracting,
            loaded=bars.loaded,
            noted=bars.noted,
        )


def _windows(
    trials: TrialSet, model: LoadedModel, protocol: Protocol, hop_s: float, fold: Fold | None
) -> Samples:
    from milmer_live.training.splits.leakage import unseen_windows

    return unseen_windows(trials, model.card, protocol, hop_s, fold)


def _fold(checkpoint: Path, splits: Path | None, model: LoadedModel) -> Fold | None:
    """The fold that the checkpoint was trained in, where its split is at hand."""
    from milmer_live.training.splits.protocols import Splits

    index = model.card.training.get("fold")
    path = splits or checkpoint.parent.parent / "splits.json"
    if not isinstance(index, int) or (splits is None and not path.is_file()):
        return None
    return Splits.load(path).fold(index)


def _save(
    folder: Path,
    predictions: Predictions,
    found: dict[str, Scores],
    standings: dict[str, Standing],
) -> None:
    import json

    folder.mkdir(parents=True, exist_ok=True)
    predictions.save(folder / "predictions.npz")
    table = {name: one.model_dump(mode="json") for name, one in found.items()}
    (folder / "metrics.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    over_trials = {name: one.model_dump(mode="json") for name, one in standings.items()}
    text = json.dumps(over_trials, indent=1) + "\n"
    (folder / "trials.json").write_text(text, encoding="utf-8")


def _publish(
    path: Path,
    model: LoadedModel,
    data: Path,
    protocol: Protocol,
    trials: TrialSet,
    found: dict[str, Scores],
    name: str,
) -> None:
    """A copy of the checkpoint whose card tells what was found here, and on which data."""
    from milmer_live.model.checkpoint import save
    from milmer_live.training.experiment import headline
    from milmer_live.training.run_folder import describe

    judged_on = describe(data, trials).model_dump(mode="json")
    figures = {key: one.model_dump(mode="json") for key, one in found.items()}
    changes = {
        "name": name or model.card.name,
        "protocol": protocol,
        "metrics": headline(found),
        "training": model.card.training | {"scores": figures, "judged_on": judged_on},
    }
    save(path, model.network.cpu(), model.card.model_copy(update=changes), model.known)


def _fit(
    path: Path,
    model: LoadedModel,
    data: Path,
    trials: TrialSet,
    windows: Samples,
    accelerator: Accelerator,
    console: Console,
) -> None:
    """A copy of the checkpoint that knows when it does not know; its figures stay as they are."""
    from milmer_live.model.checkpoint import save
    from milmer_live.training.calibrate import fit_range

    temperature, network = model.card.temperature, model.network
    known, tensors = fit_range(
        network, trials, windows, accelerator, temperature, data.resolve().name
    )
    save(path, network.cpu(), model.card.model_copy(update={"known": known}), tensors)
    console.print(f"Range fitted on {known.fitted_on}: {path}.", soft_wrap=True, highlight=False)
