"""OpenVINO's parts of a checkpoint are made once, and the program that uses them never imports
PyTorch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from model_tools import saved, tiny

from milmer_live.errors import ModelError
from milmer_live.model.backends import openvino_cache as prepare
from milmer_live.model.backends.openvino_ import SPEC
from milmer_live.model.backends.openvino_cache import (
    is_prepared,
    prepared,
)
from milmer_live.model.card import CheckpointFile
from milmer_live.model.network import Milmer
from milmer_live.paths import cache_dir

ASK = """
import sys
from pathlib import Path
from milmer_live.model.card import CheckpointFile
from milmer_live.model.backends.choose import choose_predictor
live = choose_predictor(CheckpointFile.open(Path(sys.argv[1])), "cpu", "fp32")
print(live.backend.label, "torch" in sys.modules, "timm" in sys.modules)
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CheckpointFile:
    monkeypatch.setenv("MILMER_LIVE_CACHE", str(tmp_path / "cache"))
    torch.manual_seed(0)
    return saved(Milmer(tiny()), tmp_path)


def test_parts_are_made_once_and_used_without_pytorch(
    file: CheckpointFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_prepared(file)
    folder = prepared(file)
    assert is_prepared(file)
    monkeypatch.setattr(prepare, "_in_a_worker", lambda *_of: pytest.fail("made again"))
    assert prepared(file) == folder
    command = [sys.executable, "-c", ASK, str(file.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "OpenVINO on the CPU, fp32 False False"


def test_what_a_program_left_that_was_ended_meanwhile_is_removed(
    file: CheckpointFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    home = cache_dir() / "openvino"
    left, older, in_use = (
        home / f"{prepare.PARTIAL}{name}" for name in (f"{ended.pid}-a", "b1c2", f"{os.getpid()}-c")
    )
    for folder in (left, older, in_use):
        folder.mkdir(parents=True)
        (folder / "window.bin").write_bytes(b"half")
    monkeypatch.setattr(prepare, "_in_a_worker", lambda _file, new: (new / SPEC).write_text("{}"))
    prepared(file)
    assert [path.exists() for path in (left, older, in_use)] == [False, False, True]


def test_what_was_half_made_is_not_used(
    file: CheckpointFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(_checkpoint: Path, folder: Path) -> None:
        (folder / "window.xml").write_text("<net")
        raise RuntimeError("The process that converts the model has died.")

    monkeypatch.setattr(prepare, "_in_a_worker", dies)
    with pytest.raises(RuntimeError, match="has died"):
        prepared(file)
    assert not is_prepared(file)
    assert list((cache_dir() / "openvino").iterdir()) == []


def test_only_the_newest_are_kept(
    file: CheckpointFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "_in_a_worker", lambda _of, to: (to / SPEC).write_text("{}"))
    for number in range(prepare.KEPT + 2):
        card = file.card.model_copy(update={"weights_sha256": f"{number:016d}"})
        made = prepared(CheckpointFile(file.path, card))
        assert (made / SPEC).is_file()
    assert len(list((tmp_path / "cache" / "openvino").iterdir())) == prepare.KEPT


def test_a_damaged_checkpoint_is_refused_before_anything_is_made(file: CheckpointFile) -> None:
    file.path.write_bytes(file.path.read_bytes()[:-10])
    with pytest.raises(ModelError, match="is damaged"):
        CheckpointFile.open(file.path)
    with pytest.raises(ModelError, match="is damaged"):
        prepared(file)
