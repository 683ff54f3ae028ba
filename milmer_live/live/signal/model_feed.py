"""From a source's chunks to the ring: the model's channels, its rate, and every sample at the
place of its time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from milmer_live.config import FilterSettings, Preprocessing
from milmer_live.errors import SourceFormat
from milmer_live.live.signal.buffers import EEGRing
from milmer_live.live.signal.display_feed import (
    DeviceTraces,
    Shown,
)
from milmer_live.processing.channels.site_names import canonical
from milmer_live.processing.eeg.artifacts import Artifacts
from milmer_live.processing.eeg.filters import design
from milmer_live.processing.eeg.montage import (
    ChannelMap,
    channel_map,
)
from milmer_live.processing.eeg.pipeline import (
    ChannelsRead,
    EEGPipeline,
)
from milmer_live.processing.eeg.quality import (
    ChannelQuality,
    QualityLevel,
)
from milmer_live.processing.eeg.signal_settings import SignalSettings
from milmer_live.processing.timing.integrity import Segment
from milmer_live.processing.timing.sample_clock import (
    Run,
    RunCutter,
    SampleClock,
)
from milmer_live.samples import EEGChunk, EEGInfo, Float64

JITTER_S = 0.5  # by which stamps behind a stall may be early, and the clock be the same


class RingWriter:
    """Ring index n is the sample of `origin + n / sample_rate`, across gaps and reconnections.

    What is missing, or not a finite number in a channel that is read, reads as NaN, and the
    filter starts anew behind it; so it does where what it gives is not finite. `begin` is told
    the origin with the first sample, and again whenever the stream's own clock has drifted
    from it.

    All of the device's channels go to `traces` as well, to be seen.

    `change_filters`, `mark_bad` and `remove_artifacts` may be called from any thread, also
    before a stream is there; what they set outlives a reconnection.
    """

    def __init__(
        self,
        settings: Preprocessing,
        ring: EEGRing,
        begin: Callable[[float], None],
        traces: DeviceTraces | None = None,
    ) -> None:
        self.gaps = 0
        self.unusable = 0
        self.late = 0
        self.settings = SignalSettings(settings.filters)
        self.filter_delay_s = 0.0
        self.resampling_delay_s = 0.0
        self.rate_problem = ""  # why a stream of another rate than announced cannot be used
        self._preprocessing = settings
        self._ring = ring
        self._begin = begin
        self._traces = traces
        self._changing = threading.Lock()
        self._told: float | None = None
        self._clock: SampleClock | None = None
        self._stream: tuple[EEGPipeline, RunCutter] | None = None
        self._info: EEGInfo | None = None  # with the rate that samples really have
        self._is_placed = False
        self._given_up_from: int | None = None  # samples that `idle` has no longer waited for
        self._writing = threading.Lock()

    @property
    def channel_map(self) -> ChannelMap | None:
        """How the device's channels give the model's; None before a device was there."""
        stream = self._stream
        return None if stream is None else stream[0].channel_map

    def used(self, quality: Sequence[ChannelQuality]) -> tuple[ChannelQuality, ...]:
        """Of the channels that the model's EEG is made of, or would be were they not marked bad."""
        reads = self.reads
        names = reads.names if reads is not None else frozenset()
        marked = set(map(canonical, self.settings.bad))
        return tuple(one for one in quality if one.name in names or canonical(one.name) in marked)

    def living(self, quality: Sequence[ChannelQuality]) -> ChannelMap | None:
        """How the device would give the model's channels without those that are bad, by `quality`
        or by the user's word; None before a device was there."""
        info = self._info
        if info is None or self._stream is None:
            return None
        dead = [one.name for one in quality if one.level is QualityLevel.BAD]
        return channel_map(info, self._preprocessing.montage, [*dead, *self.settings.bad])

    @property
    def reads(self) -> ChannelsRead | None:
        """The device's channels that the EEG is made of; None before a device was there."""
        stream = self._stream
        return None if stream is None else stream[0].reads

    def connect(self, info: EEGInfo) -> ChannelMap:
        """Chunks of another stream will come, or of the same one after a break. Raises
        SourceFormat or ConfigError where it cannot be used."""
        with self._changing:
            wanted = self.settings
            chosen = self._preprocessing.model_copy(update={"filters": wanted.filters})
            pipeline = EEGPipeline(info, chosen)
            known = {canonical(name) for name in info.channel_names}
            bad = tuple(name for name in wanted.bad if canonical(name) in known)
            if bad:
                pipeline.interpolate_bad(bad)
            if wanted.artifacts is not None and pipeline.usable:
                pipeline.remove_artifacts(wanted.artifacts.cleaning_matrix())
            self._stream = (pipeline, RunCutter(info.sample_rate))
            self._info, self.rate_problem = info, ""
            self._note_delays(pipeline)
            if self._traces is not None:
                self._traces.connect(info, self._shown(pipeline))
            return pipeline.channel_map

    def change_filters(self, filters: FilterSettings) -> None:
        """Fades to them in 0.25 s, from the next chunk on. Raises ConfigError, SourceFormat."""
        with self._changing:
            design(filters, self._preprocessing.window.sample_rate)
            if self._stream is not None:
                self._stream[0].change_filters(filters)
                self._note_delays(self._stream[0])
            self.settings = replace(self.settings, filters=filters)
            self._change_traces()

    def mark_bad(self, names: Sequence[str]) -> None:
        """Take these channels of the device, and no others, from their neighbours. Raises
        ConfigError for one that the device has not got. May take a second the first time."""
        with self._changing:
            if self._stream is not None:
                self._stream[0].interpolate_bad(names)
            self.settings = replace(self.settings, bad=tuple(names))
            self._change_traces()

    def remove_artifacts(self, artifacts: Artifacts | None) -> None:
        """Apply its matrix, or none, from the next chunk on. Raises ConfigError."""
        with self._changing:
            matrix = None if artifacts is None else artifacts.cleaning_matrix()
            if self._stream is not None:
                self._stream[0].remove_artifacts(matrix)
            self.settings = replace(self.settings, artifacts=artifacts)
            self._change_traces()

    def _change_traces(self) -> None:
        if self._traces is not None and self._stream is not None:
            self._traces.change(self._shown(self._stream[0]))

    def _shown(self, pipeline: EEGPipeline) -> Shown:
        return Shown(pipeline.channel_map, self.settings.filters, self.settings.artifacts)

    def _note_delays(self, pipeline: EEGPipeline) -> None:
        """Once a change: a group delay takes 0.3 ms, and the screen asks 60 times a second."""
        self.filter_delay_s = pipeline.filter_delay_s
        self.resampling_delay_s = pipeline.resampling_delay_s

    def disconnect(self) -> None:
        """The stream cannot be used: `go_without` it."""
        with self._changing:
            self._stream = self._info = None
            self.rate_problem = ""
            self._is_placed = False

    def show(self, segment: Segment, arrival: float) -> None:
        """Give the screen what came at `arrival`: at least one sample."""
        with self._writing:
            self._follow_rate(segment.sample_rate)
            if self._traces is not None:
                self._traces.write(segment.chunk, arrival, after_gap=segment.after_gap)

    def restart_display(self) -> None:
        """Show the stream from the next samples on."""
        with self._changing:
            if self._traces is not None and self._info is not None and self._stream is not None:
                self._traces.restart(self._info, self._shown(self._stream[0]))

    def write(self, segment: Segment, arrival: float) -> None:
        """At least one sample, which came at `arrival`. At another rate than the stream's they
        are resampled from there, or missing where it is too low."""
        with self._writing:
            self._follow_rate(segment.sample_rate)
            self._write(segment.chunk, arrival, segment.after_gap)

    def _follow_rate(self, sample_rate: float) -> None:
        if self._info is not None and sample_rate != self._info.sample_rate:
            self._change_rate(replace(self._info, sample_rate=sample_rate))

    def _change_rate(self, info: EEGInfo) -> None:
        try:
            self.connect(info)
        except SourceFormat as error:
            self._info, self.rate_problem = info, str(error)

    def _write(self, chunk: EEGChunk, arrival: float, after_gap: bool) -> None:
        assert self._stream is not None
        pipeline, cutter = self._stream
        if after_gap:
            cutter.restart()
        if self._clock is None:
            rate = self._preprocessing.window.sample_rate
            self._clock = SampleClock(rate, float(chunk.times[0]))
        usable = pipeline.readable(chunk.data) & (not self.rate_problem)
        for run in cutter.cut(chunk.times, usable):
            if run.usable:
                self._append(self._clock, pipeline, chunk, run, arrival)
            else:
                self._leave_out(self._clock, chunk.times[run.start : run.stop], arrival)
        self._tell(self._clock.origin)

    def _tell(self, origin: float) -> None:
        if origin != self._told:
            self._told = origin
            self._begin(origin)

    def go_without(self, until: float) -> None:
        """What comes cannot be used: windows go on until `until`, of faces alone."""
        if self._clock is None:
            with self._writing:
                rate = self._preprocessing.window.sample_rate
                self._clock = SampleClock(rate, until)
                self._tell(self._clock.origin)
        self.idle(until)

    def idle(self, until: float) -> None:
        """Nothing comes: what should have come before `until` is missing, so that windows go
        on, of faces alone. What comes after all is left out, but for the part behind it."""
        with self._writing:
            if self._clock is None:
                return
            written = self._ring.written
            if self._clock.is_far(until, written):
                self._clock.place(until, earliest=written)
                self._tell(self._clock.origin)
            index = self._clock.index_at(until)
            if index <= written:
                return
            if self._traces is not None:
                self._traces.idle(until)
            if self._given_up_from is None:
                self._given_up_from = written
            self._is_placed = False
            self._leave_free(self._clock, index, until)

    def _append(
        self, clock: SampleClock, pipeline: EEGPipeline, chunk: EEGChunk, run: Run, arrival: float
    ) -> None:
        if not run.follows:
            pipeline.reset()
            self._is_placed = False
        part = slice(run.start, run.stop)
        try:
            data, times = pipeline.process_chunk(chunk.data[part], chunk.times[part])
        except FloatingPointError:  # it has started anew, with the next chunk
            self._is_placed = False
            self._leave_out(clock, chunk.times[part], arrival)
            return
        if not len(times):
            return
        if not self._is_placed:
            late = self._late(clock, times)
            if late == len(times):
                return
            data, times = data[late:], times[late:]
            self._place(clock, float(times[0]), arrival)
        self._ring.append(data, times, arrival)
        clock.follow(self._ring.written - 1, float(times[-1]), len(times))

    def _late(self, clock: SampleClock, times: Float64) -> int:
        """How many samples come when their places have been given up. Stamps from before that
        are of a clock that was set back: they are not late."""
        first, jitter = clock.index_at(float(times[0])), round(JITTER_S * clock.sample_rate)
        if self._given_up_from is None or first < self._given_up_from - jitter:
            return 0
        late = min(max(0, self._ring.written - first), len(times))
        self.late += late
        return late

    def _place(self, clock: SampleClock, time: float, arrival: float) -> None:
        """Leave free what is missing before `time`: at least one sample, so that no window
        runs over the break unnoticed."""
        written = self._ring.written
        self.gaps += written > 0
        index = clock.place(time, earliest=written + (not self._ring.ends_in_gap))
        self._leave_free(clock, index, arrival)
        self._is_placed = True
        self._given_up_from = None

    def _leave_out(self, clock: SampleClock, times: Float64, arrival: float) -> None:
        """Samples that are no numbers still clock the windows, which faces alone may fill."""
        self.unusable += len(times)
        if clock.is_far(float(times[0]), self._ring.written):
            clock.place(float(times[0]), earliest=self._ring.written)
        self._leave_free(clock, clock.index_at(float(times[-1])) + 1, arrival)

    def _leave_free(self, clock: SampleClock, index: int, arrival: float) -> None:
        missing = index - self._ring.written
        if missing > 0:
            step_s = 1 / clock.sample_rate
            self._ring.skip(missing, clock.time_of(index), step_s, arrival)
