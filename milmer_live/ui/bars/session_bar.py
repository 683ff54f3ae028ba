"""The session's bar: state, who, what is kept, where, for how long, and the button that counts."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from milmer_live.ui.bars.stream_strip import StreamStrip
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Bar,
    ElidedLabel,
    MessageLines,
    label,
)
from milmer_live.ui.state.session_choice import SessionChoice
from milmer_live.ui.state.session_state import (
    Shown,
    StateBlock,
)

HEIGHT = 56
BUTTON = (132, 44)  # at least, and exactly


class Fact(QWidget):
    """A value and its caption. Of a path the end is what tells."""

    def __init__(self, caption: str, *, is_path: bool = False) -> None:
        super().__init__()
        self.value = ElidedLabel(keeps_end=is_path)
        self.caption = label("caption", caption)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addStretch(1)
        column.addWidget(self.value)
        column.addWidget(self.caption)
        column.addStretch(1)

    def show_value(self, text: str) -> None:
        self.value.set_text(text)

    def text(self) -> str:
        return self.value.toolTip()


class SessionBar(Bar):
    """`balance_asked`: show all streams in full."""

    record_asked = Signal()
    session_asked = Signal()
    balance_asked = Signal()

    def __init__(self) -> None:
        super().__init__("bottom")
        self.state = StateBlock()
        self.participant = Fact(tr("Participant"))
        self.video = Fact(tr("Video"))
        self.folder = Fact(tr("Folder"), is_path=True)
        self.space = Fact(tr("Space left"))
        self.session_button = QPushButton(tr("Session …"))
        self.session_button.setToolTip(tr("Participant, consent and folder (Ctrl+E)"))
        self.record_button = QPushButton()
        self.record_button.setMinimumWidth(BUTTON[0])
        self.record_button.setFixedHeight(BUTTON[1])
        self.message = MessageLines()
        self.streams = StreamStrip()
        self._look = theme.DARK
        self._is_recording = self._is_busy = False
        self._waiting = ""
        self._is_bad = False
        self.session_button.clicked.connect(self.session_asked)
        self.record_button.clicked.connect(self.record_asked)
        self.streams.more_button.clicked.connect(self.balance_asked)
        self._lay_out()
        self.show_recording(False)
        self.show_message("")
        self.show_space(None, None)

    def show_choice(self, choice: SessionChoice, session: str = "") -> None:
        """`session`: the folder that is being recorded into."""
        who = f"sub-{choice.participant}" if choice.participant else tr("not chosen yet")
        self.participant.show_value(" · ".join(part for part in (who, choice.name) if part))
        self.video.show_value(choice.video_words())
        self.folder.show_value(session or str(choice.root))

    def show_folder(self, folder: Path) -> None:
        self.folder.show_value(str(folder))

    def show_space(self, free_bytes: int | None, minutes: float | None) -> None:
        """`minutes` at the rate of writing; None while that is not known."""
        if free_bytes is None:
            self.space.show_value("–")
            return
        parts = [f"{number(free_bytes / 1e9, ',.1f')} GB"]
        if minutes is not None:
            parts.insert(0, minutes_text(minutes))
        self.space.show_value(" · ".join(parts))

    def show_state(self, shown: Shown) -> None:
        self.state.show_state(shown)

    def show_recording(self, is_recording: bool, *, busy: bool = False) -> None:
        """What the button does now; `busy`: one moment please."""
        self._is_recording, self._is_busy = is_recording, busy
        self._show_button()

    def show_waiting(self, words: str) -> None:
        """Which streams that are required give nothing yet; "" when all flow. The button is amber
        meanwhile, and works."""
        if words != self._waiting:
            self._waiting = words
            self.streams.show_waiting(words)
            self._show_button()

    def _show_button(self) -> None:
        """Amber has a sign of its own, so that colour is never alone."""
        tip = tr("Record (Ctrl+R)")
        words = tr("●  Record")
        if self._is_recording:
            words, tip = tr("■  Stop"), tr("End the recording (Ctrl+R)")
        elif self._waiting:
            words = tr("▲  Record")
            tip = "\n".join((self._waiting, tr("Record (Ctrl+R) begins all the same.")))
        self.record_button.setText(words)
        self.record_button.setToolTip(tip)
        self.record_button.setEnabled(not self._is_busy)
        self.session_button.setEnabled(not self._is_recording and not self._is_busy)
        self._tint_button()

    def show_message(self, text: str, *, is_bad: bool = False) -> None:
        """Lines across the window, below all else of the bar; empty: none."""
        if (text, is_bad) == (self.message.toolTip(), self._is_bad) and text:
            return
        self._is_bad = is_bad
        self.message.set_text(text)
        self._message_row.setVisible(bool(text))
        self._tint_message()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.state.set_theme(look)
        self.streams.set_theme(look)
        self._tint_button()
        self._tint_message()

    def _tint_button(self) -> None:
        look = self._look
        ground, ink, edge = look.recording, look.on_recording, look.recording
        if self._is_recording:
            ground, ink = look.raised, look.text
        elif self._waiting:
            ground, ink, edge = look.warning, look.on_warning, look.warning
        self.record_button.setStyleSheet(
            f"QPushButton {{ background: {ground}; color: {ink}; font-size: {theme.BUTTON}px;"
            f" font-weight: bold; border: 1px solid {edge}; padding: 0px {theme.M}px;"
            f" border-radius: {theme.RADIUS_SMALL}px; }}"
            f"QPushButton:disabled {{ background: {look.raised}; color: {look.faint};"
            f" border: 1px solid {look.border}; }}"
            f"QPushButton:focus {{ border: 2px solid {look.accent}; }}"
        )

    def _tint_message(self) -> None:
        look = self._look
        ground = look.warning if self._is_bad else look.raised
        ink = look.on_warning if self._is_bad else look.text
        self._message_row.setStyleSheet(f"#message {{ background: {ground}; }}")
        self.message.setStyleSheet(f"color: {ink}; font-weight: bold;")

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, theme.L, 0)
        row.setSpacing(theme.L)
        row.addWidget(self.state)
        for fact, stretch in (
            (self.participant, 3),
            (self.video, 3),
            (self.folder, 5),
            (self.space, 3),
        ):
            row.addWidget(fact, stretch=stretch)
        row.addWidget(self.session_button)
        row.addWidget(self.record_button)
        main = QWidget()
        main.setLayout(row)
        main.setFixedHeight(HEIGHT)
        self._message_row = QWidget()
        self._message_row.setObjectName("message")
        self._message_row.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        words = QHBoxLayout(self._message_row)
        words.setContentsMargins(theme.L, theme.S, theme.L, theme.S)
        words.addWidget(self.message)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(main)
        column.addWidget(self.streams)
        column.addWidget(self._message_row)


def minutes_text(minutes: float) -> str:
    """90 -> "90 min", 600 -> "10 h"."""
    if minutes < 180:
        return tr("{n} min").format(n=number(minutes, ".0f"))
    return tr("{n} h").format(n=number(minutes / 60, ",.0f"))
