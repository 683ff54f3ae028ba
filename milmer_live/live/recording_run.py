"""A recording from its first to its last moment: sources, recorder, and the order they end in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from milmer_live.live.engine import JOIN_S, Engine
from milmer_live.live.recorder import Recorder, RecorderStatus
from milmer_live.live.workers import Faults, SourceWorker

DRAIN_S = 60.0  # granted to what still waits for the disk when the recording ends


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
        self._recorder = recorder
        self._side_streams = tuple(side_streams)
        self._faults = faults or recorder.faults

    @property
    def status(self) -> RecorderStatus:
        return self._recorder.status

    @property
    def fault(self) -> str:
        """One line a fault; empty when all is well."""
        engine = self.engine.snapshot(eeg_seconds=0.0).fault
        return "\n".join(text for text in (self._faults.text, engine) if text)

    def start(self) -> None:
        """The recorder first, so that nothing comes before it."""
        self._recorder.start()
        self.engine.record(self._recorder)
        for worker in self._side_streams:
            worker.sink = self._recorder
            worker.start()
        self.engine.start()

    def stop(self) -> bool:
        """Sources, then the recorder, which writes all that it has. Whether all have ended."""
        for worker in self._side_streams:
            worker.stop()
        self.engine.stop()
        ended = [worker.join(JOIN_S) for worker in self._side_streams]
        self._recorder.stop()
        return all([*ended, self._recorder.join(DRAIN_S)])
