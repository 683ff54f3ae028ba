"""Hair: a crown between the hairline and the outline of the skull, and what hangs behind."""

from __future__ import annotations

import numpy as np

from milmer_live.samples import Float32
from milmer_live.synthetic.face.canvas import (
    Layer,
    Points,
    curve,
    ellipse,
    joined,
    mirrored,
    shifted,
)
from milmer_live.synthetic.face.looks import (
    BLACK,
    WHITE,
    Looks,
    mixed,
)

# how far the crown stands off the skull, in half heights of the face
_LIFT = {
    "buzz": 0.035, "short": 0.13, "swept": 0.17, "long": 0.13, "bob": 0.14, "curly": 0.24,
    "bun": 0.07,
}  # fmt: skip
FALLING = ("long", "bob")


def paint_back_hair(layer: Layer, looks: Looks) -> None:
    """What is seen behind neck and head."""
    shade, width = mixed(looks.hair, BLACK, 0.4), looks.face_width
    if looks.hair_style == "long":
        side = curve((0, -1.1), (-width - 0.5, -1.1), (-width - 0.14, 0.7), (-width - 0.3, 1.9))
        layer.paint(layer.mask(joined(side, mirrored(side)[::-1])), shade)
    elif looks.hair_style == "bob":
        side = curve((0, -1.1), (-width - 0.5, -1.1), (-width - 0.22, 0.4), (-width + 0.02, 0.92))
        layer.paint(layer.mask(joined(side, mirrored(side)[::-1])), shade)
    elif looks.hair_style == "bun":
        layer.paint(layer.mask(ellipse(0, -1.2, 0.26, 0.22)), mixed(looks.hair, BLACK, 0.15))
        shine = layer.mask(ellipse(0.06, -1.29, 0.12, 0.06), soft=0.05)
        layer.tint(shine, mixed(looks.hair, WHITE, 0.4), 0.6)


def paint_front_hair(layer: Layer, looks: Looks, light: float) -> None:
    """The crown with its strands, the shadow that it throws, and locks beside the face."""
    line = _hairline(looks)
    crown = joined(_skull(looks), line[::-1])
    if looks.hair_style in FALLING:
        _paint_locks(layer, looks)
    shadow = layer.mask(shifted(crown, 0, 0.05), soft=0.045)
    layer.tint(shadow, mixed(looks.skin, BLACK, 0.6), 0.4)
    mask = layer.mask(crown, soft=0.012)
    layer.paint(mask, looks.hair, 0.78 if looks.hair_style == "buzz" else 1.0)
    if looks.hair_style == "curly":
        _paint_curls(layer, looks, crown)
    elif looks.hair_style != "buzz":
        _paint_strands(layer, looks, mask)
    shine = layer.mask(ellipse(0.28 * light, -0.9, 0.42, 0.1), soft=0.09)
    layer.tint(shine * mask, mixed(looks.hair, WHITE, 0.45), 0.4)
    edge = layer.mask(shifted(crown, 0.0, 0.1), soft=0.08)
    layer.tint(mask * (1 - edge), mixed(looks.hair, BLACK, 0.5), 0.35)


def _skull(looks: Looks) -> Points:
    """The outline of the crown from the left ear over the top to the right one."""
    width, lift = looks.face_width, _LIFT[looks.hair_style]
    ear = 0.32 if looks.hair_style in FALLING else 0.02
    left = curve(
        (-width - 0.015 - 0.2 * lift, ear), (-width - 0.03 - 0.6 * lift, -0.62),
        (-0.60 - 0.5 * lift, -1.0 - lift), (0.0, -1.0 - lift),
    )  # fmt: skip
    return joined(left, mirrored(left)[::-1])


def _hairline(looks: Looks) -> Points:
    """The lower edge of the crown, from the left temple to the right one."""
    width = looks.face_width
    if looks.hair_style in ("swept", "bob"):
        low = 0.32 if looks.hair_style == "bob" else 0.06
        left = curve((-width + 0.03, low), (-width + 0.05, -0.36), (-0.30, -0.40), (0.34, -0.80))
        right = curve((0.34, -0.80), (0.52, -0.66), (width - 0.10, -0.46), (width - 0.04, low))
        line = joined(left, right)
        return line if looks.parting > 0 else mirrored(line)[::-1]
    if looks.hair_style == "long":
        left = curve((-width + 0.03, 0.32), (-width + 0.04, -0.4), (-0.42, -0.52), (0.0, -0.86))
        return joined(left, mirrored(left)[::-1])
    high = {"buzz": -0.68, "bun": -0.66, "curly": -0.60, "short": -0.64}[looks.hair_style]
    burn = curve((-width + 0.035, 0.10), (-width + 0.09, -0.1), (-width + 0.10, -0.3),
                 (-width + 0.12, -0.42))  # fmt: skip
    brow = curve((-width + 0.12, -0.42), (-width + 0.18, -0.62), (-0.4, high), (0.0, high))
    left = joined(burn, brow)
    return joined(left, mirrored(left)[::-1])


def _paint_locks(layer: Layer, looks: Looks) -> None:
    """Hair in front of the ears, down to the jaw or over the shoulders."""
    width = looks.face_width
    end = 1.85 if looks.hair_style == "long" else 0.95
    outer = curve(
        (-width - 0.06, -0.2), (-width - 0.16, 0.3), (-width - 0.08, 0.7), (-width - 0.12, end)
    )
    inner = curve(
        (-width + 0.12, end), (-width + 0.02, 0.75), (-width + 0.13, 0.3), (-width + 0.03, -0.1)
    )
    lock = joined(outer, inner)
    both = layer.mask(lock, mirrored(lock))
    layer.tint(layer.mask(shifted(lock, 0.05, 0), soft=0.05), mixed(looks.skin, BLACK, 0.6), 0.3)
    layer.tint(
        layer.mask(shifted(mirrored(lock), -0.05, 0), soft=0.05), mixed(looks.skin, BLACK, 0.6), 0.3
    )
    layer.paint(both, mixed(looks.hair, BLACK, 0.1))
    rng = np.random.default_rng(5)
    strands = [outer + share * (inner[::-1] - outer) for share in rng.uniform(0.05, 0.95, 12)]
    _streak(layer, looks, [*strands, *(mirrored(one) for one in strands)], both)


def _paint_strands(layer: Layer, looks: Looks, mask: Float32) -> None:
    rng = np.random.default_rng(7)
    start = 0.34 * looks.parting if looks.hair_style in ("swept", "bob") else 0.0
    top = -1.0 - 0.8 * _LIFT[looks.hair_style]
    strands = []
    for end in rng.uniform(-1, 1, 70) * (looks.face_width + 0.05):
        drop = -0.05 - 0.75 * (1 - min(abs(end) / looks.face_width, 1.0) ** 2)
        side = end + 0.25 * (end - start)
        strands.append(curve((start + 0.15 * end, top), (side, top), (side, -0.6), (end, drop)))
    _streak(layer, looks, strands, mask)


def _streak(layer: Layer, looks: Looks, strands: list[Points], mask: Float32) -> None:
    """Fine lines, light and dark by turns."""
    for tone, some in ((WHITE, strands[::2]), (BLACK, strands[1::2])):
        lines = layer.lines_mask(some, 0.012, soft=0.008) * mask
        layer.tint(lines, mixed(looks.hair, tone, 0.4), 0.45)


def _paint_curls(layer: Layer, looks: Looks, crown: Points) -> None:
    """Small rings over the crown and beyond its edge, in a few tones."""
    rng = np.random.default_rng(11)
    edge, inside = _skull(looks)[::2], layer.mask(crown)
    spots = np.concatenate([edge, rng.uniform((-0.9, -1.2), (0.9, 0.0), (260, 2))])
    columns, rows = layer.pixels(spots).astype(int).T
    spots = spots[inside[rows, columns] > 0]
    rings = [ellipse(x, y, radius, radius)[::3] for x, y, radius in _rings(rng, spots)]
    for turn in range(8):
        tone = mixed(looks.hair, WHITE if turn % 3 == 0 else BLACK, (0.04, 0.12, 0.2)[turn % 3])
        layer.paint(layer.mask(*rings[turn::8], soft=0.01), tone, 0.75)


def _rings(rng: np.random.Generator, spots: Points) -> list[tuple[float, float, float]]:
    """Centre and radius of each, in a random order."""
    radii = rng.uniform(0.055, 0.085, len(spots))
    together = rng.permutation(np.column_stack([spots, radii]))
    return [(x, y, radius) for x, y, radius in together.tolist()]
