"""The project's own icons (`resources/icons`), drawn in one colour and tinted by the theme."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from milmer_live.paths import resource

# Drawn at twice the size asked for, so that it stays sharp on a screen of 200 %.
OVERSAMPLING = 2


def pixmap(name: str, tint: str, size: int) -> QPixmap:
    """`resources/icons/<name>.svg` with `tint` ("#RRGGBB") for its `currentColor`."""
    source = _sources()[name]
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", tint).encode()))
    drawn = QPixmap(QSize(size, size) * OVERSAMPLING)
    drawn.fill(Qt.GlobalColor.transparent)
    with QPainter(drawn) as painter:
        renderer.render(painter, QRectF(drawn.rect()))
    drawn.setDevicePixelRatio(OVERSAMPLING)
    return drawn


@cache
def _sources() -> dict[str, str]:
    """All at once, when the first is asked for: the disk is not asked while the window runs."""
    return {file.stem: file.read_text("utf-8") for file in resource("icons").glob("*.svg")}


def icon(name: str, tint: str, size: int) -> QIcon:
    return QIcon(pixmap(name, tint, size))
