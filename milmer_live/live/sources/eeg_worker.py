"""The thread of the amplifier: to the recorder first, then check, quality, ring and screen."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from milmer_live.acquisition.source import EEGSource
from milmer_live.catalogue import Code, EventKind
from milmer_live.clock import Clock
from milmer_live.errors import MilmerError
from milmer_live.live.signal.model_feed import RingWriter
from milmer_live.live.signal.recent_signals import RecentSignals
from milmer_live.live.sink import RecordingSink
from milmer_live.live.sources.signal_judge import (
    Problem,
    SignalJudge,
)
from milmer_live.live.sources.source_worker import SourceWorker
from milmer_live.live.sources.stream_check import StreamCheck
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.live.workers import Faults
from milmer_live.messages import Message
from milmer_live.processing import lazy_scipy
from milmer_live.processing.eeg.quality import ChannelQuality
from milmer_live.processing.timing.integrity import Segment
from milmer_live.processing.timing.unstated_rate import UnstatedRate
from milmer_live.samples import BoardStatus, EEGChunk, EEGInfo

HELD_S = 30.0  # of samples that wait for the model's feed, which takes a second or two

_SAYS_NOTHING = BoardStatus()
log = logging.getLogger(__name__)


class EEGWorker(SourceWorker[EEGInfo, EEGChunk]):
    """Read, give to the recorder as it is, check, write to the ring. `arrived` is called when
    there is more in the ring.

    What feeds the model and the screen (montage, filters and their imports) is made `beside`, on a
    thread of its own, while samples go to the recorder already; they wait for it.

    A stream that the model cannot use (an unknown unit, too low a rate) is recorded all the
    same; windows then go on without EEG, and a fault says why. Where the run has no model, nothing
    is said of one.
    """

    kind = "EEG"

    def __init__(
        self,
        source: EEGSource,
        writer: RingWriter,
        clock: Clock,
        faults: Faults,
        *,
        arrived: Callable[[], None],
        asked: str = "",
        has_model: bool = True,
        beside: Executor | None = None,
    ) -> None:
        super().__init__("EEG", source, clock, faults, asked=asked)
        self._beside = beside or ThreadPoolExecutor(1, thread_name_prefix="signals")
        self._feeding: Future[str] | None = None  # while the feed is being made
        self._held: deque[tuple[tuple[Segment, ...], float]] = deque()
        self._has_model = has_model
        self.info: EEGInfo | None = None
        self._fed: EEGInfo | None = None  # the same, with the rate that it is found to have
        self._unstated: UnstatedRate | None = None  # while that is measured
        self.writer = writer
        self.check: StreamCheck | None = None
        self._shift_s = 0.0  # what the sender's stamps lack, when that was told last
        self.unusable = ""  # why the model cannot have this stream
        self.recent = RecentSignals(without_eeg=True)
        self._judge: SignalJudge | None = None
        self._arrived = self._guarded("model queue")
        self._more = arrived
        self._check = self._guarded("stream check", self._restart_check)
        self._quality = self._guarded("signal quality", self._restart_quality)
        self._display = self._guarded("signal display", writer.restart_display)
        self._feed = self._guarded("signal filter", self._restart_feed)
        self._others = self._guarded("display of other signals", self.recent.restart)

    @property
    def quality(self) -> tuple[ChannelQuality, ...]:
        """Of the device's channels; empty while nothing comes."""
        live = self.state is SourceState.LIVE and not self._is_silent
        return self.newest_quality if live else ()

    @property
    def newest_quality(self) -> tuple[ChannelQuality, ...]:
        """The same of what came last, also while nothing comes: of windows that are predicted
        late, such as those of a link that stood still."""
        return self.check.quality if self.check is not None else ()

    @property
    def health(self) -> BoardStatus:
        """Battery and impedances, of a board that tells them."""
        return getattr(self._source, "status", _SAYS_NOTHING)

    def _status(self, now: float) -> SourceStatus:
        problems = self.check.report.problems if self.check is not None else ()
        notes = filter(None, (self.unusable or self.note, *problems))
        status = super()._status(now)
        found = (*status.problems, *self._problems())
        return replace(status, note="; ".join(notes), problems=found)

    def _problems(self) -> tuple[Problem, ...]:
        """What belongs into the balance."""
        found = self._judge.problems if self._judge is not None else ()
        if self.check is not None and self.check.scale:
            found = (*found, ("scale", f"{self.check.scale}."))
        report = self.check.report if self.check is not None else None
        if report is not None and report.rate_off and "rate" not in dict(found):
            return (*found, ("rate", f"It {report.problems[0]}."))
        return found

    def show_channels(self) -> None:
        """How the device's channels give the model's has changed."""
        channels, info = self.writer.channel_map, self.info
        assert channels is not None
        assert info is not None
        self.note = channels.describe(has_model=self._has_model) if channels.missing else ""
        if info.unplaced and not channels.usable:
            without = " The model runs without EEG." if self._has_model else ""
            self.note = f"{info.unplaced}{without}"
        if channels.usable or not self._has_model:
            self.faults.clear("channels")
        else:
            self.faults.set("channels", self.note)

    def step(self) -> float:
        wait_s = super().step()
        self._feed(self._look_at_feed)
        self._check(self._show_faults)
        return wait_s

    def _show_faults(self) -> None:
        fault = self.check.fault(self.clock.now()) if self.check is not None else ""
        has_rate = bool(fault) and self.check is not None and self.check.report.rate_off
        told = (
            text
            for what, text in self._problems()
            if what != "scale" and not (has_rate and what == "rate")
        )
        said = "; ".join(told)
        judged = f"The EEG stream '{self.label}': {said}" if said else ""
        rate = self.writer.rate_problem or judged
        for where, text in (("stream", fault), ("rate", rate)):
            if text:
                self.faults.set(where, text)
            else:
                self.faults.clear(where)

    def _connect(self) -> None:
        if self.info is None:  # it takes a second or two, as opening a stream does
            threading.Thread(target=lazy_scipy.load, name="imports", daemon=True).start()
        super()._connect()

    def close(self) -> None:
        super().close()
        self._beside.shutdown(wait=False, cancel_futures=True)

    def _opened(self, opened: EEGInfo) -> None:
        same = self.check is not None and opened == self.info
        self._judge = SignalJudge(opened, self.info)
        self.info, self._unstated = opened, None
        self.label = opened.name
        self.nominal_rate = opened.sample_rate
        self._held.clear()
        self._others(lambda: self.recent.connect(opened))
        self._feeding, self.unusable = None, opened.unusable
        if opened.unusable and opened.unplaced:
            self.unusable = f"{opened.unplaced} {opened.unusable}"
        if self.unusable:
            self.check = None
            self._give_up_feed()
            return
        if same and self.check is not None:
            self.check.restart()
            self._make_feed()
        elif opened.sample_rate > 0:
            self._begin_feed(opened)
        else:
            self.check, self._fed, self._unstated = None, None, UnstatedRate()
            self._say_unstated()

    def _begin_feed(self, fed: EEGInfo) -> None:
        self._fed, self.unusable = fed, ""
        self._restart_check()
        self._make_feed()

    def _make_feed(self) -> None:
        assert self._fed is not None
        self._feeding = self._beside.submit(self._connected, self._fed)

    def _say_unstated(self) -> None:
        """The model has to wait until the rate is known."""
        assert self._unstated is not None
        said = f"'{self.label}' states no sampling rate: it is measured over 5 s."
        if self._unstated.problem:
            said = f"'{self.label}' states no sampling rate, and {self._unstated.problem}."
        if said != self.unusable:
            self.unusable = said
            self._give_up_feed()

    def _measure(self, sample: EEGChunk) -> None:
        if self._unstated is None or self.info is None:
            return
        rate = self._unstated.add(sample.times)
        if rate is None:
            self._say_unstated()
            return
        self._unstated = None
        self.tell(EventKind.RATE_MEASURED, rate=rate)
        self._begin_feed(replace(self.info, sample_rate=rate))

    def _look_at_feed(self) -> None:
        """Once it is made, it has what has come meanwhile."""
        if self._feeding is None or not self._feeding.done():
            return
        self.unusable, self._feeding = self._feeding.result(), None
        if self.unusable:
            self._give_up_feed()
        else:
            self.show_channels()
        while self._held:
            self._use(*self._held.popleft())
            self._arrived(self._more)

    def _give_up_feed(self) -> None:
        self.writer.disconnect()
        then = Message(Code.ONLY_RECORDED_NO_MODEL if self._has_model else Code.ONLY_RECORDED)
        self.faults.set("channels", Message(Code.THEN, why=self.unusable, then=then))

    def _connected(self, opened: EEGInfo) -> str:
        """Why the model's feed cannot take the stream; empty where it can."""
        try:
            self.writer.connect(opened)
        except MilmerError as error:
            return error.said
        except Exception as error:  # a description that nobody foresaw is still recorded
            log.exception("The EEG stream '%s' cannot be prepared for the model", opened.name)
            return f"'{opened.name}' cannot be read ({type(error).__name__}: {error})."
        return ""

    def _keep(self, sink: RecordingSink, sample: EEGChunk) -> None:
        assert self.info is not None
        shift_s = self._check(self._look_at_clock)
        self._shift_s = self._shift_s if shift_s is None else shift_s
        sink.write_eeg(self.info, _on_our_clock(sample, self._shift_s))

    def _look_at_clock(self) -> float:
        """What the sender's stamps lack, as far as the check knows."""
        return self.check.clock_shift_s if self.check is not None else 0.0

    def _take(self, sample: EEGChunk, arrival: float) -> None:
        self.meter.add(len(sample), arrival, float(sample.times[-1]))
        self._check(lambda: self._judged(sample))
        self._check(lambda: self._measure(sample))
        self._others(lambda: self.recent.add(sample, arrival))
        segments = self._check(lambda: self._checked(sample, arrival)) or ()
        if self._feeding is None:
            self._use(segments, arrival)
        else:
            self._hold(segments, arrival)
        self._arrived(self._more)

    def _hold(self, segments: tuple[Segment, ...], arrival: float) -> None:
        self._held.append((segments, arrival))
        while arrival - self._held[0][1] > HELD_S:
            self._held.popleft()

    def _use(self, segments: tuple[Segment, ...], arrival: float) -> None:
        if self.unusable:
            self._feed(lambda: self.writer.go_without(arrival))
            return
        self._quality(lambda: self._rate(segments))
        for segment in segments:
            self._display(partial(self.writer.show, segment, arrival))
            self._feed(partial(self.writer.write, segment, arrival))

    def _judged(self, sample: EEGChunk) -> None:
        assert self._judge is not None
        self._judge.add(sample)

    def _checked(self, sample: EEGChunk, arrival: float) -> tuple[Segment, ...]:
        if self.check is None:
            return ()
        steps = self.check.report.clock_steps
        segments = self.check.check(sample, arrival)
        if self.check.report.clock_steps != steps:
            self.tell(EventKind.CLOCK_SET, why=self.check.report.clock)
        return segments

    def _rate(self, segments: Sequence[Segment]) -> None:
        if self.check is not None:
            self.check.rate(segments)

    def _restart_check(self) -> None:
        if self._fed is None:  # its rate is not known yet
            self.check = None
            return
        self.check = StreamCheck(
            self._fed,
            self._fed.eeg_names,
            lambda: self.writer.reads,
            has_model=self._has_model,
        )

    def _restart_quality(self) -> None:
        if self.check is not None:
            self.check.restart_quality()

    def _restart_feed(self) -> None:
        if self._fed is not None and not self.unusable and self._feeding is None:
            self.writer.connect(self._fed)


def _on_our_clock(sent: EEGChunk, shift_s: float) -> EEGChunk:
    """`sent` with a clock offset that says what its stamps lack: they stay the sender's."""
    if not shift_s:
        return sent
    return replace(sent, times=sent.times + shift_s, clock_offset=sent.clock_offset + shift_s)
