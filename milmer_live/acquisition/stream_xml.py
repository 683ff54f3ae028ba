"""What an LSL stream says of its channels, and the factor that makes µV of its units.

The layout is that of the XDF meta-data for EEG: desc/channels/channel with label, type, unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from milmer_live.acquisition.lsl_spec import written
from milmer_live.errors import SourceFormat
from milmer_live.processing.units import microvolts
from milmer_live.samples import Float64

# What a stream says in its `desc` whose stamps are a recording's own time, and run ahead of the
# clock where it is played faster: a replay's.
OWN_TIME = ("time_line", "replay")

ASSUMED = "µV (not stated)"  # the unit that the XDF meta-data prefer for EEG


@dataclass(frozen=True, slots=True)
class ChannelTable:
    """The channels of a stream: `to_microvolts` (n_channels,) is the factor of each, 1 for what
    is no voltage or is to be left as it is."""

    names: tuple[str, ...]
    unit: str
    to_microvolts: Float64


def channel_table(name: str, xml: str, n_channels: int, given: Sequence[str] = ()) -> ChannelTable:
    """The channels of stream `name` from its full description; `given` names go before its own.

    A channel of EEG (or of no stated type) must be a voltage; one that states no unit is taken
    as µV, and `unit` says so. Other channels keep their unit. Raises SourceFormat.
    """
    channels = _channels(name, xml)
    names = tuple(given) or tuple(_text(channel, "label") for channel in channels)
    _check_names(name, names, n_channels)
    kinds, units = _kinds_and_units(channels, n_channels)
    factors = [_factor(name, *row) for row in zip(names, kinds, units, strict=True)]
    eeg_units = {
        unit or ASSUMED
        for unit, kind in zip(units, kinds, strict=True)
        if kind.lower() in ("", "eeg")
    }
    return ChannelTable(names, ", ".join(sorted(eeg_units)), np.array(factors))


def has_own_time(xml: str) -> bool:
    """Whether the stream says that its stamps are a replay's; `xml` may be empty."""
    name, value = OWN_TIME
    return bool(xml) and ElementTree.fromstring(xml).findtext(f"./desc/{name}") == value


def sent_table(name: str, xml: str, n_channels: int) -> ChannelTable:
    """The channels of a stream that is taken as it is sent, whatever its units: a channel without
    a label has its number as its name. Raises SourceFormat."""
    labels = [_text(channel, "label") for channel in _channels(name, xml)][:n_channels]
    labels += [""] * (n_channels - len(labels))
    names = tuple(label or str(number) for number, label in enumerate(labels, 1))
    units = {unit for _, unit in kinds_and_units(name, xml, n_channels)}
    return ChannelTable(names, ", ".join(sorted(filter(None, units))), np.ones(n_channels))


def kinds_and_units(name: str, xml: str, n_channels: int) -> list[tuple[str, str]]:
    """Type and unit of each channel of stream `name`, as they are stated; "" where they are not,
    or `xml` is empty. Raises SourceFormat."""
    channels = _channels(name, xml) if xml else []
    kinds, units = _kinds_and_units(channels, n_channels)
    return list(zip(kinds, units, strict=True))


def _channels(name: str, xml: str) -> list[ElementTree.Element]:
    try:
        return ElementTree.fromstring(xml).findall("./desc/channels/channel")
    except ElementTree.ParseError as error:
        raise SourceFormat(f"The description of the LSL stream '{name}' is no XML.") from error


def _kinds_and_units(
    channels: list[ElementTree.Element], n_channels: int
) -> tuple[list[str], list[str]]:
    if len(channels) != n_channels:
        channels = [ElementTree.Element("channel")] * n_channels
    return [_text(one, "type") for one in channels], [_text(one, "unit") for one in channels]


def _text(channel: ElementTree.Element, tag: str) -> str:
    return (channel.findtext(tag) or "").strip()


def _check_names(name: str, names: tuple[str, ...], n_channels: int) -> None:
    if len(names) != n_channels or not all(names):
        labelled = sum(bool(label) for label in names)
        spec = f"lsl:{written(name=name)}&channels=Fp1,Fp2,…"
        raise SourceFormat(
            f"The LSL stream '{name}' has {n_channels} channels, and {labelled} are named.",
            f"Name them in order: --channels Fp1,Fp2,… (or {spec}). Or let the sender do it.",
        )
    twice = [label for label, count in Counter(names).items() if count > 1]
    if twice:
        raise SourceFormat(
            f"The LSL stream '{name}' has several channels called {', '.join(twice)}.",
            "Give each channel a label of its own in the sender.",
        )


def _factor(name: str, label: str, kind: str, unit: str) -> float:
    factor = microvolts(unit or "µV")
    if factor is None and kind.lower() in ("", "eeg"):
        raise SourceFormat(
            f"Channel {label} of the LSL stream '{name}' is in '{unit}', which is not a voltage.",
            "Let the sender state V, mV or µV (microvolts).",
        )
    return 1.0 if factor is None else factor
