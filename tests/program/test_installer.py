"""What `make installer` builds has all that the program asks for when it runs."""

from __future__ import annotations

import ast
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from built_program import DoesNotWork, nobodys, painted
from places import ROOT

from milmer_live import (
    no_telemetry,
    paths,
    pyinstaller_entry,
)
from milmer_live.errors import ModelError
from milmer_live.model.card import RECORDED_LIBRARIES
from milmer_live.storage.face_model import fetch_face_model
from milmer_live.storage.session.card import LIBRARIES

INSIDE = Path("milmer_live") / "resources"

SAID = """
  9.5s  HALV  HALV        0.00   0.00   0.01   0.98     7 ms

Predictions:   {made} ({made} of them painted)
"""


class Step:
    """Stands for a step of PyInstaller: keeps what it is asked for, and builds nothing."""

    pure = scripts = binaries = datas = ()

    def __init__(self, *words: Any, **wishes: Any) -> None:
        self.words, self.wishes = words, wishes


@pytest.fixture(scope="module")
def analysis() -> Step:
    """What the spec asks PyInstaller to analyse and to collect."""
    steps = dict.fromkeys(("Analysis", "PYZ", "EXE", "COLLECT"), Step)
    spec = runpy.run_path(str(ROOT / "installer.spec"), {**steps, "SPECPATH": str(ROOT)})
    found = spec["analysis"]
    assert isinstance(found, Step)
    return found


def collected(analysis: Step, kind: str = "datas") -> set[Path]:
    """The places in the bundle of all files asked for; a folder brings all that is in it."""
    places = set()
    for source, place in analysis.wishes[kind]:
        found = Path(source)
        files = found.rglob("*") if found.is_dir() else [found]
        base = found if found.is_dir() else found.parent
        places |= {Path(place) / file.relative_to(base) for file in files}
    return places


def modules() -> dict[str, Path]:
    """Every module of ours and its file."""
    found = {}
    for file in (ROOT / "milmer_live").rglob("*.py"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = file
    return found


def imported(file: Path) -> set[str]:
    """The packages that a file imports, at its top or inside a function."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    origins = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in plain | origins}


def test_every_module_is_built_in_also_those_that_commands_import_late(analysis: Step) -> None:
    assert set(modules()) <= set(analysis.wishes["hiddenimports"])
    assert analysis.words == ([str(ROOT / "milmer_live" / "pyinstaller_entry.py")],)


def test_nothing_that_the_program_imports_is_left_out(analysis: Step) -> None:
    asked = set().union(*(imported(file) for file in modules().values()))
    assert asked > {"torch", "mediapipe", "brainflow"}
    through_others = {"tensorboard"}  # torch.utils.tensorboard
    assert (asked | through_others).isdisjoint(analysis.wishes["excludes"])


def test_what_reports_about_the_user_is_left_out_and_switched_off_first(analysis: Step) -> None:
    assert set(no_telemetry.ABSENT) <= set(analysis.wishes["excludes"])
    start = ast.parse(Path(pyinstaller_entry.__file__).read_text(encoding="utf-8"))
    asked = [node for node in ast.walk(start) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [alias.name for node in asked for alias in node.names]
    assert names.index("milmer_live") < names.index("torch")


def test_every_resource_lies_where_an_installed_package_has_it(analysis: Step) -> None:
    files = {file.relative_to(ROOT / "resources") for file in (ROOT / "resources").rglob("*")}
    assert files
    assert {INSIDE / file for file in files} <= collected(analysis)
    assert INSIDE / "models" / paths.face_model().name in collected(analysis)


def test_files_beside_the_modules_are_brought(analysis: Step) -> None:
    package = ROOT / "milmer_live"
    beside = {it for it in package.rglob("*") if it.suffix not in ("", ".py", ".pyc")}
    assert package / "training" / "results" / "report.html.jinja" in beside
    assert {file.relative_to(ROOT) for file in beside} <= collected(analysis)


def test_libraries_that_are_loaded_by_name_are_brought(analysis: Step) -> None:
    places = {place.parts[0] for place in collected(analysis, "binaries")}
    assert places >= {"brainflow", "mediapipe", "openvino", "pylsl", "torchvision"}


def test_versions_that_cards_record_are_known(analysis: Step) -> None:
    described = {
        place.parts[0].split("-")[0].lower()
        for place in collected(analysis)
        if place.parts[0].endswith(".dist-info")
    }
    assert {name.replace("-", "_") for name in (*RECORDED_LIBRARIES, *LIBRARIES)} <= described


def test_the_code_that_names_what_is_kept_in_the_cache_can_be_read(analysis: Step) -> None:
    assert analysis.wishes["module_collection_mode"] == {
        "milmer_live.synthetic": "pyz+py",
        "milmer_live.model": "pyz+py",
    }


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """As in the built program; the user's home."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("MILMER_LIVE_RECORDINGS", "XDG_DOCUMENTS_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_built_program_carries_the_face_model_and_never_asks_pip(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert paths.face_model().parent == paths.resource("models")
    monkeypatch.setattr(subprocess, "run", None)
    with pytest.raises(ModelError, match="Install the program again"):
        fetch_face_model(built / "face.tflite")


def test_sessions_of_a_built_program_go_to_the_users_documents(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert paths.recordings() == built / "Documents" / "milmer_live"
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", "elsewhere")
    assert paths.recordings() == Path("elsewhere")


@pytest.fixture
def start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[Any, str]]:
    """Starts the built program's entry; gives the exit code and all that it said."""

    def run(*words: str) -> tuple[Any, str]:
        monkeypatch.setattr(sys, "argv", ["milmer-live", *words])
        with pytest.raises(SystemExit) as ended:
            pyinstaller_entry.main()
        said = capsys.readouterr()
        return ended.value.code, said.out + said.err

    return run


def test_a_double_click_opens_the_window(
    start: Callable[..., tuple[Any, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    code, said = start()
    assert code == 2
    assert "There is no screen to show the window on" in said


def test_a_built_program_runs_its_own_helpers_and_no_other_module(
    start: Callable[..., tuple[Any, str]],
) -> None:
    code, said = start("-m", "milmer_live.__main__", "sessions", "--help")
    assert code == 0
    assert "sessions" in said
    code, said = start("-m", "pip", "download", "mediapipe")
    assert code == 2
    assert "No such option: -m" in said


def test_a_program_that_recognises_nothing_does_not_pass() -> None:
    assert painted(SAID.format(made=14)) == 14
    for said in ("", SAID.format(made=0)):
        with pytest.raises(DoesNotWork, match="0 predictions"):
            painted(said)


def test_the_built_program_is_tried_with_nothing_of_this_user(tmp_path: Path) -> None:
    environment = nobodys(tmp_path)
    assert environment["MILMER_LIVE_CACHE"] == str(tmp_path / "cache")
    assert environment["HOME"] == str(tmp_path) != os.environ.get("HOME")
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "DISPLAY"} & set(environment)
