"""One whole run as an experimenter has it: the real program on an X screen, by key and mouse."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from live_tools import wait_until
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from virtual_screen import SIZE, Screen, virtual_screen

from milmer_live.samples import Quadrant, UInt8
from milmer_live.storage.labels.session_labels import annotations_of
from milmer_live.storage.session.balance import Outcome
from milmer_live.storage.session.card import (
    READ_EQUAL,
    read_card,
)
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.streams import EVENTS
from milmer_live.ui.language.stream_words import StreamLine
from milmer_live.ui.main_window import MainWindow

START_S = 150.0  # the first time the demo's participant and its model are made as well
SOON_S = 20.0
LIKE = 0.5  # of one widget on two screens, with other values in its fields
PICTURES = 6  # in a row, until two are the same
# Pixels of the default layout at 1280 x 800.
TRACES = (90, 270, 690, 400)  # left, top, right, bottom: inside them, with a message above
# A machine that is busy loses pictures of the camera while the model is loading: that is a fault.
LIVE = "Milmer Live: (fault|live)"
RECORDING = "Milmer Live: (fault, )?recording 07"
BALANCE = "Balance of the recording"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X is Linux's screen")


@pytest.fixture
def screen() -> Iterator[Screen]:
    with virtual_screen() as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def program(screen: Screen, home: Path) -> Iterator[subprocess.Popen[str]]:
    running = screen.start(
        [sys.executable, "-m", "milmer_live", "demo", "--no-publish"],
        MILMER_LIVE_CONFIG=str(home / "config"),
        MILMER_LIVE_RECORDINGS=str(home / "recordings"),
    )
    yield running
    if running.poll() is None:
        running.kill()
    running.communicate()


@pytest.mark.timeout(240)
def test_an_experimenter_records_labels_looks_back_filters_and_closes(
    screen: Screen, program: subprocess.Popen[str], home: Path, qtbot: QtBot
) -> None:
    twin = _twin(qtbot)
    window = screen.wait_for(LIVE, START_S)
    screen.focus(window)
    screen.press("1")  # nothing is recorded yet: this label is refused
    _record(screen, window)
    screen.press("t", "2", "4", "t", "3", "ctrl+z")
    screen.focus(window)
    _click_low_pass(screen, twin, home / "recordings")
    _type_low_pass(screen)
    _look_back(screen, home / "recordings")
    screen.focus(window)
    screen.click(*_middle(twin, twin.session.bar.record_button))
    _say_yes(screen)
    screen.wait_for(BALANCE, SOON_S)
    screen.wait_for(LIVE, SOON_S)
    _close_while_it_records(screen, window)
    _close_balance(screen, program)
    out, errors = program.communicate(timeout=SOON_S)
    assert (program.returncode, errors) == (0, ""), out
    first, second = sorted(file.parent for file in (home / "recordings").glob("**/session.xdf"))
    _is_whole(first)
    _is_whole(second)
    _holds_what_was_done(first)


def _record(screen: Screen, window: str) -> None:
    screen.press("ctrl+e")
    screen.focus(screen.wait_for("Session", SOON_S))
    screen.write("07")
    screen.press("Return")
    screen.wait_for(RECORDING, SOON_S)
    screen.focus(window)


def _look_back(screen: Screen, pictures: Path) -> None:
    """Paused, pictures of the window have the same traces, once the messages above them move them
    no more; live, they never have."""
    screen.press("p")
    assert _repeats(screen, pictures)
    screen.press("p")
    assert not _repeats(screen, pictures)


def _repeats(screen: Screen, folder: Path) -> bool:
    """Whether two pictures in a row have the same traces."""
    left, top, right, bottom = TRACES
    seen = _picture(screen, folder)[top:bottom, left:right]
    for _ in range(1, PICTURES):
        before, seen = seen, _picture(screen, folder)[top:bottom, left:right]
        if np.array_equal(before, seen):
            return True
    return False


def _picture(screen: Screen, folder: Path) -> UInt8:
    """The window's own picture, which it saves in `folder`."""
    count = len(_whole_pictures(folder)) + 1
    screen.press("F12")
    wait_until(lambda: len(_whole_pictures(folder)) == count, SOON_S)
    newest = max(_whole_pictures(folder), key=lambda file: file.stat().st_mtime_ns)
    return _grey(QImage(str(newest)))


def _grey(image: QImage) -> UInt8:
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return pixels[:, : image.width()].copy()


def _whole_pictures(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("pictures/*.png") if not QImage(str(file)).isNull()]


def _twin(qtbot: QtBot) -> MainWindow:
    """A window of the same size in this process, which tells where things are."""
    window = MainWindow(remembers=False)
    qtbot.addWidget(window)
    window.resize(*SIZE)
    line = StreamLine("EEG", "amplifier", 1)
    window.session.bar.streams.show_lines([line], is_recorded=True)  # as while it runs
    window.show()
    return window


def _click_low_pass(screen: Screen, twin: MainWindow, pictures: Path) -> None:
    """A message that comes or goes above the filters moves them, so where they are is seen in the
    window's own picture, and seen again after the click."""
    filters = twin.signals.filters
    sought = _grey(filters.grab().toImage())
    middle = filters.high.geometry().center()
    after, before = _place(sought, _picture(screen, pictures)), None
    while before != after:
        before = after
        screen.click(before[0] + middle.x(), before[1] + middle.y())
        after = _place(sought, _picture(screen, pictures))


def _place(sought: UInt8, picture: UInt8) -> tuple[int, int]:
    """Left and top of what is most like `sought` in a picture."""
    likeness = cv2.matchTemplate(picture, sought, cv2.TM_CCOEFF_NORMED)
    _, best, _, (left, top) = cv2.minMaxLoc(likeness)
    assert best > LIKE, best
    return left, top


def _middle(window: MainWindow, of: QWidget) -> tuple[int, int]:
    """Without a window manager the window begins at the screen's corner."""
    at = of.mapTo(window, QPoint(of.width() // 2, of.height() // 2))
    return at.x(), at.y()


def _type_low_pass(screen: Screen) -> None:
    """Digits that are typed into a field are no labels."""
    screen.press("ctrl+a")
    screen.write("41")
    screen.press("Return")


def _close_while_it_records(screen: Screen, window: str) -> None:
    """It asks, and closes the recording first."""
    screen.focus(window)
    screen.press("ctrl+r")
    screen.wait_for(RECORDING, SOON_S)
    screen.press("ctrl+q")
    _say_yes(screen)


def _say_yes(screen: Screen) -> None:
    """To "End the recording?", where Enter alone would go on."""
    screen.focus(screen.wait_for("End the recording.*", SOON_S))
    screen.press("Tab", "space")


def _close_balance(screen: Screen, program: subprocess.Popen[str]) -> None:
    """The program ends by itself once the file was read back and is whole. Where a picture was
    lost, the window stays until that was seen."""
    try:
        program.wait(SOON_S)
    except subprocess.TimeoutExpired:
        screen.focus(screen.wait_for(BALANCE, SOON_S))
        screen.press("Escape")


def _is_whole(folder: Path) -> None:
    """But for pictures of the camera, which a busy machine loses; those are told."""
    card = read_card(folder)
    assert card.read_back == READ_EQUAL
    (eeg,) = (one for one in card.balance if one.kind == "EEG")
    assert eeg.outcome is Outcome.WHOLE
    command = [sys.executable, "-m", "milmer_live", "check", str(folder)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode == 0) == (not card.shortfalls), checked.stdout


def _holds_what_was_done(folder: Path) -> None:
    session = open_session(folder)
    held = annotations_of(session.file)
    assert [one.text for one in held] == [Quadrant.LAHV.name, Quadrant.HALV.name]
    assert {one.trial for one in held} == {"1"}
    events = session.file.named(EVENTS)
    assert events is not None
    assert any('"high_hz":41.0' in text for text in events.texts), events.texts
