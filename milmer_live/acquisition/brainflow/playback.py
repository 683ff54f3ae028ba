"""The file that BrainFlow's playback board plays: how many samples it has, and when it is over."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from milmer_live.acquisition.brainflow.boards import (
    BoardSpec,
    descriptions,
)

PLAYBACK, LOOPS = "PLAYBACK_FILE", "loopback_true"

END_S = 0.3  # without data after the last line, so that the other presets have come to their ends
STUCK_S = 1.0  # longer than any hole of the file: BrainFlow has met a line that it cannot read


class PlayedFile:
    """A recording of BrainFlow's: one sample a line, its values between tabs.

    It is silent where the board was; BrainFlow passes over lines that have too few values.
    """

    def __init__(self, path: str, n_rows: int, times_row: int, *, loops: bool) -> None:
        self.path = path
        self._times_row = times_row
        self._tabs = n_rows - 1
        self._loops = loops
        self._n_samples = 0 if loops else sum(1 for _ in self._lines())

    def is_over(self, received: int, silent_s: float) -> bool:
        """Whether nothing more comes, after so many samples and so long without one."""
        if self._loops or silent_s < END_S:
            return False
        return received >= self._n_samples or silent_s > self._longest_hole_s + STUCK_S

    @cached_property
    def _longest_hole_s(self) -> float:
        """0 where stamps are no times. Asked for only where fewer samples have come than there
        are lines."""
        longest, last = 0.0, math.nan
        for line in self._lines():
            last, before = _seconds(line, self._times_row), last
            longest = max(longest, last - before) if math.isfinite(last - before) else longest
        return longest

    def _lines(self) -> Iterator[bytes]:
        """None of a file that cannot be read, which the session says."""
        try:
            with Path(self.path).open("rb") as file:
                yield from (line for line in file if line.count(b"\t") >= self._tabs)
        except OSError:
            return


def played_file(spec: BoardSpec) -> PlayedFile | None:
    """The recording of a board that plays one; None of any other."""
    if spec.name != PLAYBACK:
        return None
    found = descriptions(spec)[0]
    return PlayedFile(
        str(spec.parameters.get("file", "")),
        int(found["num_rows"]),
        int(found["timestamp_channel"]),
        loops=LOOPS in spec.commands,
    )


def _seconds(line: bytes, column: int) -> float:
    try:
        return float(line.split(b"\t", column + 1)[column])
    except ValueError:
        return math.nan
