"""Where electrodes and sources are, and how a source reaches the scalp.

Coordinates of a sphere of radius 1: x to the right ear, y to the nose, z to the top.
"""

from __future__ import annotations

import numpy as np

from milmer_live.samples import MODEL_CHANNELS, Float64

# Electrodes of the 10-20 system on the sphere that fits MNE's `standard_1020` positions best.
# Right-hand sites mirror the left ones.
_LEFT_AND_MIDDLE = {
    "Fp1": (-0.28, 0.95, -0.11), "AF3": (-0.35, 0.92, 0.17), "F3": (-0.55, 0.74, 0.39),
    "F7": (-0.76, 0.63, -0.17), "FC5": (-0.89, 0.40, 0.22), "FC1": (-0.38, 0.45, 0.81),
    "C3": (-0.74, 0.06, 0.67), "T7": (-0.99, 0.01, -0.17), "CP5": (-0.90, -0.34, 0.29),
    "CP1": (-0.37, -0.32, 0.87), "P3": (-0.56, -0.64, 0.52), "P7": (-0.79, -0.61, -0.08),
    "PO3": (-0.38, -0.86, 0.33), "O1": (-0.30, -0.95, 0.04), "Oz": (0.0, -0.99, 0.10),
    "Pz": (0.0, -0.64, 0.77), "Fz": (0.0, 0.77, 0.64), "Cz": (0.0, 0.07, 1.00),
}  # fmt: skip
_MIRROR = {
    "Fp2": "Fp1", "AF4": "AF3", "F4": "F3", "F8": "F7", "FC6": "FC5", "FC2": "FC1", "C4": "C3",
    "T8": "T7", "CP6": "CP5", "CP2": "CP1", "P4": "P3", "P8": "P7", "PO4": "PO3", "O2": "O1",
}  # fmt: skip

SOURCE_DEPTH = 0.85  # radius of the sphere of cortical sources
SPREAD = 0.45  # distance, in head radii, at which a source has fallen to 61 %


def electrode(name: str) -> Float64:
    """(3,) the unit vector of an electrode."""
    if name in _MIRROR:
        x, y, z = _LEFT_AND_MIDDLE[_MIRROR[name]]
        position = np.array([-x, y, z])
    else:
        position = np.array(_LEFT_AND_MIDDLE[name])
    return np.asarray(position / np.linalg.norm(position), dtype=np.float64)


def electrodes(rng: np.random.Generator) -> Float64:
    """(32, 3) the model's electrodes on one head: the cap sits a few degrees off."""
    ideal = np.stack([electrode(name) for name in MODEL_CHANNELS])
    moved = ideal @ _rotation(rng.normal(0, np.deg2rad(4), 3)).T
    placed = moved + rng.normal(0, 0.02, moved.shape)
    return np.asarray(placed / np.linalg.norm(placed, axis=1, keepdims=True), dtype=np.float64)


def _rotation(angles: Float64) -> Float64:
    """Rodrigues' formula for a rotation vector in radians."""
    angle = float(np.linalg.norm(angles))
    x, y, z = angles / max(angle, 1e-12)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turned = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return np.asarray(turned, dtype=np.float64)


def near(names: tuple[str, ...], rng: np.random.Generator, jitter: float = 0.1) -> Float64:
    """(n, 3) sources under these sites, a little off as in every brain."""
    sites = np.stack([electrode(name) for name in names])
    return SOURCE_DEPTH * (sites + rng.normal(0, jitter, sites.shape))


def anywhere(count: int, rng: np.random.Generator) -> Float64:
    """(count, 3) sources all over the upper two thirds of the sphere."""
    points = rng.normal(size=(count, 3))
    points[:, 2] = np.abs(points[:, 2]) - 0.3
    radius = np.linalg.norm(points, axis=1, keepdims=True) / SOURCE_DEPTH
    return np.asarray(points / radius, dtype=np.float64)


def gains(sites: Float64, sources: Float64) -> Float64:
    """(n_sites, n_sources) share of each source at each electrode, 1 straight above it.

    A Gaussian of the distance: as smooth as volume conduction makes scalp maps, without a
    conductor model (Nunez & Srinivasan 2006, ch. 2: about 5 to 10 cm of blur).
    """
    square = ((sites[:, np.newaxis] - sources[np.newaxis]) ** 2).sum(axis=2)
    nearest = (1 - SOURCE_DEPTH) ** 2
    return np.asarray(np.exp(-(square - nearest) / (2 * SPREAD**2)), dtype=np.float64)
