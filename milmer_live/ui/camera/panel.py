"""What the camera sees, and the faces that the newest window was judged by."""

from __future__ import annotations

import time as wall
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QEvent, QSizeF
from PySide6.QtGui import QHelpEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QToolTip

from milmer_live.live.state import Counters, EngineSnapshot, SourceState
from milmer_live.samples import FaceState, FrameSample
from milmer_live.ui.camera.filmstrip import Filmstrip
from milmer_live.ui.camera.picture import CameraPicture
from milmer_live.ui.language import counter_words
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.look import theme
from milmer_live.ui.look.figure import Figure
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Chip,
    ElidedLabel,
    Panel,
    label,
    live_frame,
    not_live,
)

EVERY_S = 1.0  # how often the time in the subtitle changes

FIGURE_HEIGHT = 340  # pixels, on paper

_MISSING = {
    FaceState.NOBODY: mark("No face"),
    FaceState.HELD: mark("No face"),
    FaceState.LOST: mark("Waiting for the participant's face"),
    FaceState.SEVERAL: mark("Whose face?"),
}


class CameraPanel(Panel):
    """While the camera delivers nothing, its state stands in place of the picture."""

    def __init__(self) -> None:
        super().__init__(tr("Camera"))
        self.picture = CameraPicture()
        self.filmstrip = Filmstrip()
        self.state = Chip()
        self._bag_says = ElidedLabel("muted")
        self._look = theme.DARK
        self._counters = Counters()
        self._lost = ""  # the state that `_since` is of
        self._since = ""
        self._due = -1e9  # on the clock of the frames
        self.controls.addWidget(self.state)
        self.body.addWidget(self.picture, stretch=1)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        row.addWidget(label("", tr("Faces of this window")))
        row.addWidget(self._bag_says, stretch=1)
        self.body.addLayout(row)
        self.body.addWidget(self.filmstrip)

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:
        self._counters = snapshot.counters
        frame = live_frame(snapshot)
        if frame is None:
            self.picture.show_nothing(self._why(snapshot))
        else:
            self.picture.show_frame(frame, snapshot.face, snapshot.faces, _asks(snapshot))
        self.filmstrip.show_bag(snapshot.bag, snapshot.prediction)
        self._show_state(snapshot, frame)
        self._show_numbers(frame, snapshot.counters)
        found = sum(face is not None for face in snapshot.bag)
        if snapshot.bag and snapshot.prediction is not None:
            chosen = len(snapshot.prediction.selected) if snapshot.prediction.faces_used else 0
            words = tr("{found} of {n} found, {chosen} chosen")
            self._bag_says.set_text(words.format(found=found, n=len(snapshot.bag), chosen=chosen))

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

    def tip(self) -> str:
        """What the camera has counted, for the tool tip of the panel."""
        return counter_words.camera(self._counters)

    def event(self, event: QEvent) -> bool:
        """The tool tip is written when it is asked for: its numbers change with each frame."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip(), self)
            return True
        return super().event(event)

    @staticmethod
    def _found(snapshot: EngineSnapshot) -> str:
        found = tr("Face chosen by click") if snapshot.face_pinned else tr("Face found")
        count = len(snapshot.faces)
        return found if count < 2 else tr("{found}, {n} in view").format(found=found, n=count)

    def _why(self, snapshot: EngineSnapshot) -> str:
        """In place of the picture: the camera's state, and since when there is none."""
        lost = not_live(snapshot, "camera")
        if not lost:
            self._lost = ""
            return tr("No picture from a camera")
        if lost != self._lost:
            self._lost = lost
            ages = [source.age_s for source in snapshot.sources if source.kind == "camera"]
            self._since = _time_of_day(ages[0], is_stalled=lost == SourceState.STALLED)
        state = tr("Camera {state}").format(state=tr(lost))
        return "\n".join(filter(None, (state, self._since)))

    def _show_state(self, snapshot: EngineSnapshot, frame: FrameSample | None) -> None:
        lost = not_live(snapshot, "camera")
        if lost:
            tint = self._look.warning if lost == "connecting" else self._look.danger
            self.state.show_state(tr("Camera {state}").format(state=tr(lost)), tint)
        elif frame is None:
            self.state.show_state(tr("No camera"), self._look.faint)
        elif not snapshot.faces_sought:
            self.state.show_state(tr("Faces are not looked for yet"), self._look.warning)
        elif snapshot.face is None:
            self.state.show_state(tr(_MISSING[snapshot.face_state]), self._look.warning)
        else:
            self.state.show_state(self._found(snapshot), self._look.ok)

    def _show_numbers(self, frame: FrameSample | None, counters: Counters) -> None:
        if frame is None:
            self._due = -1e9
            self.set_subtitle("")
        elif frame.time >= self._due:
            self._due = frame.time + EVERY_S
            height, width = frame.image.shape[:2]
            self.set_subtitle(f"{width} × {height} · {counter_words.detection(counters)}")


def _asks(snapshot: EngineSnapshot) -> str:
    """What the user should click in the picture; "" where nothing."""
    if snapshot.face_state is FaceState.SEVERAL:
        return tr("Click the participant's face")
    if snapshot.face_state is FaceState.LOST and any(face.number for face in snapshot.faces):
        return tr("Face not known: click it if it is the participant's")
    return ""


def _time_of_day(age_s: float | None, *, is_stalled: bool) -> str:
    """Since when nothing has come, or nothing new; "" where nothing ever has."""
    if age_s is None:
        return ""
    moment = wall.localtime(wall.time() - age_s)
    since = tr("no new picture since {time}") if is_stalled else tr("no picture since {time}")
    return since.format(time=wall.strftime("%H:%M:%S", moment))


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
