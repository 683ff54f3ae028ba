"""Device channels to model channels: by name, and what is missing by spherical splines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from milmer_live.config import MontageSettings
from milmer_live.errors import SourceFormat
from milmer_live.processing.channels.electrodes import (
    directions,
    is_scalp,
)
from milmer_live.processing.channels.site_names import (
    canonical,
    is_site,
)
from milmer_live.processing.eeg.coverage import coverage
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Float32, Float64, frozen

# Spherical splines (Perrin et al. 1989): order, degrees of the Legendre polynomials, and what
# keeps two electrodes that are close together apart, all as MNE-Python has them.
STIFFNESS = 4
DEGREES = 50
REGULARIZATION = 1e-5

MODEL_NAMES = tuple(name.lower() for name in MODEL_CHANNELS)


def sites(info: EEGInfo) -> tuple[str, ...]:
    """Where each channel of a device is, as `electrodes.directions` knows it; "" for nowhere.
    Of a device that nobody has looked at, what its names say."""
    return info.electrodes or tuple(
        canonical(name) if is_site(name) else "" for name in info.channel_names
    )


def channel_indices(names: Sequence[str]) -> NDArray[np.intp]:
    """For each of the 32 model channels its column in `names`. Raises SourceFormat."""
    columns = _columns(tuple(map(canonical, names)))
    missing = [name for name, column in zip(MODEL_CHANNELS, columns, strict=True) if column < 0]
    if missing:
        raise SourceFormat(
            f"{len(missing)} of the model's 32 channels are missing: {', '.join(missing)}.",
            "Name the device's channels by the 10-20 system.",
        )
    return columns


@dataclass(frozen=True, slots=True)
class ChannelMap:
    """From a device's channels to the model's, as one spatial matrix.

    `matrix` (32, n_device) float64; `columns` (32,) holds the device column of each model
    channel, -1 where it has none. `matched` and `interpolated` are model channels; `electrodes`
    counts the places on the scalp that the device has. `coverage` is the share of the EEG at the
    model's channels that these can know (see `coverage.coverage`), from 0 to 1. Where `usable` is
    False that is too little: nothing is interpolated, the missing ones are NaN, and the model has
    to run without EEG.
    """

    matrix: Float64
    columns: NDArray[np.intp]
    matched: tuple[str, ...]
    interpolated: tuple[str, ...]
    electrodes: int
    coverage: float
    least: float

    @property
    def usable(self) -> bool:
        return self.coverage >= self.least

    @property
    def missing(self) -> tuple[str, ...]:
        """Model channels that the device has not."""
        lacking = zip(MODEL_CHANNELS, self.columns, strict=True)
        return tuple(name for name, column in lacking if column < 0)

    def apply(self, data: Float32) -> Float32:
        """(n_samples, n_device) -> (n_samples, 32), both float32 µV.

        A channel that the device has is copied, so that it is not touched by what another
        one holds, be it not a number.
        """
        if not self.missing:
            return data[:, self.columns]
        there = self.columns >= 0
        out = np.full((len(data), len(there)), np.nan, dtype=np.float32)
        out[:, there] = data[:, self.columns[there]]
        if not self.usable:
            return out
        weights = self.matrix[~there]
        donors = np.flatnonzero(weights.any(axis=0))
        out[:, ~there] = data[:, donors].astype(np.float64) @ weights[:, donors].T
        return out

    def describe(self, *, has_model: bool = True) -> str:
        """One sentence for the screen."""
        n, share, made = len(MODEL_CHANNELS), f"{self.coverage:.0%}", len(self.missing)
        if not self.missing:
            return f"{n} of the model's {n} channels found."
        if self.usable:
            return (
                f"{len(self.matched)} of the model's {n} channels found, {made} made from "
                f"{self.electrodes} electrodes: {share} of the model's EEG is known."
            )
        if not has_model:
            return (
                f"{self.electrodes} electrodes know {share} of the model's EEG, and "
                f"{self.least:.0%} is the least."
            )
        return (
            f"{self.electrodes} electrodes know {share} of the model's EEG, and {self.least:.0%} "
            "is the least: the model runs without EEG."
        )


def channel_map(info: EEGInfo, settings: MontageSettings, bad: Sequence[str] = ()) -> ChannelMap:
    """How a device gives the model's 32 channels. Raises SourceFormat.

    Channels called `bad` are treated as if the device had not got them.
    """
    gone = frozenset(map(canonical, bad))
    places = zip(info.channel_names, sites(info), strict=True)
    kept = tuple("" if canonical(name) in gone else site for name, site in places)
    return _channel_map(kept, settings.min_coverage)


@lru_cache(maxsize=64)
def _channel_map(kept: tuple[str, ...], least: float) -> ChannelMap:
    columns = _columns(kept)
    there = columns >= 0
    matrix = np.zeros((len(MODEL_CHANNELS), len(kept)))
    matrix[np.flatnonzero(there), columns[there]] = 1.0
    donors = _donors(kept)
    known = 1.0 if there.all() else 0.0
    if len(donors) and not there.all():
        electrodes, channels = directions([kept[column] for column in donors])
        weights = np.zeros((len(MODEL_CHANNELS), len(donors)))
        weights[there] = matrix[there][:, donors]
        weights[~there] = spline_weights(electrodes, channels[~there])
        known = coverage(weights, electrodes, channels)
        if known >= least:
            matrix[np.ix_(np.flatnonzero(~there), donors)] = weights[~there]
    return ChannelMap(
        matrix=frozen(matrix),
        columns=frozen(columns),
        matched=tuple(np.array(MODEL_CHANNELS)[there].tolist()),
        interpolated=tuple(np.array(MODEL_CHANNELS)[~there].tolist()) if known >= least else (),
        electrodes=len(donors),
        coverage=known,
        least=least,
    )


def spline_weights(electrodes: Float64, wanted: Float64) -> Float64:
    """(m, n): what the potentials at the places `wanted` (m, 3) are made of those at `electrodes`
    (n, 3), all unit vectors, by spherical splines (Perrin et al. 1989). Rows sum to 1."""
    n = len(electrodes)
    system = np.ones((n + 1, n + 1))
    system[:n, :n] = _spline(electrodes @ electrodes.T) + REGULARIZATION * np.eye(n)
    system[n, n] = 0.0
    right = np.column_stack([_spline(wanted @ electrodes.T), np.ones(len(wanted))])
    return np.asarray(right @ np.linalg.pinv(system)[:, :n])


def _spline(cosines: Float64) -> Float64:
    n = np.arange(1, DEGREES + 1, dtype=np.float64)
    factors = (2 * n + 1) / (n * (n + 1)) ** STIFFNESS / (4 * np.pi)
    terms = np.concatenate([[0.0], factors])
    return np.asarray(np.polynomial.legendre.legval(np.clip(cosines, -1.0, 1.0), terms))


def _columns(kept: tuple[str, ...]) -> NDArray[np.intp]:
    """(32,) the column of each model channel among the sites `kept`, -1 for none. Raises
    SourceFormat."""
    counts = Counter(kept)
    twice = [
        model for model, name in zip(MODEL_CHANNELS, MODEL_NAMES, strict=True) if counts[name] > 1
    ]
    if twice:
        raise SourceFormat(
            f"Two channels are called {twice[0]}: which of them is meant is not clear.",
            "Give each channel of the device a name of its own.",
        )
    column = {site: index for index, site in enumerate(kept)}
    return np.array([column.get(name, -1) for name in MODEL_NAMES], dtype=np.intp)


def _donors(kept: tuple[str, ...]) -> NDArray[np.intp]:
    """Columns of the scalp electrodes; of two at one place, neither is trusted."""
    counts = Counter(kept)
    columns = [column for column, site in enumerate(kept) if is_scalp(site) and counts[site] == 1]
    return np.array(columns, dtype=np.intp)
