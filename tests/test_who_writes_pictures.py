"""Every place that can put a picture on a disk is known, and each has its guard."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "milmer_live"

# By the last part of what is called; `save` and `grab` with the conditions below.
WRITERS = {
    *("imwrite", "imwritemulti", "imencode", "imsave", "fromarray", "savefig", "print_figure"),
    *("savez", "savez_compressed", "tofile", "open_memmap", "write_bytes", "copyfile", "copytree"),
    *("copyfileobj", "copy2", "VideoWriter", "SessionVideo", "mux", "add_stream_from_template"),
    *("QSvgGenerator", "QPdfWriter", "QPrinter", "QImageWriter", "QMediaRecorder"),
    "grabWindow",
}

DRAWN = "a drawn participant or a blank picture: nobody's face"
NO_PICTURE = "weights, predictions, signals, splits: no picture"
MADE_UP = "bytes that a benchmark makes up, in a folder that it removes"
ASKED = "what the user names of a data set of theirs; for its user alone"

# Where, and what keeps a face from the disk there: a reason, or the test that holds the guard.
GUARDS = {
    "bench/fuzz.py work": MADE_UP,
    "bench/fuzz_readers.py _checkpoints": NO_PICTURE,
    "bench/fuzz_readers.py _label_tables": NO_PICTURE,
    "bench/fuzz_readers.py _pickles": NO_PICTURE,
    "bench/fuzz_readers.py _qoi_pictures": MADE_UP,
    "bench/fuzz_readers.py _read_checkpoint": NO_PICTURE,
    "bench/fuzz_readers.py _read_crops": MADE_UP,
    "bench/fuzz_readers.py _videos": MADE_UP,
    "bench/inference.py drawn": NO_PICTURE,
    "commands/ablate.py ablate": NO_PICTURE,
    "commands/baselines.py _fit": NO_PICTURE,
    "commands/evaluate.py _publish": NO_PICTURE,
    "commands/evaluate.py _save": NO_PICTURE,
    "commands/screenshots.py _grabbed": DRAWN,
    "commands/screenshots.py panel_picture": DRAWN,
    "commands/screenshots.py save": DRAWN,
    "commands/screenshots.py take_dialogs": DRAWN,
    "commands/screenshots.py take_window": DRAWN,
    "storage/crop_files.py _write_arrays": (
        "test_deletion.py::test_nothing_is_left_however_the_session_is_called"
    ),
    "storage/export/arrays.py write_npz": NO_PICTURE,
    "storage/export/fif.py write_fif": NO_PICTURE,
    "storage/face_model.py _write": NO_PICTURE,
    "storage/preview.py draw_recording": ASKED,
    "storage/session_pictures.py Pictures._begin": (
        "test_recorder.py::test_without_consent_there_is_no_picture_on_the_disk"
    ),
    "storage/session_video.py SessionVideo._mux": (
        "test_recorder.py::test_without_consent_there_is_no_picture_on_the_disk"
    ),
    "storage/session_video.py SessionVideo.close": (
        "test_recorder.py::test_without_consent_there_is_no_picture_on_the_disk"
    ),
    "storage/session_video.py _copy_frames": (
        "test_private_files.py::test_a_session_and_what_is_put_into_it_is_private"
    ),
    "storage/video.py VideoWriter._mux": DRAWN,
    "storage/xdf_writer.py XDFWriter.copy_to": NO_PICTURE,
    "training/baselines.py Baselines.save": NO_PICTURE,
    "training/evaluate.py Predictions.save": NO_PICTURE,
    "training/experiment.py _save": NO_PICTURE,
    "training/experiment.py train_fold": NO_PICTURE,
    "training/figures.py svg": NO_PICTURE,
    "training/runs.py Run.start": NO_PICTURE,
    "training/synthesize.py _write_video": DRAWN,
    "ui/figures.py pdf": "test_ui_tools.py::test_no_face_is_saved_without_consent_and_that_is_said",
    "ui/figures.py svg": "test_ui_tools.py::test_no_face_is_saved_without_consent_and_that_is_said",
    "ui/pictures.py _encoded": (
        "test_ui_app.py::test_a_screenshot_shows_a_face_only_with_consent_or_of_nobody"
    ),
    "ui/window_tools.py WindowTools.picture": (
        "test_ui_app.py::test_a_screenshot_shows_a_face_only_with_consent_or_of_nobody"
    ),
}


def picture_writers(source: str, file: str) -> Iterator[str]:
    """`FILE FUNCTION` of each call that may write a picture, or take one of the window."""
    is_window = file.startswith(("ui/", "commands/"))

    def look(node: ast.AST, inside: tuple[str, ...]) -> Iterator[str]:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            inside = (*inside, node.name)
        if isinstance(node, ast.Call) and _writes(node, is_window=is_window):
            yield f"{file} {'.'.join(inside)}"
        for child in ast.iter_child_nodes(node):
            yield from look(child, inside)

    yield from look(ast.parse(source), ())


def _writes(call: ast.Call, *, is_window: bool) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = call.func.id if isinstance(call.func, ast.Name) else name
    if name == "save":
        return bool(call.args or call.keywords)  # without: of a painter's state
    if name == "grab":
        return is_window  # elsewhere a camera is asked for its next frame
    return name in WRITERS


def test_every_place_that_writes_pictures_has_a_guard() -> None:
    found = {
        place
        for path in PACKAGE.rglob("*.py")
        for place in picture_writers(
            path.read_text(encoding="utf-8"), path.relative_to(PACKAGE).as_posix()
        )
    }
    assert found - GUARDS.keys() == set(), "new: what keeps a face from the disk there?"
    assert GUARDS.keys() - found == set(), "gone"


@pytest.mark.parametrize(
    "line",
    [
        "cv2.imwrite(path, picture)",
        "picture.save(str(file))",
        "pixmap.save(file=file)",
        "figure.savefig(path)",
        "np.savez(path, faces=faces)",
        "container.mux(packet)",
        "QPdfWriter(path)",
        "widget.grab()",
        "path.write_bytes(data)",
    ],
)
def test_a_new_one_is_found(line: str) -> None:
    source = f"class A:\n    def b(self) -> None:\n        {line}\n"
    assert [*picture_writers(source, "ui/new.py")] == ["ui/new.py A.b"]


def test_the_state_of_a_painter_is_no_picture() -> None:
    assert [*picture_writers("painter.save()", "ui/new.py")] == []


def test_every_guard_that_is_named_is_a_test() -> None:
    for guard in GUARDS.values():
        if match := re.fullmatch(r"(test_\w+\.py)::(test_\w+)", guard):
            text = (ROOT / "tests" / match[1]).read_text(encoding="utf-8")
            assert f"def {match[2]}(" in text, guard
        else:
            assert guard in (DRAWN, NO_PICTURE, MADE_UP, ASKED)
