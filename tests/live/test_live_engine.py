"""The engine with its real threads: LSL on loopback, and a source that the test feeds."""

from __future__ import annotations

import logging
import queue
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pylsl
import pytest
from live_tools import (
    INFO,
    QUICK,
    RATE,
    ScriptedFrames,
    WatchingPredictor,
    frame,
    recording,
    wait_until,
    whole_frame,
)
from places import SUPPORT

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.replay.outlets import (
    EEGReplay,
    ReplayFrames,
)
from milmer_live.acquisition.replay.playlist import (
    Playlist,
    PlaylistItem,
)
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.clock import LSLClock
from milmer_live.errors import SourceLost, SourceNotFound
from milmer_live.live import engine as engine_module
from milmer_live.live.engine import Engine
from milmer_live.live.sink import Nobody
from milmer_live.live.state import EngineState, SourceState
from milmer_live.live.workers import Faults, ReplayWorker
from milmer_live.processing.eeg.pipeline import preprocess
from milmer_live.processing.faces.detection import crop_face
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import (
    EEGChunk,
    EEGInfo,
    FaceCrop,
    FrameSample,
    Recording,
    Window,
    frozen,
)

CLOCK = LSLClock()


class Played:
    """A recording sent over LSL into an engine of this process."""

    def __init__(self, played: Recording, predictor: WatchingPredictor) -> None:
        timeline = ReplayTimeline(Playlist([PlaylistItem(played, 0.0, played.duration_s)]))
        self.replay = EEGReplay(timeline, CLOCK, name="engine-test")
        self.sender = ReplayWorker(self.replay, CLOCK, Faults())
        self.engine = Engine(
            LSLSource(source_id=self.replay.source_id),
            ReplayFrames(timeline, CLOCK, late_s=10.0),
            predictor,
            whole_frame,
            QUICK,
            CLOCK,
            patience_s=5.0,
        )

    def play(self) -> None:
        self.engine.start()
        self.engine.wait_connected(10.0)
        assert self.replay.wait_for_consumers(5.0)
        self.replay.start()
        self.sender.start()

    @property
    def all_is_received(self) -> bool:
        counters = self.engine.snapshot(eeg_seconds=0).counters
        return self.replay.finished and counters.samples_received == self.replay.samples_sent

    def stop(self) -> None:
        self.sender.stop()
        assert self.sender.join(5.0)
        self.engine.stop()
        self.replay.close()


@contextmanager
def played(source: Recording, predictor: WatchingPredictor) -> Iterator[Played]:
    run = Played(source, predictor)
    run.play()
    try:
        yield run
    finally:
        run.stop()


def faces_from_file(source: Recording, planner: WindowPlanner) -> dict[int, FaceCrop]:
    """The first face of each slot, read from the recording."""
    faces: dict[int, FaceCrop] = {}
    assert source.frames is not None
    for shown in source.frames.frames():
        crop = crop_face(shown, whole_frame(shown), QUICK.faces)
        faces.setdefault(planner.slot(shown.time), crop)
    return faces


def windows_from_file(source: Recording) -> list[Window]:
    planner = WindowPlanner(QUICK.window)
    eeg = preprocess(source, QUICK)
    faces = faces_from_file(source, planner)
    spans = [planner.samples(index) for index in range(planner.count(len(eeg)))]
    return [
        planner.assemble(index, eeg[first:last], faces) for index, (first, last) in enumerate(spans)
    ]


def test_live_windows_are_those_of_the_file_and_no_sample_is_lost() -> None:
    source = recording(3.0, baseline_s=0.5)
    predictor = WatchingPredictor()
    with played(source, predictor) as run:
        expected = windows_from_file(source)
        wait_until(lambda: run.all_is_received)
        wait_until(lambda: predictor.windows[-1].index == len(expected) - 1)
        counters = run.engine.snapshot().counters
        latencies = run.engine.latencies()
    assert counters.samples_received == len(source.eeg)
    assert (counters.eeg_gaps, counters.eeg_overwritten, counters.samples_unusable) == (0, 0, 0)
    assert counters.windows_planned == len(expected)
    assert counters.predictions + counters.windows_skipped == len(expected)
    assert counters.predictions == len(latencies.from_arrival_s)
    assert len(predictor.windows) >= len(expected) // 2
    for window in predictor.windows:
        planned = expected[window.index]
        np.testing.assert_array_equal(window.eeg, planned.eeg)
        assert window.eeg_valid
        live, offline = (
            [crop and crop.frame_index for crop in each.faces] for each in (window, planned)
        )
        assert live == offline
        for shown, filed in zip(window.faces, planned.faces, strict=True):
            if shown is not None and filed is not None:
                np.testing.assert_array_equal(shown.image, filed.image)
    embedded = [crop.frame_index for crop in predictor.faces]
    assert len(embedded) == len(set(embedded)), "each face once"


def test_a_slow_model_skips_windows_and_holds_up_nothing() -> None:
    source = recording(2.0)
    go_on = threading.Event()
    predictor = WatchingPredictor(lambda _window: assert_set(go_on))
    with played(source, predictor) as run:
        wait_until(lambda: run.all_is_received)
        wait_until(lambda: frames_seen(run.engine) == 50)
        wait_until(lambda: samples_shown(run.engine) == 256)
        snapshot = run.engine.snapshot(eeg_seconds=2.0)
        assert len(predictor.windows) == 1, "the model is still at its first window"
        assert snapshot.eeg is not None
        assert snapshot.eeg.data.shape == (256, 32)
        np.testing.assert_array_equal(snapshot.eeg.data, preprocess(source, QUICK))
        go_on.set()
        wait_until(lambda: len(predictor.windows) == 2)
        wait_until(lambda: run.engine.snapshot().counters.predictions == 2)
        counters = run.engine.snapshot().counters
    newest = WindowPlanner(QUICK.window).count(len(source.eeg)) - 1
    assert predictor.windows[1].index == newest
    assert counters.windows_skipped == newest - predictor.windows[0].index - 1
    assert counters.samples_received == len(source.eeg)


def samples_shown(engine: Engine) -> int:
    """In the ring: a sample is counted as received a moment before it is there."""
    view = engine.snapshot(eeg_seconds=2.0).eeg
    return 0 if view is None else len(view.data)


def frames_seen(engine: Engine) -> int:
    """Taken, or left out by a machine that is too busy to take them in time."""
    counters = engine.snapshot().counters
    return counters.frames_received + counters.frames_dropped


def assert_set(event: threading.Event) -> None:
    assert event.wait(20.0)


class FedEEG:
    """A source that the test feeds: chunks of the time they are pushed at, or an error. Its first
    sample is `ago_s` old: more than is pushed at once, else it comes before it was measured."""

    def __init__(self, ago_s: float = 0.0) -> None:
        self.queue: queue.Queue[EEGChunk | Exception] = queue.Queue()
        self.absent: SourceNotFound | None = None
        self._sent = 0
        self._start = CLOCK.now() - ago_s

    def push(self, count: int) -> None:
        times = self._start + np.arange(self._sent, self._sent + count) / RATE
        data = np.random.default_rng(self._sent).normal(0, 10, (count, 32)).astype(np.float32)
        self.queue.put(EEGChunk(frozen(data), frozen(times), self._sent))
        self._sent += count

    def jump_to(self, time: float) -> None:
        """The next sample is of `time`, and those between are lost."""
        self._sent = round((time - self._start) * RATE)

    def open(self) -> EEGInfo:
        if self.absent is not None:
            raise self.absent
        return INFO

    def read(self, timeout_s: float) -> EEGChunk | None:
        try:
            item = self.queue.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        pass


@contextmanager
def fed(predictor: WatchingPredictor, source: FedEEG) -> Iterator[Engine]:
    engine = Engine(source, None, predictor, whole_frame, QUICK, CLOCK)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def test_a_model_that_raises_is_a_fault_on_screen_and_then_forgotten(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers = iter([RuntimeError("out of memory"), None])

    def answer(_window: Window) -> None:
        if (error := next(answers)) is not None:
            raise error

    source = FedEEG()
    with fed(WatchingPredictor(answer), source) as engine, caplog.at_level(logging.CRITICAL):
        engine.wait_connected(5.0)
        assert engine.snapshot().state is EngineState.LIVE
        source.push(64)
        wait_until(lambda: engine.snapshot().state is EngineState.FAULT)
        assert engine.snapshot().fault == "The model failed (RuntimeError: out of memory)."
        source.push(16)
        wait_until(lambda: engine.snapshot().prediction is not None)
        snapshot = engine.snapshot()
    assert (snapshot.state, snapshot.fault) == (EngineState.LIVE, "")
    assert (snapshot.counters.model_faults, snapshot.counters.predictions) == (1, 1)
    assert snapshot.bag == (None,) * 5


def test_a_source_that_is_missing_is_said_by_wait_and_on_screen_and_found_later() -> None:
    source = FedEEG()
    source.absent = SourceNotFound("No LSL stream named 'X'. Found: none at all.", "Start it.")
    with fed(WatchingPredictor(), source) as engine:
        with pytest.raises(SourceNotFound, match="No LSL stream named 'X'"):
            engine.wait_connected(5.0)
        snapshot = engine.snapshot()
        assert snapshot.state is EngineState.FAULT
        assert snapshot.fault.endswith("Start it.")
        assert snapshot.sources[0].state is SourceState.CONNECTING
        source.absent = None
        wait_until(lambda: engine.snapshot().state is EngineState.LIVE)


def test_a_source_that_is_lost_is_a_fault_until_it_is_back() -> None:
    source = FedEEG()
    with fed(WatchingPredictor(), source) as engine:
        source.push(64)
        wait_until(lambda: engine.snapshot().counters.predictions == 1)
        source.queue.put(SourceLost("The LSL stream 'X' is gone."))
        wait_until(lambda: engine.snapshot().sources[0].state is SourceState.LOST)
        assert engine.snapshot().state is EngineState.FAULT
        wait_until(lambda: engine.snapshot().state is EngineState.LIVE)
        source.push(80)
        wait_until(lambda: engine.snapshot().counters.predictions > 1)
        assert engine.snapshot().counters.eeg_gaps == 1


class LiveFrames:
    """A camera that gives a frame whenever it is asked, unless it is covered."""

    dropped = 0

    def __init__(self) -> None:
        self.unplugged = False
        self._index = -1
        self._pause = threading.Event()

    def open(self) -> str:
        if self.unplugged:
            raise SourceNotFound("There is no camera 0.")
        return "live"

    def read(self, timeout_s: float) -> FrameSample | None:
        self._pause.wait(min(0.02, timeout_s))
        if self.unplugged:
            raise SourceLost("The camera gives no more pictures.")
        self._index += 1
        return frame(CLOCK.now(), self._index)

    def close(self) -> None:
        pass


def test_without_eeg_windows_are_of_faces_and_without_a_camera_of_eeg() -> None:
    source, camera, predictor = FedEEG(), LiveFrames(), WatchingPredictor()
    engine = Engine(source, camera, predictor, whole_frame, QUICK, CLOCK)
    engine.start()
    try:
        engine.wait_connected(10.0)
        source.push(64)
        wait_until(lambda: len(predictor.windows) > 0)
        wait_until(lambda: any(not one.eeg_valid for one in predictor.windows), 20.0)
        alone = next(one for one in predictor.windows if not one.eeg_valid)
        wait_until(lambda: predictor.windows[-1].stop > alone.stop + 0.5, 20.0)
        assert predictor.windows[-1].faces_valid.any()
        assert engine.snapshot().state is EngineState.FAULT, "it is said that no EEG comes"
        camera.unplugged = True
        wait_until(lambda: engine.snapshot().sources[1].state is SourceState.LOST)
        seen = len(predictor.windows)
        source.jump_to(CLOCK.now())
        source.push(192)
        wait_until(lambda: any(one.eeg_valid for one in predictor.windows[seen:]), 20.0)
        assert not predictor.windows[-1].faces_valid.any()
    finally:
        engine.stop()


def test_a_camera_alone_shows_its_picture_and_nothing_is_predicted() -> None:
    source = FedEEG()
    source.absent = SourceNotFound("No EEG.")
    frames = ScriptedFrames([frame(n / 25, n) for n in range(25)])
    engine = Engine(source, frames, WatchingPredictor(), whole_frame, QUICK, CLOCK)
    engine.start()
    # A frame is counted when it comes and shown once its face has been looked for.
    wait_until(lambda: (shown := engine.snapshot().frame) is not None and shown.index == 24)
    snapshot = engine.snapshot()
    engine.stop()
    assert snapshot.counters.frames_received == 25
    assert snapshot.face is not None
    assert (snapshot.eeg, snapshot.prediction) == (None, None)


def test_an_engine_is_started_once_and_stops_from_any_state() -> None:
    engine = Engine(FedEEG(), None, WatchingPredictor(), whole_frame, QUICK, CLOCK)
    assert engine.snapshot().state is EngineState.IDLE
    engine.start()
    with pytest.raises(RuntimeError, match="started once"):
        engine.start()
    engine.stop()
    engine.stop()
    snapshot = engine.snapshot()
    assert (snapshot.state, snapshot.fault) == (EngineState.STOPPED, "")
    assert snapshot.sources[0].state is SourceState.CLOSED


def test_a_thread_that_does_not_stop_is_named_and_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "JOIN_S", 0.05)
    release = threading.Event()
    source = FedEEG()
    predictor = WatchingPredictor(lambda _window: assert_set(release))
    engine = Engine(source, None, predictor, whole_frame, QUICK, CLOCK)
    engine.start()
    source.push(64)
    wait_until(lambda: len(predictor.windows) == 1)
    engine.stop()
    assert "The inference thread does not stop." in engine.snapshot().fault
    release.set()


def amplifier(source_id: str, value: float) -> subprocess.Popen[bytes]:
    script = SUPPORT / "lsl_amplifier.py"
    return subprocess.Popen([sys.executable, str(script), source_id, str(value)])


class KeepingSink(Nobody):
    """Keeps the values that came; the rest is not looked at."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk) -> None:  # noqa: ARG002
        self.values += chunk.data[:, 0].tolist()


@pytest.mark.timeout(300)
def test_a_sender_that_is_killed_is_noticed_within_a_second_and_comes_back_by_itself() -> None:
    source_id = f"killed-{uuid.uuid4()}"
    engine = Engine(
        LSLSource(source_id=source_id), None, WatchingPredictor(), whole_frame, QUICK, CLOCK
    )
    sink = KeepingSink()
    engine.record(sink)
    engine.start()
    sender = amplifier(source_id, 1.0)
    try:
        wait_until(lambda: engine.snapshot().counters.samples_received > 250, 60.0)
        sender.kill()
        killed_at = CLOCK.now()
        wait_until(lambda: engine.snapshot().fault != "")
        # The promise is 1 s; the rest is for a machine that is busy with other things.
        assert CLOCK.now() - killed_at < 2.0
        sender.wait()
        sender = amplifier(source_id, 2.0)
        so_far = engine.snapshot().counters.samples_received
        wait_until(lambda: engine.snapshot().counters.samples_received > so_far + 250, 60.0)
        snapshot = engine.snapshot(eeg_seconds=60.0)
    finally:
        sender.kill()
        sender.wait()
        engine.stop()
    assert (snapshot.counters.eeg_gaps, snapshot.fault) == (1, "")
    assert sink.values == sorted(sink.values), "the old sender's samples end before the new one's"
    assert snapshot.eeg is not None
    missing = np.isnan(snapshot.eeg.data[:, 0])
    assert missing.sum() / RATE > 0.1
    steps = np.diff(snapshot.eeg.times)
    assert 0 < steps.min() <= steps.max() < 1.6 / RATE, "half a sample at most where it came back"
    assert np.nanmax(np.abs(snapshot.eeg.data)) < 1e-2, "without a click"


def labelled_outlet(names: Sequence[str], rate: float, source_id: str) -> pylsl.StreamOutlet:
    info = pylsl.StreamInfo("amplifier", "EEG", len(names), rate, "float32", source_id)
    channels = info.desc().append_child("channels")
    for name in names:
        channel = channels.append_child("channel")
        channel.append_child_value("label", name)
        channel.append_child_value("unit", "microvolts")
    return pylsl.StreamOutlet(info)


EIGHT = ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2")
MANY = (*INFO.channel_names, *(f"X{number}" for number in range(32)))


@pytest.mark.parametrize(
    ("names", "rate"),
    [(EIGHT, 250.0), (EIGHT, 256.0), (MANY, 500.0), (MANY, 512.0), (MANY, 1000.0)],
)
def test_what_is_wrong_with_a_real_stream_is_named_and_the_stream_goes_on(
    names: tuple[str, ...], rate: float
) -> None:
    source_id = f"faulty-{uuid.uuid4()}"
    stream = labelled_outlet(names, rate, source_id)
    source = LSLSource(source_id=source_id)
    engine = Engine(source, None, WatchingPredictor(), whole_frame, QUICK, CLOCK)
    count = round(8 * rate)
    data = np.random.default_rng(1).normal(0, 10, (count, len(names))).astype(np.float32)
    data[count // 2 : count // 2 + 5, 1] = np.nan
    stamps = CLOCK.now() - 8.0 + np.arange(count) / (1.022 * rate)
    stamps[count // 4] += 20.0
    engine.start()
    try:
        engine.wait_connected(20.0)
        for first in range(0, count, 50):
            stream.push_chunk(data[first : first + 50], stamps[first : first + 50].tolist())
        wait_until(lambda: newest(engine) > stamps[-1] - 0.25, 30.0)
        wait_until(lambda: "instead of" in engine.snapshot().fault)
        snapshot = engine.snapshot(eeg_seconds=1.0)
    finally:
        engine.stop()
    assert f"sends {1.022 * rate:.1f} Hz instead of {rate:g} Hz (+2.2%)" in snapshot.fault
    assert snapshot.fault.count("instead of") == 1, "said once"
    assert "1 time stamp jumped; 1 time stamp ran backwards" in snapshot.fault
    assert f"samples that are not numbers: {names[1]} 5" in snapshot.fault
    assert (snapshot.counters.samples_lost, snapshot.counters.stamps_jumped) == (0, 1)
    assert len(snapshot.quality) == len(names)
    assert snapshot.eeg is not None
    assert np.isfinite(snapshot.eeg.data).all()
    del stream


def test_a_rate_that_is_off_by_less_than_two_percent_is_no_fault() -> None:
    source_id = f"slow-{uuid.uuid4()}"
    stream = labelled_outlet(EIGHT, 250.0, source_id)
    engine = Engine(
        LSLSource(source_id=source_id), None, WatchingPredictor(), whole_frame, QUICK, CLOCK
    )
    data = np.random.default_rng(1).normal(0, 10, (2000, 8)).astype(np.float32)
    stamps = CLOCK.now() - 8.0 + np.arange(2000) / (0.985 * 250.0)
    engine.start()
    try:
        engine.wait_connected(20.0)
        for first in range(0, 2000, 50):
            stream.push_chunk(data[first : first + 50], stamps[first : first + 50].tolist())
        wait_until(lambda: newest(engine) > stamps[-1] - 0.25, 30.0)
        snapshot = engine.snapshot()
    finally:
        engine.stop()
    assert (snapshot.fault, snapshot.counters.eeg_gaps) == ("", 0)
    del stream


def newest(engine: Engine) -> float:
    """The time of the newest sample of EEG."""
    view = engine.snapshot(eeg_seconds=1.0).eeg
    return 0.0 if view is None else float(view.times[-1])
