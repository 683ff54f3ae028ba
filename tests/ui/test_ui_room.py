"""What is shown has room, uses it, and says what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from milmer_live.clock import FakeClock
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.samples import MODEL_CHANNELS, Prediction, Quadrant, frozen
from milmer_live.storage.session.balance import StreamBalance
from milmer_live.ui.affect.plane import AffectPlane
from milmer_live.ui.bars.session_bar import SessionBar
from milmer_live.ui.bars.status_bar import StatusBar
from milmer_live.ui.dialogs.balance import (
    BalanceDialog,
    Sheet,
)
from milmer_live.ui.labels.log_panel import LogPanel
from milmer_live.ui.labels.panel import LabelsPanel
from milmer_live.ui.look import theme
from milmer_live.ui.look.widgets import LimitedText
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.participant_screen import ParticipantScreen
from milmer_live.ui.signals.margins import (
    Channels,
    draw_names,
)
from milmer_live.ui.spectrum import scalp
from milmer_live.ui.spectrum.head_map import (
    HeadMap,
    Legend,
)
from milmer_live.ui.state.marker_log import (
    MarkerLog,
    Noted,
)
from milmer_live.ui.state.signal_view import SignalView

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
SCREEN = QRect(0, 0, 1280, 800)


@pytest.fixture
def open_window(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], MainWindow]]:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(tmp_path / "recordings"))
    made: list[MainWindow] = []

    def open_() -> MainWindow:
        window = MainWindow(clock=FakeClock(1000.0))
        window.show()
        window.start()
        made.append(window)
        return window

    yield open_
    for window in made:
        window.close()
        qtbot.waitUntil(lambda w=window: not w.bridge.running)  # type: ignore[misc]
        window.deleteLater()


def test_the_affect_grid_grows_with_a_tall_panel(qtbot: QtBot) -> None:
    panel = LabelsPanel()
    qtbot.addWidget(panel)
    panel.resize(780, 600)
    panel.show()
    qtbot.waitExposed(panel)
    tall = 9 * panel.grid.cell(5, 5).width()
    assert tall > 300
    for height in (340, 240):
        panel.resize(780, height)
        QApplication.processEvents()
    assert panel.height() == 240, "it can be made low again"
    assert panel.grid.geometry().right() < panel.note.geometry().left(), "side by side"


def test_where_nothing_is_connected_the_next_step_is_said(
    qtbot: QtBot, open_window: Callable[[], MainWindow]
) -> None:
    window = open_window()
    assert "Ctrl+O" in window.signals.canvas.empty_words()
    engine = FakeEngine(FakeClock(1000.0))
    engine.with_eeg = False
    window.use_engine(lambda: engine)
    assert window.signals.canvas.empty_words() == "Waiting for EEG …"
    qtbot.waitUntil(lambda: window.bridge.engine is engine)


def test_the_first_window_fills_the_screen_and_a_later_one_is_as_it_was_left(
    qtbot: QtBot, open_window: Callable[[], MainWindow]
) -> None:
    first = open_window()
    assert first.isMaximized()
    first.showNormal()
    first.close()
    qtbot.waitUntil(lambda: not first.bridge.running)
    again = open_window()
    assert not again.isMaximized()


@pytest.mark.parametrize(
    ("taken", "is_clear"), [((0, 48, 1280, 60), True), ((0, 600, 1280, 60), False)]
)
def test_the_participants_window_stands_beside_the_session_bar(
    qtbot: QtBot, taken: tuple[int, int, int, int], is_clear: bool
) -> None:
    screen = ParticipantScreen()
    qtbot.addWidget(screen)
    before = screen.pos()
    screen.stand_beside(QRect(*taken), SCREEN)
    if is_clear:
        assert not screen.geometry().intersects(QRect(*taken))
        assert SCREEN.contains(screen.geometry())
    else:
        assert screen.pos() == before, "there is no room above or below"


def test_the_window_tells_where_its_session_bar_is(
    open_window: Callable[[], MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    asked: list[QRect] = []
    monkeypatch.setattr(window.participant, "stand_beside", lambda taken, _s: asked.append(taken))
    window.swap_participant_screen()
    assert len(QGuiApplication.screens()) == 1
    bar = window.session.bar
    assert asked == [QRect(bar.mapToGlobal(QPoint()), bar.size())]


def test_one_line_is_one(qtbot: QtBot) -> None:
    markers, clock = MarkerLog(), FakeClock(10.0)
    panel = LogPanel(markers, clock)
    qtbot.addWidget(panel)
    engine = FakeEngine(clock)
    for count, words in ((1, "1 line"), (2, "2 lines")):
        markers.add(Noted(float(count), "amp lost"))
        clock.advance(1.0)
        panel.show_snapshot(engine.snapshot())
        assert panel.header.subtitle.toolTip() == words


@pytest.mark.parametrize("n", [1, 20, 32, 64, 128])
@pytest.mark.parametrize("height", [72, 200, 331])
def test_names_of_channels_do_not_overlap(qtbot: QtBot, n: int, height: int) -> None:
    del qtbot
    names = tuple(f"H{index}" for index in range(n))
    image = QImage(100, height + 40, QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    with QPainter(image) as painter:
        plot = QRect(80, 20, 20, height)
        draw_names(painter, plot, Channels(names, {}, SignalView()), theme.DARK)
    rows = [
        any(image.pixelColor(x, y).lightness() > 60 for x in range(66))
        for y in range(image.height())
    ]
    blocks = "".join("x" if row else " " for row in rows).split()
    tallest = QFontMetrics(theme.font(theme.CAPTION)).tightBoundingRect("H0123456789").height()
    assert blocks
    assert max(map(len, blocks)) <= tallest + 1, "an empty row stands between two names"


def test_names_of_quadrants_do_not_touch(qtbot: QtBot, german: object) -> None:
    del german
    plane = AffectPlane()
    qtbot.addWidget(plane)
    for side in (200, 216, 260):
        plane.resize(side, side)
        image = plane.grab().toImage()
        square = plane.plane_rect()
        middle = round(square.center().x())
        ink = theme.DARK.quadrant(Quadrant.HALV), theme.DARK.quadrant(Quadrant.HAHV)
        names = range(round(square.top()) + 2, round(square.top()) + 26)
        for x in (middle - 2, middle + 2):
            assert not any(_near(image.pixelColor(x, y), tint) for y in names for tint in ink)


def _near(one: QColor, other: QColor) -> bool:
    pairs = zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)  # type: ignore[index]
    return all(abs(a - b) < 40 for a, b in pairs)


def test_the_glow_stays_in_the_plane(qtbot: QtBot) -> None:
    plane = AffectPlane()
    qtbot.addWidget(plane)
    plane.resize(300, 300)
    corner = Prediction(0, 1.0, frozen(np.array([0.0, 0.0, 1.0, 0.0], np.float32)))
    plane.show_trail((corner,))
    with_glow = plane.grab().toImage()
    at = plane.place(-1, -1).toPoint()
    assert with_glow.pixelColor(at + QPoint(-12, 0)) == QColor(plane._look.card)
    assert with_glow.pixelColor(at + QPoint(4, 14)) == QColor(plane._look.card)
    assert with_glow.pixelColor(at + QPoint(12, -12)) != QColor(plane._look.card)


@pytest.mark.parametrize("recording", [False, True])
def test_the_button_of_the_recording_has_room_around_its_words(
    qtbot: QtBot, german: object, recording: bool
) -> None:
    del german
    bar = SessionBar()
    qtbot.addWidget(bar)
    bar.resize(1280, 60)
    bar.set_theme(theme.DARK)
    bar.show_recording(recording)
    bar.show()
    qtbot.waitExposed(bar)
    button = bar.record_button
    button.ensurePolished()
    words = button.fontMetrics().horizontalAdvance(button.text())
    assert button.width() >= words + 2 * theme.M


@pytest.mark.parametrize("width", [140, 164, 240])
def test_the_legend_of_a_map_is_whole(qtbot: QtBot, width: int) -> None:
    head = HeadMap("alpha")
    qtbot.addWidget(head)
    head.resize(width, 160)
    legend = Legend("against", "for · EEG 17%")
    head.show_values(MODEL_CHANNELS, np.arange(32.0), (0.0, 31.0), legend, scalp.AMOUNT)
    picture = head.grab().toImage()
    at_the_edge = {
        picture.pixel(x, y) for x in (0, width - 1) for y in range(120, picture.height())
    }
    assert len(at_the_edge) == 1, "nothing is cut there"


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("n_sources", [1, 3, 5, 7])
def test_many_sources_fit_into_the_narrowest_window_and_tell_all_on_hover(
    qtbot: QtBot, n_sources: int
) -> None:
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.set_theme(theme.DARK)
    live, note = SourceState.LIVE, "30 of the model's 32 channels found; 2 interpolated: Cz, Oz."
    eeg = SourceStatus("ActiChampNumberOne", "EEG", live, 1000.0, 1022.4, note=note)
    more = [
        SourceStatus(f"Stimulus {n}", "markers", live, received=1_234_567)
        for n in range(n_sources - 1)
    ]
    bar.show_sources((eeg, *more))
    bar.resize(1280, bar.height())
    bar.show()
    assert bar.minimumSizeHint().width() <= 1280
    assert bar.width() == 1280
    last = bar.sources[-1]
    assert last.width() >= 79
    assert last.mapTo(bar, QPoint(last.width(), 0)).x() < bar.figures["inference"].x()
    whole = "1.234.567 empfangen" if n_sources > 1 else "1022,4 von 1000 Hz"
    assert whole in last.toolTip()
    for figure in bar.figures.values():
        assert figure.geometry().right() < 1280
        assert figure.toolTip()


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_banner_of_many_faults_leaves_the_window_its_room(
    qtbot: QtBot, open_window: Callable[[], MainWindow], count: int
) -> None:
    window = open_window()
    window.showNormal()
    window.resize(1280, 800)
    faults = [
        f"No data from EEG '{number}-{'n' * 200}'. It resumes when data arrives."
        for number in range(count)
    ]
    window.banner.show_fault("\n".join(faults), "Found: A, B.")
    line = window.banner.fontMetrics().lineSpacing()
    qtbot.waitUntil(lambda: 0 < window.banner.height() < 8 * line)
    assert window.width() == 1280
    words = window.banner.findChild(LimitedText)
    assert words is not None
    is_long = count > 1
    assert (words.verticalScrollBar().maximum() > 0) is is_long, "the others are scrolled to"
    assert window.banner.text().startswith(faults[0])
    assert faults[-1] in window.banner.text()
    window.banner.show_fault("One.")
    qtbot.waitUntil(lambda: window.banner.height() < 4 * line)


def test_a_balance_with_many_troubles_still_shows_its_table(qtbot: QtBot) -> None:
    troubles = tuple(f"The disk is too slow: samples of {number}." for number in range(60))
    sheet = Sheet(
        folder=Path("/data"),
        balance=(StreamBalance(asked="lsl:A", kind="EEG"),),
        started_at=0.0,
        length_s=1.0,
        is_over=True,
        troubles=troubles,
        read_back="; ".join(troubles),
    )
    dialog = BalanceDialog(sheet)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    qtbot.waitUntil(lambda: dialog.table.height() > 100)
    assert dialog.height() < 800
