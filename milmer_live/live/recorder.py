"""The thread that puts a session on the disk, whatever happens to the disk."""

from __future__ import annotations

import logging
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from milmer_live.clock import Clock
from milmer_live.errors import RecordingError, StorageLost
from milmer_live.live.byte_queue import ByteQueue
from milmer_live.live.disk_watch import DiskWatch
from milmer_live.live.signal_settings import SAVED_AS, SignalSettings
from milmer_live.live.workers import Faults, Worker
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
    UInt8,
)
from milmer_live.storage.balance import StreamBalance
from milmer_live.storage.repair import repair
from milmer_live.storage.session_card import Device, Plan
from milmer_live.storage.session_streams import (
    EVENTS,
    FRAMES,
    LABELS,
    MARKERS,
    PREDICTIONS,
    Annotation,
    Gap,
    SeenFrame,
    Why,
)
from milmer_live.storage.session_writer import SessionWriter

POLL_S = 0.02  # what comes waits at most this long; a killed program loses it
ROW_BYTES = 512  # what a marker or a row of numbers costs in the queue, roughly

FACE_S = 1.0  # for which a frame waits for the face that is looked for in it
CROP_BYTES = 3 * CROP_SIZE * CROP_SIZE

Write: TypeAlias = Callable[[SessionWriter, float], None]

log = logging.getLogger(__name__)


class RecorderState(StrEnum):
    """FALLBACK: recording goes on in another folder. FAILED: nothing is kept any more."""

    RECORDING = "recording"
    FALLBACK = "fallback"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Job:
    """`count` samples of `stream`, and how they are written."""

    stream: str
    count: int
    write: Write


@dataclass(slots=True)
class FrameJob:
    """A frame on its way to the disk. The camera's thread settles it, once; the recorder's takes
    it when that is done, or `FACE_S` after `came`."""

    frame: FrameSample
    came: float
    is_lost: bool = False  # there was no room for its picture
    face: FaceBox | None = None
    picture: UInt8 | None = None
    is_settled: bool = False

    def is_ready(self, now: float) -> bool:
        return self.is_settled or now - self.came > FACE_S

    def write(self, writer: SessionWriter, now: float) -> None:
        height, width = self.frame.image.shape[:2]
        seen = SeenFrame(self.frame.time, self.frame.index, (width, height), self.face)
        if self.is_lost:
            writer.write_lost_frame(seen, now)
        else:
            writer.write_frame(seen, self.picture, now)


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """What may wait for the disk: a minute of 128 channels at 2 kHz, 6 s of 720p frames."""

    samples_bytes: int = 64 << 20
    frames_bytes: int = 512 << 20


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """What the screen says. `fault` stays until the session ends; `warning` is for now.

    `samples` are in the file, `lost` are marked in it as gaps, `not_kept` could not be marked
    either, and `rejected` did not fit their stream (`reasons` has the last one): by stream.
    `minutes_left` is None while it is not known. `balance` has each source that was asked for, in
    the order asked; `missing_required` names those that are required and have given nothing yet.
    `read_back` is that of `SessionCard`: set some moments after the session was closed.
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


class Recorder(Worker):
    """Takes everything from any thread (`RecordingSink`) and writes it on its own.

    Samples go before frames, so that a slow encoder never costs a sample. Where the disk
    takes no more the session goes on in `fallback`, from the very item that failed.
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
    ) -> None:
        """Makes the session's folder. Raises StorageLost where that is not possible."""
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
        self._missing: dict[EEGInfo, Gap] = {}  # not taken, and not marked yet
        self._lock = threading.Lock()
        self._fault = ""
        self._devices: list[Device] = []
        self._artifacts: Float64 | None = None  # what ICA takes out of the model's channels
        self._state = RecorderState.RECORDING
        self._writer: SessionWriter | None = SessionWriter(root, plan, clock.now())
        self._newest = self._writer
        self._disk.begin(clock.now())
        self.status = RecorderStatus(RecorderState.RECORDING, self._writer.folder)

    # What comes in, from any thread.

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk) -> None:
        if self._state is RecorderState.FAILED:
            self._count_not_kept(info.name, len(chunk))
            return
        why: Why = "overflow" if info in self._missing else "source"
        cost = chunk.data.nbytes + chunk.times.nbytes
        cost += 0 if chunk.raw is None else chunk.raw.nbytes
        job = Job(
            info.name, len(chunk), lambda writer, now: writer.write_eeg(info, chunk, now, why)
        )
        if self._samples.put(job, cost):
            self._missing.pop(info, None)
        else:
            self._overflow(info.name)
            self._missing[info] = _widened(self._missing.get(info), info, chunk)

    def write_frame(self, frame: FrameSample) -> None:
        self._settle(None)
        if self._state is RecorderState.FAILED:
            self._count_not_kept(FRAMES, 1)
            return
        job = FrameJob(frame, self.clock.now())
        video = self._plan.recording.video
        if video == "full":
            job.picture = frame.image
        kept_bytes = {"full": frame.image.nbytes, "face": CROP_BYTES}.get(video, 0)
        if not self._frames.put(job, ROW_BYTES + kept_bytes):
            self._overflow(FRAMES)
            job.is_lost, job.picture = True, None
            if not self._frames.put(job, ROW_BYTES, urgent=True):
                self._count_not_kept(FRAMES, 1)
                return
        self._open_frame = job

    def write_face(self, frame: FrameSample, face: FaceBox | None) -> None:
        if self._open_frame is not None and self._open_frame.frame is frame:
            self._settle(face)

    def _settle(self, face: FaceBox | None) -> None:
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

    def write_prediction(self, prediction: Prediction) -> None:
        self._put_row(lambda writer, now: writer.write_prediction(prediction, now), PREDICTIONS)

    def write_values(self, name: str, time: float, values: Mapping[str, float]) -> None:
        """Numbers by label at `time`, such as the quality of each channel."""
        kept = dict(values)
        self._put_row(lambda writer, now: writer.write_values(name, time, kept, now), name)

    def write_marker(self, marker: Marker, stream: str = MARKERS) -> None:
        self._put_row(lambda writer, now: writer.write_text(stream, marker, now), stream)

    def write_event(self, marker: Marker) -> None:
        self._put_row(lambda writer, now: writer.write_text(EVENTS, marker, now), EVENTS)
        if marker.text.startswith(SAVED_AS):
            artifacts = SignalSettings.from_event(marker.text).artifacts
            self._artifacts = None if artifacts is None else artifacts.cleaning_matrix()
            self._put_row(lambda writer, _: writer.keep_artifacts(self._artifacts), EVENTS)

    def annotate(self, annotation: Annotation) -> None:
        """A label, a rating, a note, or the correction of one."""
        self._put_row(lambda writer, now: writer.write_annotation(annotation, now), LABELS)

    def add_device(self, device: Device) -> None:
        """What `session.json` says of a source."""
        self._devices.append(device)
        self._put_row(lambda writer, _: writer.add_device(device), "devices")

    # What goes out, on the recorder's thread.

    def step(self) -> float:
        self._drain()
        now = self.clock.now()
        more = self._write_next_frame(lambda job: job.is_ready(now))
        if self._writer is not None:
            self._keep(Job(EVENTS, 0, SessionWriter.tick))
        self._look(now)
        self._publish()
        return 0.0 if more else POLL_S

    def close(self) -> None:
        """Write what still waits, then footers, the video's index and the card."""
        try:
            self._drain()
            while self._write_next_frame(lambda _job: True):
                pass
            for gap in self._missing.values():
                self._keep(Job(gap.stream, 0, _gap_write(gap)))
        finally:
            self._finish("stopped")
            if self._state is not RecorderState.FAILED:
                self._state = RecorderState.CLOSED
            self._publish()

    def _drain(self) -> None:
        while (job := self._samples.take()) is not None:
            self._keep(job)

    def _write_next_frame(self, is_ready: Callable[[FrameJob], bool]) -> bool:
        job = self._frames.take(is_ready)
        if job is None:
            return False
        self._keep(Job(FRAMES, 1, job.write))
        return True

    def _keep(self, job: Job) -> None:
        """Write to the session; fail over to the fallback folder when that fails."""
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
                return
        self._count_not_kept(job.stream, job.count)

    def _refuse(self, job: Job, reason: str) -> None:
        """The item does not fit its stream."""
        with self._lock:
            self._rejected[job.stream] += job.count
            self._reasons[job.stream] = reason
        self._reject(f"{job.count} samples of '{job.stream}' could not be recorded: {reason}")

    def _look(self, now: float) -> None:
        """At the folder and at the room that is left, once a second."""
        if self._writer is None or not self._disk.is_due(now):
            return
        if trouble := self._trouble(self._writer, now):
            self._go_on_elsewhere(StorageLost(trouble))

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
            self._state = RecorderState.FALLBACK
            went_on = f"Recording goes on in {self._writer.folder}."
            self._carry_over(old, self._writer, f"{error.message} {went_on}")
        else:
            self._state = RecorderState.FAILED
            went_on = "Nothing is recorded any more."
        self._close(old, error.message)
        self._reject(f"{error.message} {went_on}")

    def _next_writer(self, old: SessionWriter) -> SessionWriter | None:
        """A session in the fallback folder, which is tried once."""
        root, self._fallback = self._fallback, None
        if root is None:
            return None
        try:
            root.mkdir(parents=True, exist_ok=True)
            if not self._disk.has_room(root):
                return None
            now = self.clock.now()
            writer = SessionWriter(root, self._plan, now, continues=str(old.folder))
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

    def _overflow(self, stream: str) -> None:
        what = "pictures" if stream == FRAMES else f"samples of {stream}"
        text = f"The disk or the encoder is too slow: {what} are left out and marked as a gap."
        self.faults.set(f"{self.name} {stream}", text)
        self._fault = text

    def _put_row(self, write: Write, stream: str) -> None:
        job = Job(stream, 1, write)
        failed = self._state is RecorderState.FAILED
        if failed or not self._samples.put(job, ROW_BYTES, urgent=True):
            self._count_not_kept(stream, 1)

    def _count_not_kept(self, what: str, count: int) -> None:
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
        )


def _gap_write(gap: Gap) -> Write:
    return lambda writer, now: writer.write_gap(gap, now)


def _widened(gap: Gap | None, info: EEGInfo, chunk: EEGChunk) -> Gap:
    """What is missing of a stream, with one more chunk."""
    lost, start = (gap.lost, gap.start) if gap else (0, float(chunk.times[0]))
    return Gap(
        stream=info.name,
        lost=lost + len(chunk),
        start=start,
        stop=float(chunk.times[-1]),
        why="overflow",
    )
