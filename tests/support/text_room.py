"""Which texts of the window have no room: run as a process of its own, as the scaling of a screen
is chosen before Qt begins.

    QT_SCALE_FACTOR=1.5 python tests/text_room.py de 1280x800 1920x1080

prints a line for each text that is cut off, in logical pixels; nothing when all is well.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from fake_engine import FakeEngine
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QTableView,
    QWidget,
)
from whole_window import dialogs, pull, states

from milmer_live.clock import FakeClock
from milmer_live.ui.app import make_app
from milmer_live.ui.language import i18n
from milmer_live.ui.look import theme
from milmer_live.ui.look.widgets import ElidedLabel
from milmer_live.ui.main_window import MainWindow

SLACK = 1.5  # pixels, of rounding


def cut_off(top: QWidget) -> Iterator[str]:
    """What is seen of the widget and in it, but not whole."""
    for widget in top.findChildren(QWidget):
        if widget.isVisible() and not widget.visibleRegion().isEmpty():
            lacks = _lacks(widget) or _outside(widget)
            if lacks:
                yield f"{type(widget).__name__} {lacks}"


def _outside(widget: QWidget) -> str:
    """A layout without enough room puts parts over its edge; what scrolls may lie there."""
    parent = widget.parentWidget()
    if parent is None:
        return ""
    scrolls = isinstance(parent.parentWidget(), QAbstractScrollArea)
    if widget.isWindow() or scrolls or parent.rect().contains(widget.geometry()):
        return ""
    return f"at {widget.geometry().getRect()} in {parent.rect().getRect()}"


def _lacks(widget: QWidget) -> str:
    if isinstance(widget, ElidedLabel):
        return ""  # made to give way; tells all on hover
    if isinstance(widget, QLabel) and widget.text():
        return _label_lacks(widget)
    if isinstance(widget, QAbstractButton) and widget.text():
        return _differs(widget.text(), widget.sizeHint().width(), widget.width())
    if isinstance(widget, QComboBox):
        return _combo_lacks(widget)
    if isinstance(widget, QLineEdit) and widget.placeholderText() and not widget.text():
        wanted = widget.fontMetrics().horizontalAdvance(widget.placeholderText()) + 8
        return _differs(widget.placeholderText(), wanted, widget.contentsRect().width())
    if isinstance(widget, QTableView):
        return _headers_lack(widget)
    return ""


def _label_lacks(label: QLabel) -> str:
    room = label.contentsRect()
    if label.wordWrap():
        return _differs(label.text(), label.heightForWidth(label.width()), label.height())
    return _differs(label.text(), label.sizeHint().width(), label.width()) or _differs(
        label.text(), label.fontMetrics().height(), room.height()
    )


def _combo_lacks(combo: QComboBox) -> str:
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    style = QStyle.SubControl.SC_ComboBoxEditField
    room = combo.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, style, combo)
    text = combo.currentText()
    return _differs(text, combo.fontMetrics().horizontalAdvance(text), room.width())


def _headers_lack(table: QTableView) -> str:
    header = table.horizontalHeader()
    if not header.isVisible():
        return ""
    for column in range(header.count()):
        if header.isSectionHidden(column):
            continue
        text = str(table.model().headerData(column, Qt.Orientation.Horizontal) or "")
        wanted = header.fontMetrics().horizontalAdvance(text) + 4
        if lacks := _differs(text, wanted, header.sectionSize(column)):
            return lacks
    return ""


def _differs(text: str, wanted: float, room: float) -> str:
    return f"{text!r} wants {wanted:g} and has {room:g}" if wanted > room + SLACK else ""


@contextmanager
def watched_painting(found: list[str]) -> Iterator[None]:
    """Meanwhile every text that a painter draws is held against the room it has."""
    draw = QPainter.drawText

    def check(painter: QPainter, *args: object) -> object:
        found.extend(_painted_off(painter, args))
        return draw(painter, *args)  # type: ignore[call-overload]

    QPainter.drawText = check  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        QPainter.drawText = draw  # type: ignore[method-assign]


def _painted_off(painter: QPainter, args: tuple[object, ...]) -> Iterator[str]:
    text = next(one for one in args if isinstance(one, str))
    first = args[0]
    metrics = painter.fontMetrics()
    width = max(metrics.horizontalAdvance(line) for line in text.split("\n"))
    if isinstance(first, QRectF | QRect):
        flags = args[1] if isinstance(args[1], int | Qt.AlignmentFlag | Qt.TextFlag) else 0
        wraps = bool(int(getattr(flags, "value", flags)) & Qt.TextFlag.TextWordWrap.value)
        if not wraps and (lacks := _differs(text, width, first.width())):
            yield f"painted {lacks}"
        return
    at = QPointF(first) if isinstance(first, QPoint | QPointF) else QPointF(*args[:2])
    box = QRectF(at.x(), at.y() - metrics.ascent(), width, metrics.ascent())
    seen = painter.transform().mapRect(box)
    device = painter.device()
    ratio = device.devicePixelRatio()
    room = QRectF(0, 0, device.width() / ratio, device.height() / ratio)
    if isinstance(device, QWidget):
        room = QRectF(device.rect())
        seen = painter.worldTransform().mapRect(box)
    if not room.adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(seen):
        yield f"painted {text!r} at {seen} in {room}"


def look_through(language: str, sizes: list[tuple[int, int]]) -> list[str]:
    """All that is cut off in windows of these sizes and in the dialogs, each with where."""
    app = make_app()
    i18n.install(app, language)
    clock = FakeClock(1000.0)
    engine = FakeEngine(clock, before_s=20.0)
    window = MainWindow(lambda: engine, clock=clock, remembers=False)
    window.show()
    window.start()
    while window.bridge.snapshot is None:
        pull(window, 1)
    found: dict[str, list[str]] = {}
    for width, height in sizes:
        window.resize(width, height)
        window.reset_layout()
        for state in states(window, engine, clock):
            where = f"{language} {width}x{height} {state}"
            found[where] = [*_too_small(window), *_in_window(window)]
        window.signals.swap_pause()
    for name, dialog in dialogs(window, theme.DARK):
        found[f"{language} {name}"] = [*cut_off(dialog)]
    window.close()
    while window.bridge.running:
        pull(window, 1)
    return [f"{where}: {what}" for where, lines in found.items() for what in dict.fromkeys(lines)]


def _too_small(window: MainWindow) -> Iterator[str]:
    """The parts of a window that is too small for them lie over each other."""
    center = window.centralWidget()
    assert center is not None
    least, size = center.minimumSizeHint(), center.size()
    if least.width() > size.width() or least.height() > size.height():
        yield f"the window wants {least.toTuple()} and has {size.toTuple()}"


def _in_window(window: MainWindow) -> list[str]:
    """With each panel in front once."""
    found: list[str] = []
    with watched_painting(found):
        for dock in window.docks.docks.values():
            dock.show()
            dock.raise_()
            pull(window)
            window.grab()
            found += cut_off(window)
    return found


def main(language: str, *sizes: str) -> None:
    wanted = [(int(width), int(height)) for width, height in (one.split("x") for one in sizes)]
    for line in look_through(language, wanted):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
