"""A desktop of its own: a virtual X screen with a window manager, and a user who types."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from live_tools import wait_until

NEEDS = ("Xvfb", "openbox", "xdotool")
APPEARS_S = 60.0


@dataclass(frozen=True, slots=True)
class Desktop:
    """What is done on it goes through the X server, as from keyboard and mouse."""

    display: str
    environment: Mapping[str, str] = field(repr=False)

    def key(self, *keys: str) -> None:
        """As xdotool names them: `ctrl+e`, `Return`."""
        self._do("key", *keys)

    def type(self, text: str) -> None:
        self._do("type", text)

    def click(self, window: str, x: int, y: int) -> None:
        """At a pixel of `window`."""
        self._do("mousemove", "--window", window, str(x), str(y), "click", "1")

    def wait_for(self, title: str) -> str:
        """The window whose title begins with `title`, once the keys go to it."""
        wait_until(lambda: self._active_title().startswith(title), APPEARS_S)
        return self._do("getactivewindow").strip()

    def size(self, window: str) -> tuple[int, int]:
        """(width, height) without the frame."""
        lines = self._do("getwindowgeometry", "--shell", window).split()
        values = dict(line.split("=") for line in lines)
        return int(values["WIDTH"]), int(values["HEIGHT"])

    def _active_title(self) -> str:
        return self._ask("getactivewindow", "getwindowname").stdout.strip()

    def _do(self, *words: str) -> str:
        done = self._ask(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["xdotool", *words]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )


@contextmanager
def desktop(width: int, height: int) -> Iterator[Desktop]:
    """Raises AssertionError where the programs for it are missing: `make test` installs them."""
    missing = [program for program in NEEDS if shutil.which(program) is None]
    assert not missing, f"missing: {', '.join(missing)}; python3 milmer_live/doctor.py --tests"
    read, write = os.pipe()
    screen = ["-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), *screen], pass_fds=[write])
    os.close(write)
    with os.fdopen(read) as said:
        display = f":{said.readline().strip()}"  # is told once the server listens
    environment = {**os.environ, "DISPLAY": display}
    manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL)
    try:
        yield Desktop(display, environment)
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(10.0)
