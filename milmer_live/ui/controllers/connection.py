"""Connect and demo from the window: opens the dialog, starts what was asked, remembers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from milmer_live import paths
from milmer_live.clock import LSLClock
from milmer_live.live.run import (
    Launch,
    Launcher,
    Setup,
)
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.state.setups import (
    SetupStore,
)

if TYPE_CHECKING:
    from milmer_live.acquisition.brainflow.boards import BoardListing
    from milmer_live.model.card import Card
    from milmer_live.ui.dialogs.connect import ConnectDialog
    from milmer_live.ui.main_window import MainWindow

MakeDialog = Callable[..., "ConnectDialog"]


class WindowLaunch(QObject):
    """The dialog reaches for devices, so what it needs is imported off the GUI thread."""

    def __init__(self, window: MainWindow, launcher: Launcher) -> None:
        super().__init__(window)
        self.dialog: ConnectDialog | None = None
        self.setups = SetupStore(paths.config_dir() / "last-setup.json", window.keep)
        self._window, self._launcher = window, launcher
        self._hoped: Setup | None = None  # asked for, and not live yet
        add, group = window.actions_.add, tr("Connection")
        add(group, tr("Connect …"), "Ctrl+O", self.open_dialog)
        add(group, tr("Try the demo"), "Ctrl+D", self.start_demo)
        window.top_bar.connect_asked.connect(self.open_dialog)

    def open_dialog(self) -> None:
        self._window.bridge.run(_import_dialog, self._show_dialog)

    def start_demo(self) -> None:
        self._start(self._launcher.demo(), tr("Demo"), None)

    def connect_to(self, setup: Setup) -> None:
        camera = self._window.preferences.settings.current.camera
        self._start(self._launcher.connect(setup, camera), setup.words(), setup)

    def went_live(self) -> None:
        """What was asked for delivers: it is worth being offered again."""
        if self._hoped is not None:
            self.setups.keep(self._hoped)
            self._hoped = None

    def _start(self, launch: Launch, words: str, setup: Setup | None) -> None:
        if self._window.session.may_connect():
            self._hoped = setup
            self._window.use_launch(launch, words)

    def _is_file(self, path: Path, tell: Callable[[bool], None]) -> None:
        self._window.bridge.run(path.is_file, tell)

    def _about_model(self, checkpoint: str, tell: Callable[[str], None]) -> None:
        """Tell, later, what the model `checkpoint` is; "" is the default."""
        self._window.bridge.run(
            partial(self._launcher.card_of, checkpoint),
            lambda card: tell(_words_of(card)),
            failed=lambda error: tell(engine_words(str(error))),
        )

    def _show_dialog(self, make: MakeDialog) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        dialog = make(
            self.setups.last(),
            self._window,
            is_file=self._is_file,
            about_model=self._about_model,
            keep=self._window.keep,
        )
        dialog.set_theme(self._window.look)
        dialog.connect_asked.connect(self.connect_to)
        dialog.demo_asked.connect(self.start_demo)
        self._window.bridge.run(_boards, dialog.offer_boards)
        dialog.show()
        self._window.session.raise_dialog()
        self.dialog = dialog


def _words_of(card: Card) -> str:
    if card.caution:
        return engine_words(card.caution)
    return tr("'{name}', trained on {data}.").format(name=card.name, data=card.data or "–")


def _import_dialog() -> MakeDialog:
    """On the worker: the dialog imports what reaches for devices, and offers layouts, which are
    files."""
    from milmer_live.live.sources.discovery import Scout
    from milmer_live.processing.channels.layouts import LAYOUTS, find_layout
    from milmer_live.ui.dialogs.connect import ConnectDialog

    for name in LAYOUTS:
        find_layout(name)
    return partial(ConnectDialog, lambda: Scout(LSLClock()))


def _boards() -> Sequence[BoardListing]:
    from milmer_live.acquisition.brainflow.boards import list_boards

    return list_boards()
