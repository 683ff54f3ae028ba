"""Samples of an uneven stream on an even grid, each where it was. Pure.

Where no sample would move by more than half a step of the grid, samples are kept as they are.
Elsewhere they are interpolated by a windowed sinc (Oppenheim & Schafer, Kaiser window), which
keeps what the lower of the two rates can hold; columns of codes, such as triggers, keep their
values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.processing.timing.gaps import (
    LONGEST_S,
    Indices,
)
from milmer_live.samples import Float64

Values = NDArray[Any]

HALF = 16  # samples on each side, at the lower rate
BETA = 8.0  # of the Kaiser window: 80 dB
MOST_VALUES = 1 << 22  # that are gathered at a time


@dataclass(frozen=True, slots=True)
class Grid:
    """`values` (n_samples, n_channels) at `rate` from the first sample on. `skipped` are [start,
    stop) in seconds that were not recorded and are zeros. `kept`: samples are as recorded. `moved`:
    some are not where their times say, since a clock was set."""

    values: Values
    rate: float
    skipped: tuple[tuple[float, float], ...]
    kept: bool
    moved: bool = False


def on_grid(
    values: Values, times: Float64, begins: Indices, rate: float, codes: Sequence[int] = ()
) -> Grid:
    """Samples (n_samples, n_channels) at `times` (n_samples,), of which stretches without a gap
    begin at `begins`, on a grid of `rate` that starts with the first. `codes` are columns that are
    not interpolated. Where a clock was set back, or by more than a day, the next stretch follows at
    once."""
    parts: list[Values] = []
    skipped: list[tuple[float, float]] = []
    written, shift, kept = 0, 0, True
    for begin, end in pairwise([0, *begins.tolist(), len(times)]):
        start, block, is_kept = _stretch(
            values[begin:end], (times[begin:end] - times[0]) * rate, codes
        )
        kept &= is_kept
        start += shift
        if not -1 <= start - written <= LONGEST_S * rate:
            shift += written - start
            start = written
        if start > written:
            skipped.append((written / rate, start / rate))
            parts.append(np.zeros((start - written, values.shape[1]), values.dtype))
            written = start
        parts.append(block)
        written += len(block)
    return Grid(np.concatenate(parts) if parts else values, rate, tuple(skipped), kept, shift != 0)


def _stretch(values: Values, places: Float64, codes: Sequence[int]) -> tuple[int, Values, bool]:
    """The first place on the grid, what stands from there on, and whether it is `values` itself.
    `places` (n,) are those of the samples, in steps of the grid."""
    ahead = places - np.arange(len(places))
    first = round(float((ahead.min() + ahead.max()) / 2))
    if np.abs(ahead - first).max() <= 0.5:
        return first, values, True
    first, last = int(np.ceil(places[0] - 1e-6)), int(np.floor(places[-1] + 1e-6))
    wanted = np.arange(first, max(first, last) + 1)
    at = np.interp(wanted, places, np.arange(len(places)))
    out = interpolated(values, at)
    for column in codes:
        out[:, column] = _codes(values[:, column], at, np.rint(places).astype(int) - first)
    return first, out, False


def interpolated(values: Values, at: Float64) -> Values:
    """`values` (n, n_channels) at the places `at` (m,) between 0 and n - 1, evenly spaced."""
    step = float(at[-1] - at[0]) / (len(at) - 1) if len(at) > 1 else 1.0
    cut = min(1.0, 1.0 / step) if step > 0 else 1.0
    reach = int(np.ceil(HALF / cut))
    window = np.kaiser(4096 * 2 + 1, BETA)[4096:]
    offsets = np.arange(-reach + 1, reach + 1)
    out = np.empty((len(at), values.shape[1]), values.dtype)
    size = max(16, MOST_VALUES // (len(offsets) * max(1, values.shape[1])))
    for start in range(0, len(at), size):
        here = at[start : start + size]
        columns = np.floor(here).astype(int)[:, np.newaxis] + offsets
        away = columns - here[:, np.newaxis]
        shape = np.interp(np.abs(away) / reach, np.linspace(0, 1, len(window)), window)
        weights = np.sinc(cut * away) * shape
        weights /= weights.sum(axis=1, keepdims=True)
        near = values[np.clip(columns, 0, len(values) - 1)]
        out[start : start + size] = np.matmul(weights.astype(out.dtype)[:, np.newaxis], near)[:, 0]
    return out


def _codes(values: Values, at: Float64, places: Indices) -> Values:
    """Each place has the code that holds there; one that holds for a single sample is not lost."""
    out: Values = values[np.clip(np.rint(at).astype(int), 0, len(values) - 1)]
    changes = (np.flatnonzero(values[1:] != values[:-1]) + 1)[::-1]
    inside = changes[(places[changes] >= 0) & (places[changes] < len(out))]
    out[places[inside]] = values[inside]
    return out
