"""What an XDF stream says of itself: the XML of its StreamHeader, made and read.

The elements are LSL's own (`StreamInfo.as_xml`): EEGLAB, MNE and pyxdf look for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias
from xml.etree import ElementTree

import numpy as np

from milmer_live.errors import RecordingError
from milmer_live.processing.foreign_text import NOT_XML, clean_xml, text_of

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
MAX_CHANNELS = 65_536  # the densest arrays have some thousands
MAX_RATE = 1e7  # Hz
_NEEDED = ("name", "type", "channel_count", "nominal_srate", "channel_format")
_DECLARED = 200  # characters in which a document says its encoding
_ENCODING = re.compile(r"""\s*\ufeff?\s*<\?xml[^>]{0,100}?\sencoding=["']([\w.-]{1,40})["']""")
_COUNT = re.compile("[0-9]{1,9}")


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
    oddities: tuple[str, ...] = ()  # what is unusual about it, in words
    has_odd_rate: bool = False  # `rate` is 0 because what it says means nothing
    needs_rewriting: bool = False  # other programs cannot parse it as it stands in its file

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


def parse_header(xml: str | bytes) -> StreamHeader:
    """The header that `xml` describes, as far as it can be understood; `oddities` names the rest.

    XML that is not well-formed is mended. A rate that means nothing is 0. Raises RecordingError
    where the number of channels or their format is not there.
    """
    info, changes = _parsed(xml)
    kind, count = _text(info, "channel_format"), _text(info, "channel_count")
    n_channels = int(count) if _COUNT.fullmatch(count) else 0
    if kind not in FORMATS or not 0 < n_channels <= MAX_CHANNELS:
        raise RecordingError(
            f"A stream of '{count[:20]}' channels in the format '{kind[:20]}' cannot be read.",
            f"XDF knows {', '.join(FORMATS)}; a stream has 1 to {MAX_CHANNELS:,} channels.",
        )
    said = _text(info, "nominal_srate")
    rate = _rate(said)
    odd: tuple[str, ...] = ()
    if rate is None:
        odd = (f"its rate '{said[:20]}' means nothing",)
    channels = tuple(_channel(one) for one in info.iterfind("desc/channels/channel"))
    if channels and len(channels) != n_channels:
        odd += (f"it describes {len(channels)} channels, but has {n_channels}",)
    text, as_it_is = _readable(xml, info, rate or 0.0)
    return StreamHeader(
        name=_text(info, "name"),
        type=_text(info, "type"),
        format=kind,
        rate=rate or 0.0,
        n_channels=n_channels,
        channels=channels,
        source_id=_text(info, "source_id"),
        can_drop_samples=_text(info, "desc/synchronization/can_drop_samples") == "true",
        xml=text,
        oddities=(*changes, *odd),
        has_odd_rate=rate is None,
        needs_rewriting=bool(changes) or not as_it_is,
    )


def _parsed(xml: str | bytes) -> tuple[ElementTree.Element, tuple[str, ...]]:
    """Its root, and in words what was changed so that it can be parsed."""
    clean = clean_xml(xml)
    try:
        info = ElementTree.fromstring(clean.text)
    except (ElementTree.ParseError, ValueError) as error:
        raise RecordingError(f"A stream header cannot be read: {error}.") from error
    start = text_of(xml[:_DECLARED]) if isinstance(xml, bytes) else xml[:_DECLARED]
    return info, (*_odd_start(start), *clean.changes)


def _readable(xml: str | bytes, info: ElementTree.Element, rate: float) -> tuple[str, bool]:
    """The document as other programs can parse it, and whether that is `xml` as it is."""
    with suppress(ElementTree.ParseError, ValueError):
        text = xml.decode() if isinstance(xml, bytes) else xml
        root = ElementTree.fromstring(text)
        float(_text(root, "nominal_srate"))
        plain = not any(len(one) for one in root if one.tag in _NEEDED)
        if root.tag == "info" and _text(root, "name") and plain:
            return text, True
    whole = ElementTree.Element("info")
    for tag in _NEEDED:
        ElementTree.SubElement(whole, tag).text = _text(info, tag)
    needed = {one.tag: one for one in whole}
    needed["name"].text = needed["name"].text or "unnamed"
    needed["nominal_srate"].text = repr(rate)
    whole.extend(one for one in info if one.tag not in _NEEDED)
    return document(whole), False


def _odd_start(text: str) -> Iterator[str]:
    """What is unusual in front of the document, by its first characters."""
    if text.startswith("\ufeff"):
        yield "a byte order mark is before its XML"
    elif text[:1].isspace():
        yield "blank space is before its XML"
    encoding = _ENCODING.match(text)
    if encoding is not None and encoding[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        yield f"its XML says that it is in the encoding '{encoding[1]}'"


def _rate(text: str) -> float | None:
    """Hz, None where it means nothing."""
    try:
        rate = float(text)
    except ValueError:
        return None
    return rate if 0 <= rate < MAX_RATE else None


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
