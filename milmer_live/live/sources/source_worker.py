"""The threads that keep one source open each: connect, read, reconnect."""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import nan
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from milmer_live.acquisition.source import lost_of, notes_of, waiting_of
from milmer_live.catalogue import Code, EventKind
from milmer_live.clock import Clock
from milmer_live.errors import MilmerError, SourceEnded, SourceLost
from milmer_live.events import Event
from milmer_live.live.recording.ledger import GONE_S
from milmer_live.live.sink import Nobody, RecordingSink
from milmer_live.live.sources.distinct_names import shown_apart
from milmer_live.live.sources.drain import (
    LOOK_S,
    STUCK_S,
    Drain,
)
from milmer_live.live.sources.signal_judge import Problem
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.live.workers import AGAIN_S, Faults, Guard, Recorded
from milmer_live.messages import Message, Value

READ_S = 0.1  # how long a source may block a read, and so a stop
RETRY_S = 0.5  # between two attempts to connect
SILENT_S = 0.8  # without a sample: the source is silent, and that is said within a second
REST_S = 2.0  # for which a thread that ends reads what waits in its source
MOST_READS = 100_000  # of those, whatever the clock says
RATE_SPAN_S = 5.0  # over which a rate is measured
LEAST_S = 0.5  # of stamps
LEAST_ARRIVED_S = 2.0  # where they tell nothing
HELD_UP_S = 1.0  # by which a chunk may be read later after its last sample than another

OpenedT = TypeVar("OpenedT")
OpenedT_co = TypeVar("OpenedT_co", covariant=True)
SampleT = TypeVar("SampleT")
SampleT_co = TypeVar("SampleT_co", covariant=True)
log = logging.getLogger(__name__)


class RateMeter:
    """Samples a second over the last seconds. One thread adds, any thread reads `hz`.

    It is measured by the samples' stamps: when a chunk is read says little of when it was made,
    and in the first seconds a chunk more or less is a tenth of all. Stamps that do not go as fast
    as the clock are no seconds: then arrivals are counted, for longer.
    """

    def __init__(self) -> None:
        self.total = 0
        self.hz = 0.0  # 0 while it is not known
        self.last_time: float | None = None
        self._history: deque[tuple[float, float, int]] = deque()  # arrival, stamp, total

    def add(self, count: int, time: float, stamp: float = nan) -> None:
        """`count` samples came at `time`, of which the newest is of `stamp`."""
        self.total += count
        self.last_time = time
        self._history.append((time, stamp, self.total))
        while time - self._history[0][0] > RATE_SPAN_S and len(self._history) > 2:
            self._history.popleft()
        first_time, first_stamp, first_total = self._history[0]
        arrived_s, made_s = time - first_time, stamp - first_stamp
        is_stamped = abs(made_s - arrived_s) < HELD_UP_S
        span_s, least_s = (made_s, LEAST_S) if is_stamped else (arrived_s, LEAST_ARRIVED_S)
        if span_s >= least_s:
            self.hz = (self.total - first_total) / span_s

    def restart(self) -> None:
        """Forget the rate, not the total: the source was opened anew."""
        self._history.clear()
        self.hz = 0.0


class Source(Protocol[OpenedT_co, SampleT_co]):
    """What EEGSource and FrameSource have in common."""

    def open(self) -> OpenedT_co: ...

    def read(self, timeout_s: float) -> SampleT_co | None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Before:
    """What had come to pass with a source when its recording began."""

    reconnections: int = 0
    away_s: float = 0.0
    lost: int = 0  # samples that found its buffer full


class SourceWorker(Recorded, Generic[OpenedT, SampleT]):
    """Keeps one source open and takes what it gives. A source that is missing, lost or fails in
    a way nobody foresaw is a fault on screen and connected again until the worker is stopped.

    What comes goes to the recorder first; each consumer after it is guarded on its own.
    """

    def __init__(
        self,
        name: str,
        source: Source[OpenedT, SampleT],
        clock: Clock,
        faults: Faults,
        *,
        asked: str = "",
    ) -> None:
        """`asked`: what the user named the source by, without passwords."""
        super().__init__(name, clock, faults, asked=asked)
        self.state = SourceState.CONNECTING
        self.error: MilmerError | None = None
        self.tried = threading.Event()
        self.meter = RateMeter()
        self.label = name
        self.beside: Sequence[SourceWorker[Any, Any]] = ()  # that may have the same name
        self.note = ""
        self.nominal_rate = 0.0
        self.reconnections = 0
        self.connected_at: float | None = None
        self.on_event: list[Callable[[Event], None]] = []
        self._source = source
        self._is_open = False
        self._ended = ""  # what a source said that is over
        self._heard_at = 0.0  # since when nothing has come
        self._failed_at: float | None = None  # since when it has been lost
        self._away_s = 0.0
        self._before = _Before()
        self._read_at = 0.0  # when the last read ended
        self._is_silent = False
        self._notes: list[str] = []  # all that the source has said
        self._draining: Drain | None = None
        self._reads_since: float | None = None  # while the source is being read
        self._unread = ""  # what the recording has ended without
        self._unkept = 0  # reads of it that the recorder failed on
        self._drained_at: float | None = None  # since the recording began
        self._record = self._guarded(f"recorder of the {name}")
        self._notify = self._guarded(f"listener to the {name}")
        self._says = self._guarded(f"report on the {name}")
        self._uses = self._guarded(f"use of the {name}")

    @property
    def shown(self) -> str:
        """Its name, with what tells it from a stream beside it that has the same."""
        return shown_apart([(one.label, one.asked) for one in (self, *self.beside)])[0]

    @abstractmethod
    def _opened(self, opened: OpenedT) -> None:
        """The source is open and has said what it is. May refuse it with a MilmerError."""

    @abstractmethod
    def _keep(self, sink: RecordingSink, sample: SampleT) -> None:
        """Give the next sample to the recorder, as it came."""

    @abstractmethod
    def _take(self, sample: SampleT, arrival: float) -> None:
        """The next sample, which came at `arrival` and is with the recorder."""

    def step(self) -> float:
        its = self._draining
        if its is not None and not self._is_open:
            its.done.set()
        if self._ended:
            return RETRY_S
        try:
            if not self._is_open:
                self._connect()
                return 0.0
            if its is not None and self._record(partial(self._is_held_up, its)):
                return LOOK_S
            sample, began = self._read()
        except SourceEnded as error:
            self._end(error.message)
            return RETRY_S
        except MilmerError as error:
            self._fail(error)
            return RETRY_S
        except Exception as error:  # a driver's fault; the stream may well be there still
            log.exception("The %s '%s' failed", self.kind, self.label)
            self._fail(self._unexpected(error))
            return RETRY_S
        now = self.clock.now()
        if sample is None:  # what a thread is held up in a read is no silence of the source
            self._listen(min(now, began + 2 * READ_S))
        else:
            self._receive(sample, now)
        if its is not None:
            its.follow(self.meter.total, sample, now)
        return 0.0

    def close(self) -> None:
        self._read_rest()
        self._release()
        self.state = SourceState.CLOSED
        self.tried.set()

    def begin_drain(self) -> Drain:
        """The recording ends: have the thread read what waits in the source. From any thread."""
        its = Drain(self.clock.now())
        if not self._thread.is_alive() or self._stopping.is_set():
            its.done.set()  # nobody reads any more
        self._draining = its
        self.wake()
        return its

    def end_drain(self) -> None:
        """What is not read by now stays unread, which is said of the source."""
        its, self._draining = self._draining, None
        self._drained_at = (None if its is None else its.ended) or self.clock.now()
        if its is None or its.done.is_set():
            return
        left, since = its.left(self.meter.total), self._reads_since
        is_late = self._is_open and (since is None or self.clock.now() - since < STUCK_S)
        if left:
            self._unread = Message(Code.UNREAD_SOME, count=left)
        elif is_late:
            self._unread = Message(Code.UNREAD)

    def _status(self, now: float) -> SourceStatus:
        last = self.meter.last_time
        age_s = None if last is None else max(0.0, now - last)
        silent = self.state == SourceState.LIVE and self._is_silent_at(now)
        state = SourceState.SILENT if silent else self.state
        rate = self.meter.hz if state == SourceState.LIVE else 0.0
        is_there = state in (SourceState.LIVE, SourceState.ENDED)
        is_gone = not is_there and self.connected_at is not None
        return SourceStatus(
            self.label,
            self.kind,
            state,
            self.nominal_rate,
            rate,
            age_s,
            self.note,
            received=self.meter.total,
            spec=self.asked,
            connected_at=self.connected_at,
            lost_at=self._heard_at if is_gone else None,
            reconnections=self.reconnections - self._before.reconnections,
            away_s=max(0.0, self._away_s - self._before.away_s),
            problems=self._losses(),
            error="" if self.error is None else self.error.said,
            ended=self._ended,
        )

    def record(self, sink: RecordingSink | None) -> None:
        """What the source has said of itself before belongs into a recording that begins too; what
        was lost before does not."""
        now = self.clock.now()
        self._unread, self._drained_at, self._unkept = "", None, 0
        self._before = self._so_far(now)
        super().record(sink)
        recorder = self.sink
        if sink is not None and recorder is not None:
            for note in tuple(self._notes):
                event = self._event(now, EventKind.NOTED, why=note)
                self._record(partial(recorder.write_event, event))

    def tell(self, kind: EventKind, /, **values: Value) -> None:
        """An event of now: to the recording and to the listeners."""
        event = self._note(kind, **values)
        for listener in self.on_event:
            self._notify(partial(listener, event))

    def _tell_notes(self) -> None:
        """What the source has to say of what it receives: each once."""
        for note in notes_of(self._source):
            self._notes.append(note)
            self.tell(EventKind.NOTED, why=note)

    def _losses(self) -> tuple[Problem, ...]:
        """What found the source's own buffer full, or stayed there."""
        lost = lost_of(self._source) - self._before.lost
        found: list[Problem] = []
        if lost:
            found.append(("buffer", Message(Code.BUFFER_FULL, count=lost)))
        if self._unkept:
            found.append(("recorder", Message(Code.UNKEPT, count=self._unkept)))
        if self._unread:
            found.append(("end", self._unread))
        return tuple(found)

    def _so_far(self, now: float) -> _Before:
        failed_at = self._failed_at
        away_s = self._away_s + (0.0 if failed_at is None else now - failed_at)
        return _Before(self.reconnections, away_s, lost_of(self._source))

    def _guarded(self, consumer: str, restart: Callable[[], object] = lambda: None) -> Guard:
        """A guard whose first fault is an event too."""
        return Guard(consumer, self.clock, self.faults, restart=restart, say=self._say_fault)

    def _note(self, kind: EventKind, /, **values: Value) -> Event:
        """An event of now, for the recording alone."""
        event, sink = self._event(self.clock.now(), kind, **values), self.sink
        if sink is not None:
            self._record(lambda: sink.write_event(event))
        return event

    def _event(self, time: float, kind: EventKind, /, **values: Value) -> Event:
        return Event(time, kind, self.shown, {"kind": self.kind, **values})

    def _say_fault(self, why: Message, then: Message) -> None:
        now, sink = self.clock.now(), self.sink
        if sink is not None:
            sink.write_event(self._event(now, EventKind.CONSUMER_FAILED, why=why, then=then))

    def _read(self) -> tuple[SampleT | None, float]:
        """What the source gives within `READ_S`, and when that began."""
        self._reads_since = began = self.clock.now()
        try:
            sample = self._source.read(READ_S)
        finally:
            self._reads_since, self._read_at = None, self.clock.now()
        self._says(self._tell_notes)
        return sample, began

    def _is_held_up(self, its: Drain) -> bool:
        """Whether the recorder has to get on first with what it has."""
        its.begin(self.meter.total, waiting_of(self._source))
        return self.sink is not None and self.sink.is_pressed

    def _read_rest(self) -> None:
        """On its own thread, which ends: a recording that goes on has what waits in the source."""
        is_recorded = self.sink is not None and not isinstance(self.sink, Nobody)
        if not is_recorded or self._drained_at is not None:
            return
        self._draining = its = Drain(self.clock.now())
        until = self.clock.now() + REST_S
        for _ in range(MOST_READS):
            if its.done.is_set() or self.clock.now() >= until:
                break
            wait_s = self._guard(self.step)
            self.clock.wait(AGAIN_S if wait_s is None else wait_s, its.done)
        self._draining = None

    def _receive(self, sample: SampleT, arrival: float) -> None:
        sink = self.sink
        if sink is not None:
            failures = self._record.failures
            self._record(lambda: self._keep(sink, sample))
            self._unkept += self._record.failures - failures
        self._hear(arrival)
        self._uses(lambda: self._take(sample, arrival))

    @property
    def _patience_s(self) -> float:
        """How long a source may be quiet: longer where its samples are seconds apart."""
        return max(SILENT_S, 3 / self.nominal_rate) if self.nominal_rate > 0 else SILENT_S

    def _is_silent_at(self, now: float) -> bool:
        """At the end of a recording: whether it was gone when all that had come was read. That
        others took longer, or that something was left, is not its silence."""
        if self._drained_at is None:
            works = self._reads_since is None and self._thread.is_alive()
            at = self._read_at if works else now  # while it works on what came nothing is known
            return at - self._heard_at > self._patience_s
        gone_s = max(GONE_S, self._patience_s)
        return not self._unread and self._drained_at - self._heard_at > gone_s

    def _connect(self) -> None:
        opened, self._heard_at = self._source.open(), self.clock.now()
        if self.connected_at is None:
            self.connected_at = self._heard_at
        self._says(self._tell_notes)
        self._opened(opened)
        self._is_open = True
        self._heard_at = self.clock.now()
        if self.state is SourceState.LOST:
            self.reconnections += 1
            self._away_s += self._heard_at - (self._failed_at or self._heard_at)
        self._failed_at = None
        self._is_silent = False
        self.meter.restart()
        self.state = SourceState.LIVE
        self.error = None
        self.faults.clear(self.name)
        self.tried.set()
        self.tell(EventKind.CONNECTED)

    def _end(self, why: str) -> None:
        """Nothing more comes, and nothing is wrong."""
        self._release()
        self._ended, self.state, self.error = why, SourceState.ENDED, None
        self.faults.clear(self.name)
        self.tried.set()
        self.tell(EventKind.ENDED, why=why)

    def _fail(self, error: MilmerError) -> None:
        self._release()
        is_only = self.shown == self.label
        if self.state == SourceState.LIVE:
            self.state = SourceState.LOST
            self._failed_at = self.clock.now()
            self.tell(EventKind.LOST if is_only else EventKind.LOST_OF_SEVERAL, why=error.message)
        of_several = Message(Code.OF_STREAM, name=self.shown, why=error.said)
        self.faults.set(self.name, error.said if is_only else of_several)
        self.error = type(error)(error.message, error.hint)  # its traceback would hold the device
        self.tried.set()

    def _unexpected(self, error: Exception) -> SourceLost:
        return SourceLost(
            Message(
                Code.SOURCE_FAILED,
                kind=self.kind,
                name=self.label,
                what=f"{type(error).__name__}: {error}",
            ),
            Message(Code.SOURCE_RECONNECTED),
        )

    def _release(self) -> None:
        self._is_open = False
        try:
            self._source.close()
        except Exception:  # a driver that cannot even be closed must not end this thread
            log.exception("The %s '%s' could not be closed", self.kind, self.label)

    def _listen(self, now: float) -> None:
        """Nothing has come. That is no loss: the sender may hold what it has until it can send."""
        if now - self._heard_at > self._patience_s and not self._is_silent:
            self._is_silent = True
            why = Message(Code.NO_DATA, kind=self.kind, name=self.shown)
            then = Message(Code.RESUMES)
            self.faults.set(self.name, Message(Code.THEN, why=why, then=then))
            self.tell(EventKind.SILENT)

    def _hear(self, now: float) -> None:
        self._heard_at = now
        if self._is_silent:
            self._is_silent = False
            self.faults.clear(self.name)
            self.tell(EventKind.BACK)


AnySource: TypeAlias = SourceWorker[Any, Any]
