"""Processes that end when they should, and in order."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing import parent_process

BACKGROUND = 10  # of 19, as `nice` counts


class Ending:
    """How this process ends: with `code`, once all that is registered for its end has been done.

    Its daemon threads are not ended by the interpreter. One that is just then in a library (a
    model being loaded) would be unwound through that library's C++ code, which aborts: exit code
    -6 after a session that is whole. To be made before anything else registers for the end.
    """

    def __init__(self) -> None:
        self.code = 1
        atexit.register(self._leave)

    def given(self, code: str | int | None) -> None:
        """What `sys.exit` was called with; a text is printed by the interpreter."""
        self.code = code if isinstance(code, int) else int(code is not None)

    def _leave(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(self.code)


def begin_worker() -> None:
    """To be called first in a worker process of a pool.

    Ctrl-C reaches every process of a terminal; the parent alone answers it. A killed parent
    cannot end its workers, and they would wait for work for ever: they end by themselves.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def step_back() -> None:
    """Let other processes go first: signals are shown and recorded meanwhile."""
    import psutil

    lower = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else BACKGROUND
    psutil.Process().nice(lower)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
