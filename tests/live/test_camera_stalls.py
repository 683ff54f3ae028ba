"""A camera that is frozen or black: said, marked in the recording, and its windows have no face."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from live_tools import QUICK
from sessions import filmed

from milmer_live.acquisition.camera.source import CameraSource
from milmer_live.bench.senders.faults import (
    Camera,
    Picture,
)
from milmer_live.clock import FakeClock, LSLClock
from milmer_live.errors import SourceLost
from milmer_live.events import Event
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.signal.buffers import FaceGrid
from milmer_live.live.sources.camera_worker import CameraWorker
from milmer_live.live.state import SourceState
from milmer_live.live.workers import Faults
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import FaceBox, FrameSample, UInt8, frozen
from milmer_live.storage.session.reader import (
    Session,
    open_session,
)
from milmer_live.storage.session.streams import (
    FRAMES,
    Stall,
)

START, RATE = 1000.0, 15.0
SIZE = (160, 120)
FACE = FaceBox(40, 20, 60, 60, 0.9)


def live(n: int) -> UInt8:
    """A lit wall, and noise as a sensor has it."""
    slope = np.linspace(60, 180, SIZE[0])[np.newaxis, :, np.newaxis]
    noise = np.random.default_rng(n).normal(0, 3, (SIZE[1], SIZE[0], 3))
    return np.asarray(np.rint(slope + noise), dtype=np.uint8)


def still(_n: int) -> UInt8:
    return live(0)


def black(_n: int) -> UInt8:
    return np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)


@dataclass
class Bench:
    """A camera that shows what the test says, and a real recorder."""

    folder: Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    faults: Faults = field(default_factory=Faults)
    heard: list[Event] = field(default_factory=list)
    looked_at: list[int] = field(default_factory=list)
    dropped = 0

    def __post_init__(self) -> None:
        self.n = 0
        self._next: FrameSample | Exception | None = None
        self.grid = FaceGrid(QUICK.window)
        self.grid.start(WindowPlanner(QUICK.window, START))
        self.worker = CameraWorker(
            self, self._find, QUICK, self.grid, self.clock, self.faults, arrived=lambda: None
        )
        self.worker.on_event.append(self.heard.append)
        self.recorder = Recorder(self.folder / "first", filmed("face"), self.clock, self.faults)
        self.worker.record(self.recorder)
        self.worker.step()

    def _find(self, frame: FrameSample) -> FaceBox | None:
        self.looked_at.append(frame.index)
        return FACE

    def open(self) -> str:
        return "Webcam"

    def read(self, timeout_s: float) -> FrameSample | None:  # noqa: ARG002 - nothing to wait for
        given, self._next = self._next, None
        if isinstance(given, Exception):
            raise given
        return given

    def close(self) -> None:
        pass

    def fail(self, error: Exception) -> None:
        self._next = error
        self.worker.step()

    def show(self, picture: Callable[[int], UInt8], seconds: float) -> list[SourceState]:
        states = []
        for _ in range(round(seconds * RATE)):
            self.n += 1
            self.clock.advance(1 / RATE)
            self._next = FrameSample(frozen(picture(self.n)), self.clock.now(), self.n)
            self.worker.step()
            self.recorder.step()
            states.append(self.worker.status(self.clock.now()).state)
        return states

    def record_anew(self) -> None:
        self.recorder.close()
        self.recorder = Recorder(self.folder / "second", filmed("face"), self.clock, self.faults)
        self.worker.record(self.recorder)

    def ended(self) -> Session:
        self.recorder.close()
        return open_session(self.recorder.status.folder)

    def newest_face(self) -> float:
        return max(crop.time for crop in self.grid.faces(range(10_000)).values())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.recorder.close()


@pytest.mark.parametrize(
    ("picture", "why", "words"),
    [
        (still, "repeated", "The camera 'Webcam' repeats its last picture"),
        (black, "black", "The camera 'Webcam' sends black pictures"),
    ],
)
def test_a_stalled_camera_is_said_marked_and_has_no_face(
    bench: Bench, picture: Callable[[int], UInt8], why: str, words: str
) -> None:
    bench.show(live, 4.0)
    good = bench.clock.now()
    states = bench.show(picture, 6.0)
    assert states.index(SourceState.STALLED) / RATE == pytest.approx(1.0, abs=2 / RATE)
    assert bench.faults.text.startswith(words)
    assert bench.worker.latest is None
    assert bench.newest_face() <= good + 1 / RATE, "those of the first second were taken back"
    assert bench.worker.status(bench.clock.now()).age_s == pytest.approx(6.0, abs=2 / RATE)
    looked_at = len(bench.looked_at)
    back = bench.show(live, 2.0)
    assert (bench.faults.text, back[-1]) == ("", SourceState.LIVE)
    assert len(bench.looked_at) - looked_at == pytest.approx(1.5 * RATE, abs=2)
    session = bench.ended()
    (stall,) = session.stalls
    assert stall.why == why
    assert stall.start == pytest.approx(good, abs=2 / RATE)
    assert stall.stop == pytest.approx(good + 6.5, abs=2 / RATE)
    stream = session.file.named(FRAMES)
    assert stream is not None
    assert stream.numbers[:, 2].tolist() == list(range(1, bench.n + 1)), "no frame is lost"
    assert stall.stop is not None
    known = (stream.times > stall.start + 1.1) & (stream.times < stall.stop)
    assert np.isnan(stream.numbers[known, 5:]).all()
    assert (stream.numbers[known, 0] == -1).all(), "and no crop is kept"


def test_events_tell_when_it_began_and_ended(bench: Bench) -> None:
    bench.show(live, 2.0)
    bench.show(black, 2.0)
    bench.show(live, 2.0)
    assert [event.text for event in bench.heard if "stall" in event.text] == [
        "camera stalled: sends black pictures",
        "camera not stalled any more: Webcam",
    ]


def test_a_recording_that_begins_in_a_stall_is_told(bench: Bench) -> None:
    bench.show(live, 2.0)
    bench.show(still, 3.0)
    bench.record_anew()
    bench.show(still, 2.0)
    (stall,) = bench.ended().stalls
    assert stall == Stall(why="repeated", start=stall.start)
    assert stall.start == pytest.approx(START + 2.0, abs=2 / RATE)


@pytest.mark.parametrize("end", ["lost", "silent", "closed"])
def test_a_stall_ends_with_the_last_picture_of_a_camera_that_goes(bench: Bench, end: str) -> None:
    bench.show(live, 2.0)
    bench.show(black, 3.0)
    last = bench.clock.now()
    if end == "lost":
        bench.fail(SourceLost("The camera is gone."))
    elif end == "silent":
        bench.clock.advance(5.0)
        bench.worker.step()
    else:
        bench.worker.close()
    assert ("black" in bench.faults.text) is (end == "closed"), "nothing is well by ending"
    (stall,) = bench.ended().stalls
    assert stall.stop == last


def test_a_check_that_fails_keeps_frames_and_faces(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_values: object) -> None:
        raise ZeroDivisionError("injected")

    bench.show(live, 1.0)
    monkeypatch.setattr("milmer_live.processing.picture_watch.PictureWatch.look", fails)
    bench.show(live, 2.0)
    assert bench.faults.text.startswith("The check of the pictures failed")
    assert bench.newest_face() == pytest.approx(bench.clock.now(), abs=0.2)


@pytest.mark.parametrize("shown", [Picture.LAST, Picture.BLACK])
def test_a_network_camera_that_hangs_is_stalled_within_two_seconds(shown: Picture) -> None:
    clock, grid = LSLClock(), FaceGrid(QUICK.window)
    with Camera() as camera:
        source = CameraSource(camera.spec.removeprefix("camera:"), clock=clock)
        worker = CameraWorker(
            source, lambda _frame: FACE, QUICK, grid, clock, Faults(), arrived=lambda: None
        )

        def until(state: SourceState, seconds: float) -> float:
            began = clock.now()
            while worker.status(clock.now()).state is not state:
                worker.step()
                assert clock.now() - began < seconds
            return clock.now() - began

        try:
            until(SourceState.LIVE, 10.0)
            while worker.meter.total < 20:
                worker.step()
            camera.show(shown)
            assert until(SourceState.STALLED, 2.0) > 0.8
            camera.show(Picture.MOVING)
            until(SourceState.LIVE, 2.0)
        finally:
            worker.close()
