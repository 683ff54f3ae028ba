"""How a face is turned, lit and cut out."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from milmer_live.config import FaceSettings
from milmer_live.errors import ModelError
from milmer_live.processing.faces.detection import (
    crop_face,
    paste_face,
)
from milmer_live.processing.faces.measures import measure
from milmer_live.samples import CROP_SIZE, FaceBox, FrameSample, UInt8, frozen

ALIGNED = FaceSettings(crop="aligned")
SIZE = (640, 480)


def box(roll_deg: float = 0.0, nose: float = 0.0) -> FaceBox:
    """A face of 100 pixels around (320, 240); `nose` is where it lies between the ears."""
    cos, sin = math.cos(math.radians(roll_deg)), math.sin(math.radians(roll_deg))
    at = [(-20, -15), (20, -15), (45 * nose, 5), (0, 25), (-45, -10), (45, -10)]
    points = tuple((320 + cos * x - sin * y, 240 + sin * x + cos * y) for x, y in at)
    return FaceBox(270, 190, 100, 100, 0.9, points=points)


def with_eyes(face: FaceBox) -> UInt8:
    """Grey, with a white dot on each eye."""
    image = np.full((SIZE[1], SIZE[0], 3), 90, dtype=np.uint8)
    for x, y in face.points[:2]:
        cv2.circle(image, (round(x), round(y)), 3, (255, 255, 255), -1)
    return frozen(image)


def eyes_in(crop: UInt8) -> list[tuple[float, float]]:
    """Centres of the dots in shares of the crop, from left to right."""
    count, _, _, centres = cv2.connectedComponentsWithStats((crop[..., 0] > 200).astype(np.uint8))
    assert count == 3
    return sorted((x / CROP_SIZE, y / CROP_SIZE) for x, y in centres[1:].tolist())


@pytest.mark.parametrize("roll_deg", [-30.0, 0.0, 20.0])
def test_in_an_aligned_crop_the_eyes_are_level_and_at_their_place(roll_deg: float) -> None:
    face = box(roll_deg)
    crop = crop_face(FrameSample(with_eyes(face), 0.0, 0), face, ALIGNED)
    (left, y), (right, other_y) = eyes_in(crop.image)
    assert (y, other_y) == pytest.approx((0.41, 0.41), abs=0.01)
    assert (left + right) / 2 == pytest.approx(0.5, abs=0.01)
    assert right - left == pytest.approx(40 / 120, abs=0.01), "as large as in the box, grown"


def test_a_crop_of_the_box_is_as_it_was() -> None:
    face = box(20)
    image = with_eyes(face)
    crop = crop_face(FrameSample(image, 0.0, 0), face, FaceSettings())
    assert FaceSettings().crop == "box", "what the checkpoints that are there have learned"
    bare = crop_face(FrameSample(image, 0.0, 0), replace(face, points=()), FaceSettings())
    np.testing.assert_array_equal(crop.image, bare.image)


def test_an_aligned_crop_is_put_back_in_its_place() -> None:
    face = box(15)
    image = with_eyes(face)
    crop = crop_face(FrameSample(image, 0.0, 0), face, ALIGNED)
    back = paste_face(crop.image, face, SIZE, ALIGNED)
    part = np.s_[210:260, 290:350]
    assert np.abs(back[part].astype(int) - image[part].astype(int)).mean() < 4


def test_a_face_without_key_points_is_not_aligned_quietly() -> None:
    face = replace(box(), points=())
    with pytest.raises(ModelError, match="key points"):
        crop_face(FrameSample(with_eyes(box()), 0.0, 0), face, ALIGNED)


@pytest.mark.parametrize(("roll_deg", "nose"), [(0, 0), (12, 0.5), (-25, -0.8)])
def test_how_a_face_is_turned(roll_deg: float, nose: float) -> None:
    face = box(roll_deg, nose)
    found = measure(with_eyes(face), face)
    assert found.roll_deg == pytest.approx(roll_deg, abs=1e-6)
    assert found.yaw == pytest.approx(nose, abs=1e-6)


def test_how_large_sharp_and_lit_it_is_and_how_near_the_edge() -> None:
    rng = np.random.default_rng(1)
    noise = frozen(rng.integers(60, 100, (SIZE[1], SIZE[0], 3), dtype=np.uint8))
    blurred = frozen(np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), dtype=np.uint8))
    sharp, soft = measure(noise, box()), measure(blurred, box())
    assert sharp.sharpness > 2 * soft.sharpness
    assert sharp.light == pytest.approx(80, abs=2)
    assert sharp.size == pytest.approx(100 / 480)
    assert sharp.edge == pytest.approx(190 / 480)
    cut = measure(noise, replace(box(), x=-30))
    assert cut.edge == pytest.approx(-30 / 480)
    assert math.isnan(measure(noise, replace(box(), x=-200)).light), "nothing of it is seen"
    assert math.isnan(measure(noise, replace(box(), points=())).yaw)
