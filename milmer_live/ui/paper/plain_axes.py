"""A plot's frame with numbers and units, for figures on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from milmer_live.samples import Float64
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme

LEFT, BOTTOM, TOP, RIGHT = 52, 38, 8, 12
TICK = 4


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, with a number at each of `ticks`."""

    title: str
    low: float
    high: float
    ticks: Sequence[float]

    def share(self, value: Float64) -> Float64:
        """0 at `low`, 1 at `high`."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Axes:
    """`room` with its axes around; (0, 0) is the whole plot's upper left corner."""

    across: Axis
    up: Axis
    room: QRectF

    @staticmethod
    def within(size: QSizeF, across: Axis, up: Axis) -> Axes:
        room = QRectF(LEFT, TOP, size.width() - LEFT - RIGHT, size.height() - TOP - BOTTOM)
        return Axes(across, up, room)

    def x(self, values: Float64) -> Float64:
        return self.room.left() + self.across.share(values) * self.room.width()

    def y(self, values: Float64) -> Float64:
        return self.room.bottom() - self.up.share(values) * self.room.height()

    def draw(self, painter: QPainter, look: Theme) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(look.muted), 1))
        painter.drawRect(self.room)
        painter.setFont(theme.font(theme.CAPTION))
        for value in self.across.ticks:
            x = self.room.left() + (value - self.across.low) * self._pixels(self.across)
            self._draw_tick(painter, QPointF(x, self.room.bottom()), value, look)
        for value in self.up.ticks:
            y = self.room.bottom() - (value - self.up.low) * self._pixels(self.up)
            self._draw_tick(painter, QPointF(self.room.left(), y), value, look, below=False)
        self._draw_titles(painter, look)

    def _pixels(self, axis: Axis) -> float:
        """Of one unit."""
        length = self.room.width() if axis is self.across else self.room.height()
        return length / (axis.high - axis.low)

    def _draw_tick(
        self, painter: QPainter, at: QPointF, value: float, look: Theme, *, below: bool = True
    ) -> None:
        text = f"{value:g}".replace("-", "−")
        painter.setPen(QPen(QColor(look.muted), 1))
        painter.drawLine(at, at + (QPointF(0, TICK) if below else QPointF(-TICK, 0)))
        painter.setPen(QColor(look.text))
        if below:
            room = QRectF(at.x() - 24, at.y() + TICK, 48, 15)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
        else:
            room = QRectF(at.x() - TICK - 30, at.y() - 8, 28, 16)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(room, right, text)

    def _draw_titles(self, painter: QPainter, look: Theme) -> None:
        painter.setPen(QColor(look.text))
        below = QRectF(self.room.left(), self.room.bottom() + 20, self.room.width(), 17)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.across.title)
        painter.save()
        painter.translate(8, self.room.center().y())
        painter.rotate(-90)
        beside = QRectF(-self.room.height() / 2, -8, self.room.height(), 16)
        painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, self.up.title)
        painter.restore()
