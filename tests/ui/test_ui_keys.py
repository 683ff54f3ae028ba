"""What is done during a run is done by keys, which a text field keeps for itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from test_session_recording import CLOCK
from test_ui_session import Run, begin, end

from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.participant_screen import Content

# Of Qt without a screen, about dialogs that have a smallest size and popups.
pytestmark = pytest.mark.qt_log_ignore(
    "propagateSizeHints", "does not support raise", "grabbing the keyboard"
)
KEYS = {"V", "A", "N", "Esc", ".", ",", "Shift+C", "Shift+M", "Shift+X", "Shift+W"}


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.fixture
def window(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> Iterator[MainWindow]:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(tmp_path / "recordings"))
    made = MainWindow(lambda: run, clock=CLOCK, remembers=False)
    made.show()
    made.activateWindow()
    made.start()
    qtbot.waitUntil(lambda: made.bridge.engine is run and made.bridge.snapshot is not None)
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running, timeout=20_000)
    made.deleteLater()


def press(keys: str) -> None:
    """Type to whatever has the keyboard now, as a user does."""
    place = QApplication.activePopupWidget() or QApplication.focusWidget()
    assert place is not None
    QTest.keyClicks(place, keys)


def entered(window: MainWindow) -> list[tuple[str, str, float | None]]:
    book = window.session.labels.book
    assert book is not None
    return [(one.kind, one.scale or one.text, one.value) for one in book.valid]


def test_a_rating_is_two_keys(qtbot: QtBot, window: MainWindow) -> None:
    begin(qtbot, window.session)
    press("v")
    assert window.session.labels.rating.isVisible()
    press("7")
    press("a")
    press("2")
    assert not window.session.labels.rating.isVisible()
    assert entered(window) == [("rating", "valence", 7), ("rating", "arousal", 2)]
    press("v")
    QTest.keyClick(window.session.labels.rating, Qt.Key.Key_Escape)
    press("1")  # a label again
    assert entered(window)[2:] == [("label", "HAHV", None)]
    end(qtbot, window.session)


def test_a_note_is_written_without_the_mouse_and_its_letters_are_no_keys(
    qtbot: QtBot, window: MainWindow
) -> None:
    begin(qtbot, window.session)
    window.docks.docks["labels"].hide()
    press("n")
    qtbot.waitUntil(window.labels.note.hasFocus)
    press("van 12., HBTX")
    assert window.labels.note.text() == "van 12., HBTX"
    assert not window.session.labels.rating.isVisible()
    assert not window.participant.isVisible()
    QTest.keyClick(window.labels.note, Qt.Key.Key_Return)
    assert entered(window) == [("note", "van 12., HBTX", None)]
    assert window.signals.canvas.hasFocus(), "the next key is the window's again"
    press("n")
    qtbot.waitUntil(window.labels.note.hasFocus)
    press("no")
    QTest.keyClick(window.labels.note, Qt.Key.Key_Escape)
    assert window.labels.note.text() == ""
    assert window.signals.canvas.hasFocus()
    assert len(entered(window)) == 1
    end(qtbot, window.session)


@pytest.mark.parametrize("key", ["v", "a", "n"])
def test_without_a_recording_they_are_refused_in_words(window: MainWindow, key: str) -> None:
    press(key)
    assert "not kept" in window.labels.header.subtitle.toolTip()
    assert not window.session.labels.rating.isVisible()
    assert not window.labels.note.hasFocus()


def test_a_channel_is_selected_hidden_and_marked_by_keys(
    qtbot: QtBot, window: MainWindow, run: Run
) -> None:
    run.amplifier.push(64)
    qtbot.waitUntil(lambda: bool(window.feed.names), timeout=20_000)
    names, signals = window.feed.names, window.signals
    window.timeline.canvas.setFocus()
    press(".")
    assert signals.view.selected == names[0]
    press(".")
    press("b")
    assert (signals.view.selected, signals.view.bad) == (names[1], frozenset({names[1]}))
    press("h")
    assert signals.view.hidden == frozenset({names[1]})
    press(".")
    assert signals.view.selected == names[2], "it goes on from the one that was hidden"
    press(",")
    assert signals.view.selected == names[0]
    press(",")
    assert signals.view.selected == names[0], "there is none above"
    for _ in names:
        press(".")
    assert signals.view.selected == names[-1]


def test_what_the_participant_sees_has_keys(qtbot: QtBot, window: MainWindow) -> None:
    keys = ((Qt.Key.Key_M, Content.MIRROR), (Qt.Key.Key_X, Content.BLANK))
    for key, content in (*keys, (Qt.Key.Key_C, Content.CROSS)):
        QTest.keyClick(window, key, Qt.KeyboardModifier.ShiftModifier)
        qtbot.waitUntil(window.participant.isVisible)
        assert window.participant.content is content
    assert window.participant.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)


def test_the_help_has_them(window: MainWindow) -> None:
    window.tools.show_help()
    assert window.tools.help is not None
    assert set(dict(window.tools.help.lines())) >= KEYS
    window.tools.help.close()
