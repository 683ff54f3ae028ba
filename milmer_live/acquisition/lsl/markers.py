"""Markers over the Lab Streaming Layer: what a stimulus program says, on the local clock."""

from __future__ import annotations

from typing import Any

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
from milmer_live.acquisition.lsl.spec import StreamQuery
from milmer_live.errors import SourceFormat
from milmer_live.processing.foreign_text import decoded
from milmer_live.samples import Marker, Sent, marker_text


class LSLMarkers:
    """The one stream of markers that fits a query: texts, or numbers without a fixed rate.

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
            Called("The markers", "are", "their"),
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
            self._reception.say(f"Texts of '{name}' are not UTF-8. They are read as cp1252.")
        return text


def _check(listing: StreamListing) -> None:
    if listing.is_signal:
        raise SourceFormat(
            f"The LSL stream '{listing.name}' is numbers at a fixed rate: it is a signal, not "
            "markers.",
            f"Record it as one: --also {listing.spec} (of `record`: --eeg, once more).",
        )
    if listing.is_frames:
        raise SourceFormat(
            f"The LSL stream '{listing.name}' holds pictures, not markers.",
            f"Use it as the camera: --camera {listing.spec}",
        )
