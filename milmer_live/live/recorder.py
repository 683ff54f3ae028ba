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
    EEGChunk,
    EEGInfo,
    FaceBox,
    Float64,
    FrameSample,
    Marker,
    Prediction,
    UInt8,
)
from milmer_live.storage.repair import repair
from milmer_live.storage.session_card import Device, Plan
from milmer_live.storage.session_streams import (
    EVENTS,
    FRAMES,
    MARKERS,
    Annotation,
    Gap,
    SeenFrame,
    Why,
)
from milmer_live.storage.session_writer import SessionWriter

POLL_S = 0.02  # what comes waits at most this long; a killed program loses it
ROW_BYTES = 512  # what a marker or a row of numbers costs in the queue, roughly

Job: TypeAlias = Callable[[SessionWriter, float], None]

log = logging.getLogger(__name__)


class RecorderState(StrEnum):
    """FALLBACK: recording goes on in another folder. FAILED: nothing is kept any more."""

    RECORDING = "recording"
    FALLBACK = "fallback"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """What may wait for the disk: a minute of 128 channels at 2 kHz, 6 s of 720p frames."""

    samples_bytes: int = 64 << 20
    frames_bytes: int = 512 << 20


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """What the screen says. `fault` stays until the session ends; `warning` is for now.

    `samples` are in the file, `lost` are marked in it as gaps, `not_kept` could not be marked
    either: by stream. `minutes_left` is None while it is not known.
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
        self._frames = ByteQueue[Job](limits.frames_bytes)
        self._not_kept: Counter[str] = Counter()
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
        if self._samples.put(lambda writer, now: writer.write_eeg(info, chunk, now, why), cost):
            self._missing.pop(info, None)
        else:
            self._overflow(info.name)
            self._missing[info] = _widened(self._missing.get(info), info, chunk)

    def write_frame(self, frame: FrameSample, face: FaceBox | None) -> None:
        if self._state is RecorderState.FAILED:
            self._count_not_kept(FRAMES, 1)
            return
        height, width = frame.image.shape[:2]
        seen = SeenFrame(frame.time, frame.index, (width, height), face)
        picture = self._picture(frame, face)
        cost = ROW_BYTES + (0 if picture is None else picture.nbytes)
        if not self._frames.put(lambda writer, now: writer.write_frame(seen, picture, now), cost):
            self._overflow(FRAMES)
            self._put_row(
                lambda writer, now: writer.write_lost_frame(seen, now), FRAMES, frame=True
            )

    def write_prediction(self, prediction: Prediction) -> None:
        self._put_row(lambda writer, now: writer.write_prediction(prediction, now), "predictions")

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
        self._put_row(lambda writer, now: writer.write_annotation(annotation, now), "annotations")

    def add_device(self, device: Device) -> None:
        """What `session.json` says of a source."""
        self._devices.append(device)
        self._put_row(lambda writer, _: writer.add_device(device), "devices")

    # What goes out, on the recorder's thread.

    def step(self) -> float:
        self._drain(self._samples)
        more = self._write_next(self._frames)
        now = self.clock.now()
        if self._writer is not None:
            self._keep(lambda writer, now: writer.tick(now))
        self._look(now)
        self._publish()
        return 0.0 if more else POLL_S

    def close(self) -> None:
        """Write what still waits, then footers, the video's index and the card."""
        try:
            self._drain(self._samples)
            self._drain(self._frames)
            for gap in self._missing.values():
                self._keep(_gap_job(gap))
        finally:
            self._finish("stopped")
            if self._state is not RecorderState.FAILED:
                self._state = RecorderState.CLOSED
            self._publish()

    def _drain(self, queue: ByteQueue[Job]) -> None:
        while self._write_next(queue):
            pass

    def _write_next(self, queue: ByteQueue[Job]) -> bool:
        job = queue.take()
        if job is None:
            return False
        self._keep(job)
        return True

    def _keep(self, job: Job) -> None:
        """Write into the session, or into the next one where this one takes no more."""
        while self._writer is not None:
            try:
                job(self._writer, self.clock.now())
            except StorageLost as error:
                self._go_on_elsewhere(error)
            except RecordingError as error:
                self._reject(str(error))
                return
            except Exception as error:  # one bad item must not end a recording
                log.exception("An item could not be recorded")
                self._reject(f"Something could not be recorded ({error}); the log says more.")
                return
            else:
                return
        self._count_not_kept("items that waited when the recording failed", 1)

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
        return ""

    def _reject(self, text: str) -> None:
        self._fault = text
        self.faults.set(self.name, text)

    def _overflow(self, stream: str) -> None:
        what = "pictures" if stream == FRAMES else f"samples of {stream}"
        text = f"The disk or the encoder is too slow: {what} are left out and marked as a gap."
        self.faults.set(f"{self.name} {stream}", text)
        self._fault = text

    def _put_row(self, job: Job, what: str, *, frame: bool = False) -> None:
        queue = self._frames if frame else self._samples
        if self._state is RecorderState.FAILED or not queue.put(job, ROW_BYTES, urgent=True):
            self._count_not_kept(what, 1)

    def _count_not_kept(self, what: str, count: int) -> None:
        with self._lock:
            self._not_kept[what] += count

    def _picture(self, frame: FrameSample, face: FaceBox | None) -> UInt8 | None:
        """What is kept of a frame: the face is cut out at once, so that no more waits."""
        video = self._plan.recording.video
        if video == "face" and face is not None:
            return crop_face(frame, face, self._plan.preprocessing.faces).image
        return frame.image if video == "full" else None

    def _publish(self) -> None:
        writer = self._newest
        with self._lock:
            not_kept = dict(self._not_kept)
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
        )


def _gap_job(gap: Gap) -> Job:
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
