"""The spectrum, the spectrogram and the power of the bands, as they are drawn on paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from milmer_live.samples import Float64, UInt8
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.clipping import (
    cut_lines,
    polygon,
    with_crossings,
)
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.paper.plain_axes import (
    Axes,
    Axis,
)
from milmer_live.ui.spectrum.band_bars import BandBars

UNIT = "dB(µV²/Hz)"


@dataclass(frozen=True, slots=True)
class SpectrumFigure:
    """`levels_db` (n,) at `frequencies` (n,) Hz; `history` (height, width, 3) are the colours of
    the spectrogram, 0 Hz first, None before the first column; `span_s` is its length."""

    bars: BandBars
    frequencies: Float64
    levels_db: Float64
    limits_db: tuple[float, float]
    history: UInt8 | None
    span_s: float
    look: Theme

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = (size.width() - self.bars.width() - theme.M) / 2
        room = QSizeF(width, size.height())
        self._draw_spectrum(painter, room)
        painter.translate(width, 0)
        self._draw_history(painter, room)
        painter.translate(width + theme.M, 0)
        self.bars.resize(self.bars.width(), int(size.height()))
        self.bars.draw(painter)

    def _hertz(self) -> Axis:
        highest = float(self.frequencies[-1])
        ticks = np.arange(0, highest + 1, 10).tolist()
        return Axis(f"{tr('Frequency')} (Hz)", 0.0, highest, ticks)

    def _draw_spectrum(self, painter: QPainter, size: QSizeF) -> None:
        low, high = self.limits_db
        levels = Axis(UNIT, low, high, np.arange(-20, high, 10).tolist())
        axes = Axes.within(size, self._hertz(), levels)
        room = axes.room
        x, y = axes.x(self.frequencies), axes.y(self.levels_db)
        across, down = with_crossings(*with_crossings(x, y, room.top()), room.bottom())
        down = np.clip(down, room.top(), room.bottom())
        ends = np.array([room.bottom()])
        area = polygon(
            np.concatenate([across[:1], across, across[-1:]]), np.concatenate([ends, down, ends])
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(self.look.accent, 0.18))
        painter.drawPolygon(area)
        painter.setPen(QPen(QColor(self.look.accent), 1))
        for piece in cut_lines(x, y, room):
            painter.drawPolyline(polygon(*piece))
        axes.draw(painter, self.look)

    def _draw_history(self, painter: QPainter, size: QSizeF) -> None:
        hertz = self._hertz()
        ticks = np.arange(-self.span_s, 1, 20).tolist()
        across = Axis(f"{tr('Time')} (s)", -self.span_s, 0.0, ticks)
        axes = Axes.within(size, across, Axis(hertz.title, hertz.low, hertz.high, hertz.ticks))
        if self.history is not None:
            pixels = np.ascontiguousarray(self.history[::-1])
            height, width = pixels.shape[:2]
            image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            painter.drawImage(QRectF(axes.room), image.copy())
        axes.draw(painter, self.look)
