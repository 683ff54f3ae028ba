"""Window layouts: the one the window was left in, and those that were given a name."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from milmer_live.ui.state.files import (
    Keep,
    as_text,
    read_values,
    write_text,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Bytes of Qt: the docks' places, and the window's place and size."""

    docks: bytes
    geometry: bytes


class LayoutStore:
    """One file of a few kilobytes, read once. `keep` writes it."""

    def __init__(self, file: Path, keep: Keep = write_text) -> None:
        self._file, self._write = file, keep
        values = read_values(file)
        self._last = _layout(values.get("last"))
        named = values.get("named")
        pairs = named.items() if isinstance(named, dict) else ()
        found = ((name, _layout(value)) for name, value in pairs)
        self._named = {name: layout for name, layout in found if layout is not None}

    def last(self) -> Layout | None:
        return self._last

    def keep_last(self, layout: Layout) -> None:
        self._last = layout
        self._keep()

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._named))

    def named(self, name: str) -> Layout | None:
        return self._named.get(name.strip())

    def keep(self, name: str, layout: Layout) -> None:
        self._named[name.strip()] = layout
        self._keep()

    def forget(self, name: str) -> None:
        self._named.pop(name.strip(), None)
        self._keep()

    def _keep(self) -> None:
        named = {name: _values(layout) for name, layout in self._named.items()}
        last = _values(self._last) if self._last is not None else None
        self._write(self._file, as_text({"last": last, "named": named}))


def _values(layout: Layout) -> dict[str, str]:
    return {
        "docks": b64encode(layout.docks).decode(),
        "geometry": b64encode(layout.geometry).decode(),
    }


def _layout(values: object) -> Layout | None:
    """None for what is none."""
    if not isinstance(values, dict):
        return None
    try:
        docks, geometry = (b64decode(values[part]) for part in ("docks", "geometry"))
    except (KeyError, TypeError, ValueError):
        return None
    return Layout(docks, geometry) if docks else None
