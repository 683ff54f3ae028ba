"""Walks the chunks of an XDF file, whatever has happened to it.

While chunk follows chunk, a chunk is believed as soon as it frames: its length leads to the next
chunk or to the end of the file. What is odd inside it is named. Behind damage, a chunk counts only
when all of it fits: its length, its tag, a stream whose header is known, samples that end exactly
where the chunk ends. The walk takes time in proportion to the size of the file.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias
from xml.etree import ElementTree

import numpy as np

from milmer_live.errors import RecordingError, reading
from milmer_live.samples import Float64
from milmer_live.storage.xdf.chunks import (
    BOUNDARY,
    MAGIC,
    OF_A_STREAM,
    Tag,
)
from milmer_live.storage.xdf.header import (
    StreamHeader,
    parse_header,
)
from milmer_live.storage.xdf.packed import opened_data
from milmer_live.storage.xdf.samples import (
    HAS_STAMP,
    NotWholeError,
    Rows,
    is_recounted,
    natural_stop,
    parse_samples,
    require,
    sample_dtype,
    varlen,
)

Buffer: TypeAlias = bytes | mmap.mmap

FAR_S = 1e12  # no two clocks are further apart
OFF_BYTES = 64  # by which the length of a chunk may be wrong
EFFORT = 8  # times the size of the file: what looking for the next chunk may cost in all
LEAST_EFFORT = 1 << 20

# A chunk of samples as nearly all programs write it: both lengths in four bytes.
_PLAIN = struct.Struct("<BIHIBI")
# Where a chunk could begin: a length of 1, 4 or 8 bytes, then a tag that XDF knows.
_BEGINNING = re.compile(rb"(?:\x01.|\x04.{4}|\x08.{8})[\x01-\x06]\x00", re.DOTALL)
_TAGS = frozenset(Tag)
_SAMPLES = int(Tag.SAMPLES)  # a plain number is compared faster
_DOCUMENTS = (Tag.FILE_HEADER, Tag.STREAM_HEADER, Tag.STREAM_FOOTER)


class Chunk(NamedTuple):
    """A whole chunk: bytes [start, stop) of the file; `body` is where the content begins,
    behind tag and stream. `stream` means nothing unless `is_of_stream`: 0 is
    the number of a stream too. `is_mended`: its length or its count was wrong. `rows`: of a
    usual chunk of numbers how many samples end at `stop`, all with their stamps; else -1."""

    start: int
    body: int
    stop: int
    tag: int
    stream: int = 0
    is_mended: bool = False
    rows: int = -1

    @property
    def is_of_stream(self) -> bool:
        """Whether it belongs to the stream of that number."""
        return self.tag in OF_A_STREAM


class Scanner:
    """Iterates over the whole chunks of `data`. `headers` has those that were met so far,
    `damage` the [start, stop) that belong to no whole chunk, `notes` what is odd in words.

    With copies of the headers in `spare`, the chunks of a stream count although its own header
    is damaged; such streams are `restored`.
    """

    def __init__(
        self,
        data: Buffer,
        spare: Mapping[int, StreamHeader] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.data = data
        self._notes = notes
        self.headers: dict[int, StreamHeader] = {}
        self.restored: list[int] = []
        self.damage: list[tuple[int, int]] = []
        self._spare = spare or {}
        self._sizes: dict[int, int] = {}  # bytes of a sample, of streams of numbers
        self._odd: Counter[str] = Counter()
        self._orphans: Counter[int] = Counter()
        self._effort = EFFORT * len(data) + LEAST_EFFORT
        self._parsed: tuple[Chunk, tuple[Float64, Rows]] | None = None

    def __iter__(self) -> Iterator[Chunk]:
        position = 0
        if self.data[: len(MAGIC)] == MAGIC:
            position = len(MAGIC)
        while position < len(self.data):
            chunk = self._plain(position)
            if chunk is not None:
                yield chunk
                position = chunk.stop
                continue
            chunk = self._following(position)
            if chunk is None:
                position = self._pass_damage(position)
                continue
            if chunk.tag == Tag.STREAM_HEADER:
                self._begin(chunk.stream, parse_header(self.content(chunk)))
            elif chunk.is_of_stream and chunk.stream not in self.headers:
                self._begin(chunk.stream, self._spare[chunk.stream])
                self.restored.append(chunk.stream)
            self._odd["chunks have a wrong length or count"] += chunk.is_mended
            yield chunk
            position = chunk.stop

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd about the file, one sentence each."""
        named = [
            f"'{header.name}': {oddity}."
            for header in self.headers.values()
            for oddity in header.oddities
        ]
        named += [
            f"Stream {stream} has no header that can be read"
            + (f": {count} of its chunks are left out." if count else ".")
            for stream, count in self._orphans.items()
        ]
        return (
            *self._notes,
            *named,
            *(f"{count} {what}." for what, count in self._odd.items() if count),
        )

    def samples(self, chunk: Chunk) -> tuple[Float64, Rows]:
        """Stamps (n,), NaN where they are left out or no finite number, to be deduced, and
        values of a whole chunk."""
        if self._parsed is not None and self._parsed[0] == chunk:
            return self._parsed[1]
        return parse_samples(self.headers[chunk.stream], self.content(chunk), framed=True)

    def clock_offset(self, chunk: Chunk) -> tuple[float, float]:
        """(collected, offset_s) of a ClockOffset chunk."""
        collected, offset_s = struct.unpack("<dd", self.content(chunk))
        return collected, offset_s

    def content(self, chunk: Chunk) -> bytes:
        """All of a chunk behind its tag and stream."""
        return self.data[chunk.body : chunk.stop]

    def text(self, chunk: Chunk) -> str:
        """The XML of a footer."""
        return self.content(chunk).decode(errors="replace")

    def is_document(self, chunk: Chunk) -> bool:
        """Whether it is XML that any program can parse."""
        try:
            _xml(self.content(chunk))
        except (NotWholeError, ElementTree.ParseError, ValueError):
            return False
        return True

    def _begin(self, stream: int, header: StreamHeader) -> None:
        self.headers[stream] = header
        if header.format != "string":
            self._sizes[stream] = sample_dtype(header).itemsize

    def _plain(self, start: int) -> Chunk | None:
        """The usual chunk of samples, by its lengths and the first byte of its first and last
        sample: nine of ten chunks of a file, in two millionths of a second."""
        if start + _PLAIN.size >= len(self.data):
            return None
        code, length, tag, stream, counted, count = _PLAIN.unpack_from(self.data, start)
        size = self._sizes.get(stream)
        if code != 4 or tag != _SAMPLES or counted != 4 or size is None or not count:
            return None
        stop, first = start + 5 + length, start + _PLAIN.size
        if stop > len(self.data) or first + count * size != stop:
            return None
        if self.data[first] != HAS_STAMP or self.data[stop - size] != HAS_STAMP:
            return None
        return Chunk(start, start + 11, stop, tag, stream, rows=count)

    def _following(self, start: int) -> Chunk | None:
        """The chunk that begins at `start`, where one is expected."""
        try:
            chunk = self._frame(start)
        except NotWholeError:
            return None
        # A header is read although it is odd: so its length may be wrong all the same.
        whole = self._is_whole(chunk)
        if whole and (chunk.tag != Tag.STREAM_HEADER or self._goes_on(chunk.stop)):
            return chunk
        if not self._can_afford(chunk):
            return None
        if (mended := self._mended(chunk)) is not None:
            return mended
        if whole:
            return chunk
        loose = chunk.tag in (Tag.FILE_HEADER, Tag.BOUNDARY) or (
            chunk.tag == Tag.STREAM_FOOTER and self._is_known(chunk.stream)
        )
        return chunk if loose and self._goes_on(chunk.stop) else None

    def _pass_damage(self, start: int) -> int:
        """Where the walk goes on: behind a chunk that frames but cannot be used, else at the next
        whole chunk."""
        stop = self._orphan_stop(start) or self._next_beginning(start + 1)
        if self.damage and self.damage[-1][1] == start:
            start = self.damage.pop()[0]
        self.damage.append((start, stop))
        return stop

    def _orphan_stop(self, start: int) -> int | None:
        try:
            chunk = self._frame(start)
        except NotWholeError:
            return None
        if not self._goes_on(chunk.stop):
            return None
        if chunk.is_of_stream and not self._is_known(chunk.stream):
            self._orphans[chunk.stream] += chunk.tag != Tag.STREAM_HEADER
        return chunk.stop

    def _is_known(self, stream: int) -> bool:
        return stream in self.headers or stream in self._spare

    def _next_beginning(self, position: int) -> int:
        while (found := _BEGINNING.search(self.data, position)) is not None:
            position = found.start() + 1
            try:
                chunk = self._frame(found.start())
            except NotWholeError:
                continue
            if not self._can_afford(chunk):
                break
            if self._is_whole(chunk):
                return found.start()
        return len(self.data)

    def _can_afford(self, chunk: Chunk) -> bool:
        """Whether there is effort left to look into one more chunk that may be none."""
        self._effort -= chunk.stop - chunk.start
        return self._effort >= 0

    def _goes_on(self, stop: int) -> bool:
        """Whether a chunk begins at `stop`, or the file ends there."""
        if stop == len(self.data):
            return True
        try:
            return self._frame(stop).tag in _TAGS
        except NotWholeError:
            return False

    def _mended(self, chunk: Chunk) -> Chunk | None:
        """`chunk` with the end that its content has, where its length is some bytes off; or as it
        is, where only its count is wrong."""
        try:
            if self._is_recounted(chunk):
                return chunk._replace(is_mended=True)
            stop = self._content_stop(chunk)
        except NotWholeError:
            return None
        fixed = chunk._replace(stop=stop, is_mended=True)
        if abs(stop - chunk.stop) > OFF_BYTES or not self._goes_on(stop):
            return None
        return fixed if self._is_whole(fixed) else None

    def _is_recounted(self, chunk: Chunk) -> bool:
        header = self.headers.get(chunk.stream) or self._spare.get(chunk.stream)
        if chunk.tag != Tag.SAMPLES or header is None or not self._goes_on(chunk.stop):
            return False
        return is_recounted(header, self.content(chunk))

    def _content_stop(self, chunk: Chunk) -> int:
        """Where a chunk ends by what is in it."""
        limit = min(chunk.stop + OFF_BYTES, len(self.data))
        header = self.headers.get(chunk.stream) or self._spare.get(chunk.stream)
        if chunk.tag == Tag.SAMPLES and header is not None:
            return chunk.body + natural_stop(header, self.data[chunk.body : limit])
        if chunk.tag in (Tag.CLOCK_OFFSET, Tag.BOUNDARY):
            return chunk.body + len(BOUNDARY)  # both have 16 bytes
        if chunk.tag in _DOCUMENTS:
            near = max(chunk.body, chunk.stop - OFF_BYTES)
            found = self.data[near:limit].find(b"</info>")
            require(found >= 0)
            return near + found + len(b"</info>")
        raise NotWholeError

    def _is_whole(self, chunk: Chunk) -> bool:
        try:
            self._check(chunk)
        except (NotWholeError, RecordingError, ElementTree.ParseError, ValueError):
            return False
        return True

    def _frame(self, start: int) -> Chunk:
        length, begin = varlen(self.data, start)
        stop = begin + length
        require(length >= 2 and stop <= len(self.data))
        (tag,) = struct.unpack_from("<H", self.data, begin)
        if tag not in OF_A_STREAM:
            return Chunk(start, begin + 2, stop, tag)
        require(length >= 6)
        (stream,) = struct.unpack_from("<I", self.data, begin + 2)
        return Chunk(start, begin + 6, stop, tag, stream)

    def _check(self, chunk: Chunk) -> None:
        """Raises what says that the content is not what it has to be."""
        header = self.headers.get(chunk.stream) or self._spare.get(chunk.stream)
        size = chunk.stop - chunk.body
        match chunk.tag:
            case Tag.FILE_HEADER:
                _xml(self.content(chunk))
            case Tag.STREAM_HEADER:
                require(chunk.stream not in self.headers)
                found = parse_header(self.content(chunk))
                require(self._spare.get(chunk.stream, found) == found)
            case Tag.SAMPLES:
                if header is None:
                    raise NotWholeError
                self._parsed = chunk, parse_samples(header, self.content(chunk))
            case Tag.CLOCK_OFFSET:
                require(header is not None and size == 16)
                offset = np.frombuffer(self.content(chunk), "<f8")
                require(bool((np.abs(offset) < FAR_S).all()))
            case Tag.BOUNDARY:
                require(size == len(BOUNDARY) and self.content(chunk) == BOUNDARY)
            case Tag.STREAM_FOOTER:
                require(header is not None)
                _xml(self.content(chunk))
            case _:  # a tag that XDF 1.0 does not have
                require(self._goes_on(chunk.stop))


@contextmanager
def open_scanner(path: Path, spare: Mapping[int, StreamHeader] | None = None) -> Iterator[Scanner]:
    """A scanner of a file, which is mapped and not read; one that is compressed is unpacked into
    a file without a name. Raises RecordingError."""
    with reading(path, RecordingError), opened_data(path) as (data, notes):
        yield Scanner(data, spare, notes)


def _xml(content: bytes) -> None:
    require(content.startswith(b"<"))
    ElementTree.fromstring(content)
