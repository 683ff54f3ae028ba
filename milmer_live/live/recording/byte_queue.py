"""A queue that is bounded by memory, between many threads that fill it and one that empties it."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


class ByteQueue(Generic[ItemT]):
    """Items in order, bounded by what they hold in memory.

    Each owner has room of its own, so that a flood of one costs no item of another. What is small
    and `urgent` (the mark of a gap, the time of a lost frame) has some more room on top.
    """

    URGENT_BYTES = 4 << 20

    def __init__(self, limit: int) -> None:
        """`limit`: bytes for each owner."""
        self._limit = limit
        self._items: deque[tuple[ItemT, int, int]] = deque()
        self._held: Counter[int] = Counter()
        self._lock = threading.Lock()
        self.n_bytes = 0

    def put(self, item: ItemT, cost: int, owner: int = 0, *, urgent: bool = False) -> bool:
        """False where there is no room: the item was not taken."""
        limit = self._limit + (self.URGENT_BYTES if urgent else 0)
        with self._lock:
            if self._held[owner] + cost > limit:
                return False
            self._held[owner] += cost
            self.n_bytes += cost
            self._items.append((item, cost, owner))
            return True

    def take(self, is_ready: Callable[[ItemT], bool] = lambda _item: True) -> ItemT | None:
        """The oldest item; None where there is none, or it is not ready yet."""
        with self._lock:
            if not self._items or not is_ready(self._items[0][0]):
                return None
            item, cost, owner = self._items.popleft()
            self._held[owner] -= cost
            self.n_bytes -= cost
            return item

    def is_half_full(self, owner: int) -> bool:
        """Whether what waits of an owner takes more than half of its room."""
        return 2 * self._held[owner] > self._limit
