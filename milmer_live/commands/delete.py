"""`milmer-live delete`: for a participant who withdraws."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def delete(
    session: Annotated[
        Path, typer.Argument(help="A session's folder, or sub-ID for all of a participant.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a session, or a participant with all sessions, and the face crops made of them."""
    from milmer_live import paths
    from milmer_live.storage.session_lock import doubts
    from milmer_live.storage.sessions import deletable, find_sessions
    from milmer_live.storage.sessions import delete as remove

    folder = session if session.exists() else paths.recordings() / session
    files = deletable(folder)
    size = sum(file.stat().st_size for file in files) / 1e6
    for line in doubts(find_sessions(folder)):
        typer.echo(line)
    typer.echo(f"{folder}: {len(files)} files, {size:.1f} MB. This cannot be undone.")
    if not yes and not typer.confirm("Delete them?"):
        raise typer.Exit(1)
    remove(folder)
    typer.echo("Deleted. Exports and backups elsewhere are not known to this program.")
