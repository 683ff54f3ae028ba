"""The EEG: scrolling traces, µV a division and seconds shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut

from milmer_live.live.state import EngineSnapshot
from milmer_live.ui import theme
from milmer_live.ui.eeg_feed import EEGFeed
from milmer_live.ui.theme import Theme
from milmer_live.ui.trace_canvas import TraceCanvas, voltage_text
from milmer_live.ui.widgets import Chip, Panel, Stepper, not_live

UV_PER_DIVISION = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
SECONDS = (2, 5, 10, 20, 30, 60)


class SignalsPanel(Panel):
    """Draws what is in the feed."""

    draws_eeg = True

    def __init__(self, feed: EEGFeed) -> None:
        super().__init__("EEG")
        self.uv_per_division = 50
        self.seconds = 10
        self.canvas = TraceCanvas(feed, self.uv_per_division, self.seconds)
        self._scale = Stepper("5 mV/div", "microvolts a division (wheel)")
        self._span = Stepper("60 s", "seconds shown (Ctrl + wheel)")
        self.state = Chip()
        self._look = theme.DARK
        self.controls.addWidget(self.state)
        self.controls.addWidget(self._scale)
        self.controls.addWidget(self._span)
        self.body.addWidget(self.canvas, stretch=1)
        for stepped in (self._scale.stepped, self.canvas.scale_stepped):
            stepped.connect(self.step_scale)
        for stepped in (self._span.stepped, self.canvas.seconds_stepped):
            stepped.connect(self.step_seconds)
        self._add_keys()
        self._show_scale()

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:
        lost = not_live(snapshot, "EEG")
        self.state.show_state(f"EEG {lost}" if lost else "", self._look.danger)
        view, info = snapshot.eeg, snapshot.eeg_info
        if view is None or info is None:
            return
        self.canvas.follow()
        self.set_subtitle(
            f"{info.name} · {len(view.channel_names)} channels · {view.sample_rate:g} Hz · filtered"
        )

    def step_scale(self, steps: int) -> None:
        self.uv_per_division = _neighbour(UV_PER_DIVISION, self.uv_per_division, steps)
        self._show_scale()

    def step_seconds(self, steps: int) -> None:
        self.seconds = _neighbour(SECONDS, self.seconds, steps)
        self._show_scale()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        for part in (self.canvas, self.state, self._scale, self._span):
            part.set_theme(look)

    def _show_scale(self) -> None:
        self._scale.set_value(f"{voltage_text(self.uv_per_division)}/div")
        self._span.set_value(f"{self.seconds} s")
        self.canvas.set_scale(self.uv_per_division, self.seconds)

    def _add_keys(self) -> None:
        """As the wheel: up for larger traces, with Ctrl for fewer seconds."""
        for keys, act, steps in (
            ("Up", self.step_scale, -1),
            ("Down", self.step_scale, 1),
            ("Ctrl+Up", self.step_seconds, -1),
            ("Ctrl+Down", self.step_seconds, 1),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(partial(act, steps))


def _neighbour(choices: Sequence[int], value: int, steps: int) -> int:
    index = choices.index(value) + steps
    return choices[max(0, min(index, len(choices) - 1))]
