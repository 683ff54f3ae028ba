"""Lines cut at the edges of a plot by arithmetic: an SVG keeps nothing of a painter's clip."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPolygonF

from milmer_live.samples import Float64


def cut_lines(x: Float64, y: Float64, box: QRectF) -> Iterator[tuple[Float64, Float64]]:
    """The stretches of the line through (x, y), both (n,), that lie in `box`, cut at its edges."""
    for limit in (box.top(), box.bottom()):
        x, y = with_crossings(x, y, limit)
    for limit in (box.left(), box.right()):
        y, x = with_crossings(y, x, limit)
    across, down = (x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2
    kept = (across >= box.left()) & (across <= box.right())
    kept &= (down >= box.top()) & (down <= box.bottom())
    edges = np.flatnonzero(np.diff(kept.astype(np.int8), prepend=0, append=0))
    for begin, end in edges.reshape(-1, 2):
        yield x[begin : end + 1], y[begin : end + 1]


def with_crossings(x: Float64, y: Float64, limit: float) -> tuple[Float64, Float64]:
    """A point more wherever the line through (x, y) passes y = `limit`."""
    beyond = y > limit
    steps = np.flatnonzero(beyond[1:] != beyond[:-1])
    share = (limit - y[steps]) / (y[steps + 1] - y[steps])
    places = x[steps] + share * (x[steps + 1] - x[steps])
    return np.insert(x, steps + 1, places), np.insert(y, steps + 1, limit)


def polygon(x: Float64, y: Float64) -> QPolygonF:
    """For the few points of a figure."""
    return QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
