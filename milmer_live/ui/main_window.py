"""The window: where each part stands. What the parts show comes from the bridge."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QVBoxLayout, QWidget

from milmer_live.clock import Clock, LSLClock
from milmer_live.live.state import EngineSnapshot, EngineState
from milmer_live.samples import Quadrant
from milmer_live.ui import theme
from milmer_live.ui.affect_panel import AffectPanel
from milmer_live.ui.banner import Banner
from milmer_live.ui.bridge import Bridge, OnPrediction, OpenEngine
from milmer_live.ui.camera_panel import CameraPanel
from milmer_live.ui.signals_panel import SignalsPanel
from milmer_live.ui.status_bar import StatusBar
from milmer_live.ui.theme import Theme
from milmer_live.ui.top_bar import TopBar

Truth = Callable[[float], Quadrant | None]
DEFAULT_SIZE = (1280, 800)
SMALLEST_SIZE = (1120, 720)
FRAMES_PER_SECOND = 60.0


class MainWindow(QMainWindow):
    """`open_engine` is called off the GUI thread, so the window is there before the model is.

    `truth` tells the label that holds at a time on the LSL clock, where one is known.
    """

    def __init__(
        self,
        open_engine: OpenEngine,
        *,
        model_name: str = "",
        truth: Truth | None = None,
        on_prediction: OnPrediction | None = None,
        clock: Clock | None = None,
        look: Theme = theme.DARK,
    ) -> None:
        super().__init__()
        self.setWindowTitle("Milmer Live")
        self.resize(*DEFAULT_SIZE)
        self.setMinimumSize(*SMALLEST_SIZE)
        self.bridge = Bridge(open_engine, clock or LSLClock(), on_prediction, self)
        self.top_bar = TopBar(model_name)
        self.banner = Banner()
        self.signals = SignalsPanel()
        self.camera = CameraPanel()
        self.affect = AffectPanel()
        self.status = StatusBar()
        self.look = look
        self._truth = truth
        self._lay_out()
        self._connect()
        self.set_theme(look)
        self.top_bar.show_state(None)

    def start(self) -> None:
        """Open the engine and begin to show it."""
        screen = self.screen()
        rate = screen.refreshRate() if screen is not None else FRAMES_PER_SECOND
        self.bridge.start(self, min(max(rate, 30.0), 120.0))

    def wanted_eeg(self) -> tuple[int | None, float]:
        return self.signals.wanted_since, self.signals.wanted_s

    def show_snapshot(self, snapshot: EngineSnapshot, latency_s: float | None) -> None:
        if self.bridge.error is None:
            self.top_bar.show_state(snapshot.state)
            self.banner.show_fault(snapshot.fault)
        if self._truth is not None and snapshot.prediction is not None:
            self.top_bar.show_truth(self._truth(snapshot.prediction.time))
        self.signals.show_snapshot(snapshot)
        self.camera.show_snapshot(snapshot)
        self.affect.show_snapshot(snapshot)
        self.status.show_sources(snapshot.sources)
        self.status.show_counters(snapshot.counters, latency_s)

    def set_theme(self, look: Theme) -> None:
        self.look = look
        QApplication.setPalette(theme.palette(look))
        self.setStyleSheet(theme.style_sheet(look))
        for part in self._parts():
            part.set_theme(look)

    def swap_theme(self) -> None:
        self.set_theme(theme.LIGHT if self.look is theme.DARK else theme.DARK)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closes once the engine has let go of its devices, without blocking meanwhile."""
        if self.bridge.running:
            self.bridge.stop()
            self.setWindowTitle("Milmer Live: stopping …")
            event.ignore()

    def _parts(
        self,
    ) -> tuple[TopBar | Banner | SignalsPanel | CameraPanel | AffectPanel | StatusBar, ...]:
        return (self.top_bar, self.banner, self.signals, self.camera, self.affect, self.status)

    def _connect(self) -> None:
        self.affect.painted.connect(self.bridge.painted)
        self.bridge.failed.connect(self._show_failure)
        self.bridge.stopped.connect(self.close)
        self.top_bar.theme_asked.connect(self.swap_theme)
        QShortcut(QKeySequence("Ctrl+T"), self).activated.connect(self.swap_theme)
        QShortcut(QKeySequence("F11"), self).activated.connect(self._swap_full_screen)

    def _show_failure(self, message: str, hint: str) -> None:
        self.banner.show_fault(message, hint)
        self.top_bar.show_state(EngineState.FAULT)

    def _swap_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def _lay_out(self) -> None:
        right = _splitter(Qt.Orientation.Vertical, self.camera, self.affect)
        right.setSizes([345, 325])
        panels = _splitter(Qt.Orientation.Horizontal, self.signals, right)
        panels.setStretchFactor(0, 5)
        panels.setStretchFactor(1, 3)
        panels.setSizes([740, 500])
        room = QVBoxLayout()
        room.setContentsMargins(theme.M, theme.M, theme.M, theme.M)
        room.setSpacing(theme.M)
        room.addWidget(self.banner)
        room.addWidget(panels, stretch=1)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        column.addLayout(room, stretch=1)
        column.addWidget(self.status)
        center = QWidget()
        center.setLayout(column)
        self.setCentralWidget(center)
        self.signals.canvas.setFocus()


def _splitter(orientation: Qt.Orientation, first: QWidget, second: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(theme.M)
    splitter.setChildrenCollapsible(False)
    splitter.addWidget(first)
    splitter.addWidget(second)
    return splitter
