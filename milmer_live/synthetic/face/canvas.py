"""Drawing: smooth curves, anti-aliased shapes, soft shadows, layers with transparency."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float32, Float64, UInt8
from milmer_live.synthetic.face.looks import Colour

SUBPIXEL = 4  # bits behind the point that OpenCV's `shift` takes
N_CURVE = 14  # points of a curve
_SWELL = np.linspace(-1.0, 1.0, N_CURVE)
_T = np.linspace(0, 1, N_CURVE)[:, np.newaxis]
_BERNSTEIN = np.concatenate(
    [(1 - _T) ** 3, 3 * _T * (1 - _T) ** 2, 3 * _T**2 * (1 - _T), _T**3], axis=1
)

Points = NDArray[np.float64]
FULL: Colour = (255.0, 255.0, 255.0)


def curve(*controls: tuple[float, float]) -> Points:
    """(14, 2) points of the cubic Bézier curve with four control points."""
    return np.asarray(_BERNSTEIN @ np.array(controls), dtype=np.float64)


def fixed(points: Points) -> NDArray[np.int32]:
    """Points in OpenCV's fixed-point pixels."""
    return np.rint(points * (1 << SUBPIXEL)).astype(np.int32)


def fill(image: UInt8, colour: Colour, *shapes: Points) -> None:
    """Fill polygons of pixel coordinates, anti-aliased and opaque; a mask takes `FULL`."""
    ink = (*colour, 255.0)
    cv2.fillPoly(image, [fixed(shape) for shape in shapes], ink, cv2.LINE_AA, SUBPIXEL)


def blade(line: Points, x: float, y: float, thin: float = 0.15) -> Points:
    """A line as a polygon that is (x, y) thick in its middle and `thin` of that at its ends:
    several times faster to fill than a thick line is to draw, and softer."""
    swell = np.linspace(-1.0, 1.0, len(line)) if len(line) != N_CURVE else _SWELL
    half = np.outer(1.0 - (1.0 - thin) * swell * swell, (x / 2, y / 2))
    return np.concatenate([line - half, (line + half)[::-1]])


def stroke(image: UInt8, points: Points, colour: Colour, width: int) -> None:
    """Draw an open line, anti-aliased and opaque."""
    ink = (*colour, 255.0)
    cv2.polylines(image, [fixed(points)], False, ink, width, cv2.LINE_AA, SUBPIXEL)


class Layer:
    """A picture with transparency, colours multiplied by it. Coordinates are in units of
    `scale` pixels from `origin`, x to the right and y down."""

    def __init__(self, size: tuple[int, int], origin: tuple[float, float], scale: float) -> None:
        """`size` (width, height) and `origin` (x, y) in pixels."""
        self.scale = scale
        self.origin = np.array(origin)
        self.colour: Float32 = np.zeros((size[1], size[0], 3), np.float32)
        self.alpha: Float32 = np.zeros((size[1], size[0]), np.float32)

    def pixels(self, points: Points) -> Points:
        return np.asarray(np.asarray(points) * self.scale + self.origin, dtype=np.float64)

    def mask(self, *shapes: Points, soft: float = 0.0) -> Float32:
        """(height, width) 0 to 1 inside the polygons, blurred by `soft` units."""
        drawn = np.zeros(self.alpha.shape, np.uint8)
        for shape in shapes:
            fill(drawn, FULL, self.pixels(shape))
        return self._softened(drawn, soft)

    def line_mask(self, points: Points, width: float, soft: float = 0.0) -> Float32:
        """The same for a line `width` units wide."""
        return self.lines_mask([points], width, soft)

    def lines_mask(self, lines: Sequence[Points], width: float, soft: float = 0.0) -> Float32:
        drawn = np.zeros(self.alpha.shape, np.uint8)
        for points in lines:
            stroke(drawn, self.pixels(points), FULL, max(1, round(width * self.scale)))
        return self._softened(drawn, soft)

    def _softened(self, drawn: UInt8, soft: float) -> Float32:
        mask = drawn.astype(np.float32) / np.float32(255)
        if soft:
            mask = cv2.GaussianBlur(mask, (0, 0), soft * self.scale)
        return np.asarray(mask, dtype=np.float32)

    def paint(self, mask: Float32, colour: Colour, opacity: float = 1.0) -> None:
        """Lay a colour over what is there."""
        cover = mask * opacity
        self.colour += cover[..., np.newaxis] * (np.array(colour, np.float32) - self.colour)
        self.alpha += cover * (1 - self.alpha)

    def tint(self, mask: Float32, colour: Colour, opacity: float = 1.0) -> None:
        """Colour what is there, and nothing beyond its edge."""
        cover = (mask * opacity)[..., np.newaxis]
        goal = np.array(colour, np.float32) * self.alpha[..., np.newaxis]
        self.colour += cover * (goal - self.colour)

    def rgba(self) -> UInt8:
        """(height, width, 4) uint8, colours multiplied by alpha."""
        joined = np.dstack([self.colour, 255 * self.alpha])
        return np.clip(np.rint(joined), 0, 255).astype(np.uint8)


def ellipse(
    x: float, y: float, rx: float, ry: float, start: float = 0.0, stop: float = 360.0
) -> Points:
    """(48, 2) points of an ellipse, or of the part of it between two angles in degrees
    (0 to the right, 90 down)."""
    angle = np.deg2rad(np.linspace(start, stop, 48))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def mirrored(points: Points) -> Points:
    """The same shape on the other side of the face."""
    return np.asarray(points * (-1, 1), dtype=np.float64)


def shifted(points: Points, x: float, y: float) -> Points:
    return np.asarray(points + np.array([x, y]), dtype=np.float64)


def joined(*parts: Points) -> Points:
    return np.concatenate(parts)


def smooth(values: Float64) -> Float64:
    """The smooth step from 0 to 1 of values that are clipped to that range."""
    share = np.clip(values, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float64)
