"""Recordings of people, and what is made of them, are for their user alone, whatever the umask."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from sessions import FACE, Amplifier, filmed, frame, recorder, run, shoot, xdf_of

from milmer_live import paths
from milmer_live.config import Preprocessing
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Recording
from milmer_live.storage.crops.files import (
    TrialFaces,
    trial_folder,
    write_faces,
)
from milmer_live.storage.crops.store import CropStore
from milmer_live.storage.dataset import RecordingRef
from milmer_live.storage.export import FORMATS, export
from milmer_live.storage.labels.corrections import correct
from milmer_live.storage.session.streams import Annotation
from milmer_live.storage.upkeep.repair import repair_each
from milmer_live.system.private_files import (
    make_private_folder,
    open_private,
)
from milmer_live.ui.dialogs.crash_report import CrashReporter
from milmer_live.ui.paper.pictures import save_png
from milmer_live.ui.state.files import write_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")

# The library is set up once in a process, by whichever test is the first to ask for it.
BOARD_LOG = """
from milmer_live.acquisition.brainflow.boards import board_shim
board_shim().BoardShim.log_message(2, "a line")
"""
NOTE = Annotation(id="1", kind="note", start=1001.0, stop=1001.0, text="coughed")


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    """The umask that takes no right away."""
    before = os.umask(0)
    yield
    os.umask(before)


def too_open(folder: Path) -> list[str]:
    """Folders and files in `folder` that others may look into, and it itself."""
    assert any(folder.rglob("*"))
    return sorted(
        f"{path} {stat.filemode(path.stat().st_mode)}"
        for path in (folder, *folder.rglob("*"))
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    )


def test_a_session_and_what_is_put_into_it_is_private(tmp_path: Path) -> None:
    root = tmp_path / "lab" / "recordings"
    one = recorder(root, filmed())
    amp = Amplifier(EEGInfo("Cap", "id-cap", MODEL_CHANNELS, 250.0))
    one.write_eeg(amp.info, amp.chunk(500))
    for number in range(10):
        shoot(one, frame(number), FACE)
    one.annotate(NOTE)
    run(one, 0.1)
    one.close()
    folder = one.status.folder
    correct(folder, NOTE.model_copy(update={"id": "2", "corrects": "1", "text": "sneezed"}))
    save_png(QImage(4, 4, QImage.Format.Format_RGB32), folder / "pictures" / "window.png")
    _cut(folder / "session.xdf")
    repair_each(folder)

    names = {path.name for path in folder.rglob("*")}
    assert names >= {"session.xdf.bak", "face.mkv", "corrections.jsonl", "window.png"}
    assert too_open(root.parent) == []


def test_what_is_exported_is_private_also_in_a_folder_that_is_shared(tmp_path: Path) -> None:
    one = recorder(tmp_path / "recordings")
    amp = Amplifier(EEGInfo("Cap", "id-cap", MODEL_CHANNELS, 250.0))
    one.write_eeg(amp.info, amp.chunk(500))
    run(one, 0.1)
    one.close()
    shared = tmp_path / "shared"
    shared.mkdir(0o775)
    for to in FORMATS:
        assert export(one.status.folder, to, shared).exists()
    assert len([*shared.iterdir()]) >= len(FORMATS)
    assert too_open(shared / next(shared.glob("*_bids"))) == []
    assert [path for path in shared.iterdir() if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    assert stat.S_IMODE(shared.stat().st_mode) == 0o775


def _cut(path: Path) -> None:
    """As a crash leaves it."""
    os.truncate(path, path.stat().st_size * 9 // 10)


def test_the_part_in_the_fallback_folder_is_private(tmp_path: Path) -> None:
    fallback = tmp_path / "fallback" / "recordings"
    one = recorder(tmp_path / "disk", filmed(), fallback=fallback)
    amp = Amplifier(EEGInfo("Cap", "id-cap", MODEL_CHANNELS, 250.0))
    one.write_eeg(amp.info, amp.chunk(500))
    run(one, 0.1)
    (tmp_path / "disk").rename(tmp_path / "pulled")
    one.write_eeg(amp.info, amp.chunk(500))
    run(one, 2.0)
    one.close()
    assert xdf_of(one).is_relative_to(fallback)
    assert too_open(tmp_path / "fallback") == []


def test_a_folder_that_the_lab_shares_stays_shared_and_the_session_in_it_is_private(
    tmp_path: Path,
) -> None:
    shared = tmp_path / "study"
    shared.mkdir(0o775)
    one = recorder(shared)
    one.close()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o775
    assert too_open(one.status.folder.parent) == []


def test_cached_crops_are_private_in_a_cache_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = paths.face_model()
    monkeypatch.setattr(paths, "face_model", lambda: model)
    monkeypatch.setenv("MILMER_LIVE_CACHE", str(tmp_path / "cache"))
    store = CropStore(paths.cache_dir() / "crops", Preprocessing(), 64)
    store.folder.mkdir(parents=True)
    store._begin()
    ref = RecordingRef("01", "01/20260101T000000Z/film", _never, has_video=True)
    write_faces(trial_folder(store.folder, ref), _faces())

    assert (trial_folder(store.folder, ref) / "images.npy").is_file()
    assert too_open(store.folder) == []


def _never() -> Recording:
    raise AssertionError("nothing is read")


def _faces() -> TrialFaces:
    return TrialFaces(
        images=np.zeros((1, 64, 64, 3), np.uint8),
        slots=np.zeros(1, np.int64),
        times=np.zeros(1),
        boxes=np.zeros((1, 4), np.float32),
        scores=np.zeros(1, np.float32),
        frames=np.zeros(1, np.int64),
        empty_slots=0,
    )


@pytest.mark.usefixtures("qapp")
def test_logs_reports_of_crashes_and_settings_are_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILMER_LIVE_CACHE", str(tmp_path / "cache"))
    reporter = CrashReporter(paths.log_file())
    reporter.install()
    logging.getLogger("milmer_live").error("Unexpected: a test")
    reporter.uninstall()
    subprocess.run([sys.executable, "-c", BOARD_LOG], check=True, timeout=100)
    write_text(tmp_path / "cache" / "settings.toml", "")

    assert "a test" in paths.log_file().read_text()
    assert paths.log_file().with_name("brainflow.log").is_file()
    assert too_open(tmp_path / "cache") == []


def test_a_file_of_an_older_version_loses_the_rights_of_others(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("a")
    with open_private(old, "a", encoding="utf-8") as file:
        file.write("b")
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert old.read_text() == "ab"


def test_a_strict_umask_does_not_lock_its_own_user_out(tmp_path: Path) -> None:
    os.umask(0o777)
    make_private_folder(tmp_path / "a" / "b")
    with open_private(tmp_path / "a" / "b" / "c", "xb") as file:
        file.write(b"c")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a" / "b" / "c").stat().st_mode) == 0o600
