"""The program's log: one file that is kept over restarts, written by a thread of its own."""

from __future__ import annotations

import logging
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from queue import Queue

from milmer_live.system.private_files import make_private_folder, open_private

LOG_BYTES = 2_000_000  # then the file becomes NAME.1, and that NAME.2
MOST_LINES = 10_000  # that wait for a slow disk; what comes beyond them goes to stderr
FORM = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"


class LogFile:
    """All that is logged between `start` and `stop` goes to `path`, which only its user may read.

    Only one is written at a time: where another has been started, `start` does nothing.
    """

    _running: LogFile | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handler: QueueHandler | None = None
        self._writer: QueueListener | None = None

    def start(self) -> None:
        """Raises OSError where its folder cannot be made or the file cannot be written."""
        if LogFile._running is not None:
            return
        make_private_folder(self.path.parent)
        file = _PrivateFile(self.path, maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8")
        file.setFormatter(logging.Formatter(FORM))
        lines: Queue[logging.LogRecord] = Queue(MOST_LINES)
        self._handler = QueueHandler(lines)
        self._writer = QueueListener(lines, file)
        self._writer.start()
        logging.getLogger().addHandler(self._handler)
        LogFile._running = self

    def stop(self) -> None:
        """Write what is left, and close the file."""
        if self._handler is None or self._writer is None:
            return
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()
        self._writer.stop()
        for handler in self._writer.handlers:
            handler.close()
        self._handler = self._writer = LogFile._running = None


class _PrivateFile(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        file = open_private(Path(self.baseFilename), self.mode, encoding=self.encoding)
        assert isinstance(file, TextIOWrapper)
        return file
