"""What moved a decision: the modalities and the electrodes, at every window.

A modality's effect is what its occlusion finds: log-odds of the quadrant with it minus without
it, two more answers of the network. For 32 electrodes that would be 32 more, so theirs is worked
out to first order. Each token is given a presence p, which multiplies its weight in every
attention: log p is added to the attention's logits. p = 1 is the network as it is, p = 0 takes
the token out of it. The derivative of the log-odds by p, at p = 1, estimates the occlusion of
all electrodes at once for the price of one backward pass. (Of a whole modality it would say too
little: attention is shared out anew among the rest, until hardly any of it is left.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from milmer_live.model.backends.base import (
    Backend,
    Bag,
)
from milmer_live.samples import Explanation, Float32, frozen

Decide = Callable[[Float32 | None, Bag], Float32]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on: eeg (n_channels, n_times) µV or None, the kept faces, and the logits
    (4,), divided by the temperature."""

    index: int
    eeg: Float32 | None
    bag: Bag
    logits: Float32


def explain(
    backend: Backend, decide: Decide, decision: Decision, quadrant: int, temperature: float
) -> Explanation:
    """What speaks for `quadrant` in window `decision.index`. `decide` gives the logits (4,) of
    a window, divided by the temperature."""
    eeg, bag = decision.eeg, decision.bag
    nobody = Bag((None,) * len(bag.memories), bag.factors)
    has_faces = any(memory is not None for memory in bag.memories)
    full = log_odds(decision.logits, quadrant)
    config = backend.spec.config
    electrodes = np.zeros(config.n_channels, np.float32)
    if eeg is not None and config.uses_eeg:
        toward = log_odds_slope(decision.logits, quadrant) / np.float32(temperature)
        electrodes = backend.slopes(eeg, bag, toward)
    return Explanation(
        window_index=decision.index,
        eeg=0.0 if eeg is None else full - log_odds(decide(None, bag), quadrant),
        faces=full - log_odds(decide(eeg, nobody), quadrant) if has_faces else 0.0,
        electrodes=frozen(electrodes),
    )


def log_odds(logits: Float32, quadrant: int) -> float:
    """log p / (1 - p) of a quadrant, from logits (4,)."""
    others = np.delete(logits, quadrant).astype(np.float64)
    return float(logits[quadrant] - others.max() - np.log(np.exp(others - others.max()).sum()))


def log_odds_slope(logits: Float32, quadrant: int) -> Float32:
    """(4,) the derivative of `log_odds` by each logit: 1, and minus the share of each other."""
    powers = np.exp(logits - np.delete(logits, quadrant).max())
    powers[quadrant] = 0.0
    slope = -powers / powers.sum()
    slope[quadrant] = 1.0
    return np.asarray(slope, dtype=np.float32)
