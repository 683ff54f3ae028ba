"""What of a portrait does not change from frame to frame: head, hair, clothes, room.

Lengths are in half heights of the face; x to the right and y down from between the eyes and
the nose, so that the hairline's top is at -1 and the chin at 1.
"""

from __future__ import annotations

import cv2
import numpy as np

from milmer_live.samples import UInt8
from milmer_live.synthetic.face.canvas import (
    Layer,
    Points,
    curve,
    ellipse,
    joined,
    mirrored,
    shifted,
    smooth,
)
from milmer_live.synthetic.face.cap import paint_cap
from milmer_live.synthetic.face.hair import (
    FALLING,
    paint_back_hair,
    paint_front_hair,
)
from milmer_live.synthetic.face.looks import (
    BLACK,
    WHITE,
    Looks,
    mixed,
)

HEAD_LEFT, HEAD_TOP, HEAD_RIGHT, HEAD_BOTTOM = -1.25, -1.5, 1.25, 1.9
EYE_Y = -0.06


def face_outline(looks: Looks, grow: float = 0.0) -> Points:
    """(n, 2) an oval, narrower at the jaw."""
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    y = -np.cos(angle)
    width = looks.face_width * (1 - looks.jaw * smooth(y) * smooth(y + 0.2))
    x = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.88 * width
    return np.stack([x, y], axis=1) * (1 + grow)


def head_layer(looks: Looks, scale: float, light: float) -> Layer:
    """Neck, hair, head, nose and cap; `light` from -1 (from the left) to 1 (from the right)."""
    size = (
        2 * round((HEAD_RIGHT - HEAD_LEFT) * scale / 2),
        2 * round((HEAD_BOTTOM - HEAD_TOP) * scale / 2),
    )
    layer = Layer(size, (-HEAD_LEFT * scale, -HEAD_TOP * scale), scale)
    paint_back_hair(layer, looks)
    _neck(layer, looks)
    _ears(layer, looks)
    _skin(layer, looks, light)
    _eye_sockets(layer, looks)
    _nose(layer, looks, light)
    _beard(layer, looks)
    paint_front_hair(layer, looks, light)
    paint_cap(layer, looks, light)
    return layer


def _neck(layer: Layer, looks: Looks) -> None:
    shade = mixed(looks.skin, (110, 60, 50), 0.22)
    half = 0.40 + 0.1 * (looks.face_width - 0.72)
    side = curve((-half, 0.5), (-half, 1.15), (-half - 0.02, 1.28), (-0.66, 1.38))
    left = joined(side, np.array([[-0.66, 1.9]]))
    layer.paint(layer.mask(joined(left, mirrored(left)[::-1])), shade)
    layer.tint(layer.mask(ellipse(0, 0.86, 0.62, 0.42), soft=0.08), mixed(shade, BLACK, 0.5), 0.45)


def _ears(layer: Layer, looks: Looks) -> None:
    if looks.hair_style in FALLING:
        return
    for side in (-1, 1):
        x = side * (looks.face_width + 0.02)
        layer.paint(layer.mask(ellipse(x, 0.08, 0.11, 0.2)), mixed(looks.skin, (150, 80, 70), 0.18))
        inner = layer.mask(ellipse(x + side * 0.02, 0.08, 0.05, 0.12), soft=0.02)
        layer.tint(inner, mixed(looks.skin, (120, 56, 50), 0.5), 0.6)


def _skin(layer: Layer, looks: Looks, light: float) -> None:
    """The face, rounded by a dark rim and a light centre on the side of the light."""
    outline = layer.mask(face_outline(looks))
    layer.paint(outline, looks.skin)
    inner = layer.mask(face_outline(looks, -0.16), soft=0.13)
    layer.tint(outline * (1 - inner), mixed(looks.skin, (96, 44, 40), 0.5), 0.55)
    away = layer.mask(ellipse(-light * 0.75, 0.15, 0.5, 1.0), soft=0.2)
    layer.tint(away * outline, mixed(looks.skin, (80, 40, 44), 0.5), 0.34 * abs(light))
    towards = layer.mask(ellipse(light * 0.3, -0.35, 0.36, 0.45), soft=0.17)
    layer.tint(towards * outline, mixed(looks.skin, WHITE, 0.5), 0.4)
    for side in (-1, 1):
        cheek = layer.mask(ellipse(side * 0.42, 0.33, 0.16, 0.12), soft=0.09)
        layer.tint(cheek * outline, mixed(looks.skin, (214, 84, 80), 0.45), 0.5)
        high = layer.mask(ellipse(side * 0.44 + 0.03 * light, 0.2, 0.12, 0.05), soft=0.05)
        layer.tint(high * outline, mixed(looks.skin, WHITE, 0.5), 0.3 + 0.2 * side * light)
    chin = layer.mask(ellipse(0, 0.86, 0.16, 0.08), soft=0.06)
    layer.tint(chin * outline, mixed(looks.skin, WHITE, 0.4), 0.35)
    below_lip = layer.mask(ellipse(0, 0.75, 0.15, 0.03), soft=0.035)
    layer.tint(below_lip * outline, mixed(looks.skin, (90, 44, 40), 0.5), 0.45)


def _eye_sockets(layer: Layer, looks: Looks) -> None:
    shade = mixed(looks.skin, (92, 44, 48), 0.5)
    for side in (-1, 1):
        x = side * looks.eye_gap
        layer.tint(layer.mask(ellipse(x, EYE_Y - 0.03, 0.21, 0.12), soft=0.05), shade, 0.35)
        layer.tint(layer.mask(ellipse(x * 0.55, EYE_Y - 0.02, 0.05, 0.1), soft=0.04), shade, 0.35)
        bag = curve((x - 0.13, 0.04), (x - 0.06, 0.1), (x + 0.06, 0.1), (x + 0.13, 0.04))
        layer.tint(layer.line_mask(bag, 0.02, soft=0.02), shade, 0.3)


def _nose(layer: Layer, looks: Looks, light: float) -> None:
    width, tip = looks.nose_width, looks.nose_length
    shade, glow = mixed(looks.skin, (92, 40, 36), 0.55), mixed(looks.skin, WHITE, 0.6)
    dark = -1.0 if light > 0 else 1.0
    side = curve(
        (dark * 0.07, -0.1), (dark * 0.06, 0.1), (dark * width * 0.8, tip - 0.12),
        (dark * width, tip),
    )  # fmt: skip
    layer.tint(layer.line_mask(side, 0.06, soft=0.035), shade, 0.5)
    layer.tint(layer.mask(ellipse(0, tip + 0.05, width * 1.1, 0.04), soft=0.03), shade, 0.6)
    for wing in (-1, 1):
        x = wing * width
        layer.tint(layer.mask(ellipse(x, tip, 0.035, 0.045), soft=0.018), shade, 0.55)
        nostril = layer.mask(ellipse(x * 0.5, tip + 0.03, 0.034, 0.017), soft=0.008)
        layer.tint(nostril, mixed(shade, BLACK, 0.6), 0.85)
    bridge = curve((0, -0.16), (0, 0.0), (0, tip - 0.2), (0.01 * light, tip - 0.06))
    layer.tint(layer.line_mask(bridge, 0.05, soft=0.03), glow, 0.55)
    layer.tint(layer.mask(ellipse(0.01, tip - 0.04, 0.05, 0.04), soft=0.025), glow, 0.55)
    lip = curve((0, tip + 0.08), (0, tip + 0.1), (0, tip + 0.12), (0, tip + 0.15))
    layer.tint(layer.line_mask(lip, 0.04, soft=0.015), shade, 0.3)


def _beard(layer: Layer, looks: Looks) -> None:
    if not looks.beard:
        return
    outline = layer.mask(face_outline(looks))
    covered = layer.mask(ellipse(0, 1.0, 0.78, 0.72), soft=0.09)
    bare = layer.mask(ellipse(0, 0.30, 0.66, 0.33), soft=0.06)
    moustache = layer.mask(ellipse(0, 0.5, 0.27, 0.06), soft=0.03)
    mask = np.clip(covered * (1 - bare) + moustache, 0, 1) * outline
    layer.tint(mask.astype(np.float32), looks.hair, looks.beard)


def shirt_layer(
    looks: Looks, size: tuple[int, int], origin: tuple[float, float], scale: float
) -> Layer:
    """Shoulders and neckline, in the coordinates of the head at rest."""
    layer = Layer(size, origin, scale)
    shoulder = curve((-0.62, 1.28), (-1.0, 1.48), (-1.9, 1.5), (-2.3, 2.4))
    neck = curve((-0.62, 1.28), (-0.5, 1.72), (0.5, 1.72), (0.62, 1.28))
    shape = joined(shoulder[::-1], neck, mirrored(shoulder))
    mask = layer.mask(shape)
    layer.paint(mask, looks.shirt)
    layer.tint(layer.mask(ellipse(0, 1.2, 0.9, 0.55), soft=0.15) * mask, BLACK, 0.25)
    for side in (-1, 1):
        fold = curve((side * 0.7, 1.5), (side * 0.8, 1.8), (side * 0.7, 2.1), (side * 0.9, 2.4))
        layer.tint(layer.line_mask(fold, 0.1, soft=0.07) * mask, BLACK, 0.3)
        glow = layer.mask(ellipse(side * 1.25, 1.62, 0.4, 0.1), soft=0.08)
        layer.tint(glow * mask, mixed(looks.shirt, WHITE, 0.5), 0.4)
    hem = layer.line_mask(shifted(neck, 0, 0.03), 0.05, soft=0.008)
    layer.tint(hem, mixed(looks.shirt, BLACK, 0.3))
    return layer


def room(looks: Looks, size: tuple[int, int], rng: np.random.Generator) -> UInt8:
    """(height, width, 3) uint8: a wall with a soft light, out of focus."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    wall = np.array(looks.wall, np.float32)
    towards = 1 - np.hypot(x / width - rng.uniform(0.1, 0.9), y / height - 0.2)
    image = wall * (0.62 + 0.42 * towards[..., np.newaxis])
    for _ in range(3):
        left, top = rng.uniform(-0.1, 0.9) * width, rng.uniform(-0.1, 0.5) * height
        right, bottom = left + rng.uniform(0.1, 0.3) * width, top + rng.uniform(0.2, 0.5) * height
        tone = mixed(looks.wall, (WHITE, looks.shirt, BLACK)[rng.integers(3)], 0.3)
        cv2.rectangle(image, (int(left), int(top)), (int(right), int(bottom)), tone, -1)
    image = cv2.GaussianBlur(image, (0, 0), 0.035 * height)
    return np.asarray(np.clip(image, 0, 255), dtype=np.uint8)
