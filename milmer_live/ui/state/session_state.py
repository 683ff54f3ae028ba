"""The state of a session as it is read from two metres: a word, a colour, a pattern and a sign."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme

WIDTH = 330
STRIPE = 14
SIGN = 24


class SessionState(Enum):
    """FAULT: something that matters is not as it should be, whether or not it is recorded."""

    IDLE = mark("IDLE")
    LIVE = mark("LIVE")
    RECORDING = mark("REC")
    FAULT = mark("FAULT")


@dataclass(frozen=True, slots=True)
class Shown:
    """`elapsed_s` of the recording, None where nothing is recorded."""

    state: SessionState = SessionState.IDLE
    elapsed_s: float | None = None

    def words(self) -> str:
        word = tr(self.state.value)
        return word if self.elapsed_s is None else f"{word}  {elapsed_text(self.elapsed_s)}"


class StateBlock(QWidget):
    """Grey and hollow: idle. Green bar: live. All red: recording. Striped: fault, with the time
    for as long as the recording goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = Shown()
        self._look = theme.DARK
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_state(self, shown: Shown) -> None:
        if shown.words() != self.text():
            self._shown = shown
            self.setAccessibleName(shown.words())
            self.update()

    def text(self) -> str:
        return self._shown.words()

    @property
    def state(self) -> SessionState:
        return self._shown.state

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(WIDTH, 60)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = QRectF(self.rect())
            ink = self._paint_ground(painter, box)
            self._paint_sign(painter, QPointF(theme.L + SIGN / 2, box.center().y()), ink)
            words = box.adjusted(theme.L + SIGN + theme.M, 0, -theme.S, 0)
            painter.setFont(fitting_font(self.text(), words.width()))
            painter.setPen(QColor(ink))
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())

    def _paint_ground(self, painter: QPainter, box: QRectF) -> str:
        """Returns the colour of what is written on it."""
        look, state = self._look, self.state
        if state is SessionState.RECORDING:
            painter.fillRect(box, QColor(look.recording))
            return look.on_recording
        if state is SessionState.FAULT:
            painter.fillRect(box, QColor(look.warning))
            self._paint_stripes(painter, box)
            return look.on_warning
        if state is SessionState.LIVE:
            painter.fillRect(box, theme.color(look.ok, 0.14))
            painter.fillRect(QRectF(0, 0, 6, box.height()), QColor(look.ok))
            return look.ok
        painter.fillRect(box, QColor(look.raised))
        return look.muted

    def _paint_stripes(self, painter: QPainter, box: QRectF) -> None:
        """Along both edges, so that the words stay readable."""
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.on_warning))
        for top in (0.0, box.height() - 8):
            painter.setClipRect(QRectF(0, top, box.width(), 8))
            for place in range(-STRIPE, int(box.width()) + STRIPE, 2 * STRIPE):
                corners = ((0, 8), (8, 0), (8 + STRIPE, 0), (STRIPE, 8))
                painter.drawPolygon(QPolygonF([QPointF(place + x, top + y) for x, y in corners]))
        painter.restore()

    def _paint_sign(self, painter: QPainter, at: QPointF, ink: str) -> None:
        """A ring, a play triangle, a disc, or a warning triangle."""
        half = SIGN / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ink))
        if self.state is SessionState.RECORDING:
            painter.drawEllipse(at, half, half)
        elif self.state is SessionState.LIVE:
            corners = ((-half * 0.7, -half), (half, 0.0), (-half * 0.7, half))
            painter.drawPolygon(QPolygonF([at + QPointF(*corner) for corner in corners]))
        elif self.state is SessionState.FAULT:
            corners = ((0.0, -half), (half * 1.15, half * 0.9), (-half * 1.15, half * 0.9))
            painter.drawPolygon(QPolygonF([at + QPointF(*corner) for corner in corners]))
            painter.setBrush(QColor(self._look.warning))
            painter.drawRect(QRectF(at.x() - 1.5, at.y() - 4, 3, 8))
            painter.drawRect(QRectF(at.x() - 1.5, at.y() + 6, 3, 3))
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(ink))
            painter.drawEllipse(at, half * 0.8, half * 0.8)


def fitting_font(text: str, width: float) -> QFont:
    """The large one, or the largest in which `text` has room: a fault of an hour, in German."""
    font = theme.font(theme.LARGE, bold=True)
    wanted = QFontMetricsF(font).horizontalAdvance(text)
    return font if wanted <= width else theme.font(int(theme.LARGE * width / wanted), bold=True)


def elapsed_text(seconds: float) -> str:
    """5025 -> "1:23:45", 83 -> "01:23"."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
