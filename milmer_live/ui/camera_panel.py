"""What the camera sees, and the faces that the newest window was judged by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout

from milmer_live.live.state import EngineSnapshot
from milmer_live.ui import theme
from milmer_live.ui.camera_picture import CameraPicture
from milmer_live.ui.figure import Figure
from milmer_live.ui.filmstrip import Filmstrip
from milmer_live.ui.i18n import tr
from milmer_live.ui.theme import Theme
from milmer_live.ui.widgets import Chip, ElidedLabel, Panel, label, not_live

FIGURE_HEIGHT = 340  # pixels, on paper


class CameraPanel(Panel):
    def __init__(self) -> None:
        super().__init__(tr("Camera"))
        self.picture = CameraPicture()
        self.filmstrip = Filmstrip()
        self.state = Chip()
        self._bag_says = ElidedLabel("muted")
        self._look = theme.DARK
        self.controls.addWidget(self.state)
        self.body.addWidget(self.picture, stretch=1)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        row.addWidget(label("", tr("Faces of this window")))
        row.addWidget(self._bag_says, stretch=1)
        self.body.addLayout(row)
        self.body.addWidget(self.filmstrip)

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:
        self.picture.show_frame(snapshot.frame, snapshot.face, snapshot.faces)
        self.filmstrip.show_bag(snapshot.bag, snapshot.prediction)
        self._show_state(snapshot)
        found = sum(face is not None for face in snapshot.bag)
        if snapshot.bag and snapshot.prediction is not None:
            chosen = len(snapshot.prediction.selected) if snapshot.prediction.faces_used else 0
            words = tr("{found} of {n} found, {chosen} chosen")
            self._bag_says.set_text(words.format(found=found, n=len(snapshot.bag), chosen=chosen))
        if snapshot.frame is not None:
            height, width = snapshot.frame.image.shape[:2]
            self.set_subtitle(f"{width} × {height}")

    @contextmanager
    def covered(self, why: str) -> Iterator[None]:
        """What is drawn meanwhile has these words in place of pictures; "" covers nothing."""
        self.picture.cover = self.filmstrip.cover = why
        try:
            yield
        finally:
            self.picture.cover = self.filmstrip.cover = ""

    def figure(self, look: Theme) -> Figure:
        draw = partial(_draw_figure, self.picture.copy(look), self.filmstrip.copy(look))
        subtitle = " · ".join(
            text for text in (self.header.subtitle.toolTip(), self._bag_says.toolTip()) if text
        )
        return Figure(self.title, subtitle, FIGURE_HEIGHT, [draw])

    def set_theme(self, look: Theme) -> None:
        self._look = look
        for part in (self.picture, self.filmstrip, self.state):
            part.set_theme(look)

    @staticmethod
    def _found(snapshot: EngineSnapshot) -> str:
        if snapshot.face_pinned:
            return tr("Face chosen by click")
        if len(snapshot.faces) > 1:
            return tr("{n} faces: click the participant's").format(n=len(snapshot.faces))
        return tr("Face found")

    def _show_state(self, snapshot: EngineSnapshot) -> None:
        lost = not_live(snapshot, "camera")
        if snapshot.frame is None:
            self.state.show_state(tr("No camera"), self._look.faint)
        elif lost:
            self.state.show_state(tr("Camera {state}").format(state=tr(lost)), self._look.danger)
        elif snapshot.face is None:
            self.state.show_state(tr("No face"), self._look.warning)
        else:
            self.state.show_state(self._found(snapshot), self._look.ok)


def _draw_figure(
    picture: CameraPicture, filmstrip: Filmstrip, painter: QPainter, size: QSizeF
) -> None:
    """The picture, the faces below it."""
    width = int(size.width())
    below = filmstrip.height_for(width)
    picture.resize(width, int(size.height()) - below - theme.S)
    picture.draw(painter)
    filmstrip.setFixedHeight(below)
    filmstrip.resize(width, below)
    painter.translate(0, size.height() - below)
    filmstrip.draw(painter)
