"""BrainVision Core Data Format 1.0: a header and a table of markers as text, samples as float32."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from milmer_live.processing.placing import Grid
from milmer_live.storage.export.material import SKIPPED, Material
from milmer_live.storage.export.names import apart
from milmer_live.storage.export.texts import Texts


def write_brainvision(material: Material, target: Path) -> None:
    write_grid(material, material.grid(interval_rate(material.rate)), target)


def interval_rate(rate: float) -> float:
    """The rate that the header states, as readers work it out."""
    return 1e6 / float(_interval_us(rate)) if rate else 0.0


def write_grid(material: Material, grid: Grid, target: Path) -> None:
    """`target` is the header; the other two files get its name."""
    data, markers = target.with_suffix(".eeg"), target.with_suffix(".vmrk")
    target.write_text("\n".join(_header(material, grid, data, markers)) + "\n", encoding="utf-8")
    markers.write_text("\n".join(_markers(material, grid, data)) + "\n", encoding="utf-8")
    with data.open("xb") as file:
        np.ascontiguousarray(grid.values, dtype="<f4").tofile(file)


def _header(material: Material, grid: Grid, data: Path, markers: Path) -> Iterator[str]:
    channels = material.signal.channels
    yield from (
        "Brain Vision Data Exchange Header File Version 1.0",
        "; Written by milmer_live",
        "",
        "[Common Infos]",
        "Codepage=UTF-8",
        f"DataFile={data.name}",
        f"MarkerFile={markers.name}",
        "DataFormat=BINARY",
        "DataOrientation=MULTIPLEXED",
        f"NumberOfChannels={len(channels)}",
        "; Sampling interval in microseconds",
        f"SamplingInterval={_interval_us(grid.rate)}",
        "",
        "[Binary Infos]",
        "BinaryFormat=IEEE_FLOAT_32",
        "",
        "[Channel Infos]",
        "; Each entry: Ch<number>=<name>,<reference>,<resolution in unit>,<unit>",
    )
    names = apart(_field(channel.name) for channel in channels)
    for number, (name, channel) in enumerate(zip(names, channels, strict=True), 1):
        yield f"Ch{number}={name},,1,{_field(channel.unit) or 'n/a'}"
    yield from ("", "[Comment]", "Types of the channels:")
    yield from (f"{name}: {one.kind}" for name, one in zip(names, channels, strict=True))


def _markers(material: Material, grid: Grid, data: Path) -> Iterator[str]:
    yield from (
        "Brain Vision Data Exchange Marker File, Version 1.0",
        "",
        "[Common Infos]",
        "Codepage=UTF-8",
        f"DataFile={data.name}",
        "",
        "[Marker Infos]",
        "; Each entry: Mk<number>=<type>,<description>,<position in samples>,<size>,<channel>",
    )
    begun = material.begun
    date = f",{begun:%Y%m%d%H%M%S%f}" if begun is not None else ""
    yield f"Mk1=New Segment,,1,1,0{date}"
    for number, (onset, duration_s, text) in enumerate(material.timed(grid, Texts(comma=";")), 2):
        place = min(round(onset * grid.rate), len(grid.values) - 1) + 1
        length = max(1, round(duration_s * grid.rate))
        kind = "Bad Interval" if text == SKIPPED else "Comment"
        yield f"Mk{number}={kind},{text},{place},{length},0"


def _interval_us(rate: float) -> str:
    return f"{1e6 / rate:.12g}"


def _field(text: str) -> str:
    """A name in a list with commas, which the format writes so."""
    return Texts(None, "\\1").plain(text) if text else ""
