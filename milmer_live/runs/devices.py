"""What `milmer-live live` runs: an engine on the sources that were named, and what it prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from milmer_live.acquisition.registry import without_password
from milmer_live.acquisition.source import EEGSource, FrameSource
from milmer_live.clock import LSLClock
from milmer_live.errors import SourceLost
from milmer_live.live.engine import JOIN_S, Asked, Engine
from milmer_live.live.publisher import Publisher
from milmer_live.live.session_recording import RunFacts
from milmer_live.live.sources.side_streams import (
    device_signals,
    with_sides,
)
from milmer_live.live.sources.source_worker import SourceWorker
from milmer_live.live.state import EngineSnapshot, SignalState, endings_of
from milmer_live.live.workers import Faults
from milmer_live.processing.faces.detection import Detect
from milmer_live.runs.options import (
    Compute,
)
from milmer_live.runs.recognizer import (
    Recognizer,
    Transcript,
)
from milmer_live.samples import MODEL_CHANNELS, FaceBox, FrameSample, Prediction


@dataclass
class LiveRun:
    """An engine for the window, which also says on the console what there is no banner for."""

    recognizer: Recognizer
    eeg: EEGSource
    frames: FrameSource | None
    console: Console
    transcript: Transcript
    headless: bool
    publishes: bool = True
    sides: tuple[SourceWorker[Any, Any], ...] = ()
    min_coverage: float | None = None
    named: tuple[str, str] = ("", "")
    _engine: Engine | None = field(default=None, init=False)
    _publisher: Publisher | None = field(default=None, init=False)
    _started_at: float = field(default=0.0, init=False)
    _said: str = field(default="", init=False)
    _endings: tuple[str, ...] = field(default=(), init=False)
    _made_up: tuple[str, ...] = field(default=(), init=False)

    @staticmethod
    def prepare(
        eeg: EEGSource,
        frames: FrameSource | None,
        checkpoint: Path | None,
        console: Console,
        headless: bool,
        *,
        publishes: bool,
        sides: Sequence[SourceWorker[Any, Any]] = (),
        min_coverage: float | None = None,
        named: tuple[str, str] = ("", ""),
        compute: Compute | None = None,
    ) -> LiveRun:
        """Read the model's card; the network is loaded beside the signals. `sides` run beside the
        engine, to be recorded, as do the amplifier's other signals; with less than `min_coverage`
        of the model's EEG known (None: as its card says) it runs without EEG. `named` is what EEG
        and camera were asked for by. Raises MilmerError."""
        recognizer = Recognizer.of_card(checkpoint, console, compute=compute)
        asked = without_password(named[0])
        more = device_signals(eeg, asked, LSLClock(), Faults())
        transcript = Transcript(console, truths=False)
        if recognizer.model.card.caution:
            console.print(recognizer.model.card.caution, markup=False)
        run = LiveRun(
            recognizer,
            eeg,
            frames,
            console,
            transcript,
            headless,
            publishes,
            (*more, *sides),
            min_coverage,
            named,
        )
        if headless:
            console.print(f"Model: {recognizer.name}. Waiting for the sources ...")
            transcript.print_heading()
        return run

    def open(self) -> LiveRun:
        """The engine, ready to start. Signals are shown and recorded while the network and the
        face detector are still being loaded."""
        trained = self.recognizer.model.card.preprocessing
        eeg, camera = map(without_password, self.named)
        self._engine = Engine(
            self.eeg,
            self.frames,
            None,
            self._detector(),
            trained.with_min_coverage(self.min_coverage),
            LSLClock(),
            awaits_model=True,
            asked=Asked(eeg, camera, self.recognizer.name),
        )
        self._engine.smooth(self.recognizer.compute.smooth_s)
        self._engine.switch_model(self.recognizer.name, self.recognizer.new_model)
        if self.publishes:
            self._publisher = Publisher.attached(self._engine, self.recognizer.model.card.summary)
        return self

    def _detector(self) -> Detect:
        if self.frames is None:
            return _no_face
        return self.recognizer.late_detector()

    def start(self) -> None:
        self._started_at = LSLClock().now()
        for side in self.sides:
            side.start()
        self.engine.start()

    def stop(self) -> None:
        for side in self.sides:
            side.stop()
        self.engine.stop()
        for side in self.sides:
            side.join(JOIN_S)
        if self._publisher is not None:
            self._publisher.close()

    def snapshot(
        self, *, eeg_since: int | None = None, eeg_seconds: float = 10.0
    ) -> EngineSnapshot:
        snapshot = self.engine.snapshot(eeg_since=eeg_since, eeg_seconds=eeg_seconds)
        if self.sides:
            snapshot = with_sides(snapshot, self.sides)
        if self.headless:
            self._say_channels(snapshot.signal)
            self._say_fault(snapshot.fault)
            self._say_endings(endings_of(snapshot.sources))
        return snapshot

    def _say_channels(self, signal: SignalState | None) -> None:
        """What of the EEG is made from neighbours: once, and again where that changes."""
        if signal is None or not signal.usable:  # that there are too few is a fault
            return
        made_up = signal.interpolated
        if made_up != self._made_up:
            self._made_up = made_up
            all_, count, names = len(MODEL_CHANNELS), len(made_up), ", ".join(made_up)
            made = f"{count} of {all_} channels are made from their neighbours: {names}."
            self.console.print(made if made_up else f"All {all_} channels come from the device.")

    def _say_fault(self, fault: str) -> None:
        if fault != self._said:
            self._said = fault
            self.console.print(fault or "All sources are well again.", markup=False)

    def _say_endings(self, endings: tuple[str, ...]) -> None:
        for ending in endings[len(self._endings) :]:
            self.console.print(ending, markup=False)
        self._endings = endings

    def print_prediction(self, prediction: Prediction, screen_s: float) -> None:
        position_s = prediction.time - self._started_at
        self.transcript.print_prediction(prediction, position_s, screen_s, None)

    def print_report(self) -> None:
        """The run in numbers. Raises SourceLost where no sample of EEG ever came."""
        counters = self.engine.snapshot(eeg_seconds=0.0).counters
        self.transcript.print_predictions(counters)
        self.transcript.print_latencies(self.engine.latencies())
        self.console.print(
            f"EEG samples:   {counters.samples_received} received, "
            f"{counters.samples_lost} lost, {counters.samples_unusable} not usable, "
            f"{counters.samples_late} late, {counters.eeg_overwritten} overwritten, "
            f"{counters.eeg_gaps} gaps"
        )
        self.transcript.print_camera(counters)
        self.transcript.print_dropped(counters)
        if not counters.samples_received:
            raise SourceLost("No sample of EEG has come.", self._said)

    @property
    def engine(self) -> Engine:
        """There from `open` on."""
        assert self._engine is not None
        return self._engine

    @property
    def side_streams(self) -> tuple[SourceWorker[Any, Any], ...]:
        return self.sides

    @property
    def facts(self) -> RunFacts:
        return self.recognizer.facts


def _no_face(_frame: FrameSample) -> FaceBox | None:
    """Nobody looks for faces where there is no camera."""
    return None
