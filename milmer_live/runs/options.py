"""What is asked of a run, by a command or by the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SEED = 20_260  # the demo's participant, who is of no training set; see `make demo-model`

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "fp32", "bf16", "int8"]


@dataclass(frozen=True, slots=True)
class Compute:
    """Where the model computes, and how its answers are shown."""

    device: Device = "auto"
    precision: Precision = "auto"
    smooth_s: float = 0.0
