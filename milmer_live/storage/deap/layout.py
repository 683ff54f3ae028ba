"""DEAP on disk: where things lie, what they are called, and the numbers of a trial.

Koelstra et al., "DEAP: A Database for Emotion Analysis using Physiological Signals", IEEE
Transactions on Affective Computing 3 (2012), and the readme of the data set.
"""

from __future__ import annotations

import re
from pathlib import Path

from milmer_live.errors import DatasetError
from milmer_live.samples import MODEL_CHANNELS, EEGInfo
from milmer_live.storage.dataset import Variant

SAMPLE_RATE = 128.0  # Hz, of the preprocessed files
BASELINE_S = 3.0  # before the music video starts
STIMULUS_S = 60.0
N_TIMES = 8064  # (BASELINE_S + STIMULUS_S) * SAMPLE_RATE
N_CHANNELS = 40  # 32 of EEG, then hEOG vEOG zEMG tEMG GSR respiration plethysmograph temperature
N_EEG = len(MODEL_CHANNELS)

RATINGS_FILE = Path("metadata_csv", "participant_ratings.csv")
VIDEO_FOLDER = "face_video"

# folder and suffix of each variant, in the order in which `auto` looks for them
VARIANTS: dict[str, tuple[str, str]] = {
    "python": ("data_preprocessed_python", ".dat"),
    "matlab": ("data_preprocessed_matlab", ".mat"),
    "original": ("data_original", ".bdf"),
}
_DATA_FOLDERS = {folder for folder, _ in VARIANTS.values()} | {VIDEO_FOLDER, "metadata_csv"}
_PARTICIPANT = re.compile(r"s(\d{2,})", re.IGNORECASE)


def participant_id(number: int) -> str:
    return f"s{number:02d}"


def recording_name(participant: int, experiment: int) -> str:
    """`s01/trial07`: by Experiment_id, the same music video for everybody."""
    return f"{participant_id(participant)}/trial{experiment:02d}"


def video_path(root: Path, participant: int, trial: int) -> Path:
    """The face video of the `trial`-th presentation (not of an Experiment_id)."""
    name = participant_id(participant)
    return root / VIDEO_FOLDER / name / f"{name}_trial{trial:02d}.avi"


def eeg_info(participant: int) -> EEGInfo:
    """What every variant gives: the 32 EEG channels in DEAP's order at 128 Hz."""
    return EEGInfo("DEAP", participant_id(participant), MODEL_CHANNELS, SAMPLE_RATE)


def find_root(path: Path) -> Path:
    """The folder that holds DEAP's folders: `path`, or its parent if `path` is one of them."""
    if not path.is_dir():
        raise DatasetError(
            f"{path} is not a folder." if path.exists() else f"The folder {path} does not exist.",
            "Name the folder that holds data_preprocessed_python.",
        )
    return path.resolve().parent if path.resolve().name in _DATA_FOLDERS else path


def find_variant(root: Path, wanted: Variant) -> str:
    """`wanted`, or for `auto` the first variant with a file. Raises DatasetError."""
    names = tuple(VARIANTS) if wanted == "auto" else (wanted,)
    for name in names:
        if data_files(root, name):
            return name
    looked = ", ".join(f"{VARIANTS[name][0]}/s01{VARIANTS[name][1]}" for name in names)
    raise DatasetError(
        f"{root} holds no DEAP data: looked for {looked}.",
        "Unpack DEAP there, or make a data set of the same form with `milmer-live synthesize`.",
    )


def data_files(root: Path, variant: str) -> dict[int, Path]:
    """The participants' files of a variant, by number."""
    folder, suffix = VARIANTS[variant]
    found = {}
    for path in sorted((root / folder).glob(f"*{suffix}")):
        match = _PARTICIPANT.fullmatch(path.stem)
        if match:
            found[int(match[1])] = path
    return found


def video_files(root: Path) -> set[Path]:
    return set((root / VIDEO_FOLDER).glob("s*/s*_trial*.avi"))
