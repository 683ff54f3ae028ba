"""The panels as one page of vectors, as SVG and PDF: always ink on white.

The window's thread only records what is to be drawn; the files are made of that on another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPageSize, QPaintDevice, QPainter, QPdfWriter, QPicture
from PySide6.QtSvg import QSvgGenerator

from milmer_live.ui.look import theme
from milmer_live.ui.look.figure import Figure
from milmer_live.ui.look.widgets import Panel
from milmer_live.ui.paper.pictures import (
    CAPTION_HEIGHT,
    Caption,
    draw_caption,
)

POINTS_PER_INCH, PIXELS_PER_INCH = 72, 96
PAGE_WIDTH, MARGIN, GUTTER = 1240, 24, 28  # pixels
TITLE_HEIGHT = 26
LOOK = theme.LIGHT


@dataclass(frozen=True, slots=True)
class Page:
    """What was recorded, each with its upper left corner. Belongs to one thread at a time.

    Qt holds Python's lock while it plays a picture, so none is large.
    """

    size: QSize
    title: str
    parts: tuple[tuple[QPointF, QPicture], ...]


def record(panels: Iterable[Panel], caption: Caption) -> Page:
    """On the GUI thread: copies what `panels` show now."""
    figures = [figure for panel in panels if (figure := panel.figure(LOOK)) is not None]
    placed = list(_placed(figures))
    bottom = max((room.bottom() for _, room in placed), default=_top())
    size = QSize(PAGE_WIDTH, round(bottom) + MARGIN)
    parts = [(room.topLeft(), one) for figure, room in placed for one in _recorded(figure, room)]
    return Page(size, caption.text, (_heading(caption), *parts))


def svg(page: Page) -> bytes:
    """On any thread."""
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(PIXELS_PER_INCH)
    generator.setSize(page.size)
    generator.setViewBox(QRectF(0, 0, page.size.width(), page.size.height()))
    generator.setTitle(page.title)
    _play(page, generator)
    return bytes(data.data())


def pdf(page: Page) -> bytes:
    """As `svg`, on one page of its size."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(page.size * POINTS_PER_INCH / PIXELS_PER_INCH))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(PIXELS_PER_INCH)
    writer.setTitle(page.title)
    _play(page, writer)
    buffer.close()
    return bytes(data.data())


def rows(figures: Iterable[Figure]) -> list[list[Figure]]:
    """Wide ones have a row of their own; the others share one by two, in their order."""
    found: list[list[Figure]] = []
    half: list[Figure] | None = None
    for figure in figures:
        if figure.wide:
            found.append([figure])
        elif half is None:
            half = [figure]
            found.append(half)
        else:
            half.append(figure)
            half = None
    return found


def _top() -> float:
    return MARGIN + CAPTION_HEIGHT + theme.S


def _placed(figures: Iterable[Figure]) -> Iterator[tuple[Figure, QRectF]]:
    """Each row fills the width of the page."""
    top = _top()
    for row in rows(figures):
        height = max(figure.height for figure in row) + TITLE_HEIGHT
        width = (PAGE_WIDTH - 2 * MARGIN - GUTTER * (len(row) - 1)) / len(row)
        for column, figure in enumerate(row):
            yield figure, QRectF(MARGIN + column * (width + GUTTER), top, width, height)
        top += height + GUTTER


def _recorded(figure: Figure, room: QRectF) -> Iterator[QPicture]:
    yield _titled(figure)
    for draw in figure.layers:
        picture = QPicture()
        with QPainter(picture) as painter:
            painter.translate(0, TITLE_HEIGHT)
            draw(painter, room.adjusted(0, TITLE_HEIGHT, 0, 0).size())
        yield picture


def _titled(figure: Figure) -> QPicture:
    picture = QPicture()
    with QPainter(picture) as painter:
        painter.setFont(theme.font(theme.TITLE, bold=True))
        painter.setPen(QColor(LOOK.text))
        painter.drawText(QPointF(0, theme.L), figure.title)
        width = painter.fontMetrics().horizontalAdvance(figure.title)
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(QColor(LOOK.muted))
        painter.drawText(QPointF(width + theme.M, theme.L), figure.subtitle)
    return picture


def _heading(caption: Caption) -> tuple[QPointF, QPicture]:
    picture = QPicture()
    with QPainter(picture) as painter:
        width = PAGE_WIDTH - 2 * MARGIN
        draw_caption(painter, QRectF(0, 0, width, CAPTION_HEIGHT), caption, LOOK)
    return QPointF(MARGIN, MARGIN), picture


def _play(page: Page, device: QPaintDevice) -> None:
    with QPainter(device) as painter:
        painter.fillRect(QRectF(QPointF(0, 0), page.size), QColor(LOOK.card))
        for corner, picture in page.parts:
            painter.save()
            painter.translate(corner)
            picture.play(painter)
            painter.restore()
