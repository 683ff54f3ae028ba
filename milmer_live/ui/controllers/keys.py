"""The window's keys: one a panel, and what is done with the window as a whole."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from milmer_live.ui.language.i18n import tr

if TYPE_CHECKING:
    from milmer_live.ui.main_window import MainWindow

PANEL_KEYS = {
    "signals": "F2",
    "camera": "F3",
    "affect": "F4",
    "timeline": "F5",
    "spectrum": "F6",
    "maps": "F7",
    "log": "F8",
    "labels": "F9",
    "others": "Shift+F2",
}


def add_window_actions(window: MainWindow) -> None:
    _add_panels(window)
    window.signals.add_actions(window.actions_)
    window.timeline.add_actions(window.actions_)
    add, group = window.actions_.add, tr("Window")
    add(group, tr("Default layout"), "Ctrl+0", window.reset_layout)
    add(group, tr("Participant screen"), "F10", window.swap_participant_screen)
    add(group, tr("Full screen"), "F11", window.swap_full_screen)
    add(group, tr("Light or dark"), "Ctrl+T", window.swap_theme)
    add(group, tr("Quit"), "Ctrl+Q", window.close)


def _add_panels(window: MainWindow) -> None:
    """Ticked while the panel is seen."""
    ticks = {}
    for name, panel in window.panels.items():
        toggle = partial(window.docks.toggle, name)
        ticks[name] = window.actions_.add(
            tr("Panels"), panel.title, PANEL_KEYS[name], toggle, checkable=True
        )

    def tick() -> None:
        for name, action in ticks.items():
            action.setChecked(window.panels[name].is_seen)

    window.docks.changed.connect(tick)
