"""An export that runs beside a recording, says how far it is, and can be cancelled.

A process of its own does the work: MNE holds Python's lock for seconds, which a recording in the
same process would feel, and a process can be ended at any moment.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from milmer_live.errors import MilmerError, RecordingError
from milmer_live.storage.export import (
    ExportOptions,
    Format,
    partial_folder,
    put,
    write_export,
)
from milmer_live.system.processes import (
    begin_worker,
    step_back,
)

LOOK_S = 0.2  # between two looks at the process
END_S = 10.0  # granted to the process to end


class ExportStep(Enum):
    READING = "reading"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ExportStatus:
    """`written` is there once it is DONE, with `notes` on what is otherwise than in the session;
    `problem` and `hint` where it has FAILED."""

    step: ExportStep = ExportStep.READING
    bytes_written: int = 0
    written: Path | None = None
    problem: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.step not in (ExportStep.READING, ExportStep.WRITING)


class ExportJob:
    """Started once. `status` may be looked at from any thread; nothing is overwritten, and where
    it is not DONE nothing is left behind."""

    def __init__(
        self, session: Path, to: Format, folder: Path, options: ExportOptions | None = None
    ) -> None:
        self.status = ExportStatus()
        self._options = options or ExportOptions()
        self._session, self._to, self._folder = session, to, folder
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="export", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Returns at once; `status` says when it has ended."""
        self._cancelled.set()

    def join(self, deadline_s: float) -> bool:
        self._thread.join(deadline_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with partial_folder(self._folder) as partial:
                written = self._work(partial)
                if written is not None:
                    put(partial, self._folder)
        except MilmerError as error:
            failed = ExportStatus(ExportStep.FAILED, problem=error.message, hint=error.hint)
            self.status = failed
        else:
            step = ExportStep.DONE if written is not None else ExportStep.CANCELLED
            self.status = replace(self.status, step=step, written=written)

    def _work(self, partial: Path) -> Path | None:
        """Where the export will be; None where it was cancelled. Raises MilmerError."""
        spawning = get_context("spawn")  # a fork would copy the locks of Qt and of the sources
        said, says = spawning.Pipe(duplex=False)
        task = (self._session, self._to, self._folder, partial, self._options, says)
        process = spawning.Process(target=_export, args=task, daemon=True)
        try:
            process.start()
        except OSError as error:
            raise RecordingError(f"No process can be started: {error.strerror}.") from error
        says.close()
        try:
            return self._wait(said, partial)
        finally:
            process.terminate()
            process.join(END_S)

    def _wait(self, said: Connection, partial: Path) -> Path | None:
        while not self._cancelled.is_set():
            self.status = replace(self.status, bytes_written=_size(partial))
            if not said.poll(LOOK_S):
                continue
            try:
                news = said.recv()
            except EOFError as error:
                raise RecordingError("The process that exports has died.") from error
            if isinstance(news, MilmerError):
                raise news
            if isinstance(news, Path):
                return news
            if isinstance(news, str):
                self.status = replace(self.status, notes=(*self.status.notes, news))
            else:
                self.status = replace(self.status, step=news)
        return None


def _size(folder: Path) -> int:
    """Bytes of all files; those that vanish meanwhile do not count."""
    total = 0
    for file in folder.rglob("*"):
        with suppress(OSError):
            total += file.stat().st_size if file.is_file() else 0
    return total


def _export(
    session: Path,
    to: Format,
    folder: Path,
    partial: Path,
    options: ExportOptions,
    says: Connection,
) -> None:
    """In the process."""
    begin_worker()
    step_back()
    try:
        done = write_export(
            session,
            to,
            folder,
            partial,
            options,
            says.send,
            lambda: says.send(ExportStep.WRITING),
        )
    except MilmerError as error:
        says.send(error)
    except Exception as error:  # noqa: BLE001 - MNE and its writers raise of every kind
        what = f"{type(error).__name__}: {error}"
        says.send(RecordingError(f"The session cannot be written as {to} ({what})."))
    else:
        says.send(done)
