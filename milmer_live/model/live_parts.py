"""Milmer cut for a live stream: what a face costs once, and what is left for a window.

Both parts compute what `Milmer` computes, on the same weights, and differ from it by rounding:

- Keys and values of the cross-attention are linear in a face's tokens, and a selection only
  multiplies or adds faces: W (sum_i f_i x_i) + b = sum_i f_i (W x_i) + b. So W x is worked out
  when the face comes, and the factors f are put in when the window is whole.
- The queries of the first cross-attention are the same for every window.
- In the last encoder layer only [CLS] asks. Then q·(W x_j) = (Wᵀ q)·x_j and
  sum_j a_j (W x_j) = W (sum_j a_j x_j), so that no key and no value has to be made.

A mask is added to the attention's logits (0 or `backend.UNSEEN`), so that it can be differentiated.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from milmer_live.model.attention import Attention, CrossAttentionLayer, EncoderLayer
from milmer_live.model.backends.linear import (
    linear_of,
    shared_copy,
)
from milmer_live.model.network import Milmer


class FacePart(nn.Module):
    """A face to its logit and to what windows will need of it.

    (n, 3, size, size) uint8 -> (n,) and (n, layers, n_tokens, width): for each cross-attention
    its keys and values without bias, or, where there is none, the tokens themselves.
    """

    def __init__(self, network: Milmer) -> None:
        super().__init__()
        self.faces = shared_copy(network.faces)
        attentions = [layer.attention for layer in _crossings(network)]
        self.projections = nn.ModuleList(_keys_values(attention) for attention in attentions)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        tokens, logit = self.faces(images)
        if not len(self.projections):
            return logit, tokens[:, None]
        return logit, torch.stack([project(tokens) for project in self.projections], dim=1)


class WindowPart(nn.Module):
    """The rest of a window. `memory` (n_kept, layers, n_tokens, width) as FacePart made it.

    eeg (1, n_channels, n_times) float32 µV; factor (n_kept,) multiplies the kept faces;
    faces_seen (n_kept,) and tokens_seen (1 + face tokens + n_channels,) are added to the logits
    of the attention to them. Gives logits (1, 4).
    """

    def __init__(self, network: Milmer) -> None:
        super().__init__()
        config = self.config = network.config
        if config.uses_eeg:
            self.eeg = shared_copy(network.eeg)
            self.eeg_tag = shared_copy(network.eeg_tag)
        if config.uses_faces:
            self.face_tag = shared_copy(network.face_tag)
            self._take_balance(network)
        self.cls: Tensor
        self.register_buffer("cls", network.encoder.cls.detach().view(1, 1, -1))
        *inner, last = (cast("EncoderLayer", layer) for layer in network.encoder.layers)
        self.layers = nn.ModuleList(EncoderPart(layer) for layer in inner)
        self.last = LastEncoderPart(last)
        self.norm = shared_copy(network.encoder.norm)
        self.head = linear_of(network.head.weight, network.head.bias)

    def forward(
        self, eeg: Tensor, memory: Tensor, factor: Tensor, faces_seen: Tensor, tokens_seen: Tensor
    ) -> Tensor:
        parts = [self.cls]
        if self.config.uses_faces:
            parts.append(self.face_tag(self._balance(memory, factor, faces_seen)))
        if self.config.uses_eeg:
            parts.append(self.eeg_tag(self.eeg(eeg)))
        x = torch.cat(parts, dim=1)
        seen = tokens_seen.view(1, 1, 1, -1)
        for layer in self.layers:
            x = layer(x, seen)
        logits: Tensor = self.head(self.norm(self.last(x, tokens_seen)))
        return logits

    def _take_balance(self, network: Milmer) -> None:
        crossings = _crossings(network)
        if crossings:
            self.queries: Tensor
            self.register_buffer("queries", network.balance.queries.detach()[None])
            self.first = FirstCrossPart(crossings[0], self.queries)
            self.crossings = nn.ModuleList(CrossPart(layer) for layer in crossings[1:])
        elif network.config.fusion == "mlp":
            self.mlp = shared_copy(network.balance.mlp)

    def _balance(self, memory: Tensor, factor: Tensor, faces_seen: Tensor) -> Tensor:
        """(1, face tokens, d_model) from the kept faces."""
        memory = memory * factor.view(-1, 1, 1, 1)
        if self.config.selection == "amil":
            memory = memory.sum(dim=0, keepdim=True)
            faces_seen = faces_seen.amax(dim=0, keepdim=True)
        n_tokens = memory.shape[2]
        layers = memory.transpose(0, 1).flatten(1, 2)
        if self.config.fusion == "none":
            return layers
        if self.config.fusion == "mlp":
            balanced: Tensor = self.mlp(layers)
            return balanced
        seen = faces_seen.repeat_interleave(n_tokens, output_size=len(faces_seen) * n_tokens)
        seen = seen.view(1, 1, 1, -1)
        x: Tensor = self.first(self.queries, layers[:1], seen)
        for index, layer in enumerate(self.crossings, start=1):
            x = layer(x, layers[index : index + 1], seen)
        return x


class SlopePart(nn.Module):
    """By how much a decision grows with the presence of each electrode (explain.py).

    As WindowPart, and toward (4,), which weighs the logits; gives (n_channels,).
    """

    def __init__(self, network: Milmer) -> None:
        super().__init__()
        self.window = WindowPart(network)
        self.n_channels = network.config.n_channels

    def forward(
        self,
        eeg: Tensor,
        memory: Tensor,
        factor: Tensor,
        faces_seen: Tensor,
        tokens_seen: Tensor,
        toward: Tensor,
    ) -> Tensor:
        with torch.enable_grad():
            tokens_seen = tokens_seen.detach().requires_grad_(True)
            logits = self.window(eeg, memory, factor, faces_seen, tokens_seen)
            (slopes,) = torch.autograd.grad((logits[0] * toward).sum(), tokens_seen)
        return slopes[-self.n_channels :]


class CrossPart(nn.Module):
    """A CrossAttentionLayer on keys and values that were projected before."""

    def __init__(self, layer: CrossAttentionLayer) -> None:
        super().__init__()
        attention, width = layer.attention, layer.attention.out_proj.in_features
        self.heads = attention.heads
        self.residual, self.norm_first = layer.residual, layer.norm_first
        self.query = linear_of(attention.in_proj_weight[:width], attention.in_proj_bias[:width])
        self.bias: Tensor
        self.register_buffer("bias", attention.in_proj_bias[width:].detach().clone())
        self.out = linear_of(attention.out_proj.weight, attention.out_proj.bias)
        self.norm = shared_copy(layer.norm)

    def forward(self, x: Tensor, keys_values: Tensor, seen: Tensor) -> Tensor:
        """x (1, n, d), keys_values (1, m, 2 d), seen (1, 1, 1, m) -> (1, n, d)."""
        return self._mix(x, self._asked(x), keys_values, seen)

    def _asked(self, x: Tensor) -> Tensor:
        return split_heads(self.query(self.norm(x) if self._norms_before else x), self.heads)

    @property
    def _norms_before(self) -> bool:
        return self.residual and self.norm_first

    def _mix(self, x: Tensor, query: Tensor, keys_values: Tensor, seen: Tensor) -> Tensor:
        key, value = (keys_values + self.bias).chunk(2, dim=-1)
        mixed = functional.scaled_dot_product_attention(
            query, split_heads(key, self.heads), split_heads(value, self.heads), attn_mask=seen
        )
        out: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        if not self.residual:
            return out
        return x + out if self.norm_first else self.norm(x + out)


class FirstCrossPart(CrossPart):
    """As CrossPart, with the learned queries projected once for all."""

    def __init__(self, layer: CrossAttentionLayer, queries: Tensor) -> None:
        super().__init__(layer)
        self.asked: Tensor
        with torch.no_grad():
            self.register_buffer("asked", self._asked(queries).contiguous())
        del self.query

    def forward(self, x: Tensor, keys_values: Tensor, seen: Tensor) -> Tensor:
        return self._mix(x, self.asked, keys_values, seen)


class EncoderPart(nn.Module):
    """An EncoderLayer with one product for queries, keys and values."""

    def __init__(self, layer: EncoderLayer) -> None:
        super().__init__()
        attention = layer.self_attn
        self.heads, self.norm_first = attention.heads, layer.norm_first
        self._take_attention(attention)
        self.out = linear_of(attention.out_proj.weight, attention.out_proj.bias)
        self.linear1 = linear_of(layer.linear1.weight, layer.linear1.bias)
        self.linear2 = linear_of(layer.linear2.weight, layer.linear2.bias)
        self.norm1, self.norm2 = shared_copy(layer.norm1), shared_copy(layer.norm2)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """x (1, n, d), seen added to the attention's logits -> (1, n, d)."""
        if self.norm_first:
            x = self._kept(x) + self._attend(self.norm1(x), seen)
            return x + self._feed_forward(self.norm2(x))
        x = self.norm1(self._kept(x) + self._attend(x, seen))
        out: Tensor = self.norm2(x + self._feed_forward(x))
        return out

    def _take_attention(self, attention: Attention) -> None:
        self.qkv = linear_of(attention.in_proj_weight, attention.in_proj_bias)

    def _kept(self, x: Tensor) -> Tensor:
        return x

    def _attend(self, x: Tensor, seen: Tensor) -> Tensor:
        query, key, value = (split_heads(one, self.heads) for one in self.qkv(x).chunk(3, dim=-1))
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        out: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return out

    def _feed_forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear2(torch.relu(self.linear1(x)))
        return out


class LastEncoderPart(EncoderPart):
    """An EncoderLayer of which only the first token, [CLS], is wanted; gives (1, d)."""

    def _take_attention(self, attention: Attention) -> None:
        width = attention.out_proj.in_features
        weight, bias = attention.in_proj_weight.detach(), attention.in_proj_bias.detach()
        self.query = linear_of(weight[:width], bias[:width])
        by_head = weight[width:].view(2, self.heads, -1, width)
        self.by_head: Tensor  # keys and values, (2, heads, d_head, d)
        self.value_bias: Tensor
        self.register_buffer("by_head", by_head)
        self.register_buffer("value_bias", bias[2 * width :])

    def _kept(self, x: Tensor) -> Tensor:
        return x[:, 0]

    def _attend(self, x: Tensor, seen: Tensor) -> Tensor:
        to_keys, to_values = self.by_head.unbind(0)
        query = self.query(x[:, 0]).view(self.heads, 1, -1)
        asked = torch.bmm(query, to_keys)[:, 0]  # the keys' bias adds the same to each logit
        # As one call: OpenVINO's own fusion of its parts is wrong in bf16 (2026.4.1).
        mixed = functional.scaled_dot_product_attention(
            asked[None, None],
            x[:, None],
            x[:, None],
            attn_mask=seen.view(1, 1, 1, -1),
            scale=1 / math.sqrt(query.shape[-1]),
        )[0, 0]
        values = torch.bmm(to_values, mixed[:, :, None]).flatten()
        out: Tensor = self.out((values + self.value_bias)[None])
        return out


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(1, n, d) -> (1, heads, n, d / heads)."""
    return x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def _crossings(network: Milmer) -> list[CrossAttentionLayer]:
    """The layers of the cross-attention; none for the other fusions."""
    config = network.config
    if not config.uses_faces or config.fusion != "cross_attention":
        return []
    return [layer for layer in network.balance.layers if isinstance(layer, CrossAttentionLayer)]


def _keys_values(attention: Attention) -> nn.Linear:
    width = attention.out_proj.in_features
    return linear_of(attention.in_proj_weight[width:], None)
