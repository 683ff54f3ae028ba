"""The EEG: traces, how they are looked at, and the filter beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint, QSignalBlocker, QSizeF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollBar, QWidget

from milmer_live.live.state import EngineSnapshot, SignalState, SourceState
from milmer_live.processing.channels.site_names import canonical
from milmer_live.processing.eeg.quality import ChannelQuality
from milmer_live.samples import MODEL_CHANNELS
from milmer_live.ui.actions import Actions
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.figure import Figure
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Chip,
    IconButton,
    Panel,
    Stepper,
    label,
    not_live,
)
from milmer_live.ui.signals.canvas import TraceCanvas
from milmer_live.ui.signals.filter_bar import FilterBar
from milmer_live.ui.signals.margins import (
    clock_text,
    voltage_text,
)
from milmer_live.ui.state.eeg_feed import EEGFeed
from milmer_live.ui.state.marker_log import MarkerLog
from milmer_live.ui.state.signal_view import SignalView
from milmer_live.ui.state.traces import TraceHistory

TENTHS = 10  # steps of the scroll bar a second
FIGURE_BLOCK = 8  # channels that are drawn in one go
FIGURE_ROW, FIGURE_HEIGHTS = 18, (240, 640)  # pixels of a channel, and of all, on paper


class SignalsPanel(Panel):
    """Draws what is in the feed. `bad_changed` brings the names of the channels marked bad."""

    bad_changed = Signal(object)
    view_changed = Signal(object)
    draws_eeg = True

    def __init__(self, feed: EEGFeed, markers: MarkerLog | None = None) -> None:
        super().__init__(tr("EEG"))
        self.view = SignalView()
        self.canvas = TraceCanvas(feed, self.view, markers)
        self.filters = FilterBar()
        self.look_back = QScrollBar(Qt.Orientation.Horizontal)
        self.state, self.behind = Chip(), Chip()
        self.origin = label("caption")  # of the channels that the device has not got
        self._signal: tuple[object, ...] = ()
        self._back = QWidget()
        self._feed = feed
        self._at = ""  # the channel that was selected last
        self._look = theme.DARK
        self._verdict: tuple[ChannelQuality, ...] = ()
        self._scale = Stepper("5 mV/div", tr("microvolts a division (wheel)"))
        self._span = Stepper("10 s/div · 60 s", tr("seconds shown (Ctrl + wheel)"))
        self._pause = IconButton("pause", tr("Pause and look back (P)"))
        self._mode = IconButton("sweep", tr("Sweep instead of scroll (W)"))
        self._lay_out()
        self._connect()
        self._show_view()

    @property
    def paused(self) -> bool:
        return self.canvas.until is not None

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:
        self._show_state(snapshot)
        self._show_signal(snapshot.signal)
        if snapshot.quality is not self._verdict and self._feed.names:
            self._verdict = snapshot.quality
            known = {canonical(one.name): one for one in snapshot.quality}
            found = ((name, known.get(canonical(name))) for name in self._feed.names)
            self.canvas.show_quality({name: one for name, one in found if one is not None})
        view, info = snapshot.eeg, snapshot.eeg_info
        self.canvas.show_usable(info is None or not info.unusable)
        if view is None or info is None:
            return
        self.canvas.follow()
        if self.paused:
            self._follow_paused()
        count = len(view.channel_names)
        shown = len(self.view.shown(view.channel_names))
        words = tr("{n} channels") if shown == count else tr("{shown} of {n} channels")
        self.set_subtitle(
            f"{info.name} · {words.format(n=count, shown=shown)} · {number(view.sample_rate)} Hz"
        )

    def set_view(self, view: SignalView) -> None:
        changed = view.bad != self.view.bad
        self.view = view
        self._show_view()
        self.view_changed.emit(view)
        if changed:
            self.bad_changed.emit(tuple(sorted(view.bad)))

    def step_scale(self, steps: int) -> None:
        self.set_view(self.view.with_scale(steps))

    def step_seconds(self, steps: int) -> None:
        self.set_view(self.view.with_seconds(steps))

    def swap_mode(self) -> None:
        self.set_view(replace(self.view, sweep=not self.view.sweep))

    def swap_pause(self) -> None:
        """Stand still where it is, or follow what is live; recording goes on either way."""
        self._look_at(None if self.paused else self._feed.next_index)

    def step_time(self, divisions: int) -> None:
        """Look at an earlier (negative) or later time; behind the newest sample it is live."""
        history = self._feed.history
        if history is not None:
            now = self.canvas.until or history.stop
            step_s = self.view.seconds / 5
            until = now + round(divisions * step_s * self._feed.rate)
            self._look_at(None if until >= history.stop else until)

    def select(self, name: str) -> None:
        """The channel that the keys mean; once more: none."""
        self._at = name
        self.set_view(replace(self.view, selected="" if name == self.view.selected else name))

    def step_channel(self, down: bool) -> None:
        """Select the next of the channels that are drawn, or the one above; the keys mean it."""
        names = self._feed.names
        drawn = [names[place] for place in self.view.shown(names)]
        if not drawn:
            return
        at = names.index(self._at) if self._at in names else (-1 if down else len(names))
        further = [name for name in drawn if (names.index(name) > at) == down and name != self._at]
        self._at = (further or drawn)[0 if down == bool(further) else -1]
        self.set_view(replace(self.view, selected=self._at))
        self.canvas.setFocus()

    def hide_selected(self) -> None:
        if self.view.selected:
            self.set_view(self.view.with_hidden(self.view.selected))

    def mark_selected(self) -> None:
        if self.view.selected:
            self.set_view(self.view.with_bad(self.view.selected))

    def show_all(self) -> None:
        self.set_view(replace(self.view, hidden=frozenset()))

    def set_bad(self, names: Iterable[str]) -> None:
        """As the engine has them; tells nobody."""
        self.view = replace(self.view, bad=frozenset(names))
        self._show_view()

    def add_actions(self, actions: Actions) -> None:
        """Its keys. Up: larger traces, with Ctrl fewer seconds, as the wheel does."""
        group, add = tr("Signals"), partial(actions.add, tr("Signals"))
        add(tr("Pause and look back"), "P", self.swap_pause)
        add(tr("Sweep or scroll"), "W", self.swap_mode)
        add(tr("Filter"), "F", lambda: self.filters.setVisible(self.filters.isHidden()))
        add(tr("Select the next channel"), ".", partial(self.step_channel, True), in_menu=False)
        add(tr("Select the channel above"), ",", partial(self.step_channel, False), in_menu=False)
        for words, keys, act in (
            (tr("Larger traces"), "Up", partial(self.step_scale, -1)),
            (tr("Smaller traces"), "Down", partial(self.step_scale, 1)),
            (tr("Fewer seconds"), "Ctrl+Up", partial(self.step_seconds, -1)),
            (tr("More seconds"), "Ctrl+Down", partial(self.step_seconds, 1)),
            (tr("Look further back"), "Left", partial(self.step_time, -1)),
            (tr("Look less far back"), "Right", partial(self.step_time, 1)),
            (tr("Back to live"), "End", lambda: self._look_at(None)),
            (tr("Hide the selected channel"), "H", self.hide_selected),
            (tr("Mark the selected channel bad or good"), "B", self.mark_selected),
            (tr("Show all channels"), "Shift+H", self.show_all),
        ):
            actions.add(group, words, keys, act, scope=self.canvas, in_menu=False)

    def figure(self, look: Theme) -> Figure | None:
        if self._feed.history is None:
            return None
        canvas = self.canvas.copy(look)
        rows = len(self.view.shown(self._feed.names))
        height = max(FIGURE_HEIGHTS[0], min(FIGURE_ROW * rows, FIGURE_HEIGHTS[1]))
        blocks = [
            range(first, min(first + FIGURE_BLOCK, rows)) for first in range(0, rows, FIGURE_BLOCK)
        ]
        layers = [partial(_draw_canvas, canvas, block) for block in (*blocks, None)]
        return Figure(self.title, self.header.subtitle.toolTip(), height, layers, wide=True)

    def set_theme(self, look: Theme) -> None:
        self._look = look
        parts = (self.canvas, self.filters, self.state, self.behind)
        for part in (*parts, self._scale, self._span, self._pause, self._mode):
            part.set_theme(look)
        self._pause.set_icon("play" if self.paused else "pause", look)

    def _look_at(self, until: int | None) -> None:
        history = self._feed.history
        if history is None:
            return
        if until is not None:
            until = max(until, self._oldest(history))
        self.canvas.show_until(until)
        self._back.setVisible(self.paused)
        self._pause.set_icon("play" if self.paused else "pause", self._look)
        self._follow_paused()

    def _follow_paused(self) -> None:
        """What is looked at may fall out of the memory: then the picture moves on with it."""
        history, until = self._feed.history, self.canvas.until
        if history is None or until is None:
            return
        per_step = self._feed.rate / TENTHS
        oldest = self._oldest(history)
        if until < oldest:
            self.canvas.show_until(oldest)
        with QSignalBlocker(self.look_back):
            self.look_back.setRange(round(oldest / per_step), round(history.stop / per_step))
            self.look_back.setPageStep(self.view.seconds * TENTHS)
            self.look_back.setSingleStep(self.view.seconds * TENTHS // 10)
            self.look_back.setValue(round(max(until, oldest) / per_step))

    def _oldest(self, history: TraceHistory) -> int:
        """The first sample after the oldest picture: a whole one, where there is that much."""
        whole = history.start + round(self.view.seconds * self._feed.rate)
        return whole if whole <= history.stop else history.start

    def _scrolled(self, value: int) -> None:
        self._look_at(round(value * self._feed.rate / TENTHS))

    def _show_state(self, snapshot: EngineSnapshot) -> None:
        lost = not_live(snapshot, "EEG")
        if lost:
            words = tr("EEG {state}").format(state=tr(lost))
            is_over = lost == SourceState.ENDED
            self.state.show_state(words, self._look.muted if is_over else self._look.danger)
        if self.canvas.until is not None and self._feed.history is not None:
            behind_s = int((self._feed.history.stop - self.canvas.until) / self._feed.rate)
            words = tr("Paused · {time} back").format(time=clock_text(behind_s))
            self.behind.show_state(words, self._look.warning)
        if not lost:
            self.state.show_state("", self._look.danger)

    def _show_signal(self, signal: SignalState | None) -> None:
        """Where the channels come from: the device, or their neighbours."""
        is_used = signal is not None and not signal.unusable
        self.filters.show_delays(signal if is_used else None)
        made_up = signal.interpolated if signal is not None else ()
        ohms = signal.impedances_ohm if signal is not None else ()
        usable = signal is None or signal.usable
        unusable = signal.unusable if signal is not None else ""
        if (made_up, ohms, usable, unusable) == self._signal:
            return
        self._signal = (made_up, ohms, usable, unusable)
        self.canvas.show_impedances(ohms)
        words = ""
        if made_up:
            names = tr("{n} of {all} channels are made from their neighbours: {names}")
            count = len(MODEL_CHANNELS)
            words = names.format(n=len(made_up), all=count, names=", ".join(made_up))
        elif unusable:
            words = engine_words(unusable)
        elif not usable:
            words = tr("Too few of the model's channels are there: it runs without EEG.")
        self.origin.setText(words)
        self.origin.setToolTip(signal.channels if signal is not None else "")
        self.origin.setVisible(bool(words))

    def _show_view(self) -> None:
        self._scale.set_value(f"{voltage_text(self.view.uv_per_division)}/div")
        self._span.set_value(f"{number(self.view.seconds / 5)} s/div · {self.view.seconds} s")
        self._mode.setChecked(self.view.sweep)
        self.canvas.show_view(self.view)

    def _ask(self, name: str, place: QPoint) -> None:
        """The menu of a channel."""
        menu = QMenu(self)
        if name:
            bad = tr("Good again") if name in self.view.bad else tr("Mark bad")
            menu.addAction(tr("Select {name}").format(name=name), lambda: self.select(name))
            menu.addAction(tr("Hide"), lambda: self.set_view(self.view.with_hidden(name)))
            menu.addAction(bad, lambda: self.set_view(self.view.with_bad(name)))
        if self.view.hidden:
            menu.addAction(tr("Show all channels"), self.show_all)
        if not menu.isEmpty():
            menu.popup(place)

    def _lay_out(self) -> None:
        self._mode.setCheckable(True)
        back = QHBoxLayout(self._back)
        back.setContentsMargins(0, 0, 0, 0)
        back.setSpacing(theme.M)
        back.addWidget(self.behind)
        back.addWidget(self.look_back, stretch=1)
        self._back.hide()
        for part in (self.state, self._scale, self._span, self._mode, self._pause):
            self.controls.addWidget(part)
        self.origin.setWordWrap(True)
        self.origin.hide()
        self.body.addWidget(self.filters)
        self.body.addWidget(self.origin)
        self.body.addWidget(self.canvas, stretch=1)
        self.body.addWidget(self._back)

    def _connect(self) -> None:
        for stepped in (self._scale.stepped, self.canvas.scale_stepped):
            stepped.connect(self.step_scale)
        for stepped in (self._span.stepped, self.canvas.seconds_stepped):
            stepped.connect(self.step_seconds)
        self._pause.clicked.connect(self.swap_pause)
        self._mode.clicked.connect(self.swap_mode)
        self.canvas.moved.connect(self.step_time)
        self.canvas.clicked.connect(self.select)
        self.canvas.menu_asked.connect(self._ask)
        self.look_back.valueChanged.connect(self._scrolled)


def _draw_canvas(canvas: TraceCanvas, rows: range | None, painter: QPainter, size: QSizeF) -> None:
    """Some of the traces; None: what stands around them."""
    if size.toSize() != canvas.size():
        canvas.resize(size.toSize())
        canvas.redraw()
    if rows is None:
        canvas.draw_around(painter)
    else:
        canvas.draw_traces(painter, rows)
