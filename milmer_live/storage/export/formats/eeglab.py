"""EEGLAB's .set: one structure `EEG` of a MATLAB file, version 5."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.processing.channels.kinds import Kind
from milmer_live.processing.placing import Grid
from milmer_live.storage.export.material import Material
from milmer_live.storage.export.signal import OutChannel
from milmer_live.storage.export.texts import Texts

# What stands in `chanlocs.type`; these are names that MNE knows too.
TYPES: dict[Kind, str] = {
    "EEG": "EEG", "EOG": "EOG", "ECG": "ECG", "EMG": "EMG", "GSR": "GSR", "respiration": "RESP",
    "temperature": "TEMPERATURE", "trigger": "STIM",
}  # fmt: skip
# A MATLAB file of this version holds no array beyond 2 GiB: then the samples have a file of
# their own.
MOST_BYTES = 1 << 30
NOT_THERE = (
    "icaact", "icawinv", "icasphere", "icaweights", "icachansind", "urevent", "epoch", "reject",
    "stats", "specdata", "specicaact", "splinefile", "dipfit",
)  # fmt: skip


def write_eeglab(material: Material, target: Path) -> None:
    from scipy.io import savemat

    grid = material.grid()
    samples = np.asarray(grid.values.T, dtype=np.float32)
    data: Any = samples
    if samples.nbytes > MOST_BYTES:
        floats = target.with_suffix(".fdt")
        with floats.open("xb") as file:  # (n_channels, n_samples), the channels of a sample first
            np.ascontiguousarray(grid.values, dtype="<f4").tofile(file)
        data = floats.name
    savemat(target, {"EEG": _structure(material, grid, data)}, long_field_names=True)


def _structure(material: Material, grid: Grid, data: Any) -> dict[str, Any]:
    n = len(grid.values)
    nothing = np.zeros((0, 0))
    return {
        "setname": target_name(material),
        "filename": "",
        "filepath": "",
        "subject": material.session.participant,
        "group": "",
        "condition": "",
        "session": nothing,
        "comments": "",
        "nbchan": float(len(material.signal.channels)),
        "trials": 1.0,
        "pnts": float(n),
        "srate": float(grid.rate),
        "xmin": 0.0,
        "xmax": (n - 1) / grid.rate,
        "times": nothing,
        "data": data,
        **dict.fromkeys(NOT_THERE, nothing),
        "chanlocs": _locations(material.signal.channels),
        "urchanlocs": nothing,
        "chaninfo": {"nodatchans": nothing},
        "ref": "",
        "event": _events(material, grid),
        "eventdescription": nothing,
        "epochdescription": nothing,
        "history": "",
        "saved": "yes",
        "etc": {"written_by": "milmer_live"},
    }


def target_name(material: Material) -> str:
    return f"{material.session.participant} {material.session.name}"


def _locations(channels: tuple[OutChannel, ...]) -> NDArray[Any]:
    """(1, n_channels). Places are not among them: nobody has measured them."""
    found = np.zeros(
        (1, len(channels)), dtype=[(name, object) for name in ("labels", "type", "unit")]
    )
    for column, channel in enumerate(channels):
        found[0, column] = (channel.name, TYPES.get(channel.kind, "MISC"), channel.unit)
    return found


def _events(material: Material, grid: Grid) -> NDArray[Any]:
    """(1, n_events); a latency counts samples from 1 and may lie between two."""
    timed = material.timed(grid, Texts())
    fields = ("type", "latency", "duration")
    found = np.zeros((1, len(timed)), dtype=[(name, object) for name in fields])
    for column, (onset, duration_s, text) in enumerate(timed):
        found[0, column] = (text, onset * grid.rate + 1, duration_s * grid.rate)
    return found
