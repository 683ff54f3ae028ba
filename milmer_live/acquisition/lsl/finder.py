"""Finds LSL streams, by liblsl's resolver that asks on in the background.

It asks by multicast once a second, and half a second after that every port of each host of
`KnownPeers`. So what has not answered within a second is not there.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pylsl

from milmer_live.acquisition.lsl.listing import (
    FIREWALL,
    Announced,
    StreamListing,
    listing_of,
    listings_of,
)
from milmer_live.acquisition.lsl.spec import (
    StreamQuery,
    Wanted,
)
from milmer_live.errors import SourceError, SourceNotFound

HEARD_S = 1.0  # after a question, when all streams have answered, on a busy machine too
FORGET_S = 2.5  # without an answer, after which a stream is not listed any more
YOUNG_S = 0.5  # a resolver that has asked for so long at most is shared by those who begin to look
POLL_S = 0.02


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Asking:
    """liblsl's resolver, and since when it asks."""

    resolver: Any
    since: float


class _Shared:
    """One resolver for all who look. Each takes one of the 32 ports of LSL on this machine, on
    which outlets listen too: with ten of them `KnownPeers` finds nothing any more.

    A resolver lists a stream that has ended for `FORGET_S`, so that who begins to look gets one
    that has just begun; when it has heard what there is the others go over to it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: weakref.ref[_Asking] | None = None

    def begin(self) -> _Asking:
        """One that has only just begun to ask."""
        with self._lock:
            newest = self._held()
            if newest is None or newest.since < pylsl.local_clock() - YOUNG_S:
                resolver = pylsl.ContinuousResolver(forget_after=FORGET_S)
                newest = _Asking(resolver, pylsl.local_clock())
                self._newest = weakref.ref(newest)
            return newest

    def after(self, asking: _Asking) -> _Asking:
        """The newest, once it has heard what there is; until then `asking`."""
        with self._lock:
            newest = self._held()
        if newest is None or newest.since > pylsl.local_clock() - HEARD_S:
            return asking
        return newest

    def _held(self) -> _Asking | None:
        return None if self._newest is None else self._newest()


_shared = _Shared()


class StreamView:
    """The streams that answer, kept up to date from the first look until `close`."""

    def __init__(self) -> None:
        self._asking: _Asking | None = None

    def announced(self) -> list[Announced]:
        """What has answered lately. The first call begins to ask."""
        infos = self._asked().resolver.results()
        return [Announced(listing_of(info), info) for info in infos]

    def look(self, seconds: float = HEARD_S) -> tuple[StreamListing, ...]:
        """What has answered, by name, when it has been asked for `seconds` at least."""
        since = self._asked().since
        while (left_s := since + seconds - pylsl.local_clock()) > 0:
            time.sleep(min(left_s, POLL_S))
        return listings_of([one.info for one in self.announced()])

    def close(self) -> None:
        """Ask no more; harmless when nothing is asked."""
        self._asking = None

    def _asked(self) -> _Asking:
        asking = self._asking
        self._asking = _shared.begin() if asking is None else _shared.after(asking)
        return self._asking


def discover(timeout_s: float = 1.0) -> tuple[StreamListing, ...]:
    """All streams that answer within `timeout_s`, by name; a second finds those of `KnownPeers`."""
    view = StreamView()
    try:
        return view.look(timeout_s)
    finally:
        view.close()


class StreamFinder:
    """Finds the one stream that fits a query; never just the first that answers."""

    def __init__(self, query: StreamQuery, *, timeout_s: float, settle_s: float) -> None:
        """`settle_s` is granted to further streams that fit, after the first."""
        self._query = query
        self._timeout_s, self._settle_s = timeout_s, settle_s
        self._view = StreamView()
        self._seen: dict[str, float] = {}  # when each stream that fits was first seen
        self._gone: dict[str, float] = {}  # that have ended, and until when they are left out
        self._known: Wanted | None = None  # what the one that has ended last was called

    def matching(self) -> list[Announced]:
        """The streams that fit and answer."""
        now = pylsl.local_clock()
        found = [
            one
            for one in self._view.announced()
            if self._query.fits(one.listing.identity) and self._gone.get(one.listing.uid, 0.0) < now
        ]
        for one in found:
            self._seen.setdefault(one.listing.uid, now)
        return found

    def find(self) -> Announced:
        """Waits for it. Raises SourceNotFound, also where several fit."""
        deadline = pylsl.local_clock() + self._timeout_s
        while not (found := self.matching()) and pylsl.local_clock() < deadline:
            time.sleep(POLL_S)
        while found and self._settling(found):
            time.sleep(POLL_S)
            found = self.matching()
        if len(found) == 1:
            return found[0]
        raise self._not_one(found)

    def leave_out(self, ended: StreamListing) -> None:
        """This outlet has ended, and may be listed for a moment longer. One that is called the
        same in every way is its sender, started again: it is not waited for another."""
        self._gone[ended.uid] = pylsl.local_clock() + 2 * FORGET_S
        self._known = _called(ended) if ended.source_id else None

    def close(self) -> None:
        """Ask no more; harmless when nothing is asked."""
        self._view.close()
        self._seen.clear()

    def _settling(self, found: Sequence[Announced]) -> bool:
        if len(found) == 1 and _called(found[0].listing) == self._known:
            return False
        newest = max(self._seen[one.listing.uid] for one in found)
        return bool(pylsl.local_clock() < newest + self._settle_s)

    def _not_one(self, matching: Sequence[Announced]) -> SourceError:
        what = str(self._query)
        seen = listings_of([one.info for one in self._view.announced()])
        uids = {one.listing.uid for one in matching}
        if listed := [one for one in seen if one.uid in uids]:
            return SourceNotFound(
                f"{len(listed)} LSL streams are {what}: {'; '.join(map(str, listed))}.",
                f"Say which: {' or '.join(one.spec for one in listed)}.",
            )
        others = [one for one in seen if not one.is_ours]
        names = ", ".join(f"'{one.name}'" for one in others) or "none at all"
        return SourceNotFound(
            f"No LSL stream {what}. Found: {names}.",
            f"Is its outlet running? {FIREWALL if not others else ''}".rstrip(),
        )


def _called(listing: StreamListing) -> Wanted:
    """All by which it can be asked for but the outlet's own uid."""
    return Wanted(**(listing.identity | {"uid": ""}))
