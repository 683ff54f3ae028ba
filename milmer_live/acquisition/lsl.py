"""EEG over the Lab Streaming Layer.

Stamps are the sender's plus the clock offset that liblsl measures, which each chunk carries:
subtract it to have the raw stamp back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pylsl
from pylsl.lib import fmt2string
from pylsl.util import LostError
from pylsl.util import TimeoutError as LSLTimeout

from milmer_live.acquisition.lsl_spec import StreamQuery, Wanted, spec_of, told_apart
from milmer_live.acquisition.stream_xml import ChannelTable, channel_table, sent_table, with_unit
from milmer_live.errors import ConfigError, SourceError, SourceFormat, SourceLost, SourceNotFound
from milmer_live.processing.units import voltage
from milmer_live.samples import EEGChunk, EEGInfo, frozen

OFFSET_EVERY_S = 5.0  # between two readings of the clock offset
# After the first stream of a name, time for a second to answer: liblsl asks by multicast at
# once and every port of every host 0.5 s later; only then have all streams of a machine heard.
SETTLE_S = 0.7
POLL_S = 0.02
BUFFER_S = 60  # liblsl keeps this much for a reader that is held up
MAX_SAMPLES = 4096  # in one chunk
FRAMES_TYPE = "VideoFrames"  # of a stream of pictures, as a replay sends it

# How the source_ids of what a run of this program sends begin: they go with the run, so that
# nothing can be connected to them for longer.
OUR_OWN = ("milmer-live-", "milmer-demo-")

FIREWALL = "A firewall may block LSL (UDP and TCP ports 16571 to 16604)."


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
    def is_frames(self) -> bool:
        """Whether it is pictures, to be used as a camera."""
        return self.kind == FRAMES_TYPE and self.sample_format == "string"

    def __str__(self) -> str:
        return f"'{self.name}' (source_id '{self.source_id}', {self.kind}, on {self.hostname})"


def discover(timeout_s: float = 1.0) -> tuple[StreamListing, ...]:
    """All streams that answer within `timeout_s`, by name."""
    return listings_of(pylsl.resolve_streams(timeout_s))


class LSLSource:
    """The one EEG stream that fits a query; never just the first that is found."""

    def __init__(
        self,
        *,
        name: str = "",
        source_id: str = "",
        type: str = "",
        host: str = "",
        uid: str = "",
        channels: Sequence[str] = (),
        timeout_s: float = 3.0,
        settle_s: float = SETTLE_S,
        unit: str = "",
        as_sent: bool = False,
    ) -> None:
        """`channels` names them, in order, and `unit` is that of the EEG, where the sender states
        none or a wrong one. `settle_s` is granted to further streams that fit; 0 where there can
        be none, as for a source_id that this program has just made up, or a uid. `as_sent`: it
        may be no EEG, and is only to be recorded: nothing is scaled, and each chunk has `raw`.
        Raises ConfigError."""
        self._query = StreamQuery(name, source_id, type, host, uid)
        if not str(self._query):
            raise ConfigError("An LSL source needs the stream's name or its source_id.")
        self._settle_s = 0.0 if uid else settle_s
        self._channels = tuple(channels)
        self._unit = voltage(unit) if unit else ""
        self._timeout_s = timeout_s
        self._as_sent = as_sent
        self._connection: _Connection | None = None

    def open(self) -> EEGInfo:
        """Find the stream and connect; every sample sent after this has returned is read.

        Blocks up to `timeout_s` to find it, and as long again to connect.
        """
        found = self.find()
        name = str(found.name())
        try:
            self._connection = _Connection(found, self._described, self._timeout_s, self._unit)
        except (LSLTimeout, LostError) as error:
            raise SourceNotFound(
                f"The LSL stream '{name}' is announced, but does not answer.", FIREWALL
            ) from error
        return self._connection.info

    def _described(self, described: Any) -> ChannelTable:
        """The channels of a stream of samples. Raises SourceFormat."""
        listing = listing_of(described)
        if not listing.is_numbers:
            raise SourceFormat(
                f"The LSL stream '{listing.name}' is not a signal: {listing.kind or 'no type'}, "
                f"{listing.n_channels} × {listing.sample_format}.",
                f"Choose a stream of numbers; --markers {listing.spec} records texts.",
            )
        stream = (listing.name, described.as_xml(), listing.n_channels)
        if self._as_sent:
            return sent_table(*stream)
        table = channel_table(*stream, self._channels, self._unit)
        irregular = "" if listing.sample_rate else _irregular(listing.name)
        return replace(table, unusable=irregular or table.unusable)

    def read(self, timeout_s: float) -> EEGChunk | None:
        if self._connection is None:
            raise SourceLost("The LSL source is not open.")
        try:
            return self._connection.read(timeout_s)
        except LostError as error:
            raise SourceLost(
                f"The LSL stream '{self._connection.info.name}' is gone.",
                "Start its sender again: the connection comes back by itself.",
            ) from error

    def close(self) -> None:
        """End the transmission; harmless when it has ended."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def find(self) -> Any:
        """The stream's announcement. Raises SourceNotFound, also where several fit."""
        resolver = pylsl.ContinuousResolver()
        deadline = _Deadline(self._timeout_s)
        while not self._matching(resolver) and deadline.left_s:
            time.sleep(POLL_S)
        if self._matching(resolver) and self._settle_s:
            time.sleep(self._settle_s)
        matching = self._matching(resolver)
        if len(matching) != 1:
            raise self._not_one(listings_of(resolver.results()))
        return matching[0]

    def _matching(self, resolver: Any) -> list[Any]:
        return [one for one in resolver.results() if self._query.fits(listing_of(one).identity)]

    def _not_one(self, found: Sequence[StreamListing]) -> SourceError:
        what = str(self._query)
        if matching := [one for one in found if self._query.fits(one.identity)]:
            return SourceNotFound(
                f"{len(matching)} LSL streams are {what}: {'; '.join(map(str, matching))}.",
                f"Say which: {' or '.join(one.spec for one in matching)}.",
            )
        others = [one for one in found if not one.source_id.startswith(OUR_OWN)]
        names = ", ".join(f"'{one.name}'" for one in others) or "none at all"
        return SourceNotFound(
            f"No LSL stream {what}. Found: {names}.",
            f"Is the amplifier's outlet running? {FIREWALL if not others else ''}".rstrip(),
        )


class _Connection:
    """An open inlet, its buffer and its clock offset.

    `recover=False`: otherwise liblsl reconnects behind our back, across a gap we never see.
    """

    def __init__(
        self, found: Any, table_of: Callable[[Any], ChannelTable], timeout_s: float, unit: str
    ) -> None:
        deadline = _Deadline(timeout_s)
        self._inlet: Any = pylsl.StreamInlet(found, max_buflen=BUFFER_S, recover=False)
        described = self._inlet.info(deadline.left_s)
        table = table_of(described)
        self._inlet.open_stream(deadline.left_s)
        self._offset_s = float(self._inlet.time_correction(deadline.left_s))
        self._offset_due = pylsl.local_clock() + OFFSET_EVERY_S
        self._inlet.flush()
        self._scale = table.to_microvolts
        self._buffer = np.empty((MAX_SAMPLES, len(table.names)), dtype=self._inlet.np_dtype)
        is_float = self._buffer.dtype == np.dtype(np.float32)
        self._is_microvolts = table.in_microvolts and is_float and bool((self._scale == 1.0).all())
        self._count = 0
        self.info = EEGInfo(
            str(found.name()),
            str(found.source_id()),
            table.names,
            float(found.nominal_srate()),
            table.unit,
            with_unit(described.as_xml(), unit) if unit else str(described.as_xml()),
            table.unusable,
        )

    def read(self, timeout_s: float) -> EEGChunk | None:
        """Waits for the first sample, then takes all that are there. Raises LostError."""
        self._refresh_offset()
        _, stamps = self._inlet.pull_chunk(
            timeout=timeout_s,
            max_samples=MAX_SAMPLES,
            min_samples=1,
            dest_obj=self._buffer,
            as_numpy=True,
        )
        if not len(stamps):
            return None
        sent = self._buffer[: len(stamps)]
        data = (sent * self._scale).astype(np.float32)
        raw = None if self._is_microvolts else frozen(sent.copy())
        first = self._count
        self._count += len(stamps)
        times = frozen(stamps + self._offset_s)
        return EEGChunk(frozen(data), times, first, self._offset_s, raw, frozen(stamps))

    def close(self) -> None:
        """Now, and not when the last traceback that holds the inlet is gone."""
        self._inlet.close_stream()

    def _refresh_offset(self) -> None:
        """liblsl measures in a thread of its own; asking costs 20 µs and waits for nothing."""
        if pylsl.local_clock() < self._offset_due:
            return
        self._offset_due += OFFSET_EVERY_S
        try:
            self._offset_s = float(self._inlet.time_correction(0.0))
        except LSLTimeout:
            return  # no newer one: the last still holds


class _Deadline:
    """What is left of a time limit that several calls share."""

    def __init__(self, seconds: float) -> None:
        self._end = pylsl.local_clock() + seconds

    @property
    def left_s(self) -> float:
        return max(0.0, float(self._end - pylsl.local_clock()))


def _irregular(name: str) -> str:
    return f"The LSL stream '{name}' has no fixed sampling rate, which the model needs."


def listing_of(info: Any) -> StreamListing:
    """What pylsl's `info` announces."""
    return StreamListing(
        str(info.name()),
        str(info.type()),
        str(info.source_id()),
        str(info.hostname()),
        int(info.channel_count()),
        float(info.nominal_srate()),
        str(fmt2string[info.channel_format()]),
        str(info.uid()),
    )


def listings_of(infos: Sequence[Any]) -> tuple[StreamListing, ...]:
    """What pylsl's `infos` announce, by name, each with a `spec` that fits it alone."""
    listings = [listing_of(info) for info in infos]
    specs = told_apart([listing.identity for listing in listings])
    named = [replace(one, spec=spec) for one, spec in zip(listings, specs, strict=True)]
    return tuple(sorted(named, key=lambda one: (one.name, one.source_id, one.hostname, one.uid)))
