"""Streams that are recorded beside the one that the model sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import isfinite
from typing import Any

from milmer_live.acquisition.registry import eeg_source, marker_source
from milmer_live.acquisition.source import EEGSource, MarkerSource, beside_of, lost_of
from milmer_live.catalogue import EventKind
from milmer_live.clock import Clock
from milmer_live.errors import MilmerError, SourceAway
from milmer_live.live.signal.recent_signals import RecentSignals
from milmer_live.live.sink import RecordingSink
from milmer_live.live.sources.distinct_names import sources_apart
from milmer_live.live.sources.signal_judge import SignalJudge
from milmer_live.live.sources.source_worker import Source, SourceWorker
from milmer_live.live.state import EngineSnapshot, SourceState, SourceStatus
from milmer_live.live.workers import Faults
from milmer_live.messages import Value
from milmer_live.samples import EEGChunk, EEGInfo, Marker
from milmer_live.storage.session.balance import StreamKind
from milmer_live.storage.session.streams import Gap

# Between two reads of markers that come thick and fast: hundreds a read cost a tenth of what they
# cost one by one, and a marker's time is its stamp.
GATHER_S = 0.01
MANY = 256  # in one read: more wait, and are read at once


class SideStream(SourceWorker[EEGInfo, EEGChunk]):
    """A stream of signals, of any unit, that goes to the recorder and the screen as it is."""

    kind: StreamKind = "signal"

    def __init__(
        self, name: str, source: Source[Any, Any], clock: Clock, faults: Faults, *, asked: str = ""
    ) -> None:
        super().__init__(name, source, clock, faults, asked=asked or name)
        self.info: EEGInfo | None = None
        self.recent = RecentSignals()
        self._judge: SignalJudge | None = None
        self._check = self._guarded(f"check of {name}")
        self._display = self._guarded(f"display of {name}", self.recent.restart)

    def _status(self, now: float) -> SourceStatus:
        status = super()._status(now)
        found = self._judge.problems if self._judge is not None else ()
        problems = (*status.problems, *found)
        note = " ".join(text for _, text in problems)
        return replace(status, note=note, problems=problems)

    def _opened(self, opened: EEGInfo) -> None:
        self._judge = SignalJudge(opened, self.info)
        self.info = opened
        self.label = opened.name
        self.nominal_rate = opened.sample_rate
        self._display(lambda: self.recent.connect(opened))

    def _keep(self, sink: RecordingSink, sample: EEGChunk) -> None:
        assert self.info is not None
        sink.write_eeg(self.info, sample)

    def _take(self, sample: EEGChunk, arrival: float) -> None:
        self.meter.add(len(sample), arrival, float(sample.times[-1]))
        self._check(lambda: self._look(sample))
        self._display(lambda: self.recent.add(sample, arrival))

    def _look(self, sample: EEGChunk) -> None:
        assert self._judge is not None
        self._judge.add(sample)
        where = f"{self.name} signal"
        if problems := self._judge.problems:
            said = " ".join(text for _, text in problems)
            self.faults.set(where, f"The signal '{self.shown}': {said}")
        else:
            self.faults.clear(where)


class DeviceSignal(SideStream):
    """A signal that a device sends beside its EEG. Whether the device is there is said of its EEG;
    what the device never sends, such as a PPG that is switched off, is no fault."""

    def __init__(
        self, source: EEGSource, name: str, part_of: str, clock: Clock, faults: Faults
    ) -> None:
        """`part_of`: what the device was asked for by."""
        super().__init__(name, source, clock, faults, asked=f"{part_of} {name}".strip())
        self._part_of = part_of or name

    def _status(self, now: float) -> SourceStatus:
        return replace(super()._status(now), part_of=self._part_of)

    def tell(self, kind: EventKind, /, **values: Value) -> None:
        """Its comings and goings are those of its device."""

    def _listen(self, now: float) -> None:
        if self.meter.total and self.nominal_rate:
            super()._listen(now)

    def _fail(self, error: MilmerError) -> None:
        if not isinstance(error, SourceAway):
            super()._fail(error)
            return
        self._release()
        if self.state is SourceState.LIVE:
            self.state, self._failed_at = SourceState.LOST, self.clock.now()
        self.faults.clear(self.name)
        self.tried.set()


class MarkerStream(SideStream):
    """A stream of markers that goes to the recorder under its own name. That none comes for a
    while is no fault: that is how markers are. What turns out to be a signal is one."""

    kind: StreamKind = "markers"

    def __init__(
        self, name: str, source: MarkerSource, clock: Clock, faults: Faults, *, asked: str = ""
    ) -> None:
        super().__init__(name, source, clock, faults, asked=asked)
        self._hearing: list[Callable[[Marker], None]] = []
        self._lost = 0  # of what the source says, marked so far
        self._last_time: float | None = None

    def hear_markers(self, listener: Callable[[Marker], None]) -> None:
        """Tell `listener` of each marker, recorded or not, on this stream's thread."""
        self._hearing.append(listener)

    def step(self) -> float:
        """Reads are `GATHER_S` apart, unless more wait than one takes."""
        before = self.meter.total
        wait_s = super().step()
        if self._is_signal:
            return wait_s
        return GATHER_S if 0 < self.meter.total - before < MANY else wait_s

    def _status(self, now: float) -> SourceStatus:
        """Before the first marker that is noted: it may be right, or the sender is silent. As
        markers are rare it is lost when its connection is, not since its last marker."""
        status = super()._status(now)
        if self._is_signal:
            return status
        status = replace(status, state=self.state, lost_at=self._failed_at)
        silent = self.state is SourceState.LIVE and not self.meter.total
        return replace(status, note="No marker has come yet.") if silent else status

    @property
    def _is_signal(self) -> bool:
        return self.kind == "signal"

    def _listen(self, now: float) -> None:
        if self._is_signal:
            super()._listen(now)

    def _opened(self, opened: EEGInfo | str) -> None:
        if isinstance(opened, EEGInfo):
            self.kind = "signal"
            super()._opened(opened)
        else:
            self.kind, self.label = "markers", opened

    def _keep(self, sink: RecordingSink, sample: EEGChunk | tuple[Marker, ...]) -> None:
        if isinstance(sample, EEGChunk):
            super()._keep(sink, sample)
        else:
            sink.write_markers(sample, self.label)
            self._mark_lost(sink, sample)

    def _mark_lost(self, sink: RecordingSink, sample: tuple[Marker, ...]) -> None:
        """Markers that found the source's buffer full: nothing else shows that they are missing."""
        before, self._lost = self._lost, lost_of(self._source)
        times = [marker.time for marker in sample if isfinite(marker.time)] or [self.clock.now()]
        start, self._last_time = self._last_time or times[0], times[-1]
        if (lost := self._lost - before) > 0:
            span = {"start": min(start, times[-1]), "stop": times[-1]}
            sink.write_gap(Gap(stream=self.label, lost=lost, why="overflow", **span))

    def _take(self, sample: EEGChunk | tuple[Marker, ...], arrival: float) -> None:
        if isinstance(sample, EEGChunk):
            super()._take(sample, arrival)
            return
        self.meter.add(len(sample), arrival)
        for marker in sample if self._hearing else ():
            for listener in self._hearing:
                self._notify(partial(listener, marker))


def side_streams(
    eeg: Sequence[str], markers: Sequence[str], clock: Clock, faults: Faults
) -> list[SourceWorker[Any, Any]]:
    """Of the streams that `eeg` and `markers` name, and of what the devices among them send as
    well; not started yet. Raises ConfigError."""
    sources = [(spec, eeg_source(spec, clock, as_sent=True)) for spec in eeg]
    sides: list[SourceWorker[Any, Any]] = [
        *(SideStream(spec, source, clock, faults) for spec, source in sources),
        *(one for spec, source in sources for one in device_signals(source, spec, clock, faults)),
        *(MarkerStream(spec, marker_source(spec), clock, faults) for spec in markers),
    ]
    for one in sides:
        one.beside = tuple(other for other in sides if other is not one)
    return sides


def device_signals(
    source: object, asked: str, clock: Clock, faults: Faults
) -> list[SourceWorker[Any, Any]]:
    """What the device of `source` sends beside its EEG, not started yet. `asked` is what it was
    asked for by."""
    return [DeviceSignal(one, one.name, asked, clock, faults) for one in beside_of(source)]


def with_sides(snapshot: EngineSnapshot, sides: Sequence[SourceWorker[Any, Any]]) -> EngineSnapshot:
    """`snapshot` with the state of the streams beside the engine, and what is wrong there."""
    now = sides[0].clock.now()
    states = sources_apart((*snapshot.sources, *(side.status(now) for side in sides)))
    texts = (snapshot.fault, *dict.fromkeys(side.faults.text for side in sides))
    fault = "\n".join(text for text in texts if text)
    return replace(snapshot, sources=states, fault=fault)
