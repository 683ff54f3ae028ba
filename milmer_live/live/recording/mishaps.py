"""What went wrong with a recording: what was not kept, why, and in which words."""

from __future__ import annotations

import threading
from collections import Counter

from milmer_live.catalogue import Code
from milmer_live.live.recording.jobs import Job
from milmer_live.live.recording.ledger import Account
from milmer_live.live.workers import Faults
from milmer_live.messages import Message


class Mishaps:
    """Any thread notes, any thread reads. Counts are by stream.

    `fault` is the newest and stays; `troubles` are all, by what they are about.
    """

    def __init__(self, name: str, faults: Faults) -> None:
        self.fault = ""
        self._name = name
        self._faults = faults
        self._not_kept: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._reasons: dict[str, str] = {}
        self._troubles: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def not_kept(self) -> dict[str, int]:
        with self._lock:
            return dict(self._not_kept)

    @property
    def rejected(self) -> dict[str, int]:
        with self._lock:
            return dict(self._rejected)

    @property
    def reasons(self) -> dict[str, str]:
        """The last one of each stream."""
        with self._lock:
            return dict(self._reasons)

    @property
    def troubles(self) -> tuple[str, ...]:
        """All that was wrong with the recording itself, in order."""
        with self._lock:
            return tuple(self._troubles.values())

    def drop(self, stream: str, count: int, account: Account | None) -> None:
        """`count` samples could not even be marked as missing."""
        if not count:
            return
        if account is not None:
            account.dropped(count)
        with self._lock:
            self._not_kept[stream] += count

    def refuse(self, job: Job, reason: str) -> None:
        """The item does not fit its stream."""
        if job.account is not None:
            job.account.refused(job.count, reason)
        with self._lock:
            self._rejected[job.stream] += job.count
            self._reasons[job.stream] = reason
        self.say(Message(Code.NOT_RECORDED, count=job.count, name=job.stream, why=reason))

    def say(self, text: str, stream: str = "") -> None:
        """A fault on screen, of the recording or of one of its streams; it stays."""
        self.fault = text
        self._faults.set(f"{self._name} {stream}".rstrip(), text)
        self.note(text, text)

    def note(self, about: str, text: str) -> None:
        """For the card of the session: the newest words on what it is about."""
        with self._lock:
            self._troubles[about] = text
