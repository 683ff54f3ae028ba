"""Whatever a consumer of the data raises, all that the sources gave is in the file."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import av
import numpy as np
import pylsl
import pytest
from camera_tools import SIZE, bar
from live_tools import QUICK, WatchingPredictor, wait_until, whole_frame
from sessions import plan

import milmer_live.live.sources.camera_worker as camera_worker
from milmer_live.acquisition.brainflow.eeg import BrainFlowSource
from milmer_live.acquisition.camera.source import CameraSource
from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.lsl.markers import LSLMarkers
from milmer_live.clock import LSLClock
from milmer_live.live.engine import Engine
from milmer_live.live.publisher import Publisher
from milmer_live.live.recording.ledger import Ledger
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.session_recording import RecordingRun
from milmer_live.live.signal.buffers import (
    EEGRing,
    FaceGrid,
)
from milmer_live.live.signal.display_feed import DeviceTraces
from milmer_live.live.signal.recent_signals import RecentSignals
from milmer_live.live.sources.eeg_worker import EEGWorker
from milmer_live.live.sources.face_events import FaceNews
from milmer_live.live.sources.side_streams import MarkerStream
from milmer_live.live.sources.source_worker import Source
from milmer_live.live.sources.stream_check import StreamCheck
from milmer_live.live.state import SourceState
from milmer_live.live.workers import Faults
from milmer_live.processing.eeg.filters import CausalFilter
from milmer_live.processing.eeg.montage import ChannelMap
from milmer_live.processing.eeg.quality import QualityMonitor
from milmer_live.processing.faces.tracking import FaceTracker
from milmer_live.processing.picture_watch import PictureWatch
from milmer_live.samples import MODEL_CHANNELS, EEGChunk, FrameSample, Marker
from milmer_live.storage.session.reader import (
    Session,
    open_session,
)
from milmer_live.storage.session.streams import (
    EVENTS,
    FRAMES,
)

CLOCK = LSLClock()
RATE, CHUNK, CHUNKS = 500.0, 30, 50
N_FRAMES, N_MARKERS = 25, 10
FILM_S = 60  # longer than any run: a film that ends is a camera that is lost
LIMIT_S = 60.0  # for a machine that is busy with other things
CONNECTED = (SourceState.LIVE, SourceState.SILENT)  # nothing is sent before all of them are
FAILS = 0.3  # share of the calls that raise

OpenedT = TypeVar("OpenedT")
SampleT = TypeVar("SampleT")

# What fails, and what the fault on screen calls it.
CONSUMERS: dict[str, tuple[object, str, str]] = {
    "stream check": (StreamCheck, "check", "stream check"),
    "fault texts": (StreamCheck, "fault", "stream check"),
    "quality monitor": (QualityMonitor, "process", "signal quality"),
    "display": (DeviceTraces, "write", "signal display"),
    "other signals": (RecentSignals, "add", "display of other signals"),
    "montage": (ChannelMap, "apply", "signal filter"),
    "filter": (CausalFilter, "process", "signal filter"),
    "ring": (EEGRing, "append", "signal filter"),
    "picture watch": (PictureWatch, "look", "check of the pictures"),
    "report on faces": (FaceNews, "events", "report on the faces"),
    "face tracker": (FaceTracker, "see", "face detection"),
    "face crop": (camera_worker, "crop_face", "face crops"),
    "face grid": (FaceGrid, "passed", "face crops"),
    "slots of the face grid": (FaceGrid, "is_due", "face crops"),
    "use of a chunk": (EEGWorker, "_take", "use of the EEG"),
    "use of a frame": (camera_worker.CameraWorker, "_take", "use of the camera"),
    "use of markers": (MarkerStream, "_take", "use of the stim"),
    "status": (EEGWorker, "_problems", "status of the EEG"),
    "balance": (Ledger, "parts", "balance of the recording"),
    "predictor": (WatchingPredictor, "predict", "model"),
    "publisher": (Publisher, "publish", "listener to the predictions"),
    "event outlet": (Publisher, "publish_event", "listener to the"),
}


@dataclass
class Spied(Generic[OpenedT, SampleT]):
    """A real source, and all that it gave. `fails` is asked before each read."""

    source: Source[OpenedT, SampleT]
    fails: Callable[[], bool] = lambda: False
    given: list[SampleT] = field(default_factory=list)
    dropped = 0

    def open(self) -> OpenedT:
        return self.source.open()

    def read(self, timeout_s: float) -> SampleT | None:
        if self.fails():
            raise RuntimeError("a driver that nobody foresaw")
        sample = self.source.read(timeout_s)
        if sample is not None:
            self.given.append(sample)
        return sample

    def close(self) -> None:
        self.source.close()


def sometimes(seed: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which raises in `FAILS` of its calls, from the first one on."""
    chance = random.Random(seed)
    calls = iter([True])

    def failing(*values: Any, **named: Any) -> Any:
        if next(calls, False) or chance.random() < FAILS:
            raise ZeroDivisionError("injected")
        return function(*values, **named)

    return failing


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuvj420p"
        for index in range(FILM_S * 25):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(bar(index), format="rgb24")))
        file.mux(stream.encode())
    return path


class Sender:
    """An amplifier and a stimulus program over LSL; the first channel counts samples."""

    def __init__(self) -> None:
        self.id = f"capture-{uuid.uuid4()}"
        info = pylsl.StreamInfo("amp", "EEG", 32, RATE, "float32", self.id)
        channels = info.desc().append_child("channels")
        for name in MODEL_CHANNELS:
            channel = channels.append_child("channel")
            channel.append_child_value("label", name)
            channel.append_child_value("unit", "microvolts")
            channel.append_child_value("type", "EEG")
        self.eeg = pylsl.StreamOutlet(info)
        stim = pylsl.StreamInfo("stim", "Markers", 1, 0.0, "string", f"{self.id}-stim")
        self.markers = pylsl.StreamOutlet(stim)
        self.start = pylsl.local_clock()
        self.sent = 0

    def send(self, number: int) -> None:
        index = self.sent + np.arange(CHUNK)
        data = np.random.default_rng(number).normal(0, 20, (CHUNK, 32)).astype(np.float32)
        data[:, 0] = index
        self.eeg.push_chunk(data, (self.start + index / RATE).tolist())
        self.sent += CHUNK
        if number % (CHUNKS // N_MARKERS) == 0:
            self.markers.push_sample([f"trial {number}"])


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def start() -> Iterator[Callable[[Run], Run]]:
    """Starts a run, and stops it where the test did not come to that."""
    started: list[Run] = []

    def start(run: Run) -> Run:
        started.append(run)
        run.recording.start()
        wait_until(run.is_live, LIMIT_S)
        return run

    yield start
    for run in started:
        if not run.is_over:
            run.finish()


@dataclass
class Run:
    """A recording of real sources, of which all is remembered that they gave."""

    eeg: Spied[Any, EEGChunk]
    camera: Spied[str, FrameSample]
    markers: Spied[str, tuple[Marker, ...]]
    recording: RecordingRun
    engine: Engine
    publisher: Publisher
    faults: set[str] = field(default_factory=set)
    is_over: bool = False

    @staticmethod
    def of(eeg: Any, film: Path, markers: Any, folder: Path) -> Run:
        spied = Spied(eeg), Spied(CameraSource(str(film))), Spied(markers)
        faults = Faults()
        engine = Engine(spied[0], spied[1], WatchingPredictor(), whole_frame, QUICK, CLOCK)
        publisher = Publisher.attached(engine)
        sides = [MarkerStream("stim", spied[2], CLOCK, faults)]
        recording = RecordingRun(engine, sides, faults)
        recording.record(Recorder(folder, plan(), CLOCK, Faults()))
        return Run(*spied, recording, engine, publisher)

    def look(self) -> bool:
        self.faults.update(self.recording.fault.splitlines())
        return True

    def is_live(self) -> bool:
        """Whether all sources are connected, so that nothing sent from now on is missed."""
        now = CLOCK.now()
        sides = [side.status(now) for side in self.recording.side_streams]
        sources = (*self.engine.snapshot(eeg_seconds=0.0).sources, *sides)
        return self.look() and all(source.state in CONNECTED for source in sources)

    def finish(self) -> Session:
        self.is_over = True
        assert self.recording.stop()
        self.publisher.close()
        return open_session(self.recording.status.folder)

    def holds_all_frames(self, session: Session) -> None:
        rows = session.file.named(FRAMES)
        assert rows is not None
        np.testing.assert_array_equal(rows.numbers[:, 2], [one.index for one in self.camera.given])
        np.testing.assert_array_equal(rows.stamps, [one.time for one in self.camera.given])


def record_lsl(sender: Sender, run: Run) -> Session:
    for number in range(CHUNKS):
        sender.send(number)
        wait_until(lambda: run.look() and total(run.eeg) == sender.sent, LIMIT_S)
    wait_until(lambda: run.look() and len(run.camera.given) >= N_FRAMES, LIMIT_S)
    wait_until(lambda: len(run.markers.given) > 0 and markers_of(run) == N_MARKERS, LIMIT_S)
    return run.finish()


def total(source: Spied[Any, EEGChunk]) -> int:
    return sum(map(len, source.given))


def markers_of(run: Run) -> int:
    return sum(map(len, run.markers.given))


def lsl_run(sender: Sender, film: Path, folder: Path) -> Run:
    eeg = LSLSource(source_id=sender.id, settle_s=0.0)
    return Run.of(eeg, film, LSLMarkers(source_id=f"{sender.id}-stim"), folder)


def holds_all_of_lsl(run: Run, session: Session, sender: Sender) -> None:
    eeg, stim = session.file.named("amp"), session.file.named("stim")
    assert eeg is not None
    assert stim is not None
    np.testing.assert_array_equal(eeg.numbers[:, 0], np.arange(sender.sent))
    sent_at = sender.start + np.arange(sender.sent) / RATE
    np.testing.assert_allclose(eeg.stamps, sent_at, atol=1e-6)
    assert stim.texts == [f"trial {number}" for number in range(0, CHUNKS, CHUNKS // N_MARKERS)]
    run.holds_all_frames(session)
    assert [gap for gap in session.gaps if gap.stream != FRAMES] == []


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_a_consumer_that_fails_costs_no_sample_frame_or_marker(
    consumer: str,
    sender: Sender,
    film: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start: Callable[[Run], Run],
) -> None:
    owner, name, shown_as = CONSUMERS[consumer]
    monkeypatch.setattr(owner, name, sometimes(1, getattr(owner, name)))
    run = lsl_run(sender, film, tmp_path)
    session = record_lsl(sender, start(run))
    holds_all_of_lsl(run, session, sender)
    assert any(shown_as in fault for fault in run.faults), run.faults
    events = session.file.named(EVENTS)
    assert events is not None


@pytest.mark.parametrize("consumer", ["filter", "quality monitor", "display", "face tracker"])
def test_a_board_loses_nothing_to_a_consumer_that_fails(
    consumer: str,
    sender: Sender,
    film: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start: Callable[[Run], Run],
) -> None:
    owner, name, _ = CONSUMERS[consumer]
    markers = LSLMarkers(source_id=f"{sender.id}-stim")
    run = Run.of(BrainFlowSource("SYNTHETIC"), film, markers, tmp_path)
    monkeypatch.setattr(owner, name, sometimes(2, getattr(owner, name)))
    start(run)
    wait_until(lambda: total(run.eeg) > 300 and len(run.camera.given) >= N_FRAMES, LIMIT_S)
    session = run.finish()
    stream = next(one for one in session.file.streams if one.header.type == "EEG")
    given = np.concatenate([chunk.data for chunk in run.eeg.given])
    np.testing.assert_array_equal(stream.numbers, given)
    run.holds_all_frames(session)


def test_a_driver_that_fails_is_connected_again_and_the_others_go_on(
    sender: Sender, film: Path, tmp_path: Path, start: Callable[[Run], Run]
) -> None:
    run = lsl_run(sender, film, tmp_path)
    failures = iter([False] * 12 + [True])
    run.camera.fails = lambda: next(failures, False)
    start(run)
    for number in range(CHUNKS):
        sender.send(number)
        wait_until(lambda: total(run.eeg) == sender.sent, LIMIT_S)
    wait_until(lambda: run.look() and len(run.camera.given) > 12, LIMIT_S)
    wait_until(lambda: markers_of(run) == N_MARKERS, LIMIT_S)
    session = run.finish()
    holds_all_of_lsl(run, session, sender)
    told = " ".join(run.faults)
    assert "RuntimeError: a driver that nobody foresaw" in told
    assert any("camera lost" in text for text in session.file.named(EVENTS).texts)  # type: ignore[union-attr]
