"""A short tour of the window: one part after the other in the light, with a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import label

CARD_WIDTH = 400
SHADE = 0.62


@dataclass(frozen=True, slots=True)
class Stop:
    """`parts` are shown in the light; none: the card stands in the middle."""

    title: str
    words: str
    parts: tuple[QWidget, ...] = ()


class Tour(QWidget):
    """Covers `window`. `ended` comes at its end or when it is left; `demo_asked` at the last
    stop, where there is a demo to start."""

    ended = Signal()
    demo_asked = Signal()

    def __init__(self, window: QWidget, stops: Sequence[Stop], *, offers_demo: bool) -> None:
        super().__init__(window)
        self.at = 0
        self._window = window
        self._stops = stops
        self._look = theme.DARK
        self._card = QFrame(self)
        self._card.setObjectName("tour")
        self._card.setFixedWidth(CARD_WIDTH)
        self._title, self._words = label("title"), label()
        self._count = label("muted")
        self.back = QPushButton(tr("Back"))
        self.forward = QPushButton(tr("Next"))
        self.leave = QPushButton(tr("End"))
        self.demo = QPushButton(tr("Try the demo"))
        self._offers_demo = offers_demo
        self._lay_out()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        window.installEventFilter(self)
        self.setGeometry(window.rect())

    def begin(self, look: Theme) -> None:
        self._look = look
        self._card.setStyleSheet(
            f"#tour {{ background: {look.card}; border: 1px solid {look.accent};"
            f" border-radius: {theme.RADIUS}px; }}"
        )
        self.show()
        self.raise_()
        self.setFocus()
        self._show()

    def step(self, steps: int) -> None:
        """To another stop; behind the last one the tour ends."""
        if self.at + steps >= len(self._stops):
            self.end()
        else:
            self.at = max(0, self.at + steps)
            self._show()

    def end(self) -> None:
        self.hide()
        self.ended.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        keys = {Qt.Key.Key_Right: 1, Qt.Key.Key_Return: 1, Qt.Key.Key_Left: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        elif event.key() in keys:
            self.step(keys[Qt.Key(event.key())])

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """A shade with a hole where the parts are."""
        light = QRectF(self._light())
        shade = QPainterPath()
        shade.addRect(QRectF(self.rect()))
        if not light.isEmpty():
            hole = QPainterPath()
            hole.addRoundedRect(light, theme.RADIUS, theme.RADIUS)
            shade = shade.subtracted(hole)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillPath(shade, theme.color("#000000", SHADE))
            if not light.isEmpty():
                painter.setPen(QPen(QColor(self._look.accent), 2))
                painter.drawRoundedRect(light, theme.RADIUS, theme.RADIUS)

    def _show(self) -> None:
        stop = self._stops[self.at]
        is_last = self.at == len(self._stops) - 1
        self._title.setText(stop.title)
        self._words.setText(stop.words)
        self._count.setText(f"{self.at + 1} / {len(self._stops)}")
        self.back.setVisible(self.at > 0)
        self.forward.setText(tr("Done") if is_last else tr("Next"))
        self.demo.setVisible(is_last and self._offers_demo)
        self.leave.setVisible(not is_last)
        self._place()
        self.update()

    def _light(self) -> QRect:
        light = QRect()
        for part in self._stops[self.at].parts:
            if part.isVisible():
                corner = part.mapTo(self._window, QPoint(0, 0))
                light = light.united(QRect(corner, part.size()))
        return light

    def _place(self) -> None:
        """Beside what is in the light, where there is room; inside the window always."""
        self._card.adjustSize()
        light, card = self._light(), self._card.size()
        place = self.rect().center() - QPoint(card.width() // 2, card.height() // 2)
        if not light.isEmpty():
            right = light.right() + theme.L
            left = light.left() - card.width() - theme.L
            beside = right if right + card.width() < self.width() else left
            inside = light.center().x() - card.width() // 2
            x = beside if beside > 0 else inside
            y = light.top() if beside > 0 else light.bottom() + theme.L
            place = QPoint(x, y)
        x = max(theme.L, min(place.x(), self.width() - card.width() - theme.L))
        y = max(theme.L, min(place.y(), self.height() - card.height() - theme.L))
        self._card.move(x, y)

    def _lay_out(self) -> None:
        self._words.setWordWrap(True)
        self.forward.setProperty("primary", True)
        self.back.clicked.connect(lambda: self.step(-1))
        self.forward.clicked.connect(lambda: self.step(1))
        self.leave.clicked.connect(self.end)
        self.demo.clicked.connect(self._start_demo)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        for part in (self._count, self.leave):
            row.addWidget(part)
        row.addStretch(1)
        for button in (self.back, self.demo, self.forward):
            row.addWidget(button)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(theme.L, theme.L, theme.L, theme.L)
        column.setSpacing(theme.S)
        for part in (self._title, self._words):
            column.addWidget(part)
        column.addSpacing(theme.S)
        column.addLayout(row)

    def _start_demo(self) -> None:
        self.end()
        self.demo_asked.emit()
