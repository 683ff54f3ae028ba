"""`milmer-live replay`: recordings as LSL streams, for any program that listens."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milmer_live.errors import DatasetError

if TYPE_CHECKING:
    from milmer_live.acquisition.replay.playlist import (
        Playlist,
        PlaylistItem,
    )
    from milmer_live.samples import Recording
    from milmer_live.storage.dataset import Dataset, RecordingRef

LOOP_S = 7 * 24 * 3600.0  # how long "over and over" is
NAME = "MilmerLive-Replay"


def replay(
    source: Annotated[
        Path, typer.Argument(help="A folder in DEAP's layout, a session, or an XDF file.")
    ],
    subject: Annotated[
        str | None, typer.Option(help="Participant: 3 or s03 of DEAP, or a session's.")
    ] = None,
    trial: Annotated[
        int | None, typer.Option(min=1, help="Experiment_id in DEAP, else the label's number.")
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, max=64, help="2: sent twice as fast, stamped as recorded.")
    ] = 1.0,
    start: Annotated[float, typer.Option(min=0, help="Begin at this second.")] = 0.0,
    loop: Annotated[bool, typer.Option("--loop", help="Over and over, until Ctrl+C.")] = False,
    name: Annotated[str, typer.Option(help="What the LSL stream is called.")] = NAME,
    source_id: Annotated[str, typer.Option(help="Its source_id; without: a new one.")] = "",
) -> None:
    """Publish recordings as LSL streams: the EEG, markers with the labels, and the pictures
    where there are any, which `milmer-live live --camera lsl:...` takes as its camera.

    While it plays, type and press Return: `p` pauses and goes on, `s 30` goes to second 30,
    `+10` and `-10` go on and back, `x 2` plays twice as fast, `q` ends it.
    """
    from milmer_live.clock import LSLClock
    from milmer_live.runs.replay import ReplayRun
    from milmer_live.system.native_log import divert_native_output
    from milmer_live.system.stopping import stop_requests

    playlist = playlist_of(opened(source, subject, trial), loop=loop)
    divert_native_output()
    with stop_requests() as ended:
        run = ReplayRun(
            playlist,
            LSLClock(),
            speed=speed,
            name=name,
            source_id=source_id,
            say=typer.echo,
            ended=ended,
        )
        typer.echo(run.heading())
        run.play(start, sys.stdin)


def opened(source: Path, subject: str | None, trial: int | None) -> tuple[Recording, ...]:
    """What there is to play: one session whole, with or without labels, or what `chosen` finds
    in a data set. Raises MilmerError."""
    from milmer_live.storage.dataset import open_dataset
    from milmer_live.storage.session.card import XDF_NAME
    from milmer_live.storage.session.reader import open_session
    from milmer_live.storage.xdf.packed import is_xdf

    if trial is None and (is_xdf(source) or (source / XDF_NAME).is_file()):
        session = open_session(source)
        if subject is not None:
            _participant(subject, [session.participant])
        return (session.recording(),)
    return tuple(ref.open() for ref in chosen(open_dataset(source), subject, trial))


def chosen(dataset: Dataset, subject: str | None, trial: int | None) -> tuple[RecordingRef, ...]:
    """What a user asks for; without `trial` all of the participant's. Raises DatasetError."""
    everybody = sorted({ref.participant for ref in dataset.refs})
    if subject is None and len(everybody) > 1:
        raise DatasetError(
            f"{dataset.root} holds {len(everybody)} participants.",
            f"Choose one of them by --subject: {', '.join(everybody)}.",
        )
    participant = everybody[0] if subject is None else _participant(subject, everybody)
    mine = tuple(ref for ref in dataset.refs if ref.participant == participant)
    if trial is None:
        return mine
    numbers = {_number(ref): ref for ref in mine}
    if trial not in numbers:
        there = ", ".join(map(str, sorted(numbers)))
        raise DatasetError(f"{participant} has no trial {trial}.", f"There are {there}.")
    return (numbers[trial],)


def playlist_of(recordings: Sequence[Recording], *, loop: bool) -> Playlist:
    """The recordings one behind the other, whole; where samples are missing the next one
    follows at once. Raises SourceFormat."""
    from math import ceil

    from milmer_live.acquisition.replay.playlist import Playlist

    items = [item for recording in recordings for item in _stretches(recording)]
    once = Playlist(items)
    return Playlist(items * ceil(LOOP_S / once.duration_s)) if loop else once


def _stretches(recording: Recording) -> list[PlaylistItem]:
    """The parts of a recording between its gaps."""
    import numpy as np

    from milmer_live.acquisition.replay.playlist import PlaylistItem
    from milmer_live.processing.timing.gaps import gap_steps

    times = recording.times
    starts = times[gap_steps(times, recording.info.sample_rate, -np.inf)].tolist()
    stops = [*starts[1:], float(times[-1]) + 1.0]
    return [PlaylistItem(recording, *part) for part in zip(starts, stops, strict=True)]


def _participant(subject: str, everybody: list[str]) -> str:
    names = {subject, f"s{int(subject):02d}"} if subject.isdecimal() else {subject}
    for name in everybody:
        if name in names:
            return name
    raise DatasetError(f"There is no participant {subject}.", f"There are {', '.join(everybody)}.")


def _number(ref: RecordingRef) -> int:
    """The number that the name of a trial ends with, 0 where it has none."""
    digits = ref.name[len(ref.name.rstrip("0123456789")) :]
    return int(digits or 0)
