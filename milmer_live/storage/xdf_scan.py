"""Walks the chunks of an XDF file, whatever has happened to it.

A chunk counts only when all of it fits: its length, its tag, a stream whose header is known,
samples that end exactly where the chunk ends. What is between whole chunks is damage; the walk
goes on at the next place where a whole chunk begins.
"""

from __future__ import annotations

import math
import mmap
import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import RecordingError
from milmer_live.samples import Float64
from milmer_live.storage.xdf_chunks import (
    BOUNDARY,
    HAS_STAMP,
    MAGIC,
    OF_A_STREAM,
    Tag,
    sample_dtype,
)
from milmer_live.storage.xdf_header import StreamHeader, parse_header

Buffer: TypeAlias = bytes | mmap.mmap
Rows: TypeAlias = NDArray[Any] | list[tuple[str, ...]]

FAR_S = 1e12  # no two clocks are further apart

_LENGTH_BYTES = {1: "<B", 4: "<I", 8: "<Q"}
# Where a chunk could begin: a length of 1, 4 or 8 bytes, then a tag that XDF knows.
_BEGINNING = re.compile(rb"(?:\x01.|\x04.{4}|\x08.{8})[\x01-\x06]\x00", re.DOTALL)


class _NotWholeError(Exception):
    """These bytes are not what they would have to be."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A whole chunk: bytes [start, stop) of the file; `body` is where the content begins,
    behind tag and stream. `stream` means nothing unless `is_of_stream`: 0 is
    the number of a stream too."""

    start: int
    body: int
    stop: int
    tag: int
    stream: int = 0

    @property
    def is_of_stream(self) -> bool:
        """Whether it belongs to the stream of that number."""
        return self.tag in OF_A_STREAM


class Scanner:
    """Iterates over the whole chunks of `data`. `headers` has those that were met so far,
    `damage` the [start, stop) that belong to no whole chunk.

    With copies of the headers in `spare`, the chunks of a stream count although its own header
    is damaged; such streams are `restored`.
    """

    def __init__(self, data: Buffer, spare: Mapping[int, StreamHeader] | None = None) -> None:
        self.data = data
        self.headers: dict[int, StreamHeader] = {}
        self.restored: list[int] = []
        self.damage: list[tuple[int, int]] = []
        self._spare = spare or {}

    def __iter__(self) -> Iterator[Chunk]:
        position = 0
        if self.data[: len(MAGIC)] == MAGIC:
            position = len(MAGIC)
        while position < len(self.data):
            chunk = self._chunk_at(position)
            if chunk is None:
                resumed = self._next_beginning(position + 1)
                self.damage.append((position, resumed))
                position = resumed
                continue
            if chunk.tag == Tag.STREAM_HEADER:
                self.headers[chunk.stream] = self._header(chunk)
            elif chunk.is_of_stream and chunk.stream not in self.headers:
                self.headers[chunk.stream] = self._spare[chunk.stream]
                self.restored.append(chunk.stream)
            yield chunk
            position = chunk.stop

    def samples(self, chunk: Chunk) -> tuple[Float64, Rows]:
        """Stamps (n,), NaN where they are left out or no finite number, to be deduced, and
        values of a whole chunk."""
        return _samples(self.headers[chunk.stream], self.data[chunk.body : chunk.stop])

    def clock_offset(self, chunk: Chunk) -> tuple[float, float]:
        """(collected, offset_s) of a ClockOffset chunk."""
        collected, offset_s = struct.unpack("<dd", self.data[chunk.body : chunk.stop])
        return collected, offset_s

    def text(self, chunk: Chunk) -> str:
        """The XML of a header or a footer."""
        return self.data[chunk.body : chunk.stop].decode(errors="replace")

    def _header(self, chunk: Chunk) -> StreamHeader:
        return parse_header(self.text(chunk))

    def _next_beginning(self, position: int) -> int:
        while (found := _BEGINNING.search(self.data, position)) is not None:
            if self._chunk_at(found.start()) is not None:
                return found.start()
            position = found.start() + 1
        return len(self.data)

    def _chunk_at(self, start: int) -> Chunk | None:
        try:
            chunk = self._frame(start)
            self._check(chunk)
        except (_NotWholeError, RecordingError, ElementTree.ParseError):
            return None
        return chunk

    def _frame(self, start: int) -> Chunk:
        length, begin = _varlen(self.data, start)
        stop = begin + length
        if length < 2 or stop > len(self.data):
            raise _NotWholeError
        (tag,) = struct.unpack_from("<H", self.data, begin)
        if tag not in OF_A_STREAM:
            return Chunk(start, begin + 2, stop, tag)
        if length < 6:
            raise _NotWholeError
        (stream,) = struct.unpack_from("<I", self.data, begin + 2)
        return Chunk(start, begin + 6, stop, tag, stream)

    def _check(self, chunk: Chunk) -> None:
        content = self.data[chunk.body : chunk.stop]
        header = self.headers.get(chunk.stream) or self._spare.get(chunk.stream)
        match chunk.tag:
            case Tag.FILE_HEADER:
                _xml(content)
            case Tag.STREAM_HEADER:
                _require(chunk.stream not in self.headers and content.startswith(b"<"))
                found = self._header(chunk)
                _require(self._spare.get(chunk.stream, found) == found)
            case Tag.SAMPLES:
                if header is None:
                    raise _NotWholeError
                _samples(header, content)
            case Tag.CLOCK_OFFSET:
                _require(header is not None and len(content) == 16)
                _require(bool((np.abs(np.frombuffer(content, "<f8")) < FAR_S).all()))
            case Tag.BOUNDARY:
                _require(content == BOUNDARY)
            case Tag.STREAM_FOOTER:
                _require(header is not None)
                _xml(content)
            case _:
                self._check_foreign(chunk)

    def _check_foreign(self, chunk: Chunk) -> None:
        """A tag that XDF 1.0 does not have: whole when the file goes on, or ends, behind it."""
        if chunk.stop == len(self.data):
            return
        behind = self._frame(chunk.stop)
        _require(behind.tag in tuple(Tag))
        self._check(behind)


@contextmanager
def open_scanner(path: Path, spare: Mapping[int, StreamHeader] | None = None) -> Iterator[Scanner]:
    """A scanner of a file, which is mapped and not read. Raises RecordingError."""
    with _mapped(path) as data:
        yield Scanner(data, spare)


def _mapped(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # an empty file cannot be mapped
        raise RecordingError(f"{path} is empty.") from error


def _require(condition: bool) -> None:
    if not condition:
        raise _NotWholeError


def _varlen(data: Buffer, position: int) -> tuple[int, int]:
    """A variable-length integer and the position behind it."""
    code = _LENGTH_BYTES.get(data[position]) if position < len(data) else None
    if code is None or position + 1 + struct.calcsize(code) > len(data):
        raise _NotWholeError
    (value,) = struct.unpack_from(code, data, position + 1)
    return value, position + 1 + struct.calcsize(code)


def _xml(content: bytes) -> None:
    _require(content.startswith(b"<"))
    ElementTree.fromstring(content)


def _samples(header: StreamHeader, content: bytes) -> tuple[Float64, Rows]:
    count, begin = _varlen(content, 0)
    if header.format == "string":
        return _string_samples(header, content, begin, count)
    layout = sample_dtype(header)
    smallest = layout.itemsize - 8  # a sample without its stamp
    size = len(content) - begin
    _require(count * smallest <= size <= count * layout.itemsize)
    if size == count * layout.itemsize:
        samples = np.frombuffer(content, layout, count, begin)
        _require(bool((samples["stamped"] == HAS_STAMP).all()))
        return _finite(samples["stamp"]), samples["values"]
    return _mixed_samples(header, content, begin, count)


def _mixed_samples(
    header: StreamHeader, content: bytes, position: int, count: int
) -> tuple[Float64, Rows]:
    """Samples of which some leave their stamp to be deduced, as other recorders may write."""
    values = np.empty((count, header.n_channels), dtype=header.dtype)
    stamps = np.empty(count)
    for row in range(count):
        stamps[row], position = _stamp(content, position)
        _require(position + values[row].nbytes <= len(content))
        values[row] = np.frombuffer(content, header.dtype, header.n_channels, position)
        position += values[row].nbytes
    _require(position == len(content))
    return stamps, values


def _string_samples(
    header: StreamHeader, content: bytes, position: int, count: int
) -> tuple[Float64, Rows]:
    _require(count * (1 + 2 * header.n_channels) <= len(content))
    stamps = np.empty(count)
    rows: list[tuple[str, ...]] = []
    for number in range(count):
        stamps[number], position = _stamp(content, position)
        row = []
        for _ in range(header.n_channels):
            length, position = _varlen(content, position)
            _require(position + length <= len(content))
            row.append(content[position : position + length].decode(errors="replace"))
            position += length
        rows.append(tuple(row))
    _require(position == len(content))
    return stamps, rows


def _stamp(content: bytes, position: int) -> tuple[float, int]:
    """The stamp of a sample, NaN where it is left out, and the position behind it."""
    _require(position < len(content) and content[position] in (0, HAS_STAMP))
    if content[position] == 0:
        return float("nan"), position + 1
    _require(position + 9 <= len(content))
    (stamp,) = struct.unpack_from("<d", content, position + 1)
    return float(stamp) if math.isfinite(stamp) else math.nan, position + 9


def _finite(stamps: Float64) -> Float64:
    """The stamps, any number of seconds; NaN for what is none, such as infinity."""
    odd = ~np.isfinite(stamps)
    return np.where(odd, np.nan, stamps) if odd.any() else stamps
