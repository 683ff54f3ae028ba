"""A frozen backbone: it stays as it came, is asked once for each face, and changes no result."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState
from frozen_run import NETWORK, run_fold, settings
from model_tools import saved
from places import SUPPORT
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor
from training_trials import make_trials

from milmer_live.errors import ConfigError
from milmer_live.model.backbone.network import TokenBackbone
from milmer_live.model.config import MilmerConfig, preset
from milmer_live.model.network import Milmer
from milmer_live.training.data.batches import (
    Batch,
    Collate,
)
from milmer_live.training.data.dataset import TrialSet
from milmer_live.training.forward import BatchForward, judge
from milmer_live.training.frozen_backbone import (
    AT_ONCE,
    FrozenBackbone,
)
from milmer_live.training.resume import EpochRecord
from milmer_live.training.run_folder import Run
from milmer_live.training.settings import AugmentSettings, TrainSettings, with_changes
from milmer_live.training.trainer import Silent

CONFIG = MilmerConfig.model_validate({**preset("demo").model_dump(), **NETWORK})
A_THIRD_GB = 3.5e-4  # of the tokens of all faces


@pytest.fixture(scope="module")
def trials() -> TrialSet:
    return make_trials()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that has seen none of the trials."""
    torch.manual_seed(5)
    return saved(Milmer(CONFIG), tmp_path_factory.mktemp("came")).path


@pytest.fixture(scope="module")
def undisturbed(weights: Path, trials: TrialSet, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_fold(tmp_path_factory.mktemp("run") / "a", settings(weights), trials)


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many faces went through a backbone since the last time it was asked."""
    counts: list[int] = []
    forward = TokenBackbone.forward

    def counting(backbone: TokenBackbone, images: Tensor) -> Tensor:
        counts.append(len(images))
        return forward(backbone, images)

    def passed() -> int:
        total = sum(counts)
        counts.clear()
        return total

    monkeypatch.setattr(TokenBackbone, "forward", counting)
    return passed


@pytest.fixture
def _bfloat16() -> Iterator[None]:
    """A process has one precision; a test may have another than those around it."""
    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


def batches(trials: TrialSet, size: int = 7, augment: AugmentSettings | None = None) -> list[Batch]:
    collate, samples = Collate(trials, CONFIG, augment), trials.samples(1.0)
    return [collate(samples[i : i + size]) for i in range(0, len(samples), size)]


def network_of(seed: int = 0) -> Milmer:
    torch.manual_seed(seed)
    return Milmer(CONFIG)


def test_the_backbone_stays_bitwise_as_it_came_and_the_rest_learns(
    weights: Path, undisturbed: Run
) -> None:
    came, learned = load_file(weights), load_file(undisturbed.fold(0).model)
    body = {name for name in came if name.startswith("faces.backbone.")}
    before = network_of(undisturbed.settings.seed).state_dict()
    before |= {name: came[name] for name in body}
    assert {name for name in before if torch.equal(before[name], learned[name])} == body
    first, *_, last = undisturbed.history(0).epochs
    assert last.loss < first.loss


def test_each_face_goes_through_the_backbone_once_in_two_epochs(
    weights: Path, trials: TrialSet, passed: Callable[[], int], tmp_path: Path
) -> None:
    faces = sum(len(trial.faces.images) for trial in trials.trials if trial.faces)
    run_fold(tmp_path / "kept", settings(weights), trials)
    once = passed()
    assert once < 1.5 * faces  # with those repeated to fill a group
    run_fold(tmp_path / "not", with_changes(settings(weights), {"kept_tokens_gb": 0}), trials)
    assert passed() > 2 * once


def test_what_has_been_kept_is_not_worked_out_again(
    trials: TrialSet, passed: Callable[[], int]
) -> None:
    frozen = FrozenBackbone(network_of().faces.backbone, 1.0)
    first = [frozen.tokens(batch) for batch in batches(trials)]
    assert passed() > 0
    again = [frozen.tokens(batch) for batch in batches(trials)]
    assert passed() == 0
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


def test_memory_is_bounded_and_what_is_kept_changes_no_bit(
    trials: TrialSet, passed: Callable[[], int]
) -> None:
    backbone = network_of().faces.backbone
    size = backbone.n_tokens * backbone.width * 4
    small = FrozenBackbone(backbone, 100.5 * size / 1e9)
    large, none = FrozenBackbone(backbone, 1.0), FrozenBackbone(backbone, 0)
    parts = batches(trials)
    for batch in [*parts, *reversed(parts)]:
        expected = large.tokens(batch)
        assert torch.equal(small.tokens(batch), expected)
        assert torch.equal(none.tokens(batch), expected)
    passed()
    (everything,) = batches(trials, 10**4)
    small.tokens(everything)
    assert passed() == -(-(len(everything.owners) - 100) // AT_ONCE) * AT_ONCE


def test_changed_faces_are_worked_out_as_they_are_now(trials: TrialSet) -> None:
    network = network_of()
    frozen = FrozenBackbone(network.faces.backbone, 1.0)
    (plain, *_), (changed, *_) = batches(trials), batches(trials, augment=AugmentSettings(flip=1))
    before = frozen.tokens(plain)
    assert torch.allclose(frozen.tokens(changed), network.faces.backbone(changed.faces()))
    assert not torch.allclose(frozen.tokens(changed), before, atol=1e-3)
    assert torch.equal(frozen.tokens(plain), before)


def test_a_step_is_that_of_a_backbone_without_gradient_that_is_asked_each_time(
    trials: TrialSet,
) -> None:
    batch = batches(trials)[0]
    plain, kept = network_of().train(), network_of().train()
    plain.faces.backbone.freeze()
    frozen = FrozenBackbone(kept.faces.backbone, 1.0)
    assert not plain.train().faces.backbone.training
    judge(kept, batch, ("both",), frozen)  # in inference mode, and kept from there
    gradients = []
    for model in (BatchForward(plain), BatchForward(kept, frozen)):
        model.train()
        torch.autograd.backward(model(batch).square().sum())
        gradients.append({n: p.grad for n, p in model.network.named_parameters()})
    expected, found = gradients
    trained = [name for name, gradient in expected.items() if gradient is not None]
    assert [n for n in expected if n not in trained] == [
        n for n in expected if n.startswith("faces.backbone.")
    ]
    for name in trained:
        torch.testing.assert_close(found[name], expected[name], atol=1e-6, rtol=1e-5)


class Killed(Exception):
    pass


class KilledInTheSecondEpoch(Silent):
    def end(self, record: EpochRecord) -> None:
        if record.epoch == 1:
            raise Killed


@pytest.mark.parametrize("room", [4.0, A_THIRD_GB, 0.0])
def test_a_resumed_training_comes_to_the_weights_of_an_undisturbed_one(
    room: float, weights: Path, undisturbed: Run, trials: TrialSet, tmp_path: Path
) -> None:
    """Also one that goes on with another amount of memory."""
    with pytest.raises(Killed):
        run_fold(tmp_path / "run", settings(weights), trials, KilledInTheSecondEpoch())
    state = Run(tmp_path / "run").fold(0).state
    with safe_open(state, framework="pt") as file:
        moments = {name.split(".")[1] for name in file.keys() if name.startswith("optimizer.")}  # noqa: SIM118
    trained = [n for n, _ in Milmer(CONFIG).named_parameters() if not n.startswith("faces.back")]
    assert moments == {str(number) for number in range(len(trained))}
    on = with_changes(settings(weights), {"kept_tokens_gb": room})
    ours = load_file(run_fold(tmp_path / "run", on, trials).fold(0).model)
    theirs = load_file(undisturbed.fold(0).model)
    assert all(torch.equal(ours[name], value) for name, value in theirs.items())


@pytest.mark.timeout(300)  # interpreters that import torch
def test_two_processes_come_to_the_loss_of_one(
    weights: Path, undisturbed: Run, tmp_path: Path
) -> None:
    script = SUPPORT / "frozen_run.py"
    launch = [
        sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2",
        "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no",
        "--main_process_port", "0", str(script), str(tmp_path / "two"), str(weights),
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(launch, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    two, one = Run(tmp_path / "two").history(0), undisturbed.history(0)
    for ours, theirs in zip(two.epochs, one.epochs, strict=True):
        assert ours.loss == pytest.approx(theirs.loss, rel=1e-3)
        assert ours.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-3)
    came, learned = load_file(weights), load_file(Run(tmp_path / "two").fold(0).model)
    body = [name for name in came if name.startswith("faces.backbone.")]
    assert all(torch.equal(came[name], learned[name]) for name in body)


@pytest.mark.usefixtures("_bfloat16")
@pytest.mark.parametrize("frozen", [True, False])
def test_bfloat16_trains_on_a_cpu(
    frozen: bool, weights: Path, undisturbed: Run, trials: TrialSet, tmp_path: Path
) -> None:
    wanted = with_changes(settings(weights), {"precision": "bfloat16", "freeze_backbone": frozen})
    run = run_fold(tmp_path / "run", wanted, trials, precision=wanted.precision)
    first, last = run.history(0).epochs
    plain = undisturbed.history(0).epochs
    assert last.loss < first.loss
    assert last.loss != plain[-1].loss
    if frozen:
        assert last.loss == pytest.approx(plain[-1].loss, rel=0.1)


def test_tokens_are_kept_in_the_dtype_that_they_are_worked_out_in(trials: TrialSet) -> None:
    frozen = FrozenBackbone(network_of().faces.backbone, 1.0)
    batch = batches(trials)[0]
    with torch.autocast("cpu", torch.bfloat16):
        expected = frozen.tokens(batch)
        assert expected.dtype == frozen.tokens(batch).dtype == torch.bfloat16
        assert torch.equal(frozen.tokens(batch), expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"freeze_backbone": True}, "random numbers, which never learn"),
        (
            {"freeze_backbone": True, "start_from": "x", "model.modalities": "eeg"},
            "needs a network that looks at faces",
        ),
        ({"kept_tokens_gb": -1}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_frozen_is_refused_in_a_sentence(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        with_changes(TrainSettings(preset="demo"), changes)
