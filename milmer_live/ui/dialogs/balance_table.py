"""The balance of a recording as a table: a row for each stream that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QWidget

from milmer_live.storage.session.balance import StreamBalance
from milmer_live.ui.bars.stream_strip import (
    SIGNS,
    tint,
)
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.language.numbers import number
from milmer_live.ui.language.stream_words import (
    Verdict,
    outcome_words,
    running,
    titled,
    verdict_of,
)
from milmer_live.ui.look import icons, theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import label
from milmer_live.ui.state.session_state import elapsed_text

COLUMNS = (
    mark("Stream"),
    mark("Connected"),
    mark("Received"),
    mark("Written"),
    mark("Gaps"),
    mark("What came of it"),
)
NUMBERS = (2, 3, 4)  # columns, flush right
SIGN = 18
LEAST_NAME, LEAST_WORDS = 220, 400
NONE = "–"


class BalanceTable(QScrollArea):
    """Rows are renewed in place, so that nothing flickers while a recording runs."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[BalanceRow] = []
        self._look = theme.DARK
        self._shown: tuple[StreamBalance, ...] = ()
        self._started_at, self._is_over = 0.0, False
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, theme.L, 0)
        self._grid.setHorizontalSpacing(theme.L)
        self._grid.setVerticalSpacing(theme.M)
        self._grid.setColumnStretch(1, 2)
        self._grid.setColumnStretch(len(COLUMNS), 3)
        self._grid.setColumnMinimumWidth(1, LEAST_NAME)
        self._grid.setColumnMinimumWidth(len(COLUMNS), LEAST_WORDS)
        for column, words in enumerate(COLUMNS):
            self._grid.addWidget(_cell("caption", column, tr(words)), 0, column + 1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_balance(
        self, balance: Sequence[StreamBalance], started_at: float, *, is_over: bool
    ) -> None:
        """`started_at` is when the recording began, on its clock; `is_over`: it has ended."""
        self._shown, self._started_at, self._is_over = tuple(balance), started_at, is_over
        while len(self.rows) < len(balance):
            self._add_row()
        for row, one in zip(self.rows, balance, strict=False):
            verdict, words = told(one, is_over=is_over)
            row.show_texts((*row_texts(one, started_at), words), verdict, self._look)
            row.cells[0].setToolTip("\n".join((one.asked, *one.streams)))
        for place, row in enumerate(self.rows):
            row.set_visible(place < len(balance))

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.show_balance(self._shown, self._started_at, is_over=self._is_over)

    def _add_row(self) -> None:
        row = BalanceRow()
        place = len(self.rows) + 1
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(row.sign, place, 0, top)
        for column, cell in enumerate(row.cells):
            self._grid.addWidget(cell, place, column + 1)
        self._grid.setRowStretch(place, 0)
        self._grid.setRowStretch(place + 1, 1)
        self.rows.append(row)


class BalanceRow:
    """The widgets of one stream: a sign, and a cell for each column."""

    def __init__(self) -> None:
        self.sign = QLabel()
        self.sign.setFixedSize(SIGN, SIGN + 2)
        self.cells = [_cell("", column) for column in range(len(COLUMNS))]
        for cell in (self.cells[0], self.cells[-1]):
            cell.setWordWrap(True)
        self._shown: tuple[Sequence[str], Verdict, Theme] | None = None

    @property
    def words(self) -> str:
        return self.cells[-1].text()

    def show_texts(self, texts: Sequence[str], verdict: Verdict, look: Theme) -> None:
        if self._shown == (texts, verdict, look):
            return
        self._shown = (texts, verdict, look)
        ink = tint(verdict, look)
        self.sign.setPixmap(icons.pixmap(SIGNS[verdict], ink, SIGN))
        large = f"font-size: {theme.BUTTON}px;"
        for cell, text in zip(self.cells, texts, strict=True):
            cell.setText(text)
            cell.setStyleSheet(large)
        self.cells[-1].setStyleSheet(f"{large} font-weight: bold; color: {ink};")

    def set_visible(self, visible: bool) -> None:
        for widget in (self.sign, *self.cells):
            widget.setVisible(visible)


def told(one: StreamBalance, *, is_over: bool) -> tuple[Verdict, str]:
    """How a stream does, and in words what came of it; while it is recorded, how it runs."""
    if is_over:
        return verdict_of(one), "\n".join(outcome_words(one))
    verdict, problems = running(one)
    return verdict, "\n".join(problems) or tr("runs")


def row_texts(one: StreamBalance, started_at: float) -> tuple[str, ...]:
    """What stands in each of `COLUMNS` but the last."""
    gaps = f"{number(one.gaps, ',')} · {number(one.gap_s, ',.2f')} s" if one.gaps else NONE
    return (
        titled(one.kind, one.title),
        _connected(one.connected, started_at),
        number(one.received, ","),
        number(one.written, ","),
        gaps,
    )


def _connected(at: float | None, started_at: float) -> str:
    if at is None:
        return tr("never")
    if at <= started_at:
        return tr("at the start")
    return tr("after {time}").format(time=elapsed_text(at - started_at))


def _cell(look: str, column: int, text: str = "") -> QLabel:
    made = label(look, text)
    side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    made.setAlignment(side | Qt.AlignmentFlag.AlignTop)
    return made
