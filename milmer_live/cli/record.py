"""`milmer-live record`: a session on a machine without a screen."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from milmer_live.cli.source_options import (
    CameraDelayOption,
    CameraOption,
    CameraRateOption,
    CameraSizeOption,
    LayoutOption,
    MinCoverageOption,
    MirrorOption,
    UnitOption,
    asked_of_camera,
    said_channels,
)


class VideoName(StrEnum):
    """What of the camera is kept."""

    none = "none"
    face = "face"
    full = "full"


class CodecName(StrEnum):
    """How pictures are kept."""

    h264 = "h264"
    ffv1 = "ffv1"
    mjpeg = "mjpeg"


def record(
    eeg: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC", help="lsl:NAME, brainflow:BOARD, ...; again for more streams."
        ),
    ],
    participant: Annotated[str, typer.Option(help="Letters and digits, such as 01.")],
    channels: Annotated[
        str | None,
        typer.Option(
            metavar="Fp1,Fp2,...", help="Name those of the first --eeg, where it does not."
        ),
    ] = None,
    layout: LayoutOption = None,
    unit: UnitOption = None,
    min_coverage: MinCoverageOption = None,
    camera: CameraOption = None,
    camera_size: CameraSizeOption = None,
    camera_rate: CameraRateOption = 0.0,
    camera_delay: CameraDelayOption = 0.0,
    mirror: MirrorOption = False,
    also: Annotated[
        list[str] | None,
        typer.Option(metavar="SPEC", help="More signals, recorded beside --eeg; again for more."),
    ] = None,
    markers: Annotated[
        list[str] | None,
        typer.Option(metavar="SPEC", help="lsl:NAME of a stream of markers; again for more."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Default: recordings.")] = None,
    duration: Annotated[
        float | None, typer.Option(min=1, help="Seconds; without: until Ctrl+C.")
    ] = None,
    video: Annotated[
        VideoName, typer.Option(help="What of the camera is kept; needs --consent.")
    ] = VideoName.none,
    consent: Annotated[
        bool, typer.Option("--consent", help="The participant has agreed to be filmed.")
    ] = False,
    codec: Annotated[CodecName, typer.Option(help="ffv1 keeps every bit.")] = CodecName.h264,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Recognise with this model, and record what it says.")
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC", help="What must be whole, as it was named; default: everything."
        ),
    ] = None,
    wait: Annotated[
        float,
        typer.Option(
            min=0, metavar="SECONDS", help="Wait for samples of all that is required first."
        ),
    ] = 0.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="The balance for other programs; the rest on stderr.")
    ] = False,
) -> None:
    """Record EEG, camera and predictions into recordings/sub-ID/ses-UTC, without a window.

    Exit code 0: all that was required is whole. 3: it was recorded, but something is missing or
    not whole, and the balance names it. 2: it could not be recorded.
    """
    from rich.console import Console

    from milmer_live.runs.record import (
        RecordOptions,
        run_recording,
    )
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    options = RecordOptions(
        eeg=(*eeg, *(also or ())),
        said=said_channels(channels, layout, unit),
        min_coverage=min_coverage,
        camera=camera,
        asked_of_camera=asked_of_camera(camera_size, camera_rate, mirror, camera_delay),
        markers=tuple(markers or ()),
        participant=participant,
        out=out,
        duration_s=duration,
        recording={"video": video.value, "video_consent": consent, "codec": codec.value},
        checkpoint=checkpoint,
        required=None if require is None else tuple(require),
        wait_s=wait,
    )
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    recorded = run_recording(options, console)
    if as_json:
        typer.echo(recorded.json_text)
    raise typer.Exit(recorded.exit_code)
