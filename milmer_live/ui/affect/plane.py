"""The plane of valence and arousal: four named quadrants, where the model is, where it was."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRadialGradient,
)
from PySide6.QtWidgets import QWidget

from milmer_live.samples import Float32, Prediction, Quadrant
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import images, theme
from milmer_live.ui.look.clipping import (
    cut_lines,
    polygon,
)
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import same_objects

AXIS_LEFT, AXIS_BOTTOM = 44, 38
EDGE = 10  # pixels that the point and its ring may stand out at the borders
POINT_RADIUS, GLOW_RADIUS = 6.0, 30.0
SMALLEST_NAME = 9  # pixels of letters
LARGEST_RING = 0.25  # of the plane's side: all four quadrants are equally likely
TRAIL_SHOWN = 40  # predictions: 20 s at a hop of 0.5 s
RING_POINTS = 181  # on paper
TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)


class AffectPlane(QWidget):
    """`painted` tells that the trail it was given is on the screen."""

    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(180, 180)
        self.setToolTip(tr("The ring is the wider, the less sure the model is"))
        self._look = theme.DARK
        self._trail: Sequence[Prediction] = ()
        self._newest: Prediction | None = None  # None too where the newest stands on nothing
        self._told = True
        self._background: tuple[object, QPixmap] | None = None
        self.sharp = False  # for a vector drawing: no pixels, no glow, no painter's clip
        self.paints = 0

    def show_trail(self, trail: Sequence[Prediction]) -> None:
        """The newest prediction last; empty before the first. Those that stand on nothing have
        no place, and the line is broken there."""
        if not same_objects(trail, self._trail):
            self._trail = trail
            self._newest = trail[-1] if trail and trail[-1].is_known else None
            self._told = False
            self.update()

    @property
    def trail(self) -> Sequence[Prediction]:
        return self._trail

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self._background = None
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(300, 300)

    def plane_rect(self) -> QRectF:
        """The square from -1 to 1 on both axes, in this widget's pixels."""
        room = QRectF(self.rect()).adjusted(AXIS_LEFT, EDGE, -EDGE, -AXIS_BOTTOM)
        side = min(room.width(), room.height())
        left = room.left() + (room.width() - side) / 2
        top = room.top() + (room.height() - side) / 2
        return QRectF(left, top, side, side)

    def place(self, valence: float, arousal: float) -> QPointF:
        plane = self.plane_rect()
        half = plane.width() / 2
        return plane.center() + QPointF(valence * half, -arousal * half)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.paints += 1
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._current_background())
            self._draw_predictions(painter)
        if not self._told:
            self._told = True
            self.painted.emit()

    def draw(self, painter: QPainter) -> None:
        """All of it, on paper."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_quadrants(painter, self._newest.quadrant if self._newest is not None else None)
        self._draw_axes(painter)
        self._draw_predictions(painter)

    def _draw_predictions(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._trail:
            self._draw_trail(painter)
        if self._newest is not None:
            self._draw_ring(painter, self._newest)
            self._draw_point(painter, self._newest)

    def _current_background(self) -> QPixmap:
        """Redrawn for a new size, theme or quadrant only."""
        quadrant = self._newest.quadrant if self._newest is not None else None
        key = (self.size(), self.devicePixelRatioF(), quadrant)
        if self._background is None or self._background[0] != key:
            pixmap = QPixmap(self.size() * self.devicePixelRatioF())
            pixmap.setDevicePixelRatio(self.devicePixelRatioF())
            pixmap.fill(QColor(self._look.card))
            with QPainter(pixmap) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self._draw_quadrants(painter, quadrant)
                self._draw_axes(painter)
            self._background = (key, pixmap)
        return self._background[1]

    def _quadrant_rect(self, quadrant: Quadrant) -> QRectF:
        plane = self.plane_rect()
        half = plane.width() / 2
        left = plane.left() + (half if quadrant.high_valence else 0)
        top = plane.top() + (0 if quadrant.high_arousal else half)
        return QRectF(left, top, half, half)

    def _draw_quadrants(self, painter: QPainter, current: Quadrant | None) -> None:
        painter.save()
        if not self.sharp:
            images.clip_rounded(painter, self.plane_rect(), theme.RADIUS)
        for quadrant in Quadrant:
            box = self._quadrant_rect(quadrant)
            strength = 0.42 if quadrant is current else 0.16
            if self.sharp:
                tint = theme.color(self._look.quadrants[quadrant], strength / 2)
                painter.fillRect(box, tint)
            else:
                painter.fillRect(box, self._glow(quadrant, strength))
        painter.restore()
        for quadrant in Quadrant:
            self._draw_name(painter, quadrant, quadrant is current)

    def _glow(self, quadrant: Quadrant, strength: float) -> QRadialGradient:
        """Out of the plane's corner."""
        plane = self.plane_rect()
        corner = QPointF(
            plane.right() if quadrant.high_valence else plane.left(),
            plane.top() if quadrant.high_arousal else plane.bottom(),
        )
        glow = QRadialGradient(corner, plane.width() / 2 * 1.35)
        tint = self._look.quadrants[quadrant]
        glow.setColorAt(0, theme.color(tint, strength))
        glow.setColorAt(1, theme.color(tint, strength * 0.2))
        return glow

    def _draw_name(self, painter: QPainter, quadrant: Quadrant, current: bool) -> None:
        """In the outer corner of the quadrant, its code below."""
        box = self._quadrant_rect(quadrant).adjusted(0, theme.S, 0, -theme.S)
        inner, outer = theme.XS, theme.S
        left, right = (inner, outer) if quadrant.high_valence else (outer, inner)
        box.adjust(left, 0, -right, 0)
        side = Qt.AlignmentFlag.AlignRight if quadrant.high_valence else Qt.AlignmentFlag.AlignLeft
        top = box.top() if quadrant.high_arousal else box.bottom() - 34
        painter.setPen(self._look.quadrant(quadrant))
        painter.setFont(self._name_font(box.width()))
        name = QRectF(box.left(), top, box.width(), 18)
        painter.drawText(name, side | Qt.TextFlag.TextDontClip, tr(theme.QUADRANT_NAMES[quadrant]))
        painter.setPen(QColor(self._look.text if current else self._look.muted))
        painter.setFont(theme.font(theme.CAPTION))
        painter.drawText(name.translated(0, 18), side, quadrant.name)

    def _name_font(self, width: float) -> QFont:
        """The largest at which the longest name of a quadrant has room: German is long."""
        names = [tr(name) for name in theme.QUADRANT_NAMES.values()]
        for size in range(theme.BODY, SMALLEST_NAME, -1):
            font = theme.font(size, bold=True)
            if max(map(QFontMetrics(font).horizontalAdvance, names)) <= width:
                return font
        return theme.font(SMALLEST_NAME, bold=True)

    def _draw_axes(self, painter: QPainter) -> None:
        plane = self.plane_rect()
        painter.setPen(QPen(QColor(self._look.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = 0 if self.sharp else theme.RADIUS
        painter.drawRoundedRect(plane, radius, radius)
        painter.setPen(QPen(theme.color(self._look.muted, 0.5), 1))
        painter.drawLine(self.place(-1, 0), self.place(1, 0))
        painter.drawLine(self.place(0, -1), self.place(0, 1))
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(QColor(self._look.muted))
        for value in TICKS:
            self._draw_tick(painter, plane, value)
        self._draw_titles(painter, plane)

    def _draw_tick(self, painter: QPainter, plane: QRectF, value: float) -> None:
        text = number(value).replace("-", "−")
        across, up = self.place(value, -1), self.place(-1, value)
        below = QRectF(across.x() - 20, plane.bottom() + 3, 40, 14)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
        beside = QRectF(plane.left() - 36, up.y() - 8, 31, 16)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(beside, right, text)

    def _draw_titles(self, painter: QPainter, plane: QRectF) -> None:
        painter.setPen(QColor(self._look.text))
        below = QRectF(plane.left(), plane.bottom() + 18, plane.width(), 18)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, tr("Valence"))
        painter.save()
        painter.translate(plane.left() - 38, plane.center().y())
        painter.rotate(-90)
        beside = QRectF(-plane.height() / 2, -8, plane.height(), 16)
        painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, tr("Arousal"))
        painter.restore()

    def _draw_trail(self, painter: QPainter) -> None:
        """Fades with age."""
        recent = self._trail[-TRAIL_SHOWN:]
        for step, (earlier, later) in enumerate(pairwise(recent)):
            if not earlier.is_known:
                continue
            opacity = (step + 1) / len(recent)
            start = self.place(earlier.valence, earlier.arousal)
            if later.is_known:
                painter.setPen(QPen(theme.color(self._look.text, 0.55 * opacity**1.5), 1.5))
                painter.drawLine(start, self.place(later.valence, later.arousal))
            painter.setPen(Qt.PenStyle.NoPen)
            tint = self._look.quadrants[earlier.quadrant]
            painter.setBrush(theme.color(tint, 0.15 + 0.75 * opacity))
            painter.drawEllipse(start, 2.6, 2.6)

    def _draw_ring(self, painter: QPainter, prediction: Prediction) -> None:
        """The wider, the less sure."""
        side = self.plane_rect().width()
        radius = POINT_RADIUS + uncertainty(prediction.probabilities) * LARGEST_RING * side
        if self.sharp:
            self._draw_cut_ring(painter, self.place(prediction.valence, prediction.arousal), radius)
            return
        painter.save()
        images.clip_rounded(painter, self.plane_rect(), theme.RADIUS)
        painter.setBrush(theme.color(self._look.text, 0.07))
        painter.setPen(QPen(theme.color(self._look.text, 0.6), 1.2, Qt.PenStyle.DashLine))
        painter.drawEllipse(self.place(prediction.valence, prediction.arousal), radius, radius)
        painter.restore()

    def _draw_cut_ring(self, painter: QPainter, center: QPointF, radius: float) -> None:
        """The ring's part inside the plane."""
        turn = np.linspace(0, 2 * np.pi, RING_POINTS)
        x, y = center.x() + radius * np.cos(turn), center.y() + radius * np.sin(turn)
        painter.setPen(QPen(theme.color(self._look.text, 0.6), 1.2, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for piece in cut_lines(x, y, self.plane_rect()):
            painter.drawPolyline(polygon(*piece))

    def _draw_halo(self, painter: QPainter, center: QPointF, tint: str) -> None:
        """Within the plane."""
        glow = QRadialGradient(center, GLOW_RADIUS)
        glow.setColorAt(0, theme.color(tint, 0.75))
        glow.setColorAt(0.35, theme.color(tint, 0.3))
        glow.setColorAt(1, theme.color(tint, 0.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(glow)
        painter.save()
        images.clip_rounded(painter, self.plane_rect(), theme.RADIUS)
        painter.drawEllipse(center, GLOW_RADIUS, GLOW_RADIUS)
        painter.restore()

    def _draw_point(self, painter: QPainter, prediction: Prediction) -> None:
        center = self.place(prediction.valence, prediction.arousal)
        tint = self._look.quadrants[prediction.quadrant]
        if not self.sharp:
            self._draw_halo(painter, center, tint)
        painter.setPen(QPen(QColor("#FFFFFF"), 2))
        painter.setBrush(QColor(tint))
        painter.drawEllipse(center, POINT_RADIUS, POINT_RADIUS)


def uncertainty(probabilities: Float32) -> float:
    """Entropy of the four (4,) as a share of its largest, from 0 (sure) to 1 (all equal)."""
    shares = np.clip(probabilities.astype(np.float64), 1e-12, 1.0)
    return float(-(shares * np.log(shares)).sum() / np.log(len(shares)))
