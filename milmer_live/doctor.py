"""Is this machine ready? Runs on a bare Python, before anything is installed:

    python3 milmer_live/doctor.py [--install] [--tests]

It names what the system lacks and the command that installs it. With `--install`, as root on
a Debian-like system, it runs that command. With `--tests` it wants what the tests need besides:
a screen that is none, and somebody who types. Exit code 0: ready, 2: something is missing.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys

OLDEST_PYTHON = (3, 11)

# Shared libraries that the packages expect from the system -> Debian's package.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
}
# Needed only where there is a screen to show a window on.
SCREEN_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
# Programs of the tests alone: the whole program is run on a screen, by key and mouse.
TEST_PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool"}


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this file talks before rich is installed


def has_screen() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_packages() -> list[str]:
    """Debian packages of what is missing, in order."""
    wanted = dict(LIBRARIES)
    programs = TEST_PROGRAMS if "--tests" in sys.argv else {}
    if has_screen() or programs:
        wanted.update(SCREEN_LIBRARIES)
    if not sys.platform.startswith("linux"):
        wanted, programs = {}, {}
    packages = [package for library, package in wanted.items() if not loads(library)]
    packages += [package for program, package in programs.items() if not shutil.which(program)]
    if importlib.util.find_spec("ensurepip") is None:
        packages.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    return packages


def install(packages: list[str]) -> bool:
    """Install with apt-get; True when it went well."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    commands = (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    )
    return all(subprocess.call(command, env=environment) == 0 for command in commands)


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:2])
        say(f"Python {found} is too old: milmer_live needs 3.11 or newer.")
        say("Install it, then say which one to use: make PYTHON=python3.11 demo")
        return 2
    packages = missing_packages()
    if not packages:
        say("System: all that is needed is there.")
        return 0
    line = "apt-get install " + " ".join(packages)
    may_install = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")
    if "--install" in sys.argv and may_install:
        say("System: installing what is missing: " + line)
        if install(packages) and not missing_packages():
            return 0
    say(f"This system lacks {len(packages)} package(s). On Debian or Ubuntu run:")
    say("    " + ("" if may_install else "sudo ") + line)
    say("and then the same command again.")
    return 2


if __name__ == "__main__":
    sys.exit(main())
