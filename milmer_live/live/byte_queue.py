"""A queue that is bounded by memory, between many threads that fill it and one that empties it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


class ByteQueue(Generic[ItemT]):
    """Items in order, bounded by what they hold in memory. What is small and `urgent` (a
    marker, the time of a lost frame) has some room of its own on top."""

    URGENT_BYTES = 4 << 20

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: deque[tuple[ItemT, int]] = deque()
        self._lock = threading.Lock()
        self.n_bytes = 0

    def put(self, item: ItemT, cost: int, *, urgent: bool = False) -> bool:
        """False where there is no room: the item was not taken."""
        limit = self._limit + (self.URGENT_BYTES if urgent else 0)
        with self._lock:
            if self.n_bytes + cost > limit:
                return False
            self.n_bytes += cost
            self._items.append((item, cost))
            return True

    def take(self, is_ready: Callable[[ItemT], bool] = lambda _item: True) -> ItemT | None:
        """The oldest item; None where there is none, or it is not ready yet."""
        with self._lock:
            if not self._items or not is_ready(self._items[0][0]):
                return None
            item, cost = self._items.popleft()
            self.n_bytes -= cost
            return item
