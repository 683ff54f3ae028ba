"""The numbers of a camera's frames."""

from __future__ import annotations


class Numbers:
    """Counts the frames of one source, from any thread but one at a time."""

    def __init__(self) -> None:
        self.given = 0
        self.dropped = 0

    def next(self, dropped: bool = False) -> int:
        """The number of the next frame; `dropped`: nobody takes it."""
        self.given += 1
        self.dropped += dropped
        return self.given - 1
