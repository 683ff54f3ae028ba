"""Whether a session is still being written: asked of a lock, in other processes and after kills."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sessions import amplifier, recorder
from sessions import run as run_steps
from typer.testing import CliRunner

from milmer_live.cli.app import app
from milmer_live.errors import RecordingError
from milmer_live.storage.session import lock as session_lock
from milmer_live.storage.session.catalogue import (
    session_row,
    unfinished_sessions,
)
from milmer_live.storage.session.lock import (
    LOCK_NAME,
    is_written,
)
from milmer_live.storage.upkeep.check import (
    Level,
    check_session,
)
from milmer_live.storage.upkeep.deletion import (
    carry_out,
    plan_deletion,
)
from milmer_live.storage.upkeep.repair import repair_any


@contextmanager
def recording_process(root: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that records a session, and the session's folder; killed at the end."""
    command = [sys.executable, "-m", "milmer_live.bench.senders.record_until_killed", str(root)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        process.stdout.readline()
        try:
            yield process, folder
        finally:
            process.kill()


def run(*arguments: str | Path) -> Any:
    command = [sys.executable, "-m", "milmer_live", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.timeout(300)
def test_a_session_that_runs_is_neither_repaired_nor_deleted_and_a_killed_one_is_at_once(
    tmp_path: Path,
) -> None:
    with recording_process(tmp_path) as (process, folder):
        before = {file.name for file in folder.iterdir()}
        for path in (folder, folder / "session.xdf", folder / "face.mkv"):
            refused = run("repair", path)
            assert refused.returncode == 2
            assert "is being recorded and cannot be repaired." in refused.stderr
            assert "Traceback" not in refused.stderr
        for path in (folder, folder.parent):
            refused = run("delete", path, "--yes")
            assert refused.returncode == 2
            assert f"{folder} is being recorded and cannot be deleted." in refused.stderr
        assert {file.name for file in folder.iterdir()} - before <= {"face.mkv"}
        os.utime(folder / "session.xdf", (1, 1))  # no clock is asked
        assert unfinished_sessions(tmp_path) == ()
        assert session_row(folder).fault == "It is being recorded."
        texts = [one.text for one in check_session(folder) if one.level is Level.NOTE]
        assert "the recording goes on" in texts

        process.kill()
        process.wait()
        assert (folder / LOCK_NAME).is_file(), "what a kill leaves confuses nobody"
        assert unfinished_sessions(tmp_path) == (folder,), "offered at once"
        assert session_row(folder).fault == "It was not closed in order; repair it."
        assert run("repair", folder).returncode == 0
        assert run("delete", folder, "--yes").returncode == 0
        assert not folder.exists()


def test_a_session_that_has_ended_keeps_no_lock(tmp_path: Path) -> None:
    amp, session = amplifier(), recorder(tmp_path)
    session.write_eeg(amp.info, amp.chunk(100))
    session.step()
    folder = session.status.folder
    assert is_written(folder) is True

    session.close()

    assert is_written(folder) is False
    assert not (folder / LOCK_NAME).exists()
    assert session_row(folder).fault == ""
    carry_out(plan_deletion(folder))


def test_the_part_in_the_fallback_folder_has_a_lock_of_its_own(tmp_path: Path) -> None:
    session = recorder(tmp_path / "disk", fallback=tmp_path / "fallback")
    amp, first = amplifier(), session.status.folder
    session.write_eeg(amp.info, amp.chunk(100))
    session.step()
    shutil.rmtree(first)
    run_steps(session, 2.0)
    second = session.status.folder
    assert second != first

    assert is_written(second) is True
    with pytest.raises(RecordingError, match="is being recorded"):
        plan_deletion(second.parent)
    session.close()
    assert is_written(second) is False


def test_a_copy_of_a_running_session_is_written_by_nobody(tmp_path: Path) -> None:
    session = recorder(tmp_path / "recordings")
    amp = amplifier()
    session.write_eeg(amp.info, amp.chunk(100))
    session.step()
    copy = shutil.copytree(session.status.folder, tmp_path / "copies" / "sub-01" / "ses-1")

    assert unfinished_sessions(tmp_path / "copies") == (copy,)
    assert repair_any(copy)
    session.close()


def test_a_session_that_failed_in_closing_is_offered_for_repair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    amp, session = amplifier(), recorder(tmp_path)
    session.write_eeg(amp.info, amp.chunk(100))
    session.step()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    session.close()
    monkeypatch.undo()

    assert unfinished_sessions(tmp_path) == (session.status.folder,)


def test_where_locks_do_not_work_it_is_not_known_and_the_recording_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object, **__: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(session_lock, "_lock", no_locks)
    amp, session = amplifier(), recorder(tmp_path)
    session.write_eeg(amp.info, amp.chunk(100))
    session.step()
    folder = session.status.folder

    assert is_written(folder) is None
    assert "is not known" in session_row(folder).fault
    assert any("is not known" in one.text for one in check_session(folder))
    assert unfinished_sessions(tmp_path) == (), "it may be running"
    session.close()
    assert is_written(folder) is False, "its card says that it ended"
    assert session_row(folder).fault == ""


def test_repair_says_where_it_is_not_known(tmp_path: Path) -> None:
    with recording_process(tmp_path) as (process, folder):
        process.kill()
        process.wait()
    (folder / LOCK_NAME).unlink()

    done = CliRunner().invoke(app, ["repair", str(folder)])

    assert done.exit_code == 0
    assert "not known" in done.output
