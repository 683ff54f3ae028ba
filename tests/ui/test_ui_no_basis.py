"""A window with neither EEG nor a face gives no verdict: nothing is named, dotted or stacked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from fake_engine import FakeEngine
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot
from widget_texts import painted

from milmer_live.clock import FakeClock
from milmer_live.samples import Evidence, Explanation, Prediction, Quadrant, frozen
from milmer_live.ui.affect.plane import AffectPlane
from milmer_live.ui.affect.timeline_canvas import (
    BASIS_GAP,
    BASIS_HEIGHT,
    TimelineCanvas,
)
from milmer_live.ui.look import theme
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.participant_screen import Content, ParticipantScreen
from milmer_live.ui.state.marker_log import MarkerLog
from milmer_live.ui.state.prediction_log import PredictionLog


def founded(time: float) -> Prediction:
    return Prediction(int(2 * time), time, frozen(np.array([0.7, 0.1, 0.1, 0.1], np.float32)))


def blind(time: float) -> Prediction:
    shares = frozen(np.full(4, 0.25, np.float32))
    return Prediction(int(2 * time), time, shares, eeg_used=False, faces_used=False, enough=False)


@pytest.fixture
def engine(clock: FakeClock) -> FakeEngine:
    return FakeEngine(clock, before_s=20.0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1000.0)


@pytest.fixture
def window(qtbot: QtBot, clock: FakeClock, engine: FakeEngine) -> Iterator[MainWindow]:
    made = MainWindow(lambda: engine, clock=clock, remembers=False)
    made.show()
    made.start()
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: made.feed.next_index is not None)
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running)
    made.deleteLater()


def test_the_panel_names_no_quadrant(window: MainWindow, engine: FakeEngine) -> None:
    seen = founded(1000.0)
    engine.changes = {"prediction": seen, "trail": (seen,)}
    window.bridge.pull()
    assert window.affect.quadrant.text() == "Excited"
    newest = blind(1000.5)
    engine.changes = {"prediction": newest, "trail": (seen, newest)}
    window.bridge.pull()
    assert window.affect.quadrant.text() == "–"
    assert window.affect.meaning.text() == "Not enough signal"
    assert window.affect.basis.text() == "No signal"
    shown = window.affect.bars.grab().toImage()
    window.affect.bars.show_prediction(None)
    assert window.affect.bars.grab().toImage() == shown  # four dashes, no bars


def test_too_little_signal_names_no_quadrant_and_says_why(
    window: MainWindow, engine: FakeEngine
) -> None:
    poor = replace(founded(1000.0), enough=False, evidence=Evidence(3, 32, 1, 10))
    engine.changes = {"prediction": poor, "trail": (poor,)}
    window.bridge.pull()
    assert window.affect.quadrant.text() == "–"
    told = "Not enough signal: 3/32 EEG channels, 1/10 faces"
    assert window.affect.meaning.text() == told
    assert window.affect.basis.text() == "No signal"
    without = replace(poor, evidence=Evidence(0, 0, 0, 10))
    engine.changes = {"prediction": without, "trail": (without,)}
    window.bridge.pull()
    assert window.affect.meaning.text() == "Not enough signal: no EEG, 0/10 faces"
    alone = replace(poor, evidence=Evidence(3, 32, 0, 0))
    engine.changes = {"prediction": alone, "trail": (alone,)}
    window.bridge.pull()
    assert window.affect.meaning.text() == "Not enough signal: 3/32 EEG channels, no camera"


def test_a_camera_that_nobody_asked_for_is_not_missed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = PredictionLog()
    eeg_alone = replace(founded(0.0), faces_used=False, evidence=Evidence(32, 32, 0, 0))
    log.take([replace(eeg_alone, time=n / 2) for n in range(20)])
    log.take([founded(n / 2) for n in range(20, 40)])
    columns = log.columns(0.0, 19.5, 39)
    assert np.isnan(columns.faces[:18]).all()
    assert (columns.faces[-18:] == 1).all(), "with a camera, connected later"
    canvas = TimelineCanvas(log, MarkerLog())
    qtbot.addWidget(canvas)
    canvas.resize(700, 170)
    for span, is_said in (((0.0, 9.0), True), ((0.0, 20.0), False)):
        canvas.show_span(*span, 0.0)
        with painted(monkeypatch) as drawn:
            image = canvas.grab().toImage()
        assert ("no camera" in drawn) == is_said
    plot = canvas.plot_rect()
    row = round(plot.bottom()) + BASIS_GAP + BASIS_HEIGHT + 2
    red = QColor(theme.DARK.danger)
    assert all(image.pixelColor(x, row) != red for x in range(round(plot.left()), 690))


def test_another_run_begins_without_the_last_ones_verdict(
    window: MainWindow, engine: FakeEngine
) -> None:
    engine.changes = {"prediction": founded(1000.0), "trail": (founded(1000.0),)}
    window.bridge.pull()
    engine.changes = {"prediction": None, "trail": ()}
    window.bridge.pull()
    assert window.affect.quadrant.text() == "–"


def test_the_plane_has_no_dot_and_no_line_there(qtbot: QtBot) -> None:
    plane = AffectPlane()
    qtbot.addWidget(plane)
    plane.resize(300, 300)
    empty = plane.grab().toImage()
    plane.show_trail((blind(1.0), blind(1.5)))
    assert plane.grab().toImage() == empty
    plane.show_trail((replace(founded(1.0), enough=False),))
    assert plane.grab().toImage() == empty
    plane.show_trail((founded(0.5), blind(1.0), blind(1.5)))
    middle = plane.place(0.3, 0.3).toPoint()  # on the line to where nothing is
    assert plane.grab().toImage().pixelColor(middle) == empty.pixelColor(middle)
    assert plane.grab().toImage() != empty  # where it was last is still to be seen


def test_the_timeline_has_a_gap_there() -> None:
    log = PredictionLog()
    log.take([founded(n / 2) for n in range(20)])
    log.take([blind(n / 2) for n in range(20, 40)])
    log.take([founded(n / 2) for n in range(40, 60)])
    for columns in (log.columns(0.0, 29.5, 590), log.columns(0.0, 29.5, 12)):
        n = len(columns.eeg)
        known = np.asarray(np.isfinite(columns.shares).all(axis=1))
        assert known[n // 10]
        assert known[-n // 10]
        assert not known[n // 2]
        assert (columns.eeg[n // 2], columns.faces[n // 2]) == (0, 0)
        assert columns.shares[known][:, Quadrant.HAHV] == pytest.approx(0.7, abs=1e-5)


def test_the_map_of_the_decision_says_so_too(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    window.docks.docks["maps"].show()
    window.docks.docks["maps"].raise_()
    qtbot.waitUntil(lambda: window.maps.is_seen)
    nothing = Explanation(4, 0.0, 0.0, frozen(np.zeros(32, np.float32)))
    engine.changes = {"explanation": nothing}
    window.bridge.pull()
    assert window.maps.decision.words() == "not enough signal"


def test_the_participant_sees_no_verdict_at_all(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    screen = ParticipantScreen()
    qtbot.addWidget(screen)
    engine.changes = {"prediction": blind(1.0), "trail": (blind(1.0),)}
    window.bridge.pull()
    snapshot = window.bridge.snapshot
    assert snapshot is not None
    for content in Content:
        screen.show_content(content)
        screen.show_snapshot(snapshot)
        with_none = screen.grab().toImage()
        screen.show_snapshot(replace(snapshot, prediction=founded(2.0), trail=(founded(2.0),)))
        assert screen.grab().toImage() == with_none


def test_the_quadrants_are_of_one_strength_then(qtbot: QtBot) -> None:
    plane = AffectPlane()
    qtbot.addWidget(plane)
    plane.resize(300, 300)
    plane.show_trail((blind(1.0),))
    place = plane.place(0.9, 0.6).toPoint()
    dim = plane.grab().toImage().pixelColor(place)
    plane.show_trail((founded(1.0),))
    lit = plane.grab().toImage().pixelColor(place)
    assert dim != lit
    assert dim != QColor(theme.DARK.card)
