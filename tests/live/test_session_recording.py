"""A recording that begins and ends while the sources run on."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from live_tools import (
    INFO,
    QUICK,
    ScriptedFrames,
    WatchingPredictor,
    chunk,
    frame,
    wait_until,
    whole_frame,
)
from sessions import plan

from milmer_live.catalogue import EventKind
from milmer_live.clock import LSLClock
from milmer_live.live.engine import Engine
from milmer_live.live.recording.recorder import (
    Recorder,
    RecorderState,
)
from milmer_live.live.session_recording import (
    RunFacts,
    SessionRecording,
)
from milmer_live.live.workers import Faults
from milmer_live.processing import lazy_scipy
from milmer_live.samples import EEGChunk, EEGInfo
from milmer_live.storage.session.card import (
    Model,
    read_card,
)
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.streams import (
    EVENTS,
    FRAMES,
    QUALITY,
)

CLOCK = LSLClock()


class Fed:
    """An amplifier that sends when the test says so: noise with a counter in channel 0."""

    def __init__(self) -> None:
        self._chunks: queue.Queue[EEGChunk] = queue.Queue()
        self.sent = 0
        self._start = CLOCK.now()

    def open(self) -> EEGInfo:
        return INFO

    def read(self, timeout_s: float) -> EEGChunk | None:
        try:
            return self._chunks.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def close(self) -> None:
        pass

    def push(self, count: int) -> None:
        flat = chunk(self.sent, count, start_time=self._start)
        data = np.random.default_rng(self.sent).normal(0, 20, flat.data.shape).astype(np.float32)
        data[:, 0] = self.sent + np.arange(count)
        self._chunks.put(EEGChunk(data, flat.times, self.sent))
        self.sent += count


@pytest.fixture
def source() -> Fed:
    return Fed()


@pytest.fixture
def engine(source: Fed) -> Iterator[Engine]:
    lazy_scipy.load()  # it takes some seconds, in which an amplifier that waits would be silent
    made = Engine(source, None, WatchingPredictor(), whole_frame, QUICK, CLOCK)
    made.start()
    yield made
    made.stop()


def received(engine: Engine) -> int:
    return engine.snapshot(eeg_seconds=0.0).counters.samples_received


def test_what_comes_between_begin_and_end_is_recorded_and_the_engine_goes_on(
    tmp_path: Path, engine: Engine, source: Fed
) -> None:
    source.push(64)
    wait_until(lambda: received(engine) == 64)
    recording = SessionRecording(Recorder(tmp_path, plan(), CLOCK, Faults()))
    recording.begin(engine)
    for _ in range(10):
        source.push(64)
    wait_until(lambda: recording.status.samples.get(INFO.name) == 640)
    wait_until(lambda: QUALITY in recording.status.samples)
    recording.note(EventKind.PARTICIPANT_SCREEN, seen="off")

    assert recording.end()

    assert recording.status.state is RecorderState.CLOSED
    source.push(64)
    wait_until(lambda: received(engine) == 12 * 64)
    file = open_session(recording.status.folder).file
    eeg = file.named(INFO.name)
    assert eeg is not None
    np.testing.assert_array_equal(eeg.numbers[:, 0], 64 + np.arange(640))
    events = file.named(EVENTS)
    assert events is not None
    assert events.texts[0] in ("EEG live: amplifier", "EEG silent: amplifier")
    assert "participant screen: off" in events.texts
    assert file.named("MilmerLive-Predictions") is not None


def test_quality_is_recorded_channel_by_channel(
    tmp_path: Path, engine: Engine, source: Fed
) -> None:
    recording = SessionRecording(Recorder(tmp_path, plan(), CLOCK, Faults()))
    recording.begin(engine)
    for _ in range(8):
        source.push(64)
    wait_until(lambda: QUALITY in recording.status.samples)
    said = {one.name: one for one in engine.quality}
    assert recording.end()
    stream = open_session(recording.status.folder).file.named(QUALITY)
    assert stream is not None
    row = dict(zip(stream.header.labels, stream.numbers[-1], strict=True))
    assert row["Cz level"] in (0, 1, 2)
    assert row["Cz std_uv"] == pytest.approx(said["Cz"].figures.std_uv, rel=0.5)
    assert len(row) == 32 * 11


def test_the_card_names_the_camera_too(tmp_path: Path, source: Fed) -> None:
    camera = ScriptedFrames([frame(CLOCK.now() + index / 25, index) for index in range(3)])
    engine = Engine(source, camera, None, whole_frame, QUICK, CLOCK)
    recording = SessionRecording(Recorder(tmp_path, plan(), CLOCK, Faults()))
    recording.begin(engine)
    engine.start()
    try:
        source.push(32)
        wait_until(lambda: recording.status.samples.get(FRAMES) == 3)
        wait_until(lambda: recording.status.samples.get(INFO.name) == 32)
        assert recording.end()
    finally:
        engine.stop()
    devices = read_card(recording.status.folder).devices
    assert {(one.kind, one.name) for one in devices} == {("EEG", INFO.name), ("camera", "scripted")}


def test_the_card_has_the_facts_of_the_run() -> None:
    model = Model(name="demo", sha256="ab", card={"classes": 4})
    facts = RunFacts(QUICK, model, (("spec", "lsl:A"),))
    made = facts.put_into(plan())
    assert (made.model, made.preprocessing, made.settings) == (model, QUICK, {"spec": "lsl:A"})


def test_an_engine_that_is_not_recorded_any_more_can_still_write(
    tmp_path: Path, engine: Engine, source: Fed
) -> None:
    """A thread may have looked at its recorder just before it was taken away."""
    recording = SessionRecording(Recorder(tmp_path, plan(), CLOCK, Faults()))
    recording.begin(engine)
    assert recording.end()
    for _ in range(4):
        source.push(32)
    wait_until(lambda: received(engine) == 128)
    assert "thread stopped" not in engine.snapshot(eeg_seconds=0.0).fault
    assert read_card(recording.status.folder).end_reason == "stopped"
