"""The command line as a user meets it: quick, and one sentence when something is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "timm", "PySide6", "cv2", "mediapipe", "mne", "sklearn", "scipy", "av", "pylsl")


def milmer_live(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "milmer_live", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_help_names_the_commands_and_imports_nothing_heavy() -> None:
    code = (
        "import sys, milmer_live.cli.app as c\n"
        "from typer.testing import CliRunner\n"
        "print(CliRunner().invoke(c.app, ['--help']).stdout)\n"
        f"print('heavy:', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "heavy: []" in result.stdout
    for command in ("demo", "synthesize", "train", "evaluate", "report", "ablate", "inspect"):
        assert command in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("inspect", "no-such-folder"), "no-such-folder"),
        (("live", "--eeg", "ActiChamp"), "lsl:NAME"),
        (("inspect", "{empty}"), "DEAP"),
        (("evaluate", "{text}", "{empty}"), "text.json is missing"),
        (("demo", "--headless", "--checkpoint", "{text}"), "text.json is missing"),
        (("demo", "--headless", "--checkpoint", "nowhere.safetensors"), "nowhere.safetensors"),
        (("train", "nowhere.toml"), "nowhere.toml"),
        (("train", "--data", "{empty}", "--preset", "demo"), "DEAP"),
        (("synthesize", "{tmp}", "--participants", "1"), "not empty"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    text = tmp_path / "text.safetensors"
    text.write_text("this is not a checkpoint")
    empty = tmp_path / "empty"
    empty.mkdir()
    result = milmer_live(*(a.format(text=text, empty=empty, tmp=tmp_path) for a in arguments))
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
