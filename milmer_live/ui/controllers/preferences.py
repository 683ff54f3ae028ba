"""Settings in the window: read when it opens, applied at once when they change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from milmer_live.ui.dialogs.settings import SettingsDialog
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.state import preferences
from milmer_live.ui.state.engine_controls import filter_controls
from milmer_live.ui.state.preferences import AppSettings

if TYPE_CHECKING:
    from milmer_live.ui.main_window import MainWindow


class WindowSettings(QObject):
    """`file` is where they are kept; None: nowhere, as off screen."""

    def __init__(self, window: MainWindow, settings: AppSettings, file: Path | None) -> None:
        super().__init__(window)
        self.settings = settings
        self.dialog: SettingsDialog | None = None
        self._window, self._file = window, file
        window.actions_.add(tr("Window"), tr("Settings …"), "Ctrl+,", self.open_dialog)
        window.bridge.started.connect(self._set_filters)
        self._set_view()

    def open_dialog(self) -> None:
        self.dialog = SettingsDialog(self.settings, self._window)
        self.dialog.set_theme(self._window.look)
        self.dialog.saved.connect(self.use)
        self.dialog.show()

    def use(self, settings: AppSettings) -> None:
        """Apply, and keep in the file."""
        before, self.settings = self.settings.current.view.theme, settings
        self._set_view()
        if settings.current.view.theme != before:
            self._set_theme()
        self._set_filters()
        if self._file is not None:
            self._window.keep(self._file, preferences.as_toml(settings))

    def _set_view(self) -> None:
        view = self.settings.current.view
        signals = self._window.signals
        signals.set_view(
            replace(
                signals.view,
                uv_per_division=view.uv_per_division,
                seconds=view.seconds,
                sweep=view.sweep,
            )
        )
        self._window.feed.look_back_s = view.look_back_s

    def _set_theme(self) -> None:
        chosen = self.settings.current.view.theme
        self._window.follows_system = chosen == "system"
        scheme = QApplication.styleHints().colorScheme()
        look = theme.of_scheme(scheme) if chosen == "system" else theme.THEMES[chosen]
        self._window.set_theme(look)

    def _set_filters(self) -> None:
        """The study's filter, where it has one of its own and the engine takes it."""
        filters = self.settings.current.filter_settings()
        controls = filter_controls(self._window.bridge.engine)
        if filters is not None and controls is not None:
            bar = self._window.signals.filters
            bar.show_settings(filters, bar.trained)
            bar.changed.emit(filters)
