"""Holds a session to what was promised of it, file in hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from milmer_live.errors import MilmerError
from milmer_live.processing.timing.gaps import (
    Placed,
    placed,
    stands_still,
    unit_of,
)
from milmer_live.samples import Float64
from milmer_live.storage.labels.session_labels import entries_of
from milmer_live.storage.session.balance import (
    Outcome,
    counted,
)
from milmer_live.storage.session.card import READ_EQUAL
from milmer_live.storage.session.lock import (
    NOT_KNOWN,
    is_written,
)
from milmer_live.storage.session.pictures import video_name
from milmer_live.storage.session.reader import (
    Session,
    open_session,
)
from milmer_live.storage.session.streams import FRAMES
from milmer_live.storage.upkeep.read_back import (
    read_of,
    unlike,
)
from milmer_live.storage.video import VideoFrames
from milmer_live.storage.xdf.clock import on_recorder_clock
from milmer_live.storage.xdf.reader import (
    NOT_SAID,
    XDFStream,
)
from milmer_live.storage.xdf.writer import OFFSET_EVERY_S

RATE_SHARE = 0.02  # by which a rate may differ from what the stream says of itself
VIDEO_S = 0.002  # Matroska keeps milliseconds
_UNENDED = {
    True: "the recording goes on",
    False: "the recording program was killed before it could end",
    None: f"it was not ended; {NOT_KNOWN}",
}
FIT_S = 0.01  # of a clock offset from the line through all: a network out of order


class Level(StrEnum):
    """NOTE: to be known; FAULT: a promise is broken."""

    GOOD = "good"
    NOTE = "note"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    about: str
    text: str


def check_session(path: Path) -> tuple[Finding, ...]:
    """Everything that can be said of a session. Raises RecordingError where it is none."""
    session = open_session(path)
    found = [*_whole(session), *_balance(session)]
    for stream in session.file.streams:
        found += _counts(session, stream)
        found += _stamps(session, stream)
        found += _clock(stream)
    return (*found, *_pictures(session), *_labels(session))


def _whole(session: Session) -> Iterator[Finding]:
    file = session.file
    if not file.is_intact and is_written(session.folder):
        yield Finding(Level.NOTE, "file", "It is being recorded: what is there so far is checked.")
    elif file.damaged_bytes:
        yield _fault("file", f"{file.damaged_bytes} bytes belong to no whole chunk; repair it.")
    elif not file.is_intact:
        yield _fault("file", "It was not closed in order: a stream has no footer; repair it.")
    else:
        yield _good("file", f"whole, {len(file.streams)} streams, {file.size:,} bytes")
    for note in file.notes:
        yield Finding(Level.NOTE, "file", note)
    if session.card is None:
        yield Finding(Level.NOTE, "card", "no session.json: recorded by another program")
    elif not session.card.ended:
        yield Finding(Level.NOTE, "card", _UNENDED[is_written(session.folder)])
    else:
        yield _good("card", f"ended: {session.card.end_reason}")


def _counts(session: Session, stream: XDFStream) -> Iterator[Finding]:
    name, count = stream.header.name, len(stream.stamps)
    promises = {} if stream.promised in (None, NOT_SAID) else {"footer": stream.promised}
    if session.card is not None and session.card.ended and name in session.card.samples:
        promises["session.json"] = session.card.samples[name]
    wrong = {who: told for who, told in promises.items() if told not in (None, count)}
    for who, told in wrong.items():
        text = f"{count} samples, but the {who} says {told}"
        near = told is not None and abs(told - count) == 1
        if near and session.card is None and not session.file.damaged_bytes:
            yield Finding(Level.NOTE, name, f"{text}: some recorders miscount by one")
        else:
            yield _fault(name, text)
    if not wrong:
        yield _good(name, f"{count} samples")
    if stream.header.format != "string" and stream.header.type == "EEG":
        unusable = int((~np.isfinite(stream.numbers)).any(axis=1).sum())
        if unusable:
            yield Finding(Level.NOTE, name, f"{unusable} samples are not numbers")


def _balance(session: Session) -> Iterator[Finding]:
    """Whether what was asked for is there, and the file still has what was written."""
    card = session.card
    if card is None:
        return
    if not card.balanced:
        yield Finding(Level.NOTE, "balance", "none: recorded by an older version")
        return
    if not card.ended:
        yield Finding(Level.NOTE, "balance", f"as it was known last, at {card.balanced}")
    for text in card.troubles:
        yield Finding(Level.NOTE, "recording", text)
    for one in card.balance:
        if one.is_short:
            yield _fault("balance", one.sentence)
        elif one.outcome is not Outcome.WHOLE:
            yield Finding(Level.NOTE, "balance", f"{one.sentence} (not required)")
        elif card.ended:
            yield _good("balance", one.sentence)
        else:
            yield Finding(Level.NOTE, "balance", f"{one.sentence}, as far as was known")
    if card.ended:
        yield from _unchanged(session, card.read_back, unlike(card.written, read_of(session.file)))


def _unchanged(session: Session, read_back: str, differs: list[str]) -> Iterator[Finding]:
    """What was read back when the session was closed, and what is read now."""
    repaired = any(session.folder.glob(f"{session.file.path.name}.bak*"))
    if read_back not in ("", READ_EQUAL):
        yield _fault("read back", read_back)
    elif not read_back:
        yield Finding(Level.NOTE, "read back", "the file was not read when it was closed")
    for text in differs:
        yield Finding(Level.NOTE if repaired else Level.FAULT, "read back", text)
    if not differs:
        yield _good("read back", "the file has what was written, bit by bit")


def _stamps(session: Session, stream: XDFStream) -> Iterator[Finding]:
    name, rate = stream.header.name, stream.header.rate
    if rate <= 0:
        backwards = int((np.diff(stream.times) < 0).sum())
        if backwards and stream.header.format != "string":
            yield _fault(name, f"the time runs backwards {backwards} times")
    elif len(stream.times) > 1:
        found = placed(stream.times, rate)
        yield from _breaks(session, name, found)
        yield _rate(name, rate, found)


def _breaks(session: Session, name: str, found: Placed) -> Iterator[Finding]:
    marked = [gap for gap in session.gaps if gap.stream == name]
    for one in found.gaps:
        step_s = one.after - one.before
        lost = f"{step_s:.3f} s, {counted(one.missing, 'sample')}"
        if any(gap.start <= one.after and one.before <= gap.stop for gap in marked):
            yield Finding(Level.NOTE, name, f"a marked gap of {lost}")
        else:
            at = one.before - float(found.times[0])
            ours = session.card is not None and bool(session.card.balanced)  # they mark their gaps
            level = Level.FAULT if ours else Level.NOTE
            yield Finding(level, name, f"a gap of {lost}, at {at:.1f} s, is not marked")
    back = [one for one in found.breaks if one.after < one.before]
    if back:
        yield _fault(name, f"the time runs backwards {len(back)} times")
    if found.strays:
        text = f"{counted(found.strays, 'sample')} have stamps that do not follow the others"
        yield Finding(Level.NOTE, name, text)


def _rate(name: str, rate: float, found: Placed) -> Finding:
    steps = np.delete(np.diff(found.times), found.begins - 1)
    if found.strays >= len(found.times) - 1:  # nothing to be believed: as they are
        steps = np.diff(found.times)
    measured = len(steps) / float(steps.sum()) if len(steps) and steps.sum() > 0 else 0.0
    text = f"{measured:.3f} Hz, nominally {rate:g} Hz"
    wrong = len(steps) > rate and abs(measured - rate) > RATE_SHARE * rate
    if wrong and stands_still(found.times):
        text = "its stamps do not advance; labels and pictures do not fit them"
    elif wrong and (unit := unit_of(found.times, rate)):  # of strays too: it makes them such
        text = f"its stamps are {unit}, not seconds; labels and pictures do not fit them"
    return _fault(name, text) if wrong else _good(name, text)


def _clock(stream: XDFStream) -> Iterator[Finding]:
    name, offsets = stream.header.name, stream.offsets
    if not len(offsets):
        yield Finding(Level.NOTE, name, "no clock offset: its stamps are taken as they are")
        return
    longest = float(np.diff(offsets[:, 0]).max(initial=0.0))
    if longest > 2 * OFFSET_EVERY_S:
        yield Finding(Level.NOTE, name, f"the clock was not compared for {longest:.0f} s")
    corrected = offsets[:, 0] + offsets[:, 1]
    fitted = on_recorder_clock(offsets[:, 0], offsets[:, 0], offsets[:, 1])
    worst = float(np.abs(fitted - corrected).max())
    text = f"{len(offsets)} clock offsets, at most {1e3 * worst:.3f} ms from their line"
    yield Finding(Level.NOTE, name, text) if worst > FIT_S else _good(name, text)


def _pictures(session: Session) -> Iterator[Finding]:
    stream = session.file.named(FRAMES)
    if stream is None:
        return
    rows = stream.numbers
    lost = sum(gap.lost for gap in session.gaps if gap.stream == FRAMES)
    yield _good(FRAMES, f"{len(rows)} frames seen, {lost} lost and marked")
    for part in sorted({int(row[1]) for row in rows if row[0] >= 0}):
        of_part = (rows[:, 1] == part) & (rows[:, 0] >= 0)
        yield from _video(session, stream.times[of_part], rows[of_part, 0], part)


def _video(session: Session, times: Float64, places: Float64, part: int) -> Iterator[Finding]:
    name = video_name(part)
    try:
        film = VideoFrames(session.folder / name)
    except MilmerError as error:
        yield _fault(name, error.message)
        return
    if len(film) < len(places):
        level = Level.NOTE if session.card and not session.card.ended else Level.FAULT
        yield Finding(level, name, f"{len(places)} frames are indexed, {len(film)} are there")
    elif len(film) > len(places):
        yield Finding(Level.NOTE, name, f"{len(film) - len(places)} frames have no time")
    both = min(len(film), len(places))
    apart = film.times[:both] - times[:both]
    worst = float(np.abs(apart - np.median(apart)).max(initial=0.0))
    text = f"{both} frames, at most {1e3 * worst:.1f} ms from the index"
    yield _good(name, text) if worst <= VIDEO_S else _fault(name, text)


def _labels(session: Session) -> Iterator[Finding]:
    try:
        labels = session.labels
    except MilmerError as error:  # without EEG there is nothing that they could belong to
        for fault in (error.message, *entries_of(session.file).faults):
            yield Finding(Level.NOTE, "labels", fault)
        return
    for fault in session.label_faults:
        yield Finding(Level.NOTE, "labels", fault)
    for label in labels:
        try:
            session.trial_samples(label, label.trial or "a label")
        except MilmerError as error:
            yield Finding(Level.NOTE, "labels", error.message)
    yield _good("labels", f"{len(labels)} labels")


def _good(about: str, text: str) -> Finding:
    return Finding(Level.GOOD, about, text)


def _fault(about: str, text: str) -> Finding:
    return Finding(Level.FAULT, about, text)
