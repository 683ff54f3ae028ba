"""A recording from its first to its last moment: sources, recorder, and the order they end in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from pydantic import JsonValue

from milmer_live.config import Preprocessing
from milmer_live.live.engine import JOIN_S, Engine
from milmer_live.live.quality_log import QualityLog
from milmer_live.live.recorder import Recorder, RecorderStatus
from milmer_live.live.source_worker import SourceWorker
from milmer_live.live.state import SourceState
from milmer_live.live.workers import Faults
from milmer_live.samples import Marker
from milmer_live.storage.session_card import Device, Model, Plan

DRAIN_S = 60.0  # granted to what still waits for the disk when the recording ends


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

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.started_at = recorder.clock.now()
        self._engine: Engine | None = None
        self._sides: tuple[SourceWorker[Any, Any], ...] = ()
        self._quality: QualityLog | None = None

    @property
    def status(self) -> RecorderStatus:
        return self.recorder.status

    def begin(self, engine: Engine, sides: Sequence[SourceWorker[Any, Any]] = ()) -> None:
        """Start the recorder, then give it what `engine` and `sides` have from now on."""
        self.recorder.start()
        self.move_to(engine, sides)

    def move_to(self, engine: Engine, sides: Sequence[SourceWorker[Any, Any]] = ()) -> None:
        """Go on with another run, in the same file: the user has chosen other devices."""
        self._detach()
        self._engine, self._sides = engine, tuple(sides)
        self._tell_sources(engine)
        engine.record(self.recorder)
        for side in self._sides:
            side.record(self.recorder)
        clock, faults = self.recorder.clock, self.recorder.faults
        self._quality = QualityLog(lambda: engine.quality, self.recorder, clock, faults)
        self._quality.start()

    def note(self, text: str) -> None:
        """An event of now, such as settings that were changed."""
        self.recorder.write_event(Marker(self.recorder.clock.now(), text))

    def end(self) -> bool:
        """Write all that has come, then footers. Whether that was done in time."""
        if self._engine is not None:
            self._add_devices(self._engine)
        self._detach()
        self.recorder.stop()
        return self.recorder.join(DRAIN_S)

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
        for source in engine.snapshot(eeg_seconds=0.0).sources:
            if source.state is not SourceState.CONNECTING:
                self.note(f"{source.kind} {source.state}: {source.name}")
        self._add_devices(engine)

    def _add_devices(self, engine: Engine) -> None:
        """What the card says of cameras and markers; of EEG the recorder itself knows more."""
        now = self.recorder.clock.now()
        sources = [*engine.snapshot(eeg_seconds=0.0).sources]
        sources += [side.status(now) for side in self._sides]
        for source in sources:
            if source.kind not in ("EEG", "signal") and source.age_s is not None:
                rate = source.nominal_rate or source.measured_rate
                device = Device(kind=source.kind, name=source.name, sample_rate=rate)
                self.recorder.add_device(device)


class RecordingRun:
    """Records what `engine` and `side_streams` give. Started once and stopped once."""

    def __init__(
        self,
        engine: Engine,
        recorder: Recorder,
        side_streams: Sequence[SourceWorker[Any, Any]] = (),
        faults: Faults | None = None,
    ) -> None:
        """`faults` are those of recorder and side streams; the engine has its own."""
        self.engine = engine
        self._recording = SessionRecording(recorder)
        self.side_streams = tuple(side_streams)
        self._faults = faults or recorder.faults

    @property
    def status(self) -> RecorderStatus:
        return self._recording.status

    @property
    def fault(self) -> str:
        """One line a fault; empty when all is well."""
        engine = self.engine.snapshot(eeg_seconds=0.0).fault
        return "\n".join(text for text in (self._faults.text, engine) if text)

    def start(self) -> None:
        """The recorder first, so that nothing comes before it."""
        self._recording.begin(self.engine, self.side_streams)
        for worker in self.side_streams:
            worker.start()
        self.engine.start()

    def stop(self) -> bool:
        """Sources, then the recorder, which writes all that it has. Whether all have ended."""
        for worker in self.side_streams:
            worker.stop()
        self.engine.stop()
        ended = [worker.join(JOIN_S) for worker in self.side_streams]
        return all([*ended, self._recording.end()])
