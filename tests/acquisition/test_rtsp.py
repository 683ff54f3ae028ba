"""A network camera that speaks RTSP on loopback: its pictures, cut, stalled, restored, refused."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from camera_tools import SIZE, bar, bar_of, until_lost, watch
from live_tools import QUICK, ScriptedEEG, WatchingPredictor, wait_until, whole_frame
from rtsp_camera import RTSPCamera

from milmer_live.acquisition.camera.source import CameraSource
from milmer_live.acquisition.registry import frame_source
from milmer_live.clock import LSLClock, now
from milmer_live.errors import SourceNotFound
from milmer_live.live.engine import Engine
from milmer_live.live.state import SourceState


@pytest.fixture
def camera() -> Iterator[RTSPCamera]:
    running = RTSPCamera(bar, SIZE)
    yield running
    running.stop()


def test_its_pictures_come_in_order_and_are_stamped_when_they_are_grabbed(
    camera: RTSPCamera,
) -> None:
    source = CameraSource(camera.url())

    name = source.open()
    frames = watch(source, 25)
    source.close()

    assert name == "rtsp://127.0.0.1/live, 160 × 120"  # and no password
    assert camera.asked == ["OPTIONS", "DESCRIBE", "DESCRIBE", "SETUP", "PLAY"]
    assert "TCP" in camera.transports[0], "UDP would not get through routers"
    assert {frame.image.shape for frame in frames} == {(SIZE[1], SIZE[0], 3)}
    times = np.array([frame.time for frame in frames])
    assert (np.diff(times) > 0).all()
    shown = np.array([bar_of(frame) for frame in frames])
    np.testing.assert_array_equal(
        np.diff(shown) % 40, np.diff([frame.index for frame in frames]), "none is left out"
    )
    sent = np.array(camera.sent)
    age_s = [at - sent[n::40][sent[n::40] <= at][-1] for at, n in zip(times, shown, strict=True)]
    assert max(age_s) < 0.5, "what had been sent while it was opened is not shown as new"


def test_a_camera_that_is_cut_is_lost_and_comes_back(camera: RTSPCamera) -> None:
    source = CameraSource(camera.url())
    source.open()
    last = watch(source, 5)[-1]

    camera.stop()
    cut_at = now()
    error = until_lost(source)
    assert now() - cut_at < 2.0
    assert "gives no more pictures" in error.message
    assert "secret" not in str(error)
    with pytest.raises(SourceNotFound, match="gives no pictures"):
        source.open()

    restored = RTSPCamera(bar, SIZE, camera.server_address[1])
    try:
        source.open()
        again = watch(source, 1)[0]
    finally:
        source.close()
        restored.stop()
    assert again.index > last.index
    assert again.time > last.time


def test_a_camera_that_stalls_is_lost(camera: RTSPCamera) -> None:
    source = CameraSource(camera.url())
    source.open()
    watch(source, 3)
    camera.stalled.set()
    stalled_at = now()
    until_lost(source)
    assert now() - stalled_at < 5.0
    source.close()


def test_a_wrong_password_is_refused_and_not_repeated(camera: RTSPCamera) -> None:
    source = CameraSource(camera.url("guessed"))
    with pytest.raises(SourceNotFound, match="gives no pictures") as caught:
        source.open()
    assert "guessed" not in str(caught.value)
    assert "PLAY" not in camera.asked


def test_the_program_goes_on_with_it_when_it_is_back(camera: RTSPCamera) -> None:
    engine = Engine(
        ScriptedEEG([]),
        frame_source(f"camera:{camera.url()}"),
        WatchingPredictor(),
        whole_frame,
        QUICK,
        LSLClock(),
    )

    def state() -> SourceState:
        return engine.snapshot(eeg_seconds=0.0).sources[1].state

    def frames() -> int:
        return engine.snapshot(eeg_seconds=0.0).counters.frames_received

    engine.start()
    try:
        wait_until(lambda: frames() > 5, 20.0)
        camera.stop()
        wait_until(lambda: state() is SourceState.LOST)
        assert "gives no" in engine.snapshot().fault
        before = frames()
        restored = RTSPCamera(bar, SIZE, camera.server_address[1])
        try:
            wait_until(lambda: frames() > before + 5, 20.0)
            assert state() is SourceState.LIVE
        finally:
            restored.stop()
    finally:
        engine.stop()
