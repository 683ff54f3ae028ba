"""The live side as one thing: sources in, predictions out, a snapshot for whoever looks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from milmer_live.acquisition.source import EEGSource, FrameSource
from milmer_live.catalogue import EventKind
from milmer_live.clock import Clock, LSLClock
from milmer_live.config import (
    ArtifactSettings,
    FaceTracking,
    FilterSettings,
    Preprocessing,
    SignalLimits,
)
from milmer_live.errors import ConfigError, ModelError, SourceLost, SourceNotFound
from milmer_live.events import Event
from milmer_live.live.engine_view import counters, signal_state
from milmer_live.live.inference.model_switch import (
    LoadModel,
    ModelSwitch,
)
from milmer_live.live.inference.worker import (
    InferenceWorker,
    NoModel,
    Predictor,
)
from milmer_live.live.signal.artifact_fit import ArtifactFit
from milmer_live.live.signal.buffers import (
    EEGRing,
    FaceGrid,
)
from milmer_live.live.signal.display_feed import DeviceTraces
from milmer_live.live.signal.model_feed import RingWriter
from milmer_live.live.sink import RecordingSink
from milmer_live.live.sources.camera_worker import CameraWorker
from milmer_live.live.sources.eeg_worker import EEGWorker
from milmer_live.live.sources.source_worker import SourceWorker
from milmer_live.live.state import (
    EEGView,
    EngineSnapshot,
    EngineState,
    FitStatus,
    Latencies,
    SourceState,
    SourceStatus,
)
from milmer_live.live.workers import Faults, Worker
from milmer_live.processing.eeg.artifacts import Artifacts
from milmer_live.processing.eeg.quality import ChannelQuality
from milmer_live.processing.faces.detection import Detect
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import MODEL_CHANNELS, FaceState, Prediction

MOST_SMOOTHING_S = 30.0
IDLE_S = 1.0  # without EEG after which windows are of faces alone, as far behind the camera
JOIN_S = 5.0  # granted to inference, then to the sources, when stopping


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user named the sources and the model by, without passwords."""

    eeg: str = ""
    camera: str = ""
    model: str = ""


class Engine:
    """Owns the threads of a run. Each engine is started once and stopped once.

    Windows are clocked by the samples of the EEG, from its first sample on: before it, the
    camera's picture is shown but nothing is predicted. While the EEG is silent or lost the
    camera clocks them, a second late, and they are of faces alone. A window that overlaps a
    gap, or samples that are not finite, is predicted from its faces with `eeg_valid` False.

    The listeners of `on_prediction` are called on the inference thread: add them before
    `start`, and let them return at once.
    """

    def __init__(
        self,
        eeg_source: EEGSource,
        frame_source: FrameSource | None,
        predictor: Predictor | None,
        detect: Detect,
        preprocessing: Preprocessing,
        clock: Clock | None = None,
        *,
        patience_s: float = 0.05,
        buffer_s: float = 60.0,
        tracking: FaceTracking | None = None,
        limits: SignalLimits | None = None,
        awaits_model: bool = False,
        asked: Asked | None = None,
    ) -> None:
        """Without a `predictor` nothing is predicted: sources are shown and recorded. With
        `awaits_model` that holds until `switch_model` has loaded the first one, which takes
        the `preprocessing` of this run."""
        clock, asked = clock or LSLClock(), asked or Asked()
        window = preprocessing.window
        self.clock = clock
        self._window = window
        self._faults = Faults()
        self._lock = threading.Lock()
        self._phase = EngineState.IDLE
        capacity = round((buffer_s + window.length_s) * window.sample_rate)
        self._ring = EEGRing(capacity, len(MODEL_CHANNELS))
        self._grid = FaceGrid(window)
        self._frame_source = frame_source
        self._predicts = predictor is not None or awaits_model
        self._inference = InferenceWorker(
            predictor or NoModel(),
            self._ring,
            self._grid,
            clock,
            self._faults,
            patience_s=patience_s,
            has_camera=frame_source is not None,
            camera_alive=self._camera_is_alive,
            camera_delay_s=lambda: self._camera.delay_s if self._camera else 0.0,
            quality=lambda: self._writer.used(self._eeg.newest_quality),
            is_covered=self._is_covered,
            coverage=self._known_share,
            limits=limits,
            asked=asked.model,
        )
        self._fed = preprocessing
        self._switch = ModelSwitch(self._inference, self._faults, self._feed)
        wake = self._inference.wake
        self._traces = DeviceTraces(buffer_s)
        self._writer = RingWriter(preprocessing, self._ring, self._begin, self._traces)
        self._eeg = EEGWorker(
            eeg_source,
            self._writer,
            clock,
            self._faults,
            arrived=wake,
            asked=asked.eeg,
            has_model=self._predicts,
        )
        self._ica: ArtifactFit | None = None
        self._camera = None
        if frame_source is not None:
            self._camera = CameraWorker(
                frame_source,
                detect,
                preprocessing,
                self._grid,
                clock,
                self._faults,
                arrived=self._frame_came,
                tracking=tracking,
                asked=asked.camera,
            )

    @property
    def on_prediction(self) -> list[Callable[[Prediction], None]]:
        return self._inference.on_prediction

    @property
    def quality(self) -> tuple[ChannelQuality, ...]:
        """Of the device's channels over the last second; empty while it is not known."""
        return self._eeg.quality

    @property
    def used_quality(self) -> tuple[ChannelQuality, ...]:
        """Of those that the model's EEG is made of, or would be were they not marked bad."""
        return self._writer.used(self.quality)

    @property
    def coverage(self) -> float:
        """The share of the EEG at the model's channels that the device's electrodes know which
        are not bad now; 0 without EEG."""
        channels = self._writer.living(self._eeg.newest_quality)
        return channels.coverage if channels is not None else 0.0

    def _is_covered(self) -> bool:
        """Whether the electrodes that are alive would do for the model."""
        channels = self._writer.living(self._eeg.newest_quality)
        return channels is None or channels.usable

    def _known_share(self) -> float:
        """`coverage` for an answer: there is no EEG to know less of before a device was there."""
        channels = self._writer.living(self._eeg.newest_quality)
        return 1.0 if channels is None else channels.coverage

    @property
    def filters(self) -> FilterSettings:
        """What the EEG is filtered by now."""
        return self._writer.settings.filters

    def change_filters(self, filters: FilterSettings) -> None:
        """Fade to another filter and re-reference in 0.25 s: the new one has been through the
        last 8 s by then, so that there is no jump. Raises ConfigError, SourceFormat."""
        self._writer.change_filters(filters)
        self._settings_changed()

    def mark_bad(self, names: Sequence[str]) -> None:
        """Take these channels, and no others, from their neighbours, in the same way. Raises
        ConfigError for one that the device has not got. The first call may take a second."""
        self._writer.mark_bad(names)
        if self._writer.channel_map is not None:
            self._eeg.show_channels()
        self._settings_changed()

    def fit_ica(self, settings: ArtifactSettings | None = None) -> None:
        """Begin to collect a baseline and fit components on it; returns at once.

        `EngineSnapshot.ica` tells how far it is, and proposes what to remove once it is READY.
        What is removed now is put back first, so that the baseline is whole. Raises
        ConfigError while another fit runs, and where the device has too few channels.
        """
        channels = self._writer.channel_map
        if channels is None or not channels.usable:
            raise ConfigError(
                "There is no EEG to fit components on.", "Connect an amplifier first."
            )
        if self._ica is not None and self._ica.status.running:
            raise ConfigError("Components are being fitted already.", "Wait, or cancel that.")
        if self._writer.settings.artifacts is not None:
            self.apply_ica(None)
        self._ica = ArtifactFit(
            self._ring,
            self._window.sample_rate,
            settings or ArtifactSettings(),
            lambda: self._writer.settings,
            self.clock,
            self._faults,
        )
        self._ica.start()

    def cancel_ica(self) -> None:
        """End a fit that is running; harmless when there is none."""
        if self._ica is not None:
            self._ica.stop()

    def apply_ica(self, artifacts: Artifacts | None) -> None:
        """Remove the components that `artifacts` has excluded, as `with_excluded` chose them,
        by one spatial matrix; None: nothing any more. Raises ConfigError."""
        self._writer.remove_artifacts(artifacts)
        self._settings_changed()

    def choose_face(self, point: tuple[float, float] | None) -> None:
        """Take the face at this pixel (x, y) of the frame for the participant's, until another
        is chosen; None: the only face in view is the participant's. Harmless beside any face."""
        if self._camera is None:
            return
        if point is None:
            self._camera.tracker.choose_automatically()
        else:
            self._camera.tracker.choose(*point)

    def switch_model(self, name: str, load: LoadModel) -> None:
        """Load another model and answer with it as soon as it is warm; returns at once.

        Until then the model of now goes on, and so do screen and recording; where loading
        fails, that is a fault on screen and the model of now stays. `load` runs on a thread of
        its own. Raises ConfigError where this run has no model, or another is being loaded.
        """
        if not self._predicts:
            raise ConfigError("This run predicts nothing.", "Start it with a model.")
        self._switch.begin(name, load)

    def smooth(self, seconds: float) -> None:
        """Show answers smoothed with this time constant; 0: as they are. Raises ConfigError."""
        if not 0 <= seconds <= MOST_SMOOTHING_S:
            raise ConfigError(
                f"Answers cannot be smoothed over {seconds:g} s.",
                f"Choose 0 (none) to {MOST_SMOOTHING_S:g} s.",
            )
        self._inference.smoother.seconds = seconds

    def hear_events(self, listener: Callable[[Event], None]) -> None:
        """Tell `listener` what befalls the sources, on their threads."""
        for source in self.sources:
            source.on_event.append(listener)

    def record(self, sink: RecordingSink | None) -> None:
        """Give all that comes from now on to `sink` as well; None: to nobody any more. A new
        recording may be of another participant: a face that nobody clicked and that is gone is
        not waited for any more."""
        if sink is not None and self._camera is not None:
            self._camera.tracker.forget_if_lost()
        for worker in (*self.sources, *((self._inference,) if self._predicts else ())):
            worker.record(sink)
        if sink is not None:
            sink.write_settings(self._writer.settings, self.clock.now())

    def start(self) -> None:
        """Start looking for the sources; returns at once."""
        with self._lock:
            if self._phase is not EngineState.IDLE:
                raise RuntimeError("an engine is started once; make a new one")
            self._phase = EngineState.LIVE
            for worker in self._workers:
                worker.start()

    def wait_connected(self, timeout_s: float) -> None:
        """Wait until each source has answered, so that no sample sent from now on is missed.

        Raises what kept a source from it (SourceNotFound, SourceFormat); the engine itself
        goes on looking until it is stopped.
        """
        deadline = self.clock.now() + timeout_s
        for source in self.sources:
            if not source.tried.wait(max(0.0, deadline - self.clock.now())):
                raise SourceNotFound(f"The {source.name} did not answer in {timeout_s:g} s.")
            if source.error is not None:
                raise source.error
            if source.state is SourceState.CLOSED:
                raise SourceLost(self._faults.text or f"The {source.name} was closed.")

    def stop(self) -> None:
        """Stop inference, then the sources; a thread that does not end is named in `fault`."""
        with self._lock:
            if self._phase is EngineState.LIVE:
                self._join(
                    (self._inference,) if self._ica is None else (self._inference, self._ica)
                )
                self._join(self.sources)
                self._switch.join(JOIN_S)
            self._phase = EngineState.STOPPED

    def model_eeg(self, seconds: float) -> EEGView | None:
        """The newest `seconds` of what the model's windows are cut from: its channels at its
        rate. None before the first sample."""
        if not self._ring.written:
            return None
        rate = self._window.sample_rate
        span = self._ring.read_last(round(seconds * rate))
        return EEGView(span.first_index, span.times, span.data, MODEL_CHANNELS, rate)

    @property
    def fault(self) -> str:
        """One line a fault; empty when all is well."""
        return self._faults.text

    def statuses(self, now: float) -> tuple[SourceStatus, ...]:
        """How the sources stand at `now`."""
        return tuple(source.status(now) for source in self.sources)

    def latencies(self) -> Latencies:
        """Of the newest predictions, for the report."""
        return self._inference.latencies.all()

    def snapshot(
        self, *, eeg_since: int | None = None, eeg_seconds: float = 10.0
    ) -> EngineSnapshot:
        """All that there is to show, from any thread. Costs a copy of the newest `eeg_seconds`
        of the device's EEG, or of less: where `eeg_since` is given, from that sample on."""
        now = self.clock.now()
        seen = self._camera.latest if self._camera else None
        answer = self._inference.latest
        return EngineSnapshot(
            state=self._state(),
            fault=self.fault,
            eeg_info=self._eeg.info,
            sources=self.statuses(now),
            eeg=self._traces.view(eeg_since, eeg_seconds),
            frame=seen[0] if seen else None,
            face=seen[1].chosen if seen else None,
            faces=seen[1].faces if seen else (),
            face_state=seen[1].state if seen else FaceState.NOBODY,
            faces_sought=self._camera.seeks_faces if self._camera else True,
            face_pinned=self._camera.tracker.pinned if self._camera else False,
            bag=answer[0].faces if answer else (),
            prediction=answer[1] if answer else None,
            explanation=self._inference.explanation,
            model=replace(self._inference.model, loading=self._switch.loading),
            trail=self._inference.trail,
            counters=counters(
                self._eeg,
                self._camera,
                self._inference,
                frames_dropped=self._frame_source.dropped if self._frame_source else 0,
                eeg_overwritten=self._ring.overwritten,
            ),
            quality=self.quality,
            signal=signal_state(self._eeg),
            ica=self._ica.status if self._ica is not None else FitStatus(),
        )

    @property
    def _workers(self) -> tuple[Worker, ...]:
        return (self._inference, *self.sources) if self._predicts else self.sources

    @property
    def sources(self) -> tuple[SourceWorker[Any, Any], ...]:
        return (self._eeg, self._camera) if self._camera else (self._eeg,)

    def _feed(self, wanted: Preprocessing) -> None:
        """Feed a model that was trained with `wanted`; the first one is what this run was made
        for. Raises ModelError, ConfigError."""
        if self._inference.awaits_model:
            return
        same = ("window", "montage", "faces")
        if any(getattr(wanted, part) != getattr(self._fed, part) for part in same):
            raise ModelError(
                "It takes other windows, channels or faces than this run makes.",
                "Stop, and connect again with that model.",
            )
        if wanted.filters != self.filters:
            self.change_filters(wanted.filters)

    def _begin(self, origin: float) -> None:
        self._grid.start(WindowPlanner(self._window, origin))

    def _frame_came(self) -> None:
        """On the camera's thread. While no EEG comes the camera clocks the windows."""
        until = self.clock.now() - IDLE_S
        heard = self._eeg.meter.last_time
        if heard is not None and heard < until:
            self._writer.idle(until)
        self._inference.wake()

    def _camera_is_alive(self) -> bool:
        if self._camera is None:
            return False
        return self._camera.status(self.clock.now()).state is SourceState.LIVE

    def _join(self, workers: tuple[Worker, ...]) -> None:
        deadline = self.clock.now() + JOIN_S
        for worker in workers:
            worker.stop()
        for worker in workers:
            if not worker.join(max(0.0, deadline - self.clock.now())):
                self._faults.set(worker.name, f"The {worker.name} thread does not stop.")

    def _state(self) -> EngineState:
        if self._phase is not EngineState.LIVE:
            return self._phase
        if self._faults.text:
            return EngineState.FAULT
        states = {source.state for source in self.sources}
        return EngineState.CONNECTING if SourceState.CONNECTING in states else EngineState.LIVE

    def _settings_changed(self) -> None:
        settings = self._writer.settings
        self._eeg.tell(EventKind.SETTINGS, parts=settings.described)
        if self._eeg.sink is not None:
            self._eeg.sink.write_settings(settings, self.clock.now())
