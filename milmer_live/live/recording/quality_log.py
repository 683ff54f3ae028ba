"""What is known of each channel goes into the recording, each time that it is known anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from milmer_live.clock import Clock
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.workers import Faults, Worker
from milmer_live.processing.eeg.quality import (
    ChannelQuality,
    QualityLevel,
)
from milmer_live.storage.session.streams import QUALITY

LOOK_S = 0.1  # quality changes once a second
LEVELS = {QualityLevel.GOOD: 0.0, QualityLevel.FAIR: 1.0, QualityLevel.BAD: 2.0}


class QualityLog(Worker):
    """Writes a row of `MilmerLive-Quality` for each new verdict on the channels.

    A device with other channels begins a stream of its own, with a number in its name.
    """

    def __init__(
        self,
        quality: Callable[[], tuple[ChannelQuality, ...]],
        recorder: Recorder,
        clock: Clock,
        faults: Faults,
    ) -> None:
        super().__init__("quality", clock, faults)
        self._quality = quality
        self._recorder = recorder
        self._last: tuple[ChannelQuality, ...] = ()
        self._streams: dict[tuple[str, ...], str] = {}

    def step(self) -> float:
        verdicts = self._quality()
        if verdicts and verdicts is not self._last:
            self._last = verdicts
            values = quality_values(verdicts)
            self._recorder.write_values(self._stream(tuple(values)), self.clock.now(), values)
        return LOOK_S

    def _stream(self, labels: tuple[str, ...]) -> str:
        number = len(self._streams) + 1
        return self._streams.setdefault(labels, QUALITY if number == 1 else f"{QUALITY} {number}")


def quality_values(verdicts: Sequence[ChannelQuality]) -> dict[str, float]:
    """By "CHANNEL level" (0 good, 1 fair, 2 bad) and "CHANNEL figure", for each figure."""
    values: dict[str, float] = {}
    for verdict in verdicts:
        values[f"{verdict.name} level"] = LEVELS[verdict.level]
        for figure, value in asdict(verdict.figures).items():
            values[f"{verdict.name} {figure}"] = float(value)
    return values
