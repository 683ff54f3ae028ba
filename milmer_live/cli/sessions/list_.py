"""`milmer-live sessions`: what has been recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milmer_live.cli.tables import print_whole

if TYPE_CHECKING:
    from milmer_live.storage.session.catalogue import SessionRow


def sessions(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Default: recordings.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For other programs.")] = False,
) -> None:
    """List the sessions: participant, date, length, streams, gaps, labels, size, whole or not."""
    import dataclasses
    import json

    from milmer_live import paths
    from milmer_live.storage.session.catalogue import (
        find_sessions,
        session_row,
    )

    root = folder or paths.recordings()
    rows = [session_row(one) for one in find_sessions(root)]
    if as_json:
        values = [
            dataclasses.asdict(row) | {"folder": str(row.folder), "state": row.state}
            for row in rows
        ]
        typer.echo(json.dumps(values, indent=2))
    elif rows:
        _print_table(rows)
    else:
        typer.echo(f"There is no session in {root}.")


COLUMNS = (
    "Participant", "Session (UTC)", "Length", "Streams", "Gaps", "Labels", "Size", "State",
)  # fmt: skip


def _print_table(rows: list[SessionRow]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in COLUMNS:
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(
            row.participant,
            row.session,
            _length(row.length_s),
            str(len(row.streams)),
            str(row.n_gaps),
            str(row.n_labels),
            f"{row.size_bytes / 1e6:.1f} MB",
            row.state,
            style="yellow" if row.problems else "",
        )
    console = Console(highlight=False, soft_wrap=True)
    print_whole(console, table)
    for row in rows:
        for problem in row.problems:
            console.print(f"{row.participant}/{row.session}: {problem}", markup=False)


def _length(seconds: float | None) -> str:
    if seconds is None:
        return "not known"
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
