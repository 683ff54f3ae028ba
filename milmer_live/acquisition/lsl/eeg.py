"""EEG over the Lab Streaming Layer.

Stamps are the sender's plus the clock offset that liblsl measures, which each chunk carries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.acquisition.lsl.finder import (
    HEARD_S,
    discover,
)
from milmer_live.acquisition.lsl.inlet import OpenInlet
from milmer_live.acquisition.lsl.listing import (
    FIREWALL,
    OUR_OWN,
    StreamListing,
)
from milmer_live.acquisition.lsl.reception import (
    Called,
    Reception,
)
from milmer_live.acquisition.lsl.sender_watch import Patience
from milmer_live.acquisition.lsl.spec import StreamQuery
from milmer_live.errors import SourceFormat
from milmer_live.processing.channels.stream_channels import (
    ChannelTable,
    channel_table,
    sent_table,
)
from milmer_live.processing.channels.user_channels import (
    NOTHING_SAID,
    Said,
    with_said,
)
from milmer_live.samples import EEGChunk, EEGInfo, Float64, frozen

MOST_SKIPPED = 1e9  # samples; more is no gap but another clock

__all__ = ["FIREWALL", "OUR_OWN", "LSLSource", "StreamListing", "discover"]


class LSLSource:
    """The one stream of numbers that fits a query; never just the first that is found.

    It is recorded whatever it is. What keeps the model from it is in `EEGInfo.unusable`.
    """

    def __init__(
        self,
        *,
        name: str = "",
        source_id: str = "",
        type: str = "",
        host: str = "",
        uid: str = "",
        said: Said = NOTHING_SAID,
        timeout_s: float = 3.0,
        settle_s: float = HEARD_S,
        as_sent: bool = False,
        patience: Patience | None = None,
    ) -> None:
        """`said` is what the user says of its channels. `settle_s` is granted to further streams
        that fit; 0 where there can be none, as for a source_id that this program has just made
        up, or a uid. `as_sent`: it may be no EEG, and is only to be recorded: nothing is scaled,
        and each chunk has `raw`.
        Raises ConfigError."""
        self._reception = Reception(
            StreamQuery(name, source_id, type, host, uid),
            Called(),
            timeout_s=timeout_s,
            settle_s=settle_s,
            patience=patience,
        )
        self._said = said
        self._as_sent = as_sent
        self._chunks: _Chunks | None = None
        self._lost_before = 0  # on connections that have ended

    @property
    def lost(self) -> int:
        """Samples that found the buffer full: those by which `first_index` leaps."""
        return self._lost_before + (self._chunks.lost if self._chunks is not None else 0)

    @property
    def waiting(self) -> int:
        """Samples that have come and were not read yet."""
        return self._reception.waiting

    def open(self) -> EEGInfo:
        """Find the stream and connect; every sample sent after this has returned is read.

        Blocks up to `timeout_s` to find it, and three times as long to connect. Raises
        SourceNotFound, and SourceFormat for a stream of texts.
        """
        found = self._reception.find()
        _check(found.listing)
        inlet = self._reception.connect(found)
        table = self._table(inlet)
        self._begin(_Chunks(inlet, table))
        return EEGInfo(
            found.listing.name,
            found.listing.source_id,
            table.names,
            found.listing.sample_rate,
            table.unit,
            with_said(inlet.description.text, table.said, table.device),
            table.unusable,
            table.kinds,
            table.electrodes,
            table.unplaced,
            table.device,
        )

    def read(self, timeout_s: float) -> EEGChunk | None:
        values, stamps = self._reception.pull(timeout_s)
        if self._chunks is None or not len(stamps):
            return None
        return self._chunks.chunk(values, stamps)

    def take_notes(self) -> tuple[str, ...]:
        """What has to be said of the stream, once."""
        return self._reception.take_notes()

    def close(self) -> None:
        """End the transmission; harmless when it has ended."""
        self._reception.close()
        self._begin(None)

    def find(self) -> StreamListing:
        """What the stream announces. Raises SourceNotFound, also where several fit."""
        return self._reception.find().listing

    def _begin(self, chunks: _Chunks | None) -> None:
        self._lost_before, self._chunks = self.lost, chunks

    def _table(self, inlet: OpenInlet) -> ChannelTable:
        listing, xml = inlet.listing, inlet.description.text
        if self._as_sent:
            return sent_table(listing.name, xml, listing.n_channels)
        table = channel_table(listing.sender, xml, listing.n_channels, self._said)
        for note in table.notes:
            self._reception.say(note)
        return table


class _Chunks:
    """Makes chunks of what an inlet gives: counted, in µV and as sent."""

    def __init__(self, inlet: OpenInlet, table: ChannelTable) -> None:
        self.lost = 0
        self._inlet = inlet
        self._scale = table.to_microvolts
        self._is_scaled = bool((self._scale != 1.0).any())
        self._in_microvolts = table.in_microvolts and not self._is_scaled
        self._next = 0
        self._last_stamp = np.nan

    def chunk(self, sent: NDArray[Any], stamps: Float64) -> EEGChunk:
        """`sent` is copied: it is the inlet's own buffer."""
        if self._inlet.was_full:
            skipped = self._skipped(float(stamps[0]))
            self.lost += skipped
            self._next += skipped
        first, self._next = self._next, self._next + len(stamps)
        self._last_stamp = float(stamps[-1])
        scaled = sent * self._scale if self._is_scaled else sent
        data = frozen(scaled.astype(np.float32))
        is_as_sent = self._in_microvolts and sent.dtype == np.float32
        raw = None if is_as_sent else frozen(sent.copy())
        offset_s = self._inlet.offset_s()
        return EEGChunk(data, frozen(stamps + offset_s), first, offset_s, raw, frozen(stamps))

    def _skipped(self, stamp: float) -> int:
        """Samples that the buffer had no room for before that of `stamp`; 1 where the stamps do
        not tell. liblsl does not count them."""
        missing = (stamp - self._last_stamp) * self._inlet.listing.sample_rate - 1
        return max(1, round(missing)) if 0 < missing < MOST_SKIPPED else 1


def _check(listing: StreamListing) -> None:
    if listing.is_numbers:
        return
    kind = f"{listing.kind or 'no type'}, {listing.n_channels} × {listing.sample_format}"
    raise SourceFormat(
        f"The LSL stream '{listing.name}' is not a signal: {kind}.",
        f"Choose a stream of numbers; --markers {listing.spec} records texts.",
    )
