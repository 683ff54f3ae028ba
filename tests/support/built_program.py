"""Starts the built program as somebody has it for the first time, without a screen, and sees
whether it recognises anything: `python tests/built_program.py dist/milmer-live`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DEMO = ("demo", "--headless", "--duration", "10")
LEAST = 5  # a window is due each half second, the first after three
PAINTED = re.compile(r"^Predictions:\s+\d+ \((\d+) of them painted\)$", re.MULTILINE)
OF_THIS_SHELL = ("PYTHON", "VIRTUAL_ENV", "QT_", "XDG_", "LD_", "DISPLAY", "WAYLAND", "MILMER")


class DoesNotWork(Exception):
    """What the built program did instead of recognising."""


def main(folder: Path) -> None:
    program = (folder / ("milmer-live.exe" if os.name == "nt" else "milmer-live")).absolute()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        made = predictions(program, Path(home))
    say(f"{made} predictions on the screen, in {time.monotonic() - began:.0f} s from the start.")
    say(f"{program.parent}: {size_gb(folder):.1f} GB.")


def predictions(program: Path, home: Path) -> int:
    """How many the demo of `program` painted, with nothing of this machine's user in reach.
    Raises DoesNotWork."""
    try:
        done = subprocess.run(
            [program, *DEMO],
            cwd=home,
            env=nobodys(home),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DoesNotWork(str(error)) from error
    said = f"{done.stdout}\n{done.stderr}"
    if done.returncode:
        raise DoesNotWork(f"exit code {done.returncode}\n{said}")
    if not (home / "recordings" / "demo.png").is_file():
        raise DoesNotWork(f"no picture of the window\n{said}")
    return painted(said)


def painted(said: str) -> int:
    """Raises DoesNotWork where too few predictions came to the screen."""
    found = PAINTED.search(said)
    made = int(found[1]) if found else 0
    if made < LEAST:
        raise DoesNotWork(f"{made} predictions, {LEAST} expected\n{said}")
    return made


def nobodys(home: Path) -> dict[str, str]:
    """The environment of a user who never ran the program, and has no Python and no screen."""
    kept = {name: it for name, it in os.environ.items() if not name.startswith(OF_THIS_SHELL)}
    ours = {
        f"MILMER_LIVE_{name.upper()}": str(home / name)
        for name in ("cache", "config", "recordings")
    }
    return {**kept, **ours, "HOME": str(home), "USERPROFILE": str(home)}


def size_gb(folder: Path) -> float:
    """What the files hold; a link counts nothing."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1e9


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except DoesNotWork as fault:
        sys.exit(f"The built program does not work: {fault}")
