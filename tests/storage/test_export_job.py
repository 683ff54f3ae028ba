"""An export beside a recording: it says how far it is, and where it is cancelled nothing stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from live_tools import wait_until
from sessions import amplifier, recorder, run

from milmer_live.samples import MODEL_CHANNELS, EEGInfo
from milmer_live.storage.export import FORMATS, Format
from milmer_live.storage.export.job import (
    ExportJob,
    ExportStep,
)

LIMIT_S = 60.0  # a process of its own imports MNE first


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of 32 channels."""
    one = recorder(tmp_path_factory.mktemp("recordings"))
    amp = amplifier()
    amp.info = EEGInfo("Amp", "id-Amp", MODEL_CHANNELS, 250.0)
    for _ in range(10):
        one.write_eeg(amp.info, amp.chunk(250))
        run(one, 1.0)
    one.close()
    return one.status.folder


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("to", FORMATS)
def test_a_session_is_exported_by_a_process_of_its_own(
    session: Path, tmp_path: Path, to: Format
) -> None:
    job = ExportJob(session, to, tmp_path / "out")
    job.start()
    wait_until(lambda: job.status.is_over, LIMIT_S)
    assert job.status.problem == ""
    assert job.status.step is ExportStep.DONE
    written = job.status.written
    assert written is not None
    assert written.exists()
    assert written.name in left_behind(tmp_path / "out")
    assert not any(name.startswith(".partial") for name in left_behind(tmp_path / "out"))


def test_a_cancelled_export_leaves_nothing(session: Path, tmp_path: Path) -> None:
    job = ExportJob(session, "fif", tmp_path / "out")
    job.start()
    wait_until(lambda: bool(left_behind(tmp_path / "out")))
    job.cancel()
    assert job.join(LIMIT_S)
    assert job.status.step is ExportStep.CANCELLED
    assert left_behind(tmp_path / "out") == []


def test_what_exists_is_not_overwritten(session: Path, tmp_path: Path) -> None:
    first = ExportJob(session, "npz", tmp_path)
    first.start()
    assert first.join(LIMIT_S)
    assert first.status.written is not None
    before = first.status.written.read_bytes()
    again = ExportJob(session, "npz", tmp_path)
    again.start()
    assert again.join(LIMIT_S)
    assert again.status.step is ExportStep.FAILED
    assert "exists already" in again.status.problem
    assert first.status.written.read_bytes() == before
    assert len(np.load(first.status.written)["eeg_uv"]) == 2500


@pytest.mark.parametrize("where", ["no session", "no folder"])
def test_what_cannot_be_exported_is_said(session: Path, tmp_path: Path, where: str) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    job = (
        ExportJob(tmp_path, "csv", tmp_path / "out")
        if where == "no session"
        else ExportJob(session, "csv", blocked)
    )
    job.start()
    assert job.join(LIMIT_S)
    assert job.status.step is ExportStep.FAILED
    assert str(tmp_path) in job.status.problem
