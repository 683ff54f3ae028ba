"""Small, capped and dim faces: where they are looked for, and that they are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import cv2
import numpy as np
import pytest

from milmer_live.config import FaceSettings, FaceTracking
from milmer_live.paths import face_model
from milmer_live.processing.faces.detection import FaceDetector
from milmer_live.processing.faces.search import (
    LARGE,
    SECOND_LOOK,
    UNSURE,
    confirmed,
    overlap,
    search,
    second_look,
    squares,
    still_there,
)
from milmer_live.processing.faces.tracking import FaceTracker
from milmer_live.samples import FaceBox, FacePoint, FrameSample, UInt8, frozen
from milmer_live.synthetic.participant import Participant

SIZES = [(640, 480), (1280, 720), (1920, 1080)]
DRAWN = (640, 480)


@pytest.fixture(scope="module")
def detector() -> Iterator[FaceDetector]:
    with FaceDetector(face_model(), FaceSettings()) as made:
        yield made


@cache
def portrait(number: int, *, cap: bool) -> UInt8:
    person = Participant(seed=4, number=number, cap=cap)
    ratings = person.ratings(1)[0]
    return next(person.frames(person.artist(DRAWN), 1, ratings, 25.0))


def scene(
    size: tuple[int, int], share: float, *, number: int = 1, cap: bool = False, at: float = 0.3
) -> FrameSample:
    """A portrait in a frame of `size`, its face about `share` of the height, in front of grey."""
    width, height = size
    scale = share * height / (0.46 * DRAWN[1])  # what the detector takes for a face in a portrait
    drawn = cv2.resize(
        portrait(number, cap=cap), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
    )
    image = np.full((height, width, 3), 120, dtype=np.uint8)
    top, left = (round(at * (height - drawn.shape[0])), round(at * (width - drawn.shape[1])))
    image[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    return FrameSample(frozen(image), 0.0, 0)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (1920, 1080), (480, 640), (128, 96)])
def test_squares_hold_every_face_of_up_to_a_fifth_whole(size: tuple[int, int]) -> None:
    width, height = size
    face = int(LARGE * min(size)) - 1
    cut = squares(width, height)
    assert len(cut) <= 8
    for left in range(0, width - face, 7):
        for top in range(0, height - face, 7):
            assert any(
                one.left <= left
                and one.top <= top
                and left + face <= one.left + one.side
                and top + face <= one.top + one.side
                for one in cut
            )


def test_a_candidate_counts_where_the_second_look_finds_it() -> None:
    image = np.zeros((200, 300, 3), dtype=np.uint8)
    image[80:100, 120:140] = 255

    def white(part: UInt8) -> Sequence[FaceBox]:
        rows, columns = np.nonzero(part[..., 0])
        if not len(rows):
            return []
        top, left = int(rows.min()), int(columns.min())
        side = float(rows.max() + 1 - top)
        return [FaceBox(left, top, side, side, 0.9, points=((left, top),))]

    true, false = FaceBox(110, 75, 30, 30, 0.4), FaceBox(10, 10, 30, 30, 0.5)
    assert second_look(image, white, true) == FaceBox(120, 80, 20, 20, 0.9)
    assert second_look(image, white, false) is None
    (face,) = confirmed(image, [false, true, FaceBox(115, 75, 30, 30, 0.3)], white)
    assert face.points == ((120, 80),), "in pixels of the whole picture"
    assert search(image, lambda _: [], white) == []


@pytest.mark.parametrize(
    ("score", "near_too", "counts"),
    [(UNSURE - 0.01, False, False), (UNSURE - 0.01, True, True), (UNSURE, False, True)],
)
def test_what_is_not_very_sure_has_to_look_like_a_face_from_nearer_too(
    score: float, near_too: bool, counts: bool
) -> None:
    """As do letters, a logo or a sleeve, from one distance alone."""
    image, candidate = np.zeros((400, 400, 3), dtype=np.uint8), FaceBox(190, 190, 20, 20, 0.5)

    def from_afar(part: UInt8) -> Sequence[FaceBox]:
        middle = len(part) / 2 - 10
        is_far = len(part) == round(SECOND_LOOK * 20)
        return [FaceBox(middle, middle, 20, 20, score)] if is_far or near_too else []

    assert bool(confirmed(image, [candidate], from_afar)) == counts
    assert still_there(image, [candidate], from_afar), "which is asked of a face that counted"


def test_a_face_at_the_edge_is_looked_at_with_black_around_it() -> None:
    image = np.full((100, 100, 3), 7, dtype=np.uint8)
    shown: list[UInt8] = []

    def keep(part: UInt8) -> Sequence[FaceBox]:
        shown.append(part)
        return []

    second_look(image, keep, FaceBox(-10, 40, 40, 40, 0.5))
    (part,) = shown
    assert part.shape == (104, 104, 3)
    assert not part[:, :42].any()
    assert (part[10:90, 42:] == 7).all()


def test_overlap_is_the_shared_part_of_both() -> None:
    one = FaceBox(0, 0, 10, 10, 0.9)
    assert overlap(one, one) == 1.0
    assert overlap(one, FaceBox(5, 0, 10, 10, 0.9)) == pytest.approx(1 / 3)
    assert overlap(one, FaceBox(20, 0, 10, 10, 0.9)) == 0.0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("share", "cap"), [(0.09, False), (0.15, True), (0.3, True)])
@pytest.mark.parametrize("light", [1.0, 1 / 8])
def test_small_capped_and_dim_faces_are_found(
    detector: FaceDetector, size: tuple[int, int], share: float, cap: bool, light: float
) -> None:
    frame = scene(size, share, number=2, cap=cap)
    dim = frozen(np.asarray(frame.image * light, dtype=np.uint8))
    (face,) = detector.all(FrameSample(dim, 0.0, 0))
    assert face.score >= 0.7
    assert face.height == pytest.approx(share * size[1], rel=0.2)


def test_six_key_points_lie_where_they_belong(detector: FaceDetector) -> None:
    (face,) = detector.all(scene((1280, 720), 0.15))
    points = {point: face.points[point] for point in FacePoint}
    left, right = points[FacePoint.LEFT_EYE], points[FacePoint.RIGHT_EYE]
    assert len(face.points) == 6
    assert left[0] < points[FacePoint.NOSE][0] < right[0]
    assert left[1] < points[FacePoint.NOSE][1] < points[FacePoint.MOUTH][1] < face.y + face.height


@pytest.mark.parametrize("size", SIZES)
def test_nobody_is_found_where_nobody_is(detector: FaceDetector, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(2).normal(120, 3, (size[1], size[0], 3))
    image = cv2.rectangle(noise.astype(np.uint8), (40, 40), (200, 300), (90, 60, 50), -1)
    assert detector.all(FrameSample(frozen(np.asarray(image, np.uint8)), 0.0, 0)) == ()


def test_between_two_looks_a_face_is_found_again_where_it_was(detector: FaceDetector) -> None:
    tracker = FaceTracker(detector, FaceTracking())
    frames = [scene((1280, 720), 0.12, at=0.3 + 0.002 * n) for n in range(4)]
    seen = [
        tracker.see(FrameSample(frame.image, n / 25, n), anew=n == 0)
        for n, frame in enumerate(frames)
    ]
    faces = [one.chosen for one in seen]
    assert all(face is not None for face in faces)
    assert faces[-1] is not None
    assert faces[-1].points
    (whole,) = detector.all(frames[-1])
    assert overlap(faces[-1], whole) > 0.9


def test_between_two_looks_nobody_new_is_looked_for(detector: FaceDetector) -> None:
    tracker = FaceTracker(detector, FaceTracking())
    empty = FrameSample(frozen(np.full((720, 1280, 3), 120, dtype=np.uint8)), 0.0, 0)
    tracker.see(empty)
    person = scene((1280, 720), 0.3)
    assert tracker.see(FrameSample(person.image, 0.04, 1), anew=False).faces == ()
    assert tracker.see(FrameSample(person.image, 0.08, 2)).faces
