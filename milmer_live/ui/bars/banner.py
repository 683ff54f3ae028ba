"""What is said across the window: an expected fault with what to do next, what went well, and
what must not be forgotten. It stands in no way, and never takes more than a few lines: of many
faults the others are reached by scrolling."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import icons, theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Bar,
    ElidedLabel,
    IconButton,
    LimitedText,
    breakable,
    label,
)

ICON, SMALL_ICON = 20, 16
CAUTION_HEIGHT = 30
NOTE_MS = 5000


class Banner(QFrame):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._is_fault = True
        self._look = theme.DARK
        self._end = QTimer(self, singleShot=True, interval=NOTE_MS)
        self._end.timeout.connect(self._end_note)
        self._icon = QLabel()
        self._message = label()
        self._hint = label("muted")
        self._said = ("", "")
        self._close = IconButton("close", tr("Hide this message"))
        self._close.clicked.connect(self.hide)
        self._words = LimitedText(self._message, self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.M, theme.S, theme.S, theme.S)
        row.setSpacing(theme.M)
        row.addWidget(self._icon)
        row.addWidget(self._words, stretch=1)
        row.addWidget(self._close)
        self.hide()

    def show_fault(self, message: str, hint: str = "") -> None:
        """An empty message hides the banner; one that was closed comes back when it changes."""
        if (message, hint) == self._said and self._is_fault:
            return
        self._said = (message, hint)
        self._is_fault = True
        self._paint_kind()
        self._message.setText(breakable(message))
        self._hint.setText(breakable(hint))
        self._hint.setVisible(bool(hint))
        self._words.verticalScrollBar().setValue(0)
        self._words.fit()
        self.setVisible(bool(message))

    def show_note(self, message: str) -> None:
        """Something that went well, where no fault stands; it goes by itself."""
        if self.isVisible() and self._is_fault:
            return
        self.show_fault(message)
        self._is_fault = False
        self._paint_kind()
        self._end.start()

    def _end_note(self) -> None:
        if not self._is_fault:
            self.hide()

    def text(self) -> str:
        return " ".join(self._said).strip()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self._close.set_theme(look)
        self._paint_kind()

    def _paint_kind(self) -> None:
        """Red with a warning where something is wrong, green with a tick where it is not."""
        look = self._look
        name, tint = ("warning", look.danger) if self._is_fault else ("check", look.ok)
        self._icon.setPixmap(icons.pixmap(name, tint, ICON))
        self.setStyleSheet(
            f"#banner {{ background: {look.card}; border: 1px solid {tint};"
            f" border-radius: {theme.RADIUS}px; }}"
        )


class CautionBar(Bar):
    """What must not be forgotten while it holds, in one line below the top bar. It cannot be
    closed; a tool tip has all of a text that is cut off."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.setFixedHeight(CAUTION_HEIGHT)
        self._said = ""
        self._icon, self._words = QLabel(), ElidedLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.L, 0, theme.L, 0)
        row.setSpacing(theme.S)
        row.addWidget(self._icon)
        row.addWidget(self._words, stretch=1)
        self.hide()

    def show_text(self, said: str) -> None:
        """A sentence of the engine; an empty one hides the bar."""
        if said != self._said:
            self._said = said
            self._words.set_text(engine_words(said))
            self.setVisible(bool(said))

    def text(self) -> str:
        return self._words.toolTip()

    def set_theme(self, look: Theme) -> None:
        self._icon.setPixmap(icons.pixmap("warning", look.warning, SMALL_ICON))
        self._words.setStyleSheet(f"color: {look.warning};")
