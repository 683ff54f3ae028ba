"""`milmer-live live` as a user starts it: with what is wrong in words, and on a board."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import torch
from live_tools import wait_until
from model_tools import tiny, tiny_card
from rich.console import Console

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.cli.live import (
    live,
)
from milmer_live.errors import ConfigError, SourceLost
from milmer_live.model import checkpoint as checkpoints
from milmer_live.model.backends import choose
from milmer_live.model.network import Milmer
from milmer_live.runs.devices import LiveRun
from milmer_live.runs.sources import (
    open_sources,
)


@pytest.fixture(autouse=True)
def _pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there at once: what OpenVINO needs would be made first (test_model_prepare.py)."""
    monkeypatch.setattr(choose, "find_spec", lambda _name: None)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network that has learned nothing."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    config = tiny()
    checkpoints.save(path, Milmer(config), tiny_card(config, name="tiny"))
    return path


@pytest.mark.parametrize(
    ("eeg", "camera", "asked", "said"),
    [
        ("ActiChamp", None, {}, "lsl:NAME"),
        ("brainflow:CYTHON", None, {}, "Did you mean CYTON"),
        ("lsl:A", "0", {}, "camera:0"),
        ("lsl:A", "camera:0", {"rate": -3}, "The camera: rate: .* greater than or equal to 0"),
    ],
)
def test_what_names_no_source_is_refused(
    eeg: str, camera: str | None, asked: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        open_sources(eeg, camera, asked)


def test_a_size_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="640x480"):
        live("lsl:A", "camera:0", camera_size="big")


@pytest.mark.timeout(300)
def test_a_board_is_recognised_and_the_camera_that_is_missing_is_said(model: Path) -> None:
    printed = io.StringIO()
    sources = open_sources("brainflow:SYNTHETIC", "camera:nowhere.avi", {})
    console = Console(file=printed, soft_wrap=True)
    run = LiveRun.prepare(*sources, model, console, headless=True, publishes=True)
    run.open().start()
    try:
        wait_until(lambda: len(run.snapshot().trail) > 3, 60.0)
        prediction = run.snapshot().prediction
    finally:
        run.stop()
    assert prediction is not None
    assert not prediction.is_known, "half of what the board makes up is larger than any EEG"
    run.print_prediction(prediction, 0.02)
    run.print_report()
    lines = printed.getvalue()
    assert "There is no video file nowhere.avi. Check the path." in lines
    assert re.search(r"\d\.\ds  not enough signal .* \d+ ms\n", lines)
    assert "Dropped:       0 of 0 frames" in lines
    assert "Camera:" not in lines, "no frame came"
    assert lines.count("22 of 32 channels are made from their neighbours: Fp1, AF3, FC5") == 1
    assert re.search(r"EEG samples: +\d+ received, 0 lost, 0 not usable, \d+ late, 0 over", lines)


def test_a_stream_that_never_comes_is_waited_for_and_said(model: Path) -> None:
    printed = io.StringIO()
    console = Console(file=printed, soft_wrap=True)
    absent = LSLSource(name="Nobody", timeout_s=0.2)
    run = LiveRun.prepare(absent, None, model, console, headless=True, publishes=False)
    run.open().start()
    wait_until(lambda: "No LSL stream named 'Nobody'" in run.snapshot().fault)
    run.stop()
    with pytest.raises(SourceLost, match=r"No sample of EEG has come\. No LSL stream"):
        run.print_report()
    assert "No LSL stream named 'Nobody'" in printed.getvalue()
