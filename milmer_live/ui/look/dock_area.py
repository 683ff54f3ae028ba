"""Where the panels stand: docks that can be moved, stacked, torn off and hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QWidget

from milmer_live.ui.look.widgets import Panel

LAYOUT_VERSION = 3  # of saved layouts: with another set of panels they would not fit
WIDE = 1700  # pixels from which more panels stand side by side

ACROSS, DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A default layout. Each step puts a panel `right` of, `below` or `behind` another; the
    sizes are pixels of panels that share a row or a column."""

    steps: tuple[tuple[str, str, str], ...]
    sizes: tuple[tuple[Qt.Orientation, tuple[str, ...], tuple[int, ...]], ...]
    front: tuple[str, ...]
    hidden: tuple[str, ...]


COMPACT = Arrangement(
    steps=(
        ("signals", "first", ""),
        ("camera", "right", "signals"),
        ("timeline", "below", "signals"),
        ("affect", "below", "camera"),
        ("spectrum", "behind", "timeline"),
        ("maps", "behind", "timeline"),
        ("log", "behind", "timeline"),
        ("labels", "behind", "timeline"),
        ("others", "behind", "timeline"),
    ),
    sizes=(
        (ACROSS, ("signals", "camera"), (760, 500)),
        (DOWN, ("signals", "timeline"), (400, 210)),
        (DOWN, ("camera", "affect"), (300, 310)),
    ),
    front=("timeline",),
    hidden=(),
)
WIDE_ARRANGEMENT = Arrangement(
    steps=(
        ("signals", "first", ""),
        ("camera", "right", "signals"),
        ("timeline", "below", "signals"),
        ("affect", "below", "camera"),
        ("spectrum", "right", "timeline"),
        ("maps", "below", "affect"),
        ("log", "behind", "maps"),
        ("labels", "behind", "timeline"),
        ("others", "behind", "timeline"),
    ),
    sizes=(
        (ACROSS, ("signals", "camera"), (1290, 610)),
        (DOWN, ("signals", "timeline"), (590, 300)),
        (ACROSS, ("timeline", "spectrum"), (700, 580)),
        (DOWN, ("camera", "affect", "maps"), (330, 320, 240)),
    ),
    front=("maps",),
    hidden=(),
)


class PanelDock(QDockWidget):
    """A panel with its own header as the title bar: it is dragged there, a double click tears
    it off."""

    def __init__(self, name: str, panel: Panel, parent: QWidget) -> None:
        super().__init__(panel.title, parent)
        self.setObjectName(name)  # by which Qt remembers its place
        self.panel = panel
        self.setTitleBarWidget(panel.header)
        self.setWidget(panel)
        self.visibilityChanged.connect(panel.set_in_front)


class DockArea(QMainWindow):
    """A main window inside the window, so that bars and banner stay where they are."""

    changed = Signal()  # a panel was shown, hidden or brought to the front

    def __init__(self, panels: Mapping[str, Panel]) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        north = QTabWidget.TabPosition.North
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, north)
        self.docks = {name: PanelDock(name, panel, self) for name, panel in panels.items()}
        for dock in self.docks.values():
            dock.visibilityChanged.connect(self.changed)
        self.arrange(0)

    def toggle(self, name: str) -> None:
        """Hide a panel that is seen; show a hidden one, or bring it before others of its tab."""
        dock = self.docks[name]
        if dock.panel.is_seen:
            dock.hide()
        else:
            self.bring(name)

    def bring(self, name: str) -> None:
        """Let a panel be seen, before others of its tab."""
        self.docks[name].show()
        self.docks[name].raise_()

    def state(self) -> bytes:
        return bytes(self.saveState(LAYOUT_VERSION).data())

    def restore(self, state: bytes) -> bool:
        """False, and nothing changed, where `state` is no layout or one of another version."""
        done = self.restoreState(QByteArray(state), LAYOUT_VERSION)
        self._tidy_tabs()
        return done

    def arrange(self, width: int) -> None:
        """The default layout for a window of `width` pixels."""
        plan = WIDE_ARRANGEMENT if width >= WIDE else COMPACT
        for dock in self.docks.values():
            self.removeDockWidget(dock)
        for step in plan.steps:
            self._place(*step)
        for name, dock in self.docks.items():
            dock.setFloating(False)
            dock.setVisible(name not in plan.hidden)
        for way, names, pixels in plan.sizes:
            there = [(self.docks[n], p) for n, p in zip(names, pixels, strict=True) if self._has(n)]
            self.resizeDocks([dock for dock, _ in there], [p for _, p in there], way)
        for name in filter(self._has, plan.front):
            self.docks[name].raise_()
        self._tidy_tabs()

    def _has(self, name: str) -> bool:
        return name in self.docks

    def _place(self, name: str, how: str, other: str) -> None:
        if not self._has(name):
            return
        dock = self.docks[name]
        if not self._has(other):
            self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        elif how == "behind":
            self.tabifyDockWidget(self.docks[other], dock)
        else:
            self.splitDockWidget(self.docks[other], dock, ACROSS if how == "right" else DOWN)

    def _tidy_tabs(self) -> None:
        for bar in self.findChildren(QTabBar):
            bar.setDrawBase(False)
            bar.setExpanding(False)
