"""What Shift+F12 puts onto paper, judged by its pixels: SVG and PDF are rendered again."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawings import both, near, part, svg_texts
from fake_engine import FakeEngine
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from milmer_live.clock import FakeClock
from milmer_live.samples import UInt8
from milmer_live.ui.affect.panel import SIDE_SHARE
from milmer_live.ui.affect.plane import AffectPlane
from milmer_live.ui.look import theme
from milmer_live.ui.look.clipping import cut_lines
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import Panel
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.paper import figures
from milmer_live.ui.paper.figures import (
    MARGIN,
    TITLE_HEIGHT,
    Page,
)
from milmer_live.ui.paper.pictures import Caption
from milmer_live.ui.paper.plain_axes import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
)

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
CAPTION = Caption("07", dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC), 12.5)
INK = theme.LIGHT


@pytest.fixture(params=[theme.DARK, theme.LIGHT], ids=["dark", "light"])
def look(request: pytest.FixtureRequest) -> Theme:
    chosen: Theme = request.param
    return chosen


@pytest.fixture
def window(
    qtbot: QtBot, look: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    """All of its panels have something to show."""
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(tmp_path))
    clock = FakeClock(1000.0)
    engine = FakeEngine(clock, before_s=65.0)
    made = MainWindow(lambda: engine, clock=clock, remembers=False, look=look)
    made.show()
    made.start()
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: made.feed.next_index is not None, timeout=30_000)
    for _ in range(12):
        clock.advance(0.5)
        made.bridge.pull()
        assert made.bridge.snapshot is not None
        for panel in made.panels.values():
            panel.show_snapshot(made.bridge.snapshot)
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running, timeout=30_000)
    made.deleteLater()


def drawn(panels: list[Panel]) -> tuple[Page, bytes, dict[str, UInt8]]:
    page = figures.record(panels, CAPTION)
    svg = figures.svg(page)
    return page, svg, both(svg, figures.pdf(page), page.size)


def body(page: Page, panel: int = 1) -> QRectF:
    """The room below the title of the only panel."""
    corner = page.parts[panel][0]
    width, bottom = page.size.width() - 2 * MARGIN, page.size.height() - MARGIN
    top = corner.y() + TITLE_HEIGHT
    return QRectF(corner.x(), top, width, bottom - top)


def test_svg_and_pdf_nearly_agree_on_white_paper(window: MainWindow) -> None:
    _, _, seen = drawn(list(window.panels.values()))
    for pixels in seen.values():
        assert near(pixels, "#FFFFFF", 4).mean() > 0.5
        assert not near(pixels, theme.DARK.card, 4).mean() > 0.01
        assert not near(pixels, "#FF00FF").any(), "the page is painted to its edges"
    apart = np.abs(seen["svg"].astype(np.int16) - seen["pdf"]).max(axis=2)
    assert (apart > 120).mean() < 0.01
    blurred = [
        one[:1200, :1200].reshape(60, 20, 60, 20, 3).mean(axis=(1, 3)) for one in seen.values()
    ]
    assert np.abs(blurred[0] - blurred[1]).max() < 40, "no area is another's colour"


def test_nothing_of_the_spectrum_lies_outside_its_axes(window: MainWindow) -> None:
    plots = window.spectrum._plots
    assert plots is not None
    plots.levels_db = np.where(np.arange(len(plots.levels_db)) % 20 < 10, 60.0, -60.0)
    page, _, seen = drawn([window.spectrum])
    room = body(page)
    width = (room.width() - window.spectrum.bars.width() - theme.M) / 2
    axes = QRectF(
        room.left() + LEFT,
        room.top() + TOP,
        width - LEFT - RIGHT,
        room.height() - TOP - BOTTOM,
    )
    for pixels in seen.values():
        around = pixels[:, : int(room.left() + width)].astype(np.int16)
        tinted = around[..., 2] - around[..., 1] > 20  # violet: more blue than green
        inside = part(np.asarray(tinted, dtype=np.uint8), axes.adjusted(-1, -1, 1, 1))
        assert inside.sum() > 5000
        assert tinted.sum() == inside.sum()


def test_numbers_of_the_affect_plane_stay_readable_beside_the_point(window: MainWindow) -> None:
    """The point is put into the plane's lower left corner, where its glow covered them."""
    prediction = window.affect.plane.trail[-1]
    corner = np.array([0.0, 0.0, 1.0, 0.0], dtype=np.float32)
    window.affect.plane.show_trail((replace(prediction, probabilities=corner),))
    figure = window.affect.figure(INK)
    page, svg, seen = drawn([window.affect])
    assert len(figure.layers) == 1
    assert "radialGradient" not in svg.decode()
    assert "<image" not in svg.decode(), "the plane is no picture"
    plane = paper_plane(figure.height, page)
    for pixels in seen.values():
        below = QRectF(plane.left() - 20, plane.bottom() + 3, 40, 14)
        beside = QRectF(plane.left() - 36, plane.bottom() - 8, 31, 14)
        for label in (below, beside):
            found = part(pixels, label)
            assert (found.max(axis=2) < 150).sum() >= 8, "ink of the numbers"
            assert near(found, "#FFFFFF", 8).mean() > 0.6, "on white"


def paper_plane(height: int, page: Page) -> QRectF:
    room = body(page)
    copy = AffectPlane()
    side = round(SIDE_SHARE * room.width())
    copy.resize(int(room.width()) - side - theme.L, height)
    return copy.plane_rect().translated(room.topLeft())


def test_maps_leave_nose_and_ears_free(window: MainWindow) -> None:
    page, _, seen = drawn([window.maps])
    room = body(page)
    head = window.maps.power.copy(INK)
    head.resize(int(room.width() / 3), int(room.height()))
    centre, radius = head._centre() + room.topLeft(), head._radius()
    for pixels in seen.values():
        for angle in np.linspace(0, 2 * np.pi, 90):
            x = round(centre.x() + 1.1 * radius * np.cos(angle))
            y = round(centre.y() + 1.1 * radius * np.sin(angle))
            red, green, blue = (int(one) for one in pixels[y, x])
            assert max(red, green, blue) - min(red, green, blue) < 45, "no colour of a map"
        inside = part(pixels, QRectF(centre.x() - radius / 2, centre.y(), radius, radius / 2))
        assert (np.ptp(inside.astype(np.int16), axis=2) > 45).mean() > 0.5


def test_traces_that_are_too_large_are_cut_at_the_plot(window: MainWindow) -> None:
    window.signals.step_scale(-20)
    page, svg, seen = drawn([window.signals])
    assert svg.decode().count("<polyline") >= 32
    room = body(page)
    canvas = window.signals.canvas.copy(INK)
    canvas.resize(QSizeF(room.size()).toSize())
    plot = QRectF(canvas.plot_rect()).translated(room.topLeft())
    for pixels in seen.values():
        blue = np.asarray(near(pixels, INK.trace, 40), dtype=np.uint8)
        assert blue.sum() > 2000
        around, within = (part(blue, plot.adjusted(-n, -n, n, n)).sum() for n in (4, 1))
        assert around == within, "nothing goes over the edge"


def test_the_timeline_is_areas(window: MainWindow) -> None:
    page, svg, seen = drawn([window.timeline])
    assert "<image" not in svg.decode()
    for pixels in seen.values():
        inside = part(pixels, body(page))
        for tint in INK.quadrants:
            assert near(inside, tint).sum() > 100, "each quadrant has its colour"


def test_no_control_is_in_a_figure_and_the_header_says_when_and_whom(window: MainWindow) -> None:
    panels = list(window.panels.values())
    _, svg, _ = drawn(panels)
    texts = svg_texts(svg)
    buttons = [one.text() for panel in panels for one in panel.findChildren(QAbstractButton)]
    controls = {text for text in buttons if len(text) > 1}  # an axis has digits too
    controls |= {window.signals._scale._value.text(), window.signals._span._value.text()}
    controls |= {one.text() for one in window.signals.filters.findChildren(QLabel) if one.text()}
    controls |= {box.itemText(0) for box in window.maps.header.findChildren(QComboBox)}
    assert controls
    assert not controls & set(texts)
    assert any("sub-07" in text and "2026-03-01 12:00:00" in text for text in texts)
    assert "EEG" in texts
    assert any("32 channels" in text for text in texts)


def test_panels_stand_in_two_columns_that_fill_the_page(window: MainWindow) -> None:
    page, _, seen = drawn([window.camera, window.affect, window.maps])
    corners = {(round(corner.x()), round(corner.y())) for corner, _ in page.parts[1:]}
    assert len({y for _, y in corners}) == 2
    assert len({x for x, _ in corners}) == 2
    used = ~near(seen["svg"], "#FFFFFF", 4)
    assert used[:, : page.size.width() // 2].any()
    assert used[:, page.size.width() // 2 :].any()
    assert not used[:, :MARGIN].any()
    assert not used[:, -MARGIN:].any()


def test_the_window_is_not_held_up_by_its_figures(window: MainWindow) -> None:
    """Recording takes a part of the time of the files, which are made on another thread."""
    panels = [panel for panel in window.panels.values() if panel.is_seen]
    took: list[tuple[float, float]] = []
    for _ in range(3):
        begun = time.thread_time()
        page = figures.record(panels, CAPTION)
        recorded = time.thread_time()
        figures.svg(page)
        figures.pdf(page)
        took.append((recorded - begun, time.thread_time() - recorded))
    here, there = min(one for one, _ in took), min(one for _, one in took)
    assert here < 0.7 * there


def test_the_window_does_not_notice(window: MainWindow) -> None:
    before = window.grab().toImage()
    figures.record(list(window.panels.values()), CAPTION)
    assert window.grab().toImage() == before
    assert not window.signals.canvas.sharp


def test_lines_are_cut_where_they_cross_an_edge() -> None:
    x, y = np.array([0.0, 10.0, 20.0]), np.array([-10.0, 10.0, -10.0])
    (piece,) = cut_lines(x, y, QRectF(0, 0, 14, 20))
    assert piece[0].tolist() == [5.0, 10.0, 14.0]
    assert piece[1].tolist() == [0.0, 10.0, 2.0]
    assert not list(cut_lines(x, y - 50, QRectF(0, 0, 14, 20)))
