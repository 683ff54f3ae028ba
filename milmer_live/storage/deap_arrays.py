"""DEAP's preprocessed files, as Python pickles and as MATLAB files: the same two arrays."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat, whosmat
from scipy.io.matlab import MatReadError

from milmer_live.errors import DatasetError
from milmer_live.samples import MODEL_CHANNELS, Float32, Float64, frozen
from milmer_live.storage.deap_layout import N_CHANNELS, N_EEG, N_TIMES
from milmer_live.storage.ratings import SCALES
from milmer_live.storage.unpickle import load_arrays

# What a damaged file makes scipy raise.
_DAMAGE = (
    MatReadError,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    MemoryError,
    ArithmeticError,
)

_MATLAB_NUMBERS = {"double", "single"}
_TRIAL_BYTES = N_CHANNELS * N_TIMES * 8


@dataclass(frozen=True, slots=True)
class ParticipantArrays:
    """`eeg` (n_trials, 8064, 32) float32 µV and `ratings` (n_trials, 4) from 1 to 9, both by
    Experiment_id; ratings are valence, arousal, dominance, liking."""

    path: Path
    eeg: Float32
    ratings: Float64

    def trial(self, experiment: int) -> Float32:
        """(8064, 32) µV. Raises DatasetError where a value is not a number."""
        eeg: Float32 = self.eeg[experiment - 1]
        finite = np.isfinite(eeg).all(axis=0)
        if not finite.all():
            names = ", ".join(np.array(MODEL_CHANNELS)[~finite])
            raise DatasetError(
                f"{self.path} has values that are not numbers in trial {experiment}: {names}.",
                "Get the file again; DEAP's own has none.",
            )
        return eeg


def read_arrays(path: Path) -> ParticipantArrays:
    """A participant's file. The last two stay in memory (41 MB each), so that trial after trial
    of one participant reads its file once. Raises DatasetError."""
    try:
        stamp = path.stat().st_mtime_ns
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.") from error
    return _read(path, stamp)


@lru_cache(maxsize=2)
def _read(path: Path, _stamp: int) -> ParticipantArrays:
    content = _load_matlab(path) if path.suffix == ".mat" else load_arrays(path)
    data = _array(content, "data", path)
    labels = _array(content, "labels", path)
    _check_shapes(path, data.shape, labels.shape)
    _check_ratings(labels, path)
    samples_first = data[:, :N_EEG].transpose(0, 2, 1)
    with np.errstate(over="ignore"):  # what is too large is infinite then, and refused as such
        eeg = np.array(samples_first, dtype=np.float32, order="C")
    return ParticipantArrays(path, frozen(eeg), frozen(labels.astype(np.float64)))


def _array(content: Mapping[str, Any], name: str, path: Path) -> np.ndarray[Any, Any]:
    value = content.get(name)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        raise _no_array(path, name)
    return value


def _no_array(path: Path, name: str) -> DatasetError:
    return DatasetError(
        f"{path} has no array '{name}' of numbers.",
        "A DEAP file holds 'data' and 'labels'; this one may have been cut short.",
    )


def _check_shapes(path: Path, data: tuple[int, ...], labels: tuple[int, ...]) -> None:
    if len(data) != 3 or data[1:] != (N_CHANNELS, N_TIMES) or not data[0]:
        raise DatasetError(
            f"{path}: 'data' has the shape {data}, not (trials, {N_CHANNELS}, {N_TIMES}).",
            "This is not DEAP's preprocessed form.",
        )
    if labels != (data[0], len(SCALES)):
        raise DatasetError(
            f"{path}: 'labels' has the shape {labels}, not ({data[0]}, {len(SCALES)})."
        )


def _check_ratings(labels: Float64, path: Path) -> None:
    wrong = ~((labels >= 1) & (labels <= 9)).all(axis=1)
    if wrong.any():
        trial = int(np.argmax(wrong))
        values = ", ".join(f"{value:g}" for value in labels[trial])
        raise DatasetError(f"{path}: trial {trial + 1} is rated {values}, not from 1 to 9.")


def _load_matlab(path: Path) -> Mapping[str, Any]:
    _matlab_trials(path)  # scipy's own reader can crash on a header that makes no sense
    try:
        content: Mapping[str, Any] = loadmat(path, variable_names=["data", "labels"])
    except _DAMAGE as error:
        raise _damaged_matlab(path, str(error)) from error
    return content


def _matlab_trials(path: Path) -> int:
    """From the headers alone. Raises DatasetError."""
    try:
        shapes = {name: shape for name, shape, kind in whosmat(path) if kind in _MATLAB_NUMBERS}
    except NotImplementedError as error:
        raise DatasetError(
            f"{path} is a MATLAB 7.3 file; DEAP's are older.", "Save it with -v7 in MATLAB."
        ) from error
    except _DAMAGE as error:
        raise _damaged_matlab(path, str(error)) from error
    for name in ("data", "labels"):
        if name not in shapes:
            raise _no_array(path, name)
    _check_shapes(path, shapes["data"], shapes["labels"])
    return int(shapes["data"][0])


def _damaged_matlab(path: Path, why: str) -> DatasetError:
    return DatasetError(
        f"{path} is damaged or not a MATLAB file ({why}).",
        "Get the file again; it may have been cut short.",
    )


def count_trials(path: Path) -> int:
    """Trials in a preprocessed file, without reading its 103 MB where that can be avoided."""
    if path.suffix == ".mat":
        return _matlab_trials(path)
    trials, rest = divmod(path.stat().st_size, _TRIAL_BYTES)
    if trials and rest < 65_536:  # labels and the names in between take less than 2 kB
        return trials
    return len(read_arrays(path).eeg)
