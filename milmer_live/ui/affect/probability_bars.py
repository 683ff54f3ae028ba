"""Four bars: the probability of each quadrant."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from milmer_live.samples import Prediction, Quadrant
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme

ROW_HEIGHT = 38
BAR_HEIGHT = 8
LEAST_ROW_HEIGHT = 30


class ProbabilityBars(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._look = theme.DARK
        self._prediction: Prediction | None = None
        self.paints = 0

    def show_prediction(self, prediction: Prediction | None) -> None:
        if prediction is not self._prediction:
            self._prediction = prediction
            self.update()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(170, ROW_HEIGHT * len(Quadrant))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(150, LEAST_ROW_HEIGHT * len(Quadrant))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.paints += 1
        with QPainter(self) as painter:
            self.draw(painter)

    def draw(self, painter: QPainter) -> None:
        height = min(ROW_HEIGHT, self.height() / len(Quadrant))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, quadrant in enumerate(Quadrant):
            box = QRectF(0, row * height, self.width(), height)
            self._draw_row(painter, box, quadrant)

    def _draw_row(self, painter: QPainter, box: QRectF, quadrant: Quadrant) -> None:
        prediction = self._prediction
        current = prediction is not None and prediction.quadrant is quadrant
        share = float(prediction.probabilities[quadrant]) if prediction is not None else 0.0
        gap = (box.height() - LEAST_ROW_HEIGHT) / 2
        text = box.adjusted(0, gap, 0, -BAR_HEIGHT - theme.XS - gap)
        painter.setFont(theme.font(theme.BODY, bold=current))
        painter.setPen(QColor(self._look.text if current else self._look.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, middle, tr(theme.QUADRANT_NAMES[quadrant]))
        percent = f"{share:.0%}" if prediction is not None else "–"
        painter.drawText(text, middle | Qt.AlignmentFlag.AlignRight, percent)
        track = QRectF(0, box.bottom() - BAR_HEIGHT - 4, box.width(), BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.raised))
        painter.drawRoundedRect(track, BAR_HEIGHT / 2, BAR_HEIGHT / 2)
        if share > 0:
            track.setWidth(max(BAR_HEIGHT, share * track.width()))
            painter.setBrush(theme.color(self._look.quadrants[quadrant], 1 if current else 0.7))
            painter.drawRoundedRect(track, BAR_HEIGHT / 2, BAR_HEIGHT / 2)
