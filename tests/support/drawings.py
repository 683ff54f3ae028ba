"""Vector drawings turned back into pixels, and what is to be found in them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtSvg import QSvgRenderer

from milmer_live.samples import Bool, UInt8


def svg_pixels(data: bytes, size: QSize) -> UInt8:
    """(height, width, 3) on magenta, which nothing of the program is."""
    image = QImage(size, QImage.Format.Format_RGB888)
    image.fill(QColor("#FF00FF"))
    with QPainter(image) as painter:
        QSvgRenderer(QByteArray(data)).render(painter, QRectF(image.rect()))
    return image_pixels(image)


def pdf_pixels(data: bytes, size: QSize) -> UInt8:
    """(height, width, 3) of the only page."""
    buffer, document = QBuffer(), QPdfDocument()
    buffer.setData(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    document.load(buffer)
    assert document.pageCount() == 1
    image = document.render(0, size)
    document.close()
    page = QImage(size, QImage.Format.Format_RGB888)
    page.fill(QColor("#FF00FF"))
    with QPainter(page) as painter:
        painter.drawImage(0, 0, image)
    return image_pixels(page)


def both(svg: bytes, pdf: bytes, size: QSize) -> dict[str, UInt8]:
    return {"svg": svg_pixels(svg, size), "pdf": pdf_pixels(pdf, size)}


def svg_texts(data: bytes) -> list[str]:
    return [text.strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", data.decode())]


def near(pixels: UInt8, colour: str, most: int = 24) -> Bool:
    """(height, width): where each of red, green and blue is as in `colour`, or nearly so."""
    one = QColor(colour)
    wanted = np.array([one.red(), one.green(), one.blue()])
    return np.asarray((np.abs(pixels.astype(np.int16) - wanted) <= most).all(axis=2))


def part(pixels: UInt8, room: QRectF) -> UInt8:
    box = room.toRect()
    return pixels[box.top() : box.bottom() + 1, box.left() : box.right() + 1]


def image_pixels(image: QImage) -> UInt8:
    """(height, width, 3)"""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    bits: Any = image.constBits()  # a memoryview, whatever the stub says
    rows = np.frombuffer(bits, dtype=np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
