"""What the participant may see, on the second screen: a cross, words, or their own picture.

Never a signal, a prediction, a name or a message of the program.
"""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QScreen,
)
from PySide6.QtWidgets import QWidget

from milmer_live.live.state import EngineSnapshot
from milmer_live.samples import FrameSample
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import images, theme
from milmer_live.ui.look.widgets import live_frame

GROUND, INK = "#1E1E1E", "#D8D8D8"  # of one brightness whatever the theme: the pupil follows it
CROSS_SHARE, CROSS_WIDTH_SHARE = 0.03, 0.004  # of the screen's height
TEXT_SHARE = 0.05
WINDOWED = (960, 600)
TITLE_BAR = 36  # pixels, of a window's frame at the most
NOWHERE = QRect()


class Content(Enum):
    """CROSS to rest on; WORDS of the experimenter; MIRROR to sit down before the camera."""

    BLANK = "blank"
    CROSS = "cross"
    WORDS = "words"
    MIRROR = "mirror"


class ParticipantScreen(QWidget):
    """Full screen on another screen than the experimenter's; where there is only one, a window
    that can be moved to a projector."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.content = Content.CROSS
        self.words = ""
        self._frame: FrameSample | None = None
        self._picture = QPixmap()
        self.setWindowTitle(tr("Participant"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)  # keys stay with the window
        self.resize(*WINDOWED)

    def open_beside(self, experimenter: QScreen | None, taken: QRect = NOWHERE) -> bool:
        """Show it; whether there was a second screen to fill. Where there is only one, it stands
        below or above what is `taken` of that, if it has room there."""
        other = second_screen(experimenter)
        if other is None:
            if experimenter is not None:
                self.stand_beside(taken, experimenter.availableGeometry())
            self.show()
            return False
        self.setScreen(other)
        self.setGeometry(other.geometry())
        self.setCursor(Qt.CursorShape.BlankCursor)
        self.showFullScreen()
        return True

    def stand_beside(self, taken: QRect, screen: QRect) -> None:
        """In the corner of `screen`, as it is wherever there is no room."""
        frame = QRect(QPoint(), self.size() + QSize(0, TITLE_BAR))
        frame.moveBottomRight(screen.bottomRight())
        if frame.intersects(taken):
            frame.moveTop(screen.top())
        if screen.contains(frame) and not frame.intersects(taken):
            self.move(frame.topLeft())

    def show_content(self, content: Content, words: str = "") -> None:
        self.content, self.words = content, words
        self._frame, self._picture = None, QPixmap()
        self.update()

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:
        """Only the mirror takes anything, and of that only the picture: none where the camera
        is gone."""
        frame = live_frame(snapshot)
        if self.content is Content.MIRROR and frame is not self._frame:
            self._frame = frame
            self._picture = images.to_pixmap(frame.image) if frame is not None else QPixmap()
            self.update()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self.closed.emit()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), QColor(GROUND))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if self.content is Content.CROSS:
                self._draw_cross(painter)
            elif self.content is Content.WORDS:
                self._draw_words(painter)
            elif self.content is Content.MIRROR and not self._picture.isNull():
                self._draw_mirror(painter)

    def _draw_cross(self, painter: QPainter) -> None:
        arm, center = CROSS_SHARE * self.height(), QRectF(self.rect()).center()
        painter.setPen(QPen(QColor(INK), max(2.0, CROSS_WIDTH_SHARE * self.height())))
        painter.drawLine(center - QPointF(arm, 0), center + QPointF(arm, 0))
        painter.drawLine(center - QPointF(0, arm), center + QPointF(0, arm))

    def _draw_words(self, painter: QPainter) -> None:
        painter.setPen(QColor(INK))
        painter.setFont(theme.font(max(16, round(TEXT_SHARE * self.height()))))
        margin = 0.1 * self.width()
        room = QRectF(self.rect()).adjusted(margin, 0, -margin, 0)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self.words)

    def _draw_mirror(self, painter: QPainter) -> None:
        """Left and right swapped, as people know themselves."""
        box = images.fitted(self._picture.width(), self._picture.height(), QRectF(self.rect()))
        painter.translate(self.width(), 0)
        painter.scale(-1, 1)
        painter.drawPixmap(box, self._picture, QRectF(self._picture.rect()))


def second_screen(first: QScreen | None) -> QScreen | None:
    """A screen that is not `first`; None where there is no other."""
    return next((screen for screen in QGuiApplication.screens() if screen is not first), None)
