"""Multiple-instance learning: which faces of the bag speak for the window."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from milmer_live.model.config import WEIGHTING, MilmerConfig


class Choice(NamedTuple):
    """What a selection keeps. `slots` and `weights` tell it to the user.

    tokens (batch, kept, n_tokens, d_model); valid (batch, kept) bool; slots (batch, k) long, -1
    where the bag had too few faces; weights (batch, k), shares of the attention over the bag.
    """

    tokens: Tensor
    valid: Tensor
    slots: Tensor
    weights: Tensor


class Picked(NamedTuple):
    """slots (batch, k) long of the bag, whether there is a face in them (batch, k) bool, their
    weights (batch, k), and what their tokens are multiplied by (batch, k)."""

    slots: Tensor
    valid: Tensor
    weights: Tensor
    factor: Tensor


class FaceScore(nn.Module):
    """The score of each face: (n, n_tokens, d_model) -> (n,).

    The mean over its tokens x of w·tanh(V x): a raised corner of the mouth counts, though the
    mean token hardly shows it. The public code takes all tokens in one vector (`flat`), which
    for Swin-Tiny makes V a matrix of 37632 x 37632.
    """

    def __init__(self, config: MilmerConfig, n_tokens: int) -> None:
        super().__init__()
        self.flat = config.score == "flat"
        width = config.d_model * (n_tokens if self.flat else 1)
        self.hidden = nn.Linear(width, width)
        # A constant on all scores is lost in the softmax; only published weights have one.
        self.weigh = nn.Linear(width, 1, bias=self.flat)

    def forward(self, tokens: Tensor) -> Tensor:
        instances = tokens.flatten(1)[:, None] if self.flat else tokens
        score: Tensor = self.weigh(torch.tanh(self.hidden(instances)))
        return score.squeeze(2).mean(dim=1)


class FaceSelection(nn.Module):
    """From a bag of faces to those that are kept.

    - `none`: the first face, at full weight.
    - `softmax`: one learned weight a slot, the same for every window; the k largest.
    - `amil`: the mean of all, weighted by attention (Ilse et al. 2018).
    - `attention_topk`: the k with the largest attention, which only picks: no gradient
      reaches the score network.
    - `attention_weighted_topk`: those k, multiplied by their attention.

    Attention is a softmax over the faces that are there. A factor counts against the even share
    (weight x number of faces), so that even attention leaves the tokens as they are.
    """

    def __init__(self, config: MilmerConfig) -> None:
        super().__init__()
        self.kind = config.selection
        self.kept = config.kept_faces
        if self.kind == "softmax":
            self.slot_logits = nn.Parameter(torch.zeros(config.bag_size))

    def forward(self, tokens: Tensor, logits: Tensor, valid: Tensor) -> Choice:
        """tokens (batch, bag, n_tokens, d_model), logits (batch, bag), valid (batch, bag)."""
        picked = self.pick(logits, valid)
        slots = picked.slots.masked_fill(~picked.valid, -1)
        if self.kind == "amil":
            mean = torch.einsum("bi,bild->bld", picked.factor.to(tokens.dtype), tokens)
            there = valid.any(dim=1, keepdim=True)
            return Choice(mean[:, None], there, slots, picked.weights)
        kept = tokens.gather(1, picked.slots[:, :, None, None].expand(-1, -1, *tokens.shape[2:]))
        if self.kind in WEIGHTING:
            kept = kept * picked.factor[:, :, None, None].to(kept.dtype)
        return Choice(kept, picked.valid, slots, picked.weights)

    def pick(self, logits: Tensor, valid: Tensor) -> Picked:
        """What is kept of a bag, by the logits (batch, bag) of its faces alone."""
        if self.kind == "softmax":
            logits = self.slot_logits.expand_as(valid)
        weights = masked_softmax(logits, valid)
        if self.kind == "amil":
            slots = torch.arange(valid.shape[1], device=valid.device).expand(valid.shape)
            return Picked(slots, valid, weights, weights)
        # of equal faces the earlier one first, on the live path too (pick.py)
        ranking = self._ranking(weights, valid)
        slots = ranking.argsort(dim=1, descending=True, stable=True)[:, : self.kept]
        kept_valid = valid.gather(1, slots)
        kept_weights = weights.gather(1, slots)
        if self.kind == "none":
            kept_weights = kept_valid.to(weights.dtype)
        factor = torch.ones_like(kept_weights)
        if self.kind in WEIGHTING:
            factor = kept_weights * valid.sum(dim=1, keepdim=True)
        return Picked(slots, kept_valid, kept_weights, factor)

    def _ranking(self, weights: Tensor, valid: Tensor) -> Tensor:
        """Larger is kept first; a slot without a face comes last."""
        if self.kind == "none":
            weights = torch.arange(valid.shape[1], 0, -1, device=valid.device).expand(valid.shape)
        return weights.detach().masked_fill(~valid, -1)


def masked_softmax(logits: Tensor, valid: Tensor) -> Tensor:
    """Softmax in float32 over the last axis where `valid`; 0 elsewhere, also where none is."""
    scores = logits.float()
    scores = scores.masked_fill(~valid, torch.finfo(scores.dtype).min)
    return scores.softmax(dim=-1) * valid
