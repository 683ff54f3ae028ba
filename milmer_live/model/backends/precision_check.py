"""How far a reduced precision is from fp32, and whether that is allowed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from milmer_live.samples import Float32, Float64

LEAST_SAME: Final = 0.995  # share of windows with the same quadrant
LARGEST_DIFFERENCE: Final = 0.02  # of any probability
# Of 200 windows of the demo's network in bf16 none may show what 1 % of all do (two faces of nearly
# the same score change places, and a probability moves by 0.5); of 400 one does, 98 times of 100.
LEAST_WINDOWS: Final = 400


@dataclass(frozen=True, slots=True)
class Agreement:
    """Against fp32 on `windows` windows: the share with the same quadrant, and the largest
    difference of a probability; and how far a face's logit may be off (`Predictor`)."""

    windows: int
    same_quadrant: float
    largest_difference: float
    score_error: float

    @staticmethod
    def of(
        exact: Sequence[Float32 | Float64],
        reduced: Sequence[Float32 | Float64],
        score_error: float = 0.0,
    ) -> Agreement:
        """Probabilities (n, 4) each; `score_error` of the reduced ones."""
        a, b = np.array(exact, dtype=np.float64), np.array(reduced, dtype=np.float64)
        same = float((a.argmax(axis=1) == b.argmax(axis=1)).mean())
        return Agreement(len(a), same, float(np.abs(a - b).max()), score_error)

    @property
    def allowed(self) -> bool:
        return (
            self.windows >= LEAST_WINDOWS
            and self.same_quadrant >= LEAST_SAME
            and self.largest_difference <= LARGEST_DIFFERENCE
        )

    def __str__(self) -> str:
        return (
            f"the same quadrant on {self.same_quadrant:.1%} of {self.windows} windows, "
            f"probabilities within {self.largest_difference:.3f}"
        )


class Verdicts:
    """Agreements that were measured before, in one JSON file; by model, backend and versions."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, key: str) -> Agreement | None:
        values = self._read().get(key)
        try:
            return Agreement(**values) if isinstance(values, dict) else None
        except TypeError:
            return None  # of another version of this program: measured again

    def put(self, key: str, agreement: Agreement) -> None:
        """A file that cannot be written only means that it is measured again."""
        known = {**self._read(), key: asdict(agreement)}
        partial = self._path.with_name(self._path.name + ".partial")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(known, indent=1), encoding="utf-8")
            partial.replace(self._path)
        except OSError:
            return

    def _read(self) -> dict[str, object]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}
