"""NPZ: arrays of samples, channels, events, labels and predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.storage.export.events import Event
from milmer_live.storage.export.formats.raw_times import times_and_values
from milmer_live.storage.export.material import Material

MOST_CHARACTERS = 1 << 27  # of all texts of one kind


def write_npz(material: Material, target: Path) -> None:
    """All times are seconds from the first sample of the session's EEG. `eeg_uv` (`values` of
    another stream) is (n_samples, n_channels) in `channel_units`."""
    signal, zero = material.signal, material.session.zero
    times, values = times_and_values(material)
    said = material.session.predictions
    arrays: dict[str, Any] = {
        "times": times,
        "channel_names": np.array(signal.names),
        "channel_kinds": np.array([channel.kind for channel in signal.channels]),
        "channel_units": np.array([channel.unit for channel in signal.channels]),
        "sample_rate": material.rate if material.options.rate else signal.effective_rate,
        "nominal_rate": signal.nominal_rate,
        "effective_rate": signal.effective_rate,
        "prediction_times": np.array([one.time - zero for one in said]),
        "probabilities": np.array([one.probabilities for one in said]).reshape(-1, 4),
    }
    arrays["eeg_uv" if signal.is_eeg else "values"] = values
    arrays |= _events(material.events, zero)
    np.savez_compressed(target, **arrays)


def _events(events: tuple[Event, ...], zero: float) -> dict[str, NDArray[Any]]:
    labels = [(event.time, event.label) for event in events if event.label is not None]
    rated = [event for event in events if event.value is not None]
    spans = [(s - zero, s - zero + one.stop - one.start, one.valence, one.arousal)
             for s, one in labels]  # fmt: skip
    found: dict[str, NDArray[Any]] = {
        "labels": np.array(spans, dtype=np.float64).reshape(-1, 4),
        "label_trials": _texts([one.trial for _, one in labels]),
        "rating_times": np.array([event.time - zero for event in rated]),
        "rating_scales": _texts([event.scale for event in rated]),
        "rating_values": np.array([event.value for event in rated], dtype=np.float64),
    }
    for kind in ("marker", "note"):
        mine = [event for event in events if event.kind == kind]
        found[f"{kind}_times"] = np.array([event.time - zero for event in mine])
        found[f"{kind}_texts"] = _texts([event.text for event in mine])
    return found


def _texts(texts: list[str]) -> NDArray[np.str_]:
    """NumPy gives each text as much room as the longest one: where many are long, all are cut."""
    most = MOST_CHARACTERS // max(1, len(texts))
    kept = [one[:most].encode("utf-8", "replace").decode() for one in texts]
    return np.array(kept, dtype=np.str_)
