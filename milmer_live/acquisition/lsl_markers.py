"""Markers over the Lab Streaming Layer: what a stimulus program says, on the local clock."""

from __future__ import annotations

from pylsl.util import LostError

from milmer_live.acquisition.lsl import BUFFER_S, LSLSource, listing_of
from milmer_live.acquisition.lsl_inlet import OpenInlet
from milmer_live.errors import SourceFormat, SourceLost
from milmer_live.samples import Marker, Sent, marker_text


class LSLMarkers:
    """The one stream of markers that fits a query: texts, or numbers without a fixed rate.
    Several channels of a marker are one text, numbers are written out."""

    def __init__(
        self,
        *,
        name: str = "",
        source_id: str = "",
        type: str = "",
        host: str = "",
        uid: str = "",
        timeout_s: float = 3.0,
    ) -> None:
        self._announced = LSLSource(
            name=name, source_id=source_id, type=type, host=host, uid=uid, timeout_s=timeout_s
        )
        self._timeout_s = timeout_s
        self._open: OpenInlet | None = None

    def open(self) -> str:
        """Find the stream and connect; returns its name. Raises SourceNotFound, SourceFormat."""
        found = self._announced.find()
        listing = listing_of(found)
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
        self._open = OpenInlet(found, buffered=BUFFER_S, timeout_s=self._timeout_s)
        return listing.name

    def read(self, timeout_s: float) -> tuple[Marker, ...] | None:
        """The markers that have come since the last call, or None. Raises SourceLost."""
        if self._open is None:
            raise SourceLost("The markers are not open.")
        try:
            offset_s = self._open.offset_s()
            sample, stamp = self._open.inlet.pull_sample(timeout=timeout_s)
            if stamp is None:
                return None
            samples, stamps = self._open.inlet.pull_chunk(timeout=0.0)
        except LostError as error:
            raise SourceLost(
                f"The markers '{self._open.name}' are gone.",
                "Start their sender again: the connection comes back by itself.",
            ) from error
        xml = self._open.xml
        rows = zip((sample, *samples), (stamp, *stamps), strict=True)
        return tuple(_marker(xml, tuple(row), float(time), offset_s) for row, time in rows)

    def close(self) -> None:
        """End the transmission; harmless when it has ended."""
        if self._open is not None:
            self._open.close()
        self._open = None


def _marker(xml: str, values: tuple[str | float, ...], stamp: float, offset_s: float) -> Marker:
    return Marker(stamp + offset_s, marker_text(values), Sent(xml, values, offset_s, stamp))
