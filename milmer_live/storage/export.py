"""Sessions in the formats of other programs. Pictures are never exported."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from milmer_live.errors import RecordingError, StorageLost
from milmer_live.private_files import make_all_private, make_private_folder
from milmer_live.processing.gaps import gap_steps
from milmer_live.processing.site_names import canonical
from milmer_live.samples import MODEL_CHANNELS, Float32, Label, Marker, Recording
from milmer_live.storage.session import Session, open_session
from milmer_live.storage.session_labels import annotations_of
from milmer_live.storage.session_streams import gap_in

Format = Literal["fif", "edf", "brainvision", "bids", "csv", "npz"]
FORMATS: tuple[Format, ...] = get_args(Format)

SUFFIXES: dict[Format, str] = {
    "fif": "_eeg.fif",
    "edf": "_eeg.edf",
    "brainvision": "_eeg.vhdr",
    "bids": "_bids",
    "csv": "_eeg.csv",
    "npz": "_eeg.npz",
}
TASK = "emotion"  # BIDS wants a name for what the participant did
# What MNE calls a stretch that was not recorded; its filters and its ICA leave it out.
SKIPPED = "BAD_ACQ_SKIP"
LONGEST = 240  # characters of an annotation
_USUAL_NAMES = {name.lower(): name for name in MODEL_CHANNELS}


def export(path: Path, to: Format, folder: Path) -> Path:
    """Write the session in `path` into `folder` and return what was written.

    Samples keep their time: where some are missing, MNE's formats have zeros marked as
    BAD_ACQ_SKIP. Raises RecordingError; nothing is overwritten, and nothing is left half
    written.
    """
    with partial_folder(folder) as partial:
        target = write_export(path, to, folder, partial)
        put(partial, folder)
    return target


@contextmanager
def partial_folder(folder: Path) -> Iterator[Path]:
    """A folder in `folder` for files that are not whole yet; it is gone at the end, with all that
    is still in it. Raises StorageLost."""
    try:
        make_private_folder(folder)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    except OSError as error:
        raise StorageLost(f"{folder} cannot be written to: {error.strerror}.") from error
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_export(
    path: Path,
    to: Format,
    folder: Path,
    partial: Path,
    reading_done: Callable[[], object] = lambda: None,
) -> Path:
    """Write the session in `path` into `partial`. Returns where it is once it was `put` into
    `folder`. Raises RecordingError, at once where it exists there already."""
    session = open_session(path)
    target = folder / f"sub-{session.participant}_ses-{session.name}{SUFFIXES[to]}"
    _refuse_to_overwrite(target)
    recording = session.recording()
    reading_done()
    try:
        _WRITERS[to](session, recording, partial / target.name)
    except OSError as error:
        raise StorageLost(f"{target} cannot be written: {error}.") from error
    except (RuntimeError, ValueError) as error:  # as MNE refuses what a format cannot hold
        what = str(error).rstrip(".")
        hint = "Choose another format."
        raise RecordingError(f"The session cannot be written as {to} ({what}).", hint) from error
    return target


def put(partial: Path, folder: Path) -> None:
    """Move all files of an export, which are whole now, to where they belong. Raises
    RecordingError before anything is moved where one exists there already."""
    make_all_private(partial)
    files = sorted(partial.iterdir())
    for file in files:
        _refuse_to_overwrite(folder / file.name)
    try:
        for file in files:
            file.rename(folder / file.name)
    except OSError as error:
        raise StorageLost(f"{folder} cannot be written to: {error.strerror}.") from error


def _refuse_to_overwrite(target: Path) -> None:
    if target.exists():
        raise RecordingError(f"{target} exists already; nothing is overwritten.")


def to_raw(session: Session, recording: Recording) -> Any:
    """The EEG as an `mne.io.Raw` in volts, with labels, markers and gaps as annotations."""
    import mne

    rate = recording.info.sample_rate
    names = [_USUAL_NAMES.get(canonical(name), name) for name in recording.info.channel_names]
    info = mne.create_info(names, rate, "eeg")
    data, skipped = _on_grid(recording)
    raw = mne.io.RawArray(data.T.astype(np.float64) * 1e-6, info, verbose="error")
    if session.card is not None:
        raw.set_meas_date(_first_sample_at(session))
    raw.set_montage("standard_1005", match_case=False, on_missing="ignore", verbose="error")
    events = [
        *((label.start, label.stop - label.start, label_text(label)) for label in recording.labels),
        *((one.time, 0.0, _told(one)) for one in recording.markers if gap_in(one.text) is None),
        *((one.time, 0.0, _told(one)) for one in _said(session, recording)),
        *((start, stop - start, SKIPPED) for start, stop in skipped),
    ]
    onsets, durations, texts = zip(*sorted(events), strict=True) if events else ((), (), ())
    raw.set_annotations(mne.Annotations(onsets, durations, texts), verbose="error")
    return raw


def _said(session: Session, recording: Recording) -> list[Marker]:
    """Ratings and notes, at their times in the recording."""
    texts = {"rating": "rating {0.scale}={0.value:g}", "note": "note {0.text}"}
    found = (
        Marker(one.stop - session.origin, texts[one.kind].format(one))
        for one in annotations_of(session.file)
        if one.kind in texts
    )
    return [one for one in found if 0 <= one.time <= recording.times[-1]]


def _told(marker: Marker) -> str:
    """BrainVision separates its fields by commas, and MNE does not read them escaped. What is
    longer than a line, such as a matrix of ICA, is cut: it is whole in `session.xdf`."""
    text = marker.text.replace(",", ";")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def label_text(label: Label) -> str:
    """As `session_labels` reads it from the markers of any program."""
    trial = f" trial={label.trial.replace(' ', '_')}" if label.trial else ""
    return (
        f"label valence={label.valence:g} arousal={label.arousal:g}{trial} "
        f"duration={label.stop - label.start:.3f}"
    )


def _on_grid(recording: Recording) -> tuple[Float32, list[tuple[float, float]]]:
    """(n, n_channels) µV with a sample for each 1/rate, and the [start, stop) that are zeros.

    Samples that follow one another stay together; a stretch behind a gap begins at its time.
    """
    rate, eeg = recording.info.sample_rate, recording.eeg
    begins = np.flatnonzero(gap_steps(recording.times, rate, -np.inf)).tolist()
    parts: list[Float32] = []
    skipped: list[tuple[float, float]] = []
    written = 0
    for begin, end in pairwise([*begins, len(eeg)]):
        missing = round(float(recording.times[begin]) * rate) - written
        if missing > 0:
            skipped.append((written / rate, (written + missing) / rate))
            parts.append(np.zeros((missing, eeg.shape[1]), dtype=np.float32))
        parts.append(eeg[begin:end])
        written += max(0, missing) + end - begin
    return np.concatenate(parts), skipped


def _first_sample_at(session: Session) -> datetime:
    """The wall clock's time of the first sample of EEG, UTC."""
    assert session.card is not None
    started = datetime.fromisoformat(session.card.started)
    return started + timedelta(seconds=session.origin - session.card.started_lsl)


def _write_fif(session: Session, recording: Recording, target: Path) -> None:
    to_raw(session, recording).save(target, verbose="error")


def _write_edf(session: Session, recording: Recording, target: Path) -> None:
    to_raw(session, recording).export(target, fmt="edf", verbose="error")


def _write_brainvision(session: Session, recording: Recording, target: Path) -> None:
    to_raw(session, recording).export(target, fmt="brainvision", verbose="error")


def _write_bids(session: Session, recording: Recording, target: Path) -> None:
    from mne_bids import BIDSPath, write_raw_bids

    place = BIDSPath(
        subject=session.participant,
        session="".join(letter for letter in session.name if letter.isalnum()),
        task=TASK,
        root=target,
    )
    raw = to_raw(session, recording)
    write_raw_bids(raw, place, format="BrainVision", allow_preload=True, verbose="error")


def _write_csv(session: Session, recording: Recording, target: Path) -> None:
    """Samples in µV by time, and a table of labels as they can be put beside an XDF file."""
    del session
    with target.open("x", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["time", *recording.info.channel_names])
        for time, sample in zip(recording.times, recording.eeg, strict=True):
            rows.writerow([f"{time:.6f}", *(f"{value:.6g}" for value in sample)])
    with target.with_suffix(".labels.csv").open("x", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["onset", "duration", "valence", "arousal", "trial"])
        for one in recording.labels:
            span = (one.start, one.stop - one.start)
            rows.writerow(
                [*(f"{value:.6f}" for value in span), one.valence, one.arousal, one.trial]
            )


def _write_npz(session: Session, recording: Recording, target: Path) -> None:
    spans = [(one.start, one.stop, one.valence, one.arousal) for one in recording.labels]
    said = session.predictions
    np.savez_compressed(
        target,
        eeg_uv=recording.eeg,
        times=recording.times,
        channel_names=np.array(recording.info.channel_names),
        sample_rate=recording.info.sample_rate,
        labels=np.array(spans).reshape(-1, 4),
        label_trials=np.array([one.trial for one in recording.labels]),
        marker_times=np.array([one.time for one in recording.markers]),
        marker_texts=np.array([one.text for one in recording.markers]),
        prediction_times=np.array([one.time - session.origin for one in said]),
        probabilities=np.array([one.probabilities for one in said]).reshape(-1, 4),
    )


_WRITERS: dict[Format, Callable[[Session, Recording, Path], None]] = {
    "fif": _write_fif,
    "edf": _write_edf,
    "brainvision": _write_brainvision,
    "bids": _write_bids,
    "csv": _write_csv,
    "npz": _write_npz,
}
