"""The window as a picture and its panels as drawings, with when and of whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from milmer_live.errors import RecordingError
from milmer_live.ui import theme
from milmer_live.ui.i18n import tr
from milmer_live.ui.numbers import number
from milmer_live.ui.theme import Theme
from milmer_live.ui.widgets import Panel

CAPTION_HEIGHT = 26
POINTS_PER_INCH = 72
PIXELS_PER_INCH = 96  # of the logical pixels that panels are laid out in


@dataclass(frozen=True, slots=True)
class Caption:
    """Under every picture: whom it shows, and when, by the wall and on the LSL clock."""

    participant: str
    taken: dt.datetime
    lsl_s: float

    @property
    def text(self) -> str:
        who = self.participant or tr("no participant")
        moment = self.taken.strftime("%Y-%m-%d %H:%M:%S %z")
        return f"{who}  ·  {moment}  ·  LSL {number(self.lsl_s, '.3f')} s"

    def file_name(self, ending: str) -> str:
        """Sorts by time; another name each second."""
        who = "".join(letter for letter in self.participant if letter.isalnum()) or "window"
        return f"{self.taken.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}_{who}.{ending}"


def window_picture(window: QWidget, caption: Caption, look: Theme) -> QImage:
    """What is on the screen, as pixels, with the caption below."""
    shot = window.grab().toImage()
    ratio = shot.devicePixelRatio()
    size = QSize(shot.width(), shot.height() + round(CAPTION_HEIGHT * ratio))
    picture = QImage(size, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(look.card))
    with QPainter(picture) as painter:
        painter.drawImage(0, 0, shot)
        top = shot.height() / ratio
        _draw_caption(painter, QRectF(0, top, shot.width() / ratio, CAPTION_HEIGHT), caption, look)
    return picture


def save_png(picture: QImage, file: Path) -> Path:
    """Off the GUI thread. Raises RecordingError; nothing is overwritten."""
    return _write(file, _png(picture))


def save_bytes(drawing: bytes, file: Path) -> Path:
    """Off the GUI thread. Raises RecordingError; nothing is overwritten."""
    return _write(file, drawing)


def panels_svg(panels: Iterable[Panel], caption: Caption, look: Theme) -> bytes:
    """The panels one below the other, as lines and letters, not pixels."""
    shown = list(panels)
    size = _drawing_size(shown)
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(caption.text)
    with QPainter(generator) as painter:
        _draw_panels(painter, shown, size, caption, look)
    return bytes(data.data())


def panels_pdf(panels: Iterable[Panel], caption: Caption, look: Theme) -> bytes:
    """As `panels_svg`, on one page of its size."""
    shown = list(panels)
    size = _drawing_size(shown)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    points = QSize(size) * POINTS_PER_INCH / PIXELS_PER_INCH
    writer.setPageSize(QPageSize(points))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(PIXELS_PER_INCH)
    writer.setTitle(caption.text)
    with QPainter(writer) as painter:
        _draw_panels(painter, shown, size, caption, look)
    buffer.close()
    return bytes(data.data())


def _drawing_size(panels: list[Panel]) -> QSize:
    width = max((panel.width() for panel in panels), default=400)
    height = sum(panel.header.height() + panel.height() + theme.M for panel in panels)
    return QSize(width, height + CAPTION_HEIGHT)


def _draw_panels(
    painter: QPainter, panels: list[Panel], size: QSize, caption: Caption, look: Theme
) -> None:
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(look.card))
    top = 0
    for panel in panels:
        panel.draw_sharp(True)
        for part in (panel.header, panel):
            part.render(painter, QPoint(0, top))
            top += part.height()
        panel.draw_sharp(False)
        top += theme.M
    room = QRectF(0, size.height() - CAPTION_HEIGHT, size.width(), CAPTION_HEIGHT)
    _draw_caption(painter, room, caption, look)


def _draw_caption(painter: QPainter, room: QRectF, caption: Caption, look: Theme) -> None:
    painter.setFont(theme.font(theme.CAPTION))
    painter.setPen(QColor(look.muted))
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(room.adjusted(theme.L, 0, -theme.L, 0), middle, caption.text)


def _png(picture: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload] # the stub lacks the form with a device
    return bytes(data.data())


def _write(file: Path, data: bytes) -> Path:
    """Under another name where one of that name is there."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for number in range(1000):
            name = file.stem + (f"-{number}" if number else "") + file.suffix
            try:
                with (file.parent / name).open("xb") as out:
                    out.write(data)
            except FileExistsError:
                continue
            return file.parent / name
    except OSError as error:
        raise RecordingError(
            f"The picture {file} cannot be written: {error.strerror}.", "Is the disk full?"
        ) from error
    raise RecordingError(f"There are a thousand pictures called {file.stem}.")
