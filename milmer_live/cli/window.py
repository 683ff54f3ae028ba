"""`milmer-live app`: the window, from which everything else is started."""

from __future__ import annotations

from typing import Annotated

import typer


def window(
    publish: Annotated[
        bool, typer.Option(help="Send predictions and events as LSL streams of our own.")
    ] = True,
) -> None:
    """The window: connect devices, look, label, record; or try the demo."""
    from rich.console import Console

    from milmer_live.doctor import has_screen
    from milmer_live.errors import ConfigError
    from milmer_live.runs.launcher import WindowLauncher
    from milmer_live.system.native_log import divert_native_output
    from milmer_live.ui import app

    if not has_screen():
        raise ConfigError(
            "There is no screen to show the window on.",
            "Run milmer-live live --headless, or milmer-live record.",
        )
    divert_native_output()
    console = Console(highlight=False, soft_wrap=True)
    raise typer.Exit(app.run(launcher=WindowLauncher(console, publishes=publish)))
