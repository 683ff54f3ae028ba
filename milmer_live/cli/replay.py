"""`milmer-live replay`: recordings as LSL streams, for any program that listens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milmer_live.errors import ConfigError

if TYPE_CHECKING:
    from milmer_live.acquisition.replay.playlist import (
        Playlist,
        PlaylistItem,
    )
    from milmer_live.samples import Recording

LOOP_S = 7 * 24 * 3600.0  # how long "over and over" is
NAME = "MilmerLive-Replay"


def replay(
    source: Annotated[
        Path, typer.Argument(help="A data set, a session, or a recording (XDF, EDF, …).")
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
    video: Annotated[
        Path | None, typer.Option(help="A camera's film that begins with the EEG.")
    ] = None,
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

    found = opened(source, subject, trial, video, typer.echo)
    playlist = playlist_of(found, loop=loop)
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


def opened(
    source: Path,
    subject: str | None,
    trial: int | None,
    video: Path | None = None,
    say: Callable[[str], object] = lambda _: None,
) -> tuple[Recording, ...]:
    """What there is to play: one session whole, with or without labels, or what `chosen` finds
    in a data set. `say` gets what is odd about its signal. Raises MilmerError."""
    from dataclasses import replace

    from milmer_live.storage.dataset import chosen, find_participant, open_dataset
    from milmer_live.storage.foreign import is_foreign
    from milmer_live.storage.session.card import XDF_NAME
    from milmer_live.storage.session.reader import open_session
    from milmer_live.storage.xdf.packed import is_xdf

    is_one = is_xdf(source) or is_foreign(source) or (source / XDF_NAME).is_file()
    if video is not None and not (is_one and trial is None):
        raise ConfigError("A film goes with one recording.", "Name the recording's file.")
    if is_one and trial is None:
        session = replace(open_session(source), video=video)
        for fault in session.signal_faults:
            say(fault)
        if subject is not None:
            find_participant(subject, [session.participant])
        return (session.recording(),)
    return tuple(ref.open() for ref in chosen(open_dataset(source), subject, trial))


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
