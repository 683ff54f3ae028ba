"""A stream of numbers as it goes out: its channels, their units, and when its samples were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import RecordingError
from milmer_live.processing.channels.kinds import Kind
from milmer_live.processing.channels.site_names import canonical
from milmer_live.processing.channels.stream_description import stated_channels
from milmer_live.processing.eeg.units import (
    channel_microvolts,
    is_stated,
    microvolts,
)
from milmer_live.processing.placing import Grid, on_grid
from milmer_live.processing.timing.gaps import Indices
from milmer_live.processing.timing.recorded_time import RecordedTime
from milmer_live.samples import MODEL_CHANNELS, Float64
from milmer_live.storage.session.reader import Session
from milmer_live.storage.xdf.reader import XDFStream

MICROVOLTS = "µV"
ELECTRIC: frozenset[Kind] = frozenset({"EEG", "EOG", "ECG", "EMG"})
CODES: frozenset[Kind] = frozenset({"trigger", "counter", "time", "battery"})
_USUAL_NAMES = {name.lower(): name for name in MODEL_CHANNELS}


@dataclass(frozen=True, slots=True)
class OutChannel:
    """A channel as it is written. `unit` is µV for all that is a voltage, else the sender's own;
    "" where that says none."""

    name: str
    kind: Kind
    unit: str

    @property
    def is_voltage(self) -> bool:
        return self.unit == MICROVOLTS


@dataclass(frozen=True)
class Signal:
    """`values` (n_samples, n_channels) in the units of `channels`; `times` (n_samples,) on the
    recorder's clock, even but at `begins`, where a stretch behind a gap starts. Rates are in Hz, 0
    where there is none."""

    name: str
    is_eeg: bool
    channels: tuple[OutChannel, ...]
    values: NDArray[Any]
    times: Float64
    begins: Indices
    nominal_rate: float
    effective_rate: float

    @property
    def names(self) -> list[str]:
        return [channel.name for channel in self.channels]

    def grid(self, rate: float) -> Grid:
        """The samples on a grid of `rate` Hz. Raises RecordingError where they have no rate."""
        if not rate or not self.effective_rate:
            raise RecordingError(
                f"'{self.name}' has no steady sampling rate.", "Write it as csv or npz."
            )
        codes = [n for n, channel in enumerate(self.channels) if channel.kind in CODES]
        return on_grid(self.values, self.times, self.begins, rate, codes)


def signal_of(session: Session, stream: XDFStream, unit: str = "") -> Signal:
    """A stream of numbers. `unit` is what the user says of voltages that state none. Raises
    RecordingError where the unit of a voltage is not known, DatasetError."""
    is_eeg = stream is session.eeg_or_none
    time = session.time if is_eeg else RecordedTime.of(stream.times, stream.header.rate)
    if not len(stream.times):
        raise RecordingError(f"'{stream.header.name}' of {session.file.path} has no sample.")
    channels, factors = _channels(session, stream, unit, is_eeg)
    numbers = stream.numbers
    exact = numbers if numbers.dtype == np.float32 else numbers.astype(np.float64)
    values = (exact * factors).astype(exact.dtype) if (factors != 1).any() else exact
    return Signal(
        stream.header.name,
        is_eeg,
        channels,
        values,
        time.even(),
        time.placed.begins,
        time.announced,
        time.rate,
    )


def _channels(
    session: Session, stream: XDFStream, unit: str, is_eeg: bool
) -> tuple[tuple[OutChannel, ...], Float64]:
    """What they are, and the factor of each to the unit that it is written in."""
    table = session.table(stream)
    header = stream.header
    if is_eeg and not table.in_microvolts:
        raise RecordingError(_no_unit(session, stream, table.unit), _SAY)
    stated = stated_channels(header.name, header.xml, header.n_channels)
    found, factors = [], table.to_microvolts.copy()
    for number, (name, kind, one) in enumerate(zip(table.names, table.kinds, stated, strict=True)):
        own = channel_microvolts(one.kind or (kind if kind in ELECTRIC else ""), one.unit)
        is_voltage = own is not None or (is_eeg and kind == "EEG")
        if not is_voltage and kind in ELECTRIC:
            if not unit:
                words = f"{name}: {one.unit if is_stated(one.unit) else 'not stated'}"
                raise RecordingError(_no_unit(session, stream, words), _SAY)
            factors[number], is_voltage = microvolts(unit) or 1.0, True
        usual = _USUAL_NAMES.get(canonical(name), name) if kind == "EEG" else name
        said = one.unit if is_stated(one.unit) else ""
        found.append(OutChannel(usual, kind, MICROVOLTS if is_voltage else said))
    return tuple(found), factors


_SAY = "Say it: --unit uV."


def _no_unit(session: Session, stream: XDFStream, words: str) -> str:
    return f"{session.file.path}: the unit of '{stream.header.name}' is not known ({words})."
