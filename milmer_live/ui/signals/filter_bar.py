"""The filter chain, turned while it runs."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from milmer_live.config import FilterSettings, validated
from milmer_live.errors import ConfigError, MilmerError
from milmer_live.live.state import SignalState
from milmer_live.ui.language import setting_words
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Choice,
    ElidedLabel,
    IconButton,
    NumberField,
    label,
    number_field,
)

NOTCHES_HZ = (0.0, 50.0, 60.0)
REFERENCES = ("none", "average")


class FilterBar(QWidget):
    """`changed` brings settings that are valid; others are refused: the fields go back to what
    runs, and a sentence below them says why."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.low = self._edge(tr("High-pass"), 100.0, 0.5)
        self.high = self._edge(tr("Low-pass"), 500.0, 5.0)
        self.notch, self.reference = Choice(), Choice()
        self._says = ElidedLabel("caption")
        self.delay = label("caption")
        self._delays_s: tuple[float, float] | None = None
        self.problem = label()
        self._close = IconButton("close", tr("Hide this message"))
        self._refusal = QWidget()
        self._settings = FilterSettings()
        self.trained: FilterSettings | None = None
        for notch_hz in NOTCHES_HZ:
            self.notch.addItem(f"{number(notch_hz)} Hz" if notch_hz else tr("off"), notch_hz)
        self._fill_references(())
        for box in (self.notch, self.reference):
            box.currentIndexChanged.connect(self._turned)
        self._lay_out()

    def show_settings(self, settings: FilterSettings, trained: FilterSettings | None) -> None:
        """What the engine filters by, and what its model was trained with."""
        self._settings, self.trained = settings, trained
        self._refusal.hide()
        self._fill_references(settings.reference_channels)
        self._restore()

    def refuse(self, error: MilmerError) -> None:
        """Say why what was chosen is not done, and show what runs."""
        self._restore()
        words = setting_words.rule(error.message)
        hint = (
            engine_words(error.hint) if words == error.message else ""
        )  # else the words say what to do
        stays = tr("The filter stays as it was.")
        self.problem.setText(" ".join(filter(None, (words, hint, stays))))
        self._refusal.show()

    def set_theme(self, look: Theme) -> None:
        self.problem.setStyleSheet(f"color: {look.danger};")
        self._close.set_theme(look)

    def _restore(self) -> None:
        settings = self._settings
        fields = (self.low, self.high, self.notch, self.reference)
        blockers = [QSignalBlocker(field) for field in fields]
        self.low.setValue(settings.low_hz)
        self.high.setValue(settings.high_hz)
        self._choose_notch(settings.notch_hz)
        self.reference.setCurrentIndex(self.reference.findData(settings.reference))
        del blockers
        self._tell()

    def show_delays(self, signal: SignalState | None) -> None:
        """How far what is seen is behind the device, and on hover what of that."""
        delays_s = (signal.filter_delay_s, signal.resampling_delay_s) if signal else None
        if delays_s == self._delays_s:
            return
        self._delays_s = delays_s
        if delays_s is None:
            self.delay.setText("")
            return
        filters, resampling = (f"{1e3 * part_s:.0f}" for part_s in delays_s)
        self.delay.setText(tr("delay {ms} ms").format(ms=f"{1e3 * sum(delays_s):.0f}"))
        tip = tr(
            "Behind the device: {filters} ms by the filter (at 10 Hz; the time stamps do not "
            "know of it) and {resampling} ms by resampling (the time stamps allow for it)."
        )
        self.delay.setToolTip(tip.format(filters=filters, resampling=resampling))

    def text(self) -> str:
        """What the words beside the fields tell on hover."""
        return self._says.toolTip()

    def _turned(self) -> None:
        reference = self.reference.currentData()
        channels = self._settings.reference_channels if reference == "channels" else ()
        values = self._settings.model_dump() | {
            "low_hz": self.low.value(),
            "high_hz": self.high.value(),
            "notch_hz": self.notch.currentData(),
            "reference": reference,
            "reference_channels": channels,
        }
        try:
            self._settings = validated(FilterSettings, values, tr("Filter"))
        except ConfigError as error:
            self.refuse(error)
            return
        self._refusal.hide()
        self._tell()
        self.changed.emit(self._settings)

    def _tell(self) -> None:
        if self.trained is None:
            self._says.set_text("")
        elif self._settings == self.trained:
            self._says.set_text(tr("as in training"))
        else:
            self._says.set_text(tr("not as in training"))
            self._says.setToolTip(
                tr("The model was trained with another filter and may judge worse.")
            )

    def _edge(self, name: str, most_hz: float, step_hz: float) -> NumberField:
        field = number_field(name, " Hz", 0.0, most_hz, 1)
        field.setSingleStep(step_hz)
        field.setSpecialValueText(tr("off"))
        field.valueChanged.connect(self._turned)
        return field

    def _choose_notch(self, notch_hz: float) -> None:
        if self.notch.findData(notch_hz) < 0:
            self.notch.addItem(f"{number(notch_hz)} Hz", notch_hz)
        self.notch.setCurrentIndex(self.notch.findData(notch_hz))

    def _fill_references(self, channels: tuple[str, ...]) -> None:
        blocker = QSignalBlocker(self.reference)
        self.reference.clear()
        words = {"none": tr("none"), "average": tr("average")}
        for name in REFERENCES:
            self.reference.addItem(words[name], name)
        if channels:
            self.reference.addItem(", ".join(channels), "channels")
        del blocker

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        for name, field in (
            (tr("High-pass"), self.low),
            (tr("Low-pass"), self.high),
            (tr("Notch"), self.notch),
            (tr("Reference"), self.reference),
        ):
            row.addWidget(label("caption", name))
            row.addWidget(field)
            field.setAccessibleName(name)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._says)
        words.addWidget(self.delay)
        row.addLayout(words, stretch=1)
        self.problem.setWordWrap(True)
        why = QHBoxLayout(self._refusal)
        why.setContentsMargins(0, 0, 0, 0)
        why.addWidget(self.problem, stretch=1)
        why.addWidget(self._close)
        self._close.clicked.connect(self._refusal.hide)
        self._refusal.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.XS)
        column.addLayout(row)
        column.addWidget(self._refusal)
