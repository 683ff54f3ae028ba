"""How much of the EEG at the model's channels a montage can know."""

from __future__ import annotations

from functools import cache

import numpy as np

from milmer_live.samples import Float64

# A head of four shells (brain, fluid, skull, scalp): radii, and conductivities in S/m, as
# MNE-Python's sphere model has them. Sources lie in a shell of cortex, at any place and in any
# direction alike.
RADII = (0.90, 0.92, 0.97, 1.0)
CONDUCTIVITIES = (0.33, 1.0, 0.004, 0.33)
CORTEX = (0.65, 0.87)
DEGREES = 60  # of the Legendre polynomials: the skull leaves 1e-6 of what is finer


def coverage(weights: Float64, electrodes: Float64, channels: Float64) -> float:
    """The share, from 0 to 1, of the variance at `channels` that is in what `weights`
    (n_channels, n_electrodes) make of `electrodes`, over all sources: 1 less the error.

    `electrodes` (n, 3) and `channels` (m, 3) are unit vectors. Potentials are against the average
    of the channels, and the mean over channels is given; one that is worse than nothing counts 0.
    """
    points = np.concatenate([channels, electrodes])
    covariance = potential_covariance(np.clip(points @ points.T, -1.0, 1.0))
    n = len(channels)
    to_average = np.eye(n) - 1 / n
    wanted = to_average @ np.hstack([np.eye(n), np.zeros_like(weights)])
    error = to_average @ np.hstack([np.eye(n), -weights])
    shares = 1 - _variances(error, covariance) / _variances(wanted, covariance)
    return float(np.clip(shares, 0.0, 1.0).mean())


def potential_covariance(cosines: Float64) -> Float64:
    """Covariance of the potentials at two places of the scalp, by the cosine of the angle between
    them, up to a factor.

    Where a dipole of eccentricity b has the potential sum_n g_n b^(n-1) Y_n on the surface
    (de Munck & Peters 1993), the mean over its direction and its place on the sphere leaves
    n g_n^2 b^(2n-2) P_n(cosine).
    """
    degrees = np.arange(1, DEGREES + 1, dtype=np.float64)
    inner, outer = CORTEX
    power = 2 * degrees + 1
    spread = 3 * (outer**power - inner**power) / power / (outer**3 - inner**3)
    weights = degrees * np.square(_gains()) * spread
    return np.asarray(np.polynomial.legendre.legval(cosines, np.concatenate([[0.0], weights])))


def _variances(rows: Float64, covariance: Float64) -> Float64:
    return np.asarray(np.einsum("ij,jk,ik->i", rows, covariance, rows))


@cache
def _gains() -> Float64:
    """(DEGREES,): the potential on the scalp for a source term r^-(n+1) in the brain, shell by
    shell: potential and normal current go on across each border, and no current leaves."""
    n = np.arange(1, DEGREES + 1, dtype=np.float64)
    growing, falling = np.ones(DEGREES), n / (n + 1)
    surface = growing + falling
    for shell in reversed(range(len(RADII) - 1)):
        r = RADII[shell]
        potential = growing * r**n + falling * r ** -(n + 1)
        slope = n * growing * r ** (n - 1) - (n + 1) * falling * r ** -(n + 2)
        slope = slope * CONDUCTIVITIES[shell + 1] / CONDUCTIVITIES[shell]
        growing = ((n + 1) * potential / r + slope) / ((2 * n + 1) * r ** (n - 1))
        falling = (potential - growing * r**n) * r ** (n + 1)
    return np.asarray(surface / falling)
