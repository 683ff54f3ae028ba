"""What is in the EEG besides the brain: blinks, muscles, sensors."""

from __future__ import annotations

import numpy as np

from milmer_live.samples import Float64
from milmer_live.synthetic.brain import (
    Band,
    noise,
)
from milmer_live.synthetic.head_model import (
    electrode,
    gains,
)

BLINK_S = 0.3
_EYES = 0.9 * np.array([[-0.33, 0.90, -0.35], [0.33, 0.90, -0.35]])


def blink_curve(times: Float64, blinks: Float64) -> Float64:
    """(n_times,) how far the lids are closed, 0 to 1: fast down, slower up."""
    since = np.subtract.outer(np.asarray(times, dtype=np.float64), blinks) / BLINK_S
    inside = (since > 0) & (since < 1)
    warped = np.where(inside, since, 0.0) ** 0.7
    return np.asarray((np.sin(np.pi * warped) ** 2).sum(axis=-1).clip(0, 1), dtype=np.float64)


def blink_potential(sites: Float64, closed: Float64, uv: float) -> Float64:
    """(32, n_times) µV: the field of both eyes, `uv` at Fp1."""
    field = gains(sites, _EYES).sum(axis=1)
    reference = gains(electrode("Fp1")[np.newaxis], _EYES).sum()
    return np.asarray(np.outer(field / reference, uv * closed), dtype=np.float64)


def muscle_potential(
    rng: np.random.Generator, sites: Float64, times: Float64, uv: float
) -> Float64:
    """(32, n_times) µV: bursts of 20 to 60 Hz at the temples, four a minute on each side."""
    total = np.zeros((len(sites), len(times)))
    for name in ("T7", "T8"):
        field = gains(sites, electrode(name)[np.newaxis])[:, 0]
        onsets = rng.uniform(times[0], times[-1], rng.poisson(4.0))
        lengths = rng.uniform(0.2, 1.2, len(onsets))
        tension = _bumps(times, onsets, lengths)
        total += np.outer(field, uv * tension * noise(rng, 1, times, Band(40.0, 12.0))[0])
    return total


def _bumps(times: Float64, onsets: Float64, lengths: Float64) -> Float64:
    share = np.subtract.outer(times, onsets) / lengths
    inside = (share > 0) & (share < 1)
    return np.asarray(np.where(inside, np.sin(np.pi * share) ** 2, 0.0).sum(axis=-1))


def sensor_noise(rng: np.random.Generator, times: Float64, uv: Float64) -> Float64:
    """(n_channels, n_times) µV: white, plus a slow drift of the same size."""
    white = rng.standard_normal((len(uv), len(times)))
    drift = noise(rng, len(uv), times, Band(0.0, 2.0))
    return np.asarray(uv[:, np.newaxis] * (white + drift), dtype=np.float64)
