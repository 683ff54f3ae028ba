"""Panels as docks: their keys, what is remembered of them, and what the participant sees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from milmer_live.clock import FakeClock
from milmer_live.ui.actions import Actions
from milmer_live.ui.controllers.keys import PANEL_KEYS
from milmer_live.ui.look.widgets import Panel
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.participant_screen import Content, ParticipantScreen
from milmer_live.ui.state.layouts import LayoutStore

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1000.0)


@pytest.fixture
def engine(clock: FakeClock) -> FakeEngine:
    return FakeEngine(clock, before_s=8.0)


@pytest.fixture
def open_window(
    qtbot: QtBot,
    clock: FakeClock,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OpenWindow]:
    """Windows that remember, in a folder of this test."""
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path))
    opened: list[MainWindow] = []

    def make(**options: Any) -> MainWindow:
        opened.append(MainWindow(lambda: engine, clock=clock, **options))
        opened[-1].show()
        opened[-1].start()
        qtbot.waitExposed(opened[-1])
        qtbot.waitUntil(lambda: opened[-1].affect.plane.paints > 0)
        return opened[-1]

    yield make
    for window in opened:
        window.close()
    qtbot.waitUntil(lambda: not any(window.bridge.running for window in opened))
    for window in opened:
        window.deleteLater()


def close(qtbot: QtBot, window: MainWindow) -> None:
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())


def wait_seen(qtbot: QtBot, panel: Panel, wanted: bool) -> None:
    qtbot.waitUntil(lambda: panel.is_seen == wanted)


def test_each_panel_has_a_key_that_hides_and_shows_it(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window()
    for name, panel in window.panels.items():
        was = panel.is_seen
        for wanted in (not was, was):
            QTest.keySequence(window, QKeySequence(PANEL_KEYS[name]))
            wait_seen(qtbot, panel, wanted)


def test_a_panel_behind_a_tab_comes_to_the_front_by_its_key(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window()
    docks = window.docks.docks
    window.docks.tabifyDockWidget(docks["camera"], docks["affect"])
    docks["camera"].raise_()
    qtbot.waitUntil(lambda: window.camera.is_seen and not window.affect.is_seen)
    QTest.keyClick(window, Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: window.affect.is_seen and not window.camera.is_seen)


def test_a_panel_behind_a_tab_costs_nothing(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window()
    docks = window.docks.docks
    window.docks.tabifyDockWidget(docks["signals"], docks["camera"])
    docks["camera"].raise_()
    qtbot.waitUntil(lambda: not window.signals.is_seen)
    before = window.signals.canvas.paints
    for _ in range(3):
        window.bridge.pull()
        QApplication.processEvents()
    assert window.signals.canvas.paints == before
    window.bridge.pull()
    assert window.camera.picture.paints > 0


def test_the_layout_is_as_it_was_left(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window()
    window.docks.toggle("camera")
    qtbot.waitUntil(lambda: not window.camera.is_seen)
    close(qtbot, window)
    again = open_window()
    assert not again.camera.is_seen
    QTest.keyClick(again, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: again.camera.is_seen)


def test_a_layout_file_that_is_none_gives_the_default(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    nonsense = {"last": {"docks": "bm9u", "geometry": ""}, "named": 3}
    (tmp_path / "layouts.json").write_text(json.dumps(nonsense))
    window = open_window()
    assert window.signals.is_seen
    assert window.camera.is_seen


def test_layouts_with_a_name(open_window: OpenWindow, tmp_path: Path) -> None:
    window = open_window()
    store = LayoutStore(tmp_path / "named.json")
    store.keep("Studie 1/A", window.layout_now())
    read = LayoutStore(tmp_path / "named.json")
    assert read.names() == ("Studie 1/A",)
    assert read.named("Studie 1/A") == window.layout_now()
    read.forget("Studie 1/A")
    assert LayoutStore(tmp_path / "named.json").names() == ()


def test_a_guard_keeps_the_window_open(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window()
    answers = [False, True]
    window.close_guards.append(lambda: answers.pop(0))
    window.close()
    assert window.bridge.running
    close(qtbot, window)
    assert not answers


def test_another_engine_takes_over(
    qtbot: QtBot, open_window: OpenWindow, engine: FakeEngine, clock: FakeClock
) -> None:
    window = open_window()
    other = FakeEngine(clock, channel_names=("Cz", "Pz", "Oz"), before_s=3.0)
    window.use_engine(lambda: other, "another model")
    qtbot.waitUntil(lambda: window.feed.names == ("Cz", "Pz", "Oz"))
    assert engine.stopped.is_set()
    assert other.started.is_set()


def test_a_key_is_given_once(qtbot: QtBot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    actions = Actions(field)
    actions.add("Labels", "Calm", "2", lambda: None)
    with pytest.raises(ValueError, match="taken"):
        actions.add("Labels", "Sad", "2", lambda: None)


def test_a_key_that_types_is_not_an_action_in_a_text_field(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window()
    hits: list[int] = []
    window.actions_.add("Labels", "Awe", "5", lambda: hits.append(5))
    QTest.keyClick(window, Qt.Key.Key_5)
    assert hits == [5]
    field = QLineEdit(window)
    field.show()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClick(field, Qt.Key.Key_5)
    assert (field.text(), hits) == ("5", [5])


def test_the_participant_sees_a_cross_words_or_the_mirror_and_nothing_else(
    qtbot: QtBot, engine: FakeEngine
) -> None:
    screen = ParticipantScreen()
    qtbot.addWidget(screen)
    screen.show()
    shown = {}
    for content in Content:
        screen.show_content(content, "Please wait")
        screen.show_snapshot(engine.snapshot())
        shown[content] = screen.grab().toImage()
    blank = shown.pop(Content.BLANK)
    assert all(image != blank for image in shown.values())
    screen.show_content(Content.CROSS)
    engine.changes = {"fault": "The camera sends nothing."}
    screen.show_snapshot(engine.snapshot())
    assert screen.grab().toImage() == shown[Content.CROSS]


def test_the_participants_screen_opens_and_closes_by_its_key(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window()
    QTest.keyClick(window, Qt.Key.Key_F10)
    qtbot.waitUntil(window.participant.isVisible)
    close(qtbot, window)
    assert not window.participant.isVisible()
