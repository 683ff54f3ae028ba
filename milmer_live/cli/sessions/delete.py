"""`milmer-live delete`: for a participant who withdraws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from milmer_live.storage.upkeep.deletion import Deleted


def delete(
    session: Annotated[
        Path, typer.Argument(help="A session's folder, or sub-ID for all of a participant.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a session, or a participant with all sessions, and all that was made of them here:
    parts in the fallback folder, cached face crops, pictures of the window."""
    from milmer_live.storage.session.lock import doubts
    from milmer_live.storage.upkeep.deletion import (
        carry_out,
        plan_deletion,
    )

    deletion = plan_deletion(session)
    files = deletion.files()
    size = sum(file.lstat().st_size for file in files) / 1e6
    for line in (*deletion.targets, *deletion.links, *doubts(deletion.sessions)):
        typer.echo(line)
    typer.echo(f"{len(files)} files, {size:.1f} MB. This cannot be undone.")
    if not yes and not typer.confirm("Delete them?"):
        raise typer.Exit(1)
    done = carry_out(deletion)
    _print(done)
    if done.problems:
        raise typer.Exit(1)


def _print(done: Deleted) -> None:
    for path in done.removed:
        typer.echo(f"Deleted: {path}")
    for problem in done.problems:
        typer.echo(problem, err=True)
    typer.echo(
        "Not looked for: exports, backups, training runs and other copies elsewhere, and lines of "
        "the log that name the session."
    )
