"""From a sender's clock to the recorder's, by the clock offsets of an XDF file."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from milmer_live.samples import Float64
from milmer_live.storage.xdf.writer import LEAP_S

# Up to this far from the line a measurement counts by its square, beyond it by its distance: of
# a network's delays most are alike, and a few are long. The same limit as pyxdf's.
USUAL_S = 1e-4
MOST_TURNS = 200
SETTLED_S = 1e-7  # by which a fit that has come to rest still moves


def on_recorder_clock(stamps: Float64, collected: Float64, offsets_s: Float64) -> Float64:
    """`stamps` (n,) plus the offset at their time, from measurements (m,) in their order.

    Two clocks drift apart evenly, while a single measurement is off by the network's delay:
    so a straight line through all measurements, a line of its own for each run between leaps
    (a sender that was restarted). Without a measurement the stamps are as they are.
    """
    if not len(collected) or not len(stamps):
        return stamps
    corrected = np.empty_like(stamps)
    begins = [0, *(_leaps(collected, offsets_s) + 1).tolist(), len(collected)]
    row = 0
    for begin, end in pairwise(begins):
        stop = len(stamps)
        if end < len(collected):
            stop = row + _before_leap(stamps[row:], collected[end - 1], collected[end])
        of_run = stamps[row:stop]
        centre, height, slope = _line(collected[begin:end], offsets_s[begin:end])
        corrected[row:stop] = of_run + height + slope * (of_run - centre)
        row = stop
    return corrected


def _leaps(collected: Float64, offsets_s: Float64) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """The last measurement of each clock but the last. Where a sender was restarted its own time
    leaps with its offset; a measurement that took long has the time it should have."""
    steps = np.diff(collected)
    if not len(steps):
        return np.zeros(0, np.intp)
    unsteady = np.abs(steps - np.median(steps)) > LEAP_S
    return np.flatnonzero((steps < 0) | (unsteady & (np.abs(np.diff(offsets_s)) > LEAP_S)))


def _before_leap(stamps: Float64, end: float, begin: float) -> int:
    """How many of the first stamps are of the clock that was compared last at `end`, before it
    went on from `begin`: those before it fell back, else those nearer to `end`."""
    if begin < end:
        falls = np.flatnonzero(np.diff(stamps) < (begin - end) / 2)
        if len(falls):
            return int(falls[0]) + 1
    beyond = np.abs(stamps - end) >= np.abs(stamps - begin)
    return int(np.argmax(beyond)) if beyond.any() else len(stamps)


def _line(x: Float64, y: Float64) -> tuple[float, float, float]:
    """The line through points (m,) as (centre, height there, slope), fitted with Huber's loss
    (Huber 1964) by weights that are adjusted until they settle; level where there is one point."""
    centre = float(x.mean())
    spread = x - centre
    weights = np.ones_like(y)
    height, slope = _weighted(spread, y, weights)
    reach = float(np.abs(spread).max())
    for _ in range(MOST_TURNS):
        off = np.abs(y - height - slope * spread)
        weights = USUAL_S / np.maximum(off, USUAL_S)
        before = height, slope
        height, slope = _weighted(spread, y, weights)
        if abs(height - before[0]) + reach * abs(slope - before[1]) < SETTLED_S:
            break
    return centre, height, slope


def _weighted(x: Float64, y: Float64, weights: Float64) -> tuple[float, float]:
    """(height at 0, slope) of the least-squares line."""
    total = float(weights.sum())
    middle, height = float(weights @ x) / total, float(weights @ y) / total
    spread = x - middle
    square = float(weights @ spread**2)
    slope = float(weights @ (spread * (y - height))) / square if square else 0.0
    return height - slope * middle, slope
