"""`milmer-live repair`: make a recording whole again after a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def repair(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A session's folder, an .xdf or an .mkv file.")
    ],
) -> None:
    """Keep every whole chunk and frame, add what the end lacks, keep the original as .bak."""
    from milmer_live.storage.session.lock import doubts
    from milmer_live.storage.upkeep.repair import repair_any

    for line in doubts([file if file.is_dir() else file.parent]):
        typer.echo(line)
    for line in repair_any(file):
        typer.echo(line)
