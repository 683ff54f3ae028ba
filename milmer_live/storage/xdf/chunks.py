"""The chunks of an XDF file as bytes: everything is NumLengthBytes, Length, Tag, content,
little-endian. After the specification of XDF 1.0 (sccn/xdf, "Specifications")."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import RecordingError
from milmer_live.samples import Float64
from milmer_live.storage.xdf.header import (
    StreamHeader,
    document,
)
from milmer_live.storage.xdf.samples import (
    HAS_STAMP,
    sample_dtype,
)

MAGIC = b"XDF:"
BOUNDARY = bytes.fromhex("43A546DCCBF5410FB30ED5467383CBE4")

Strings = Sequence[Sequence[str]]
Buffer = bytes | memoryview


class Tag(IntEnum):
    FILE_HEADER = 1
    STREAM_HEADER = 2
    SAMPLES = 3
    CLOCK_OFFSET = 4
    BOUNDARY = 5
    STREAM_FOOTER = 6


# Of these the content begins with the stream's number.
OF_A_STREAM = (Tag.STREAM_HEADER, Tag.SAMPLES, Tag.CLOCK_OFFSET, Tag.STREAM_FOOTER)


def file_header_chunk(created: str) -> bytes:
    """`created` is the local date and time in ISO 8601."""
    info = ElementTree.Element("info")
    ElementTree.SubElement(info, "version").text = "1.0"
    ElementTree.SubElement(info, "datetime").text = created
    return _chunk(Tag.FILE_HEADER, document(info).encode())


def chunk_bytes(tag: int, stream: int | None, content: bytes) -> bytes:
    """A chunk of any tag; `stream` is None where it belongs to none."""
    return _chunk(tag, struct.pack("<I", stream) if stream is not None else b"", content)


def stream_header_chunk(stream: int, header: StreamHeader) -> bytes:
    return _chunk(Tag.STREAM_HEADER, struct.pack("<I", stream), header.xml.encode())


def clock_offset_chunk(stream: int, collected: float, offset_s: float) -> bytes:
    """`collected` on the sender's clock; adding `offset_s` gives the recorder's."""
    return _chunk(Tag.CLOCK_OFFSET, struct.pack("<Idd", stream, collected, offset_s))


def boundary_chunk() -> bytes:
    return _chunk(Tag.BOUNDARY, BOUNDARY)


def samples_chunk(
    stream: int, header: StreamHeader, stamps: Float64, values: NDArray[Any] | Strings
) -> bytes:
    """`values` (n_samples, n_channels) in the header's format, or rows of strings.

    Raises RecordingError where they do not fit the header or a stamp is not a number.
    """
    if not np.isfinite(stamps).all():
        raise RecordingError(f"A sample of '{header.name}' has no time.")
    if header.format == "string":
        body = _strings(header, stamps, values)
    else:
        body = _numbers(header, stamps, np.asarray(values))
    return _chunk(Tag.SAMPLES, struct.pack("<IBI", stream, 4, len(stamps)), body)


def stream_footer_chunk(
    stream: int,
    first_stamp: float,
    last_stamp: float,
    n_samples: int,
    offsets: Sequence[tuple[float, float]],
) -> bytes:
    """`offsets` are the stream's clock offsets as (collected, offset_s)."""
    info = ElementTree.Element("info")
    ElementTree.SubElement(info, "first_timestamp").text = repr(float(first_stamp))
    ElementTree.SubElement(info, "last_timestamp").text = repr(float(last_stamp))
    ElementTree.SubElement(info, "sample_count").text = str(n_samples)
    measured = ElementTree.SubElement(info, "clock_offsets")
    for collected, offset_s in offsets:
        one = ElementTree.SubElement(measured, "offset")
        ElementTree.SubElement(one, "time").text = repr(float(collected))
        ElementTree.SubElement(one, "value").text = repr(float(offset_s))
    return _chunk(Tag.STREAM_FOOTER, struct.pack("<I", stream), document(info).encode())


def stamp_bytes(stamps: Float64) -> Buffer:
    """Stamps (n_samples,) as they are summed up, to see whether what is read was written."""
    return np.ascontiguousarray(stamps, dtype="<f8").data


def value_bytes(values: NDArray[Any] | Strings) -> Buffer:
    """Samples (n_samples, n_channels) in the same way."""
    if isinstance(values, np.ndarray) and values.dtype.kind != "U":
        return np.ascontiguousarray(values, values.dtype.newbyteorder("<")).data
    return b"".join(_string(str(text)) for row in values for text in row)


def _chunk(tag: int, *content: bytes) -> bytes:
    length = 2 + sum(len(part) for part in content)
    if length < 2**32:
        head = struct.pack("<BIH", 4, length, tag)
    else:
        head = struct.pack("<BQH", 8, length, tag)
    return b"".join((head, *content))


def _numbers(header: StreamHeader, stamps: Float64, values: NDArray[Any]) -> bytes:
    if values.shape != (len(stamps), header.n_channels) or values.dtype != header.dtype:
        raise RecordingError(
            f"{values.dtype} of shape {values.shape} does not fit the stream '{header.name}', "
            f"{header.n_channels} channels of {header.format}."
        )
    samples = np.empty(len(stamps), dtype=sample_dtype(header))
    samples["stamped"] = HAS_STAMP
    samples["stamp"] = stamps
    samples["values"] = values
    return samples.tobytes()


def _strings(header: StreamHeader, stamps: Float64, rows: NDArray[Any] | Strings) -> bytes:
    if len(rows) != len(stamps) or any(len(row) != header.n_channels for row in rows):
        raise RecordingError(
            f"The strings do not fit the stream '{header.name}' of {header.n_channels} channels."
        )
    parts: list[bytes] = []
    for stamp, row in zip(stamps, rows, strict=True):
        parts.append(struct.pack("<Bd", HAS_STAMP, stamp))
        parts.extend(_string(text) for text in row)
    return b"".join(parts)


def _string(text: str) -> bytes:
    content = text.encode(errors="replace")
    return struct.pack("<BI", 4, len(content)) + content
