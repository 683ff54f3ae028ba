"""Linear layers for inference: weights laid out, or rounded, once instead of at each call.

oneDNN multiplies fp32 faster than what PyTorch takes by default on many processors, once the
weights are in its own layout: on a Zen 5 core 217 instead of 92 GFLOP/s at 180 x 768 x 3072.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

# The published score layer has 1.4 G weights: a second copy would not fit.
LARGEST_PACKED = 100_000_000
PROBE_ROWS, PROBE_RUNS = 196, 5

ModuleT = TypeVar("ModuleT", bound=nn.Module)


class RoundedLinear(nn.Module):
    """A Linear that multiplies in `dtype` and gives back float32."""

    def __init__(self, linear: nn.Linear, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.weight = nn.Parameter(linear.weight.detach().to(dtype), requires_grad=False)
        bias = linear.bias
        self.bias = None if bias is None else nn.Parameter(bias.detach().to(dtype), False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x.to(self.dtype), self.weight, self.bias).float()


class PackedLinear(nn.Module):
    """A Linear whose weights are in oneDNN's layout, in float32 or bfloat16; CPU only."""

    def __init__(self, linear: nn.Linear, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        weight = linear.weight.detach().to(dtype).contiguous()
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight)
        self._bias = None if linear.bias is None else linear.bias.detach().to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.to(self.dtype).contiguous()
        out: Tensor = torch.ops.mkldnn._linear_pointwise(
            rows, self._weight, self._bias, "none", [], ""
        )
        return out.float()


def linear_of(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    """A Linear on these weights themselves, not on a copy; they are not trained by it."""
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias is not None, device="meta")
    linear.weight = nn.Parameter(weight.detach(), requires_grad=False)
    if bias is not None:
        linear.bias = nn.Parameter(bias.detach(), requires_grad=False)
    return linear


def shared_copy(module: ModuleT) -> ModuleT:
    """A copy that may be rebuilt, on the same weights; they are not trained by it."""
    memo: dict[int, object] = {
        id(one): nn.Parameter(one.detach(), requires_grad=False) for one in module.parameters()
    }
    memo.update({id(one): one for one in module.buffers()})
    return copy.deepcopy(module, memo)


def replace_linears(module: nn.Module, make: Callable[[nn.Linear], nn.Module]) -> None:
    """Put `make(linear)` where `module` has a Linear."""
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            if child.weight.numel() <= LARGEST_PACKED:
                setattr(module, name, make(child))
        else:
            replace_linears(child, make)


def packing_pays(width: int, hidden: int, dtype: torch.dtype) -> bool:
    """Whether oneDNN's layout is there and faster on this machine, tried on one layer."""
    if not getattr(torch.backends.mkldnn, "is_available", bool)():
        return False
    linear = nn.Linear(width, hidden)
    x = torch.randn(PROBE_ROWS, width)
    plain: nn.Module = linear if dtype is torch.float32 else RoundedLinear(linear, dtype)
    with torch.inference_mode():
        try:
            packed = PackedLinear(linear, dtype)
            agrees = torch.allclose(packed(x), plain(x), atol=1e-4 if plain is linear else 0.1)
        except (AttributeError, RuntimeError):
            return False  # PyTorch was built without it
        return agrees and _fastest(packed, x) < _fastest(plain, x)


def _fastest(layer: nn.Module, x: Tensor) -> float:
    taken = []
    for _ in range(PROBE_RUNS):
        began = time.perf_counter()
        layer(x)
        taken.append(time.perf_counter() - began)
    return min(taken)
