"""What a stream's description states of its channels: labels, types, units, scales.

The layout is that of the XDF meta-data for EEG: desc/channels/channel with label, type, unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from xml.etree import ElementTree

from milmer_live.errors import SourceFormat

# What a stream says in its `desc` whose stamps are a recording's own time, and run ahead of the
# clock where it is played faster: a replay's.
OWN_TIME = ("time_line", "replay")

# What a channel's value has to be multiplied by, as senders call it (App-BrainAmpSeries, the EGI
# and the NeurOne connectors), to be in the stated unit, or in µV where that is counts.
SCALES = ("scaling_factor", "conversion", "Resolusion")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a description states of one channel; "" where it says nothing. `scale` is what its
    values have to be multiplied by, None where that is not stated; `odd_scale` is what stands there
    and is no such number."""

    label: str = ""
    kind: str = ""
    unit: str = ""
    scale: float | None = None
    odd_scale: str = ""


def stated_channels(name: str, xml: str, n_channels: int) -> list[Stated]:
    """What stream `name` states of each of its channels, in order; of those that it does not
    describe, or where `xml` is empty, nothing. Raises SourceFormat."""
    found = _channels(name, xml)[:n_channels] if xml else []
    stated = [
        Stated(
            _text(one, "label") or _text(one, "name"),
            _text(one, "type"),
            _text(one, "unit"),
            *_scale(one),
        )
        for one in found
    ]
    return stated + [Stated()] * (n_channels - len(stated))


def has_own_time(xml: str) -> bool:
    """Whether the stream says that its stamps are a replay's; `xml` may be empty."""
    name, value = OWN_TIME
    return bool(xml) and ElementTree.fromstring(xml).findtext(f"./desc/{name}") == value


def _channels(name: str, xml: str) -> list[ElementTree.Element]:
    try:
        return ElementTree.fromstring(xml).findall("./desc/channels/channel")
    except ElementTree.ParseError as error:
        raise SourceFormat(f"The description of the LSL stream '{name}' is no XML.") from error


def _text(channel: ElementTree.Element, tag: str) -> str:
    return (channel.findtext(tag) or "").strip()


def _scale(channel: ElementTree.Element) -> tuple[float | None, str]:
    """What is stated, and what is stated and means nothing."""
    text = next(filter(None, (_text(channel, tag) for tag in SCALES)), "")
    scale = positive(text)
    return scale, "" if scale is not None else text


def positive(text: str) -> float | None:
    """A number above 0, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number > 0 else None
