"""Blinks and muscles out of the EEG: a baseline, its components, and what of them to remove."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from milmer_live.live.state import FitPhase, FitStatus
from milmer_live.processing.eeg.artifacts import (
    Artifacts,
    Component,
)
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import label
from milmer_live.ui.signals.margins import two_digits
from milmer_live.ui.spectrum import scalp
from milmer_live.ui.spectrum.head_map import (
    HeadMap,
    Legend,
)

COLUMNS = 4
KINDS = (mark("blink"), mark("eye movement"), mark("muscle"), mark("other"))


class ArtifactDialog(QDialog):
    """`fit_asked`, `cancel_asked`; `apply_asked` brings the Artifacts with the user's choice, or
    None for nothing to be removed any more."""

    fit_asked = Signal()
    cancel_asked = Signal()
    apply_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Artifacts"))
        self.resize(880, 620)
        self.boxes: list[QCheckBox] = []
        self.says = label()
        self.bar = QProgressBar()
        self.fit_button = QPushButton(tr("Fit on a baseline"))
        self.cancel_button = QPushButton(tr("Cancel"))
        self.apply_button = QPushButton(tr("Remove what is ticked"))
        self.none_button = QPushButton(tr("Remove nothing"))
        self._look = theme.DARK
        self._artifacts: Artifacts | None = None
        self._page = QWidget()
        self._grid = QGridLayout(self._page)
        self._lay_out()
        self.show_status(FitStatus())

    def show_status(self, status: FitStatus) -> None:
        """How far it is; once it is there, the components, the proposed ones ticked."""
        self.says.setText(_words(status))
        self.bar.setVisible(status.running)
        self.bar.setValue(round(100 * _progress(status)))
        self.fit_button.setEnabled(not status.running)
        self.cancel_button.setEnabled(status.running)
        if status.artifacts is not self._artifacts:
            self._artifacts = status.artifacts
            self._show_components()
        self.apply_button.setEnabled(self._artifacts is not None and not status.running)

    def chosen(self) -> tuple[int, ...]:
        """Indices of the components that are ticked."""
        return tuple(index for index, box in enumerate(self.boxes) if box.isChecked())

    def set_theme(self, look: Theme) -> None:
        self._look = look
        for head in self._page.findChildren(HeadMap):
            head.set_theme(look)

    def _show_components(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.boxes = []
        if self._artifacts is None:
            return
        order = self._artifacts.components
        for component in order:
            self._add(component, self._artifacts)
        self._grid.setRowStretch(self._grid.rowCount(), 1)

    def _add(self, component: Component, artifacts: Artifacts) -> None:
        """Its map, its share of the variance, and why it is proposed."""
        cell = QWidget()
        column = QVBoxLayout(cell)
        column.setContentsMargins(0, 0, 0, theme.S)
        head = HeadMap(f"{component.index + 1} · {component.share:.0%}")
        head.setFixedHeight(150)
        most = float(np.abs(component.pattern).max()) or 1.0
        legend = Legend(f"−{two_digits(most)}", f"{two_digits(most)} µV")
        names = artifacts.channel_names
        head.show_values(names, component.pattern, (-most, most), legend, scalp.SIGNED)
        head.set_theme(self._look)
        box = QCheckBox(tr(component.kind.value))
        box.setChecked(component.index in artifacts.excluded)
        why = label("caption", component.reason)
        why.setWordWrap(True)
        for part in (head, box, why):
            column.addWidget(part)
        self.boxes.append(box)
        row, place = divmod(component.index, COLUMNS)
        self._grid.addWidget(cell, row, place)

    def _apply(self) -> None:
        if self._artifacts is not None:
            self.apply_asked.emit(self._artifacts.with_excluded(self.chosen()))

    def _lay_out(self) -> None:
        self.says.setWordWrap(True)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(theme.S)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self._page)
        self.fit_button.clicked.connect(self.fit_asked)
        self.cancel_button.clicked.connect(self.cancel_asked)
        self.apply_button.clicked.connect(self._apply)
        self.none_button.clicked.connect(lambda: self.apply_asked.emit(None))
        self.apply_button.setProperty("primary", True)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        row.addWidget(self.fit_button)
        row.addWidget(self.cancel_button)
        row.addStretch(1)
        row.addWidget(self.none_button)
        row.addWidget(self.apply_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        column.setSpacing(theme.M)
        for part in (self.says, self.bar):
            column.addWidget(part)
        column.addWidget(area, stretch=1)
        column.addLayout(row)


def _progress(status: FitStatus) -> float:
    if status.phase is FitPhase.COLLECTING:
        return status.collected_s / status.wanted_s if status.wanted_s else 0.0
    return status.progress


def _words(status: FitStatus) -> str:
    if status.problem:
        return engine_words(status.problem)
    if status.phase is FitPhase.COLLECTING:
        words = tr("Baseline: {now} of {all} s. The participant looks at the cross and may blink.")
        return words.format(now=f"{status.collected_s:.0f}", all=f"{status.wanted_s:.0f}")
    if status.phase is FitPhase.FITTING:
        return tr("Looking for independent components …")
    if status.artifacts is not None:
        return tr("What looks like an artifact is ticked. Removed is what you leave ticked.")
    return tr(
        "A minute of rest is taken apart into independent components; blinks and muscles are "
        "proposed for removal. Everything goes on meanwhile."
    )
