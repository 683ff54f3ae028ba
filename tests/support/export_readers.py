"""Reads exported files back with the programs of others: MNE, mne-bids, pyedflib, SciPy."""

from __future__ import annotations

import csv
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mne
import numpy as np

from milmer_live.samples import Float64
from milmer_live.storage.export import Format


@dataclass(frozen=True)
class Read:
    """`values` by channel, in µV or the channel's own unit; `events` are (onset, duration, text)
    in seconds from the first sample; `kinds` by channel as the reader names them."""

    values: dict[str, Float64]
    times: Float64
    rate: float
    events: list[tuple[float, float, str]]
    kinds: dict[str, str]


def read_export(to: Format, path: Path) -> Read:
    if to == "csv":
        return _csv(path)
    if to == "npz":
        return _npz(path)
    return _mne(raw_of(to, path))


def raw_of(to: Format, path: Path) -> Any:
    """As MNE opens it, with warnings as errors."""
    match to:
        case "fif":
            return mne.io.read_raw_fif(path, verbose="error")
        case "edf":
            return mne.io.read_raw_edf(path, infer_types=True, verbose="error")
        case "bdf":
            return mne.io.read_raw_bdf(path, infer_types=True, verbose="error")
        case "brainvision":
            return mne.io.read_raw_brainvision(path, verbose="error")
        case "eeglab":
            return mne.io.read_raw_eeglab(path, verbose="error")
        case "bids":
            from mne_bids import find_matching_paths, read_raw_bids

            (place,) = find_matching_paths(path, suffixes="eeg", extensions=".vhdr")
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                return read_raw_bids(place, verbose="error")
        case _:
            raise AssertionError(to)


def _mne(raw: Any) -> Read:
    kinds = dict(zip(raw.ch_names, raw.get_channel_types(), strict=True))
    data = raw.get_data()
    factor = {"eeg": 1e6, "eog": 1e6, "ecg": 1e6, "emg": 1e6}
    values = {
        name: row * factor.get(kinds[name], 1.0)
        for name, row in zip(raw.ch_names, data, strict=True)
    }
    events = [
        (float(one["onset"]), float(one["duration"]), re.sub("^Comment/", "", one["description"]))
        for one in raw.annotations
        if not one["description"].startswith("New Segment")
    ]
    return Read(values, raw.times, raw.info["sfreq"], events, kinds)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _csv(path: Path) -> Read:
    samples = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    names = list(rows_of(path)[0])[1:]
    events = [
        (float(row["onset"]), float(row["duration"]), row["text"])
        for row in rows_of(path.with_suffix(".events.csv"))
    ]
    kinds = {row["name"]: row["kind"] for row in rows_of(path.with_suffix(".channels.csv"))}
    values = dict(zip(names, samples[:, 1:].T, strict=True))
    return Read(values, samples[:, 0], _rate(samples[:, 0]), events, kinds)


def _npz(path: Path) -> Read:
    with np.load(path) as file:
        names = [str(name) for name in file["channel_names"]]
        values = dict(zip(names, file["eeg_uv" if "eeg_uv" in file else "values"].T, strict=True))
        times = file["times"]
        kinds = dict(zip(names, map(str, file["channel_kinds"]), strict=True))
        events = [
            (float(time), 0.0, str(text))
            for kind in ("marker", "note")
            for time, text in zip(file[f"{kind}_times"], file[f"{kind}_texts"], strict=True)
        ]
        events += [
            (a, b - a, f"label valence={v:g} arousal={r:g}") for a, b, v, r in file["labels"]
        ]
    return Read(values, times, _rate(times), sorted(events), kinds)


def _rate(times: Float64) -> float:
    return float(1 / np.median(np.diff(times)))
