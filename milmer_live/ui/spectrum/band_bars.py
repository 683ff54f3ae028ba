"""Five bars: how much of the power is in each band."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from milmer_live.samples import Float64
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.signals.margins import two_digits
from milmer_live.ui.spectrum.spectra import BANDS

SYMBOLS = {"delta": "δ", "theta": "θ", "alpha": "α", "beta": "β", "gamma": "γ"}
WIDTH = 188


class BandBars(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._look = theme.DARK
        self._powers: Float64 | None = None
        self.paints = 0

    def show_powers(self, powers: Float64) -> None:
        """(5,) µV²."""
        self._powers = powers
        self.update()

    def copy(self, look: Theme) -> BandBars:
        """For paper: it shows the same."""
        other = BandBars()
        other._look, other._powers = look, self._powers
        return other

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(WIDTH, 140)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.paints += 1
        with QPainter(self) as painter:
            self.draw(painter)

    def draw(self, painter: QPainter) -> None:
        row = self.height() / len(BANDS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, (name, low, high) in enumerate(BANDS):
            box = QRectF(0, index * row, self.width(), row)
            self._draw(painter, box, index, f"{SYMBOLS[name]}  {low:g}–{high:g} Hz")

    def _draw(self, painter: QPainter, box: QRectF, index: int, name: str) -> None:
        powers = self._powers
        total = float(powers.sum()) if powers is not None else 0.0
        share = float(powers[index]) / total if powers is not None and total > 0 else 0.0
        text = QRectF(box.left(), box.center().y() - 14, box.width(), 16)
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(QColor(self._look.text))
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(QColor(self._look.muted))
        amount = f"{two_digits(powers[index])} µV²  {share:.0%}" if powers is not None else "–"
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, right, amount)
        track = QRectF(box.left(), box.center().y() + 5, box.width(), 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.raised))
        painter.drawRoundedRect(track, 3, 3)
        if share > 0:
            track.setWidth(max(6.0, share * track.width()))
            painter.setBrush(QColor(self._look.accent))
            painter.drawRoundedRect(track, 3, 3)
