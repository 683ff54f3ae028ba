"""Small widgets that the panels share."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from milmer_live.live.state import EngineSnapshot, SourceState
from milmer_live.samples import FrameSample
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.look import icons, theme
from milmer_live.ui.look.figure import Figure
from milmer_live.ui.look.theme import Theme

ICON_SIZE = 16
_LONG_WORD = re.compile(r"([^\s/]{60})(?=[^\s/])")
# What a source is called while it delivers nothing, in the words of `SourceState`.
SOURCE_STATES = (
    mark("connecting"), mark("silent"), mark("stalled"), mark("lost"), mark("ended"),
    mark("closed"),
)  # fmt: skip


def label(look: str = "", text: str = "") -> QLabel:
    """A label whose look ("title", "muted", "caption", "large") the style sheet knows."""
    made = QLabel(text)
    made.setProperty("look", look)
    return made


class NumberField(QDoubleSpinBox):
    """Heeds the wheel only while it is typed into: to scroll over it changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class Choice(QComboBox):
    """Heeds the wheel only while it has the focus, as `NumberField` does."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


def number_field(name: str, unit: str, least: float, most: float, decimals: int) -> NumberField:
    """A number with its unit. It is taken when it is whole: by Enter, after which keys are the
    window's again, or by leaving the field."""
    field = NumberField()
    field.setAccessibleName(name)
    field.setRange(least, most)
    field.setDecimals(decimals)
    field.setSuffix(unit)
    field.setKeyboardTracking(False)
    field.lineEdit().returnPressed.connect(field.clearFocus)
    field.lineEdit().setTextMargins(theme.XS, 0, 0, 0)
    field.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
    return field


def not_live(snapshot: EngineSnapshot, kind: Literal["EEG", "camera"]) -> str:
    """The state of the source of this kind while it delivers nothing; "" where all is well."""
    states = [source.state for source in snapshot.sources if source.kind == kind]
    return next((state.value for state in states if state is not SourceState.LIVE), "")


def live_frame(snapshot: EngineSnapshot) -> FrameSample | None:
    """The newest picture, as long as its camera delivers: an old one would look like now."""
    return None if not_live(snapshot, "camera") else snapshot.frame


def same_objects(one: Sequence[object], other: Sequence[object]) -> bool:
    """Element for element the very same: what holds arrays has no other cheap equality."""
    return len(one) == len(other) and all(map(operator.is_, one, other))


@runtime_checkable
class Themed(Protocol):
    """What takes its colours from the theme."""

    def set_theme(self, look: Theme) -> None: ...


class Bar(QFrame):
    """A strip over the whole width of the window."""

    def __init__(self, edge: Literal["top", "bottom"]) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.setProperty("edge", edge)

    def set_theme(self, look: Theme) -> None:
        """Bars that paint themselves take their colours here."""


class PanelHeader(QFrame):
    """The upper edge of a card: title, subtitle, controls. A dock is dragged by it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("panelHeader")
        self._title = label("title", title)
        self._title.setMinimumHeight(theme.CONTROL_HEIGHT)
        self.subtitle = ElidedLabel("muted")
        self.controls = QHBoxLayout()
        self.controls.setSpacing(theme.S)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.M, theme.S, theme.M, theme.S)
        row.setSpacing(theme.S)
        row.addWidget(self._title)
        row.addWidget(self.subtitle, stretch=1)
        row.addLayout(self.controls)


class Panel(QFrame):
    """The body of a card, and its `header`, which a dock puts above it.

    `draws_eeg`: while it is seen, the window asks the engine for samples.
    """

    draws_eeg = False

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self._in_front = True
        self.setObjectName("panel")
        self.setAccessibleName(title)
        self.header = PanelHeader(title)
        self.controls = self.header.controls
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(theme.M, 0, theme.M, theme.M)
        self.body.setSpacing(theme.S)

    @property
    def is_seen(self) -> bool:
        """Not hidden, and not behind another tab (where Qt still calls it visible)."""
        return self._in_front and self.isVisible()

    def set_in_front(self, in_front: bool) -> None:
        self._in_front = in_front

    def figure(self, look: Theme) -> Figure | None:  # noqa: ARG002 - for those that have one
        """What is seen now, as it is drawn on paper; None where there is nothing to draw. Made of
        copies, so that the window does not notice, and without controls."""
        return None

    def set_subtitle(self, text: str) -> None:
        self.header.subtitle.set_text(text)

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:
        """Take what there is to show. Called at the display rate, while the panel is seen."""

    def set_theme(self, look: Theme) -> None:
        """Panels that paint themselves take their colours here."""


class ElidedLabel(QLabel):
    """One line that gives way: it ends in "…" where there is no room, or begins with it, and tells
    all on hover."""

    def __init__(self, look: str = "", *, keeps_end: bool = False) -> None:
        super().__init__()
        left, right = Qt.TextElideMode.ElideLeft, Qt.TextElideMode.ElideRight
        self._mode = left if keeps_end else right
        self.setProperty("look", look)
        self._full = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_text(self, text: str) -> None:
        if text != self._full:
            self._full = text
            self.setToolTip(text)
            self._elide()

    def resizeEvent(self, event: object) -> None:  # noqa: ARG002, N802 - Qt's name
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._full, self._mode, self.width()))


class ShrinkingLabel(ElidedLabel):
    """One that asks for the room of its whole text, and makes do with less."""

    LEAST = 24  # pixels: a letter or two and "…"

    def __init__(self, look: str = "", text: str = "") -> None:
        super().__init__(look)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        super().set_text(text)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        width = self.fontMetrics().horizontalAdvance(self._full) + 2
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        hint = self.sizeHint()
        return QSize(min(self.LEAST, hint.width()), hint.height())


class MessageLines(QWidget):
    """Messages one below the other, each on a line; where there are more than `most`, the last line
    has the rest of them and says how many. All of them on hover."""

    def __init__(self, most: int = 3) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.lines = [ElidedLabel() for _ in range(most)]
        for line in self.lines:
            column.addWidget(line)

    def set_text(self, text: str) -> None:
        """Messages are separated by line breaks."""
        if text == self.toolTip():
            return
        self.setToolTip(text)
        messages, most = text.split("\n"), len(self.lines)
        if len(messages) > most:
            rest = messages[most - 1 :]
            messages = [*messages[: most - 1], f"(+{len(rest)})  {'  ·  '.join(rest)}"]
        messages += [""] * (most - len(messages))
        for line, message in zip(self.lines, messages, strict=True):
            line.set_text(message)
            line.setVisible(bool(message))


class LimitedText(QScrollArea):
    """Labels whose words wrap, one below the other: as high as they need, up to `most` lines. What
    is more is reached by scrolling. Call `fit` when a text has changed."""

    def __init__(self, *labels: QLabel, most: int = 4) -> None:
        super().__init__()
        self._most = most
        self._inside = QWidget()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for one in labels:
            one.setWordWrap(True)
            column.addWidget(one)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(0)

    def fit(self) -> None:
        """Take the height that the texts need at this width."""
        needed = self._inside.heightForWidth(self.width()) if self.width() else 0
        most = self._most * self.fontMetrics().lineSpacing()
        self.setFixedHeight(min(max(needed, 0), most))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.fit()


def breakable(text: str) -> str:
    """`text` with places for a line break in words that are longer than any line, such as a
    stream's name of 200 letters."""
    return _LONG_WORD.sub("\\1\u200b", text)


class IconButton(QToolButton):
    """A button with one of the project's icons."""

    def __init__(self, icon: str, tip: str) -> None:
        super().__init__()
        self._icon = icon
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        self.setFixedSize(theme.CONTROL_HEIGHT, theme.CONTROL_HEIGHT)
        self.setProperty("flat", True)

    def set_icon(self, icon: str, look: Theme) -> None:
        self._icon = icon
        self.set_theme(look)

    def set_theme(self, look: Theme) -> None:
        self.setIcon(icons.icon(self._icon, look.text, ICON_SIZE))


class Stepper(QFrame):
    """A value with a button on each side. It changes nothing itself: `stepped` asks for it."""

    stepped = Signal(int)

    def __init__(self, widest: str, tip: str) -> None:
        super().__init__()
        self.setToolTip(tip)
        self._value = QLabel()
        self._value.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._widest = widest
        self.less = IconButton("minus", tr("Less: {what}").format(what=tip))
        self.more = IconButton("plus", tr("More: {what}").format(what=tip))
        self.less.clicked.connect(lambda: self.stepped.emit(-1))
        self.more.clicked.connect(lambda: self.stepped.emit(1))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget in (self.less, self._value, self.more):
            row.addWidget(widget)

    def set_value(self, text: str) -> None:
        self._value.setText(text)

    def set_theme(self, look: Theme) -> None:
        self.setStyleSheet(
            f"Stepper {{ background: {look.raised}; border-radius: {theme.RADIUS_SMALL}px; }}"
        )
        metrics = self._value.fontMetrics()
        self._value.setMinimumWidth(metrics.horizontalAdvance(self._widest) + theme.XS)
        self.less.set_theme(look)
        self.more.set_theme(look)


class Chip(QWidget):
    """A short state in a pill: a dot and a word, so that colour is never alone."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._tint = ""
        self._look = theme.DARK
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_state(self, text: str, tint: str) -> None:
        """An empty text hides the chip."""
        self.setVisible(bool(text))
        if (text, tint) == (self._text, self._tint):
            return
        self._text, self._tint = text, tint
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.update()

    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        width = self.fontMetrics().horizontalAdvance(self._text)
        return QSize(width + 3 * theme.M, theme.CONTROL_HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            box = QRectF(self.rect())
            painter.setBrush(theme.color(self._tint, 0.16))
            painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
            painter.setBrush(QColor(self._tint))
            painter.drawEllipse(QRectF(theme.M - 2, box.center().y() - 4, 8, 8))
            painter.setPen(QColor(self._look.text))
            text = box.adjusted(2 * theme.M, 0, 0, 0)
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, self._text)
