"""Rounding never decides which faces are kept: those that are too close are scored again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from model_tools import face, tiny, tiny_card, window
from test_model_predictor import TEMPERATURE, plainly

from milmer_live.model.backends.base import (
    EmbeddedFace,
    Precision,
)
from milmer_live.model.backends.choose import (
    OPENVINO,
    compare,
    reduced_precisions,
)
from milmer_live.model.backends.openvino_ import OpenVINOBackend
from milmer_live.model.backends.openvino_export import write_parts
from milmer_live.model.backends.precision_check import (
    LARGEST_DIFFERENCE,
    LEAST_WINDOWS,
)
from milmer_live.model.backends.torch_ import (
    TorchBackend,
    window_spec,
)
from milmer_live.model.face_selection import (
    in_doubt,
    pick,
)
from milmer_live.model.network import Milmer
from milmer_live.model.predictor import Predictor
from milmer_live.processing.faces.detection import resize_crop
from milmer_live.samples import UInt8, Window

ERROR = 0.05
# What is kept is not weighted here: with the right faces every answer is exact.
CONFIG = tiny(bag_size=6, selection="attention_topk")
SPEC = window_spec(Milmer(CONFIG))


class Rounded:
    """PyTorch, whose scores of faces are off by up to ERROR: by what, each picture decides."""

    label = "Test, rounded"

    def __init__(self, network: Milmer) -> None:
        self._real = TorchBackend(network)
        self.spec = self._real.spec
        self.decide, self.slopes = self._real.decide, self._real.slopes
        self.embedded, self.scored = 0, 0

    def embed(self, images: UInt8) -> list[EmbeddedFace]:
        self.embedded += len(images)
        return [
            EmbeddedFace(one.logit + self._error(image), one.memory, one.summary)
            for one, image in zip(self._real.embed(images), images, strict=True)
        ]

    def score(self, image: UInt8) -> float:
        self.scored += 1
        return self._real.score(image)

    def _error(self, image: UInt8) -> float:
        return ERROR * (int(image.sum()) % 201 - 100) / 100


def network(spread: float) -> Milmer:
    """Whose scores of random faces have this standard deviation."""
    torch.manual_seed(3)
    made = Milmer(CONFIG).eval()
    scores = [TorchBackend(made).score(crop(seed)) for seed in range(40)]
    assert made.faces.score is not None
    with torch.no_grad():
        made.faces.score.weigh.weight *= spread / float(np.std(scores))
    return made


def crop(seed: int) -> UInt8:
    return resize_crop(face(seed).image, CONFIG.image_size)


def stream(count: int) -> list[Window]:
    """Each window has one face that the one before it had not."""
    faces = [face(seed) for seed in range(count + CONFIG.bag_size)]
    return [
        window(CONFIG, tuple(faces[first : first + CONFIG.bag_size]), seed=first)
        for first in range(count)
    ]


def furthest(exact: Milmer, live: Predictor, windows: list[Window]) -> float:
    """Of any probability from that of the plain network, each face embedded when it comes."""
    apart = []
    for one in windows:
        for new in filter(None, one.faces):
            live.embed(new)
        apart.append(np.abs(live.predict(one).probabilities - plainly(exact, one)).max())
    return float(max(apart))


def predictor(backend: Rounded | OpenVINOBackend) -> Predictor:
    return Predictor(tiny_card(CONFIG, temperature=TEMPERATURE), backend)


def test_faces_that_rounding_would_swap_are_scored_again() -> None:
    made, windows = network(spread=5 * ERROR), stream(80)
    trusting = predictor(Rounded(made))
    assert furthest(made, trusting, windows) > 1e-3, "another face was kept"
    backend = Rounded(made)
    careful = predictor(backend)
    careful.learn_score_error(windows)
    assert 0.9 * ERROR < careful.score_error <= ERROR + 1e-6
    assert furthest(made, careful, windows) < 1e-5
    assert careful.scored_again > 0


def test_a_precision_that_swaps_faces_is_allowed_once_they_are_scored_again() -> None:
    made, windows = network(spread=5 * ERROR), stream(LEAST_WINDOWS)
    with torch.no_grad():
        made.head.weight *= 30  # a face more or less turns answers
    exact = Predictor(tiny_card(CONFIG, temperature=TEMPERATURE), TorchBackend(made))
    reduced = predictor(Rounded(made))
    assert furthest(made, reduced, windows) > LARGEST_DIFFERENCE
    agreement = compare(exact, reduced, windows)
    assert agreement.allowed
    assert agreement.score_error == reduced.score_error > 0


def test_where_scores_are_far_apart_none_is_worked_out_twice() -> None:
    made = network(spread=1000 * ERROR)
    backend = Rounded(made)
    live = predictor(backend)
    live.score_error = ERROR
    assert furthest(made, live, stream(10)) < 1e-5
    assert (backend.embedded, backend.scored) == (10 + CONFIG.bag_size - 1, live.scored_again)
    assert live.scored_again <= 2


def test_it_is_done_before_the_window_ends() -> None:
    """The last face of a bag comes some time before the last sample of its window."""
    made = network(spread=ERROR / 10)
    backend = Rounded(made)
    live = predictor(backend)
    live.score_error = ERROR
    (one,) = stream(1)
    for new in filter(None, one.faces):
        live.embed(new)
    before = backend.scored
    assert before == CONFIG.bag_size, "they are all in doubt"
    live.predict(one)
    assert backend.scored == before


@given(
    st.lists(
        st.tuples(st.integers(-20, 20), st.integers(-10, 10), st.booleans()), min_size=6, max_size=6
    )
)
def test_the_choice_is_certain_once_nothing_is_in_doubt(
    faces: list[tuple[int, int, bool]],
) -> None:
    exact = np.array([score for score, _, _ in faces], dtype=np.float32)
    logits = exact + np.array([off for _, off, _ in faces], dtype=np.float32)
    valid = np.array([there for _, _, there in faces])
    errors = np.full(6, 10, np.float32)
    while doubtful := in_doubt(SPEC, logits, errors, valid):
        assert errors[doubtful].all(), "none is asked for twice"
        logits[doubtful], errors[doubtful] = exact[doubtful], 0
    kept = sorted(exact[one.slot] for one in pick(SPEC, logits, valid) if one.valid)
    best = sorted(exact[valid])[-SPEC.memory[0] :]
    assert kept == best


@pytest.mark.parametrize("precision", reduced_precisions(OPENVINO))
def test_openvino_scores_in_fp32_beside_a_reduced_precision(
    precision: Precision, tmp_path: Path
) -> None:
    made = network(spread=1.0)
    write_parts(made, tmp_path)
    exact, reduced = TorchBackend(made), OpenVINOBackend(tmp_path, precision)
    for seed in range(4):
        assert reduced.score(crop(seed)) == pytest.approx(exact.score(crop(seed)), abs=1e-5)
