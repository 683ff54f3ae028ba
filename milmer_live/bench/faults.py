"""Twelve faults of a lab, staged on real streams: is each named in time, and in the balance?"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from milmer_live.acquisition.registry import eeg_source, frame_source
from milmer_live.bench.machine import machine
from milmer_live.bench.senders.faults import (
    Amplifier,
    Camera,
    Markers,
    Picture,
)
from milmer_live.clock import LSLClock
from milmer_live.config import Preprocessing, RecordingSettings
from milmer_live.live.engine import Asked, Engine
from milmer_live.live.inference.worker import Predictor
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.session_recording import RecordingRun
from milmer_live.live.sources.side_streams import side_streams
from milmer_live.live.workers import Faults
from milmer_live.samples import Explanation, FaceBox, FaceCrop, FrameSample, Prediction, Window
from milmer_live.storage.session.balance import Outcome
from milmer_live.storage.session.card import Plan
from milmer_live.storage.session.reader import open_session

NAMED_S = 3.0  # the goal
LIMIT_S = 12.0  # how long a fault is waited for at all
LIVE_S = 20.0  # granted to the sources to connect
STEADY_S = 1.5  # of undisturbed data before a fault is staged
AFTER_S = 1.0  # that the recording goes on after it was named
MODEL = "bench.safetensors"

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Staged:
    """One fault: how long until it was named on screen (None: never), in what words, and what
    the balance said of the stream in the end ("" where it held it for whole)."""

    fault: str
    named_after_s: float | None
    named: str
    in_balance: str

    @property
    def is_right(self) -> bool:
        in_time = self.named_after_s is not None and self.named_after_s <= NAMED_S
        return in_time and bool(self.in_balance)


@dataclass
class Stage:
    """The senders of one fault, and the recording of what they send. `words` must be named."""

    words: str
    about: str  # what was asked for, as the balance has it; "": the session as a whole
    eeg: str
    camera: str | None = None
    markers: tuple[str, ...] = ()
    predictor: Predictor | None = None
    free_bytes: Callable[[Path], int] = lambda _folder: 1 << 40
    happen: Callable[[], None] = lambda: None  # the fault begins
    awaits: bool = True  # all sources are to be live before it does


def measure(folder: Path, say: Say) -> dict[str, Any]:
    """All figures; `folder` is where the sessions go."""
    told = []
    for name, stage in STAGES.items():
        say(f"Staging: {name} ...")
        told.append(_staged(folder / uuid.uuid4().hex, name, stage))
    right = sum(one.is_right for one in told)
    rows = {one.fault: {**asdict(one), "right": one.is_right} for one in told}
    summary = {"staged": len(told), "named_in_time_and_in_balance": right}
    return {"machine": machine(), "faults": summary, **rows}


def _staged(folder: Path, name: str, make: Callable[[ExitStack], Stage]) -> Staged:
    folder.mkdir(parents=True)
    with ExitStack() as senders:
        stage = make(senders)
        run = _run(stage)
        recorder = Recorder(
            folder,
            Plan(participant="bench", recording=RecordingSettings(reserve_mb=200)),
            LSLClock(),
            Faults(),
            free_bytes=lambda where: stage.free_bytes(where),
        )
        run.record(recorder)
        run.start()
        try:
            after_s, named = _watch(run, stage)
        finally:
            run.stop()
        recording = run.recording
        assert recording is not None
        recording.wait_read_back()
        return Staged(name, after_s, named, _balance(run, stage))


def _run(stage: Stage) -> RecordingRun:
    clock, faults = LSLClock(), Faults()
    frames = None if stage.camera is None else frame_source(stage.camera, None, clock)
    engine = Engine(
        eeg_source(stage.eeg, clock),
        frames,
        stage.predictor,
        _face,
        Preprocessing().with_min_coverage(0.0),
        clock,
        asked=Asked(stage.eeg, stage.camera or "", MODEL if stage.predictor else ""),
    )
    return RecordingRun(engine, side_streams((), stage.markers, clock, faults), faults)


def _watch(run: RecordingRun, stage: Stage) -> tuple[float | None, str]:
    """Seconds from the fault until it was named, and the words."""
    clock, pause = LSLClock(), threading.Event()
    if stage.awaits:
        _until(lambda: all(one.is_flowing for one in run.sources), LIVE_S)
        pause.wait(STEADY_S)
    began = clock.now()
    stage.happen()
    named = ""
    while not named and clock.now() - began < LIMIT_S:
        pause.wait(0.02)
        named = next((text for text in _said(run) if stage.words in text), "")
    after_s = clock.now() - began if named else None
    pause.wait(AFTER_S)
    return after_s, named


def _said(run: RecordingRun) -> list[str]:
    """All that a user can read now."""
    status = run.status
    rows = [one.sentence for one in status.balance]
    waiting = [f"waiting for {name}" for name in status.missing_required]
    return [*run.fault.splitlines(), status.warning, *waiting, *rows]


def _until(condition: Callable[[], bool], seconds: float) -> None:
    clock, pause = LSLClock(), threading.Event()
    end = clock.now() + seconds
    while not condition() and clock.now() < end:
        pause.wait(0.02)


def _balance(run: RecordingRun, stage: Stage) -> str:
    """What the session says of the stream afterwards; of the disk, its events."""
    folder = run.status.folder
    if not stage.about:
        events = [marker.text for marker in open_session(folder).markers]
        return next((text for text in events if stage.words in text), "")
    row = next(one for one in run.status.balance if one.asked == stage.about)
    return row.sentence if row.outcome is not Outcome.WHOLE else ""


def _face(_frame: FrameSample) -> FaceBox | None:
    """The lower right of the picture, where something moves."""
    return FaceBox(40, 30, 80, 80, 0.9)


class _Raising:
    """A model that fails when it is told to."""

    def __init__(self) -> None:
        self.fails = False

    def embed(self, face: FaceCrop) -> None: ...

    def predict(self, window: Window) -> Prediction:
        import numpy as np

        if self.fails:
            raise RuntimeError("CUDA error: device-side assert triggered")
        return Prediction(window.index, window.stop, np.full(4, 0.25, dtype=np.float32))

    def explain(self, window: Window, quadrant: int) -> Explanation | None:
        del window, quadrant
        return None


def _new_id() -> str:
    return f"fault-{uuid.uuid4()}"


def _amplifier(senders: ExitStack, **how: Any) -> Amplifier:
    return senders.enter_context(Amplifier(_new_id(), **how))


def _absent(senders: ExitStack) -> Stage:
    amp, spec = _amplifier(senders), f"lsl:source_id={_new_id()}"
    return Stage(spec.partition("=")[2], spec, amp.spec, markers=(spec,), awaits=False)


def _no_data(senders: ExitStack) -> Stage:
    amp = _amplifier(senders, sends=False)
    return Stage("No data from", amp.spec, amp.spec, awaits=False)


def _wrong_rate(senders: ExitStack) -> Stage:
    amp = _amplifier(senders, true_rate=500.0)
    return Stage("Hz instead of", amp.spec, amp.spec, awaits=False)


def _wrong_channels(senders: ExitStack) -> Stage:
    amp = _amplifier(senders, labels=6)
    return Stage("8 channels", amp.spec, amp.spec, awaits=False)


def _duplicate(senders: ExitStack) -> Stage:
    amp = _amplifier(senders)
    senders.enter_context(Amplifier(amp.source_id))
    return Stage("2 LSL streams", amp.spec, amp.spec, awaits=False)


def _dies_halfway(senders: ExitStack) -> Stage:
    amp = _amplifier(senders)
    return Stage("'amplifier'", amp.spec, amp.spec, happen=amp.die)  # a fault quotes the name


def _dies_at_once(senders: ExitStack) -> Stage:
    amp = _amplifier(senders, dies_after_s=0.2)
    return Stage("'amplifier'", amp.spec, amp.spec, awaits=False, happen=amp.wait_dead)


def _camera(words: str, then: Picture, senders: ExitStack) -> Stage:
    amp, camera = _amplifier(senders), senders.enter_context(Camera())
    change = partial(camera.show, then)
    return Stage(words, camera.spec, amp.spec, camera=camera.spec, happen=change)


def _silent_markers(senders: ExitStack) -> Stage:
    amp, stim = _amplifier(senders), senders.enter_context(Markers(_new_id()))
    return Stage("no marker", stim.spec, amp.spec, markers=(stim.spec,))


def _full_disk(senders: ExitStack) -> Stage:
    amp, room = _amplifier(senders), [1 << 40]
    shrink = partial(room.__setitem__, 0, 240_000_000)
    return Stage("nearly full", "", amp.spec, free_bytes=lambda _: room[0], happen=shrink)


def _model_raises(senders: ExitStack) -> Stage:
    amp, model = _amplifier(senders), _Raising()
    fail = partial(setattr, model, "fails", True)
    return Stage("The model failed", MODEL, amp.spec, predictor=model, happen=fail)


STAGES: dict[str, Callable[[ExitStack], Stage]] = {
    "stream absent": _absent,
    "no data": _no_data,
    "wrong rate": _wrong_rate,
    "wrong channel count": _wrong_channels,
    "duplicate": _duplicate,
    "dies at half time": _dies_halfway,
    "dies at once": _dies_at_once,
    "camera frozen": partial(_camera, "repeats its last picture", Picture.LAST),
    "camera black": partial(_camera, "sends black pictures", Picture.BLACK),
    "markers silent": _silent_markers,
    "disk nearly full": _full_disk,
    "model raising": _model_raises,
}
