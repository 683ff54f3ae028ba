"""Where to look for faces in a picture, and at what scale: small, capped and dim ones included.

The detector sees 128 x 128 pixels. Of a 720p frame, a face of a fifth of the height is 14 of them,
and it is unsure of such a one. So candidates come from the whole picture and from overlapping
squares, at a low threshold, and each is looked at again in a square around it, in which a face
fills 49 of the 128 pixels, at the threshold that counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from milmer_live.samples import FaceBox, UInt8

# Lengths in shorter sides of the picture. Two rows of squares that overlap by `LARGE` hold a face
# of that size whole, wherever it is. Measured: a face of 8 % is a candidate there always.
SQUARE = 0.62
LARGE = 0.22
SECOND_LOOK = 2.6  # sides of a candidate's box
# What is taken for a face and is none has less than this: the largest of 24 in 3,840 pictures had
# 0.78. Of these a look from so near finds 20 no more, and still all of 990 faces as unsure.
UNSURE, THIRD_LOOK = 0.8, 1.8
SAME_FACE = 0.3  # overlap of two boxes, as a share of both together
SAME_CANDIDATE = 0.4

Find = Callable[[UInt8], Sequence[FaceBox]]
Look = Callable[[FaceBox], FaceBox | None]


@dataclass(frozen=True, slots=True)
class Square:
    """Left, top and side in pixels of a picture; it may reach beyond."""

    left: int
    top: int
    side: int

    def cut(self, image: UInt8) -> UInt8:
        """(side, side, 3); what lies outside the picture is black."""
        height, width = image.shape[:2]
        left, top = max(0, self.left), max(0, self.top)
        right, bottom = min(width, self.left + self.side), min(height, self.top + self.side)
        if (right - left, bottom - top) == (self.side, self.side):
            return image[top:bottom, left:right]
        made = np.zeros((self.side, self.side, 3), dtype=np.uint8)
        if right > left and bottom > top:
            x, y = left - self.left, top - self.top
            made[y : y + bottom - top, x : x + right - left] = image[top:bottom, left:right]
        return made

    def faces(self, image: UInt8, find: Find) -> Iterator[FaceBox]:
        """What `find` finds in this square of `image`, in pixels of the image."""
        for box in find(self.cut(image)):
            yield shifted(box, self.left, self.top)


def squares(width: int, height: int, side: float = SQUARE, overlap: float = LARGE) -> list[Square]:
    """Squares that cover a picture, row by row; `side` and `overlap` in shorter sides of it."""
    short = min(width, height)
    pixels, shared = round(side * short), overlap * short
    return [
        Square(left, top, pixels)
        for top in _starts(height, pixels, shared)
        for left in _starts(width, pixels, shared)
    ]


def _starts(length: int, side: int, overlap: float) -> list[int]:
    count = max(1, math.ceil((length - overlap) / (side - overlap) - 1e-6))
    if count == 1:
        return [(length - side) // 2]
    return [round(place * (length - side) / (count - 1)) for place in range(count)]


def search(image: UInt8, faint: Find, sure: Find) -> list[FaceBox]:
    """All faces of a picture, the largest first. What is found depends on the picture alone.

    `faint` finds candidates, `sure` is asked again about each, and once more where it is not very
    sure. Where the whole picture shows a
    face so large that the detector is not strained, the squares are spared.
    """
    height, width = image.shape[:2]
    found = confirmed(image, faint(image), sure)
    if not any(face.height >= LARGE * min(width, height) for face in found):
        more = [face for square in squares(width, height) for face in square.faces(image, faint)]
        found = confirmed(image, more, sure, found)
    return by_size(found)


def confirmed(
    image: UInt8, candidates: Iterable[FaceBox], sure: Find, known: Sequence[FaceBox] = ()
) -> list[FaceBox]:
    """`known` faces, and those of the `candidates` that `sure` finds too, the likeliest first."""
    return _faces(candidates, partial(_certain_look, image, sure), known)


def still_there(image: UInt8, faces: Iterable[FaceBox], sure: Find) -> list[FaceBox]:
    """Those of `faces`, which were confirmed a moment ago, that `sure` finds in this picture."""
    return _faces(faces, partial(second_look, image, sure))


def _faces(
    candidates: Iterable[FaceBox], look: Look, known: Sequence[FaceBox] = ()
) -> list[FaceBox]:
    """`known` faces, and what `look` makes of those of the `candidates` that are others."""
    found, tried = list(known), list[FaceBox]()
    for candidate in sorted(candidates, key=lambda box: -box.score):
        if any(overlap(candidate, one) > SAME_FACE for one in found):
            continue
        if any(overlap(candidate, one) > SAME_CANDIDATE for one in tried):
            continue
        tried.append(candidate)
        face = look(candidate)
        if face is not None and all(overlap(face, one) <= SAME_FACE for one in found):
            found.append(face)
    return found


def _certain_look(image: UInt8, sure: Find, box: FaceBox) -> FaceBox | None:
    face = second_look(image, sure, box)
    if face is None or face.score >= UNSURE:
        return face
    again = second_look(image, sure, face, THIRD_LOOK)
    return face if again is not None and overlap(face, again) > SAME_FACE else None


def second_look(
    image: UInt8, sure: Find, box: FaceBox, sides: float = SECOND_LOOK
) -> FaceBox | None:
    """The face in `box` as a look from near shows it, at a square of so many `sides` of it: the one
    whose centre is nearest."""
    size = max(box.width, box.height)
    side = max(1, round(sides * size))
    x, y = _centre(box)
    square = Square(round(x - side / 2), round(y - side / 2), side)
    near = [
        (distance, face)
        for face in square.faces(image, sure)
        if (distance := math.dist(_centre(face), (x, y))) < size
    ]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def by_size(faces: Iterable[FaceBox]) -> list[FaceBox]:
    """The largest first."""
    return sorted(faces, key=lambda box: -box.width * box.height)


def overlap(one: FaceBox, other: FaceBox) -> float:
    """Shared area as a share of both boxes together, 0 to 1."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0.0, across) * max(0.0, down)
    both = one.width * one.height + other.width * other.height - shared
    return shared / both if both > 0 else 0.0


def shifted(box: FaceBox, x: float, y: float) -> FaceBox:
    points = tuple((across + x, down + y) for across, down in box.points)
    return replace(box, x=box.x + x, y=box.y + y, points=points)


def _centre(box: FaceBox) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2
