"""The end of the window when nobody is there to answer a question."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog

if TYPE_CHECKING:
    from milmer_live.ui.main_window import MainWindow

POLL_MS = 100


def end_unasked(window: MainWindow) -> None:
    """Close the window as its user does, the recording in order. Questions that stand in the way
    are answered "no", and nothing is held open to be read."""
    dialogs = [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog)]
    questions = [one for one in dialogs if one.isModal() and one.isVisible()]
    for question in questions:
        question.reject()
    if questions:  # who asked has to return first: Qt does not close what is being closed
        QTimer.singleShot(POLL_MS, window, lambda: end_unasked(window))
        return
    window.session.ask = None
    window.session.balance.release_window()
    window.session.end()
    window.close()


def end_on(stop: threading.Event, window: MainWindow) -> None:
    """Watch `stop`, which another thread may set, and end the window then."""
    timer = QTimer(window, interval=POLL_MS)

    def look() -> None:
        if stop.is_set():
            timer.stop()
            end_unasked(window)

    timer.timeout.connect(look)
    timer.start()
