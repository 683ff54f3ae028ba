"""BIDS: a data set of one session, EEG as BrainVision, with tables and sidecars that hold what is
known and nothing else (bids-specification 1.10, "EEG" and "Physiological recordings")."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.errors import RecordingError
from milmer_live.processing.channels.electrodes import (
    ANATOMICAL,
    site_positions,
)
from milmer_live.processing.channels.kinds import Kind
from milmer_live.processing.placing import Grid
from milmer_live.storage.export.formats.brainvision import interval_rate, write_grid
from milmer_live.storage.export.material import SKIPPED, Material
from milmer_live.storage.export.names import apart, entity
from milmer_live.storage.export.signal import Signal
from milmer_live.storage.export.texts import Texts

VERSION = "1.10.0"
UNKNOWN = "n/a"
TYPES: dict[Kind, str] = {
    "EEG": "EEG", "EOG": "EOG", "ECG": "ECG", "EMG": "EMG", "GSR": "GSR", "PPG": "PPG",
    "respiration": "RESP", "temperature": "TEMP", "trigger": "TRIG", "reference": "REF",
}  # fmt: skip
_README = """A session of EEG, exported by milmer_live {version}.

- events.tsv has labels (ratings of valence and arousal from 1 to 9 that hold for a stretch),
  markers, ratings and notes of the session, and as {skipped} the stretches that were not recorded,
  in which the samples are zeros.
- Sampling rates and times are by the recorder's clock.
- What is not known is n/a, or is not stated. Pictures of the participant are not part of it.
"""
_EVENTS: dict[str, Any] = {
    "trial_type": {"Description": f"What happened; {SKIPPED}: not recorded, samples are zeros"},
    "kind": {
        "Description": "Who says it",
        "Levels": {
            "label": "valence and arousal that hold for the duration",
            "marker": "sent by a program of the experiment",
            "rating": "given by the participant",
            "note": "written by the experimenter",
            "gap": "found in the recording",
        },
    },
    "valence": {"Description": "of a label, from 1 (negative) to 9 (positive)"},
    "arousal": {"Description": "of a label, from 1 (calm) to 9 (excited)"},
}
Rows = Iterable[Sequence[object]]


def write_bids(material: Material, target: Path) -> None:
    """Write the data set into the folder `target`, which is made."""
    if not material.signal.is_eeg:
        raise RecordingError("BIDS holds EEG, and this stream is none.", "Choose another format.")
    options, session = material.options, material.session
    subject = _valid(material, "subject", options.subject or session.participant)
    name = _valid(material, "session", options.session or session.name)
    folder = target / f"sub-{subject}" / f"ses-{name}" / "eeg"
    folder.mkdir(parents=True)
    visit = f"sub-{subject}_ses-{name}"
    run = f"_run-{options.run}" if options.run else ""
    base = folder / f"{visit}_task-{options.task}{run}"
    grid = material.grid(interval_rate(material.rate))
    write_grid(material, grid, _beside(base, "_eeg.vhdr"))
    _write_root(target, subject)
    _write_json(_beside(base, "_eeg.json"), _about_eeg(material, grid))
    _write_table(_beside(base, "_channels.tsv"), _channel_rows(material, grid))
    _write_table(_beside(base, "_events.tsv"), _event_rows(material, grid))
    _write_json(_beside(base, "_events.json"), _EVENTS)
    _write_places(material, folder / visit)
    for other, label in zip(material.others, _labels(material.others), strict=True):
        _write_physio(material, other, _beside(base, f"_recording-{label}_physio"))


def _beside(base: Path, end: str) -> Path:
    return base.with_name(f"{base.name}{end}")


def _valid(material: Material, what: str, text: str) -> str:
    valid = entity(text)
    if valid != text:
        material.note(f"BIDS takes letters and digits alone: the {what} '{text}' is '{valid}'.")
    return valid


def _write_root(target: Path, subject: str) -> None:
    _write_json(
        target / "dataset_description.json",
        {
            "Name": f"EEG of {subject}",
            "BIDSVersion": VERSION,
            "DatasetType": "raw",
            "GeneratedBy": [{"Name": "milmer_live", "Version": version("milmer-live")}],
        },
    )
    readme = _README.format(version=version("milmer-live"), skipped=SKIPPED)
    (target / "README").write_text(readme, encoding="utf-8")
    _write_table(target / "participants.tsv", [("participant_id",), (f"sub-{subject}",)])


def _about_eeg(material: Material, grid: Grid) -> dict[str, Any]:
    counts = Counter(TYPES.get(channel.kind, "MISC") for channel in material.signal.channels)
    return {
        "TaskName": material.options.task,
        "EEGReference": UNKNOWN,
        "SamplingFrequency": grid.rate,
        "PowerLineFrequency": UNKNOWN,
        "SoftwareFilters": UNKNOWN,
        "RecordingDuration": len(grid.values) / grid.rate,
        "RecordingType": "continuous",
        **{f"{kind}ChannelCount": counts[kind] for kind in ("EEG", "EOG", "ECG", "EMG")},
        "MiscChannelCount": counts["MISC"],
        "TriggerChannelCount": counts["TRIG"],
    }  # fmt: skip


def _channel_rows(material: Material, grid: Grid) -> Iterator[Sequence[object]]:
    yield ("name", "type", "units", "sampling_frequency")
    for channel in material.signal.channels:
        kind = TYPES.get(channel.kind, "MISC")
        yield (_cell(channel.name), kind, _cell(channel.unit), f"{grid.rate:.12g}")


def _event_rows(material: Material, grid: Grid) -> Iterator[Sequence[object]]:
    yield ("onset", "duration", "trial_type", "kind", "valence", "arousal")
    end, texts = len(grid.values) / grid.rate, Texts(None)
    rows: list[tuple[float, float, str, str, str, str]] = []
    for event in material.events:
        onset = event.time - material.origin
        if not -1e-6 <= onset < end:
            continue  # `timed` has said so
        label = event.label
        ratings = (f"{label.valence:g}", f"{label.arousal:g}") if label else (UNKNOWN, UNKNOWN)
        rows.append(
            (max(0.0, onset), event.duration_s, texts.plain(event.text), event.kind, *ratings)
        )
    rows += [
        (start, stop - start, SKIPPED, "gap", UNKNOWN, UNKNOWN) for start, stop in grid.skipped
    ]
    for onset, duration_s, *rest in sorted(rows, key=lambda row: row[0]):
        yield (f"{onset:.6f}", f"{duration_s:.6f}", *rest)


def _write_places(material: Material, visit: Path) -> None:
    """Where the electrodes are by their names; nothing where no name is a site."""
    sites = site_positions(material.signal.names)
    if not sites:
        return
    rows: list[Sequence[object]] = [("name", "x", "y", "z")]
    for channel in material.signal.channels:
        place = sites.get(channel.name) if channel.kind == "EEG" else None
        if channel.kind == "EEG":
            at = [f"{metres:.5f}" for metres in place] if place is not None else [UNKNOWN] * 3
            rows.append((_cell(channel.name), *at))
    _write_table(_beside(visit, "_electrodes.tsv"), rows)
    told = f"Not measured: the sites of that name on a template head ({ANATOMICAL})"
    _write_json(
        _beside(visit, "_coordsystem.json"),
        {
            "EEGCoordinateSystem": "CapTrak",
            "EEGCoordinateUnits": "m",
            "EEGCoordinateSystemDescription": told,
        },
    )


def _labels(others: Sequence[Signal]) -> list[str]:
    return apart(entity(one.name) for one in others)


def _write_physio(material: Material, signal: Signal, base: Path) -> None:
    """Another stream at a steady rate; what was not recorded is n/a."""
    other = Material(material.session, signal, (), material.options)
    grid = other.grid()
    material.notes += other.notes
    names = apart(_cell(name) for name in signal.names)
    about: dict[str, Any] = {
        "SamplingFrequency": grid.rate,
        "StartTime": other.origin - material.origin,
        "Columns": names,
    }
    for name, channel in zip(names, signal.channels, strict=True):
        about[name] = {"Description": channel.kind, "Units": channel.unit or UNKNOWN}
    _write_json(_beside(base, ".json"), about)
    lost = np.zeros(len(grid.values), dtype=np.bool_)
    for start, stop in grid.skipped:
        lost[round(start * grid.rate) : round(stop * grid.rate)] = True
    with (
        _beside(base, ".tsv.gz").open("xb") as packed,
        gzip.GzipFile("", "wb", fileobj=packed, mtime=0) as file,
    ):
        for row, is_lost in zip(grid.values, lost.tolist(), strict=True):
            cells = (
                UNKNOWN if is_lost or not math.isfinite(value) else f"{value:.9g}"
                for value in row.tolist()
            )
            file.write("\t".join(cells).encode() + b"\n")


def _cell(text: str) -> str:
    return Texts(None).plain(text) if text else UNKNOWN


def _write_table(path: Path, rows: Rows) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.writelines("\t".join(map(str, row)) + "\n" for row in rows)


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
