"""The EEG as the window remembers it: five minutes, shared by all panels that draw it."""

from __future__ import annotations

import math

from milmer_live.live.state import EEGView
from milmer_live.ui.state.traces import TraceHistory

LOOK_BACK_S = 300.0


class EEGFeed:
    """`generation` counts the streams: with another one every picture begins anew."""

    def __init__(self, look_back_s: float = LOOK_BACK_S) -> None:
        self.look_back_s = look_back_s
        self.names: tuple[str, ...] = ()
        self.rate = 0.0
        self.history: TraceHistory | None = None
        self.generation = 0
        self.start: float | None = None  # LSL clock at sample 0, from which seconds are counted
        self._origin = 0.0

    @property
    def next_index(self) -> int | None:
        """The sample to go on with; None while there is no history."""
        return self.history.stop if self.history is not None else None

    def take(self, view: EEGView) -> None:
        """Add what is new in `view`."""
        restarted = view.first_index + len(view.times) < (self.next_index or 0)
        if restarted or (view.channel_names, view.sample_rate) != (self.names, self.rate):
            self._begin(view)
        assert self.history is not None
        self.history.append(view.first_index, view.data)
        if len(view.times):
            newest = view.first_index + len(view.times) - 1
            self._origin = float(view.times[-1]) - newest / self.rate
            if self.start is None:
                self.start = self._origin

    def forget(self) -> None:
        """No stream: what comes next is another one."""
        self.names, self.rate, self.history, self.start = (), 0.0, None, None
        self.generation += 1

    def index_at(self, time: float) -> float:
        """The place in the stream of `time` (LSL clock, s), between two samples."""
        return (time - self._origin) * self.rate

    def time_of(self, index: float) -> float:
        """LSL clock, s."""
        return self._origin + index / self.rate

    def _begin(self, view: EEGView) -> None:
        self.names, self.rate, self.start = view.channel_names, view.sample_rate, None
        self.history = TraceHistory(len(self.names), math.ceil(self.look_back_s * self.rate))
        self.generation += 1
