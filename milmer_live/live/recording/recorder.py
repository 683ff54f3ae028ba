"""The thread that puts a session on the disk, whatever happens to the disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from milmer_live.catalogue import EventKind
from milmer_live.clock import Clock
from milmer_live.events import Event
from milmer_live.live.recording.byte_queue import ByteQueue
from milmer_live.live.recording.disk_watch import DiskWatch
from milmer_live.live.recording.inbox import (
    ROW_BYTES,
    Inbox,
)
from milmer_live.live.recording.jobs import (
    FrameJob,
    Job,
    QueueLimits,
    Write,
    number_of,
)
from milmer_live.live.recording.ledger import (
    Account,
    Ledger,
)
from milmer_live.live.recording.mishaps import Mishaps
from milmer_live.live.recording.session_parts import SessionParts
from milmer_live.live.recording.status import (
    RecorderState,
    RecorderStatus,
)
from milmer_live.live.sink import StatusAt
from milmer_live.live.workers import Faults, Guard, Worker
from milmer_live.processing.eeg.signal_settings import SignalSettings
from milmer_live.processing.faces.detection import crop_face
from milmer_live.processing.faces.measures import measure
from milmer_live.samples import (
    CROP_SIZE,
    EEGChunk,
    EEGInfo,
    FaceBox,
    FrameSample,
    Marker,
    Prediction,
)
from milmer_live.storage.session.balance import (
    StreamBalance,
    VisibleStream,
)
from milmer_live.storage.session.card import (
    CARD_NAME,
    Device,
    Plan,
)
from milmer_live.storage.session.signal_settings import settings_text
from milmer_live.storage.session.streams import (
    EVENTS,
    FRAMES,
    LABELS,
    MARKERS,
    PREDICTIONS,
    Annotation,
    Gap,
    Stall,
)
from milmer_live.storage.session.writer import (
    NOBODY,
    SessionWriter,
)
from milmer_live.system.wall_clock import WallClock, length

POLL_S = 0.02  # what comes waits at most this long; a killed program loses it
# For which samples are written without a pause: clock offsets, the disk, a frame and the running
# counts have their turn, however many come.
TURN_S = 0.1
CROP_BYTES = 3 * CROP_SIZE * CROP_SIZE

BALANCE_S = 0.1  # between two drawings up of the balance, for the screen
KEEP_BALANCE_S = 5.0  # between two writings of it into the card: a killed program leaves the last

__all__ = ["Port", "Recorder", "RecorderState", "RecorderStatus"]


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
        self._frames = ByteQueue[FrameJob](limits.frames_bytes)
        self._open_frame: FrameJob | None = None  # the newest, while its face is looked for
        self._ledger = Ledger(required)
        self._balance: tuple[StreamBalance, ...] = ()
        self._balance_due = clock.now()
        self._keep_due = clock.now() + KEEP_BALANCE_S
        self._day = day or WallClock()
        self._disk = DiskWatch(plan.recording, free_bytes)
        self._mishaps = Mishaps(self.name, faults)
        self._inbox = Inbox(limits.samples_bytes, clock, self._mishaps)
        self._parts = SessionParts(
            root,
            plan,
            clock,
            self._day,
            self._disk,
            self._ledger,
            self._mishaps,
            fallback=fallback,
        )
        self.status = RecorderStatus(self._parts.state, self._parts.newest.folder)
        self._looks = Guard("look at the disk", clock, faults)
        self._counts = Guard("balance of the recording", clock, faults)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Of the session, in order: more than one where a disk took no more."""
        return tuple(self._parts.folders)

    # What comes in, from any thread.

    def port(self, status: StatusAt) -> Port:
        """The sink for one source that was asked for."""
        return Port(self, self._ledger.open(status, self.clock.now()))

    @property
    def is_pressed(self) -> bool:
        """Of no source."""
        return self.is_pressed_by(None)

    def is_pressed_by(self, account: Account | None) -> bool:
        """Whether half of what may wait of a source does."""
        return self._inbox.is_half_full(account)

    def settle(self) -> None:
        """The sources of the recording are let go of: how they stand now is how they ended."""
        self._ledger.settle(self.clock.now())

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk, account: Account | None = None) -> None:
        if account is not None:
            account.came(len(chunk))
        if self._parts.state is RecorderState.FAILED:
            self._mishaps.drop(info.name, len(chunk), account)
            return
        self._inbox.put_chunk(info, chunk, account)

    def write_frame(self, frame: FrameSample, account: Account | None = None) -> None:
        self._settle_frame(None)
        if account is not None:
            account.came(1)
        if self._parts.state is RecorderState.FAILED:
            self._mishaps.drop(FRAMES, 1, account)
            return
        job = FrameJob(frame, self.clock.now(), account)
        video = self._plan.recording.video
        if video == "full":
            job.picture = frame.image
        kept_bytes = {"full": frame.image.nbytes, "face": CROP_BYTES}.get(video, 0)
        if not self._frames.put(job, ROW_BYTES + kept_bytes):
            self._inbox.say_overflow(FRAMES)
            job.is_lost, job.picture = True, None
            if not self._frames.put(job, ROW_BYTES, urgent=True):
                self._mishaps.drop(FRAMES, 1, account)
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
            if face is not None:
                job.measures = measure(job.frame.image, face)
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
            prediction.time,
            None if prediction.basis == "nothing" else account,  # the model was not asked
        )

    def write_values(self, name: str, time: float, values: Mapping[str, float]) -> None:
        """Numbers by label at `time`, such as the quality of each channel."""
        kept = dict(values)
        self._put_row(lambda writer, now: writer.write_values(name, time, kept, now), name, time)

    def write_marker(self, marker: Marker) -> None:
        """Of the experiment."""
        self.write_markers((marker,))

    def write_markers(
        self, markers: Sequence[Marker], stream: str = MARKERS, account: Account | None = None
    ) -> None:
        """Those of one sender are one job: they may be thousands a second."""
        source, came = number_of(account), self.clock.now()
        for _, group in groupby(markers, _sender_of):
            some = tuple(group)
            write = partial(_write_texts, stream, some, source, came)
            cost = len(some) * ROW_BYTES + sum(len(one.text) for one in some)
            self._put_rows(write, stream, [one.time for one in some], cost, account)

    def write_gap(self, gap: Gap, account: Account | None = None) -> None:
        self._inbox.put_gap(gap, account)

    def write_event(self, event: Event) -> None:
        self._write_event(event.text, event.time)

    def write_stall(self, stall: Stall, time: float) -> None:
        self._write_event(stall.model_dump_json(), time)

    def write_settings(self, settings: SignalSettings, time: float) -> None:
        self._write_event(settings_text(settings), time)
        artifacts = settings.artifacts
        matrix = None if artifacts is None else artifacts.cleaning_matrix()
        self._parts.artifacts = matrix
        self._inbox.put_note(lambda writer, _: writer.keep_artifacts(matrix))

    def _write_event(self, text: str, time: float) -> None:
        write = partial(_write_texts, EVENTS, (Marker(time, text),), NOBODY, time)
        self._put_rows(write, EVENTS, [time])

    def annotate(self, annotation: Annotation) -> None:
        """A label, a rating, a note, or the correction of one."""
        self._put_row(
            lambda writer, now: writer.write_annotation(annotation, now), LABELS, annotation.stop
        )

    def add_device(self, device: Device) -> None:
        """What `session.json` says of a source."""
        self._parts.devices.append(device)
        self._inbox.put_note(lambda writer, _: writer.add_device(device))

    def keep_visible(self, visible: Sequence[VisibleStream]) -> None:
        """What `session.json` says of the streams that could be seen when it began."""
        self._parts.visible = kept = tuple(visible)
        self._inbox.put_note(lambda writer, _: writer.keep_visible(kept))

    # What goes out, on the recorder's thread.

    def step(self) -> float:
        more = self._drain()
        now = self.clock.now()
        more = self._write_next_frame(lambda job: job.is_ready(now)) or more
        if self._parts.is_open:
            self._parts.keep(Job(EVENTS, 0, SessionWriter.tick))
            self._looks(lambda: self._look(now))
        if now >= self._balance_due:
            self._counts(lambda: self._draw_up(now))
        self._counts(self._publish)
        return 0.0 if more else POLL_S

    def close(self) -> None:
        """Write what still waits, then footers, the video's index and the card."""
        try:
            while self._drain():
                self._parts.keep(Job(EVENTS, 0, SessionWriter.tick))
            while self._write_next_frame(lambda _job: True):
                pass
            for job in self._inbox.open_gaps():
                self._parts.keep(job)
        finally:
            self._counts(self._settle_up)
            self._parts.close("stopped")
            self._publish()

    def _settle_up(self) -> None:
        """The balance of all that was recorded, into the card."""
        self.settle()
        self._ledger.close()
        self._draw_up(self.clock.now(), keep=True)

    def _look(self, now: float) -> None:
        """At the disk and at the computer's clock, once a second."""
        if not self._disk.is_due(now):
            return
        if step_s := self._day.look():
            kind = EventKind.COMPUTER_CLOCK_AHEAD if step_s > 0 else EventKind.COMPUTER_CLOCK_BACK
            self.write_event(Event(now, kind, values={"time": length(abs(step_s))}))
        before = self._disk.warning
        self._parts.look(now)
        if self._disk.warning and not before and self._parts.is_open:
            self.write_event(Event(now, EventKind.DISK_LOW, values={"warning": self._disk.warning}))

    def _draw_up(self, now: float, *, keep: bool = False) -> None:
        """The balance, for the screen; now and then, and with `keep`, for the card."""
        self._balance_due = now + BALANCE_S
        parts = self._ledger.parts(self._parts.newest.facts, now)
        self._balance = self._ledger.wholes(parts)
        if self._disk.warning:
            self._mishaps.note("disk", self._disk.warning)
        if keep or now >= self._keep_due:
            self._keep_due = now + KEEP_BALANCE_S
            told = self._mishaps.troubles
            self._parts.keep(Job(CARD_NAME, 0, lambda writer, _: writer.keep_balance(parts, told)))

    def _drain(self) -> bool:
        """Write the samples that wait, for `TURN_S` at most. Whether there may be more."""
        until = self.clock.now() + TURN_S
        while (job := self._inbox.take()) is not None:
            self._parts.keep(job)
            if self.clock.now() >= until:
                return True
        return False

    def _write_next_frame(self, is_ready: Callable[[FrameJob], bool]) -> bool:
        job = self._frames.take(is_ready)
        if job is None:
            return False
        self._parts.keep(Job(FRAMES, 1, job.write, job.account), is_lost=job.is_lost)
        return True

    def _put_row(
        self, write: Write, stream: str, time: float, account: Account | None = None
    ) -> None:
        self._put_rows(write, stream, [time], account=account)

    def _put_rows(
        self,
        write: Write,
        stream: str,
        times: Sequence[float],
        cost: int = ROW_BYTES,
        account: Account | None = None,
    ) -> None:
        if account is not None:
            account.came(len(times))
        if self._parts.state is RecorderState.FAILED:
            self._mishaps.drop(stream, len(times), account)
        else:
            self._inbox.put_rows(write, stream, times, cost, account)

    def _publish(self) -> None:
        writer, mishaps = self._parts.newest, self._mishaps
        self.status = RecorderStatus(
            state=self._parts.state,
            folder=writer.folder,
            fault=mishaps.fault,
            warning=self._disk.warning,
            bytes_written=writer.bytes_written,
            free_bytes=self._disk.free,
            minutes_left=self._disk.minutes_left,
            queued_bytes=self._inbox.n_bytes + self._frames.n_bytes,
            samples=writer.samples(),
            lost=dict(writer.lost),
            not_kept=mishaps.not_kept,
            rejected=mishaps.rejected,
            reasons=mishaps.reasons,
            balance=self._balance,
            missing_required=tuple(one.title for one in self._balance if one.is_awaited),
            troubles=mishaps.troubles,
        )


class Port:
    """The recorder's sink for one source: all that comes through is on its account."""

    def __init__(self, recorder: Recorder, account: Account) -> None:
        self._recorder = recorder
        self._account = account

    def port(self, status: StatusAt) -> Port:
        return self._recorder.port(status)

    @property
    def is_pressed(self) -> bool:
        return self._recorder.is_pressed_by(self._account)

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk) -> None:
        self._recorder.write_eeg(info, chunk, self._account)

    def write_frame(self, frame: FrameSample) -> None:
        self._recorder.write_frame(frame, self._account)

    def write_face(self, frame: FrameSample, face: FaceBox | None) -> None:
        self._recorder.write_face(frame, face)

    def write_prediction(self, prediction: Prediction) -> None:
        self._recorder.write_prediction(prediction, self._account)

    def write_markers(self, markers: Sequence[Marker], stream: str = MARKERS) -> None:
        self._recorder.write_markers(markers, stream, self._account)

    def write_gap(self, gap: Gap) -> None:
        self._recorder.write_gap(gap, self._account)

    def write_event(self, event: Event) -> None:
        self._recorder.write_event(event)

    def write_stall(self, stall: Stall, time: float) -> None:
        self._recorder.write_stall(stall, time)

    def write_settings(self, settings: SignalSettings, time: float) -> None:
        self._recorder.write_settings(settings, time)


def _write_texts(
    stream: str,
    markers: Sequence[Marker],
    source: int,
    came: float,
    writer: SessionWriter,
    now: float,
) -> None:
    writer.write_texts(stream, markers, now, source, came)


def _sender_of(marker: Marker) -> tuple[str, float] | None:
    """How the sender describes itself, and how its clock is to ours."""
    return None if marker.sent is None else (marker.sent.xml, marker.sent.clock_offset)
