"""Where the model computes and how its answers are shown: options of the commands that
recognise."""

from __future__ import annotations

from typing import Annotated

import typer

from milmer_live.runs.options import Device, Precision

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
