"""Training: it learns, repeats itself, survives a kill, and may be shared by processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from places import SUPPORT
from rich.console import Console
from safetensors.torch import load_file
from training_trials import TINY, make_trials, write_deap_eeg

from milmer_live.cli.training.train import train
from milmer_live.errors import ConfigError, DatasetError, ModelError
from milmer_live.model.checkpoint import load
from milmer_live.model.config import MilmerConfig
from milmer_live.model.network import Milmer
from milmer_live.training.data.dataset import (
    TrialSet,
    trained_trials,
)
from milmer_live.training.experiment import make_accelerator, splits_for, train_and_watch
from milmer_live.training.forward import BatchForward
from milmer_live.training.run_folder import (
    FoldMetrics,
    Run,
    describe,
)
from milmer_live.training.settings import OptimizerSettings, TrainSettings, with_changes
from milmer_live.training.splits.leakage import seen_trials
from milmer_live.training.trainer import (
    class_weights,
    learning_rate,
)

QUIET = Console(quiet=True)

SETTINGS = TrainSettings.model_validate(
    {
        "preset": "demo",
        "model": TINY,
        "split": {"protocol": "subject"},
        "epochs": 3,
        "batch_size": 16,
        "train_hop_s": 0.5,
        "optimizer": {"learning_rate": 5e-3, "grad_clip": 1.0},
        "augment": {"modality_dropout": 0.3, "colour": 0.2, "channel_dropout": 0.1},
        "class_weights": True,
        "label_smoothing": 0.05,
        "save_every_s": 0,
    }
)

CONFIG_FILE = """
preset = "demo"
epochs = 4
batch_size = 16
windows_per_epoch = 160
save_every_s = 0
[split]
protocol = "subject"
[optimizer]
learning_rate = 5e-3
[augment]
channel_dropout = 0.1
[model]
modalities = "eeg"
d_model = 16
heads = 2
feed_forward = 32
encoder_layers = 1
dropout = 0.0
head_dropout = 0.0
"""


def run_fold(path: Path, settings: TrainSettings, trials: TrialSet) -> tuple[Run, FoldMetrics]:
    """Fold 0, in this process."""
    run = Run.start(path, settings, splits_for(settings, trials), describe(Path("made"), trials))
    accelerator = make_accelerator("float32", "cpu")
    return run, train_and_watch(run, 0, trials, accelerator, QUIET)


@pytest.fixture(scope="module")
def trials() -> TrialSet:
    return make_trials()


@pytest.fixture(scope="module")
def trained(trials: TrialSet, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_fold(tmp_path_factory.mktemp("run") / "a", SETTINGS, trials)[0]


def test_it_learns_from_both_and_from_each_alone_and_the_card_says_so(
    trials: TrialSet, tmp_path: Path
) -> None:
    longer = {"epochs": 10, "train_hop_s": 0.25, "augment.modality_dropout": 0.6}
    trained, _ = run_fold(tmp_path / "longer", with_changes(SETTINGS, longer), trials)
    folder = trained.fold(0)
    scores = trained.metrics(0).scores
    assert {name: found.accuracy > 0.9 for name, found in scores.items()} == {
        "both": True,
        "eeg": True,
        "faces": True,
    }
    card = load(folder.model).card
    assert card.metrics["both.accuracy"] == pytest.approx(scores["both"].accuracy, abs=1e-4)
    kept = card.training["scores"]
    assert isinstance(kept, dict)
    assert isinstance(kept["eeg"], dict)
    assert kept["eeg"]["confusion"] == [list(row) for row in scores["eeg"].confusion]
    assert card.protocol == "subject"
    assert card.temperature == trained.metrics(0).temperature != 1.0
    assert len(trained.history(0).epochs) == 10
    assert list(folder.tensorboard.iterdir())
    assert not folder.state.exists()


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    trained: Run, trials: TrialSet, tmp_path: Path
) -> None:
    first = load_file(trained.fold(0).model)
    one_epoch = with_changes(SETTINGS, {"epochs": 1})
    again = run_fold(tmp_path / "b", SETTINGS, trials)[0]
    other = run_fold(tmp_path / "c", with_changes(one_epoch, {"seed": 1}), trials)[0]
    assert all(torch.equal(first[k], v) for k, v in load_file(again.fold(0).model).items())
    assert not all(torch.equal(first[k], v) for k, v in load_file(other.fold(0).model).items())


def test_a_finished_fold_is_read_and_not_trained_again(trained: Run, trials: TrialSet) -> None:
    before = trained.fold(0).model.stat().st_mtime_ns
    run, metrics = run_fold(trained.path, SETTINGS, trials)
    assert metrics == trained.metrics(0)
    assert run.fold(0).model.stat().st_mtime_ns == before


def test_a_run_of_other_settings_or_data_or_one_in_use_is_refused(
    trained: Run, trials: TrialSet
) -> None:
    changed = with_changes(SETTINGS, {"optimizer.learning_rate": 1.0})
    with pytest.raises(ConfigError, match=r"optimizer.learning_rate is 0.005 there and 1.0 here"):
        run_fold(trained.path, changed, trials)
    with pytest.raises(ConfigError, match="was made with other data"):
        run_fold(trained.path, SETTINGS, make_trials(3, 4))
    harmless = with_changes(SETTINGS, {"loader_threads": 1})
    run_fold(trained.path, harmless, trials)
    with trained.fold(0).locked(), pytest.raises(ConfigError, match="Another process is training"):
        run_fold(trained.path, SETTINGS, trials)


def test_a_folder_of_something_else_is_not_written_into(trials: TrialSet, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not empty and holds no run"):
        run_fold(tmp_path, SETTINGS, trials)


def test_early_stopping_keeps_the_weights_of_the_best_epoch(
    trials: TrialSet, tmp_path: Path
) -> None:
    """A rate that ruins the network after a good start."""
    settings = with_changes(
        SETTINGS,
        {"epochs": 30, "patience": 2, "optimizer.warmup_steps": 400, "optimizer.learning_rate": 1},
    )
    run, _ = run_fold(tmp_path / "run", settings, trials)
    history = run.history(0)
    losses = [record.validation_loss for record in history.epochs]
    assert len(losses) == history.kept_epoch + 3 < 30
    assert min(loss for loss in losses if loss is not None) == losses[history.kept_epoch]


def test_faces_that_windows_share_give_the_same_answers_as_faces_of_their_own(
    trials: TrialSet,
) -> None:
    from milmer_live.training.data.batches import Collate

    network = Milmer(MilmerConfig(**TINY)).eval()
    batch = Collate(trials, network.config, None)(trials.samples(0.5, ["s01/trial01"])[:6])
    bags = batch.faces()[batch.slots]
    with torch.no_grad():
        shared = BatchForward(network)(batch)
        whole = network(batch.eeg, bags, batch.eeg_valid, batch.faces_valid).logits
    assert torch.allclose(shared, whole, atol=1e-5)


def test_the_rate_rises_then_falls_as_a_cosine_to_its_tenth() -> None:
    settings = OptimizerSettings(learning_rate=1.0, warmup_steps=10)
    rates = [learning_rate(settings, step, 110) for step in range(111)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10] == 1.0
    assert rates[60] == pytest.approx(0.55)
    assert rates[110] == pytest.approx(0.1)


def test_class_weights_make_rare_classes_count_as_much() -> None:
    labels = torch.tensor([0] * 6 + [1] * 2 + [2] * 1 + [3] * 1)
    weights = class_weights(labels)
    sums = [float(weights[labels][labels == kind].sum()) for kind in range(4)]
    assert np.allclose(sums, sums[0])
    assert float(weights[labels].mean()) == pytest.approx(1)


# --- in processes of their own -----------------------------------------------------------


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DEAP tree of EEG and a settings file beside it."""
    root = tmp_path_factory.mktemp("deap")
    write_deap_eeg(root / "data")
    (root / "train.toml").write_text(CONFIG_FILE, encoding="utf-8")
    return root


def arguments(tree: Path, name: str) -> list[str]:
    return [
        "train", str(tree / "train.toml"), "--data", str(tree / "data"), "--name", name,
        "--runs", str(tree / "runs"), "--fold", "0", "--device", "cpu",
    ]  # fmt: skip


ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """As in `ENVIRONMENT`: sums over two threads round otherwise than over one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def whole_run(tree: Path) -> Run:
    """Trained in one go in this process."""
    train(tree / "train.toml", data=tree / "data", name="whole", runs=tree / "runs", fold=0,
          device="cpu")  # fmt: skip
    return Run(tree / "runs" / "whole")


@pytest.mark.timeout(300)  # interpreters that import torch
def test_a_killed_training_goes_on_to_the_same_weights(tree: Path, whole_run: Run) -> None:
    command = [sys.executable, "-m", "milmer_live", *arguments(tree, "killed")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("epoch   2/4"):
                process.kill()
                break
        else:
            pytest.fail("the training ended before it could be killed")
    state = tree / "runs" / "killed" / "fold-00" / "state.safetensors"
    assert state.exists()
    train(tree / "train.toml", data=tree / "data", name="killed", runs=tree / "runs", fold=0,
          device="cpu")  # fmt: skip
    weights = load_file(Run(tree / "runs" / "killed").fold(0).model)
    reference = load_file(whole_run.fold(0).model)
    assert all(torch.equal(reference[name], value) for name, value in weights.items())
    assert not state.exists()


# `accelerate launch --cpu --num_processes 2` starts a single process.
TWO_PROCESSES = [
    sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
]  # fmt: skip


@pytest.mark.timeout(600)  # interpreters that import torch, and a thousand saves
def test_two_processes_whose_clocks_differ_end_after_a_thousand_saves(tmp_path: Path) -> None:
    """Asked each for itself when to save, they wait for each other for ever."""
    script = SUPPORT / "two_ranks.py"
    launch = [*TWO_PROCESSES, str(script), str(tmp_path)]
    done = subprocess.run(
        launch, capture_output=True, text=True, env=ENVIRONMENT, timeout=560, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "rank 0 of 2: 1000 saves, 1000 epochs" in done.stdout
    assert "rank 1 of 2: 1000 saves, 1000 epochs" in done.stdout


@pytest.mark.timeout(300)  # interpreters that import torch
def test_two_processes_come_to_the_validation_loss_of_one(tree: Path, whole_run: Run) -> None:
    launch = [*TWO_PROCESSES, "-m", "milmer_live", *arguments(tree, "two")]
    done = subprocess.run(launch, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Training on cpu in 2 processes." in done.stdout
    two, one = Run(tree / "runs" / "two").history(0), whole_run.history(0)
    for ours, theirs in zip(two.epochs, one.epochs, strict=True):
        assert ours.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-3)
        assert ours.loss == pytest.approx(theirs.loss, rel=1e-3)
    assert done.stdout.count("epoch   1/4") == 1


def test_a_damaged_state_is_named(tree: Path, whole_run: Run) -> None:
    path = tree / "runs" / "broken"
    Run.start(path, whole_run.settings, whole_run.splits, whole_run.description.data)
    folder = path / "fold-00"
    folder.mkdir()
    (folder / "state.safetensors").write_bytes(b"not a state")
    with pytest.raises(ModelError, match="is damaged"):
        train(tree / "train.toml", data=tree / "data", name="broken", runs=tree / "runs", fold=0,
              device="cpu")  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("epochs=-1", "epochs: Input should be greater than or equal to 1"),
        ("nonsense=1", "nonsense: Extra inputs are not permitted"),
        ("epochs", "it needs a name and a value"),
        ("model.top_k=11", "top_k 11 is more than the bag of 10 holds"),
        ("model.modalities=both", "There is not one face in"),
        ("labels.at_threshold=maybe", "labels.at_threshold"),
        ("participants=['s07']", "no participant s07"),
        ("split.protocol=segment", "overlap|must be equal"),
        ("patience=3", None),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(
    tree: Path, change: str, message: str | None
) -> None:
    settings = [change, "train_hop_s=1.0"]
    if message is None:
        settings.append("split.validation=0")
        message = "patience needs a validation part"
    with pytest.raises((ConfigError, Exception), match=message) as caught:
        train(tree / "train.toml", data=tree / "data", runs=tree / "no", changes=settings,
              device="cpu")  # fmt: skip
    assert type(caught.value).__module__ == "milmer_live.errors"


def test_a_fold_that_does_not_exist_is_refused(tree: Path, whole_run: Run) -> None:
    with pytest.raises(ConfigError, match="There is no fold 9; this split has folds 0 to 2"):
        train(tree / "train.toml", data=tree / "data", name="whole", runs=tree / "runs", fold=9,
              device="cpu")  # fmt: skip
    assert whole_run.done == (0,)


def of_other_people(trials: TrialSet) -> TrialSet:
    renamed = [
        replace(one, name=f"o{one.name}", participant=f"o{one.participant}")
        for one in trials.trials
    ]
    return TrialSet(renamed, trials.settings)


def test_a_run_can_learn_on_from_a_checkpoint_and_knows_what_that_had_seen(
    trained: Run, trials: TrialSet, tmp_path: Path
) -> None:
    start = str(trained.fold(0).model)
    again = with_changes(SETTINGS, {"start_from": start, "epochs": 1})
    others = of_other_people(trials)
    run, _ = run_fold(tmp_path / "on", again, others)
    first_loss = run.history(0).epochs[0].loss
    assert first_loss < trained.history(0).epochs[0].loss / 2
    card = load(run.fold(0).model).card
    assert seen_trials(trials, card) == set(trained_trials(trained.splits.fold(0)))
    assert seen_trials(others, card) == set(trained_trials(run.splits.fold(0)))
    assert card.data.count("trials of") == 2


def test_what_a_backbone_has_learned_from_counts_as_seen_down_the_line(
    trained: Run, trials: TrialSet, tmp_path: Path
) -> None:
    """Another network around the backbone of a checkpoint, and one that learns on from it."""
    others, more = of_other_people(trials), of_other_people(of_other_people(trials))
    backbone = {"backbone_weights": str(trained.fold(0).model), "epochs": 1}
    wider = {**backbone, "model.d_model": 24, "optimizer.learning_rate": 1e-12}
    second, _ = run_fold(tmp_path / "second", with_changes(SETTINGS, wider), others)
    ours, theirs = (load(run.fold(0).model).network for run in (trained, second))
    for name, value in ours.faces.backbone.state_dict().items():
        assert torch.allclose(theirs.faces.backbone.state_dict()[name], value, atol=1e-6)
    on = with_changes(
        SETTINGS,
        {"start_from": str(second.fold(0).model), "epochs": 1, "model.d_model": 24},
    )
    third, _ = run_fold(tmp_path / "third", on, more)
    for run in (second, third):
        card = load(run.fold(0).model).card
        assert seen_trials(trials, card) == set(trained_trials(trained.splits.fold(0)))
        assert seen_trials(others, card) == set(trained_trials(second.splits.fold(0)))
    assert "(backbone); then " in load(third.fold(0).model).card.data


@pytest.mark.parametrize("setting", ["start_from", "backbone_weights"])
def test_a_checkpoint_that_has_learned_from_what_is_tested_is_refused(
    setting: str, trained: Run, trials: TrialSet, tmp_path: Path
) -> None:
    settings = with_changes(SETTINGS, {setting: str(trained.fold(0).model), "epochs": 1})
    splits = splits_for(settings, trials)
    run = Run.start(tmp_path / "leak", settings, splits, describe(Path("made"), trials))
    with pytest.raises(DatasetError, match="that are tested"):
        train_and_watch(run, 1, trials, make_accelerator("float32", "cpu"), QUIET)
