"""What the writer of a session knows of the streams that it writes: stamps, gaps, totals."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from milmer_live.processing.timing.gaps import (
    GAP_S,
    GapFinder,
    tolerance_s,
)
from milmer_live.samples import EEGChunk, Float64
from milmer_live.storage.session.streams import (
    FRAMES,
    Gap,
    SeenFrame,
    Why,
)
from milmer_live.storage.xdf.deduced_stamps import StampDeducer

# Without a frame for so long, or three times what is usual, a camera was away; the screen says so
# after the same time.
FRAMES_AWAY_S = 0.8
USUAL_FRAMES = 25


@dataclass(slots=True)
class SourceFacts:
    """What of one source is in the file, through all of its streams. Times are seconds on the
    recorder's clock."""

    streams: list[str] = field(default_factory=list)
    gaps: int = 0
    gap_samples: int = 0
    gap_s: float = 0.0
    skipped: int = 0  # frames, each time too few for a gap
    deduced: int = 0
    pictures: int | None = None  # of frames, kept in the video; None: none were to be
    first: float | None = None
    last: float | None = None

    def begin(self, stream: str) -> None:
        if stream not in self.streams:
            self.streams.append(stream)

    def passed(self, first: float, last: float) -> None:
        """Samples from `first` to `last` are in the file."""
        self.first = first if self.first is None else self.first
        self.last = last

    def add_gap(self, gap: Gap) -> None:
        """A gap that is marked. A frame or two that a camera leaves out are marked as well, but
        are no gap."""
        if gap.stream == FRAMES and gap.why == "source" and missing_s(gap) <= GAP_S:
            self.skipped += gap.lost
            return
        self.gaps += 1
        self.gap_samples += gap.lost
        self.gap_s += max(0.0, gap.stop - gap.start)


def missing_s(gap: Gap) -> float:
    """Of frames that are missing between two others: how long one would have waited for them."""
    between = gap.stop - gap.start
    return between - between / (gap.lost + 1)


class SignalStream:
    """Where a stream with a fixed rate is, and what is missing of it.

    `before`: when the newest sample of its source was, where that goes on in another stream of
    the file because it describes itself otherwise now.
    """

    def __init__(
        self,
        name: str,
        number: int,
        rate: float,
        facts: SourceFacts,
        before: float | None = None,
    ) -> None:
        self.name = name
        self.number = number
        self._step_s = 1 / rate if rate > 0 else 0.0
        self._tolerance_s = tolerance_s(rate) if rate > 0 else 0.0
        self._finder = GapFinder(rate) if rate > 0 else None
        self.facts = facts
        self._next_index: int | None = None
        self._passed = 0
        self._offset_s = 0.0
        self._gave_first = False  # of the facts
        self._stamps = StampDeducer(self._step_s)
        if self._finder is not None and before is not None:
            self._finder.skip_to(before + self._step_s)

    @property
    def last(self) -> float | None:
        """When the newest sample was, as far as its stamp is to be believed."""
        return self._finder.last if self._finder is not None else self.facts.last

    def stamps_of(self, chunk: EEGChunk, came: float) -> Float64:
        """(n_samples,) as sent. One that is not a finite number is deduced from its neighbours,
        or from when the chunk `came`, and counted."""
        sent = chunk.stamps if chunk.stamps is not None else chunk.times - chunk.clock_offset
        before = self._stamps.deduced
        stamps = self._stamps.stamps(sent, came - chunk.clock_offset)
        self.facts.deduced += self._stamps.deduced - before
        return stamps

    def gaps_in(self, chunk: EEGChunk, why: Why, came: float) -> list[Gap]:
        """The gaps that are known once `chunk` has come, at `came`: by the source's count with
        `why` as their reason; where that goes on, or starts again, by the stamps."""
        found = [gap] if (gap := self._counted_gap(chunk, why, came)) is not None else []
        finder = self._finder
        if finder is not None:
            self._follow_offset(finder, chunk)
            missing = finder.add(chunk.times).gaps
            found += [self._gap(one.missing, one.before, one.after, "source") for one in missing]
        self._next_index = chunk.first_index + len(chunk)
        return found

    def passed(self, chunk: EEGChunk, stamps: Float64) -> None:
        """The samples of `chunk` are in the file, with `stamps`."""
        self._passed += len(chunk)
        self._gave_first |= self.facts.first is None
        last = self.last
        if self._finder is None or self._stamps.are_by_arrival:
            times = stamps + chunk.clock_offset
            self.facts.passed(float(times[0]), float(times[-1]))
        elif last is not None:
            first = last - (self._passed - 1) * self._step_s  # of use with the first alone
            self.facts.passed(first, last)

    def _counted_gap(self, chunk: EEGChunk, why: Why, came: float) -> Gap | None:
        missed = 0 if self._next_index is None else chunk.first_index - self._next_index
        if missed <= 0:
            return None
        stop, last = float(chunk.times[0]), self.last
        if not np.isfinite(stop):
            stop = came if last is None else last + (missed + 1) * self._step_s
        start = stop - missed * self._step_s if last is None else last + self._step_s
        if self._finder is not None:
            self._finder.skip_to(stop)
        return self._gap(missed, start, stop, why)

    def _follow_offset(self, finder: GapFinder, chunk: EEGChunk) -> None:
        """The sender's clock is known better now: where its own stamps go on nothing is
        missing, however far the times on our clock have moved."""
        moved, self._offset_s = chunk.clock_offset - self._offset_s, chunk.clock_offset
        if not moved or finder.last is None:
            return
        off = float(chunk.times[0]) - finder.last - self._step_s
        if abs(off) > self._tolerance_s >= abs(off - moved):
            finder.shift(moved)
            if self.facts.first is not None and self._gave_first:
                self.facts.first += moved  # it came before the clock was compared

    def _gap(self, lost: int, start: float, stop: float, why: Why) -> Gap:
        return Gap(stream=self.name, lost=lost, start=start, stop=stop, why=why)


class FrameGaps:
    """Frames that the camera skipped, that did not come for a while, or whose picture was not kept.

    A camera that is opened again, or whose connection stood still, counts on as if nothing was
    missing: then the time between two frames tells.
    """

    def __init__(self) -> None:
        self.open_gap: Gap | None = None
        self._last: SeenFrame | None = None
        self._steps_s: deque[float] = deque(maxlen=USUAL_FRAMES)

    def gap_before(self, frame: SeenFrame) -> Gap | None:
        """What is missing between the last picture and this one."""
        gap, self.open_gap, last = self.open_gap, None, self._last
        self._last = frame
        if gap is not None or last is None:
            return gap
        lost = max(frame.index - last.index - 1, self._not_come(frame.time - last.time))
        return _frame_gap(lost, last.time, frame.time, "source") if lost > 0 else None

    def _not_come(self, step_s: float) -> int:
        """How many frames would have come in a step that is no usual one; 0 in one that is."""
        usual_s = median(self._steps_s) if self._steps_s else 0.0
        if usual_s and step_s > max(FRAMES_AWAY_S, 3 * usual_s):
            return max(1, round(step_s / usual_s) - 1)
        if step_s > 0:
            self._steps_s.append(step_s)
        return 0

    def lost(self, frame: SeenFrame) -> None:
        """There was no room for the picture of `frame`."""
        gap = self.open_gap
        lost, start = (gap.lost, gap.start) if gap else (0, frame.time)
        self.open_gap = _frame_gap(lost + 1, start, frame.time, "overflow")
        self._last = frame


def _frame_gap(lost: int, start: float, stop: float, why: Why) -> Gap:
    return Gap(stream=FRAMES, lost=lost, start=start, stop=stop, why=why)
