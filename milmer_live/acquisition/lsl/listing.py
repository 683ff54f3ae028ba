"""What LSL streams announce: name, type, source_id and so on, in whatever encoding."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from xml.etree import ElementTree

from pylsl.lib import fmt2string, lib

from milmer_live.acquisition.lsl.spec import (
    Wanted,
    spec_of,
    told_apart,
)
from milmer_live.processing.channels.device_profiles import Sender
from milmer_live.processing.channels.kinds import kind_by_type
from milmer_live.processing.foreign_text import CleanXML, clean_xml, decoded, text_of

Purpose = Literal["eeg", "signal", "markers", "camera"]

SLOWEST_EEG_HZ = 50.0  # of a stream whose type does not say what it is
FRAMES_TYPE = "VideoFrames"  # of a stream of pictures, as a replay sends it

# How the source_ids of what a run of this program sends begin: they go with the run, so that
# nothing can be connected to them for longer.
OUR_OWN = ("milmer-live-", "milmer-demo-")

FIREWALL = "A firewall may block LSL (UDP and TCP ports 16571 to 16604)."

# A prototype of our own: pylsl's returns a copy of the text and never frees liblsl's.
_get_xml = lib["lsl_get_xml"]
_get_xml.argtypes, _get_xml.restype = [ctypes.c_void_p], ctypes.c_void_p


@dataclass(frozen=True, slots=True)
class StreamListing:
    """One stream on the network. `sample_rate` 0: irregular, as markers are."""

    name: str
    kind: str
    source_id: str
    hostname: str
    n_channels: int
    sample_rate: float
    sample_format: str
    uid: str = ""  # of this outlet; its sender gets another whenever it is started
    spec: str = ""  # what to write to use it, and none of those that it was found with

    def __post_init__(self) -> None:
        if not self.spec:
            object.__setattr__(self, "spec", told_apart([self.identity])[0])

    @property
    def identity(self) -> Wanted:
        """What it can be asked for by."""
        return Wanted(
            name=self.name,
            source_id=self.source_id,
            type=self.kind,
            host=self.hostname,
            uid=self.uid,
        )

    @property
    def outlet_spec(self) -> str:
        """What to write to use this very outlet, for as long as it is there."""
        return spec_of(uid=self.uid) if self.uid else self.spec

    @property
    def is_numbers(self) -> bool:
        """Whether it can be recorded as a signal; else it is texts, or frames."""
        return self.sample_format != "string" and self.n_channels > 0

    @property
    def is_signal(self) -> bool:
        """Whether it is numbers at a fixed rate, as EEG is; else it is markers, or frames."""
        return self.sample_rate > 0 and self.is_numbers

    @property
    def purpose(self) -> Purpose:
        """What it is most likely for, as far as its type says. Numbers without a fixed rate are a
        signal, such as gaze, unless they are called markers."""
        if self.is_frames:
            return "camera"
        kind = kind_by_type(self.kind)
        if not self.is_numbers or (kind == "trigger" and not self.sample_rate):
            return "markers"
        may_be_eeg = kind == "EEG" or (kind is None and self.sample_rate >= SLOWEST_EEG_HZ)
        return "eeg" if may_be_eeg else "signal"

    @property
    def can_be_markers(self) -> bool:
        """Whether it is what a user who calls it markers means: texts, and numbers without a fixed
        rate that are called so, or that are one whole number each and called nothing."""
        if not self.is_numbers:
            return not self.is_frames
        kind = kind_by_type(self.kind)
        is_code = self.n_channels == 1 and self.sample_format.startswith("int")
        return not self.sample_rate and (kind == "trigger" or (kind is None and is_code))

    @property
    def sender(self) -> Sender:
        """What a profile is looked up by."""
        return Sender(name=self.name, type=self.kind, source_id=self.source_id, host=self.hostname)

    @property
    def is_ours(self) -> bool:
        """Whether a run of this program sends it, so that nothing is to be connected to it."""
        return self.source_id.startswith(OUR_OWN)

    @property
    def is_frames(self) -> bool:
        """Whether it is pictures, to be used as a camera."""
        return self.kind == FRAMES_TYPE and self.sample_format == "string"

    def __str__(self) -> str:
        return f"'{self.name}' (source_id '{self.source_id}', {self.kind}, on {self.hostname})"


@dataclass(frozen=True, slots=True)
class Announced:
    """A stream that answers: what it announces, and pylsl's `info` to connect by."""

    listing: StreamListing
    info: Any


def listing_of(info: Any) -> StreamListing:
    """What pylsl's `info` announces. pylsl itself decodes as Latin-1 what is not UTF-8."""
    name, kind, source_id, hostname, uid = (
        text_of(getattr(lib, f"lsl_get_{field}")(info.obj) or b"")
        for field in ("name", "type", "source_id", "hostname", "uid")
    )
    return StreamListing(
        name,
        kind,
        source_id,
        hostname,
        int(info.channel_count()),
        float(info.nominal_srate()),
        str(fmt2string[info.channel_format()]),
        uid,
    )


def listings_of(infos: Sequence[Any]) -> tuple[StreamListing, ...]:
    """What pylsl's `infos` announce, by name, each with a `spec` that fits it alone."""
    listings = [listing_of(info) for info in infos]
    specs = told_apart([listing.identity for listing in listings])
    named = [replace(one, spec=spec) for one, spec in zip(listings, specs, strict=True)]
    return tuple(sorted(named, key=lambda one: (one.name, one.source_id, one.hostname, one.uid)))


def name_is_utf8(info: Any) -> bool:
    """Whether the stream's name is; else it was read as cp1252."""
    return decoded(lib.lsl_get_name(info.obj) or b"")[1]


def description_of(info: Any) -> CleanXML:
    """All that pylsl's `info` says of its stream, as well-formed XML."""
    pointer = _get_xml(info.obj)
    if not pointer:
        return clean_xml(b"<info/>")
    try:
        return clean_xml(ctypes.string_at(pointer))
    finally:
        lib.lsl_destroy_string(pointer)


def data_ports(description: CleanXML) -> frozenset[int]:
    """The TCP ports at which the stream's samples are to be had, for IPv4 and IPv6."""
    root = ElementTree.fromstring(description.text)
    stated = (root.findtext(f"{version}data_port") or "" for version in ("v4", "v6"))
    return frozenset(int(port) for port in stated if port.isdecimal() and int(port))
