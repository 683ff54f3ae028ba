"""One line about the machine: sources and their rates, delays, what was lost."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from milmer_live.live.state import Counters, SignalState, SourceStatus
from milmer_live.ui.bars.source_view import SourceView
from milmer_live.ui.language import counter_words
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Bar,
    ShrinkingLabel,
    label,
)

# Title, tool tip, widest text of each figure at the right.
FIGURES = {
    "inference": (mark("Inference"), mark("time of the model for the newest window"), "1,000 ms"),
    "latency": (mark("Window → screen"), mark("from the end of a window to its paint"), "1,000 ms"),
    "predictions": (mark("Predictions"), mark("windows judged since the start"), "100,000"),
    "skipped": (
        mark("Skipped"),
        mark("windows passed over because a newer one was there"),
        "10,000",
    ),
    "frames": (
        mark("Frames lost"),
        mark("pictures dropped because nobody took them in time"),
        "10,000",
    ),
    "samples": (
        mark("EEG unused"),
        mark("samples that no window has seen; those that came are recorded"),
        "10,000",
    ),
    "gaps": (mark("EEG gaps"), mark("stretches of samples that never came"), "10,000"),
}
SOURCE_WIDTH, SOURCES_WIDTH = 120, 560  # pixels of one and of all; captions give way before
LOSSES = ("skipped", "frames", "samples", "gaps")


class Figure(QWidget):
    """A number and a caption below it, which ends in "…" where there is no room, in a width that
    does not jump."""

    def __init__(self, title: str, tip: str, widest: str) -> None:
        super().__init__()
        self.setToolTip(f"{tr(title)}: {tr(tip)}")
        self._widest = widest
        self._value = label("", "–")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addStretch(1)
        column.addWidget(self._value)
        caption = ShrinkingLabel("caption", tr(title))
        caption.setToolTip(self.toolTip())
        column.addWidget(caption)
        column.addStretch(1)

    def show_value(self, text: str, tint: str) -> None:
        if text != self._value.text():
            self._value.setText(text)
        style = f"color: {tint};"
        if style != self._value.styleSheet():
            self._value.setStyleSheet(style)

    def text(self) -> str:
        return self._value.text()

    def reserve(self) -> None:
        """Room for the widest text in the font as it is now."""
        self._value.setMinimumWidth(self._value.fontMetrics().horizontalAdvance(self._widest))


class StatusBar(Bar):
    def __init__(self) -> None:
        super().__init__("top")
        self.setFixedHeight(theme.BAR_HEIGHT)
        self._look = theme.DARK
        self.sources: list[SourceView] = []
        self._losses: tuple[int, ...] = ()
        self.figures = {name: Figure(*words) for name, words in FIGURES.items()}
        self._row = QHBoxLayout()
        self._row.setSpacing(theme.L)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.L, 0, theme.L, 0)
        row.setSpacing(theme.L)
        row.addLayout(self._row, stretch=1)
        row.addStretch(0)
        for figure in self.figures.values():
            row.addWidget(figure)

    def show_sources(
        self, sources: tuple[SourceStatus, ...], signal: SignalState | None = None
    ) -> None:
        """`signal` is what is known of the device of the model's EEG: the first one. What a device
        sends beside its EEG is told by the view of the device."""
        parts = [one for one in sources if one.part_of]
        sources = tuple(one for one in sources if not one.part_of)
        device = next((status for status in sources if status.kind == "EEG"), None)
        while len(self.sources) < len(sources):
            view = SourceView()
            view.set_theme(self._look)
            self.sources.append(view)
            self._row.addWidget(view)
        for view, status in zip(self.sources, sources, strict=False):
            beside = tuple(one for one in parts if one.part_of == status.spec)
            view.show_status(status, signal if status is device else None, beside)
            view.reserve(min(SOURCE_WIDTH, SOURCES_WIDTH // len(sources)))
        for index, view in enumerate(self.sources):
            view.setVisible(index < len(sources))

    def show_counters(self, counters: Counters, latency_s: float | None) -> None:
        losses = counter_words.eeg_losses(counters)
        judged = counters.predictions > 0
        texts = {
            "inference": f"{counters.inference_s * 1e3:.0f} ms" if judged else "–",
            "latency": f"{latency_s * 1e3:.0f} ms" if latency_s is not None else "–",
            "predictions": number(counters.predictions, ","),
            "skipped": number(counters.windows_skipped, ","),
            "frames": number(counters.frames_dropped, ","),
            "samples": number(sum(losses), ","),
            "gaps": number(counters.eeg_gaps, ","),
        }
        for name, text in texts.items():
            bad = name in LOSSES and text != "0"
            self.figures[name].show_value(text, self._look.warning if bad else self._look.text)
        if losses != self._losses:
            self._losses = losses
            self.figures["samples"].setToolTip(counter_words.losses_by_cause(losses))

    def set_theme(self, look: Theme) -> None:
        self._look = look
        for view in self.sources:
            view.set_theme(look)
        for figure in self.figures.values():
            figure.reserve()
