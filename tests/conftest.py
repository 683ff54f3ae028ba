"""What all tests share. LSL streams of a test process are seen by nobody else, and see nobody; they
have ports of their own too, of which LSL has 32 for all programs of a machine."""

from __future__ import annotations

import faulthandler
import itertools
import os
import random
import tempfile
import uuid
from collections.abc import Generator
from pathlib import Path

import pytest

# Of a port that two processes share only one hears what is asked on this machine.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORT = random.randrange(17_000, 31_000, 1_000) + 100 * (_worker % 10)
LSL_CONFIG = f"""
[lab]
SessionID = milmer-test-{uuid.uuid4()}
[multicast]
ResolveScope = machine
ListenAddress = 127.0.0.1
[ports]
IPv6 = disable
MulticastPort = {PORT}
BasePort = {PORT + 1}
PortRange = 64
[log]
level = -3
"""

# liblsl reads its settings once, when it is first used: so this runs before any test is loaded.
_folder = tempfile.TemporaryDirectory(prefix="milmer-lsl-")
_config = Path(_folder.name) / "lsl_api.cfg"
_config.write_text(LSL_CONFIG)
os.environ["LSLAPICFG"] = str(_config)

# What the window remembers of the user's own sessions stays out of the tests, and they of it.
os.environ["MILMER_LIVE_CONFIG"] = str(Path(_folder.name) / "config")

_homes = (Path(_folder.name) / f"test-{count}" for count in itertools.count())

# Programs that tests start find the same helpers as the tests (pyproject's `pythonpath`).
_rooms = sorted(str(room) for room in Path(__file__).parent.iterdir() if room.is_dir())
os.environ["PYTHONPATH"] = os.pathsep.join([*_rooms, os.environ.get("PYTHONPATH", "")]).rstrip(":;")

# The window is tested off screen; the `qapp` of pytest-qt gets the program's own set-up.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


# pytest-timeout's signal waits for a call into C to return. One that never does, of liblsl or of
# Qt, ends the run this long after the test's time is over, with the stacks of all threads.
BEYOND_S = 30.0
EXIT_S = 60.0  # the same for the end of the process, when all tests are over
_stderr = -1


def pytest_configure() -> None:
    global _stderr
    _stderr = os.dup(2)  # before it is captured


@pytest.fixture(autouse=True)
def own_recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds what another has recorded, on its disk or, where that failed, beside it: the
    window asks about a session that was not closed."""
    home = next(_homes)
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(home / "recordings"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    mark = item.get_closest_marker("timeout")
    limit_s = float(mark.args[0] if mark and mark.args else item.config.getini("timeout"))
    faulthandler.dump_traceback_later(limit_s + BEYOND_S, exit=True, file=_stderr)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


def pytest_unconfigure() -> None:
    faulthandler.dump_traceback_later(EXIT_S, exit=True, file=_stderr)


@pytest.fixture(scope="session")
def qapp() -> object:
    from milmer_live.ui.app import make_app

    return make_app()
