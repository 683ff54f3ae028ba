"""Signals of any kind as lines, each in a row of its own and to its own scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from milmer_live.live.signal.recent_signals import (
    SPAN_S,
    RecentView,
)
from milmer_live.samples import Float64
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.signals.strip import fast_polygon

TITLE_HEIGHT = 22  # pixels, as all below
ROW_HEIGHTS = (34, 72)
NAME_WIDTH, NAME_SHARE = 180, 0.3  # of a row, at most
VALUE_WIDTH = 112
GRID_S = 2.0
WHOLE_BELOW = 1e9  # whole numbers are written out below this
KIND_WORDS = {
    "EEG": mark("EEG"),
    "EOG": mark("EOG"),
    "ECG": mark("ECG"),
    "EMG": mark("EMG"),
    "GSR": mark("skin conductance"),
    "PPG": mark("PPG"),
    "respiration": mark("respiration"),
    "temperature": mark("temperature"),
    "motion": mark("motion"),
    "gaze": mark("gaze"),
    "trigger": mark("trigger"),
    "counter": mark("counter"),
    "time": mark("time"),
    "battery": mark("battery"),
    "reference": mark("reference"),
    "other": mark("other signal"),
}


@dataclass(frozen=True, slots=True, eq=False)
class ShownSignals:
    """One stream at `now` (LSL clock, s). `state` is a word where it does not simply flow; one that
    `is_gone` is drawn grey."""

    name: str
    view: RecentView
    now: float
    state: str = ""
    is_gone: bool = False

    @property
    def title(self) -> str:
        """Its name, and what has to be said of it."""
        left_out = self.view.left_out
        more = tr("{n} more channels, not shown").format(n=left_out)
        return " · ".join(filter(None, (self.name, self.state, more if left_out else "")))

    def place(self, row: int) -> tuple[str, str]:
        """Name of a row's channel; its kind and unit."""
        one = self.view.rows[row]
        kind = tr(KIND_WORDS[one.kind]) if one.kind in KIND_WORDS else one.kind
        return one.name, " · ".join(filter(None, (kind, one.unit)))

    def values(self, row: int) -> tuple[str, str]:
        """The newest value (none once the stream is gone: it would look like now); the smallest
        and the largest that are drawn."""
        low, high = self.limits(row)
        drawn = f"{value_text(low)} … {value_text(high)}" if np.isfinite(low) else ""
        newest = np.nan if self.is_gone else float(self.view.newest[row])
        return value_text(newest), drawn

    def limits(self, row: int) -> tuple[float, float]:
        """NaN where nothing is drawn."""
        low = np.fmin.reduce(self.view.lows[:, row], initial=np.nan)
        high = np.fmax.reduce(self.view.highs[:, row], initial=np.nan)
        return float(low), float(high)

    def lines(self, row: int, room: QRectF) -> Iterator[tuple[Float64, Float64]]:
        """x and y (n_points,) of each stretch without a hole: two points a step, in the order in
        which the signal goes."""
        view, limits = self.view, self.limits(row)
        lows, highs = view.lows[:, row], view.highs[:, row]
        there = np.isfinite(lows)
        x = room.right() - (self.now - view.times) / SPAN_S * room.width()
        y = np.stack([_heights(lows, *limits, room), _heights(highs, *limits, room)])
        begins = there & (view.starts | ~np.r_[False, there[:-1]])
        edges = np.flatnonzero(begins)
        for begin, end in pairwise([*edges, len(there)]):
            part = slice(begin, end)
            kept = there[part]
            yield _ordered(x[part][kept], y[:, part][:, kept])


def value_text(value: float) -> str:
    """As the language writes it; a dash for no number."""
    if not np.isfinite(value):
        return "–"
    whole = value == round(value) and abs(value) < WHOLE_BELOW
    return number(value, ",.0f" if whole else ".4g")


def _heights(values: Float64, low: float, high: float, room: QRectF) -> Float64:
    """Halved first, as the span of the largest numbers is none; a level line is in the middle."""
    span = high / 2 - low / 2
    share = (values / 2 - low / 2) / span if span > 0 else np.where(np.isnan(values), values, 0.5)
    return np.asarray(room.bottom() - share * room.height(), dtype=np.float64)


def _ordered(x: Float64, y: Float64) -> tuple[Float64, Float64]:
    """`y` (2, n): the lows and the highs of the steps at `x` (n,)."""
    middle = y.mean(axis=0)
    falls = np.diff(middle, prepend=middle[:1]) > 0  # pixels go down
    first, second = np.where(falls, y[::-1], y)
    points = np.stack([first, second], axis=1).ravel()
    places = np.repeat(x, 2)
    if len(x) == 1:  # a single value is seen too
        places[1] += 1
    return places, points


class SignalRows(QWidget):
    """As high as its rows need, or as the room that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: tuple[ShownSignals, ...] = ()
        self.paints = 0
        self._look = theme.DARK

    def show_streams(self, streams: tuple[ShownSignals, ...]) -> None:
        self.streams = streams
        self.setMinimumHeight(_height(streams, ROW_HEIGHTS[0]))
        self.update()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        self.paints += 1
        with QPainter(self) as painter:
            seen = QRectF(event.rect())
            draw_streams(painter, QSizeF(self.size()), self.streams, self._look, seen)


def draw_streams(
    painter: QPainter,
    size: QSizeF,
    streams: tuple[ShownSignals, ...],
    look: Theme,
    seen: QRectF | None = None,
) -> None:
    """Each stream's title and rows, as far as they are whole in `size` and meet `seen`."""
    seen = seen or QRectF(0, 0, size.width(), size.height())
    n_rows = sum(len(one.view.rows) for one in streams)
    free = size.height() - TITLE_HEIGHT * len(streams)
    height = max(ROW_HEIGHTS[0], min(int(free / max(1, n_rows)), ROW_HEIGHTS[1]))
    top = 0.0
    for one in streams:
        tint = look.faint if one.is_gone else look.text
        title = QRectF(0, top, size.width(), TITLE_HEIGHT)
        _write(painter, title, one.title, look.warning if one.state else tint, bold=True)
        top += TITLE_HEIGHT
        for row in range(len(one.view.rows)):
            room = QRectF(0, top, size.width(), height)
            top += height
            if room.intersects(seen) and room.bottom() <= size.height() + 0.5:
                _draw_row(painter, room, one, row, look)


def _draw_row(painter: QPainter, room: QRectF, one: ShownSignals, row: int, look: Theme) -> None:
    width = min(NAME_WIDTH, NAME_SHARE * room.width())
    plot = room.adjusted(width, 3, -VALUE_WIDTH, -3)
    painter.setPen(QPen(QColor(look.grid), 1))
    for line in range(int(SPAN_S / GRID_S) + 1):
        at = plot.left() + line * GRID_S / SPAN_S * plot.width()
        painter.drawLine(QPointF(at, plot.top()), QPointF(at, plot.bottom()))
    painter.setPen(QPen(QColor(look.faint if one.is_gone else look.trace), 1))
    for x, y in one.lines(row, plot):
        painter.drawPolyline(fast_polygon(x, y))
    strong, weak = (look.faint,) * 2 if one.is_gone else (look.text, look.muted)
    half = room.height() / 2
    sides = (
        (QRectF(0, room.top(), width - theme.S, half), one.place(row), Qt.AlignmentFlag.AlignLeft),
        (
            QRectF(plot.right() + theme.S, room.top(), VALUE_WIDTH - 2 * theme.S, half),
            one.values(row),
            Qt.AlignmentFlag.AlignRight,
        ),
    )
    for box, (upper, lower), side in sides:
        _write(painter, box, upper, strong, side)
        _write(painter, box.translated(0, half), lower, weak, side)


def _write(
    painter: QPainter,
    box: QRectF,
    text: str,
    tint: str,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    *,
    bold: bool = False,
) -> None:
    painter.setFont(theme.font(theme.CAPTION, bold=bold))
    painter.setPen(QColor(tint))
    fits = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, fits)


def _height(streams: tuple[ShownSignals, ...], row: int) -> int:
    return sum(TITLE_HEIGHT + row * len(one.view.rows) for one in streams)
