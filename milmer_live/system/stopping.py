"""Requests from outside to stop: Ctrl+C, SIGTERM, and SIGHUP of a terminal that was closed."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # Windows has no SIGHUP, others no SIGBREAK


@contextmanager
def stop_requests() -> Iterator[threading.Event]:
    """An event that any of these signals sets, however often it comes, until the block is left.

    A signal that is ignored stays ignored: a program started by `nohup` outlives its terminal.
    To be entered on the main thread. A thread sets the event, since a signal handler that did so
    could meet the lock of the event held by the code that it interrupts.
    """
    stop = threading.Event()
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    heard = [one for one in numbers if signal.getsignal(one) is not signal.SIG_IGN]
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    listener = threading.Thread(
        target=_listen, args=(receiver, frozenset(heard), stop), name="signals", daemon=True
    )
    listener.start()
    fd_before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    before = {one: signal.signal(one, _ignore) for one in heard}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(fd_before)
        sender.close()
        listener.join()
        receiver.close()


def _ignore(_number: int, _frame: object) -> None:
    """Takes the place of the default, which would end the process."""


def _listen(receiver: socket.socket, heard: frozenset[int], stop: threading.Event) -> None:
    """Each signal comes as a byte with its number; no byte is left once the sender is closed."""
    while numbers := receiver.recv(64):
        if not heard.isdisjoint(numbers):
            stop.set()
