"""Starts the demo's window and prints when it is painted and when it is live; run as a process
of its own: `python -m milmer_live.commands.gui_start`."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from rich.console import Console

from milmer_live.commands.window_run import WindowLauncher
from milmer_live.live.state import EngineState
from milmer_live.nativelog import divert_native_output
from milmer_live.ui.app import make_app
from milmer_live.ui.main_window import MainWindow

GIVE_UP_S = 120.0


class FirstPaint(QObject):
    """Says once that the signals panel was painted."""

    def __init__(self) -> None:
        super().__init__()
        self.painted = False

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and not self.painted:
            self.painted = True
            say("painted")
        return False


def say(what: str) -> None:
    sys.stdout.write(f"{what} {time.time()}\n")
    sys.stdout.flush()


def main() -> None:
    app = make_app()
    console = Console(stderr=True)
    launcher = WindowLauncher(console, publishes=False)
    window = MainWindow(launcher=launcher, remembers=False)
    first = FirstPaint()
    window.signals.canvas.installEventFilter(first)
    window.show()
    window.start()
    window.use_launch(launcher.demo(), "")
    timer = QTimer(window, interval=20)
    began = time.monotonic()

    def look() -> None:
        snapshot = window.bridge.snapshot
        live = snapshot is not None and snapshot.state is EngineState.LIVE
        if live and snapshot is not None and snapshot.eeg is not None:
            timer.stop()
            say("live")
            window.close()
        elif time.monotonic() - began > GIVE_UP_S:
            window.close()

    timer.timeout.connect(look)
    timer.start()
    app.exec()


if __name__ == "__main__":
    divert_native_output()
    main()
