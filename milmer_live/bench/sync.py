"""Whether EEG and picture of one moment get the same time: events that an amplifier and a camera
see at once, over LSL and HTTP from another process, with the model running."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from milmer_live import paths
from milmer_live.acquisition.registry import eeg_source, frame_source
from milmer_live.bench.machine import machine
from milmer_live.bench.senders.sync import IMPULSE_UV
from milmer_live.clock import LSLClock
from milmer_live.live.engine import Engine
from milmer_live.live.sink import Nobody, RecordingSink, StatusAt
from milmer_live.model.backends.choose import choose_predictor
from milmer_live.model.card import CheckpointFile
from milmer_live.processing.faces.detection import FaceDetector
from milmer_live.samples import EEGChunk, EEGInfo, Float64, FrameSample
from milmer_live.storage.face_model import fetch_face_model
from milmer_live.system.stopping import stop_requests

CONNECT_S = 60.0
SETTLE_S = 10.0  # left out at the start: libraries are still being loaded
PAIR_S = 0.3  # events are at least 0.8 s apart
WHITE = 200  # mean level
EVERY = 32  # pixels between two that are looked at

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class SyncFigures:
    """Time of the white picture minus that of the impulse, over `pairs` events of `events`.

    `worst_ms` is the one farthest from 0. The drift is the slope by Theil and Sen, which single
    late pictures do not move, between the bounds of its 95 % interval. `sender_late_ms` is how
    late the white pictures left on average, and is part of all others.
    """

    seconds: float
    events: int
    pairs: int
    mean_ms: float
    sd_ms: float
    median_ms: float
    p99_ms: float
    worst_ms: float
    drift_ms_per_hour: float
    drift_low_ms_per_hour: float
    drift_high_ms_per_hour: float
    sender_late_ms: float
    predictions: int
    frames: int
    frames_dropped: int
    faces_found: int
    backend: str


class Watch(Nobody):
    """Notes the times of impulses and white pictures, as a recorder would be given them."""

    def __init__(self) -> None:
        self.impulses: list[float] = []
        self.whites: list[float] = []

    def port(self, status: StatusAt) -> RecordingSink:  # noqa: ARG002 - nothing is counted
        return self

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk) -> None:  # noqa: ARG002 - one stream
        self.impulses += chunk.times[chunk.data[:, 0] > IMPULSE_UV / 2].tolist()

    def write_frame(self, frame: FrameSample) -> None:
        if frame.image[::EVERY, ::EVERY].mean() > WHITE:
            self.whites.append(frame.time)


def measure(minutes: float, say: Say) -> dict[str, Any]:
    """All figures. A request to stop ends it early, with those of what was seen until then.
    Raises MilmerError."""
    say("Loading the model ...")
    fetch_face_model(paths.face_model(), say=say)
    model = CheckpointFile.open(paths.resource("models") / "milmer-demo.safetensors")
    predictor = choose_predictor(model, "auto", "auto")
    clock, watch = LSLClock(), Watch()
    with stop_requests() as stop, senders() as sender:
        detect = FaceDetector(paths.face_model(), model.card.preprocessing.faces)
        engine = Engine(
            eeg_source(f"lsl:source_id={sender.source_id}", clock),
            frame_source(f"camera:{sender.url}", clock=clock),
            predictor,
            detect,
            model.card.preprocessing,
            clock,
        )
        engine.start()
        try:
            engine.wait_connected(CONNECT_S)
            say(f"Watching events for {minutes:g} min ...")
            stop.wait(SETTLE_S)
            engine.record(watch)
            began = clock.now()
            stop.wait(60 * minutes)
            seconds = clock.now() - began
            engine.record(None)
            counters = engine.snapshot(eeg_seconds=0.0).counters
        finally:
            engine.stop()
    figures = SyncFigures(
        seconds=seconds,
        **compared(watch.impulses, watch.whites),
        sender_late_ms=sender.late_ms,
        predictions=counters.predictions,
        frames=counters.frames_received,
        frames_dropped=counters.frames_dropped,
        faces_found=counters.faces_found,
        backend=predictor.backend.label,
    )
    return {"machine": machine(), "sync": asdict(figures)}


def compared(impulses: Sequence[float], whites: Sequence[float]) -> dict[str, Any]:
    """Those of the figures that follow from the times of both, in seconds."""
    times, late_s = paired(impulses, whites)
    found: dict[str, Any] = {"events": len(impulses), "pairs": len(times)}
    late_ms = 1e3 * late_s
    if len(times) < 3:
        late_ms, slopes = np.full(1, np.nan), (np.nan,) * 4
    else:
        slopes = stats.theilslopes(late_ms, times / 3600)
    return found | {
        "mean_ms": float(late_ms.mean()),
        "sd_ms": float(late_ms.std()),
        "median_ms": float(np.median(late_ms)),
        "p99_ms": float(np.percentile(late_ms, 99)),
        "worst_ms": float(late_ms[np.argmax(np.abs(late_ms))]),
        "drift_ms_per_hour": float(slopes[0]),
        "drift_low_ms_per_hour": float(slopes[2]),
        "drift_high_ms_per_hour": float(slopes[3]),
    }


def paired(impulses: Sequence[float], whites: Sequence[float]) -> tuple[Float64, Float64]:
    """Times of the impulses that have a white picture within `PAIR_S`, and by how much it is
    later, in seconds."""
    times, late = [], []
    seen = np.asarray(whites, dtype=np.float64)
    for time in impulses:
        near = seen[np.abs(seen - time) < PAIR_S]
        if len(near):
            times.append(time)
            late.append(near[np.argmin(np.abs(near - time))] - time)
    return np.asarray(times, dtype=np.float64), np.asarray(late, dtype=np.float64)


@dataclass
class Senders:
    """The amplifier and the camera of `send_sync`. `late_ms` is known when they have ended."""

    source_id: str
    url: str
    late_ms: float = 0.0


@contextmanager
def senders() -> Iterator[Senders]:
    """Both, until the end of the block."""
    command = [sys.executable, "-m", "milmer_live.bench.senders.sync"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl+C is for this process, which ends the other
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        sender = Senders(**json.loads(process.stdout.readline()))
        try:
            yield sender
        finally:
            process.stdin.close()
            sender.late_ms = json.loads(process.stdout.readline())["late_ms"]
