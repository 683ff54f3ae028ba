"""`milmer-live predict`: what a checkpoint says of each window of a recorded session."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milmer_live.cli.compute_options import DeviceOption, PrecisionOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from milmer_live.live.rerun import Rerun
    from milmer_live.runs.predict import Agreement
    from milmer_live.samples import Prediction


def predict(
    session: Annotated[Path, typer.Argument(help="Folder of a session, or an XDF file.")],
    checkpoint: Annotated[
        Path | None, typer.Option(help="model.safetensors with its card; without: the bundled one")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the table and the stream; default: beside it.")
    ] = None,
    unit: Annotated[
        str, typer.Option(metavar="uV|mV|V|nV", help="Of the EEG, where the file does not say.")
    ] = "",
    device: DeviceOption = "auto",
    precision: PrecisionOption = "auto",
) -> None:
    """Predict every window of SESSION as it would have been live, and compare with what was.

    Filters, bad channels, removed components and faces are those of the recording. Writes a table
    (CSV) and a stream (XDF) beside the session, which itself stays as it is.
    """
    from rich.console import Console

    from milmer_live.live.rerun import Rerun
    from milmer_live.runs.options import Compute
    from milmer_live.runs.predict import (
        agreement,
        file_name,
        live_of,
        made_folder,
        write_stream,
        write_table,
    )
    from milmer_live.runs.recognizer import Recognizer
    from milmer_live.storage.session.catalogue import resolve_session
    from milmer_live.storage.session.dataset import PREDICTED
    from milmer_live.storage.session.reader import open_session

    console = Console()
    found = open_session(resolve_session(session), unit=unit)
    recognizer = Recognizer.load(checkpoint, console, compute=Compute(device, precision))
    card = recognizer.model.card
    detector = cache(recognizer.detector)  # not needed where the session has its faces
    rerun = Rerun(
        found, recognizer.predictor(), card.preprocessing, lambda frame: detector()(frame)
    )
    predictions = _all(rerun, card.preprocessing.window.hop_s, console)
    live = live_of(predictions, found.predictions, card.preprocessing.window.hop_s)
    folder = made_folder(out or found.file.path.parent)
    stem = f"{found.file.path.stem}.{file_name(card.name, card.weights_sha256)}"
    table, stream = folder / f"{stem}.predictions.csv", folder / f"{stem}{PREDICTED}"
    window = card.preprocessing.window
    write_table(table, predictions, live, found.origin, window.length_s)
    write_stream(
        stream, predictions, window.bag_size, {"name": card.name, "sha256": card.weights_sha256}
    )
    for note in rerun.notes:
        console.print(note, highlight=False, soft_wrap=True)
    then = found.card.plan.model if found.card is not None else None
    other = "" if then is None or then.sha256 == card.weights_sha256 else f" by {then.name}"
    _show(console, predictions, agreement(predictions, live), len(found.predictions), other)
    console.print(f"Table:   {table}\nStream:  {stream}", highlight=False, soft_wrap=True)


def _all(rerun: Rerun, hop_s: float, console: Console) -> Sequence[Prediction]:
    from rich.progress import track

    from milmer_live.errors import DatasetError

    expected = max(1, round(rerun.duration_s / hop_s))
    made = list(
        track(
            rerun.predictions(), "Predicting ...", total=expected, console=console, transient=True
        )
    )
    if not made:
        raise DatasetError("The recording is shorter than one window, so nothing is predicted.")
    return made


def _show(
    console: Console,
    predictions: Sequence[Prediction],
    found: Agreement,
    recorded: int,
    other: str,
) -> None:
    """`recorded`: how many answers the session has; `other`: by which other model, if so."""
    from milmer_live.samples import Quadrant

    known = [one for one in predictions if one.is_known]
    weak = sum(not one.has_signal for one in predictions)
    beyond = len(predictions) - len(known) - weak
    console.print(
        f"Windows: {len(predictions)}, of which {len(known)} have an answer, {weak} had not enough "
        f"signal and {beyond} were out of the model's range",
        highlight=False,
        soft_wrap=True,
    )
    for quadrant in Quadrant:
        count = sum(one.quadrant == quadrant for one in known)
        console.print(f"  {quadrant.name}  {count}", highlight=False)
    if not found.common:
        had = f"{recorded} answers were recorded{other}, none of them of one of these windows"
        console.print(f"Live:    {had if recorded else 'no answer was recorded'}", soft_wrap=True)
        return
    compared = "none was known both times"
    if found.known:
        compared = (
            f"same quadrant in {found.same_quadrant} of {found.known} "
            f"({found.same_quadrant / found.known:.1%}), probabilities within "
            f"{found.difference_95:.3f} in 95 % of them"
        )
    console.print(
        f"Live{other}: {found.common} of these windows; both or neither known in "
        f"{found.same_known}; {compared}",
        highlight=False,
        soft_wrap=True,
    )
