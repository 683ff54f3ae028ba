"""EAV: EEG, face video and voice of 42 people in conversations (DOI 10.5281/zenodo.10205702).

Films and trials are bound by their number, and checked against the label. Nobody has rated them:
Happiness, Anger, Sadness and Calmness are the four quadrants, Neutral is left out. The two trials
of one exchange (listening, then speaking) belong together; speaking moves the mouth, so trials
say which they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from milmer_live.errors import DatasetError, MilmerError
from milmer_live.samples import EEGInfo, Float32, Label, Quadrant, Recording, frozen
from milmer_live.storage.corpora.arrays import checked, matlab_array, trial_recording
from milmer_live.storage.corpora.loader import Contents
from milmer_live.storage.dataset import RecordingRef

NAME = "EAV"
RATE, N_TIMES, N_TRIALS = 500.0, 10_000, 200
CHANNELS = (
    "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "FC5", "FC1", "FC2", "FC6", "T7", "C3", "Cz", "C4",
    "T8", "CP5", "CP1", "CP2", "CP6", "P7", "P3", "Pz", "P4", "P8", "PO9", "O1", "Oz", "O2", "PO10",
)  # fmt: skip
EMOTIONS = ("Neutral", "Sadness", "Anger", "Happiness", "Calmness")
QUADRANTS = {
    "Happiness": Quadrant.HAHV,
    "Anger": Quadrant.HALV,
    "Sadness": Quadrant.LALV,
    "Calmness": Quadrant.LAHV,
}
LOW, HIGH = 3.0, 7.0  # what stands for a rating

_SUBJECT = re.compile(r"subject0*(\d{1,4})", re.IGNORECASE)
_FILM = re.compile(r"(\d{1,4})_Trial_\d+_(Listening|Speaking)_([A-Za-z]+)\.(?:mp4|avi)")


@dataclass(frozen=True, slots=True)
class _Trial:
    """Number 1 to 200, and what its label says."""

    number: int
    emotion: str
    is_speaking: bool

    @property
    def condition(self) -> str:
        return "speaking" if self.is_speaking else "listening"


def find(path: Path) -> Path | None:
    for root in (path, path / "EAV"):
        if root.is_dir() and any(_eeg(folder) is not None for folder in _subjects(root)):
            return root
    return None


def load(root: Path) -> Contents:
    refs: list[RecordingRef] = []
    problems: list[str] = []
    for folder in _subjects(root):
        try:
            refs += _refs(folder, problems)
        except MilmerError as error:
            problems.append(str(error))
    return Contents(tuple(refs), tuple(problems))


def open_trial(
    eeg: Path, participant: str, number: int, label: Label, film: Path | None
) -> Recording:
    """Raises DatasetError."""
    try:
        trials = _all_trials(eeg, eeg.stat().st_mtime_ns)
    except OSError as error:
        raise DatasetError(f"{eeg} cannot be read: {error.strerror}.") from error
    samples = checked(eeg, label.trial, trials[:, :, number - 1], CHANNELS)
    info = EEGInfo(f"{NAME} {participant}", participant, CHANNELS, RATE)
    return trial_recording(info, samples, participant, label, video=film)


@lru_cache(maxsize=1)
def _all_trials(path: Path, _stamp: int) -> Float32:
    """(10000, 30, 200) µV: trial after trial of one participant reads its file once."""
    found = matlab_array(path, ("seg1", "seg"))
    if found.shape != (N_TIMES, len(CHANNELS), N_TRIALS) or found.dtype.kind not in "fiu":
        raise DatasetError(
            f"{path} has the shape {found.shape}, not {(N_TIMES, len(CHANNELS), N_TRIALS)}.",
            "This is not EAV's form.",
        )
    return frozen(found.astype(np.float32))


def _subjects(root: Path) -> list[Path]:
    """Folders by number, which may be written with zeros in front."""
    found = [(int(match[1]), one) for one in root.iterdir()
             if (match := _SUBJECT.fullmatch(one.name)) and one.is_dir()]  # fmt: skip
    return [folder for _, folder in sorted(found)]


def _eeg(folder: Path) -> Path | None:
    number = _number(folder)
    for name in (f"subject{number}", folder.name, f"subject{number:02d}"):
        path = folder / "EEG" / f"{name}_eeg.mat"
        if path.is_file():
            return path
    return None


def _number(folder: Path) -> int:
    match = _SUBJECT.fullmatch(folder.name)
    assert match is not None
    return int(match[1])


def _refs(folder: Path, problems: list[str]) -> Iterator[RecordingRef]:
    eeg = _eeg(folder)
    if eeg is None:
        problems.append(f"{folder} has no EEG and is not used.")
        return
    participant = f"subject{_number(folder):02d}"
    films = _films(folder, problems)
    for trial in _labels(eeg.with_name(f"{eeg.stem}_label.mat"), problems):
        film = films.get(trial.number)
        if film is not None and not _agrees(film, trial):
            said = f"the label says {trial.condition}, {trial.emotion}"
            problems.append(f"{film} is left out with its trial: {said}.")
            continue
        if trial.emotion not in QUADRANTS:
            continue
        name = f"{participant}/{trial.condition}{trial.number:03d}"
        label = _label(trial, name)
        yield RecordingRef(
            participant=participant,
            name=name,
            open=partial(open_trial, eeg, participant, trial.number, label, film),
            has_video=film is not None,
            label=label,
            video=film,
            group=f"{participant}/exchange{(trial.number + 1) // 2:03d}",
            condition=trial.condition,
        )


def _label(trial: _Trial, name: str) -> Label:
    quadrant = QUADRANTS[trial.emotion]
    valence = HIGH if quadrant.high_valence else LOW
    arousal = HIGH if quadrant.high_arousal else LOW
    return Label(0.0, N_TIMES / RATE, valence, arousal, name)


def _labels(path: Path, problems: list[str]) -> Iterator[_Trial]:
    """By the one-hot table (10, 200): two rows an emotion, listening and speaking."""
    table = matlab_array(path, ("label",))
    if table.shape == (N_TRIALS, 2 * len(EMOTIONS)):
        table = table.T
    if table.shape != (2 * len(EMOTIONS), N_TRIALS):
        raise DatasetError(f"{path} has the shape {table.shape}, not (10, {N_TRIALS}).")
    for number, column in enumerate(table.T, 1):
        rows = np.flatnonzero(column)
        if len(rows) != 1:
            problems.append(f"{path}: trial {number} has {len(rows)} labels and is left out.")
            continue
        emotion, speaking = divmod(int(rows[0]), 2)
        yield _Trial(number, EMOTIONS[emotion], bool(speaking))


def _films(folder: Path, problems: list[str]) -> dict[int, Path]:
    """By number; of two with one number neither can be believed."""
    found: dict[int, list[Path]] = {}
    for path in sorted((folder / "Video").glob("*")):
        if match := _FILM.fullmatch(path.name):
            found.setdefault(int(match[1]), []).append(path)
    for number, several in found.items():
        if len(several) > 1:
            names = " and ".join(one.name for one in several)
            problems.append(f"{folder}: {names} have one number, {number}; none is used.")
    return {number: paths[0] for number, paths in found.items() if len(paths) == 1}


def _agrees(film: Path, trial: _Trial) -> bool:
    match = _FILM.fullmatch(film.name)
    assert match is not None
    return (match[2].lower(), match[3].lower()) == (trial.condition, trial.emotion.lower())
