"""EDF+ and BDF+ (Kemp & Olivan 2003, www.edfplus.info; BioSemi's 24 bits), as edfio writes them:
integers of 16 or 24 bits, a scale a channel, and events as annotations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from edfio import Bdf, BdfSignal, Edf, EdfAnnotation, EdfSignal, Patient, Recording
from numpy.typing import NDArray

from milmer_live.errors import RecordingError
from milmer_live.processing.channels.kinds import Kind
from milmer_live.storage.export.material import SKIPPED, Material
from milmer_live.storage.export.names import apart, entity
from milmer_live.storage.export.signal import OutChannel
from milmer_live.storage.export.texts import Texts

# What EDF+ puts before the name of a channel that is no EEG, as far as readers know it.
TYPES: dict[Kind, str] = {
    "EOG": "EOG", "ECG": "ECG", "EMG": "EMG", "respiration": "RESP", "temperature": "TEMP",
    "trigger": "STIM",
}  # fmt: skip
OTHER = "MISC"
LABEL = 16  # characters
MOST_SAMPLES = 2000  # of a channel in a record, where the rate is no whole number


def write_edf(material: Material, target: Path) -> None:
    _write(material, target, Edf, EdfSignal)


def write_bdf(material: Material, target: Path) -> None:
    _write(material, target, Bdf, BdfSignal)


def _write(
    material: Material,
    target: Path,
    whole: Callable[..., Edf | Bdf],
    one: Callable[..., EdfSignal | BdfSignal],
) -> None:
    record = _Record.of(material.rate)
    grid = material.grid(record.rate)
    values = _numbers(material, grid.values)
    timed = material.timed(grid, Texts())
    padding = -len(values) % record.samples
    if padding:
        timed.append((len(values) / grid.rate, padding / grid.rate, SKIPPED))
        values = np.concatenate([values, np.zeros((padding, values.shape[1]), values.dtype)])
    begun = material.begun
    file = whole(
        _signals(material, values, record.rate, one),
        patient=Patient(code=entity(material.session.participant)),
        recording=Recording(startdate=begun.date() if begun is not None else None),
        # Readers differ in what they make of a part of a second.
        starttime=begun.time().replace(microsecond=0) if begun is not None else time(),
        data_record_duration=float(record.duration),
        annotations=[
            EdfAnnotation(onset, duration_s or None, _encodable(text))
            for onset, duration_s, text in timed
        ],
    )
    file.write(target)


def _signals(
    material: Material,
    values: NDArray[Any],
    rate: float,
    one: Callable[..., EdfSignal | BdfSignal],
) -> list[EdfSignal | BdfSignal]:
    channels = material.signal.channels
    return [
        one(
            np.asarray(column, np.float64),
            rate,
            label=label,
            transducer_type=_plain(channel.kind)[:80],
            physical_dimension=_unit(channel.unit)[:8],
            physical_range=_range(column),
        )
        for column, label, channel in zip(
            values.T, _labels(material, channels), channels, strict=True
        )
    ]


@dataclass(frozen=True, slots=True)
class _Record:
    """`samples` of each channel in `duration` seconds, as it is written."""

    samples: int
    duration: str

    @property
    def rate(self) -> float:
        """What readers make of it, in Hz."""
        return float(self.samples / Fraction(self.duration))

    @staticmethod
    def of(rate: float) -> _Record:
        """A second, where that is a whole number of samples; else the record, out of those that
        eight characters can hold, with the nearest rate."""
        if rate == round(rate) and rate:
            return _Record(round(rate), "1")
        counts = range(max(1, round(rate / 2)), max(MOST_SAMPLES, round(2 * rate)) + 1)
        records = (_Record(count, _eight(count / rate)) for count in counts)
        return min(records, key=lambda one: abs(one.rate - rate) if float(one.duration) else np.inf)


def _range(column: NDArray[Any]) -> tuple[float, float]:
    """The physical values of the smallest and the largest number, as the header can hold them."""
    low, high = float(column.min(initial=0.0)), float(column.max(initial=0.0))
    if not max(-low, high) < 1e7:
        raise RecordingError(
            f"A value of {max(-low, high):.3g} does not fit into an EDF file.",
            "Write it as fif, npz or csv.",
        )
    spare = (high - low) * 1e-3 or 1.0
    return float(_eight(low - spare)), float(_eight(high + spare))


def _numbers(material: Material, values: NDArray[Any]) -> NDArray[Any]:
    """Without NaN and infinities, which the formats cannot hold: they are zeros."""
    odd = ~np.isfinite(values)
    if not odd.any():
        return values
    names = [
        name for name, any_odd in zip(material.signal.names, odd.any(0), strict=True) if any_odd
    ]
    material.note(f"Samples that are not numbers are zeros, in {', '.join(names)}.")
    return np.where(odd, 0, values)


def _labels(material: Material, channels: Sequence[OutChannel]) -> list[str]:
    """Names of at most 16 ASCII characters; the type stands before what is no EEG."""
    whole = [
        channel.name
        if channel.kind == "EEG"
        else f"{TYPES.get(channel.kind, OTHER)} {channel.name}"
        for channel in channels
    ]
    plain = [_plain(name) for name in whole]
    short = apart(name[: LABEL - 3] if len(name) > LABEL else name for name in plain)
    changed = [was for was, now in zip(whole, short, strict=True) if was != now]
    if changed:
        material.note(f"Names that the format cannot hold are shortened: {', '.join(changed)}.")
    return short


def _unit(text: str) -> str:
    return _plain(text.replace("µ", "u").replace("μ", "u").replace("°", "deg").replace("²", "2"))


def _plain(text: str) -> str:
    return "".join(one if " " <= one <= "~" else "?" for one in text).strip()


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _eight(value: float) -> str:
    """A number in eight characters, as exactly as that can be."""
    for digits in range(7, -1, -1):
        text = f"{value:.{digits}f}"
        if len(text) <= 8:
            return text
    return f"{value:.0f}"[:8]
