"""Starts the demo's window and prints when it is painted, when it has signals and when the first
quadrant is on the screen; run as a process of its own:
`python -m milmer_live.bench.window.start`."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from rich.console import Console

from milmer_live.live.state import EngineState
from milmer_live.runs.launcher import WindowLauncher
from milmer_live.system.native_log import divert_native_output
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
    timer = QTimer(window, interval=10)
    steps = [("signals", has_signals), ("live", has_painted_a_quadrant)]
    began = time.monotonic()

    def look() -> None:
        while steps and steps[0][1](window):
            say(steps.pop(0)[0])
        if not steps or time.monotonic() - began > GIVE_UP_S:
            timer.stop()
            window.close()

    timer.timeout.connect(look)
    timer.start()
    app.exec()


def has_signals(window: MainWindow) -> bool:
    snapshot = window.bridge.snapshot
    return snapshot is not None and snapshot.state is EngineState.LIVE and snapshot.eeg is not None


def has_painted_a_quadrant(window: MainWindow) -> bool:
    return bool(window.bridge.latencies_s)


if __name__ == "__main__":
    divert_native_output()
    main()
