"""What the engine shows of itself: frozen, so that any thread may keep it.

The screen, the headless report and the recorder ask `Engine.snapshot()` for these; nothing
here is written to once it is made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

import numpy as np

from milmer_live.config import FilterSettings
from milmer_live.processing.eeg.quality import ChannelQuality
from milmer_live.samples import (
    CameraInfo,
    EEGInfo,
    Explanation,
    FaceBox,
    FaceCrop,
    FaceState,
    Float32,
    Float64,
    FrameSample,
    Prediction,
)
from milmer_live.storage.session.balance import StreamKind

if TYPE_CHECKING:  # scipy is 0.9 s, which the window's first paint need not wait for
    from milmer_live.processing.eeg.artifacts import Artifacts

TRAIL = 60  # predictions that a snapshot remembers: half a minute at a hop of 0.5 s


class EngineState(Enum):
    """IDLE before start; CONNECTING until every source has answered; LIVE; FAULT while
    something named in `EngineSnapshot.fault` does not work (the rest goes on); STOPPED."""

    IDLE = "idle"
    CONNECTING = "connecting"
    LIVE = "live"
    FAULT = "fault"
    STOPPED = "stopped"


class SourceState(StrEnum):
    """SILENT: connected, but nothing has come for a second. STALLED: it comes, but nothing in it
    is new, as of a camera that is frozen or black. LOST: gone, and looked for again. ENDED: a
    recording that was played is over, which is no fault."""

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "silent"
    STALLED = "stalled"
    LOST = "lost"
    ENDED = "ended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source. Rates in Hz (0: not known); `age_s` is None until its first sample. `note`
    says what the user should know of it, such as channels that are made up for. `received`
    counts its samples, frames or markers since the run began.

    `spec` is what was asked for, without passwords. `connected_at` is None until the source was
    connected for the first time, `lost_at` while it flows; both on the run's clock. `reconnections`
    and `away_s`, how long it was lost before them in all, are those since its recording began, or
    the run. `problems`
    are what is wrong with it now and belongs into a session's balance, as (what it is about, a
    sentence): a wrong rate, a frozen picture. `error` is why it is not connected, `ended` that
    nothing more comes and why that is in order. `skipped` and
    `unknown` are a model's: windows without an answer, and answers without a quadrant, since its
    predictions are recorded. `apart` tells it from another of the same name, such as a source_id.
    `part_of` is the spec of the device that has this signal beside its EEG: it is there when that
    is, and nobody need ask for it.
    `pictures` says of a camera how they are made.
    """

    name: str
    kind: StreamKind
    state: SourceState
    nominal_rate: float = 0.0
    measured_rate: float = 0.0
    age_s: float | None = None
    note: str = ""
    received: int = 0
    spec: str = ""
    connected_at: float | None = None
    lost_at: float | None = None
    reconnections: int = 0
    away_s: float = 0.0
    problems: tuple[tuple[str, str], ...] = ()
    error: str = ""
    ended: str = ""
    skipped: int = 0
    unknown: int = 0
    apart: str = ""
    part_of: str = ""
    pictures: CameraInfo | None = None

    @property
    def called(self) -> str:
        """Its own name, or what was asked for as long as it never was there."""
        is_known = self.connected_at is not None or bool(self.part_of)
        return self.name if is_known else self.spec or self.name

    @property
    def title(self) -> str:
        """As it is shown among the others of the run."""
        return f"{self.called} ({self.apart})" if self.apart else self.called

    @property
    def is_flowing(self) -> bool:
        """Whether it gives what it is for; markers are rare, so there a connection is enough."""
        is_live = self.state is SourceState.LIVE
        return is_live and (self.kind == "markers" or self.received > 0)


def endings_of(sources: Iterable[SourceStatus]) -> tuple[str, ...]:
    """Which recordings that were played are over, in sentences."""
    return tuple(dict.fromkeys(source.ended for source in sources if source.ended))


def missing_of(
    sources: Iterable[SourceStatus], required: Collection[str] | None = None
) -> tuple[str, ...]:
    """Names of the sources that do not flow. `required` has their specs; None: all that were asked
    for."""
    asked = (one for one in sources if not one.part_of)
    wanted = (one for one in asked if required is None or one.spec in required)
    return tuple(one.title for one in wanted if not one.is_flowing)


@dataclass(frozen=True, slots=True)
class EEGView:
    """The newest filtered samples: `data` (n_samples, n_channels) float32 µV of the channels
    `channel_names`, NaN where samples are missing; `times` (n_samples,) on the LSL clock;
    `first_index` counts from the stream's first sample; `sample_rate` in Hz is that of `data`."""

    first_index: int
    times: Float64
    data: Float32
    channel_names: tuple[str, ...]
    sample_rate: float


class FitPhase(StrEnum):
    """IDLE: never asked for. READY: `artifacts` proposes what to remove. FAILED: `problem`
    says why."""

    IDLE = "idle"
    COLLECTING = "collecting"
    FITTING = "fitting"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class FitStatus:
    """A fit of independent components on a baseline.

    `collected_s` of `wanted_s` seconds without gaps are there; `progress` from 0 to 1 is of
    the fit, which begins when they are."""

    phase: FitPhase = FitPhase.IDLE
    collected_s: float = 0.0
    wanted_s: float = 0.0
    progress: float = 0.0
    artifacts: Artifacts | None = None
    problem: str = ""

    @property
    def running(self) -> bool:
        return self.phase in (FitPhase.COLLECTING, FitPhase.FITTING)


@dataclass(frozen=True, slots=True)
class SignalState:
    """How the device's samples become the model's.

    `channels` says in a sentence which of the model's channels were found, `interpolated` are
    those that are made up for, and where `usable` is False there were too few, or the device is
    not to be used at all (`unusable` says why): the model runs without EEG. The delays are
    seconds: `filter_delay_s` the filter's at 10 Hz, which the stamps do not know of;
    `resampling_delay_s` is how far the samples are behind the device, and the stamps are free of
    it. `impedances_ohm` is by electrode, of those that the board measures now.
    """

    filters: FilterSettings
    bad: tuple[str, ...] = ()
    artifacts: Artifacts | None = None
    channels: str = ""
    interpolated: tuple[str, ...] = ()
    usable: bool = False
    unusable: str = ""
    filter_delay_s: float = 0.0
    resampling_delay_s: float = 0.0
    battery_percent: float | None = None
    impedances_ohm: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals since the start of the engine; the last three are the newest values in seconds."""

    samples_received: int = 0
    samples_unusable: int = 0  # not a finite number in a channel that is read, or once filtered
    samples_late: int = 0  # at the model's rate, after windows had gone on without them
    samples_lost: int = 0  # by the sender's own count
    stamps_jumped: int = 0  # and came back
    stamps_backwards: int = 0
    eeg_gaps: int = 0
    eeg_overwritten: int = 0  # samples a reader came too late for
    frames_received: int = 0
    frames_dropped: int = 0  # by the source, because they were not taken in time
    faces_found: int = 0
    faces_missed: int = 0  # frames without a face
    faces_lost: int = 0  # times that it went away
    faces_several: int = 0  # frames with more than one
    detection_s: float = 0.0  # to find the faces of a frame, smoothed
    frame_interval_s: float = 0.0  # between two frames, smoothed
    reconnections: int = 0  # of all sources
    windows_planned: int = 0
    windows_skipped: int = 0  # a newer one was there already
    predictions: int = 0
    model_faults: int = 0
    inference_s: float = 0.0  # the model's time for the newest window
    latency_s: float = 0.0  # newest window: arrival of its last sample -> probabilities
    window_to_prediction_s: float = 0.0  # newest window: its stop -> probabilities


@dataclass(frozen=True, slots=True)
class Latencies:
    """Of the newest predictions, (n,) seconds each: from the arrival of the window's last
    sample, and from the window's stop (transport and the sender's chunks included)."""

    from_arrival_s: Float64
    from_stop_s: Float64

    @staticmethod
    def percentile(latencies_s: Float64, percent: float) -> float:
        """0 where there are none yet."""
        return float(np.percentile(latencies_s, percent)) if len(latencies_s) else 0.0


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """The model that answers: what it is called, what computes it and why that; the name of one
    that is `loading` meanwhile. `smoothing_s` is the time constant of the smoothing; `caution` must
    be said wherever it answers about a real person."""

    name: str = ""
    description: str = ""
    reason: str = ""
    loading: str = ""
    smoothing_s: float = 0.0
    caution: str = ""


@dataclass(frozen=True, slots=True)
class EngineSnapshot:
    """All of the engine at one moment. `bag` are the faces of the newest prediction's window,
    one a slot; `face` is the participant's box in `frame`, `faces` are all that were found there,
    `face_state` says whether the participant's is waited for, or must be said, and `face_pinned`
    that the user has chosen it; `trail` has the newest prediction last.
    `quality` is that of the device's channels over the last second, empty while not known.
    `signal` is None before a device of EEG was there; `ica` is the newest fit."""

    state: EngineState
    fault: str = ""
    eeg_info: EEGInfo | None = None
    sources: tuple[SourceStatus, ...] = ()
    eeg: EEGView | None = None
    frame: FrameSample | None = None
    face: FaceBox | None = None
    faces: tuple[FaceBox, ...] = ()
    face_state: FaceState = FaceState.NOBODY
    faces_sought: bool = True  # False while the detector is loaded, and where it cannot be
    face_pinned: bool = False
    bag: tuple[FaceCrop | None, ...] = ()
    prediction: Prediction | None = None
    explanation: Explanation | None = None
    trail: tuple[Prediction, ...] = ()
    counters: Counters = Counters()
    quality: tuple[ChannelQuality, ...] = ()
    signal: SignalState | None = None
    ica: FitStatus = FitStatus()
    model: ModelStatus = ModelStatus()
