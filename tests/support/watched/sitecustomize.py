"""Imported by every Python process whose PYTHONPATH names this folder: writes down what opens a
connection or starts a process, one line each, into the file MILMER_TEST_AUDIT."""

from __future__ import annotations

import os
import sys

WATCHED = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "subprocess.Popen": 1,
    "os.fork": 0,
    "os.posix_spawn": 0,
    "os.exec": 0,
    "os.system": 0,
}
_file = os.open(os.environ["MILMER_TEST_AUDIT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _write_down(event: str, words: tuple[object, ...]) -> None:
    if event in WATCHED:
        said = words[WATCHED[event]] if len(words) > WATCHED[event] else ""
        os.write(_file, f"{event} {said!r}\n".encode())


sys.addaudithook(_write_down)
