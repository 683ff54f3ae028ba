"""What happened, line by line: sources that came and went, labels, markers."""

from __future__ import annotations

import time as wall
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView

from milmer_live.clock import Clock
from milmer_live.live.state import EngineSnapshot
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.look import theme
from milmer_live.ui.look.figure import (
    ROW_HEIGHT,
    Column,
    Figure,
    draw_list,
)
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    IconButton,
    Panel,
)
from milmer_live.ui.signals.margins import marker_tint
from milmer_live.ui.state.marker_log import (
    Kind,
    MarkerLog,
    Noted,
)

COLUMNS = (mark("Time"), mark("Kind"), mark("What happened"))
KIND_WORDS = {
    Kind.LABEL: mark("Label"),
    Kind.MARKER: mark("Marker"),
    Kind.EVENT: mark("Event"),
}
FIGURE_ROWS = 14  # the newest, on paper
Index = QModelIndex | QPersistentModelIndex
EVERY_S = 0.25  # at most: a stream may send hundreds of markers a second


class LogModel(QAbstractTableModel):
    """The newest at the bottom. Times of day: `wall_offset_s` is what the LSL clock lacks."""

    def __init__(self, wall_offset_s: float) -> None:
        super().__init__()
        self._offset_s = wall_offset_s
        self._noted: tuple[Noted, ...] = ()
        self._look = theme.DARK

    def show_noted(self, noted: tuple[Noted, ...]) -> None:
        self.beginResetModel()
        self._noted = noted
        self.endResetModel()

    def set_theme(self, look: Theme) -> None:
        self._look = look

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: ARG002, B008, N802 - Qt's
        return len(self._noted)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: ARG002, B008, N802 - Qt's
        return len(COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        across = orientation is Qt.Orientation.Horizontal
        if across and role == Qt.ItemDataRole.DisplayRole:
            return tr(COLUMNS[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        noted = self._noted[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.texts(noted)[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            tint = self._look.text if index.column() == 2 else marker_tint(noted, self._look)
            return QColor(tint)
        return None

    def texts(self, noted: Noted) -> tuple[str, str, str]:
        moment = wall.localtime(noted.time + self._offset_s)
        return wall.strftime("%H:%M:%S", moment), tr(KIND_WORDS[noted.kind]), noted.text


class LogPanel(Panel):
    def __init__(self, markers: MarkerLog, clock: Clock) -> None:
        super().__init__(tr("Log"))
        self.model = LogModel(wall.time() - clock.now())
        self.table = QTableView()
        self._markers, self._clock = markers, clock
        self._version = -1
        self._shown_at = -1e9
        self._copy = IconButton("copy", tr("Copy the log"))
        self._copy.clicked.connect(self.copy)
        self.controls.addWidget(self._copy)
        self.body.addWidget(self.table, stretch=1)
        self._set_up_table()

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:  # noqa: ARG002 - it has the log
        now = self._clock.now()
        if self._markers.version == self._version or now - self._shown_at < EVERY_S:
            return
        self._version, self._shown_at = self._markers.version, now
        bar = self.table.verticalScrollBar()
        follows = bar.value() == bar.maximum()
        self.model.show_noted(self._markers.all())
        if follows:
            self.table.scrollToBottom()
        count = len(self._markers)
        words = tr("1 line") if count == 1 else tr("{n} lines").format(n=count)
        self.set_subtitle(words if count else "")

    def figure(self, look: Theme) -> Figure | None:
        rows = [self.model.texts(noted) for noted in self._markers.all()[-FIGURE_ROWS:]]
        columns = [
            Column(tr(title), width) for title, width in zip(COLUMNS, (70, 70, 0), strict=True)
        ]
        height = ROW_HEIGHT * (len(rows) + 1)
        draw = partial(draw_list, columns=columns, rows=rows, look=look)
        return Figure(self.title, "", height, [draw]) if rows else None

    def copy(self) -> None:
        """All of it, tab-separated."""
        lines = ["\t".join(self.model.texts(noted)) for noted in self._markers.all()]
        QApplication.clipboard().setText("\n".join(lines))

    def set_theme(self, look: Theme) -> None:
        self.model.set_theme(look)
        self._copy.set_theme(look)
        self._version, self._shown_at = -1, -1e9

    def _set_up_table(self) -> None:
        self.table.setModel(self.model)
        self.table.setAccessibleName(tr("Log"))
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(22)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.setResizeContentsPrecision(0)  # by the rows that are seen, however many there are
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setHighlightSections(False)
