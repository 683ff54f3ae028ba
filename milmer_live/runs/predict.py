"""Every window of a recorded session by a checkpoint, beside what was said live."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from milmer_live.errors import RecordingError
from milmer_live.samples import Float64, Prediction, Quadrant
from milmer_live.storage.session.streams import prediction_row, predictions_header
from milmer_live.storage.xdf.writer import XDFWriter
from milmer_live.system.private_files import make_private_folder, open_private

COLUMNS = (
    "start_s", "stop_s", "lsl_time", "quadrant", *(one.name for one in Quadrant),
    "valence", "arousal", "eeg_used", "faces_used", "known",
)  # fmt: skip
LIVE = ("live_quadrant", *(f"live_{one.name}" for one in Quadrant))


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of the windows that were predicted live as well (`common`): how many were known both times
    or neither, and, of those known both times (`known`), how many had the same quadrant, and the
    differences of the four probabilities (known, 4)."""

    common: int
    same_known: int
    known: int
    same_quadrant: int
    differences: Float64

    @property
    def difference_95(self) -> float:
        """95th percentile of the largest difference of a window; NaN where none is known."""
        if not len(self.differences):
            return float("nan")
        return float(np.percentile(self.differences.max(axis=1), 95))


def live_of(
    predictions: Sequence[Prediction], live: Sequence[Prediction], hop_s: float
) -> list[Prediction | None]:
    """The live prediction of each window: that whose end is less than a quarter of a hop away."""
    if not live:
        return [None] * len(predictions)
    times = np.array([one.time for one in live])
    found: list[Prediction | None] = []
    for one in predictions:
        nearest = int(np.abs(times - one.time).argmin())
        found.append(live[nearest] if abs(times[nearest] - one.time) < hop_s / 4 else None)
    return found


def agreement(predictions: Sequence[Prediction], live: Sequence[Prediction | None]) -> Agreement:
    pairs = [(ours, theirs) for ours, theirs in zip(predictions, live, strict=True) if theirs]
    # a recorded answer that was not known has no numbers
    known = [(a, b) for a, b in pairs if a.is_known and b.is_known]
    return Agreement(
        common=len(pairs),
        same_known=sum(a.is_known == b.is_known for a, b in pairs),
        known=len(known),
        same_quadrant=sum(a.quadrant == b.quadrant for a, b in known),
        differences=np.array(
            [np.abs(a.probabilities - b.probabilities) for a, b in known], dtype=np.float64
        ).reshape(-1, len(Quadrant)),
    )


def file_name(model: str, sha256: str) -> str:
    """A part of a file's name that tells models apart, also those of one name."""
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', model).strip('-') or 'model'}-{sha256[:8]}"


def made_folder(folder: Path) -> Path:
    """The folder, made where it is missing, for its user alone. Raises RecordingError."""
    try:
        make_private_folder(folder)
    except OSError as error:
        raise RecordingError(f"{folder} cannot be made: {error.strerror}.") from error
    return folder


def write_table(
    path: Path,
    predictions: Sequence[Prediction],
    live: Sequence[Prediction | None],
    origin: float,
    length_s: float,
) -> None:
    """As CSV, a row a window; seconds since `origin`. What is not known stays empty. Raises
    RecordingError."""
    try:
        with open_private(path, "w", encoding="utf-8") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow((*COLUMNS, *LIVE))
            for one, theirs in zip(predictions, live, strict=True):
                stop = one.time - origin
                when = (f"{stop - length_s:.3f}", f"{stop:.3f}", f"{one.time:.6f}")
                affect = (f"{one.valence:.4f}", f"{one.arousal:.4f}") if one.is_known else ("", "")
                flags = (int(one.eeg_used), int(one.faces_used), int(one.is_known))
                said = _answer(theirs) if theirs is not None else [""] * len(LIVE)
                rows.writerow((*when, *_answer(one), *affect, *flags, *said))
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror}.") from error


def _answer(one: Prediction) -> list[str]:
    if not one.is_known:
        return ["", *[""] * len(Quadrant)]
    return [one.quadrant.name, *(f"{share:.4f}" for share in one.probabilities)]


def write_stream(
    path: Path, predictions: Sequence[Prediction], bag_size: int, model: Mapping[str, str]
) -> None:
    """As an XDF file with one stream like the recorded one, on the same clock, whose description
    names the model. Written under another name first. Raises RecordingError."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    times = np.array([one.time for one in predictions])
    rows = np.concatenate([prediction_row(one, bag_size) for one in predictions])
    writer = XDFWriter(part, float(times[0]))
    number = writer.add_stream(predictions_header(bag_size, model), float(times[0]))
    writer.write(number, times, rows)
    writer.close()
    try:
        part.replace(path)
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror}.") from error
