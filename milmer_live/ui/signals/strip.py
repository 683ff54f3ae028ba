"""The moving part of the signals panel: a ring of pixel columns that paints only what is new.

64 channels x 1 kHz x 10 s, antialiased, take 3 ms of CPU a frame this way (18 % of a core at
60 fps), where one curve a channel with all its points takes 98 % for 20 fps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF
from shiboken6 import Shiboken

from milmer_live.samples import Float32, Float64
from milmer_live.ui.look.clipping import cut_lines
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.state.traces import (
    TraceHistory,
    thin,
)

# Columns beyond the visible ones: antialiasing spills into the next.
SPARE_COLUMNS = 4
# Columns before the newest that its samples still change, by the slope of their line into it.
UNSETTLED = 2
# Columns before those to draw, in which their line begins.
LEAD = 3
PEN_WIDTH = 1.0  # exactly: Qt takes 40 times longer for 1.2
SWEEP_GAP = 14  # device pixels between the newest column and the oldest
SECONDS_BETWEEN_LINES = (0.5, 1, 2, 5, 10, 15, 30, 60)
LINES_AT_MOST = 7


@dataclass(frozen=True, slots=True)
class StripScale:
    """How samples become pixels. `width`, `height` in device pixels. With `sweep` a column of
    the stream stays where it is until it is drawn over."""

    width: int
    height: int
    n_channels: int
    sample_rate: float
    seconds: float
    uv_per_division: float
    sweep: bool = False

    @property
    def pixels_per_sample(self) -> float:
        return self.width / (self.seconds * self.sample_rate)

    @property
    def row_height(self) -> float:
        """One division: the height of a channel's row."""
        return self.height / self.n_channels

    def first_sample(self, column: int) -> int:
        """The last sample before `column`, or its first."""
        return math.floor(column / self.pixels_per_sample)

    @property
    def line_every_s(self) -> float:
        """Seconds between two lines of the grid."""
        fitting = (s for s in SECONDS_BETWEEN_LINES if self.seconds / s <= LINES_AT_MOST)
        return next(fitting, SECONDS_BETWEEN_LINES[-1])

    def column(self, index: int) -> int:
        return math.floor(index * self.pixels_per_sample)


class TraceStrip:
    """A pixmap whose column `c` holds the stream's column `c`, `c + ring`, `c + 2 ring` …

    `channels` are the columns of the history that are drawn, from the top, in the colours
    `tints`; without them all are, in two colours by turns.
    """

    def __init__(
        self,
        scale: StripScale,
        theme: Theme,
        pixel_ratio: float = 1.0,
        channels: tuple[int, ...] = (),
        tints: tuple[str, ...] = (),
    ) -> None:
        self.scale = scale
        self._theme = theme
        self._channels = channels
        self.tints = tints or alternating(theme, scale.n_channels)
        self._ring = scale.width + (0 if scale.sweep else SPARE_COLUMNS)
        self._pixmap = QPixmap(self._ring, scale.height)
        self._pixmap.fill(QColor(theme.card))
        self._pixel_ratio = pixel_ratio
        self._drawn: int | None = None  # index behind the newest sample drawn

    @property
    def head(self) -> int:
        """The newest column."""
        return self.scale.column((self._drawn or 1) - 1)

    def extend(self, history: TraceHistory, until: int | None = None) -> bool:
        """Draw the samples that have come since the last call, before index `until` where it
        is given; False where there are none.

        The columns that were the newest are drawn again with them, and what is drawn is
        clipped to the columns that were made empty: so the picture is the same as if all had
        been drawn at once.
        """
        stop = history.stop if until is None else min(until, history.stop)
        if stop in (self._drawn, history.start):
            return False
        settled = None if self._drawn is None else self.head - UNSETTLED
        self._drawn = stop
        oldest, last = self.head - self.scale.width + 1, self.head + 1
        first = oldest if settled is None else max(oldest, settled)
        lead = self.scale.first_sample(first - LEAD)
        with QPainter(self._pixmap) as painter:
            for begin, end in self._turns(first, last):
                self._begin_columns(painter, begin, end)
                for index, data in history.runs(lead, stop):
                    self._draw(painter, index, data, begin // self._ring * self._ring)
        return True

    def paint(self, painter: QPainter, left: float, top: float) -> None:
        """The visible columns, the newest at the right, from (left, top) in logical pixels."""
        if self.scale.sweep:
            self._paint_sweep(painter, left, top)
            return
        first = (self.head - self.scale.width + 1) % self._ring
        until_wrap = min(self.scale.width, self._ring - first)
        ratio = self._pixel_ratio
        self._pixmap.setDevicePixelRatio(ratio)
        for source, width, x in (
            (first, until_wrap, left),
            (0, self.scale.width - until_wrap, left + until_wrap / ratio),
        ):
            if width:
                part = QRectF(source, 0, width, self.scale.height)
                painter.drawPixmap(QPointF(x, top), self._pixmap, part)
        self._pixmap.setDevicePixelRatio(1.0)

    def stand_at(self, stop: int) -> None:
        """As after `extend`, for `draw_lines` alone: no pixels are drawn."""
        self._drawn = stop

    def draw_lines(
        self, painter: QPainter, history: TraceHistory, left: float, top: float, rows: range
    ) -> None:
        """Of `rows` what `paint` shows, as lines cut at the edges; scrolling, whatever the mode.
        With the first row comes the grid."""
        first = self.head - self.scale.width + 1
        plot = QRectF(0, 0, self.scale.width, self.scale.height)
        painter.save()
        painter.translate(left, top)
        painter.scale(1 / self._pixel_ratio, 1 / self._pixel_ratio)
        for _, place in self.lines() if rows.start == 0 else ():
            painter.fillRect(QRectF(place, 0, 1, plot.height()), QColor(self._theme.grid))
        for index, data in history.runs(self.scale.first_sample(first), self._drawn or 0):
            x, y = self._points(index, data, first)
            for row in rows:
                painter.setPen(QPen(QColor(self.tints[row]), PEN_WIDTH))
                for piece in cut_lines(x, y[:, row], plot):
                    painter.drawPolyline(fast_polygon(*piece))
        painter.restore()

    def lines(self) -> list[tuple[float, float]]:
        """Second and distance from the left edge, in device pixels, of each visible line."""
        visible = self._lines_between(self.head - self.scale.width + 1, self.head)
        return [(second, self._place(column)) for second, column in visible]

    def place_of(self, index: float) -> float | None:
        """Device pixels from the left edge of the sample `index`; None where it is not shown."""
        column = math.floor(index * self.scale.pixels_per_sample)
        shown = self.head - self.scale.width < column <= self.head
        return self._place(column) if shown else None

    def _place(self, column: int) -> float:
        if self.scale.sweep:
            return column % self._ring
        return column - (self.head - self.scale.width + 1)

    def _paint_sweep(self, painter: QPainter, left: float, top: float) -> None:
        """The ring as it is, with a gap before the newest column."""
        ratio, head = self._pixel_ratio, self.head % self._ring
        self._pixmap.setDevicePixelRatio(ratio)
        painter.drawPixmap(QPointF(left, top), self._pixmap)
        self._pixmap.setDevicePixelRatio(1.0)
        height = self.scale.height / ratio
        gap = min(SWEEP_GAP, self.scale.width - head - 1)
        place = QRectF(left + (head + 1) / ratio, top, gap / ratio, height)
        painter.fillRect(place, QColor(self._theme.card))
        cursor = QRectF(left + (head + 1) / ratio, top, 2 / ratio, height)
        painter.fillRect(cursor, QColor(self._theme.accent))

    def _lines_between(self, first: int, last: int) -> list[tuple[float, int]]:
        """Second and column of each line of the grid in the columns `first` to `last`."""
        every = self.scale.line_every_s
        pixels = every * self.scale.pixels_per_sample * self.scale.sample_rate
        numbers = range(max(0, math.ceil(first / pixels)), math.floor((last + 1) / pixels) + 1)
        lines = [(n * every, math.floor(n * pixels)) for n in numbers]
        return [(second, column) for second, column in lines if first <= column <= last]

    def _turns(self, first: int, last: int) -> list[tuple[int, int]]:
        """The columns from `first` to `last`, cut where the ring begins anew."""
        border = last // self._ring * self._ring
        if first < border:
            return [(first, border - 1), (border, last)]
        return [(first, last)]

    def _begin_columns(self, painter: QPainter, first: int, last: int) -> None:
        """Make these columns empty but for the grid, and let painting touch nothing else."""
        place = QRect(first % self._ring, 0, last - first + 1, self.scale.height)
        painter.setClipRect(place)
        painter.fillRect(place, QColor(self._theme.card))
        for _, column in self._lines_between(first, last):
            painter.fillRect(column % self._ring, 0, 1, self.scale.height, QColor(self._theme.grid))

    def _draw(self, painter: QPainter, first_index: int, data: Float32, shift: int) -> None:
        """`data` (n_samples, n_channels) µV, with column `shift` at the ring's first."""
        x, y = self._points(first_index, data, shift)
        np.clip(y, -self.scale.height, 2 * self.scale.height, out=y)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for tint in dict.fromkeys(self.tints):
            painter.setPen(QPen(QColor(tint), PEN_WIDTH))
            for row in [row for row, own in enumerate(self.tints) if own == tint]:
                painter.drawPolyline(fast_polygon(x, y[:, row]))

    def _points(self, first_index: int, data: Float32, shift: int) -> tuple[Float64, Float64]:
        """x (k,) and y (k, n_channels) in device pixels."""
        scale = self.scale
        picked = data[:, self._channels] if self._channels else data
        x, uv = thin(first_index, picked, scale.pixels_per_sample)
        x -= shift
        middle = (np.arange(scale.n_channels) + 0.5) * scale.row_height
        y = middle - uv * (scale.row_height / scale.uv_per_division)
        return x, y


def alternating(theme: Theme, count: int) -> tuple[str, ...]:
    """Neighbours differ, so that the eye keeps its row."""
    return tuple((theme.trace, theme.trace_alternate)[row % 2] for row in range(count))


def fast_polygon(x: Float64, y: Float64) -> QPolygonF:
    """The points (x, y) without a Python object for each."""
    polygon = QPolygonF()
    polygon.resize(len(x))
    view: Any = Shiboken.VoidPtr  # its stub lacks the form that takes an object and a size
    memory = view(polygon.data(), len(x) * 16, True)
    points = np.frombuffer(memory, dtype=np.float64).reshape(-1, 2)
    points[:, 0] = x
    points[:, 1] = y
    return polygon
