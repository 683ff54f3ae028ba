"""A recording from its first to its last moment: sources, recorder, and the order they end in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from pydantic import JsonValue

from milmer_live.catalogue import EventKind
from milmer_live.config import Preprocessing
from milmer_live.events import Event
from milmer_live.live.engine import JOIN_S, Engine
from milmer_live.live.recording.quality_log import QualityLog
from milmer_live.live.recording.read_back import ReadBack
from milmer_live.live.recording.recorder import (
    Recorder,
    RecorderStatus,
)
from milmer_live.live.sources.distinct_names import sources_apart
from milmer_live.live.sources.drain import drain
from milmer_live.live.sources.other_streams import (
    Look,
    look_around,
)
from milmer_live.live.sources.source_worker import SourceWorker
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.live.workers import Faults, Guard
from milmer_live.messages import Value
from milmer_live.storage.session.card import (
    Device,
    Model,
    Plan,
)

DRAIN_S = 60.0  # granted to what still waits for the disk when the recording ends
LOOK_JOIN_S = 2.0  # granted to the look around the network, which takes one second

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a session's card says of the run that it was recorded from."""

    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    model: Model | None = None
    settings: tuple[tuple[str, JsonValue], ...] = ()
    is_drawn: bool = False  # the participant is: a face that is nobody's

    def put_into(self, plan: Plan) -> Plan:
        changes = {
            "preprocessing": self.preprocessing,
            "model": self.model,
            "settings": {**plan.settings, **dict(self.settings)},
        }
        return plan.model_copy(update=changes)


@runtime_checkable
class Recordable(Protocol):
    """A run that can be recorded while it goes on: an engine, and streams beside it."""

    @property
    def engine(self) -> Engine: ...

    @property
    def side_streams(self) -> Sequence[SourceWorker[Any, Any]]:
        """Started and stopped by the run; recorded while a recording goes on."""
        ...

    @property
    def facts(self) -> RunFacts: ...


class SessionRecording:
    """Lets a recorder have all that a run gives, from `begin` to `end`; the run goes on.

    Not for several threads at once. `note` and `recorder` may be used from any.
    """

    def __init__(self, recorder: Recorder, look: Look | None = None) -> None:
        """`look` finds the streams that can be seen on the network (default: by LSL)."""
        self.recorder = recorder
        self.started_at = recorder.clock.now()
        self._look = look or look_around
        self._looking: threading.Thread | None = None
        self._reading: ReadBack | None = None
        self._engine: Engine | None = None
        self._sides: tuple[SourceWorker[Any, Any], ...] = ()
        self._quality: QualityLog | None = None
        self._is_settled = False
        self._last_look = Guard("last look at the sources", recorder.clock, recorder.faults)

    @property
    def status(self) -> RecorderStatus:
        """`read_back` is empty until the closed session has been read."""
        status, reading = self.recorder.status, self._reading
        return status if reading is None else replace(status, read_back=reading.verdict)

    def begin(self, engine: Engine, sides: Sequence[SourceWorker[Any, Any]] = ()) -> None:
        """Start the recorder, then give it what `engine` and `sides` have from now on."""
        self.recorder.start()
        self._engine, self._sides = engine, tuple(sides)
        self._tell_sources(engine)
        engine.record(self.recorder)
        for side in self._sides:
            side.record(self.recorder)
        clock, faults = self.recorder.clock, self.recorder.faults
        self._quality = QualityLog(lambda: engine.quality, self.recorder, clock, faults)
        self._quality.start()
        self._looking = threading.Thread(target=self._note_visible, name="visible", daemon=True)
        self._looking.start()

    def note(self, kind: EventKind, source: str = "", /, **values: Value) -> None:
        """An event of now, such as what the participant's screen shows."""
        self.recorder.write_event(Event(self.recorder.clock.now(), kind, source, values))

    def settle(self) -> None:
        """Read what waits in the sources. How they stand then is how they ended: before they are
        stopped. Harmless when that is so already."""
        if self._engine is not None and not self._is_settled:
            sources = (*self._engine.sources, *self._sides)
            self._last_look(lambda: drain(sources, self.recorder.clock))
        self._is_settled = True
        self._last_look(self.recorder.settle)

    def end(self) -> bool:
        """Write all that has come, then footers; then read the session back, in the background.
        Whether all was written in time."""
        self.settle()
        engine = self._engine
        if engine is not None:
            self._last_look(lambda: self._add_devices(engine))
        self._last_look(self._detach)
        if self._looking is not None:
            self._looking.join(LOOK_JOIN_S)
        self.recorder.stop()
        in_time = self.recorder.join(DRAIN_S)
        if in_time:
            self._reading = ReadBack(self.recorder.folders, self.recorder.faults)
            self._reading.start()
        return in_time

    def wait_read_back(self) -> None:
        """Until the session that has ended was read back."""
        if self._reading is not None:
            self._reading.join()

    def _note_visible(self) -> None:
        """On a thread of its own: the recording does not wait for it."""
        try:
            visible = self._look()
        except Exception:  # what else is on the network is of no account to what is recorded
            log.exception("The streams on the network could not be listed")
        else:
            self.recorder.keep_visible(visible)

    def _detach(self) -> None:
        if self._quality is not None:
            self._quality.stop()
            self._quality.join(JOIN_S)
        if self._engine is not None:
            self._engine.record(None)
        for side in self._sides:
            side.record(None)

    def _tell_sources(self, engine: Engine) -> None:
        """Sources that were there before the recording began."""
        for source in engine.statuses(self.recorder.clock.now()):
            if source.state is not SourceState.CONNECTING:
                self.note(
                    EventKind.AT_THE_BEGINNING, source.name, kind=source.kind, state=source.state
                )
        self._add_devices(engine)

    def _add_devices(self, engine: Engine) -> None:
        """What the card says of cameras and markers; of EEG the recorder itself knows more."""
        now = self.recorder.clock.now()
        sources = [*engine.statuses(now), *(side.status(now) for side in self._sides)]
        for source in sources:
            if source.kind in ("camera", "markers") and source.age_s is not None:
                rate = source.nominal_rate or source.measured_rate
                device = Device(
                    kind=source.kind,
                    name=source.name,
                    spec=source.spec,
                    sample_rate=rate,
                    pictures=source.pictures,
                )
                self.recorder.add_device(device)


class RecordingRun:
    """An engine and streams beside it, and the recording of what they give: the sources are
    started and stopped once, and so is the recording, before them or after."""

    def __init__(
        self,
        engine: Engine,
        side_streams: Sequence[SourceWorker[Any, Any]] = (),
        faults: Faults | None = None,
    ) -> None:
        """`faults` are those of the side streams; the engine has its own."""
        self.engine = engine
        self.side_streams = tuple(side_streams)
        self.recording: SessionRecording | None = None
        self.faults = faults or Faults()
        self._ending = Guard("end of the run", engine.clock, self.faults)

    @property
    def status(self) -> RecorderStatus:
        """Of the recording, which has begun."""
        assert self.recording is not None
        return self.recording.status

    @property
    def fault(self) -> str:
        """One line a fault; empty when all is well."""
        recorder = self.recording.recorder.faults.text if self.recording is not None else ""
        texts = (recorder, self.faults.text, self.engine.fault)
        return "\n".join(dict.fromkeys(text for text in texts if text))

    @property
    def sources(self) -> tuple[SourceStatus, ...]:
        """How all sources stand now, but for the model."""
        now = self.engine.clock.now()
        sides = (side.status(now) for side in self.side_streams)
        return sources_apart((*self.engine.statuses(now), *sides))

    def record(self, recorder: Recorder) -> None:
        """Begin the recording: what comes from now on is kept."""
        self.recording = SessionRecording(recorder)
        self.recording.begin(self.engine, self.side_streams)

    def start(self) -> None:
        """Start the sources."""
        for worker in self.side_streams:
            worker.start()
        self.engine.start()

    def stop(self) -> bool:
        """Sources, then the recorder, which writes all that it has. Whether all have ended."""
        if self.recording is not None:
            self.recording.settle()
        for worker in self.side_streams:
            worker.stop()
        self._ending(self.engine.stop)
        ended = [worker.join(JOIN_S) for worker in self.side_streams]
        return all([*ended, self.recording is None or self.recording.end()])
