"""The bag of a window: one face a slot, the chosen ones framed, their weights below."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from milmer_live.samples import FaceCrop, Prediction
from milmer_live.ui.look import images, theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import same_objects

GAP = 6
WEIGHT_HEIGHT = 18
LARGEST = 140
EMPTY_SLOTS = 10
NOT_CHOSEN = 0.45  # opacity


class Filmstrip(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._look = theme.DARK
        self._bag: tuple[FaceCrop | None, ...] = (None,) * EMPTY_SLOTS
        self._weights: dict[int, float] = {}
        self._thumbnails: dict[tuple[int, float, int], QPixmap] = {}
        self.cover = ""  # why no face may be seen; "" where they may
        self.sharp = False  # for a vector drawing: no painter's clip
        self.paints = 0

    def show_bag(self, bag: tuple[FaceCrop | None, ...], prediction: Prediction | None) -> None:
        """`prediction` says which slots of `bag` were chosen."""
        chosen: dict[int, float] = {}
        if prediction is not None and prediction.faces_used:
            chosen = dict(zip(prediction.selected, prediction.weights, strict=True))
        bag = bag or (None,) * EMPTY_SLOTS
        if same_objects(bag, self._bag) and chosen == self._weights:
            return
        self._bag, self._weights = bag, chosen
        self.update()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """As high as its faces are wide."""
        self.setFixedHeight(self.height_for(event.size().width()))

    def _side(self, width: int) -> int:
        count = len(self._bag)
        return max(8, min(LARGEST, (width - GAP * (count - 1)) // count))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.paints += 1
        with QPainter(self) as painter:
            self.draw(painter)

    def copy(self, look: Theme) -> Filmstrip:
        """For paper: it shows the same, and is drawn without a painter's clip."""
        other = Filmstrip()
        other.sharp, other._look, other.cover = True, look, self.cover
        other._bag, other._weights = self._bag, self._weights
        return other

    def height_for(self, width: int) -> int:
        return self._side(width) + WEIGHT_HEIGHT

    def draw(self, painter: QPainter) -> None:
        side = self._side(self.width())
        gap = (self.width() - side * len(self._bag)) / max(1, len(self._bag) - 1)
        shown = {}
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.cover:
            self._draw_cover(painter, QRectF(0, 0, self.width(), side))
            return
        for slot, face in enumerate(self._bag):
            box = QRectF(slot * (side + gap), 0, side, side)
            if face is None:
                self._draw_empty(painter, box)
                continue
            key = (face.frame_index, face.time, side)
            shown[key] = self._thumbnails.get(key) or self._thumbnail(face, side)
            self._draw_face(painter, box, shown[key], slot)
        self._thumbnails = shown

    def _thumbnail(self, face: FaceCrop, side: int) -> QPixmap:
        return images.scaled(images.to_pixmap(face.image), side, self.devicePixelRatioF())

    def _draw_cover(self, painter: QPainter, room: QRectF) -> None:
        self._draw_empty(painter, room)
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(QColor(self._look.muted))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, self.cover)

    def _draw_empty(self, painter: QPainter, box: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._look.faint), 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.XS, theme.XS)

    def _draw_face(self, painter: QPainter, box: QRectF, face: QPixmap, slot: int) -> None:
        weight = self._weights.get(slot)
        painter.save()
        painter.setOpacity(NOT_CHOSEN if weight is None else 1.0)
        if self.sharp:
            painter.drawImage(box, face.toImage())
        else:
            images.clip_rounded(painter, box.adjusted(1, 1, -1, -1), theme.XS)
            painter.drawPixmap(box.topLeft(), face)
        painter.restore()
        if weight is not None:
            self._draw_weight(painter, box, weight)

    def _draw_weight(self, painter: QPainter, box: QRectF, weight: float) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._look.accent), 2))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.XS, theme.XS)
        painter.setFont(theme.font(theme.CAPTION, bold=True))
        painter.setPen(QColor(self._look.text))
        place = QRectF(box.left() - GAP, box.bottom(), box.width() + 2 * GAP, WEIGHT_HEIGHT)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{weight:.0%}")
