"""What every thread of a run is made of: a worker around `step`, and the faults it reports.

A worker's `step()` does one piece of work and says how long to wait; `run()` only loops. Tests
call `step()`.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from milmer_live.acquisition.replay.outlets import EEGReplay
from milmer_live.catalogue import Code
from milmer_live.clock import Clock
from milmer_live.errors import MilmerError
from milmer_live.live.sink import Nobody, RecordingSink
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.messages import Message
from milmer_live.storage.session.balance import StreamKind

AGAIN_S = 0.5  # between a step that failed unexpectedly and the next
UNTOLD = Message(Code.STATUS_UNTOLD)

ResultT = TypeVar("ResultT")
log = logging.getLogger(__name__)


class Faults:
    """What does not work at the moment, by who said so."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lock = threading.Lock()

    def set(self, where: str, text: str) -> bool:
        """Whether `where` was well until now."""
        with self._lock:
            is_new = where not in self._texts
            self._texts[where] = text
            return is_new

    def clear(self, where: str) -> None:
        with self._lock:
            self._texts.pop(where, None)

    @property
    def text(self) -> str:
        """One line a fault, the oldest first; empty when all is well."""
        with self._lock:
            return "\n".join(self._texts.values())


class Guard:
    """Calls one consumer of the data, so that what it raises is its own affair.

    The error is a fault under the consumer's name, `restart` makes the consumer new, and whoever
    called goes on. The fault stays for `SHOWN_S` after the last error, so that it can be read.
    """

    SHOWN_S = 10.0

    def __init__(
        self,
        name: str,
        clock: Clock,
        faults: Faults,
        *,
        restart: Callable[[], object] = lambda: None,
        say: Callable[[Message, Message], None] = lambda _why, _then: None,
    ) -> None:
        """`say` is told once, when the consumer begins to fail: why, and what is done."""
        self.name = name
        self.failures = 0
        self._clock = clock
        self._faults = faults
        self._restart = restart
        self._say = say
        self._failed_at: float | None = None

    def __call__(self, work: Callable[[], ResultT]) -> ResultT | None:
        """What `work` returns, None where it failed."""
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - logged in _fail; its neighbours go on
            self._fail(error)
            return None
        if self._failed_at is not None and self._clock.now() - self._failed_at > self.SHOWN_S:
            self._failed_at = None
            self._faults.clear(self.name)
        return result

    def _fail(self, error: Exception) -> None:
        self.failures += 1
        is_new, self._failed_at = self._failed_at is None, self._clock.now()
        what = error.said if isinstance(error, MilmerError) else f"{type(error).__name__}: {error}"
        why = Message(Code.CONSUMER_FAILED, consumer=self.name, what=what)
        then = Message(Code.CONSUMER_RESTARTED)
        self._faults.set(self.name, Message(Code.THEN, why=why, then=then))
        if is_new:
            log.exception("The %s failed", self.name, exc_info=error)
            self._try(lambda: self._say(why, then), "said")
        self._try(self._restart, "restarted")

    def _try(self, work: Callable[[], object], done: str) -> None:
        """What follows a failure may fail itself; it is tried again after the next error."""
        try:
            work()
        except Exception:
            log.exception("The failure of the %s could not be %s", self.name, done)


class Worker(ABC):
    """A thread around `step`. An error that `step` does not expect is a fault on screen and in
    the log; the thread goes on with the next step, so that it never ends while the run lasts."""

    def __init__(self, name: str, clock: Clock, faults: Faults) -> None:
        self.name = name
        self.clock = clock
        self.faults = faults
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._guard = Guard(f"{name} thread", clock, faults)
        self._thread = threading.Thread(target=self.run, name=name, daemon=True)

    @abstractmethod
    def step(self) -> float:
        """Do one piece of work. Returns the seconds to wait for the next."""

    def close(self) -> None:  # noqa: B027 - most workers have nothing to let go
        """Let go of what the worker holds; on its own thread, after the last step."""

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do: end the wait. From any thread."""
        self._wake.set()

    def stop(self) -> None:
        """Ask the thread to end after the step it is in."""
        self._stopping.set()
        self._wake.set()

    def join(self, deadline_s: float) -> bool:
        """Whether the thread has ended within `deadline_s`."""
        if self._thread.ident is not None:
            self._thread.join(deadline_s)
        return not self._thread.is_alive()

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                wait_s = self._guard(self.step)
                wait_s = AGAIN_S if wait_s is None else wait_s
                if wait_s > 0 and self.clock.wait(wait_s, self._wake):
                    self._wake.clear()
        finally:
            self.close()


class Recorded(Worker):
    """A worker whose work is recorded while somebody records: what comes goes to `sink` too."""

    kind: StreamKind

    def __init__(self, name: str, clock: Clock, faults: Faults, *, asked: str = "") -> None:
        """`asked`: what the user named it by, without passwords."""
        super().__init__(name, clock, faults)
        self.asked = asked
        self.sink: RecordingSink | None = None
        self._stood: SourceStatus | None = None  # when it was asked last
        self._telling = Guard(f"status of the {name}", clock, faults)

    def status(self, now: float) -> SourceStatus:
        """How it stands at `now`; from any thread. Recorder and screen ask for it, so it raises
        nothing: where it fails it is as it was, and that is a problem of the source."""
        status = self._telling(lambda: self._status(now))
        if status is not None:
            self._stood = status
            return status
        stood = self._stood or SourceStatus(self.name, self.kind, SourceState.LIVE, spec=self.asked)
        return replace(stood, problems=(*stood.problems, ("status", UNTOLD)))

    @abstractmethod
    def _status(self, now: float) -> SourceStatus:
        """How it stands at `now`; from any thread."""

    def record(self, sink: RecordingSink | None) -> None:
        """Give what comes from now on to `sink` as well; None: to nobody any more."""
        # never None again: the thread may be about to use it
        self.sink = Nobody() if sink is None else sink.port(self.status)


class ReplayWorker(Worker):
    """Plays recordings into LSL. The outlets outlive it: what it has sent may not have been
    read yet."""

    def __init__(self, replay: EEGReplay, clock: Clock, faults: Faults) -> None:
        super().__init__("replay", clock, faults)
        self._replay = replay

    def step(self) -> float:
        return self._replay.step()
