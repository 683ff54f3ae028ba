"""The tour of this window, shown once at the first start and again from the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from milmer_live import paths
from milmer_live.ui.dialogs.tour import (
    Stop,
    Tour,
)
from milmer_live.ui.language.i18n import tr

if TYPE_CHECKING:
    from milmer_live.ui.main_window import MainWindow


class WindowTour(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.tour: Tour | None = None
        self.seen_file = paths.config_dir() / "tour-seen"
        self._window = window
        window.actions_.add(tr("Pictures and help"), tr("Tour"), "Shift+F1", self.begin)

    @property
    def is_due(self) -> bool:
        """Nobody has seen it on this machine."""
        return not self.seen_file.exists()

    def begin(self) -> None:
        window = self._window
        launch = window.launch
        self.tour = Tour(window, self._stops(), offers_demo=launch is not None)
        self.tour.ended.connect(self._note_seen)
        if launch is not None:
            self.tour.demo_asked.connect(launch.start_demo)
        self.tour.begin(window.look)

    def _note_seen(self) -> None:
        self._window.keep(self.seen_file, "")

    def _stops(self) -> list[Stop]:
        window = self._window
        beside = [bar for bar in window.bars() if bar.isVisible()]
        return [
            Stop(
                tr("Welcome"),
                tr(
                    "Milmer Live shows EEG and a face as they come, and what a network makes of "
                    "them: one of four quadrants of valence and arousal."
                ),
            ),
            Stop(
                tr("The signals"),
                tr(
                    "Wheel for µV, Ctrl + wheel for seconds. Click a channel to select it, H "
                    "hides it, B marks it bad. P stands still and looks back, while everything "
                    "goes on."
                ),
                (window.signals.header, window.signals),
            ),
            Stop(
                tr("The face"),
                tr(
                    "Below the picture are the faces of the newest window. The network chooses "
                    "some of them: they are framed, with their weights."
                ),
                (window.camera.header, window.camera),
            ),
            Stop(
                tr("The answer"),
                tr(
                    "The point is where the network is, the ring how unsure it is, the trail "
                    "where it was. A colour means the same quadrant everywhere."
                ),
                (window.affect.header, window.affect),
            ),
            Stop(
                tr("The session"),
                tr(
                    "Choose who takes part and what may be kept, then record. What is red is "
                    "being recorded; stripes mean that something needs you."
                ),
                tuple(beside),
            ),
            Stop(
                tr("Your turn"),
                tr(
                    "? lists every key. Panels are dragged by their title, and F2 to F9 hide "
                    "and show them. Connect your devices, or see the demo first."
                ),
            ),
        ]
