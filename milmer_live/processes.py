"""Worker processes that end when they should."""

from __future__ import annotations

import os
import signal
import sys
import threading
from multiprocessing import parent_process

BACKGROUND = 10  # of 19, as `nice` counts


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
