"""Parts whose weights are int8, which OpenVINO multiplies in int8.

Each row of a weight has its own scale, its largest absolute value / 127. The inputs are rounded
by the compiled part itself, each token in groups of `backend_openvino.GROUP` values with a scale
of their own (per-token dynamic quantization: Yao et al. 2022, ZeroQuant, arXiv 2206.01861). So
there is nothing to calibrate, and a token with large values costs the others nothing.

Fixed ranges, one for each input as calibration windows fill it, are a fifth faster and further
off: over 700 windows of the demo's weights, faces chosen as in fp32, a probability moves by 0.063
at most with symmetric ranges, 0.028 with asymmetric ones, 0.036 with those of the smallest square
error and 0.082 with outliers moved into the weights (SmoothQuant, Xiao et al. 2022,
arXiv 2211.10438); with groups of 32 by 0.019, in bf16 by 0.028.

Which faces are kept rounding does not decide (`Predictor`): where the third and the fourth score of
a bag changed places, another face was kept and a probability had moved by 0.9.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from milmer_live.model.backends.linear import (
    ModuleT,
    replace_linears,
    shared_copy,
)
from milmer_live.model.backends.openvino_ import GROUP

LARGEST_INT8: Final = 127
# The classifier (4 rows) and the last row of a face's score cost nothing and decide at once.
LEAST_ROWS: Final = 16


class Int8Linear(nn.Module):
    """A Linear with int8 weights (out, in) and a float32 scale (out, 1) a row.

    PyTorch multiplies in float32; OpenVINO sees from `weight * scale` what may stay int8.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        largest = weight.abs().amax(dim=1, keepdim=True)
        scale = torch.where(largest > 0, largest / LARGEST_INT8, torch.ones_like(largest))
        self.weight: Tensor
        self.scale: Tensor
        self.register_buffer("weight", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)
        bias = linear.bias
        self.bias = None if bias is None else nn.Parameter(bias.detach(), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight.to(torch.float32) * self.scale, self.bias)


def quantized(part: ModuleT, group: int = GROUP) -> ModuleT:
    """A copy of a FacePart or WindowPart with int8 weights; `part` stays as it is.

    Compile it with DYNAMIC_QUANTIZATION_GROUP_SIZE = `group`. A layer whose inputs are no multiple
    of that OpenVINO would multiply in float, from weights that it unpacks anew each time: it keeps
    its own (the first two stages of Swin-Tiny; a face takes 8 % less by that).
    """

    def made(one: nn.Linear) -> nn.Module:
        fits = one.in_features % group == 0 and one.out_features >= LEAST_ROWS
        return Int8Linear(one) if fits else one

    copied = shared_copy(part)
    replace_linears(copied, made)
    return copied
