"""The one place where threads meet Qt: a timer pulls what the engine shows of itself.

Samples never ride a signal. Opening, starting and stopping the engine may block, so they run
on a worker of their own, in order.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from milmer_live.clock import Clock
from milmer_live.errors import MilmerError
from milmer_live.live.state import EngineSnapshot
from milmer_live.samples import Prediction

LATENCIES_KEPT = 10_000


class EngineLike(Protocol):
    """What the window needs of an engine. `snapshot` is called 60 times a second."""

    def start(self) -> None:
        """May block while it connects. Raises MilmerError."""
        ...

    def stop(self) -> None: ...

    def snapshot(
        self, *, eeg_since: int | None = None, eeg_seconds: float = 10.0
    ) -> EngineSnapshot:
        """With the samples from index `eeg_since` on, at most the newest `eeg_seconds`."""
        ...


class Screen(Protocol):
    """What the bridge fills."""

    def wanted_eeg(self) -> tuple[int | None, float]:
        """The first sample that is not on the screen yet, and how many seconds are of use."""
        ...

    def show_snapshot(self, snapshot: EngineSnapshot, latency_s: float | None) -> None: ...


OpenEngine = Callable[[], EngineLike]
OnPrediction = Callable[[Prediction, float], None]


class Bridge(QObject):
    """`started` comes when the engine runs, `failed` brings a message and a hint, `stopped` comes
    once the engine has let go of its devices."""

    started = Signal()
    failed = Signal(str, str)
    stopped = Signal()

    def __init__(
        self,
        open_engine: OpenEngine,
        clock: Clock,
        on_prediction: OnPrediction | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.latencies_s: deque[float] = deque(maxlen=LATENCIES_KEPT)
        self.error: MilmerError | None = None
        self._open = open_engine
        self._clock = clock
        self._on_prediction = on_prediction
        self._engine: EngineLike | None = None
        self._screen: Screen | None = None
        self._snapshot: EngineSnapshot | None = None
        self._told_until = -math.inf
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commands")
        self._commands: deque[Future[None]] = deque()
        self._stopping: Future[None] | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.pull)

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    def start(self, screen: Screen, frames_per_second: float) -> None:
        """Open and start the engine in the background and keep `screen` up to date."""
        self._screen = screen
        self._timer.start(max(1, int(1000 / frames_per_second)))
        self._commands.append(self._worker.submit(self._open_and_start))

    def stop(self) -> None:
        """Ask the engine to stop; `stopped` tells when it has. A second call changes nothing."""
        if self._stopping is None and self.running:
            self._stopping = self._worker.submit(self._stop_engine)
            self._commands.append(self._stopping)

    def pull(self) -> None:
        """One turn of the timer. Commands come first: a panel that fails must not keep the
        window from closing."""
        self._settle()
        engine, screen = self._engine, self._screen
        if engine is not None and screen is not None:
            since, seconds = screen.wanted_eeg()
            self._snapshot = engine.snapshot(eeg_since=since, eeg_seconds=seconds)
            latency = self.latencies_s[-1] if self.latencies_s else None
            screen.show_snapshot(self._snapshot, latency)

    def painted(self) -> None:
        """All predictions of the newest snapshot are on the screen now."""
        now = self._clock.now()
        for prediction in self._snapshot.trail if self._snapshot is not None else ():
            if prediction.time > self._told_until:
                self._told_until = prediction.time
                self.latencies_s.append(now - prediction.time)
                if self._on_prediction is not None:
                    self._on_prediction(prediction, self.latencies_s[-1])

    def _open_and_start(self) -> None:
        self._engine = self._open()
        self._engine.start()

    def _stop_engine(self) -> None:
        if self._engine is not None:
            self._engine.stop()

    def _settle(self) -> None:
        """Take note of commands that have ended. Raises what nobody expected."""
        while self._commands and self._commands[0].done():
            command = self._commands.popleft()
            try:
                command.result()
            except MilmerError as error:
                self.error = error
                self.failed.emit(error.message, error.hint)
            finally:
                self._tell(command)

    def _tell(self, command: Future[None]) -> None:
        if command is self._stopping:
            self._timer.stop()
            self._worker.shutdown(wait=False)
            self.stopped.emit()
        elif command.exception() is None:
            self.started.emit()
