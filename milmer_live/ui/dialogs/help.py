"""What the keys do, made of the same list as the menu."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from milmer_live.ui.actions import Actions
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import label

COLUMNS = 2


class HelpDialog(QDialog):
    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys"))
        self.resize(1120, 720)  # German beside the keys
        self._keys: list[QWidget] = []
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self._pages(actions.groups()))
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        column.setSpacing(theme.M)
        column.addWidget(label("title", tr("Everything that has a key")))
        column.addWidget(area, stretch=1)
        mouse = tr(
            "Over the traces: wheel for µV, Ctrl + wheel for seconds, Shift + wheel to look "
            "back, click to select a channel, right click for more. Over the timeline: wheel to "
            "zoom, drag to go back, double click for live."
        )
        words = label("muted", mouse)
        words.setWordWrap(True)
        column.addWidget(words)

    def set_theme(self, look: Theme) -> None:
        for key in self._keys:
            key.setStyleSheet(
                f"background: {look.raised}; border: 1px solid {look.border};"
                f" border-radius: {theme.XS}px; padding: 1px {theme.S}px;"
            )

    def lines(self) -> list[tuple[str, str]]:
        """(key, what it does), as shown."""
        return [(str(key.property("keys")), str(key.property("words"))) for key in self._keys]

    def _pages(self, groups: dict[str, list[QAction]]) -> QWidget:
        """Columns of about the same length."""
        page = QWidget()
        row = QHBoxLayout(page)
        row.setSpacing(2 * theme.XL)
        columns = [QVBoxLayout() for _ in range(COLUMNS)]
        heights = [0] * COLUMNS
        for name, actions in groups.items():
            place = heights.index(min(heights))
            heights[place] += len(actions) + 2
            columns[place].addLayout(self._group(name, actions))
        for column in columns:
            column.setSpacing(0)  # which would be the row's: the groups have margins of their own
            column.addStretch(1)
            row.addLayout(column, stretch=1)
        return page

    def _group(self, name: str, actions: list[QAction]) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, theme.L)
        grid.setHorizontalSpacing(theme.M)
        grid.setVerticalSpacing(theme.XS)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label("muted", name), 0, 0, 1, 2)
        for row, action in enumerate(actions, start=1):
            native = QKeySequence.SequenceFormat.NativeText
            key = label("caption", action.shortcut().toString(native))
            key.setProperty("keys", action.shortcut().toString())
            key.setProperty("words", action.text())
            self._keys.append(key)
            grid.addWidget(key, row, 0)
            words = label("", action.text())
            grid.addWidget(words, row, 1)
        return grid
