"""Worker processes that end when they should."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import parent_process


def begin_worker() -> None:
    """To be called first in a worker process of a pool.

    Ctrl-C reaches every process of a terminal; the parent alone answers it. A killed parent
    cannot end its workers, and they would wait for work for ever: they end by themselves.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
