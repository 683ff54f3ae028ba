"""The threads that feed the engine: what a worker is, and those of the sources.

A worker's `step()` does one piece of work and says how long to wait; `run()` only loops. Tests
call `step()`.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, Literal, Protocol, TypeVar

from milmer_live.acquisition.replay import EEGReplay
from milmer_live.acquisition.source import EEGSource, FrameSource
from milmer_live.clock import Clock
from milmer_live.config import FaceTracking, Preprocessing
from milmer_live.errors import MilmerError, SourceLost
from milmer_live.live.buffers import FaceGrid
from milmer_live.live.ring_writer import RingWriter
from milmer_live.live.sink import RecordingSink
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.live.stream_check import StreamCheck
from milmer_live.processing.face_tracking import FacesSeen, FaceTracker
from milmer_live.processing.faces import Detect, crop_face
from milmer_live.processing.quality import ChannelQuality
from milmer_live.samples import (
    BoardStatus,
    EEGChunk,
    EEGInfo,
    FaceBox,
    FrameSample,
    Marker,
)

READ_S = 0.1  # how long a source may block a read, and so a stop
RETRY_S = 0.5  # between two attempts to connect
SILENT_S = 0.8  # without a sample: the source is silent, and that is said within a second
STALE_S = 5.0  # of silence after which an amplifier is looked for anew: it may have another address
SMOOTHING = 0.1  # share of the newest frame in what is shown of all
RATE_SPAN_S = 5.0  # over which a rate is measured
_SAYS_NOTHING = BoardStatus()

OpenedT = TypeVar("OpenedT")
OpenedT_co = TypeVar("OpenedT_co", covariant=True)
SampleT = TypeVar("SampleT")
SampleT_co = TypeVar("SampleT_co", covariant=True)


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


class Worker(ABC):
    """A thread around `step`. What `step` does not expect ends this thread alone: it goes to
    `faults` and to `threading.excepthook`, and the other threads go on. What it works on it
    also gives to `sink`, which may be set at any time."""

    def __init__(self, name: str, clock: Clock, faults: Faults) -> None:
        self.name = name
        self.clock = clock
        self.faults = faults
        self.sink: RecordingSink | None = None
        self._wake = threading.Event()
        self._stopping = threading.Event()
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
                wait_s = self.step()
                if wait_s > 0 and self.clock.wait(wait_s, self._wake):
                    self._wake.clear()
        except Exception as error:
            text = f"The {self.name} thread stopped ({type(error).__name__}: {error})."
            self.faults.set(self.name, f"{text} Stop and start again; the log says more.")
            raise
        finally:
            self.close()


class ReplayWorker(Worker):
    """Plays recordings into LSL. The outlets outlive it: what it has sent may not have been
    read yet."""

    def __init__(self, replay: EEGReplay, clock: Clock, faults: Faults) -> None:
        super().__init__("replay", clock, faults)
        self._replay = replay

    def step(self) -> float:
        return self._replay.step()


class RateMeter:
    """Samples a second over the last seconds. One thread adds, any thread reads `hz`."""

    def __init__(self) -> None:
        self.total = 0
        self.hz = 0.0
        self.last_time: float | None = None
        self._history: deque[tuple[float, int]] = deque()

    def add(self, count: int, time: float) -> None:
        self.total += count
        self.last_time = time
        self._history.append((time, self.total))
        while time - self._history[0][0] > RATE_SPAN_S:
            self._history.popleft()
        first_time, first_total = self._history[0]
        if time > first_time:
            self.hz = (self.total - first_total) / (time - first_time)

    def restart(self) -> None:
        """Forget the rate, not the total: the source was opened anew."""
        self._history.clear()
        self.hz = 0.0


class Source(Protocol[OpenedT_co, SampleT_co]):
    """What EEGSource and FrameSource have in common."""

    def open(self) -> OpenedT_co: ...

    def read(self, timeout_s: float) -> SampleT_co | None: ...

    def close(self) -> None: ...


class SourceWorker(Worker, Generic[OpenedT, SampleT]):
    """Keeps one source open and takes what it gives. A source that is missing or lost is a
    fault on screen and looked for again until the worker is stopped."""

    kind: Literal["EEG", "camera", "markers", "signal"]

    def __init__(
        self, name: str, source: Source[OpenedT, SampleT], clock: Clock, faults: Faults
    ) -> None:
        super().__init__(name, clock, faults)
        self.state = SourceState.CONNECTING
        self.error: MilmerError | None = None
        self.tried = threading.Event()
        self.meter = RateMeter()
        self.label = name
        self.note = ""
        self.nominal_rate = 0.0
        self.reconnections = 0
        self.on_event: list[Callable[[Marker], None]] = []
        self._source = source
        self._is_open = False
        self._heard_at = 0.0  # since when nothing has come
        self._is_silent = False
        self._has_come = False  # a sample, since it was opened

    @abstractmethod
    def _opened(self, opened: OpenedT) -> None:
        """The source is open and has said what it is. May refuse it with a MilmerError."""

    @abstractmethod
    def _take(self, sample: SampleT, arrival: float) -> None:
        """The next sample, which came at `arrival`."""

    def step(self) -> float:
        try:
            if not self._is_open:
                self._connect()
                return 0.0
            sample = self._source.read(READ_S)
            if sample is None:
                self._listen(self.clock.now())
        except MilmerError as error:
            self._fail(error)
            return RETRY_S
        if sample is not None:
            self._hear(self.clock.now())
            self._take(sample, self._heard_at)
        return 0.0

    def close(self) -> None:
        self._source.close()
        self._is_open = False
        self.state = SourceState.CLOSED
        self.tried.set()

    def status(self, now: float) -> SourceStatus:
        last = self.meter.last_time
        age_s = None if last is None else max(0.0, now - last)
        silent = self.state == SourceState.LIVE and now - self._heard_at > SILENT_S
        state = SourceState.SILENT if silent else self.state
        rate = self.meter.hz if state == SourceState.LIVE else 0.0
        return SourceStatus(self.label, self.kind, state, self.nominal_rate, rate, age_s, self.note)

    def _connect(self) -> None:
        self._opened(self._source.open())
        self._is_open = True
        self.reconnections += self.state is SourceState.LOST
        self._heard_at = self.clock.now()
        self._is_silent = self._has_come = False
        self.meter.restart()
        self.state = SourceState.LIVE
        self.error = None
        self.faults.clear(self.name)
        self.tried.set()
        self.tell(f"{self.kind} connected: {self.label}")

    def _fail(self, error: MilmerError) -> None:
        self._source.close()
        self._is_open = False
        if self.state == SourceState.LIVE:
            self.state = SourceState.LOST
            self.tell(f"{self.kind} lost: {error.message}")
        self.faults.set(self.name, str(error))
        self.error = error
        self.tried.set()

    def _listen(self, now: float) -> None:
        """Nothing has come. May raise SourceLost where that has gone on for too long."""
        if now - self._heard_at > SILENT_S and not self._is_silent:
            self._is_silent = True
            text = f"Nothing comes from the {self.kind} '{self.label}'."
            self.faults.set(self.name, f"{text} It goes on by itself once something does.")
            self.tell(f"{self.kind} silent: {self.label}")

    def _hear(self, now: float) -> None:
        self._heard_at = now
        self._has_come = True
        if self._is_silent:
            self._is_silent = False
            self.faults.clear(self.name)
            self.tell(f"{self.kind} back: {self.label}")

    def tell(self, text: str) -> None:
        """An event of now: to the recording and to the listeners."""
        event = Marker(self.clock.now(), text)
        if self.sink is not None:
            self.sink.write_event(event)
        for listener in self.on_event:
            listener(event)


class EEGWorker(SourceWorker[EEGInfo, EEGChunk]):
    """Read, give to the recorder as it is, check, write to the ring. `arrived` is called when
    there is more in the ring."""

    kind = "EEG"

    def __init__(
        self,
        source: EEGSource,
        writer: RingWriter,
        clock: Clock,
        faults: Faults,
        *,
        arrived: Callable[[], None],
    ) -> None:
        super().__init__("EEG", source, clock, faults)
        self.info: EEGInfo | None = None
        self.writer = writer
        self.check: StreamCheck | None = None
        self._arrived = arrived

    @property
    def quality(self) -> tuple[ChannelQuality, ...]:
        """Of the device's channels; empty while nothing comes."""
        live = self.state is SourceState.LIVE and not self._is_silent
        return self.check.quality if live and self.check is not None else ()

    @property
    def health(self) -> BoardStatus:
        """Battery and impedances, of a board that tells them."""
        return getattr(self._source, "status", _SAYS_NOTHING)

    def status(self, now: float) -> SourceStatus:
        problems = self.check.report.problems if self.check is not None else ()
        return replace(super().status(now), note="; ".join(filter(None, (self.note, *problems))))

    def show_channels(self) -> None:
        """How the device's channels give the model's has changed."""
        channels = self.writer.channel_map
        assert channels is not None
        self.note = channels.describe() if channels.missing else ""
        if channels.usable:
            self.faults.clear("channels")
        else:
            self.faults.set("channels", self.note)

    def step(self) -> float:
        wait_s = super().step()
        fault = self.check.fault(self.clock.now()) if self.check is not None else ""
        for where, text in (("stream", fault), ("rate", self.writer.rate_problem)):
            if text:
                self.faults.set(where, text)
            else:
                self.faults.clear(where)
        return wait_s

    def _opened(self, opened: EEGInfo) -> None:
        self.writer.connect(opened)
        if self.check is not None and opened == self.info:
            self.check.restart()
        else:
            self.check = StreamCheck(opened, opened.channel_names, lambda: self.writer.reads)
        self.info = opened
        self.label = opened.name
        self.nominal_rate = opened.sample_rate
        self.show_channels()

    def _take(self, sample: EEGChunk, arrival: float) -> None:
        assert self.info is not None
        assert self.check is not None
        self.meter.add(len(sample), arrival)
        steps = self.check.report.clock_steps
        segments = self.check.check(sample, arrival)
        if self.check.report.clock_steps != steps:
            self.tell(f"EEG '{self.label}': {self.check.report.clock}")
        if self.sink is not None:
            self.sink.write_eeg(self.info, _on_our_clock(sample, self.check.clock_shift_s))
        for segment in segments:
            self.writer.write(
                segment.chunk,
                arrival,
                after_gap=segment.after_gap,
                sample_rate=segment.sample_rate,
            )
        self._arrived()

    def _listen(self, now: float) -> None:
        super()._listen(now)
        if self._has_come and now - self._heard_at > STALE_S:
            raise SourceLost(
                f"Nothing has come from the EEG '{self.label}' for {STALE_S:g} s.",
                "Is it switched on and in reach? It is looked for again.",
            )


def _on_our_clock(sent: EEGChunk, shift_s: float) -> EEGChunk:
    """`sent` with a clock offset that says what its stamps lack: they stay the sender's."""
    if not shift_s:
        return sent
    return replace(sent, times=sent.times + shift_s, clock_offset=sent.clock_offset + shift_s)


class FaceCounts:
    """What a camera has shown: one thread adds, any thread reads."""

    def __init__(self) -> None:
        self.found = 0  # frames in which the participant's face was detected
        self.tracked = 0  # was not, and was followed
        self.missed = 0  # frames without it
        self.lost = 0  # times that it went away
        self.several = 0  # frames with more than one face
        self.detection_s = 0.0  # of the newest frame, smoothed
        self.interval_s = 0.0  # between the newest two frames, smoothed
        self._last_time: float | None = None
        self._was_there = False

    def add(self, seen: FacesSeen, time: float, took_s: float) -> None:
        is_there = seen.chosen is not None
        self.found += is_there and not seen.tracked
        self.tracked += seen.tracked
        self.missed += not is_there
        self.lost += self._was_there and not is_there
        self.several += len(seen.faces) > 1
        self._was_there = is_there
        self.detection_s += SMOOTHING * (took_s - self.detection_s)
        if self._last_time is not None:
            self.interval_s += SMOOTHING * (time - self._last_time - self.interval_s)
        self._last_time = time


class CameraWorker(SourceWorker[str, FrameSample]):
    """Read, find the face, put its crop on the grid. `arrived` is called after each frame.

    `latest` is None again while the camera is lost or silent: an old picture is none."""

    kind = "camera"

    def __init__(
        self,
        source: FrameSource,
        detect: Detect,
        settings: Preprocessing,
        grid: FaceGrid,
        clock: Clock,
        faults: Faults,
        *,
        arrived: Callable[[], None],
        tracking: FaceTracking | None = None,
    ) -> None:
        super().__init__("camera", source, clock, faults)
        self.latest: tuple[FrameSample, FacesSeen] | None = None
        self.tracker = FaceTracker(detect, tracking or FaceTracking())
        self.counts = FaceCounts()
        self._detect = detect
        self._settings = settings.faces
        self._grid = grid
        self._arrived = arrived

    def close(self) -> None:
        """Closes the detector too: MediaPipe's waits for ever when the garbage collector does."""
        super().close()
        release = getattr(self._detect, "close", None)
        if release is not None:
            release()

    def _opened(self, opened: str) -> None:
        self.label = opened

    def _fail(self, error: MilmerError) -> None:
        self.latest = None
        super()._fail(error)

    def _listen(self, now: float) -> None:
        super()._listen(now)
        if self._is_silent:
            self.latest = None

    def _take(self, sample: FrameSample, arrival: float) -> None:
        self.meter.add(1, arrival)
        began = self.clock.now()
        seen = self.tracker.see(sample)
        self.counts.add(seen, sample.time, self.clock.now() - began)
        self._keep(sample, None if seen.tracked else seen.chosen)
        self._grid.passed(sample.time)
        self.latest = (sample, seen)
        self._arrived()

    def _keep(self, frame: FrameSample, box: FaceBox | None) -> None:
        """The grid takes the first face of a slot; no other is cut out here."""
        if box is not None and self._grid.wants(frame.time):
            self._grid.add(crop_face(frame, box, self._settings))
        if self.sink is not None:
            self.sink.write_frame(frame, box)
