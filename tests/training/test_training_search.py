"""A search tunes inside the training part of each fold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file
from training_trials import make_trials

from milmer_live.errors import ConfigError
from milmer_live.model.checkpoint import load
from milmer_live.training.data.dataset import TrialSet
from milmer_live.training.evaluate import load_predictions
from milmer_live.training.experiment import make_accelerator, splits_for, train_and_watch
from milmer_live.training.options import settings_from
from milmer_live.training.results.report import write_report
from milmer_live.training.run_folder import (
    FoldMetrics,
    Run,
    describe,
)
from milmer_live.training.settings import TrainSettings, with_changes
from milmer_live.training.trainer import TrainingDiverged

SETTINGS = TrainSettings.model_validate(
    {
        "preset": "demo",
        "model": {
            "modalities": "eeg",
            "d_model": 16,
            "heads": 2,
            "feed_forward": 32,
            "encoder_layers": 1,
        },
        "split": {"protocol": "subject", "validation": 0.3},
        "epochs": 3,
        "batch_size": 16,
        "save_every_s": 0,
    }
)
# The first learns nothing, the second something, with the third the loss is no number.
RATES = (1e-9, 3e-3, 1e30)
SEARCH = with_changes(SETTINGS, {"search": {"optimizer.learning_rate": list(RATES)}})


def run_fold(path: Path, settings: TrainSettings, trials: TrialSet) -> tuple[Run, FoldMetrics]:
    run = Run.start(path, settings, splits_for(settings, trials), describe(Path("made"), trials))
    accelerator = make_accelerator("float32", "cpu")
    return run, train_and_watch(run, 0, trials, accelerator, Console(quiet=True))


@pytest.fixture(scope="module")
def trials() -> TrialSet:
    return make_trials(4, 8, faces=False)


@pytest.fixture(scope="module")
def searched(trials: TrialSet, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_fold(tmp_path_factory.mktemp("search") / "searched", SEARCH, trials)[0]


def test_the_combination_of_least_validation_loss_is_kept_as_if_trained_alone(
    searched: Run, trials: TrialSet, tmp_path: Path
) -> None:
    losses = {}
    for rate in RATES[:2]:
        alone = with_changes(SETTINGS, {"optimizer.learning_rate": rate})
        run, _ = run_fold(tmp_path / f"{rate}", alone, trials)
        history = run.history(0)
        loss = history.epochs[history.kept_epoch].validation_loss
        assert loss is not None
        losses[rate] = loss
    assert losses[RATES[1]] < losses[RATES[0]]
    assert searched.metrics(0).chosen == {"optimizer.learning_rate": RATES[1]}
    ours, theirs = load_file(searched.fold(0).model), load_file(run.fold(0).model)
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())


def test_the_card_tells_what_was_tried_and_what_was_chosen(searched: Run) -> None:
    record: Any = load(searched.fold(0).model).card.training
    assert record["searched"] == {"optimizer.learning_rate": list(RATES)}
    assert record["settings"]["optimizer"]["learning_rate"] == RATES[1]
    assert not searched.fold(0).candidates.exists()


def test_where_all_diverge_that_is_said(trials: TrialSet, tmp_path: Path) -> None:
    hopeless = with_changes(SEARCH, {"search": {"optimizer.learning_rate": [1e30, 1e31]}})
    with pytest.raises(TrainingDiverged, match="is not a number"):
        run_fold(tmp_path / "hopeless", hopeless, trials)


def test_the_report_names_it(searched: Run, tmp_path: Path) -> None:
    write_report([searched], tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "chosen on s0" in text
    assert "optimizer.learning_rate = 0.003)" in text


def test_what_is_tested_plays_no_part_in_the_choice(
    searched: Run, trials: TrialSet, tmp_path: Path
) -> None:
    """Other labels of the tested participant change neither choice nor weights."""
    from dataclasses import replace

    tested = set(searched.splits.fold(0).test)
    wrong = [replace(t, label=3 - t.label) if t.name in tested else t for t in trials.trials]
    run, metrics = run_fold(tmp_path / "wrong", SEARCH, TrialSet(wrong, trials.settings))
    assert metrics.chosen == searched.metrics(0).chosen
    ours, theirs = load_file(searched.fold(0).model), load_file(run.fold(0).model)
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    assert len(load_predictions(run.fold(0).predictions)) > 0


def test_values_come_from_the_command_line_too() -> None:
    tried = ["optimizer.learning_rate=[1e-4, 3e-4]", "model.d_model=24"]
    settings = settings_from(None, {}, [], tried)
    assert [changes for changes, _ in settings.candidates()] == [
        {"optimizer.learning_rate": 1e-4, "model.d_model": 24},
        {"optimizer.learning_rate": 3e-4, "model.d_model": 24},
    ]
    assert settings.candidates()[1][1].network().d_model == 24
    assert [changes for changes, _ in TrainSettings().candidates()] == [{}]


@pytest.mark.parametrize(
    ("searched", "changes", "said"),
    [
        ("split.seed=[1,2]", {}, "split.seed cannot be searched"),
        ("model.bag_size=[5,10]", {}, "model.bag_size cannot be searched"),
        ("seed=[1,2]", {}, "seed cannot be searched"),
        ("epochs=[]", {}, "gives no value of epochs"),
        ("epochs=[3]", {"split.validation": 0}, "a search needs a validation part"),
        ("epochs", {}, "--search epochs: it needs a name and a value"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    searched: str, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        settings_from(None, changes, [], [searched])


def test_a_value_that_is_none_is_refused_before_anything_is_trained() -> None:
    settings = settings_from(None, {}, [], ["epochs=[3, -1]"])
    with pytest.raises(ConfigError, match="epochs: Input should be greater"):
        settings.candidates()
