"""A rating by two keys: the first asks, the second is the value from 1 to 9."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from milmer_live.ui.labels.scale_choice import scale_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.widgets import label

VALUES = range(1, 10)
WAITS_MS = 10_000


class RatingPopup(QFrame):
    """Has the keyboard while it is open, so that a digit means nothing else. It goes away by
    itself, without a rating, when none comes in 10 s. `rated` brings the scale and the value."""

    rated = Signal(str, float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("panel")
        self.scale = ""
        self._window = parent
        self.buttons = {value: QPushButton(str(value)) for value in VALUES}
        self._title = label("title")
        self._end = QTimer(self, singleShot=True, interval=WAITS_MS)
        self._end.timeout.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(theme.XS)
        for value, button in self.buttons.items():
            button.setFixedWidth(2 * theme.XL)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _=False, v=value: self._rate(v))
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.L, theme.M, theme.L, theme.M)
        column.setSpacing(theme.S)
        column.addWidget(self._title)
        column.addLayout(row)
        column.addWidget(label("muted", tr("A key from 1 to 9; Esc: no rating")))

    def ask(self, scale: str) -> None:
        """In the middle of the window."""
        self.scale = scale
        name = scale_words(scale)
        self._title.setText(tr("Rate: {scale}").format(scale=name))
        self.setAccessibleName(self._title.text())
        self.adjustSize()
        window = self._window
        half = QPoint(self.width() // 2, self.height() // 2)
        self.move(window.mapToGlobal(window.rect().center()) - half)
        self.show()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        self._end.start()
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Another key than a digit is taken for a mistake: there is no rating."""
        if event.text().isdigit() and int(event.text()) in VALUES:
            self._rate(int(event.text()))
        elif event.key() not in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt):
            self.close()

    def _rate(self, value: int) -> None:
        self.close()
        self.rated.emit(self.scale, float(value))
