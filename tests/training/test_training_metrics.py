"""Numbers of a judgement, held against hand-made answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from milmer_live.training.calibration import fit_temperature
from milmer_live.training.evaluate import Predictions, probabilities, scores
from milmer_live.training.results.metrics import (
    reliability,
    score,
)

# Truth HAHV HAHV LAHV LALV HALV HALV; the answer HALV to the second, LALV to the fifth.
LABELS = np.array([0, 0, 1, 2, 3, 3])
ANSWERS = np.array([0, 3, 1, 2, 2, 3])
PEOPLE = ["a", "a", "a", "b", "b", "b"]


def sure_of(
    answers: np.ndarray[tuple[int], np.dtype[np.int64]], confidence: float
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rest = (1 - confidence) / 3
    table = np.full((len(answers), 4), rest)
    table[np.arange(len(answers)), answers] = confidence
    return table


def test_scores_are_those_counted_by_hand() -> None:
    found = score(LABELS, sure_of(ANSWERS, 0.85), PEOPLE)
    assert found.count == 6
    assert found.accuracy == pytest.approx(4 / 6)
    assert found.valence_accuracy == pytest.approx(5 / 6)  # only HAHV -> HALV misses valence
    assert found.arousal_accuracy == pytest.approx(5 / 6)  # only HALV -> LALV misses arousal
    assert found.confusion == ((1, 0, 0, 1), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 1))
    assert found.majority == pytest.approx(2 / 6)
    assert found.chance == 0.25
    assert found.classes["HALV"].precision == 0.5
    assert found.classes["HAHV"].recall == 0.5
    assert found.macro_f1 == pytest.approx(np.mean([2 / 3, 1, 2 / 3, 1 / 2]))
    assert found.ece == pytest.approx(0.85 - 4 / 6)
    assert [(name, one.count) for name, one in found.participants.items()] == [("a", 3), ("b", 3)]
    assert found.participants["a"].accuracy == pytest.approx(2 / 3)


def test_reliability_bins_count_every_answer_once_with_certainty_in_the_last() -> None:
    bins = reliability(LABELS, sure_of(ANSWERS, 1.0))
    assert [one.count for one in bins] == [0] * 9 + [6]
    assert bins[9].confidence == 1.0
    assert bins[9].accuracy == pytest.approx(4 / 6)


def test_temperature_undoes_an_exaggeration_and_changes_no_answer() -> None:
    torch.manual_seed(0)
    honest = torch.randn(4000, 4) * 1.5
    labels = torch.multinomial(honest.softmax(1), 1).squeeze(1)
    assert fit_temperature(honest * 5, labels) == pytest.approx(5, rel=0.1)
    assert fit_temperature(honest, labels) == pytest.approx(1, rel=0.1)


def test_a_temperature_stays_in_bounds_when_all_is_right_or_wrong() -> None:
    logits = torch.eye(4)
    assert fit_temperature(logits, torch.arange(4)) == 0.05
    assert fit_temperature(logits, torch.tensor([1, 2, 3, 0])) == 20.0


def test_faces_alone_are_judged_only_where_there_is_a_face() -> None:
    logits = (10 * sure_of(ANSWERS, 0.9)).astype(np.float32)
    predictions = Predictions(
        logits={"both": logits, "faces": logits},
        labels=LABELS,
        participants=np.array(PEOPLE),
        trials=np.array(PEOPLE),
        starts_s=np.zeros(6),
        has_faces=np.array([True, False, True, True, False, True]),
    )
    found = scores(predictions)
    assert (found["both"].count, found["faces"].count) == (6, 4)
    assert found["faces"].accuracy == 1.0


def test_probabilities_are_those_of_torch_even_for_large_logits() -> None:
    logits = np.array([[1000.0, 999.0, 0.0, -1000.0]], np.float32)
    expected = (torch.from_numpy(logits).double() / 2).softmax(1).numpy()
    assert np.allclose(probabilities(logits, 2.0), expected)
