"""The window: where each part stands. What the parts show comes from the bridge."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QVBoxLayout, QWidget

from milmer_live import paths
from milmer_live.clock import Clock, LSLClock
from milmer_live.config import FilterSettings
from milmer_live.errors import MilmerError
from milmer_live.live.run import (
    EngineLike,
    Launch,
    Launcher,
    OpenEngine,
    Truth,
)
from milmer_live.live.state import EngineSnapshot, EngineState
from milmer_live.ui.actions import Actions
from milmer_live.ui.affect.panel import AffectPanel
from milmer_live.ui.affect.timeline_panel import TimelinePanel
from milmer_live.ui.bars.banner import (
    Banner,
    CautionBar,
)
from milmer_live.ui.bars.status_bar import StatusBar
from milmer_live.ui.bars.top_bar import TopBar
from milmer_live.ui.bridge import (
    Bridge,
    OnPrediction,
)
from milmer_live.ui.camera.panel import CameraPanel
from milmer_live.ui.controllers.artifacts import WindowArtifacts
from milmer_live.ui.controllers.connection import WindowLaunch
from milmer_live.ui.controllers.keys import add_window_actions
from milmer_live.ui.controllers.preferences import WindowSettings
from milmer_live.ui.controllers.recording import (
    WindowSession,
    ask_user,
)
from milmer_live.ui.controllers.tools import WindowTools
from milmer_live.ui.controllers.tour import WindowTour
from milmer_live.ui.labels.log_panel import LogPanel
from milmer_live.ui.labels.panel import LabelsPanel
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.dock_area import DockArea
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Bar,
    Panel,
    Themed,
)
from milmer_live.ui.participant_screen import ParticipantScreen
from milmer_live.ui.signals.other_panel import OtherSignalsPanel
from milmer_live.ui.signals.panel import SignalsPanel
from milmer_live.ui.spectrum.maps_panel import MapsPanel
from milmer_live.ui.spectrum.panel import SpectrumPanel
from milmer_live.ui.state import files
from milmer_live.ui.state.eeg_feed import EEGFeed
from milmer_live.ui.state.engine_controls import (
    FilterControls,
    MarkerTeller,
    event_source,
    face_controls,
    filter_controls,
    side_streams,
    signal_tellers,
)
from milmer_live.ui.state.layouts import (
    Layout,
    LayoutStore,
)
from milmer_live.ui.state.marker_log import (
    MarkerLog,
)
from milmer_live.ui.state.prediction_log import PredictionLog
from milmer_live.ui.state.preferences import AppSettings

TITLE = "Milmer Live"
DEFAULT_SIZE = (1280, 800)
SMALLEST_SIZE = (1220, 704)  # what the default layout takes, full screen at 1920 x 1080 and 150 %
FRAMES_PER_SECOND = 60.0


class MainWindow(QMainWindow):
    """`open_engine` is called off the GUI thread, so the window is there before the model is.

    `truth` tells the label that holds at a time on the LSL clock, where one is known.
    `remembers`: open as it was left. Each of `close_guards` is asked before the window closes,
    and may keep it open with False; so may each of `last_guards`, once all has been stopped.
    """

    def __init__(
        self,
        open_engine: OpenEngine | None = None,
        *,
        launcher: Launcher | None = None,
        model_name: str = "",
        truth: Truth | None = None,
        on_prediction: OnPrediction | None = None,
        clock: Clock | None = None,
        settings: AppSettings | None = None,
        look: Theme = theme.DARK,
        follows_system: bool = False,
        remembers: bool = True,
    ) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.resize(*DEFAULT_SIZE)
        self.setMinimumSize(*SMALLEST_SIZE)
        self.clock = clock or LSLClock()
        self.bridge = Bridge(self.clock, on_prediction, self)
        self.feed = EEGFeed()
        self.top_bar = TopBar(model_name)
        self.banner, self.caution = Banner(), CautionBar()
        self.markers = MarkerLog()
        self.signals = SignalsPanel(self.feed, self.markers)
        self.camera = CameraPanel()
        self.affect = AffectPanel()
        self.predictions = PredictionLog()
        self.timeline = TimelinePanel(self.predictions, self.markers, self.feed, self.clock)
        self.spectrum = SpectrumPanel(self.feed, self.clock)
        self.maps = MapsPanel(self.feed, self.clock)
        self.log = LogPanel(self.markers, self.clock)
        self.labels = LabelsPanel()
        self.others = OtherSignalsPanel(self.clock)
        self.status = StatusBar()
        self.participant = ParticipantScreen()
        self._has_shown: set[str] = set()  # panels that anything of a run was shown in
        self.panels: dict[str, Panel] = {
            "signals": self.signals,
            "camera": self.camera,
            "affect": self.affect,
            "timeline": self.timeline,
            "spectrum": self.spectrum,
            "maps": self.maps,
            "log": self.log,
            "labels": self.labels,
            "others": self.others,
        }
        self.docks = DockArea(self.panels)
        self.actions_ = Actions(self)
        self.close_guards: list[Callable[[], bool]] = []
        self.last_guards: list[Callable[[], bool]] = []
        self.look = look
        self._fault = ""
        self._ends = False
        self._model_name: Callable[[], str] = lambda: ""
        self._bars = QVBoxLayout()
        self._themed: list[Themed] = [self.top_bar, self.banner, self.status]
        self._open_engine, self._truth = open_engine, truth
        self.layouts = LayoutStore(paths.config_dir() / "layouts.json", self.keep)
        self._remembers, self.follows_system = remembers, follows_system
        self._lay_out()
        self._connect()
        self.set_theme(look)
        self.top_bar.show_state(None if open_engine is not None else EngineState.IDLE)
        self.signals.canvas.show_connected(open_engine is not None)
        self._restore()
        ask = ask_user(self) if remembers else None
        self.session = WindowSession(self, self.labels, ask=ask)
        self.add_bar(self.caution)
        self.tools = WindowTools(self)
        self.artifacts = WindowArtifacts(self)
        self.tour = WindowTour(self)
        self.preferences = WindowSettings(
            self,
            settings or AppSettings(),
            paths.config_dir() / "settings.toml" if self._remembers else None,
        )
        self.launch = WindowLaunch(self, launcher) if launcher is not None else None
        self.top_bar.offer_connect(launcher is not None)
        menu = self.actions_.menu()
        menu.addSeparator()
        for more in self.tools.menus():
            menu.addMenu(more)
        self.top_bar.set_menu(menu)

    def start(self) -> None:
        """Open the engine, if one was given, and begin to show it."""
        screen = self.screen()
        rate = screen.refreshRate() if screen is not None else FRAMES_PER_SECOND
        self.bridge.start(self, min(max(rate, 30.0), 120.0))
        if self._open_engine is not None:
            self.bridge.use(self._open_engine)
        if self._remembers:
            self.session.offer_repair()

    def use_engine(
        self, open_engine: OpenEngine, model_name: str = "", truth: Truth | None = None
    ) -> None:
        """Let go of what runs and show another engine."""
        self._open_engine = open_engine
        self._truth, self._model_name = truth, lambda: model_name
        self.feed.forget()
        self.others.show_tellers(())
        if not self.session.is_recording:
            self.markers.draw_from(self.clock.now())
        self.signals.canvas.show_connected(True)
        self._fault = ""
        self.banner.show_fault("")
        self.top_bar.show_model(model_name)
        self.top_bar.show_truth(None)
        self.top_bar.show_state(None)
        self._show_nothing()
        self.bridge.use(open_engine)

    def use_launch(self, launch: Launch, words: str) -> None:
        """Start it; `words` stand for the model's name until that is known."""
        self.use_engine(launch.open_engine, words, launch.truth)
        self._model_name = launch.name

    def show_title(self, words: str) -> None:
        """What goes on, for the task bar; "" for nothing."""
        title = f"{TITLE}: {words}" if words else TITLE
        if title != self.windowTitle() and not self._ends:
            self.setWindowTitle(title)

    def add_bar(self, bar: Bar) -> None:
        """A bar of full width below the top bar, such as the session's."""
        self._bars.addWidget(bar)
        self._themed.append(bar)
        bar.set_theme(self.look)

    def bars(self) -> list[QWidget]:
        """Those that were added below the top bar."""
        found = (self._bars.itemAt(place) for place in range(self._bars.count()))
        widgets = (item.widget() for item in found if item is not None)
        return [widget for widget in widgets if widget is not None]

    def wanted_eeg(self) -> tuple[int | None, float]:
        wanted = any(panel.draws_eeg and panel.is_seen for panel in self.panels.values())
        return self.feed.next_index, self.feed.look_back_s if wanted else 0.0

    def show_snapshot(self, snapshot: EngineSnapshot, latency_s: float | None) -> None:
        if self.bridge.error is None:
            self.top_bar.show_state(snapshot.state)
            self._show_fault("" if self.session.says_faults else snapshot.fault)
        self.top_bar.show_loading(snapshot.model.loading)
        self.caution.show_text("" if self.session.is_drawn else snapshot.model.caution)
        if self._truth is not None and snapshot.prediction is not None:
            self.top_bar.show_truth(self._truth(snapshot.prediction.time))
        if snapshot.eeg is not None and self.wanted_eeg()[1]:
            self.feed.take(snapshot.eeg)
        self.markers.settle()
        self.predictions.take(snapshot.trail)
        for name, panel in self.panels.items():
            if panel.is_seen:
                self._has_shown.add(name)
                panel.show_snapshot(snapshot)
        if self.participant.isVisible():
            self.participant.show_snapshot(snapshot)
        self.session.show_snapshot(snapshot)
        self.artifacts.show_snapshot(snapshot)
        if self.launch is not None and snapshot.state is EngineState.LIVE:
            self.launch.went_live()
        self.status.show_sources(snapshot.sources, snapshot.signal)
        self.status.show_counters(snapshot.counters, latency_s)

    def _show_nothing(self) -> None:
        """Of the run before, until there is another: that may never come."""
        nothing = EngineSnapshot(EngineState.IDLE)
        for name in self._has_shown:
            self.panels[name].show_snapshot(nothing)
        self._has_shown.clear()
        self.participant.show_snapshot(nothing)
        self.status.show_sources(())
        self.status.show_counters(nothing.counters, None)

    def set_theme(self, look: Theme) -> None:
        self.look = look
        QApplication.setPalette(theme.palette(look))
        self.setStyleSheet(theme.style_sheet(look))
        open_dialogs = [one for one in self.findChildren(QDialog) if isinstance(one, Themed)]
        for part in (*self._themed, *self.panels.values(), *open_dialogs):
            part.set_theme(look)

    def swap_theme(self) -> None:
        self.set_theme(theme.LIGHT if self.look is theme.DARK else theme.DARK)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closes once the engine has let go of its devices, without blocking meanwhile."""
        if self.bridge.running:
            event.ignore()
            if all(may_close() for may_close in self.close_guards):
                if self._remembers:
                    self.layouts.keep_last(self.layout_now())
                self.participant.close()
                self.bridge.stop()
                self._retire()
                self._ends = True
        elif not all(may_go() for may_go in self.last_guards):
            event.ignore()

    def _retire(self) -> None:
        """Nothing can be begun any more, by click or key; what came of a recording can be read."""
        self.show_title(tr("stopping …"))
        for part in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if part is not self.session.balance.dialog:
                part.setEnabled(False)
        for action in self.actions():
            action.setEnabled(False)

    def layout_now(self) -> Layout:
        return Layout(self.docks.state(), bytes(self.saveGeometry().data()))

    def use_layout(self, layout: Layout) -> None:
        self.docks.restore(layout.docks)

    def reset_layout(self) -> None:
        """The default for this size of window."""
        self.docks.arrange(self.width())

    def swap_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def swap_participant_screen(self) -> None:
        if self.participant.isVisible():
            self.participant.close()
        else:
            bar = self.session.bar
            taken = QRect(bar.mapToGlobal(QPoint()), bar.size())
            self.participant.open_beside(self.screen(), taken)

    def _connect(self) -> None:
        self.affect.painted.connect(self.bridge.painted)
        self.bridge.failed.connect(self._show_failure)
        self.bridge.on_open.append(self._hear)
        self.bridge.started.connect(self._engine_started)
        self.signals.filters.changed.connect(self._change_filters)
        self.signals.view_changed.connect(self.spectrum.show_view)
        self.signals.view_changed.connect(self.maps.show_view)
        self.camera.picture.face_clicked.connect(self._choose_face)
        self.signals.bad_changed.connect(self._mark_bad)
        self.bridge.stopped.connect(self.close)
        self.top_bar.theme_asked.connect(self.swap_theme)
        add_window_actions(self)
        QApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    def _engine_started(self) -> None:
        """Ask the new engine what it filters by, for its model's name and its other signals."""
        name = self._model_name()
        if name:
            self.top_bar.show_model(name)
        self.others.show_tellers(signal_tellers(self.bridge.engine))
        controls = filter_controls(self.bridge.engine)
        self.signals.filters.setEnabled(controls is not None)
        if controls is not None:
            self.signals.filters.show_settings(controls.filters, controls.filters)

    def _hear(self, engine: EngineLike) -> None:
        """On the worker: be told what befalls the engine's sources and the streams beside it,
        and of those' markers, from the first on."""
        events = event_source(engine)
        if events is not None:
            events.hear_events(self.markers.hear)
        for side in side_streams(engine):
            side.on_event.append(self.markers.hear)
            if isinstance(side, MarkerTeller):
                side.hear_markers(self.markers.hear)

    def _change_filters(self, filters: FilterSettings) -> None:
        controls = filter_controls(self.bridge.engine)
        if controls is not None:
            refused = partial(self._filters_refused, controls)
            self.bridge.run(lambda: controls.change_filters(filters), failed=refused)

    def _filters_refused(self, controls: FilterControls, error: MilmerError) -> None:
        """Said beside the fields, where they are seen; these show what runs."""
        bar = self.signals.filters
        if controls is filter_controls(self.bridge.engine):
            bar.show_settings(controls.filters, bar.trained)
            bar.refuse(error)
        if not bar.isVisible():
            self.refused(error)

    def _choose_face(self, point: tuple[float, float] | None) -> None:
        controls = face_controls(self.bridge.engine)
        if controls is not None:
            controls.choose_face(point)

    def _mark_bad(self, names: tuple[str, ...]) -> None:
        controls = filter_controls(self.bridge.engine)
        if controls is not None:
            self.bridge.run(lambda: controls.mark_bad(names), failed=self.refused)

    def _show_fault(self, fault: str) -> None:
        """Only a change: what the user closed stays closed, and other messages stay."""
        if fault != self._fault:
            self._fault = fault
            self.banner.show_fault("\n".join(map(engine_words, fault.splitlines())))

    def keep(self, file: Path, text: str) -> None:
        """Write a small file, off the GUI thread and after what was asked before."""
        self.bridge.run(partial(files.write_text, file, text), failed=self.refused)

    def refused(self, error: MilmerError) -> None:
        """Something that was asked cannot be done: it is said, and all goes on as before."""
        self.banner.show_fault(engine_words(error.message), engine_words(error.hint))

    def _follow_system(self, scheme: Qt.ColorScheme) -> None:
        if self.follows_system:
            self.set_theme(theme.of_scheme(scheme))

    def _show_failure(self, message: str, hint: str) -> None:
        self.banner.show_fault(engine_words(message), engine_words(hint))
        self.top_bar.show_state(EngineState.FAULT)
        self.signals.canvas.show_connected(False)

    def _restore(self) -> None:
        last = self.layouts.last() if self._remembers else None
        if self._remembers and (last is None or not last.geometry):
            self.setGeometry(self.screen().availableGeometry())
            self.setWindowState(Qt.WindowState.WindowMaximized)
        if last is None or not self.docks.restore(last.docks):
            self.reset_layout()
        if last is not None and last.geometry:
            self.restoreGeometry(last.geometry)

    def _lay_out(self) -> None:
        room = QVBoxLayout()
        room.setContentsMargins(theme.M, theme.M, theme.M, theme.M)
        room.setSpacing(theme.M)
        room.addWidget(self.banner)
        room.addWidget(self.docks, stretch=1)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        column.addLayout(self._bars)
        column.addLayout(room, stretch=1)
        column.addWidget(self.status)
        center = QWidget()
        center.setLayout(column)
        self.setCentralWidget(center)
        self.signals.canvas.setFocus()
