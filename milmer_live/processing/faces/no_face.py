"""Why no face is found in a picture: too small, too dark, or cut off at the edge.

Each reason is tried: the picture is looked at in smaller squares, made brighter, or continued
beyond its edges, and a reason holds only where a face is then found; at the threshold that counts,
and at `LIKELY` where half of the face cannot be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle

import cv2
import numpy as np

from milmer_live.processing.faces.search import (
    Find,
    Square,
    confirmed,
    squares,
)
from milmer_live.samples import FaceBox, UInt8

NEEDED = 0.08  # heights of a face in shorter sides of the picture, from which it is found

# In shorter sides of the picture.
FINE, FINE_OVERLAP = 0.31, 0.1  # squares for faces that are too small
BEYOND = 0.25  # by which the picture is continued

LIKELY = 0.5  # score of half a face

DARK = 40  # of 255: up to here the light parts of a picture make it a dark one
LIT = 200.0  # what they are brought to
LIGHT_PARTS = 95.0  # percentile
STEP = 8  # pixels of which one is looked at for that


class NoFaceReason(StrEnum):
    SMALL = "small"
    DARK = "dark"
    CUT_OFF = "cut off"


@dataclass(frozen=True, slots=True)
class NoFace:
    """`share` is the height of the face that is there, in shorter sides of the picture."""

    reason: NoFaceReason
    share: float


@dataclass(frozen=True, slots=True)
class _Look:
    """One square of a picture, after a change that a reason calls for."""

    reason: NoFaceReason
    square: Square

    def find(self, image: UInt8, faint: Find, sure: Find) -> NoFace | None:
        short = min(image.shape[:2])
        changed = _CHANGES[self.reason](image)
        if changed is None:
            return None
        for face in confirmed(changed, self.square.faces(changed, faint), sure):
            if _holds(self.reason, face, image):
                return NoFace(self.reason, face.height / short)
        return None


class WhyNoFace:
    """Looks at one square of each picture, so that no picture is held up: all reasons are tried
    once in about 65 pictures. For pictures in which no face was found; one thread calls it."""

    def __init__(self, faint: Find, sure: Find) -> None:
        self._faint, self._sure = faint, sure
        self._likely: Find = lambda image: [one for one in faint(image) if one.score >= LIKELY]
        self._size = (0, 0)
        self._looks: Iterator[_Look] = iter(())

    def look(self, image: UInt8) -> NoFace | None:
        """A reason that this picture shows, None where its next square shows none."""
        height, width = image.shape[:2]
        if (width, height) != self._size:
            self._size = (width, height)
            self._looks = cycle(_looks(width, height))
        look = next(self._looks)
        is_cut = look.reason is NoFaceReason.CUT_OFF
        return look.find(image, self._faint, self._likely if is_cut else self._sure)


def _looks(width: int, height: int) -> list[_Look]:
    beyond = round(BEYOND * min(width, height))
    wide = squares(width + 2 * beyond, height + 2 * beyond)
    return [
        *(_Look(NoFaceReason.DARK, one) for one in squares(width, height)),
        *(_Look(NoFaceReason.CUT_OFF, one) for one in wide),
        *(_Look(NoFaceReason.SMALL, one) for one in squares(width, height, FINE, FINE_OVERLAP)),
    ]


def _brightened(image: UInt8) -> UInt8 | None:
    """None where the picture is not dark."""
    light = float(np.percentile(image[::STEP, ::STEP], LIGHT_PARTS))
    if not 0 < light <= DARK:
        return None
    return np.asarray(cv2.convertScaleAbs(image, alpha=LIT / light), dtype=np.uint8)


def _continued(image: UInt8) -> UInt8:
    """The picture with its edge pixels repeated around it: black would look like an edge."""
    beyond = round(BEYOND * min(image.shape[:2]))
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.copyMakeBorder(image, *(beyond,) * 4, border), dtype=np.uint8)


def _holds(reason: NoFaceReason, face: FaceBox, image: UInt8) -> bool:
    """Whether a face that was found after the change is there for that reason."""
    height, width = image.shape[:2]
    if reason is NoFaceReason.SMALL:
        return bool(face.height < NEEDED * min(width, height))
    if reason is NoFaceReason.CUT_OFF:
        beyond = round(BEYOND * min(width, height))
        left, top = face.x - beyond, face.y - beyond
        right, bottom = width - left - face.width, height - top - face.height
        return bool(min(left, top, right, bottom) < 0)
    return True


_CHANGES: dict[NoFaceReason, Callable[[UInt8], UInt8 | None]] = {
    NoFaceReason.SMALL: lambda image: image,
    NoFaceReason.DARK: _brightened,
    NoFaceReason.CUT_OFF: _continued,
}
