"""One source in the status bar: how it is, how fast, and what is to be known of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from milmer_live.live.state import SignalState, SourceState, SourceStatus
from milmer_live.ui.language.engine_words import (
    KINDS,
    engine_notes,
    engine_words,
)
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    ElidedLabel,
    ShrinkingLabel,
)
from milmer_live.ui.signals.margins import kiloohms

DOT = 9
WIDTH, WIDTH_WITH_MORE = 260, 360
LEAST = 56  # pixels: the kind of source
BATTERY_LOW = 20.0  # percent: from here on it is said as a warning


class Dot(QWidget):
    """A source's state: full when it delivers, a triangle where that is not all, a ring when
    it does not."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(DOT + 2, DOT + 2)
        self._tint = ""
        self._full = self._warns = False

    def show_state(self, tint: str, full: bool, warns: bool) -> None:
        if (tint, full, warns) != (self._tint, self._full, self._warns):
            self._tint, self._full, self._warns = tint, full, warns
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor(self._tint))
            painter.setBrush(QColor(self._tint) if self._full else Qt.BrushStyle.NoBrush)
            box = QRectF(1, 1, DOT, DOT)
            if self._warns:
                top = QPointF(box.center().x(), box.top())
                painter.drawPolygon(QPolygonF([top, box.bottomRight(), box.bottomLeft()]))
            else:
                painter.drawEllipse(box)


class SourceView(QWidget):
    """Dot, kind and name; below them the rate that is measured, or what is wrong, and beside
    that what lasts: a note, as a warning, and the battery. The tool tip tells all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.dot = Dot()
        self._name = ElidedLabel()
        self._rate = ShrinkingLabel("caption")
        self.more = ElidedLabel("caption")
        self._look = theme.DARK
        self._least = LEAST
        self._status: SourceStatus | None = None
        self._signal: SignalState | None = None
        self._beside: tuple[SourceStatus, ...] = ()
        self._shown: object = None
        self._lay_out()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, 36)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self._least, super().minimumSizeHint().height())

    def reserve(self, width: int) -> None:
        """Pixels that it has at least."""
        if (least := max(LEAST, width)) != self._least:
            self._least = least
            self.updateGeometry()

    def show_status(
        self,
        status: SourceStatus,
        signal: SignalState | None = None,
        beside: tuple[SourceStatus, ...] = (),
    ) -> None:
        """`signal` is what else is known of the device, of the model's EEG; `beside` what it sends
        beside that."""
        self._status, self._signal, self._beside = status, signal, beside
        live = status.state is SourceState.LIVE
        state = self._rate_text(status) if live else tr(status.state.value).capitalize()
        battery = signal.battery_percent if signal is not None and live else None
        impedances = signal.impedances_ohm if signal is not None and live else ()
        charge = f"{battery:.0f}" if battery is not None else ""
        others = tuple(self._line(one) for one in beside)
        note = status.note
        shown = (status.kind, status.title, state, charge, impedances, note, others, self._look)
        if shown != self._shown:
            self._shown = shown
            low = battery is not None and battery < BATTERY_LOW
            self._show_words(status, state, charge, bool(note) or low)
            self._show_tip(status, state, charge, impedances, others)

    def set_theme(self, look: Theme) -> None:
        self._look = look
        if self._status is not None:
            self.show_status(self._status, self._signal, self._beside)

    def _show_words(self, status: SourceStatus, state: str, charge: str, warns: bool) -> None:
        live = status.state is SourceState.LIVE
        tint = {
            SourceState.LIVE: self._look.warning if warns else self._look.ok,
            SourceState.CONNECTING: self._look.muted,
            SourceState.ENDED: self._look.muted,
            SourceState.CLOSED: self._look.muted,
        }.get(status.state, self._look.danger)
        self.dot.show_state(tint, live, live and warns)
        self._name.set_text(f"{tr(KINDS[status.kind])} · {status.title}")
        self._rate.set_text(state)
        battery = tr("battery {percent} %").format(percent=charge) if charge else ""
        beside = tr("{n} more signals").format(n=len(self._beside)) if self._beside else ""
        more = " · ".join(filter(None, (battery, engine_notes(status.note), beside)))
        self.more.set_text(f"· {more}" if more else "")
        self.more.setVisible(bool(more))
        self.more.setStyleSheet(f"color: {self._look.warning};" if warns else "")
        self.setMaximumWidth(WIDTH_WITH_MORE if more else WIDTH)

    def _show_tip(
        self,
        status: SourceStatus,
        state: str,
        charge: str,
        impedances: tuple[tuple[str, float], ...],
        others: tuple[str, ...],
    ) -> None:
        lines = [f"{tr(KINDS[status.kind])} · {status.title}", state]
        if charge:
            lines.append(tr("battery {percent} %").format(percent=charge))
        if impedances:
            each = ", ".join(f"{name} {kiloohms(ohms)}" for name, ohms in impedances)
            lines.append(tr("Impedance: {each}").format(each=each))
        lines += engine_notes(status.note).split("; ") if status.note else []
        lines += [engine_words(status.ended)] if status.ended else []
        lines += others
        for part in (self, self._name, self._rate, self.more):
            part.setToolTip("\n".join(lines))

    def _line(self, beside: SourceStatus) -> str:
        """A signal that the device sends beside its EEG, with its rate or why there is none."""
        if not beside.received:
            state = tr("no data yet")
        elif beside.state is SourceState.LIVE:
            state = self._rate_text(beside)
        else:
            state = tr(beside.state.value)
        return f"{beside.title} · {state}"

    @staticmethod
    def _rate_text(status: SourceStatus) -> str:
        if status.kind == "markers":  # they have no rate
            return tr("{n} received").format(n=number(status.received, ","))
        unit = "fps" if status.kind == "camera" else "Hz"
        nominal = f" {tr('of')} {number(status.nominal_rate)}" if status.nominal_rate else ""
        measured = number(status.measured_rate, ".1f") if status.measured_rate else "–"
        return f"{measured}{nominal} {unit}"

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setSpacing(theme.XS)
        below.addWidget(self._rate)
        below.addWidget(self.more, stretch=1)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(self._name)
        words.addLayout(below)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.S)
        row.addWidget(self.dot)
        row.addLayout(words, stretch=1)
        self.more.hide()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMaximumWidth(WIDTH)
