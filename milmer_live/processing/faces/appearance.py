"""What a face looks like: a small descriptor that tells the people of one session apart.

It is a histogram, not a face-recognition network, and it is kept in memory only. Measured on
videos of 18 people who talk and grimace (`milmer-live bench faces`), and on portraits of 40 people
from one grey camera, ten of each:

- from one picture to the next, 0.05 % of a person's pictures fall below `SAME`;
- seconds later, 92 % of a person's pictures are known again, and none of the other 17 people's;
- without colours, in the same light and at the same camera, 1.1 % of other people's portraits
  pass for the person, and 88 % of their own.

So it keeps apart people who sit down one after the other. It does not prove who somebody is: a
twin, or a photograph of the participant in the participant's place, passes; and of portraits
taken on other days it knows 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import FaceBox, Float32, UInt8, frozen

SAME = 0.72  # likeness of texture from which two pictures are of one person
SAME_COLOUR = 0.85  # of skin and hair; 0.87 to 0.95 where the light changes by 15 %
OTHER_COLOUR = 0.08  # of likeness that is missing where the colours are others, as in other light

SIDE = 48  # pixels of the grey face that the texture is of
GROW = 0.1  # share of the box on each side, as for the crops
REACH = 2  # pixels between a pixel and the neighbours that it is compared with
CELLS = 5  # a side; the four corners show the room and are left out
PATTERNS = 59  # 58 uniform ones, and all others (Ojala, Pietikäinen & Mäenpää 2002)
HAIR = (0.2, -0.35, 0.6, 0.45)  # left, top, width, height in sides of the box
CHROMA_BINS, CHROMA_RANGE = 20, (76, 180)  # of Cr and Cb, where skin and hair lie
LIGHT_BINS = 16
MEMORY = 12  # looks of one person: profile, smile, another light


def _uniform_patterns() -> NDArray[np.uint8]:
    """(256,) number of each pattern of eight neighbours with at most two changes; 58: others."""
    numbers = np.full(256, PATTERNS - 1, dtype=np.uint8)
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, np.newaxis], axis=1)
    changes = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    numbers[changes <= 2] = np.arange(np.count_nonzero(changes <= 2))
    return numbers


_UNIFORM = _uniform_patterns()
_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
_INSIDE = SIDE - 2 * REACH
_CELL = np.arange(_INSIDE) * CELLS // _INSIDE
_CELL_OFFSET = ((_CELL[:, np.newaxis] * CELLS + _CELL) * PATTERNS).astype(np.int32)
_CORNERS = (0, CELLS - 1, CELLS * (CELLS - 1), CELLS * CELLS - 1)
_KEPT = np.setdiff1d(np.arange(CELLS * CELLS), _CORNERS)
_OVAL = np.zeros((SIDE, SIDE), dtype=np.uint8)
cv2.ellipse(_OVAL, (SIDE // 2, 25), (17, 19), 0, 0, 360, 1, -1)


@dataclass(frozen=True, slots=True)
class FaceLook:
    """Histograms of unit length: `texture` (1239,), `skin` and `hair` (416,) float32."""

    texture: Float32
    skin: Float32
    hair: Float32

    def likeness(self, other: FaceLook) -> float:
        """Of the texture, from 0 to 1; light does not change it."""
        return float(self.texture @ other.texture)

    def likeness_in_colour(self, other: FaceLook) -> float:
        """The same, less where skin or hair have other colours."""
        colour = min(float(self.skin @ other.skin), float(self.hair @ other.hair))
        return self.likeness(other) - (0.0 if colour >= SAME_COLOUR else OTHER_COLOUR)


class FaceMemory:
    """What the face of one person looks like, from the pictures that are certainly of it."""

    def __init__(self, first: FaceLook) -> None:
        self._looks = [first]

    def __len__(self) -> int:
        return len(self._looks)

    def likeness(self, look: FaceLook) -> float:
        """To the look that comes nearest, in colour."""
        return max(one.likeness_in_colour(look) for one in self._looks)

    def learn(self, look: FaceLook) -> None:
        """Remember a look that is certainly of this person, if it is a new one; the oldest goes."""
        if self.likeness(look) < (1 + SAME) / 2:
            self._looks.append(look)
            del self._looks[:-MEMORY]


def look_of(image: UInt8, box: FaceBox) -> FaceLook:
    """The look of the face in `box` of `image` (height, width, 3) RGB."""
    face = _cut(image, box, (-GROW, -GROW, 1 + 2 * GROW, 1 + 2 * GROW), (SIDE, SIDE))
    hair = _cut(image, box, HAIR, (SIDE // 2, SIDE * 3 // 8))
    return FaceLook(_texture(face), _colours(face, _OVAL), _colours(hair, None))


def _cut(
    image: UInt8, box: FaceBox, part: tuple[float, float, float, float], size: tuple[int, int]
) -> UInt8:
    """A `part` (left, top, width, height in sides of the box) at `size` (width, height); the
    picture's edge goes on where it lies outside."""
    height, width = image.shape[:2]
    left, top = round(box.x + part[0] * box.width), round(box.y + part[1] * box.height)
    right = max(left + 1, round(box.x + (part[0] + part[2]) * box.width))
    bottom = max(top + 1, round(box.y + (part[1] + part[3]) * box.height))
    columns = np.clip((left, right), 0, width)
    rows = np.clip((top, bottom), 0, height)
    if columns[0] == columns[1] or rows[0] == rows[1]:
        return np.zeros((size[1], size[0], 3), dtype=np.uint8)
    inside = image[rows[0] : rows[1], columns[0] : columns[1]]
    above, below = int(rows[0]) - top, bottom - int(rows[1])
    before, behind = int(columns[0]) - left, right - int(columns[1])
    if above or below or before or behind:
        edge = cv2.BORDER_REPLICATE
        whole = cv2.copyMakeBorder(inside, above, below, before, behind, edge)
        inside = np.asarray(whole, dtype=np.uint8)
    return np.asarray(cv2.resize(inside, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _texture(face: UInt8) -> Float32:
    """Local binary patterns (Ahonen, Hadid & Pietikäinen 2006), one histogram a cell."""
    grey = cv2.GaussianBlur(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), (0, 0), 1.0)
    middle = grey[REACH:-REACH, REACH:-REACH]
    pattern = np.zeros(middle.shape, dtype=np.uint8)
    for bit, (down, right) in enumerate(_NEIGHBOURS):
        top, left = REACH * (1 + down), REACH * (1 + right)
        brighter = grey[top : top + _INSIDE, left : left + _INSIDE] > middle
        pattern |= brighter.view(np.uint8) << np.uint8(bit)
    places = (_CELL_OFFSET + _UNIFORM[pattern]).ravel()
    counts = np.bincount(places, minlength=CELLS * CELLS * PATTERNS)
    shares = counts.reshape(CELLS * CELLS, PATTERNS)[_KEPT]
    shares = shares / shares.sum(axis=1, keepdims=True)
    return _unit(np.sqrt(shares).ravel())


def _colours(part: UInt8, mask: UInt8 | None) -> Float32:
    """Chroma and lightness, each half of it."""
    # CIELAB would do as well, but OpenCV's first conversion takes 0.3 to 0.9 s
    luma_chroma = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2YCrCb))
    bins, reach = [CHROMA_BINS, CHROMA_BINS], [*CHROMA_RANGE, *CHROMA_RANGE]
    chroma = cv2.GaussianBlur(cv2.calcHist([luma_chroma], [1, 2], mask, bins, reach), (5, 5), 1.0)
    light = cv2.calcHist([luma_chroma], [0], mask, [LIGHT_BINS], [0, 256]).ravel()
    light = np.convolve(light, (0.25, 0.5, 0.25), "same")
    shares = [one.ravel() / max(float(one.sum()), 1e-9) for one in (np.asarray(chroma), light)]
    return _unit(np.sqrt(np.concatenate(shares)))


def _unit(histogram: NDArray[np.floating]) -> Float32:
    length = max(float(np.linalg.norm(histogram)), 1e-9)
    return np.asarray(frozen(np.asarray(histogram / length, dtype=np.float32)))
