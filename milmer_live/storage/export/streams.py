"""Which streams of a session go out, and which stay behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from milmer_live.catalogue import Code
from milmer_live.errors import RecordingError
from milmer_live.messages import Message
from milmer_live.storage.export.options import WITH_TIMES, ExportOptions, Format
from milmer_live.storage.export.signal import Signal
from milmer_live.storage.session.card import read_card
from milmer_live.storage.session.reader import Session
from milmer_live.storage.session.streams import (
    FRAMES,
    PREDICTIONS,
)
from milmer_live.storage.xdf.header import parse_header
from milmer_live.storage.xdf.reader import XDFStream


def chosen_streams(session: Session, to: Format, options: ExportOptions) -> list[XDFStream]:
    """In the order in which they are written. Raises RecordingError, DatasetError."""
    numeric = [one for one in session.file.streams if one.header.format != "string"]
    named = [_named(session, numeric, name) for name in options.streams]
    if not named or (to == "bids" and all(one is not session.eeg for one in named)):
        named.insert(0, session.eeg)  # BIDS has other streams beside the EEG alone
    if not options.everything:
        return named
    numbers = {one.number for one in named}
    return named + [one for one in numeric if one.number not in numbers and _fits(one, to)]


def streams_of(session: Path) -> tuple[str, ...]:
    """Names of the streams of numbers by the card of a session; none where no card tells them."""
    try:
        headers = [parse_header(xml) for xml in read_card(session).streams.values()]
    except RecordingError:
        return ()
    return tuple(dict.fromkeys(one.name for one in headers if one.format != "string"))


def left_behind(
    session: Session, signals: Sequence[Signal], to: Format, options: ExportOptions
) -> Iterator[str]:
    """A sentence on the streams of numbers that were not written, and on pictures."""
    written = [one.name for one in signals]
    others = [
        one
        for one in session.file.streams
        if one.header.format != "string" and one.header.name not in written
    ]
    if to == "npz":  # which has them beside the EEG
        others = [one for one in others if one.header.name != PREDICTIONS]
    for_all = [one for one in others if _fits(one, to)]
    never = [one for one in others if not _fits(one, to)]
    if for_all and not options.everything:
        why = f"Left behind: {_list(for_all)}."
        yield Message(Code.THEN, why=why, then=Message(Code.ALL_WRITES_THEM))
    elif for_all:
        yield f"Left behind, without a sample: {_list(for_all)}."
    if never:
        yield f"Left behind: {_list(never)}. Without an even rate, csv and npz can hold them."
    if session.file.named(FRAMES) is not None:
        yield "Pictures are never exported."


def _named(session: Session, streams: Sequence[XDFStream], name: str) -> XDFStream:
    found = [one for one in streams if one.header.name == name]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"'{one.header.name}'" for one in streams) or "none"
    several = "several streams" if found else "no stream"
    raise RecordingError(
        f"{session.file.path} has {several} of numbers called '{name}'.", f"There are: {there}."
    )


def _fits(stream: XDFStream, to: Format) -> bool:
    return bool(len(stream.times)) and (to in WITH_TIMES or stream.header.rate > 0)


def _list(streams: Sequence[XDFStream]) -> str:
    return ", ".join(f"'{one.header.name}'" for one in streams)
