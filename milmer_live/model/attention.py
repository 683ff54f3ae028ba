"""Multi-head attention and the two layers built on it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from milmer_live.model.config import MilmerConfig


class Attention(nn.Module):
    """Multi-head attention; parameters named and shaped as in torch.nn.MultiheadAttention."""

    def __init__(self, d_model: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.in_proj_weight = nn.Parameter(torch.empty(3 * d_model, d_model))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * d_model))
        self.out_proj = nn.Linear(d_model, d_model)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, x: Tensor, memory: Tensor, valid: Tensor) -> Tensor:
        """x (batch, n, d), memory (batch, m, d), valid (batch, m) bool -> (batch, n, d).

        Where no token of the memory is valid all are seen, so that nothing turns into NaN; the
        caller masks the result.
        """
        d_model = x.shape[-1]
        weight, bias = self.in_proj_weight, self.in_proj_bias
        query = self._heads(functional.linear(x, weight[:d_model], bias[:d_model]))
        both = functional.linear(memory, weight[d_model:], bias[d_model:])
        key, value = both.chunk(2, dim=-1)
        seen = valid | ~valid.any(dim=1, keepdim=True)
        mixed = functional.scaled_dot_product_attention(
            query,
            self._heads(key),
            self._heads(value),
            attn_mask=seen[:, None, None, :],
            dropout_p=self.dropout if self.training else 0.0,
        )
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out

    def _heads(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


class CrossAttentionLayer(nn.Module):
    """Queries look at the face tokens. Published: without skip connection and norm.

    The memory is never normalised: its scale carries the attention of the faces.
    """

    def __init__(self, config: MilmerConfig) -> None:
        super().__init__()
        self.residual = config.cross_attention_residual
        self.norm_first = config.norm_first
        self.attention = Attention(config.d_model, config.heads, config.dropout)
        self.dropout = nn.Dropout(config.dropout)
        self.norm = nn.LayerNorm(config.d_model) if self.residual else nn.Identity()

    def forward(self, x: Tensor, memory: Tensor, valid: Tensor) -> Tensor:
        if not self.residual:
            plain: Tensor = self.attention(x, memory, valid)
            return plain
        asked = self.norm(x) if self.norm_first else x
        out: Tensor = x + self.dropout(self.attention(asked, memory, valid))
        return out if self.norm_first else self.norm(out)


class EncoderLayer(nn.Module):
    """A Transformer encoder layer, named and computed as torch.nn.TransformerEncoderLayer."""

    def __init__(self, config: MilmerConfig) -> None:
        super().__init__()
        width = config.d_model
        self.norm_first = config.norm_first
        self.self_attn = Attention(width, config.heads, config.dropout)
        self.linear1 = nn.Linear(width, config.feed_forward)
        self.linear2 = nn.Linear(config.feed_forward, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, valid: Tensor, rows: int | None = None) -> Tensor:
        """x (batch, n, d) -> (batch, rows, d): the first `rows` tokens only, or all.

        The other tokens are still looked at; it is their own update that is left out.
        """
        kept: Tensor = x[:, :rows]
        if self.norm_first:
            seen = self.norm1(x)
            kept = kept + self.dropout(self.self_attn(seen[:, :rows], seen, valid))
            return kept + self._feed_forward(self.norm2(kept))
        kept = self.norm1(kept + self.dropout(self.self_attn(kept, x, valid)))
        out: Tensor = self.norm2(kept + self._feed_forward(kept))
        return out

    def _feed_forward(self, x: Tensor) -> Tensor:
        hidden = self.dropout(torch.relu(self.linear1(x)))
        out: Tensor = self.dropout(self.linear2(hidden))
        return out
