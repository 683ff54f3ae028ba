"""Values at electrodes spread over a head, seen from above. Pure numpy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

import numpy as np

from milmer_live.paths import resource
from milmer_live.processing.channels.site_names import canonical
from milmer_live.samples import Bool, Float64, UInt8

GRID = 64  # pixels of a map's side
REACH = 1.15  # of the head's radius: maps reach a little beyond the outermost electrodes
FEWEST = 4

# Colours from low to high, between which a map goes in straight lines of RGB: one hue of rising
# lightness for amounts, and two for amounts with a sign. Both are read by every colour vision.
AMOUNT = ("#2B1B57", "#5B3FA8", "#A25BB5", "#E08A87", "#F7D9A6")
SIGNED = ("#2E6FC9", "#8DB4E6", "#EDEDED", "#EDA37E", "#C2502B")


@cache
def electrodes() -> dict[str, tuple[float, float]]:
    """Places of 343 electrodes by canonical name: right and front, 1 at the head's rim.

    The 10-10 system on a sphere (easycap M1), seen from above in equal angles; the 10-05 places
    between them by the thin-plate spline that carries the ones onto the others.
    """
    text = (resource("heads") / "electrodes.json").read_text(encoding="utf-8")
    return {name: (float(x), float(y)) for name, (x, y) in json.loads(text).items()}


def placed(names: Sequence[str]) -> list[int]:
    """Indices of the channels whose place on the head is known."""
    known = electrodes()
    return [index for index, name in enumerate(names) if canonical(name) in known]


def places(names: Sequence[str]) -> Float64:
    """(n, 2) of channels that are all known."""
    known = electrodes()
    return np.array([known[canonical(name)] for name in names], dtype=np.float64).reshape(-1, 2)


class ScalpMap:
    """Thin-plate spline (Duchon 1977) through the values; its weights depend on the electrodes
    alone, so a new picture is one product of matrices."""

    def __init__(self, names: Sequence[str]) -> None:
        """Raises ValueError with fewer than 4 electrodes: no plane fits through them."""
        if len(names) < FEWEST:
            raise ValueError(f"{len(names)} electrodes give no map")
        centres = places(names)
        axis = np.linspace(-REACH, REACH, GRID)
        x, y = np.meshgrid(axis, -axis)
        self.inside: Bool = np.hypot(x, y) <= REACH - 0.02
        self._weights = _weights(centres, np.column_stack([x.ravel(), y.ravel()]))

    def image(self, values: Float64) -> Float64:
        """(64, 64), front at the top, from `values` (n,)."""
        image: Float64 = (self._weights @ values).reshape(GRID, GRID)
        return image


def _weights(centres: Float64, points: Float64) -> Float64:
    """(n_points, n_centres)"""
    n = len(centres)
    system = np.zeros((n + 3, n + 3))
    system[:n, :n] = _kernel(centres, centres) + 1e-6 * np.eye(n)
    system[:n, n] = system[n, :n] = 1.0
    system[:n, n + 1 :] = centres
    system[n + 1 :, :n] = centres.T
    terms = np.column_stack([_kernel(points, centres), np.ones(len(points)), points])
    return np.asarray((terms @ np.linalg.pinv(system))[:, :n], dtype=np.float64)


def _kernel(one: Float64, other: Float64) -> Float64:
    """r² log r"""
    squared = ((one[:, np.newaxis] - other[np.newaxis]) ** 2).sum(axis=2)
    return np.asarray(0.5 * squared * np.log(np.maximum(squared, 1e-12)), dtype=np.float64)


def coloured(image: Float64, low: float, high: float, colours: Sequence[str]) -> UInt8:
    """(…, 3) RGB of `image` between `low` and `high`."""
    anchors = np.array([_rgb(colour) for colour in colours], dtype=np.float64)
    share = np.clip((image - low) / max(high - low, 1e-12), 0, 1) * (len(anchors) - 1)
    first = np.minimum(share.astype(np.int64), len(anchors) - 2)
    rest = (share - first)[..., np.newaxis]
    mixed = anchors[first] * (1 - rest) + anchors[first + 1] * rest
    return np.asarray(np.round(mixed), dtype=np.uint8)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
