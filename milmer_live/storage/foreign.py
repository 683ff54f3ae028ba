"""Recordings in formats of others, read by MNE, as the streams that an XDF file would have: EDF,
BDF, BrainVision, EEGLAB .set, FIF.

Whatever opens a session opens them too. Their only clock is the sample count, but for EDF+D: the
first sample is at 0 s. Stretches marked as not recorded are left out, so that they are gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import RecordingError, reading
from milmer_live.processing.channels.names import unique_names
from milmer_live.processing.foreign_text import decoded
from milmer_live.samples import Bool, Float64
from milmer_live.storage.edf_header import UNTOLD, EdfHeader
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
_ELECTRIC = frozenset({"eeg", "eog", "ecg", "emg"})
_EDF_SI = {"uV": 1e-6, "µV": 1e-6, "μV": 1e-6, "\x83\xcaV": 1e-6, "mV": 1e-3}
_BRAINVISION_SI = {"µV": 1e-6, "uV": 1e-6, "mV": 1e-3, "nV": 1e-9, "µS": 1e-6, "uS": 1e-6}
_VHDR_CHANNEL = re.compile(r"^\s*Ch([0-9]{1,6})=(.*)$", re.MULTILINE | re.IGNORECASE)
_WORDLESS = re.compile(r"^(?:Comment|Stimulus|Response|New Segment|Bad Interval)/")


def is_foreign(path: Path) -> bool:
    """Whether the name is that of a recording that MNE reads."""
    return path.name.lower().endswith(SUFFIXES)


def read_foreign(path: Path) -> XDFFile:
    """The signals and events of a recording. Raises RecordingError."""
    with reading(path, RecordingError, "Does the program that wrote it open it?"):
        raw = _opened(path)
        edf = EdfHeader.read(path) if path.name.lower().endswith((".edf", ".bdf")) else None
        rate, n = float(raw.info["sfreq"]), int(raw.n_times)
        if not n or not rate > 0:
            raise RecordingError(f"{path} has no sample.")
        told = None if edf is None else edf.times(n, rate)
        times: Float64 = np.arange(n) / rate if told is None else told
        there = _recorded(raw, times)
        columns = _columns(path, raw, edf)
        channels = [column.channel for column in columns]
        values = _values(raw, columns)
        header = stream_header(path.name, "EEG", channels, rate=rate, source_id=path.name)
        signal = _stream(1, header, times[there], values[there])
        markers = sorted({*_annotated(raw), *_codes(times, values, columns)})[:MOST_MARKERS]
        said = () if edf is None else (edf.note, UNTOLD if told is None else "")
        notes = tuple(filter(None, said))
        return XDFFile(path, (signal, *_marker_stream(markers)), 0, path.stat().st_size, notes)


@dataclass(frozen=True, slots=True)
class _Column:
    """A channel, and the factor from MNE's SI units to that of the file."""

    channel: Channel
    factor: float


def _opened(path: Path) -> Any:
    import mne

    name = path.name.lower()
    if name.endswith(".edf"):
        return mne.io.read_raw_edf(path, infer_types=True, verbose="error")
    if name.endswith(".bdf"):
        return mne.io.read_raw_bdf(path, infer_types=True, verbose="error")
    if name.endswith(".vhdr"):
        return mne.io.read_raw_brainvision(path, verbose="error")
    if name.endswith(".set"):
        return mne.io.read_raw_eeglab(path, verbose="error")
    return mne.io.read_raw_fif(path, allow_maxshield="yes", verbose="error")


def _columns(path: Path, raw: Any, edf: EdfHeader | None) -> list[_Column]:
    names, kinds = unique_names(raw.ch_names), raw.get_channel_types()
    found = []
    for name, kind, (unit, si) in zip(names, kinds, _units(path, raw, kinds, edf), strict=True):
        type_ = _KINDS.get(kind, "misc")
        if path.name.lower().endswith((".edf", ".bdf", ".vhdr")):
            type_ = "" if type_ == "EEG" else type_  # which is what MNE takes for everything
        found.append(_Column(Channel(name, "" if unit == "n/a" else unit, type_), 1 / si))
    return found


def _units(
    path: Path, raw: Any, kinds: Sequence[str], edf: EdfHeader | None
) -> list[tuple[str, float]]:
    """The unit of each channel in the file, and what MNE takes 1 of it for in SI units. MNE knows
    a few spellings, and leaves numbers in any other as they are without a word."""
    from mne.io.constants import FIFF

    name = path.name.lower()
    if edf is not None:
        stated = edf.units_of(len(kinds))
        return [(unit, 1.0 if kind == "stim" else _EDF_SI.get(unit, 1.0))
                for unit, kind in zip(stated, kinds, strict=True)]  # fmt: skip
    if name.endswith(".vhdr"):
        return [(unit, _BRAINVISION_SI.get(unit, 1.0)) for unit in _vhdr_units(path, len(kinds))]
    if name.endswith(".set"):
        return [("microvolts" if kind in _ELECTRIC else "", 1e-6) for kind in kinds]
    in_volts = [entry["unit"] == FIFF.FIFF_UNIT_V for entry in raw.info["chs"]]
    return [("V" if volts and kind != "stim" else _SI.get(kind, ""), 1.0)
            for volts, kind in zip(in_volts, kinds, strict=True)]  # fmt: skip


def _vhdr_units(path: Path, n_channels: int) -> list[str]:
    """As the header spells them: µV where it says none, as the format has it."""
    text, _ = decoded(path.read_bytes())
    section = text.partition("[Channel Infos]")[2].partition("\n[")[0]
    found = ["µV"] * n_channels
    for number, line in _VHDR_CHANNEL.findall(section):
        fields = line.split(",")
        if len(fields) > 3 and fields[3].strip() and 0 < int(number) <= n_channels:
            found[int(number) - 1] = fields[3].strip()
    return found


def _values(raw: Any, columns: Sequence[_Column]) -> NDArray[np.float32]:
    """(n_samples, n_channels) in the units of the file, read a stretch at a time."""
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
