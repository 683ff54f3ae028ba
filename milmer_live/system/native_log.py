"""What C++ libraries print on stderr goes to a file: a terminal is for the user."""

from __future__ import annotations

import os
import sys

from milmer_live import paths
from milmer_live.system.private_files import (
    make_private_folder,
    open_private,
)
from milmer_live.system.stdio import lasting


def divert_native_output() -> None:
    """Send file descriptor 2 to `native.log` beside the log; Python's stderr stays where it is.

    liblsl, MediaPipe and TensorFlow Lite write dozens of lines there at each start, and each
    has its own way, or none, to be told not to. Where the file cannot be made, all stays as it is.
    """
    path = paths.log_file().with_name("native.log")
    try:
        make_private_folder(path.parent)
        log = open_private(path, "wb", buffering=0)
    except OSError:
        return
    sys.stderr.flush()
    sys.stderr = lasting(os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace"))
    os.dup2(log.fileno(), 2)
    log.close()
