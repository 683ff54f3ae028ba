"""What comes to the recorder from many threads and waits for the disk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

from milmer_live.clock import Clock
from milmer_live.live.recording.byte_queue import ByteQueue
from milmer_live.live.recording.jobs import (
    Job,
    Write,
    gap_job,
    number_of,
    span_of,
    widened,
)
from milmer_live.live.recording.ledger import Account
from milmer_live.live.recording.mishaps import Mishaps
from milmer_live.samples import EEGChunk, EEGInfo
from milmer_live.storage.session.card import CARD_NAME
from milmer_live.storage.session.streams import (
    FRAMES,
    Gap,
    Why,
)
from milmer_live.storage.session.writer import SessionWriter

ROW_BYTES = 512  # what a marker or a row of numbers costs in the queue, roughly

_Key: TypeAlias = tuple[int, EEGInfo | str]  # a stream of a source


class Inbox:
    """Samples, rows and notes, in the order in which they came. Each source has room of its own.

    What finds no room is counted, said, and marked as a gap before the next of its stream.
    """

    def __init__(self, limit: int, clock: Clock, mishaps: Mishaps) -> None:
        """`limit`: bytes for each source."""
        self._jobs = ByteQueue[Job](limit)
        self._clock = clock
        self._mishaps = mishaps
        self._missing: dict[_Key, tuple[Gap, Account | None]] = {}  # that is not marked yet

    @property
    def n_bytes(self) -> int:
        return self._jobs.n_bytes

    def is_half_full(self, account: Account | None) -> bool:
        """With what waits of one source."""
        return self._jobs.is_half_full(number_of(account))

    def take(self) -> Job | None:
        """The oldest; None where nothing waits."""
        return self._jobs.take()

    def open_gaps(self) -> list[Job]:
        """Marks of what is missing at the end of streams of which no more comes."""
        return [gap_job(gap, account) for gap, account in [*self._missing.values()]]

    def put_chunk(self, info: EEGInfo, chunk: EEGChunk, account: Account | None) -> None:
        """Samples. Their count tells what is missing before them."""
        source = number_of(account)
        key = (source, info)
        why: Why = "overflow" if key in self._missing else "source"
        cost = chunk.data.nbytes + chunk.times.nbytes
        cost += 0 if chunk.raw is None else chunk.raw.nbytes
        write = partial(_write_eeg, info, chunk, why, source, self._clock.now())
        if self._jobs.put(Job(info.name, len(chunk), write, account), cost, source):
            self._missing.pop(key, None)
        else:
            self._leave_out(key, info.name, chunk.times.tolist(), account)

    def put_rows(
        self,
        write: Write,
        stream: str,
        times: Sequence[float],
        cost: int,
        account: Account | None,
    ) -> None:
        """At least one row, of a stream whose rows nobody counts."""
        source = number_of(account)
        key = (source, stream)
        gap, _ = self._missing.get(key, (None, None))
        if gap is not None:
            write = partial(_write_behind, gap_job(gap, account).write, write)
        if self._jobs.put(Job(stream, len(times), write, account), cost, source):
            self._missing.pop(key, None)
        else:
            self._leave_out(key, stream, times, account)

    def put_gap(self, gap: Gap, account: Account | None) -> None:
        """What is missing already when it comes."""
        self._jobs.put(gap_job(gap, account), ROW_BYTES, number_of(account), urgent=True)

    def put_note(self, write: Write) -> None:
        """For the card: no sample of any stream."""
        self._jobs.put(Job(CARD_NAME, 0, write), ROW_BYTES, urgent=True)

    def say_overflow(self, stream: str) -> None:
        what = "pictures" if stream == FRAMES else f"samples of {stream}"
        text = f"The disk or the encoder is too slow: {what} are left out and marked as a gap."
        self._mishaps.say(text, stream)

    def _leave_out(
        self, key: _Key, stream: str, times: Sequence[float], account: Account | None
    ) -> None:
        self.say_overflow(stream)
        if account is not None:
            account.dropped(len(times))
        before, _ = self._missing.get(key, (None, None))
        span = span_of(times, self._clock.now())
        self._missing[key] = (widened(before, stream, len(times), *span), account)


def _write_eeg(
    info: EEGInfo,
    chunk: EEGChunk,
    why: Why,
    source: int,
    came: float,
    writer: SessionWriter,
    now: float,
) -> None:
    writer.write_eeg(info, chunk, now, why, source, came)


def _write_behind(gap: Write, rows: Write, writer: SessionWriter, now: float) -> None:
    gap(writer, now)
    rows(writer, now)
