"""A window that records, in a process of its own, for tests that end it by a signal.

    python window_that_records.py FOLDER [asked | held]

Prints the session's folder once samples are in it. With `asked` it is closed then as by its user,
and "asked" is printed when the question stands there; with `held` that is answered "yes", and
"held" is printed when the window stays to show that the recording is not whole.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from test_session_recording import CLOCK
from test_ui_session import Run

from milmer_live.live.sources.side_streams import side_streams
from milmer_live.live.workers import Faults
from milmer_live.ui import app
from milmer_live.ui.controllers.recording import Phase
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.state.session_choice import SessionChoice


class Script:
    """What a user would do, step by step; each step is tried until it answers True."""

    def __init__(self, root: Path, run: Run, mode: str) -> None:
        self._root, self._run = root, run
        more = {
            "asked": [self._close, self._is_asked],
            "held": [self._close, self._answer, self._is_held],
        }
        self._steps = [self._begin, self._feed, *more.get(mode, [])]

    def go_on(self) -> None:
        windows = [one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow)]
        if windows and self._steps:
            step = self._steps.pop(0)
            if not step(windows[0]):
                self._steps.insert(0, step)

    def _begin(self, window: MainWindow) -> bool:
        if window.bridge.snapshot is None:
            return False
        window.session.prepare(SessionChoice(self._root, "07"))
        window.session.begin()
        return True

    def _feed(self, window: MainWindow) -> bool:
        recording = window.session.recording
        if window.session.phase is not Phase.RECORDING or recording is None:
            return False
        self._run.amplifier.push(64)
        if not any(recording.status.samples.values()):
            return False
        say(str(recording.status.folder))
        return True

    def _close(self, window: MainWindow) -> bool:
        QTimer.singleShot(0, window.close)
        return True

    def _is_asked(self, _window: MainWindow) -> bool:
        if not isinstance(QApplication.activeModalWidget(), QMessageBox):
            return False
        say("asked")
        return True

    def _answer(self, _window: MainWindow) -> bool:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            return False
        yes = QMessageBox.ButtonRole.DestructiveRole
        next(one for one in box.buttons() if box.buttonRole(one) is yes).click()
        return True

    def _is_held(self, window: MainWindow) -> bool:
        if window.bridge.running or not window.session.balance.fault:
            return False
        say("held")
        return True


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    run = Run()
    if sys.argv[-1] == "held":  # markers that nobody sends: the recording is not whole
        run.side_streams = tuple(side_streams((), ("lsl:name=NobodySends",), CLOCK, Faults()))
    script = Script(Path(sys.argv[1]), run, sys.argv[-1])
    program = app.make_app(offscreen=True)
    timer = QTimer(program, interval=20)
    timer.timeout.connect(script.go_on)
    timer.start()
    return app.run(lambda: run)


if __name__ == "__main__":
    sys.exit(main())
