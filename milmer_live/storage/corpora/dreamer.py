"""DREAMER: 14 channels of 23 people and 18 clips (Katsigiannis & Ramzan 2018), `DREAMER.mat`."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.errors import DatasetError, reading
from milmer_live.samples import EEGInfo, Label, Recording
from milmer_live.storage.corpora.arrays import checked, matlab_array, trial_recording
from milmer_live.storage.corpora.loader import Contents
from milmer_live.storage.dataset import RecordingRef

NAME = "DREAMER"
FILE = "DREAMER.mat"
RATE = 128.0
CHANNELS = (
    "AF3", "F7", "F3", "FC5", "T7", "P7", "O1", "O2", "P8", "T8", "FC6", "F4", "F8", "AF4",
)  # fmt: skip
BASELINE_S = 8.0  # of what was recorded before a clip, which filters settle on


def find(path: Path) -> Path | None:
    root = path.parent if path.is_file() else path
    return root if (root / FILE).is_file() else None


def load(root: Path) -> Contents:
    path = root / FILE
    refs = []
    people = _people(path, path.stat().st_mtime_ns)
    for number in range(len(people)):
        with reading(path, DatasetError, "Get the file again."):
            valence, arousal = (
                np.asarray(people[number][name][0, 0], dtype=float).ravel()
                for name in ("ScoreValence", "ScoreArousal")
            )
        refs += [
            _ref(path, number, trial, float(v), float(a))
            for trial, (v, a) in enumerate(zip(valence, arousal, strict=True))
        ]
    return Contents(tuple(refs))


def open_trial(
    path: Path, person: int, trial: int, ratings: tuple[float, float], name: str
) -> Recording:
    """The clip behind the last seconds of its baseline. Raises DatasetError."""
    with reading(path, DatasetError, "Get the file again."):
        parts = _people(path, path.stat().st_mtime_ns)[person]["EEG"][0, 0]
        before = parts["baseline"][0, 0][trial, 0][-round(BASELINE_S * RATE) :]
        shown = parts["stimuli"][0, 0][trial, 0]
        eeg = checked(path, name, np.concatenate([before, shown]), CHANNELS)
    start = len(before) / RATE
    label = Label(start, start + len(shown) / RATE, *ratings, name)
    participant = name.partition("/")[0]
    return trial_recording(EEGInfo(f"{NAME} {participant}", participant, CHANNELS, RATE),
                           eeg, participant, label)  # fmt: skip


def _ref(path: Path, person: int, trial: int, valence: float, arousal: float) -> RecordingRef:
    participant = f"person{person + 1:02d}"
    name = f"{participant}/clip{trial + 1:02d}"
    ratings = (_of_nine(valence), _of_nine(arousal))
    return RecordingRef(
        participant=participant,
        name=name,
        open=partial(open_trial, path, person, trial, ratings, name),
        has_video=False,
        label=Label(0.0, 0.0, *ratings, name),
        stimulus=f"clip{trial + 1:02d}",
    )


def _of_nine(rating: float) -> float:
    """From 1 to 5 onto 1 to 9: the middle stays the middle. Raises DatasetError."""
    if not 1 <= rating <= 5:
        raise DatasetError(f"A rating of DREAMER is {rating:g}, not from 1 to 5.")
    return 1 + 2 * (rating - 1)


@lru_cache(maxsize=1)
def _people(path: Path, _stamp: int) -> Any:
    whole = matlab_array(path, ("DREAMER",))
    with reading(path, DatasetError, "Get the file again."):
        return whole[0, 0]["Data"][0]
