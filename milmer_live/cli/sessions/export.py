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
    bdf = "bdf"
    brainvision = "brainvision"
    bids = "bids"
    eeglab = "eeglab"
    csv = "csv"
    npz = "npz"


def export(
    session: Annotated[Path, typer.Argument(help="A session's folder, or a recording.")],
    to: Annotated[FormatName, typer.Option(help="The format.")],
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("exports"),
    rate: Annotated[
        str,
        typer.Option(
            help="nominal (the header's), effective (the stamps'), or Hz; default nominal."
        ),
    ] = "",
    stream: Annotated[
        list[str] | None, typer.Option(help="Write this stream instead of the EEG; repeatable.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Write every stream of numbers beside the EEG.")
    ] = False,
    unit: Annotated[
        str, typer.Option(help="Unit of the EEG where the file states none: uV, mV, V or nV.")
    ] = "",
    subject: Annotated[str, typer.Option(help="Subject in the names; letters and digits.")] = "",
    session_name: Annotated[
        str, typer.Option("--session", help="Session in the names; letters and digits.")
    ] = "",
    task: Annotated[str, typer.Option(help="Task in the names of BIDS.")] = "emotion",
    run: Annotated[str, typer.Option(help="Number of the run in the names.")] = "",
) -> None:
    """Write EEG, labels, markers and gaps of a session in another format; never pictures."""
    from milmer_live.storage.export import ExportOptions
    from milmer_live.storage.export import export as write
    from milmer_live.storage.session.catalogue import resolve_session

    options = ExportOptions(
        rate=rate,
        streams=tuple(stream or ()),
        everything=every,
        unit=unit,
        subject=subject,
        session=session_name,
        task=task,
        run=run,
    )
    written = write(
        resolve_session(session, any_format=True),
        to.value,
        out,
        options,
        lambda note: typer.echo(note, err=True),
    )
    typer.echo(written)
