"""What a panel is on paper: a title, and how it is drawn into a room of any size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter

from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme

ROW_HEIGHT = 18


@dataclass(frozen=True, slots=True)
class Figure:
    """Each of `layers` draws into the rectangle from (0, 0) to a size, and nothing beyond it,
    without help of the painter's clip; later ones over the earlier. `height` is what it likes to
    have, in pixels; a wide one takes both columns."""

    title: str
    subtitle: str
    height: int
    layers: Sequence[Callable[[QPainter, QSizeF], None]]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """Of a list: `width` in pixels, 0 for what is left."""

    title: str
    width: int


def draw_list(
    painter: QPainter,
    size: QSizeF,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    look: Theme,
) -> None:
    """A heading and as many whole rows as there is room for."""
    shown = rows[: max(0, int(size.height() / ROW_HEIGHT) - 1)]
    painter.setFont(theme.font(theme.CAPTION))
    metrics = painter.fontMetrics()
    left = 0.0
    for place, column in enumerate(columns):
        width = column.width or size.width() - left
        for number, text in enumerate([column.title, *(row[place] for row in shown)]):
            painter.setPen(QColor(look.muted if number == 0 else look.text))
            room = QRectF(left, number * ROW_HEIGHT, width, ROW_HEIGHT)
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(width) - theme.S)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        left += width
