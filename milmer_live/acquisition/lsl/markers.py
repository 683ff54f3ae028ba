"""Markers over the Lab Streaming Layer: what a stimulus program says, on the local clock."""

from __future__ import annotations

from typing import Any

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.lsl.inlet import (
    KEPT_IRREGULAR,
    OpenInlet,
)
from milmer_live.acquisition.lsl.listing import StreamListing
from milmer_live.acquisition.lsl.reception import (
    Called,
    Reception,
)
from milmer_live.acquisition.lsl.sender_watch import Patience
from milmer_live.acquisition.lsl.spec import StreamQuery, Wanted
from milmer_live.catalogue import Code
from milmer_live.errors import SourceFormat
from milmer_live.messages import Message
from milmer_live.processing.foreign_text import decoded
from milmer_live.samples import EEGChunk, EEGInfo, Marker, Sent, marker_text


class LSLMarkers:
    """The one stream of markers that fits a query: texts, or numbers that are called so.

    Several channels of a marker are one text, numbers are written out. A text may be any bytes:
    what is not UTF-8 is read as cp1252.
    """

    def __init__(
        self,
        *,
        name: str = "",
        source_id: str = "",
        type: str = "",
        host: str = "",
        uid: str = "",
        timeout_s: float = 3.0,
        kept: int = KEPT_IRREGULAR,
        patience: Patience | None = None,
    ) -> None:
        """`kept` markers, in hundreds, wait for a reader that is held up. Raises ConfigError."""
        self._reception = Reception(
            StreamQuery(name, source_id, type, host, uid),
            Called(
                Code.MARKERS_GONE,
                Code.START_THEIR_SENDER,
                Code.MARKERS_NOT_OPEN,
                Code.MARKERS_UNWATCHED,
            ),
            timeout_s=timeout_s,
            kept=kept,
            patience=patience,
        )
        self._inlet: OpenInlet | None = None

    @property
    def lost(self) -> int:
        """Markers that found the buffer full."""
        return self._reception.lost

    @property
    def waiting(self) -> int:
        """Markers that have come and were not read yet."""
        return self._reception.waiting

    def open(self) -> str:
        """Find the stream and connect; returns its name. Raises SourceNotFound, SourceFormat."""
        found = self._reception.find()
        _check(found.listing)
        self._inlet = self._reception.connect(found)
        return found.listing.name

    def read(self, timeout_s: float) -> tuple[Marker, ...] | None:
        """The markers that have come since the last call, or None. Raises SourceLost."""
        values, stamps = self._reception.pull(timeout_s)
        if self._inlet is None or not len(stamps):
            return None
        xml, offset_s = self._inlet.description.text, self._inlet.offset_s()
        rows = zip(values.tolist(), stamps.tolist(), strict=True)
        return tuple(self._marker(xml, row, stamp, offset_s) for row, stamp in rows)

    def take_notes(self) -> tuple[str, ...]:
        """What has to be said of the stream, once."""
        return self._reception.take_notes()

    def close(self) -> None:
        """End the transmission; harmless when it has ended."""
        self._reception.close()
        self._inlet = None

    def _marker(self, xml: str, row: list[Any], stamp: float, offset_s: float) -> Marker:
        values = tuple([self._text(one) if isinstance(one, bytes) else one for one in row])
        return Marker(stamp + offset_s, marker_text(values), Sent(xml, values, offset_s, stamp))

    def _text(self, raw: bytes) -> str:
        text, is_utf8 = decoded(raw)
        if not is_utf8 and self._inlet is not None:
            name = self._inlet.listing.name
            self._reception.say(Message(Code.TEXTS_NOT_UTF8, name=name))
        return text


class LSLMarkersOrSignal:
    """The one stream that fits a query and that the user calls markers. Numbers that are none, such
    as gaze, are a signal, which is said: `open` and `read` then give what `LSLSource` gives."""

    def __init__(self, wanted: Wanted) -> None:
        """Raises ConfigError."""
        self._markers, self._signal = LSLMarkers(**wanted), LSLSource(**wanted, as_sent=True)
        self._source: LSLMarkers | LSLSource = self._markers
        self._notes: list[str] = []

    @property
    def lost(self) -> int:
        """Markers or samples that found the buffer full."""
        return self._markers.lost + self._signal.lost

    @property
    def waiting(self) -> int:
        return self._source.waiting

    def open(self) -> str | EEGInfo:
        """Raises SourceNotFound, SourceFormat."""
        try:
            self._source, name = self._markers, self._markers.open()
        except _NoMarkers as error:
            self._markers.close()
            if not self._notes:
                self._notes.append(error.message)
            self._source, info = self._signal, self._signal.open()
            return info
        return name

    def read(self, timeout_s: float) -> tuple[Marker, ...] | EEGChunk | None:
        """Raises SourceLost."""
        return self._source.read(timeout_s)

    def take_notes(self) -> tuple[str, ...]:
        """What has to be said of the stream, once."""
        ours = tuple(filter(None, self._notes))
        self._notes = [""] * len(self._notes)
        return (*ours, *self._markers.take_notes(), *self._signal.take_notes())

    def close(self) -> None:
        self._markers.close()
        self._signal.close()


class _NoMarkers(SourceFormat):
    """Numbers that are a signal."""


def _check(listing: StreamListing) -> None:
    if listing.is_frames:
        raise SourceFormat(
            f"The LSL stream '{listing.name}' holds pictures, not markers.",
            f"Use it as the camera: --camera {listing.spec}",
        )
    if not listing.can_be_markers:
        raise _NoMarkers(_why_signal(listing))


def _why_signal(listing: StreamListing) -> str:
    name, kind = listing.name, listing.kind
    if listing.sample_rate:
        return f"'{name}' is numbers at a fixed rate: it is a signal, and recorded as one."
    return f"'{name}' is numbers of the type '{kind}': it is a signal, and recorded as one."
