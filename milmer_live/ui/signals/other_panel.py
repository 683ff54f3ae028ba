"""What is no EEG: other channels of the amplifier, and streams that are recorded beside it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSizeF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QScrollArea

from milmer_live.clock import Clock
from milmer_live.live.signal.recent_signals import SPAN_S
from milmer_live.live.state import EngineSnapshot, SourceState
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look.figure import Figure
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Panel,
    label,
)
from milmer_live.ui.signals.rows import (
    TITLE_HEIGHT,
    ShownSignals,
    SignalRows,
    draw_streams,
)
from milmer_live.ui.state.engine_controls import SignalTeller

EVERY_S = 0.08  # between two pictures: four rows of noise take 8 ms of CPU each
FIGURE_ROW = 40
GONE = (SourceState.CONNECTING, SourceState.LOST, SourceState.ENDED, SourceState.CLOSED)


class OtherSignalsPanel(Panel):
    """Draws the last ten seconds, as they were sent."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(tr("Other signals"))
        self.rows = SignalRows()
        self.nothing = label("muted")
        self._clock = clock
        self._tellers: tuple[SignalTeller, ...] = ()
        self._due = -1e9
        self._area = QScrollArea()
        self._lay_out()
        self._show(())

    def show_tellers(self, tellers: tuple[SignalTeller, ...]) -> None:
        """The streams of another engine; none where it is not there yet."""
        self._tellers, self._due = tellers, -1e9
        self._show(())

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:  # noqa: ARG002 - streams are asked
        now = self._clock.now()
        if now >= self._due:
            self._due = now + EVERY_S
            found = (_shown(one, now) for one in self._tellers)
            self._show(tuple(one for one in found if one is not None))

    def set_theme(self, look: Theme) -> None:
        self.rows.set_theme(look)

    def figure(self, look: Theme) -> Figure | None:
        streams = self.rows.streams
        if not streams:
            return None
        height = sum(TITLE_HEIGHT + FIGURE_ROW * len(one.view.rows) for one in streams)
        draw = partial(_draw_figure, streams, look)
        return Figure(self.title, self.header.subtitle.toolTip(), height, [draw], wide=True)

    def _show(self, streams: tuple[ShownSignals, ...]) -> None:
        self.rows.show_streams(streams)
        self._area.setVisible(bool(streams))
        self.nothing.setVisible(not streams)
        count = sum(len(one.view.rows) for one in streams)
        one, several = (
            tr("1 channel, unfiltered · last {seconds} s"),
            tr("{n} channels, unfiltered · last {seconds} s"),
        )
        words = one if count == 1 else several
        self.set_subtitle(words.format(n=count, seconds=f"{SPAN_S:g}") if streams else "")

    def _lay_out(self) -> None:
        self.nothing.setText(
            tr(
                "Here is what is not EEG: other channels of the amplifier, and signals that are "
                "chosen in Connect (Ctrl+O) beside it."
            )
        )
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self.rows)
        self.body.addWidget(self.nothing, stretch=1)
        self.body.addWidget(self._area, stretch=1)


def _shown(teller: SignalTeller, now: float) -> ShownSignals | None:
    """None where it has no such channels, as far as is known."""
    view = teller.recent.view(now)
    if view is None:
        return None
    state = teller.status(now).state
    word = "" if state is SourceState.LIVE else tr(state.value)
    return ShownSignals(teller.shown, view, now, word, is_gone=state in GONE)


def _draw_figure(
    streams: tuple[ShownSignals, ...], look: Theme, painter: QPainter, size: QSizeF
) -> None:
    draw_streams(painter, size, streams, look)
