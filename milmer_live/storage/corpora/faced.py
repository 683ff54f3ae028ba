"""FACED: 30 sites of 123 people and 28 clips (Chen et al. 2023), the pickles of its processed form,
which are read without running anything that is in them.

A clip stands for the emotion that it was chosen for; neutral ones are left out.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from milmer_live.errors import DatasetError
from milmer_live.samples import EEGInfo, Float32, Label, Quadrant, Recording, frozen
from milmer_live.storage.corpora.arrays import checked, trial_recording
from milmer_live.storage.corpora.eav import HIGH, LOW
from milmer_live.storage.corpora.loader import Contents
from milmer_live.storage.dataset import RecordingRef
from milmer_live.storage.deap.safe_pickle import load_array

NAME = "FACED"
RATE, N_CLIPS, N_TIMES = 250.0, 28, 7500
CHANNELS = (
    "Fp1", "Fp2", "Fz", "F3", "F4", "F7", "F8", "FC1", "FC2", "FC5", "FC6", "Cz", "C3", "C4", "T7",
    "T8", "CP1", "CP2", "CP5", "CP6", "Pz", "P3", "P4", "P7", "P8", "PO3", "PO4", "Oz", "O1", "O2",
    "A2", "A1",
)  # fmt: skip
# Last clip of each emotion, and its quadrant; None: neutral.
EMOTIONS: tuple[tuple[int, str, Quadrant | None], ...] = (
    (3, "anger", Quadrant.HALV), (6, "disgust", Quadrant.HALV), (9, "fear", Quadrant.HALV),
    (12, "sadness", Quadrant.LALV), (16, "neutral", None), (19, "amusement", Quadrant.HAHV),
    (22, "inspiration", Quadrant.HAHV), (25, "joy", Quadrant.HAHV),
    (28, "tenderness", Quadrant.LAHV),
)  # fmt: skip
_FILE = re.compile(r"sub(\d{3})\.pkl")


def find(path: Path) -> Path | None:
    for root in (path, path / "Processed_data"):
        if root.is_dir() and _files(root):
            return root
    return None


def load(root: Path) -> Contents:
    return Contents(tuple(
        _ref(path, f"sub{number:03d}", clip, quadrant)
        for number, path in _files(root).items()
        for clip in range(1, N_CLIPS + 1)
        if (quadrant := quadrant_of(clip)) is not None
    ))  # fmt: skip


def quadrant_of(clip: int) -> Quadrant | None:
    """Of clip 1 to 28; None for a neutral one."""
    return next(quadrant for last, _, quadrant in EMOTIONS if clip <= last)


def open_trial(path: Path, clip: int, label: Label, participant: str) -> Recording:
    """Raises DatasetError."""
    try:
        clips = _clips(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.") from error
    eeg = checked(path, label.trial, clips[clip - 1].T, CHANNELS)
    info = EEGInfo(f"{NAME} {participant}", participant, CHANNELS, RATE)
    return trial_recording(info, eeg, participant, label)


def _ref(path: Path, participant: str, clip: int, quadrant: Quadrant) -> RecordingRef:
    name = f"{participant}/clip{clip:02d}"
    valence = HIGH if quadrant.high_valence else LOW
    arousal = HIGH if quadrant.high_arousal else LOW
    label = Label(0.0, N_TIMES / RATE, valence, arousal, name)
    return RecordingRef(
        participant=participant,
        name=name,
        open=partial(open_trial, path, clip, label, participant),
        has_video=False,
        label=label,
        stimulus=f"clip{clip:02d}",
    )


@lru_cache(maxsize=1)
def _clips(path: Path, _stamp: int) -> Float32:
    """(28, 32, 7500) µV."""
    found = load_array(path)
    if found.shape != (N_CLIPS, len(CHANNELS), N_TIMES) or found.dtype.kind not in "fiu":
        wanted = (N_CLIPS, len(CHANNELS), N_TIMES)
        raise DatasetError(f"{path} has the shape {found.shape}, not {wanted}.")
    return frozen(np.asarray(found, dtype=np.float32))


def _files(root: Path) -> dict[int, Path]:
    found = {int(match[1]): one for one in root.iterdir() if (match := _FILE.fullmatch(one.name))}
    return dict(sorted(found.items()))
