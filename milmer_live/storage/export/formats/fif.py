"""FIF, the format of MNE."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.processing.channels.kinds import Kind
from milmer_live.storage.export.material import Material
from milmer_live.storage.export.signal import OutChannel
from milmer_live.storage.export.texts import Texts

_VOLTAGES: dict[Kind, str] = {"EEG": "eeg", "EOG": "eog", "ECG": "ecg", "EMG": "emg"}
_SIEMENS = {"us": 1e-6, "microsiemens": 1e-6, "s": 1.0, "siemens": 1.0, "ms": 1e-3, "ns": 1e-9}
_CELSIUS = frozenset({"°c", "degc", "c", "celsius", "degrees celsius"})


def write_fif(material: Material, target: Path) -> None:
    raw = to_raw(material)
    exact = "single" if material.signal.values.dtype == np.float32 else "double"
    raw.save(target, fmt=exact, verbose="error")


def to_raw(material: Material) -> Any:
    """The stream as an `mne.io.Raw` in SI units, with events and gaps as annotations."""
    import mne
    from mne.io.constants import FIFF

    signal, grid = material.signal, material.grid()
    types, factors = zip(*(_type(channel) for channel in signal.channels), strict=True)
    info = mne.create_info(signal.names, grid.rate, list(types))
    for entry, kind, channel in zip(info["chs"], types, signal.channels, strict=True):
        if kind == "misc":
            entry["unit"] = FIFF.FIFF_UNIT_V if channel.is_voltage else FIFF.FIFF_UNIT_NONE
    units = ", ".join(
        f"{channel.name} in {'V' if channel.is_voltage else channel.unit or 'no known unit'}"
        for channel, kind in zip(signal.channels, types, strict=True)
        if kind == "misc"
    )
    if units:
        info["description"] = f"MNE has no type for these channels: {units}."
    data = np.multiply(grid.values.T, np.array(factors)[:, np.newaxis], dtype=np.float64)
    raw = mne.io.RawArray(data, info, copy=None, verbose="error")
    raw.set_meas_date(material.begun)
    raw.set_montage("standard_1005", match_case=False, on_missing="ignore", verbose="error")
    # its files end a name at a colon, and a name is cut where it is longer
    timed = material.timed(grid, Texts())
    onsets, durations, texts = zip(*timed, strict=True) if timed else ((), (), ())
    raw.set_annotations(mne.Annotations(onsets, durations, texts), verbose="error")
    return raw


def _type(channel: OutChannel) -> tuple[str, float]:
    """MNE's type, and the factor to the unit that MNE has for it."""
    unit = channel.unit.strip().lower().replace("µ", "u").replace("μ", "u")
    if channel.is_voltage:
        return _VOLTAGES.get(channel.kind, "misc"), 1e-6
    if channel.kind == "GSR" and unit in _SIEMENS:
        return "gsr", _SIEMENS[unit]
    if channel.kind == "temperature" and unit in _CELSIUS:
        return "temperature", 1.0
    return ("stim" if channel.kind == "trigger" else "misc"), 1.0
