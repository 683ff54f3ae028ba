"""`milmer-live live`: the program on an amplifier and a camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from milmer_live.commands.compute import Compute, DeviceOption, PrecisionOption, SmoothOption
from milmer_live.commands.sources import (
    CameraDelayOption,
    CameraOption,
    CameraRateOption,
    CameraSizeOption,
    ChannelsOption,
    LayoutOption,
    MinCoverageOption,
    MirrorOption,
    UnitOption,
    asked_of_camera,
    said_channels,
)

if TYPE_CHECKING:
    from milmer_live.acquisition.source import EEGSource, FrameSource
    from milmer_live.live.source_worker import SourceWorker
    from milmer_live.processing.said_channels import Said


def live(
    eeg: Annotated[
        str,
        typer.Option(
            metavar="SPEC", help="lsl:NAME, lsl:source_id=ID, brainflow:CYTON?serial_port=PORT, ..."
        ),
    ],
    channels: ChannelsOption = None,
    layout: LayoutOption = None,
    unit: UnitOption = None,
    min_coverage: MinCoverageOption = None,
    camera: CameraOption = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Another model than the one that comes along.")
    ] = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: print every prediction.")
    ] = False,
    duration: Annotated[
        float | None, typer.Option(min=1, help="Seconds; without: until closed (Ctrl+C).")
    ] = None,
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
    screenshot: Annotated[Path | None, typer.Option(help="PNG of the window at the end.")] = None,
    publish: Annotated[
        bool, typer.Option(help="Send predictions and events as LSL streams of our own.")
    ] = True,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "auto",
    smooth: SmoothOption = 0.0,
    light: Annotated[bool, typer.Option("--light", help="The light theme.")] = False,
) -> None:
    """Recognise live, from real devices; `milmer-live devices` lists them."""
    asked = asked_of_camera(camera_size, camera_rate, mirror, camera_delay)
    said = said_channels(channels, layout, unit)
    sources = named_sources(eeg, camera, asked, said)
    sides = beside(also or (), markers or ())

    from rich.console import Console

    from milmer_live.commands.window_run import DeviceStart, WindowLauncher
    from milmer_live.doctor import has_screen
    from milmer_live.nativelog import divert_native_output
    from milmer_live.ui import app

    divert_native_output()
    compute = Compute(device, precision, smooth)
    headless = headless or not has_screen()
    console = Console(highlight=False, soft_wrap=True)
    if not headless:
        start = DeviceStart(
            console,
            lambda: sources,
            checkpoint,
            publishes=publish,
            sides=lambda: sides,
            min_coverage=min_coverage,
            named=(eeg, camera or ""),
            compute=compute,
        )
        raise typer.Exit(
            app.run(
                launcher=WindowLauncher(
                    console, checkpoint=checkpoint, publishes=publish, compute=compute
                ),
                launch=start.launch(),
                look="light" if light else None,
                duration_s=duration,
                screenshot=screenshot,
            )
        )
    from milmer_live.commands.live_run import LiveRun

    run = LiveRun.prepare(
        *sources,
        checkpoint,
        console,
        headless=headless,
        publishes=publish,
        sides=sides,
        min_coverage=min_coverage,
        named=(eeg, camera or ""),
        compute=compute,
    )
    code = app.run(
        run.open,
        model_name=run.recognizer.name,
        on_prediction=run.print_prediction,
        look="light" if light else "dark",
        offscreen=True,
        duration_s=duration,
        screenshot=screenshot,
    )
    run.print_report()
    raise typer.Exit(code)


def named_sources(
    eeg: str,
    camera: str | None,
    asked: Mapping[str, object],
    said: Said | None = None,
) -> tuple[EEGSource, FrameSource | None]:
    """The amplifier and the camera, not opened yet. Raises ConfigError for what names none."""
    from milmer_live.acquisition.registry import eeg_source, frame_source
    from milmer_live.config import CameraSettings, validated
    from milmer_live.processing.said_channels import NOTHING_SAID

    settings = validated(CameraSettings, asked, "The camera")
    frames = None if camera is None else frame_source(camera, settings)
    return eeg_source(eeg, said=said or NOTHING_SAID), frames


def beside(eeg: Sequence[str], markers: Sequence[str]) -> Sequence[SourceWorker[Any, Any]]:
    """The streams beside the model's, not opened yet. Raises ConfigError for what names none."""
    from milmer_live.clock import LSLClock
    from milmer_live.live.side_streams import side_streams
    from milmer_live.live.workers import Faults

    return side_streams(eeg, markers, LSLClock(), Faults())
