"""Face crops on disk: which faces, extracted once, whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from deap_tree import PRESENTED, draw_face, write_tree, write_video

from milmer_live import paths
from milmer_live.config import FaceSettings, Preprocessing, WindowSettings
from milmer_live.errors import DatasetError, ModelError
from milmer_live.processing.faces.detection import (
    FaceDetector,
    crop_face,
    resize_crop,
)
from milmer_live.samples import EEGInfo, FaceBox, Float64, FrameSample, Recording, frozen
from milmer_live.storage.crops.files import (
    STALE_S,
    find_faces,
    trial_folder,
)
from milmer_live.storage.crops.store import (
    CropStore,
    ExtractionProgress,
)
from milmer_live.storage.dataset import RecordingRef, open_dataset

SIZE = 48


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five trials, four videos; presentation 5 (Experiment_id 2) has none."""
    root = write_tree(tmp_path_factory.mktemp("deap"))
    for trial in (1, 2, 3, 4):
        write_video(root, 1, trial, fps=2.5, n_frames=60, shade=10 * trial)
    return root


@pytest.fixture(scope="module")
def filled(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> CropStore:
    store = CropStore(tmp_path_factory.mktemp("crops"), Preprocessing(), SIZE)
    store.extract(open_dataset(tree).refs, processes=0)
    return store


def contents(store: CropStore, refs: tuple[RecordingRef, ...]) -> list[bytes]:
    loaded = [store.load(ref) for ref in refs]
    return [faces.images.tobytes() + faces.slots.tobytes() for faces in loaded if faces]


def blink(frame: FrameSample) -> FaceBox | None:
    """Finds a face in every third frame."""
    return FaceBox(100, 60, 120, 120, 0.9) if frame.index % 3 == 2 else None


class MemoryFrames:
    """`n` frames a tenth of a second apart, from 3 s on."""

    def __init__(self, n: int) -> None:
        self.times: Float64 = 3 + np.arange(n) / 10

    def __len__(self) -> int:
        return len(self.times)

    def frames(self, start: int = 0) -> Iterator[FrameSample]:
        for index in range(start, len(self)):
            yield FrameSample(draw_face(index), float(self.times[index]), index)


def recording(frames: MemoryFrames, seconds: float = 6.0) -> Recording:
    n = round(seconds * 128)
    return Recording(
        EEGInfo("test", "test", ("Fp1",), 128.0),
        frozen(np.zeros((n, 1), np.float32)),
        frozen(np.arange(n) / 128),
        "p",
        "p/one",
        frames,
    )


def test_a_slots_face_is_that_of_its_first_frame() -> None:
    asked: list[int] = []

    def detect(frame: FrameSample) -> FaceBox | None:
        asked.append(frame.index)
        return blink(frame)

    window = WindowSettings(length_s=3, bag_size=6)  # slots of 0.5 s: five frames each
    settings = Preprocessing(window=window)
    faces = find_faces(recording(MemoryFrames(50)), detect, settings, SIZE)
    assert asked == [0, 5, 10, 15, 20, 25]  # the recording ends at 6 s
    assert faces.frames.tolist() == [5, 20]
    assert faces.slots.tolist() == [7, 10]
    np.testing.assert_allclose(faces.times, 3 + faces.frames / 10)
    assert faces.empty_slots == 4
    frame = next(MemoryFrames(50).frames(20))
    box = blink(frame)
    assert box is not None
    expected = resize_crop(crop_face(frame, box, settings.faces).image, SIZE)
    np.testing.assert_array_equal(faces.images[1], expected)


def test_slots_with_frames_but_no_face_are_counted() -> None:
    faces = find_faces(recording(MemoryFrames(30)), lambda _: None, Preprocessing(), SIZE)
    assert len(faces) == 0
    assert faces.images.shape == (0, SIZE, SIZE, 3)
    assert faces.boxes.shape == (0, 4)
    assert faces.empty_slots == 10


def test_crops_read_from_disk_are_those_of_the_video(tree: Path, filled: CropStore) -> None:
    ref = open_dataset(tree).refs[0]
    faces = filled.load(ref)
    assert faces is not None
    assert isinstance(faces.images, np.memmap)
    assert faces.images.dtype == np.uint8
    assert len(faces) == 60  # 2.5 frames a second: each in a slot of its own
    assert faces.scores.min() >= 0.7
    with FaceDetector(paths.face_model(), FaceSettings()) as detect:
        again = find_faces(ref.open(), detect, Preprocessing(), SIZE)
    np.testing.assert_array_equal(faces.images, again.images)
    np.testing.assert_array_equal(faces.slots, again.slots)
    np.testing.assert_array_equal(faces.boxes, again.boxes)


def test_a_trial_without_video_has_no_crops(tree: Path, filled: CropStore) -> None:
    refs = open_dataset(tree).refs
    assert PRESENTED[5] == 2
    assert [filled.load(ref) is None for ref in refs] == [False, True, False, False, False]
    report = filled.report(refs)
    assert (report.trials, report.faces, report.empty_slots) == (4, 240, 0)
    assert report.without_video == ("s01/trial02",)
    assert report.faceless == ()


def test_several_processes_give_the_same_and_tell_of_it(
    tree: Path, filled: CropStore, tmp_path: Path
) -> None:
    refs = open_dataset(tree).refs
    told: list[ExtractionProgress] = []
    store = CropStore(tmp_path, Preprocessing(), SIZE)
    report = store.extract(refs, processes=2, progress=told.append)
    assert contents(store, refs) == contents(filled, refs)
    assert [one.done for one in told] == [0, 1, 2, 3, 4]
    assert (told[0].total, told[-1].faces) == (4, report.faces)
    assert "Face crops of 4 trials need up to" in str(told[0].plan)
    assert "1 trials have no video" in str(told[0].plan)


def test_what_is_done_is_not_done_again(tree: Path, filled: CropStore) -> None:
    refs = open_dataset(tree).refs
    told: list[ExtractionProgress] = []
    filled.extract(refs, processes=0, progress=told.append)
    assert [(one.done, one.total) for one in told] == [(0, 0)]
    assert len(told[0].plan.done) == 4


def test_settings_that_change_a_crop_have_a_folder_of_their_own(tmp_path: Path) -> None:
    def folder(size: int = SIZE, **settings: dict[str, float]) -> Path:
        return CropStore(tmp_path, Preprocessing.model_validate(settings), size).folder

    assert folder(window={"hop_s": 1.0}, filters={"low_hz": 4.0}) == folder()
    others = {
        folder(64),
        folder(faces={"grow": 0.2}),
        folder(faces={"min_confidence": 0.5}),
        folder(window={"bag_size": 5}),
    }
    assert len(others | {folder()}) == 5


def test_another_video_of_the_same_name_is_another_video(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "deap")
    write_video(root, 1, 4, fps=2.5, n_frames=20)
    store = CropStore(tmp_path / "crops", Preprocessing(), SIZE)
    [ref] = [ref for ref in open_dataset(root).refs if ref.has_video]
    store.extract([ref], processes=0)
    copy = tmp_path / "copy.avi"
    assert ref.video is not None
    shutil.copyfile(ref.video, copy)
    os.utime(copy, (1, 1))
    copy.replace(ref.video)
    assert store.plan([ref]).pending == ()
    write_video(root, 1, 4, fps=2.5, n_frames=20, shade=50)
    assert store.plan([ref]).pending == (ref,)
    with pytest.raises(DatasetError, match="s01/trial01 have not been extracted yet"):
        store.load(ref)


def test_too_little_disk_is_said_before_anything_is_written(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5_000_000))
    store = CropStore(tmp_path / "crops", Preprocessing(), SIZE)
    with pytest.raises(DatasetError, match=r"4 trials need up to 5\.6 MB .* only 5\.0 MB are free"):
        store.extract(open_dataset(tree).refs, processes=0)
    assert not (tmp_path / "crops").exists()


def test_a_missing_face_model_is_said_first(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILMER_LIVE_CACHE", str(tmp_path))
    store = CropStore(tmp_path / "crops", Preprocessing(), SIZE)
    with pytest.raises(ModelError, match="fetch-models"):
        store.extract(open_dataset(tree).refs, processes=2)


def test_a_broken_video_is_named_and_the_others_are_done(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "deap")
    for trial in (1, 4):
        write_video(root, 1, trial, fps=2.5, n_frames=10)
    broken = root / "face_video" / "s01" / "s01_trial01.avi"
    broken.write_bytes(broken.read_bytes()[:300])
    refs = open_dataset(root).refs
    store = CropStore(tmp_path / "crops", Preprocessing(), SIZE)
    with pytest.raises(DatasetError, match=r"1 of 2 trials gave no face crops: s01/trial03: "):
        store.extract(refs, processes=0)
    assert [ref.name for ref in store.plan(refs).done] == ["s01/trial01"]
    broken.unlink()
    assert store.extract(open_dataset(root).refs, processes=0).trials == 1


def test_damaged_crops_are_named(tree: Path, filled: CropStore, tmp_path: Path) -> None:
    store = CropStore(tmp_path, Preprocessing(), SIZE)
    shutil.copytree(filled.folder, store.folder)
    ref = open_dataset(tree).refs[0]
    images = trial_folder(store.folder, ref) / "images.npy"
    images.write_bytes(images.read_bytes()[:1000])
    with pytest.raises(DatasetError, match=r"is damaged .* Delete that folder"):
        store.load(ref)


KILLED = """
import sys
from pathlib import Path
from milmer_live.config import Preprocessing
from milmer_live.storage.crops.store import CropStore
from milmer_live.storage.dataset import open_dataset

if __name__ == "__main__":
    store = CropStore(Path(sys.argv[2]), Preprocessing(), int(sys.argv[3]))
    refs = open_dataset(Path(sys.argv[1])).refs
    store.extract(refs, processes=1, progress=lambda told: print(told.done, flush=True))
"""


def test_a_killed_extraction_goes_on_where_it_was(
    tree: Path, filled: CropStore, tmp_path: Path
) -> None:
    script = tmp_path / "extract.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(tree), str(tmp_path / "crops"), str(SIZE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in range(2)] == [b"0", b"1"]
        process.kill()
        process.stdout.read()  # ends when the worker that holds the other end has ended too
    store = CropStore(tmp_path / "crops", Preprocessing(), SIZE)
    refs = open_dataset(tree).refs
    plan = store.plan(refs)
    assert 1 <= len(plan.done) < 4
    before = {ref.name: trial_folder(store.folder, ref).stat().st_mtime_ns for ref in plan.done}
    store.extract(refs, processes=0)
    after = {ref.name: trial_folder(store.folder, ref).stat().st_mtime_ns for ref in plan.done}
    assert after == before
    assert contents(store, refs) == contents(filled, refs)


def test_what_a_kill_left_half_written_is_cleared_away(tree: Path, tmp_path: Path) -> None:
    ref = open_dataset(tree).refs[0]
    store = CropStore(tmp_path, Preprocessing(), SIZE)
    folder = trial_folder(store.folder, ref)
    old, young = (folder.with_name(f"{folder.name}.{pid}.part") for pid in (1, 2))
    for part in (old, young):
        part.mkdir(parents=True)
    long_ago = old.stat().st_mtime - 2 * STALE_S
    os.utime(old, (long_ago, long_ago))
    store.extract([ref], processes=0)
    assert not old.exists()
    assert young.exists()  # another extraction may be at work
    assert store.load(ref) is not None
