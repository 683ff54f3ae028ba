"""The signals of a board: which of BrainFlow's rows are what, in which unit, under which names.

BrainFlow describes the rows of each of its buffers ("presets"). A row that is listed as EEG, EMG
and ECG at once is one signal, the EEG. Units are those of BrainFlow's drivers; where a driver gives
raw numbers, no unit is stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any
from xml.etree import ElementTree

from milmer_live.acquisition.brainflow.boards import (
    BoardSpec,
    board_name,
    descriptions,
)
from milmer_live.catalogue import Code
from milmer_live.errors import ConfigError
from milmer_live.messages import Message
from milmer_live.processing.channels.kinds import Kind
from milmer_live.processing.channels.layouts import find_layout
from milmer_live.processing.channels.names import unique_names
from milmer_live.processing.channels.user_channels import UNNAMED
from milmer_live.samples import EEGInfo

MICROVOLTS, PERCENT = "microvolts", "percent"
AXES = ("x", "y", "z")
IMPEDANCE = "impedance "  # before the name of an electrode, so that nothing takes it for EEG
RESISTANCES, OTHERS, MARKERS = "resistance_channels", "other_channels", "marker_channel"
EEG = "eeg_channels"
ON_AXES = ("accel_channels", "gyro_channels", "magnetometer_channels")
PRESETS = ("", "auxiliary", "ancillary")  # by BrainFlow's numbers; the first needs no name


@dataclass(frozen=True, slots=True)
class RowKind:
    """A kind of rows: `title` is part of the stream's name, `type` its type in XDF, `kind` what it
    measures."""

    title: str
    type: str
    unit: str = ""
    kind: Kind = "other"


# In this order: a row that is listed twice is of the first.
KINDS: dict[str, RowKind] = {
    EEG: RowKind("EEG", "EEG", MICROVOLTS, "EEG"),
    "eog_channels": RowKind("EOG", "EOG", MICROVOLTS, "EOG"),
    "emg_channels": RowKind("EMG", "EMG", MICROVOLTS, "EMG"),
    "ecg_channels": RowKind("ECG", "ECG", MICROVOLTS, "ECG"),
    "eda_channels": RowKind("EDA", "EDA", "microsiemens", "GSR"),
    "ppg_channels": RowKind("PPG", "PPG", "", "PPG"),
    "optical_channels": RowKind("optical", "Optical", "", "PPG"),
    "temperature_channels": RowKind("temperature", "Temperature", "celsius", "temperature"),
    "accel_channels": RowKind("accelerometer", "Accelerometer", "g", "motion"),
    "gyro_channels": RowKind("gyroscope", "Gyroscope", "degrees/s", "motion"),
    "magnetometer_channels": RowKind("magnetometer", "Magnetometer", "", "motion"),
    "rotation_channels": RowKind("rotation", "Orientation", "", "motion"),
    "analog_channels": RowKind("analog inputs", "Analog"),
    "battery_channel": RowKind("battery", "Battery", PERCENT, "battery"),
    RESISTANCES: RowKind("impedance", "Impedance", "ohms"),
    OTHERS: RowKind("other", "Other"),
    MARKERS: RowKind("markers", "Trigger", "", "trigger"),
}

# What a driver that gives raw numbers leaves without a unit.
RAW = (
    "accel_channels", "gyro_channels", "temperature_channels", "battery_channel", "ecg_channels",
)  # fmt: skip
# Units that differ from the usual, by the beginning of the board's name.
UNITS: dict[str, dict[str, str]] = {
    "EXPLORE": {
        "accel_channels": "mg",
        "gyro_channels": "millidegrees/s",
        "magnetometer_channels": "milligauss",
    },
    "GALEA": {"magnetometer_channels": "millitesla"},
    "EMOTIBIT": {"magnetometer_channels": "microtesla"},
    "SHIMMER3": dict.fromkeys(RAW, ""),
    "BRAINALIVE": dict.fromkeys(RAW, ""),
    "BIOLISTENER": dict.fromkeys(RAW, ""),
    "NTL_WIFI": {"battery_channel": ""},
    "AAVAA": {"battery_channel": ""},
    "GFORCE": {"emg_channels": ""},
}
# Galea's driver gives what it measures at the electrode and what it makes of it.
CHANNEL_UNITS = {("GALEA", "eda_channels"): ("volts", "microsiemens")}

IN_VOLTS = "ANT_NEURO"  # whose driver gives volts; its impedances come in the rows of the EEG
PLAYED = ("PLAYBACK_FILE", "STREAMING")  # where somebody may have set BrainFlow's own markers


@dataclass(frozen=True, slots=True)
class BoardSignal:
    """Rows of one preset that are one signal. `sample_rate` 0: irregular, as an impedance that
    comes when it is measured. `scale` makes `units` of what BrainFlow gives."""

    key: str
    name: str
    source_id: str
    preset: int
    rows: tuple[int, ...]
    labels: tuple[str, ...]
    units: tuple[str, ...]
    sample_rate: float
    scale: float = 1.0
    unusable: str = ""  # why the model cannot have it
    electrodes: tuple[str, ...] = ()  # where each is, "" for nowhere; empty: as the labels say
    unplaced: str = ""  # what to do where that is not known

    @property
    def is_eeg(self) -> bool:
        return self.key == EEG

    def info(self, sample_rate: float | None = None) -> EEGInfo:
        """As it is announced; at another rate where the board was set to one."""
        rate = self.sample_rate if sample_rate is None or not self.sample_rate else sample_rate
        kinds = (KINDS[self.key].kind,) * len(self.rows)
        told = EEGInfo(
            self.name, self.source_id, self.labels, rate, unusable=self.unusable, kinds=kinds
        )
        if self.is_eeg:
            unit = "V" if self.scale != 1.0 else told.unit
            places = self.electrodes
            return replace(told, unit=unit, electrodes=places, unplaced=self.unplaced)
        units = ", ".join(dict.fromkeys(filter(None, self.units)))
        return replace(told, unit=units, xml=_described(replace(self, sample_rate=rate)))


@dataclass(frozen=True, slots=True)
class BoardPreset:
    """One of BrainFlow's buffers of a board. `numbers` is None where packages have no number."""

    number: int
    sample_rate: float
    times: int
    numbers: int | None
    signals: tuple[BoardSignal, ...]

    def of_kind(self, key: str) -> BoardSignal | None:
        return next((one for one in self.signals if one.key == key), None)


def presets_of(spec: BoardSpec, *, any_signal: bool = False) -> tuple[BoardPreset, ...]:
    """What the board sends. The first signal of the first preset is the one that stands for it: its
    EEG; or with `any_signal` another where it has none. Raises ConfigError."""
    found = descriptions(spec)
    taken: set[str] = set()  # names
    presets = tuple(_Rows(spec, number, found).preset(taken) for number in found)
    first = presets[0].signals[0]
    if not any_signal and not first.is_eeg and not first.unusable:
        raise ConfigError(
            Message(Code.BOARD_SENDS_NO_EEG, name=spec.name),
            f"Record it beside the EEG: --also brainflow:{spec.name}",
        )
    return presets


def source_id_of(spec: BoardSpec) -> str:
    """The same for the same device, so that a recording says which it was."""
    where = ("serial_number", "mac_address", "serial_port", "ip_address", "file")
    known = [str(spec.parameters[name]) for name in where if spec.parameters.get(name)]
    return ":".join(["brainflow", spec.name, *known[:1]])


def measures_impedance(spec: BoardSpec) -> bool:
    """Whether a board that can do only one of both was told to measure impedance."""
    asked = [one for one in spec.commands if one.startswith("impedance_mode:")]
    return bool(asked) and asked[-1].endswith(":1")


class _Rows:
    """What BrainFlow says of the rows of one preset."""

    def __init__(
        self, spec: BoardSpec, number: int, descriptions: Mapping[int, Mapping[str, Any]]
    ) -> None:
        self._spec = spec
        self._number = number
        self._found = descriptions[number]
        self._title = str(next(iter(descriptions.values()))["name"])
        self._board = board_name(spec.described_as)
        self._measures = measures_impedance(spec)

    def preset(self, taken: set[str]) -> BoardPreset:
        """`taken` has the names of the signals of the presets before."""
        found = self._found
        return BoardPreset(
            self._number,
            float(found["sampling_rate"]),
            int(found["timestamp_channel"]),
            found.get("package_num_channel"),
            tuple(self._signal(key, rows, taken) for key, rows in self._kinds()),
        )

    def _kinds(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Each kind with the rows that are of no kind before it. A board that measures impedance
        in the rows of its EEG gives that alone."""
        used = {*self._listed("timestamp_channel"), *self._listed("package_num_channel")}
        for key in sorted(KINDS, key=lambda key: self._measures and key != RESISTANCES):
            rows = tuple(row for row in self._listed(key) if row not in used)
            used.update(rows)
            if rows and (key != MARKERS or self._spec.name in PLAYED):
                yield key, rows

    def _listed(self, key: str) -> tuple[int, ...]:
        """The rows of a kind; to the others belong those that no kind has."""
        listed = self._found.get(key, ())
        rows = list(listed) if isinstance(listed, list | tuple) else [int(listed)]
        if key == OTHERS:
            known = {row for kind in KINDS if kind != OTHERS for row in self._listed(kind)}
            rows += [row for row in range(int(self._found["num_rows"])) if row not in known]
        return tuple(dict.fromkeys(rows))

    def _signal(self, key: str, rows: tuple[int, ...], taken: set[str]) -> BoardSignal:
        in_volts = self._board.startswith(IN_VOLTS) and KINDS[key].unit == MICROVOLTS
        is_impedance = key == RESISTANCES
        own_id = (PRESETS[self._number] or "default", KINDS[key].title)
        parts = (source_id_of(self._spec), *(() if key == EEG else own_id))
        return BoardSignal(
            key=key,
            name=self._name(key, taken),
            source_id=":".join(parts),
            preset=self._number,
            rows=rows,
            labels=self._labels(key, rows),
            units=self._units(key, len(rows)),
            sample_rate=0.0 if is_impedance else float(self._found["sampling_rate"]),
            scale=1e6 if in_volts else 1.0,
            unusable=self._unusable(key),
            electrodes=self._places()[1] if key == EEG else (),
            unplaced=self._unplaced() if key == EEG else "",
        )

    def _name(self, key: str, taken: set[str]) -> str:
        name = self._title if key == EEG else f"{self._title} {KINDS[key].title}"
        name = f"{name} ({PRESETS[self._number]})" if name in taken else name
        taken.add(name)
        return name

    def _labels(self, key: str, rows: tuple[int, ...]) -> tuple[str, ...]:
        if key == EEG:
            return self._places()[0]
        if key == RESISTANCES:
            names = dict(zip_longest(self._listed(key), self._electrodes()))
            numbers = {row: n + 1 for n, row in enumerate(self._listed(key))}
            return tuple(f"{IMPEDANCE}{names[row] or numbers[row]}" for row in rows)
        title = KINDS[key].title
        if len(rows) == len(AXES) and key in ON_AXES:
            return AXES
        return (title,) if len(rows) == 1 else tuple(f"{title} {n + 1}" for n in range(len(rows)))

    def _places(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the EEG channels, and where they are by a layout (empty: as the names say). As
        the user or the board names them, else their numbers. Raises ConfigError."""
        names = unique_names(self._named() or ("",) * len(self._listed(EEG)))
        if not self._spec.layout:
            return names, ()
        layout = find_layout(self._spec.layout)
        places = layout.places(names)
        if places is None:
            raise ConfigError(
                Message(
                    Code.BOARD_LAYOUT_MISFIT, layout=layout.name, n=len(names), name=self._spec.name
                ),
                "Choose another, or name them: channels=Fp1,Fp2,…",
            )
        return unique_names([name for name, _ in places]), tuple(site for _, site in places)

    def _named(self) -> tuple[str, ...]:
        """As the user names them, else as the board does; empty where nobody does. Raises
        ConfigError where the user names more than there are."""
        count, given = len(self._listed(EEG)), self._spec.channels
        if len(given) > count:
            raise ConfigError(
                Message(Code.BOARD_TOO_MANY_NAMED, name=self._spec.name, n=count, given=len(given)),
                f"Name them in order: brainflow:{self._spec.name}?channels=Fp1,Fp2,…",
            )
        own = tuple(filter(None, str(self._found.get("eeg_names", "")).split(",")))
        own = own if len(own) == count else ("",) * count
        said = [*given, *[UNNAMED] * count][:count]
        names = [
            theirs if ours == UNNAMED else ours for ours, theirs in zip(said, own, strict=True)
        ]
        return tuple(names) if any(names) else ()

    def _electrodes(self) -> tuple[str, ...]:
        """Whose the impedances are, in order; empty where nothing tells it."""
        if EEG in self._found:
            return (*self._places()[0], "reference", "ground")
        count = len(self._listed("emg_channels"))
        return (*map(str, range(1, count + 1)), "reference", "ground") if count else ()

    def _units(self, key: str, count: int) -> tuple[str, ...]:
        own = next((units for start, units in UNITS.items() if self._board.startswith(start)), {})
        each = CHANNEL_UNITS.get((self._board, key))
        return each if each and len(each) == count else (own.get(key, KINDS[key].unit),) * count

    def _unusable(self, key: str) -> str:
        is_told = key == RESISTANCES and self._measures
        name = self._spec.name
        return Message(Code.BOARD_MEASURES_IMPEDANCE, name=name) if is_told else ""

    def _unplaced(self) -> str:
        if self._spec.layout or self._named():
            return ""
        name = self._spec.name
        return (
            f"The board {name} does not name its {len(self._listed(EEG))} EEG channels. "
            f"Name them in order: brainflow:{name}?channels=Fp1,Fp2,…"
        )


def _described(signal: BoardSignal) -> str:
    """The signal as LSL would describe it, for the recording."""
    info = ElementTree.Element("info")
    kind = KINDS[signal.key].type
    values = {
        "name": signal.name,
        "type": kind,
        "channel_count": str(len(signal.rows)),
        "nominal_srate": repr(signal.sample_rate),
        "channel_format": "double64",
        "source_id": signal.source_id,
    }
    _add(info, values.items())
    channels = ElementTree.SubElement(ElementTree.SubElement(info, "desc"), "channels")
    for label, unit in zip(signal.labels, signal.units, strict=True):
        channel = ElementTree.SubElement(channels, "channel")
        _add(channel, [("label", label), ("type", kind), *([("unit", unit)] if unit else [])])
    return ElementTree.tostring(info, encoding="unicode")


def _add(parent: ElementTree.Element, values: Iterable[tuple[str, str]]) -> None:
    for tag, text in values:
        ElementTree.SubElement(parent, tag).text = text
