"""AMIGOS: 14 channels of 40 people and short films (Miranda-Correa et al. 2018), the preprocessed
MATLAB files `Data_Preprocessed_PNN.mat`."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.errors import DatasetError, MilmerError, reading
from milmer_live.samples import EEGInfo, Label, Recording
from milmer_live.storage.corpora.arrays import checked, matlab_array, trial_recording
from milmer_live.storage.corpora.dreamer import CHANNELS
from milmer_live.storage.corpora.loader import Contents
from milmer_live.storage.dataset import RecordingRef

NAME = "AMIGOS"
RATE = 128.0
BASELINE = 640  # samples before each film
LEFT_OUT = frozenset((9, 12, 21, 22, 23, 24, 33))  # of whom data are missing, as is usual
_FILE = re.compile(r"Data_Preprocessed_P(\d{2})\.mat")


def find(path: Path) -> Path | None:
    for root in (path, path / "Data_Preprocessed"):
        if root.is_dir() and _files(root):
            return root
    return None


def load(root: Path) -> Contents:
    refs: list[RecordingRef] = []
    problems: list[str] = []
    left = sorted(number for number in _files(root) if number in LEFT_OUT)
    if left:
        names = ", ".join(f"P{number:02d}" for number in left)
        problems.append(f"{names} are left out: parts of their data are missing.")
    for number, path in _files(root).items():
        if number not in LEFT_OUT:
            try:
                refs += _refs(path, f"P{number:02d}", problems)
            except MilmerError as error:
                problems.append(str(error))
    return Contents(tuple(refs), tuple(problems))


def open_trial(path: Path, film: int, label: Label, participant: str) -> Recording:
    """Raises DatasetError."""
    with reading(path, DatasetError, "Get the file again."):
        whole = _film(_array(path, "joined_data"), film)[:, : len(CHANNELS)]
        eeg = checked(path, label.trial, whole, CHANNELS)
    info = EEGInfo(f"{NAME} {participant}", participant, CHANNELS, RATE)
    return trial_recording(info, eeg, participant, label)


def _refs(path: Path, participant: str, problems: list[str]) -> list[RecordingRef]:
    found = []
    with reading(path, DatasetError, "Get the file again."):
        joined, rated = _array(path, "joined_data"), _array(path, "labels_selfassessment")
        for number in range(joined.size):
            data = _film(joined, number)
            ratings = np.asarray(_film(rated, number), dtype=float).ravel()
            name = f"{participant}/film{number + 1:02d}"
            if len(ratings) < 2 or not ((ratings[:2] >= 1) & (ratings[:2] <= 9)).all():
                problems.append(f"{path}: film {number + 1} has no ratings and is left out.")
                continue
            if data.ndim != 2 or data.shape[1] < len(CHANNELS) or len(data) <= BASELINE:
                problems.append(f"{path}: film {number + 1} has no EEG and is left out.")
                continue
            arousal, valence = ratings[:2].tolist()
            label = Label(BASELINE / RATE, len(data) / RATE, valence, arousal, name)
            found.append(RecordingRef(
                participant=participant,
                name=name,
                open=partial(open_trial, path, number, label, participant),
                has_video=False,
                label=label,
                stimulus=f"film{number + 1:02d}",
            ))  # fmt: skip
    return found


def _film(cells: Any, number: int) -> Any:
    return np.asarray(cells.ravel()[number])


def _array(path: Path, name: str) -> Any:
    return _read(path, name, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, name: str, _stamp: int) -> Any:
    return matlab_array(path, (name,))


def _files(root: Path) -> dict[int, Path]:
    found = {int(match[1]): one for one in root.iterdir() if (match := _FILE.fullmatch(one.name))}
    return dict(sorted(found.items()))
