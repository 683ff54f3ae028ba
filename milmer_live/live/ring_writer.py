"""From a source's chunks to the ring: the model's channels, its rate, and every sample at the
place of its time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from milmer_live.config import Preprocessing
from milmer_live.live.buffers import EEGRing
from milmer_live.processing.montage import ChannelMap
from milmer_live.processing.pipeline import EEGPipeline
from milmer_live.processing.stamps import Run, RunCutter, SampleClock
from milmer_live.samples import EEGChunk, EEGInfo, Float64


class RingWriter:
    """Ring index n is the sample of `origin + n / sample_rate`, across gaps and reconnections.

    What is missing, or not a finite number, reads as NaN, and the filter starts anew behind
    it. `begin` is told the origin with the first sample, and again whenever the stream's own
    clock has drifted from it.
    """

    def __init__(
        self, settings: Preprocessing, ring: EEGRing, begin: Callable[[float], None]
    ) -> None:
        self.gaps = 0
        self.unusable = 0
        self._settings = settings
        self._ring = ring
        self._begin = begin
        self._told: float | None = None
        self._clock: SampleClock | None = None
        self._stream: tuple[EEGPipeline, RunCutter] | None = None
        self._is_placed = False

    def connect(self, info: EEGInfo) -> ChannelMap:
        """Chunks of another stream will come, or of the same one after a break. Raises
        SourceFormat or ConfigError where it cannot be used."""
        pipeline = EEGPipeline(info, self._settings)
        self._stream = (pipeline, RunCutter(info.sample_rate))
        return pipeline.channel_map

    def write(self, chunk: EEGChunk, arrival: float, *, after_gap: bool = False) -> None:
        """At least one sample, which came at `arrival`; `after_gap`: not directly after the
        one before it, though its stamp may be near."""
        assert self._stream is not None
        pipeline, cutter = self._stream
        if after_gap:
            cutter.restart()
        if self._clock is None:
            rate = self._settings.window.sample_rate
            self._clock = SampleClock(rate, float(chunk.times[0]))
        usable = np.asarray(np.isfinite(pipeline.select(chunk.data)).all(axis=1))
        for run in cutter.cut(chunk.times, usable):
            if run.usable:
                self._append(self._clock, pipeline, chunk, run, arrival)
            else:
                self._leave_out(self._clock, chunk.times[run.start : run.stop], arrival)
        if self._clock.origin != self._told:
            self._told = self._clock.origin
            self._begin(self._told)

    def _append(
        self, clock: SampleClock, pipeline: EEGPipeline, chunk: EEGChunk, run: Run, arrival: float
    ) -> None:
        if not run.follows:
            pipeline.reset()
            self._is_placed = False
        part = slice(run.start, run.stop)
        data, times = pipeline.process_chunk(chunk.data[part], chunk.times[part])
        if not len(times):
            return
        if not self._is_placed:
            self._place(clock, float(times[0]), arrival)
        self._ring.append(data, times, arrival)
        clock.follow(self._ring.written - 1, float(times[-1]), len(times))

    def _place(self, clock: SampleClock, time: float, arrival: float) -> None:
        """Leave free what is missing before `time`: at least one sample, so that no window
        runs over the break unnoticed."""
        written = self._ring.written
        self.gaps += written > 0
        index = clock.place(time, earliest=written + (not self._ring.ends_in_gap))
        self._leave_free(clock, index, arrival)
        self._is_placed = True

    def _leave_out(self, clock: SampleClock, times: Float64, arrival: float) -> None:
        """Samples that are no numbers still clock the windows, which faces alone may fill."""
        self.unusable += len(times)
        self._leave_free(clock, clock.index_at(float(times[-1])) + 1, arrival)

    def _leave_free(self, clock: SampleClock, index: int, arrival: float) -> None:
        missing = index - self._ring.written
        if missing > 0:
            step_s = 1 / clock.sample_rate
            self._ring.skip(missing, clock.time_of(index), step_s, arrival)
