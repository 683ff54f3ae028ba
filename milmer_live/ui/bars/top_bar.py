"""What runs here: the program, the model, the label of a replayed trial, the state."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton

from milmer_live.live.state import EngineState
from milmer_live.samples import Quadrant
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.look import icons, theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Bar,
    Chip,
    ElidedLabel,
    IconButton,
    label,
)

MARK = 26
STATE_WORDS = {
    EngineState.IDLE: mark("Idle"),
    EngineState.CONNECTING: mark("Connecting"),
    EngineState.LIVE: mark("Live"),
    EngineState.FAULT: mark("Fault"),
    EngineState.STOPPED: mark("Stopped"),
}


STARTING = mark("Starting")


class TopBar(Bar):
    theme_asked = Signal()
    connect_asked = Signal()

    def __init__(self, model_name: str) -> None:
        super().__init__("bottom")
        self.setFixedHeight(theme.BAR_HEIGHT)
        self.truth = Chip()
        self.truth.setToolTip(tr("The label of the trial that is replayed"))
        self.state = Chip()
        self._state: EngineState | None = None
        self._truth: Quadrant | None = None
        self._look = theme.DARK
        self._mark = QLabel()
        self._mark.setPixmap(icons.pixmap("mark", "", MARK))
        self._model = ElidedLabel("muted")
        self._name, self._loading = model_name, ""
        self._model.set_text(model_name)
        self._theme = IconButton("sun", tr("Light or dark (Ctrl+T)"))
        self._theme.clicked.connect(self.theme_asked)
        self._connect = QPushButton(tr("Connect …"))
        self._connect.setToolTip(tr("Choose devices, or try the demo (Ctrl+O)"))
        self._connect.clicked.connect(self.connect_asked)
        self._connect.hide()
        self._menu = IconButton("menu", tr("Menu: everything that can be done, with its keys"))
        self._menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.L, 0, theme.L, 0)
        row.setSpacing(theme.M)
        row.addWidget(self._mark)
        row.addWidget(label("title", "Milmer Live"))
        row.addWidget(self._model, stretch=1)
        for part in (self.truth, self.state, self._connect, self._theme, self._menu):
            row.addWidget(part)

    def set_menu(self, menu: QMenu) -> None:
        self._menu.setMenu(menu)

    def offer_connect(self, offered: bool) -> None:
        self._connect.setVisible(offered)

    def model(self) -> str:
        return self._model.toolTip()

    def show_model(self, name: str) -> None:
        self._name = name
        self._show_model()

    def show_loading(self, name: str) -> None:
        """The model that is being loaded while the signals are there already; "" for none."""
        if name != self._loading:
            self._loading = name
            self._show_model()

    def _show_model(self) -> None:
        loading = tr("Loading the model {name} …").format(name=self._loading)
        self._model.set_text(loading if self._loading else self._name)

    def show_state(self, state: EngineState | None) -> None:
        """None while the engine is being made."""
        self._state = state
        words = tr(STATE_WORDS[state] if state is not None else STARTING)
        tint = (
            {
                EngineState.LIVE: self._look.ok,
                EngineState.FAULT: self._look.danger,
                EngineState.CONNECTING: self._look.warning,
            }.get(state, self._look.faint)
            if state is not None
            else self._look.warning
        )
        self.state.show_state(words, tint)

    def show_truth(self, quadrant: Quadrant | None) -> None:
        self._truth = quadrant
        if quadrant is None:
            self.truth.show_state("", self._look.faint)
            return
        text = tr("Replayed trial: {name}").format(
            name=f"{tr(theme.QUADRANT_NAMES[quadrant])} ({quadrant.name})"
        )
        self.truth.show_state(text, self._look.quadrants[quadrant])

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self._theme.set_icon("sun" if look.name == "dark" else "moon", look)
        self._menu.set_theme(look)
        self.truth.set_theme(look)
        self.state.set_theme(look)
        self.show_state(self._state)
        self.show_truth(self._truth)
