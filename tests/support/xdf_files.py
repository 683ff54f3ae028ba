"""XDF files for tests: any streams, written as a session writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from milmer_live.samples import Float64
from milmer_live.storage.xdf.header import (
    Channel,
    StreamHeader,
    stream_header,
)
from milmer_live.storage.xdf.writer import XDFWriter

NUMBERS = ("int16", "int32", "float32", "double64")


@dataclass(frozen=True)
class Written:
    """A stream as it went into the file, chunk by chunk."""

    header: StreamHeader
    chunks: tuple[tuple[Float64, Any], ...]
    offset_s: float

    @property
    def stamps(self) -> Float64:
        return np.concatenate([stamps for stamps, _ in self.chunks] or [np.zeros(0)])

    @property
    def rows(self) -> list[Any]:
        return [row for _, values in self.chunks for row in values]


def header_of(name: str, format: str, n_channels: int, rate: float) -> StreamHeader:
    channels = [Channel(f"C{number}", "microvolts", "EEG") for number in range(n_channels)]
    return stream_header(name, "EEG", channels, rate=rate, format=format, source_id=f"id-{name}")


def write_file(path: Path, streams: tuple[Written, ...], *, close: bool = True) -> Path:
    """All streams side by side: a chunk of each in turn, a second apart, with what is due."""
    writer = XDFWriter(path, now=1000.0)
    numbers = [writer.add_stream(one.header, 1000.0, one.offset_s) for one in streams]
    for turn in range(max((len(one.chunks) for one in streams), default=0)):
        for number, one in zip(numbers, streams, strict=True):
            if turn < len(one.chunks):
                writer.write(number, *one.chunks[turn])
        writer.tick(1001.0 + turn)
    if close:
        writer.close()
    else:
        writer._file.close()
    return path


def example(n_chunks: int = 25, rate: int = 16) -> tuple[Written, ...]:
    """Two streams of numbers and one of strings; `n_chunks` seconds."""
    rng = np.random.default_rng(6)
    return (
        _numbers(header_of("Amplifier", "float32", 3, rate), n_chunks, rate, rng),
        _numbers(header_of("Steps", "int16", 2, 4.0), n_chunks, 4, rng),
        _strings(header_of("Markers", "string", 1, 0.0), n_chunks),
    )


def _numbers(header: StreamHeader, n_chunks: int, size: int, rng: np.random.Generator) -> Written:
    chunks = []
    for turn in range(n_chunks):
        values = rng.normal(0, 1000, (size, header.n_channels)).astype(header.dtype)
        chunks.append((1000.0 + turn + np.arange(size) / size, values))
    return Written(header, tuple(chunks), 0.0)


def _strings(header: StreamHeader, n_chunks: int) -> Written:
    texts = [(np.array([1000.5 + turn]), [[f"marker {turn} µ"]]) for turn in range(n_chunks)]
    return Written(header, tuple(texts), 0.0)


def any_values(header: StreamHeader, n_samples: int) -> st.SearchStrategy[Any]:
    """Every bit pattern of the format, NaN and infinities too; any text."""
    if header.format == "string":
        row = st.lists(st.text(max_size=8), min_size=header.n_channels, max_size=header.n_channels)
        return st.lists(row, min_size=n_samples, max_size=n_samples)
    size = n_samples * header.n_channels * header.dtype.itemsize
    shape = (n_samples, header.n_channels)
    return st.binary(min_size=size, max_size=size).map(
        lambda raw: np.frombuffer(raw, dtype=header.dtype).reshape(shape)
    )


@st.composite
def any_stream(draw: st.DrawFn) -> Written:
    """Any format, 1 to 4 channels, up to 12 chunks of unequal size at a steady rate."""
    rate = draw(st.sampled_from([0.0, 4.0, 128.0, 250.0]))
    kind = draw(st.sampled_from((*NUMBERS, "string")))
    name = draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6).filter(str.strip))
    header = header_of(name, kind, draw(st.integers(1, 4)), rate)
    sizes = draw(st.lists(st.integers(0, 7), max_size=12))
    offset_s = draw(st.integers(-(10**12), 10**12)) / 1e6
    start = 1000.0 - offset_s  # the same moment on the sender's clock
    chunks, first = [], 0
    for size in sizes:
        stamps = start + (first + np.arange(size)) / (rate or 10.0)
        chunks.append((stamps, draw(any_values(header, size))))
        first += size
    return Written(header, tuple(chunks), offset_s)


any_file = st.lists(any_stream(), max_size=3).map(tuple)
