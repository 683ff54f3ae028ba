"""A replay's pictures over real LSL: into the app at the times of the EEG, whatever is done to
the replay, also when its process is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
from deap_tree import draw_face, write_tree, write_video
from live_tools import (
    QUICK,
    ArrayFrames,
    WatchingPredictor,
    read_all,
    recording,
    wait_until,
    whole_frame,
)

from milmer_live import paths
from milmer_live.acquisition.lsl import qoi
from milmer_live.acquisition.lsl.eeg import (
    LSLSource,
    discover,
)
from milmer_live.acquisition.lsl.frames import (
    KEPT_FRAMES,
    LSLFrames,
    as_sample,
    frames_info,
    outlet,
)
from milmer_live.acquisition.lsl.spec import spec_of
from milmer_live.acquisition.registry import eeg_source, frame_source, marker_source
from milmer_live.acquisition.replay.frames import (
    FrameReplay,
    picture_size,
)
from milmer_live.acquisition.replay.playlist import (
    Playlist,
    PlaylistItem,
)
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.clock import FakeClock, LSLClock
from milmer_live.config import CameraSettings, FaceSettings
from milmer_live.errors import DatasetError, SourceFormat, SourceLost
from milmer_live.live.engine import Engine
from milmer_live.live.state import SourceState
from milmer_live.processing.eeg.pipeline import preprocess
from milmer_live.processing.faces.detection import FaceDetector
from milmer_live.processing.windows import WindowPlanner
from milmer_live.runs.replay import ReplayRun
from milmer_live.samples import CROP_SIZE, FrameSample, Recording
from milmer_live.storage.crops.files import (
    TrialFaces,
    find_faces,
)
from milmer_live.storage.dataset import chosen, open_dataset

CLOCK = LSLClock()
FPS = 25.0
PLAYED_S = 6.5  # of a trial, whose pictures begin at 3 s


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Of a data set in DEAP's layout, its face filmed at 10 pictures a second."""
    root = write_tree(tmp_path_factory.mktemp("deap"))
    write_video(root, 1, 4, fps=10, n_frames=600)
    return chosen(open_dataset(root), "1", 1)[0].open()


class Sender:
    """An outlet of pictures that sends what it is told to."""

    def __init__(self) -> None:
        self.source_id = f"frames-{uuid.uuid4()}"
        self.outlet = outlet(frames_info("film", self.source_id, (8, 8)))

    def send(self, *numbers: int, value: int = 100, stamp: float | None = None) -> None:
        image = np.full((8, 8, 3), value, np.uint8)
        for number in numbers:
            at = 1000 + number / FPS if stamp is None else stamp
            self.outlet.push_sample(as_sample(number, qoi.Encoder().encode(image)), at)

    def source(self, **settings: Any) -> LSLFrames:
        return LSLFrames(
            source_id=self.source_id, timeout_s=20.0, settings=CameraSettings(**settings)
        )


def frames_of(source: LSLFrames, count: int) -> list[FrameSample]:
    found: list[FrameSample] = []
    end = CLOCK.now() + 10.0
    while len(found) < count and CLOCK.now() < end:
        frame = source.read(0.5)
        found += [] if frame is None else [frame]
    return found


def test_a_picture_arrives_bit_for_bit_and_a_damaged_one_is_none() -> None:
    encoder, decoder = qoi.Encoder(), qoi.Decoder()
    noise = np.random.default_rng(1).integers(0, 256, (37, 53, 3), dtype=np.uint8)
    for image in (draw_face(), noise, draw_face(9)[:, ::-1]):
        data = encoder.encode(image)
        again = decoder.decode(data)
        assert again is not None
        np.testing.assert_array_equal(again, image)
        for damaged in (b"", data[:-8], data[: len(data) // 2], b"text" + qoi.END):
            assert decoder.decode(damaged) is None
        assert decoder.decode(data) is not None, "and the next one is read"


def test_pictures_arrive_at_their_times_numbered_through() -> None:
    sender = Sender()
    source = sender.source()
    assert source.open() == "film, 8 × 8"
    sender.send(*range(40, 48))

    frames = frames_of(source, 8)

    assert [frame.index for frame in frames] == list(range(8))
    times = [1000 + number / FPS for number in range(40, 48)]
    np.testing.assert_allclose([frame.time for frame in frames], times, atol=1e-3)
    assert (frames[0].image.shape, frames[0].image.flags.writeable) == ((8, 8, 3), False)
    assert (frames[0].image == 100).all()
    assert (source.read(0.0), source.dropped) == (None, 0)
    source.close()


def test_what_is_missing_or_damaged_is_counted_and_the_rest_comes() -> None:
    sender = Sender()
    source = sender.source()
    source.open()
    sender.send(0, 1, 5)
    picture = qoi.Encoder().encode(np.zeros((8, 8, 3), np.uint8))
    sender.outlet.push_sample(as_sample(6, picture[:-8]), 1000.24)
    sender.outlet.push_sample(["seven", b64encode(picture).decode()], 1000.28)
    sender.outlet.push_sample(["8", "this is no base64"], 1000.32)
    sender.send(9, stamp=float("nan"))
    sender.send(10)

    assert [frame.index for frame in frames_of(source, 5)] == [0, 1, 5, 9, 10]
    assert source.dropped == 3 + 3
    source.close()


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**63])
def test_a_sender_that_counts_from_elsewhere_loses_no_frame(number: int) -> None:
    sender = Sender()
    source = sender.source()
    source.open()
    for index, one in enumerate([0, 1, number, number + 1, 2, 4]):
        sender.send(one, stamp=1000 + index / FPS)

    assert [frame.index for frame in frames_of(source, 6)] == [0, 1, 2, 3, 4, 6]
    assert source.dropped == 1
    source.close()


def test_a_frame_without_a_time_stamp_is_kept_and_said_once() -> None:
    sender = Sender()
    source = sender.source()
    source.open()
    sender.send(0, stamp=1000.0)
    sender.send(1, stamp=1000.5)
    for number, stamp in ((2, float("nan")), (3, float("inf"))):
        sender.send(number, stamp=stamp)

    frames = frames_of(source, 4)

    offset_s = frames[0].time - 1000.0
    assert [frame.time - offset_s for frame in frames] == pytest.approx(
        [1000, 1000.5, 1001, 1001.5]
    )
    assert source.take_notes() == ("Frames of 'film' have no time stamp: it is deduced.",)
    assert source.take_notes() == ()
    source.close()


def test_a_reader_that_is_late_gets_the_newest_pictures() -> None:
    sender = Sender()
    source = sender.source()
    source.open()
    sender.send(*range(40))
    wait_until(lambda: source._open is not None and source._open.available == 40)

    frames = frames_of(source, KEPT_FRAMES)

    assert [round((frame.time - 1000) * FPS) for frame in frames] == list(range(28, 40))
    assert source.read(0.0) is None
    source.close()


def test_it_is_found_again_when_its_sender_has_ended_and_goes_on_counting() -> None:
    sender = Sender()
    source = frame_source(spec_of(source_id=sender.source_id), CameraSettings(mirror=True))
    assert isinstance(source, LSLFrames)
    source.open()
    sender.send(0, 1)
    frames_of(source, 2)
    del sender.outlet
    with pytest.raises(SourceLost, match="The camera 'film' is gone"):
        frames_of(source, 1)
    source.close()
    source.close()
    with pytest.raises(SourceLost, match="not open"):
        source.read(0.0)
    again = outlet(frames_info("film", sender.source_id, (8, 8)))
    source.open()
    again.push_sample(as_sample(0, qoi.Encoder().encode(draw_face())), 2000.0)
    (frame,) = frames_of(source, 1)
    assert frame.index == 2
    np.testing.assert_array_equal(frame.image, draw_face()[:, ::-1])
    assert source.dropped == 0
    source.close()


def test_pictures_are_a_camera_and_nothing_else() -> None:
    sender = Sender()
    listing = next(one for one in discover() if one.source_id == sender.source_id)
    assert (listing.is_frames, listing.is_signal) == (True, False)
    with pytest.raises(SourceFormat, match="holds pictures, not markers"):
        marker_source(listing.spec).open()
    with pytest.raises(SourceFormat, match="is not a signal"):
        eeg_source(listing.spec).open()
    texts = pylsl.StreamOutlet(pylsl.StreamInfo("cues", "Markers", 1, 0, "string", "cues-7"))
    with pytest.raises(SourceFormat, match="'cues' is no camera: Markers, string"):
        frame_source("lsl:source_id=cues-7").open()
    del texts


def played(
    replay: FrameReplay, clock: FakeClock, until: float, source: LSLFrames | None = None
) -> list[FrameSample]:
    """What a reader that keeps up sees until then."""
    shown: list[FrameSample] = []
    while clock.now() < until:
        before = replay.frames_sent
        clock.advance(replay.step())
        if source is not None:
            shown += frames_of(source, replay.frames_sent - before)
    return shown


def films(seconds: float = 4.0) -> ReplayTimeline:
    return ReplayTimeline(Playlist([PlaylistItem(recording(seconds), 0.0, seconds)]))


def test_nothing_is_decoded_until_somebody_watches_and_then_what_plays_now_is_sent() -> None:
    clock, timeline = FakeClock(500.0), films()
    replay = FrameReplay(timeline, clock, (8, 8), name="late", source_id=f"late-{uuid.uuid4()}")
    timeline.start(500.0)
    played(replay, clock, 502.0)
    assert (replay.frames_sent, replay.left_out) == (0, 0)
    source = LSLFrames(source_id=replay.source_id, timeout_s=20.0)
    source.open()
    wait_until(lambda: bool(replay._outlet.have_consumers()))
    shown = played(replay, clock, 502.5, source)
    assert replay.left_out == 0
    assert shown[0].time == pytest.approx(502.0, abs=2.1 / FPS)
    np.testing.assert_allclose(np.diff([frame.time for frame in shown]), 1 / FPS, atol=1e-3)
    source.close()
    replay.close()
    replay.close()


def test_pause_jump_and_speed_hold_for_the_pictures() -> None:
    clock, timeline = FakeClock(100.0), films(8.0)
    replay = FrameReplay(timeline, clock, (8, 8), name="moved", source_id=f"moved-{uuid.uuid4()}")
    source = LSLFrames(source_id=replay.source_id, timeout_s=20.0)
    source.open()
    wait_until(lambda: bool(replay._outlet.have_consumers()))
    timeline.start(100.0)

    def positions(until: float) -> list[tuple[float, int]]:
        """Time and number of each picture; picture n of the recording has the value n + 1."""
        shown = played(replay, clock, until, source)
        return [(frame.time, int(frame.image[0, 0, 0]) - 1) for frame in shown]

    for at, number in positions(101.02):
        assert at - 100 == pytest.approx(number / FPS, abs=1e-3)
    timeline.pause(clock.now())
    assert positions(103.0) == []
    timeline.resume(clock.now())
    went_on = positions(104.0)
    resumed = clock.now()
    gap_s = went_on[0][0] - 100 - went_on[0][1] / FPS
    assert gap_s == pytest.approx(2.0, abs=0.11), "as long as it was paused"
    timeline.seek(6.0, clock.now())
    jumped = positions(resumed + 0.5)
    assert jumped[0][0] == pytest.approx(resumed, abs=1e-3)
    assert jumped[0][1] == 150
    timeline.change_speed(2.0, clock.now())
    fast = positions(clock.now() + 0.5)
    assert len(fast) == pytest.approx(25, abs=2), "twice as many"
    np.testing.assert_allclose(np.diff([at for at, _ in fast]), 1 / FPS, atol=1e-3)
    source.close()
    replay.close()


def test_a_loop_goes_on_with_its_first_picture() -> None:
    clock, item = FakeClock(100.0), PlaylistItem(recording(1.0), 0.0, 1.0)
    timeline = ReplayTimeline(Playlist([item] * 3))
    replay = FrameReplay(timeline, clock, (8, 8), name="loop", source_id=f"loop-{uuid.uuid4()}")
    source = LSLFrames(source_id=replay.source_id, timeout_s=20.0)
    source.open()
    wait_until(lambda: bool(replay._outlet.have_consumers()))
    timeline.start(100.0)
    shown = played(replay, clock, 103.0, source)
    assert [int(frame.image[0, 0, 0]) for frame in shown] == [*range(1, 26)] * 3
    np.testing.assert_allclose(
        [frame.time for frame in shown], 100 + np.arange(75) / FPS, atol=1e-3
    )
    source.close()
    replay.close()


def test_the_end_of_a_replay_arrives_before_its_streams_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("milmer_live.acquisition.replay.frames.LATE_S", 10.0)
    source_id = f"end-{uuid.uuid4()}"
    run = ReplayRun(
        Playlist([PlaylistItem(recording(0.5), 0.0, 0.5)]),
        CLOCK,
        speed=1.0,
        name="end",
        source_id=source_id,
        say=lambda _said: None,
    )
    eeg, camera = LSLSource(source_id=source_id), LSLFrames(source_id=f"{source_id}-frames")
    eeg.open()
    camera.open()
    player = threading.Thread(target=run.play, args=(0.0, ()))
    player.start()
    assert len(frames_of(camera, 12)) == 12
    assert sum(map(len, read_all(eeg, 64))) == 64
    player.join()
    with pytest.raises(SourceLost):
        frames_of(camera, 1)
    eeg.close()
    camera.close()


class Damaged(ArrayFrames):
    """A video that cannot be read."""

    def frames(self, start: int = 0) -> Iterator[FrameSample]:  # noqa: ARG002 - the protocol's
        raise DatasetError("The video film.avi cannot be read: it ends too early.")


def test_a_video_that_cannot_be_read_is_said_and_the_eeg_plays() -> None:
    broken = recording(0.2)
    object.__setattr__(broken, "frames", Damaged(np.arange(5) / FPS))
    said: list[str] = []
    run = ReplayRun(
        Playlist([PlaylistItem(broken, 0.0, 0.2)]),
        CLOCK,
        speed=1.0,
        name="broken",
        source_id=f"broken-{uuid.uuid4()}",
        say=said.append,
    )
    assert said == ["Without pictures: The video film.avi cannot be read: it ends too early."]
    assert "--camera" not in run.heading()
    run.play(0.0, ())


def test_what_there_is_to_see_is_known_before_it_plays() -> None:
    assert picture_size(films().playlist) == (8, 8)
    blind = recording(1.0)
    object.__setattr__(blind, "frames", None)
    assert picture_size(Playlist([PlaylistItem(blind, 0.0, 1.0)])) is None


@contextmanager
def watched(trial: Recording, predictor: WatchingPredictor) -> Iterator[tuple[Engine, ReplayRun]]:
    """The app's engine on what `milmer-live replay` publishes of the trial's beginning."""
    source_id = f"replay parity-{uuid.uuid4()}"
    playlist = Playlist([PlaylistItem(trial, 0.0, PLAYED_S)])
    run = ReplayRun(
        playlist, CLOCK, speed=1.0, name="parity", source_id=source_id, say=lambda _said: None
    )
    eeg, camera = spec_of(source_id=source_id), spec_of(source_id=f"{source_id}-frames")
    assert f"milmer-live live --eeg '{eeg}' --camera '{camera}'" in run.heading()
    engine = Engine(
        eeg_source(eeg),
        frame_source(camera),
        predictor,
        FaceDetector(paths.face_model(), FaceSettings()),
        QUICK,
        CLOCK,
        patience_s=5.0,
    )
    engine.start()
    player = threading.Thread(target=run.play, args=(0.0, ()))
    try:
        engine.wait_connected(20.0)
        player.start()
        yield engine, run
    finally:
        run.controls.ended.set()
        player.join()
        engine.stop()


def trained_on(trial: Recording) -> TrialFaces:
    """The faces that training takes from the video."""
    with FaceDetector(paths.face_model(), FaceSettings()) as detect:
        return find_faces(trial, detect, QUICK, CROP_SIZE)


@pytest.mark.timeout(300)
def test_windows_of_a_replayed_trial_are_those_of_training(
    trial: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EEG and pictures through LSL, as another process would send them; however busy the
    machine is, no picture is left out here."""
    monkeypatch.setattr("milmer_live.acquisition.replay.frames.LATE_S", 10.0)
    predictor = WatchingPredictor()
    planner = WindowPlanner(QUICK.window)
    played = round(PLAYED_S * trial.info.sample_rate)
    last = planner.count(played) - 1
    expected, faces = preprocess(trial, QUICK), trained_on(trial)
    of_slot = {int(slot): row for row, slot in enumerate(faces.slots)}
    with watched(trial, predictor) as (engine, run):
        wait_until(lambda: any(window.index == last for window in predictor.windows), 30.0)
        origin = run.timeline.time_of(0.0)
        counters = engine.snapshot().counters
    assert (counters.frames_dropped, counters.eeg_gaps, counters.samples_lost) == (0, 0, 0)
    assert counters.frames_received == 35
    assert len(predictor.windows) > last / 2
    shown = 0
    for window in predictor.windows:
        first, stop = planner.samples(window.index)
        np.testing.assert_allclose(window.eeg, expected[first:stop].T, rtol=0, atol=1e-4)
        for slot, face in zip(planner.slots(window.index), window.faces, strict=True):
            row = of_slot.get(slot)
            in_time = row is not None and faces.times[row] < planner.span(window.index)[1] - 1e-3
            assert (face is not None) == in_time
            if face is not None and row is not None:
                assert face.time - origin == pytest.approx(faces.times[row], abs=1e-3)
                np.testing.assert_array_equal(face.image, faces.images[row])
                shown += 1
    assert shown > 50


def replaying(root: Path, source_id: str, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "milmer_live", "replay", str(root), "--subject", "1"]
    command += ["--trial", "1", "--loop", "--source-id", source_id, "--start", "4", *options]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.timeout(300)
def test_a_replay_that_is_killed_is_a_lost_camera_and_comes_back(tmp_path: Path) -> None:
    root = write_tree(tmp_path)
    write_video(root, 1, 4, fps=10, n_frames=600)
    source_id = f"killed-{uuid.uuid4()}"
    engine = Engine(
        eeg_source(spec_of(source_id=source_id)),
        frame_source(spec_of(source_id=f"{source_id}-frames")),
        WatchingPredictor(),
        whole_frame,
        QUICK,
        CLOCK,
    )

    def camera() -> SourceState:
        return engine.snapshot(eeg_seconds=0.0).sources[1].state

    def frames() -> int:
        return engine.snapshot(eeg_seconds=0.0).counters.frames_received

    sender = replaying(root, source_id)
    engine.start()
    try:
        assert sender.stdout is not None
        assert "pictures as 'MilmerLive-Replay-frames'" in sender.stdout.readline()
        assert f"--camera lsl:source_id={source_id}-frames" in sender.stdout.readline()
        wait_until(lambda: frames() > 10, 60.0)
        sender.kill()
        killed_at = CLOCK.now()
        wait_until(lambda: camera() is SourceState.LOST)
        assert CLOCK.now() - killed_at < 2.0  # 1 s is promised; the rest is for a busy machine
        assert "The camera 'MilmerLive-Replay-frames' is gone" in engine.snapshot().fault
        sender.communicate()
        sender = replaying(root, source_id)
        before = frames()
        wait_until(lambda: frames() > before + 10, 60.0)
        wait_until(lambda: (camera(), engine.snapshot().fault) == (SourceState.LIVE, ""), 30.0)
    finally:
        sender.kill()
        sender.communicate()
        engine.stop()


@pytest.mark.timeout(300)
def test_what_is_typed_moves_eeg_and_pictures_together(tmp_path: Path) -> None:
    """In the process that a user starts: paused, moved, played on, ended."""
    root = write_tree(tmp_path)
    write_video(root, 1, 4, fps=10, n_frames=600)
    source_id = f"typed-{uuid.uuid4()}"
    with replaying(root, source_id) as sender:
        assert sender.stdin is not None
        assert sender.stdout is not None
        try:
            eeg = LSLSource(source_id=source_id, timeout_s=30.0)
            source = LSLFrames(source_id=f"{source_id}-frames", timeout_s=30.0)
            eeg.open()
            source.open()
            assert read_all(eeg, 64)
            assert len(frames_of(source, 3)) == 3
            sender.stdin.write("p\ns 20\n")
            sender.stdin.flush()
            said = [sender.stdout.readline() for _ in range(4)]
            assert said[3] == "paused at 20.0 s\n"
            while source.read(0.5) is not None or eeg.read(0.0) is not None:
                pass
            sender.stdin.write("p\n")
            sender.stdin.flush()
            first = read_all(eeg, 1)[0]
            frame = frames_of(source, 1)[0]
            since_s = frame.time - float(first.times[0])
            assert -0.01 < since_s < 2.0
            assert since_s == pytest.approx(round(10 * since_s) / 10, abs=2e-3), "10 a second"
            sender.stdin.write("q\n")
            sender.stdin.flush()
            assert sender.wait(20.0) == 0
        finally:
            sender.kill()
            eeg.close()
            source.close()
