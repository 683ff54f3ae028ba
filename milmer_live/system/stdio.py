"""Standard streams that outlast their reader: `| head`, a closed terminal, closed descriptors."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

READY_BYTES = 512  # a pipe that is ready takes as much without blocking: POSIX's least PIPE_BUF


class Lasting(io.RawIOBase):
    """Writes to the file below `stream` until its reader is gone; then it takes everything and
    keeps nothing.

    `wait_s` limits how long a reader that has paused is waited for, None: for ever.
    """

    wait_s: float | None = None

    def __init__(self, stream: io.TextIOWrapper) -> None:
        super().__init__()
        self._stream = stream  # which would close the file if nobody held it
        self._raw: Any = getattr(stream.buffer, "raw", stream.buffer)
        self._is_gone = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        return not self._is_gone and bool(self._raw.isatty())

    def write(self, data: Any, /) -> int:
        """All of it, in parts: an unbuffered stream asks no second time for the rest."""
        view = memoryview(data).cast("B")
        done = 0
        while done < len(view) and not self._is_gone:
            done += self._write_part(view[done:])
        return len(view)

    def _write_part(self, view: memoryview) -> int:
        """What the reader has taken, or is not waited for."""
        part = view if self.wait_s is None else view[:READY_BYTES]
        try:
            if not self._is_ready():
                return len(view)
            return int(self._raw.write(part) or len(view))  # None: it neither takes it nor waits
        except OSError:
            self._is_gone = True
            return len(view)

    def _is_ready(self) -> bool:
        """Whether there is room; without a limit, and on Windows, that is not asked."""
        if self.wait_s is None or os.name == "nt":
            return True
        return bool(select.select([], [self._raw], [], self.wait_s)[1])


def keep_standard_streams() -> None:
    """To be called first in the process: from now on no print fails, and no file that is opened
    takes the place of a standard stream, where libraries print."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = lasting(sys.stdout) if sys.stdout else _nowhere("w")
    sys.stderr = lasting(sys.stderr) if sys.stderr else _nowhere("w")


def lasting(stream: TextIO) -> TextIO:
    """`stream` in its own encoding and buffering; a character that it lacks is escaped."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.flush()
    raw = Lasting(stream)
    file: Any = io.BufferedWriter(raw) if hasattr(stream.buffer, "raw") else raw
    return io.TextIOWrapper(
        file,
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


@contextmanager
def waits_at_most(seconds: float) -> Iterator[None]:
    """Meanwhile a reader that has paused (`| less`, Ctrl+S) is not waited for longer: what it
    does not take is lost to it."""
    Lasting.wait_s = seconds
    try:
        yield
    finally:
        Lasting.wait_s = None


def _nowhere(mode: str) -> TextIO:
    return open(os.devnull, mode, encoding="utf-8")  # type: ignore[return-value]  # noqa: PTH123
