"""The face that is recorded is the participant's, or none: drawn people, the real detector, a
recording with `--video face`, read back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from live_tools import QUICK, ScriptedEEG, idle, wait_until
from sessions import filmed

from milmer_live.clock import FakeClock, LSLClock
from milmer_live.config import FaceSettings
from milmer_live.events import Event
from milmer_live.live.engine import Engine
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.signal.buffers import FaceGrid
from milmer_live.live.sink import Nobody
from milmer_live.live.sources.camera_worker import CameraWorker
from milmer_live.live.workers import Faults
from milmer_live.paths import face_model
from milmer_live.processing.faces.detection import FaceDetector
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import FaceState, FrameSample, UInt8, frozen
from milmer_live.storage.session.reader import (
    Session,
    open_session,
)
from milmer_live.storage.session.streams import (
    EVENTS,
    FRAMES,
)
from milmer_live.synthetic.face.drawing import FaceArtist
from milmer_live.synthetic.face.features import Expression
from milmer_live.synthetic.face.looks import (
    Looks,
    draw_looks,
)
from milmer_live.synthetic.motion import (
    Light,
    Pose,
)

START, RATE = 1000.0, 12.5
HALF = (320, 360)
ANN, BEN = 0, 3  # of the drawn people, two who do not look alike


@cache
def looks() -> tuple[Looks, ...]:
    rng = np.random.default_rng(0)
    return tuple(draw_looks(rng) for _ in range(6))


@cache
def artist(who: int) -> FaceArtist:
    return FaceArtist(looks()[who], HALF, np.random.default_rng(who))


def half(who: int | None, n: int) -> UInt8:
    """(360, 320, 3) of the picture: a person who moves a little, or an empty wall."""
    if who is None:
        slope = np.linspace(60, 140, HALF[0])[np.newaxis, :, np.newaxis]
        noise = np.random.default_rng(n).normal(0, 2, (HALF[1], HALF[0], 3))
        return np.asarray(np.rint(slope + noise), dtype=np.uint8)
    turn = np.sin(n / 5)
    pose = Pose(x=0.05 * turn, turn_x=0.2 * turn, turn_y=0.1 * np.cos(n / 7))
    shown = Expression(corners=0.5 * np.sin(n / 9), opening=0.2 + 0.2 * np.cos(n / 4))
    return artist(who).draw(pose, shown, Light(), n)


@dataclass
class Bench:
    """A camera whose frames the test draws, a real detector and a real recorder."""

    folder: Path
    video: str = "face"
    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    faults: Faults = field(default_factory=Faults)
    heard: list[Event] = field(default_factory=list)
    truth: list[tuple[int | None, int | None]] = field(default_factory=list)
    dropped = 0

    def __post_init__(self) -> None:
        self.grid = FaceGrid(QUICK.window)
        self.grid.start(WindowPlanner(QUICK.window, START))
        self.worker = CameraWorker(
            self,
            FaceDetector(face_model(), FaceSettings()),
            QUICK,
            self.grid,
            self.clock,
            self.faults,
            arrived=lambda: None,
        )
        self.worker.on_event.append(self.heard.append)
        self.recorder = Recorder(self.folder, filmed(self.video), self.clock, self.faults)
        self.worker.sink = self.recorder
        self._next: FrameSample | None = None
        self.worker.step()

    def open(self) -> str:
        return "drawn"

    def read(self, timeout_s: float) -> FrameSample | None:  # noqa: ARG002 - nothing to wait for
        return self._next

    def close(self) -> None:
        pass

    def show(self, left: int | None, right: int | None, seconds: float) -> list[FaceState]:
        """Who sits on the left and on the right; the states that the screen shows."""
        states = []
        for _ in range(round(seconds * RATE)):
            n = len(self.truth)
            image = np.hstack([half(left, n), half(right, n)])
            self.clock.advance(1 / RATE)
            self._next = FrameSample(frozen(image), self.clock.now(), n)
            self.truth.append((left, right))
            self.worker.step()
            self.recorder.step()
            assert self.worker.latest is not None
            states.append(self.worker.latest[1].state)
        return states

    def ended(self) -> Session:
        self.worker.close()
        self.recorder.close()
        return open_session(self.recorder.status.folder)

    def words(self) -> list[str]:
        return [event.text for event in self.heard if "face" in event.text]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.worker.close()
    made.recorder.close()


def crops_of(session: Session, bench: Bench) -> dict[int | None, int]:
    """How many crops were recorded of each, by where the box is."""
    stream = session.file.named(FRAMES)
    assert stream is not None
    count: dict[int | None, int] = {}
    for row in stream.numbers[stream.numbers[:, 0] >= 0]:
        side = int(row[5] + row[7] / 2 >= HALF[0])
        who = bench.truth[int(row[2])][side]
        count[who] = count.get(who, 0) + 1
    return count


def test_no_crop_of_another_face_is_recorded(bench: Bench) -> None:
    bench.show(ANN, None, 3.0)
    bench.show(None, None, 3.5)
    bench.show(BEN, None, 6.0)  # in her place
    bench.show(None, BEN, 2.0)
    bench.show(ANN, BEN, 3.0)
    bench.show(None, BEN, 4.0)
    states = bench.show(ANN, None, 2.0)
    session = bench.ended()
    crops = crops_of(session, bench)
    assert crops.keys() == {ANN}
    shown = sum(ANN in who for who in bench.truth)
    assert shown - crops[ANN] <= 3 * 2, "but for the first two pictures when she comes back"
    assert states[-1] is FaceState.HELD
    stream = session.file.named(FRAMES)
    assert stream is not None
    tracks = stream.numbers[:, 10]
    assert set(tracks[~np.isnan(tracks)]) == {1}
    assert np.array_equal(np.isnan(tracks), stream.numbers[:, 0] < 0)
    assert bench.grid.faces(range(10_000)).keys()
    events = session.file.named(EVENTS)
    assert events is not None
    assert [text for text in events.texts if "face" in text] == bench.words()
    assert bench.words() == [
        "face chosen as the only one: 1",
        "face lost: 1",
        "face not known: 2",
        "face not known: 3",
        "faces in view: 2",
        "face back: 1",
        "face lost: 1",
        "face not known: 3",
        "faces in view: 1",
        "face back: 1",
    ]


def test_of_two_faces_none_is_used_until_one_is_clicked(bench: Bench) -> None:
    states = bench.show(ANN, BEN, 3.0)
    assert set(states) == {FaceState.SEVERAL}
    assert "click the participant's in the window, or leave only theirs" in bench.faults.text
    assert not bench.grid.faces(range(1000))
    bench.worker.tracker.choose(480, 190)
    bench.show(ANN, BEN, 2.0)
    assert bench.faults.text == ""
    bench.show(ANN, None, 5.0)
    assert "not known as the participant's" in bench.faults.text
    session = bench.ended()
    assert crops_of(session, bench).keys() == {BEN}
    assert bench.words()[:2] == ["faces in view: 2, none chosen", "face chosen by click: 2"]


def test_full_video_says_that_others_are_in_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, video="full")
    bench.show(ANN, None, 2.0)
    bench.show(ANN, BEN, 2.0)
    session = bench.ended()
    at = {marker.text: marker.time for marker in session.markers}
    assert at["faces in view: 2"] == pytest.approx(START + 2.0, abs=0.3)


def test_a_recording_that_begins_is_told_whose_face_it_has(bench: Bench, tmp_path: Path) -> None:
    bench.show(ANN, None, 2.0)
    bench.recorder.close()
    bench.recorder = Recorder(tmp_path / "next", filmed(), bench.clock, bench.faults)
    bench.worker.sink = bench.recorder
    bench.show(ANN, None, 1.0)
    session = bench.ended()
    assert "face in view: 1" in [marker.text for marker in session.markers]


class Waiting:
    """A camera of frames that the test gives it, one after the other."""

    dropped = 0

    def __init__(self) -> None:
        self.given: deque[FrameSample] = deque()
        self._n = 0

    def open(self) -> str:
        return "drawn"

    def read(self, timeout_s: float) -> FrameSample | None:
        if not self.given:
            idle(timeout_s)
        return self.given.popleft() if self.given else None

    def close(self) -> None:
        pass

    def show(self, who: int, seconds: float) -> FrameSample:
        """Give frames; the last of them."""
        frames = []
        for _ in range(round(seconds * RATE)):
            self._n += 1
            image = half(who, self._n)
            frames.append(FrameSample(frozen(image), START + self._n / RATE, self._n))
        self.given.extend(frames)
        return frames[-1]


def test_the_engine_is_told_by_a_click_and_by_the_next_recording() -> None:
    camera = Waiting()
    detect = FaceDetector(face_model(), FaceSettings())
    engine = Engine(ScriptedEEG([]), camera, None, detect, QUICK, LSLClock())

    def state_after(who: int, seconds: float) -> FaceState:
        last = camera.show(who, seconds)
        wait_until(lambda: engine.snapshot(eeg_seconds=0.0).frame is last)
        return engine.snapshot().face_state

    engine.start()
    try:
        assert state_after(ANN, 2.0) is FaceState.HELD
        assert state_after(BEN, 2.0) is FaceState.LOST
        engine.record(Nobody())
        assert state_after(BEN, 0.5) is FaceState.HELD, "another participant has come"
        assert not engine.snapshot().face_pinned
        engine.choose_face((160, 180))
        assert state_after(BEN, 1.5) is FaceState.HELD
        assert engine.snapshot().face_pinned
        assert state_after(ANN, 2.0) is FaceState.LOST
        engine.record(Nobody())
        assert state_after(ANN, 1.0) is FaceState.LOST, "who was clicked is waited for"
        engine.choose_face(None)
        assert state_after(ANN, 0.5) is FaceState.HELD
    finally:
        engine.stop()


@pytest.mark.parametrize("away_s", [0.0, 1.0, 60.0])
def test_whoever_sits_down_in_the_participants_place_gives_no_crop(
    bench: Bench, away_s: float
) -> None:
    bench.show(ANN, None, 2.0)
    bench.clock.advance(away_s)
    before = len(bench.truth)
    bench.show(BEN, None, 4.0)
    assert all(crop.frame_index < before for crop in bench.grid.faces(range(10_000)).values()), (
        "none for the model either"
    )
    assert crops_of(bench.ended(), bench).keys() == {ANN}
