"""Device channels to model channels: by name, and what is missing by spherical splines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from milmer_live.config import MontageSettings
from milmer_live.errors import SourceFormat
from milmer_live.samples import MODEL_CHANNELS, Float32, Float64, frozen

# Names of the older 10-20 system for the same places (Jurcak et al. 2007).
SYNONYMS = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}

# What amplifiers and file formats put around the name: "EEG Fp1", "EEG FP1-REF", "Fc5.".
DECORATION = re.compile(r"^(?:EEG[ _:-]+)?(.+?)(?:[ _-]+(?:REF|LE|AVG|AR))?\.*$", re.IGNORECASE)

# Ears and mastoids have a place, but they are references, not scalp.
REFERENCES = frozenset({"a1", "a2", "m1", "m2"})

# Positions of 343 electrodes of the 10-05 system (Oostenveld & Praamstra 2001) on the Colin27
# head, as mne has them, and the centre in metres of the sphere that fits all of them best:
# one centre for all devices, so that an electrode does not move when another is missing.
POSITIONS = "colin27_1005"
HEAD_CENTRE_M = (-0.00093, 0.01459, 0.04083)

MODEL_NAMES = tuple(name.lower() for name in MODEL_CHANNELS)


def canonical(name: str) -> str:
    """A channel's name as the montage knows it: bare, of the newer system, in lower case."""
    match = DECORATION.match(name.strip())
    bare = match.group(1) if match else name.strip()
    return SYNONYMS.get(bare.upper(), bare).lower()


def channel_indices(names: Sequence[str]) -> NDArray[np.intp]:
    """For each of the 32 model channels its column in `names`. Raises SourceFormat."""
    columns = _columns(tuple(names))
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
    channel, -1 where it has none. `matched` and `interpolated` are model channels, `unused`
    are device channels. Where `usable` is False too few channels matched: nothing is
    interpolated, the missing ones are NaN, and the model has to run without EEG.
    """

    matrix: Float64
    columns: NDArray[np.intp]
    matched: tuple[str, ...]
    interpolated: tuple[str, ...]
    unused: tuple[str, ...]
    usable: bool

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
        found = f"{len(self.matched)} of the model's {len(MODEL_CHANNELS)} channels found"
        if not self.usable:
            effect = "too few, the model runs without EEG" if has_model else "too few for a model"
            return f"{found}: {effect}."
        if not self.interpolated:
            return f"{found}."
        return f"{found}; {len(self.interpolated)} interpolated: {', '.join(self.interpolated)}."


def channel_map(
    names: Sequence[str], settings: MontageSettings, bad: Sequence[str] = ()
) -> ChannelMap:
    """How a device with channels `names` gives the model's 32. Raises SourceFormat.

    Channels called `bad` are treated as if the device had not got them.
    """
    return _channel_map(tuple(names), settings.min_channels, frozenset(map(canonical, bad)))


@lru_cache(maxsize=64)
def _channel_map(names: tuple[str, ...], min_channels: int, bad: frozenset[str]) -> ChannelMap:
    kept = tuple("" if canonical(name) in bad else name for name in names)
    columns = _columns(kept)
    there = columns >= 0
    usable = int(there.sum()) >= min_channels
    matrix = np.zeros((len(MODEL_CHANNELS), len(names)))
    matrix[np.flatnonzero(there), columns[there]] = 1.0
    if usable and not there.all():
        donors, weights = _splines(kept, tuple(np.flatnonzero(~there).tolist()))
        matrix[np.ix_(np.flatnonzero(~there), donors)] = weights
    used = (matrix != 0).any(axis=0).tolist()
    return ChannelMap(
        matrix=frozen(matrix),
        columns=frozen(columns),
        matched=tuple(np.array(MODEL_CHANNELS)[there].tolist()),
        interpolated=tuple(np.array(MODEL_CHANNELS)[~there].tolist()) if usable else (),
        unused=tuple(name for name, taken in zip(names, used, strict=True) if not taken),
        usable=usable,
    )


def _columns(names: tuple[str, ...]) -> NDArray[np.intp]:
    """(32,) the column of each model channel in `names`, -1 for none. Raises SourceFormat."""
    bare = [canonical(name) for name in names]
    counts = Counter(bare)
    twice = [
        model for model, name in zip(MODEL_CHANNELS, MODEL_NAMES, strict=True) if counts[name] > 1
    ]
    if twice:
        raise SourceFormat(
            f"Two channels are called {twice[0]}: which of them is meant is not clear.",
            "Give each channel of the device a name of its own.",
        )
    column = {name: index for index, name in enumerate(bare)}
    return np.array([column.get(name, -1) for name in MODEL_NAMES], dtype=np.intp)


def _splines(names: tuple[str, ...], missing: tuple[int, ...]) -> tuple[NDArray[np.intp], Float64]:
    """Columns of `names` to interpolate from, and the weights (n_missing, n_donors).

    Spherical splines (Perrin et al. 1989), as mne.io.Raw.interpolate_bads does them. They are
    linear in the samples: what they make of an impulse on each electrode is their matrix.
    """
    import mne

    montage = mne.channels.make_standard_montage(POSITIONS)
    placed = {name.lower(): name for name in montage.ch_names}
    donors = _donors(names, placed)
    electrodes = [placed[canonical(names[column])] for column in donors]
    electrodes += [MODEL_CHANNELS[index] for index in missing]
    impulses = np.eye(len(electrodes), len(donors))
    info = mne.create_info(electrodes, 128.0, "eeg")
    raw = mne.io.RawArray(impulses, info, verbose="ERROR")
    raw.set_montage(montage)
    raw.info["bads"] = electrodes[len(donors) :]
    raw.interpolate_bads(origin=HEAD_CENTRE_M, verbose="ERROR")
    return donors, np.asarray(raw.get_data()[len(donors) :], dtype=np.float64)


def _donors(names: tuple[str, ...], placed: dict[str, str]) -> NDArray[np.intp]:
    """Columns of the scalp electrodes; of two with one name, neither is trusted."""
    bare = [canonical(name) for name in names]
    counts = Counter(bare)
    columns = [
        column
        for column, name in enumerate(bare)
        if name in placed and name not in REFERENCES and counts[name] == 1
    ]
    return np.array(columns, dtype=np.intp)
