"""A serial port that one program has to itself.

Linux and macOS let any number of programs open a port, and each byte goes to one of them: two
readers of one board both get half of its packages. Windows opens a port for one program only.
"""

from __future__ import annotations

import errno
import os
import select
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from milmer_live.catalogue import Code
from milmer_live.errors import SourceNotFound
from milmer_live.messages import Message

DEVICES = Path("/dev")
# Of USB adapters and of Bluetooth, by platform; where none is there, an example.
NAMES = {
    "darwin": ("cu.usb*", "cu.wchusb*", "tty.usbserial*"),
    "linux": ("ttyUSB*", "ttyACM*", "rfcomm*"),
}
USUAL = {"win32": "COM3", "darwin": "/dev/cu.usbserial-DM00Q0QN"}
PSEUDO = Path("/dev/pts")  # whose other end, an emulator, may hold this end as well


def serial_ports() -> tuple[str, ...]:
    """Ports of this computer that a board's dongle may be at."""
    if sys.platform == "win32":
        return _windows_ports()
    patterns = NAMES.get(sys.platform, NAMES["linux"])
    return tuple(str(port) for pattern in patterns for port in sorted(DEVICES.glob(pattern)))


def usual_port() -> str:
    """What a port is called, where there is none."""
    return USUAL.get(sys.platform, "/dev/ttyUSB0")


class SerialPort:
    """Keeps others away from `port` until `release`, beside the library that reads it."""

    def __init__(self, port: str) -> None:
        """Raises SourceNotFound where it is not there, may not be opened, or somebody has it. On
        Windows, and for what is no port of a file system, that is left to the library."""
        self._file = -1
        if os.name == "nt":
            return
        path = Path(port).resolve()
        if holder := _holder(path):
            raise _in_use(Message(Code.PORT_IN_USE, name=port, program=holder))
        try:
            self._file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if (refusal := _refusal(port, error)) is not None:
                raise refusal from error
        if self._file >= 0 and not _locked(self._file):
            self.release()
            raise _in_use(Message(Code.PORT_OF_ANOTHER_BOARD, name=port))

    def exclude(self) -> None:
        """Who asks for the port from now on is refused; but for an administrator."""
        import fcntl
        import termios

        if self._file >= 0:
            with suppress(OSError):
                fcntl.ioctl(self._file, termios.TIOCEXCL)

    @property
    def is_gone(self) -> bool:
        """Whether its other end is: an adapter that was unplugged, an emulator that has ended. A
        library that waits for bytes does not tell."""
        if self._file < 0:
            return False
        asked = select.poll()
        asked.register(self._file, 0)  # that it hung up is told in any case
        return bool(asked.poll(0))

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


def _refusal(port: str, error: OSError) -> SourceNotFound | None:
    """None for what may yet open, such as a bus that is no terminal."""
    if error.errno in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        others = ", ".join(serial_ports())
        found = Message(Code.PLUG_IN_BOARD_FOUND, names=others)
        hint = found if others else Message(Code.PLUG_IN_BOARD_NONE)
        return SourceNotFound(Message(Code.NO_PORT, name=port), hint)
    if error.errno in (errno.EACCES, errno.EPERM):
        return SourceNotFound(
            Message(Code.PORT_FORBIDDEN, name=port),
            Message(Code.JOIN_PORT_GROUP),
        )
    if error.errno == errno.EBUSY:
        return _in_use(Message(Code.PORT_OF_ANOTHER_PROGRAM, name=port))
    return None


def _windows_ports() -> tuple[str, ...]:
    """By the registry's list of serial ports."""
    if sys.platform != "win32":
        return ()
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DEVICEMAP\SERIALCOMM") as key:
            count = winreg.QueryInfoKey(key)[1]
            return tuple(sorted(str(winreg.EnumValue(key, at)[1]) for at in range(count)))
    except OSError:
        return ()


def _in_use(why: Message) -> SourceNotFound:
    return SourceNotFound(why, Message(Code.END_THAT_FIRST))
