"""Window layouts on disk: the one the window was left in, and those that were given a name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

LAST = "last"
NAMED = "named"


@dataclass(frozen=True, slots=True)
class Layout:
    """Bytes of Qt: the docks' places, and the window's place and size."""

    docks: bytes
    geometry: bytes


class LayoutStore:
    """One INI file. A few kilobytes, read at the start and written when the window closes."""

    def __init__(self, file: Path) -> None:
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    def last(self) -> Layout | None:
        return self._read(LAST)

    def keep_last(self, layout: Layout) -> None:
        self._write(LAST, layout)

    def names(self) -> tuple[str, ...]:
        self._settings.beginGroup(NAMED)
        found = self._settings.childGroups()
        self._settings.endGroup()
        return tuple(sorted(found))

    def named(self, name: str) -> Layout | None:
        return self._read(f"{NAMED}/{_key(name)}")

    def keep(self, name: str, layout: Layout) -> None:
        self._write(f"{NAMED}/{_key(name)}", layout)

    def forget(self, name: str) -> None:
        self._settings.remove(f"{NAMED}/{_key(name)}")
        self._settings.sync()

    def _read(self, key: str) -> Layout | None:
        docks, geometry = (self._bytes(f"{key}/{part}") for part in ("docks", "geometry"))
        return Layout(docks, geometry) if docks else None

    def _bytes(self, key: str) -> bytes:
        value = self._settings.value(key)
        return bytes(value.data()) if isinstance(value, QByteArray) else b""

    def _write(self, key: str, layout: Layout) -> None:
        self._settings.setValue(f"{key}/docks", QByteArray(layout.docks))
        self._settings.setValue(f"{key}/geometry", QByteArray(layout.geometry))
        self._settings.sync()


def _key(name: str) -> str:
    """A slash would begin another group."""
    return name.replace("/", "-").replace("\\", "-").strip()
