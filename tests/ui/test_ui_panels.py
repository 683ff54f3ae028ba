"""Timeline, spectrum, scalp maps and log: what they show is what was."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scipy import signal
from widget_texts import painted

from milmer_live.clock import FakeClock
from milmer_live.live.state import EEGView
from milmer_live.processing.eeg.quality import (
    ChannelQuality,
    QualityFigures,
    QualityLevel,
)
from milmer_live.samples import MODEL_CHANNELS, Explanation, Prediction, Quadrant, frozen
from milmer_live.ui.affect.timeline_canvas import (
    TimelineCanvas,
    basis,
    span_text,
    stacked,
)
from milmer_live.ui.affect.timeline_panel import TimelinePanel
from milmer_live.ui.labels.log_panel import LogPanel
from milmer_live.ui.look import theme
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.spectrum import scalp
from milmer_live.ui.spectrum.level_bar import LevelBar
from milmer_live.ui.spectrum.spectra import (
    BANDS,
    welch,
)
from milmer_live.ui.state.eeg_feed import EEGFeed
from milmer_live.ui.state.marker_log import (
    Kind,
    MarkerLog,
    Noted,
)
from milmer_live.ui.state.prediction_log import PredictionLog


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1000.0)


@pytest.fixture
def engine(clock: FakeClock) -> FakeEngine:
    return FakeEngine(clock, before_s=40.0)


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


def bring(qtbot: QtBot, window: MainWindow, name: str) -> None:
    window.docks.docks[name].show()
    window.docks.docks[name].raise_()
    qtbot.waitUntil(lambda: window.panels[name].is_seen)


def prediction(time: float, quadrant: Quadrant, share: float = 0.7) -> Prediction:
    shares = np.full(4, (1 - share) / 3, np.float32)
    shares[quadrant] = share
    return Prediction(int(time * 2), time, frozen(shares))


def test_the_log_of_predictions_takes_each_once_however_often_it_is_told() -> None:
    log = PredictionLog()
    trail = [prediction(1000 + n / 2, Quadrant.HAHV) for n in range(60)]
    assert log.take(trail)
    assert not log.take(trail)
    log.take([*trail[1:], prediction(1030.0, Quadrant.LALV)])
    assert log.count == 61
    assert (log.start, log.stop, log.hop_s) == (1000.0, 1030.0, 0.5)


def test_an_hour_and_more_is_kept_and_thinned_to_the_mean_of_each_column() -> None:
    log = PredictionLog()
    for n in range(8000):
        kind = Quadrant.HAHV if n < 4000 else Quadrant.LALV
        log.take([prediction(n / 2, kind)])
    columns = log.columns(0.0, 4000.0, 100)
    assert columns.shares.shape == (100, 4)
    assert columns.shares[10, Quadrant.HAHV] == pytest.approx(0.7, abs=1e-5)
    assert columns.shares[90, Quadrant.LALV] == pytest.approx(0.7, abs=1e-5)
    assert columns.shares.sum(axis=1) == pytest.approx(np.ones(100), abs=1e-4)


def test_a_gap_stays_empty_and_a_hop_is_filled() -> None:
    log = PredictionLog()
    log.take([prediction(t, Quadrant.HAHV) for t in (0.5, 1.0, 1.5, 2.0, 6.0, 6.5)])
    columns = log.columns(0.0, 8.0, 80)
    known = np.isfinite(columns.eeg)
    assert known[5:20].all()  # every column up to 2 s, though a prediction comes only each 0.5 s
    assert not known[22:50].any()
    assert not known[70:].any()


def test_the_strip_is_stacked_in_the_quadrants_colours() -> None:
    shares = np.array([[0.25, 0.25, 0.25, 0.25], [1.0, 0.0, 0.0, 0.0], [np.nan] * 4])
    pixels = stacked(shares, 8, theme.DARK)
    names = [
        [QColor(*map(int, pixel)).name() for pixel in column]
        for column in pixels.T.T.swapaxes(0, 1)
    ]
    lowered = [name.lower() for name in theme.DARK.quadrants]
    assert names[0] == [
        lowered[3],
        lowered[3],
        lowered[2],
        lowered[2],
        lowered[1],
        lowered[1],
        lowered[0],
        lowered[0],
    ]
    assert names[1] == [lowered[0]] * 8
    assert names[2] == [theme.DARK.raised.lower()] * 8


def test_what_the_model_stood_on_is_told_from_what_it_lacked() -> None:
    tints = basis(np.array([1.0, 0.5, 0.0, np.nan]), theme.DARK)
    assert len({tuple(tint) for tint in tints.tolist()}) == 4


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (75, "1:15"), (3675, "1:01:15"), (-20, "−0:20")]
)
def test_times_are_short(seconds: float, text: str) -> None:
    assert span_text(seconds) == text


def test_the_timeline_zooms_goes_back_and_is_live_again(
    qtbot: QtBot, window: MainWindow, clock: FakeClock
) -> None:
    bring(qtbot, window, "timeline")
    panel = window.timeline
    QTest.keyClick(window, Qt.Key.Key_Plus)
    assert panel.span_s == 30
    QTest.keyClick(window, Qt.Key.Key_PageUp)
    assert panel.end == pytest.approx(985.0)
    clock.advance(5.0)
    window.bridge.pull()
    assert panel.end == pytest.approx(985.0)  # stands still while the session goes on
    assert "looking back" in panel.header.subtitle.toolTip()
    QTest.keyClick(window, Qt.Key.Key_Home)
    assert panel.end is None


def test_traces_and_timeline_count_seconds_from_the_same_moment(
    qtbot: QtBot, window: MainWindow
) -> None:
    """The first prediction comes seconds after the first sample."""
    log, feed, late = PredictionLog(), EEGFeed(), FakeClock(700.0)
    log.take([prediction(503 + n / 2, Quadrant.HAHV) for n in range(300)])
    panel = TimelinePanel(log, MarkerLog(), feed, late)
    qtbot.addWidget(panel)
    assert panel.canvas._origin == 503.0, "no EEG: there is nothing else to count from"
    times = 500 + np.arange(100, 200) / 128
    feed.take(EEGView(100, frozen(times), frozen(np.zeros((100, 1), np.float32)), ("Cz",), 128.0))
    panel.show_snapshot(window.bridge.engine.snapshot())  # type: ignore[union-attr]
    assert panel.canvas._origin == pytest.approx(feed.time_of(0)) == pytest.approx(500.0)


def test_the_wheel_zooms_around_the_mouse(qtbot: QtBot, clock: FakeClock) -> None:
    log = PredictionLog()
    log.take([prediction(500 + n / 2, Quadrant.HAHV) for n in range(900)])
    panel = TimelinePanel(log, MarkerLog(), EEGFeed(), clock)
    qtbot.addWidget(panel)
    panel.canvas.resize(700, 200)
    panel.drag(-2.0)
    assert panel.end is not None
    middle = panel.end - panel.span_s / 2
    plot = panel.canvas.plot_rect()
    place = QPointF(plot.center())
    event = QWheelEvent(
        place,
        panel.canvas.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(panel.canvas, event)
    assert panel.span_s == 30
    assert panel.end - panel.span_s / 2 == pytest.approx(middle, abs=0.1)


def test_the_whole_session_is_kept_while_the_timeline_is_hidden(
    qtbot: QtBot, window: MainWindow, clock: FakeClock
) -> None:
    window.docks.docks["timeline"].hide()
    qtbot.waitUntil(lambda: not window.timeline.is_seen)
    before = window.predictions.count
    clock.advance(10.0)
    window.bridge.pull()
    assert window.predictions.count == before + 20


def test_welch_agrees_with_scipy() -> None:
    rng = np.random.default_rng(1)
    data = rng.normal(0, 10, (1024, 3)).astype(np.float32)
    spectrum = welch(data, 256.0)
    frequencies, density = signal.welch(data, 256.0, nperseg=512, axis=0, detrend="constant")
    assert spectrum is not None
    assert spectrum.frequencies == pytest.approx(frequencies)
    assert spectrum.density == pytest.approx(density, rel=1e-4)


def test_a_sine_of_10_hz_is_alpha() -> None:
    times = np.arange(1024) / 256.0
    data = (20 * np.sin(2 * np.pi * 10 * times)).astype(np.float32)[:, np.newaxis]
    spectrum = welch(data, 256.0)
    assert spectrum is not None
    powers = spectrum.band_powers()[:, 0]
    assert BANDS[int(np.argmax(powers))][0] == "alpha"
    assert powers[2] == pytest.approx(200, rel=0.02)  # half of the amplitude's square
    assert welch(data[:100], 256.0) is None


def test_the_spectrum_follows_the_selected_channel(qtbot: QtBot, window: MainWindow) -> None:
    bring(qtbot, window, "spectrum")
    qtbot.waitUntil(lambda: window.spectrum.updates > 0)
    assert "mean of all" in window.spectrum.header.subtitle.toolTip()
    window.signals.select("Oz")
    qtbot.waitUntil(lambda: window.spectrum.header.subtitle.toolTip().startswith("Oz"))


def test_a_hidden_spectrum_and_hidden_maps_cost_nothing(
    qtbot: QtBot, window: MainWindow, clock: FakeClock
) -> None:
    bring(qtbot, window, "spectrum")
    qtbot.waitUntil(lambda: window.spectrum.updates > 0)
    bring(qtbot, window, "log")
    before = window.spectrum.updates, window.maps.power.paints
    for _ in range(3):
        clock.advance(1.0)
        window.bridge.pull()
        QApplication.processEvents()
    assert (window.spectrum.updates, window.maps.power.paints) == before


def test_every_model_channel_has_a_place_left_is_left_and_front_is_front() -> None:
    assert len(scalp.placed(MODEL_CHANNELS)) == len(MODEL_CHANNELS)
    places = dict(zip(MODEL_CHANNELS, scalp.places(MODEL_CHANNELS), strict=True))
    assert places["Cz"] == pytest.approx((0, 0), abs=0.01)
    assert places["T7"][0] < -0.9
    assert places["T8"][0] > 0.9
    assert places["Fp1"][1] > 0.8
    assert places["Oz"][1] < -0.9
    assert scalp.placed(["EEG T3-REF", "Trigger"]) == [0]


def test_a_scalp_map_goes_through_its_values() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=32)
    image = scalp.ScalpMap(MODEL_CHANNELS).image(values)
    axis = np.linspace(-scalp.REACH, scalp.REACH, scalp.GRID)
    for name, value in zip(MODEL_CHANNELS, values, strict=True):
        x, y = scalp.electrodes()[name.lower()]
        column, row = np.abs(axis - x).argmin(), np.abs(-axis - y).argmin()
        assert image[row, column] == pytest.approx(value, abs=0.6)
    flat = scalp.ScalpMap(MODEL_CHANNELS).image(np.full(32, 3.0))
    assert flat == pytest.approx(np.full_like(flat, 3.0), abs=1e-3)


def test_maps_show_power_and_quality(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, clock: FakeClock
) -> None:
    bring(qtbot, window, "maps")
    figures = QualityFigures(0, 0, 0, 0, 0, 50, 0, 0, 0)
    levels = [QualityLevel.BAD] + 31 * [QualityLevel.GOOD]
    engine.changes = {
        "quality": tuple(
            ChannelQuality(name, level, (), figures)
            for name, level in zip(MODEL_CHANNELS, levels, strict=True)
        )
    }
    clock.advance(1.0)
    window.bridge.pull()
    image = window.maps.quality.grab().toImage()
    seen = {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }
    assert {window.look.danger.lower(), window.look.ok.lower()} <= seen
    before = window.maps.power.grab().toImage()
    window.maps.band.setCurrentIndex(0)
    window.bridge.pull()
    assert window.maps.power.grab().toImage() != before


def test_the_map_of_the_decision_tells_for_from_against(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    bring(qtbot, window, "maps")
    effects = np.zeros(32, np.float32)
    effects[MODEL_CHANNELS.index("O1")], effects[MODEL_CHANNELS.index("Fp2")] = 0.8, -0.8
    engine.changes = {"explanation": Explanation(3, 0.4, 0.4, frozen(effects))}
    window.bridge.pull()
    head = window.maps.decision
    image = head.grab().toImage()
    colours = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    assert any(c.red() > c.blue() + 60 for c in colours)
    assert any(c.blue() > c.red() + 60 for c in colours)
    engine.changes = {"explanation": Explanation(4, 0.0, 0.4, frozen(np.zeros(32, np.float32)))}
    before = head.paints
    window.bridge.pull()
    qtbot.waitUntil(lambda: head.paints > before)
    assert head.words() == "the faces alone"


def test_the_log_has_a_line_for_everything_and_is_copied(qtbot: QtBot, clock: FakeClock) -> None:
    markers = MarkerLog()
    panel = LogPanel(markers, clock)
    qtbot.addWidget(panel)
    markers.add(Noted(990.0, "Calm", Kind.LABEL, Quadrant.LAHV))
    markers.add(Noted(980.0, "EEG connected: amp"))
    panel.show_snapshot(FakeEngine(clock).snapshot())
    model = panel.model
    texts = [model.data(model.index(row, 2)) for row in range(model.rowCount())]
    assert texts == ["EEG connected: amp", "Calm"]
    panel.copy()
    lines = QApplication.clipboard().text().splitlines()
    assert [line.split("\t")[1:] for line in lines] == [
        ["Event", "EEG connected: amp"],
        ["Label", "Calm"],
    ]


def test_the_spectrogram_says_what_its_colours_stand_for(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(qtbot, window, "spectrum")
    qtbot.waitUntil(lambda: window.spectrum.updates > 0)
    (bar,) = window.spectrum.findChildren(LevelBar)
    bar.grab()  # lays it out
    qtbot.waitUntil(lambda: bar.rect().contains(bar.bar_rect().toRect()))  # so is the plot
    with painted(monkeypatch) as drawn:
        image = bar.grab().toImage()
    assert drawn == ["−25", "0", "25", "dB(µV²/Hz)"]
    rect = bar.bar_rect().toRect()
    highest, lowest = image.pixelColor(4, rect.top() + 2), image.pixelColor(4, rect.bottom() - 2)
    assert highest.red() > 200 > 100 > lowest.red()  # viridis: yellow above, violet below


@pytest.mark.parametrize(("span_s", "unit"), [(60.0, "min:s"), (7200.0, "h:min:s")])
def test_the_axis_of_the_timeline_has_a_unit(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, span_s: float, unit: str
) -> None:
    log = PredictionLog()
    log.take([prediction(n / 2, Quadrant.HAHV) for n in range(100)])
    canvas = TimelineCanvas(log, MarkerLog())
    qtbot.addWidget(canvas)
    canvas.resize(700, 170)
    canvas.show_span(0.0, span_s, 0.0)
    with painted(monkeypatch) as drawn:
        canvas.grab()
    assert unit in drawn
