"""Dead electrodes are never named as an emotion, on the screen or on any output."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from live_tools import QUICK, WatchingPredictor, frame, wait_until, whole_frame
from rich.console import Console

from milmer_live.clock import LSLClock
from milmer_live.live.engine import Engine
from milmer_live.live.publisher import Publisher
from milmer_live.live.sink import StatusAt
from milmer_live.runs.recognizer import Transcript
from milmer_live.samples import (
    MODEL_CHANNELS,
    EEGChunk,
    EEGInfo,
    Float32,
    FrameSample,
    Prediction,
    frozen,
)
from milmer_live.storage.session.streams import (
    prediction_of,
    prediction_row,
    predictions_header,
)

CLOCK = LSLClock()
RATE, CHUNK = 250.0, 25
# As of a replay, whose stamps may run ahead of the clock.
OWN_TIME = "<info><desc><time_line>replay</time_line></desc></info>"
INFO = EEGInfo("amplifier", "id-1", MODEL_CHANNELS, RATE, xml=OWN_TIME)
Signal = Callable[[Float32], Float32]


def noise(times: Float32) -> Float32:
    rng = np.random.default_rng(round(1e3 * float(times[0])))
    return np.asarray(rng.normal(0, 10, (len(times), 32)), dtype=np.float32)


def hum(times: Float32) -> Float32:
    """Electrodes that hang in the air."""
    wave = 300 * np.sin(2 * np.pi * 50 * times)[:, np.newaxis]
    return np.asarray(wave + noise(times), dtype=np.float32)


DEAD: dict[str, Signal] = {
    "flat": lambda times: np.full((len(times), 32), 7.0, dtype=np.float32),
    "railed": lambda times: np.full((len(times), 32), 187_500.0, dtype=np.float32),
    "volts taken as µV": lambda times: 1e-6 * noise(times),
    "unplugged": hum,
}


@dataclass
class Electrodes:
    """An amplifier that gives one signal, as fast as it is asked and a camera beside it keeps up,
    up to ten seconds of it."""

    signal: Signal
    sent: int = 0
    room: Room | None = None
    start: float = field(default_factory=CLOCK.now)

    def open(self) -> EEGInfo:
        return INFO

    def read(self, timeout_s: float) -> EEGChunk | None:
        ahead_s = 0.0 if self.room is None else self.sent / RATE - self.room.count / 20
        if self.sent >= 10 * RATE or ahead_s > 0.1:
            threading.Event().wait(min(timeout_s, 0.001) if ahead_s > 0.1 else timeout_s)
            return None
        index = self.sent + np.arange(CHUNK)
        times = index / RATE
        data = frozen(self.signal(times.astype(np.float32)))
        chunk = EEGChunk(data, frozen(self.start + times), self.sent)
        self.sent += CHUNK
        return chunk

    def close(self) -> None:
        pass


class Room:
    """A camera; a detector decides whether somebody is in the picture."""

    dropped = 0

    def __init__(self, electrodes: Electrodes) -> None:
        self.electrodes = electrodes
        electrodes.room = self
        self.count = 0

    def open(self) -> str:
        return "room"

    def read(self, timeout_s: float) -> FrameSample | None:
        time = self.electrodes.start + self.count / 20
        if self.count / 20 > self.electrodes.sent / RATE or self.count >= 200:
            threading.Event().wait(min(timeout_s, 0.001))
            return None
        self.count += 1
        return frame(time, self.count - 1)

    def close(self) -> None:
        pass


class Memory:
    """What the recorder would have been given of predictions."""

    is_pressed = False

    def __init__(self) -> None:
        self.predictions: list[Prediction] = []

    def port(self, status: StatusAt) -> Memory:
        del status
        return self

    def write_prediction(self, prediction: Prediction) -> None:
        self.predictions.append(prediction)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_values, **_named: None


@dataclass
class Run:
    engine: Engine
    predictor: WatchingPredictor
    electrodes: Electrodes
    memory: Memory = field(default_factory=Memory)
    heard: list[Prediction] = field(default_factory=list)

    @staticmethod
    def of(signal: Signal, *, camera: bool = False) -> Run:
        predictor, electrodes = WatchingPredictor(), Electrodes(signal)
        room = Room(electrodes) if camera else None
        engine = Engine(electrodes, room, predictor, whole_frame, QUICK, CLOCK)
        run = Run(engine, predictor, electrodes)
        engine.on_prediction.append(run.heard.append)
        engine.record(run.memory)
        return run

    def play(self) -> None:
        """Until all that was sent has been answered."""
        self.engine.start()
        last = self.electrodes.start + 9.5  # the resampler keeps back 0.13 s
        wait_until(lambda: (newest := self.newest) is not None and newest.time > last)

    @property
    def newest(self) -> Prediction | None:
        return self.engine.snapshot(eeg_seconds=0.0).prediction


@pytest.fixture
def run_of() -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def make(signal: Signal, *, camera: bool = False) -> Run:
        runs.append(Run.of(signal, camera=camera))
        return runs[-1]

    yield make
    for run in runs:
        run.engine.stop()


@pytest.mark.parametrize("kind", DEAD)
def test_dead_electrodes_alone_are_not_given_to_the_model(
    kind: str, run_of: Callable[..., Run]
) -> None:
    run = run_of(DEAD[kind])
    run.play()
    newest = run.newest
    assert newest is not None
    assert not newest.is_known
    assert np.isnan(newest.probabilities).all()
    assert newest.evidence is not None
    assert (newest.evidence.usable_channels, newest.evidence.n_channels) == (0, 32)
    settled = run.electrodes.start + 2.0  # quality is known by then
    for told in (run.heard, run.memory.predictions):
        late = [one for one in told if one.time > settled]
        assert late, "its time is not missing"
        assert not any(one.is_known for one in late)
        assert np.isnan([one.probabilities for one in late]).all()
    assert [window.stop for window in run.predictor.windows if window.stop > settled] == []


@pytest.mark.parametrize("kind", DEAD)
def test_beside_a_face_dead_electrodes_leave_the_model_the_face_alone(
    kind: str, run_of: Callable[..., Run]
) -> None:
    run = run_of(DEAD[kind], camera=True)
    run.play()
    settled = [
        window for window in run.predictor.windows if window.stop > run.electrodes.start + 2.0
    ]
    assert settled
    assert not any(window.eeg_valid for window in settled)


def test_good_electrodes_are_given_to_the_model(run_of: Callable[..., Run]) -> None:
    run = run_of(noise)
    run.play()
    newest = run.newest
    assert newest is not None
    assert newest.is_known
    assert newest.evidence is not None
    assert newest.evidence.usable_channels == 32


def poor() -> Prediction:
    shares = frozen(np.array([0.1, 0.1, 0.7, 0.1], dtype=np.float32))
    return Prediction(3, 1234.5, shares, (0,), (0.5,), faces_used=True, enough=False)


def test_the_recording_names_no_quadrant_either() -> None:
    labels = predictions_header(10).labels
    row = prediction_row(poor(), 10)[0]
    values = dict(zip(labels, row.tolist(), strict=True))
    assert values["enough_signal"] == 0
    assert np.isnan([values[name] for name in ("LALV", "HAHV", "valence", "arousal")]).all()
    back = prediction_of(1234.5, row, labels)
    assert not back.is_known
    assert back.selected == (0,)


def test_sessions_of_older_versions_have_no_such_channel() -> None:
    labels, row = predictions_header(10).labels[:-1], prediction_row(poor(), 10)[0][:-1]
    assert prediction_of(1234.5, row, labels).selected == (0,)


def test_a_run_without_a_window_prints_no_quadrant() -> None:
    text = io.StringIO()
    transcript = Transcript(Console(file=text, width=120), truths=False)
    transcript.print_prediction(poor(), 3.0, 0.1, None)
    assert "not enough signal" in text.getvalue()
    assert "LALV" not in text.getvalue()


def test_other_programs_read_no_number_that_could_be_an_emotion() -> None:
    publisher = Publisher(tuple)
    try:
        assert np.isnan(publisher._values(poor())[:6]).all()
    finally:
        publisher.close()
