"""`milmer-live export`: a session for another program."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class FormatName(StrEnum):
    """What `export` can write."""

    fif = "fif"
    edf = "edf"
    brainvision = "brainvision"
    bids = "bids"
    csv = "csv"
    npz = "npz"


def export(
    session: Annotated[Path, typer.Argument(help="A session's folder, or any .xdf file.")],
    to: Annotated[FormatName, typer.Option(help="The format.")],
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("exports"),
) -> None:
    """Write EEG, labels, markers and gaps of a session in another format; never pictures."""
    from milmer_live.storage.export import export as write
    from milmer_live.storage.sessions import resolve_session

    typer.echo(write(resolve_session(session), to.value, out))
