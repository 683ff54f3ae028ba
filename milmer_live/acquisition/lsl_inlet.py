"""An open inlet of a stream without a fixed rate: markers, or the pictures of a replay."""

from __future__ import annotations

from typing import Any

import pylsl
from pylsl.util import LostError
from pylsl.util import TimeoutError as LSLTimeout

from milmer_live.acquisition.lsl import FIREWALL, OFFSET_EVERY_S
from milmer_live.errors import SourceNotFound


class OpenInlet:
    """The inlet, what the sender says of itself, and its clock offset.

    `recover=False`: otherwise liblsl reconnects behind our back, and nobody sees the gap.
    """

    def __init__(self, found: Any, *, buffered: int, timeout_s: float) -> None:
        """Connect to the announced stream; liblsl keeps 100 x `buffered` samples for a reader
        that is held up. Blocks up to `timeout_s` in each of three steps. Raises SourceNotFound."""
        self.name = str(found.name())
        self.inlet: Any = pylsl.StreamInlet(found, max_buflen=buffered, recover=False)
        try:
            self.inlet.open_stream(timeout_s)
            self.xml = str(self.inlet.info(timeout_s).as_xml())
            self._offset_s = float(self.inlet.time_correction(timeout_s))
        except (LSLTimeout, LostError) as error:
            self.close()
            raise SourceNotFound(
                f"The LSL stream '{self.name}' is announced, but does not answer.", FIREWALL
            ) from error
        self._offset_due = pylsl.local_clock() + OFFSET_EVERY_S

    def offset_s(self) -> float:
        """What to add to the sender's stamps. liblsl measures it in a thread of its own, so that
        asking waits for nothing; it is asked every few seconds. Raises LostError."""
        if pylsl.local_clock() >= self._offset_due:
            self._offset_due += OFFSET_EVERY_S
            try:
                self._offset_s = float(self.inlet.time_correction(0.0))
            except LSLTimeout:
                return self._offset_s  # no newer one: the last still holds
        return self._offset_s

    def close(self) -> None:
        """Now, and not when the last traceback that holds the inlet is gone."""
        self.inlet.close_stream()
