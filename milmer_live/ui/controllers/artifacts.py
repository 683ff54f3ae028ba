"""Artifact removal from the window: Ctrl+I."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from milmer_live.live.state import EngineSnapshot
from milmer_live.processing.eeg.artifacts import Artifacts
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.state.engine_controls import artifact_controls

if TYPE_CHECKING:
    from milmer_live.ui.dialogs.artifacts import ArtifactDialog
    from milmer_live.ui.main_window import MainWindow


class WindowArtifacts(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.dialog: ArtifactDialog | None = None
        self._window = window
        window.actions_.add(tr("Signals"), tr("Artifacts …"), "Ctrl+I", self.open_dialog)

    def open_dialog(self) -> None:
        from milmer_live.ui.dialogs.artifacts import ArtifactDialog

        if self.dialog is None:
            self.dialog = ArtifactDialog(self._window)
            self.dialog.fit_asked.connect(self._fit)
            self.dialog.cancel_asked.connect(self._cancel)
            self.dialog.apply_asked.connect(self._apply)
        self.dialog.set_theme(self._window.look)
        self.dialog.show()

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.show_status(snapshot.ica)

    def _fit(self) -> None:
        controls = artifact_controls(self._window.bridge.engine)
        if controls is not None:
            self._window.bridge.run(controls.fit_ica, failed=self._window.refused)

    def _cancel(self) -> None:
        controls = artifact_controls(self._window.bridge.engine)
        if controls is not None:
            self._window.bridge.run(controls.cancel_ica)

    def _apply(self, artifacts: Artifacts | None) -> None:
        controls = artifact_controls(self._window.bridge.engine)
        if controls is not None:
            self._window.bridge.run(
                lambda: controls.apply_ica(artifacts), failed=self._window.refused
            )
