"""The tour at the first start, and the ring that says how sure the model is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from milmer_live.clock import FakeClock
from milmer_live.config import CameraSettings
from milmer_live.live.run import (
    Launch,
    Setup,
)
from milmer_live.model.card import Card, bundled_checkpoint, read_card
from milmer_live.ui.affect.plane import uncertainty
from milmer_live.ui.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("does not support")


class Launcher:
    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine

    def card_of(self, checkpoint: str) -> Card:
        return read_card(Path(checkpoint) if checkpoint else bundled_checkpoint())

    def demo(self) -> Launch:
        return Launch(lambda: self._engine)

    def connect(self, setup: Setup, camera: CameraSettings) -> Launch:  # noqa: ARG002 - of the protocol
        return self.demo()


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(FakeClock(1000.0), channel_names=("Cz", "Pz"), before_s=5.0)


@pytest.fixture
def window(
    qtbot: QtBot, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path))
    made = MainWindow(launcher=Launcher(engine), remembers=False)
    made.show()
    made.start()
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running, timeout=30_000)
    made.deleteLater()


def test_the_tour_goes_through_its_stops_and_starts_the_demo(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    assert window.tour.is_due
    window.tour.begin()
    tour = window.tour.tour
    assert tour is not None
    assert not tour.demo.isVisible()
    while not tour.demo.isVisible():
        at = tour.at
        QTest.mouseClick(tour.forward, Qt.MouseButton.LeftButton)
        assert tour.at == at + 1
    QTest.mouseClick(tour.demo, Qt.MouseButton.LeftButton)
    assert not tour.isVisible()
    qtbot.waitUntil(engine.started.is_set, timeout=30_000)
    qtbot.waitUntil(lambda: not window.tour.is_due, timeout=30_000)


def test_the_tour_is_left_by_escape_and_goes_back_by_key(qtbot: QtBot, window: MainWindow) -> None:
    window.tour.begin()
    tour = window.tour.tour
    assert tour is not None
    for key, at in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Left, 1)):
        QTest.keyClick(tour, key)
        assert tour.at == at
    window.resize(1300, 820)
    qtbot.waitUntil(lambda: tour.size() == window.size())
    QTest.keyClick(tour, Qt.Key.Key_Escape)
    assert not tour.isVisible()


@pytest.mark.parametrize(
    ("shares", "expected"), [((0.25,) * 4, 1.0), ((1, 0, 0, 0), 0.0), ((0.5, 0.5, 0, 0), 0.5)]
)
def test_the_ring_is_as_wide_as_the_model_is_unsure(
    shares: tuple[float, ...], expected: float
) -> None:
    assert uncertainty(np.array(shares, np.float32)) == pytest.approx(expected, abs=1e-6)
