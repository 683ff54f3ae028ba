"""DEAP's preprocessed files: what is read, and what is refused."""

from __future__ import annotations

import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deap_tree import AFFECT, PRESENTED, eeg_data, labels, rating_rows, write_tree, write_video
from scipy.io import loadmat, savemat

from milmer_live.config import LabelRule
from milmer_live.errors import DatasetError
from milmer_live.samples import MODEL_CHANNELS, Quadrant
from milmer_live.storage.dataset import open_dataset
from milmer_live.storage.deap.writer import (
    dat_path,
    write_dat,
    write_ratings,
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tree(tmp_path_factory.mktemp("deap"), participants=(1, 2))


@pytest.fixture
def small(tree: Path, tmp_path: Path) -> Path:
    """A tree of one participant that a test may spoil."""
    for name in ("data_preprocessed_python/s01.dat", "metadata_csv/participant_ratings.csv"):
        (tmp_path / name).parent.mkdir()
        shutil.copy(tree / name, tmp_path / name)
    write_ratings(tmp_path, rating_rows(1))
    return tmp_path


def write_mat(root: Path, **arrays: Any) -> Path:
    path = root / "data_preprocessed_matlab" / "s01.mat"
    path.parent.mkdir(exist_ok=True)
    savemat(path, {"data": eeg_data(1), "labels": labels()} | arrays)
    return path


def test_a_reader_of_three_lines_sees_the_same(tree: Path) -> None:
    with (tree / "data_preprocessed_python" / "s02.dat").open("rb") as file:
        content = pickle.load(file, encoding="latin1")
    refs = [ref for ref in open_dataset(tree).refs if ref.participant == "s02"]
    assert [ref.name for ref in refs] == [f"s02/trial{number:02d}" for number in range(1, 6)]
    for row, ref in enumerate(refs):
        recording = ref.open()
        np.testing.assert_array_equal(recording.eeg, content["data"][row, :32].T.astype(np.float32))
        label = recording.labels[0]
        assert (label.valence, label.arousal) == tuple(content["labels"][row, :2])


def test_a_recording_is_a_whole_trial_on_its_own_clock(tree: Path) -> None:
    recording = open_dataset(tree).refs[0].open()
    assert recording.info.channel_names == MODEL_CHANNELS
    assert recording.info.sample_rate == 128
    assert recording.eeg.dtype == np.float32
    assert not recording.eeg.flags.writeable
    assert (recording.times[0], recording.duration_s) == (0.0, 63.0)
    assert (recording.labels[0].start, recording.labels[0].stop) == (3.0, 63.0)
    assert recording.frames is None


def test_matlab_files_give_the_same_recordings(small: Path) -> None:
    path = write_mat(small)
    assert sorted(name for name in loadmat(path) if name[0] != "_") == ["data", "labels"]
    from_python = open_dataset(small, variant="python").refs
    from_matlab = open_dataset(small, variant="matlab").refs
    assert [ref.name for ref in from_matlab] == [ref.name for ref in from_python]
    for one, other in zip(from_python, from_matlab, strict=True):
        np.testing.assert_array_equal(one.open().eeg, other.open().eeg)
        assert one.label == other.label


def test_a_ref_travels_to_another_process(tree: Path) -> None:
    ref = open_dataset(tree).refs[1]
    there = pickle.loads(pickle.dumps(ref))
    np.testing.assert_array_equal(there.open().eeg, ref.open().eeg)


def test_one_of_deaps_folders_will_do_as_well(tree: Path) -> None:
    assert open_dataset(tree / "data_preprocessed_python").root == tree.resolve()


def test_videos_are_matched_by_presentation_never_by_index(small: Path) -> None:
    video = write_video(small, 1, 2, n_frames=3)
    refs = {ref.name: ref for ref in open_dataset(small).refs}
    assert PRESENTED[2] == 5
    assert [name for name, ref in refs.items() if ref.has_video] == ["s01/trial05"]
    assert refs["s01/trial05"].video == video
    summary = open_dataset(small).summary()
    assert "s01/trial02 (s01_trial05.avi)" in summary.missing_videos
    assert len(summary.missing_videos) == 4


def test_frames_begin_with_the_stimulus(small: Path) -> None:
    write_video(small, 1, 4)
    dataset = open_dataset(small)
    frames = dataset.refs[0].open().frames
    assert frames is not None
    assert len(frames) == 300
    assert frames.times[0] == pytest.approx(3.0)
    assert frames.times[-1] == pytest.approx(63.0 - 1 / 5)
    assert next(frames.frames(10)).time == pytest.approx(5.0)
    assert dataset.check("s01") == ()


def test_a_container_with_a_wrong_rate_is_put_right_and_said(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("milmer_live.storage.deap.video.CAMERA_FPS", 5.0)
    write_video(small, 1, 4, fps=10)  # 300 frames of 5 Hz, said to be 30 s
    dataset = open_dataset(small)
    frames = dataset.refs[0].open().frames
    assert frames is not None
    np.testing.assert_allclose(frames.times, 3 + np.arange(300) / 5)
    [note] = dataset.check("s01")
    assert "30.0 s" in note
    assert "spread over 60 s" in note


def test_a_video_that_is_cut_off_is_not_stretched(small: Path) -> None:
    write_video(small, 1, 4, n_frames=100)
    dataset = open_dataset(small)
    frames = dataset.refs[0].open().frames
    assert frames is not None
    np.testing.assert_allclose(frames.times, 3 + np.arange(100) / 5)
    assert "may be cut off" in dataset.check("s01")[0]


def test_a_missing_row_shifts_nothing(small: Path) -> None:
    for trial in PRESENTED:
        write_video(small, 1, trial, n_frames=2)
    write_ratings(small, [row for row in rating_rows(1) if row.experiment_id != 4])
    dataset = open_dataset(small)
    assert [ref.has_video for ref in dataset.refs] == [True, True, True, False, True]
    label = dataset.refs[3].label
    assert label is not None
    assert (label.valence, label.arousal) == AFFECT[3]
    problems = " ".join(dataset.summary().problems)
    assert "s01/trial04 has no row" in problems
    assert "s01_trial03.avi belongs to no rated trial" in problems
    np.testing.assert_array_equal(
        dataset.refs[4].open().eeg, eeg_data(1)[4, :32].T.astype(np.float32)
    )


def test_without_ratings_no_video_is_guessed(small: Path) -> None:
    write_video(small, 1, 1, n_frames=2)
    (small / "metadata_csv" / "participant_ratings.csv").unlink()
    dataset = open_dataset(small)
    assert [ref.has_video for ref in dataset.refs] == [False] * 5
    assert [ref.label.valence for ref in dataset.refs if ref.label] == [v for v, _ in AFFECT]
    assert "cannot be matched" in dataset.summary().problems[0]


def test_ratings_that_contradict_the_file_are_refused(small: Path) -> None:
    swapped = {1: 1, 2: 2, 3: 5, 4: 4, 5: 3}
    rows = rating_rows(1)
    write_ratings(small, [replace(row, experiment_id=swapped[row.experiment_id]) for row in rows])
    dataset = open_dataset(small)
    dataset.refs[0].open()
    with pytest.raises(DatasetError, match=r"valence 3 and arousal 1\.5, but .* 5 and 5"):
        dataset.refs[2].open()
    assert len(dataset.check("s01")) == 2


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("1,6,2,0,5,5,5,5,1", "lists Experiment_id 2 of participant 1 twice"),
        ("1,3,9,0,5,5,5,5,1", "lists Trial 3 of participant 1 twice"),
        ("1,6,6,0,nan,5,5,5,1", "Valence is 'nan'"),
        ("1,6,6,0,5,9.5,5,5,1", "Arousal is '9.5', not a rating from 1 to 9"),
        ("1,x,6,0,5,5,5,5,1", "Trial is 'x'"),
        ("1,6", "Experiment_id is None"),
    ],
)
def test_a_damaged_ratings_file_is_refused(small: Path, line: str, complaint: str) -> None:
    with (small / "metadata_csv" / "participant_ratings.csv").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(DatasetError, match=complaint):
        open_dataset(small)


def test_ratings_without_a_column_are_refused(small: Path) -> None:
    (small / "metadata_csv" / "participant_ratings.csv").write_text("Trial;Valence\n1;5\n")
    with pytest.raises(DatasetError, match="has no column Participant_id, Trial"):
        open_dataset(small)


def test_who_is_rated_but_has_no_file_is_named(small: Path) -> None:
    write_video(small, 7, 1, n_frames=2)
    write_ratings(small, rating_rows(1) + rating_rows(7) + rating_rows(12))
    problems = open_dataset(small).summary().problems
    expected = "Rated, but without a file *.dat in data_preprocessed_python: s07, s12."
    assert problems == (expected,)


def test_a_trial_that_is_rated_but_not_in_the_file_is_named(small: Path) -> None:
    write_dat(small, 1, eeg_data(1)[:4], labels(4))
    dataset = open_dataset(small)
    assert len(dataset.refs) == 4
    problem = "s01/trial05 is rated, but its file has fewer trials."
    assert dataset.summary().problems == (problem,)


def test_class_counts_follow_the_rule(tree: Path) -> None:
    summary = open_dataset(tree).summary()

    def counts(**rule: Any) -> dict[Quadrant | None, int]:
        return dict(summary.class_counts(LabelRule(**rule)))

    assert counts() == {0: 2, 1: 2, 2: 4, 3: 2, None: 0}
    assert counts(at_threshold="high") == {0: 4, 1: 2, 2: 2, 3: 2, None: 0}
    assert counts(at_threshold="drop") == {0: 2, 1: 2, 2: 2, 3: 2, None: 2}
    assert counts(at_threshold="published") == {0: 2, 1: 2, 2: 2, 3: 4, None: 0}


class Evil:
    """What a malicious pickle looks like."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.marker}",)


def test_a_malicious_pickle_is_refused_by_name_and_not_run(small: Path, tmp_path: Path) -> None:
    marker = tmp_path / "was_here"
    dat_path(small, 1).write_bytes(pickle.dumps({"data": Evil(marker)}, protocol=2))
    with pytest.raises(DatasetError, match=r"asks for 'posix\.system'|asks for 'nt\.system'"):
        open_dataset(small)
    assert not marker.exists()


@pytest.mark.parametrize(
    "name", ["builtins\neval", "numpy\nload", "numpy.core.multiarray\nfromfile"]
)
def test_no_other_name_of_numpy_or_python_is_allowed(small: Path, name: str) -> None:
    content = b"\x80\x02c" + name.encode() + b"\nU\x011\x85R."
    dat_path(small, 1).write_bytes(content)
    with pytest.raises(DatasetError, match="asks for '" + name.replace("\n", r"\.")):
        open_dataset(small)


def test_bytes_of_python_3_may_name_latin1_and_no_other_codec(small: Path) -> None:
    array = pickle.dumps({"data": eeg_data(1), "labels": labels()}, protocol=2)
    assert b"_codecs" in array
    dat_path(small, 1).write_bytes(array)
    np.testing.assert_array_equal(
        open_dataset(small).refs[0].open().eeg, eeg_data(1)[0, :32].T.astype(np.float32)
    )
    dat_path(small, 1).write_bytes(b"\x80\x02c_codecs\nencode\nU\x011U\x05rot13\x86R.")
    with pytest.raises(DatasetError, match="rot13"):
        open_dataset(small)


@pytest.mark.parametrize("length", [0, 1, 100, 3_000_000])
def test_a_truncated_dat_is_refused(small: Path, length: int) -> None:
    path = dat_path(small, 1)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DatasetError, match="damaged"):
        open_dataset(small).refs[0].open()


@pytest.mark.parametrize("length", [0, 100, 200, 1_000_000])
def test_a_truncated_mat_is_refused(small: Path, length: int) -> None:
    path = write_mat(small)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DatasetError, match=r"damaged|cut short"):
        open_dataset(small, variant="matlab").refs[0].open()


@pytest.mark.parametrize(
    ("data", "told", "complaint"),
    [
        (np.zeros((2, 32, 8064)), labels(2), r"shape \(2, 32, 8064\), not"),
        (np.zeros((2, 40, 7680)), labels(2), r"shape \(2, 40, 7680\), not"),
        (np.zeros((2, 40, 8064)), labels(3), r"shape \(3, 4\), not \(2, 4\)"),
        (np.zeros((2, 40, 8064)), labels(2) + 5, "is rated 12.5"),
    ],
)
def test_wrong_shapes_are_refused(small: Path, data: Any, told: Any, complaint: str) -> None:
    write_dat(small, 1, data, told)
    with pytest.raises(DatasetError, match=complaint):
        open_dataset(small).refs[0].open()


def test_values_that_are_no_numbers_are_refused_by_channel(small: Path) -> None:
    data = eeg_data(1)
    data[1, 3, 100] = np.nan
    data[1, 35] = np.inf  # not EEG: nobody reads it
    write_dat(small, 1, data, labels())
    dataset = open_dataset(small)
    dataset.refs[0].open()
    with pytest.raises(DatasetError, match="trial 2: F7"):
        dataset.refs[1].open()


def test_a_folder_that_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        open_dataset(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"looked for data_preprocessed_python/s01\.dat"):
        open_dataset(tmp_path)
    (tmp_path / "data_preprocessed_python").mkdir()
    with pytest.raises(DatasetError, match="holds no DEAP data"):
        open_dataset(tmp_path, variant="python")
    file = tmp_path / "a.txt"
    file.touch()
    with pytest.raises(DatasetError, match="is not a folder"):
        open_dataset(file)
