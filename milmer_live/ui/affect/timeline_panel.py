"""The whole session at a glance: zoom in, go back to any minute while it goes on."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QToolButton

from milmer_live.clock import Clock
from milmer_live.live.state import EngineSnapshot
from milmer_live.ui.actions import Actions
from milmer_live.ui.affect.timeline_canvas import (
    TimelineCanvas,
    span_text,
)
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look.figure import Figure
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Panel,
    Stepper,
)
from milmer_live.ui.state.eeg_feed import EEGFeed
from milmer_live.ui.state.marker_log import MarkerLog
from milmer_live.ui.state.prediction_log import PredictionLog

SPANS_S = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
MARKERS_S = 0.25  # at most so often for markers, of which a stream may send hundreds a second
REFRESH_S = 0.5  # a prediction comes every half second, and 2 Hz of a strip is no movement


class TimelinePanel(Panel):
    """`log` is filled by the window, whether this panel is seen or not. Times are counted from
    where `feed` counts them, as those of the traces are; without EEG from the first prediction."""

    def __init__(self, log: PredictionLog, markers: MarkerLog, feed: EEGFeed, clock: Clock) -> None:
        super().__init__(tr("Timeline"))
        self.canvas = TimelineCanvas(log, markers)
        self.span_s = 60
        self.end: float | None = None  # the time at the right edge; None: now
        self._log, self._markers, self._feed, self._clock = log, markers, feed, clock
        self._shown = (-1, -1)
        self._drawn_at = -1e9
        self._span = Stepper("0:00:00", tr("time shown (wheel)"))
        self._live = QToolButton()
        self._live.setText(tr("Live"))
        self._live.clicked.connect(self.go_live)
        self._live.hide()
        self.controls.addWidget(self._live)
        self.controls.addWidget(self._span)
        self.body.addWidget(self.canvas, stretch=1)
        self._span.stepped.connect(lambda steps: self.zoom(-steps))
        self.canvas.zoomed.connect(self.zoom)
        self.canvas.dragged.connect(self.drag)
        self.canvas.live_asked.connect(self.go_live)
        self._show()

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:  # noqa: ARG002 - it has the log
        now = self._clock.now()
        judged, marked = self._shown
        marked_anew = self._markers.version != marked and now - self._drawn_at >= MARKERS_S
        changed = self._log.count != judged or marked_anew
        if changed or (self.end is None and now - self._drawn_at >= REFRESH_S):
            self._shown = (self._log.count, self._markers.version)
            self._drawn_at = now
            self._show()
            if changed:
                self.canvas.redraw()

    def zoom(self, steps: int, at: float = 1.0) -> None:
        """In (positive) or out, around the place `at` from 0 (left) to 1 (right)."""
        before, start = self.span_s, self._edge() - self.span_s
        nearest = min(range(len(SPANS_S)), key=lambda n: abs(SPANS_S[n] - before))
        self.span_s = SPANS_S[max(0, min(nearest - steps, len(SPANS_S) - 1))]
        if self.end is not None:
            self.end = start + at * before + (1 - at) * self.span_s
        self._show()

    def drag(self, share: float) -> None:
        """Earlier (negative) or later by a share of what is shown; behind now it is live."""
        now, end = self._clock.now(), self._edge() + share * self.span_s
        oldest = (self._log.start or now) + 0.2 * self.span_s
        self.end = None if end >= now else max(end, min(oldest, now))
        self._show()

    def go_live(self) -> None:
        self.end = None
        self._show()

    def add_actions(self, actions: Actions) -> None:
        group = tr("Timeline")
        for words, keys, act in (
            (tr("Closer"), "+", partial(self.zoom, 1)),
            (tr("Wider"), "-", partial(self.zoom, -1)),
            (tr("Earlier"), "PgUp", partial(self.drag, -0.5)),
            (tr("Later"), "PgDown", partial(self.drag, 0.5)),
            (tr("Timeline live again"), "Home", self.go_live),
        ):
            actions.add(group, words, keys, act, in_menu=False)

    def figure(self, look: Theme) -> Figure | None:
        if not self._log.count and not len(self._markers):
            return None
        canvas = self.canvas.copy(look)
        subtitle = span_text(self.span_s)
        return Figure(self.title, subtitle, 200, [partial(_draw_canvas, canvas)], wide=True)

    def set_theme(self, look: Theme) -> None:
        self.canvas.set_theme(look)
        self._span.set_theme(look)

    def _edge(self) -> float:
        return self.end if self.end is not None else self._clock.now()

    def _show(self) -> None:
        edge = self._edge()
        known = (one for one in (self._feed.start, self._log.start) if one is not None)
        origin = next(known, edge)
        self.canvas.show_span(edge - self.span_s, float(self.span_s), origin)
        self._span.set_value(span_text(self.span_s))
        self._live.setVisible(self.end is not None)
        self.set_subtitle("" if self.end is None else tr("looking back"))


def _draw_canvas(canvas: TimelineCanvas, painter: QPainter, size: QSizeF) -> None:
    canvas.resize(size.toSize())
    canvas.draw(painter)
