"""A readable font on every machine, also on one that has none."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

from milmer_live.errors import ConfigError

# The first of these that the system has; each has µ, – and digits of one width.
PREFERRED = (
    "Inter",
    "Segoe UI Variable Text",
    "Segoe UI",
    "SF Pro Text",
    "Helvetica Neue",
    "Noto Sans",
    "Roboto",
    "Cantarell",
    "Ubuntu",
    "DejaVu Sans",
)
FALLBACK_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")


def ui_font() -> QFont:
    """The font of the program. Needs a QGuiApplication; raises ConfigError.

    A bare Debian has no font at all: Qt then lists only its three generic names and draws
    nothing. matplotlib, which we depend on, brings DejaVu Sans.
    """
    families = set(QFontDatabase.families())
    chosen = next((name for name in PREFERRED if name in families), None)
    return QFont(chosen if chosen is not None else _load_fallback())


def _load_fallback() -> str:
    folder = _matplotlib_fonts()
    loaded = [QFontDatabase.addApplicationFont(str(folder / name)) for name in FALLBACK_FILES]
    if -1 in loaded:
        raise ConfigError(
            f"No font was found on this system, and none in {folder}.",
            "Install one, on Debian: apt-get install fonts-dejavu-core.",
        )
    return QFontDatabase.applicationFontFamilies(loaded[0])[0]


def _matplotlib_fonts() -> Path:
    """Found without importing matplotlib, which takes 0.3 s."""
    found = importlib.util.find_spec("matplotlib")
    package = Path(found.origin).parent if found and found.origin else Path()
    return package / "mpl-data" / "fonts" / "ttf"
