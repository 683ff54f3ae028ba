"""The streams of a session, each with its own count, in one line of the session's bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from milmer_live.ui.language.engine_words import KINDS
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.numbers import number
from milmer_live.ui.language.stream_words import (
    StreamLine,
    Verdict,
)
from milmer_live.ui.look import icons, theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    ElidedLabel,
    label,
)

HEIGHT = 24
SIGN = 14
WIDTH = 300
MOST = 5  # streams that have room at a width of 1280; the others are behind "and 3 more"
SIGNS = {Verdict.GOOD: "check", Verdict.IDLE: "minus", Verdict.WARNS: "warning"}
SIGNS[Verdict.BAD] = "close"


def tint(verdict: Verdict, look: Theme) -> str:
    return {
        Verdict.GOOD: look.ok,
        Verdict.IDLE: look.faint,
        Verdict.WARNS: look.warning,
        Verdict.BAD: look.danger,
    }[verdict]


class StreamView(QWidget):
    """A sign, the name, the count and what is wrong. Name and problem give way; the count never."""

    def __init__(self) -> None:
        super().__init__()
        self.sign = QLabel()
        self.count = label()
        self.words = ElidedLabel("muted")
        self._shown: tuple[StreamLine, Theme] | None = None
        self.setMaximumWidth(WIDTH)
        self.sign.setFixedSize(SIGN, SIGN)
        self.count.setStyleSheet("font-weight: bold;")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.S)
        row.addWidget(self.sign)
        row.addWidget(self.count)
        row.addWidget(self.words, stretch=1)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(WIDTH, HEIGHT)

    def show_line(self, line: StreamLine, look: Theme) -> None:
        if self._shown == (line, look):
            return
        self._shown = (line, look)
        ink = tint(line.verdict, look)
        self.sign.setPixmap(icons.pixmap(SIGNS[line.verdict], ink, SIGN))
        self.count.setText(number(line.count, ","))
        self.words.set_text(words_of(line))
        self.words.setStyleSheet(f"color: {ink};" if line.problem else "")
        self.setToolTip(tip_of(line))


def words_of(line: StreamLine) -> str:
    """The name first: where there is little room it is what must be read."""
    return f"{line.name} · {line.problem or tr(KINDS[line.kind])}"


def tip_of(line: StreamLine) -> str:
    problem = f" · {line.problem}" if line.problem else ""
    return f"{number(line.count, ',')}  {line.title}{problem}"


class StreamStrip(QWidget):
    """What is waited for, then each stream. Hidden while there is no stream and none is recorded: a
    recording that begins moves the panels below it once, not again when its first counts come.
    `more_button`, while it is recorded or not all have room, opens the list of all."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = ElidedLabel()
        self.views: list[StreamView] = []
        self.more_button = QToolButton()
        self._lines: tuple[StreamLine, ...] = ()
        self._is_recorded = False
        self._look = theme.DARK
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.L, 0, theme.L, theme.XS)
        self._row.setSpacing(theme.L)
        self._row.addWidget(self.waiting, stretch=3)
        self._row.addStretch(1)
        self._row.addWidget(self.more_button)
        self.more_button.setStyleSheet("min-height: 0px;")
        self.setFixedHeight(HEIGHT)
        self.waiting.hide()
        self.hide()

    def show_waiting(self, words: str) -> None:
        """The sentence before the streams; empty: none."""
        self.waiting.set_text(words)
        self.waiting.setVisible(bool(words))

    def show_lines(self, lines: Sequence[StreamLine], *, is_recorded: bool) -> None:
        """What is wrong comes first where not all have room."""
        if (tuple(lines), is_recorded) == (self._lines, self._is_recorded):
            return
        self._lines, self._is_recorded = tuple(lines), is_recorded
        self._fill()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.waiting.setStyleSheet(f"color: {look.warning}; font-weight: bold;")
        self._fill()

    def _fill(self) -> None:
        lines = self._lines
        if len(lines) > MOST:
            lines = tuple(sorted(lines, key=lambda one: not one.problem))
        seen = lines[:MOST]
        while len(self.views) < len(seen):
            self.views.append(StreamView())
            self._row.insertWidget(self._row.count() - 2, self.views[-1], stretch=2)
        for view, line in zip(self.views, seen, strict=False):
            view.show_line(line, self._look)
        for place, view in enumerate(self.views):
            view.setVisible(place < len(seen))
        self._show_more(len(lines) - len(seen))
        self.setVisible(bool(lines) or self._is_recorded)

    def _show_more(self, count: int) -> None:
        self.more_button.setVisible(self._is_recorded or count > 0)
        words = tr("and {n} more …").format(n=count) if count else tr("All streams …")
        self.more_button.setText(words)
        self.more_button.setToolTip("\n".join(map(tip_of, self._lines)))
