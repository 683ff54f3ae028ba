"""The project's own icons (`resources/icons`), drawn in one colour and tinted by the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from milmer_live.paths import resource

# Drawn at twice the size asked for, so that it stays sharp on a screen of 200 %.
OVERSAMPLING = 2


def pixmap(name: str, tint: str, size: int) -> QPixmap:
    """`resources/icons/<name>.svg` with `tint` ("#RRGGBB") for its `currentColor`."""
    source = (resource("icons") / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", tint).encode()))
    drawn = QPixmap(QSize(size, size) * OVERSAMPLING)
    drawn.fill(Qt.GlobalColor.transparent)
    with QPainter(drawn) as painter:
        renderer.render(painter, QRectF(drawn.rect()))
    drawn.setDevicePixelRatio(OVERSAMPLING)
    return drawn


def icon(name: str, tint: str, size: int) -> QIcon:
    return QIcon(pixmap(name, tint, size))
