"""An engine made of formulas: what the window is developed and tested with.

EEG with a 1/f background and alpha, a drawn face that moves, a bag, predictions that wander
through the quadrants. Everything follows from the clock and a seed.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import cv2
import numpy as np

from milmer_live.clock import Clock
from milmer_live.config import FilterSettings
from milmer_live.errors import ConfigError
from milmer_live.events import Event
from milmer_live.live.state import (
    Counters,
    EEGView,
    EngineSnapshot,
    EngineState,
    SourceState,
    SourceStatus,
)
from milmer_live.samples import (
    MODEL_CHANNELS,
    EEGInfo,
    FaceBox,
    FaceCrop,
    Float32,
    FrameSample,
    Prediction,
    UInt8,
    frozen,
)

HOP_S, WINDOW_S, BAG = 0.5, 3.0, 10
LOOP_S = 64  # the signal repeats
FRAME_RATE = 25.0


@cache
def background(n_channels: int, rate: float, seed: int) -> Float32:
    """(n_samples, n_channels) µV: 1/f noise, alpha that waxes and wanes, some blinks in front."""
    rng = np.random.default_rng(seed)
    n = int(LOOP_S * rate)
    frequencies = np.fft.rfftfreq(n, 1 / rate)
    weight = np.where((frequencies > 1) & (frequencies < 50), 1 / np.maximum(frequencies, 1), 0)
    spectrum = rng.normal(size=(n_channels, len(frequencies), 2)) @ np.array([1, 1j])
    noise = np.fft.irfft(spectrum * weight, n)
    noise *= 9.0 / noise.std(axis=1, keepdims=True)
    times = np.arange(n) / rate
    places = np.linspace(0, 1, n_channels)[:, np.newaxis]
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * times / 7.3 + 3 * places)
    alpha = 11 * places * swell * np.sin(2 * np.pi * 10.2 * times + 2 * places)
    eeg = (noise + alpha).T
    for at in rng.uniform(1, LOOP_S - 1, LOOP_S // 5):
        blink = 70 * np.exp(-(((times - at) / 0.09) ** 2))
        eeg += blink[:, np.newaxis] * np.exp(-8 * places.T)
    return frozen(eeg.astype(np.float32))


def draw_face(valence: float, arousal: float, phase: float, size: tuple[int, int]) -> UInt8:
    """A plain drawn head, (height, width, 3) RGB."""
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = np.linspace(70, 120, height, dtype=np.uint8)[:, np.newaxis, np.newaxis]
    image[..., 2] += 18
    x, y = width // 2 + round(14 * math.sin(phase)), height // 2 + round(6 * math.cos(1.3 * phase))
    r = height // 4
    cv2.ellipse(image, (x, y + 2 * r), (int(1.5 * r), r), 0, 0, 360, (62, 84, 112), -1, cv2.LINE_AA)
    cv2.ellipse(
        image, (x, y - r // 6), (r, int(1.28 * r)), 0, 0, 360, (58, 42, 32), -1, cv2.LINE_AA
    )
    cv2.ellipse(
        image, (x, y), (int(0.86 * r), int(1.15 * r)), 0, 0, 360, (222, 178, 150), -1, cv2.LINE_AA
    )
    for side in (-1, 1):
        eye = (x + side * r // 3, y - r // 6)
        cv2.ellipse(image, eye, (r // 6, r // 11), 0, 0, 360, (250, 250, 250), -1, cv2.LINE_AA)
        cv2.circle(image, eye, r // 13, (60, 74, 50), -1, cv2.LINE_AA)
        brow = (eye[0], eye[1] - r // 5)
        cv2.ellipse(
            image,
            brow,
            (r // 5, r // 16),
            side * 8 * -valence,
            180,
            360,
            (58, 42, 32),
            4,
            cv2.LINE_AA,
        )
    opening = max(2, int(r * 0.06 + r * 0.12 * max(0.0, arousal)))
    bend = int(r * 0.22 * valence)
    corners = np.array(
        [
            [x - r // 3, y + r // 2 - bend],
            [x, y + r // 2 + bend // 2],
            [x + r // 3, y + r // 2 - bend],
        ]
    )
    cv2.polylines(image, [corners], False, (150, 62, 66), opening, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.8), dtype=np.uint8)


class FakeEngine:
    """Follows `clock`. `with_camera`, `with_eeg`, `with_face` take a modality away."""

    def __init__(
        self,
        clock: Clock,
        *,
        channel_names: tuple[str, ...] = MODEL_CHANNELS,
        rate: float = 128.0,
        before_s: float = 0.0,
        seed: int = 3,
    ) -> None:
        self.info = EEGInfo("Demo participant", "fake", channel_names, rate)
        self.with_eeg = self.with_camera = self.with_face = True
        self.changes: dict[str, object] = {}  # fields of the snapshot to replace
        self.filters = FilterSettings()
        self.bad: tuple[str, ...] = ()
        self.face_point: tuple[float, float] | None = None
        self.listeners: list[Callable[[Event], None]] = []
        self.started = threading.Event()
        self.stopped = threading.Event()
        self.snapshots = 0
        self._clock = clock
        self._begin = clock.now() - before_s
        self.eeg = background(len(channel_names), rate, seed)
        self._frames: list[FrameSample] = []
        self._crops: dict[int, FaceCrop] = {}
        self._trail: list[Prediction] = []

    def change_filters(self, filters: FilterSettings) -> None:
        if filters.high_hz >= self.info.sample_rate / 2:
            raise ConfigError("A filter at that frequency needs a faster stream.", "Lower it.")
        self.filters = filters

    def mark_bad(self, names: Sequence[str]) -> None:
        self.bad = tuple(names)

    def choose_face(self, point: tuple[float, float] | None) -> None:
        self.face_point = point

    def hear_events(self, listener: Callable[[Event], None]) -> None:
        self.listeners.append(listener)

    def start(self) -> None:
        self.started.set()

    def stop(self) -> None:
        self.stopped.set()

    def snapshot(
        self, *, eeg_since: int | None = None, eeg_seconds: float = 10.0
    ) -> EngineSnapshot:
        self.snapshots += 1
        elapsed = self._clock.now() - self._begin
        self._predict(elapsed)
        frame = self._frame(elapsed) if self.with_camera else None
        prediction = self._trail[-1] if self._trail else None
        made = EngineSnapshot(
            EngineState.LIVE,
            eeg_info=self.info if self.with_eeg else None,
            sources=self._sources(elapsed),
            eeg=self._view(elapsed, eeg_since, eeg_seconds) if self.with_eeg else None,
            frame=frame,
            face=self._box(frame) if frame is not None and self.with_face else None,
            bag=self._bag(elapsed) if prediction is not None else (),
            prediction=prediction,
            trail=tuple(self._trail[-60:]),
            counters=self._counters(elapsed),
        )
        return replace(made, **self.changes)  # type: ignore[arg-type]

    def mood(self, elapsed: float) -> tuple[float, float]:
        """Valence and arousal, each from -1 to 1."""
        valence = math.sin(elapsed / 5.1) + 0.25 * math.sin(elapsed * 1.9)
        arousal = math.cos(elapsed / 7.7) + 0.25 * math.cos(elapsed * 1.5)
        return max(-1.0, min(1.0, 0.8 * valence)), max(-1.0, min(1.0, 0.8 * arousal))

    def _view(self, elapsed: float, since: int | None, seconds: float) -> EEGView:
        rate = self.info.sample_rate
        stop = int(elapsed * rate)
        start = max(0, stop - int(seconds * rate), since or 0)
        indices = np.arange(start, stop)
        data = self.eeg[indices % len(self.eeg)]
        times = self._begin + indices / rate
        return EEGView(start, frozen(times), frozen(data), self.info.channel_names, rate)

    def _frame(self, elapsed: float) -> FrameSample:
        index = int(elapsed * FRAME_RATE)
        if not self._frames or self._frames[-1].index != index:
            valence, arousal = self.mood(elapsed)
            image = draw_face(valence, arousal, elapsed, (640, 480))
            self._frames = [FrameSample(frozen(image), self._begin + elapsed, index)]
        return self._frames[-1]

    def _box(self, frame: FrameSample) -> FaceBox:
        phase = frame.time - self._begin
        x, y = 320 + 14 * math.sin(phase), 240 + 6 * math.cos(1.3 * phase)
        return FaceBox(x - 105, y - 100, 210, 240, 0.87 + 0.05 * math.sin(phase))

    def _bag(self, elapsed: float) -> tuple[FaceCrop | None, ...]:
        if not (self.with_camera and self.with_face):
            return (None,) * BAG
        last = int(elapsed / HOP_S) * HOP_S
        slots = [int((last - WINDOW_S) / 0.3) + n for n in range(BAG)]
        return tuple(self._crop(slot) for slot in slots)

    def _crop(self, slot: int) -> FaceCrop | None:
        if slot % 13 == 6:
            return None
        if slot not in self._crops:
            valence, arousal = self.mood(slot * 0.3)
            image = draw_face(valence, arousal, slot * 0.3, (224, 224))[20:204, 20:204]
            box = FaceBox(0, 0, 184, 184, 0.9)
            crop = FaceCrop(frozen(cv2.resize(image, (224, 224))), box, slot * 0.3, slot)
            self._crops = {k: v for k, v in self._crops.items() if k > slot - 40} | {slot: crop}
        return self._crops[slot]

    def _predict(self, elapsed: float) -> None:
        newest = int((elapsed - WINDOW_S) / HOP_S) if elapsed >= WINDOW_S else -1
        first = self._trail[-1].window_index + 1 if self._trail else max(0, newest - 59)
        for index in range(first, newest + 1):
            self._trail.append(self._prediction(index))

    def _prediction(self, index: int) -> Prediction:
        stop = index * HOP_S + WINDOW_S
        valence, arousal = self.mood(stop)
        pv, pa = (1 + 0.92 * valence) / 2, (1 + 0.92 * arousal) / 2
        shares = np.array([pv * pa, pv * (1 - pa), (1 - pv) * (1 - pa), (1 - pv) * pa], np.float32)
        faces = self.with_camera and self.with_face
        found = [place for place, face in enumerate(self._bag(stop)) if face is not None]
        chosen = (
            tuple(sorted({found[(2 * index + step) % len(found)] for step in (0, 3, 6)}))
            if found
            else ()
        )
        return Prediction(
            index,
            self._begin + stop,
            frozen(shares),
            selected=chosen if faces else (),
            weights=(0.51, 0.3, 0.19) if faces else (),
            latency_s=0.021,
            eeg_used=self.with_eeg,
            faces_used=faces,
        )

    def _sources(self, elapsed: float) -> tuple[SourceStatus, ...]:
        eeg = SourceState.LIVE if self.with_eeg else SourceState.LOST
        camera = SourceState.LIVE if self.with_camera else SourceState.LOST
        rate, begin = self.info.sample_rate, self._begin
        return (
            SourceStatus(
                self.info.name,
                "EEG",
                eeg,
                rate,
                128.02,
                0.01,
                received=int(elapsed * rate),
                spec="lsl:fake",
                connected_at=begin,
            ),
            SourceStatus(
                "s01_trial07.avi",
                "camera",
                camera,
                FRAME_RATE,
                24.98,
                0.02,
                received=int(elapsed * FRAME_RATE),
                spec="camera:s01_trial07.avi",
                connected_at=begin,
            ),
        )

    def _counters(self, elapsed: float) -> Counters:
        return Counters(
            samples_received=int(elapsed * self.info.sample_rate),
            frames_received=int(elapsed * FRAME_RATE),
            predictions=len(self._trail),
            windows_planned=len(self._trail),
            inference_s=0.021,
        )
