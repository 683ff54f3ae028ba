"""Parts that the tests of the live side share: small recordings, scripted sources, a model that
remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np

from milmer_live.acquisition.source import EEGSource
from milmer_live.clock import now
from milmer_live.config import MontageSettings, Preprocessing, WindowSettings
from milmer_live.samples import (
    MODEL_CHANNELS,
    EEGChunk,
    EEGInfo,
    Explanation,
    FaceBox,
    FaceCrop,
    Float64,
    FrameSample,
    Label,
    Prediction,
    Recording,
    Window,
    frozen,
)

RATE = 128.0
INFO = EEGInfo("amplifier", "id-1", MODEL_CHANNELS, RATE)

# Short windows, so that seconds of a real stream give tens of them.
QUICK = Preprocessing(
    window=WindowSettings(length_s=0.5, hop_s=0.125, bag_size=5),
    montage=MontageSettings(min_coverage=0.5),  # eight channels will do
)


class ArrayFrames:
    """Small frames: frame n has the value n + 1, and a corner that is not of that colour."""

    def __init__(self, times: Float64) -> None:
        self._times = times

    @property
    def times(self) -> Float64:
        return self._times

    def __len__(self) -> int:
        return len(self._times)

    def frames(self, start: int = 0) -> Iterator[FrameSample]:
        for index in range(start, len(self._times)):
            yield frame(float(self._times[index]), index)


def frame(time: float, index: int = 0) -> FrameSample:
    image = np.full((8, 8, 3), (index + 1) % 256, dtype=np.uint8)
    image[-1, -1] += 128  # a picture of one colour is none
    return FrameSample(frozen(image), time, index)


def face(time: float, index: int = 0) -> FaceCrop:
    return FaceCrop(frame(time, index).image, FaceBox(0, 0, 8, 8, 0.9), time, index)


def whole_frame(_frame: FrameSample) -> FaceBox:
    """A detector that takes the whole picture for a face."""
    return FaceBox(0, 0, 8, 8, 0.9)


def recording(
    seconds: float, *, name: str = "s01/trial01", fps: float = 25.0, baseline_s: float = 0.0
) -> Recording:
    """Noise in µV, with frames and a label from `baseline_s` to the end."""
    n_samples = round(seconds * RATE)
    seed = sum(name.encode())
    eeg = np.random.default_rng(seed).normal(0, 20, (n_samples, 32)).astype(np.float32)
    frame_times = baseline_s + np.arange(int((seconds - baseline_s) * fps)) / fps
    return Recording(
        info=INFO,
        eeg=frozen(eeg),
        times=np.arange(n_samples) / RATE,
        participant="s01",
        name=name,
        frames=ArrayFrames(frame_times),
        labels=(Label(baseline_s, seconds, valence=7.5, arousal=2.5, trial=name),),
    )


def chunk(first: int, count: int, *, start_time: float = 100.0, value: float = 1.0) -> EEGChunk:
    """Samples of one value, on time: sample n at start_time + n / RATE."""
    data = np.full((count, 32), value, dtype=np.float32)
    times = start_time + np.arange(first, first + count) / RATE
    return EEGChunk(frozen(data), frozen(times), first)


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Let the threads work until `condition` holds."""
    pause, end = threading.Event(), now() + seconds
    while not condition():
        assert now() < end, "it did not come to pass"
        pause.wait(0.005)


def read_all(source: EEGSource, count: int) -> list[EEGChunk]:
    """Chunks until `count` samples have come, or nothing has for a second."""
    chunks: list[EEGChunk] = []
    while sum(map(len, chunks)) < count and (chunk := source.read(1.0)) is not None:
        chunks.append(chunk)
    return chunks


def read_until_lost(source: EEGSource, seconds: float = 30.0) -> list[EEGChunk]:
    """All that still comes. Raises SourceLost, as it must within `seconds`."""
    chunks: list[EEGChunk] = []
    end = now() + seconds
    while now() < end:
        chunk = source.read(0.1)
        chunks += [] if chunk is None else [chunk]
    return chunks


def idle(timeout_s: float) -> None:
    """Nothing comes just now. Other threads go on: one that asks again at once holds them up."""
    threading.Event().wait(min(timeout_s, 0.002))


class ScriptedEEG:
    """Gives what it was told to, one thing a read: a chunk, None, or an error to raise."""

    def __init__(self, script: Sequence[EEGChunk | Exception | None], info: EEGInfo = INFO) -> None:
        self.script = list(script)
        self.opened = 0
        self.closed = 0
        self._info = info

    def open(self) -> EEGInfo:
        self.opened += 1
        return self._info

    def read(self, timeout_s: float) -> EEGChunk | None:
        if not self.script:
            idle(timeout_s)
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        self.closed += 1


class ScriptedFrames:
    """Gives frames, None or errors in order; then nothing."""

    dropped = 0

    def __init__(self, script: Sequence[FrameSample | Exception | None]) -> None:
        self.script = list(script)

    def open(self) -> str:
        return "scripted"

    def read(self, timeout_s: float) -> FrameSample | None:
        if not self.script:
            idle(timeout_s)
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        pass


class WatchingPredictor:
    """Keeps every face and window it is given. `on_predict` may raise, or block."""

    def __init__(self, on_predict: Callable[[Window], None] = lambda _window: None) -> None:
        self.faces: list[FaceCrop] = []
        self.windows: list[Window] = []
        self._on_predict = on_predict

    def embed(self, face: FaceCrop) -> None:
        self.faces.append(face)

    def predict(self, window: Window) -> Prediction:
        self.windows.append(window)
        self._on_predict(window)
        share = np.array([0.7, 0.1, 0.1, 0.1], dtype=np.float32)
        return Prediction(window.index, window.stop, frozen(share))

    def explain(self, window: Window, quadrant: int) -> Explanation | None:  # noqa: ARG002
        return None


class AtOnce(Executor):
    """Does what it is given before it returns: for a worker that a test takes through its steps."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done
