"""Channels of an LSL stream as its description states them: names, types, units.

The layout is that of the XDF meta-data for EEG: desc/channels/channel with label, type, unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from milmer_live.errors import SourceFormat
from milmer_live.processing.channel_names import eeg_channels, shared_labels, unique_names
from milmer_live.processing.units import channel_microvolts, is_stated, microvolts
from milmer_live.samples import Float64

# What a stream says in its `desc` whose stamps are a recording's own time, and run ahead of the
# clock where it is played faster: a replay's.
OWN_TIME = ("time_line", "replay")

NOT_STATED = "not stated"  # the unit of a stream that says none


@dataclass(frozen=True, slots=True)
class ChannelTable:
    """The channels of a stream.

    `to_microvolts` (n_channels,) is the factor of each, 1 for what is left as it is. `unusable`
    says why the model cannot have the stream, and what to do; empty where it can, or where it
    is not asked to. `in_microvolts`: with these factors the EEG is in µV. `note` is what should
    be said once of its names.
    """

    names: tuple[str, ...]
    unit: str
    to_microvolts: Float64
    in_microvolts: bool = False
    unusable: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a description states of one channel; "" where it says nothing."""

    label: str = ""
    kind: str = ""
    unit: str = ""


def channel_table(
    name: str, xml: str, n_channels: int, given: Sequence[str] = (), unit: str = ""
) -> ChannelTable:
    """The channels of stream `name` for the model, from its full description.

    `given` names go before the sender's, and `unit` holds for all of its EEG channels whatever
    it states. No description is refused: a stream is recorded whether the model can use it or
    not. Raises SourceFormat for what is no XML.
    """
    stated = stated_channels(name, xml, n_channels)
    labels = tuple(given) if len(given) == n_channels else tuple(one.label for one in stated)
    names = unique_names(labels)
    needed = eeg_channels(names, [one.kind for one in stated])
    factors = [channel_microvolts(one.kind, one.unit) for one in stated]
    if unit:
        factors = [
            microvolts(unit) if eeg else own for eeg, own in zip(needed, factors, strict=True)
        ]
    unknown = [
        one.unit for one, eeg, own in zip(stated, needed, factors, strict=True)
        if eeg and own is None
    ]  # fmt: skip
    problems = (_names_problem(name, labels, len(given)), _unit_problem(name, unknown))
    units = {one.unit or NOT_STATED for one, eeg in zip(stated, needed, strict=True) if eeg}
    return ChannelTable(
        names,
        unit or ", ".join(sorted(units)),
        np.array([1.0 if own is None else own for own in factors]),
        not unknown,
        " ".join(filter(None, problems)),
        _names_note(name, labels),
    )


def with_unit(xml: str, unit: str) -> str:
    """The description with what the user has said of the unit, beside what the sender states."""
    root = ElementTree.fromstring(xml)
    desc = root.find("desc")
    desc = ElementTree.SubElement(root, "desc") if desc is None else desc
    ours = ElementTree.SubElement(desc, "milmer_live")
    ElementTree.SubElement(ours, "device_unit").text = unit
    return ElementTree.tostring(root, encoding="unicode")


def sent_table(name: str, xml: str, n_channels: int) -> ChannelTable:
    """The channels of a stream that is only recorded: nothing is scaled, and its units do not
    matter. Raises SourceFormat for what is no XML."""
    stated = stated_channels(name, xml, n_channels)
    units = {one.unit for one in stated} - {""}
    names = unique_names([one.label for one in stated])
    return ChannelTable(names, ", ".join(sorted(units)), np.ones(n_channels))


def has_own_time(xml: str) -> bool:
    """Whether the stream says that its stamps are a replay's; `xml` may be empty."""
    name, value = OWN_TIME
    return bool(xml) and ElementTree.fromstring(xml).findtext(f"./desc/{name}") == value


def stated_channels(name: str, xml: str, n_channels: int) -> list[Stated]:
    """What stream `name` states of each of its channels, in order; of those that it does not
    describe, or where `xml` is empty, nothing. Raises SourceFormat."""
    found = _channels(name, xml)[:n_channels] if xml else []
    stated = [Stated(_text(one, "label"), _text(one, "type"), _text(one, "unit")) for one in found]
    return stated + [Stated()] * (n_channels - len(stated))


def _channels(name: str, xml: str) -> list[ElementTree.Element]:
    try:
        return ElementTree.fromstring(xml).findall("./desc/channels/channel")
    except ElementTree.ParseError as error:
        raise SourceFormat(f"The description of the LSL stream '{name}' is no XML.") from error


def _text(channel: ElementTree.Element, tag: str) -> str:
    return (channel.findtext(tag) or "").strip()


def _names_problem(name: str, labels: Sequence[str], n_given: int) -> str:
    if n_given and n_given != len(labels):
        return (
            f"The LSL stream '{name}' has {len(labels)} channels, and {n_given} are named by "
            "--channels. Name them all, in order."
        )
    if not any(labels):
        return (
            f"The LSL stream '{name}' has {len(labels)} channels without a name. "
            "Name them in order: --channels Fp1,Fp2,…"
        )
    return ""


def _unit_problem(name: str, unknown: Sequence[str]) -> str:
    if not unknown:
        return ""
    odd = sorted({unit for unit in unknown if is_stated(unit)})
    if not odd:
        return f"The LSL stream '{name}' does not state its unit. Say it: --unit uV."
    units = ", ".join(f"'{unit}'" for unit in odd)
    said = f"The unit of the LSL stream '{name}' is {units}" if len(odd) == 1 else ""
    said = said or f"The units of the LSL stream '{name}' are {units}"
    return f"{said}, which is no voltage. Say it: --unit uV."


def _names_note(name: str, labels: Sequence[str]) -> str:
    if not (shared := shared_labels(labels)):
        return ""
    return (
        f"The LSL stream '{name}' has several channels called {', '.join(shared)}. "
        "They are recorded, and none of them is used as an electrode."
    )
