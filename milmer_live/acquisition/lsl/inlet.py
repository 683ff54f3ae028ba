"""An inlet of an LSL stream of any kind: samples as they were sent, description, clock offset.

It keeps what a plain inlet keeps. A sender holds up to its buffer (360 s) for an inlet that is
silent and sends it all when the link is back, so the inlet stays open in silence and its own
buffer is as large. It recovers its connection to the same outlet (`recover=True`); without that
liblsl throws away what is queued as soon as the connection ends.
"""

from __future__ import annotations

import math
import socket
from collections.abc import Set
from typing import Any, TypeAlias

import numpy as np
import psutil
import pylsl
from numpy.typing import NDArray
from pylsl.lib import lib
from pylsl.util import LostError
from pylsl.util import TimeoutError as LSLTimeout

from milmer_live.acquisition.lsl.listing import (
    FIREWALL,
    Announced,
    StreamListing,
    data_ports,
    description_of,
    name_is_utf8,
)
from milmer_live.catalogue import Code
from milmer_live.errors import SourceFormat, SourceNotFound
from milmer_live.messages import Message
from milmer_live.processing.foreign_text import CleanXML
from milmer_live.samples import Float64

OFFSET_EVERY_S = 5.0  # between two readings of the clock offset
RETRY_OFFSET_S = 0.5  # the same, while there is none yet
COMPARE_S = 0.2  # between two looks whether the sender is still there; liblsl takes 0.6 s in all
BUFFER_S = 360  # what liblsl keeps for a reader that is held up, as much as a sender keeps
KEPT_IRREGULAR = 500_000  # samples of a stream without a fixed rate: 25 s at 20,000 a second
LEAST_SAMPLES = 100  # of a stream that is slow
MOST_SAMPLES, MOST_TEXTS = 4096, 512  # in one pull
PULL_BYTES = 16 << 20  # of numbers in one pull
REFUSED_S = 0.2  # for a host to say that nobody listens

Peer: TypeAlias = tuple[str, int]  # host and port


class OpenInlet:
    """Connected to one outlet. `lost` counts samples that found the buffer full: at least one
    each time, since liblsl does not tell how many."""

    def __init__(
        self, announced: Announced, *, timeout_s: float, kept: int = KEPT_IRREGULAR
    ) -> None:
        """Connect; every sample that is sent after this has returned is read. `kept` samples, in
        hundreds, wait for a reader that is held up where the stream has no fixed rate.

        Blocks up to `timeout_s` in each of three steps. Raises SourceNotFound, SourceFormat.
        """
        self.listing = announced.listing
        self.lost = 0
        self.was_full = False  # since the pull before the last
        self._notes = _name_notes(announced)
        if not self.listing.n_channels:
            raise SourceFormat(f"The LSL stream '{self.listing.name}' has no channels.")
        seconds, self._capacity = _buffer(self.listing, kept)
        self._inlet: Any = pylsl.StreamInlet(announced.info, max_buflen=seconds)
        self._rows = _pull_buffer(self._inlet)
        self._most = MOST_TEXTS if self._rows is None else len(self._rows)
        self._offset_s = 0.0
        self._lacks_offset = False  # after the first comparison failed
        self._offset_due = -math.inf
        try:
            self._connect(announced, timeout_s)
        except (LSLTimeout, LostError) as error:
            self.close()
            raise SourceNotFound(
                f"The LSL stream '{self.listing.name}' is announced, but does not answer.", FIREWALL
            ) from error

    def _connect(self, announced: Announced, timeout_s: float) -> None:
        self._ports = data_ports(description_of(announced.info))
        self.description = self._full_description(timeout_s)
        before = _connections(self._ports)
        self._inlet.open_stream(timeout_s)
        after = _connections(self._ports)
        self._is_traceable = before is not None and after is not None
        self._peers = {peer for _, peer in (after or set()) - (before or set())}
        self._lacks_offset = not self._compare_clocks(timeout_s)
        if self._lacks_offset:
            self._notes.append(Message(Code.CLOCK_NOT_COMPARED, name=self.listing.name))

    def take_notes(self) -> list[str]:
        """What has to be said of this inlet since the last call."""
        notes, self._notes = self._notes, []
        return notes

    @property
    def available(self) -> int:
        """Samples that can be had without waiting."""
        return int(self._inlet.samples_available())

    def pull(self, timeout_s: float, most: int | None = None) -> tuple[NDArray[Any], Float64]:
        """Wait for the first sample, then take all that are there, but no more than `most`.

        Returns values (n_samples, n_channels), which for numbers are good until the next pull,
        for texts are bytes, and the sender's stamps (n_samples,). Raises LostError where a
        stream without a source_id has ended.
        """
        self._note_full()
        most = self._most if most is None else min(most, self._most)
        values, stamps = self._inlet.pull_chunk(
            timeout=timeout_s,
            max_samples=most,
            min_samples=1,
            dest_obj=None if self._rows is None else self._rows[:most],
            as_numpy=True,
        )
        return values, stamps

    def offset_s(self) -> float:
        """What to add to the sender's stamps. liblsl measures it in a thread of its own, so that
        asking waits for nothing; it is asked every few seconds."""
        if pylsl.local_clock() >= self._offset_due:
            self._read_offset(0.0)
        return self._offset_s

    def has_switched(self) -> bool:
        """Whether liblsl has given this outlet up for another with the same name and source_id,
        since the last call. It tells the samples of the two not apart; those of the other come
        half a second later."""
        return bool(self._inlet.was_clock_reset())

    def is_connected(self) -> bool:
        """Whether the connection for samples is there. It is while the link is down, and is not
        when the sender has ended and what it had sent has been received; a sender that ended
        while it was being connected leaves no connection at all."""
        found = _connections(self._ports) if self._is_traceable else None
        return found is None or any(peer in self._peers for _, peer in found)

    def is_refused(self) -> bool:
        """Whether nobody listens any more where the samples came from. Blocks 0.2 s at most."""
        return any(_refuses(peer) for peer in self._peers)

    def close(self) -> None:
        """Now, and not when the last traceback that holds the inlet is gone."""
        if self._inlet.obj is not None:
            lib.lsl_destroy_inlet(self._inlet.obj)
            self._inlet.obj = None

    def _compare_clocks(self, timeout_s: float) -> bool:
        """Whether it could be done. A sender that has ended is not waited for: what it has sent
        is to be read."""
        deadline = pylsl.local_clock() + timeout_s
        while not self._read_offset(COMPARE_S):
            if pylsl.local_clock() >= deadline or not self.is_connected():
                return False
        return True

    def _read_offset(self, timeout_s: float) -> bool:
        """Whether there is one; while there is none the last still holds, and so it does for what
        a sender that is gone has sent."""
        try:
            self._offset_s = float(self._inlet.time_correction(timeout_s))
        except RuntimeError:  # of any kind of pylsl's: it is asked while samples are in hand
            self._offset_due = pylsl.local_clock() + RETRY_OFFSET_S
            return False
        self._offset_due = pylsl.local_clock() + OFFSET_EVERY_S
        self._say_compared()
        return True

    def _say_compared(self) -> None:
        if self._lacks_offset:
            self._lacks_offset = False
            self._notes.append(
                Message(Code.CLOCK_COMPARED, name=self.listing.name, offset=self._offset_s)
            )

    def _full_description(self, timeout_s: float) -> CleanXML:
        """liblsl wants it before it gives any chunk: without it a pull would wait for ever."""
        description = description_of(self._inlet.info(timeout_s))
        if description.changes:
            self._notes.append(
                Message(
                    Code.DESCRIPTION_CLEANED,
                    name=self.listing.name,
                    changes=tuple(description.changes),
                )
            )
        return description

    def _note_full(self) -> None:
        self.was_full = self.available >= self._capacity
        if self.was_full:
            self.lost += 1
            self._notes.append(Message(Code.STREAM_BUFFER_FULL, name=self.listing.name))


def _name_notes(announced: Announced) -> list[str]:
    if name_is_utf8(announced.info):
        return []
    return [Message(Code.NAME_NOT_UTF8, name=announced.listing.name)]


def _buffer(listing: StreamListing, kept: int) -> tuple[int, int]:
    """The size of an inlet's buffer as liblsl wants it, and in samples."""
    if listing.sample_rate == 0:
        return kept // 100, kept // 100 * 100
    seconds = max(BUFFER_S, math.ceil(LEAST_SAMPLES / listing.sample_rate))
    return seconds, int(listing.sample_rate * seconds)


def _pull_buffer(inlet: Any) -> NDArray[Any] | None:
    """(n_samples, n_channels) for what one pull takes; None for texts."""
    if inlet.np_dtype is None:
        return None
    row_bytes = np.dtype(inlet.np_dtype).itemsize * inlet.channel_count
    most = min(MOST_SAMPLES, max(1, PULL_BYTES // row_bytes))
    return np.empty((most, inlet.channel_count), dtype=inlet.np_dtype)


def _connections(ports: Set[int]) -> set[tuple[int, Peer]] | None:
    """Connections of this process to `ports` of any host: our own port, and the other end. None
    where the system does not tell."""
    try:
        found = psutil.Process().net_connections("tcp")
    except psutil.Error:
        return None
    return {
        (one.laddr.port, (one.raddr.ip, one.raddr.port))
        for one in found
        if one.status == psutil.CONN_ESTABLISHED and one.raddr.port in ports
    }


def _refuses(peer: Peer) -> bool:
    try:
        socket.create_connection(peer, REFUSED_S).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
