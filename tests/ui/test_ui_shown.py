"""What the engine knows of its sources is on the screen: channels made up for, delays, battery,
notes, losses, counts of the camera; and a camera that is gone is seen to be gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from fake_engine import FakeEngine, draw_face
from live_tools import INFO, QUICK, RATE
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from milmer_live.acquisition.brainflow.eeg import BrainFlowSource
from milmer_live.clock import FakeClock, LSLClock
from milmer_live.config import FilterSettings
from milmer_live.errors import SourceLost, SourceNotFound
from milmer_live.live.engine import Engine
from milmer_live.live.run import (
    EngineLike,
)
from milmer_live.live.state import (
    Counters,
    SignalState,
    SourceState,
    SourceStatus,
    missing_of,
)
from milmer_live.samples import EEGChunk, EEGInfo, FaceBox, FrameSample, frozen
from milmer_live.ui.look import theme
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.participant_screen import Content

# The platform without a screen says that of each tool tip.
pytestmark = pytest.mark.qt_log_ignore("does not support raise")

SIGNAL = SignalState(
    FilterSettings(),
    channels="30 of the model's 32 channels found; 2 interpolated: Cz, Oz.",
    interpolated=("Cz", "Oz"),
    usable=True,
    filter_delay_s=0.035,
    resampling_delay_s=0.012,
    battery_percent=56.4,
    impedances_ohm=(("Fp1", 5230.0), ("EEG T3-REF", 12_000.0)),
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1000.0)


@pytest.fixture
def engine(clock: FakeClock) -> FakeEngine:
    return FakeEngine(clock, before_s=20.0)


@pytest.fixture
def window(qtbot: QtBot, clock: FakeClock, engine: FakeEngine) -> Iterator[MainWindow]:
    yield from opened(qtbot, MainWindow(lambda: engine, clock=clock, remembers=False))


def opened(qtbot: QtBot, window: MainWindow) -> Iterator[MainWindow]:
    window.show()
    window.start()
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: len(window.status.sources) == 2)
    yield window
    window.close()
    qtbot.waitUntil(lambda: not window.bridge.running, timeout=20_000)
    window.deleteLater()


def pulled(window: MainWindow) -> None:
    window.bridge.pull()
    QApplication.processEvents()


def seen(part: QWidget) -> list[str]:
    """The texts of the labels in it that are on the screen."""
    labels = (part, *part.findChildren(QLabel))
    return [one.text() for one in labels if isinstance(one, QLabel) and one.isVisible()]


def hovered(widget: QWidget, at: QPoint) -> str:
    """The tool tip that Qt shows there."""
    QToolTip.hideText()
    asked = QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at))
    QApplication.sendEvent(widget, asked)
    return QToolTip.text()


def test_channels_made_from_neighbours_are_announced(
    window: MainWindow, engine: FakeEngine
) -> None:
    pulled(window)
    assert not window.signals.origin.isVisible()
    engine.changes = {"signal": SIGNAL}
    pulled(window)
    said = "2 of 32 channels are made from their neighbours: Cz, Oz"
    assert said in seen(window.signals)
    engine.changes = {"signal": replace(SIGNAL, interpolated=())}
    pulled(window)
    assert not window.signals.origin.isVisible()


def test_too_few_channels_stay_on_the_screen(window: MainWindow, engine: FakeEngine) -> None:
    engine.changes = {"signal": replace(SIGNAL, interpolated=(), usable=False)}
    pulled(window)
    assert "Too few of the model's channels are there: it runs without EEG." in seen(window.signals)


def test_the_delay_stands_beside_the_filter_and_says_what_it_is_of(
    window: MainWindow, engine: FakeEngine
) -> None:
    engine.changes = {"signal": SIGNAL}
    pulled(window)
    assert "delay 47 ms" in seen(window.signals.filters)
    tip = window.signals.filters.delay.toolTip()
    assert "35 ms by the filter (at 10 Hz" in tip
    assert "12 ms by resampling" in tip
    engine.changes = {}
    pulled(window)
    assert not any("delay" in text for text in seen(window.signals.filters))


def test_battery_and_impedances_of_a_board_are_shown(
    window: MainWindow, engine: FakeEngine
) -> None:
    engine.changes = {"signal": SIGNAL}
    pulled(window)
    eeg, camera = window.status.sources
    assert "· battery 56 %" in seen(eeg)
    assert "Fp1 5.2 kΩ" in hovered(eeg, eeg.rect().center())
    assert not any("battery" in text for text in seen(camera))
    canvas = window.signals.canvas
    places = {canvas.channel_at(y): y for y in range(canvas.height())}
    assert "impedance 5.2 kΩ" in hovered(canvas, QPoint(20, places["Fp1"]))
    assert "impedance 12.0 kΩ" in hovered(canvas, QPoint(20, places["T7"])), "T3 is T7"
    assert "impedance" not in hovered(canvas, QPoint(20, places["O1"]))
    engine.changes = {"signal": replace(SIGNAL, battery_percent=12.0)}
    pulled(window)
    assert theme.DARK.warning in eeg.more.styleSheet(), "a low one stands out"


def test_a_device_that_the_model_cannot_have_tells_why_and_what_it_measures(
    window: MainWindow, engine: FakeEngine
) -> None:
    why = "The board ANT_NEURO_EE_411 measures impedance: it sends no EEG meanwhile."
    ohms = (("Cz", 4_700.0), ("reference", 900.0))
    engine.changes = {"signal": SignalState(FilterSettings(), unusable=why, impedances_ohm=ohms)}
    pulled(window)
    assert why in seen(window.signals)
    assert not any("delay" in text for text in seen(window.signals.filters))
    eeg = window.status.sources[0]
    assert "Cz 4.7 kΩ, reference 0.9 kΩ" in hovered(eeg, eeg.rect().center())


def test_what_a_device_sends_beside_its_eeg_is_told_by_its_view(
    window: MainWindow, engine: FakeEngine
) -> None:
    board = "brainflow:GALEA"
    eeg = SourceStatus("Galea", "EEG", SourceState.LIVE, 250.0, 250.1, spec=board, received=9)
    eda = replace(eeg, name="Galea EDA", kind="signal", nominal_rate=50.0, measured_rate=49.9)
    sides = [replace(eda, part_of=board, spec=f"{board} {name}") for name in "ab"]
    sides[1] = replace(sides[1], name="Galea PPG", received=0, state=SourceState.SILENT)
    engine.changes = {"sources": (eeg, *sides)}
    pulled(window)
    view, other = window.status.sources[:2]
    assert not other.isVisible(), "one view a device"
    assert "· 2 more signals" in seen(view)
    tip = hovered(view, view.rect().center())
    assert "Galea EDA · 49.9 of 50 Hz" in tip
    assert "Galea PPG · no data yet" in tip
    assert missing_of(window.bridge.snapshot.sources) == (), "nobody asked for the PPG"  # type: ignore[union-attr]


def test_a_note_of_a_source_is_seen_as_long_as_it_lasts(
    window: MainWindow, engine: FakeEngine, clock: FakeClock
) -> None:
    note = "sends 130.8 Hz instead of 128 Hz (+2.2%); 1 gap, 9 samples known lost"
    good = SourceStatus("amp", "EEG", SourceState.LIVE, 128.0, 130.8, 0.01)
    camera = SourceStatus("cam", "camera", SourceState.LIVE, 25.0, 25.0, 0.01)
    engine.changes = {"sources": (replace(good, note=note), camera)}
    for _ in range(3):
        pulled(window)
        clock.advance(60.0)
        eeg = window.status.sources[0]
        assert any(text.startswith("· sends 130.8") for text in seen(eeg))
        assert theme.DARK.warning in eeg.more.styleSheet()
        assert "1 gap, 9 samples known lost" in hovered(eeg, eeg.rect().center()).splitlines()
        middle = eeg.dot.grab().toImage().pixelColor(eeg.dot.rect().center())
        assert middle == QColor(theme.DARK.warning)
    engine.changes = {"sources": (good, camera)}
    pulled(window)
    assert not window.status.sources[0].more.isVisible()
    middle = eeg.dot.grab().toImage().pixelColor(eeg.dot.rect().center())
    assert middle == QColor(theme.DARK.ok)


def test_lost_samples_of_every_cause_are_counted_and_told_apart(
    window: MainWindow, engine: FakeEngine
) -> None:
    engine.changes = {
        "counters": Counters(
            samples_lost=1000, samples_unusable=200, samples_late=30, eeg_overwritten=4
        )
    }
    pulled(window)
    lost = window.status.figures["samples"]
    assert lost.text() == "1,234"
    tip = hovered(lost, lost.rect().center()).splitlines()
    assert tip[1].startswith("1,000 lost on the way")
    assert tip[2:] == [
        "200 not a number",
        "30 too late for their window",
        "4 overwritten before they were read",
    ]


def test_what_the_camera_counts_is_told(window: MainWindow, engine: FakeEngine) -> None:
    engine.changes = {
        "counters": Counters(
            frames_received=1500,
            frames_dropped=6,
            faces_found=700,
            faces_missed=200,
            faces_lost=3,
            faces_several=41,
            detection_s=0.0124,
            frame_interval_s=0.0401,
        )
    }
    pulled(window)
    window.camera.set_theme(window.look)
    assert hovered(window.camera, QPoint(5, 5)).splitlines() == [
        "40 ms between two frames",
        "detection 12 ms",
        "1,500 frames received",
        "6 frames dropped: they were not taken in time",
        "700 frames with the face detected",
        "200 frames without the face",
        "3 times the face was lost",
        "41 frames with several faces",
    ]


def test_texts_are_set_when_they_change_and_not_each_frame(
    window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.changes = {"signal": SIGNAL}
    pulled(window)
    written: list[str] = []
    for name in ("setText", "setToolTip"):
        real = getattr(QLabel, name)

        def spy(self: QLabel, text: str, real: object = real) -> None:
            written.append(text)
            real(self, text)  # type: ignore[operator]

        monkeypatch.setattr(QLabel, name, spy)
    for _ in range(5):
        engine.changes = {"signal": replace(SIGNAL)}
        pulled(window)
    assert not [text for text in written if "delay" in text or "neighbours" in text]
    assert not [text for text in written if "battery" in text or "kΩ" in text]


class Amplifier:
    """Sends as long as it is asked, at its rate."""

    def __init__(self) -> None:
        self._clock = LSLClock()
        self._pause = threading.Event()
        self._next, self._began = 0, 0.0

    def open(self) -> EEGInfo:
        self._began = self._clock.now()
        return INFO

    def read(self, timeout_s: float) -> EEGChunk | None:
        self._pause.wait(timeout_s / 4)
        stop = int((self._clock.now() - self._began) * RATE)
        indices = np.arange(self._next, stop)
        if not len(indices):
            return None
        first, self._next = self._next, stop
        data = np.random.default_rng(first).normal(0, 10, (len(indices), 32)).astype(np.float32)
        return EEGChunk(frozen(data), frozen(self._began + indices / RATE), first)

    def close(self) -> None:
        """It has nothing to let go."""


class Webcam:
    """A camera on a cable, which the test pulls out and puts back."""

    dropped = 0

    def __init__(self) -> None:
        self.plugged = threading.Event()
        self.plugged.set()
        self.stalled = False  # open, but without a picture
        self._pause = threading.Event()
        self._index = 0

    def open(self) -> str:
        if not self.plugged.is_set():
            raise SourceNotFound("There is no camera 0.", "Is it plugged in?")
        return "camera 0"

    def read(self, timeout_s: float) -> FrameSample | None:
        self._pause.wait(min(timeout_s, 0.02))
        if not self.plugged.is_set():
            raise SourceLost("camera 0 gives no more pictures.", "Is it plugged in?")
        if self.stalled:
            return None
        self._index += 1
        image = draw_face(0.2, 0.1, self._index / 25, (320, 240))
        return FrameSample(frozen(image), LSLClock().now(), self._index)

    def close(self) -> None:
        """It has nothing to let go."""


@pytest.fixture
def webcam() -> Webcam:
    return Webcam()


@pytest.fixture
def live_window(qtbot: QtBot, webcam: Webcam) -> Iterator[MainWindow]:
    """On a real engine that runs."""

    def open_engine() -> EngineLike:
        box = FaceBox(100, 60, 120, 120, 0.93)
        return Engine(Amplifier(), webcam, None, lambda _frame: box, QUICK, LSLClock())

    window = MainWindow(open_engine, clock=LSLClock(), remembers=False)
    yield from opened(qtbot, window)


def has_face_box(window: MainWindow) -> bool:
    """Whether the corners of a box are in the picture, in their own colour."""
    image = window.camera.picture.grab().toImage()
    wanted = QColor(window.look.accent)
    return any(
        image.pixelColor(x, y) == wanted
        for x in range(image.width())
        for y in range(0, image.height(), 2)
    )


def shows_picture(window: MainWindow) -> bool:
    return not window.camera.picture.words()


@pytest.mark.parametrize("how", ["unplugged", "stalled"])
def test_a_camera_that_is_gone_is_no_frozen_picture_and_comes_back(
    qtbot: QtBot, live_window: MainWindow, webcam: Webcam, how: str
) -> None:
    window = live_window
    window.participant.show_content(Content.MIRROR)
    window.participant.show()
    qtbot.waitUntil(lambda: shows_picture(window) and has_face_box(window), timeout=20_000)
    if how == "unplugged":
        webcam.plugged.clear()
    webcam.stalled = how == "stalled"

    word = "lost" if how == "unplugged" else "silent"
    qtbot.waitUntil(
        lambda: window.camera.picture.words().startswith(f"Camera {word}\nno picture since "),
        timeout=20_000,
    )
    pulled(window)
    assert not has_face_box(window)
    assert window.camera.state.text() == f"Camera {word}"
    mirror = window.participant.grab().toImage()
    tints = {mirror.pixel(x, y) for x in range(0, 960, 40) for y in range(0, 600, 40)}
    assert len(tints) == 1, "the participant sees no old picture of theirs either"
    index = window.feed.next_index or 0
    qtbot.waitUntil(lambda: (window.feed.next_index or 0) > index + 64, timeout=20_000)

    webcam.stalled = False
    webcam.plugged.set()
    qtbot.waitUntil(lambda: shows_picture(window) and has_face_box(window), timeout=20_000)
    assert window.camera.state.text() == "Face found"


def test_a_camera_that_went_while_its_panel_was_hidden_is_told_with_its_time(
    qtbot: QtBot, live_window: MainWindow, webcam: Webcam
) -> None:
    window = live_window
    qtbot.waitUntil(lambda: shows_picture(window), timeout=20_000)
    window.camera.hide()
    webcam.plugged.clear()
    qtbot.waitUntil(lambda: "camera 0 gives no more" in window.banner.text(), timeout=20_000)
    paints = window.camera.picture.paints
    pulled(window)
    assert window.camera.picture.paints == paints, "hidden panels cost nothing"
    window.camera.show()
    qtbot.waitUntil(lambda: "no picture since" in window.camera.picture.words(), timeout=20_000)


def test_a_board_shows_what_it_lacks_and_its_battery(qtbot: QtBot) -> None:
    """BrainFlow's synthetic board: 10 of the model's channels, battery and two impedances."""

    def open_engine() -> EngineLike:
        board = BrainFlowSource("SYNTHETIC")
        return Engine(board, None, None, lambda _frame: None, QUICK, LSLClock())

    window = MainWindow(open_engine, clock=LSLClock(), remembers=False)
    window.show()
    window.start()
    said = "22 of 32 channels are made from their neighbours: Fp1, AF3"
    try:
        qtbot.waitUntil(lambda: window.signals.origin.text().startswith(said), timeout=60_000)
        qtbot.waitUntil(lambda: "battery" in window.status.sources[0].toolTip(), timeout=20_000)
        assert "delay" in window.signals.filters.delay.text()
        assert "kΩ" in window.status.sources[0].toolTip()
    finally:
        window.close()
        qtbot.waitUntil(lambda: not window.bridge.running, timeout=20_000)
        window.deleteLater()
