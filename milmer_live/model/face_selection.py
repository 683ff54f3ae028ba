"""Which faces of a bag are kept, on the live path: what `FaceSelection.pick` does to one bag,
without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milmer_live.model.backends.base import WindowSpec
from milmer_live.model.config import WEIGHTING
from milmer_live.samples import Bool, Float32


@dataclass(frozen=True, slots=True)
class PickedFace:
    """A slot of the bag, whether there is a face in it, its share of the attention, and what
    its tokens are multiplied by."""

    slot: int
    valid: bool
    weight: float
    factor: float


def pick(spec: WindowSpec, logits: Float32, valid: Bool) -> tuple[PickedFace, ...]:
    """By the logits (bag_size,) of the faces that are there, `valid` (bag_size,)."""
    if not spec.config.uses_faces:
        return ()
    kind = spec.config.selection
    if kind == "softmax":
        logits = np.array(spec.slot_logits, dtype=np.float32)
    weights = masked_softmax(logits, valid)
    if kind == "amil":
        return tuple(_picked(slot, valid, weights, weights) for slot in range(len(valid)))
    ranking = -np.arange(len(valid), dtype=np.float32) if kind == "none" else weights
    ranking = np.where(valid, ranking, -np.inf)
    slots = np.argsort(-ranking, kind="stable")[: spec.memory[0]]
    if kind == "none":
        weights = valid.astype(np.float32)
    factors = weights * valid.sum() if kind in WEIGHTING else np.ones_like(weights)
    return tuple(_picked(int(slot), valid, weights, factors) for slot in slots)


def in_doubt(spec: WindowSpec, logits: Float32, errors: Float32, valid: Bool) -> list[int]:
    """Slots whose logit must be known better before it is certain which faces are kept: it may
    be off by `errors` (bag_size,), and within that a face that is kept and one that is not
    change places."""
    kept = spec.memory[0]
    if not spec.config.ranks_faces or valid.sum() <= kept:
        return []
    order = np.argsort(-np.where(valid, logits, -np.inf), kind="stable")[: valid.sum()]
    low, high = logits - errors, logits + errors
    inside, outside = order[:kept], order[kept:]
    close = [slot for slot in inside if low[slot] <= high[outside].max()]
    close += [slot for slot in outside if high[slot] >= low[inside].min()]
    return [int(slot) for slot in close if errors[slot] > 0]


def masked_softmax(logits: Float32, valid: Bool) -> Float32:
    """(n,) softmax over those that are `valid`; 0 elsewhere, also where none is."""
    if not valid.any():
        return np.zeros(len(valid), np.float32)
    powers = np.exp(np.where(valid, logits, -np.inf) - logits[valid].max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)


def _picked(slot: int, valid: Bool, weights: Float32, factors: Float32) -> PickedFace:
    return PickedFace(slot, bool(valid[slot]), float(weights[slot]), float(factors[slot]))
