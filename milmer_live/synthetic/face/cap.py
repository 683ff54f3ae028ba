"""An EEG cap: fabric down to the brows, electrodes, and a strap under the chin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from milmer_live.synthetic.face.canvas import (
    Layer,
    Points,
    curve,
    ellipse,
    joined,
    mirrored,
    shifted,
)
from milmer_live.synthetic.face.hair import FALLING
from milmer_live.synthetic.face.looks import (
    BLACK,
    WHITE,
    Colour,
    Looks,
    mixed,
)

CAP: tuple[Colour, ...] = ((44, 58, 104), (150, 48, 52), (58, 60, 66), (92, 120, 148))
RING: Colour = (226, 224, 216)
GEL: Colour = (74, 70, 70)
EDGE_Y = -0.42  # above the highest brows; half heights of the face, as in `portrait`
LIFT = 0.09  # of the fabric from the skull
# electrodes as seen from the front: x as a share of the cap's half width, y
SITES = (
    (-0.28, -0.60), (0.28, -0.60), (-0.68, -0.62), (0.68, -0.62), (0.0, -0.76), (-0.42, -0.82),
    (0.42, -0.82), (-0.76, -0.80), (0.76, -0.80), (-0.2, -0.98), (0.2, -0.98), (-0.56, -0.97),
    (0.56, -0.97), (-0.94, -0.40), (0.94, -0.40),
)  # fmt: skip


def with_cap(looks: Looks, rng: np.random.Generator) -> Looks:
    """The same person with a cap, under which hair that does not fall lies flat."""
    style = looks.hair_style if looks.hair_style in FALLING else "buzz"
    return replace(looks, hair_style=style, cap=CAP[rng.integers(len(CAP))])


def paint_cap(layer: Layer, looks: Looks, light: float) -> None:
    """Over the hair; nothing where the participant wears none."""
    if looks.cap is None:
        return
    outline = _outline(looks)
    _paint_strap(layer, looks, looks.cap)
    shadow = layer.mask(shifted(outline, 0, 0.05), soft=0.04)
    layer.tint(shadow, mixed(looks.skin, BLACK, 0.6), 0.4)
    mask = layer.mask(outline, soft=0.008)
    layer.paint(mask, looks.cap)
    away = layer.mask(ellipse(-light * 0.7, -0.7, 0.45, 0.7), soft=0.2)
    layer.tint(away * mask, mixed(looks.cap, BLACK, 0.7), 0.5 * abs(light))
    shine = layer.mask(ellipse(0.3 * light, -0.95, 0.4, 0.14), soft=0.1)
    layer.tint(shine * mask, mixed(looks.cap, WHITE, 0.4), 0.4)
    hem = layer.line_mask(_edge(looks), 0.035, soft=0.006)
    layer.tint(hem, mixed(looks.cap, BLACK, 0.45), 0.9)
    _paint_electrodes(layer, looks)


def _half_width(looks: Looks) -> float:
    return looks.face_width + 0.03 + 0.5 * LIFT


def _edge(looks: Looks) -> Points:
    """The hem over the brows, from the left ear to the right one."""
    width = _half_width(looks)
    left = curve((-width, 0.0), (-width + 0.06, -0.3), (-0.45, EDGE_Y), (0.0, EDGE_Y))
    return joined(left, mirrored(left)[::-1])


def _outline(looks: Looks) -> Points:
    width, top = _half_width(looks), -1.02 - LIFT
    left = curve((-width, 0.0), (-width - 0.05, -0.7), (-0.62, top), (0.0, top))
    return joined(left, mirrored(left)[::-1], _edge(looks)[::-1])


def _paint_strap(layer: Layer, looks: Looks, colour: Colour) -> None:
    width = _half_width(looks)
    left = curve((-width + 0.08, -0.05), (-width + 0.16, 0.6), (-0.55, 0.98), (0.0, 0.99))
    strap = layer.line_mask(joined(left, mirrored(left)[::-1]), 0.08, soft=0.006)
    layer.tint(strap, mixed(colour, BLACK, 0.2), 0.95)


def _paint_electrodes(layer: Layer, looks: Looks) -> None:
    width = _half_width(looks)
    places = np.array(SITES) * (width, 1.0)
    for size, tone in ((0.062, RING), (0.03, GEL)):
        rings = [ellipse(x, y, size * (1 - 0.35 * abs(x)), size) for x, y in places.tolist()]
        layer.paint(layer.mask(*rings, soft=0.005), tone)
