"""The traces with what stands around them. Draws; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from milmer_live.processing.channels.site_names import canonical
from milmer_live.processing.eeg.quality import (
    ChannelQuality,
    QualityLevel,
)
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.images import draw_empty
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.signals import margins as trace_margins
from milmer_live.ui.signals.margins import (
    AXIS_HEIGHT,
    BAR_WIDTH,
    HALF_LABEL,
    Channels,
    kiloohms,
)
from milmer_live.ui.signals.strip import (
    StripScale,
    TraceStrip,
)
from milmer_live.ui.state.eeg_feed import EEGFeed
from milmer_live.ui.state.marker_log import MarkerLog
from milmer_live.ui.state.signal_view import SignalView
from milmer_live.ui.state.traces import TraceHistory

WHEEL_STEP = 120


class TraceCanvas(QWidget):
    """The wheel asks for another scale, Ctrl + wheel for other seconds, Shift + wheel for
    another time; a click names the channel."""

    scale_stepped = Signal(int)
    seconds_stepped = Signal(int)
    moved = Signal(int)
    clicked = Signal(str)
    menu_asked = Signal(str, QPoint)

    def __init__(self, feed: EEGFeed, view: SignalView, markers: MarkerLog | None = None) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(260, 120)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view = view
        self.until: int | None = None  # the sample behind the last one shown; None: the newest
        self._look = theme.DARK
        self._usable = True
        self._connected = True
        self._feed = feed
        self._markers = markers if markers is not None else MarkerLog()
        self._generation = feed.generation
        self._strip: TraceStrip | None = None
        self._quality: Mapping[str, ChannelQuality] = {}
        self._ohms: Mapping[str, float] = {}
        self._marked = -1  # the version of the markers that are drawn
        self._wheel = 0
        self.sharp = False  # draw lines, for a vector drawing
        self.paints = 0

    def follow(self) -> None:
        """Draw what is new in the feed; another stream begins a new picture."""
        if self._generation != self._feed.generation:
            self._generation = self._feed.generation
            self.until = None
            self.redraw()
        history = self._feed.history
        if history is None or self._strip is None:
            return
        marked, self._marked = self._marked, self._markers.version
        if self.until is not None:
            if marked != self._marked:
                self.update(self.plot_rect())
        elif self._strip.extend(history):
            self.update(QRegion(self.plot_rect()) + QRegion(self._axis_rect()))

    def show_view(self, view: SignalView) -> None:
        if view != self.view:
            self.view = view
            self.redraw()

    def show_until(self, until: int | None) -> None:
        """Look back: the last sample shown is the one before `until`."""
        if until != self.until:
            self.until = until
            self.redraw()

    def show_quality(self, quality: Mapping[str, ChannelQuality]) -> None:
        """By name. Traces take their new colours from now on; what was drawn shows what was."""
        if quality is not self._quality:
            self._quality = quality
            if self._strip is not None:
                self._strip.tints = self._channels().tints(self._look)
            self.update(self._names_rect())

    def show_impedances(self, ohms: Sequence[tuple[str, float]]) -> None:
        """By the device's names, in ohm."""
        self._ohms = {canonical(name): value for name, value in ohms}
        self.update(self._names_rect())

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.redraw()

    def redraw(self) -> None:
        """Paint all from the history at the next chance; for a new size, scale or theme."""
        self._strip = None
        self.update()

    def plot_rect(self) -> QRect:
        """Where the traces are, in this widget's pixels."""
        left = trace_margins.names_width(self._feed.names)
        return self.rect().adjusted(left, 0, -BAR_WIDTH, -AXIS_HEIGHT)

    def channel_at(self, y: float) -> str:
        """The name of the channel whose row is at `y`; "" where there is none."""
        plot = self.plot_rect()
        names = self._channels().names
        row = int((y - plot.top()) / plot.height() * len(names)) if plot.height() else -1
        return names[row] if 0 <= row < len(names) else ""

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(720, 560)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Up: larger traces (fewer µV) or fewer seconds. Fine wheels add up to a step."""
        self._wheel += event.angleDelta().y() or event.angleDelta().x()
        steps = int(self._wheel / WHEEL_STEP)
        self._wheel -= steps * WHEEL_STEP
        keys = event.modifiers()
        if steps and keys & Qt.KeyboardModifier.ControlModifier:
            self.seconds_stepped.emit(-steps)
        elif steps and keys & Qt.KeyboardModifier.ShiftModifier:
            self.moved.emit(-steps)
        elif steps:
            self.scale_stepped.emit(-steps)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.channel_at(event.position().y()))
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        self.menu_asked.emit(self.channel_at(event.pos().y()), event.globalPos())

    def event(self, event: QEvent) -> bool:
        """A tool tip for each channel: where it comes from and what is wrong with it."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip(self.channel_at(event.pos().y())))
            return True
        return super().event(event)

    def show_connected(self, connected: bool) -> None:
        """Whether EEG is to be waited for."""
        if connected != self._connected:
            self._connected = connected
            self.update()

    def show_usable(self, usable: bool) -> None:
        """Whether the EEG that comes is in a known unit and has names."""
        if usable != self._usable:
            self._usable = usable
            self.update()

    def empty_words(self) -> str:
        """What stands where there are no traces."""
        if self._connected and not self._usable:
            return tr("This EEG can be recorded, but not shown: the status bar says why.")
        if self._connected:
            return tr("Waiting for EEG …")
        return tr("Nothing is connected. Ctrl+O connects a device, Ctrl+D starts the demo.")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        self.paints += 1
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), QColor(self._look.card))
            if self._feed.history is None:
                draw_empty(painter, QRectF(self.rect()), "wave", self.empty_words(), self._look)
                return
            strip = self._current_strip(self._feed.history)
            plot = self.plot_rect()
            strip.paint(painter, plot.left(), plot.top())
            self._draw_over(painter, plot, strip)
            if event.region().intersects(self._names_rect()):
                trace_margins.draw_names(painter, plot, self._channels(), self._look)
            if event.region().intersects(QRect(plot.right() + 2, 0, BAR_WIDTH, self.height())):
                self._draw_bar(painter, plot)

    def copy(self, look: Theme) -> TraceCanvas:
        """For paper: it stays at what is shown now, and scrolls, whatever the mode."""
        other = TraceCanvas(self._feed, replace(self.view, sweep=False), self._markers)
        other.until = self.until or self._feed.next_index
        other.sharp, other._look, other._quality = True, look, self._quality
        return other

    def draw_traces(self, painter: QPainter, rows: range) -> None:
        """Of a copy: some of them, as lines."""
        history, plot = self._feed.history, self.plot_rect()
        if history is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            strip = self._current_strip(history)
            strip.draw_lines(painter, history, plot.left(), plot.top(), rows)

    def draw_around(self, painter: QPainter) -> None:
        """Of a copy: names, times, markers and the bar, as lines and letters."""
        history, plot = self._feed.history, self.plot_rect()
        if history is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_over(painter, plot, self._current_strip(history))
        trace_margins.draw_names(painter, plot, self._channels(), self._look)
        self._draw_bar(painter, plot)

    def _draw_bar(self, painter: QPainter, plot: QRect) -> None:
        per_pixel = self.view.uv_per_division / (plot.height() / len(self._channels().names))
        trace_margins.draw_bar(painter, plot, per_pixel, self._look)

    def _draw_over(self, painter: QPainter, plot: QRect, strip: TraceStrip) -> None:
        """Times and markers, which move with the traces."""
        ratio = self.devicePixelRatioF()
        lines = [(second, place / ratio) for second, place in strip.lines()]
        trace_margins.draw_times(painter, plot, lines, self._look)
        first = strip.scale.first_sample(strip.head - strip.scale.width)
        stop = self.until or self._feed.next_index or 0
        noted = self._markers.between(self._feed.time_of(first), self._feed.time_of(stop))
        places = [(strip.place_of(self._feed.index_at(one.time)), one) for one in noted]
        placed = [(place / ratio, one) for place, one in places if place is not None]
        trace_margins.draw_markers(painter, plot, sorted(placed, key=lambda p: p[0]), self._look)

    def _channels(self) -> Channels:
        names = self._feed.names
        shown = tuple(names[place] for place in self.view.shown(names))
        levels: dict[str, QualityLevel] = {n: q.level for n, q in self._quality.items()}
        return Channels(shown, levels, self.view)

    def _current_strip(self, history: TraceHistory) -> TraceStrip:
        if self._strip is None:
            ratio = self.devicePixelRatioF()
            plot = self.plot_rect()
            shown = self.view.shown(self._feed.names)
            scale = StripScale(
                max(1, round(plot.width() * ratio)),
                max(1, round(plot.height() * ratio)),
                len(shown),
                self._feed.rate,
                self.view.seconds,
                self.view.uv_per_division,
                self.view.sweep,
            )
            tints = self._channels().tints(self._look)
            picked = shown if len(shown) < len(self._feed.names) else ()
            self._strip = TraceStrip(scale, self._look, ratio, picked, tints)
            if self.sharp:
                self._strip.stand_at(min(self.until or history.stop, history.stop))
            else:
                self._strip.extend(history, self.until)
        return self._strip

    def _names_rect(self) -> QRect:
        return QRect(0, 0, self.plot_rect().left(), self.height() - AXIS_HEIGHT)

    def _axis_rect(self) -> QRect:
        """Below the traces, with room for half a label at the left."""
        plot = self.plot_rect()
        left = plot.left() - HALF_LABEL
        return QRect(left, plot.bottom() + 1, plot.width() + HALF_LABEL, AXIS_HEIGHT)

    def _tip(self, name: str) -> str:
        if not name:
            return ""
        found, ohms = self._quality.get(name), self._ohms.get(canonical(name))
        lines = [name]
        if name in self.view.bad:
            lines.append(tr("marked bad"))
        if ohms is not None:
            lines.append(tr("impedance {value}").format(value=kiloohms(ohms)))
        reasons = found.reasons if found is not None else ()
        return "\n".join((*lines, *map(engine_words, reasons)))
