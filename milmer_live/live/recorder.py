"""The thread that puts a session on the disk, whatever happens to the disk."""

from __future__ import annotations

import logging
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

from milmer_live.clock import Clock
from milmer_live.errors import RecordingError, StorageLost
from milmer_live.live.byte_queue import ByteQueue
from milmer_live.live.disk_watch import DiskWatch
from milmer_live.live.ledger import Account, Ledger
from milmer_live.live.recorder_jobs import (
    FrameJob,
    Job,
    QueueLimits,
    Write,
    gap_job,
    number_of,
    widened,
)
from milmer_live.live.signal_settings import SAVED_AS, SignalSettings
from milmer_live.live.sink import StatusAt
from milmer_live.live.workers import Faults, Worker
from milmer_live.private_files import make_private_folder
from milmer_live.processing.faces import crop_face
from milmer_live.samples import (
    CROP_SIZE,
    EEGChunk,
    EEGInfo,
    FaceBox,
    Float64,
    FrameSample,
    Marker,
    Prediction,
)
from milmer_live.storage.balance import StreamBalance, VisibleStream
from milmer_live.storage.repair import repair
from milmer_live.storage.session_card import CARD_NAME, Device, Plan
from milmer_live.storage.session_streams import (
    EVENTS,
    FRAMES,
    LABELS,
    MARKERS,
    PREDICTIONS,
    Annotation,
    Gap,
    Why,
)
from milmer_live.storage.session_writer import SessionWriter
from milmer_live.wall_clock import WallClock

POLL_S = 0.02  # what comes waits at most this long; a killed program loses it
ROW_BYTES = 512  # what a marker or a row of numbers costs in the queue, roughly
CROP_BYTES = 3 * CROP_SIZE * CROP_SIZE

BALANCE_S = 0.1  # between two drawings up of the balance, for the screen
KEEP_BALANCE_S = 5.0  # between two writings of it into the card: a killed program leaves the last

log = logging.getLogger(__name__)


class RecorderState(StrEnum):
    """FALLBACK: recording goes on in another folder. FAILED: nothing is kept any more."""

    RECORDING = "recording"
    FALLBACK = "fallback"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """What the screen says. `fault` stays until the session ends; `warning` is for now.

    `samples` are in the file, `lost` are marked in it as gaps, `not_kept` could not be marked
    either, and `rejected` did not fit their stream (`reasons` has the last one): by stream.
    `minutes_left` is None while it is not known. `balance` has each source that was asked for, in
    the order asked; `missing_required` names those that are required and have given nothing yet.
    `read_back` is that of `SessionCard`: set some moments after the session was closed.
    `troubles` are all that was wrong with the recording itself, such as the disk.
    """

    state: RecorderState
    folder: Path
    fault: str = ""
    warning: str = ""
    bytes_written: int = 0
    free_bytes: int | None = None
    minutes_left: float | None = None
    queued_bytes: int = 0
    samples: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    not_kept: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    balance: tuple[StreamBalance, ...] = ()
    missing_required: tuple[str, ...] = ()
    read_back: str = ""
    troubles: tuple[str, ...] = ()


class Recorder(Worker):
    """Takes everything from any thread (`RecordingSink`) and writes it on its own.

    Samples go before frames, so that a slow encoder never costs a sample. Where the disk
    takes no more the session goes on in `fallback`, from the very item that failed. What comes
    through a `port` is counted on the account of its source: the balance of the session.
    """

    def __init__(
        self,
        root: Path,
        plan: Plan,
        clock: Clock,
        faults: Faults,
        *,
        fallback: Path | None = None,
        limits: QueueLimits | None = None,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        required: Container[str] | None = None,
        day: WallClock | None = None,
    ) -> None:
        """Makes the session's folder. `required` has the sources that must be whole, as they were
        asked for; None: all of them. Raises StorageLost where there can be no folder."""
        super().__init__("recorder", clock, faults)
        limits = limits or QueueLimits()
        self._plan = plan
        self._fallback = fallback
        self._disk = DiskWatch(plan.recording, free_bytes)
        self._samples = ByteQueue[Job](limits.samples_bytes)
        self._frames = ByteQueue[FrameJob](limits.frames_bytes)
        self._open_frame: FrameJob | None = None  # the newest, while its face is looked for
        self._not_kept: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._reasons: dict[str, str] = {}
        self._missing: dict[tuple[int, EEGInfo], tuple[Gap, Account | None]] = {}
        self._lock = threading.Lock()
        self._fault = ""
        self._devices: list[Device] = []
        self._artifacts: Float64 | None = None  # what ICA takes out of the model's channels
        self._visible: tuple[VisibleStream, ...] | None = None
        self._ledger = Ledger(required)
        self._balance: tuple[StreamBalance, ...] = ()
        self._balance_due = clock.now()
        self._keep_due = clock.now() + KEEP_BALANCE_S
        self._troubles: dict[str, str] = {}  # of the recording itself, by what they are about
        self._day = day or WallClock()
        self._state = RecorderState.RECORDING
        self._writer: SessionWriter | None = SessionWriter(root, plan, clock.now(), day=self._day)
        self._newest = self._writer
        self.folders = [self._writer.folder]
        self._disk.begin(clock.now())
        self.status = RecorderStatus(RecorderState.RECORDING, self._writer.folder)

    # What comes in, from any thread.

    def port(self, status: StatusAt) -> Port:
        """The sink for one source that was asked for. Where one of the same name was let go of
        before (`settle`), its account goes on."""
        with self._lock:
            account = self._ledger.open(status, self.clock.now())
        self._put_note(lambda writer, _: writer.hold(account.number))
        return Port(self, account)

    def settle(self) -> None:
        """The sources of the recording are let go of: how they stand now is how they ended."""
        with self._lock:
            self._ledger.settle(self.clock.now())
            numbers = [one.number for one in self._ledger.accounts]
        for number in numbers:
            self._put_note(partial(_release, number))

    def replace_sources(self) -> None:
        """Other sources were chosen: those that are gone and never gave anything are not missed."""
        with self._lock:
            self._ledger.replace()

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk, account: Account | None = None) -> None:
        if account is not None:
            account.came(len(chunk))
        if self._state is RecorderState.FAILED:
            self._count_not_kept(info.name, len(chunk), account)
            return
        source = number_of(account)
        why: Why = "overflow" if (source, info) in self._missing else "source"
        cost = chunk.data.nbytes + chunk.times.nbytes
        cost += 0 if chunk.raw is None else chunk.raw.nbytes
        write = partial(_write_eeg, info, chunk, why, source)
        if self._samples.put(Job(info.name, len(chunk), write, account), cost):
            self._missing.pop((source, info), None)
            return
        self._overflow(info.name)
        if account is not None:
            account.dropped(len(chunk))
        before, _ = self._missing.get((source, info), (None, None))
        self._missing[source, info] = (widened(before, info, chunk), account)

    def write_frame(self, frame: FrameSample, account: Account | None = None) -> None:
        self._settle_frame(None)
        if account is not None:
            account.came(1)
        if self._state is RecorderState.FAILED:
            self._count_not_kept(FRAMES, 1, account)
            return
        job = FrameJob(frame, self.clock.now(), account)
        video = self._plan.recording.video
        if video == "full":
            job.picture = frame.image
        kept_bytes = {"full": frame.image.nbytes, "face": CROP_BYTES}.get(video, 0)
        if not self._frames.put(job, ROW_BYTES + kept_bytes):
            self._overflow(FRAMES)
            job.is_lost, job.picture = True, None
            if not self._frames.put(job, ROW_BYTES, urgent=True):
                self._count_not_kept(FRAMES, 1, account)
                return
        self._open_frame = job

    def write_face(self, frame: FrameSample, face: FaceBox | None) -> None:
        if self._open_frame is not None and self._open_frame.frame is frame:
            self._settle_frame(face)

    def _settle_frame(self, face: FaceBox | None) -> None:
        """On the camera's thread: the face is cut out here, so that no more waits."""
        job, self._open_frame = self._open_frame, None
        if job is None or job.is_settled:
            return
        try:
            job.face = face
            wants_crop = self._plan.recording.video == "face" and not job.is_lost
            if wants_crop and face is not None:
                job.picture = crop_face(job.frame, face, self._plan.preprocessing.faces).image
        finally:
            job.is_settled = True

    def write_prediction(self, prediction: Prediction, account: Account | None = None) -> None:
        source = number_of(account)
        self._put_row(
            lambda writer, now: writer.write_prediction(prediction, now, source),
            PREDICTIONS,
            None if prediction.basis == "nothing" else account,  # the model was not asked
        )

    def write_values(self, name: str, time: float, values: Mapping[str, float]) -> None:
        """Numbers by label at `time`, such as the quality of each channel."""
        kept = dict(values)
        self._put_row(lambda writer, now: writer.write_values(name, time, kept, now), name)

    def write_marker(
        self, marker: Marker, stream: str = MARKERS, account: Account | None = None
    ) -> None:
        source = number_of(account)
        self._put_row(
            lambda writer, now: writer.write_text(stream, marker, now, source), stream, account
        )

    def write_event(self, marker: Marker) -> None:
        self._put_row(lambda writer, now: writer.write_text(EVENTS, marker, now), EVENTS)
        if marker.text.startswith(SAVED_AS):
            artifacts = SignalSettings.from_event(marker.text).artifacts
            self._artifacts = None if artifacts is None else artifacts.cleaning_matrix()
            self._put_note(lambda writer, _: writer.keep_artifacts(self._artifacts))

    def annotate(self, annotation: Annotation) -> None:
        """A label, a rating, a note, or the correction of one."""
        self._put_row(lambda writer, now: writer.write_annotation(annotation, now), LABELS)

    def add_device(self, device: Device) -> None:
        """What `session.json` says of a source."""
        self._devices.append(device)
        self._put_note(lambda writer, _: writer.add_device(device))

    def keep_visible(self, visible: Sequence[VisibleStream]) -> None:
        """What `session.json` says of the streams that could be seen when it began."""
        self._visible = kept = tuple(visible)
        self._put_note(lambda writer, _: writer.keep_visible(kept))

    # What goes out, on the recorder's thread.

    def step(self) -> float:
        self._drain()
        now = self.clock.now()
        more = self._write_next_frame(lambda job: job.is_ready(now))
        if self._writer is not None:
            self._keep(Job(EVENTS, 0, SessionWriter.tick))
        self._look(now)
        if now >= self._balance_due:
            self._draw_up(now)
        self._publish()
        return 0.0 if more else POLL_S

    def close(self) -> None:
        """Write what still waits, then footers, the video's index and the card."""
        try:
            self._drain()
            while self._write_next_frame(lambda _job: True):
                pass
            for gap, account in self._missing.values():
                self._keep(gap_job(gap, account))
            self.settle()
            self._ledger.close()
            self._draw_up(self.clock.now(), keep=True)
        finally:
            self._finish("stopped")
            if self._state is not RecorderState.FAILED:
                self._state = RecorderState.CLOSED
            self._publish()

    def _draw_up(self, now: float, *, keep: bool = False) -> None:
        """The balance, for the screen; now and then, and with `keep`, for the card."""
        self._balance_due = now + BALANCE_S
        with self._lock:
            parts = self._ledger.parts(self._newest.facts, now)
            self._balance = self._ledger.wholes(parts)
        if self._disk.warning:
            self._troubles["disk"] = self._disk.warning
        troubles = tuple(self._troubles.values())
        if keep or now >= self._keep_due:
            self._keep_due = now + KEEP_BALANCE_S
            self._keep(Job(CARD_NAME, 0, lambda writer, _: writer.keep_balance(parts, troubles)))

    def _drain(self) -> None:
        while (job := self._samples.take()) is not None:
            self._keep(job)

    def _write_next_frame(self, is_ready: Callable[[FrameJob], bool]) -> bool:
        job = self._frames.take(is_ready)
        if job is None:
            return False
        self._keep(Job(FRAMES, 1, job.write, job.account), is_lost=job.is_lost)
        return True

    def _keep(self, job: Job, *, is_lost: bool = False) -> None:
        """Write to the session; fail over to the fallback folder when that fails. `is_lost`: it
        is only marked in the file."""
        while self._writer is not None:
            try:
                job.write(self._writer, self.clock.now())
            except StorageLost as error:
                self._go_on_elsewhere(error)
            except RecordingError as error:
                self._refuse(job, str(error))
                return
            except Exception as error:  # one bad item must not end a recording
                log.exception("An item of %s could not be recorded", job.stream)
                self._refuse(job, f"{type(error).__name__}: {error}; the log says more.")
                return
            else:
                if job.account is not None:
                    count_it = job.account.dropped if is_lost else job.account.kept
                    count_it(job.count)
                return
        self._count_not_kept(job.stream, job.count, job.account)

    def _refuse(self, job: Job, reason: str) -> None:
        """The item does not fit its stream."""
        if job.account is not None:
            job.account.refused(job.count, reason)
        with self._lock:
            self._rejected[job.stream] += job.count
            self._reasons[job.stream] = reason
        self._reject(f"{job.count} samples of '{job.stream}' could not be recorded: {reason}")

    def _look(self, now: float) -> None:
        """At the folder and at the room that is left, once a second."""
        if self._writer is None or not self._disk.is_due(now):
            return
        if set_clock := self._day.look():
            self.write_event(Marker(now, set_clock))
        before = self._disk.warning
        if trouble := self._trouble(self._writer, now):
            self._go_on_elsewhere(StorageLost(trouble))
        if self._disk.warning and not before and self._writer is not None:
            self.write_event(Marker(now, self._disk.warning))

    def _trouble(self, writer: SessionWriter, now: float) -> str:
        """What keeps the session from going on where it is; empty when all is well."""
        folder = writer.folder
        if writer.is_gone():
            return f"The folder {folder} is gone."
        try:
            if self._disk.look(folder, writer.bytes_written, now):
                return ""
        except OSError as error:
            return f"The disk of {folder} is gone: {error.strerror}."
        reserve = f"{self._plan.recording.reserve_mb:g} MB"
        return f"The disk of {folder} is full up to its reserve of {reserve}."

    def _go_on_elsewhere(self, error: StorageLost) -> None:
        old, self._writer = self._writer, None
        assert old is not None
        self._writer = self._next_writer(old)
        if self._writer is not None:
            self._newest = self._writer
            self.folders.append(self._writer.folder)
            self._state = RecorderState.FALLBACK
            went_on = f"Recording goes on in {self._writer.folder}."
            self._end_part(old)
            self._carry_over(old, self._writer, f"{error.message} {went_on}")
        else:
            self._state = RecorderState.FAILED
            went_on = "Nothing is recorded any more."
        self._close(old, error.message)
        self._reject(f"{error.message} {went_on}")

    def _end_part(self, old: SessionWriter) -> None:
        """What came of each source in the folder that takes no more."""
        with self._lock:
            parts = self._ledger.end_part(old.facts, self.clock.now())
        try:
            old.keep_balance(parts, tuple(self._troubles.values()))
        except RecordingError:
            log.exception("The balance of the part before the fault could not be written")

    def _next_writer(self, old: SessionWriter) -> SessionWriter | None:
        """A session in the fallback folder, which is tried once."""
        root, self._fallback = self._fallback, None
        if root is None:
            return None
        try:
            make_private_folder(root)
            if not self._disk.has_room(root):
                return None
            now = self.clock.now()
            writer = SessionWriter(root, self._plan, now, continues=str(old.folder), day=self._day)
        except (StorageLost, OSError):
            return None
        self._disk.begin(now)
        return writer

    def _carry_over(self, old: SessionWriter, new: SessionWriter, text: str) -> None:
        """Devices, the reason, and the signals of a file whose name is gone."""
        now = self.clock.now()
        for device in self._devices:
            new.add_device(device)
        try:
            new.keep_artifacts(self._artifacts)
            if self._visible is not None:
                new.keep_visible(self._visible)
            new.write_text(EVENTS, Marker(now, text), now)
            if old.is_gone():
                copy = new.folder / "before.xdf"
                old.copy_signals(copy)
                repair(copy)
        except RecordingError:
            log.exception("The part of the session before the fault could not be copied")

    def _finish(self, reason: str) -> None:
        writer, self._writer = self._writer, None
        if writer is not None and (fault := self._close(writer, reason)):
            self._reject(fault)

    def _close(self, writer: SessionWriter, reason: str) -> str:
        """What went wrong in closing; a file without footers can be repaired."""
        try:
            writer.close(reason, self.clock.now())
        except StorageLost as error:
            return f"{error.message} Repair the session before you use it."
        except Exception as error:  # said like any other fault; the files are closed
            log.exception("The session could not be closed in order")
            what = f"{type(error).__name__}: {error}"
            return f"The session was not closed in order ({what}). Repair it before you use it."
        return ""

    def _reject(self, text: str) -> None:
        self._fault = text
        self.faults.set(self.name, text)
        self._troubles[text] = text

    def _overflow(self, stream: str) -> None:
        what = "pictures" if stream == FRAMES else f"samples of {stream}"
        text = f"The disk or the encoder is too slow: {what} are left out and marked as a gap."
        self.faults.set(f"{self.name} {stream}", text)
        self._fault = text
        self._troubles[text] = text

    def _put_row(self, write: Write, stream: str, account: Account | None = None) -> None:
        if account is not None:
            account.came(1)
        job = Job(stream, 1, write, account)
        failed = self._state is RecorderState.FAILED
        if failed or not self._samples.put(job, ROW_BYTES, urgent=True):
            self._count_not_kept(stream, 1, account)

    def _put_note(self, write: Write) -> None:
        """For the card: no sample of any stream."""
        self._samples.put(Job(CARD_NAME, 0, write), ROW_BYTES, urgent=True)

    def _count_not_kept(self, what: str, count: int, account: Account | None = None) -> None:
        if not count:
            return
        if account is not None:
            account.dropped(count)
        with self._lock:
            self._not_kept[what] += count

    def _publish(self) -> None:
        writer = self._newest
        with self._lock:
            not_kept, rejected = dict(self._not_kept), dict(self._rejected)
            reasons = dict(self._reasons)
        self.status = RecorderStatus(
            state=self._state,
            folder=writer.folder,
            fault=self._fault,
            warning=self._disk.warning,
            bytes_written=writer.bytes_written,
            free_bytes=self._disk.free,
            minutes_left=self._disk.minutes_left,
            queued_bytes=self._samples.n_bytes + self._frames.n_bytes,
            samples=writer.samples(),
            lost=dict(writer.lost),
            not_kept=not_kept,
            rejected=rejected,
            reasons=reasons,
            balance=self._balance,
            missing_required=tuple(one.title for one in self._balance if one.is_awaited),
            troubles=tuple(self._troubles.values()),
        )


class Port:
    """The recorder's sink for one source: all that comes through is on its account."""

    def __init__(self, recorder: Recorder, account: Account) -> None:
        self._recorder = recorder
        self._account = account

    def port(self, status: StatusAt) -> Port:
        return self._recorder.port(status)

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk) -> None:
        self._recorder.write_eeg(info, chunk, self._account)

    def write_frame(self, frame: FrameSample) -> None:
        self._recorder.write_frame(frame, self._account)

    def write_face(self, frame: FrameSample, face: FaceBox | None) -> None:
        self._recorder.write_face(frame, face)

    def write_prediction(self, prediction: Prediction) -> None:
        self._recorder.write_prediction(prediction, self._account)

    def write_marker(self, marker: Marker, stream: str = MARKERS) -> None:
        self._recorder.write_marker(marker, stream, self._account)

    def write_event(self, marker: Marker) -> None:
        self._recorder.write_event(marker)


def _release(source: int, writer: SessionWriter, _now: float) -> None:
    writer.release(source)


def _write_eeg(
    info: EEGInfo, chunk: EEGChunk, why: Why, source: int, writer: SessionWriter, now: float
) -> None:
    writer.write_eeg(info, chunk, now, why, source)
