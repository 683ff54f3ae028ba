"""A head from above: a map under its electrodes, or coloured electrodes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from milmer_live.samples import Float64
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.spectrum.scalp import (
    REACH,
    ScalpMap,
    coloured,
    places,
)

TITLE_HEIGHT, LEGEND_HEIGHT = 20, 28
ELECTRODE = 2.2
QUALITY_ELECTRODE = 4.5
PAPER_SIDE = 192  # pixels of a map in a vector drawing
SIDE = 1.28  # half of the picture's side, in radii: room for nose and ears


@dataclass(frozen=True, slots=True)
class Legend:
    """Texts under a map: its lowest and highest value with their unit."""

    low: str
    high: str


class HeadMap(QWidget):
    """`title` above; what it shows comes as values or as colours."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setMinimumSize(118, 120)
        self._title = title
        self._look = theme.DARK
        self._names: tuple[str, ...] = ()
        self._map: ScalpMap | None = None
        self._image: QImage | None = None
        self._legend: Legend | None = None
        self._colours: Sequence[str] = ()
        self._tints: tuple[str, ...] = ()
        self._words = ""
        self.sharp = False  # for a vector drawing: no painter's clip
        self.paints = 0

    def show_values(
        self, names: tuple[str, ...], values: Float64, limits: tuple[float, float],
        legend: Legend, colours: Sequence[str],
    ) -> None:  # fmt: skip
        """A map of `values` (n,) at the channels `names`, all of which have a place."""
        if names != self._names or self._map is None:
            self._names, self._map = names, ScalpMap(names)
        pixels = np.empty((*self._map.inside.shape, 4), dtype=np.uint8)
        pixels[..., :3] = coloured(self._map.image(values), *limits, colours)
        pixels[..., 3] = 255 * self._map.inside
        height, width = self._map.inside.shape
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
        self._image, self._legend, self._colours, self._words = image.copy(), legend, colours, ""
        self._tints = ()
        self.update()

    def show_tints(self, names: tuple[str, ...], tints: tuple[str, ...], words: str) -> None:
        """Electrodes in colours, `words` below."""
        if (names, tints, words) != (self._names, self._tints, self._words):
            self._names, self._tints, self._words = names, tints, words
            self._map, self._image, self._legend = None, None, None
            self.update()

    def show_nothing(self, why: str) -> None:
        self.show_tints((), (), why)

    def words(self) -> str:
        """What stands below where there is no legend."""
        return self._words

    def set_title(self, title: str) -> None:
        if title != self._title:
            self._title = title
            self.update()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(180, 200)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.paints += 1
        with QPainter(self) as painter:
            self.draw(painter)

    def draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(theme.font(theme.CAPTION, bold=True))
        painter.setPen(QColor(self._look.text))
        top = QRectF(0, 0, self.width(), TITLE_HEIGHT)
        painter.drawText(top, Qt.AlignmentFlag.AlignCenter, self._title)
        self._draw_head(painter)
        self._draw_electrodes(painter)
        self._draw_legend(painter)

    def copy(self, look: Theme) -> HeadMap:
        """For paper: it shows the same, and is drawn without a painter's clip."""
        other = HeadMap(self._title)
        other.sharp, other._look = True, look
        other._names, other._tints, other._words = self._names, self._tints, self._words
        other._map, other._image = self._map, self._image
        other._legend, other._colours = self._legend, self._colours
        return other

    def _radius(self) -> float:
        room = min(self.width(), self.height() - TITLE_HEIGHT - LEGEND_HEIGHT)
        return max(10.0, room / 2 / SIDE)

    def _centre(self) -> QPointF:
        middle = TITLE_HEIGHT + (self.height() - TITLE_HEIGHT - LEGEND_HEIGHT) / 2
        return QPointF(self.width() / 2, middle + 0.04 * self._radius())

    def _draw_head(self, painter: QPainter) -> None:
        centre, radius = self._centre(), self._radius()
        painter.setPen(QPen(QColor(self._look.muted), 1.4))
        painter.setBrush(QColor(self._look.raised))
        nose = [
            QPointF(x * radius, y * radius) for x, y in ((-0.14, -0.98), (0, -1.2), (0.14, -0.98))
        ]
        painter.drawPolyline(QPolygonF([centre + point for point in nose]))
        for side in (-1, 1):
            ear = QRectF(0, 0, 0.16 * radius, 0.44 * radius)
            ear.moveCenter(centre + QPointF(side * 1.05 * radius, 0))
            painter.drawEllipse(ear)
        painter.drawEllipse(centre, radius, radius)
        if self._image is not None:
            box = QRectF(0, 0, 2 * REACH * radius, 2 * REACH * radius)
            box.moveCenter(centre)
            if self.sharp:
                painter.drawImage(box, _cut_round(self._image))
                return
            clip = QPainterPath()
            clip.addEllipse(centre, radius - 0.7, radius - 0.7)
            painter.save()
            painter.setClipPath(clip)
            painter.drawImage(box, self._image)
            painter.restore()

    def _draw_electrodes(self, painter: QPainter) -> None:
        if not self._names:
            return
        centre, radius = self._centre(), self._radius()
        size = QUALITY_ELECTRODE if self._tints else ELECTRODE
        size = min(size, radius / 9)
        painter.setPen(Qt.PenStyle.NoPen)
        for index, (x, y) in enumerate(places(self._names)):
            tint = self._tints[index] if self._tints else "#101418"
            painter.setBrush(QColor(tint))
            painter.drawEllipse(centre + QPointF(x * radius, -y * radius), size, size)

    def _draw_legend(self, painter: QPainter) -> None:
        room = QRectF(0, self.height() - LEGEND_HEIGHT, self.width(), LEGEND_HEIGHT)
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(QColor(self._look.muted))
        if self._legend is None:
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, flags, self._words)
            return
        bar = QRectF(0, room.top() + 4, min(110.0, 0.7 * self.width()), 6)
        bar.moveLeft((self.width() - bar.width()) / 2)
        ramp = QLinearGradient(bar.topLeft(), bar.topRight())
        for place, tint in enumerate(self._colours):
            ramp.setColorAt(place / (len(self._colours) - 1), QColor(tint))
        painter.fillRect(bar, ramp)
        below = QRectF(bar.left() - 30, bar.bottom(), bar.width() + 60, 16)
        below &= room.adjusted(2, 0, -2, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | middle, self._legend.low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | middle, self._legend.high)


def _cut_round(image: QImage) -> QImage:
    """The part of a map that lies on the head, all around it transparent."""
    large = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied).scaled(
        PAPER_SIDE,
        PAPER_SIDE,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    head = QImage(large.size(), large.format())
    head.fill(Qt.GlobalColor.transparent)
    with QPainter(head) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Qt.GlobalColor.black)
        radius = PAPER_SIDE / 2 / REACH - 0.5
        painter.drawEllipse(QPointF(PAPER_SIDE / 2, PAPER_SIDE / 2), radius, radius)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.drawImage(0, 0, large)
    return head
