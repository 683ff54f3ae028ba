"""A model says that it does not know: EEG and faces unlike any that it learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model_tools import face, tiny, tiny_card, window

from milmer_live.model.backends.torch_ import TorchBackend
from milmer_live.model.card import CheckpointFile
from milmer_live.model.checkpoint import load, save
from milmer_live.model.network import Milmer
from milmer_live.model.out_of_range import (
    PREFIX,
    AtCoverage,
    EEGTokenMaker,
    RangeCard,
    at_coverage,
    disagreement,
    similarities,
)
from milmer_live.model.predictor import Predictor
from milmer_live.samples import Distance, Float32, Prediction, Quadrant

HALF = tuple(np.linspace(0.0, 1.0, 101).tolist())


def network_of(**changes: Any) -> Milmer:
    torch.manual_seed(0)
    return Milmer(tiny(**changes)).eval()


@pytest.mark.parametrize("features", [0, 24])
def test_tokens_of_eeg_equal_those_of_the_network(features: int) -> None:
    network = network_of(eeg_features=features)
    eeg = np.random.default_rng(1).normal(0, 10, (32, 32)).astype(np.float32)
    tensors = {name: one.numpy() for name, one in network.state_dict().items()}
    with torch.no_grad():
        wanted = network.eeg(torch.from_numpy(eeg)[None])[0].numpy()
    np.testing.assert_allclose(EEGTokenMaker.of(tensors)(eeg), wanted, atol=1e-5)


def smooth_tokens(rng: np.random.Generator) -> Float32:
    """(1, 32, 16): electrodes on a line, of which neighbours are alike."""
    steps = rng.normal(size=(32, 16)).cumsum(axis=0)
    return steps[None].astype(np.float32)


def test_electrodes_that_are_permuted_flat_or_all_the_same_disagree() -> None:
    rng = np.random.default_rng(2)
    usual = np.concatenate([similarities(smooth_tokens(rng)) for _ in range(200)]).mean(axis=0)
    tokens = smooth_tokens(rng)
    assert disagreement(similarities(tokens), usual)[0] < 0.5
    for odd in (tokens[:, rng.permutation(32)], 0 * tokens, 0 * tokens + 3.0):
        assert disagreement(similarities(odd), usual)[0] > 0.7


def test_what_fewer_electrodes_know_lies_between_its_neighbours() -> None:
    table = (AtCoverage(coverage=1.0, values=(1.0,)), AtCoverage(coverage=0.5, values=(3.0,)))
    assert [float(at_coverage(table, c)[0]) for c in (1.0, 0.75, 0.5, 0.1)] == [1, 2, 3, 3]


def ranged(folder: Path, eeg_limit: float, face_limit: float) -> CheckpointFile:
    """A tiny network with a range of these limits."""
    network = network_of()
    width = 2 * network.config.d_model
    tensors = {
        f"{PREFIX}similarities": torch.linspace(-1, 1, 496),
        f"{PREFIX}face_mean": torch.zeros(width),
        f"{PREFIX}face_whiten": torch.eye(width),
    }
    known = RangeCard(
        fitted_on="a test",
        eeg_limits=(AtCoverage(coverage=1.0, values=(eeg_limit,)),),
        face_limit=face_limit,
        scores={"both": (AtCoverage(coverage=1.0, values=HALF),)},
    )
    card = tiny_card(network.config).model_copy(update={"known": known})
    save(folder / "tiny.safetensors", network, card, tensors)
    return CheckpointFile.open(folder / "tiny.safetensors")


def answered(file: CheckpointFile) -> Prediction:
    backend = TorchBackend(file.network())
    given = window(file.card.config, (face(0), face(1), None, None))
    return Predictor(file.card, backend, known=file.known_range()).predict(given)


def test_a_range_is_kept_with_the_weights_and_judges_each_modality(tmp_path: Path) -> None:
    near = answered(ranged(tmp_path / "near", 2.5, 1e6))
    assert near.distance.in_range
    assert near.is_known
    odd = answered(ranged(tmp_path / "odd", 1e-3, 1e6))
    assert (odd.distance.eeg > 1, odd.distance.face > 1) == (True, False)
    assert odd.has_signal
    assert not odd.is_known
    strange = answered(ranged(tmp_path / "strange", 2.5, 1e-9))
    assert (strange.distance.eeg > 1, strange.distance.face > 1) == (False, True)
    assert not strange.is_known
    loaded = load(tmp_path / "near" / "tiny.safetensors")
    assert set(loaded.known) == {
        f"{PREFIX}{name}" for name in ("similarities", "face_mean", "face_whiten")
    }


def test_the_set_grows_with_its_level_and_has_the_likeliest_always(tmp_path: Path) -> None:
    prediction = answered(ranged(tmp_path, 2.5, 1e6))
    assert prediction.set_at(0.0) == (prediction.quadrant,)
    sizes = [len(prediction.set_at(level)) for level in (0.0, 0.5, 0.9, 1.0)]
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(Quadrant)
    assert replace(prediction, distance=Distance(eeg=2.0)).set_at(0.9) == ()


def test_a_model_without_a_range_refuses_nothing() -> None:
    network = network_of()
    answer = Predictor(tiny_card(network.config), TorchBackend(network)).predict(
        window(network.config, (None,) * 4)
    )
    assert answer.is_known
    assert answer.set_at(0.9) == ()
