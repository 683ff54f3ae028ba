"""Where electrodes are: directions on a sphere, for sites of the 10-05 system and of layouts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from milmer_live.processing.channels.layouts import montage_of
from milmer_live.processing.channels.site_names import REFERENCES
from milmer_live.samples import MODEL_CHANNELS, Float64

# Positions of 343 electrodes of the 10-05 system (Oostenveld & Praamstra 2001) on the Colin27
# head, as mne has them, and the centre in metres of the sphere that fits all of them best:
# one centre for all devices, so that an electrode does not move when another is missing.
ANATOMICAL = "colin27_1005"
HEAD_CENTRE_M = (-0.00093, 0.01459, 0.04083)
# The same sites on an ideal sphere, for caps whose electrodes are given on one.
SPHERICAL = "spherical_1005"


def is_scalp(site: str) -> bool:
    """Whether `site` is a place on the scalp: not an ear, and not nowhere."""
    return bool(site) and site not in REFERENCES


def directions(sites: Sequence[str]) -> tuple[Float64, Float64]:
    """Unit vectors (right, front, up) from the head's centre: (n, 3) of `sites`, NaN where one
    has no place, and (32, 3) of the model's channels in the same frame."""
    layouts = {site.partition("/")[0] for site in sites if "/" in site}
    places = _frame(min(layouts, default=""))
    nowhere = np.full(3, np.nan)
    found = np.array([places.get(site, nowhere) for site in sites]).reshape(-1, 3)
    return found, np.array([places[name.lower()] for name in MODEL_CHANNELS])


@cache
def _frame(layout: str) -> dict[str, Float64]:
    """Directions of the 10-05 sites, and of those of `layout` ("": none) in the same frame."""
    if not layout:
        return _directions(ANATOMICAL, HEAD_CENTRE_M)
    montage, is_spherical = montage_of(layout)
    if is_spherical:
        places = _directions(SPHERICAL, None)
    else:
        places = _directions(ANATOMICAL, HEAD_CENTRE_M)
    own = _directions(montage, None)
    return {**places, **{f"{layout}/{name}": vector for name, vector in own.items()}}


def _directions(montage: str, centre_m: Sequence[float] | None) -> dict[str, Float64]:
    """By name in lower case, about `centre_m`, or about that of the sphere that fits best."""
    import mne
    from mne.channels.montage import transform_to_head

    known = mne.channels.make_standard_montage(montage)
    positions = transform_to_head(known).get_positions()["ch_pos"]
    points = np.array(list(positions.values()))
    arms = points - (_centre(points) if centre_m is None else np.array(centre_m))
    units = arms / np.linalg.norm(arms, axis=1, keepdims=True)
    return {name.lower(): unit for name, unit in zip(positions, units, strict=True)}


def _centre(points: Float64) -> Float64:
    """(3,) of the sphere that fits `points` (n, 3) best, by least squares."""
    system = np.column_stack([2 * points, np.ones(len(points))])
    solution, *_ = np.linalg.lstsq(system, np.square(points).sum(axis=1))
    return np.asarray(solution[:3])


def site_positions(sites: Sequence[str]) -> dict[str, tuple[float, float, float]]:
    """Where sites of the 10-05 system are on the template head, in metres (x to the right ear, y to
    the nose, z up, through both ears and the nose: CapTrak's frame); those that are none of it are
    not in it."""
    import mne
    from mne.channels.montage import transform_to_head

    known = transform_to_head(mne.channels.make_standard_montage(ANATOMICAL)).get_positions()
    places = {name.lower(): place.tolist() for name, place in known["ch_pos"].items()}
    found = {site: places[site.lower()] for site in sites if site.lower() in places}
    return {site: (x, y, z) for site, (x, y, z) in found.items()}
