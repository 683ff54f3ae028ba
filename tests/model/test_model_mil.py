"""Each selection keeps what it says."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
from model_tools import tiny
from torch import Tensor

from milmer_live.model.config import Selection
from milmer_live.model.mil import Choice, FaceSelection, masked_softmax

LOGITS = torch.tensor([[0.1, 2.0, -1.0, 3.0]])
VALID = torch.tensor([[True, True, True, True]])
TOKENS = torch.arange(1.0, 5.0).view(1, 4, 1, 1).expand(1, 4, 3, 16)


def choose(selection: Selection, valid: Tensor = VALID, **changes: Any) -> Choice:
    layer = FaceSelection(tiny(selection=selection, **changes))
    choice: Choice = layer(TOKENS, LOGITS, valid)
    return choice


def test_none_keeps_the_first_face_there_is() -> None:
    assert choose("none").slots.tolist() == [[0]]
    later = choose("none", torch.tensor([[False, True, False, True]]))
    assert later.slots.tolist() == [[1]]
    assert later.weights.tolist() == [[1.0]]
    assert later.tokens.eq(2.0).all()


def test_attention_topk_keeps_the_best_as_they_are() -> None:
    choice = choose("attention_topk")
    assert choice.slots.tolist() == [[3, 1]]
    assert choice.tokens[0, :, 0, 0].tolist() == [4.0, 2.0]


def test_weighted_topk_multiplies_by_the_attention_against_the_even_share() -> None:
    choice = choose("attention_weighted_topk")
    weights = LOGITS.softmax(dim=1)[0]
    torch.testing.assert_close(choice.weights[0], weights[[3, 1]])
    torch.testing.assert_close(
        choice.tokens[0, :, 0, 0], 4 * weights[[3, 1]] * torch.tensor([4.0, 2.0])
    )


def test_weighted_topk_leaves_tokens_alone_under_even_attention() -> None:
    layer = FaceSelection(tiny())
    kept = layer(TOKENS, torch.zeros(1, 4), VALID).tokens
    assert torch.equal(kept, kept.round())


def test_amil_is_the_attention_weighted_mean() -> None:
    choice = choose("amil")
    mean = (LOGITS.softmax(dim=1) * torch.arange(1.0, 5.0)).sum()
    torch.testing.assert_close(choice.tokens[0, 0, 0, 0], mean)
    assert choice.slots.tolist() == [[0, 1, 2, 3]]


def test_softmax_learns_one_weight_a_slot() -> None:
    layer = FaceSelection(tiny(selection="softmax"))
    with torch.no_grad():
        layer.slot_logits.copy_(torch.tensor([0.0, 0.0, 5.0, 1.0]))
    assert layer(TOKENS, LOGITS, VALID).slots.tolist() == [[2, 3]]


@pytest.mark.parametrize("selection", get_args(Selection))
def test_a_short_bag_is_filled_with_nothing(selection: Selection) -> None:
    valid = torch.tensor([[False, False, True, False]])
    choice = choose(selection, valid, top_k=3)
    assert {slot for slot in choice.slots[0].tolist() if slot >= 0} == {2}
    assert choice.weights.sum().item() == pytest.approx(1.0)
    assert choice.valid.sum() == 1


def test_masked_softmax_over_nothing_is_zero() -> None:
    weights = masked_softmax(LOGITS.half(), torch.zeros(1, 4, dtype=torch.bool))
    assert weights.tolist() == [[0.0, 0.0, 0.0, 0.0]]
