"""The signals panel as a user has it in hand: scales, channels, sweep, looking back, filter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from milmer_live.catalogue import EventKind
from milmer_live.clock import FakeClock
from milmer_live.config import FilterSettings
from milmer_live.errors import ConfigError
from milmer_live.events import Event
from milmer_live.live.state import EEGView
from milmer_live.processing.eeg.filters import design
from milmer_live.processing.eeg.quality import (
    ChannelQuality,
    QualityFigures,
    QualityLevel,
)
from milmer_live.samples import Quadrant
from milmer_live.storage.session.streams import Annotation
from milmer_live.ui.dialogs.settings import SettingsDialog
from milmer_live.ui.labels.label_list import CorrectionDialog
from milmer_live.ui.language import setting_words
from milmer_live.ui.look import theme
from milmer_live.ui.look.widgets import (
    Choice,
    NumberField,
)
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.signals.canvas import TraceCanvas
from milmer_live.ui.signals.panel import SignalsPanel
from milmer_live.ui.state.eeg_feed import EEGFeed
from milmer_live.ui.state.marker_log import (
    Kind,
    MarkerLog,
    Noted,
)
from milmer_live.ui.state.preferences import AppSettings
from milmer_live.ui.state.signal_view import SignalView

RATE = 100.0


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
    qtbot.waitUntil(lambda: made.feed.next_index is not None and made.signals.filters.isEnabled())
    made.signals.canvas.setFocus()
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running)
    made.deleteLater()


def pulled(window: MainWindow) -> None:
    window.bridge.pull()
    QApplication.processEvents()


def row_of(window: MainWindow, name: str) -> QPoint:
    """The middle of a channel's row."""
    canvas = window.signals.canvas
    names = [n for n in window.feed.names if n not in window.signals.view.hidden]
    plot = canvas.plot_rect()
    y = plot.top() + (names.index(name) + 0.5) * plot.height() / len(names)
    return QPoint(plot.center().x(), round(y))


def click(window: MainWindow, name: str) -> None:
    QTest.mouseClick(
        window.signals.canvas,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        row_of(window, name),
    )


def test_a_channel_is_selected_by_a_click_and_hidden_by_its_key(window: MainWindow) -> None:
    click(window, "Cz")
    assert window.signals.view.selected == "Cz"
    QTest.keyClick(window.signals.canvas, Qt.Key.Key_H)
    assert window.signals.view.hidden == {"Cz"}
    pulled(window)
    assert "31 of 32 channels" in window.signals.header.subtitle.toolTip()
    QTest.keyClick(window.signals.canvas, Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    assert window.signals.view.hidden == frozenset()


def test_a_channel_marked_bad_reaches_the_engine_and_comes_back(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    click(window, "P7")
    QTest.keyClick(window.signals.canvas, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: engine.bad == ("P7",))
    QTest.keyClick(window.signals.canvas, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: engine.bad == ())


def type_number(field: QDoubleSpinBox, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_the_filter_changes_while_it_runs(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    bar = window.signals.filters
    assert bar.text() == "as in training"
    type_number(bar.high, "30")
    qtbot.waitUntil(lambda: engine.filters.high_hz == 30.0)
    assert "trained with another filter" in bar.text()
    bar.notch.setCurrentIndex(bar.notch.findData(50.0))
    qtbot.waitUntil(lambda: engine.filters.notch_hz == 50.0)


def test_a_filter_that_cannot_be_is_refused_in_words(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    bar = window.signals.filters
    type_number(bar.low, "60")
    assert bar.low.value() == 1.0  # what runs
    assert bar.problem.isVisible()
    assert bar.problem.text() == (
        "The lower edge of the band-pass must be below the upper edge. The filter stays as it was."
    )
    assert "low_hz" not in bar.text()
    assert QColor(theme.DARK.danger).name() in bar.problem.styleSheet().lower()
    assert bar.problem.height() >= bar.problem.heightForWidth(bar.problem.width())
    bar.notch.setFocus()
    QTest.keyClick(bar.notch, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: engine.filters.notch_hz == 50.0)
    assert engine.filters.low_hz == 1.0
    assert not bar.problem.isVisible()


def test_what_the_engine_refuses_is_said_beside_the_fields_which_show_what_runs(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    bar = window.signals.filters
    type_number(bar.high, "80")
    qtbot.waitUntil(bar.problem.isVisible)
    assert bar.problem.text() == (
        "A filter at that frequency needs a faster stream. Lower it. The filter stays as it was."
    )
    assert bar.high.value() == engine.filters.high_hz == 50.0
    assert not window.banner.isVisible()
    type_number(bar.high, "40")
    qtbot.waitUntil(lambda: engine.filters.high_hz == 40.0)
    assert not bar.problem.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F)  # the bar is hidden: a refusal goes to the banner
    bar.changed.emit(FilterSettings(high_hz=90.0))
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.text() == "A filter at that frequency needs a faster stream. Lower it."
    pulled(window)
    assert window.banner.isVisible()


def test_the_words_of_the_real_filter_are_known() -> None:
    with pytest.raises(ConfigError) as refused:
        design(FilterSettings(high_hz=80.0), 128.0)
    assert setting_words.rule(refused.value.message) == (
        "A filter at 80 Hz needs a stream of more than 160 Hz: choose a lower one."
    )


def test_looking_back_stands_still_while_samples_go_on(
    window: MainWindow, clock: FakeClock
) -> None:
    canvas = window.signals.canvas
    pulled(window)
    QTest.keyClick(window, Qt.Key.Key_P)
    pulled(window)
    picture = canvas.grab(canvas.plot_rect()).toImage()
    clock.advance(7.0)
    pulled(window)
    pulled(window)
    assert canvas.grab(canvas.plot_rect()).toImage() == picture
    assert window.feed.next_index == 47 * 128
    assert window.signals.behind.text() == "Paused · 0:07 back"
    QTest.keyClick(window, Qt.Key.Key_P)
    pulled(window)
    assert canvas.grab(canvas.plot_rect()).toImage() != picture
    assert not window.signals.behind.isVisible()


def test_it_stands_still_from_the_first_seconds_on(qtbot: QtBot) -> None:
    feed = EEGFeed(60.0)
    samples = np.zeros((500, 2), np.float32)
    feed.take(EEGView(0, np.arange(500) / RATE, samples, ("a", "b"), RATE))
    panel = SignalsPanel(feed)
    qtbot.addWidget(panel)
    panel.swap_pause()
    assert panel.canvas.until == 500
    feed.take(EEGView(500, np.arange(500, 600) / RATE, samples[:100], ("a", "b"), RATE))
    panel.canvas.follow()
    panel.show_snapshot(FakeEngine(FakeClock(0.0), before_s=1.0).snapshot())
    assert panel.canvas.until == 500


def test_the_arrows_and_the_scroll_bar_go_back_and_the_end_is_live(window: MainWindow) -> None:
    pulled(window)
    signals = window.signals
    QTest.keyClick(signals.canvas, Qt.Key.Key_Left)
    assert signals.paused
    assert signals.canvas.until == 38 * 128
    signals.look_back.setValue(signals.look_back.minimum())
    assert signals.canvas.until == 10 * 128
    QTest.keyClick(signals.canvas, Qt.Key.Key_End)
    assert not signals.paused


def test_what_falls_out_of_the_memory_moves_on(qtbot: QtBot) -> None:
    feed = EEGFeed(20.0)
    signals_data = np.zeros((1500, 2), np.float32)
    feed.take(EEGView(0, np.arange(1500) / RATE, signals_data, ("a", "b"), RATE))
    panel = SignalsPanel(feed)
    qtbot.addWidget(panel)
    panel.step_time(-10)
    assert panel.canvas.until == 1000  # as far back as a full picture goes
    later = np.zeros((2000, 2), np.float32)
    feed.take(EEGView(1500, np.arange(1500, 3500) / RATE, later, ("a", "b"), RATE))
    panel.show_snapshot(FakeEngine(FakeClock(0.0), before_s=1.0).snapshot())
    assert feed.history is not None
    assert panel.canvas.until == feed.history.start + 1000


def drawn(canvas: TraceCanvas) -> QImage:
    return canvas.grab(canvas.plot_rect()).toImage()


def feed_of(data: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> EEGFeed:
    names = tuple(f"E{n}" for n in range(data.shape[1]))
    feed = EEGFeed(60.0)
    feed.take(EEGView(0, np.arange(len(data)) / RATE, data, names, RATE))
    return feed


def canvas_of(qtbot: QtBot, feed: EEGFeed, view: SignalView) -> TraceCanvas:
    canvas = TraceCanvas(feed, view)
    qtbot.addWidget(canvas)
    canvas.resize(600, 300)
    canvas.show()
    canvas.follow()
    canvas.grab()
    return canvas


def test_in_sweep_mode_what_is_drawn_stays_where_it_is(qtbot: QtBot) -> None:
    rng = np.random.default_rng(2)
    data = rng.normal(0, 20, (2000, 2)).astype(np.float32)
    feed = feed_of(data)
    canvas = canvas_of(qtbot, feed, SignalView(sweep=True))
    before = drawn(canvas)
    more = rng.normal(0, 20, (100, 2)).astype(np.float32)  # 1 of 10 s
    feed.take(EEGView(2000, np.arange(2000, 2100) / RATE, more, feed.names, RATE))
    canvas.follow()
    after = drawn(canvas)
    width, height = before.width(), before.height()
    untouched = range(int(0.2 * width), width - 5)  # the newest second is drawn from the left
    same = [all(before.pixel(x, y) == after.pixel(x, y) for y in range(height)) for x in untouched]
    assert all(same)
    assert before != after


def test_traces_have_the_colour_of_their_quality(qtbot: QtBot) -> None:
    rng = np.random.default_rng(3)
    feed = feed_of(rng.normal(0, 15, (1500, 3)).astype(np.float32))
    canvas = canvas_of(qtbot, feed, SignalView())
    figures = QualityFigures(0, 0, 0, 0, 0, 50, 0, 0, 0)
    levels = (QualityLevel.GOOD, QualityLevel.FAIR, QualityLevel.BAD)
    canvas.show_quality(
        {n: ChannelQuality(n, v, (), figures) for n, v in zip(feed.names, levels, strict=True)}
    )
    canvas.redraw()
    image = drawn(canvas)
    seen = {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }
    assert QColor(theme.DARK.warning).name() in seen
    assert QColor(theme.DARK.danger).name() in seen


def test_hidden_channels_leave_their_room_to_the_others(qtbot: QtBot) -> None:
    data = np.zeros((1500, 4), np.float32)
    feed = feed_of(data)
    canvas = canvas_of(qtbot, feed, SignalView(hidden=frozenset({"E0", "E2"})))
    plot = canvas.plot_rect()
    assert canvas.channel_at(plot.top() + 0.25 * plot.height()) == "E1"
    assert canvas.channel_at(plot.top() + 0.75 * plot.height()) == "E3"


def test_markers_are_drawn_at_their_time(window: MainWindow) -> None:
    pulled(window)
    canvas = window.signals.canvas
    before = drawn(canvas)
    window.markers.add(Noted(995.0, "Calm", Kind.LABEL, Quadrant.LAHV))  # 5 s ago, of 10
    canvas.update()
    after = drawn(canvas)
    middle = before.width() // 2
    y = before.height() - 3
    changed = [x for x in range(before.width()) if before.pixel(x, y) != after.pixel(x, y)]
    assert changed
    assert all(abs(x - middle) <= 2 for x in changed)


def test_what_befalls_a_source_becomes_a_marker(window: MainWindow, engine: FakeEngine) -> None:
    engine.listeners[0](Event(999.0, EventKind.SILENT, "amp", {"kind": "EEG"}))
    pulled(window)
    assert [(one.text, one.kind) for one in window.markers.all()] == [
        ("EEG silent: amp", Kind.EVENT)
    ]


def test_the_marker_log_is_in_order_of_time_and_can_take_back() -> None:
    log = MarkerLog()
    late, early = Noted(5.0, "b"), Noted(1.0, "a")
    for noted in (late, early):
        log.add(noted)
    assert log.all() == (early, late)
    assert log.between(0.5, 1.0) == [early]
    log.remove(late)
    assert log.all() == (early,)
    with pytest.raises(ValueError, match="not in list"):
        log.remove(late)


def test_scales_go_in_steps_and_end(window: MainWindow) -> None:
    canvas = window.signals.canvas
    QTest.keyClick(canvas, Qt.Key.Key_Up)
    assert window.signals.view.uv_per_division == 20
    QTest.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert window.signals.view.seconds == 20
    for _ in range(20):
        QTest.keyClick(canvas, Qt.Key.Key_Up)
    assert window.signals.view.uv_per_division == 1


def scroll(widget: QWidget, angle: int) -> None:
    """One click of the wheel over the middle of `widget`, as the window system sends it."""
    window = widget.window()
    place = QPointF(widget.mapTo(window, widget.rect().center()))
    QTest.wheelEvent(window.windowHandle(), place, QPoint(0, angle))
    QApplication.processEvents()


def test_to_scroll_over_a_field_changes_nothing_while_it_is_not_typed_into(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    bar = window.signals.filters
    heard: list[object] = []
    bar.changed.connect(heard.append)
    for field in (bar.low, bar.high, bar.notch, bar.reference):
        scroll(field, -120)
        scroll(field, -120)
        assert not field.hasFocus()
    assert not heard
    assert (bar.low.value(), bar.notch.currentData()) == (1.0, 0.0)
    assert window.maps.band.currentIndex() == 2
    scroll(window.signals.canvas, -120)
    assert window.signals.view.uv_per_division != SignalView().uv_per_division

    bar.low.setFocus()
    scroll(bar.low, 120)
    assert bar.low.value() == 1.5
    qtbot.waitUntil(lambda: engine.filters.low_hz == 1.5)


def test_every_field_that_takes_a_number_or_a_choice_leaves_the_wheel_to_what_is_behind(
    window: MainWindow,
) -> None:
    label = Annotation(id="1", kind="label", start=1, stop=5, valence=7, arousal=3)
    dialogs = [CorrectionDialog(label, 0.0, window), SettingsDialog(AppSettings(), window)]
    fields = [
        field
        for top in (window, *dialogs)
        for kind in (QAbstractSpinBox, QComboBox)
        for field in top.findChildren(kind)
    ]
    assert len(fields) > 10
    for field in fields:
        assert isinstance(field, NumberField | Choice)
        assert not field.focusPolicy() & Qt.FocusPolicy.WheelFocus & ~Qt.FocusPolicy.StrongFocus
