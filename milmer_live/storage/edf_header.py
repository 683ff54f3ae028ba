"""What MNE does not tell of EDF and BDF files: units as they are spelled, lengths that contradict
the file's, and when the records of a discontinuous file (EDF+D) begin.

Header fields from www.edfplus.info/specs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from milmer_live.samples import Float64

UNTOLD = (
    "its records need not follow each other, and when they begin cannot be read: a gap between "
    "them is not seen."
)
ANNOTATIONS = ("EDF Annotations", "BDF Annotations")
_BEGINS = re.compile(rb"([+-]\d{1,12}(?:\.\d{0,12})?)\x14")


@dataclass(frozen=True, slots=True)
class EdfHeader:
    """`labels`, `units` and `samples` (in a record) have all signals of the file; `records` is how
    many it says it has, -1 where its recorder has not closed it. A sample has `width` bytes."""

    path: Path
    labels: tuple[str, ...]
    units: tuple[str, ...]
    samples: tuple[int, ...]
    records: int
    record_s: float
    begin: int
    width: int
    is_continuous: bool

    @staticmethod
    def read(path: Path) -> EdfHeader:
        """Raises OSError, ValueError."""
        with path.open("rb") as file:
            first = file.read(256).decode("latin-1")
            count = int(first[252:256])
            text = file.read(256 * count).decode("latin-1")

        def each(start: int, width: int) -> tuple[str, ...]:
            fields = (start * count + number * width for number in range(count))
            return tuple(text[at : at + width].strip() for at in fields)

        return EdfHeader(
            path=path,
            labels=each(0, 16),
            units=each(96, 8),
            samples=tuple(map(int, each(216, 8))),
            records=int(first[236:244]),
            record_s=float(first[244:252]),
            begin=256 * (count + 1),
            width=3 if first.startswith("\xff") else 2,
            is_continuous="+D" not in first[192:197],
        )

    @property
    def note(self) -> str:
        """Whether the number of records is not that of the file; empty where it is."""
        size = sum(self.samples) * self.width
        there = (self.path.stat().st_size - self.begin) // size if size else 0
        if self.records == there:
            return ""
        is_there = f"it has {there} records of {self.record_s:g} s."
        if self.records < 0:
            return f"it was not closed by its recorder: {is_there}"
        return f"its header says {self.records} records: {is_there}"

    def units_of(self, n_channels: int) -> list[str]:
        """As they are spelled; "" where there are other channels than `n_channels`."""
        pairs = zip(self.labels, self.units, strict=True)
        found = [unit for label, unit in pairs if label not in ANNOTATIONS]
        return found if len(found) == n_channels else [""] * n_channels

    def times(self, n_samples: int, rate: float) -> Float64 | None:
        """(n_samples,) seconds: by the records where they need not follow each other; None where
        those do not tell when they begin."""
        if self.is_continuous:
            return np.asarray(np.arange(n_samples) / rate, dtype=np.float64)
        begins = self._begins()
        size = n_samples // max(1, len(begins))
        if not begins or size * len(begins) != n_samples:
            return None
        times: Float64 = np.repeat(begins, size) + np.tile(np.arange(size) / rate, len(begins))
        return times if (np.diff(times) > 0).all() else None

    def _begins(self) -> list[float]:
        """When each record begins, by its first annotation; empty where one does not say."""
        own = next((k for k, label in enumerate(self.labels) if label in ANNOTATIONS), None)
        if own is None:
            return []
        size = sum(self.samples) * self.width
        at, length = sum(self.samples[:own]) * self.width, self.samples[own] * self.width
        found: list[float] = []
        with self.path.open("rb") as file:
            for record in range((self.path.stat().st_size - self.begin) // size):
                file.seek(self.begin + record * size + at)
                begins = _BEGINS.match(file.read(length))
                if begins is None:
                    return []
                found.append(float(begins[1]))
        return found
