"""The lock that tells whether a session is still being written.

The system drops the lock with the process that holds it, a killed one included. The file of the
lock says nothing by itself: a session that was killed leaves it behind, unlocked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from milmer_live.errors import RecordingError
from milmer_live.storage.session.card import (
    CARD_NAME,
    read_card,
)
from milmer_live.system.private_files import open_private

LOCK_NAME = "session.lock"
NOT_KNOWN = "whether it is still being recorded is not known: its disk has no lock of it"

if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 30  # the locked byte lies behind the end, so that the file can still be copied

    def _lock(file: IO[bytes], *, alone: bool) -> None:  # noqa: ARG001 - Windows has one kind here
        """Raises PermissionError where another holds it, other OSErrors where locks fail."""
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    HELD: tuple[type[OSError], ...] = (PermissionError,)
else:
    import fcntl

    def _lock(file: IO[bytes], *, alone: bool) -> None:
        """Raises BlockingIOError where another holds it, other OSErrors where locks fail."""
        kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        fcntl.flock(file.fileno(), kind | fcntl.LOCK_NB)

    HELD = (BlockingIOError,)


class SessionLock:
    """Held from its making until `release`, or until the process ends. On a disk without locks
    nothing is held, and the session is recorded all the same."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_NAME
        self._file: IO[bytes] | None = None
        try:
            file = self._file = open_private(self._path, "wb", buffering=0)
            _lock(file, alone=True)
        except OSError:
            return  # `is_written` answers None then

    def release(self, *, in_order: bool) -> None:
        """Let go. A session that was not closed in order keeps the file: it tells readers that
        the writer is gone."""
        if self._file is None:
            return
        self._file.close()
        if in_order:
            with suppress(OSError):  # the folder may be gone; a file that stays does no harm
                self._path.unlink()


def is_written(folder: Path) -> bool | None:
    """Whether some process writes the session in `folder` now. None where that is not known:
    it has not ended, and there is no lock (an older version, a disk without locks)."""
    locked = _is_locked(folder / LOCK_NAME)
    return False if not locked and _has_ended(folder) else locked


def refuse_written(folders: Iterable[Path], verb: str) -> None:
    """Raises RecordingError where one of `folders` is being written; `verb` as in "deleted"."""
    for folder in folders:
        if is_written(folder):
            raise RecordingError(
                f"{folder} is being recorded and cannot be {verb}.", "End the recording first."
            )


def doubts(folders: Iterable[Path]) -> tuple[str, ...]:
    """A sentence for each session of ours of which it is not known whether it is written."""
    unknown = [one for one in folders if (one / CARD_NAME).is_file() and is_written(one) is None]
    return tuple(f"{folder}: {NOT_KNOWN}." for folder in unknown)


def _is_locked(path: Path) -> bool | None:
    try:
        with path.open("rb", buffering=0) as file:
            _lock(file, alone=False)  # shared: two readers do not take each other for a writer
    except HELD:
        return path.is_file() or None
    except OSError:
        return None
    return False


def _has_ended(folder: Path) -> bool:
    try:
        return bool(read_card(folder).ended)
    except RecordingError:
        return False
