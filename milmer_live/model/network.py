"""Milmer: EEG tokens and the faces of a bag, fused by a Transformer encoder.

The network is in two parts. `embed_faces` looks at single faces, so a live stream does it once
for each; `classify` is all that is left at the end of a window. `forward` is both.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from milmer_live.model.backbone.network import TokenBackbone
from milmer_live.model.config import MilmerConfig
from milmer_live.model.eeg_encoder import EEGTokens
from milmer_live.model.fusion import Balance, Encoder, Tag, Tokens, embedding
from milmer_live.model.mil import FaceScore, FaceSelection
from milmer_live.samples import Quadrant


class FaceTokens(NamedTuple):
    """tokens (n, n_tokens, d_model) and the selection's logit (n,) of each face."""

    tokens: Tensor
    logit: Tensor


class MilmerOutput(NamedTuple):
    """logits (batch, 4) in the order of `Quadrant`; selected (batch, k) slots of the bag, -1
    where there was no face; weights (batch, k), their shares of the attention."""

    logits: Tensor
    selected: Tensor
    weights: Tensor


class Milmer(nn.Module):
    """The network of `config`. Raises ModelError.

    A missing modality is masked out of every softmax, so that an absent face or an unplugged
    EEG changes nothing but what is known. With neither, the four quadrants come out equal.
    """

    def __init__(self, config: MilmerConfig) -> None:
        super().__init__()
        self.config = config
        if config.uses_eeg:
            self.eeg = EEGTokens(config)
            self.eeg_tag = Tag(config.n_channels, config)
        if config.uses_faces:
            self.faces = FaceEmbedding(config)
            self.select = FaceSelection(config)
            self.balance = Balance(config, self.faces.n_tokens)
            self.face_tag = Tag(self.balance.n_tokens, config)
        self.encoder = Encoder(config)
        self.head_dropout = nn.Dropout(config.head_dropout)
        self.head = nn.Linear(config.d_model, len(Quadrant))

    def forward(
        self, eeg: Tensor, faces: Tensor, eeg_valid: Tensor, faces_valid: Tensor
    ) -> MilmerOutput:
        """eeg (batch, n_channels, n_times) float32 µV, faces (batch, bag, 3, size, size) uint8,
        eeg_valid (batch,) bool, faces_valid (batch, bag) bool."""
        if not self.config.uses_faces:
            tokens = eeg.new_zeros(*faces_valid.shape, 0, self.config.d_model)
            return self.classify(
                eeg, tokens, eeg.new_zeros(faces_valid.shape), eeg_valid, faces_valid
            )
        embedded, scores = self.embed_faces(faces.flatten(0, 1))
        tokens = embedded.view(*faces_valid.shape, *embedded.shape[1:])
        return self.classify(eeg, tokens, scores.view(faces_valid.shape), eeg_valid, faces_valid)

    def embed_faces(self, images: Tensor) -> FaceTokens:
        """images (n, 3, size, size) uint8. A face's result depends on that face alone."""
        return FaceTokens(*self.faces(images))

    def classify(
        self,
        eeg: Tensor,
        tokens: Tensor,
        logits: Tensor,
        eeg_valid: Tensor,
        faces_valid: Tensor,
    ) -> MilmerOutput:
        """As `forward`, with tokens (batch, bag, n_tokens, d_model) and logits (batch, bag) of
        `embed_faces`. What is marked as missing may hold anything, NaN too."""
        parts: list[Tokens] = []
        slots = faces_valid.new_zeros(len(faces_valid), 0, dtype=torch.long)
        weights = eeg.new_zeros(len(faces_valid), 0)
        if self.config.uses_faces:
            tokens = tokens.masked_fill(~faces_valid[:, :, None, None], 0)
            choice = self.select(tokens, logits, faces_valid)
            slots, weights = choice.slots, choice.weights
            balanced = self.balance(choice)
            parts.append(Tokens(self.face_tag(balanced.values), balanced.valid))
        if self.config.uses_eeg:
            eeg = eeg.masked_fill(~eeg_valid[:, None, None], 0)
            values = self.eeg_tag(self.eeg(eeg))
            parts.append(Tokens(values, eeg_valid[:, None].expand(values.shape[:2])))
        fused = Tokens(
            torch.cat([part.values for part in parts], dim=1),
            torch.cat([part.valid for part in parts], dim=1),
        )
        logits = self.head(self.head_dropout(self.encoder(fused)))
        nothing = ~fused.valid.any(dim=1, keepdim=True)
        return MilmerOutput(logits.masked_fill(nothing, 0), slots, weights)


class FaceEmbedding(nn.Module):
    """Backbone, projection to d_model where the widths differ, the place of each token in the
    face, and the score of each face.

    The backbone knows places relative to each other only. Without `position` the queries of the
    cross-attention cannot ask for the mouth: from 16,000 synthetic faces the demo's Swin then
    left 50 % of the variance of the expression unexplained after 600 steps, with it 17 %.
    """

    def __init__(self, config: MilmerConfig) -> None:
        super().__init__()
        self.backbone = TokenBackbone(config)
        self.n_tokens = self.backbone.n_tokens
        width = self.backbone.width
        same = width == config.d_model
        self.project = nn.Identity() if same else nn.Linear(width, config.d_model)
        self.position: nn.Parameter | None = None
        if config.position_embeddings:
            self.position = nn.Parameter(embedding(self.n_tokens, config.d_model))
        self.score = FaceScore(config, self.n_tokens) if config.scores_faces else None

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return self.embed(self.backbone(images))

    def embed(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """What comes after the backbone, whose output `features` (n, n_tokens, width) is."""
        tokens = self.project(features)
        if self.position is not None:
            tokens = tokens + self.position
        if self.score is None:
            return tokens, tokens.new_zeros(len(tokens))
        return tokens, self.score(tokens)
