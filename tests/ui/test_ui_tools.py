"""Pictures, keys and layouts: what the window does beside a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from drawings import both, image_pixels, near, svg_texts
from fake_engine import FakeEngine
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from milmer_live.clock import FakeClock
from milmer_live.errors import RecordingError
from milmer_live.live.session_recording import RunFacts
from milmer_live.samples import UInt8
from milmer_live.ui.look import theme
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.paper import pictures
from milmer_live.ui.participant_screen import Content
from milmer_live.ui.state import preferences
from milmer_live.ui.state.preferences import (
    AppSettings,
    FilterProfile,
    Profile,
    ViewSettings,
)

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1000.0)


@pytest.fixture
def window(
    qtbot: QtBot, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(tmp_path))
    engine = FakeEngine(clock, channel_names=("Fz", "Cz", "Pz", "Oz"), before_s=15.0)
    made = MainWindow(lambda: engine, clock=clock, remembers=False)
    made.show()
    made.start()
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: made.feed.next_index is not None, timeout=30_000)
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running, timeout=30_000)
    made.deleteLater()


def test_one_key_saves_the_window_with_time_and_participant(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.session.prepare(replace(window.session.choice, participant="07"))
    QTest.keyClick(window, Qt.Key.Key_F12)
    folder = tmp_path / "pictures"
    qtbot.waitUntil(lambda: len(list(folder.glob("*_07.png"))) == 1, timeout=30_000)
    qtbot.waitUntil(lambda: "Saved" in window.banner.text(), timeout=30_000)
    picture = QImage(str(next(folder.glob("*.png"))))
    assert (picture.width(), picture.height()) == (
        window.width(),
        window.height() + pictures.CAPTION_HEIGHT,
    )


def test_one_key_saves_the_panels_as_drawings(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    QTest.keyClick(window, Qt.Key.Key_F12, Qt.KeyboardModifier.ShiftModifier)
    folder = tmp_path / "pictures"
    qtbot.waitUntil(lambda: len(list(folder.glob("*"))) == 2, timeout=30_000)
    svg, pdf = (next(folder.glob(f"*.{ending}")) for ending in ("svg", "pdf"))
    assert QSvgRenderer(QByteArray(svg.read_bytes())).isValid()
    assert pdf.read_bytes().startswith(b"%PDF")


SKIN = "#DEB296"  # of the drawn face


class DrawnRun(FakeEngine):
    """A run that says its participant is drawn, as the demo's does."""

    engine = None
    side_streams = ()
    facts = RunFacts(is_drawn=True)


def saved(qtbot: QtBot, window: MainWindow, folder: Path) -> dict[str, UInt8]:
    """What F12 and Shift+F12 save now, as pixels."""
    for file in folder.glob("*"):
        file.unlink()
    window.banner.show_fault("")
    QTest.keyClick(window, Qt.Key.Key_F12)
    QTest.keyClick(window, Qt.Key.Key_F12, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: window.banner.text().endswith(".pdf"), timeout=30_000)
    svg, pdf, png = (next(folder.glob(f"*.{ending}")) for ending in ("svg", "pdf", "png"))
    size = QSvgRenderer(str(svg)).viewBox().size()
    seen = both(svg.read_bytes(), pdf.read_bytes(), size)
    return seen | {"png": image_pixels(QImage(str(png)))}


def test_no_face_is_saved_without_consent_and_that_is_said(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    folder, choice = tmp_path / "pictures", window.session.choice
    window.session.prepare(replace(choice, participant="07"))
    seen = saved(qtbot, window, folder)
    assert max(int(near(one, SKIN).sum()) for one in seen.values()) < 300  # of edges of bars
    assert "consent is not ticked" in window.banner.text()
    assert str(folder) in window.banner.text()
    svg = next(folder.glob("*.svg")).read_bytes()
    assert svg_texts(svg).count("No consent to be filmed") == 2, "for the picture and the faces"
    screen = image_pixels(window.camera.grab().toImage())
    assert near(screen, SKIN).sum() > 1500, "on the screen it is still seen"

    window.session.prepare(replace(choice, participant="07", consent=True))
    seen = saved(qtbot, window, folder)
    assert min(int(near(one, SKIN).sum()) for one in seen.values()) > 1500
    assert "consent" not in window.banner.text()


def test_a_drawn_participant_needs_no_consent(
    qtbot: QtBot, window: MainWindow, clock: FakeClock, tmp_path: Path
) -> None:
    window.use_engine(lambda: DrawnRun(clock, before_s=15.0))
    qtbot.waitUntil(lambda: isinstance(window.bridge.engine, DrawnRun), timeout=30_000)
    qtbot.waitUntil(lambda: window.bridge.snapshot is not None, timeout=30_000)
    seen = saved(qtbot, window, tmp_path / "pictures")
    assert min(int(near(one, SKIN).sum()) for one in seen.values()) > 1500


def test_no_picture_overwrites_another(tmp_path: Path) -> None:
    first = pictures.save_bytes(b"1", tmp_path / "a.svg")
    second = pictures.save_bytes(b"2", tmp_path / "a.svg")
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")


def test_a_picture_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="cannot be written"):
        pictures.save_bytes(b"1", tmp_path / "file" / "a.svg")


def test_the_help_lists_every_key_there_is(window: MainWindow) -> None:
    QTest.keyClicks(window, "?")
    assert window.tools.help is not None
    shown = dict(window.tools.help.lines())
    wanted = {
        action.shortcut().toString(): action.text()
        for actions in window.actions_.groups().values()
        for action in actions
    }
    assert shown == wanted
    assert {"F2", "P", "F11", "F12", "Ctrl+T"} <= set(shown)
    window.tools.help.close()


def test_a_layout_with_a_name_is_found_in_the_menu_and_used(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.docks.docks["camera"].hide()
    qtbot.waitUntil(lambda: not window.camera.is_seen)
    window.tools.keep_layout("No camera")
    window.reset_layout()
    qtbot.waitUntil(lambda: window.camera.is_seen)
    layouts, _ = window.tools.menus()
    next(action for action in layouts.actions() if action.text() == "No camera").trigger()
    qtbot.waitUntil(lambda: not window.camera.is_seen)
    window.tools.forget_layout("No camera")
    layouts, _ = window.tools.menus()
    assert "No camera" not in [action.text() for action in layouts.actions()]


def test_another_theme_is_an_open_dialogs_too(window: MainWindow) -> None:
    QTest.keyClicks(window, "?")
    assert window.tools.help is not None
    keys = [one for one in window.tools.help.findChildren(QLabel) if one.property("keys")]
    assert theme.DARK.raised in keys[0].styleSheet()
    window.swap_theme()
    assert theme.LIGHT.raised in keys[0].styleSheet()
    window.tools.help.close()


def test_all_of_the_menu_fits_a_low_screen(window: MainWindow) -> None:
    assert window.actions_.menu().sizeHint().height() < 700


def test_words_and_mirror_are_shown_to_the_participant(window: MainWindow) -> None:
    window.tools.show_to_participant(Content.WORDS, "Please sit still.")
    assert window.participant.isVisible()
    assert window.participant.words == "Please sit still."
    window.tools.show_to_participant(Content.MIRROR)
    assert window.participant.content is Content.MIRROR


def test_a_note_gives_way_to_a_fault_and_a_fault_to_none(window: MainWindow) -> None:
    window.banner.show_note("Saved.")
    assert window.banner.text() == "Saved."
    window.banner.show_fault("The camera sends nothing.")
    window.banner.show_note("Saved.")
    assert window.banner.text() == "The camera sends nothing."


def test_settings_are_applied_at_once_and_kept(
    qtbot: QtBot, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path))
    engine = FakeEngine(clock, channel_names=("Fz", "Cz"), before_s=5.0)
    window = MainWindow(lambda: engine, clock=clock)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.feed.next_index is not None, timeout=30_000)
    profile = Profile(
        view=ViewSettings(seconds=20, theme="light"),
        filters=FilterProfile(own=True, high_hz=40.0),
    )
    window.preferences.use(AppSettings().with_profile("Study", profile))
    assert window.signals.view.seconds == 20
    assert window.look is theme.LIGHT
    qtbot.waitUntil(lambda: engine.filters.high_hz == 40.0, timeout=30_000)
    file = tmp_path / "settings.toml"
    qtbot.waitUntil(file.exists, timeout=30_000)
    window.close()
    qtbot.waitUntil(lambda: not window.bridge.running, timeout=30_000)
    assert preferences.read(file).current == profile
    window.deleteLater()
