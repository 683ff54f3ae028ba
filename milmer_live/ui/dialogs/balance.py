"""What came of a recording: shown when it ends, and on request while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from milmer_live.storage.session.balance import (
    Outcome,
    StreamBalance,
    short_streams,
)
from milmer_live.storage.session.card import READ_EQUAL
from milmer_live.ui.bars.stream_strip import (
    SIGNS,
    tint,
)
from milmer_live.ui.desktop import show_folder
from milmer_live.ui.dialogs.balance_table import BalanceTable
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.stream_words import Verdict
from milmer_live.ui.look import icons, theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    ElidedLabel,
    LimitedText,
    label,
)
from milmer_live.ui.state.session_state import elapsed_text

SIZE = (1120, 460)  # has room on a screen of 1280 x 800
SIGN_LARGE, SIGN_SMALL = 30, 18
MOST_LINES = 5  # of what went wrong, before it is scrolled: the table must be seen


@dataclass(frozen=True, slots=True)
class Sheet:
    """A recording as the dialog shows it. `fault` is what kept it from ending in order, `troubles`
    what the recorder met on the way, such as a disk that was full. `read_back` is empty while the
    closed file is being read, then "equal", or the difference. A file that was not closed in time
    (`is_closed`) is not read."""

    folder: Path
    balance: tuple[StreamBalance, ...]
    started_at: float
    length_s: float
    is_over: bool
    fault: str = ""
    troubles: tuple[str, ...] = ()
    read_back: str = ""
    is_closed: bool = True

    @property
    def differs(self) -> bool:
        return self.read_back not in ("", READ_EQUAL)

    @property
    def is_short(self) -> bool:
        """Something that was required is missing, or the file is not what was received."""
        return bool(self.fault or self.differs or short_streams(self.balance))

    @property
    def is_whole(self) -> bool:
        """That is known only once the file was read back."""
        return self.is_over and self.read_back == READ_EQUAL and not self.is_short

    def verdict(self) -> Verdict:
        if self.is_short:
            return Verdict.BAD if self.is_over else Verdict.WARNS
        return Verdict.GOOD if self.is_whole else Verdict.IDLE


class BalanceDialog(QDialog):
    """Takes neither the keyboard nor the screen: the window goes on meanwhile. `export_asked`
    brings the session's folder."""

    export_asked = Signal(object)

    def __init__(self, sheet: Sheet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.resize(*SIZE)
        self.sheet = sheet
        self.headline = label("large")
        self.place = ElidedLabel("muted", keeps_end=True)
        self.fault, self.troubles = label(), label()
        self.table = BalanceTable()
        self.read_back = label()
        self._wrong = LimitedText(self.fault, self.troubles, most=MOST_LINES)
        self._read = LimitedText(self.read_back, most=MOST_LINES)
        self.open_button = QPushButton(tr("Open folder"))
        self.export_button = QPushButton(tr("Export …"))
        self.close_button = QPushButton(tr("Close"))
        self._sign, self._read_sign = QLabel(), QLabel()
        self._look = theme.DARK
        self.open_button.clicked.connect(self.open_folder)
        self.export_button.clicked.connect(lambda: self.export_asked.emit(self.sheet.folder))
        self.close_button.clicked.connect(self.close)
        self._no_manager = False  # answered when the folder was to be opened
        self._lay_out()
        self.show_sheet(sheet)

    def show_sheet(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.setWindowTitle(tr("Balance of the recording"))
        self.headline.setText(headline(sheet))
        length = elapsed_text(sheet.length_s)
        self.place.set_text(f"{length} · {sheet.folder}")
        self._say(self.fault, sheet.fault)
        text = tr("No file manager answers. The folder is {path}").format(path=sheet.folder)
        unopened = (text,) if self._no_manager else ()
        self._say(self.troubles, *unopened, *(one for one in sheet.troubles if one != sheet.fault))
        self.table.show_balance(sheet.balance, sheet.started_at, is_over=sheet.is_over)
        self.read_back.setText(read_back_words(sheet))
        self._wrong.setVisible(not (self.fault.isHidden() and self.troubles.isHidden()))
        self._wrong.fit()
        self._read.fit()
        self.export_button.setEnabled(sheet.is_over)
        self._paint()

    def open_folder(self) -> None:
        """In the system's own file manager; where there is none the path can be copied."""
        self._no_manager = not show_folder(self.sheet.folder)
        self.show_sheet(self.sheet)

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.table.set_theme(look)
        self._paint()

    @staticmethod
    def _say(where: QLabel, *texts: str) -> None:
        """A line each; hidden where there is none."""
        said = [engine_words(text) for text in texts if text]
        where.setText("\n".join(said))
        where.setVisible(bool(said))

    def _paint(self) -> None:
        look, verdict = self._look, self.sheet.verdict()
        ink = tint(verdict, look)
        self.headline.setStyleSheet(f"color: {ink};")
        self._sign.setPixmap(icons.pixmap(SIGNS[verdict], ink, SIGN_LARGE))
        self.fault.setStyleSheet(f"color: {look.danger}; font-weight: bold;")
        self.troubles.setStyleSheet(f"color: {look.warning}; font-weight: bold;")
        read = self._read_verdict()
        ink = tint(read, look)
        self._read_sign.setPixmap(icons.pixmap(SIGNS[read], ink, SIGN_SMALL))
        self._read_sign.setVisible(self.sheet.is_over)
        differs = f"color: {look.danger}; font-weight: bold;" if self.sheet.differs else ""
        self.read_back.setStyleSheet(f"font-size: {theme.BUTTON}px; {differs}")

    def _read_verdict(self) -> Verdict:
        if self.sheet.differs:
            return Verdict.BAD
        return Verdict.GOOD if self.sheet.read_back else Verdict.IDLE

    def _lay_out(self) -> None:
        for words in (self.fault, self.troubles, self.read_back):
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top, below = QHBoxLayout(), QHBoxLayout()
        for row, sign in ((top, self._sign), (below, self._read_sign)):
            row.setSpacing(theme.M)
            row.addWidget(sign)
        top.addWidget(self.headline, stretch=1)
        below.addWidget(self._read, stretch=1)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.S)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.export_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        self.close_button.setProperty("primary", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        column.setSpacing(theme.M)
        column.addLayout(top)
        column.addWidget(self.place)
        column.addWidget(self._wrong)
        column.addWidget(self.table, stretch=1)
        column.addLayout(below)
        column.addLayout(buttons)


def headline(sheet: Sheet) -> str:
    """One sentence that can be read from a chair."""
    if not sheet.is_over:
        return tr("Recording …")
    if not sheet.is_short:
        return _kept_words(sheet)
    short, n = len(short_streams(sheet.balance)), len(sheet.balance)
    if not short:
        return tr("Not recorded in order")
    words = tr("Not whole: 1 of {n} streams") if short == 1 else tr("Not whole: {k} of {n} streams")
    return words.format(k=short, n=n)


def _kept_words(sheet: Sheet) -> str:
    if not sheet.read_back:
        return tr("Recorded. The file is being checked …")
    if all(one.outcome is Outcome.WHOLE for one in sheet.balance):
        return tr("Recorded whole")
    return tr("All that was required is whole")


def read_back_words(sheet: Sheet) -> str:
    """What reading the closed file has shown."""
    if not sheet.is_over:
        return ""
    if not sheet.is_closed:
        return tr("The file was not read back: it was not closed in time.")
    if not sheet.read_back:
        return tr("Reading the file back …")
    if not sheet.differs:
        return tr("Read back: the file holds exactly what this table says.")
    return tr("Read back: the file differs. {what}").format(what=sheet.read_back)
