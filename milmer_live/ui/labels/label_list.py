"""What was entered in this session, line by line, and the dialog that corrects a line."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from milmer_live.config import LabelRule
from milmer_live.samples import Quadrant
from milmer_live.storage.session.streams import Annotation
from milmer_live.ui.labels.scale_choice import (
    ScaleChoice,
    scale_words,
)
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    NumberField,
    number_field,
)
from milmer_live.ui.state.session_state import elapsed_text

COLUMNS = (mark("When"), mark("What"))
Index = QModelIndex | QPersistentModelIndex


def quadrant_of(annotation: Annotation) -> Quadrant | None:
    """None for what is no label, and on the border between two quadrants."""
    if annotation.valence is None or annotation.arousal is None:
        return None
    return LabelRule(at_threshold="drop").quadrant(annotation.valence, annotation.arousal)


def words_of(annotation: Annotation) -> str:
    """One line of text."""
    if annotation.kind == "note":
        return annotation.text
    if annotation.kind == "rating":
        assert annotation.value is not None
        return f"{number(annotation.value)} · {scale_words(annotation.scale)}"  # its end may be cut
    if annotation.text in Quadrant.__members__:
        return tr(theme.QUADRANT_NAMES[Quadrant[annotation.text]])
    assert annotation.valence is not None
    assert annotation.arousal is not None
    return tr("V {v} · A {a}").format(v=number(annotation.valence), a=number(annotation.arousal))


class LabelModel(QAbstractTableModel):
    """The newest on top; times since the session began."""

    def __init__(self) -> None:
        super().__init__()
        self.annotations: list[Annotation] = []
        self._origin = 0.0
        self._look = theme.DARK

    def show_annotations(self, annotations: tuple[Annotation, ...], origin: float) -> None:
        self.beginResetModel()
        self.annotations, self._origin = [*reversed(annotations)], origin
        self.endResetModel()

    def set_theme(self, look: Theme) -> None:
        self._look = look

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: ARG002, B008, N802 - Qt's
        return len(self.annotations)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: ARG002, B008, N802 - Qt's
        return len(COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        across = orientation is Qt.Orientation.Horizontal
        return tr(COLUMNS[section]) if across and role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        one = self.annotations[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.texts(one)[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 1:
            quadrant = quadrant_of(one)
            return QColor(self._look.text if quadrant is None else self._look.quadrants[quadrant])
        if role == Qt.ItemDataRole.ToolTipRole:
            return words_of(one)
        return None

    def texts(self, one: Annotation) -> tuple[str, str]:
        start, stop = (elapsed_text(time - self._origin) for time in (one.start, one.stop))
        edited = tr("corrected: ") if one.corrects else ""
        return start if one.kind == "note" else f"{start}–{stop}", f"{edited}{words_of(one)}"


class LabelList(QTableView):
    def __init__(self) -> None:
        super().__init__()
        self.rows = LabelModel()
        self.setModel(self.rows)
        self.setAccessibleName(tr("Labels of this session"))
        self.setMinimumWidth(220)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(22)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setHighlightSections(False)

    def chosen(self) -> Annotation | None:
        rows = self.selectionModel().selectedRows()
        return self.rows.annotations[rows[0].row()] if rows else None


class CorrectionDialog(QDialog):
    """Says an annotation anew; times are seconds since the session began."""

    def __init__(self, old: Annotation, origin: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Correct"))
        self._old, self._origin = old, origin
        self.start = _field(tr("From"), old.start - origin, 0, 1e6, " s", 1)
        self.stop = _field(tr("To"), old.stop - origin, 0, 1e6, " s", 1)
        self.valence = _field(tr("Valence"), old.valence or 5, 1, 9, "", 1)
        self.arousal = _field(tr("Arousal"), old.arousal or 5, 1, 9, "", 1)
        self.scale = ScaleChoice(old.scale)
        self.value = _field(tr("Value"), old.value or 0, -1000, 1000, "", 1)
        self.text = QLineEdit(old.text)
        self._lay_out()

    def changes(self) -> dict[str, object]:
        """What is different now."""
        new = self._values()
        return {name: value for name, value in new.items() if value != getattr(self._old, name)}

    def _values(self) -> dict[str, object]:
        old, origin = self._old, self._origin
        if old.kind == "note":
            return {"text": self.text.text().strip()}
        values: dict[str, object] = {
            "start": _time(self.start, old.start, origin),
            "stop": _time(self.stop, old.stop, origin),
        }
        if old.kind == "rating":
            return values | {"scale": self.scale.scale(), "value": self.value.value()}
        rated = {"valence": self.valence.value(), "arousal": self.arousal.value()}
        moved = any(value != getattr(old, name) for name, value in rated.items())
        return values | rated | ({"text": ""} if moved else {})  # a key's quadrant holds no more

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(theme.XL)
        form.setVerticalSpacing(theme.M)
        rows: dict[str, list[tuple[str, QWidget]]] = {
            "label": [(tr("Valence"), self.valence), (tr("Arousal"), self.arousal)],
            "rating": [(tr("Scale"), self.scale), (tr("Value"), self.value)],
            "note": [(tr("Note"), self.text)],
        }
        times: list[tuple[str, QWidget]] = [(tr("From"), self.start), (tr("To"), self.stop)]
        kind = self._old.kind
        for caption, field in rows[kind] + (times if kind != "note" else []):
            form.addRow(caption, field)
        buttons = QDialogButtonBox()
        keep = buttons.addButton(tr("Correct"), QDialogButtonBox.ButtonRole.AcceptRole)
        keep.setProperty("primary", True)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.XL, theme.XL, theme.L)
        column.setSpacing(theme.L)
        column.addLayout(form)
        column.addWidget(buttons)


def _field(
    name: str, value: float, least: float, most: float, unit: str, decimals: int
) -> NumberField:
    field = number_field(name, unit, least, most, decimals)
    field.setMinimumWidth(180)
    field.setValue(value)
    field.setProperty("before", field.value())
    return field


def _time(field: NumberField, before: float, origin: float) -> float:
    """`before` to the last digit where the field was not touched."""
    return before if field.value() == field.property("before") else origin + field.value()
