"""What is said to have moved a decision is what moves it when it is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from model_tools import face, tiny, tiny_card, window
from scipy.stats import spearmanr

from milmer_live import paths
from milmer_live.live.sample_windows import sample_windows
from milmer_live.model import checkpoint
from milmer_live.model.backend import stacked
from milmer_live.model.explain import log_odds
from milmer_live.model.network import Milmer
from milmer_live.model.parts import UNSEEN, WindowPart
from milmer_live.model.predictor import Predictor
from milmer_live.samples import Float64, Window


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def demo() -> tuple[Predictor, tuple[Window, ...]]:
    loaded = checkpoint.load(paths.resource("models") / "milmer-demo.safetensors")
    windows = sample_windows(loaded.card.preprocessing, 12)
    return Predictor(loaded.network, loaded.card), windows


def odds(live: Predictor, given: Window, quadrant: int) -> float:
    p = float(live.predict(given).probabilities[quadrant])
    return float(np.log(p / (1 - p)))


def electrodes_occluded(live: Predictor, given: Window, quadrant: int) -> Float64:
    """Log-odds with each electrode's token minus without it, one pass of the network each."""
    part = WindowPart(live.network).eval()
    bag, _ = live._bag(given)
    arrays = live._explainer._shape.arrays(given.eeg, bag)
    memory = stacked(bag.memories, live._explainer._shape.memory, torch.device("cpu"))

    def without(token: int | None) -> float:
        seen = torch.tensor(arrays.tokens_seen)
        if token is not None:
            seen[token] = UNSEEN
        given = (torch.from_numpy(one) for one in (arrays.eeg, arrays.factor, arrays.faces_seen))
        eeg, factor, faces = given
        logits = part(eeg, memory, factor, faces, seen)[0] / live.card.temperature
        return float(log_odds(logits, quadrant))

    first = len(arrays.tokens_seen) - len(given.eeg)
    with torch.no_grad():
        return np.array([without(None) - without(first + e) for e in range(len(given.eeg))])


def test_electrodes_are_ranked_as_occlusion_ranks_them() -> None:
    live, windows = demo()
    agreement = []
    for given in windows[::3]:
        quadrant = int(live.predict(given).quadrant)
        told = live.explain(given, quadrant).electrodes
        found = electrodes_occluded(live, given, quadrant)
        agreement.append(spearmanr(told, found).statistic)
        largest = np.abs(found).argmax()
        assert np.sign(told[largest]) == np.sign(found[largest])
    assert np.median(agreement) > 0.8


def test_a_modality_moves_what_its_absence_changes() -> None:
    live, windows = demo()
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
    live = Predictor(Milmer(config), tiny_card(config))
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
