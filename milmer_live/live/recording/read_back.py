"""Reads a session back once it is closed, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from milmer_live.errors import MilmerError
from milmer_live.live.workers import Faults
from milmer_live.storage.session.card import READ_EQUAL
from milmer_live.storage.upkeep.read_back import read_back

log = logging.getLogger(__name__)


class ReadBack:
    """Compares the folders of a session with what was written to them.

    `verdict` is empty until that is done, then "equal", or what differs: a fault on screen.
    """

    def __init__(self, folders: Sequence[Path], faults: Faults) -> None:
        self.verdict = ""
        self._folders = tuple(folders)
        self._faults = faults
        self._thread = threading.Thread(target=self._run, name="read back", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        wrong = [text for folder in self._folders if (text := _read(folder)) != READ_EQUAL]
        if wrong:
            text = f"The recorded session is not what was written: {'; '.join(wrong)}."
            self._faults.set("read back", text)
        self.verdict = "; ".join(wrong) or READ_EQUAL


def _read(folder: Path) -> str:
    try:
        return read_back(folder)
    except MilmerError as error:
        return error.message
    except Exception as error:  # a reader that fails says nothing good of the file
        log.exception("The session %s could not be read back", folder)
        return f"{folder} could not be read back ({type(error).__name__}: {error})"
