"""The whole program on a synthetic participant, off screen: from the end of a window to the
probabilities and to the painted quadrant, and what the process holds in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from milmer_live import paths
from milmer_live.bench.machine import machine
from milmer_live.clock import LSLClock
from milmer_live.live.state import Counters, Latencies
from milmer_live.model.backends.base import Device
from milmer_live.model.backends.choose import (
    PrecisionWish,
    choose_predictor,
)
from milmer_live.model.card import CheckpointFile
from milmer_live.model.predictor import Predictor
from milmer_live.processing.faces.detection import FaceDetector
from milmer_live.runs.playback import (
    ReplayRun,
    demo_playlist,
)
from milmer_live.samples import Float64, Prediction
from milmer_live.storage.dataset import open_dataset
from milmer_live.storage.face_model import fetch_face_model
from milmer_live.synthetic.dataset import (
    SynthesisOptions,
    synthesize,
)
from milmer_live.system.processes import begin_worker
from milmer_live.ui import app

TRIALS = 2
EXCERPT_S = 12.0
SETTLE_S = 5.0  # left out at the start
SEED = 7

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class LatencyFigures:
    """Milliseconds. `arrival`: a window's last sample in this process -> probabilities; `stop`:
    its end, before LSL and the sender's chunk -> probabilities; `painted`: its end -> pixels."""

    seconds: float
    predictions: int
    skipped: int
    model_faults: int
    arrival_p50_ms: float
    arrival_p99_ms: float
    stop_p50_ms: float
    stop_p99_ms: float
    painted_p50_ms: float
    painted_p99_ms: float
    resident_peak_gb: float
    cores_used: float
    backend: str
    reason: str


@dataclass
class _Run:
    """What the window tells while it runs."""

    predictor: Predictor
    open: Callable[[], ReplayRun]
    painted_s: list[float] = field(default_factory=list)
    resident: int = 0
    replay: ReplayRun | None = None
    _first: float = 0.0

    def opened(self) -> ReplayRun:
        self.replay = self.open()
        return self.replay

    def on_prediction(self, prediction: Prediction, screen_s: float) -> None:
        self._first = self._first or prediction.time
        self.resident = max(self.resident, psutil.Process().memory_info().rss)
        if prediction.time - self._first >= SETTLE_S:
            self.painted_s.append(screen_s)


def measure(
    folder: Path, name: str, seconds: float, device: Device, precision: PrecisionWish, say: Say
) -> dict[str, Any]:
    """`name`: `demo` is the checkpoint that comes along, `milmer` an untrained network of full
    size. Data goes to `folder`. Raises MilmerError."""
    say("Making a synthetic participant ...")
    synthesize(folder, 1, TRIALS, SEED, SynthesisOptions())
    fetch_face_model(paths.face_model(), say=say)
    model = CheckpointFile.open(_checkpoint(name, folder))
    say("Warming up the model ...")
    predictor = choose_predictor(model, device, precision)
    run = _Run(predictor, lambda: _replay(folder, model, predictor, seconds))
    say(f"Streaming for {seconds:g} s ...")
    process = psutil.Process()
    began, used = time.perf_counter(), sum(process.cpu_times()[:2])
    app.run(
        run.opened,
        model_name=name,
        on_prediction=run.on_prediction,
        offscreen=True,
        duration_s=seconds,
    )
    cores = (sum(process.cpu_times()[:2]) - used) / (time.perf_counter() - began)
    assert run.replay is not None
    hop_s = model.card.preprocessing.window.hop_s
    figures = _figures(run, run.replay, seconds, cores, hop_s)
    return {"machine": machine(), "figures": asdict(figures)}


def _checkpoint(name: str, folder: Path) -> Path:
    """That which comes along, or one that is drawn: by a process of its own, since PyTorch would
    stay in the memory of this one."""
    if name == "demo":
        return paths.resource("models") / "milmer-demo.safetensors"
    with ProcessPoolExecutor(1, get_context("spawn"), begin_worker) as pool:
        return pool.submit(_drawn, name, folder).result()


def _drawn(name: str, folder: Path) -> Path:
    from milmer_live.bench.inference import drawn

    return drawn(name, folder)


def _replay(folder: Path, model: CheckpointFile, predictor: Predictor, seconds: float) -> ReplayRun:
    recordings = [ref.open() for ref in open_dataset(folder).refs]
    card = model.card
    playlist = demo_playlist(recordings, card.label_rule, EXCERPT_S, seconds, SEED)
    detect = FaceDetector(paths.face_model(), card.preprocessing.faces)
    return ReplayRun(
        playlist, predictor, detect, card.preprocessing, card.label_rule, LSLClock(), publishes=True
    )


def _figures(
    run: _Run, replay: ReplayRun, seconds: float, cores: float, hop_s: float
) -> LatencyFigures:
    counters: Counters = replay.snapshot(eeg_seconds=0.0).counters
    latencies = replay.engine.latencies()
    settled = round(SETTLE_S / hop_s)
    arrival, stop = latencies.from_arrival_s[settled:], latencies.from_stop_s[settled:]
    painted = np.array(run.painted_s, dtype=np.float64)
    return LatencyFigures(
        seconds=seconds,
        predictions=counters.predictions,
        skipped=counters.windows_skipped,
        model_faults=counters.model_faults,
        arrival_p50_ms=_ms(arrival, 50),
        arrival_p99_ms=_ms(arrival, 99),
        stop_p50_ms=_ms(stop, 50),
        stop_p99_ms=_ms(stop, 99),
        painted_p50_ms=_ms(painted, 50),
        painted_p99_ms=_ms(painted, 99),
        resident_peak_gb=run.resident / 1e9,
        cores_used=cores,
        backend=run.predictor.backend.label,
        reason=run.predictor.reason,
    )


def _ms(seconds: Float64, percent: float) -> float:
    return 1e3 * Latencies.percentile(seconds, percent)
