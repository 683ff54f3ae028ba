"""Reads XDF files, ours and of other programs, as they were written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import RecordingError
from milmer_live.samples import Float64, marker_text
from milmer_live.storage.xdf.chunks import Tag
from milmer_live.storage.xdf.clock import on_recorder_clock
from milmer_live.storage.xdf.header import (
    MAX_RATE,
    StreamHeader,
)
from milmer_live.storage.xdf.samples import (
    Rows,
    finite,
    sample_dtype,
)
from milmer_live.storage.xdf.scan import (
    Chunk,
    Scanner,
    open_scanner,
)

Wanted: TypeAlias = Callable[[StreamHeader], bool]
Part: TypeAlias = tuple[Float64, Rows]  # stamps (n,) and values of some samples

NOT_SAID = -1
BLOCK_BYTES = 16 << 20  # of chunks that are taken apart at a time
_SAMPLE_COUNT = re.compile(r"<sample_count>\s*([0-9]{1,18})\s*</sample_count>")


@dataclass(frozen=True)
class XDFStream:
    """One stream. `stamps` (n,) are the sender's; `values` (n, n_channels) in the header's
    format, for strings a list of rows; `offsets` (m, 2) as (collected, offset_s);
    `promised` is the count of the footer, None where the stream was not closed, NOT_SAID where it
    gives none."""

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
    """`damaged_bytes` belong to no whole chunk: `repair` removes them. `notes` are sentences on
    what is odd and was read all the same, or what could not be."""

    path: Path
    streams: tuple[XDFStream, ...]
    damaged_bytes: int
    size: int
    notes: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        return not self.damaged_bytes and all(one.promised is not None for one in self.streams)

    def named(self, name: str) -> XDFStream | None:
        """The first stream called `name`."""
        return next((one for one in self.streams if one.header.name == name), None)


@dataclass(slots=True)
class _Gathered:
    """What has been met of one stream; `parts` are usual chunks of numbers, and the samples of
    all others."""

    parts: list[Chunk | Part] = field(default_factory=list)
    offsets: list[tuple[float, float]] = field(default_factory=list)
    promised: int | None = None


def read_xdf(path: Path, wanted: Wanted = lambda _: True) -> XDFFile:
    """The wanted streams of a file, all chunks that can be read. Raises RecordingError."""
    gathered: dict[int, _Gathered] = {}
    with open_scanner(path) as scanner:
        for chunk in scanner:
            if chunk.rows >= 0:  # nearly all of them
                if chunk.stream in gathered:
                    gathered[chunk.stream].parts.append(chunk)
            elif chunk.is_of_stream:
                _take(scanner, chunk, gathered, wanted)
        if scanner.damage and not scanner.headers:
            raise RecordingError(
                " ".join((f"{path} holds no stream that can be read.", *scanner.notes)),
                "Is it an XDF file?",
            )
        streams = tuple(_stream(scanner, number, one) for number, one in gathered.items())
        damaged = sum(stop - start for start, stop in scanner.damage)
        notes = (*scanner.notes, *(note for one in streams for note in _notes(one)))
        return XDFFile(path, streams, damaged, len(scanner.data), notes)


def _take(scanner: Scanner, chunk: Chunk, gathered: dict[int, _Gathered], wanted: Wanted) -> None:
    if chunk.stream not in gathered:
        if chunk.tag == Tag.STREAM_HEADER and wanted(scanner.headers[chunk.stream]):
            gathered[chunk.stream] = _Gathered()
        return
    one = gathered[chunk.stream]
    if chunk.tag == Tag.SAMPLES:
        one.parts.append(scanner.samples(chunk))
    elif chunk.tag == Tag.CLOCK_OFFSET:
        one.offsets.append(scanner.clock_offset(chunk))
    elif chunk.tag == Tag.STREAM_FOOTER:
        one.promised = _promised(scanner.text(chunk))


def _stream(scanner: Scanner, number: int, one: _Gathered) -> XDFStream:
    header = scanner.headers[number]
    stamps, values = _samples(scanner, header, one.parts)
    if header.has_odd_rate and header.format != "string":
        header = replace(header, rate=_rate_of(stamps))
    offsets = np.array(one.offsets, dtype=np.float64).reshape(-1, 2)
    return XDFStream(number, header, _deduced(stamps, header), values, offsets, one.promised)


def _samples(scanner: Scanner, header: StreamHeader, parts: Sequence[Chunk | Part]) -> Part:
    """All samples of a stream, one behind the other."""
    n = sum(part.rows if isinstance(part, Chunk) else len(part[0]) for part in parts)
    stamps = np.empty(n)
    texts: list[tuple[str, ...]] = []
    numbers = None
    if header.format != "string":
        numbers = np.empty((n, header.n_channels), header.dtype)
    row = 0
    for of_part, values in _joined(scanner, header, parts):
        stop = row + len(of_part)
        stamps[row:stop] = of_part
        if numbers is not None:
            numbers[row:stop] = values
        else:
            texts += values
        row = stop
    return finite(stamps), texts if numbers is None else numbers


def _joined(
    scanner: Scanner, header: StreamHeader, parts: Sequence[Chunk | Part]
) -> Iterator[Part]:
    """Usual chunks are laid end to end and taken apart many at a time: a chunk may be small."""
    waiting: list[bytes] = []
    n_bytes = 0
    row_bytes = sample_dtype(header).itemsize if header.format != "string" else 0
    for part in parts:
        if isinstance(part, Chunk):
            size = part.rows * row_bytes
            waiting.append(scanner.data[part.stop - size : part.stop])
            n_bytes += size
            if n_bytes < BLOCK_BYTES:
                continue
        yield from _taken_apart(header, waiting)
        waiting, n_bytes = [], 0
        if not isinstance(part, Chunk):
            yield part
    yield from _taken_apart(header, waiting)


def _taken_apart(header: StreamHeader, pieces: Sequence[bytes]) -> Iterator[Part]:
    if pieces:
        samples = np.frombuffer(b"".join(pieces), sample_dtype(header))
        yield samples["stamp"], samples["values"]


def _rate_of(stamps: Float64) -> float:
    """Hz of stamps (n,), by the step that half of them are below; 0 where there is none."""
    steps = np.diff(stamps[np.isfinite(stamps)])
    usual_s = float(np.median(steps)) if len(steps) else 0.0
    rate = round(1 / usual_s, 3) if usual_s > 1 / MAX_RATE else 0.0
    return rate if rate < MAX_RATE else 0.0


def _notes(stream: XDFStream) -> Iterator[str]:
    name = stream.header.name
    if stream.header.has_odd_rate and stream.header.rate:
        yield f"'{name}': {stream.header.rate:g} Hz by its stamps."
    if stream.promised == NOT_SAID:
        yield f"'{name}': its footer gives no count that can be read."


def _deduced(stamps: Float64, header: StreamHeader) -> Float64:
    """Where a stamp was left out: one sample after the last, as the specification has it."""
    step = 1 / header.rate if header.rate else 0.0
    for index in np.flatnonzero(np.isnan(stamps)):
        stamps[index] = (stamps[index - 1] if index else 0.0) + step
    return stamps


def _promised(xml: str) -> int:
    """The count that a footer gives; NOT_SAID where it gives none."""
    found = _SAMPLE_COUNT.search(xml)
    return int(found[1]) if found is not None else NOT_SAID
