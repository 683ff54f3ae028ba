"""How a run ends: by signals, by readers that go away, by closed descriptors; always in order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from places import SUPPORT
from sessions import amplifier as fake_amplifier
from sessions import recorder

from milmer_live.storage.session.reader import open_session
from milmer_live.storage.upkeep.check import (
    Level,
    check_session,
)
from milmer_live.system.stopping import stop_requests

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name == "nt", reason="Windows has other signals and other pipes"),
]

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def until(is_so: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait for a condition; fail where it does not come in time."""
    deadline, nothing = time.monotonic() + seconds, threading.Event()
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        nothing.wait(0.05)


@pytest.fixture(scope="module")
def amplifier() -> Iterator[str]:
    """An amplifier in a process of its own: its spec."""
    name = f"endings-{os.getpid()}"
    with subprocess.Popen(
        [sys.executable, str(SUPPORT / "lsl_amplifier.py"), name, "7"]
    ) as process:
        yield f"lsl:source_id={name}"
        process.kill()


def record(spec: str, root: Path, *more: str) -> list[str]:
    program = [sys.executable, "-m", "milmer_live", "record", "--eeg", spec]
    return [*program, "--participant", "01", "--out", str(root), *more]


@contextmanager
def started(command: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def session_in(root: Path) -> Path | None:
    """The session's folder, once it has samples."""
    for file in root.glob("sub-*/ses-*/session.xdf"):
        if file.stat().st_size > 20_000:
            return file.parent
    return None


def found(root: Path) -> Path:
    until(lambda: session_in(root))
    folder = session_in(root)
    assert folder is not None
    return folder


def ended_in_order(folder: Path) -> float:
    """Assert it; how long the EEG is, in seconds."""
    card = json.loads((folder / "session.json").read_text())
    assert card["ended"]
    session = open_session(folder)
    assert session.file.is_intact
    assert [one for one in check_session(folder) if one.level is Level.FAULT] == []
    return float(session.eeg.times[-1] - session.eeg.times[0])


@pytest.mark.parametrize("number", ENDINGS)
def test_a_recording_ends_in_order_by_each_signal_and_by_two_of_them(
    amplifier: str, tmp_path: Path, number: int
) -> None:
    pipe = subprocess.PIPE
    with started(record(amplifier, tmp_path), stdout=pipe, stderr=pipe) as process:
        folder = found(tmp_path)
        process.send_signal(number)
        process.send_signal(number)
        said, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints
    assert complaints == ""
    assert "(closed)" in said
    assert ended_in_order(folder) > 0


def test_a_recording_that_was_told_to_ignore_hangups_does(amplifier: str, tmp_path: Path) -> None:
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *record(amplifier, tmp_path)]
    with started(command, stdout=subprocess.DEVNULL) as process:
        folder = found(tmp_path)
        process.send_signal(signal.SIGHUP)
        size = (folder / "session.xdf").stat().st_size
        until(lambda: (folder / "session.xdf").stat().st_size > 2 * size)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    ended_in_order(folder)


@pytest.mark.parametrize(
    "ends",
    ["| head -n 1", "<&-", "<&- >&- 2>&-", ">/dev/full 2>&1"],
)
def test_what_becomes_of_the_standard_streams_changes_nothing(
    amplifier: str, tmp_path: Path, ends: str
) -> None:
    script = f'"$@" {ends}; exit ${{PIPESTATUS[0]}}'
    command = ["bash", "-c", script, "bash", *record(amplifier, tmp_path, "--duration", "10")]
    done = subprocess.run(command, timeout=120, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    folder = found(tmp_path)
    assert ended_in_order(folder) > 1.5
    assert b"liblsl" not in (folder / "session.xdf").read_bytes(), "nothing prints into the file"


def test_a_reader_that_has_paused_does_not_keep_a_recording_from_its_end(
    amplifier: str, tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):  # until it is full
        while True:
            os.write(writer, b"." * 4096)
    os.set_blocking(writer, True)
    with started(record(amplifier, tmp_path, "--duration", "10"), stdout=writer) as process:
        os.close(writer)
        folder = found(tmp_path)
        until(lambda: json.loads((folder / "session.json").read_text())["ended"])
        ended_in_order(folder)
        with os.fdopen(reader) as output:
            assert "Read back:" in output.read(), "the report is waited for"
        assert process.wait(timeout=60) == 0


def test_a_terminal_that_is_closed_ends_a_recording_in_order(
    amplifier: str, tmp_path: Path
) -> None:
    master, terminal = os.openpty()
    ends = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    with started(record(amplifier, tmp_path), start_new_session=True, **ends) as process:
        os.close(terminal)
        folder = found(tmp_path)
        os.close(master)  # what is printed fails from now on
        process.send_signal(signal.SIGHUP)  # as the terminal's session does
        assert process.wait(timeout=120) == 0
    ended_in_order(folder)


@pytest.mark.parametrize(
    ("mode", "number"),
    [("live", signal.SIGHUP), ("live", signal.SIGINT), ("demo", signal.SIGTERM)],
)
def test_a_run_without_a_window_ends_in_order(
    amplifier: str, tmp_path: Path, mode: str, number: int
) -> None:
    command = [sys.executable, "-m", "milmer_live", mode, "--headless", "--duration", "100"]
    command += ["--eeg", amplifier] if mode == "live" else ["--screenshot", str(tmp_path / "a.png")]
    pipe = subprocess.PIPE
    with started(command, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        line = "begin"
        while line and not line.lstrip()[:1].isdigit():
            line = process.stdout.readline()
        process.send_signal(number)
        said, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints
    assert "EEG samples:" in said, "the report is printed"
    assert "Traceback" not in complaints


@pytest.mark.parametrize("ends", ["<&-", ">&-", "| head -n 1"])
def test_a_replay_plays_to_its_end(tmp_path: Path, ends: str) -> None:
    folder = short_session(tmp_path)
    program = [sys.executable, "-m", "milmer_live", "replay", str(folder)]
    script = f'"$@" {ends}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", script, "bash", *program],
        timeout=120,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", ENDINGS)
def test_a_replay_ends_in_order(tmp_path: Path, number: int) -> None:
    command = [
        sys.executable,
        "-m",
        "milmer_live",
        "replay",
        "--loop",
        str(short_session(tmp_path)),
    ]
    pipe = subprocess.PIPE
    with started(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def short_session(root: Path) -> Path:
    one, session = fake_amplifier(n_channels=8), recorder(root)
    session.write_eeg(one.info, one.chunk(500))
    session.step()
    session.close()
    return session.status.folder


@pytest.mark.parametrize(
    ("number", "mode"),
    [(signal.SIGINT, "asked"), (signal.SIGTERM, ""), (signal.SIGHUP, "held")],
)
def test_the_window_closes_its_session_without_a_question(
    tmp_path: Path, number: int, mode: str
) -> None:
    command = [sys.executable, str(SUPPORT / "window_that_records.py"), str(tmp_path), mode]
    environment = os.environ | {"MILMER_LIVE_CONFIG": str(tmp_path / "config")}
    with started(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        if mode:
            assert process.stdout.readline() == f"{mode}\n"
        process.send_signal(number)
        assert process.wait(timeout=120) == 0
    card = json.loads((folder / "session.json").read_text())
    assert card["ended"]
    assert open_session(folder).file.is_intact


def test_the_signals_are_as_before_when_nobody_listens_any_more() -> None:
    before = [signal.getsignal(number) for number in ENDINGS]
    with stop_requests() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(10.0)
        os.kill(os.getpid(), signal.SIGTERM)
    assert [signal.getsignal(number) for number in ENDINGS] == before
