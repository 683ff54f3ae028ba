"""The bytes of an XDF file, plain or compressed by gzip (`.xdfz`)."""

from __future__ import annotations

import gzip
import mmap
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from milmer_live.errors import RecordingError

SUFFIXES = (".xdf", ".xdfz")  # in capitals too
GZIP = b"\x1f\x8b"
MOST_TIMES = 20  # a recording shrinks to a half or a third; what swells more is no recording
LEAST_LIMIT = 100 << 20
_BLOCK = 1 << 20
_GZIP_WINDOW = 31  # zlib's code for a gzip header and the largest window


def is_xdf(path: Path) -> bool:
    """Whether the name is that of an XDF file."""
    return path.suffix.lower() in SUFFIXES


@contextmanager
def opened_data(path: Path) -> Iterator[tuple[mmap.mmap, tuple[str, ...]]]:
    """All bytes, mapped and not read, and what is odd about them in sentences. A compressed file
    is unpacked to a file without a name, as far as it goes. Raises RecordingError, OSError."""
    with path.open("rb") as file:
        if is_packed(file):
            with TemporaryFile() as plain:
                notes = _unpack(path, file, plain)
                with _mapped(path, plain) as data:
                    yield data, notes
        else:
            with _mapped(path, file) as data:
                yield data, ()


def is_packed(file: IO[bytes]) -> bool:
    """Whether it is compressed, by its first bytes."""
    start = file.read(len(GZIP))
    file.seek(0)
    return start == GZIP


@contextmanager
def repacked(file: BinaryIO, *, packed: bool) -> Iterator[BinaryIO | gzip.GzipFile]:
    """`file` to write to, compressed where `packed`."""
    if not packed:
        yield file
        return
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as writer:
        yield writer


def _mapped(path: Path, file: IO[bytes]) -> mmap.mmap:
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError as error:  # an empty file cannot be mapped
        raise RecordingError(f"{path} is empty.") from error


def _unpack(path: Path, file: IO[bytes], plain: IO[bytes]) -> tuple[str, ...]:
    """Returns a sentence where the compressed file ends too early."""
    room = max(LEAST_LIMIT, MOST_TIMES * path.stat().st_size)
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    rest = b""
    try:
        while block := rest or file.read(_BLOCK):
            if unpacker.eof:  # another member follows
                unpacker = zlib.decompressobj(_GZIP_WINDOW)
            content = unpacker.decompress(block, _BLOCK)
            rest = unpacker.unused_data or unpacker.unconsumed_tail
            room -= plain.write(content)
            if room < 0:
                raise RecordingError(
                    f"{path} is more than {MOST_TIMES} times as large when it is unpacked.",
                    "Unpack it yourself if you trust it: gunzip -S .xdfz.",
                )
    except zlib.error:
        plain.flush()
        return ("The compressed file is damaged: what is before the damage was read.",)
    plain.flush()
    return () if unpacker.eof else ("The compressed file is cut off.",)
