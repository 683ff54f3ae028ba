"""What the tests of cameras share: pictures that say which one they are, and readers."""

from __future__ import annotations

import numpy as np

from milmer_live.acquisition.camera.source import CameraSource
from milmer_live.clock import now
from milmer_live.errors import SourceLost
from milmer_live.samples import FrameSample, UInt8

SIZE = (160, 120)


def bar(index: int) -> UInt8:
    """A blue RGB frame whose bright bar says which one it is."""
    image = np.full((SIZE[1], SIZE[0], 3), (20, 60, 120), dtype=np.uint8)
    at = 4 * (index % 40)
    image[:, at : at + 4] = (250, 180, 40)
    return image


def bar_of(frame: FrameSample) -> int:
    return int(np.argmax(frame.image[:, :, 0].mean(axis=0)) // 4)


def watch(source: CameraSource, count: int) -> list[FrameSample]:
    frames = [source.read(2.0) for _ in range(count)]
    return [frame for frame in frames if frame is not None]


def until_lost(source: CameraSource, limit_s: float = 10.0) -> SourceLost:
    end = now() + limit_s
    while now() < end:
        try:
            source.read(0.1)
        except SourceLost as error:
            return error
    raise AssertionError("it was never lost")
