"""Markers of a stimulus program in the window: real LSL outlets, each marker where it belongs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from test_lsl_markers import outlet, source_of
from test_session_recording import CLOCK
from test_ui_session import Run, begin, end

from milmer_live.live.sources.side_streams import (
    MarkerStream,
    with_sides,
)
from milmer_live.live.workers import Faults
from milmer_live.samples import Marker, Quadrant
from milmer_live.storage.session.reader import open_session
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.state.marker_log import (
    DRAWN,
    KEPT,
    Kind,
    MarkerLog,
    Noted,
)

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class StimulusRun(Run):
    """With a stream of markers beside the amplifier."""

    def __init__(self, sender: Any) -> None:
        super().__init__()
        self.markers = MarkerStream("lsl:Stimuli", source_of(sender), CLOCK, Faults())
        self.side_streams = (self.markers,)

    def start(self) -> None:
        self.markers.start()
        super().start()

    def stop(self) -> None:
        self.markers.stop()
        super().stop()
        self.markers.join(10.0)

    def snapshot(self, **wanted: Any) -> Any:
        return with_sides(super().snapshot(**wanted), self.side_streams)


@pytest.fixture
def sender() -> Any:
    return outlet()


@pytest.fixture
def run(sender: Any) -> StimulusRun:
    return StimulusRun(sender)


@pytest.fixture
def window(
    qtbot: QtBot, run: StimulusRun, sender: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(tmp_path / "recordings"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = MainWindow(lambda: run, clock=CLOCK, remembers=False)
    made.show()
    made.start()
    qtbot.waitUntil(sender.have_consumers, timeout=20_000)
    qtbot.waitUntil(lambda: bool(said(made, Kind.EVENT)), timeout=20_000)
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running, timeout=20_000)
    made.deleteLater()


def said(window: MainWindow, kind: Kind = Kind.MARKER) -> list[str]:
    return [one.text for one in window.markers.all() if one.kind is kind]


def log_lines(window: MainWindow) -> list[list[str]]:
    model = window.log.table.model()
    return [
        [str(model.index(row, column).data()) for column in (1, 2)]
        for row in range(model.rowCount())
    ]


def tinted_columns(widget: Any, tint: str, y: int) -> list[int]:
    """Where a line of this colour, drawn with 80 %, crosses row `y`."""
    image = widget.grab().toImage()
    wanted = QColor(tint)
    found = []
    for x in range(image.width()):
        one = image.pixelColor(x, y)
        gap = max(
            abs(one.red() - wanted.red()),
            abs(one.green() - wanted.green()),
            abs(one.blue() - wanted.blue()),
        )
        if gap < 60:
            found.append(x)
    return found


def test_a_marker_is_in_the_log_though_nothing_is_recorded(
    qtbot: QtBot, window: MainWindow, sender: Any
) -> None:
    window.docks.toggle("log")  # to the front of its tabs
    stamp = CLOCK.now()
    sender.push_sample(["film 3 begins"], stamp)

    qtbot.waitUntil(lambda: said(window) == ["film 3 begins"], timeout=10_000)

    noted = next(one for one in window.markers.all() if one.kind is Kind.MARKER)
    assert noted.time == pytest.approx(stamp, abs=1e-3)
    qtbot.waitUntil(lambda: ["Marker", "film 3 begins"] in log_lines(window), timeout=10_000)
    assert not window.session.is_recording


def test_a_marker_is_drawn_at_its_time_in_traces_and_timeline(
    qtbot: QtBot, window: MainWindow, run: StimulusRun, sender: Any
) -> None:
    run.amplifier.push(20 * 128)
    qtbot.waitUntil(lambda: (window.feed.next_index or 0) >= 19 * 128, timeout=20_000)
    traces, strip = window.signals.canvas, window.timeline.canvas
    newest_s = window.feed.time_of(window.feed.next_index or 0)
    shown_s = float(window.signals.view.seconds)
    sender.push_sample(["film"], newest_s - shown_s / 2)
    now = CLOCK.now()
    sender.push_sample(["now"], now)

    qtbot.waitUntil(lambda: len(said(window)) == 2, timeout=10_000)

    plot = traces.plot_rect()
    columns = tinted_columns(traces, window.look.accent, plot.bottom() - 2)
    assert any(abs(x - plot.center().x()) <= 4 for x in columns), (columns, plot)
    window.timeline.go_live()
    row = strip.plot_rect()
    columns = tinted_columns(strip, window.look.accent, round(row.top()) - 2)
    assert any(abs(x - row.left() - strip.place(now)) <= 2 for x in columns), columns


def test_markers_are_shown_and_recorded_alike(
    qtbot: QtBot, window: MainWindow, sender: Any
) -> None:
    folder = begin(qtbot, window.session)
    sender.push_sample(["cue"])
    qtbot.waitUntil(lambda: "cue" in said(window), timeout=10_000)
    end(qtbot, window.session)
    stream = open_session(folder).file.named("Stimuli")
    assert stream is not None
    assert list(stream.texts) == ["cue"]


def test_the_status_bar_counts_the_markers(qtbot: QtBot, window: MainWindow, sender: Any) -> None:
    def words() -> str:
        view = window.status.sources[1]
        return view._rate.text()

    qtbot.waitUntil(lambda: words() == "0 received", timeout=10_000)
    for _ in range(3):
        sender.push_sample(["beep"])
    qtbot.waitUntil(lambda: words() == "3 received", timeout=10_000)


def test_a_stream_that_comes_is_said(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: "Markers connected: Stimuli" in said(window, Kind.EVENT), timeout=9_000)


def test_hundreds_of_markers_a_second_leave_the_window_free(
    qtbot: QtBot, window: MainWindow, run: StimulusRun, sender: Any
) -> None:
    """A minute of 500 a second at once, in the traces, the timeline and the log: they cost a
    picture a few times of what it costs without them, not thousands of times."""
    run.amplifier.push(20 * 128)
    qtbot.waitUntil(lambda: (window.feed.next_index or 0) >= 19 * 128, timeout=20_000)
    stop = window.feed.time_of(window.feed.next_index or 0)

    def drawn(text: str) -> float:
        """Processor seconds of a picture with one marker more: the median of 20."""
        spent = []
        for number in range(20):
            before = time.thread_time()
            run.markers._hearing[0](Marker(stop, f"{text} {number}"))
            window.bridge.pull()
            window.signals.canvas.grab()
            window.timeline.canvas.grab()
            QApplication.processEvents()
            spent.append(time.thread_time() - before)
        return sorted(spent)[10]

    window.timeline.go_live()
    window.docks.toggle("log")  # before the timeline, which is drawn all the same
    assert window.log.is_seen
    few = drawn("one")
    window.markers.add(Noted(stop - 70, "Calm", Kind.LABEL, Quadrant.LAHV))
    for number in range(30_000):
        sender.push_sample([f"frame {number}"], stop - 60 + number / 500)
    qtbot.waitUntil(lambda: "frame 29999" in said(window), timeout=60_000)
    many = drawn("one more")
    assert many < 10 * few, (many, few)
    assert len(window.markers) <= 2 * KEPT
    assert said(window, Kind.LABEL) == ["Calm"]


def test_dense_markers_are_thinned_the_same_wherever_the_picture_begins() -> None:
    log = MarkerLog()
    for number in range(5_000):
        log.hear(Marker(number / 500, str(number)))
    log.settle()
    first, later = log.between(0.0, 10.0), log.between(0.137, 10.0)
    assert 100 < len(first) <= DRAWN + 1
    assert set(later[1:]) <= set(first)
    few = log.between(2.0, 2.4)
    assert len(few) == 201  # all of them, where they have room


def test_what_is_heard_while_nobody_takes_it_has_an_end() -> None:
    log = MarkerLog()
    for number in range(KEPT + 10):
        log.hear(Marker(float(number), "x"))
    log.settle()
    assert len(log) == KEPT
    assert log.all()[-1].time == KEPT + 9
