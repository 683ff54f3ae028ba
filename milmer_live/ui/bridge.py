"""The one place where threads meet Qt: a timer pulls what the engine shows of itself.

Samples never ride a signal. Opening, starting and stopping the engine may block, and so may a
recording: such commands run on a worker of their own, in order.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from milmer_live.clock import Clock
from milmer_live.errors import MilmerError
from milmer_live.live.run import EngineLike, OpenEngine
from milmer_live.live.state import EngineSnapshot
from milmer_live.samples import Prediction

LATENCIES_KEPT = 10_000
ResultT = TypeVar("ResultT")


class Screen(Protocol):
    """What the bridge fills."""

    def wanted_eeg(self) -> tuple[int | None, float]:
        """The first sample that is not on the screen yet, and how many seconds are of use."""
        ...

    def show_snapshot(self, snapshot: EngineSnapshot, latency_s: float | None) -> None: ...


OnPrediction = Callable[[Prediction, float], None]
OnFault = Callable[[MilmerError], None]


@dataclass(frozen=True, slots=True)
class _Command:
    """What runs on the worker, and who hears of its end on the GUI thread."""

    future: Future[Any]
    done: Callable[[Any], None]
    failed: OnFault


class Bridge(QObject):
    """`started` comes when the engine runs, `failed` brings a message and a hint, `stopped` comes
    once the engine has let go of its devices. Each of `on_open` is told of an engine before it
    starts, on the worker."""

    started = Signal()
    failed = Signal(str, str)
    stopped = Signal()

    def __init__(
        self,
        clock: Clock,
        on_prediction: OnPrediction | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.latencies_s: deque[float] = deque(maxlen=LATENCIES_KEPT)
        self.on_open: list[Callable[[EngineLike], None]] = []
        self.error: MilmerError | None = None
        self.engine: EngineLike | None = None
        self.snapshot: EngineSnapshot | None = None
        self._clock = clock
        self._on_prediction = on_prediction
        self._screen: Screen | None = None
        self._told_until = -math.inf
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commands")
        self._commands: deque[_Command] = deque()
        self._stopping = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.pull)

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    def start(self, screen: Screen, frames_per_second: float) -> None:
        """Begin to keep `screen` up to date."""
        self._screen = screen
        self._timer.start(max(1, int(1000 / frames_per_second)))

    def use(self, open_engine: OpenEngine) -> None:
        """Let go of the engine there is, then open and start another, in the background."""
        before, self.engine, self.snapshot, self.error = self.engine, None, None, None
        self.run(lambda: self._swap(before, open_engine), lambda _none: self.started.emit())

    def run(
        self,
        work: Callable[[], ResultT],
        done: Callable[[ResultT], None] = lambda _result: None,
        failed: OnFault | None = None,
    ) -> None:
        """Do `work` off the GUI thread, after what was asked before; then call `done` with its
        result, or `failed` with its MilmerError (default: the banner), on the GUI thread."""
        future = self._worker.submit(work)
        self._commands.append(_Command(future, done, failed or self._tell_failure))

    def stop(self) -> None:
        """Ask the engine to stop; `stopped` tells when it has. A second call changes nothing."""
        if not self._stopping and self.running:
            self._stopping = True
            self.run(self._stop_engine, lambda _none: self._ended(), self._failed_to_end)

    def pull(self) -> None:
        """One turn of the timer. Commands come first: a panel that fails must not keep the
        window from closing."""
        self._settle()
        engine, screen = self.engine, self._screen
        if engine is not None and screen is not None:
            since, seconds = screen.wanted_eeg()
            self.snapshot = engine.snapshot(eeg_since=since, eeg_seconds=seconds)
            latency = self.latencies_s[-1] if self.latencies_s else None
            screen.show_snapshot(self.snapshot, latency)

    def painted(self) -> None:
        """All predictions of the newest snapshot are on the screen now."""
        now = self._clock.now()
        for prediction in self.snapshot.trail if self.snapshot is not None else ():
            if prediction.time > self._told_until:
                self._told_until = prediction.time
                self.latencies_s.append(now - prediction.time)
                if self._on_prediction is not None:
                    self._on_prediction(prediction, self.latencies_s[-1])

    def _swap(self, before: EngineLike | None, open_engine: OpenEngine) -> None:
        """On the worker. The engine is shown from before its start, while it looks for sources."""
        if before is not None:
            before.stop()
        engine = open_engine()
        for opened in self.on_open:
            opened(engine)
        self.engine = engine
        engine.start()

    def _stop_engine(self) -> None:
        if self.engine is not None:
            self.engine.stop()

    def _settle(self) -> None:
        """Take note of commands that have ended. Raises what nobody expected."""
        while self._commands and self._commands[0].future.done():
            command = self._commands.popleft()
            try:
                result = command.future.result()
            except MilmerError as error:
                command.failed(error)
            except BaseException:
                if self._stopping and not self._commands:
                    self._ended()
                raise
            else:
                command.done(result)

    def _tell_failure(self, error: MilmerError) -> None:
        self.error = error
        self.failed.emit(error.message, error.hint)

    def _failed_to_end(self, error: MilmerError) -> None:
        self._tell_failure(error)
        self._ended()

    def _ended(self) -> None:
        self._timer.stop()
        self._worker.shutdown(wait=False)
        self.stopped.emit()
