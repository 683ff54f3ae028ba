"""The samples of one chunk of an XDF file, as bytes and as arrays."""

from __future__ import annotations

import math
import mmap
import struct
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float64
from milmer_live.storage.xdf.header import StreamHeader

HAS_STAMP = 8  # TimeStampBytes: a float64 follows; 0 leaves it to be deduced

Rows: TypeAlias = NDArray[Any] | list[tuple[str, ...]]

_LENGTH_BYTES = {1: struct.Struct("<B"), 4: struct.Struct("<I"), 8: struct.Struct("<Q")}


class NotWholeError(Exception):
    """These bytes are not what they would have to be."""


def require(condition: bool) -> None:
    if not condition:
        raise NotWholeError


def sample_dtype(header: StreamHeader) -> np.dtype[Any]:
    """One numeric sample with its stamp as it lies in the file, without padding."""
    values = (header.dtype, (header.n_channels,))
    return np.dtype([("stamped", "u1"), ("stamp", "<f8"), ("values", *values)])


def varlen(data: bytes | mmap.mmap, position: int) -> tuple[int, int]:
    """A variable-length integer and the position behind it. Raises NotWholeError."""
    code = _LENGTH_BYTES.get(data[position]) if position < len(data) else None
    if code is None or position + 1 + code.size > len(data):
        raise NotWholeError
    (value,) = code.unpack_from(data, position + 1)
    return value, position + 1 + code.size


def parse_samples(
    header: StreamHeader, content: bytes, *, framed: bool = False
) -> tuple[Float64, Rows]:
    """Stamps (n,), NaN where they are left out or no finite number, and values
    (n, n_channels), for strings a list of rows. Raises NotWholeError.

    `framed`: the chunk is known to end where it does. Numbers are then counted by its size, and
    it does not matter what a damaged byte in front of a stamp says.
    """
    count, begin = varlen(content, 0)
    if header.format == "string":
        stamps, rows, stop = _strings(header, content, begin, count)
        require(stop == len(content))
        return stamps, rows
    layout = sample_dtype(header)
    size = len(content) - begin
    by_size, odd = divmod(size, layout.itemsize)
    if size == count * layout.itemsize or (framed and not odd):
        samples = np.frombuffer(content, layout, by_size, begin)
        require(framed or bool((samples["stamped"] == HAS_STAMP).all()))
        return finite(samples["stamp"]), samples["values"]
    smallest = layout.itemsize - 8  # a sample without its stamp
    require(count * smallest <= size < count * layout.itemsize)
    stamps, values, stop = _mixed(header, content, begin, count)
    require(stop == len(content))
    return stamps, values


def is_recounted(header: StreamHeader, content: bytes) -> bool:
    """Whether whole samples fill the chunk, all with their stamps, though its count is another."""
    if header.format == "string":
        return False
    layout = sample_dtype(header)
    begin = varlen(content, 0)[1]
    count, odd = divmod(len(content) - begin, layout.itemsize)
    if odd or not count:
        return False
    return bool((np.frombuffer(content, layout, count, begin)["stamped"] == HAS_STAMP).all())


def rewritten(header: StreamHeader, content: bytes) -> bytes:
    """The content of a framed chunk as it should have been: its count, and before each stamp the
    byte that says it is there."""
    begin = varlen(content, 0)[1]
    layout = sample_dtype(header) if header.format != "string" else None
    if layout is None or (len(content) - begin) % layout.itemsize:
        return content
    samples = np.frombuffer(content, layout, offset=begin).copy()
    samples["stamped"] = HAS_STAMP
    return struct.pack("<BI", 4, len(samples)) + samples.tobytes()


def natural_stop(header: StreamHeader, content: bytes) -> int:
    """The bytes of `content` that its count of samples takes. Raises NotWholeError."""
    count, begin = varlen(content, 0)
    if header.format == "string":
        return _strings(header, content, begin, count)[2]
    layout = sample_dtype(header)
    stop = begin + count * layout.itemsize
    if stop <= len(content):
        flags = np.frombuffer(content, layout, count, begin)["stamped"]
        if (flags == HAS_STAMP).all():
            return stop
    require(count * (layout.itemsize - 8) <= len(content) - begin)
    return _mixed(header, content, begin, count)[2]


def _mixed(
    header: StreamHeader, content: bytes, position: int, count: int
) -> tuple[Float64, Rows, int]:
    """Samples of which some leave their stamp to be deduced, as other recorders may write, and
    where they end."""
    values = np.empty((count, header.n_channels), dtype=header.dtype)
    stamps = np.empty(count)
    for row in range(count):
        stamps[row], position = _stamp(content, position)
        require(position + values[row].nbytes <= len(content))
        values[row] = np.frombuffer(content, header.dtype, header.n_channels, position)
        position += values[row].nbytes
    return stamps, values, position


def _strings(
    header: StreamHeader, content: bytes, position: int, count: int
) -> tuple[Float64, list[tuple[str, ...]], int]:
    require(count * (1 + 2 * header.n_channels) <= len(content))
    stamps = np.empty(count)
    rows: list[tuple[str, ...]] = []
    for number in range(count):
        stamps[number], position = _stamp(content, position)
        row = []
        for _ in range(header.n_channels):
            length, position = varlen(content, position)
            require(position + length <= len(content))
            row.append(content[position : position + length].decode(errors="replace"))
            position += length
        rows.append(tuple(row))
    return stamps, rows, position


def _stamp(content: bytes, position: int) -> tuple[float, int]:
    """The stamp of a sample, NaN where it is left out, and the position behind it."""
    require(position < len(content) and content[position] in (0, HAS_STAMP))
    if content[position] == 0:
        return math.nan, position + 1
    require(position + 9 <= len(content))
    (stamp,) = struct.unpack_from("<d", content, position + 1)
    return float(stamp) if math.isfinite(stamp) else math.nan, position + 9


def finite(stamps: Float64) -> Float64:
    """The stamps, any number of seconds; NaN for what is none, such as infinity. A copy only
    where there is one."""
    odd = ~np.isfinite(stamps)
    return np.where(odd, np.nan, stamps) if odd.any() else stamps
