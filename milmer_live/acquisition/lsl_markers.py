"""Markers over the Lab Streaming Layer: what a stimulus program says, on the local clock."""

from __future__ import annotations

from typing import Any

import pylsl
from pylsl.util import LostError
from pylsl.util import TimeoutError as LSLTimeout

from milmer_live.acquisition.lsl import BUFFER_S, FIREWALL, OFFSET_EVERY_S, LSLSource
from milmer_live.errors import SourceFormat, SourceLost, SourceNotFound
from milmer_live.samples import Marker, Sent, marker_text


class LSLMarkers:
    """The one stream of markers (strings or numbers, no fixed rate) that fits a query. Several
    channels of a marker are one text, numbers are written out."""

    def __init__(
        self,
        *,
        name: str = "",
        source_id: str = "",
        type: str = "",
        host: str = "",
        timeout_s: float = 3.0,
    ) -> None:
        self._announced = LSLSource(
            name=name, source_id=source_id, type=type, host=host, timeout_s=timeout_s
        )
        self._timeout_s = timeout_s
        self._inlet: Any = None
        self._name = self._xml = ""
        self._offset_s = 0.0
        self._offset_due = 0.0

    def open(self) -> str:
        """Find the stream and connect; returns its name. Raises SourceNotFound, SourceFormat."""
        found = self._announced.find()
        self._name = str(found.name())
        if found.nominal_srate() > 0:
            raise SourceFormat(
                f"The LSL stream '{self._name}' has a fixed rate: it is a signal, not markers."
            )
        inlet = pylsl.StreamInlet(found, max_buflen=BUFFER_S, recover=False)
        try:
            inlet.open_stream(self._timeout_s)
            self._xml = str(inlet.info(self._timeout_s).as_xml())
            self._offset_s = float(inlet.time_correction(self._timeout_s))
        except (LSLTimeout, LostError) as error:
            inlet.close_stream()
            raise SourceNotFound(
                f"The LSL stream '{self._name}' is announced, but does not answer.", FIREWALL
            ) from error
        self._offset_due = pylsl.local_clock() + OFFSET_EVERY_S
        self._inlet = inlet
        return self._name

    def read(self, timeout_s: float) -> tuple[Marker, ...] | None:
        """The markers that have come since the last call, or None. Raises SourceLost."""
        if self._inlet is None:
            raise SourceLost("The markers are not open.")
        self._refresh_offset()
        try:
            sample, stamp = self._inlet.pull_sample(timeout=timeout_s)
            if stamp is None:
                return None
            samples, stamps = self._inlet.pull_chunk(timeout=0.0)
        except LostError as error:
            raise SourceLost(
                f"The markers '{self._name}' are gone.",
                "Start their sender again: the connection comes back by itself.",
            ) from error
        rows = zip((sample, *samples), (stamp, *stamps), strict=True)
        return tuple(self._marker(tuple(row), float(time)) for row, time in rows)

    def close(self) -> None:
        """End the transmission; harmless when it has ended."""
        if self._inlet is not None:
            self._inlet.close_stream()
        self._inlet = None

    def _marker(self, values: tuple[str | float, ...], stamp: float) -> Marker:
        offset = self._offset_s
        return Marker(stamp + offset, marker_text(values), Sent(self._xml, values, offset))

    def _refresh_offset(self) -> None:
        if pylsl.local_clock() < self._offset_due:
            return
        self._offset_due += OFFSET_EVERY_S
        try:
            self._offset_s = float(self._inlet.time_correction(0.0))
        except LSLTimeout:
            return  # no newer one: the last still holds
