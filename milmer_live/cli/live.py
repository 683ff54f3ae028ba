"""`milmer-live live`: the program on an amplifier and a camera."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from milmer_live.cli.compute_options import (
    DeviceOption,
    PrecisionOption,
    SmoothOption,
)
from milmer_live.cli.source_options import (
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
from milmer_live.runs.options import (
    Compute,
)


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
    from milmer_live.runs.sources import open_side_streams, open_sources

    asked = asked_of_camera(camera_size, camera_rate, mirror, camera_delay)
    said = said_channels(channels, layout, unit)
    sources = open_sources(eeg, camera, asked, said)
    sides = open_side_streams(also or (), markers or ())

    from rich.console import Console

    from milmer_live.doctor import has_screen
    from milmer_live.runs.launcher import (
        DeviceStart,
        WindowLauncher,
    )
    from milmer_live.system.native_log import divert_native_output
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
    from milmer_live.runs.devices import LiveRun

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
