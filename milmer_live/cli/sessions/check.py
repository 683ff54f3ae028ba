"""`milmer-live check`: hold a session to what was promised of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

STYLES = {"good": "green", "note": "yellow", "fault": "red"}


def check(
    session: Annotated[Path, typer.Argument(help="A session's folder, or any .xdf file.")],
) -> None:
    """Verify counts, gaps, clocks and pictures of a session. Exit code 1 if a promise is broken."""
    from rich.console import Console

    from milmer_live.errors import ExitCode
    from milmer_live.storage.session.catalogue import resolve_session
    from milmer_live.storage.upkeep.check import (
        Level,
        check_session,
    )

    console = Console(highlight=False, soft_wrap=True)
    findings = check_session(resolve_session(session))
    for one in findings:
        style = STYLES[one.level.value]
        console.print(f"[{style}]{one.level.value:5}[/{style}] ", end="")
        console.print(f"{one.about}: {one.text}", markup=False)
    if any(one.level is Level.FAULT for one in findings):
        raise typer.Exit(ExitCode.BROKEN)
