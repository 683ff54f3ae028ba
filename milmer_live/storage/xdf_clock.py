"""From a sender's clock to the recorder's, by the clock offsets of an XDF file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float64
from milmer_live.storage.xdf_writer import LEAP_S


def on_recorder_clock(stamps: Float64, collected: Float64, offsets_s: Float64) -> Float64:
    """`stamps` (n,) plus the offset at their time, from measurements (m,).

    Two clocks drift apart evenly, while a single measurement is off by the network's delay:
    so a straight line through all measurements, a line of its own for each run between leaps
    (a sender that was restarted). Without a measurement the stamps are as they are.
    """
    if not len(collected) or not len(stamps):
        return stamps
    runs = np.concatenate([[0], np.cumsum(np.abs(np.diff(offsets_s)) > LEAP_S)])
    run_of = runs[_nearest(stamps, collected)]
    corrected = np.empty_like(stamps)
    for run in np.unique(run_of):
        of_run, measured = run_of == run, runs == run
        centre, height, slope = _line(collected[measured], offsets_s[measured])
        corrected[of_run] = stamps[of_run] + height + slope * (stamps[of_run] - centre)
    return corrected


def _nearest(stamps: Float64, collected: Float64) -> NDArray[np.intp]:
    """For each stamp the measurement that is nearest in time."""
    order = np.argsort(collected, kind="stable")
    borders = (collected[order][1:] + collected[order][:-1]) / 2
    return order[np.searchsorted(borders, stamps)]


def _line(x: Float64, y: Float64) -> tuple[float, float, float]:
    """The least-squares line through points as (centre, height there, slope); level where
    there are too few points for a slope."""
    centre, height = float(x.mean()), float(y.mean())
    spread = x - centre
    square = float(spread @ spread)
    slope = float(spread @ (y - height)) / square if len(x) > 2 and square else 0.0
    return centre, height, slope
