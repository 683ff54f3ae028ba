"""An X screen that nobody sees, and the hands of an experimenter: real keys and clicks.

Xvfb and xdotool are of the system: `python milmer_live/doctor.py --install --tests`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from live_tools import wait_until

SIZE = (1280, 800)


@dataclass(frozen=True)
class Screen:
    """By its name, as in DISPLAY, and the programs that were started on it."""

    name: str
    programs: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """For a program that shall be seen there."""
        hidden = {"WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "QT_SCALE_FACTOR"}
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        return {**kept, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8"}

    def start(self, command: list[str], **variables: str) -> subprocess.Popen[str]:
        """A program that is seen here, with these variables of its environment besides."""
        said = subprocess.PIPE
        environment = {**self.environment(), **variables}
        started = subprocess.Popen(command, env=environment, stdout=said, stderr=said, text=True)
        self.programs.append(started)
        return started

    def wait_for(self, title: str, seconds: float) -> str:
        """The window whose whole title fits `title`, a regular expression."""
        wait_until(lambda: self._all_run() and bool(self.windows(title)), seconds)
        return self.windows(title)[0]

    def windows(self, title: str) -> list[str]:
        """Those that are seen now and whose whole title fits."""
        return self._windows(f"^{title}$")

    def focus(self, window: str) -> None:
        """What a window manager does with a window that is new or clicked: there is none here."""
        self._do("windowfocus", "--sync", window)

    def press(self, *keys: str) -> None:
        self._do("key", "--delay", "30", *keys)

    def write(self, text: str) -> None:
        self._do("type", "--delay", "30", text)

    def click(self, x: int, y: int) -> None:
        self._do("mousemove", "--sync", str(x), str(y), "click", "1")

    def _all_run(self) -> bool:
        for program in self.programs:
            ended = program.poll() is not None
            assert not ended, (program.returncode, *program.communicate())
        return True

    def _windows(self, title: str) -> list[str]:
        found = ["xdotool", "search", "--onlyvisible", "--name", title]
        done = subprocess.run(
            found, env=self.environment(), capture_output=True, text=True, check=False
        )
        return done.stdout.split()

    def _do(self, *command: str) -> None:
        subprocess.run(["xdotool", *command], env=self.environment(), check=True)


@contextmanager
def virtual_screen() -> Iterator[Screen]:
    """On the first display that is free, which Xvfb itself finds.

    Without -noreset the server starts anew when its last client goes, as xdotool does each time
    it has looked: a program that connects at that moment finds no screen, one time in eight.
    """
    read, write = os.pipe()
    size = f"{SIZE[0]}x{SIZE[1]}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
    command.append("-noreset")
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as number:
            yield Screen(f":{number.readline().strip()}")
    finally:
        server.terminate()
        server.wait(10)
