"""How the traces are looked at: scales, mode, and which channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

UV_PER_DIVISION = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
SECONDS = (2, 5, 10, 20, 30, 60)


@dataclass(frozen=True, slots=True)
class SignalView:
    """`hidden` and `bad` are names of channels; `sweep`: the newest sample walks from left to
    right over the old picture, instead of the picture moving to the left."""

    uv_per_division: int = 50
    seconds: int = 10
    sweep: bool = False
    hidden: frozenset[str] = frozenset()
    bad: frozenset[str] = frozenset()
    selected: str = ""

    def shown(self, names: Sequence[str]) -> tuple[int, ...]:
        """Places in `names` of the channels that are drawn; all where none would be left."""
        left = tuple(place for place, name in enumerate(names) if name not in self.hidden)
        return left or tuple(range(len(names)))

    def with_scale(self, steps: int) -> SignalView:
        return replace(
            self, uv_per_division=_neighbour(UV_PER_DIVISION, self.uv_per_division, steps)
        )

    def with_seconds(self, steps: int) -> SignalView:
        return replace(self, seconds=_neighbour(SECONDS, self.seconds, steps))

    def with_bad(self, name: str) -> SignalView:
        """`name` marked bad, or good again where it was bad."""
        return replace(self, bad=self.bad ^ {name})

    def with_hidden(self, name: str) -> SignalView:
        selected = "" if name == self.selected else self.selected
        return replace(self, hidden=self.hidden | {name}, selected=selected)


def _neighbour(choices: Sequence[int], value: int, steps: int) -> int:
    """`steps` further along `choices`; from a value of its own first to the nearest."""
    nearest = min(range(len(choices)), key=lambda place: abs(choices[place] - value))
    return choices[max(0, min(nearest + steps, len(choices) - 1))]
