"""XDF files to arrays: how long it takes, beside pyxdf, and whether both give the same."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.bench.machine import machine
from milmer_live.errors import ConfigError, MilmerError
from milmer_live.samples import Float64
from milmer_live.storage.xdf.header import (
    Channel,
    stream_header,
)
from milmer_live.storage.xdf.reader import (
    XDFStream,
    read_xdf,
)
from milmer_live.storage.xdf.writer import XDFWriter

CHANNELS, RATE = 64, 512.0
MB = 1e6
TURNS = 5
NEAR_S = 1e-4  # by which synchronised times may differ


def measure(
    folder: Path, size_mb: float, chunks: Iterable[int], files: Sequence[Path]
) -> dict[str, Any]:
    """Files of 64 channels at 512 Hz in chunks of so many samples; and for each of `files` whether
    it is read as pyxdf reads it. Raises ConfigError where pyxdf is not installed."""
    pyxdf = _pyxdf()
    result: dict[str, Any] = {"machine": machine()}
    for size in chunks:
        path = written(folder / f"{size}.xdf", size_mb, size)
        result[f"chunks of {size}"] = {"samples_in_a_chunk": size, **_speed(pyxdf, path)}
        path.unlink()
    if files:
        told = {str(path): compared(pyxdf, path) for path in files}
        equal = sum(not text for text in told.values())
        result["files"] = {"equal": equal, "of": len(files)}
        result["files"] |= {path: text for path, text in told.items() if text}
    return result


def written(path: Path, size_mb: float, size: int) -> Path:
    """A recording of about so many megabytes in chunks of `size` samples."""
    channels = [Channel(f"C{number}", "microvolts", "EEG") for number in range(CHANNELS)]
    header = stream_header("Amp", "EEG", channels, rate=RATE)
    n = round(size_mb * MB / (9 + 4 * CHANNELS))
    rng = np.random.default_rng(0)
    values = rng.normal(0, 20, (n, CHANNELS)).astype(np.float32)
    stamps: Float64 = 1000 + np.arange(n) / RATE + rng.normal(0, 1e-4, n)
    writer = XDFWriter(path, float(stamps[0]))
    stream = writer.add_stream(header, float(stamps[0]))
    for first in range(0, n, size):
        part = slice(first, first + size)
        writer.write(stream, stamps[part], values[part])
        writer.set_offset(stream, float(rng.normal(0, 1e-4)), float(stamps[first]))
        writer.tick(float(stamps[first]))
    writer.close()
    return path


def _pyxdf() -> Any:
    try:
        import pyxdf
    except ImportError as error:
        raise ConfigError("pyxdf is not installed.", "pip install pyxdf") from error
    logging.getLogger("pyxdf").setLevel(logging.CRITICAL)
    return pyxdf


def _speed(pyxdf: Any, path: Path) -> dict[str, float]:
    """Seconds of the processor, the best of five turns of each, one after the other; both with the
    times on the recorder's clock, and neither with times that are evened out."""

    def theirs() -> None:
        pyxdf.load_xdf(str(path), dejitter_timestamps=False)

    def ours() -> None:
        for stream in read_xdf(path).streams:
            assert len(stream.times) == len(stream.values)

    spent: dict[str, list[float]] = {"pyxdf_s": [], "ours_s": []}
    for _ in range(TURNS):
        spent["pyxdf_s"].append(_spent_s(theirs))
        spent["ours_s"].append(_spent_s(ours))
    best = {name: min(times) for name, times in spent.items()}
    return {**best, "times_as_fast": best["pyxdf_s"] / best["ours_s"]}


def _spent_s(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def compared(pyxdf: Any, path: Path) -> str:
    """How a file is read differently from pyxdf; empty where stamps and values are equal bit by
    bit and synchronised times to 0.1 ms."""
    try:
        ours = {one.number: one for one in read_xdf(path).streams}
    except MilmerError as error:
        return str(error)
    try:
        plain = _loaded(pyxdf, path, clocks=False)
        synchronised = _loaded(pyxdf, path, clocks=True)
    except Exception as error:  # noqa: BLE001 - it raises of every kind for what it cannot read
        return f"pyxdf cannot read it: {type(error).__name__}: {error}"
    wrong = [f"stream {number} is missing" for number in plain if number not in ours]
    for number, stream in ours.items():
        if number not in plain:
            wrong.append(f"stream {number} is not read by pyxdf")
        else:
            wrong += _different(stream, plain[number], synchronised[number]["time_stamps"])
    return "; ".join(wrong)


def _loaded(pyxdf: Any, path: Path, *, clocks: bool) -> dict[int, dict[str, Any]]:
    with np.errstate(all="ignore"):
        streams = pyxdf.load_xdf(str(path), synchronize_clocks=clocks, dejitter_timestamps=False)[0]
    return {one["info"]["stream_id"]: one for one in streams}


def _different(ours: XDFStream, theirs: dict[str, Any], times: Float64) -> list[str]:
    name, values = ours.header.name, theirs["time_series"]
    if not np.array_equal(ours.stamps, theirs["time_stamps"], equal_nan=True):
        return [f"'{name}': other stamps"]
    if isinstance(ours.values, list):
        same = [list(row) for row in ours.values] == values
    else:
        same = ours.values.tobytes() == np.asarray(values, ours.header.dtype).tobytes()
    wrong = [] if same else [f"'{name}': other values"]
    if len(times) != len(ours.times):
        return [*wrong, f"'{name}': pyxdf leaves out {len(ours.times) - len(times)} samples"]
    apart_s = float(np.abs(ours.times - times).max(initial=0.0))
    return wrong if apart_s <= NEAR_S else [*wrong, f"'{name}': times {1e3 * apart_s:.1f} ms apart"]
