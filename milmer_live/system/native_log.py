"""What C++ libraries print on stderr goes to a file, and so does what was running when one of them
ended the program: a terminal is for the user."""

from __future__ import annotations

import faulthandler
import os
import sys
from datetime import datetime

from milmer_live import paths
from milmer_live.system.log_file import LOG_BYTES
from milmer_live.system.private_files import (
    make_private_folder,
    open_private,
)
from milmer_live.system.stdio import lasting


def divert_native_output() -> None:
    """Send file descriptor 2 to `native.log` beside the log; Python's stderr stays where it is.

    liblsl, MediaPipe and TensorFlow Lite write dozens of lines there at each start, and each
    has its own way, or none, to be told not to. The file is kept over restarts, a line before each
    start; beyond 2 MB it becomes `native.log.1`. Where it cannot be written, all stays as it is.
    """
    path = paths.log_file().with_name("native.log")
    try:
        make_private_folder(path.parent)
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_name("native.log.1"))
        log = open_private(path, "ab", buffering=0)
        began = datetime.now().astimezone().isoformat(timespec="seconds")
        log.write(f"--- {began}, process {os.getpid()}\n".encode())
    except OSError:
        return
    sys.stderr.flush()
    sys.stderr = lasting(os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace"))
    os.dup2(log.fileno(), 2)
    log.close()
    if not faulthandler.is_enabled():
        faulthandler.enable(2)
