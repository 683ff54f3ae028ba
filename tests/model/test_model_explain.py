"""What is said to have moved a decision is what moves it when it is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from model_tools import face, predictor_of, tiny, window
from scipy.stats import spearmanr

from milmer_live import paths
from milmer_live.live.inference.probe_windows import sample_windows
from milmer_live.model import checkpoint
from milmer_live.model.backends.base import UNSEEN
from milmer_live.model.backends.openvino_ import OpenVINOBackend
from milmer_live.model.backends.openvino_export import write_parts
from milmer_live.model.backends.torch_ import (
    TorchBackend,
    stacked,
)
from milmer_live.model.explain import log_odds, log_odds_slope
from milmer_live.model.live_parts import WindowPart
from milmer_live.model.network import Milmer
from milmer_live.model.predictor import Predictor
from milmer_live.samples import Float64, Window


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def demo() -> tuple[Milmer, Predictor, tuple[Window, ...]]:
    loaded = checkpoint.load(paths.resource("models") / "milmer-demo.safetensors")
    windows = sample_windows(loaded.card.preprocessing, 12)
    return loaded.network, Predictor(loaded.card, TorchBackend(loaded.network)), windows


def odds(live: Predictor, given: Window, quadrant: int) -> float:
    p = float(live.predict(given).probabilities[quadrant])
    return float(np.log(p / (1 - p)))


def electrodes_occluded(network: Milmer, live: Predictor, given: Window, quadrant: int) -> Float64:
    """Log-odds with each electrode's token minus without it, one pass of the network each."""
    part = WindowPart(network).eval()
    bag, _ = live._bag(given)
    arrays = live.backend.spec.arrays(given.eeg, bag)
    memory = stacked(bag.memories, live.backend.spec.memory, torch.device("cpu"))

    def without(token: int | None) -> float:
        seen = torch.tensor(arrays.tokens_seen)
        if token is not None:
            seen[token] = UNSEEN
        given = (torch.from_numpy(one) for one in (arrays.eeg, arrays.factor, arrays.faces_seen))
        eeg, factor, faces = given
        logits = part(eeg, memory, factor, faces, seen)[0] / live.card.temperature
        return log_odds(logits.numpy(), quadrant)

    first = len(arrays.tokens_seen) - len(given.eeg)
    with torch.no_grad():
        return np.array([without(None) - without(first + e) for e in range(len(given.eeg))])


def test_electrodes_are_ranked_as_occlusion_ranks_them() -> None:
    network, live, windows = demo()
    agreement = []
    for given in windows[::3]:
        quadrant = int(live.predict(given).quadrant)
        told = live.explain(given, quadrant).electrodes
        found = electrodes_occluded(network, live, given, quadrant)
        agreement.append(spearmanr(told, found).statistic)
        largest = np.abs(found).argmax()
        assert np.sign(told[largest]) == np.sign(found[largest])
    assert np.median(agreement) > 0.8


def test_a_modality_moves_what_its_absence_changes() -> None:
    _, live, windows = demo()
    for given in windows[:4]:
        quadrant = int(live.predict(given).quadrant)
        told = live.explain(given, quadrant)
        whole = odds(live, given, quadrant)
        deaf = odds(live, replace(given, eeg_valid=False), quadrant)
        blind = odds(live, replace(given, faces=(None,) * len(given.faces)), quadrant)
        assert told.eeg == pytest.approx(whole - deaf, abs=1e-3)
        assert told.faces == pytest.approx(whole - blind, abs=1e-3)
        assert 0 <= told.eeg_share <= 1


@pytest.mark.parametrize("modalities", ["both", "eeg", "faces"])
def test_what_is_not_there_has_no_effect(modalities: str) -> None:
    config = tiny(modalities=modalities)
    torch.manual_seed(0)
    live = predictor_of(Milmer(config))
    bag = (face(1), None, face(2), None)
    silent = live.explain(window(config, bag, eeg_valid=False), 0)
    assert silent.eeg == 0.0
    assert not silent.electrodes.any()
    assert (silent.faces != 0) == (modalities != "eeg")
    blind = live.explain(window(config, (None,) * 4), 0)
    assert blind.faces == 0.0
    assert (blind.eeg != 0) == (modalities != "faces")
    assert blind.electrodes.any() == (modalities != "faces")
    nothing = live.explain(window(config, (None,) * 4, eeg_valid=False), 0)
    assert (nothing.eeg, nothing.faces, nothing.eeg_share) == (0.0, 0.0, 0.0)


def test_the_slope_of_the_log_odds_is_what_they_change_by() -> None:
    logits = np.array([0.3, -1.2, 2.0, 0.1], np.float32)
    for quadrant in range(4):
        slope = log_odds_slope(logits, quadrant)
        for one in range(4):
            step = np.zeros(4, np.float32)
            step[one] = 1e-2
            rise = log_odds(logits + step, quadrant) - log_odds(logits - step, quadrant)
            assert slope[one] == pytest.approx(rise / 2e-2, abs=1e-3)


def test_openvino_explains_and_decides_as_pytorch_does(tmp_path: Path) -> None:
    config = tiny()
    torch.manual_seed(0)
    network = Milmer(config).eval()
    write_parts(network, tmp_path)
    plain = predictor_of(network)
    other = Predictor(plain.card, OpenVINOBackend(tmp_path))
    for seed, bag in enumerate([(face(1), None, face(2), face(3)), (None,) * 4]):
        given = window(config, bag, seed=seed)
        answers = [live.predict(given).probabilities for live in (other, plain)]
        np.testing.assert_allclose(answers[0], answers[1], atol=1e-5)
        told, wanted = other.explain(given, 2), plain.explain(given, 2)
        np.testing.assert_allclose(told.electrodes, wanted.electrodes, atol=1e-5)
        assert wanted.electrodes.any()
        assert (told.eeg, told.faces) == pytest.approx((wanted.eeg, wanted.faces), abs=1e-5)
