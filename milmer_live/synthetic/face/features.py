"""The moving parts of a face: eyes, brows, mouth, drawn on a copy of the head in every frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from milmer_live.samples import UInt8
from milmer_live.synthetic.face.canvas import (
    FULL,
    N_CURVE,
    Layer,
    Points,
    blade,
    curve,
    ellipse,
    fill,
    joined,
    shifted,
    stroke,
)
from milmer_live.synthetic.face.looks import (
    BLACK,
    WHITE,
    Colour,
    Looks,
    mixed,
)
from milmer_live.synthetic.face.portrait import EYE_Y

MOUTH_Y = 0.60
GLASSES: Colour = (52, 44, 46)
_MIRROR, _SAME = np.array([-1.0, 1.0]), np.array([1.0, 1.0])
_BROW_TAPER = np.outer(np.linspace(1.0, 0.25, N_CURVE), (0.0, 1.0))
_CUPID = 0.016 * np.exp(-((np.linspace(-1, 1, N_CURVE) / 0.16) ** 2))  # the dip of the upper lip


@dataclass(frozen=True, slots=True)
class Expression:
    """`corners` of the mouth, -1 down to 1 up; `opening` of mouth, eyes and brows, -1 tired to
    1 wide; `lids` 0 closed to 1 as usual; where the eyes look, -1 to 1."""

    corners: float = 0.0
    opening: float = 0.0
    lids: float = 1.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0


class Features:
    """Draws expressions on heads of one participant. Shapes are in the portrait's lengths."""

    def __init__(self, looks: Looks, layer: Layer) -> None:
        self._looks = looks
        self._scale = layer.scale
        self._origin = layer.origin
        self._line = mixed(looks.skin, (70, 28, 30), 0.62)
        self._lash = mixed(looks.hair, BLACK, 0.75)
        self._crease = mixed(looks.skin, (84, 40, 40), 0.45)
        self._brow = mixed(mixed(looks.hair, BLACK, 0.25), looks.skin, 0.12)
        self._upper_lip = mixed(looks.lips, BLACK, 0.14)
        self._lower_lip = mixed(looks.lips, WHITE, 0.06)
        self._shine = mixed(looks.lips, WHITE, 0.28)
        self._eyeball = _eyeball(looks, layer.scale)
        self._eyes = tuple(self._eye_box(side) for side in (-1.0, 1.0))

    @property
    def rows(self) -> slice:
        """The rows of the head that an expression may change."""
        top, bottom = (round(y * self._scale + self._origin[1]) for y in (-0.62, 1.0))
        return slice(top, bottom)

    def draw(self, image: UInt8, shown: Expression) -> None:
        """Onto `image` (height, width, 4), the head's sprite, where it is opaque."""
        top, low = self._lids(shown)
        self._draw_eyeballs(image, joined(top, low[::-1]), shown)
        self._draw_lids(image, top, low, shown)
        self._fill_both(image, self._brow_shape(shown), self._brow)
        self._draw_folds(image, shown)
        self._draw_mouth(image, shown)
        if self._looks.glasses:
            self._draw_glasses(image)

    def _pixels(self, points: Points) -> Points:
        return np.asarray(points * self._scale + self._origin, dtype=np.float64)

    def _fill(self, image: UInt8, shape: Points, colour: Colour) -> None:
        fill(image, colour, self._pixels(shape))

    def _fill_both(self, image: UInt8, shape: Points, colour: Colour) -> None:
        """The shape, given on the right side of the picture, and its mirror image."""
        fill(image, colour, self._pixels(shape), self._pixels(shape * _MIRROR))

    def _eye_box(self, side: float) -> tuple[int, int, int]:
        """Left, top and side length of the square around an eye, in pixels."""
        x, y = self._pixels(np.array([side * self._looks.eye_gap, EYE_Y]))
        reach = int(1.15 * self._looks.eye_size * self._scale)
        return int(x) - reach, int(y) - reach, 2 * reach

    def _lids(self, shown: Expression) -> tuple[Points, Points]:
        """The edges of the upper and the lower lid, from the inner to the outer corner.

        The eye widens with arousal and narrows with a smile, whose cheeks lift the lower lid.
        """
        half = self._looks.eye_size
        wide = min(max(shown.lids * (0.80 + 0.34 * shown.opening), 0.0), 1.25)
        lower = 0.42 - 0.16 * max(shown.corners, 0.0)
        upper = 0.74 * wide - lower * (1 - min(wide, 1.0))
        x, y = self._looks.eye_gap, EYE_Y
        inner, outer = (x - half, y + 0.10 * half), (x + half, y - 0.06 * half)
        near, far = x - 0.5 * half, x + 0.45 * half
        top = curve(inner, (near, y - 1.33 * upper * half), (far, y - 1.33 * upper * half), outer)
        low = curve(inner, (near, y + 1.33 * lower * half), (far, y + 1.33 * lower * half), outer)
        return top, low

    def _draw_eyeballs(self, image: UInt8, opening: Points, shown: Expression) -> None:
        """The eyeballs, turned to where they look, through the openings of the lids."""
        half = self._looks.eye_size * self._scale
        for (left, top, size), mirror in zip(self._eyes, (_MIRROR, _SAME), strict=True):
            mask = np.zeros((size, size), np.uint8)
            fill(mask, FULL, self._pixels(opening * mirror) - (left, top))
            margin = (self._eyeball.shape[0] - size) // 2
            x = margin - round(0.25 * shown.gaze_x * half)
            y = margin - round((0.2 * shown.gaze_y - 0.08) * half)
            patch = image[top : top + size, left : left + size]
            cv2.copyTo(self._eyeball[y : y + size, x : x + size], mask, patch)

    def _draw_lids(self, image: UInt8, top: Points, low: Points, shown: Expression) -> None:
        """The shadow of the lashes on the eye, the rims of the lids and the fold above."""
        if shown.lids > 0.4:
            self._fill_both(image, blade(shifted(top, 0, 0.025), 0, 0.03), (168, 148, 142))
        fold = shifted(top, 0, -0.055 * (0.4 + shown.lids))
        self._fill_both(image, blade(low, 0, 0.014), self._crease)
        self._fill_both(image, blade(fold, 0, 0.016), self._crease)
        self._fill_both(image, blade(top, 0, 0.036, thin=0.5), self._lash)

    def _brow_shape(self, shown: Expression) -> Points:
        """Raised by arousal; drawn together in anger, up inside in sadness."""
        looks, down = self._looks, max(-shown.corners, 0.0)
        angry = down * max(shown.opening, 0.0)
        sad = down * max(-shown.opening, 0.0)
        lift = 0.055 * shown.opening + 0.02 * max(shown.corners, 0)
        base = EYE_Y - looks.brow_height
        inner_y = base - lift - 0.07 * sad + 0.10 * angry
        outer_y = base - 0.7 * lift + 0.03 + 0.02 * sad
        inner_x, outer_x = looks.eye_gap - 0.17 - 0.03 * angry, looks.eye_gap + 0.20
        arch = 0.055 + 0.02 * shown.opening
        middle = (inner_x + outer_x) / 2
        line = curve(
            (inner_x, inner_y),
            (middle - 0.06, inner_y + 0.3 * (outer_y - inner_y) - arch),
            (middle + 0.08, outer_y - arch),
            (outer_x, outer_y),
        )
        half = _BROW_TAPER * (looks.brow_weight / 2)
        return joined(line - half, (line + half)[::-1])

    def _draw_mouth(self, image: UInt8, shown: Expression) -> None:
        """Lips between four curves from corner to corner; they part by the opening."""
        looks, corners = self._looks, shown.corners
        gap = 0.21 * max(shown.opening, 0.0)
        half = looks.mouth_width * (1 + 0.22 * max(corners, 0.0) - 0.05 * max(-corners, 0.0))
        half -= 0.09 * gap
        corner_y = MOUTH_Y - 0.10 * corners + 0.2 * gap
        upper = MOUTH_Y + 0.035 * corners - 0.25 * gap
        thick = looks.lip_fullness * (1 - 0.25 * abs(corners))

        def lip(y: float) -> Points:
            bow = corner_y + 1.33 * (y - corner_y)
            return curve(
                (-half, corner_y), (-0.55 * half, bow), (0.55 * half, bow), (half, corner_y)
            )

        inner_top, inner_low = lip(upper), lip(upper + gap)
        outer_top, outer_low = lip(upper - 0.06 * thick), lip(upper + gap + 0.085 * thick)
        outer_top[:, 1] += _CUPID
        self._fill(image, joined(outer_top, inner_top[::-1]), self._upper_lip)
        self._fill(image, joined(inner_low, outer_low[::-1]), self._lower_lip)
        shine = shifted(inner_low, 0, 0.042 * thick)[4:-4]
        self._fill(image, blade(shine, 0, 0.022 * thick), self._shine)
        if gap > 0.012:
            self._draw_inside(image, inner_top, inner_low)
        else:
            self._fill(image, blade(inner_top, 0, 0.018, thin=0.7), self._line)

    def _draw_inside(self, image: UInt8, top: Points, low: Points) -> None:
        """The dark of the mouth, the tongue, the upper teeth."""
        self._fill(image, joined(top, low[::-1]), (66, 22, 28))
        tongue = 0.3 * top + 0.7 * low
        self._fill(image, joined(tongue[3:-3], low[3:-3][::-1]), (172, 82, 84))
        edge = top + np.minimum(0.42 * (low - top), (0.0, 0.06))
        self._fill(image, joined(top[1:-1], edge[1:-1][::-1]), (240, 236, 228))

    def _draw_folds(self, image: UInt8, shown: Expression) -> None:
        """From the wings of the nose to the corners of the mouth, with a smile."""
        depth = 0.85 * max(shown.corners, 0.0) + 0.2 * max(-shown.corners, 0.0)
        if depth < 0.1:
            return
        tip, width = self._looks.nose_length, self._looks.nose_width
        tone = mixed(self._looks.skin, self._crease, min(depth, 1.0) * 0.8)
        out = self._looks.mouth_width + 0.10
        fold = curve(
            (width + 0.06, tip), (width + 0.13, tip + 0.05), (out, tip + 0.12),
            (out + 0.01, MOUTH_Y - 0.04),
        )  # fmt: skip
        self._fill_both(image, blade(fold, 0.026, 0.012), tone)

    def _draw_glasses(self, image: UInt8) -> None:
        gap, reach = self._looks.eye_gap - 0.235, self._looks.face_width
        bridge = ellipse(0, EYE_Y, gap, 0.045, 180, 360)
        for side in (-1.0, 1.0):
            rim = ellipse(side * self._looks.eye_gap, EYE_Y + 0.03, 0.235, 0.19)
            stroke(image, self._pixels(rim[::2]), GLASSES, 4)
            temple = np.array([[side * 0.55, EYE_Y], [side * reach, EYE_Y - 0.02]])
            stroke(image, self._pixels(temple), GLASSES, 4)
        stroke(image, self._pixels(bridge[::4]), GLASSES, 4)


def _eyeball(looks: Looks, scale: float) -> UInt8:
    """(size, size, 4) the white and its iris, larger than the eye, so that it can turn."""
    half = looks.eye_size * scale
    size = 2 * round(2 * half)
    ball = Layer((size, size), (size / 2, size / 2), half)
    white = np.ones_like(ball.alpha)
    iris = looks.iris
    ball.paint(white, (240, 236, 232))
    ball.paint(ball.mask(ellipse(0, 0, 0.54, 0.54)), mixed(iris, BLACK, 0.55))
    ball.paint(ball.mask(ellipse(0, 0, 0.47, 0.47), soft=0.04), iris)
    ball.paint(ball.mask(ellipse(0, 0.12, 0.3, 0.3), soft=0.08), mixed(iris, WHITE, 0.3), 0.6)
    ball.paint(ball.mask(ellipse(0, 0, 0.23, 0.23)), BLACK)
    ball.paint(ball.mask(ellipse(0.2, -0.2, 0.11, 0.11), soft=0.02), (255, 255, 255))
    return ball.rgba()
