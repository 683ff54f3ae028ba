"""The amplifier and the camera on the command line: options of the commands that use both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from milmer_live.errors import ConfigError

if TYPE_CHECKING:
    from milmer_live.processing.channels.user_channels import Said

ChannelsOption = Annotated[
    str | None,
    typer.Option(metavar="Fp1,Fp2,...", help="Name them in order; - leaves one as it is."),
]
UnitOption = Annotated[
    str | None,
    typer.Option(metavar="uV|mV|V|nV", help="Of the EEG, where the stream does not say it."),
]
LayoutOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Where numbered electrodes are: `devices --layouts`."),
]
MinCoverageOption = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="With less of the model's EEG known it is left out [0.65]."),
]
CameraOption = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="camera:0, camera:FILE.mp4, camera:http://HOST/..., lsl:NAME (replay).",
    ),
]
CameraSizeOption = Annotated[
    str | None, typer.Option(metavar="WxH", help="Ask the camera for this size.")
]
CameraRateOption = Annotated[
    float, typer.Option(help="Ask the camera for this rate, frames a second.")
]
CameraDelayOption = Annotated[
    float,
    typer.Option(metavar="SECONDS", help="Fixed delay of the camera, taken from its times."),
]
MirrorOption = Annotated[bool, typer.Option("--mirror", help="Swap left and right.")]


def said_channels(channels: str | None, layout: str | None, unit: str | None) -> Said:
    """What the options say of a device's channels. Raises ConfigError."""
    from milmer_live.processing.channels.user_channels import Said

    return Said.of(channels or "", layout or "", unit or "")


def asked_of_camera(
    size: str | None, rate: float, mirror: bool, delay_s: float
) -> dict[str, object]:
    """Fields of CameraSettings, not checked yet. Raises ConfigError for what is no size."""
    width, height = _size(size)
    return {"width": width, "height": height, "rate": rate, "mirror": mirror, "delay_s": delay_s}


def _size(text: str | None) -> tuple[int, int]:
    """`640x480`; without: (0, 0). Raises ConfigError."""
    if text is None:
        return 0, 0
    width, by, height = text.lower().partition("x")
    if not (by and width.isdecimal() and height.isdecimal()):
        raise ConfigError(f"'{text}' is no size of a picture.", "Write --camera-size 640x480.")
    return int(width), int(height)
