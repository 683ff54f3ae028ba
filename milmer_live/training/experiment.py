"""One fold from start to end: network, training, temperature, test, checkpoint."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from pydantic import JsonValue
from rich.console import Console

from milmer_live.errors import ConfigError
from milmer_live.model.card import Card, new_card
from milmer_live.model.checkpoint import save
from milmer_live.model.config import MilmerConfig
from milmer_live.model.network import Milmer
from milmer_live.training.calibration import fit_temperature
from milmer_live.training.data.dataset import (
    Parts,
    Samples,
    TrialSet,
    parts,
    trained_trials,
)
from milmer_live.training.evaluate import by_trial, predict, scores
from milmer_live.training.forward import judged
from milmer_live.training.frozen_backbone import FrozenBackbone
from milmer_live.training.initial_weights import (
    BuiltOn,
    build_network,
)
from milmer_live.training.progress import ScreenWatch
from milmer_live.training.results.metrics import Scores
from milmer_live.training.resume import Standing
from milmer_live.training.run_folder import (
    FoldFolder,
    FoldMetrics,
    History,
    Run,
    write,
)
from milmer_live.training.settings import TrainSettings
from milmer_live.training.splits.leakage import seen_record
from milmer_live.training.splits.protocols import (
    Fold,
    Splits,
    make_splits,
    validation_people,
)
from milmer_live.training.trainer import (
    Silent,
    Trainer,
    TrainingDiverged,
    Watch,
)


def make_accelerator(
    precision: str, device: str = "auto", networks: Iterable[MilmerConfig] = ()
) -> Accelerator:
    """The processes and devices of a run that trains `networks`. bfloat16 where asked for, or
    where CUDA is. Raises ConfigError where the device is not there."""
    if device not in ("auto", "cpu"):
        raise ConfigError(f"There is no device '{device}' for training.", "Use auto or cpu.")
    on_gpu = device == "auto" and torch.cuda.is_available()
    mixed = precision == "bfloat16" or (precision == "auto" and on_gpu)
    if on_gpu:
        # Without these, matrix products, index_add and attention sum in any order, and the same
        # seed gives other weights each time.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
    # `attention_topk` leaves its score network without a gradient, which DDP must be told.
    unused = any(config.selection == "attention_topk" for config in networks)
    return Accelerator(
        cpu=device == "cpu",
        mixed_precision="bf16" if mixed else "no",
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=unused)],
    )


def splits_for(
    settings: TrainSettings, trials: TrialSet, saved: Path | None = None, run: Path | None = None
) -> Splits:
    """Those in the file `saved`, those of the `run` that goes on, or new ones. Raises ConfigError,
    DatasetError."""
    if saved is None and run is not None and (run / "run.json").is_file():
        return Run(run).splits
    if saved is None:
        return make_splits(
            trials.units(settings.split.protocol, settings.train_hop_s), settings.split
        )
    splits = Splits.load(saved)
    if splits.protocol != settings.split.protocol:
        raise ConfigError(
            f"{saved} splits by {splits.protocol}, and the settings by {settings.split.protocol}.",
            "Make them agree.",
        )
    return splits


def train_fold(
    run: Run, index: int, trials: TrialSet, accelerator: Accelerator, watch: Watch
) -> FoldMetrics:
    """Train, judge and save fold `index` of `run`, going on where it stopped; if it is done
    already, only read. All processes call this; the main one writes."""
    folder, settings = run.fold(index), run.settings
    fold = run.splits.fold(index)
    if folder.is_done:
        return run.metrics(index)
    trials.kinship.refuse_leak(settings.split.protocol, fold)
    windows = windows_of(settings, trials, fold)
    best = _best_candidate(run, index, trials, windows, accelerator, watch)
    network, frozen, standing = best.network, best.frozen, best.standing
    temperature = _temperature(network, trials, windows.validation, accelerator, frozen)
    predictions = predict(network, trials, windows.test, accelerator, judged(network), frozen)
    metrics = FoldMetrics(
        fold=index,
        name=fold.name,
        temperature=temperature,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        seconds=sum(record.seconds for record in standing.history),
        scores=scores(predictions, temperature),
        trials=scores(by_trial(predictions, temperature)),
        chosen=best.changes,
    )
    if accelerator.is_main_process:
        predictions.save(folder.predictions)
        card = _card(run, index, best, metrics, trials)
        _save(folder, network, standing, metrics, card, settings)
    accelerator.wait_for_everyone()
    return metrics


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained network: `changes` are what a search has tried with it, `settings` have them."""

    changes: dict[str, Any]
    settings: TrainSettings
    network: Milmer
    built_on: BuiltOn
    frozen: FrozenBackbone | None
    standing: Standing

    @property
    def validation_loss(self) -> float:
        """Of the epoch whose weights are kept."""
        loss = self.standing.history[kept_epoch(self.standing, self.settings)].validation_loss
        return math.inf if loss is None else loss


def _best_candidate(
    run: Run,
    index: int,
    trials: TrialSet,
    windows: Parts,
    accelerator: Accelerator,
    watch: Watch,
) -> Candidate:
    """Train all that the settings try, and keep that of the least validation loss. What is tested
    plays no part in it. Raises TrainingDiverged where every one of them diverges."""
    folder, tried = run.fold(index), run.settings.candidates()
    best: Candidate | None = None
    diverged: TrainingDiverged | None = None
    for number, (changes, settings) in enumerate(tried, start=1):
        state = folder.state
        if len(tried) > 1:
            watch.candidate(number, len(tried), changes)
            state = folder.candidates / f"{number:02d}.safetensors"
            folder.candidates.mkdir(parents=True, exist_ok=True)
        network, built_on = build_network(settings, trials, run.splits.fold(index))
        trainer = Trainer(network, trials, windows, settings, accelerator, state)
        try:
            standing = trainer.run(watch)
        except TrainingDiverged as error:
            diverged = error
            continue
        one = Candidate(changes, settings, network, built_on, trainer.frozen, standing)
        if best is None or one.validation_loss < best.validation_loss:
            best = one
    if best is None:
        raise diverged or ConfigError("The search names no settings to try.")
    return best


def windows_of(settings: TrainSettings, trials: TrialSet, fold: Fold) -> Parts:
    """Without those in which a network for faces alone has nothing to look at."""
    windows = parts(trials, fold, settings.train_hop_s, settings.test_hop_s)
    if settings.network().uses_eeg:
        return windows

    def seen(samples: Samples) -> Samples:
        return samples[np.flatnonzero(trials.has_faces(samples))]

    return Parts(seen(windows.train), seen(windows.validation), seen(windows.test))


def _temperature(
    network: Milmer,
    trials: TrialSet,
    validation: Samples,
    accelerator: Accelerator,
    frozen: FrozenBackbone | None,
) -> float:
    """1 where there is no validation part to fit it on."""
    if not len(validation):
        return 1.0
    with_all = judged(network)[:1]
    answers = predict(network, trials, validation, accelerator, with_all, frozen)
    return fit_temperature(
        torch.from_numpy(answers.logits[with_all[0]]), torch.from_numpy(answers.labels)
    )


def _save(
    folder: FoldFolder,
    network: Milmer,
    standing: Standing,
    metrics: FoldMetrics,
    card: Card,
    settings: TrainSettings,
) -> None:
    """The checkpoint and its numbers; metrics.json last, as it says that all is there."""
    save(folder.model, network.cpu(), card)
    write(
        folder.history, History(epochs=standing.history, kept_epoch=kept_epoch(standing, settings))
    )
    write(folder.metrics, metrics)
    folder.state.unlink(missing_ok=True)
    shutil.rmtree(folder.candidates, ignore_errors=True)


def kept_epoch(standing: Standing, settings: TrainSettings) -> int:
    """Whose weights the checkpoint has, counted from 0."""
    return standing.best_epoch if settings.keep == "best" else standing.epochs_done - 1


def _card(run: Run, index: int, trained: Candidate, metrics: FoldMetrics, trials: TrialSet) -> Card:
    """The records of what it is built on go along: what those have seen, this one has."""
    settings, built_on = trained.settings, trained.built_on
    fold = run.splits.fold(index)
    data = [*built_on.words(), str(run.description.data)]
    record = _training_record(run, index, trained, metrics, trials) | built_on.records()
    return new_card(
        settings.network(),
        settings.chain(),
        name=f"{run.name} · {fold.name}",
        label_rule=settings.labels,
        protocol=settings.split.protocol,
        metrics=headline(metrics.scores),
        data="; then ".join(data),
        temperature=metrics.temperature,
        training=record,
    )


def headline(table: Mapping[str, Scores]) -> dict[str, float]:
    """Accuracy and macro-F1 by modality: {"both.accuracy": …}."""
    return {
        f"{modality}.{name}": round(value, 4)
        for modality, found in table.items()
        for name, value in (("accuracy", found.accuracy), ("macro_f1", found.macro_f1))
    }


def _training_record(
    run: Run, index: int, trained: Candidate, metrics: FoldMetrics, trials: TrialSet
) -> dict[str, JsonValue]:
    """With what the network has learned from, so that an evaluation on the same data, under
    whatever path or name, can leave it out."""
    fold = run.splits.fold(index)
    return seen_record(trials, trained_trials(fold)) | {
        "preset": run.settings.preset,
        "settings": trained.settings.model_dump(mode="json"),
        "searched": {name: list(values) for name, values in run.settings.search.items()},
        "data": run.description.data.model_dump(mode="json"),
        "fold": index,
        "fold_name": fold.name,
        "epochs": trained.standing.epochs_done,
        "kept_epoch": kept_epoch(trained.standing, run.settings),
        "scores": {name: found.model_dump(mode="json") for name, found in metrics.scores.items()},
    }


def _chosen_by(fold: Fold) -> str:
    """Who chooses the epoch and the temperature, where these are people of their own."""
    people = validation_people(fold)
    return f"; epoch and temperature are chosen on {', '.join(people)}" if people else ""


def train_and_watch(
    run: Run, index: int, trials: TrialSet, accelerator: Accelerator, console: Console
) -> FoldMetrics:
    """`train_fold` with a lock, a bar and a log in the main process. Raises ConfigError where
    another process is at the same fold."""
    fold = run.splits.fold(index)
    if not accelerator.is_main_process:
        return train_fold(run, index, trials, accelerator, Silent())
    folder = run.fold(index)
    if folder.is_done:
        console.print(f"Fold {index} is done already.")
    title = f"fold {index}"
    console.print(f"Fold {index}: tests {fold.name}{_chosen_by(fold)}", highlight=False)
    with folder.locked(), ScreenWatch(console, title, folder.tensorboard) as watch:
        return train_fold(run, index, trials, accelerator, watch)
