"""The window on a scripted engine: what a user sees, turns and closes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from milmer_live.clock import FakeClock
from milmer_live.errors import SourceNotFound
from milmer_live.live.run import (
    OpenEngine,
)
from milmer_live.live.state import Counters, EngineState, ModelStatus, SourceState, SourceStatus
from milmer_live.samples import FaceBox, FaceState, Prediction, Quadrant, frozen
from milmer_live.ui.look import images, theme
from milmer_live.ui.main_window import MainWindow

OpenWindow = Callable[..., MainWindow]


def prediction(index: int, shares: tuple[float, ...], time: float = 0.0) -> Prediction:
    return Prediction(index, time, frozen(np.array(shares, np.float32)))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1000.0)


@pytest.fixture
def engine(clock: FakeClock) -> FakeEngine:
    return FakeEngine(clock, before_s=20.0)


@pytest.fixture
def open_window(qtbot: QtBot, clock: FakeClock) -> Iterator[OpenWindow]:
    """Makes windows, and closes them as a user would."""
    opened: list[MainWindow] = []

    def make(open_engine: OpenEngine, **options: Any) -> MainWindow:
        opened.append(MainWindow(open_engine, clock=clock, remembers=False, **options))
        opened[-1].show()
        opened[-1].start()
        return opened[-1]

    yield make
    for window in opened:
        window.close()
    qtbot.waitUntil(lambda: not any(window.bridge.running for window in opened))
    for window in opened:
        window.deleteLater()


@pytest.fixture
def window(qtbot: QtBot, open_window: OpenWindow, engine: FakeEngine) -> MainWindow:
    made = open_window(lambda: engine, model_name="demo")
    qtbot.waitUntil(lambda: made.affect.plane.paints > 0 and len(made.status.sources) == 2)
    return made


def pulled(window: MainWindow) -> None:
    """One turn of the bridge, painted."""
    window.bridge.pull()
    QApplication.processEvents()


def wheel(widget: QWidget, angle: int, keys: Qt.KeyboardModifier) -> None:
    place = QPointF(widget.rect().center())
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_each_part_shows_what_the_engine_has(window: MainWindow) -> None:
    pulled(window)
    assert window.top_bar.state.text() == "Live"
    assert window.camera.state.text() == "Face found"
    assert window.affect.basis.text() == "EEG + face"
    assert window.affect.quadrant.text() in theme.QUADRANT_NAMES.values()
    assert window.status.figures["inference"].text() == "21 ms"
    assert window.feed.next_index == 20 * 128


def test_the_quadrant_follows_the_prediction(window: MainWindow, engine: FakeEngine) -> None:
    for index, quadrant in enumerate(Quadrant):
        shares = [0.1] * 4
        shares[quadrant] = 0.7
        newest = prediction(100 + index, tuple(shares))
        engine.changes = {"prediction": newest, "trail": (newest,)}
        pulled(window)
        assert window.affect.quadrant.text() == theme.QUADRANT_NAMES[quadrant]
        place = window.affect.plane.place(newest.valence, newest.arousal).toPoint()
        seen = window.affect.plane.grab().toImage().pixelColor(place).name()
        assert seen == window.look.quadrants[quadrant].lower()


@pytest.mark.parametrize(
    ("missing", "basis", "camera"),
    [
        ("with_face", "EEG only", "No face"),
        ("with_camera", "EEG only", "Camera lost"),
        ("with_eeg", "Paused: no EEG", "Face found"),
    ],
)
def test_a_missing_modality_is_named(
    qtbot: QtBot, open_window: OpenWindow, engine: FakeEngine, missing: str, basis: str, camera: str
) -> None:
    setattr(engine, missing, False)
    window = open_window(lambda: engine)
    qtbot.waitUntil(lambda: window.affect.basis.text() == basis)
    assert window.camera.state.text() == camera


def test_a_prediction_without_eeg_says_face_only(window: MainWindow, engine: FakeEngine) -> None:
    newest = Prediction(
        99, 0.0, frozen(np.full(4, 0.25, np.float32)), eeg_used=False, faces_used=True
    )
    engine.changes = {"prediction": newest, "trail": (newest,)}
    pulled(window)
    assert window.affect.basis.text() == "Face only"


def test_the_wheel_asks_for_another_scale(window: MainWindow) -> None:
    canvas = window.signals.canvas
    wheel(canvas, 120, Qt.KeyboardModifier.NoModifier)
    assert window.signals.view.uv_per_division == 20
    wheel(canvas, 120, Qt.KeyboardModifier.ControlModifier)
    assert window.signals.view.seconds == 5
    wheel(canvas, 60, Qt.KeyboardModifier.NoModifier)
    assert window.signals.view.uv_per_division == 20  # half a step is none
    wheel(canvas, -120 * 50, Qt.KeyboardModifier.NoModifier)
    assert window.signals.view.uv_per_division == 5000


def test_the_theme_changes_with_its_key(window: MainWindow) -> None:
    corner = QPoint(2, window.height() // 2)
    assert window.grab().toImage().pixelColor(corner).name() == theme.DARK.window.lower()
    QTest.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert window.look is theme.LIGHT
    assert window.grab().toImage().pixelColor(corner).name() == theme.LIGHT.window.lower()


def test_no_text_is_wider_than_its_place(window: MainWindow) -> None:
    window.resize(1280, 800)
    pulled(window)
    for label in window.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap():
            needed = label.fontMetrics().horizontalAdvance(label.text())
            assert needed <= label.width() + 1, label.text()


def test_closing_stops_the_engine_first(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    window.close()
    assert window.isVisible()  # until the devices are free
    qtbot.waitUntil(lambda: not window.isVisible())
    assert engine.stopped.is_set()


def test_a_hidden_panel_costs_nothing(window: MainWindow) -> None:
    window.signals.hide()
    window.camera.hide()
    pulled(window)
    before = window.signals.canvas.paints, window.camera.picture.paints
    index = window.feed.next_index
    assert window.wanted_eeg()[1] == 0.0
    for _ in range(3):
        pulled(window)
    assert (window.signals.canvas.paints, window.camera.picture.paints) == before
    assert window.feed.next_index == index


def test_a_panel_that_comes_back_catches_up(window: MainWindow, clock: FakeClock) -> None:
    window.signals.hide()
    clock.advance(5.0)
    pulled(window)
    window.signals.show()
    pulled(window)
    assert window.feed.next_index == 25 * 128


def test_an_engine_that_cannot_start_is_a_banner(qtbot: QtBot, open_window: OpenWindow) -> None:
    def refuse() -> FakeEngine:
        raise SourceNotFound("No EEG stream 'X'.", "Is the amplifier's outlet running?")

    window = open_window(refuse)
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.text() == "No EEG stream 'X'. Is the amplifier's outlet running?"
    assert window.top_bar.state.text() == "Fault"


def test_a_fault_is_shown_and_goes_away(window: MainWindow, engine: FakeEngine) -> None:
    engine.changes = {"state": EngineState.FAULT, "fault": "The camera sends nothing."}
    pulled(window)
    assert window.top_bar.state.text() == "Fault"
    assert window.banner.isVisible()
    assert window.banner.text() == "The camera sends nothing."
    engine.changes = {}
    pulled(window)
    assert not window.banner.isVisible()


def test_losses_stand_out(window: MainWindow, engine: FakeEngine) -> None:
    engine.changes = {
        "counters": Counters(windows_skipped=7, frames_dropped=1200, predictions=3),
        "sources": (SourceStatus("amp", "EEG", SourceState.SILENT, 128.0, 0.0, 4.2),),
    }
    pulled(window)
    skipped = window.status.figures["skipped"]
    assert skipped.text() == "7"
    assert window.look.warning in skipped.findChildren(QLabel)[0].styleSheet()
    assert window.status.figures["frames"].text() == "1,200"
    assert window.signals.state.text() == "EEG silent"
    assert [view.isVisible() for view in window.status.sources] == [True, False]


def test_latency_is_from_the_windows_end_to_its_paint(
    qtbot: QtBot, open_window: OpenWindow, clock: FakeClock, engine: FakeEngine
) -> None:
    told: list[tuple[int, float]] = []
    window = open_window(
        lambda: engine,
        on_prediction=lambda made, latency_s: told.append((made.window_index, latency_s)),
    )
    qtbot.waitUntil(lambda: len(told) == 35)  # 20 s: windows 0 to 34
    clock.advance(0.75)
    pulled(window)
    pulled(window)
    assert told[-1][0] == 35
    assert told[-1][1] == pytest.approx(0.25)
    assert window.status.figures["latency"].text() == "250 ms"


def test_the_label_of_a_replayed_trial_is_shown(
    qtbot: QtBot, open_window: OpenWindow, engine: FakeEngine
) -> None:
    window = open_window(lambda: engine, truth=lambda _: Quadrant.LALV)
    qtbot.waitUntil(lambda: window.top_bar.truth.text() == "Replayed trial: Sad (LALV)")


def test_a_model_that_is_loaded_beside_the_signals_is_said(
    window: MainWindow, engine: FakeEngine
) -> None:
    engine.changes = {"model": ModelStatus(loading="Big")}
    pulled(window)
    assert window.top_bar.model() == "Loading the model Big …"
    engine.changes = {"model": ModelStatus(loading="Big"), "prediction": None, "trail": ()}
    pulled(window)
    assert window.affect.meaning.text() == "Loading the model …"
    engine.changes = {}
    pulled(window)
    assert window.top_bar.model() == "demo"


def test_of_several_faces_one_is_chosen_by_click(window: MainWindow, engine: FakeEngine) -> None:
    there, other = FaceBox(40, 40, 120, 150, 0.9), FaceBox(400, 100, 120, 150, 0.8)
    both = {"faces": (there, other)}
    engine.changes = {"face": None, "face_state": FaceState.SEVERAL, **both}
    pulled(window)
    assert window.camera.state.text() == "Whose face?"
    picture = window.camera.picture
    shown = images.fitted(640, 480, QRectF(picture.rect()))
    place = shown.topLeft() + QPointF(460, 175) * shown.width() / 640
    QTest.mouseClick(
        picture, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place.toPoint()
    )
    assert engine.face_point == pytest.approx((460, 175), abs=3)
    engine.changes = {"face": other, "face_pinned": True, **both}
    pulled(window)
    assert window.camera.state.text() == "Face chosen by click, 2 in view"
    QTest.mouseClick(picture, Qt.MouseButton.RightButton)
    assert engine.face_point is None
