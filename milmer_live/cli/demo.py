"""`milmer-live demo`: the whole program on a synthetic participant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from milmer_live.cli.compute_options import (
    DeviceOption,
    PrecisionOption,
    SmoothOption,
)
from milmer_live.runs.options import (
    SEED,
    Compute,
)

HEADLESS_S = 30.0


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: print every prediction.")
    ] = False,
    duration: Annotated[
        float | None, typer.Option(min=5, help="Seconds; without: until closed, headless 30.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Another model than the one that comes along.")
    ] = None,
    screenshot: Annotated[
        Path | None, typer.Option(help="PNG of the window at the end; headless: recordings/.")
    ] = None,
    publish: Annotated[
        bool, typer.Option(help="Send predictions and events as LSL streams of our own.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="Which synthetic participant.")] = SEED,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "auto",
    smooth: SmoothOption = 0.0,
    light: Annotated[bool, typer.Option("--light", help="The light theme.")] = False,
) -> None:
    """See it work: a synthetic participant, streamed over LSL, recognised and shown."""
    from rich.console import Console

    from milmer_live import paths
    from milmer_live.doctor import has_screen
    from milmer_live.runs.launcher import WindowLauncher
    from milmer_live.system.native_log import divert_native_output
    from milmer_live.ui import app

    divert_native_output()
    compute = Compute(device, precision, smooth)
    console = Console(highlight=False, soft_wrap=True)
    headless = headless or not has_screen()
    if headless:
        duration = duration or HEADLESS_S
        screenshot = screenshot or paths.recordings() / "demo.png"
    if not headless:
        launcher = WindowLauncher(
            console, checkpoint=checkpoint, seed=seed, publishes=publish, compute=compute
        )
        raise typer.Exit(
            app.run(
                launcher=launcher,
                launch=launcher.demo(),
                look="light" if light else None,
                duration_s=duration,
                screenshot=screenshot,
            )
        )
    from milmer_live.runs.demo import Demo

    run = Demo.prepare(checkpoint, seed, duration, console, publishes=publish, compute=compute)
    run.print_heading()
    code = app.run(
        run.open,
        model_name=run.recognizer.name,
        truth=run.truth_at,
        on_prediction=run.print_prediction,
        look="light" if light else "dark",
        offscreen=True,
        duration_s=duration,
        screenshot=screenshot,
    )
    run.print_report(screenshot)
    raise typer.Exit(code)
