"""What the model says: plane, probabilities and, in large type, the quadrant."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from milmer_live.live.state import EngineSnapshot, SourceState
from milmer_live.samples import Distance, Evidence, Prediction
from milmer_live.ui.affect.plane import AffectPlane
from milmer_live.ui.affect.probability_bars import ProbabilityBars
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.look import theme
from milmer_live.ui.look.figure import Figure
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Chip,
    Panel,
    label,
    not_live,
)
from milmer_live.ui.state.prediction_log import has_camera

WAITS = mark("Waiting for the first window")
SIDE_WIDTHS = (176, 280)
SIDE_SHARE = 0.36  # of the panel's width


class AffectPanel(Panel):
    """`painted` tells that the newest prediction is on the screen."""

    painted = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Affect"))
        self.plane = AffectPlane()
        self.bars = ProbabilityBars()
        self.basis = Chip()
        self.quadrant = label("large", "–")
        self.meaning = label("muted", tr(WAITS))
        self._look = theme.DARK
        self._prediction: Prediction | None = None
        self.plane.painted.connect(self.painted)
        self.controls.addWidget(self.basis)
        self._lay_out()

    def _lay_out(self) -> None:
        self.meaning.setWordWrap(True)
        side = QVBoxLayout()
        side.setSpacing(theme.XS)
        side.addStretch(1)
        for part in (self.quadrant, self.meaning):
            side.addWidget(part)
        side.addSpacing(theme.M)
        side.addWidget(self.bars)
        side.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(theme.XL)
        row.addWidget(self.plane, stretch=1)
        row.addLayout(side)
        self.body.addLayout(row, stretch=1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Words and bars grow with the panel, within limits."""
        width = round(SIDE_SHARE * event.size().width())
        width = max(SIDE_WIDTHS[0], min(width, SIDE_WIDTHS[1]))
        self.meaning.setFixedWidth(width)
        self.bars.setFixedWidth(width)

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:
        if _is_old(snapshot):
            self._show_old()
            return
        self.plane.show_trail(snapshot.trail)
        known = snapshot.prediction is not None and snapshot.prediction.is_known
        self.bars.show_prediction(snapshot.prediction if known else None)
        if snapshot.prediction is None:
            loads = bool(snapshot.model.loading)
            self._prediction = None
            self._show_none(tr("Loading the model …") if loads else tr(WAITS))
            return
        if snapshot.prediction is not self._prediction:
            self._prediction = snapshot.prediction
            self._show_words(snapshot.prediction)
        paused = bool(not_live(snapshot, "EEG"))
        self.basis.show_state(*self._basis(snapshot.prediction, paused))

    def _show_old(self) -> None:
        """No window can come: what the last one said is not of now."""
        self._prediction = None
        self.plane.show_trail(())
        self.bars.show_prediction(None)
        self._show_none(tr("Not enough signal"))
        self.basis.show_state(tr("Paused: no EEG"), self._look.danger)

    def set_theme(self, look: Theme) -> None:
        self._look = look
        for part in (self.plane, self.bars, self.basis):
            part.set_theme(look)
        if self._prediction is not None:
            self._show_words(self._prediction)

    def _show_none(self, why: str) -> None:
        self.quadrant.setText("–")
        self.quadrant.setStyleSheet("")
        self.meaning.setText(why)

    def figure(self, look: Theme) -> Figure:
        plane, bars = AffectPlane(), ProbabilityBars()
        plane.sharp = True
        for part in (plane, bars):
            part.set_theme(look)
        plane.show_trail(self.plane.trail)
        known = self._prediction is not None and self._prediction.is_known
        bars.show_prediction(self._prediction if known else None)
        words = (self.quadrant.text(), self.meaning.text()) if self._prediction else ("", "")
        draw = partial(_draw_figure, plane, bars, words, look)
        return Figure(self.title, self.basis.text(), 340, [draw])

    def _show_words(self, prediction: Prediction) -> None:
        """A window with neither EEG nor a face has no quadrant."""
        if not prediction.is_known:
            unlike = prediction.has_signal
            self._show_none(
                _unlike(prediction.distance) if unlike else _lacking(prediction.evidence)
            )
            return
        quadrant = prediction.quadrant
        self.quadrant.setText(tr(theme.QUADRANT_NAMES[quadrant]))
        self.quadrant.setStyleSheet(f"color: {self._look.quadrants[quadrant]};")
        self.meaning.setText(_sentence(tr(theme.QUADRANT_MEANINGS[quadrant])))

    def _basis(self, prediction: Prediction, paused: bool) -> tuple[str, str]:
        """What the newest prediction stands on; windows are clocked by the EEG."""
        if paused:
            return tr("Paused: no EEG"), self._look.danger
        if not prediction.has_signal:
            return tr("No signal"), self._look.danger
        if not prediction.is_known:
            return tr("Not known"), self._look.warning
        if prediction.eeg_used and prediction.faces_used:
            return tr("EEG + face"), self._look.ok
        if prediction.eeg_used:
            is_all = not has_camera(prediction)
            return tr("EEG only"), self._look.ok if is_all else self._look.warning
        return tr("Face only"), self._look.warning


def _draw_figure(
    plane: AffectPlane,
    bars: ProbabilityBars,
    words: tuple[str, str],
    look: Theme,
    painter: QPainter,
    size: QSizeF,
) -> None:
    """The plane at the left; the quadrant and the four probabilities at its right."""
    side = round(SIDE_SHARE * size.width())
    plane.resize(int(size.width()) - side - theme.L, int(size.height()))
    plane.draw(painter)
    bars.resize(side, bars.sizeHint().height())
    painter.translate(size.width() - side, (size.height() - bars.height()) / 2 - theme.XL)
    painter.setPen(QColor(look.text))
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    for text, font, height in (
        (words[0], theme.font(theme.BUTTON, bold=True), 22),
        (words[1], theme.font(theme.CAPTION), 26),
    ):
        painter.setFont(font)
        painter.drawText(QRectF(0, 0, side, height), left, text)
        painter.translate(0, height)
    bars.draw(painter)


def _is_old(snapshot: EngineSnapshot) -> bool:
    """Whether the newest answer is the last one for now: neither EEG nor a camera delivers."""
    kinds = {source.kind for source in snapshot.sources if source.state is SourceState.LIVE}
    is_answered = snapshot.prediction is not None
    return is_answered and bool(not_live(snapshot, "EEG")) and "camera" not in kinds


def _lacking(evidence: Evidence | None) -> str:
    """That nothing can be said, and what there was."""
    if evidence is None:
        return tr("Not enough signal")
    eeg = tr("{usable}/{all} EEG channels").format(
        usable=evidence.usable_channels, all=evidence.n_channels
    )
    face = tr("{faces}/{all} faces").format(faces=evidence.faces, all=evidence.bag_size)
    seen = face if evidence.bag_size else tr("no camera")
    why = f"{eeg if evidence.n_channels else tr('no EEG')}, {seen}"
    return tr("Not enough signal: {why}").format(why=why)


def _unlike(distance: Distance) -> str:
    """That the model learned from nothing like this."""
    if distance.eeg > 1 and distance.face > 1:
        return tr("Not known: EEG and face are unlike what the model learned from")
    if distance.eeg > 1:
        return tr("Not known: the EEG is unlike what the model learned from")
    return tr("Not known: the face is unlike what the model learned from")


def _sentence(text: str) -> str:
    """Only the first letter is made a capital: German has others inside."""
    return text[:1].upper() + text[1:]
