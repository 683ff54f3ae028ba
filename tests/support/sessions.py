"""Sessions for tests: amplifiers, cameras and recorders that run as fast as they are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.clock import FakeClock
from milmer_live.config import RecordingSettings
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.workers import Faults
from milmer_live.samples import EEGChunk, EEGInfo, FaceBox, Float32, FrameSample, Prediction, UInt8
from milmer_live.storage.session.card import Plan

START = 1000.0
FACE = FaceBox(40.0, 20.0, 60.0, 70.0, 0.9, number=7)


@dataclass
class Amplifier:
    """Counts in channel 0, so that a test sees any sample that is missing."""

    info: EEGInfo
    start: float = START
    offset_s: float = 0.0
    sent: int = 0
    chunks: list[EEGChunk] = field(default_factory=list)

    def chunk(self, n_samples: int) -> EEGChunk:
        """The next samples, on the clock's grid since `start`."""
        numbers = self.sent + np.arange(n_samples)
        data = np.zeros((n_samples, self.info.n_channels), dtype=np.float32)
        data[:, 0] = numbers
        data[:, 1:] = np.random.default_rng(self.sent).normal(0, 20, data[:, 1:].shape)
        times = self.start + numbers / self.info.sample_rate
        chunk = EEGChunk(data, times, self.sent, self.offset_s)
        self.sent += n_samples
        self.chunks.append(chunk)
        return chunk

    @property
    def data(self) -> Float32:
        return np.concatenate([chunk.data for chunk in self.chunks])


def amplifier(name: str = "Amp", n_channels: int = 4, rate: float = 250.0) -> Amplifier:
    labels = tuple(f"E{number}" for number in range(n_channels))
    return Amplifier(EEGInfo(name, f"id-{name}", labels, rate))


def picture(index: int, size: tuple[int, int] = (160, 120)) -> UInt8:
    """A frame whose bright bar says which one it is."""
    image = np.full((size[1], size[0], 3), (20, 60, 120), dtype=np.uint8)
    place = 4 * (index % 40)
    image[:, place : place + 4] = (250, 180, 40)
    image.flags.writeable = False
    return image


def frame(index: int, rate: float = 25.0, start: float = START) -> FrameSample:
    return FrameSample(picture(index), start + index / rate, index)


def shoot(recorder: Recorder, frame: FrameSample, face: FaceBox | None) -> None:
    """Record a frame and the face in it, as a camera does."""
    recorder.write_frame(frame)
    recorder.write_face(frame, face)


def prediction(window: int) -> Prediction:
    probabilities = np.array([0.5, 0.25, 0.125, 0.125], dtype=np.float32)
    return Prediction(window, START + 3.0 + window / 2, probabilities, (1, 4, 9), (0.5, 0.3, 0.2))


def plan(participant: str = "01", **recording: Any) -> Plan:
    settings = RecordingSettings(reserve_mb=1, **recording)
    return Plan(participant=participant, recording=settings)


def filmed(video: str = "full", codec: str = "ffv1") -> Plan:
    return plan(video=video, video_consent=True, codec=codec)


def recorder(root: Path, of: Plan | None = None, **options: Any) -> Recorder:
    return Recorder(root, of or plan(), FakeClock(START), Faults(), **options)


def run(one: Recorder, seconds: float) -> None:
    """Step until nothing is left and `seconds` have passed."""
    clock = one.clock
    assert isinstance(clock, FakeClock)
    end = clock.now() + seconds
    while clock.now() < end:
        clock.advance(one.step())


def xdf_of(one: Recorder) -> Path:
    return one.status.folder / "session.xdf"
