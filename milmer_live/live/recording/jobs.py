"""What waits for the disk: samples, markers, frames, and how each is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite
from typing import TypeAlias

from milmer_live.live.recording.ledger import Account
from milmer_live.processing.faces.measures import (
    UNMEASURED,
    FaceMeasures,
)
from milmer_live.samples import FaceBox, FrameSample, UInt8
from milmer_live.storage.session.streams import (
    Gap,
    SeenFrame,
)
from milmer_live.storage.session.writer import (
    NOBODY,
    SessionWriter,
)

FACE_S = 1.0  # for which a frame waits for the face that is looked for in it

Write: TypeAlias = Callable[[SessionWriter, float], None]


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """What may wait for the disk: of each source a minute of 128 channels at 2 kHz or 100,000
    markers; 6 s of 720p frames."""

    samples_bytes: int = 64 << 20
    frames_bytes: int = 512 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """`count` samples of `stream`, how they are written, and on whose account."""

    stream: str
    count: int
    write: Write
    account: Account | None = None


@dataclass(slots=True)
class FrameJob:
    """A frame on its way to the disk. The camera's thread settles it, once; the recorder's takes
    it when that is done, or `FACE_S` after `came`."""

    frame: FrameSample
    came: float
    account: Account | None = None
    is_lost: bool = False  # there was no room for its picture
    face: FaceBox | None = None
    measures: FaceMeasures = UNMEASURED
    picture: UInt8 | None = None
    is_settled: bool = False

    def is_ready(self, now: float) -> bool:
        return self.is_settled or now - self.came > FACE_S

    def write(self, writer: SessionWriter, now: float) -> None:
        height, width = self.frame.image.shape[:2]
        frame, size = self.frame, (width, height)
        seen = SeenFrame(frame.time, frame.index, size, self.face, self.measures)
        source = number_of(self.account)
        if self.is_lost:
            writer.write_lost_frame(seen, now, source)
        else:
            writer.write_frame(seen, self.picture, now, source)


def number_of(account: Account | None) -> int:
    """That of the source, for the writer of the session."""
    return NOBODY if account is None else account.number


def gap_job(gap: Gap, account: Account | None) -> Job:
    """Marks a gap: nothing more came that would show it."""
    source = number_of(account)
    return Job(gap.stream, 0, lambda writer, now: writer.write_gap(gap, now, source))


def widened(gap: Gap | None, stream: str, count: int, start: float, stop: float) -> Gap:
    """What is missing of a stream for want of room, with `count` more samples."""
    lost, start = (gap.lost, gap.start) if gap else (0, start)
    return Gap(stream=stream, lost=lost + count, start=start, stop=max(start, stop), why="overflow")


def span_of(times: Iterable[float], now: float) -> tuple[float, float]:
    """From the first to the last of the times that are known; `now` where none is."""
    known = [time for time in times if isfinite(time)] or [now]
    return known[0], known[-1]
