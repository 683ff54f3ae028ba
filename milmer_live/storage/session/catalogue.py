"""All sessions in a folder: what they are, and which are whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from milmer_live import paths
from milmer_live.errors import DatasetError, MilmerError, RecordingError
from milmer_live.processing.timing.gaps import (
    LONGEST_S,
    stands_still,
    unit_of,
)
from milmer_live.samples import Float64
from milmer_live.storage.foreign import is_foreign
from milmer_live.storage.session.card import XDF_NAME, read_card
from milmer_live.storage.session.lock import NOT_KNOWN, is_written
from milmer_live.storage.session.reader import Session, open_session
from milmer_live.storage.upkeep.read_back import read_of, unlike
from milmer_live.storage.xdf.packed import is_xdf

RUNS = "It is being recorded."


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One line of the table. `length_s` is None where it is not known; `fault` is why its file is
    not whole, empty where it is; `shortfalls` are sentences on what was required and is not whole;
    `is_balanced` is False where that is not known, as of other programs and older versions."""

    folder: Path
    participant: str
    session: str
    started: str
    length_s: float | None
    streams: tuple[str, ...]
    n_gaps: int
    n_labels: int
    size_bytes: int
    fault: str = ""
    shortfalls: tuple[str, ...] = ()
    is_balanced: bool = False

    @property
    def state(self) -> str:
        """In a word or two."""
        if self.fault == RUNS:
            return "being recorded"
        if self.fault or self.shortfalls:
            return "not whole"
        return "whole" if self.is_balanced else "closed, no balance"

    @property
    def problems(self) -> tuple[str, ...]:
        """All that keeps it from being whole."""
        return (*((self.fault,) if self.fault else ()), *self.shortfalls)


def find_sessions(root: Path) -> tuple[Path, ...]:
    """Folders below `root`, or `root` itself, that hold a session."""
    if (root / XDF_NAME).is_file():
        return (root,)
    return tuple(sorted({path.parent for path in root.rglob(XDF_NAME)}))


def session_row(folder: Path) -> SessionRow:
    """Reads the whole session; one that cannot be read says why."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    try:
        session = open_session(folder)
    except MilmerError as error:
        name = folder.parent.name.removeprefix("sub-")
        return SessionRow(folder, name, folder.name, "", 0.0, (), 0, 0, size, str(error))
    return SessionRow(
        folder=folder,
        participant=session.participant,
        session=session.name,
        started=session.card.started if session.card else "",
        length_s=_length_s(session),
        streams=tuple(one.header.name for one in session.file.streams),
        n_gaps=_n_gaps(session),
        n_labels=_n_labels(session),
        size_bytes=size,
        fault=_fault_of(session),
        shortfalls=_shortfalls(session),
        is_balanced=session.card is not None and bool(session.card.balanced),
    )


def _fault_of(session: Session) -> str:
    if session.file.is_intact:
        return ""
    written = is_written(session.folder) if session.card is not None else False
    if written:
        return RUNS
    if written is None:
        return f"It was not closed in order; {NOT_KNOWN}."
    return "It was not closed in order; repair it."


def _shortfalls(session: Session) -> tuple[str, ...]:
    """What keeps a session of ours from being whole, file in hand: what its card says, what the
    file does not have of what was written, and how it ended."""
    card = session.card
    if card is None or not card.balanced:
        return ()
    texts = list(card.shortfalls)
    if card.ended:
        texts += unlike(card.written, read_of(session.file))
    elif not is_written(session.folder):
        texts.append(f"Its recorder was killed; its balance is that of {card.balanced}.")
    if any(session.folder.glob(f"{XDF_NAME}.bak*")):
        texts.append("It was repaired; the original file is beside it.")
    return tuple(dict.fromkeys(texts))


def unfinished_sessions(root: Path) -> tuple[Path, ...]:
    """Sessions that a killed program has left, for the repair to be offered; quick, for only
    the cards are read. One that is being recorded, or may be, is not among them."""
    return tuple(folder for folder in find_sessions(root) if _was_left(folder))


def _was_left(folder: Path) -> bool:
    """Also False where it was repaired: the original is beside it then."""
    try:
        card = read_card(folder)
    except RecordingError:
        return False  # not a session of ours, or not to be known
    if card.ended or any(folder.glob(f"{XDF_NAME}.bak*")):
        return False
    return is_written(folder) is False


def resolve_session(path: Path, *, any_format: bool = False) -> Path:
    """The folder of a session, given as it is or as it is called below the recordings; with
    `any_format` a recording that is no XDF file too. Raises RecordingError."""
    for candidate in (path, paths.recordings() / path):
        if (candidate / XDF_NAME).is_file():
            return candidate
        is_recording = is_xdf(candidate) or (any_format and is_foreign(candidate))
        if is_recording and candidate.is_file():
            return candidate
    known = ", ".join(
        f"{one.parent.name}/{one.name}" for one in find_sessions(paths.recordings())[:10]
    )
    raise RecordingError(f"{path} is no session.", f"There are: {known or 'none'}.")


def _length_s(session: Session) -> float | None:
    """From the first sample of all streams to the last; None where their stamps do not tell."""
    streams = [one for one in session.file.streams if len(one.times)]
    if any(_is_no_time(one.stamps, one.header.rate) for one in streams):
        return None
    firsts, lasts = ([float(one.times[place]) for one in streams] for place in (0, -1))
    length_s = max(lasts, default=0.0) - min(firsts, default=0.0)
    spans = [last - first for first, last in zip(firsts, lasts, strict=True)]
    return None if length_s - sum(spans) > LONGEST_S else length_s  # of several clocks


def _is_no_time(stamps: Float64, rate: float) -> bool:
    """Whether the stamps of a stream are not seconds of a clock."""
    if rate <= 0 or len(stamps) <= max(1.0, rate):
        return False
    return stands_still(stamps) or bool(unit_of(stamps, rate))


def _n_gaps(session: Session) -> int:
    """By the balance, else all that is marked."""
    if session.card is not None and session.card.balance:
        return sum(one.gaps for one in session.card.balance)
    return len(session.gaps)


def _n_labels(session: Session) -> int:
    try:
        return len(session.labels)
    except DatasetError:
        return 0  # no EEG that they could belong to
