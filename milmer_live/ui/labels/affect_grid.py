"""The affect grid (Russell, Weiss and Mendelsohn 1989): 9 x 9 cells of valence and arousal."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from milmer_live.samples import Quadrant
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme

N = 9
MIDDLE = 5
CAPTION_SPACE = 16
STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
PICKS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class AffectGrid(QWidget):
    """Valence to the right, arousal up, each from 1 to 9. A click picks; so do the arrow keys
    with Enter. `picked` brings both."""

    picked = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self._look = theme.DARK
        self._hover: tuple[int, int] | None = None
        self._cursor = (MIDDLE, MIDDLE)
        self._shown: tuple[float, float] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(140, 120)
        self.setAccessibleName(tr("Affect grid: valence and arousal from 1 to 9"))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(210, 210)

    def show_label(self, valence: float | None, arousal: float | None) -> None:
        """A dot where the newest label is; None: nowhere."""
        both = valence is not None and arousal is not None
        self._shown = (valence, arousal) if both else None  # type: ignore[assignment]
        self.update()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.update()

    def cell(self, valence: float, arousal: float) -> QRectF:
        """Where that rating is painted."""
        box = self._box()
        side = box.width() / N
        left, top = box.left() + (valence - 1) * side, box.bottom() - arousal * side
        return QRectF(left, top, side, side)

    def rating_at(self, place: QPoint) -> tuple[int, int] | None:
        """Valence and arousal of the cell there, None beside the grid."""
        box = self._box()
        if not box.contains(place.toPointF()):
            return None
        side = box.width() / N
        valence = 1 + int((place.x() - box.left()) / side)
        arousal = N - int((place.y() - box.top()) / side)
        return min(valence, N), max(arousal, 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._hover = self.rating_at(event.position().toPoint())
        if self._hover is not None:
            text = tr("valence {v}, arousal {a}")
            self.setToolTip(text.format(v=self._hover[0], a=self._hover[1]))
        self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: ARG002, N802 - Qt's name
        self._hover = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        found = self.rating_at(event.position().toPoint())
        if found is not None and event.button() is Qt.MouseButton.LeftButton:
            self._cursor = found
            self.picked.emit(*found)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key = Qt.Key(event.key())
        if key in STEPS:
            across, up = STEPS[key]
            valence, arousal = self._cursor
            self._cursor = (min(max(valence + across, 1), N), min(max(arousal + up, 1), N))
            self.update()
        elif key in PICKS:
            self.picked.emit(*self._cursor)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setOpacity(1.0 if self.isEnabled() else 0.35)
            for valence in range(1, N + 1):
                for arousal in range(1, N + 1):
                    self._paint_cell(painter, valence, arousal)
            self._paint_captions(painter)
            if self._shown is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(self._look.text))
                dot = self.cell(*self._shown)
                painter.drawEllipse(dot.center(), dot.width() * 0.28, dot.width() * 0.28)

    def _paint_cell(self, painter: QPainter, valence: int, arousal: int) -> None:
        box = self.cell(valence, arousal).adjusted(0.5, 0.5, -0.5, -0.5)
        here = (valence, arousal)
        tint, strength = self._look.faint, 0.18
        if MIDDLE not in here:
            quadrant = Quadrant.of(valence > MIDDLE, arousal > MIDDLE)
            tint = self._look.quadrants[quadrant]
            strength = 0.20 + 0.11 * max(abs(valence - MIDDLE), abs(arousal - MIDDLE))
        painter.fillRect(box, theme.color(tint, min(1.0, strength + 0.3 * (here == self._hover))))
        if here == self._hover or (self.hasFocus() and here == self._cursor):
            painter.setPen(QColor(self._look.text))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)

    def _paint_captions(self, painter: QPainter) -> None:
        box = self._box()
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(QColor(self._look.muted))
        below = QRectF(box.left(), box.bottom() + 2, box.width(), CAPTION_SPACE - 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, tr("Valence →"))
        painter.save()
        painter.translate(box.left() - CAPTION_SPACE, box.bottom())
        painter.rotate(-90)
        beside = QRectF(0, 0, box.height(), CAPTION_SPACE - 2)
        painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, tr("Arousal →"))
        painter.restore()

    def _box(self) -> QRectF:
        """The square of the cells, with the captions left of it and below."""
        side = min(self.width(), self.height()) - CAPTION_SPACE
        side -= side % N
        left = CAPTION_SPACE + max(0, (self.width() - CAPTION_SPACE - side) / 2)
        top = max(0, (self.height() - CAPTION_SPACE - side) / 2)
        return QRectF(left, top, side, side)
