"""What stands around and over the traces: names, seconds, a bar of known µV, markers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from milmer_live.processing.eeg.quality import QualityLevel
from milmer_live.ui.language.numbers import (
    in_language,
    number,
)
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.state.marker_log import (
    Kind,
    Noted,
)
from milmer_live.ui.state.signal_view import SignalView

BAR_WIDTH = 68
AXIS_HEIGHT = 22
HALF_LABEL = 24  # of a time below the traces
NAME_SPACING = 14  # pixels: the least between two names; under it, names are left out
NAMES_WIDTH = (52, 118)
DOT = 6.0
BAR_HEIGHTS = (28, 70)  # pixels: the bar is one that fits here
MARKER_HEIGHT = 15
MARKER_ROWS = 3
MARKER_WIDTH = 180
MARKER_LETTERS = 100  # more than fit into that width


@dataclass(frozen=True, slots=True)
class Channels:
    """The rows of the picture, from the top: names, and the level of those that are known."""

    names: tuple[str, ...]
    levels: Mapping[str, QualityLevel]
    view: SignalView

    def level_tint(self, name: str, look: Theme) -> str:
        """Of the dot beside the name; "" where nothing is known."""
        if name in self.view.bad:
            return look.faint
        return level_tint(self.levels.get(name), look)

    def tints(self, look: Theme) -> tuple[str, ...]:
        """Of the traces: good ones by turns in two, the others by what is wrong with them."""
        return tuple(self._tint(row, name, look) for row, name in enumerate(self.names))

    def _tint(self, row: int, name: str, look: Theme) -> str:
        if name == self.view.selected:
            return look.accent
        if name in self.view.bad:
            return look.faint
        level = self.levels.get(name, QualityLevel.GOOD)
        if level is QualityLevel.GOOD:
            return (look.trace, look.trace_alternate)[row % 2]
        return look.warning if level is QualityLevel.FAIR else look.danger


def level_tint(level: QualityLevel | None, look: Theme) -> str:
    """The one colour of a quality, wherever it is shown."""
    tints = {
        QualityLevel.GOOD: look.ok,
        QualityLevel.FAIR: look.warning,
        QualityLevel.BAD: look.danger,
    }
    return tints[level] if level is not None else ""


def names_width(names: Sequence[str]) -> int:
    """Room for the longest name, within limits."""
    metrics = QFontMetrics(theme.font(theme.CAPTION, bold=True))
    longest = max((metrics.horizontalAdvance(name) for name in names), default=0)
    return max(NAMES_WIDTH[0], min(longest + theme.S + 2 * theme.XS + int(DOT), NAMES_WIDTH[1]))


def draw_names(painter: QPainter, plot: QRect, channels: Channels, look: Theme) -> None:
    row = plot.height() / max(1, len(channels.names))
    every = max(1, math.ceil(NAME_SPACING / row))
    metrics = QFontMetrics(theme.font(theme.CAPTION, bold=True))
    for index, name in enumerate(channels.names):
        middle = plot.top() + (index + 0.5) * row
        selected = name == channels.view.selected
        if not _has_room(index, every, channels):
            continue
        painter.setFont(theme.font(theme.CAPTION, bold=selected))
        tint = look.text if selected else look.muted
        painter.setPen(QColor(look.faint if name in channels.view.bad else tint))
        width = plot.left() - theme.S - 2 * theme.XS - DOT
        place = QRectF(0, middle - NAME_SPACING / 2, width, NAME_SPACING)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(width))
        painter.drawText(place, right, text)
        _draw_dot(painter, QPointF(plot.left() - theme.S, middle), name, channels, look)


def _has_room(index: int, every: int, channels: Channels) -> bool:
    """The middle one of `every` names, but the selected one always, and then not its
    neighbours."""
    selected = channels.view.selected
    if selected in channels.names:
        distance = abs(index - channels.names.index(selected))
        if distance < every:
            return distance == 0
    return index % every == every // 2


def _draw_dot(painter: QPainter, at: QPointF, name: str, channels: Channels, look: Theme) -> None:
    """Full: the level. Crossed out: marked bad by the user."""
    tint = channels.level_tint(name, look)
    if not tint:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    half = DOT / 2
    if name in channels.view.bad:
        painter.setPen(QPen(QColor(tint), 1.5))
        painter.drawLine(at + QPointF(-half, -half), at + QPointF(half, half))
        painter.drawLine(at + QPointF(-half, half), at + QPointF(half, -half))
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tint))
        painter.drawEllipse(at, half, half)
    painter.restore()


def draw_bar(painter: QPainter, plot: QRect, uv_per_pixel: float, look: Theme) -> None:
    """A bar of a round number of µV at the right of the traces."""
    uv = round_amount(BAR_HEIGHTS[0] * uv_per_pixel, BAR_HEIGHTS[1] * uv_per_pixel)
    height = uv / uv_per_pixel
    x, bottom = plot.right() + theme.M, plot.bottom() - theme.S
    painter.setPen(QPen(QColor(look.text), 1))
    painter.drawLine(QPointF(x, bottom), QPointF(x, bottom - height))
    for y in (bottom, bottom - height):
        painter.drawLine(QPointF(x - 3, y), QPointF(x + 3, y))
    painter.setFont(theme.font(theme.CAPTION))
    place = QRectF(x + theme.S, bottom - height, BAR_WIDTH - theme.M - theme.S, height)
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, voltage_text(uv))
    painter.setPen(QColor(look.muted))
    unit = QRectF(plot.right() + theme.S, plot.bottom() + 1, BAR_WIDTH - theme.S, AXIS_HEIGHT)
    painter.drawText(unit, Qt.AlignmentFlag.AlignVCenter, "min:s")


def draw_times(
    painter: QPainter, plot: QRect, lines: Sequence[tuple[float, float]], look: Theme
) -> None:
    """Time since the stream began, at the lines of the grid: (second, pixels from the left)."""
    painter.setFont(theme.font(theme.CAPTION))
    painter.setPen(QColor(look.muted))
    for second, distance in lines:
        x = plot.left() + distance
        place = QRectF(x - HALF_LABEL, plot.bottom() + 1, 2 * HALF_LABEL, AXIS_HEIGHT)
        if plot.left() <= x <= plot.right() - HALF_LABEL:
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, clock_text(second))


def draw_markers(
    painter: QPainter, plot: QRect, placed: Sequence[tuple[float, Noted]], look: Theme
) -> None:
    """A line at each marker's time, its text at the top; close ones below one another."""
    painter.setFont(theme.font(theme.CAPTION))
    metrics = painter.fontMetrics()
    free = [float(plot.left())] * MARKER_ROWS  # from where each row of texts is free
    for distance, noted in placed:
        x = plot.left() + distance
        tint = marker_tint(noted, look)
        painter.fillRect(QRectF(x, plot.top(), 1, plot.height()), theme.color(tint, 0.8))
        row = next((row for row, start in enumerate(free) if start <= x), None)
        if row is None:
            continue
        words = noted.text[:MARKER_LETTERS]
        width = min(metrics.horizontalAdvance(words) + theme.S, MARKER_WIDTH)
        free[row] = x + width
        box = QRectF(x + 1, plot.top() + row * MARKER_HEIGHT, width, MARKER_HEIGHT - 1)
        box.setRight(min(box.right(), plot.right()))
        painter.fillRect(box, theme.color(look.card, 0.85))
        painter.setPen(QColor(tint))
        text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()) - 4)
        painter.drawText(box.adjusted(3, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)


def marker_tint(noted: Noted, look: Theme) -> str:
    """A label of a quadrant has the quadrant's colour."""
    if noted.quadrant is not None:
        return look.quadrants[noted.quadrant]
    return look.accent if noted.kind is not Kind.EVENT else look.muted


def clock_text(second: float) -> str:
    """12.5 -> "0:12.5", 75 -> "1:15"."""
    minutes, rest = divmod(second, 60)
    text = f"{rest:04.1f}" if rest % 1 else f"{rest:02.0f}"
    return f"{minutes:.0f}:{in_language(text)}"


def two_digits(value: float) -> str:
    """Of an amount; larger ones whole, and none as a power of ten."""
    return number(value, ".2g" if abs(value) < 10 else ",.0f")


def voltage_text(uv: float) -> str:
    return f"{number(uv)} µV" if uv < 1000 else f"{number(uv / 1000)} mV"


def round_amount(least: float, most: float) -> float:
    """The largest of 1, 2, 5, 10 … up to `most`; `most` should be 2.5 times `least` or more."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(
        step * power for step in (1.0, 2.0, 5.0) if least <= step * power <= most or step == 1
    )


def kiloohms(ohms: float) -> str:
    """An impedance as electrodes are spoken of."""
    return f"{ohms / 1e3:.1f} kΩ"
