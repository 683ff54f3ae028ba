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

import numpy as np
import torch
from torch import Tensor

from milmer_live.model.backend import Bag, WindowShape, stacked
from milmer_live.model.network import Milmer
from milmer_live.model.parts import WindowPart
from milmer_live.samples import Explanation, Float32, frozen

Decide = Callable[[Float32 | None, Bag], Float32]


class Explainer:
    """Explains the decisions of `network` on its own weights, in float32 on the CPU."""

    def __init__(self, network: Milmer, temperature: float) -> None:
        self._part = WindowPart(network).eval()
        self._shape = WindowShape.of(network)
        self._temperature = temperature

    def explain(
        self, eeg: Float32 | None, bag: Bag, quadrant: int, decide: Decide, index: int
    ) -> Explanation:
        """Of window `index`: eeg (n_channels, n_times) µV, or None; what speaks for `quadrant`.
        `decide` gives the logits (4,) of a window."""
        nobody = Bag((None,) * len(bag.memories), bag.factors)
        has_faces = any(memory is not None for memory in bag.memories)
        full, no_eeg, no_faces = (
            self._log_odds(decide(*given), quadrant)
            for given in ((eeg, bag), (None, bag), (eeg, nobody))
        )
        return Explanation(
            window_index=index,
            eeg=0.0 if eeg is None else full - no_eeg,
            faces=full - no_faces if has_faces else 0.0,
            electrodes=frozen(self._electrodes(eeg, bag, quadrant)),
        )

    def _electrodes(self, eeg: Float32 | None, bag: Bag, quadrant: int) -> Float32:
        if eeg is None or not self._shape.config.uses_eeg:
            return np.zeros(self._shape.config.n_channels, np.float32)
        arrays = self._shape.arrays(eeg, bag)
        memories = tuple(None if one is None else on_cpu(one) for one in bag.memories)
        memory = stacked(memories, self._shape.memory, torch.device("cpu"))
        fixed = (torch.from_numpy(one) for one in (arrays.eeg, arrays.factor, arrays.faces_seen))
        signal, factor, faces_seen = fixed
        seen = torch.from_numpy(arrays.tokens_seen).requires_grad_(True)
        logits = self._part(signal, memory, factor, faces_seen, seen)
        (slope,) = torch.autograd.grad(log_odds(logits[0] / self._temperature, quadrant), seen)
        effects: Float32 = slope[1 + self._shape.face_tokens :].numpy().copy()
        return effects

    def _log_odds(self, logits: Float32, quadrant: int) -> float:
        return float(log_odds(torch.from_numpy(logits) / self._temperature, quadrant))


def log_odds(logits: Tensor, quadrant: int) -> Tensor:
    """log p / (1 - p) of a quadrant, from logits (4,)."""
    others = torch.cat([logits[:quadrant], logits[quadrant + 1 :]])
    return logits[quadrant] - others.logsumexp(dim=0)


def on_cpu(memory: Tensor | Float32) -> Tensor:
    """What a backend keeps of a face, wherever that is."""
    if isinstance(memory, Tensor):
        return memory.detach().to("cpu", torch.float32)
    return torch.from_numpy(memory)
