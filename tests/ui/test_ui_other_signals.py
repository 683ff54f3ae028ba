"""The panel of what is no EEG: each signal as a line of its own, holes as holes, loss as a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import QLocale, QRectF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from milmer_live.clock import FakeClock
from milmer_live.live.signal.recent_signals import RecentSignals
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.samples import EEGChunk, EEGInfo, Float32, frozen
from milmer_live.ui.language.i18n import install
from milmer_live.ui.look import theme
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.signals.other_panel import OtherSignalsPanel
from milmer_live.ui.signals.rows import (
    ShownSignals,
    value_text,
)

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
NOW = 1000.0
ROOM = QRectF(0, 0, 1000, 100)


class Told:
    """A stream of three accelerometers, with a hole in the second."""

    def __init__(self, name: str = "Acc", n_channels: int = 3) -> None:
        self.shown, self.state = name, SourceState.LIVE
        names = tuple(f"axis {n}" for n in range(n_channels))
        self.recent = RecentSignals()
        self.recent.connect(EEGInfo(name, name, names, 50.0, kinds=("motion",) * n_channels))
        times = NOW - 10 + np.arange(500) / 50
        self.data: Float32 = np.zeros((500, n_channels), dtype=np.float32)
        self.data += np.sin(3 * times)[:, np.newaxis]
        self.data[100:200, 1] = np.nan
        self.recent.add(EEGChunk(frozen(self.data), frozen(times), 0), NOW)

    def status(self, now: float) -> SourceStatus:
        del now
        return SourceStatus(self.shown, "signal", self.state)


@pytest.fixture
def panel(qtbot: QtBot) -> OtherSignalsPanel:
    made = OtherSignalsPanel(FakeClock(NOW))
    qtbot.addWidget(made)
    made.set_theme(theme.DARK)
    made.resize(700, 400)
    made.show()
    qtbot.waitExposed(made)
    return made


def show(panel: OtherSignalsPanel, *tellers: Told) -> None:
    panel.show_tellers(tellers)
    panel.show_snapshot(FakeEngine(FakeClock(NOW)).snapshot())
    QApplication.processEvents()


def shown(told: Told, **more: object) -> ShownSignals:
    view = told.recent.view(NOW)
    assert view is not None
    return ShownSignals(told.shown, view, NOW, **more)  # type: ignore[arg-type]


def ink(image: QImage, tint: str) -> int:
    """Pixels of this colour."""
    return sum(
        image.pixelColor(x, y) == QColor(tint)
        for x in range(image.width())
        for y in range(image.height())
    )


def test_nothing_but_eeg_is_said(panel: OtherSignalsPanel) -> None:
    show(panel)
    assert panel.nothing.isVisible()
    assert "Connect" in panel.nothing.text()
    assert panel.figure(theme.LIGHT) is None
    show(panel, Told())
    assert not panel.nothing.isVisible()
    assert panel.header.subtitle.toolTip() == "3 channels, unfiltered · last 10 s"


def test_each_channel_is_scaled_to_itself_and_a_hole_is_a_hole() -> None:
    told = Told()
    told.data.flags.writeable = True
    one = shown(told)
    (whole,) = one.lines(0, ROOM)
    assert whole[1].min() == pytest.approx(0.0)
    assert whole[1].max() == pytest.approx(100.0)
    assert whole[0].min() >= 0
    assert whole[0].max() <= 1001
    before, after = one.lines(1, ROOM)
    assert before[0].max() < 205
    assert after[0].min() > 395


def test_a_stream_that_has_sent_nothing_yet_or_no_numbers_is_an_empty_row(
    panel: OtherSignalsPanel,
) -> None:
    told, empty = Told(), Told("Late")
    empty.recent.connect(EEGInfo("late", "l1", ("late",), 50.0))
    told.recent.connect(EEGInfo("nan", "n1", ("nan",), 50.0))
    nothing = np.full((2, 1), np.nan, dtype=np.float32)
    times = np.array([NOW - 1, NOW - 0.98])
    told.recent.add(EEGChunk(frozen(nothing), frozen(times), 0), NOW)
    show(panel, told, empty)
    panel.rows.grab()
    for one in panel.rows.streams:
        assert not list(one.lines(0, ROOM))
        assert one.values(0) == ("–", "")


def test_a_level_line_and_the_largest_numbers_can_be_drawn() -> None:
    signals = RecentSignals()
    signals.connect(EEGInfo("x", "x", ("level", "huge"), 0.0))
    data = np.array([[5.0, -1.7e308], [5.0, 1.7e308]])
    times = frozen(np.array([NOW - 2, NOW - 1]))
    signals.add(
        EEGChunk(frozen(np.zeros((2, 2), dtype=np.float32)), times, 0, raw=frozen(data)), NOW
    )
    view = signals.view(NOW)
    assert view is not None
    one = ShownSignals("x", view, NOW)
    ((_, level),) = one.lines(0, ROOM)
    ((_, huge),) = one.lines(1, ROOM)
    assert level.tolist() == [50.0] * 4
    assert huge.tolist() == [100.0, 100.0, 0.0, 0.0]


def test_a_stream_that_is_lost_is_grey_and_says_so(panel: OtherSignalsPanel) -> None:
    told = Told()
    show(panel, told)
    assert panel.rows.streams[0].title == "Acc"
    assert ink(panel.rows.grab().toImage(), theme.DARK.trace) > 200
    told.state = SourceState.LOST
    show(panel, told)
    (lost,) = panel.rows.streams
    assert lost.title == "Acc · lost"
    assert lost.values(0) == ("–", "-1 … 1")
    assert ink(panel.rows.grab().toImage(), theme.DARK.trace) == 0


def test_what_does_not_fit_is_scrolled_to_and_only_what_is_seen_is_drawn(
    panel: OtherSignalsPanel,
) -> None:
    show(panel, Told("Wide", 100))
    assert panel.rows.height() > 64 * 30
    assert panel.rows.streams[0].title == "Wide · 36 more channels, not shown"
    assert panel.height() == 400


def test_a_picture_is_drawn_twelve_times_a_second_not_more(panel: OtherSignalsPanel) -> None:
    show(panel, Told())
    streams = panel.rows.streams
    panel.show_snapshot(FakeEngine(FakeClock(NOW)).snapshot())
    assert panel.rows.streams is streams


def test_values_are_written_as_numbers_are() -> None:
    texts = [value_text(value) for value in (255.0, 32_768.0, -0.123456, 1e12, float("nan"))]
    assert texts == ["255", "32,768", "-0.1235", "1e+12", "–"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_window_has_it_behind_a_tab_and_asks_the_engine(
    qtbot: QtBot,
    qapp: QApplication,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    speaks: None,
) -> None:
    del speaks, qapp
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path))
    clock = FakeClock(NOW)
    engine = FakeEngine(clock, before_s=4.0)
    engine.sources = (Told(),)  # type: ignore[attr-defined]
    window = MainWindow(lambda: engine, clock=clock, remembers=False)
    window.show()
    window.start()
    try:
        qtbot.waitUntil(lambda: bool(window.others._tellers), timeout=30_000)
        window.docks.bring("others")
        qtbot.waitUntil(lambda: bool(window.others.rows.streams), timeout=30_000)
        qtbot.waitUntil(lambda: window.others.rows.paints > 0, timeout=30_000)
        assert window.others.title == {"en": "Other signals", "de": "Weitere Signale"}[language]
        assert window.size().width() <= 1280
        words = window.others.rows.streams[0].place(0)
        assert words == ("axis 0", {"en": "motion", "de": "Bewegung"}[language])
    finally:
        window.close()
        qtbot.waitUntil(lambda: not window.bridge.running, timeout=30_000)
        window.deleteLater()


@pytest.fixture
def speaks(qapp: QApplication, language: str) -> Iterator[None]:
    before = QLocale()
    spoken = install(qapp, language)
    yield
    QLocale.setDefault(before)
    for one in spoken:
        qapp.removeTranslator(one)
