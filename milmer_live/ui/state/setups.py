"""The set-up that was connected last."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from milmer_live.live.run import Setup
from milmer_live.ui.state.files import (
    Keep,
    as_text,
    read_values,
    write_text,
)

if TYPE_CHECKING:
    pass


class SetupStore:
    """The last set-up that was connected, in one small file, read once. `keep` writes it."""

    def __init__(self, file: Path, keep: Keep = write_text) -> None:
        self._file, self._write = file, keep
        self._last = _setup(read_values(file))

    def last(self) -> Setup | None:
        """None where there is none, or none that can be read."""
        return self._last

    def keep(self, setup: Setup) -> None:
        self._last = setup
        self._write(self._file, as_text(asdict(setup)))


def _setup(values: dict[str, object]) -> Setup | None:
    markers, also = values.get("markers", ()), values.get("also", ())
    try:
        eeg, camera, model = (str(values[name]) for name in ("eeg", "camera", "checkpoint"))
    except KeyError:
        return None
    unit, layout, channels = (str(values.get(name, "")) for name in ("unit", "layout", "channels"))
    sides = tuple(map(str, markers)) if isinstance(markers, list) else ()
    signals = tuple(map(str, also)) if isinstance(also, list) else ()
    return Setup(eeg, camera, model, sides, unit, layout, channels, signals)
