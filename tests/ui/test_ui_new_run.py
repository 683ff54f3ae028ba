"""Another device, another look: what is remembered, cleared and applied at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from pytestqt.qtbot import QtBot

from milmer_live.clock import LSLClock
from milmer_live.config import CameraSettings
from milmer_live.errors import SourceNotFound
from milmer_live.live.run import (
    Launch,
    Setup,
)
from milmer_live.live.sources.discovery import Found
from milmer_live.model.card import Card, bundled_checkpoint, read_card
from milmer_live.ui.dialogs.found_list import FoundModel
from milmer_live.ui.language import setting_words
from milmer_live.ui.look import theme
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.state.marker_log import (
    MarkerLog,
    Noted,
)
from milmer_live.ui.state.preferences import (
    AppSettings,
    FilterProfile,
    Profile,
    ViewSettings,
    described,
)

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Launcher:
    def card_of(self, checkpoint: str) -> Card:
        return read_card(Path(checkpoint) if checkpoint else bundled_checkpoint())

    def demo(self) -> Launch:
        return Launch(self._open)

    def connect(self, setup: Setup, _camera: CameraSettings) -> Launch:
        def refuse() -> FakeEngine:
            raise SourceNotFound(f"No stream {setup.eeg}.", "Is it running?")

        return Launch(refuse if "Nope" in setup.eeg else self._open)

    def _open(self) -> FakeEngine:
        return FakeEngine(LSLClock(), channel_names=("Cz", "Pz"), before_s=5.0)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path))
    made = MainWindow(launcher=Launcher(), remembers=False)
    made.show()
    made.start()
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running, timeout=20_000)
    made.deleteLater()


def test_a_set_up_that_never_connected_does_not_replace_the_good_one(
    qtbot: QtBot, window: MainWindow
) -> None:
    assert window.launch is not None
    setups = window.launch.setups
    window.launch.connect_to(Setup("lsl:Amp"))
    qtbot.waitUntil(lambda: setups.last() == Setup("lsl:Amp"), timeout=20_000)
    window.launch.connect_to(Setup("lsl:Nope"))
    qtbot.waitUntil(lambda: "Nope" in window.banner.text(), timeout=20_000)
    window.launch.start_demo()
    qtbot.waitUntil(lambda: window.top_bar.state.text() == "Live", timeout=20_000)
    assert setups.last() == Setup("lsl:Amp")


def test_old_markers_are_not_drawn_for_another_device(window: MainWindow) -> None:
    now = window.clock.now()
    window.markers.add(Noted(now - 5, "of the one before"))
    assert window.launch is not None
    window.launch.start_demo()
    assert window.markers.between(now - 60, now + 60) == []
    assert [one.text for one in window.markers.all()] == ["of the one before"]


def test_markers_after_that_are_drawn() -> None:
    log = MarkerLog()
    log.add(Noted(1.0, "old"))
    log.draw_from(2.0)
    log.add(Noted(3.0, "new"))
    assert [one.text for one in log.between(0.0, 9.0)] == ["new"]


def test_the_look_of_the_system_is_taken_at_once(window: MainWindow) -> None:
    light = AppSettings(profiles={"default": Profile(view=ViewSettings(theme="light"))})
    window.preferences.use(light)
    assert window.look is theme.LIGHT
    assert not window.follows_system
    window.preferences.use(AppSettings())
    assert window.look is theme.DARK, "the system of the tests says nothing"
    assert window.follows_system


def test_ranges_are_said_in_words_with_their_unit() -> None:
    notes = {one.name: setting_words.note(one) for one in described(FilterProfile)}
    assert notes["low_hz"] == "0 or more Hz · default 1"
    assert notes["order"] == "1 to 8 · default 4"
    assert not any("…" in note for note in notes.values())


def test_a_camera_of_lsl_tells_its_rate() -> None:
    rows = FoundModel()
    assert rows.texts(Found("camera", "lsl:C", "C", "LSL, here", 25.0))[2] == "25 fps"
    assert rows.texts(Found("camera", "camera:0", "C", "camera:0"))[2] == "–"


def test_nothing_of_the_run_before_is_shown_when_the_next_one_cannot_be_had(
    qtbot: QtBot, window: MainWindow
) -> None:
    assert window.launch is not None
    window.launch.start_demo()
    bar = window.session.bar
    qtbot.waitUntil(lambda: bar.state.text() == "LIVE", timeout=20_000)
    qtbot.waitUntil(lambda: any(one.isVisible() for one in window.status.sources))
    window.launch.connect_to(Setup("lsl:Nope"))
    qtbot.waitUntil(lambda: "Nope" in window.banner.text(), timeout=20_000)
    qtbot.waitUntil(lambda: bar.state.text() == "IDLE")
    assert window.windowTitle() == "Milmer Live"
    assert not any(one.isVisible() for one in window.status.sources)
    assert window.status.figures["predictions"].text() == "0"
    assert window.camera.header.subtitle.text() == ""
