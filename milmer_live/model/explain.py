"""What moved a decision: the modalities and the electrodes, at every window.

Each token is given a presence p, which multiplies its weight in every attention: log p is added
to the attention's logits. p = 1 is the network as it is, p = 0 takes the token out of it. The
derivative of the shown quadrant's log-odds by p, at p = 1, is the first-order estimate of what
occlusion would find (log-odds with the token minus without it), for all tokens at once and for
the price of one backward pass. The effect of a modality is that of all its tokens.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from milmer_live.model.backend import Bag, WindowShape, stacked
from milmer_live.model.network import Milmer
from milmer_live.model.parts import WindowPart
from milmer_live.samples import Explanation, Float32, frozen


class Explainer:
    """Explains the decisions of `network` on its own weights, in float32 on the CPU."""

    def __init__(self, network: Milmer, temperature: float) -> None:
        self._part = WindowPart(network).eval()
        self._shape = WindowShape.of(network)
        self._temperature = temperature

    def explain(self, index: int, eeg: Float32 | None, bag: Bag, quadrant: int) -> Explanation:
        """Of window `index`: eeg (n_channels, n_times) µV, or None; what speaks for `quadrant`."""
        arrays = self._shape.arrays(eeg, bag)
        memories = tuple(None if one is None else on_cpu(one) for one in bag.memories)
        memory = stacked(memories, self._shape.memory, torch.device("cpu"))
        fixed = (torch.from_numpy(one) for one in (arrays.eeg, arrays.factor, arrays.faces_seen))
        signal, factor, faces_seen = fixed
        seen = torch.from_numpy(arrays.tokens_seen).requires_grad_(True)
        logits = self._part(signal, memory, factor, faces_seen, seen)
        (slope,) = torch.autograd.grad(log_odds(logits[0] / self._temperature, quadrant), seen)
        effects = slope.numpy().astype(np.float32) * (arrays.tokens_seen == 0)
        first_electrode = 1 + self._shape.face_tokens
        electrodes = effects[first_electrode:].copy()
        faces = float(effects[1:first_electrode].sum())
        return Explanation(index, float(electrodes.sum()), faces, frozen(electrodes))


def log_odds(logits: Tensor, quadrant: int) -> Tensor:
    """log p / (1 - p) of a quadrant, from logits (4,)."""
    others = torch.cat([logits[:quadrant], logits[quadrant + 1 :]])
    return logits[quadrant] - others.logsumexp(dim=0)


def on_cpu(memory: Tensor | Float32) -> Tensor:
    """What a backend keeps of a face, wherever that is."""
    if isinstance(memory, Tensor):
        return memory.detach().to("cpu", torch.float32)
    return torch.from_numpy(memory)
