"""All that a user can read of a widget: what its parts hold, and what they paint themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QTableView,
    QWidget,
)

from milmer_live.ui.language import i18n


class Marked(QTranslator):
    """Puts each text of the program in « and », so that what never was translated stands out."""

    def translate(
        self,
        context: str,
        source: str,
        disambiguation: str | None = None,  # noqa: ARG002 - Qt's name
        n: int = -1,  # noqa: ARG002 - Qt's name
    ) -> str:
        """Qt's own texts stay: for them it has files of its own."""
        return f"«{source}»" if context == i18n.CONTEXT else None  # type: ignore[return-value]

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        return False


def texts(top: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Of the widget and all in it, hidden ones included."""
    for widget in (top, *top.findChildren(QWidget)):
        for text in (widget.toolTip(), widget.accessibleName(), widget.windowTitle()):
            yield widget, text
        for action in widget.actions():
            yield widget, action.text()
        for text in _held(widget):
            yield widget, text


def _held(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))
    elif isinstance(widget, QMenu):
        yield widget.title()
    elif isinstance(widget, QProgressBar):
        yield widget.text()
    elif isinstance(widget, QTableView):
        model = widget.model()
        for column in range(model.columnCount()):
            yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")


@contextmanager
def painted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is drawn with a painter meanwhile."""
    drawn: list[str] = []
    draw = QPainter.drawText

    def note(painter: QPainter, *args: object) -> object:
        drawn.extend(one for one in args if isinstance(one, str))
        return draw(painter, *args)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        patch.setattr(QPainter, "drawText", note)
        yield drawn
