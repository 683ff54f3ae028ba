"""EDF+ and BDF+ (Kemp & Olivan 2003, www.edfplus.info; BioSemi's 24 bits): integers of 16 or 24
bits, a scale a channel, and events as annotations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import RecordingError
from milmer_live.processing.channels.kinds import Kind
from milmer_live.samples import Float64
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
EPOCH = datetime(1985, 1, 1)  # EDF's own for a date that is not known


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the two formats differ in."""

    first: bytes
    reserved: str
    annotations: str
    size: int  # bytes of a sample

    @property
    def top(self) -> int:
        return int((1 << (8 * self.size - 1)) - 1)


_EDF = _Kind(b"0       ", "EDF+C", "EDF Annotations", 2)
_BDF = _Kind(b"\xffBIOSEMI", "BDF+C", "BDF Annotations", 3)


def write_edf(material: Material, target: Path) -> None:
    _write(material, target, _EDF)


def write_bdf(material: Material, target: Path) -> None:
    _write(material, target, _BDF)


def _write(material: Material, target: Path, kind: _Kind) -> None:
    record = _Record.of(material.rate)
    grid = material.grid(record.rate)
    values = _numbers(material, grid.values)
    n_records = -(-len(values) // record.samples)
    timed = material.timed(grid, Texts())
    padding = n_records * record.samples - len(values)
    if padding:
        timed.append((len(values) / grid.rate, padding / grid.rate, SKIPPED))
    notes = _annotations(timed, record, n_records)
    size = -(-max(map(len, notes)) // kind.size) * kind.size
    scales = [_Scale.of(column, kind.top) for column in values.T]
    with target.open("xb") as file:
        file.write(_header(material, kind, record, n_records, scales, size // kind.size))
        for number, note in enumerate(notes):
            part = values[number * record.samples : (number + 1) * record.samples]
            file.write(_record(part, scales, kind, record.samples))
            file.write(note.ljust(size, b"\0"))


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


@dataclass(frozen=True, slots=True)
class _Scale:
    """The physical values of the largest and the smallest number, as they are written."""

    low: str
    high: str

    @staticmethod
    def of(column: NDArray[Any], top: int) -> _Scale:
        del top
        low, high = float(column.min(initial=0.0)), float(column.max(initial=0.0))
        if not max(-low, high) < 1e7:
            raise RecordingError(
                f"A value of {max(-low, high):.3g} does not fit into an EDF file.",
                "Write it as fif, npz or csv.",
            )
        spare = (high - low) * 1e-3 or 1.0
        return _Scale(_eight(low - spare), _eight(high + spare))

    def numbers(self, values: Float64, top: int) -> NDArray[np.int32]:
        low, high = float(self.low), float(self.high)
        whole = np.rint((values - low) / (high - low) * (2 * top + 1)) - top - 1
        return np.asarray(np.clip(whole, -top - 1, top), dtype="<i4")


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


def _record(part: NDArray[Any], scales: Sequence[_Scale], kind: _Kind, samples: int) -> bytes:
    """The channels one after the other, each filled up to a whole record."""
    written = []
    for scale, column in zip(scales, part.T, strict=True):
        filled = np.zeros(samples)
        filled[: len(column)] = column
        whole = scale.numbers(filled, kind.top)
        octets = whole.view(np.uint8).reshape(-1, 4)[:, : kind.size]
        written.append(np.ascontiguousarray(octets).tobytes())
    return b"".join(written)


def _annotations(
    timed: Sequence[tuple[float, float, str]], record: _Record, n_records: int
) -> list[bytes]:
    """Of each record its start, and the events that begin in it."""
    length = float(Fraction(record.duration))
    notes = [f"+{_seconds(number * length)}\x14\x14\0".encode() for number in range(n_records)]
    for onset, duration_s, text in timed:
        held = f"\x15{_seconds(duration_s)}" if duration_s else ""
        number = min(int(onset / length), n_records - 1)
        notes[number] += f"+{_seconds(onset)}{held}\x14{text}\x14\0".encode("utf-8", "replace")
    return notes


def _header(
    material: Material,
    kind: _Kind,
    record: _Record,
    n_records: int,
    scales: Sequence[_Scale],
    note_samples: int,
) -> bytes:
    channels = material.signal.channels
    begun = material.begun
    start = begun.replace(tzinfo=None) if begun is not None else EPOCH
    date = f"{start.day:02d}-{start:%b}-{start.year}".upper() if begun is not None else "X"
    fields = [
        (f"{entity(material.session.participant)} X X X", 80),
        (f"Startdate {date} X X X", 80),
        (f"{start:%d.%m.%y}", 8),
        (f"{start:%H.%M.%S}", 8),
        (str(256 * (len(channels) + 2)), 8),
        (kind.reserved, 44),
        (str(n_records), 8),
        (record.duration, 8),
        (str(len(channels) + 1), 4),
    ]
    head = kind.first + b"".join(_ascii(text, size) for text, size in fields)
    return head + b"".join(_columns(material, kind, record.samples, scales, note_samples))


def _columns(
    material: Material, kind: _Kind, samples: int, scales: Sequence[_Scale], note_samples: int
) -> Iterator[bytes]:
    channels = material.signal.channels
    bottom, top = str(-kind.top - 1), str(kind.top)
    columns: list[tuple[int, list[str]]] = [
        (LABEL, [*_labels(material, channels), kind.annotations]),
        (80, [*(channel.kind for channel in channels), ""]),
        (8, [*(_unit(channel.unit) for channel in channels), ""]),
        (8, [*(scale.low for scale in scales), "-1"]),
        (8, [*(scale.high for scale in scales), "1"]),
        (8, [bottom] * (len(channels) + 1)),
        (8, [top] * (len(channels) + 1)),
        (80, [""] * (len(channels) + 1)),
        (8, [*[str(samples)] * len(channels), str(note_samples)]),
        (32, [""] * (len(channels) + 1)),
    ]
    for size, texts in columns:
        yield from (_ascii(text, size) for text in texts)


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


def _ascii(text: str, size: int) -> bytes:
    return _plain(text)[:size].ljust(size).encode("ascii")


def _eight(value: float) -> str:
    """A number in eight characters, as exactly as that can be."""
    for digits in range(7, -1, -1):
        text = f"{value:.{digits}f}"
        if len(text) <= 8:
            return text
    return f"{value:.0f}"[:8]


def _seconds(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
