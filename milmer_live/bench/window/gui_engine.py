"""What the window is measured on: an amplifier by formula in a real engine, or, as fast as it can
be painted, an engine by formula that has something new for every panel as often as a real run."""

from __future__ import annotations

import math
import threading

import numpy as np

from milmer_live.clock import Clock
from milmer_live.live.state import (
    Counters,
    EEGView,
    EngineSnapshot,
    EngineState,
    SourceState,
    SourceStatus,
)
from milmer_live.samples import (
    CROP_SIZE,
    MODEL_CHANNELS,
    EEGChunk,
    EEGInfo,
    Explanation,
    FaceBox,
    FaceCrop,
    Float32,
    FrameSample,
    Prediction,
    frozen,
)

CHUNK_S = 0.01
LOOP_S = 16  # after which the signal repeats
HOP_S, TRAIL = 0.5, 60
FRAME_RATE = 25.0
FRAME_SIZE = (640, 480)
BAG = 10


class WideSource:
    """An amplifier of `n_channels` at `rate` Hz, the model's channels first, as the clock goes."""

    def __init__(self, clock: Clock, n_channels: int, rate: float) -> None:
        others = (f"E{number + 1}" for number in range(n_channels))
        names = (*MODEL_CHANNELS, *others)[:n_channels]
        self.info = EEGInfo("Bench", "bench", names, rate)
        self._clock = clock
        self._signal = _signal(n_channels, rate)
        self._closed = threading.Event()
        self._begin = 0.0
        self._given = 0

    def open(self) -> EEGInfo:
        self._begin, self._given = self._clock.now(), 0
        return self.info

    def read(self, timeout_s: float) -> EEGChunk | None:
        self._clock.wait(min(CHUNK_S, timeout_s), self._closed)
        rate, first = self.info.sample_rate, self._given
        self._given = int((self._clock.now() - self._begin) * rate)
        places = np.arange(first, self._given)
        if not len(places):
            return None
        data = self._signal[places % len(self._signal)]
        return EEGChunk(frozen(data), frozen(self._begin + places / rate), first)

    def close(self) -> None:
        self._closed.set()


class FormulaEngine:
    """EEG of the model's channels at 128 Hz, camera, bag, predictions and explanations, all by
    formula, as the clock goes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begin = clock.now()
        self._info = EEGInfo("Bench", "bench", MODEL_CHANNELS, 128.0)
        self._signal = _signal(len(MODEL_CHANNELS), self._info.sample_rate)
        self._trail: tuple[Prediction, ...] = ()
        self._frame: FrameSample | None = None
        self._faces: tuple[FaceCrop, ...] = ()
        self._explanation: Explanation | None = None

    def start(self) -> None:
        self._begin = self._clock.now()

    def stop(self) -> None:
        """It has no threads."""

    def snapshot(
        self, *, eeg_since: int | None = None, eeg_seconds: float = 10.0
    ) -> EngineSnapshot:
        elapsed = self._clock.now() - self._begin
        view = self._view(elapsed, eeg_since, eeg_seconds)
        self._advance(elapsed)
        return EngineSnapshot(
            EngineState.LIVE,
            eeg_info=self._info,
            sources=(SourceStatus("Bench", "EEG", SourceState.LIVE, self._info.sample_rate),),
            eeg=view,
            frame=self._frame,
            face=FaceBox(220, 120, 200, 240, 0.9),
            bag=self._faces,
            prediction=self._trail[-1] if self._trail else None,
            explanation=self._explanation,
            trail=self._trail,
            counters=Counters(predictions=int(elapsed / HOP_S)),
        )

    def _view(self, elapsed: float, since: int | None, seconds: float) -> EEGView:
        rate = self._info.sample_rate
        stop = int(elapsed * rate)
        first = max(0, stop - int(seconds * rate), since or 0)
        places = np.arange(first, max(first, stop))
        data = self._signal[places % len(self._signal)]
        times = self._begin + places / rate
        return EEGView(first, frozen(times), frozen(data), self._info.channel_names, rate)

    def _advance(self, elapsed: float) -> None:
        """Frames and predictions up to now."""
        index = int(elapsed * FRAME_RATE)
        if self._frame is None or self._frame.index != index:
            width, height = FRAME_SIZE
            image = np.full((height, width, 3), 60 + index % 100, dtype=np.uint8)
            self._frame = FrameSample(frozen(image), self._begin + elapsed, index)
        newest = int(elapsed / HOP_S)
        first = self._trail[-1].window_index + 1 if self._trail else 0
        made = tuple(_prediction(n, self._begin + n * HOP_S) for n in range(first, newest + 1))
        self._trail = (*self._trail, *made)[-TRAIL:]
        if made:
            self._faces = tuple(_face(newest + place) for place in range(BAG))
            moved = np.sin(np.arange(len(self._info.channel_names), dtype=np.float32) + newest)
            self._explanation = Explanation(newest, 0.6, 0.3, frozen(moved))


def _signal(n_channels: int, rate: float) -> Float32:
    """(n_samples, n_channels) µV: noise with alpha."""
    rng = np.random.default_rng(1)
    times = np.arange(round(LOOP_S * rate)) / rate
    alpha = 15 * np.sin(2 * np.pi * 10 * times)[:, np.newaxis]
    noise = rng.normal(0, 10, (len(times), n_channels))
    return frozen((noise + alpha).astype(np.float32))


def _face(number: int) -> FaceCrop:
    image = np.full((CROP_SIZE, CROP_SIZE, 3), 60 + number % 100, dtype=np.uint8)
    return FaceCrop(frozen(image), FaceBox(220, 120, 200, 240, 0.9), float(number), number)


def _prediction(index: int, time: float) -> Prediction:
    angle = 0.1 * index
    shares = np.exp(2 * np.cos(angle + np.arange(4) * math.pi / 2)).astype(np.float32)
    weights = (0.5, 0.3, 0.2)
    return Prediction(index, time, frozen(shares / shares.sum()), (1, 4, 7), weights, 0.02)
