"""The thread that asks the model: each new face once, then each window as it becomes whole."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from milmer_live.catalogue import EventKind
from milmer_live.clock import Clock
from milmer_live.config import SignalLimits
from milmer_live.errors import MilmerError
from milmer_live.events import Event
from milmer_live.live.inference.confidence import (
    Smoother,
    evidence_of,
    has_enough,
    is_usable,
    widened,
)
from milmer_live.live.signal.buffers import (
    EEGRing,
    EEGSpan,
    FaceGrid,
)
from milmer_live.live.sink import RecordingSink
from milmer_live.live.state import TRAIL, Latencies, ModelStatus, SourceState, SourceStatus
from milmer_live.live.workers import Faults, Guard, Recorded
from milmer_live.processing.eeg.quality import ChannelQuality
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import (
    Evidence,
    Explanation,
    FaceCrop,
    Float32,
    Prediction,
    Quadrant,
    Window,
    frozen,
)

IDLE_S = 0.5  # new samples and frames end the wait
LATENCIES = 10_000  # kept for the report: 83 minutes at a hop of 0.5 s

AnswerT = TypeVar("AnswerT")
log = logging.getLogger(__name__)


class Predictor(Protocol):
    """The model as the engine sees it. Both calls come from the inference thread alone."""

    def embed(self, face: FaceCrop) -> None:
        """Work on a face as soon as it is there, so that `predict` need not."""
        ...

    def predict(self, window: Window) -> Prediction: ...

    def explain(self, window: Window, quadrant: int) -> Explanation | None:
        """What spoke for `quadrant` in the window that was predicted last, if that is known."""
        ...


class NoModel:
    """Stands where there is none, or none yet: nobody asks it."""

    def embed(self, face: FaceCrop) -> None:
        raise RuntimeError(f"there is no model for the face of frame {face.frame_index}")

    def predict(self, window: Window) -> Prediction:
        raise RuntimeError(f"there is no model for window {window.index}")

    def explain(self, window: Window, quadrant: int) -> None:
        raise RuntimeError(f"there is no model for window {window.index}: {quadrant}")


@runtime_checkable
class Described(Protocol):
    """A predictor that can say what it is."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def reason(self) -> str: ...

    @property
    def caution(self) -> str:
        """What must be said wherever it answers about a real person; "" for nothing."""
        ...


class LatencyLog:
    """The newest latencies; one thread adds, any thread asks."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[float, float]] = deque(maxlen=LATENCIES)
        self._lock = threading.Lock()

    def add(self, from_arrival_s: float, from_stop_s: float) -> None:
        with self._lock:
            self._pairs.append((from_arrival_s, from_stop_s))

    def all(self) -> Latencies:
        with self._lock:
            pairs = np.array(self._pairs, dtype=np.float64).reshape(-1, 2)
        return Latencies(frozen(pairs[:, 0].copy()), frozen(pairs[:, 1].copy()))


class InferenceWorker(Recorded):
    """Predicts the newest window that can be had and counts those it leaves out.

    A window is whole when its last sample is in the ring; then `patience_s` is granted to
    frames of the window that are still on their way, and the fixed delay of the camera, unless
    its bag is final already. Whatever
    the model raises becomes a fault on screen, and the next window is tried. Windows that were
    whole before the first model was there are not predicted, but for the newest.
    """

    kind = "model"

    def __init__(
        self,
        predictor: Predictor,
        ring: EEGRing,
        grid: FaceGrid,
        clock: Clock,
        faults: Faults,
        *,
        patience_s: float,
        has_camera: bool,
        camera_alive: Callable[[], bool],
        camera_delay_s: Callable[[], float] = lambda: 0.0,
        quality: Callable[[], Sequence[ChannelQuality]] = tuple,
        is_covered: Callable[[], bool] = lambda: True,
        coverage: Callable[[], float] = lambda: 1.0,
        limits: SignalLimits | None = None,
        asked: str = "",
    ) -> None:
        """`has_camera`: one was asked for. `asked`: what the user named the model by. `is_covered`:
        whether the electrodes that are not bad know enough of the model's EEG; `coverage`: how
        much of it."""
        super().__init__("inference", clock, faults, asked=asked)
        self.error = ""  # why the first model could not be loaded
        self.on_prediction: list[Callable[[Prediction], None]] = []
        self.latest: tuple[Window, Prediction] | None = None
        self.trail: tuple[Prediction, ...] = ()
        self.explanation: Explanation | None = None
        self.smoother = Smoother()
        self.latencies = LatencyLog()
        self.planned = 0
        self.predictions = 0
        self.skipped = 0
        self.model_faults = 0
        self.failed = 0  # windows for which the model failed
        self.unknown = 0  # answers without a quadrant
        self.inference_s = 0.0
        self.latency_s = 0.0
        self.from_stop_s = 0.0
        self._predictor = predictor
        self._ring = ring
        self._grid = grid
        self._patience_s = patience_s
        self._has_camera = has_camera
        self._camera_delay_s = camera_delay_s
        self._camera_alive = camera_alive
        self._quality, self._is_covered, self._coverage = quality, is_covered, coverage
        self._limits = limits or SignalLimits()
        self._next = 0
        self._before = (0, 0)  # windows without an answer and answers without a quadrant, by then
        self._next_model: Predictor | None = None
        self._ready_at = None if isinstance(predictor, NoModel) else clock.now()
        self._failing: tuple[float, str] | None = None  # since when, and why
        self._to_explain: tuple[Window, Prediction, float] | None = None
        self._explain_s = 0.0
        self._record = Guard("recorder of the predictions", clock, faults)
        self._notify = Guard("listener to the predictions", clock, faults)

    @property
    def model(self) -> ModelStatus:
        """What answers now."""
        predictor = self._predictor
        smoothing_s = self.smoother.seconds
        if not isinstance(predictor, Described):
            return ModelStatus(smoothing_s=smoothing_s)
        return ModelStatus(
            predictor.name,
            predictor.description,
            predictor.reason,
            smoothing_s=smoothing_s,
            caution=predictor.caution,
        )

    @property
    def awaits_model(self) -> bool:
        """Whether none has been there yet."""
        return isinstance(self._predictor, NoModel)

    @property
    def _without(self) -> tuple[int, int]:
        """Windows without an answer, and answers without a quadrant, since the run began."""
        return self.skipped + self.failed, self.unknown

    def record(self, sink: RecordingSink | None) -> None:
        self._before = self._without
        super().record(sink)

    def _status(self, now: float) -> SourceStatus:
        """The model as a source of predictions."""
        failing = self._failing
        skipped, unknown = (now - by for now, by in zip(self._without, self._before, strict=True))
        name, last = self.model.name or self.asked, self.latest
        state = SourceState.LIVE if failing is None else SourceState.LOST
        return SourceStatus(
            name or "model",
            self.kind,
            SourceState.CONNECTING if self.awaits_model else state,
            age_s=None if last is None else max(0.0, now - last[1].time),
            received=self.predictions,
            spec=self.asked,
            connected_at=self._ready_at,
            lost_at=None if failing is None else failing[0],
            problems=() if failing is None else (("model", failing[1]),),
            error=self.error,
            skipped=skipped,
            unknown=unknown,
        )

    def switch(self, predictor: Predictor) -> None:
        """Answer with another model from the next window on. From any thread."""
        self._next_model = predictor
        self.wake()

    def step(self) -> float:
        self._take_next_model()
        planner = self._grid.planner
        if planner is None or self.awaits_model:
            return IDLE_S
        self.planned = planner.count(self._ring.written)
        index, wait_s = self._choose(planner)
        if index is not None:
            self._predict(planner, index)
            return 0.0
        face = self._grid.take_fresh()
        if face is None:
            return max(0.0, wait_s - self._explain(planner))
        self._embed(face)
        return 0.0

    def _take_next_model(self) -> None:
        predictor, self._next_model = self._next_model, None
        if predictor is None:
            return
        if self.awaits_model and self._grid.planner is not None:
            self._next = max(0, self._grid.planner.count(self._ring.written) - 1)
        self._predictor = predictor
        self._to_explain = None
        self._explain_s = 0.0
        self.smoother.forget()
        self._recover()
        now, sink = self.clock.now(), self.sink
        if self._ready_at is None:
            self._ready_at = now
        if sink is not None:
            said = Event(now, EventKind.MODEL_READY, self.status(now).name)
            self._record(lambda: sink.write_event(said))

    def _recover(self) -> None:
        self._failing = None
        self.faults.clear("model")

    def _choose(self, planner: WindowPlanner) -> tuple[int | None, float]:
        """The newest window that can be predicted now, or None and the seconds to wait."""
        wait_s = IDLE_S
        for index in reversed(range(self._next, self.planned)):
            left_s = self._patience_left(planner, index)
            if left_s <= 0:
                return index, 0.0
            wait_s = min(wait_s, left_s)
        return None, wait_s

    def _patience_left(self, planner: WindowPlanner, index: int) -> float:
        if not self._camera_alive() or self._grid.settled(index):
            return 0.0
        _, last = planner.samples(index)
        patience_s = self._patience_s + self._camera_delay_s()
        return self._ring.arrival(last - 1) + patience_s - self.clock.now()

    def _predict(self, planner: WindowPlanner, index: int) -> None:
        self.skipped += index - self._next
        self._next = index + 1
        first, last = planner.samples(index)
        span = self._ring.read(first, last)
        if span is None:
            self.skipped += 1
            return
        arrival = self._ring.arrival(last - 1)
        faces = self._grid.faces(planner.slots(index))
        quality = self._quality()
        usable = span.complete and is_usable(quality, self._limits) and self._is_covered()
        window = planner.assemble(index, _filled(span), faces, eeg_valid=usable)
        window = replace(window, coverage=self._coverage()) if usable else window
        evidence = evidence_of(window, quality, has_eeg=span.complete, has_camera=self._has_camera)
        if not usable and not evidence.faces:
            self._say_nothing(window, evidence)
            return
        began = self.clock.now()
        prediction = self._guarded(lambda: self._predictor.predict(window))
        if prediction is None:
            self.failed += 1
            return
        self._publish(window, replace(prediction, evidence=evidence), began, arrival)

    def _say_nothing(self, window: Window, evidence: Evidence) -> None:
        """Neither EEG nor a face: the model is not asked, and every output says so."""
        nothing = frozen(np.full(len(Quadrant), np.nan, dtype=np.float32))
        unknown = Prediction(
            window.index,
            window.stop,
            nothing,
            eeg_used=False,
            faces_used=False,
            enough=False,
            evidence=evidence,
        )
        self._to_explain = self.explanation = None
        self.unknown += 1
        self._show(window, unknown)
        self._hand_on(unknown, unknown)

    def _show(self, window: Window, shown: Prediction) -> None:
        self.latest = (window, shown)
        self.trail = (*self.trail[-(TRAIL - 1) :], shown)

    def _embed(self, face: FaceCrop) -> None:
        self._guarded(lambda: self._predictor.embed(face))

    def _explain(self, planner: WindowPlanner) -> float:
        """Explain the newest answer while nothing else is to be done, unless that would keep
        the next window waiting. Returns the seconds it took."""
        asked, self._to_explain = self._to_explain, None
        began = self.clock.now()
        if asked is None:
            return 0.0
        window, prediction, arrival = asked
        if began + self._explain_s > arrival + planner.settings.hop_s:
            return 0.0
        quadrant = int(prediction.quadrant)
        explanation = self._guarded(lambda: self._predictor.explain(window, quadrant))
        if explanation is not None:
            self.explanation = explanation
        self._explain_s = self.clock.now() - began
        return self._explain_s

    def _guarded(self, ask: Callable[[], AnswerT | None]) -> AnswerT | None:
        try:
            return ask()
        except Exception as error:
            self.model_faults += 1
            known = isinstance(error, MilmerError)
            text = str(error) if known else f"The model failed ({type(error).__name__}: {error})."
            since = self.clock.now() if self._failing is None else self._failing[0]
            self._failing = (since, text)
            if self.faults.set("model", text):
                log.exception("The model failed; the next window is tried")
            return None

    def _publish(
        self, window: Window, prediction: Prediction, began: float, arrival: float
    ) -> None:
        now = self.clock.now()
        self.inference_s = now - began
        self.latency_s = now - arrival
        self.from_stop_s = now - window.stop
        self.latencies.add(self.latency_s, self.from_stop_s)
        assert prediction.evidence is not None
        enough = has_enough(prediction, prediction.evidence, self._limits)
        timed = replace(prediction, latency_s=self.latency_s, enough=enough)
        shown = self.smoother.smoothed(widened(timed, self._coverage()))
        self.predictions += 1
        self.unknown += not timed.is_known
        self._show(window, shown)
        self._recover()
        self._to_explain = (window, timed, arrival)
        self._hand_on(timed, shown)

    def _hand_on(self, said: Prediction, shown: Prediction) -> None:
        """To the recording as the model said it (widening and smoothing can be done later), and
        to the listeners as it is shown."""
        sink = self.sink
        if sink is not None:
            self._record(lambda: sink.write_prediction(said))
        for listener in self.on_prediction:
            self._notify(partial(listener, shown))


def _filled(span: EEGSpan) -> Float32:
    """Missing samples as zeros: the model is told that this EEG is not valid."""
    return span.data if span.complete else np.nan_to_num(span.data, nan=0.0)
