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

from milmer_live.storage.upkeep.repair import (
    Outcome,
    Repair,
)
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.widgets import label
from milmer_live.ui.state.session_state import elapsed_text


class RepairDialog(QDialog):
    """`repair_asked` brings the folders; `show_outcomes` says what came of it."""

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

    def show_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        self.words.setText(tr("Repaired"))
        self.hint.setText(tr("The originals are kept beside the repaired files."))
        self.details.setPlainText("\n\n".join(map(outcome_words, outcomes)))
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


def outcome_words(one: Outcome) -> str:
    """The file, and what was saved and what was lost of it."""
    if one.problem:
        return f"{one.path}\n{one.problem}"
    if one.backup is None:
        said = [tr("It was whole: nothing had to be repaired.")]
    elif one.signals is None:
        said = [tr("The video is saved: {n} pictures.").format(n=one.n_frames)]
    else:
        said = [_saved_words(one.signals), _lost_words(one.signals)]
    if one.backup is not None:
        said.append(tr("The original is kept as {name}.").format(name=one.backup.name))
    return f"{one.path}\n{' '.join(said)}"


def _saved_words(report: Repair) -> str:
    length = elapsed_text(report.length_s)
    if report.until is None or not report.length_s:
        return tr("What was recorded is saved: {length}.").format(length=length)
    until = f"{report.until.astimezone():%Y-%m-%d %H:%M:%S}"
    said = tr("What was recorded until {time} is saved: {length}.")
    return said.format(time=until, length=length)


def _lost_words(report: Repair) -> str:
    if not report.dropped_bytes:
        return tr("Nothing of it is lost.")
    return tr("About {seconds} s of it were damaged and are lost.").format(
        seconds=f"{max(0.1, report.lost_s):.1f}"
    )
