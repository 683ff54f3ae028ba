"""The traces with what stands around them: channel names, seconds, a bar of known µV."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRegion, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from milmer_live.ui import theme
from milmer_live.ui.eeg_feed import EEGFeed
from milmer_live.ui.images import draw_empty
from milmer_live.ui.theme import Theme
from milmer_live.ui.trace_strip import StripScale, TraceStrip
from milmer_live.ui.traces import TraceHistory

NAMES_WIDTH = 46
BAR_WIDTH = 68
AXIS_HEIGHT = 22
HALF_LABEL = 24  # of a time below the traces
NAME_SPACING = 11  # pixels: the least between two names; under it, names are left out
BAR_HEIGHTS = (28, 70)  # pixels: the bar is one that fits here
WHEEL_STEP = 120


class TraceCanvas(QWidget):
    """Draws; decides nothing. The wheel asks for another scale, Ctrl + wheel for other seconds."""

    scale_stepped = Signal(int)
    seconds_stepped = Signal(int)

    def __init__(self, feed: EEGFeed, uv_per_division: float, seconds: float) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(260, 160)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._look = theme.DARK
        self._uv_per_division = uv_per_division
        self._seconds = seconds
        self._feed = feed
        self._generation = feed.generation
        self._strip: TraceStrip | None = None
        self._wheel = 0
        self.paints = 0

    def follow(self) -> None:
        """Draw what is new in the feed; another stream begins a new picture."""
        if self._generation != self._feed.generation:
            self._generation = self._feed.generation
            self.redraw()
        history = self._feed.history
        if history is not None and self._strip is not None and self._strip.extend(history):
            self.update(QRegion(self.plot_rect()) + QRegion(self._axis_rect()))

    def set_scale(self, uv_per_division: float, seconds: float) -> None:
        self._uv_per_division, self._seconds = uv_per_division, seconds
        self.redraw()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.redraw()

    def redraw(self) -> None:
        """Paint all from the history at the next chance; for a new size, scale or theme."""
        self._strip = None
        self.update()

    def plot_rect(self) -> QRect:
        """Where the traces are, in this widget's pixels."""
        return self.rect().adjusted(NAMES_WIDTH, 0, -BAR_WIDTH, -AXIS_HEIGHT)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(720, 560)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Up: larger traces (fewer µV) or fewer seconds. Fine wheels add up to a step."""
        self._wheel += event.angleDelta().y()
        steps = int(self._wheel / WHEEL_STEP)
        self._wheel -= steps * WHEEL_STEP
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if steps:
            (self.seconds_stepped if control else self.scale_stepped).emit(-steps)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        self.paints += 1
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), QColor(self._look.card))
            if self._feed.history is None:
                self._draw_waiting(painter)
                return
            strip = self._current_strip(self._feed.history)
            plot = self.plot_rect()
            strip.paint(painter, plot.left(), plot.top())
            self._draw_axis(painter, strip)
            if event.region().intersects(QRect(0, 0, plot.left(), plot.bottom())):
                self._draw_names(painter)
            if event.region().intersects(QRect(plot.right() + 2, 0, BAR_WIDTH, self.height())):
                self._draw_bar(painter, strip.scale)

    def _current_strip(self, history: TraceHistory) -> TraceStrip:
        if self._strip is None:
            ratio = self.devicePixelRatioF()
            plot = self.plot_rect()
            scale = StripScale(
                round(plot.width() * ratio),
                round(plot.height() * ratio),
                len(self._feed.names),
                self._feed.rate,
                self._seconds,
                self._uv_per_division,
            )
            self._strip = TraceStrip(scale, self._look, ratio)
            self._strip.extend(history)
        return self._strip

    def _axis_rect(self) -> QRect:
        """Below the traces, with room for half a label at the left."""
        plot = self.plot_rect()
        left = plot.left() - HALF_LABEL
        return QRect(left, plot.bottom() + 1, plot.width() + HALF_LABEL, AXIS_HEIGHT)

    def _draw_waiting(self, painter: QPainter) -> None:
        draw_empty(painter, QRectF(self.rect()), "wave", "Waiting for EEG …", self._look)

    def _draw_names(self, painter: QPainter) -> None:
        plot = self.plot_rect()
        row = plot.height() / len(self._feed.names)
        every = max(1, math.ceil(NAME_SPACING / row))
        painter.setFont(theme.font(theme.CAPTION))
        for index in range(0, len(self._feed.names), every):
            look = self._look.trace_alternate if index % 2 else self._look.trace
            painter.setPen(QColor(look))
            place = QRectF(0, plot.top() + (index + 0.5) * row - 10, NAMES_WIDTH - theme.S, 20)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, right, self._feed.names[index])

    def _draw_axis(self, painter: QPainter, strip: TraceStrip) -> None:
        """Time since the stream began, at the lines of the grid."""
        plot = self.plot_rect()
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(QColor(self._look.muted))
        for second, distance in strip.lines():
            x = plot.right() - distance / self.devicePixelRatioF()
            place = QRectF(x - HALF_LABEL, plot.bottom() + 1, 2 * HALF_LABEL, AXIS_HEIGHT)
            if plot.left() <= x <= plot.right() - HALF_LABEL:
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, clock_text(second))

    def _draw_bar(self, painter: QPainter, scale: StripScale) -> None:
        """A bar of a round number of µV at the right of the traces."""
        plot = self.plot_rect()
        per_pixel = self._uv_per_division / (plot.height() / scale.n_channels)
        uv = round_amount(BAR_HEIGHTS[0] * per_pixel, BAR_HEIGHTS[1] * per_pixel)
        height = uv / per_pixel
        x, bottom = plot.right() + theme.M, plot.bottom() - theme.S
        painter.setPen(QPen(QColor(self._look.text), 1))
        painter.drawLine(QPointF(x, bottom), QPointF(x, bottom - height))
        for y in (bottom, bottom - height):
            painter.drawLine(QPointF(x - 3, y), QPointF(x + 3, y))
        painter.setFont(theme.font(theme.CAPTION))
        place = QRectF(x + theme.S, bottom - height, BAR_WIDTH - theme.M - theme.S, height)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, voltage_text(uv))
        painter.setPen(QColor(self._look.muted))
        unit = QRectF(plot.right() + theme.S, plot.bottom() + 1, BAR_WIDTH - theme.S, AXIS_HEIGHT)
        painter.drawText(unit, Qt.AlignmentFlag.AlignVCenter, "min:s")


def clock_text(second: float) -> str:
    """12.5 -> "0:12.5", 75 -> "1:15"."""
    minutes, rest = divmod(second, 60)
    text = f"{rest:04.1f}" if rest % 1 else f"{rest:02.0f}"
    return f"{minutes:.0f}:{text}"


def voltage_text(uv: float) -> str:
    return f"{uv:g} µV" if uv < 1000 else f"{uv / 1000:g} mV"


def round_amount(least: float, most: float) -> float:
    """The largest of 1, 2, 5, 10 … up to `most`; `most` should be 2.5 times `least` or more."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(
        step * power for step in (1.0, 2.0, 5.0) if least <= step * power <= most or step == 1
    )
