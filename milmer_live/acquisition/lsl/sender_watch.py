"""Tells whether the sender of an open LSL stream has ended, or only says nothing."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """`silent_s`: after so long without a sample a stream is looked at, every `look_every_s`, and
    less often the longer it is silent, but each second.
    `vanished_s`: after so long one that does not answer is let go for another that does, as
    liblsl does itself; its host may be gone without having closed the connection."""

    silent_s: float = 0.4
    look_every_s: float = 0.25
    vanished_s: float = 15.0


class SenderWatch:
    """Watches the outlet `uid` while its inlet is open.

    Silence alone never ends a stream. It is over when its connection has been closed and nobody
    listens there any more, or it does not answer; when liblsl has gone on to another outlet; or
    when its host has long vanished and one other stream that fits has appeared since.
    """

    def __init__(
        self,
        uid: str,
        visible: Callable[[], Set[str]],
        is_connected: Callable[[], bool],
        is_refused: Callable[[], bool],
        has_switched: Callable[[], bool],
        now: Callable[[], float],
        patience: Patience | None = None,
    ) -> None:
        """`visible` gives the uids of the streams that fit and answer."""
        self._uid = uid
        self._visible = visible
        self._is_connected, self._is_refused = is_connected, is_refused
        self._has_switched = has_switched
        self._now = now
        self._patience = patience or Patience()
        self._heard_at = self._due = now()
        self._others: Set[str] = frozenset()  # that were there while samples came
        self._is_over = False

    def heard(self) -> None:
        """A sample has come."""
        self._heard_at = now = self._now()
        if now >= self._due:
            self._due = now + self._patience.silent_s
            self._others = self._visible() - {self._uid}

    def waits(self) -> None:
        """A sample waits to be read: that nothing was heard is not the sender's doing."""
        self._heard_at = self._now()

    def is_over(self) -> bool:
        """Whether nothing comes any more but what is queued."""
        self._is_over = self._is_over or self._has_switched() or self._has_ended()
        return self._is_over

    def _has_ended(self) -> bool:
        now = self._now()
        silent_s = now - self._heard_at
        if silent_s < self._patience.silent_s or now < self._due:
            return False
        self._due = now + min(1.0, max(self._patience.look_every_s, silent_s / 4))
        visible = self._visible()
        new = visible - self._others - {self._uid}
        has_vanished = self._uid not in visible
        if not self._is_connected():
            return has_vanished or bool(new) or self._is_refused()
        return has_vanished and len(new) == 1 and silent_s > self._patience.vanished_s
