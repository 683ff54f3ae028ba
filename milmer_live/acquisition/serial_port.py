"""A serial port that one program has to itself.

Linux and macOS let any number of programs open a port, and each byte goes to one of them: two
readers of one board both get half of its packages. Windows opens a port for one program only.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import psutil

from milmer_live.errors import SourceNotFound

PSEUDO = Path("/dev/pts")  # whose other end, an emulator, may hold this end as well


class SerialPort:
    """Keeps others away from `port` until `release`, beside the library that reads it."""

    def __init__(self, port: str) -> None:
        """Raises SourceNotFound where somebody has it. A port that is not there, or may not be
        opened, is left to the library, which says so."""
        self._file = -1
        if os.name == "nt":
            return
        path = Path(port).resolve()
        if holder := _holder(path):
            raise _in_use(port, holder)
        with suppress(OSError):
            self._file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file >= 0 and not _locked(self._file):
            self.release()
            raise _in_use(port, "another board of this program, or another program")

    def exclude(self) -> None:
        """Who asks for the port from now on is refused; but for an administrator."""
        import fcntl
        import termios

        if self._file >= 0:
            with suppress(OSError):
                fcntl.ioctl(self._file, termios.TIOCEXCL)

    def release(self) -> None:
        """Harmless when that has been done."""
        if self._file < 0:
            return
        import fcntl
        import termios

        with suppress(OSError):
            fcntl.ioctl(self._file, termios.TIOCNXCL)
        os.close(self._file)
        self._file = -1


def _locked(file: int) -> bool:
    """Whether the lock is ours now; a system that has none for ports does not refuse."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _holder(path: Path) -> str:
    """The other program that has `path` open, where the system tells; "" for none."""
    if path.is_relative_to(PSEUDO):
        return ""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        pid = int(link.parts[2])
        with suppress(OSError, psutil.Error):
            if pid != os.getpid() and link.readlink() == path:
                return f"{psutil.Process(pid).name()} (process {pid})"
    return ""


def _in_use(port: str, holder: str) -> SourceNotFound:
    return SourceNotFound(f"The port {port} is in use by {holder}.", "End that first.")
