"""The traces: what is thinned, what scrolls, what must still be seen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from milmer_live.live.state import EEGView
from milmer_live.samples import Float32
from milmer_live.ui.look import theme
from milmer_live.ui.signals.canvas import TraceCanvas
from milmer_live.ui.signals.margins import (
    clock_text,
    round_amount,
    two_digits,
    voltage_text,
)
from milmer_live.ui.signals.strip import (
    StripScale,
    TraceStrip,
)
from milmer_live.ui.state.eeg_feed import EEGFeed
from milmer_live.ui.state.signal_view import SignalView
from milmer_live.ui.state.traces import (
    TraceHistory,
    thin,
)

pytestmark = pytest.mark.usefixtures("qapp")


def noise(n_samples: int, n_channels: int = 4) -> Float32:
    rng = np.random.default_rng(5)
    return rng.normal(0, 12, (n_samples, n_channels)).astype(np.float32)


def view(first_index: int, data: Float32) -> EEGView:
    names = tuple(f"E{n}" for n in range(data.shape[1]))
    return EEGView(first_index, np.arange(len(data)) / 1000, data, names, 1000.0)


def picture(strip: TraceStrip) -> QImage:
    image = QImage(strip.scale.width, strip.scale.height, QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    with QPainter(image) as painter:
        strip.paint(painter, 0, 0)
    return image


def test_history_keeps_the_newest_and_their_gaps() -> None:
    history = TraceHistory(4, 100)
    data = noise(150)
    history.append(1000, data[:40])
    history.append(1060, data[60:90])
    history.append(1080, data[80:150])  # overlaps
    runs = list(history.runs(0, 10_000))
    assert [(first, len(run)) for first, run in runs] == [(1060, 90)]
    np.testing.assert_array_equal(runs[0][1], data[60:150])
    history.append(1150, np.full((3, 4), np.nan, np.float32))
    history.append(1153, data[:5])
    assert [(first, len(run)) for first, run in history.runs(1140, 1200)] == [(1140, 10), (1153, 5)]


def test_thinning_keeps_each_columns_extremes() -> None:
    data = noise(1000)
    data[533, 2] = 900
    data[100, 1] = -900
    x, points = thin(0, data, 0.05)
    assert len(x) == 100  # 50 columns
    np.testing.assert_array_equal(points.max(axis=0), data.max(axis=0))
    np.testing.assert_array_equal(points.min(axis=0), data.min(axis=0))
    assert x[np.argmax(points[:, 2])] == pytest.approx(26.5)


@pytest.mark.parametrize("rate", [128.0, 1000.0])
def test_painting_what_is_new_gives_the_same_picture_as_painting_all(rate: float) -> None:
    scale = StripScale(300, 120, 4, rate, 5.0, 50.0)
    data = noise(int(13.7 * rate))
    data[int(11 * rate) : int(11.3 * rate)] = np.nan
    whole, grown = TraceHistory(4, 20_000), TraceHistory(4, 20_000)
    whole.append(0, data)
    at_once, bit_by_bit = TraceStrip(scale, theme.DARK), TraceStrip(scale, theme.DARK)
    at_once.extend(whole)
    step = int(0.017 * rate) + 1
    for first in range(0, len(data), step):
        grown.append(first, data[first : first + step])
        bit_by_bit.extend(grown)
    assert picture(at_once) == picture(bit_by_bit)


def test_nothing_new_paints_nothing() -> None:
    strip = TraceStrip(StripScale(100, 50, 4, 128.0, 5.0, 50.0), theme.DARK)
    history = TraceHistory(4, 1000)
    assert not strip.extend(history)
    history.append(0, noise(10))
    assert strip.extend(history)
    assert not strip.extend(history)


def test_a_spike_of_one_sample_is_seen(qtbot: QtBot) -> None:
    """1 kHz and 60 s: some 100 samples share a pixel column."""
    feed = EEGFeed(60.0)
    canvas = TraceCanvas(feed, SignalView(uv_per_division=100, seconds=60))
    qtbot.addWidget(canvas)
    canvas.resize(700, 400)
    canvas.show()
    data = np.zeros((60_000, 4), np.float32)
    feed.take(view(0, data))
    canvas.follow()
    data = np.zeros((500, 4), np.float32)
    data[250, 1] = 90.0
    before = canvas.grab().toImage()
    feed.take(view(60_000, data))
    canvas.follow()
    after = canvas.grab().toImage()
    plot = canvas.plot_rect()
    row = plot.height() / 4
    height = int(plot.top() + 1.5 * row - 0.7 * row)  # 70 µV above the second channel
    lit = [
        x
        for x in range(plot.left(), plot.right() + 1)
        if after.pixelColor(x, height).lightness() > 60
    ]
    assert len(lit) in (1, 2)
    assert plot.right() - lit[0] < 10
    assert not any(before.pixelColor(x, height).lightness() > 60 for x in range(plot.right()))


def test_a_stream_that_begins_anew_is_shown_from_its_beginning(qtbot: QtBot) -> None:
    feed = EEGFeed(60.0)
    canvas = TraceCanvas(feed, SignalView())
    qtbot.addWidget(canvas)
    feed.take(view(0, noise(5000)))
    canvas.follow()
    assert feed.next_index == 5000
    feed.take(view(0, noise(100)))
    canvas.follow()
    assert feed.next_index == 100


@pytest.mark.parametrize("n_channels", [1, 8, 128])
@pytest.mark.parametrize("size", [(320, 200), (1600, 1000)])
def test_any_number_of_channels_is_drawn(
    qtbot: QtBot, n_channels: int, size: tuple[int, int]
) -> None:
    feed = EEGFeed(60.0)
    canvas = TraceCanvas(feed, SignalView(uv_per_division=200))
    qtbot.addWidget(canvas)
    canvas.resize(*size)
    canvas.show()
    feed.take(view(0, noise(3000, n_channels)))
    canvas.follow()
    image = canvas.grab().toImage()
    column = canvas.plot_rect().right() - 20
    colors = {image.pixelColor(column, y).name() for y in range(canvas.plot_rect().height())}
    assert len(colors) > 1


def test_the_scale_is_told_in_round_numbers_with_units() -> None:
    assert round_amount(30, 80) == 50
    assert round_amount(0.9, 2.4) == 2
    assert [two_digits(value) for value in (0.0641, 2.38, 104.2)] == ["0.064", "2.4", "104"]
    assert voltage_text(50) == "50 µV"
    assert voltage_text(2000) == "2 mV"
    assert (clock_text(75), clock_text(2.5)) == ("1:15", "0:02.5")
