"""DEAP's preprocessed files, as Python pickles and as MATLAB files: the same two arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.errors import DatasetError
from milmer_live.samples import MODEL_CHANNELS, Float32, Float64, frozen
from milmer_live.storage.deap.layout import (
    N_CHANNELS,
    N_EEG,
    N_TIMES,
)
from milmer_live.storage.deap.matlab import MatlabFile
from milmer_live.storage.deap.ratings import SCALES
from milmer_live.storage.deap.safe_pickle import load_arrays

MOST_TRIALS = 200  # DEAP has 40
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
    if data[0] > MOST_TRIALS:
        raise DatasetError(f"{path}: 'data' has {data[0]} trials; at most {MOST_TRIALS} are read.")
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


@contextmanager
def _opened_matlab(path: Path) -> Iterator[MatlabFile]:
    """With `data` and `labels` of the right shapes, by the headers alone. Raises DatasetError."""
    with closing(MatlabFile(path)) as file:
        for name in ("data", "labels"):
            if name not in file.variables:
                raise _no_array(path, name)
        shapes = [file.variables[name].shape for name in ("data", "labels")]
        _check_shapes(path, shapes[0], shapes[1])
        yield file


def _load_matlab(path: Path) -> Mapping[str, Any]:
    with _opened_matlab(path) as file:
        return {name: file.array(name) for name in ("data", "labels")}


def count_trials(path: Path) -> int:
    """Trials in a preprocessed file, without reading its 103 MB where that can be avoided."""
    if path.suffix == ".mat":
        with _opened_matlab(path) as file:
            return int(file.variables["data"].shape[0])
    trials, rest = divmod(path.stat().st_size, _TRIAL_BYTES)
    if trials and rest < 65_536:  # labels and the names in between take less than 2 kB
        return trials
    return len(read_arrays(path).eeg)
