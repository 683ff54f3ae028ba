"""One line about the machine: sources and their rates, delays, what was lost."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from milmer_live.live.state import Counters, SourceState, SourceStatus
from milmer_live.ui import theme
from milmer_live.ui.engine_words import KINDS
from milmer_live.ui.i18n import mark, tr
from milmer_live.ui.numbers import number
from milmer_live.ui.theme import Theme
from milmer_live.ui.widgets import Bar, ElidedLabel, label

DOT = 9
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
    "samples": (mark("EEG lost"), mark("samples that were overwritten or not usable"), "10,000"),
    "gaps": (mark("EEG gaps"), mark("stretches of samples that never came"), "10,000"),
}

LOSSES = ("skipped", "frames", "samples", "gaps")


class Dot(QWidget):
    """A source's state: full when it delivers, a ring when it does not."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(DOT + 2, DOT + 2)
        self._tint = ""
        self._full = False

    def show_state(self, tint: str, full: bool) -> None:
        if (tint, full) != (self._tint, self._full):
            self._tint, self._full = tint, full
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor(self._tint))
            painter.setBrush(QColor(self._tint) if self._full else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QRectF(1, 1, DOT, DOT))


class SourceView(QWidget):
    """Dot, kind and name; below them the rate that is measured, or what is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.dot = Dot()
        self._name = ElidedLabel()
        self._rate = label("caption")
        self._look = theme.DARK
        self._status: SourceStatus | None = None
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(self._name)
        words.addWidget(self._rate)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.S)
        row.addWidget(self.dot)
        row.addLayout(words, stretch=1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMaximumWidth(260)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, 36)

    def show_status(self, status: SourceStatus) -> None:
        self._status = status
        live = status.state is SourceState.LIVE
        tint = {
            SourceState.LIVE: self._look.ok,
            SourceState.CONNECTING: self._look.muted,
            SourceState.CLOSED: self._look.muted,
        }.get(status.state, self._look.danger)
        self.dot.show_state(tint, live)
        self._name.set_text(f"{tr(KINDS[status.kind])} · {status.name}")
        self._rate.setText(self._rate_text(status) if live else tr(status.state.value).capitalize())

    def set_theme(self, look: Theme) -> None:
        self._look = look
        if self._status is not None:
            self.show_status(self._status)

    @staticmethod
    def _rate_text(status: SourceStatus) -> str:
        if status.kind == "markers":  # they have no rate
            return tr("{n} received").format(n=number(status.received, ","))
        unit = "Hz" if status.kind == "EEG" else "fps"
        nominal = f" {tr('of')} {number(status.nominal_rate)}" if status.nominal_rate else ""
        return f"{number(status.measured_rate, '.1f')}{nominal} {unit}"


class Figure(QWidget):
    """A caption and a number below it, in a width that does not jump."""

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
        column.addWidget(label("caption", tr(title)))
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

    def show_sources(self, sources: tuple[SourceStatus, ...]) -> None:
        while len(self.sources) < len(sources):
            view = SourceView()
            view.set_theme(self._look)
            self.sources.append(view)
            self._row.addWidget(view)
        for view, status in zip(self.sources, sources, strict=False):
            view.show_status(status)
        for index, view in enumerate(self.sources):
            view.setVisible(index < len(sources))

    def show_counters(self, counters: Counters, latency_s: float | None) -> None:
        lost = counters.eeg_overwritten + counters.samples_unusable
        judged = counters.predictions > 0
        texts = {
            "inference": f"{counters.inference_s * 1e3:.0f} ms" if judged else "–",
            "latency": f"{latency_s * 1e3:.0f} ms" if latency_s is not None else "–",
            "predictions": number(counters.predictions, ","),
            "skipped": number(counters.windows_skipped, ","),
            "frames": number(counters.frames_dropped, ","),
            "samples": number(lost, ","),
            "gaps": number(counters.eeg_gaps, ","),
        }
        for name, text in texts.items():
            bad = name in LOSSES and text != "0"
            self.figures[name].show_value(text, self._look.warning if bad else self._look.text)

    def set_theme(self, look: Theme) -> None:
        self._look = look
        for view in self.sources:
            view.set_theme(look)
        for figure in self.figures.values():
            figure.reserve()
