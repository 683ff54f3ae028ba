"""Sessions that a crash has left, and the offer to make them whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from milmer_live.ui import theme
from milmer_live.ui.i18n import tr
from milmer_live.ui.widgets import label


class RepairDialog(QDialog):
    """`repair_asked` brings the folders; `show_result` says what came of it."""

    repair_asked = Signal(object)

    def __init__(self, folders: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Repair"))
        self.setMinimumWidth(620)
        self.folders = tuple(folders)
        self.words = label("title")
        self.hint = label("muted")
        self.hint.setWordWrap(True)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setMaximumHeight(160)
        self.repair_button = QPushButton(tr("Repair"))
        self.repair_button.setProperty("primary", True)
        self.repair_button.setDefault(True)
        self.later_button = QPushButton(tr("Later"))
        self.repair_button.clicked.connect(self._ask)
        self.later_button.clicked.connect(self.close)
        self._offer()
        self._lay_out()

    def show_result(self, lines: Sequence[str]) -> None:
        self.words.setText(tr("Repaired"))
        self.hint.setText(tr("The originals are kept beside the repaired files."))
        self.details.setPlainText("\n".join(lines))
        self.repair_button.hide()
        self.later_button.setText(tr("Close"))
        self.later_button.setEnabled(True)

    def _ask(self) -> None:
        self.words.setText(tr("Repairing …"))
        self.repair_button.setEnabled(False)
        self.later_button.setEnabled(False)
        self.repair_asked.emit(self.folders)

    def _offer(self) -> None:
        one = tr("A recording was not closed in order")
        many = tr("{n} recordings were not closed in order")
        n = len(self.folders)
        self.words.setText(one if n == 1 else many.format(n=n))
        self.hint.setText(
            tr(
                "The program or the computer ended while they were recorded. Repair keeps all that "
                "is whole, adds what is missing at the end, and keeps the originals."
            )
        )
        self.details.setPlainText("\n".join(map(str, self.folders)))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.later_button)
        buttons.addWidget(self.repair_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.XL, theme.XL, theme.L)
        column.setSpacing(theme.M)
        column.addWidget(self.words)
        column.addWidget(self.hint)
        column.addWidget(self.details)
        column.addLayout(buttons)
