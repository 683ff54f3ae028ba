"""An amplifier and a camera that give what they are asked for, at times of an even grid."""

from __future__ import annotations

import numpy as np

from milmer_live.samples import EEGChunk, EEGInfo, FrameSample, UInt8, frozen

PICTURES = 30  # that differ; then they begin again


class Amplifier:
    """Channel 0 counts, so that any sample that is missing shows; the others are noise."""

    def __init__(self, n_channels: int, rate: float, start: float, name: str = "Amp") -> None:
        labels = tuple(f"E{number + 1}" for number in range(n_channels))
        self.info = EEGInfo(name, f"bench-{name}", labels, rate)
        self.sent = 0
        self.start = start
        self._noise = np.random.default_rng(1).normal(0, 30, (round(rate), n_channels))

    def chunk(self, n_samples: int) -> EEGChunk:
        numbers = self.sent + np.arange(n_samples)
        data = self._noise[numbers % len(self._noise)].astype(np.float32)
        data[:, 0] = numbers
        times = self.start + numbers / self.info.sample_rate
        chunk = EEGChunk(frozen(data), frozen(times), self.sent)
        self.sent += n_samples
        return chunk


class Camera:
    """A grey room with a light patch that moves, and a little noise, as sensors have it."""

    def __init__(self, size: tuple[int, int], rate: float, start: float) -> None:
        self.sent = 0
        self._rate = rate
        self.start = start
        self._pictures = [_picture(size, number) for number in range(PICTURES)]

    def frame(self) -> FrameSample:
        image = self._pictures[self.sent % PICTURES]
        frame = FrameSample(image, self.start + self.sent / self._rate, self.sent)
        self.sent += 1
        return frame


def _picture(size: tuple[int, int], number: int) -> UInt8:
    width, height = size
    rng = np.random.default_rng(number)
    rows = np.linspace(60, 140, height)[:, np.newaxis, np.newaxis]
    image = np.broadcast_to(rows, (height, width, 3)) + rng.normal(0, 3, (height, width, 1))
    left = number * (width // 2) // PICTURES
    image = image.copy()
    image[height // 4 : height // 2, left : left + width // 4] += 60
    return frozen(np.clip(image, 0, 255).astype(np.uint8))
