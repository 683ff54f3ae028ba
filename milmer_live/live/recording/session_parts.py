"""The folders of one session: where the disk takes no more, the next one begins."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from milmer_live.catalogue import Code, EventKind
from milmer_live.clock import Clock
from milmer_live.errors import RecordingError, StorageLost
from milmer_live.events import Event
from milmer_live.live.recording.disk_watch import DiskWatch
from milmer_live.live.recording.jobs import Job
from milmer_live.live.recording.ledger import (
    FactsOf,
    Ledger,
)
from milmer_live.live.recording.mishaps import Mishaps
from milmer_live.live.recording.status import RecorderState
from milmer_live.messages import Message
from milmer_live.samples import Float64, Marker
from milmer_live.storage.session.balance import (
    StreamBalance,
    VisibleStream,
)
from milmer_live.storage.session.card import (
    Device,
    Plan,
)
from milmer_live.storage.session.streams import EVENTS
from milmer_live.storage.session.writer import SessionWriter
from milmer_live.storage.upkeep.repair import repair
from milmer_live.system.private_files import make_private_folder
from milmer_live.system.wall_clock import WallClock

PartsOf = Callable[[FactsOf, float], tuple[StreamBalance, ...]]

log = logging.getLogger(__name__)


class SessionParts:
    """Writes to the session's folder, and from the very item that fails to the `fallback`'s.

    For the recorder's thread alone, but for what may be read: `state`, `newest`, `folders`.
    `devices`, `artifacts` and `visible` are what the next folder's card has to say as well.
    """

    def __init__(
        self,
        root: Path,
        plan: Plan,
        clock: Clock,
        day: WallClock,
        disk: DiskWatch,
        ledger: Ledger,
        mishaps: Mishaps,
        *,
        fallback: Path | None,
    ) -> None:
        """Makes the folder. Raises StorageLost where there can be none."""
        self.state = RecorderState.RECORDING
        self.devices: list[Device] = []
        self.artifacts: Float64 | None = None  # what ICA takes out of the model's channels
        self.visible: tuple[VisibleStream, ...] | None = None
        self._plan = plan
        self._clock = clock
        self._day = day
        self._disk = disk
        self._ledger = ledger
        self._mishaps = mishaps
        self._fallback = fallback
        self.newest = SessionWriter(root, plan, clock.now(), day=day)
        self._writer: SessionWriter | None = self.newest
        self.folders = [self.newest.folder]
        self._disk.begin(clock.now())

    @property
    def is_open(self) -> bool:
        """Whether anything can still be written."""
        return self._writer is not None

    def keep(self, job: Job, *, is_lost: bool = False) -> None:
        """Write to the session; fail over to the fallback folder when that fails. `is_lost`: it
        is only marked in the file."""
        while self._writer is not None:
            try:
                job.write(self._writer, self._clock.now())
            except StorageLost as error:
                self._go_on_elsewhere(error)
            except RecordingError as error:
                self._mishaps.refuse(job, str(error))
                return
            except Exception as error:  # one bad item must not end a recording
                log.exception("An item of %s could not be recorded", job.stream)
                self._mishaps.refuse(job, f"{type(error).__name__}: {error}; the log says more.")
                return
            else:
                if job.account is not None:
                    count_it = job.account.dropped if is_lost else job.account.kept
                    count_it(job.count)
                return
        self._mishaps.drop(job.stream, job.count, job.account)

    def look(self, now: float) -> None:
        """At the folder and at the room that is left, once a second."""
        if self._writer is None or not self._disk.is_due(now):
            return
        if trouble := self._trouble(self._writer, now):
            self._go_on_elsewhere(StorageLost(trouble))

    def close(self, reason: str) -> None:
        """Footers, the video's index and the card of the newest folder."""
        writer, self._writer = self._writer, None
        if writer is not None and (fault := self._close(writer, reason)):
            self._mishaps.say(fault)
        if self.state is not RecorderState.FAILED:
            self.state = RecorderState.CLOSED

    def _trouble(self, writer: SessionWriter, now: float) -> str:
        """What keeps the session from going on where it is; empty when all is well."""
        folder = writer.folder
        if writer.is_gone():
            return Message(Code.FOLDER_GONE, folder=str(folder))
        try:
            if self._disk.look(folder, writer.bytes_written, now):
                return ""
        except OSError as error:
            return Message(Code.DISK_GONE, folder=str(folder), what=str(error.strerror))
        reserve_mb = self._plan.recording.reserve_mb
        return Message(Code.DISK_FULL, folder=str(folder), mb=reserve_mb)

    def _go_on_elsewhere(self, error: StorageLost) -> None:
        old, self._writer = self._writer, None
        assert old is not None
        self._writer = self._next_writer(old)
        if self._writer is not None:
            self.newest = self._writer
            self.folders.append(self._writer.folder)
            self.state = RecorderState.FALLBACK
            went_on = Message(Code.GOES_ON_IN, folder=str(self._writer.folder))
            self._keep_part(old, self._ledger.end_part)
            self._carry_over(old, self._writer, error.message, went_on)
        else:
            self.state = RecorderState.FAILED
            went_on = Message(Code.NOTHING_RECORDED)
            self._keep_part(old, self._ledger.parts)
        self._close(old, error.message)
        self._mishaps.say(Message(Code.THEN, why=error.message, then=went_on))

    def _keep_part(self, old: SessionWriter, parts_of: PartsOf) -> None:
        """What came of each source in the folder that takes no more, as far as its card can
        still be written."""
        try:
            old.keep_balance(parts_of(old.facts, self._clock.now()), self._mishaps.troubles)
        except RecordingError as error:
            log.warning("The balance of %s could not be written: %s", old.folder, error)

    def _next_writer(self, old: SessionWriter) -> SessionWriter | None:
        """A session in the fallback folder, which is tried once."""
        root, self._fallback = self._fallback, None
        if root is None:
            return None
        try:
            make_private_folder(root)
            if not self._disk.has_room(root):
                return None
            now = self._clock.now()
            writer = SessionWriter(root, self._plan, now, continues=str(old.folder), day=self._day)
        except (StorageLost, OSError):
            return None
        self._disk.begin(now)
        return writer

    def _carry_over(
        self, old: SessionWriter, new: SessionWriter, why: str, went_on: Message
    ) -> None:
        """Devices, the reason, and the signals of a file whose name is gone."""
        now = self._clock.now()
        for device in self.devices:
            new.add_device(device)
        try:
            new.keep_artifacts(self.artifacts)
            if self.visible is not None:
                new.keep_visible(self.visible)
            moved = Event(now, EventKind.MOVED, values={"why": why, "went_on": went_on})
            new.write_text(EVENTS, Marker(now, moved.text), now)
            if old.is_gone():
                copy = new.folder / "before.xdf"
                old.copy_signals(copy)
                repair(copy)
        except RecordingError:
            log.exception("The part of the session before the fault could not be copied")

    def _close(self, writer: SessionWriter, reason: str) -> str:
        """What went wrong in closing; a file without footers can be repaired."""
        try:
            writer.close(reason, self._clock.now())
        except StorageLost as error:
            return f"{error.message} Repair the session before you use it."
        except Exception as error:  # said like any other fault; the files are closed
            log.exception("The session could not be closed in order")
            what = f"{type(error).__name__}: {error}"
            return f"The session was not closed in order ({what}). Repair it before you use it."
        return ""
