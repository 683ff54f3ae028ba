"""Where the model computes and how its answers are shown: options of the commands that
recognise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "fp32", "bf16", "int8"]

DeviceOption = Annotated[
    Device, typer.Option(help="Where the model runs; auto: the best that is there.")
]
PrecisionOption = Annotated[
    Precision,
    typer.Option(help="auto: less than fp32 only where it is faster and agrees with it here."),
]
SmoothOption = Annotated[
    float,
    typer.Option(
        "--smooth", min=0, max=30, metavar="SECONDS", help="Smooth the answers shown; 0: not."
    ),
]


@dataclass(frozen=True, slots=True)
class Compute:
    """What was asked for on the command line."""

    device: Device = "auto"
    precision: Precision = "auto"
    smooth_s: float = 0.0
