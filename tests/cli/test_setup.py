"""What a user of a bare machine meets first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from milmer_live import doctor, paths
from milmer_live.errors import ModelError
from milmer_live.storage.face_model import fetch_face_model


def test_the_doctor_runs_on_a_bare_python() -> None:
    script = Path(doctor.__file__)
    command = [sys.executable, "-I", "-S", str(script)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "all that is needed is there" in result.stdout


def test_the_doctor_names_the_package_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "LIBRARIES", {"libnowhere.so.9": "libnowhere9"})
    monkeypatch.setattr(sys, "argv", ["doctor.py"])
    assert doctor.main() == 2
    assert "apt-get install libnowhere9" in capsys.readouterr().out


def test_the_tests_need_a_screen_and_the_demo_does_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "TEST_PROGRAMS", {"Xnowhere": "xnowhere"})
    monkeypatch.setattr(sys, "argv", ["doctor.py"])
    assert doctor.main() == 0
    monkeypatch.setattr(sys, "argv", ["doctor.py", "--tests"])
    assert doctor.main() == 2
    assert "apt-get install xnowhere" in capsys.readouterr().out


def test_the_face_model_is_fetched_once() -> None:
    assert fetch_face_model(paths.face_model()) is False


def test_without_a_network_fetching_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ModelError, match="fetch-models"):
        fetch_face_model(tmp_path / "face.tflite")
    assert not (tmp_path / "face.tflite").exists()
