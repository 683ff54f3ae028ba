"""The command line as a user meets it: quick, and one sentence when something is wrong."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from milmer_live import paths
from milmer_live.cli.app import app

HELP = ("-h", "--help")
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


def test_every_command_has_help_by_both_names() -> None:
    runner = CliRunner()
    names = [one.name or getattr(one.callback, "__name__", "") for one in app.registered_commands]
    assert len(names) > 15
    for name in names:
        short, long = (runner.invoke(app, [name.replace("_", "-"), option]) for option in HELP)
        assert (short.exit_code, short.stdout) == (0, long.stdout), name
        assert "Usage:" in short.stdout


def test_the_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"milmer-live {version('milmer-live')}\n")


def test_verbose_names_the_log_which_is_kept_over_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILMER_LIVE_CACHE", str(tmp_path))
    log = logging.getLogger("milmer_live")
    level, shown = log.level, ""
    try:
        for text in ("first", "second"):

            def find(*_roots: Path, said: str = text) -> tuple[Path, ...]:
                log.debug(said)
                return ()

            monkeypatch.setattr("milmer_live.storage.session.catalogue.find_sessions", find)
            shown = CliRunner().invoke(app, ["--verbose", "sessions", str(tmp_path)]).output
    finally:
        log.setLevel(level)
    assert f"Log: {paths.log_file()}" in shown
    written = paths.log_file().read_text(encoding="utf-8")
    assert written.index("first") < written.index("second")


DIVERTED = """
import faulthandler, os
from milmer_live.system.native_log import divert_native_output
divert_native_output()
os.write(2, b"from a library\\n")
"""


def test_the_native_log_is_kept_and_tells_what_was_running_in_a_crash(tmp_path: Path) -> None:
    environment = {**os.environ, "MILMER_LIVE_CACHE": str(tmp_path)}
    environment.pop("PYTHONFAULTHANDLER", None)
    for then in ("", "faulthandler._sigsegv()\n"):
        command = [sys.executable, "-c", DIVERTED + then]
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        assert "from a library" not in ended.stderr
    written = (tmp_path / "native.log").read_text(encoding="utf-8")
    assert written.count("from a library") == 2
    assert "Segmentation fault" in written
    assert 'File "<string>"' in written
