"""Writes a session in another format: no half files, nothing overwritten."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from milmer_live.errors import RecordingError, StorageLost
from milmer_live.storage.export.events import events_of
from milmer_live.storage.export.formats.arrays import write_npz
from milmer_live.storage.export.formats.bids import write_bids
from milmer_live.storage.export.formats.brainvision import write_brainvision
from milmer_live.storage.export.formats.edf import write_bdf, write_edf
from milmer_live.storage.export.formats.eeglab import write_eeglab
from milmer_live.storage.export.formats.fif import write_fif
from milmer_live.storage.export.formats.tables import write_csv
from milmer_live.storage.export.material import Material
from milmer_live.storage.export.names import apart, base_of, safe
from milmer_live.storage.export.options import SUFFIXES, ExportOptions, Format
from milmer_live.storage.export.signal import Signal, signal_of
from milmer_live.storage.export.streams import chosen_streams, left_behind
from milmer_live.storage.session.reader import Session, open_session
from milmer_live.system.private_files import (
    make_all_private,
    make_private_folder,
)

Say = Callable[[str], object]
_WRITERS: dict[Format, Callable[[Material, Path], None]] = {
    "fif": write_fif,
    "edf": write_edf,
    "bdf": write_bdf,
    "brainvision": write_brainvision,
    "bids": write_bids,
    "eeglab": write_eeglab,
    "csv": write_csv,
    "npz": write_npz,
}


def export(
    path: Path,
    to: Format,
    folder: Path,
    options: ExportOptions | None = None,
    say: Say = lambda _: None,
) -> Path:
    """Write the session in `path` into `folder` and return what was written: of several streams,
    the first. `say` gets a sentence on whatever is otherwise than in the session.

    Samples are where they were: where some are missing, formats with an even grid have zeros
    marked as BAD_ACQ_SKIP. Raises RecordingError, DatasetError or ConfigError; nothing is
    overwritten, and nothing is left half written.
    """
    with partial_folder(folder) as partial:
        target = write_export(path, to, folder, partial, options, say)
        put(partial, folder)
    return target


@contextmanager
def partial_folder(folder: Path) -> Iterator[Path]:
    """A folder in `folder` for files that are not whole yet; it is gone at the end, with all that
    is still in it. Raises StorageLost."""
    try:
        make_private_folder(folder)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    except OSError as error:
        raise StorageLost(f"{folder} cannot be written to: {error.strerror}.") from error
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_export(
    path: Path,
    to: Format,
    folder: Path,
    partial: Path,
    options: ExportOptions | None = None,
    say: Say = lambda _: None,
    reading_done: Callable[[], object] = lambda: None,
) -> Path:
    """Write the session in `path` into `partial`. Returns where it is once it was `put` into
    `folder`. Raises RecordingError, at once where it exists there already."""
    options = (options or ExportOptions()).checked()
    session = open_session(path, options.unit)
    base = base_of(session, options)
    target = folder / f"{base}{SUFFIXES[to][0]}"
    _refuse_to_overwrite(target)
    signals = [
        signal_of(session, one, options.unit) for one in chosen_streams(session, to, options)
    ]
    events = events_of(session)
    for note in _oddities(session, signals):
        say(note)
    reading_done()
    names = [target.name] if to == "bids" else _names(base, to, signals)
    parts = [signals] if to == "bids" else [[one] for one in signals]
    for name, part in zip(names, parts, strict=True):
        material = Material(session, part[0], events, options, others=tuple(part[1:]))
        _write(to, material, partial / name)
        for note in material.notes:
            say(note)
    for note in left_behind(session, signals, to, options):
        say(note)
    return folder / names[0]


def _oddities(session: Session, signals: Sequence[Signal]) -> Iterator[str]:
    """A sentence on each thing of the file that is not as it should be and goes out with it."""
    if not session.file.is_intact:
        yield f"{session.file.path} was not closed in order: what can be read of it is written."
    yield from (f"{session.file.path}: {note}" for note in session.file.notes)
    if session.eeg_or_none is not None:
        yield from session.label_faults
    if any(one.is_eeg for one in signals):
        yield from session.unit_faults


def _write(to: Format, material: Material, target: Path) -> None:
    try:
        _WRITERS[to](material, target)
    except OSError as error:
        raise StorageLost(f"{target.name} cannot be written: {error}.") from error
    except (RuntimeError, ValueError) as error:  # as MNE refuses what a format cannot hold
        what = str(error).rstrip(".")
        hint = "Choose another format."
        raise RecordingError(f"The session cannot be written as {to} ({what}).", hint) from error


def _names(base: str, to: Format, signals: list[Signal]) -> list[str]:
    of_eeg, of_other = SUFFIXES[to]
    others = iter(apart(safe(one.name) for one in signals if not one.is_eeg))
    return [f"{base}{of_eeg if one.is_eeg else of_other.format(next(others))}" for one in signals]


def put(partial: Path, folder: Path) -> None:
    """Move all files of an export, which are whole now, to where they belong. Raises
    RecordingError before anything is moved where one exists there already."""
    make_all_private(partial)
    files = sorted(partial.iterdir())
    for file in files:
        _refuse_to_overwrite(folder / file.name)
    try:
        for file in files:
            file.rename(folder / file.name)
    except OSError as error:
        raise StorageLost(f"{folder} cannot be written to: {error.strerror}.") from error


def _refuse_to_overwrite(target: Path) -> None:
    if target.exists():
        raise RecordingError(f"{target} exists already; nothing is overwritten.")
