"""No disk holds up the window: what it keeps is written by the worker of the bridge, in order."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from test_session_recording import CLOCK
from test_ui_session import Run, begin, end

from milmer_live.config import CameraSettings
from milmer_live.errors import ConfigError
from milmer_live.live.run import (
    Launch,
    Setup,
)
from milmer_live.live.sources.discovery import Found
from milmer_live.model.card import Card, bundled_checkpoint, read_card
from milmer_live.processing.channels.device_profiles import Sender
from milmer_live.samples import Quadrant
from milmer_live.ui.dialogs.crash_report import CrashReporter
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.state import files
from milmer_live.ui.state.preferences import AppSettings

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

TOUCHES = ("open", "os.mkdir", "os.rename", "os.remove", "os.scandir", "os.listdir")
touched: list[str] = []
watched = threading.Event()


def _note(event: str, args: tuple[Any, ...]) -> None:
    """Of the GUI thread, while it is watched."""
    if (
        watched.is_set()
        and event in TOUCHES
        and threading.current_thread() is threading.main_thread()
    ):
        touched.append(f"{event} {args[0]}")


sys.addaudithook(_note)


class Launcher:
    def card_of(self, checkpoint: str) -> Card:
        return read_card(Path(checkpoint) if checkpoint else bundled_checkpoint())

    def demo(self) -> Launch:
        return Launch(Run)

    def connect(self, setup: Setup, camera: CameraSettings) -> Launch:  # noqa: ARG002 - of the protocol
        return self.demo()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(tmp_path / "recordings"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "config"


@pytest.fixture
def window(qtbot: QtBot, config: Path) -> Iterator[MainWindow]:
    del config
    made = MainWindow(Run, launcher=Launcher(), clock=CLOCK)
    made.session.ask = None
    made.show()
    made.start()
    qtbot.waitUntil(lambda: made.bridge.snapshot is not None, timeout=30_000)
    yield made
    watched.clear()
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running, timeout=30_000)
    made.deleteLater()


@pytest.fixture
def _gui_is_watched(window: MainWindow) -> Iterator[None]:
    del window
    touched.clear()
    watched.set()
    yield
    watched.clear()


def idle(qtbot: QtBot, window: MainWindow) -> None:
    """All that was asked of the worker is done."""
    done: list[None] = []
    window.bridge.run(lambda: None, done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=30_000)


@pytest.mark.usefixtures("_gui_is_watched")
def test_layouts_set_ups_settings_and_pictures_touch_no_disk_in_the_gui_thread(
    qtbot: QtBot, window: MainWindow, config: Path
) -> None:
    assert window.launch is not None
    window.tools.keep_layout("Mine")
    window.launch.connect_to(Setup("lsl:Amp"))
    window.preferences.open_dialog()
    assert window.preferences.dialog is not None
    window.preferences.dialog.save_button.click()
    window.tools.save_window()
    window.tools.save_panels()
    window.swap_theme()
    window.tools.show_help()
    window.tour.begin()
    assert window.tour.tour is not None
    window.tour.tour.end()
    window.launch.open_dialog()
    qtbot.waitUntil(lambda: window.launch is not None and window.launch.dialog is not None)
    dialog = window.launch.dialog
    assert dialog is not None
    dialog.checkpoint.setText("/nowhere/model.safetensors")
    qtbot.waitUntil(lambda: "no such model" in dialog.problem.text())
    dialog.checkpoint.clear()
    dialog._leave()  # what is found is said here
    amp = Found("eeg", "lsl:Amp", "Amp", "", 250.0, sender=Sender(name="Amp"), n_channels=8)
    dialog.streams.show_found([amp])
    dialog.eeg.setText("lsl:Amp")
    dialog.channels.unit.setCurrentIndex(1)
    dialog.channels.layouts.setCurrentIndex(1)
    dialog.channels.remember.setChecked(True)
    dialog.connect_button.click()
    stores = window.launch.setups  # what is connected is kept once it is live
    qtbot.waitUntil(lambda: (last := stores.last()) is not None and last.unit == "µV")
    idle(qtbot, window)
    assert touched == []
    (profile,) = (config / "devices").iterdir()
    assert 'unit = "µV"' in profile.read_text(encoding="utf-8")
    assert {file.name for file in config.iterdir()} == {
        "devices",
        "layouts.json",
        "last-setup.json",
        "settings.toml",
        "tour-seen",
    }


@pytest.mark.usefixtures("_gui_is_watched")
def test_a_session_and_its_labels_touch_no_disk_in_the_gui_thread(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.session
    session.prepare(replace(session.choice, participant="07"))
    session.bar.record_button.click()
    qtbot.waitUntil(lambda: session.takes_labels(), timeout=30_000)
    QTest.keyClick(window, Qt.Key.Key_1)
    end(qtbot, session)
    book = session.labels.book
    assert book is not None
    session.labels.label_quadrant(Quadrant.LALV)  # refused: the session has ended
    session.labels.undo()
    idle(qtbot, window)
    assert touched == []


def test_a_correction_of_a_session_that_has_ended_is_on_the_disk(
    qtbot: QtBot, window: MainWindow
) -> None:
    folder = begin(qtbot, window.session)
    QTest.keyClick(window, Qt.Key.Key_1)
    end(qtbot, window.session)
    window.session.labels.undo()
    idle(qtbot, window)
    assert "withdrawal" in (folder / "corrections.jsonl").read_text()


def test_the_log_is_written_by_a_thread_of_its_own(qtbot: QtBot, tmp_path: Path) -> None:
    del qtbot
    reporter = CrashReporter(tmp_path / "logs" / "app.log")
    reporter.install()
    touched.clear()
    watched.set()
    logging.getLogger("milmer_live").error("The amplifier is gone")
    watched.clear()
    reporter.uninstall()
    assert touched == []
    assert "The amplifier is gone" in (tmp_path / "logs" / "app.log").read_text()


class SlowDisk:
    """Writes nothing before it is let."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.written: list[tuple[str, str]] = []

    def write(self, file: Path, text: str) -> None:
        assert self.ready.wait(60.0)
        self.written.append((file.name, text))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    made = SlowDisk()
    monkeypatch.setattr(files, "write_text", made.write)
    return made


def test_a_slow_disk_stalls_nothing_and_gets_all_in_order_the_last_layout_at_the_end(
    qtbot: QtBot, window: MainWindow, disk: SlowDisk
) -> None:
    window.tools.keep_layout("First")
    window.tools.keep_layout("Second")
    window.preferences.use(AppSettings())
    for _ in range(3):
        before = window.signals.canvas.paints
        window.signals.canvas.update()
        window.bridge.pull()
        QApplication.processEvents()
        assert window.signals.canvas.paints > before
    assert disk.written == []
    window.docks.toggle("camera")
    qtbot.waitUntil(lambda: not window.camera.is_seen)
    window.close()
    assert window.bridge.running
    disk.ready.set()
    qtbot.waitUntil(lambda: not window.bridge.running, timeout=30_000)
    assert [name for name, _ in disk.written] == [
        "layouts.json",
        "layouts.json",
        "settings.toml",
        "layouts.json",
    ]
    first, second, last = (
        json.loads(text) for name, text in disk.written if name == "layouts.json"
    )
    assert (list(first["named"]), list(second["named"])) == (["First"], ["First", "Second"])
    assert first["last"] is None
    assert last["last"] is not None


def test_what_cannot_be_kept_is_said_and_nothing_else_happens(
    qtbot: QtBot, window: MainWindow, config: Path
) -> None:
    idle(qtbot, window)
    config.write_text("a file where the folder would be")
    window.tools.keep_layout("Mine")
    qtbot.waitUntil(lambda: "cannot be written" in window.banner.text(), timeout=30_000)
    assert window.bridge.error is None
    with pytest.raises(ConfigError, match="cannot be written"):
        files.write_text(config / "x.json", "")
