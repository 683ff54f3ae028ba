"""The session as a strip: stacked probabilities, labels and markers, what the model stood on."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from milmer_live.samples import Bool, Float64, UInt8
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.clipping import polygon
from milmer_live.ui.look.images import draw_empty
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.signals.margins import (
    MARKER_HEIGHT,
    draw_markers,
)
from milmer_live.ui.state.marker_log import MarkerLog
from milmer_live.ui.state.prediction_log import (
    Columns,
    PredictionLog,
)

LEFT, RIGHT = 44, 10
MARKERS_HEIGHT = 2 * MARKER_HEIGHT
BASIS_GAP = 8
BASIS_HEIGHT = 9  # of each of the two rows that say what the model stood on
AXIS_HEIGHT = 20
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
HALF_LABEL = 20  # of a time below the plot
TICK_SPACING = 90  # pixels, at least


class TimelineCanvas(QWidget):
    """Shows [start, start + span). `zoomed` brings steps and the place of the mouse from 0 to 1,
    `dragged` a share of the span."""

    zoomed = Signal(int, float)
    dragged = Signal(float)
    live_asked = Signal()

    def __init__(self, log: PredictionLog, markers: MarkerLog) -> None:
        super().__init__()
        self.setMinimumSize(240, 90)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.paints = 0
        self._log, self._markers = log, markers
        self._look = theme.DARK
        self._start, self._span_s, self._origin = 0.0, 60.0, 0.0
        self._image: QImage | None = None
        self._has_no_camera = False  # in all that is shown
        self._pressed: QPointF | None = None

    def show_span(self, start: float, span_s: float, origin: float) -> None:
        """`origin`: the time from which the axis counts."""
        if (start, span_s, origin) != (self._start, self._span_s, self._origin):
            self._start, self._span_s, self._origin = start, span_s, origin
            self.redraw()

    def redraw(self) -> None:
        self._image = None
        self.update()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.redraw()

    def plot_rect(self) -> QRectF:
        """Where the probabilities are."""
        bottom = AXIS_HEIGHT + 2 * BASIS_HEIGHT + BASIS_GAP
        return QRectF(self.rect()).adjusted(LEFT, MARKERS_HEIGHT, -RIGHT, -bottom)

    def place(self, time: float) -> float:
        """Pixels from the left edge of the plot."""
        return (time - self._start) / self._span_s * self.plot_rect().width()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(700, 170)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        plot = self.plot_rect()
        steps = 1 if event.angleDelta().y() > 0 else -1
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or event.angleDelta().x():
            self.dragged.emit(-0.1 * (steps if event.angleDelta().y() else event.angleDelta().x()))
        else:
            self.zoomed.emit(steps, (event.position().x() - plot.left()) / plot.width())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._pressed is not None:
            moved = event.position().x() - self._pressed.x()
            self._pressed = event.position()
            self.dragged.emit(-moved / self.plot_rect().width())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.live_asked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.paints += 1
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(self._look.card))
            if not self._log.count and not len(self._markers):
                words = tr("Waiting for the first window")
                draw_empty(painter, QRectF(self.rect()), "timeline", words, self._look)
                return
            plot = self.plot_rect()
            if self._image is None:
                self._image = self._make_image(round(plot.width()), round(plot.height()))
            painter.drawImage(plot.topLeft(), self._image)
            self._draw_around(painter, plot)

    def copy(self, look: Theme) -> TimelineCanvas:
        """For paper: it stays at what is shown now."""
        other = TimelineCanvas(self._log, self._markers)
        other._look = look
        other._start, other._span_s, other._origin = self._start, self._span_s, self._origin
        return other

    def draw(self, painter: QPainter) -> None:
        """All of it as areas, lines and letters."""
        plot = self.plot_rect()
        stop = self._start + self._span_s
        columns = self._log.columns(self._start, stop, max(1, round(plot.width())))
        draw_stacked(painter, plot, columns.shares, self._look)
        for row, share in enumerate((columns.eeg, columns.faces)):
            top = plot.bottom() + BASIS_GAP + row * BASIS_HEIGHT
            room = QRectF(plot.left(), top, plot.width(), BASIS_HEIGHT - 3)
            draw_basis(painter, room, share, self._look)
        self._has_no_camera = _has_no_camera(columns)
        self._draw_around(painter, plot)

    def _draw_around(self, painter: QPainter, plot: QRectF) -> None:
        self._draw_shares(painter, plot)
        self._draw_axis(painter, plot)
        noted = self._markers.between(self._start, self._start + self._span_s)
        room = plot.adjusted(0, -MARKERS_HEIGHT, 0, 0).toRect()
        placed = [(self.place(one.time), one) for one in noted]
        draw_markers(painter, room, placed, self._look)

    def _make_image(self, width: int, height: int) -> QImage:
        columns = self._log.columns(self._start, self._start + self._span_s, max(1, width))
        tall = max(1, height) + 2 * BASIS_HEIGHT + BASIS_GAP
        pixels = _colours([self._look.card])[0] * np.ones((tall, len(columns.eeg), 1), np.uint8)
        pixels[: max(1, height)] = stacked(columns.shares, max(1, height), self._look)
        for row, share in enumerate((columns.eeg, columns.faces)):
            top = max(1, height) + BASIS_GAP + row * BASIS_HEIGHT
            pixels[top : top + BASIS_HEIGHT - 3] = basis(share, self._look)
        self._has_no_camera = _has_no_camera(columns)
        pixels = np.ascontiguousarray(pixels)
        image = QImage(
            pixels.data, pixels.shape[1], tall, 3 * pixels.shape[1], QImage.Format.Format_RGB888
        )
        return image.copy()

    def _draw_shares(self, painter: QPainter, plot: QRectF) -> None:
        """The axis at the left: probability from 0 to 1, and the names of the two rows below."""
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(QColor(self._look.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for share in (0.0, 0.5, 1.0):
            y = plot.bottom() - share * plot.height()
            box = QRectF(0, y - (12 if share == 0 else 8), LEFT - 6, 16)
            painter.drawText(box, right, f"{share:.0%}")
            line = QRectF(plot.left(), y, plot.width(), 1)
            painter.fillRect(line, theme.color(self._look.text, 0.14))
        for row, name in enumerate((tr("EEG"), tr("Face"))):
            top = plot.bottom() + BASIS_GAP + row * BASIS_HEIGHT - 4
            painter.setFont(theme.font(9))
            painter.drawText(QRectF(0, top, LEFT - 6, BASIS_HEIGHT + 4), right, name)
        if self._has_no_camera:
            room = QRectF(plot.left(), top, plot.width(), BASIS_HEIGHT + 4)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, tr("no camera"))

    def _draw_axis(self, painter: QPainter, plot: QRectF) -> None:
        step = next(
            (s for s in STEPS_S if self._span_s / s * TICK_SPACING <= plot.width()), STEPS_S[-1]
        )
        painter.setFont(theme.font(theme.CAPTION))
        first = math.ceil((self._start - self._origin) / step)
        last = math.floor((self._start + self._span_s - self._origin) / step)
        for number in range(first, last + 1):
            x = plot.left() + self.place(self._origin + number * step)
            line = QRectF(x, plot.top(), 1, plot.height())
            if line.left() >= plot.left():
                painter.fillRect(line, theme.color(self._look.text, 0.1))
            painter.setPen(QColor(self._look.muted))
            box = QRectF(x - 40, self.height() - AXIS_HEIGHT, 80, AXIS_HEIGHT)
            if plot.left() + HALF_LABEL <= x <= plot.right() - 20:
                centre = Qt.AlignmentFlag.AlignCenter
                painter.drawText(box, centre, span_text(number * step))
        unit = "h:min:s" if max(abs(first), abs(last)) * step >= 3600 else "min:s"
        painter.setPen(QColor(self._look.muted))
        painter.setFont(theme.font(9))
        place = QRectF(0, self.height() - AXIS_HEIGHT, LEFT - 6, AXIS_HEIGHT)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, right, unit)


def _has_no_camera(columns: Columns) -> bool:
    """Whether there were predictions, and for none of them a camera."""
    return bool(np.isfinite(columns.eeg).any() and np.isnan(columns.faces).all())


def stacked(shares: Float64, height: int, look: Theme) -> UInt8:
    """(height, n, 3): each column filled from the bottom by its four shares; card where NaN."""
    known = np.asarray(np.isfinite(shares).all(axis=1))
    borders = np.cumsum(np.where(known[:, np.newaxis], shares, 0.0), axis=1)  # (n, 4)
    levels = (np.arange(height)[::-1] + 0.5) / height
    which = (levels[:, np.newaxis, np.newaxis] > borders[np.newaxis, :, :3]).sum(axis=2)
    pixels = _colours(look.quadrants)[which]
    pixels[:, ~known] = _colours([look.raised])[0]
    return np.asarray(pixels, dtype=np.uint8)


def draw_stacked(painter: QPainter, plot: QRectF, shares: Float64, look: Theme) -> None:
    """What `stacked` makes, (n, 4), as one area a quadrant for each stretch that is known."""
    painter.fillRect(plot, QColor(look.raised))
    painter.setPen(Qt.PenStyle.NoPen)
    column = plot.width() / len(shares)
    known = np.isfinite(shares).all(axis=1)
    edges = np.flatnonzero(np.diff(known.astype(np.int8), prepend=0, append=0))
    for begin, end in edges.reshape(-1, 2):
        x = plot.left() + column * np.repeat(np.arange(begin, end + 1), 2)[1:-1]
        borders = np.cumsum(shares[begin:end], axis=1)
        borders = np.column_stack([np.zeros(end - begin), borders[:, :3], np.ones(end - begin)])
        y = plot.bottom() - plot.height() * np.repeat(borders, 2, axis=0)
        x, y = x[turns := _turns(y)], y[turns]
        for which, tint in enumerate(look.quadrants):
            painter.setBrush(QColor(tint))
            around = np.concatenate([y[:, which], y[::-1, which + 1]])
            painter.drawPolygon(polygon(np.concatenate([x, x[::-1]]), around))


def _turns(y: Float64) -> Bool:
    """Which points of (n, k) steps are needed: not those amid a level stretch."""
    same = (y[1:] == y[:-1]).all(axis=1)
    return np.asarray(~np.concatenate([[False], same[1:] & same[:-1], [False]]))


def draw_basis(painter: QPainter, room: QRectF, share: Float64, look: Theme) -> None:
    """What `basis` makes of (n,), as one rectangle for each stretch of a colour."""
    tints = basis(share, look)
    starts = np.flatnonzero(np.any(np.diff(tints.astype(np.int16), axis=0), axis=1)) + 1
    column = room.width() / len(share)
    for begin, end in pairwise([0, *starts.tolist(), len(share)]):
        box = QRectF(room.left() + begin * column, room.top(), 0, room.height())
        box.setWidth((end - begin) * column)
        painter.fillRect(box, QColor(*tints[begin].tolist()))


def basis(share: Float64, look: Theme) -> UInt8:
    """(n, 3): what the model had, what it lacked in part, what it lacked; card where unknown."""
    tints = _colours([look.ok, look.warning, look.danger, look.card])
    which = np.full(len(share), 3)
    known = np.isfinite(share)
    which[known] = np.where(share[known] > 0.99, 0, np.where(share[known] > 0.01, 1, 2))
    return np.asarray(tints[which], dtype=np.uint8)


def _colours(names: tuple[str, ...] | list[str]) -> UInt8:
    """(n, 3) RGB."""
    found = [QColor(name) for name in names]
    return np.array([(c.red(), c.green(), c.blue()) for c in found], dtype=np.uint8)


def span_text(second: float) -> str:
    """75 -> "1:15", 3675 -> "1:01:15"."""
    sign = "−" if second < 0 else ""
    minutes, seconds = divmod(abs(round(second)), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes}:{seconds:02d}"
    return f"{sign}{hours}:{minutes:02d}:{seconds:02d}" if hours else sign + text
