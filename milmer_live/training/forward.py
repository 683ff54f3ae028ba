"""The network on a batch: each distinct face is embedded once and dealt to its windows."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from milmer_live.model.network import FaceTokens, Milmer
from milmer_live.training.data.batches import Batch
from milmer_live.training.frozen_backbone import FrozenBackbone

# What the network is given in a judgement: (EEG, faces).
MODALITIES: Mapping[str, tuple[bool, bool]] = {
    "both": (True, True),
    "eeg": (True, False),
    "faces": (False, True),
}


def embed_bags(network: Milmer, batch: Batch, frozen: FrozenBackbone | None) -> FaceTokens:
    """tokens (B, bag, n_tokens, d_model) and logits (B, bag) of the batch's faces; `frozen` is
    the network's backbone where it does not learn."""
    shape = batch.slots.shape
    if not network.config.uses_faces:
        nothing = batch.eeg.new_zeros(*shape, 0, network.config.d_model)
        return FaceTokens(nothing, batch.eeg.new_zeros(shape))
    if frozen is None:
        tokens, logit = network.embed_faces(batch.faces())
    else:
        tokens, logit = network.faces.embed(frozen.tokens(batch))
    # index_select: its backward is a plain index_add, faster on a CPU than that of tokens[slots].
    where = batch.slots.flatten()
    return FaceTokens(
        tokens.index_select(0, where).view(*shape, *tokens.shape[1:]),
        logit.index_select(0, where).view(shape),
    )


class BatchForward(nn.Module):
    """A batch to its logits (B, 4) in one call, which is what DistributedDataParallel wraps."""

    def __init__(self, network: Milmer, frozen: FrozenBackbone | None = None) -> None:
        super().__init__()
        self.network = network
        self._frozen = frozen

    def forward(self, batch: Batch) -> Tensor:
        tokens, logits = embed_bags(self.network, batch, self._frozen)
        valid = batch.faces_valid
        return self.network.classify(batch.eeg, tokens, logits, batch.eeg_valid, valid).logits


def judge(
    network: Milmer,
    batch: Batch,
    modalities: tuple[str, ...],
    frozen: FrozenBackbone | None = None,
) -> dict[str, Tensor]:
    """float32 logits (B, 4) of each of `modalities`; the faces are embedded once for all."""
    with torch.inference_mode():
        tokens, logits = embed_bags(network, batch, frozen)
        answers = {}
        for name in modalities:
            eeg, faces = MODALITIES[name]
            answers[name] = network.classify(
                batch.eeg, tokens, logits, batch.eeg_valid & eeg, batch.faces_valid & faces
            ).logits.float()
    return answers


def judged(network: Milmer) -> tuple[str, ...]:
    """The modalities that the network can answer from."""
    uses = (network.config.uses_eeg, network.config.uses_faces)
    if all(uses):
        return tuple(MODALITIES)
    return ("eeg",) if uses[0] else ("faces",)
