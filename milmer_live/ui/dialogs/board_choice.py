"""BrainFlow's boards to choose from: one that is chosen gives its address, ready to be changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from milmer_live.acquisition.brainflow.boards import BoardListing
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.widgets import (
    Choice,
    ElidedLabel,
)

# What BrainFlow's parameters are called.
PARAMETERS = {
    "serial_port": mark("serial port"),
    "mac_address": mark("MAC address"),
    "ip_address": mark("IP address"),
    "ip_port": mark("IP port"),
    "file": mark("file"),
    "master_board": mark("the board that recorded it"),
}


class BoardChoice(QWidget):
    """`chosen` brings the address of a board, with examples where only the user knows."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.boards = Choice()
        self.boards.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        self.boards.addItem(tr("choose a board …"))
        self.boards.setAccessibleName(tr("BrainFlow board"))
        self.says = ElidedLabel("muted")
        self._found: tuple[BoardListing, ...] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.S)
        row.addWidget(self.boards)
        row.addWidget(self.says, stretch=1)
        self.boards.activated.connect(self._tell)

    def show_boards(self, found: Sequence[BoardListing]) -> None:
        """Those that can be the EEG."""
        self._found = tuple(one for one in found if one.has_eeg)
        for one in self._found:
            self.boards.addItem(_titled(one))

    def _tell(self, index: int) -> None:
        if index == 0:
            self.says.set_text("")
            return
        board = self._found[index - 1]
        self.says.set_text(needs_of(board))
        self.chosen.emit(board.spec)


def needs_of(board: BoardListing) -> str:
    """What has to be written into its address."""
    if not board.needs:
        return tr("It is found by itself.")
    needs = ", ".join(tr(PARAMETERS[need]) for need in board.needs)
    return tr("Needs: {needs}").format(needs=needs)


def _titled(board: BoardListing) -> str:
    if not board.n_channels:
        return board.title
    facts = tr("{n} channels, {hz} Hz")
    words = facts.format(n=board.n_channels, hz=number(board.sample_rate))
    return f"{board.title} ({words})"
