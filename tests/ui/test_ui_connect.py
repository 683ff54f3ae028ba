"""Connecting from the window: what is found, what is refused, what is remembered."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pylsl
import pytest
from fake_engine import FakeEngine
from live_tools import QUICK, ScriptedEEG, WatchingPredictor, whole_frame
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from rich.console import Console

from milmer_live.acquisition.brainflow.boards import list_boards
from milmer_live.acquisition.camera.device import CameraListing
from milmer_live.acquisition.lsl.eeg import (
    StreamListing,
    discover,
)
from milmer_live.clock import FakeClock, LSLClock
from milmer_live.config import CameraSettings
from milmer_live.errors import ModelError, SourceNotFound
from milmer_live.live.engine import Engine
from milmer_live.live.inference.model_switch import NewModel
from milmer_live.live.publisher import Publisher
from milmer_live.live.run import (
    Launch,
    Setup,
)
from milmer_live.live.sources.discovery import Scout
from milmer_live.model.card import Card, bundled_checkpoint, read_card
from milmer_live.processing.channels.device_profiles import (
    Sender,
    own_profile,
)
from milmer_live.runs.launcher import WindowLauncher
from milmer_live.runs.recognizer import Recognizer
from milmer_live.samples import EEGChunk, EEGInfo
from milmer_live.ui.dialogs.connect import ConnectDialog
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.state.preferences import (
    AppSettings,
    Profile,
)
from milmer_live.ui.state.setups import (
    SetupStore,
)

AMP = StreamListing("Amp", "EEG", "amp-1", "lab-3", 8, 250.0, "float32")
KEYS = StreamListing("Keys", "Markers", "keys-1", "lab-3", 1, 0.0, "string")
FILM = StreamListing("Film", "VideoFrames", "film-1", "lab-3", 2, 0.0, "string")
CAMERA = CameraListing(0, "Webcam")


class Stream:
    """An EEG source that has 25 samples in each chunk, as long as it is well."""

    def __init__(self, unit: str = "µV", unusable: str = "") -> None:
        self.chunks = 0
        self.unit, self.unusable = unit, unusable
        self.well = True
        self.is_open = False

    def open(self) -> EEGInfo:
        if not self.well:
            raise SourceNotFound("The amplifier does not answer.", "Is it on?")
        self.is_open = True
        return EEGInfo("Amp", "amp-1", ("Cz",), 250.0, self.unit, unusable=self.unusable)

    def read(self, timeout_s: float) -> EEGChunk | None:  # noqa: ARG002 - of the protocol
        if not self.chunks:
            return None
        self.chunks -= 1
        return EEGChunk(np.zeros((25, 1), np.float32), np.zeros(25), 0)

    def close(self) -> None:
        self.is_open = False


def scout_of(clock: FakeClock, stream: Stream, *streams: StreamListing) -> Scout:
    return Scout(
        clock,
        look=lambda _seconds: streams,
        cameras=lambda: (CAMERA,),
        open_source=lambda _spec: stream,
    )


def test_the_scout_tells_the_rate_at_which_a_stream_really_comes() -> None:
    clock, stream = FakeClock(), Stream()
    scout = scout_of(clock, stream, AMP, KEYS)
    assert scout.found is None
    for _ in range(20):
        stream.chunks = 1
        scout.step()
        clock.advance(0.125)
    assert scout.found is not None
    amp, keys, camera = scout.found
    assert (amp.kind, keys.kind, camera.kind) == ("eeg", "markers", "camera")
    assert amp.measured_hz == pytest.approx(200.0)
    assert amp.age_s == 0.0
    clock.advance(3.0)
    scout.step()
    assert scout.found[0].age_s == pytest.approx(3.125)


def test_the_pictures_of_a_replay_are_offered_as_a_camera() -> None:
    scout = scout_of(FakeClock(), Stream(), FILM, KEYS)
    scout.step()
    assert scout.found is not None
    film, keys, _ = scout.found
    assert (film.kind, film.spec, film.title) == ("camera", "lsl:source_id=film-1", "Film")
    assert keys.kind == "markers"


def test_what_a_run_of_this_program_sends_is_not_offered() -> None:
    """Its markers would be recorded beside a new run, and be gone when that begins."""
    engine = Engine(ScriptedEEG([]), None, WatchingPredictor(), whole_frame, QUICK, LSLClock())
    publisher = Publisher.attached(engine)
    ours = [one for one in discover() if one.source_id.startswith(publisher.source_id)]
    assert {one.name for one in ours} == {"MilmerLive-Predictions", "MilmerLive-Events"}
    scout = scout_of(FakeClock(), Stream(), *ours, KEYS)
    scout.step()
    publisher.close()
    assert scout.found is not None
    assert [one.title for one in scout.found] == ["Keys", "Webcam"]


def test_the_scout_says_why_a_stream_cannot_be_read_and_tries_again() -> None:
    clock, stream = FakeClock(), Stream()
    stream.well = False
    scout = scout_of(clock, stream, AMP)
    scout.step()
    assert scout.found is not None
    assert scout.found[0].problem == "The amplifier does not answer. Is it on?"
    stream.well = True
    scout.step()
    assert scout.found[0].problem == ""
    assert stream.is_open
    scout.close()
    assert not stream.is_open


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[ConnectDialog]:
    made = ConnectDialog(lambda: scout_of_now(), Setup("lsl:source_id=amp-9", "camera:1"), None)
    qtbot.addWidget(made)
    made.setMinimumSize(0, 0)
    yield made
    made.close()


def scout_of_now(unit: str = "µV", unusable: str = "") -> Scout:
    return Scout(
        LSLClock(),
        look=lambda _seconds: (AMP, KEYS),
        cameras=lambda: (CAMERA,),
        open_source=lambda _spec: Stream(unit, unusable),
    )


@pytest.fixture
def shown(qtbot: QtBot, dialog: ConnectDialog) -> ConnectDialog:
    dialog.show()
    qtbot.waitUntil(lambda: dialog.streams.rows.rowCount() == 1)
    return dialog


pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


def test_a_stream_and_a_camera_are_chosen_by_click(qtbot: QtBot, shown: ConnectDialog) -> None:
    assert not shown.connect_button.isEnabled()
    shown.streams.selectRow(0)
    shown.cameras.selectRow(0)
    assert shown.setup() == Setup(
        "lsl:source_id=amp-1", "camera:0", markers=("lsl:source_id=keys-1",)
    )
    with qtbot.waitSignal(shown.connect_asked) as asked:
        QTest.mouseClick(shown.connect_button, Qt.MouseButton.LeftButton)
    assert asked.args == [shown.setup()]
    assert not shown.isVisible()


def test_what_is_chosen_stays_chosen_while_the_list_is_renewed(shown: ConnectDialog) -> None:
    shown.streams.selectRow(0)
    shown.refresh()
    assert shown.streams.spec() == "lsl:source_id=amp-1"


def test_an_address_that_names_nothing_is_refused_while_it_is_typed(
    dialog: ConnectDialog,
) -> None:
    QTest.keyClicks(dialog.eeg, "lsl")
    assert "names no EEG source" in dialog.problem.text()
    assert not dialog.connect_button.isEnabled()
    QTest.keyClicks(dialog.eeg, ":Amp")
    assert dialog.problem.text() == ""
    assert dialog.connect_button.isEnabled()
    QTest.keyClicks(dialog.checkpoint, "/nowhere/model.safetensors")
    assert dialog.problem.text() == "There is no such model file."


def test_the_unit_is_asked_for_where_a_stream_states_no_voltage(qtbot: QtBot) -> None:
    made = ConnectDialog(lambda: scout_of_now("counts", "'counts' is no voltage."), None, None)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: bool(made.streams.rows.found) and made.streams.rows.found[0].needs_unit)
    assert not made.channels.unit.isEnabled(), "nothing is chosen yet"
    made.streams.selectRow(0)
    assert made.channels.unit.isEnabled()
    assert made.connect_button.isEnabled(), "an odd unit is not refused"
    assert made.setup().unit == ""
    assert "(counts)" in made.says.text()
    made.channels.unit.setCurrentText("mV")
    assert made.setup() == Setup(
        "lsl:source_id=amp-1", markers=("lsl:source_id=keys-1",), unit="mV"
    )
    assert "(counts)" not in made.says.text()
    made.eeg.setText("brainflow:SYNTHETIC")
    assert not made.channels.unit.isEnabled()
    assert made.setup().unit == "", "a board gives µV"
    made.close()


def test_a_board_is_chosen_by_name_with_what_it_needs_filled_in(dialog: ConnectDialog) -> None:
    dialog.offer_boards(list_boards())
    names = [dialog.boards.boards.itemText(at) for at in range(dialog.boards.boards.count())]
    assert "Cyton (8 channels, 250 Hz)" in names
    assert not any(name.startswith("Shimmer3") for name in names), "it has no EEG"
    for at in range(1, len(names)):
        dialog.boards.boards.setCurrentIndex(at)
        dialog.boards.boards.activated.emit(at)
        assert dialog.eeg.text().startswith("brainflow:")
        assert dialog.problem.text() == ""
        assert dialog.connect_button.isEnabled()
    at = names.index("Cyton (8 channels, 250 Hz)")
    dialog.boards.boards.activated.emit(at)
    assert dialog.eeg.text().startswith("brainflow:CYTON?serial_port=")
    assert dialog.boards.says.toolTip() == "Needs: serial port"
    dialog.boards.boards.activated.emit(next(n for n, one in enumerate(names) if "Muse2 " in one))
    assert dialog.boards.says.toolTip() == "It is found by itself."


def test_what_a_stream_states_of_its_unit_may_be_said_otherwise(shown: ConnectDialog) -> None:
    shown.streams.selectRow(0)
    shown.refresh()
    assert shown.setup().unit == "", "as stated"
    shown.channels.unit.setCurrentText("V")
    assert shown.setup().unit == "V"
    shown.eeg.setText("lsl:Other")
    assert shown.setup().unit == "", "what was said of one stream does not hold for another"
    shown.channels.unit.setCurrentText("mV")
    shown.eeg.setText("brainflow:SYNTHETIC")
    assert not shown.channels.unit.isEnabled()
    assert shown.setup().unit == ""


def test_a_stream_that_lacks_something_else_is_not_asked_for_its_unit() -> None:
    clock, stream = FakeClock(), Stream("µV", "The channels have no names.")
    scout = scout_of(clock, stream, AMP)
    scout.step()
    assert scout.found is not None
    assert (scout.found[0].unit, scout.found[0].needs_unit) == ("µV", False)
    scout.close()


UNITS = (("counts", "mV", True), ("counts", "", False), ("", "µV", True), ("-6", "", True))


@pytest.mark.parametrize(("stated", "said", "usable"), UNITS)
def test_the_unit_reaches_the_source_and_where_it_is_missing_that_is_said(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stated: str,
    said: str,
    usable: bool,
) -> None:
    """A real LSL stream, connected as the dialog asks for it."""

    def no_model(_self: Recognizer) -> NewModel:
        raise ModelError("No model in this test.")

    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path))
    monkeypatch.setattr(Recognizer, "new_model", no_model)
    outlet, spec = amplifier(stated)
    launcher = WindowLauncher(Console(quiet=True), publishes=False)
    window = MainWindow(launcher=launcher, remembers=False)
    window.show()
    window.start()
    assert window.launch is not None
    window.launch.connect_to(Setup(spec, unit=said))

    def seen() -> EEGInfo | None:
        return window.bridge.snapshot.eeg_info if window.bridge.snapshot is not None else None

    qtbot.waitUntil(lambda: seen() is not None, timeout=30_000)
    info = seen()
    assert info is not None
    assert info.unit == (said or stated)
    assert (info.unusable == "") == usable
    if not usable:
        qtbot.waitUntil(lambda: "which is no voltage" in window.banner.text())
        assert "choose its unit in Connect (Ctrl+O)" in window.banner.text()
        assert "the model runs without EEG" in window.banner.text()
        assert "--unit" not in window.banner.text()
    window.close()
    qtbot.waitUntil(lambda: not window.bridge.running, timeout=30_000)
    window.deleteLater()
    del outlet


def amplifier(unit: str) -> tuple[pylsl.StreamOutlet, str]:
    """Eight channels that state `unit`, and what to write to use them."""
    source_id = f"unit-{uuid.uuid4()}"
    info = pylsl.StreamInfo("Amp", "EEG", 8, 250.0, "float32", source_id)
    channels = info.desc().append_child("channels")
    for name in ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2"):
        channel = channels.append_child("channel")
        channel.append_child_value("label", name)
        channel.append_child_value("unit", unit)
    return pylsl.StreamOutlet(info), f"lsl:source_id={source_id}"


def test_the_last_set_up_is_one_click_away(qtbot: QtBot, dialog: ConnectDialog) -> None:
    with qtbot.waitSignal(dialog.connect_asked) as asked:
        dialog.last_button.click()
    assert asked.args == [Setup("lsl:source_id=amp-9", "camera:1")]


def test_where_nothing_answers_the_next_step_is_said(qtbot: QtBot) -> None:
    empty = ConnectDialog(
        lambda: Scout(LSLClock(), look=lambda _seconds: (), cameras=lambda: ()), None
    )
    qtbot.addWidget(empty)
    empty.show()
    qtbot.waitUntil(lambda: "No LSL stream answers" in empty.says.text())
    assert "firewall" in empty.says.text()
    assert not empty.last_button.isVisible()
    empty.close()


def test_the_last_set_up_is_kept_in_a_file(tmp_path: Path) -> None:
    store = SetupStore(tmp_path / "deep" / "last.json")
    assert store.last() is None
    kept = Setup("lsl:A", "camera:0", "", ("lsl:M",), "mV")
    store.keep(kept)
    assert SetupStore(tmp_path / "deep" / "last.json").last() == kept
    (tmp_path / "deep" / "last.json").write_text('{"eeg": "lsl:A", "camera": "", "checkpoint": ""}')
    assert SetupStore(tmp_path / "deep" / "last.json").last() == Setup("lsl:A"), "an older file"
    (tmp_path / "deep" / "last.json").write_text("{")
    assert SetupStore(tmp_path / "deep" / "last.json").last() is None


class Launcher:
    """Starts engines made of formulas."""

    def __init__(self) -> None:
        self.engines: list[FakeEngine] = []
        self.setups: list[Setup] = []
        self.cameras: list[CameraSettings] = []

    def card_of(self, checkpoint: str) -> Card:
        return read_card(Path(checkpoint) if checkpoint else bundled_checkpoint())

    def demo(self) -> Launch:
        return Launch(self._open, lambda: "Demo model")

    def connect(self, setup: Setup, camera: CameraSettings) -> Launch:
        self.setups.append(setup)
        self.cameras.append(camera)
        return Launch(self._open, lambda: "Own model")

    def _open(self) -> FakeEngine:
        self.engines.append(FakeEngine(LSLClock(), channel_names=("Cz", "Pz"), before_s=5.0))
        return self.engines[-1]


def test_the_window_connects_and_changes_to_another_set_up(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path))
    launcher = Launcher()
    window = MainWindow(launcher=launcher, remembers=False)
    window.show()
    window.start()
    assert window.top_bar.state.text() == "Idle"
    assert window.launch is not None
    mirrored = CameraSettings(width=640, height=480, mirror=True)
    window.preferences.use(AppSettings(profiles={"default": Profile(camera=mirrored)}))
    window.launch.connect_to(Setup("lsl:Amp"))
    qtbot.waitUntil(lambda: window.top_bar.state.text() == "Live", timeout=30_000)
    assert launcher.cameras == [mirrored]
    assert window.launch.setups.last() == Setup("lsl:Amp")
    window.launch.start_demo()
    qtbot.waitUntil(lambda: window.top_bar.model() == "Demo model", timeout=30_000)
    assert len(launcher.engines) == 2
    assert launcher.engines[0].stopped.is_set()
    window.close()
    qtbot.waitUntil(lambda: not window.bridge.running)
    assert launcher.engines[1].stopped.is_set()
    window.deleteLater()


@pytest.fixture
def headset(qtbot: QtBot) -> Iterator[ConnectDialog]:
    """An OpenBCI headset as its GUI announces it, and its accelerometer, over LSL."""
    outlets = [
        pylsl.StreamOutlet(pylsl.StreamInfo(name, kind, n, 250.0, "float32", source_id))
        for name, kind, n, source_id in (
            ("obci_eeg1", "EEG", 8, "openbcigui"),
            ("obci_stream_1", "AccelAux", 3, f"openbcigui-{uuid.uuid4()}"),
        )
    ]
    ours = tuple(one for one in discover() if one.name in ("obci_eeg1", "obci_stream_1"))
    made = ConnectDialog(
        lambda: Scout(LSLClock(), look=lambda _s: ours, cameras=lambda: ()), None, None
    )
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: any(one.unplaced for one in made.streams.rows.found), timeout=20_000)
    yield made
    made.close()
    del outlets


def test_electrodes_that_nobody_places_are_placed_in_the_dialog(
    qtbot: QtBot, headset: ConnectDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path))
    assert [one.title for one in headset.streams.rows.found] == ["obci_eeg1"]
    assert headset.signals.text() == "Record the signals of obci_stream_1 too"
    headset.streams.selectRow(0)
    assert headset.says.text().startswith("'obci_eeg1' has 8 EEG channels without a name. Choose")
    assert headset.channels.layouts.itemText(1) == "openbci-8", "the likely one comes first"
    headset.channels.layouts.setCurrentIndex(1)
    assert "without a name" not in headset.says.text()
    headset.channels.remember.setChecked(True)
    with qtbot.waitSignal(headset.connect_asked) as asked:
        QTest.mouseClick(headset.connect_button, Qt.MouseButton.LeftButton)
    (setup,) = asked.args
    assert (setup.layout, len(setup.also)) == ("openbci-8", 1)

    profile, _ = own_profile(Sender(name="obci_eeg1", type="EEG", source_id="openbcigui"), 8)

    assert profile is not None
    assert (profile.title, profile.layout) == ("obci_eeg1", "openbci-8")


def test_names_that_are_typed_are_checked_and_belong_to_one_stream(
    headset: ConnectDialog,
) -> None:
    headset.streams.selectRow(0)
    QTest.keyClicks(headset.channels.names, "Fp1,,Cz")
    assert headset.problem.text().startswith("'Fp1,,Cz' leaves a channel without a name.")
    assert not headset.connect_button.isEnabled()
    headset.channels.names.clear()
    QTest.keyClicks(headset.channels.names, "Fp1,-,Cz")
    assert headset.connect_button.isEnabled()
    assert headset.setup().said().names == ("Fp1", "", "Cz")
    headset.eeg.setText("lsl:other")
    assert headset.setup().channels == ""
    headset.eeg.setText("brainflow:SYNTHETIC")
    assert not headset.channels.names.isEnabled()
