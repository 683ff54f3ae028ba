"""Streams that are recorded beside the one that the model sees."""

from __future__ import annotations

from milmer_live.acquisition.source import EEGSource, MarkerSource
from milmer_live.clock import Clock
from milmer_live.live.workers import Faults, SourceWorker
from milmer_live.samples import EEGChunk, EEGInfo, Marker


class SideStream(SourceWorker[EEGInfo, EEGChunk]):
    """A stream of signals that goes to the recorder as it is, and nowhere else."""

    kind = "EEG"

    def __init__(self, name: str, source: EEGSource, clock: Clock, faults: Faults) -> None:
        super().__init__(name, source, clock, faults)
        self.info: EEGInfo | None = None

    def _opened(self, opened: EEGInfo) -> None:
        self.info = opened
        self.label = opened.name
        self.nominal_rate = opened.sample_rate

    def _take(self, sample: EEGChunk, arrival: float) -> None:
        assert self.info is not None
        self.meter.add(len(sample), arrival)
        if self.sink is not None:
            self.sink.write_eeg(self.info, sample)


class MarkerStream(SourceWorker[str, tuple[Marker, ...]]):
    """A stream of markers that goes to the recorder under its own name."""

    kind = "markers"

    def __init__(self, name: str, source: MarkerSource, clock: Clock, faults: Faults) -> None:
        super().__init__(name, source, clock, faults)

    def _opened(self, opened: str) -> None:
        self.label = opened

    def _take(self, sample: tuple[Marker, ...], arrival: float) -> None:
        self.meter.add(len(sample), arrival)
        if self.sink is not None:
            for marker in sample:
                self.sink.write_marker(marker, self.label)
