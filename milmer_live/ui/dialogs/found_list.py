"""A list of what was found, to choose one of; it stays chosen while the list is renewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from milmer_live.live.sources.discovery import Found
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme

COLUMNS = (mark("Name"), mark("What it is"), mark("Rate"), mark("Last sample"))
STALE_S = 1.0
Index = QModelIndex | QPersistentModelIndex


class FoundModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.found: tuple[Found, ...] = ()
        self._look = theme.DARK

    def show_found(self, found: tuple[Found, ...]) -> None:
        """Rows are renewed in place where the same things were found again."""
        if [one.spec for one in found] == [one.spec for one in self.found]:
            self.found = found
            if not found:
                return
            last = self.index(max(0, len(found) - 1), len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.found = found
        self.endResetModel()

    def set_theme(self, look: Theme) -> None:
        self._look = look

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: ARG002, B008, N802 - Qt's
        return len(self.found)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: ARG002, B008, N802 - Qt's
        return len(COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        across = orientation is Qt.Orientation.Horizontal
        return tr(COLUMNS[section]) if across and role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        found = self.found[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.texts(found)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return engine_words(found.problem) or f"{found.title}\n{found.spec}"
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._tint(found, index.column()))
        return None

    def texts(self, found: Found) -> tuple[str, str, str, str]:
        detail = engine_words(found.problem) or found.detail
        if found.kind == "camera":
            return found.title, detail, f"{number(found.rate_hz)} fps" if found.rate_hz else "–", ""
        rate = f"{number(found.rate_hz)} Hz" if found.rate_hz else tr("irregular")
        if found.measured_hz is not None:
            measured = number(found.measured_hz, ".1f")
            of = f"{measured} {tr('of')} {number(found.rate_hz)} Hz"
            rate = of if found.rate_hz else f"{rate}, {measured} Hz"
        age = "–"
        if found.age_s is not None:
            age = tr("{s} s ago").format(s=number(found.age_s, ".1f"))
        return found.title, detail, rate, age

    def _tint(self, found: Found, column: int) -> str:
        if column == 1:
            return self._look.danger if found.problem else self._look.muted
        late = found.age_s is not None and found.age_s > STALE_S
        return self._look.warning if column == 3 and late else self._look.text


class FoundList(QTableView):
    """`chosen` brings the address of the row that was clicked."""

    chosen = Signal(str)

    def __init__(self, name: str, *, with_ages: bool) -> None:
        super().__init__()
        self.rows = FoundModel()
        self.setModel(self.rows)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(28)
        self._set_up_header(with_ages)
        self.selectionModel().selectionChanged.connect(self._tell)

    def show_found(self, found: Sequence[Found]) -> None:
        """What is chosen stays chosen where it is still there."""
        spec = self.spec()
        self.rows.show_found(tuple(found))
        specs = [one.spec for one in found]
        if spec in specs and self.spec() != spec:
            self.selectRow(specs.index(spec))

    def spec(self) -> str:
        """The address of what is chosen; "" for nothing."""
        rows = self.selectionModel().selectedRows()
        return self.rows.found[rows[0].row()].spec if rows else ""

    def _tell(self) -> None:
        if self.spec():
            self.chosen.emit(self.spec())

    def _set_up_header(self, with_ages: bool) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        fit = QHeaderView.ResizeMode.ResizeToContents
        for column, mode in enumerate((fit, QHeaderView.ResizeMode.Stretch, fit, fit)):
            header.setSectionResizeMode(column, mode)
        self.setColumnHidden(3, not with_ages)
