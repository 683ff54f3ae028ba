"""What a picture tells of a face beside its box: how it is turned, how sharp and lit it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from milmer_live.samples import FaceBox, FacePoint, Float64, UInt8

SIDE = 128  # pixels to which a larger face is brought, so that sharpness is comparable


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """NaN where it is not known.

    `roll_deg` is how far the eyes are from level, positive where the right one in the picture is
    lower. `yaw` is where the nose lies between the ears, from -1 (at the left one in the picture)
    over 0 (in the middle) to 1. `size` is the face's height and `edge` its distance to the nearest
    edge of the picture, both in heights of the picture; `edge` is negative where it is cut off.
    `sharpness` is the standard deviation of the Laplacian in that of the grey levels; `light` their
    mean, 0 to 255.
    """

    roll_deg: float = math.nan
    yaw: float = math.nan
    size: float = math.nan
    sharpness: float = math.nan
    light: float = math.nan
    edge: float = math.nan


UNMEASURED = FaceMeasures()


def measure(image: UInt8, box: FaceBox) -> FaceMeasures:
    """Of the face in `box` of `image` (height, width, 3) RGB."""
    height, width = image.shape[:2]
    roll_deg, yaw = _turned(box)
    sharpness, light = _seen(image, box)
    to_edge = min(box.x, box.y, width - box.x - box.width, height - box.y - box.height)
    return FaceMeasures(
        roll_deg, yaw, box.height / height, sharpness, light, float(to_edge) / height
    )


def eyes(box: FaceBox) -> tuple[Float64, float] | None:
    """(2,) the middle between the eyes in pixels, and the angle between them in radians, positive
    where the right one in the picture is lower. None without key points."""
    if not box.points:
        return None
    left, right = (np.array(box.points[eye]) for eye in (FacePoint.LEFT_EYE, FacePoint.RIGHT_EYE))
    across, down = right - left
    return (left + right) / 2, math.atan2(down, across)


def _turned(box: FaceBox) -> tuple[float, float]:
    known = eyes(box)
    if known is None:
        return math.nan, math.nan
    _, roll = known
    ears = (box.points[ear] for ear in (FacePoint.LEFT_EAR, FacePoint.RIGHT_EAR))
    left, right = (np.array(ear) for ear in ears)
    apart = float(np.linalg.norm(right - left))
    if not apart:
        return math.degrees(roll), math.nan
    along = (right - left) / apart
    nose = np.array(box.points[FacePoint.NOSE]) - (left + right) / 2
    return math.degrees(roll), float(np.clip(2 * (nose @ along) / apart, -1, 1))


def _seen(image: UInt8, box: FaceBox) -> tuple[float, float]:
    height, width = image.shape[:2]
    left, right = (int(np.clip(x, 0, width)) for x in (box.x, box.x + box.width))
    top, bottom = (int(np.clip(y, 0, height)) for y in (box.y, box.y + box.height))
    if right - left < 3 or bottom - top < 3:
        return math.nan, math.nan
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    if max(grey.shape) > SIDE:
        scale = SIDE / max(grey.shape)
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    spread = float(grey.std())
    edges = float(cv2.Laplacian(grey, cv2.CV_32F).std())
    return edges / spread if spread else 0.0, float(grey.mean())
