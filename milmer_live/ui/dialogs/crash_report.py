"""Errors that nobody expected: logged, and shown in one dialog that names the log.

They come from slots and paint events (`sys.excepthook`), from threads
(`threading.excepthook`) and from Qt itself. The program goes on.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from milmer_live.system.log_file import LogFile
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.widgets import label

log = logging.getLogger("milmer_live")
QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class CrashReporter(QObject):
    """Catches what nobody else did. The same fault is shown once, however often it comes."""

    _came = Signal(str)

    def __init__(self, log_file: Path) -> None:
        super().__init__()
        self.log_file = log_file
        self.dialog: CrashDialog | None = None
        self.reports: list[str] = []
        self._came.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._log = LogFile(log_file)
        self._before = (sys.excepthook, threading.excepthook)

    def install(self) -> None:
        """Begin to log to `log_file`, by a thread of its own, and to catch."""
        self._log.start()
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._caught
        threading.excepthook = self._caught_in_thread
        qInstallMessageHandler(self._qt_said)

    def uninstall(self) -> None:
        qInstallMessageHandler(None)
        sys.excepthook, threading.excepthook = self._before
        self._log.stop()

    def _caught(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        self._report("".join(traceback.format_exception(kind, error, trace)))

    def _caught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._caught(args.exc_type, args.exc_value, args.exc_traceback)

    def _qt_said(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        log.log(QT_LEVELS[kind], "Qt (%s): %s", context.category, text)
        if kind is QtMsgType.QtCriticalMsg:
            self._report(f"Qt: {text}")

    def _report(self, text: str) -> None:
        if text in self.reports:
            return
        self.reports.append(text)
        log.error("Unexpected: %s", text)
        self._came.emit(text)

    def _show(self, text: str) -> None:
        if self.dialog is None:
            self.dialog = CrashDialog(self.log_file, QApplication.activeWindow())
        self.dialog.add(text)
        self.dialog.show()


class CrashDialog(QDialog):
    """Not modal: what was running goes on and can be watched."""

    def __init__(self, log_file: Path, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Milmer Live: unexpected error"))
        self.resize(680, 420)
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._where = label("muted", tr("The log has all of it: {file}").format(file=log_file))
        self._where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._where.setWordWrap(True)
        says = label(
            "",
            tr("What was running goes on. If this happens again, please send us the text below."),
        )
        says.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.XL, theme.XL, theme.L)
        column.setSpacing(theme.M)
        column.addWidget(label("title", tr("Something happened that the program did not expect")))
        for part in (says, self._details, self._where):
            column.addWidget(part)
        column.addLayout(self._buttons())

    def add(self, text: str) -> None:
        self._details.appendPlainText(text)

    def text(self) -> str:
        return f"{self._where.text()}\n{self._details.toPlainText()}"

    def _buttons(self) -> QHBoxLayout:
        copy, close = QPushButton(tr("Copy")), QPushButton(tr("Close"))
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text()))
        close.clicked.connect(self.close)
        close.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        row.addStretch(1)
        row.addWidget(copy)
        row.addWidget(close)
        return row
