"""The window says why no face is found, and says nothing that was not tried."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from live_tools import ScriptedFrames

from milmer_live.clock import FakeClock
from milmer_live.config import FaceSettings, Preprocessing, WindowSettings
from milmer_live.live.signal.buffers import FaceGrid
from milmer_live.live.sources.camera_worker import CameraWorker
from milmer_live.live.sources.face_events import FaceNews
from milmer_live.live.workers import Faults
from milmer_live.paths import face_model
from milmer_live.processing.faces.detection import FaceDetector
from milmer_live.processing.faces.no_face import (
    NoFace,
    NoFaceReason,
)
from milmer_live.processing.faces.tracking import FacesSeen
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import FaceBox, FrameSample, UInt8, frozen
from milmer_live.synthetic.participant import Participant

SIZE = (1280, 720)
A_ROUND = 90  # looks in which every reason has been tried


@pytest.fixture(scope="module")
def detector() -> Iterator[FaceDetector]:
    with FaceDetector(face_model(), FaceSettings()) as made:
        yield made


@pytest.fixture(scope="module")
def portrait() -> UInt8:
    """At (640, 480), the face from x 215 to 422 and y 172 to 379."""
    person = Participant(seed=4, number=2, cap=True)
    return next(person.frames(person.artist((640, 480)), 1, person.ratings(1)[0], 25.0))


def placed(portrait: UInt8, left: int, top: int, scale: float = 1.0, light: float = 1.0) -> UInt8:
    """The portrait in a grey frame, with what is beyond the frame cut off."""
    to_frame = np.array([[scale, 0.0, left], [0.0, scale, top]])
    small = cv2.GaussianBlur(portrait, (0, 0), max(0.1, 0.4 / scale))
    grey = np.full((SIZE[1], SIZE[0], 3), 120, dtype=np.uint8)
    cv2.warpAffine(small, to_frame, SIZE, dst=grey, borderMode=cv2.BORDER_TRANSPARENT)
    return frozen(np.asarray(grey * light, dtype=np.uint8))


def reasons(detector: FaceDetector, image: UInt8) -> list[NoFace]:
    frame = FrameSample(image, 0.0, 0)
    assert detector.all(frame) == ()
    found = (detector.why_none(frame) for _ in range(A_ROUND))
    return [one for one in found if one is not None]


def test_a_face_that_is_too_small_says_how_small(detector: FaceDetector, portrait: UInt8) -> None:
    found = reasons(detector, placed(portrait, 400, 300, scale=0.12))
    assert {one.reason for one in found} == {NoFaceReason.SMALL}
    assert found[0].share == pytest.approx(0.033, abs=0.01)


def test_a_face_in_the_dark(detector: FaceDetector, portrait: UInt8) -> None:
    found = reasons(detector, placed(portrait, 300, 150, light=1 / 50))
    assert {one.reason for one in found} == {NoFaceReason.DARK}


@pytest.mark.parametrize(("left", "top"), [(-298, 100), (300, -254), (928, 100)])
def test_a_face_that_is_cut_off(
    detector: FaceDetector, portrait: UInt8, left: int, top: int
) -> None:
    found = reasons(detector, placed(portrait, left, top))
    assert {one.reason for one in found} == {NoFaceReason.CUT_OFF}


@pytest.mark.parametrize("level", [0, 10, 120])
def test_nothing_is_said_of_a_picture_without_anybody(detector: FaceDetector, level: int) -> None:
    noise = np.random.default_rng(1).normal(level, 3, (SIZE[1], SIZE[0], 3))
    image = frozen(np.clip(noise, 0, 255).astype(np.uint8))
    assert reasons(detector, image) == []


def noisy(image: UInt8, n: int) -> UInt8:
    """No two pictures are the same, as a camera gives them."""
    noise = np.random.default_rng(n).integers(-4, 5, image.shape)
    return frozen(np.clip(image + noise, 0, 255).astype(np.uint8))


def test_the_camera_says_why_no_face_is_found(portrait: UInt8) -> None:
    away, clock, faults = placed(portrait, 400, 300, scale=0.12), FakeClock(1000.0), Faults()
    near = placed(portrait, 300, 150)
    shown = [away] * (A_ROUND + 40) + [near] * 10  # 30 in the first second, and each slot's first
    frames = [FrameSample(noisy(image, n), 1000.0 + n / 30, n) for n, image in enumerate(shown)]
    grid = FaceGrid(WindowSettings())
    grid.start(WindowPlanner(WindowSettings(), 1000.0))
    detect = FaceDetector(face_model(), FaceSettings())
    worker = CameraWorker(
        ScriptedFrames(frames),
        detect,
        Preprocessing(),
        grid,
        clock,
        faults,
        arrived=lambda: None,
    )
    told: list[str] = []
    try:
        for _ in range(len(shown) + 1):
            clock.advance(1 / 30)
            worker.step()
            told.append(faults.text)
    finally:
        worker.close()
    assert any("too small" in text for text in told)
    assert "too small" not in told[20], "it was asked why after a second"
    assert told[-1] == ""


SMALL = NoFace(NoFaceReason.SMALL, 0.04)


def test_the_reason_is_said_with_what_to_do() -> None:
    news = FaceNews()
    news.events(FacesSeen(), 0.0)
    assert not news.is_empty_since(0.5)
    news.events(FacesSeen(), 1.0)
    assert news.is_empty_since(1.0)
    news.explain(SMALL, 1.0)
    assert news.fault(2.0) == (
        "No face is found: there is one of 4 % of the picture's height, which is too small. "
        "Bring the camera to 50 % of its distance, or nearer."
    )
    news.explain(NoFace(NoFaceReason.DARK, 0.2), 2.0)
    assert "too dark" in news.fault(2.0)
    news.explain(NoFace(NoFaceReason.CUT_OFF, 0.2), 3.0)
    assert "cut off" in news.fault(3.0)


def test_the_reason_holds_until_a_face_is_found_or_it_is_old() -> None:
    news = FaceNews()
    news.events(FacesSeen(), 0.0)
    news.explain(SMALL, 1.0)
    news.explain(None, 2.0)
    assert news.fault(8.0)
    assert news.fault(10.0) == ""
    news.explain(SMALL, 10.0)
    news.events(FacesSeen((FaceBox(0, 0, 9, 9, 0.9, 1),)), 10.1)
    assert news.fault(10.1) == ""
    assert not news.is_empty_since(20.0)
