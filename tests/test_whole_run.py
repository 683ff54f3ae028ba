"""An experimenter's whole run on a screen, key by key: the demo is started, a session recorded,
labelled and ended, the window closed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pylsl
import pytest
from live_tools import wait_until
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot
from x_desktop import Desktop, desktop

from milmer_live.config import LabelRule
from milmer_live.samples import Quadrant
from milmer_live.storage.session import open_session
from milmer_live.storage.sessions import unfinished_sessions
from milmer_live.ui.main_window import MainWindow

SCREEN = (1280, 800)
# Deadlines, on a machine that does other things too; the first start makes the model ready.
START_S, STEP_S = 150.0, 30.0


@pytest.fixture
def screen() -> Iterator[Desktop]:
    with desktop(*SCREEN) as made:
        yield made


@pytest.fixture
def program(screen: Desktop, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`milmer-live demo` on that screen, as a user of it who has never started it before."""
    environment = {
        **screen.environment,
        "QT_QPA_PLATFORM": "xcb",
        "MILMER_LIVE_CONFIG": str(tmp_path / "config"),
        "MILMER_LIVE_RECORDINGS": str(tmp_path / "recordings"),
        "LANGUAGE": "en",
        "LC_ALL": "C.UTF-8",
    }
    command = [sys.executable, "-m", "milmer_live", "demo"]
    with subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE) as running:
        yield running
        running.kill()


def middle_of_the_notch(qtbot: QtBot, size: tuple[int, int]) -> tuple[int, int]:
    """Where the same window, of the same size, has the field of the notch filter."""
    window = MainWindow(remembers=False)
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    field = window.signals.filters.notch
    at = field.mapTo(window, QPoint(field.width() // 2, field.height() // 2))
    return at.x(), at.y()


def predictions() -> pylsl.StreamInlet:
    """What the program publishes, as any LSL program reads it."""
    found = pylsl.resolve_byprop("name", "MilmerLive-Predictions", timeout=START_S)
    assert found, "no predictions are published"
    inlet = pylsl.StreamInlet(found[0])
    inlet.open_stream(STEP_S)
    return inlet


def goes_on(inlet: pylsl.StreamInlet, seconds: float = STEP_S) -> None:
    inlet.flush()
    assert inlet.pull_sample(seconds)[0] is not None, "no prediction comes"


def wait_for_bytes(path: Path, wanted: bytes) -> None:
    """The recorder writes through to the disk each second."""
    wait_until(lambda: wanted in path.read_bytes(), STEP_S)


if sys.platform.startswith("linux"):  # where there is a virtual X screen

    @pytest.mark.timeout(300)
    def test_a_session_from_the_first_click_to_the_last(
        screen: Desktop, program: subprocess.Popen[str], tmp_path: Path, qtbot: QtBot
    ) -> None:
        window = screen.wait_for("Milmer Live")
        published = predictions()
        goes_on(published, START_S)

        screen.key("ctrl+e")
        screen.wait_for("Session")
        screen.type("07")
        screen.key("Return")
        root = tmp_path / "recordings"
        wait_until(lambda: any(root.glob("sub-07/*/session.xdf")), STEP_S)
        (xdf,) = root.glob("sub-07/*/session.xdf")
        assert screen.wait_for("Milmer Live") == window
        wait_for_bytes(xdf, b"signal settings")

        screen.key("1")
        wait_for_bytes(xdf, b'"text":"HAHV"')
        screen.key("3", "ctrl+z")
        wait_for_bytes(xdf, b'"kind":"withdrawal"')
        screen.key("p", "Left")
        goes_on(published)
        screen.key("End")
        screen.click(window, *middle_of_the_notch(qtbot, screen.size(window)))
        screen.key("Down", "Return")
        wait_for_bytes(xdf, b'"notch_hz":50.0')

        screen.key("ctrl+r")
        screen.wait_for("End the recording?")
        screen.key("Tab", "space")
        wait_until(lambda: unfinished_sessions(root) == (), STEP_S)
        assert screen.wait_for("Milmer Live") == window
        goes_on(published)
        screen.key("alt+F4")
        assert program.wait(STEP_S) == 0

        check = [sys.executable, "-m", "milmer_live", "check", str(xdf.parent)]
        checked = subprocess.run(check, capture_output=True, text=True, env=os.environ, check=False)
        assert checked.returncode == 0, checked.stdout
        session = open_session(xdf.parent)
        assert session.participant == "07"
        kept = [LabelRule().quadrant(one.valence, one.arousal) for one in session.labels]
        assert kept == [Quadrant.HAHV], "the second one was taken back"
