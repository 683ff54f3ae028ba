"""Arrays of numbers from a MATLAB file of version 5 to 7. Sizes are checked before anything is
unpacked. After "MAT-File Format" (The MathWorks, 2023), the Level 5 format.

What is not a plain array of real numbers is passed over.
"""

from __future__ import annotations

import math
import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import DatasetError, reading

HINT = "Get the file again; it may have been cut short."
MOST_AXES = 8
MOST_VARIABLES = 1000

_HEADER_BYTES = 128
_HEAD_BYTES = 2048  # in which flags, shape and name of a variable have room
_MATRIX, _COMPRESSED = 14, 15
_FLOATS = (6, 7)  # classes: double, single
_COMPLEX = 0x0800
# How numbers lie in the file, whatever their class: whole ones may be packed into fewer bytes.
_STORED = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
_BLOCK = 1 << 20


class _DamagedError(Exception):
    """What is wrong with the file."""


@dataclass(frozen=True, slots=True)
class Variable:
    """An array of the file: its name, its shape, and where its numbers begin in its content."""

    name: str
    shape: tuple[int, ...]
    place: tuple[int, int]  # bytes [start, stop) of the file
    is_packed: bool
    values_at: int


class MatlabFile:
    """The arrays of real floating-point numbers in a file; to be closed. Raises DatasetError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path, DatasetError, HINT):
            with path.open("rb") as file:
                self._data = _mapped(path, file.fileno())
            self._order = self._byte_order()
            self.variables = {one.name: one for one in self._found()}

    def close(self) -> None:
        self._data.close()

    def array(self, name: str) -> NDArray[Any]:
        """The numbers of a variable, read-only."""
        one = self.variables[name]
        with reading(self.path, DatasetError, HINT):
            try:
                return self._numbers(one)
            except _DamagedError as error:
                raise self._damaged(error) from error

    def _byte_order(self) -> str:
        header = self._data[:_HEADER_BYTES]
        if header.startswith(b"MATLAB 7.3") or b"\x89HDF" in self._data[:1024]:
            raise DatasetError(
                f"{self.path} is a MATLAB 7.3 file; DEAP's are older.",
                "Save it with -v7 in MATLAB.",
            )
        mark = header[126:128]
        if len(header) < _HEADER_BYTES or mark not in (b"IM", b"MI"):
            raise self._damaged("it has no header")
        return "<" if mark == b"IM" else ">"

    def _found(self) -> Iterator[Variable]:
        at = _HEADER_BYTES
        for _ in range(MOST_VARIABLES):
            if at + 8 > len(self._data):
                return
            kind, size = struct.unpack(self._order + "II", self._data[at : at + 8])
            place = (at + 8, at + 8 + size)
            if place[1] > len(self._data):
                raise self._damaged("it ends too early")
            try:
                yield from self._variable(kind, place)
            except _DamagedError as error:
                raise self._damaged(error) from error
            at = place[1]

    def _variable(self, kind: int, place: tuple[int, int]) -> Iterator[Variable]:
        is_packed = kind == _COMPRESSED
        if is_packed:
            start = zlib.decompressobj().decompress(self._data[slice(*place)], _HEAD_BYTES)
            kind, _ = self._tag(start, 0)
            begin = 8
        else:
            start, begin = self._data[place[0] : min(place[1], place[0] + _HEAD_BYTES)], 0
        if kind != _MATRIX:
            return
        flags, at = self._subelement(start, begin)
        dimensions, at = self._subelement(start, at)
        name, at = self._subelement(start, at)
        (first,) = struct.unpack_from(self._order + "I", flags + bytes(4))
        shape = struct.unpack(f"{self._order}{len(dimensions) // 4}i", dimensions)
        is_plain = first & 0xFF in _FLOATS and not first & _COMPLEX
        if is_plain and len(shape) <= MOST_AXES and all(axis >= 0 for axis in shape):
            yield Variable(name.decode("latin-1"), shape, place, is_packed, at)

    def _tag(self, content: bytes, at: int) -> tuple[int, int]:
        if at + 8 > len(content):
            raise _DamagedError("it ends too early")
        kind, size = struct.unpack_from(self._order + "II", content, at)
        return kind, size

    def _subelement(self, content: bytes, at: int) -> tuple[bytes, int]:
        """Its bytes, and where the next one begins."""
        kind, size = self._tag(content, at)
        if kind >> 16:  # up to four bytes lie in the tag itself
            return content[at + 4 : at + 4 + min(kind >> 16, 4)], at + 8
        if at + 8 + size > len(content):
            raise _DamagedError("a header without end")
        return content[at + 8 : at + 8 + size], at + 8 + size + -size % 8

    def _numbers(self, one: Variable) -> NDArray[Any]:
        count = math.prod(one.shape)
        most = one.values_at + 16 + 8 * count
        start, stop = one.place
        if one.is_packed:
            content: Any = _inflated(self._data[start:stop], most)
        else:
            content = self._data[start : min(stop, start + most)]
        kind, size = self._tag(content, one.values_at)
        at = one.values_at + 8
        if kind >> 16:
            kind, size, at = kind & 0xFFFF, kind >> 16, one.values_at + 4
        if kind not in _STORED:
            raise _DamagedError(f"numbers of the kind {kind}")
        dtype = np.dtype(_STORED[kind]).newbyteorder("<" if self._order == "<" else ">")
        if size != count * dtype.itemsize or at + size > len(content):
            raise _DamagedError(f"an array of the shape {one.shape} in {size} bytes")
        values = np.frombuffer(content, dtype, count, at)
        return values.reshape(one.shape[::-1]).transpose()

    def _damaged(self, why: object) -> DatasetError:
        return DatasetError(f"{self.path} is damaged or not a MATLAB file ({why}).", HINT)


def _mapped(path: Path, descriptor: int) -> mmap.mmap:
    try:
        return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    except ValueError as error:
        raise DatasetError(f"{path} is empty: it is damaged or was cut short.", HINT) from error


def _inflated(packed: bytes, most: int) -> bytearray:
    """At most so many bytes of what is packed."""
    unpacker = zlib.decompressobj()
    content = bytearray()
    while packed and len(content) < most and not unpacker.eof:
        content += unpacker.decompress(packed, min(_BLOCK, most - len(content)))
        packed = unpacker.unconsumed_tail
    return content
