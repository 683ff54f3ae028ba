"""CSV: samples by time, and tables of channels, events and labels beside them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from milmer_live.storage.export.events import Event
from milmer_live.storage.export.formats.raw_times import times_and_values
from milmer_live.storage.export.material import Material

BLOCK = 4096  # samples that are text at a time


def write_csv(material: Material, target: Path) -> None:
    """Times are seconds from the first sample of the session's EEG. A table of labels can be put
    beside an XDF file as it is."""
    times, values = times_and_values(material)
    digits = 7 if values.dtype.itemsize == 4 else 17
    with target.open("x", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["time", *material.signal.names])
        for start in range(0, len(times), BLOCK):  # a float of Python takes 32 bytes
            some = slice(start, start + BLOCK)
            for time, sample in zip(times[some].tolist(), values[some].tolist(), strict=True):
                rows.writerow([f"{time:.6f}", *(f"{value:.{digits}g}" for value in sample)])
    _write(
        target.with_suffix(".channels.csv"),
        ("name", "kind", "unit"),
        ((one.name, one.kind, one.unit or "n/a") for one in material.signal.channels),
    )
    origin = material.session.zero
    _write(
        target.with_suffix(".events.csv"),
        ("onset", "duration", "kind", "text"),
        ((*_span(event, origin), event.kind, event.text) for event in material.events),
    )
    _write(
        target.with_suffix(".labels.csv"),
        ("onset", "duration", "valence", "arousal", "trial"),
        (
            (*_span(event, origin), event.label.valence, event.label.arousal, event.label.trial)
            for event in material.events
            if event.label is not None
        ),
    )


def _span(event: Event, origin: float) -> tuple[str, str]:
    return f"{event.time - origin:.6f}", f"{event.duration_s:.6f}"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("x", newline="", encoding="utf-8", errors="replace") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)
