"""Labels while the session runs: quadrants, affect grid, ratings, notes, and what was entered."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from milmer_live.live.recording.label_book import (
    LOOK_BACK_S,
    LabelBook,
)
from milmer_live.live.state import EngineSnapshot
from milmer_live.samples import Quadrant
from milmer_live.ui.labels.affect_grid import AffectGrid
from milmer_live.ui.labels.label_list import (
    COLUMNS,
    LabelList,
)
from milmer_live.ui.labels.scale_choice import ScaleChoice
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.figure import (
    ROW_HEIGHT,
    Column,
    Figure,
    draw_list,
)
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    ElidedLabel,
    IconButton,
    Panel,
    number_field,
)
from milmer_live.ui.state.session_state import elapsed_text

FIGURE_ROWS = 14  # the newest, on paper
# As the plane has them: high arousal above, high valence to the right.
PLACES = {
    Quadrant.HALV: (0, 0),
    Quadrant.HAHV: (0, 1),
    Quadrant.LALV: (1, 0),
    Quadrant.LAHV: (1, 1),
}


def key_of(quadrant: Quadrant) -> str:
    """1 to 4, in the order of the model's classes."""
    return str(quadrant + 1)


TALL = 380  # pixels from which the affect grid stands above the buttons, and grows


class LabelsPanel(Panel):
    """Values in, wishes out: the signals ask, and `show_book` shows what was made of it."""

    quadrant_asked = Signal(object)
    rating_asked = Signal(str, float)
    grid_asked = Signal(int, int)
    note_asked = Signal(str)
    trial_asked = Signal()
    look_back_asked = Signal(float)
    undo_asked = Signal()
    correction_asked = Signal(object)
    removal_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__(tr("Labels"))
        self.grid = AffectGrid()
        self.quadrants = {quadrant: QPushButton() for quadrant in Quadrant}
        self.scale = ScaleChoice()
        self.values = QButtonGroup(self)
        self.note = QLineEdit()
        self.look_back = number_field(tr("A label holds for the last"), " s", 0.5, 3600, 1)
        self.trial = QPushButton()
        self.holds = ElidedLabel("muted")
        self.entries = LabelList()
        self.undo = IconButton("undo", tr("Take back the last label (Ctrl+Z)"))
        self.edit = IconButton("edit", tr("Correct the chosen label; what was said first is kept"))
        self.remove = IconButton("close", tr("Remove the chosen label; it is kept in the file"))
        self._book: LabelBook | None = None
        self._is_open = False
        self._fill()
        self._lay_out()
        self._connect()
        self.show_book(None, is_open=False)

    def show_book(self, book: LabelBook | None, *, is_open: bool) -> None:
        """`is_open`: labels can be entered; a session that has ended can still be corrected."""
        self._book, self._is_open = book, is_open
        self._inputs.setEnabled(is_open)
        self.undo.setEnabled(book is not None)
        self.refresh()
        if not is_open:
            ended = tr("The session has ended; its labels can be corrected")
            waits = tr("Labels are entered while a recording runs")
            self.set_subtitle(waits if book is None else ended)

    def refresh(self) -> None:
        """Show what the book holds now."""
        book = self._book
        held = () if book is None else book.valid
        self.entries.rows.show_annotations(held, 0.0 if book is None else book.started_at)
        last = next((one for one in reversed(held) if one.kind == "label"), None)
        self.grid.show_label(last.valence if last else None, last.arousal if last else None)
        if self._is_open:
            self.set_subtitle(tr("{n} entered").format(n=len(held)) if held else "")
        self._choice_changed()
        self._show_holds()

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:  # noqa: ARG002 - the time passes
        self._show_holds()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """A tall panel has its room above the buttons, a low one beside them."""
        tall = event.size().height() >= TALL
        way = QBoxLayout.Direction.TopToBottom if tall else QBoxLayout.Direction.LeftToRight
        if self._split.direction() != way:
            self._split.setDirection(way)
            self._split.setStretch(1, 0 if tall else 2)

    def figure(self, look: Theme) -> Figure | None:
        """What was entered, the newest first; the grid and the buttons are for entering."""
        model = self.entries.rows
        rows = [model.texts(one) for one in model.annotations[:FIGURE_ROWS]]
        columns = [Column(tr(title), width) for title, width in zip(COLUMNS, (120, 0), strict=True)]
        height = ROW_HEIGHT * (len(rows) + 1)
        draw = partial(draw_list, columns=columns, rows=rows, look=look)
        return Figure(self.title, "", height, [draw]) if rows else None

    def refuse(self) -> None:
        """A key was pressed although nothing is recorded."""
        self.set_subtitle(tr("Not recording: this label was not kept"))

    def set_theme(self, look: Theme) -> None:
        self.grid.set_theme(look)
        self.entries.rows.set_theme(look)
        for tool in (self.undo, self.edit, self.remove):
            tool.set_theme(look)
        for quadrant, button in self.quadrants.items():
            tint = look.quadrants[quadrant]
            button.setStyleSheet(
                f"QPushButton {{ border: 1px solid {tint}; padding: 0px {theme.S}px;"
                f" border-left: 6px solid {tint}; text-align: left; }}"
                f"QPushButton:disabled {{ border-color: {look.border}; }}"
            )

    def _fill(self) -> None:
        for quadrant, button in self.quadrants.items():
            button.setText(f"{key_of(quadrant)}   {tr(theme.QUADRANT_NAMES[quadrant])}")
            button.setToolTip(tr(theme.QUADRANT_MEANINGS[quadrant]))
        self.scale.setMinimumWidth(100)
        for value in range(1, 10):
            rating = QToolButton()
            rating.setText(str(value))
            rating.setFixedWidth(theme.XL)
            rating.setProperty("tight", True)
            rating.setAccessibleName(tr("Rate {n}").format(n=value))
            self.values.addButton(rating, value)
        self.note.setPlaceholderText(tr("Note, then Enter"))
        self.look_back.setValue(LOOK_BACK_S)
        self.look_back.setPrefix(tr("last "))
        self.look_back.setToolTip(tr("What a label holds for, where no trial is marked"))

    def _connect(self) -> None:
        for quadrant, button in self.quadrants.items():
            button.clicked.connect(lambda _=False, q=quadrant: self.quadrant_asked.emit(q))
        self.grid.picked.connect(self.grid_asked)
        self.values.idClicked.connect(self._rate)
        self.note.returnPressed.connect(self._note)
        self.look_back.valueChanged.connect(self.look_back_asked)
        self.trial.clicked.connect(self.trial_asked)
        self.undo.clicked.connect(self.undo_asked)
        self.entries.selectionModel().selectionChanged.connect(self._choice_changed)
        self.entries.doubleClicked.connect(lambda _index: self._ask_correction())
        self.edit.clicked.connect(self._ask_correction)
        self.remove.clicked.connect(self._ask_removal)

    def _rate(self, value: int) -> None:
        self.rating_asked.emit(self.scale.scale(), float(value))

    def _note(self) -> None:
        if self.note.text().strip():
            self.note_asked.emit(self.note.text())
            self.note.clear()
        self.note.clearFocus()  # the next key is a label again

    def _ask_correction(self) -> None:
        if (chosen := self.entries.chosen()) is not None:
            self.correction_asked.emit(chosen)

    def _ask_removal(self) -> None:
        if (chosen := self.entries.chosen()) is not None:
            self.removal_asked.emit(chosen)

    def _choice_changed(self) -> None:
        chosen = self.entries.chosen() is not None
        self.edit.setEnabled(chosen)
        self.remove.setEnabled(chosen)

    def _show_holds(self) -> None:
        """What the next label will hold for."""
        book = self._book if self._is_open else None
        trial = book.trial if book is not None else None
        runs = trial is not None and trial.stop is None
        self.trial.setText(tr("End trial (T)") if runs else tr("Begin trial (T)"))
        self.look_back.setVisible(trial is None)  # a marked trial says what a label holds for
        if book is None or trial is None:
            self.holds.set_text("")
            return
        start, stop = book.span()
        text = tr("Trial {n}: {length}") if runs else tr("Trial {n}: {length}, ended")
        self.holds.set_text(text.format(n=trial.number, length=elapsed_text(stop - start)))

    def _lay_out(self) -> None:
        for tool in (self.undo, self.edit, self.remove):
            self.controls.addWidget(tool)
        keys = QGridLayout()
        keys.setSpacing(theme.S)
        for quadrant, place in PLACES.items():
            keys.addWidget(self.quadrants[quadrant], *place)
        rating = QHBoxLayout()
        rating.setSpacing(theme.XS)
        rating.addWidget(self.scale, stretch=1)
        for button in self.values.buttons():
            rating.addWidget(button)
        spans = QHBoxLayout()
        spans.setSpacing(theme.S)
        spans.addWidget(self.trial)
        spans.addWidget(self.look_back)
        spans.addWidget(self.holds, stretch=1)
        middle = QVBoxLayout()
        middle.setSpacing(theme.S)
        middle.addLayout(keys)
        middle.addLayout(rating)
        middle.addWidget(self.note)
        middle.addLayout(spans)
        middle.addStretch(1)
        self._inputs = QWidget()
        inputs = self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._inputs)
        inputs.setContentsMargins(0, 0, 0, 0)
        inputs.setSpacing(theme.L)
        inputs.addWidget(self.grid, stretch=1)
        inputs.addLayout(middle, stretch=2)
        row = QHBoxLayout()
        row.setSpacing(theme.L)
        row.addWidget(self._inputs, stretch=2)
        row.addWidget(self.entries, stretch=1)
        self.body.addLayout(row, stretch=1)
