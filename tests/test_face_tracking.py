"""Which face is the participant's: from one picture to the next, among several, by a click."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from milmer_live.config import FaceTracking
from milmer_live.processing.face_tracking import FacesSeen, FaceTracker
from milmer_live.processing.faces import follow_face
from milmer_live.samples import FaceBox, FrameSample, UInt8, frozen

SIZE = (240, 320)
EVERY_S = 0.04


def texture(seed: int, side: int) -> UInt8:
    """(side, side, 3) blotches with corners enough to be followed."""
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2.5) * 1.6 % 256, dtype=np.uint8)


def picture(*boxes: FaceBox) -> UInt8:
    image = np.full((*SIZE, 3), 90, dtype=np.uint8)
    for seed, box in enumerate(boxes):
        x, y, side = round(box.x), round(box.y), round(box.width)
        image[y : y + side, x : x + side] = texture(seed, side)
    return frozen(image)


def box(x: float, y: float = 60, side: float = 80) -> FaceBox:
    return FaceBox(x, y, side, side, 0.9)


class Detections:
    """A detector that finds what the test says, frame by frame."""

    def __init__(self, *by_frame: tuple[FaceBox, ...]) -> None:
        self._by_frame = by_frame
        self.asked: list[int] = []

    def __call__(self, frame: FrameSample) -> FaceBox | None:
        return next(iter(self.all(frame)), None)

    def all(self, frame: FrameSample) -> tuple[FaceBox, ...]:
        self.asked.append(frame.index)
        found = self._by_frame[frame.index]
        return tuple(sorted(found, key=lambda face: -face.width))


def frame(index: int, image: UInt8, time: float | None = None) -> FrameSample:
    return FrameSample(image, index * EVERY_S if time is None else time, index)


def watched(tracker: FaceTracker, *scenes: tuple[FaceBox, ...]) -> list[FacesSeen]:
    return [tracker.see(frame(n, picture(*scene))) for n, scene in enumerate(scenes)]


def test_a_face_that_the_detector_misses_is_followed_where_it_goes() -> None:
    scenes = [(box(60 + 3 * n),) for n in range(6)]
    misses = Detections(*(scene if n < 2 else () for n, scene in enumerate(scenes)))
    seen = watched(FaceTracker(misses, FaceTracking()), *scenes)
    assert [one.tracked for one in seen] == [False, False, True, True, True, True]
    for scene, one in zip(scenes, seen, strict=True):
        assert one.chosen is not None
        assert one.chosen.x == pytest.approx(scene[0].x, abs=1.0)


def test_a_face_that_stays_away_is_gone_after_a_while() -> None:
    scenes = [(box(60),)] * 8
    tracker = FaceTracker(Detections(*scenes[:1], *[()] * 7), FaceTracking(hold_s=0.1))
    seen = watched(tracker, *scenes)
    assert [one.chosen is not None for one in seen] == [True] * 3 + [False] * 5


def test_where_nothing_is_to_be_seen_nothing_is_followed() -> None:
    blank: UInt8 = np.full((*SIZE, 3), 90, dtype=np.uint8)
    assert follow_face(picture(box(60)), blank, box(60)) is None
    assert follow_face(blank, blank, box(60)) is None
    assert follow_face(picture(box(60)), blank[:100], box(60)) is None


def test_between_detections_a_face_is_followed() -> None:
    scenes = [(box(60 + 2 * n),) for n in range(7)]
    detections = Detections(*scenes)
    seen = watched(FaceTracker(detections, FaceTracking(detect_every=3)), *scenes)
    assert detections.asked == [0, 3, 6]
    assert [one.tracked for one in seen] == [False, True, True, False, True, True, False]


def test_of_several_faces_the_nearest_to_the_last_is_kept_though_another_is_larger() -> None:
    mine, other = box(30), box(190, side=110)
    scenes: list[tuple[FaceBox, ...]] = [(mine,), (mine, other), (mine, other)]
    seen = watched(FaceTracker(Detections(*scenes), FaceTracking()), *scenes)
    assert [one.chosen for one in seen] == [mine] * 3
    assert seen[-1].faces == (other, mine)
    seen = watched(FaceTracker(Detections(*scenes), FaceTracking(choice="largest")), *scenes)
    assert [one.chosen for one in seen] == [mine, other, other]


def test_a_click_chooses_and_is_not_forgotten_when_that_face_is_missed_once() -> None:
    left, right = box(30, side=100), box(200, side=70)
    both, alone = (left, right), (left,)
    tracker = FaceTracker(Detections(both, both, both, alone, both), FaceTracking())
    chosen: list[FaceBox | None] = []
    for n in range(5):
        if n == 1:
            tracker.choose(300, 230)  # beside any face
        if n == 2:
            tracker.choose(210, 80)
        chosen.append(tracker.see(frame(n, picture(*both))).chosen)
    assert chosen[:3] == [left, left, right]
    assert chosen[3] is not None
    assert chosen[3].x == pytest.approx(right.x, abs=1.0), "followed, and not swapped for another"
    assert chosen[4] == right
    assert tracker.pinned
    tracker.choose_automatically()
    assert not tracker.pinned


def test_a_clicked_face_that_has_left_gives_way_in_the_end() -> None:
    left, right = box(30, side=100), box(200, side=70)
    tracker = FaceTracker(Detections((left, right), (left,), (left,)), FaceTracking())
    tracker.choose(210, 80)
    assert tracker.see(frame(0, picture(left, right), 0.0)).chosen == right
    assert tracker.see(frame(1, picture(left), 1.0)).chosen is None
    assert tracker.see(frame(2, picture(left), 4.0)).chosen == left
    assert not tracker.pinned


def test_each_track_has_a_number_of_its_own_that_stays() -> None:
    mine, other = box(30), box(190)
    scenes = [(mine,), (box(40), other), (), (box(50), other), (other,), (box(60), other)]
    detections = Detections(*scenes)
    tracker = FaceTracker(detections, FaceTracking(hold_s=0.5))
    seen = watched(tracker, *scenes)
    numbers = [sorted(face.number for face in one.faces) for one in seen]
    assert numbers == [[1], [1, 2], [], [1, 2], [2], [1, 2]]
    chosen = [one.chosen.number for one in seen if one.chosen]
    assert chosen == [1, 1, 1, 2, 2], "the other is taken while it is alone, and that is told"


def test_a_face_that_was_gone_for_long_begins_another_track() -> None:
    scene = (box(60),)
    tracker = FaceTracker(Detections(scene, (), (), scene), FaceTracking(hold_s=0.5))
    blank: UInt8 = np.full((*SIZE, 3), 90, dtype=np.uint8)
    first = tracker.see(frame(0, picture(*scene), 0.0)).chosen
    assert tracker.see(frame(1, blank, 0.3)).chosen is None
    assert tracker.see(frame(2, blank, 0.9)).chosen is None
    again = tracker.see(frame(3, picture(*scene), 1.2)).chosen
    assert first is not None
    assert again is not None
    assert (first.number, again.number) == (1, 2)


def test_a_face_far_from_the_last_is_another() -> None:
    tracker = FaceTracker(Detections((box(20),), (box(220),)), FaceTracking())
    seen = watched(tracker, (box(20),), (box(220),))
    assert [one.faces[0].number for one in seen] == [1, 2]


def test_a_face_that_is_followed_keeps_its_number() -> None:
    scenes = [(box(20 + 3 * n),) for n in range(30)]
    seen = watched(
        FaceTracker(Detections(*scenes), FaceTracking(detect_every=10, hold_s=0.5)), *scenes
    )
    assert {one.chosen.number for one in seen if one.chosen} == {1}
    assert len([one for one in seen if one.chosen]) == 30
