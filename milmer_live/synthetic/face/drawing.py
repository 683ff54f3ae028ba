"""Draws a participant's face, frame by frame: head sprite, moving features, light, noise."""

from __future__ import annotations

import math

import cv2
import numpy as np

from milmer_live.samples import Float32, Float64, UInt8
from milmer_live.synthetic.face.features import (
    Expression,
    Features,
)
from milmer_live.synthetic.face.looks import Looks
from milmer_live.synthetic.face.portrait import (
    HEAD_BOTTOM,
    HEAD_LEFT,
    HEAD_RIGHT,
    HEAD_TOP,
    head_layer,
    room,
    shirt_layer,
)
from milmer_live.synthetic.motion import (
    Light,
    Pose,
)

FACE_HEIGHT = 0.285  # half height of the face, in heights of the picture
CENTRE_Y = 0.48
OVERSAMPLE = 2.0  # pixels of the head sprite for one of the picture
TURN = 0.16  # how far the nose moves when the head turns by 1, in half heights
N_NOISE = 8


def draw_in_one_thread() -> None:
    """For a process that is one of several: OpenCV's threads would only be in their way."""
    cv2.setNumThreads(1)


class FaceArtist:
    """Draws one participant at one size, `(width, height)` in pixels. Use one in one thread."""

    def __init__(self, looks: Looks, size: tuple[int, int], rng: np.random.Generator) -> None:
        self.size = size
        width, height = size
        self._unit = FACE_HEIGHT * height
        self._centre = (width / 2, CENTRE_Y * height)
        scale = OVERSAMPLE * self._unit
        left, right = (head_layer(looks, scale, light) for light in (-0.8, 0.8))
        self._lit = (left.rgba(), right.rgba())
        self._origin = left.origin
        self._features = Features(looks, left)
        self._bare, self._head, self._side = self._lit[0], self._lit[0].copy(), math.nan
        self._room = _opaque(room(looks, size, rng))
        shirt = shirt_layer(looks, size, self._centre, self._unit).rgba()
        self._shirt_top = max(0, int(np.argmax(shirt[..., 3].any(axis=1))) - 2)
        self._shirt = shirt[self._shirt_top :]
        self._noise = _noise_bank(rng, size)

    def draw(self, pose: Pose, shown: Expression, light: Light, index: int = 0) -> UInt8:
        """(height, width, 3) uint8 RGB."""
        image = self._room.copy()
        self._turn_light(light.side)
        rows = self._features.rows
        np.copyto(self._head[rows], self._bare[rows])
        self._features.draw(self._head, shown)
        self._put_head(image, pose)
        self._put_shirt(image, pose)
        noise = self._noise[index % N_NOISE]
        lit = cv2.addWeighted(image, light.brightness, noise, 1.0, -128.0)
        tint = cv2.add(lit, (9 * light.warmth, 0.0, -12 * light.warmth, 0.0))
        return np.asarray(cv2.cvtColor(tint, cv2.COLOR_RGBA2RGB), dtype=np.uint8)

    def _turn_light(self, side: float) -> None:
        """The bare head under light from `side`, blended anew only when that is seen: 31 steps
        from the left to the right. What a frame shows depends on the frame alone."""
        step = round(15 * min(max(side, -1.0), 1.0)) / 15
        if step != self._side:
            share = 0.5 + 0.5 * step
            blended = cv2.addWeighted(self._lit[0], 1 - share, self._lit[1], share, 0.0)
            self._bare = np.asarray(blended, dtype=np.uint8)
            self._head, self._side = self._bare.copy(), step

    def _put_head(self, image: UInt8, pose: Pose) -> None:
        x0, y0, x1, y1 = self._bounds(pose)
        u, v = self._sampling(pose, x0, y0, x1, y1)
        head = cv2.remap(self._head, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        _over(image[y0:y1, x0:x1], np.asarray(head, dtype=np.uint8))

    def _bounds(self, pose: Pose) -> tuple[int, int, int, int]:
        """The part of the picture that the head may cover: left, top, right, bottom."""
        width, height = self.size
        x, y = self._place(pose)
        unit = 1.05 * self._unit * pose.scale
        return (
            max(0, int(x + HEAD_LEFT * unit)),
            max(0, int(y + HEAD_TOP * unit)),
            min(width, int(x + HEAD_RIGHT * unit) + 1),
            min(height, int(y + HEAD_BOTTOM * unit) + 1),
        )

    def _place(self, pose: Pose) -> tuple[float, float]:
        return self._centre[0] + pose.x * self._unit, self._centre[1] + pose.y * self._unit

    def _sampling(self, pose: Pose, x0: int, y0: int, x1: int, y1: int) -> tuple[Float32, Float32]:
        """For each pixel of that part of the picture its place in the head's sprite.

        A turn of the head slides the middle of the face over the ball that the head is.
        """
        centre_x, centre_y = self._place(pose)
        scale = OVERSAMPLE / pose.scale
        x: Float64 = (np.arange(x0, x1, dtype=np.float64)[np.newaxis] - centre_x) * scale
        y: Float64 = (np.arange(y0, y1, dtype=np.float64)[:, np.newaxis] - centre_y) * scale
        radius = OVERSAMPLE * self._unit
        cos, sin = math.cos(pose.roll), math.sin(pose.roll)
        ball = _outer_sum(0.5 - (x / radius) ** 2, 0.5 - 0.8 * (y / radius) ** 2)
        np.maximum(ball, 0, out=ball)
        u = _outer_sum(cos * x + self._origin[0], sin * y)
        v = _outer_sum(-sin * x, cos * y + self._origin[1])
        u -= np.float32(TURN * pose.turn_x * radius) * ball
        v -= np.float32(TURN * pose.turn_y * radius) * ball
        return u, v

    def _put_shirt(self, image: UInt8, pose: Pose) -> None:
        """The shoulders follow the head by a third."""
        shift = np.array([[1, 0, pose.x * self._unit / 3], [0, 1, pose.y * self._unit / 3]])
        height, width = self._shirt.shape[:2]
        shirt = cv2.warpAffine(
            self._shirt, shift, (width, height), flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        _over(image[self._shirt_top :], np.asarray(shirt, dtype=np.uint8))


def _outer_sum(row: Float64, column: Float64) -> Float32:
    """(height, width) float32 of a (1, width) and a (height, 1)."""
    return np.asarray(np.add(row.astype(np.float32), column.astype(np.float32)), np.float32)


def _opaque(image: UInt8) -> UInt8:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA), dtype=np.uint8)


def _over(below: UInt8, above: UInt8) -> None:
    """Lay `above`, whose colours are multiplied by alpha, over `below`, in place; both RGBA."""
    through = cv2.bitwise_not(cv2.extractChannel(above, 3))
    seen = cv2.multiply(below, cv2.merge([through] * 4), scale=1 / 255)
    cv2.add(seen, above, dst=below)


def _noise_bank(rng: np.random.Generator, size: tuple[int, int]) -> tuple[UInt8, ...]:
    """Sensor noise around 128, a few pictures that take turns."""
    shape = (size[1], size[0], 4)
    drawn = (rng.normal(128, 1.2, shape) for _ in range(N_NOISE))
    return tuple(np.clip(np.rint(one), 0, 255).astype(np.uint8) for one in drawn)
