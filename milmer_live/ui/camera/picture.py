"""The newest camera picture with the box of the face in it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from milmer_live.samples import FaceBox, FrameSample
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import images, theme
from milmer_live.ui.look.theme import Theme

ASKS_HEIGHT = 26  # pixels
CORNER = 0.22  # length of a corner of the box, as a share of its shorter side


class CameraPicture(QWidget):
    """`face_clicked` brings the pixel (x, y) of the frame that was clicked, or None for a right
    click: let the program choose again."""

    face_clicked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(200, 88)
        self._look = theme.DARK
        self._frame: FrameSample | None = None
        self._pixmap: QPixmap | None = None
        self._face: FaceBox | None = None
        self._others: tuple[FaceBox, ...] = ()
        self._why = ""
        self._asks = ""
        self.cover = ""  # why no picture may be seen; "" where it may
        self.paints = 0

    def show_frame(
        self,
        frame: FrameSample | None,
        face: FaceBox | None,
        faces: tuple[FaceBox, ...] = (),
        asks: str = "",
    ) -> None:
        """`face` is None where the frame has no face; `faces` are all that were found; `frame` is
        None without a camera. `asks` stands on the picture: what the user should click."""
        shown = (self._face, self._others, self._asks)
        if frame is self._frame and (face, faces, asks) == shown:
            return
        self._others, self._asks = faces, asks
        if frame is not self._frame:
            self._pixmap = images.to_pixmap(frame.image) if frame is not None else None
        self._frame, self._face = frame, face
        self.update()

    def show_nothing(self, why: str) -> None:
        """No picture, and no box of an older one: `why` stands there instead."""
        if why != self._why:
            self._why = why
            self.update()
        self.show_frame(None, None)

    def words(self) -> str:
        """What stands in place of a picture; "" where there is one."""
        return self._why if self._pixmap is None else ""

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(440, 250)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.RightButton:
            self.face_clicked.emit(None)
        elif self._pixmap is not None and event.button() == Qt.MouseButton.LeftButton:
            picture = images.fitted(
                self._pixmap.width(), self._pixmap.height(), QRectF(self.rect())
            )
            scale = self._pixmap.width() / picture.width()
            place = (event.position() - picture.topLeft()) * scale
            self.face_clicked.emit((place.x(), place.y()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self.paints += 1
        with QPainter(self) as painter:
            room = QRectF(self.rect())
            images.clip_rounded(painter, room, theme.RADIUS_SMALL)
            painter.fillRect(room, QColor(self._look.raised))
            self.draw(painter)

    def copy(self, look: Theme) -> CameraPicture:
        """For paper: it shows the same."""
        other = CameraPicture()
        other._look, other.cover, other._why = look, self.cover, self._why
        other._pixmap, other._face, other._others = self._pixmap, self._face, self._others
        other._asks = self._asks
        return other

    def draw(self, painter: QPainter) -> None:
        """Needs no painter's clip."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = QRectF(self.rect())
        if self.cover or self._pixmap is None:
            words = self.cover or self._why
            images.draw_empty(painter, room, "camera-off", words, self._look)
            return
        picture = images.fitted(self._pixmap.width(), self._pixmap.height(), room)
        painter.drawImage(picture, self._pixmap.toImage())
        for other in self._others:
            if other != self._face:
                self._draw_other(painter, picture, other)
        if self._face is not None:
            self._draw_face(painter, picture, self._face)
        if self._asks:
            self._draw_asks(painter, room)

    def _draw_asks(self, painter: QPainter, room: QRectF) -> None:
        """Along the lower edge."""
        strip = room.adjusted(0, room.height() - ASKS_HEIGHT, 0, 0)
        painter.fillRect(strip, QColor(self._look.warning))
        painter.setPen(QColor(self._look.on_warning))
        painter.setFont(theme.font(theme.CAPTION, bold=True))
        width = int(strip.width()) - 2 * theme.S
        text = painter.fontMetrics().elidedText(self._asks, Qt.TextElideMode.ElideRight, width)
        painter.drawText(strip, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_other(self, painter: QPainter, picture: QRectF, face: FaceBox) -> None:
        """A face that is not the participant's: it can be clicked."""
        scale = picture.width() / self._pixmap.width() if self._pixmap is not None else 1.0
        box = QRectF(face.x * scale, face.y * scale, face.width * scale, face.height * scale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor("#FFFFFF"), 1, Qt.PenStyle.DashLine))
        box.translate(picture.topLeft())
        painter.drawRect(box)
        if face.number:
            self._draw_tag(painter, picture, box, tr("Face {n}").format(n=face.number))

    def _draw_face(self, painter: QPainter, picture: QRectF, face: FaceBox) -> None:
        assert self._pixmap is not None
        scale = picture.width() / self._pixmap.width()
        box = QRectF(face.x, face.y, face.width, face.height)
        box = QRectF(box.topLeft() * scale + picture.topLeft(), box.size() * scale)
        length = CORNER * min(box.width(), box.height())
        for color, width in ((theme.color("#000000", 0.45), 5.0), (QColor(self._look.accent), 2.5)):
            pen = QPen(color, width)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            for corner in _corners(box, length):
                painter.drawPolyline(corner)
        self._draw_tag(painter, picture, box, tag_text(face))

    def _draw_tag(self, painter: QPainter, picture: QRectF, box: QRectF, text: str) -> None:
        """Above the box, or inside it where there is no room above."""
        painter.setFont(theme.font(theme.CAPTION, bold=True))
        width = painter.fontMetrics().horizontalAdvance(text) + 2 * theme.S
        tag = QRectF(box.left(), box.top() - 26, width, 20)
        if tag.top() < picture.top() + theme.XS:
            tag.moveTop(box.top() + theme.S)
        tag.moveLeft(max(picture.left() + theme.XS, min(tag.left(), picture.right() - width)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("#0A0D12", 0.75))
        painter.drawRoundedRect(tag, theme.XS, theme.XS)
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)


def tag_text(face: FaceBox) -> str:
    """Its number, where it is tracked, and how sure the detector is of it."""
    name = tr("Face {n}").format(n=face.number) if face.number else tr("Face")
    return f"{name} · {100 * face.score:.0f} %"


def _corners(box: QRectF, length: float) -> list[list[QPointF]]:
    """Four angles of three points."""
    return [
        [QPointF(x + dx * length, y), QPointF(x, y), QPointF(x, y + dy * length)]
        for x, dx in ((box.left(), 1), (box.right(), -1))
        for y, dy in ((box.top(), 1), (box.bottom(), -1))
    ]
