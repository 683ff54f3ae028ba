"""A tick for each stream that must be there before and while a session is recorded."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from milmer_live.live.state import SourceStatus
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.stream_words import titled
from milmer_live.ui.look import theme
from milmer_live.ui.look.widgets import label
from milmer_live.ui.state.session_choice import asked_as

ROW = 24
MOST_ROWS = 5  # the others are reached by scrolling
MOST_LETTERS = 56  # of a name that fits in the dialog's own width


class RequiredList(QScrollArea):
    """All streams are ticked unless the user has said otherwise. What was said of a stream that is
    not connected now is kept."""

    def __init__(self, optional: Sequence[str]) -> None:
        super().__init__()
        self.boxes: dict[str, QCheckBox] = {}
        self._optional = tuple(optional)
        self._none = label("muted", tr("Everything that is connected"))
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.XS)
        self._column.addWidget(self._none)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fit()

    def optional(self) -> tuple[str, ...]:
        """As they were asked for, those that need not be there."""
        unticked = [spec for spec, box in self.boxes.items() if not box.isChecked()]
        elsewhere = [spec for spec in self._optional if spec not in self.boxes]
        return (*elsewhere, *unticked)

    def show_sources(self, sources: Sequence[SourceStatus]) -> None:
        """Those of the run that were asked for: rows come and go with them, and take on their
        names."""
        sources = [one for one in sources if not one.part_of]
        if list(dict.fromkeys(map(asked_as, sources))) != [*self.boxes]:
            self._renew(sources)
        for source in sources:
            box, words = self.boxes[asked_as(source)], titled(source.kind, source.title)
            if box.toolTip() != words:
                box.setToolTip(words)
                box.setText(_shortened(words))

    def _renew(self, sources: Sequence[SourceStatus]) -> None:
        self._optional = self.optional()
        for box in self.boxes.values():
            self._column.removeWidget(box)
            box.deleteLater()
        self.boxes = {asked_as(one): QCheckBox() for one in sources}
        for spec, box in self.boxes.items():
            box.setChecked(spec not in self._optional)
            self._column.addWidget(box)
        self._none.setVisible(not self.boxes)
        self._fit()

    def _fit(self) -> None:
        """As high as its rows, up to so many; a list that is longer shows half of the next."""
        rows = max(1, len(self.boxes))
        high = rows * ROW if rows <= MOST_ROWS else round((MOST_ROWS + 0.5) * ROW)
        self.setFixedHeight(high)


def _shortened(words: str) -> str:
    return words if len(words) <= MOST_LETTERS else f"{words[: MOST_LETTERS - 1]}…"
