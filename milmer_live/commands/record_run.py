"""What `milmer-live record` does, and what it prints."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue
from rich.console import Console

from milmer_live import paths
from milmer_live.acquisition.registry import eeg_source, frame_source, without_password
from milmer_live.acquisition.source import EEGSource
from milmer_live.clock import Clock, LSLClock
from milmer_live.config import CameraSettings, Preprocessing, RecordingSettings, validated
from milmer_live.errors import RecordingError, SourceLost
from milmer_live.live.engine import Engine
from milmer_live.live.recorder import Recorder, RecorderState, RecorderStatus
from milmer_live.live.recording_run import RecordingRun, RunFacts
from milmer_live.live.side_streams import side_streams
from milmer_live.live.workers import Faults
from milmer_live.processing.faces import Detect, FaceDetector
from milmer_live.samples import FaceBox, FrameSample
from milmer_live.storage.face_model import fetch_face_model
from milmer_live.storage.session_card import make_plan
from milmer_live.storage.session_streams import OWN

if TYPE_CHECKING:
    from milmer_live.commands.recognizer import Recognizer

REPORT_S = 5.0


@dataclass(frozen=True)
class RecordOptions:
    """What the user has asked for. `duration_s` None: until interrupted. `channels` names those
    of the first `eeg`, and `unit` is its unit where it states none; with fewer than
    `min_channels` of the model's (None: as it says itself) the model runs without EEG.
    `asked_of_camera` are fields of CameraSettings."""

    eeg: tuple[str, ...]
    camera: str | None
    markers: tuple[str, ...]
    participant: str
    out: Path | None
    duration_s: float | None
    recording: dict[str, object]
    checkpoint: Path | None
    channels: tuple[str, ...] = ()
    unit: str = ""
    min_channels: int | None = None
    asked_of_camera: Mapping[str, object] = field(default_factory=dict)


def run_recording(options: RecordOptions, console: Console) -> None:
    """Record until the time is over or the user ends it. Raises MilmerError, also where
    nothing was recorded."""
    run = _prepare(options, console)
    console.print(f"Recording into {run.status.folder}; Ctrl+C ends it.", markup=False)
    with _interrupted() as ended:
        run.start()
        _watch(run, ended, options.duration_s, console)
    stopped = run.stop()
    _print_report(run.status, console)
    if not stopped:
        raise RecordingError("The recording did not end in time.", "Repair the session.")
    if run.status.state is RecorderState.FAILED:
        raise RecordingError(run.status.fault)
    if not _counts(run.status):
        raise SourceLost("No sample of EEG has come.", run.fault)


def _prepare(options: RecordOptions, console: Console) -> RecordingRun:
    clock, faults = LSLClock(), Faults()
    plan = make_plan({"participant": options.participant})
    recording = validated(RecordingSettings, options.recording, "--video")
    source = eeg_source(options.eeg[0], clock, channels=options.channels, unit=options.unit)
    sides = side_streams(options.eeg[1:], options.markers, clock, faults)
    recognizer = _recognizer(options, console)
    facts = recognizer.facts if recognizer else RunFacts()
    facts = replace(facts, settings=(("sources", _asked(options)),))
    preprocessing = facts.preprocessing.with_min_channels(options.min_channels)
    engine = _engine(options, source, recognizer, preprocessing, clock, console)
    plan = facts.put_into(plan.model_copy(update={"recording": recording}))
    root = options.out or paths.recordings()
    recorder = Recorder(root, plan, clock, faults, fallback=paths.fallback_recordings())
    return RecordingRun(engine, recorder, sides)


def _recognizer(options: RecordOptions, console: Console) -> Recognizer | None:
    if options.checkpoint is None:
        return None
    from milmer_live.commands.recognizer import Recognizer  # torch: some seconds

    return Recognizer.load(options.checkpoint, console, faces=False)


def _engine(
    options: RecordOptions,
    source: EEGSource,
    recognizer: Recognizer | None,
    preprocessing: Preprocessing,
    clock: Clock,
    console: Console,
) -> Engine:
    asked = validated(CameraSettings, dict(options.asked_of_camera), "The camera")
    frames = None if options.camera is None else frame_source(options.camera, asked, clock)
    detect: Detect = _nobody
    if frames is not None:
        fetch_face_model(paths.face_model(), say=console.print)
        detect = FaceDetector(paths.face_model(), preprocessing.faces)
    predictor = recognizer.predictor() if recognizer else None
    return Engine(source, frames, predictor, detect, preprocessing, clock)


def _asked(options: RecordOptions) -> dict[str, JsonValue]:
    """The sources as they were named."""
    return {
        "eeg": [*options.eeg],
        "channels": [*options.channels],
        "unit": options.unit,
        "camera": options.camera and without_password(options.camera),
        "markers": [*options.markers],
    }


def _nobody(_frame: FrameSample) -> FaceBox | None:
    """Where there is no camera nobody looks for faces."""
    return None


@contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """Set by Ctrl+C and by SIGTERM: a recording always ends in order."""
    ended = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: ended.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(
    run: RecordingRun, ended: threading.Event, duration_s: float | None, console: Console
) -> None:
    """Say every few seconds how it goes, and at once what does not work."""
    clock = LSLClock()
    start = due = clock.now()
    said = ""
    while not ended.wait(0.1):
        now = clock.now()
        if duration_s is not None and now - start >= duration_s:
            return
        if (fault := run.fault) != said:
            said = fault
            console.print(fault or "All is well again.", markup=False)
        if now >= due:
            due += REPORT_S
            console.print(_line(run.status, now - start), markup=False)
        if run.status.state is RecorderState.FAILED:
            return


def _line(status: RecorderStatus, seconds: float) -> str:
    warning = f"  {status.warning}" if status.warning else ""
    written = f"{status.bytes_written / 1e6:8.1f} MB"
    return f"{seconds:6.0f} s  {written}  {_samples(status)}{warning}"


def _samples(status: RecorderStatus) -> str:
    return ", ".join(f"{name} {count}" for name, count in status.samples.items()) or "no sample yet"


def _print_report(status: RecorderStatus, console: Console) -> None:
    console.print(f"\nSession:  {status.folder} ({status.state})", markup=False)
    console.print(f"Samples:  {_samples(status)}", markup=False)
    lost = ", ".join(f"{name} {count}" for name, count in status.lost.items())
    console.print(f"Missing:  {lost or 'nothing'}", markup=False)
    if status.not_kept:
        dropped = ", ".join(f"{name} {count}" for name, count in status.not_kept.items())
        console.print(f"Not kept: {dropped}", markup=False)


def _counts(status: RecorderStatus) -> int:
    """Samples of all streams that are not our own; a replay of ours is not."""
    return sum(count for name, count in status.samples.items() if name not in OWN)
