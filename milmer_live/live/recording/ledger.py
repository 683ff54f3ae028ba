"""Counts what comes of each source that a recording was asked for, where it happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from milmer_live.live.sink import StatusAt
from milmer_live.live.sources.distinct_names import balances_apart
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.storage.session.balance import (
    StreamBalance,
    StreamKind,
    joined,
)
from milmer_live.storage.session.stream_facts import SourceFacts

# A source that sends once a second, or whose link stalls, is silent between: it is gone when
# nothing has come for this long.
GONE_S = 2.0

NumberT = TypeVar("NumberT", int, float)
FactsOf = Callable[[int], SourceFacts]


@dataclass(slots=True)
class _Counts:
    """Samples on their way to one session's folder."""

    received: int = 0
    written: int = 0
    rejected: int = 0
    rejected_why: str = ""
    not_kept: int = 0

    @property
    def waiting(self) -> int:
        return self.received - self.written - self.rejected - self.not_kept


class Account:
    """What came of one source. Any thread counts, any thread reads.

    `number` tells the source from all others of the recording.
    """

    def __init__(
        self, number: int, kind: StreamKind, asked: str, status: StatusAt, *, required: bool
    ) -> None:
        self.number = number
        self.kind = kind
        self.asked = asked
        self.required = required
        self._status = status
        self._settled: tuple[SourceStatus, float] | None = None  # and when it was let go of
        self._problems: dict[str, str] = {}
        self._past: list[StreamBalance] = []
        self._counts = _Counts()
        self._lock = threading.Lock()

    def came(self, count: int) -> None:
        with self._lock:
            self._counts.received += count

    def kept(self, count: int) -> None:
        with self._lock:
            self._counts.written += count

    def refused(self, count: int, why: str) -> None:
        with self._lock:
            self._counts.rejected += count
            self._counts.rejected_why = why

    def dropped(self, count: int) -> None:
        with self._lock:
            self._counts.not_kept += count

    def settle(self, now: float) -> None:
        """The source is let go of: what it says of itself afterwards does not count."""
        if self._settled is None:
            self._settled = (self._status(now), now)

    def end_part(self, facts: SourceFacts, now: float) -> StreamBalance:
        """The session goes on in another folder: what came of the source in this one. What
        still waits belongs to the next."""
        with self._lock:
            ended, waiting = self._counts, self._counts.waiting
            ended.received -= waiting
            self._counts = _Counts(received=waiting)
        part = self._balance(ended, facts, now)
        self._past.append(part)
        return part

    def close(self) -> None:
        """Nothing more is written: what still waits is not kept."""
        with self._lock:
            self._counts.not_kept += self._counts.waiting

    def part(self, facts: SourceFacts, now: float) -> StreamBalance:
        """What came of the source so far, in the folder that is written now."""
        with self._lock:
            counts = _Counts(*(getattr(self._counts, name) for name in _Counts.__slots__))
        return self._balance(counts, facts, now)

    def whole(self, part: StreamBalance) -> StreamBalance:
        """`part` with what came of the source in the folders before."""
        return joined((*self._past, part)) if self._past else part

    def _new(self, name: str, total: NumberT) -> NumberT:
        """What `total` has grown by since the folder before was ended."""
        before: NumberT = sum((getattr(one, name) for one in self._past), type(total)(0))
        return max(type(total)(0), total - before)

    def _balance(self, counts: _Counts, facts: SourceFacts, now: float) -> StreamBalance:
        status, now = self._settled or (self._status(now), now)
        self._problems.update(status.problems)
        is_there = status.connected_at is not None
        alive = _is_alive(status, now)
        trouble = (status.error,) if status.error and not alive else ()
        return StreamBalance(
            asked=self.asked,
            kind=status.kind,  # what is asked for as markers may be a signal
            name=status.name if is_there else "",
            required=self.required,
            part_of=status.part_of,
            connected=status.connected_at,
            received=counts.received,
            written=counts.written,
            rejected=counts.rejected,
            rejected_why=counts.rejected_why,
            not_kept=counts.not_kept,
            deduced=facts.deduced,
            pictures=facts.pictures,
            gaps=facts.gaps,
            gap_samples=facts.gap_samples,
            gap_s=facts.gap_s,
            skipped=facts.skipped + self._new("skipped", status.skipped),
            unknown=self._new("unknown", status.unknown),
            first=facts.first,
            last=facts.last,
            reconnections=self._new("reconnections", status.reconnections),
            away_s=self._new("away_s", status.away_s),
            alive=alive,
            ended=status.ended,
            lost_at=status.lost_at,
            faults=(*trouble, *self._problems.values()),
            streams=tuple(facts.streams),
        )


def _is_alive(status: SourceStatus, now: float) -> bool:
    if status.ended:
        return True
    if status.state is SourceState.SILENT and status.lost_at is not None:
        return now - status.lost_at < GONE_S
    return status.state not in (SourceState.CONNECTING, SourceState.LOST, SourceState.CLOSED)


@dataclass(slots=True)
class Ledger:
    """The accounts of a recording, in the order in which its sources were asked for.

    `required` has what must be there, as it was asked for; None: everything that was.
    """

    required: Container[str] | None = None
    accounts: list[Account] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, status: StatusAt, now: float) -> Account:
        """The account of a source, which begins."""
        said = status(now)
        asked = said.spec or said.name
        is_listed = self.required is None or asked in self.required
        required = is_listed and not said.part_of
        with self._lock:
            number = len(self.accounts) + 1
            account = Account(number, said.kind, asked, status, required=required)
            self.accounts.append(account)
        return account

    def settle(self, now: float) -> None:
        """All sources are let go of."""
        with self._lock:
            for account in self.accounts:
                account.settle(now)

    def close(self) -> None:
        """Nothing more is written."""
        with self._lock:
            for account in self.accounts:
                account.close()

    def end_part(self, facts_of: FactsOf, now: float) -> tuple[StreamBalance, ...]:
        """What came in the folder that takes no more; the next one begins."""
        with self._lock:
            return balances_apart(
                [one.end_part(facts_of(one.number), now) for one in self.accounts]
            )

    def parts(self, facts_of: FactsOf, now: float) -> tuple[StreamBalance, ...]:
        """What came in the folder that is written now."""
        with self._lock:
            return balances_apart([one.part(facts_of(one.number), now) for one in self.accounts])

    def wholes(self, parts: Iterable[StreamBalance]) -> tuple[StreamBalance, ...]:
        """Of the whole recording, with its folders before this one."""
        with self._lock:
            pairs = zip(self.accounts, parts, strict=False)
            return balances_apart([account.whole(part) for account, part in pairs])
