"""What a face looks like: robust against light, noise and size; different for another person."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest

from milmer_live.processing.faces.appearance import (
    MEMORY,
    SAME,
    FaceLook,
    FaceMemory,
    look_of,
)
from milmer_live.samples import FaceBox, UInt8
from milmer_live.synthetic.face.drawing import FaceArtist
from milmer_live.synthetic.face.features import Expression
from milmer_live.synthetic.face.looks import draw_looks
from milmer_live.synthetic.motion import (
    Light,
    Pose,
)

BOX = FaceBox(95, 110, 130, 150, 0.9)
ANN, BEN = 0, 3  # of the drawn people, two who do not look alike


@cache
def artist(who: int) -> FaceArtist:
    rng = np.random.default_rng(0)
    looks = [draw_looks(rng) for _ in range(who + 1)][who]
    return FaceArtist(looks, (320, 360), np.random.default_rng(who))


def drawn(who: int, n: int = 0) -> UInt8:
    turn = float(np.sin(n))
    pose = Pose(turn_x=0.2 * turn, turn_y=0.1 * turn)
    return artist(who).draw(pose, Expression(0.4 * turn, 0.2, 1.0), Light(), n)


def test_a_look_is_like_itself_and_unlike_another_persons() -> None:
    ann, smiling, ben = (look_of(drawn(who, n), BOX) for who, n in ((ANN, 0), (ANN, 2), (BEN, 0)))
    assert ann.likeness(ann) == pytest.approx(1.0)
    assert ann.likeness_in_colour(smiling) > SAME > ann.likeness_in_colour(ben)


@pytest.mark.parametrize(
    "change",
    [
        lambda image: cv2.convertScaleAbs(image, alpha=0.85),
        lambda image: cv2.convertScaleAbs(image, alpha=1.15),
        lambda image: image + np.random.default_rng(1).integers(0, 6, image.shape, np.uint8),
        lambda image: cv2.resize(cv2.resize(image, (160, 180)), (320, 360)),
    ],
)
def test_light_noise_and_distance_do_not_make_it_another(change: Callable[[UInt8], UInt8]) -> None:
    memory = FaceMemory(look_of(drawn(ANN), BOX))
    other = np.asarray(change(np.minimum(drawn(ANN, 1), 249)), dtype=np.uint8)
    assert memory.likeness(look_of(other, BOX)) >= SAME


def test_the_background_is_not_part_of_it() -> None:
    image = drawn(ANN).copy()
    image[:60] = 255
    image[:, :60] = 0
    assert look_of(image, BOX).likeness(look_of(drawn(ANN), BOX)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "box", [FaceBox(-50, -60, 130, 150, 0.9), FaceBox(250, 300, 130, 150, 0.9)]
)
def test_a_face_at_the_edge_of_the_picture_has_a_look(box: FaceBox) -> None:
    look = look_of(drawn(ANN), box)
    assert np.isfinite(look.texture).all()
    assert np.linalg.norm(look.texture) == pytest.approx(1.0, abs=1e-5)


def test_a_box_beside_the_picture_or_of_no_size_has_a_look_too() -> None:
    for box in (FaceBox(900, 900, 50, 50, 0.9), FaceBox(20, 20, 0, 0, 0.9)):
        assert np.isfinite(look_of(drawn(ANN), box).skin).all()


def test_a_memory_keeps_what_is_new_and_no_more_than_it_has_room_for() -> None:
    rng = np.random.default_rng(2)

    def anybody() -> FaceLook:
        return look_of(rng.integers(0, 256, (360, 320, 3), dtype=np.uint8), BOX)

    first = anybody()
    memory = FaceMemory(first)
    memory.learn(first)
    assert len(memory) == 1
    for _ in range(2 * MEMORY):
        memory.learn(anybody())
    assert len(memory) == MEMORY


def test_other_colours_count_against_a_likeness() -> None:
    ann = look_of(drawn(ANN), BOX)
    blue = look_of(np.ascontiguousarray(drawn(ANN)[..., ::-1]), BOX)
    assert ann.likeness(blue) > 0.85
    assert ann.likeness_in_colour(blue) < ann.likeness(blue)
    assert ann.likeness_in_colour(ann) == ann.likeness(ann)
