"""What the colours of a spectrogram stand for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme

BAR, NUMBERS, UNIT = 8, 26, 16  # pixels across
STOPS = 16


class LevelBar(QWidget):
    """Beside `plot`, as high as its axis: `colours` of pyqtgraph from the lowest of `levels` to
    the highest, with their `unit`."""

    def __init__(self, plot: Any, colours: Any, levels: tuple[float, float], unit: str) -> None:
        super().__init__()
        self.setFixedWidth(BAR + NUMBERS + UNIT)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._plot, self._levels, self._unit = plot, levels, unit
        self._tints = colours.getLookupTable(nPts=STOPS, mode="qcolor")
        self._look = theme.DARK

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(BAR + NUMBERS + UNIT, 90)

    def bar_rect(self) -> QRectF:
        """From the highest level to the lowest."""
        inside = self._plot.getViewBox().sceneBoundingRect()
        return QRectF(0, inside.top(), BAR, inside.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        bar = self.bar_rect()
        shades = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        for place, tint in enumerate(self._tints):
            shades.setColorAt(place / (STOPS - 1), tint)
        with QPainter(self) as painter:
            painter.fillRect(bar, shades)
            painter.setFont(theme.font(theme.CAPTION))
            painter.setPen(QColor(self._look.muted))
            low, high = self._levels
            for level in (low, (low + high) / 2, high):
                y = bar.bottom() - (level - low) / (high - low) * bar.height()
                y = min(max(y, bar.top() + 6), bar.bottom() - 6)
                box = QRectF(BAR + theme.XS, y - 8, NUMBERS, 16)
                text = f"{level:.0f}".replace("-", "−")
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
            painter.translate(QPointF(self.width(), bar.center().y()))
            painter.rotate(-90)
            along = QRectF(-bar.height() / 2 - 20, -UNIT, bar.height() + 40, UNIT)
            painter.drawText(along, Qt.AlignmentFlag.AlignCenter, self._unit)
