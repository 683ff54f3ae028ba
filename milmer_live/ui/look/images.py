"""From arrays to what Qt paints, and what is painted where there is none."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPixmap

from milmer_live.samples import UInt8
from milmer_live.ui.look import icons, theme
from milmer_live.ui.look.theme import Theme

EMPTY_ICON, EMPTY_LINE = 36, 18


def to_pixmap(image: UInt8) -> QPixmap:
    """A copy of `image` (height, width, 3) uint8 RGB."""
    pixels = np.ascontiguousarray(image)
    height, width = pixels.shape[:2]
    view = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(view)


def fitted(width: float, height: float, into: QRectF) -> QRectF:
    """The largest rectangle of the shape width : height in the middle of `into`."""
    scale = min(into.width() / width, into.height() / height)
    box = QRectF(0, 0, width * scale, height * scale)
    box.moveCenter(into.center())
    return box


def scaled(pixmap: QPixmap, side: int, pixel_ratio: float) -> QPixmap:
    """A square picture at `side` logical pixels, smooth."""
    device = round(side * pixel_ratio)
    keep = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    small = pixmap.scaled(device, device, keep, Qt.TransformationMode.SmoothTransformation)
    small.setDevicePixelRatio(pixel_ratio)
    return small


def clip_rounded(painter: QPainter, box: QRectF, radius: float) -> None:
    path = QPainterPath()
    path.addRoundedRect(box, radius, radius)
    painter.setClipPath(path)


def draw_empty(painter: QPainter, room: QRectF, icon: str, words: str, look: Theme) -> None:
    """What stands where there is nothing to show: an icon, and why, in a line or two."""
    more = EMPTY_LINE * words.count("\n")
    center = room.center() - QPointF(0, more / 2)
    corner = QPointF(center.x() - EMPTY_ICON / 2, center.y() - EMPTY_ICON)
    painter.drawImage(corner, icons.pixmap(icon, look.faint, EMPTY_ICON).toImage())
    painter.setFont(theme.font())
    painter.setPen(QColor(look.muted))
    place = QRectF(room.left(), center.y() + theme.S, room.width(), 24 + more)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
