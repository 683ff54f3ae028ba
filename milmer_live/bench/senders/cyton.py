"""A Cyton of OpenBCI at the other end of a pseudo-terminal: 250 packages a second, by the
manufacturer's description of its data format. `python cyton_board.py LINK [SECONDS]` makes LINK its
port, says so in a line, and sends what is due each so many seconds."""

from __future__ import annotations

import os
import sys
import threading
import time
import tty
from pathlib import Path

RATE = 250
EVERY_S = 0.004
GREETING = b"OpenBCI V3 8-16 channel\r\nFirmware: v3.1.2\r\n$$$"


def package(number: int) -> bytes:
    """0xA0, its number, 8 values of 24 bits, 6 bytes of the accelerometer, 0xC0. All values are
    its number."""
    value = number.to_bytes(3, "big", signed=True)
    return bytes([0xA0, number % 256]) + 8 * value + bytes(6) + bytes([0xC0])


def stream(port: int, is_on: threading.Event, every_s: float) -> None:
    number = 0
    while is_on.wait():
        began, first = time.monotonic(), number
        while is_on.is_set():
            due = first + int((time.monotonic() - began) * RATE)
            for one in range(number, due):
                os.write(port, package(one))
            number = max(number, due)
            time.sleep(every_s)


def main(link: Path, every_s: float) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    link.unlink(missing_ok=True)
    link.symlink_to(os.ttyname(slave))
    is_on = threading.Event()
    threading.Thread(target=stream, args=(master, is_on, every_s), daemon=True).start()
    sys.stdout.write("up\n")
    sys.stdout.flush()
    while True:
        match os.read(master, 1):
            case b"v":
                os.write(master, GREETING)
            case b"b":
                is_on.set()
            case b"s":
                is_on.clear()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else EVERY_S)
