"""What an XDF stream says of itself: the XML of its StreamHeader, made and read.

The elements are LSL's own (`StreamInfo.as_xml`): EEGLAB, MNE and pyxdf look for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from xml.etree import ElementTree

import numpy as np

from milmer_live.errors import RecordingError
from milmer_live.processing.foreign_text import NOT_XML

Desc: TypeAlias = "Mapping[str, str | Desc | Sequence[Desc]]"

# Little-endian on disk, whatever the machine.
DTYPES: dict[str, np.dtype[Any]] = {
    "int8": np.dtype("i1"),
    "int16": np.dtype("<i2"),
    "int32": np.dtype("<i4"),
    "int64": np.dtype("<i8"),
    "float32": np.dtype("<f4"),
    "double64": np.dtype("<f8"),
}
FORMATS = (*DTYPES, "string")


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel: its label, its unit ("microvolts") and its type ("EEG")."""

    label: str
    unit: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class StreamHeader:
    """A stream as its header's XML describes it; `rate` is 0 for markers and the like."""

    name: str
    type: str
    format: str
    rate: float
    n_channels: int
    channels: tuple[Channel, ...]
    source_id: str
    can_drop_samples: bool
    xml: str

    @property
    def labels(self) -> tuple[str, ...]:
        """One name a channel; "1", "2", … where the header has none."""
        if len(self.channels) == self.n_channels:
            return tuple(channel.label for channel in self.channels)
        return tuple(str(number + 1) for number in range(self.n_channels))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of one value. Raises KeyError for strings."""
        return DTYPES[self.format]


def stream_header(
    name: str,
    type: str,
    channels: Sequence[Channel],
    *,
    rate: float = 0.0,
    format: str = "float32",
    source_id: str = "",
    desc: Desc | None = None,
) -> StreamHeader:
    """A header of our own making. `desc` is what else belongs into the `desc` element.

    Raises RecordingError: a stream without a name cannot be loaded by pyxdf.
    """
    if not name.strip():
        raise RecordingError("A stream must have a name.")
    info = ElementTree.Element("info")
    fields = {
        "name": name,
        "type": type,
        "channel_count": str(len(channels)),
        "nominal_srate": repr(float(rate)),
        "channel_format": format,
        "source_id": source_id,
    }
    _fill(info, fields)
    described: list[Desc] = [
        {"label": one.label, "unit": one.unit, "type": one.type} for one in channels
    ]
    _fill(info, {"desc": {"channels": {"channel": described}, **(desc or {})}})
    return parse_header(document(info))


def parse_header(xml: str) -> StreamHeader:
    """The header that `xml` describes. Raises RecordingError where it is not usable."""
    try:
        info = ElementTree.fromstring(xml)
        n_channels = int(_text(info, "channel_count"))
        rate = float(_text(info, "nominal_srate"))
    except (ElementTree.ParseError, ValueError) as error:
        raise RecordingError(f"A stream header cannot be read: {error}.") from error
    kind = _text(info, "channel_format")
    if kind not in FORMATS or not 0 < n_channels < 2**20 or not 0 <= rate < 1e7:
        raise RecordingError(
            f"A stream of {n_channels} channels in the format '{kind}' at {rate:g} Hz is not one.",
            f"XDF knows {', '.join(FORMATS)}.",
        )
    return StreamHeader(
        name=_text(info, "name"),
        type=_text(info, "type"),
        format=kind,
        rate=rate,
        n_channels=n_channels,
        channels=tuple(_channel(one) for one in info.iterfind("desc/channels/channel")),
        source_id=_text(info, "source_id"),
        can_drop_samples=_text(info, "desc/synchronization/can_drop_samples") == "true",
        xml=xml,
    )


def document(root: ElementTree.Element) -> str:
    """`root` as an XML document on one line."""
    return '<?xml version="1.0"?>' + ElementTree.tostring(root, encoding="unicode")


def _channel(element: ElementTree.Element) -> Channel:
    return Channel(_text(element, "label"), _text(element, "unit"), _text(element, "type"))


def _text(parent: ElementTree.Element, path: str) -> str:
    return (parent.findtext(path) or "").strip()


def _fill(parent: ElementTree.Element, values: Desc) -> None:
    for tag, value in values.items():
        if isinstance(value, str):
            ElementTree.SubElement(parent, tag).text = NOT_XML.sub("\ufffd", value)
        elif isinstance(value, Mapping):
            _fill(ElementTree.SubElement(parent, tag), value)
        else:
            for one in value:
                _fill(ElementTree.SubElement(parent, tag), one)
