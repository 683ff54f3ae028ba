"""Every place that can put a picture on a disk is known, and each has its guard."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from places import ROOT, TESTS

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
NO_FACE_IN_FIGURES = "test_ui_tools.py::test_no_face_is_saved_without_consent_and_that_is_said"
ASKED = "what the user names of a data set of theirs; for its user alone"

# Where, and what keeps a face from the disk there: a reason, or the test that holds the guard.
GUARDS = {
    "bench/fuzz/run.py work": MADE_UP,
    "bench/fuzz/readers.py _checkpoints": NO_PICTURE,
    "bench/fuzz/readers.py _label_tables": NO_PICTURE,
    "bench/fuzz/readers.py _pickles": NO_PICTURE,
    "bench/fuzz/readers.py _qoi_pictures": MADE_UP,
    "bench/fuzz/readers.py _read_checkpoint": NO_PICTURE,
    "bench/fuzz/readers.py _read_crops": MADE_UP,
    "bench/fuzz/readers.py _videos": MADE_UP,
    "bench/inference.py drawn": NO_PICTURE,
    "cli/training/ablate.py ablate": NO_PICTURE,
    "cli/training/baselines.py _fit": NO_PICTURE,
    "cli/training/evaluate.py _fit": NO_PICTURE,
    "cli/training/evaluate.py _publish": NO_PICTURE,
    "cli/training/evaluate.py _save": NO_PICTURE,
    "bench/window/screenshots.py _grabbed": DRAWN,
    "bench/window/screenshots.py panel_picture": DRAWN,
    "bench/window/screenshots.py save": DRAWN,
    "bench/window/screenshots.py take_dialogs": DRAWN,
    "bench/window/screenshots.py take_window": DRAWN,
    "storage/crops/files.py _write_arrays": (
        "test_deletion.py::test_nothing_is_left_however_the_session_is_called"
    ),
    "storage/export/formats/arrays.py write_npz": NO_PICTURE,
    "storage/export/formats/brainvision.py write_grid": NO_PICTURE,
    "storage/export/formats/eeglab.py write_eeglab": NO_PICTURE,
    "storage/export/formats/fif.py write_fif": NO_PICTURE,
    "storage/face_model.py _write": NO_PICTURE,
    "storage/preview.py draw_recording": ASKED,
    "storage/session/pictures.py Pictures._begin": (
        "test_recorder.py::test_without_consent_there_is_no_picture_on_the_disk"
    ),
    "storage/session/video.py SessionVideo._mux": (
        "test_recorder.py::test_without_consent_there_is_no_picture_on_the_disk"
    ),
    "storage/session/video.py SessionVideo.close": (
        "test_recorder.py::test_without_consent_there_is_no_picture_on_the_disk"
    ),
    "storage/session/video.py _copy_frames": (
        "test_private_files.py::test_a_session_and_what_is_put_into_it_is_private"
    ),
    "storage/video.py VideoWriter._mux": DRAWN,
    "storage/xdf/writer.py XDFWriter.copy_to": NO_PICTURE,
    "training/baselines/classifiers.py Baselines.save": NO_PICTURE,
    "training/evaluate.py Predictions.save": NO_PICTURE,
    "training/experiment.py _save": NO_PICTURE,
    "training/experiment.py train_fold": NO_PICTURE,
    "training/results/figures.py svg": NO_PICTURE,
    "training/run_folder.py Run.start": NO_PICTURE,
    "synthetic/dataset.py _write_video": DRAWN,
    "ui/paper/figures.py pdf": NO_FACE_IN_FIGURES,
    "ui/paper/figures.py svg": NO_FACE_IN_FIGURES,
    "ui/paper/pictures.py _encoded": (
        "test_ui_app.py::test_a_screenshot_shows_a_face_only_with_consent_or_of_nobody"
    ),
    "ui/controllers/tools.py WindowTools.picture": (
        "test_ui_app.py::test_a_screenshot_shows_a_face_only_with_consent_or_of_nobody"
    ),
}


def picture_writers(source: str, file: str) -> Iterator[str]:
    """`FILE FUNCTION` of each call that may write a picture, or take one of the window."""
    is_window = file.startswith(("ui/", "bench/window/"))

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
            (file,) = TESTS.rglob(match[1])
            text = file.read_text(encoding="utf-8")
            assert f"def {match[2]}(" in text, guard
        else:
            assert guard in (DRAWN, NO_PICTURE, MADE_UP, ASKED)
