"""Recordings in formats of others, read by MNE, as the streams that an XDF file would have: EDF,
BDF, BrainVision, EEGLAB .set, FIF.

Whatever opens a session opens them too. Their only clock is the sample count: the first sample is
at 0 s. Stretches marked as not recorded are left out, so that they are gaps.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import RecordingError, reading
from milmer_live.processing.channels.names import unique_names
from milmer_live.processing.eeg.units import microvolts
from milmer_live.samples import Bool, Float64
from milmer_live.storage.xdf.header import Channel, StreamHeader, stream_header
from milmer_live.storage.xdf.reader import XDFFile, XDFStream
from milmer_live.storage.xdf.samples import Rows

SUFFIXES = (".edf", ".bdf", ".vhdr", ".set", ".fif", ".fif.gz")
NOT_RECORDED = "BAD_ACQ_SKIP"
MOST_MARKERS = 1_000_000
BLOCK_VALUES = 1 << 23  # that are read at a time
CODE_BITS = 0xFFFF  # BioSemi has its own state in the bits above
_SI = {"gsr": "S", "temperature": "degC"}
_KINDS = {"eeg": "EEG", "eog": "EOG", "ecg": "ECG", "emg": "EMG", "gsr": "GSR", "stim": "trigger",
          "resp": "respiration", "temperature": "temperature", "bio": "PPG", "seeg": "EEG",
          "ecog": "EEG", "misc": ""}  # fmt: skip
_WORDLESS = re.compile(r"^(?:Comment|Stimulus|Response|New Segment|Bad Interval)/")


def is_foreign(path: Path) -> bool:
    """Whether the name is that of a recording that MNE reads."""
    return path.name.lower().endswith(SUFFIXES)


def read_foreign(path: Path) -> XDFFile:
    """The signals and events of a recording. Raises RecordingError."""
    with reading(path, RecordingError, "Does the program that wrote it open it?"):
        raw, notes = _opened(path)
        rate, n = float(raw.info["sfreq"]), int(raw.n_times)
        if not n or not rate > 0:
            raise RecordingError(f"{path} has no sample.")
        times = np.asarray(np.arange(n) / rate, dtype=np.float64)
        there = _recorded(raw, times)
        columns = _columns(path, raw)
        channels = [column.channel for column in columns]
        values = _values(raw, columns)
        header = stream_header(path.name, "EEG", channels, rate=rate, source_id=path.name)
        signal = _stream(1, header, times[there], values[there])
        markers = sorted({*_annotated(raw), *_codes(times, values, columns)})[:MOST_MARKERS]
        return XDFFile(path, (signal, *_marker_stream(markers)), 0, path.stat().st_size, notes)


@dataclass(frozen=True, slots=True)
class _Column:
    """A channel, and the factor from MNE's SI units to its own."""

    channel: Channel
    factor: float


def _opened(path: Path) -> tuple[Any, tuple[str, ...]]:
    import mne

    name = path.name.lower()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        if name.endswith(".edf"):
            raw = mne.io.read_raw_edf(path, infer_types=True, verbose="error")
        elif name.endswith(".bdf"):
            raw = mne.io.read_raw_bdf(path, infer_types=True, verbose="error")
        elif name.endswith(".vhdr"):
            raw = mne.io.read_raw_brainvision(path, verbose="error")
        elif name.endswith(".set"):
            raw = mne.io.read_raw_eeglab(path, verbose="error")
        else:
            raw = mne.io.read_raw_fif(path, allow_maxshield="yes", verbose="error")
    told = {str(warning.message) for warning in said if warning.category is RuntimeWarning}
    short = [one for one in told if "file size" in one or "truncated" in one.lower()]
    return raw, tuple(f"{path} is not as long as it says." for _ in short[:1])


def _columns(path: Path, raw: Any) -> list[_Column]:
    from mne.io.constants import FIFF

    is_fif = path.name.lower().endswith((".fif", ".fif.gz"))
    units: dict[str, str] = getattr(raw, "_orig_units", None) or {}
    found = []
    names = unique_names(raw.ch_names)
    for name, own, kind, entry in zip(
        names, raw.ch_names, raw.get_channel_types(), raw.info["chs"], strict=True
    ):
        type_ = _KINDS.get(kind, "misc")
        if is_fif:
            in_volts = entry["unit"] == FIFF.FIFF_UNIT_V and kind != "stim"
            unit, factor = ("microvolts", 1e6) if in_volts else (_SI.get(kind, ""), 1.0)
        elif path.suffix.lower() == ".set":
            in_volts = kind in ("eeg", "eog", "ecg", "emg")
            unit, factor = "microvolts" if in_volts else "", 1e6
        else:
            unit = units.get(own, "")
            in_volts = microvolts(unit) is not None
            unit, factor = ("microvolts", 1e6) if in_volts else (unit, 1.0)
            type_ = "" if type_ == "EEG" else type_  # which is what MNE takes for everything
        found.append(_Column(Channel(name, "" if unit == "n/a" else unit, type_), factor))
    return found


def _values(raw: Any, columns: Sequence[_Column]) -> NDArray[np.float32]:
    """(n_samples, n_channels) in the channels' own units, read a stretch at a time."""
    out = np.empty((raw.n_times, len(columns)), dtype=np.float32)
    factors = np.array([column.factor for column in columns])[:, np.newaxis]
    size = max(1, BLOCK_VALUES // max(1, len(columns)))
    for start in range(0, raw.n_times, size):
        stop = min(start + size, raw.n_times)
        out[start:stop] = (raw.get_data(start=start, stop=stop, verbose="error") * factors).T
    return out


def _recorded(raw: Any, times: Float64) -> Bool:
    """(n_samples,) False where a stretch is marked as not recorded."""
    there = np.ones(len(times), dtype=np.bool_)
    half = 0.5 / float(raw.info["sfreq"])
    for one in raw.annotations:
        if NOT_RECORDED in one["description"]:
            start = float(one["onset"]) - raw.first_time - half
            there &= ~((times >= start) & (times < start + float(one["duration"])))
    return there


def _annotated(raw: Any) -> Iterator[tuple[float, str]]:
    """Seconds and texts of annotations. One that lasts and is no label says so."""
    for one in raw.annotations:
        text = _WORDLESS.sub("", str(one["description"])).strip()
        if text and NOT_RECORDED not in text:
            yield float(one["onset"]) - raw.first_time, text


def _codes(
    times: Float64, values: NDArray[np.float32], columns: Sequence[_Column]
) -> Iterator[tuple[float, str]]:
    """Where the code of a trigger channel changes to one that is not 0."""
    for number, column in enumerate(columns):
        if column.channel.type != "trigger":
            continue
        whole = np.rint(values[:, number]).astype(np.int64) & CODE_BITS
        changed = np.flatnonzero(np.diff(whole, prepend=0))
        for at in changed[whole[changed] != 0].tolist()[:MOST_MARKERS]:
            yield float(times[at]), str(int(whole[at]))


def _marker_stream(markers: Sequence[tuple[float, str]]) -> tuple[XDFStream, ...]:
    if not markers:
        return ()
    header = stream_header("Events", "Markers", [Channel("text")], format="string")
    stamps = np.array([time for time, _ in markers])
    return (_stream(2, header, stamps, [(text,) for _, text in markers]),)


def _stream(number: int, header: StreamHeader, stamps: Float64, values: Rows) -> XDFStream:
    return XDFStream(number, header, stamps, values, np.zeros((0, 2)), len(stamps))
