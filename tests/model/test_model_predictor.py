"""The live path gives what the plain network gives, and embeds each face once."""

from __future__ import annotations

from functools import cache
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from model_tools import face, predictor_of, tiny, window

from milmer_live.errors import ModelError
from milmer_live.model.backends.base import EmbeddedFace
from milmer_live.model.config import Fusion, MilmerConfig, Modalities, PresetName, Selection
from milmer_live.model.network import Milmer
from milmer_live.model.predictor import CACHED_BAGS, Predictor
from milmer_live.processing.faces.detection import resize_crop
from milmer_live.samples import FaceCrop, UInt8, Window

TEMPERATURE = 1.7
FACES = [face(seed) for seed in range(8)]


@cache
def _made(config_json: str) -> tuple[Milmer, Predictor]:
    config = MilmerConfig.model_validate_json(config_json)
    torch.manual_seed(0)
    network = Milmer(config)
    return network, predictor_of(network, temperature=TEMPERATURE)


def made(config: MilmerConfig) -> tuple[Milmer, Predictor]:
    """A network and what predicts with it."""
    return _made(config.model_dump_json())


def plainly(network: Milmer, given: Window) -> np.ndarray:
    """Probabilities by `Milmer.forward`, all faces of the window embedded anew."""
    size = network.config.image_size
    faces = torch.zeros(1, len(given.faces), 3, size, size, dtype=torch.uint8)
    for slot, crop in enumerate(given.faces):
        if crop is not None:
            faces[0, slot] = torch.tensor(resize_crop(crop.image, size)).permute(2, 0, 1)
    with torch.no_grad():
        output = network(
            torch.tensor(given.eeg)[None],
            faces,
            torch.tensor([given.eeg_valid]),
            torch.tensor(given.faces_valid)[None],
        )
    return np.asarray((output.logits / TEMPERATURE).softmax(dim=1)[0])


@settings(max_examples=120, deadline=None)
@given(
    name=st.sampled_from(get_args(PresetName)),
    selection=st.sampled_from(get_args(Selection)),
    fusion=st.sampled_from(get_args(Fusion)),
    modalities=st.sampled_from(get_args(Modalities)),
    norm_first=st.booleans(),
    bags=st.lists(
        st.lists(st.none() | st.sampled_from(FACES), min_size=4, max_size=4), min_size=1, max_size=3
    ),
    eeg_valid=st.booleans(),
    early=st.booleans(),
)
@example(
    "milmer",
    "amil",
    "cross_attention",
    "both",
    False,
    [[None, FACES[0], None, FACES[1]]],
    True,
    False,
)
def test_probabilities_equal_the_plain_network(
    name: str,
    selection: Selection,
    fusion: Fusion,
    modalities: Modalities,
    norm_first: bool,
    bags: list[list[FaceCrop | None]],
    eeg_valid: bool,
    early: bool,
) -> None:
    config = tiny(
        name, selection=selection, fusion=fusion, modalities=modalities, norm_first=norm_first
    )
    network, live = made(config)
    live.forget()
    for index, bag in enumerate(bags):
        given = window(config, tuple(bag), eeg_valid=eeg_valid, seed=index)
        for crop in (crop for crop in bag if crop is not None and early):
            live.embed(crop)
        predicted = live.predict(given)
        wanted = plainly(network, given)
        np.testing.assert_allclose(predicted.probabilities, wanted, atol=1e-5, rtol=0)
        assert predicted.eeg_used == (eeg_valid and modalities != "faces")
        assert predicted.faces_used == (any(bag) and modalities != "eeg")


def test_each_face_is_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny()
    embedded = 0
    live = predictor_of(Milmer(config))
    embed = live.backend.embed

    def count(images: UInt8) -> list[EmbeddedFace]:
        nonlocal embedded
        embedded += len(images)
        return embed(images)

    monkeypatch.setattr(live.backend, "embed", count)
    for start in range(5):  # windows that share three of their four faces
        live.embed(FACES[start + 3])
        live.predict(window(config, tuple(FACES[start : start + 4])))
    assert embedded == 8


def test_the_cache_stays_bounded() -> None:
    config = tiny()
    live = predictor_of(Milmer(config))
    for index in range(3 * CACHED_BAGS * config.bag_size):
        live.embed(face(0, index))
    assert live.cached == CACHED_BAGS * config.bag_size


def test_a_prediction_says_what_it_stands_on() -> None:
    config = tiny(top_k=3)
    _, live = made(config)
    told = live.predict(window(config, (None, FACES[0], None, FACES[1])))
    assert set(told.selected) == {1, 3}
    assert sum(told.weights) == pytest.approx(1.0)
    assert told.probabilities.sum() == pytest.approx(1.0)
    assert told.latency_s > 0
    assert not told.probabilities.flags.writeable
    nothing = live.predict(window(config, (None,) * 4, eeg_valid=False))
    assert nothing.selected == ()
    assert (nothing.eeg_used, nothing.faces_used) == (False, False)
    np.testing.assert_allclose(nothing.probabilities, 0.25)


def test_warming_up_leaves_nothing_behind() -> None:
    _, live = made(tiny())
    live.warm_up()
    assert live.cached == 0


def test_a_window_that_does_not_fit_is_refused() -> None:
    config = tiny()
    _, live = made(config)
    with pytest.raises(ModelError, match="3 faces; the model takes"):
        live.predict(window(config, (None,) * 3))
    with pytest.raises(ModelError, match=r"EEG of shape \(32, 16\)"):
        live.predict(window(tiny(n_times=16), (None,) * 4))
    broken = window(config, (None,) * 4)
    broken.eeg[3, 4] = np.nan
    with pytest.raises(ModelError, match="not finite"):
        live.predict(broken)
