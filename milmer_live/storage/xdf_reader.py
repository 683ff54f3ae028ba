"""Reads XDF files, ours and of other programs, as they were written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float64, marker_text
from milmer_live.storage.xdf_chunks import Tag
from milmer_live.storage.xdf_clock import on_recorder_clock
from milmer_live.storage.xdf_header import StreamHeader
from milmer_live.storage.xdf_scan import Chunk, Rows, Scanner, open_scanner

Wanted: TypeAlias = Callable[[StreamHeader], bool]


@dataclass(frozen=True)
class XDFStream:
    """One stream. `stamps` (n,) are the sender's; `values` (n, n_channels) in the header's
    format, for strings a list of rows; `offsets` (m, 2) as (collected, offset_s);
    `promised` is the count of the footer, None where the stream was not closed."""

    number: int
    header: StreamHeader
    stamps: Float64
    values: Rows
    offsets: Float64
    promised: int | None

    @cached_property
    def times(self) -> Float64:
        """(n,) seconds on the recorder's clock."""
        return on_recorder_clock(self.stamps, self.offsets[:, 0], self.offsets[:, 1])

    @property
    def numbers(self) -> NDArray[Any]:
        """(n, n_channels) of a stream that is not of strings."""
        assert isinstance(self.values, np.ndarray)
        return self.values

    @property
    def texts(self) -> list[str]:
        """The markers of a stream: several channels are one text, numbers are written out."""
        return [marker_text(row) for row in self.values]


@dataclass(frozen=True)
class XDFFile:
    """`damaged_bytes` belong to no whole chunk: `repair` removes them."""

    path: Path
    streams: tuple[XDFStream, ...]
    damaged_bytes: int
    size: int

    @property
    def is_intact(self) -> bool:
        return not self.damaged_bytes and all(one.promised is not None for one in self.streams)

    def named(self, name: str) -> XDFStream | None:
        """The first stream called `name`."""
        return next((one for one in self.streams if one.header.name == name), None)


@dataclass(slots=True)
class _Gathered:
    """What has been read of one stream."""

    stamps: list[Float64] = field(default_factory=list)
    values: list[Rows] = field(default_factory=list)
    offsets: list[tuple[float, float]] = field(default_factory=list)
    promised: int | None = None


def read_xdf(path: Path, wanted: Wanted = lambda _: True) -> XDFFile:
    """The wanted streams of a file, whole chunks only. Raises RecordingError."""
    gathered: dict[int, _Gathered] = {}
    with open_scanner(path) as scanner:
        for chunk in scanner:
            _take(scanner, chunk, gathered, wanted)
        streams = tuple(
            _stream(number, scanner.headers[number], one) for number, one in gathered.items()
        )
        damaged = sum(stop - start for start, stop in scanner.damage)
        return XDFFile(path, streams, damaged, len(scanner.data))


def _take(
    scanner: Scanner,
    chunk: Chunk,
    gathered: dict[int, _Gathered],
    wanted: Wanted,
) -> None:
    if chunk.tag == Tag.STREAM_HEADER and wanted(scanner.headers[chunk.stream]):
        gathered[chunk.stream] = _Gathered()
    one = gathered.get(chunk.stream) if chunk.is_of_stream else None
    if one is None:
        return
    if chunk.tag == Tag.SAMPLES:
        stamps, values = scanner.samples(chunk)
        one.stamps.append(stamps)
        one.values.append(values)
    elif chunk.tag == Tag.CLOCK_OFFSET:
        one.offsets.append(scanner.clock_offset(chunk))
    elif chunk.tag == Tag.STREAM_FOOTER:
        one.promised = _promised(scanner.text(chunk))


def _stream(number: int, header: StreamHeader, one: _Gathered) -> XDFStream:
    stamps = np.concatenate([np.zeros(0), *one.stamps])
    values: Rows
    if header.format == "string":
        values = [row for rows in one.values for row in rows]
    else:
        nothing = np.zeros((0, header.n_channels), header.dtype)
        values = np.concatenate([nothing, *one.values])
    offsets = np.array(one.offsets, dtype=np.float64).reshape(-1, 2)
    return XDFStream(number, header, _deduced(stamps, header), values, offsets, one.promised)


def _deduced(stamps: Float64, header: StreamHeader) -> Float64:
    """Where a stamp was left out: one sample after the last, as the specification has it."""
    step = 1 / header.rate if header.rate else 0.0
    for index in np.flatnonzero(np.isnan(stamps)):
        stamps[index] = (stamps[index - 1] if index else 0.0) + step
    return stamps


def _promised(xml: str) -> int:
    """The count that a footer gives; -1 where it gives none."""
    count = ElementTree.fromstring(xml).findtext("sample_count")
    return int(count) if count and count.isdigit() else -1
