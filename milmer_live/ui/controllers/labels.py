"""Labels in the window: from keys and panel into the book, from there into list and time line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from milmer_live.errors import MilmerError
from milmer_live.live.recording.label_book import LabelBook
from milmer_live.live.recording.recorder import Recorder
from milmer_live.samples import Quadrant
from milmer_live.storage.labels.corrections import correct
from milmer_live.storage.session.streams import Annotation
from milmer_live.ui.labels.label_list import (
    CorrectionDialog,
    quadrant_of,
    words_of,
)
from milmer_live.ui.labels.panel import (
    LabelsPanel,
    key_of,
)
from milmer_live.ui.labels.rating_popup import RatingPopup
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.state.marker_log import (
    Kind,
    Noted,
)

if TYPE_CHECKING:
    from milmer_live.ui.main_window import MainWindow

Make = Callable[[LabelBook], Annotation]


class WindowLabels(QObject):
    """`takes` tells whether a recording takes labels now; else they are refused in words."""

    def __init__(self, window: MainWindow, panel: LabelsPanel, takes: Callable[[], bool]) -> None:
        super().__init__(window)
        self.book: LabelBook | None = None
        self.dialog: CorrectionDialog | None = None
        self._window, self._panel, self._takes = window, panel, takes
        self.rating = RatingPopup(window)
        self._drawn: dict[str, Noted] = {}  # in the window's time line, by the label's id
        self._connect()

    def begin(self, recorder: Recorder) -> None:
        """A session has begun."""
        self.book = LabelBook(self._window.clock, recorder.annotate, recorder.write_marker)
        self.book.look_back_s = self._panel.look_back.value()
        self._drawn = {}
        self._panel.show_book(self.book, is_open=True)

    def close(self) -> None:
        """The session is about to end: a trial that runs is ended while that is still recorded."""
        if self.book is not None and self.book.is_in_trial and self._takes():
            self.swap_trial()

    def end(self, folder: Path) -> None:
        """The session in `folder` has ended: from now on its labels can be corrected only."""
        if self.book is not None:
            self.book.write = partial(self._write_correction, folder)
        self._panel.show_book(self.book, is_open=False)

    def _write_correction(self, folder: Path, one: Annotation) -> None:
        """Off the GUI thread, in the order in which they were made."""
        self._window.bridge.run(partial(correct, folder, one), failed=self._window.refused)

    def enter(self, make: Make) -> None:
        """Let `make` write into the book, where a recording takes it."""
        if self.book is None or not self._takes():
            self._panel.refuse()
            return
        self._change(make)

    def label_quadrant(self, quadrant: Quadrant) -> None:
        self.enter(lambda book: book.label_quadrant(quadrant))

    def swap_trial(self) -> None:
        """Begin or end a trial."""
        if self.book is None or not self._takes():
            self._panel.refuse()
            return
        trial = self.book.swap_trial()
        at = trial.start if trial.stop is None else trial.stop
        words = tr("Trial {n} begins") if trial.stop is None else tr("Trial {n} ends")
        self._window.markers.add(Noted(at, words.format(n=trial.number), Kind.MARKER))
        self._panel.refresh()

    def write_note(self) -> None:
        """Go to the field of the note; Enter or Esc leave it."""
        if not self._takes():
            self._panel.refuse()
            return
        self._window.docks.bring("labels")
        self._panel.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _leave_note(self) -> None:
        self._panel.note.clear()
        self._window.signals.canvas.setFocus()

    def ask_rating(self, scale: str) -> None:
        """Let the next key from 1 to 9 be a rating."""
        if self._takes():
            self.rating.ask(scale)
        else:
            self._panel.refuse()

    def undo(self) -> None:
        self._change(LabelBook.undo)

    def open_correction(self, old: Annotation) -> None:
        if self.book is None:
            return
        if self.dialog is not None:
            self.dialog.deleteLater()
        dialog = CorrectionDialog(old, self.book.started_at, self._window)
        dialog.accepted.connect(lambda: self._correct(old, dialog.changes()))
        dialog.show()
        self.dialog = dialog

    def add_actions(self, group: str) -> None:
        """A key that is held down is pressed once."""
        add = self._window.actions_.add
        keys = [add(group, tr("Begin or end a trial"), "T", self.swap_trial)]
        for quadrant in Quadrant:
            words = tr("Label: {name}").format(name=tr(theme.QUADRANT_NAMES[quadrant]))
            act = partial(self.label_quadrant, quadrant)
            keys.append(add(group, words, key_of(quadrant), act))
        for words, letter, scale in (
            (tr("Rate valence: then 1 to 9"), "V", "valence"),
            (tr("Rate arousal: then 1 to 9"), "A", "arousal"),
        ):
            keys.append(add(group, words, letter, partial(self.ask_rating, scale)))
        keys.append(add(group, tr("Write a note: then Enter"), "N", self.write_note))
        leave = tr("Leave the note without it")
        add(group, leave, "Esc", self._leave_note, scope=self._panel.note, in_menu=False)
        keys.append(add(group, tr("Take back the last label"), "Ctrl+Z", self.undo))
        for key in keys:
            key.setAutoRepeat(False)

    def _correct(self, old: Annotation, changes: dict[str, object]) -> None:
        if changes:
            self._change(lambda book: book.correct(old, **changes))

    def _change(self, make: Callable[[LabelBook], Annotation | None]) -> None:
        if self.book is None:
            return
        try:
            make(self.book)
        except MilmerError as error:
            self._window.banner.show_fault(error.message, error.hint)
        self._draw(self.book)
        self._panel.refresh()

    def _draw(self, book: LabelBook) -> None:
        """Labels in the time line, the log and the traces are those that hold."""
        held = {one.id: one for one in book.valid}
        markers = self._window.markers
        for gone in self._drawn.keys() - held.keys():
            markers.remove(self._drawn.pop(gone))
        for name, one in held.items():
            if name not in self._drawn:
                at = one.stop if one.kind == "note" else one.entered
                noted = Noted(at, words_of(one), Kind.LABEL, quadrant_of(one))
                self._drawn[name] = noted
                markers.add(noted)

    def _look_back(self, seconds: float) -> None:
        if self.book is not None:
            self.book.look_back_s = seconds

    def _connect(self) -> None:
        panel, enter = self._panel, self.enter
        panel.quadrant_asked.connect(self.label_quadrant)
        panel.grid_asked.connect(lambda v, a: enter(lambda book: book.label(v, a)))
        panel.rating_asked.connect(lambda scale, n: enter(lambda book: book.rate(scale, n)))
        panel.note.returnPressed.connect(self._window.signals.canvas.setFocus)
        self.rating.rated.connect(lambda scale, n: enter(lambda book: book.rate(scale, n)))
        panel.note_asked.connect(lambda text: enter(lambda book: book.note(text)))
        panel.trial_asked.connect(self.swap_trial)
        panel.look_back_asked.connect(self._look_back)
        panel.undo_asked.connect(self.undo)
        panel.correction_asked.connect(self.open_correction)
        panel.removal_asked.connect(lambda old: self._change(lambda book: book.remove(old)))
