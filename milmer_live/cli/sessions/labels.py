"""`milmer-live labels`: what was labelled in a session, and its correction."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milmer_live.cli.tables import print_whole

if TYPE_CHECKING:
    from milmer_live.storage.session.reader import Session
    from milmer_live.storage.session.streams import Annotation


def labels(
    session: Annotated[Path, typer.Argument(help="A session's folder, or sub-ID/ses-UTC.")],
    correct: Annotated[
        str, typer.Option("--correct", metavar="ID", help="Say this one anew, with --valence etc.")
    ] = "",
    remove: Annotated[
        str,
        typer.Option("--remove", metavar="ID", help="It does not hold; it is kept all the same."),
    ] = "",
    valence: Annotated[float | None, typer.Option(help="1 to 9.")] = None,
    arousal: Annotated[float | None, typer.Option(help="1 to 9.")] = None,
    value: Annotated[float | None, typer.Option(help="Of a rating.")] = None,
    text: Annotated[str | None, typer.Option(help="Of a note.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List a session's labels, ratings and notes; correct one, and keep what was said first."""
    from milmer_live.errors import RecordingError
    from milmer_live.storage.labels.session_labels import annotations_of
    from milmer_live.storage.session.catalogue import resolve_session
    from milmer_live.storage.session.reader import open_session

    opened = open_session(resolve_session(session))
    if correct and remove:
        raise RecordingError("A label is corrected or removed.", "Give --correct or --remove.")
    if correct or remove:
        given = {"valence": valence, "arousal": arousal, "value": value, "text": text}
        changes = {name: one for name, one in given.items() if one is not None}
        _change(opened, correct or remove, changes, removes=bool(remove))
    for fault in _faults(opened):
        typer.echo(fault, err=True)
    origin = opened.card.started_lsl if opened.card is not None else opened.origin
    held = annotations_of(opened.file)
    if as_json or held:
        _print(held, origin, as_json=as_json)
    if not as_json and not _print_markers(opened, origin) and not held:
        typer.echo("There is no label in the session.")
    for text in opened.card.shortfalls if opened.card is not None else ():
        typer.echo(f"Not whole: {text}", err=as_json)


def _faults(opened: Session) -> tuple[str, ...]:
    """Of all labels; where there is no EEG that markers could belong to, of the annotations."""
    from milmer_live.errors import DatasetError
    from milmer_live.storage.labels.session_labels import entries_of

    try:
        return opened.label_faults
    except DatasetError:
        return entries_of(opened.file).faults


def _print_markers(opened: Session, origin: float) -> bool:
    """Labels that another program sent as markers, or that stand in a table beside the file: they
    are trials too, and have no ID to correct them by. Whether there are any."""
    from milmer_live.errors import DatasetError
    from milmer_live.storage.labels.session_labels import annotations_of

    try:
        held = len([one for one in annotations_of(opened.file) if one.kind == "label"])
        labels = opened.labels
    except DatasetError as error:
        typer.echo(f"Labels from markers: {error}", err=True)
        return False
    if len(labels) <= held:
        return False
    typer.echo(f"{len(labels)} labels in all; those without an ID are from markers or a table:")
    for label in labels:
        span = f"{label.start - origin:.1f} to {label.stop - origin:.1f} s"
        trial = f", trial {label.trial}" if label.trial else ""
        typer.echo(f"  {span}: valence {label.valence:g} arousal {label.arousal:g}{trial}")
    return True


def _change(opened: Session, name: str, given: Mapping[str, float | str], *, removes: bool) -> None:
    """Raises RecordingError for a label that is not there, ConfigError for what is none."""
    import uuid

    from milmer_live.config import validated
    from milmer_live.errors import RecordingError
    from milmer_live.storage.labels.corrections import correct
    from milmer_live.storage.labels.session_labels import annotations_of
    from milmer_live.storage.session.streams import Annotation

    held = {one.id: one for one in annotations_of(opened.file)}
    if name not in held:
        raise RecordingError(
            f"There is no label {name}.", f"There are: {', '.join(held) or 'none'}."
        )
    if not given and not removes:
        raise RecordingError(
            "Nothing is corrected.", "Give --valence, --arousal, --value or --text."
        )
    changes: dict[str, object] = dict(given)
    if removes:
        changes = {"kind": "removal"}
    elif {"valence", "arousal"} & set(changes) and "text" not in changes:
        changes["text"] = ""  # the quadrant of a key holds no more
    own = {"id": uuid.uuid4().hex[:12], "corrects": name}
    made = validated(Annotation, held[name].model_dump() | changes | own, "The label")
    correct(opened.folder, made)


def _print(held: tuple[Annotation, ...], origin: float, *, as_json: bool) -> None:
    import json

    if as_json:
        typer.echo(json.dumps([one.model_dump() for one in held], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("ID", "From", "To", "Kind", "What", "Trial"):
        table.add_column(name, no_wrap=True)
    for one in held:
        said = {
            "label": f"valence {one.valence} arousal {one.arousal} {one.text}",
            "rating": f"{one.scale} {one.value}",
        }.get(one.kind, one.text)
        times = [f"{time - origin:.1f} s" for time in (one.start, one.stop)]
        table.add_row(one.id, *times, one.kind, said.strip(), one.trial)
    print_whole(Console(highlight=False), table)
