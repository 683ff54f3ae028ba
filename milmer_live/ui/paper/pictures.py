"""The window as a picture, with when and of whom; and how pictures get onto the disk."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from milmer_live.errors import MilmerError, RecordingError
from milmer_live.system.private_files import (
    make_private_folder,
    open_private,
)
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme

CAPTION_HEIGHT = 26


@dataclass(frozen=True, slots=True)
class Caption:
    """On every picture: whom it shows, and when, by the wall and on the LSL clock."""

    participant: str
    taken: dt.datetime
    lsl_s: float

    @property
    def text(self) -> str:
        who = f"sub-{self.participant}" if self.participant else tr("no participant")
        moment = self.taken.strftime("%Y-%m-%d %H:%M:%S %z")
        return f"{who}  ·  {moment}  ·  LSL {number(self.lsl_s, '.3f')} s"

    def file_name(self, ending: str) -> str:
        """Sorts by time; another name each second."""
        who = "".join(letter for letter in self.participant if letter.isalnum()) or "window"
        return f"{self.taken.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}_{who}.{ending}"


def with_caption(shot: QImage, caption: Caption, look: Theme) -> QImage:
    """What was on the screen, with the caption below."""
    ratio = shot.devicePixelRatio()
    size = QSize(shot.width(), shot.height() + round(CAPTION_HEIGHT * ratio))
    picture = QImage(size, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(look.card))
    with QPainter(picture) as painter:
        painter.drawImage(0, 0, shot)
        top = shot.height() / ratio
        room = QRectF(theme.L, top, shot.width() / ratio - 2 * theme.L, CAPTION_HEIGHT)
        draw_caption(painter, room, caption, look)
    return picture


def save_png(picture: QImage, file: Path) -> Path:
    """Off the GUI thread. Raises RecordingError; nothing is overwritten."""
    return _write(file, _encoded(picture, "PNG"))


def save_screenshot(picture: QImage, file: Path) -> None:
    """In the format that the file's name asks for, over what is there. Off the GUI thread. Raises
    MilmerError."""
    data = _encoded(picture, file.suffix.removeprefix(".").upper())
    try:
        make_private_folder(file.parent)
        with open_private(file, "wb") as out:
            out.write(data)
    except OSError as error:
        raise MilmerError(
            f"The screenshot {file} cannot be written: {error.strerror}.", "Is the disk full?"
        ) from error


def save_bytes(drawing: bytes, file: Path) -> Path:
    """Off the GUI thread. Raises RecordingError; nothing is overwritten."""
    return _write(file, drawing)


def draw_caption(painter: QPainter, room: QRectF, caption: Caption, look: Theme) -> None:
    painter.setFont(theme.font(theme.CAPTION))
    painter.setPen(QColor(look.muted))
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(room, middle, caption.text)


def _encoded(picture: QImage, kind: str) -> bytes:
    """Raises MilmerError for a kind that Qt does not write."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, kind):  # type: ignore[call-overload] # the stub lacks this form
        raise MilmerError(f"A picture of kind '{kind}' cannot be written.", "Call it NAME.png.")
    return bytes(data.data())


def _write(file: Path, data: bytes) -> Path:
    """Under another name where one of that name is there."""
    try:
        make_private_folder(file.parent)
        for number in range(1000):
            name = file.stem + (f"-{number}" if number else "") + file.suffix
            try:
                with open_private(file.parent / name, "xb") as out:
                    out.write(data)
            except FileExistsError:
                continue
            return file.parent / name
    except OSError as error:
        raise RecordingError(
            f"The picture {file} cannot be written: {error.strerror}.", "Is the disk full?"
        ) from error
    raise RecordingError(f"There are a thousand pictures called {file.stem}.")
