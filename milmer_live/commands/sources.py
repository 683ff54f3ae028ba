"""The amplifier and the camera on the command line: options of the commands that use both."""

from __future__ import annotations

from typing import Annotated

import typer

from milmer_live.errors import ConfigError

ChannelsOption = Annotated[
    str | None,
    typer.Option(metavar="Fp1,Fp2,...", help="Name them, where the device does not."),
]
UnitOption = Annotated[
    str | None,
    typer.Option(metavar="uV|mV|V|nV", help="Of the EEG, where the stream does not say it."),
]
MinChannelsOption = Annotated[
    int | None,
    typer.Option(min=4, max=32, help="With fewer of the model's the EEG is left out [8]."),
]
CameraOption = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="camera:0, camera:FILE.avi, camera:http://HOST/..., lsl:NAME (replay); or none.",
    ),
]
CameraSizeOption = Annotated[
    str | None, typer.Option(metavar="WxH", help="Ask the camera for this size.")
]
CameraRateOption = Annotated[
    float, typer.Option(help="Ask the camera for this rate, frames a second.")
]
MirrorOption = Annotated[bool, typer.Option("--mirror", help="Swap left and right.")]


def channel_names(text: str | None) -> tuple[str, ...]:
    """`Fp1,Fp2`; without: none. Raises ConfigError."""
    names = tuple(name.strip() for name in text.split(",")) if text is not None else ()
    if not all(names):
        raise ConfigError(f"'{text}' leaves a channel without a name.", "Write Fp1,Fp2,Cz.")
    return names


def asked_of_camera(size: str | None, rate: float, mirror: bool) -> dict[str, object]:
    """Fields of CameraSettings, not checked yet. Raises ConfigError for what is no size."""
    width, height = _size(size)
    return {"width": width, "height": height, "rate": rate, "mirror": mirror}


def _size(text: str | None) -> tuple[int, int]:
    """`640x480`; without: (0, 0). Raises ConfigError."""
    if text is None:
        return 0, 0
    width, by, height = text.lower().partition("x")
    if not (by and width.isdecimal() and height.isdecimal()):
        raise ConfigError(f"'{text}' is no size of a picture.", "Write --camera-size 640x480.")
    return int(width), int(height)
