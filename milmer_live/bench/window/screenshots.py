"""Every panel in both themes and two sizes, from a run of the real demo:
`python -m milmer_live.bench.window.screenshots FOLDER`, or `make screenshots`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget
from rich.console import Console

from milmer_live.clock import LSLClock
from milmer_live.live.engine import JOIN_S
from milmer_live.live.sources.discovery import Scout
from milmer_live.live.sources.side_streams import side_streams
from milmer_live.live.sources.source_worker import AnySource
from milmer_live.live.workers import Faults
from milmer_live.runs.launcher import WindowLauncher
from milmer_live.samples import Quadrant
from milmer_live.system.native_log import divert_native_output
from milmer_live.ui.app import make_app
from milmer_live.ui.dialogs.connect import ConnectDialog
from milmer_live.ui.dialogs.help import HelpDialog
from milmer_live.ui.dialogs.settings import SettingsDialog
from milmer_live.ui.look import theme
from milmer_live.ui.look.widgets import Panel
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.state.engine_controls import SignalTeller
from milmer_live.ui.state.preferences import AppSettings

SIZES = ((1280, 800), (1920, 1080))
RUN_S = 45.0  # of the demo before the first picture, so that the panels have something to show
LIMIT_S = 180.0
SETTLE_S = 1.2
LABEL_S = 2.0


def main(folder: Path) -> None:
    app = make_app(offscreen=True)
    launcher = WindowLauncher(Console(stderr=True), publishes=False)
    window = MainWindow(launcher=launcher, remembers=False)
    window.show()
    window.start()
    window.use_launch(launcher.demo(), "")
    wait_until(lambda: window.predictions.count > 0, LIMIT_S)
    others = show_others(window)
    record(window)
    run_for(RUN_S)
    for look in (theme.DARK, theme.LIGHT):
        window.set_theme(look)
        for size in SIZES:
            take_window(window, size, folder / f"{look.name}-{size[0]}x{size[1]}")
        take_dialogs(window, folder / f"{look.name}-dialogs")
    window.session.end()
    window.close()
    wait_until(lambda: not window.bridge.running, LIMIT_S)
    for worker in others:
        worker.stop()
    for worker in others:
        worker.join(JOIN_S)
    app.quit()


def show_others(window: MainWindow) -> list[AnySource]:
    """What BrainFlow's synthetic board sends beside its EEG: the demo's amplifier has none."""
    board, *others = side_streams(["brainflow:SYNTHETIC"], (), window.clock, Faults())
    for worker in (board, *others):
        worker.start()
    window.others.show_tellers(tuple(one for one in others if isinstance(one, SignalTeller)))
    return [board, *others]


def record(window: MainWindow) -> None:
    """A session with a trial and what an experimenter says of it."""
    session = window.session
    session.prepare(replace(session.choice, participant="07"))
    session.begin()
    wait_until(session.takes_labels, LIMIT_S)
    session.labels.swap_trial()
    run_for(LABEL_S)
    window.labels.quadrant_asked.emit(Quadrant.LAHV)
    window.labels.rating_asked.emit("dominance", 6.0)
    window.labels.note_asked.emit("smiled")


def take_window(window: MainWindow, size: tuple[int, int], folder: Path) -> None:
    """The window as it opens, then each panel, brought to the front where it is behind."""
    window.resize(*size)
    window.reset_layout()
    run_for(SETTLE_S)
    save(window.grab().toImage(), folder / "window.png")
    for name, panel in window.panels.items():
        window.docks.docks[name].show()
        window.docks.docks[name].raise_()
        run_for(SETTLE_S)
        save(panel_picture(panel), folder / f"{name}.png")


def panel_picture(panel: Panel) -> QImage:
    """Header and body."""
    height = panel.header.height() + panel.height()
    picture = QImage(panel.width(), height, QImage.Format.Format_RGB32)
    with QPainter(picture) as painter:
        painter.drawPixmap(0, 0, panel.header.grab())
        painter.drawPixmap(0, panel.header.height(), panel.grab())
    return picture


def take_dialogs(window: MainWindow, folder: Path) -> None:
    connect = ConnectDialog(lambda: Scout(LSLClock()), None, window)
    dialogs: dict[str, ConnectDialog | SettingsDialog | HelpDialog] = {
        "connect": connect,
        "settings": SettingsDialog(AppSettings(), window),
        "keys": HelpDialog(window.actions_, window),
    }
    for name, dialog in dialogs.items():
        dialog.set_theme(window.look)
        dialog.show()
        run_for(4.0 if dialog is connect else 0.3)
        save(_grabbed(dialog), folder / f"{name}.png")
        dialog.close()


def _grabbed(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def save(picture: QImage, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not picture.save(str(file)):
        raise SystemExit(f"{file} cannot be written.")


def run_for(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def wait_until(ready: Callable[[], bool], limit_s: float) -> None:
    until = time.monotonic() + limit_s
    while not ready() and time.monotonic() < until:
        run_for(0.05)


if __name__ == "__main__":
    divert_native_output()
    main(Path(sys.argv[1]))
