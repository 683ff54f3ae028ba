"""Swin weights from Hugging Face's layout (transformers' SwinModel) to timm's.

The two hold the same numbers under other names, with two differences in shape: query, key and
value are one matrix in timm, and a patch merging belongs to the stage before it in
Hugging Face's layout and to the stage after it in timm's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

# transformers 5 names some tensors otherwise in memory than in the files it writes; both are
# read. In this order: the longer names first.
_NAMES = (
    ("embeddings.patch_embeddings.projection.", "patch_embed.proj."),
    ("embeddings.norm.", "patch_embed.norm."),
    ("encoder.layers.", "layers."),
    (".layernorm_before.", ".norm1."),
    (".layernorm_after.", ".norm2."),
    (".attention.output.dense.", ".attn.proj."),
    (".attention.o_proj.", ".attn.proj."),
    (".attention.relative_position_bias.", ".attn."),
    (".attention.self.", ".attn."),
    (".attention.", ".attn."),
    (".intermediate.dense.", ".mlp.fc1."),
    (".output.dense.", ".mlp.fc2."),
)
_QKV = re.compile(r"(.*\.attn)\.(query|key|value|q_proj|k_proj|v_proj)\.(weight|bias)")
_MERGING = re.compile(r"layers\.(\d+)\.downsample\.(.*)")
_COMPUTED = ("relative_position_index", "attn_mask")


def to_timm(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors by the names of today's timm: from transformers' SwinModel, from the original
    Swin release (which merges patches as Hugging Face does), or, as they are, from timm."""
    weights = {name: value for name, value in state.items() if not name.endswith(_COMPUTED)}
    if any(name.removeprefix("swin.").startswith("embeddings.patch_emb") for name in weights):
        weights = _joined({_renamed(name): value for name, value in weights.items()})
    if "layers.0.downsample.reduction.weight" in weights:
        weights = {_MERGING.sub(_next_stage, name): value for name, value in weights.items()}
    return weights


def _renamed(name: str) -> str:
    name = name.removeprefix("swin.")
    if name.startswith("layernorm."):
        return name.replace("layernorm.", "norm.")
    for old, new in _NAMES:
        name = name.replace(old, new)
    return name


def _joined(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Query, key and value of each block as one tensor."""
    joined: dict[str, Tensor] = {}
    split: dict[str, dict[str, Tensor]] = {}
    for name, value in weights.items():
        part = _QKV.fullmatch(name)
        if part is None:
            joined[name] = value
        else:
            split.setdefault(f"{part[1]}.qkv.{part[3]}", {})[part[2][0]] = value
    for name, parts in split.items():
        joined[name] = torch.cat([parts[which] for which in "qkv" if which in parts])
    return joined


def _next_stage(merging: re.Match[str]) -> str:
    return f"layers.{int(merging[1]) + 1}.downsample.{merging[2]}"
