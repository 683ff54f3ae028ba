"""Scales of ratings: DEAP's, named in the user's language, or one of the study's own."""

from __future__ import annotations

from milmer_live.live.recording.label_book import SCALES
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.look.widgets import Choice

WORDS = {
    "valence": mark("valence"),
    "arousal": mark("arousal"),
    "dominance": mark("dominance"),
    "liking": mark("liking"),
    "familiarity": mark("familiarity"),
}


def scale_words(scale: str) -> str:
    """As the window calls it; a study's own scale is called what it was called."""
    return tr(WORDS[scale]) if scale in WORDS else scale


class ScaleChoice(Choice):
    """What is recorded are DEAP's names, in every language."""

    def __init__(self, scale: str = SCALES[0]) -> None:
        super().__init__()
        self.setEditable(True)
        self.setAccessibleName(tr("Scale"))
        for one in SCALES:
            self.addItem(scale_words(one), one)
        self.setCurrentText(scale_words(scale))

    def scale(self) -> str:
        """The name to record."""
        known = self.findText(self.currentText().strip())
        return str(self.itemData(known)) if known >= 0 else self.currentText()
