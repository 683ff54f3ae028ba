"""Who is who: by a table, by BIDS, by names; and no guess where it matters."""

from __future__ import annotations

from pathlib import Path

import pytest
from foreign_tree import labelled

from milmer_live.config import LabelRule, Preprocessing
from milmer_live.errors import DatasetError
from milmer_live.model.config import MilmerConfig
from milmer_live.storage.dataset import open_dataset
from milmer_live.storage.participants import PARTICIPANTS_NAME, People
from milmer_live.storage.session.reader import open_session
from milmer_live.training.data.load import open_trials


@pytest.mark.parametrize(
    ("files", "people"),
    [
        ("anna/recording ben/recording carl/recording", "anna ben carl"),
        ("P01_run1 P01_run2", "P01 P01"),
        ("sub-P01 sub-P01_run-2", "P01 P01"),
        ("sub-project/anna sub-project/ben", "anna ben"),
        ("sub-P01/ses-1/rec sub-P01/ses-2/rec", "P01 P01"),
        ("sub-P01/rec sub-P02/rec", "P01 P02"),
        ("study/sub-P01/eeg/x sub-P9/ses-a/eeg/sub-P9_ses-a_eeg", "P01 P9"),
        ("anna/oddball ben/oddball", "anna ben"),
        ("anna ben", "anna ben"),
        ("P01 (2) P01", "P01 P01"),
        ("P01_pre P01-post P02_session-1", "P01 P01 P02"),
        ("vp07_block3_take2", "vp07"),
        ("anna/run1 anna/run2 ben/run1", "anna anna ben"),
        ("monday/anna tuesday/anna_2", "anna anna_2"),
    ],
)
def test_names_say_who_it_is(files: str, people: str, tmp_path: Path) -> None:
    known = {"P01 (2) P01": ["P01 (2)", "P01"]}.get(files, files.split())
    paths = tuple(tmp_path / f"{name}.xdf" for name in known)
    who = People(tmp_path, paths)
    found = [who.person(path) for path in paths]
    assert " ".join(one.participant for one in found) == people
    assert all(one.is_known for one in found)
    assert len({(one.participant, one.session) for one in found}) == len(found)


@pytest.mark.parametrize(
    "files", ["rec1 rec2", "recording recording-2", "2026-01-01 2026-01-02", "eeg_run1 eeg_run2"]
)
def test_names_that_say_nobody_are_not_known(files: str, tmp_path: Path) -> None:
    paths = tuple(tmp_path / f"{name}.xdf" for name in files.split())
    who = People(tmp_path, paths)
    assert not any(who.person(path).is_known for path in paths)
    assert People(tmp_path, paths[:1]).person(paths[0]).is_known, "one file is one person"


def table(folder: Path, text: str, encoding: str = "utf-8") -> None:
    (folder / PARTICIPANTS_NAME).write_bytes(text.encode(encoding))


def test_a_table_says_who_and_which_session_and_which_unit(tmp_path: Path) -> None:
    for name in ("a/rec1", "a/rec2", "b/rec1"):
        labelled(tmp_path / f"{name}.xdf", unit="")
    table(
        tmp_path,
        "file\tparticipant\tsession\tunit\n"
        "a/rec1.xdf\tAnna\tone\tuV\na/rec2\tAnna\ttwo\tuV\nb\\*\tGrün\t\tuV\n",
        "utf-16",
    )
    dataset = open_dataset(tmp_path)
    assert [ref.name for ref in dataset.refs] == ["Anna/one/1", "Anna/two/1", "Grün/rec1/1"]
    assert dataset.summary().problems == ()
    assert abs(dataset.refs[0].open().eeg).max() == pytest.approx(20, rel=0.01)
    assert open_session(tmp_path / "a" / "rec2.xdf").participant == "Anna", "a single file too"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file\twho\n", "has no column participant"),
        ("file\tparticipant\nrec1.xdf\t\n", "line 2: file or participant is empty"),
        ("file\tparticipant\tunit\nrec1.xdf\tA\tapples\n", "'apples' is no unit"),
    ],
)
def test_a_bad_table_is_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    labelled(tmp_path / "rec1.xdf")
    table(tmp_path, text)
    with pytest.raises(DatasetError, match=words):
        open_dataset(tmp_path)


def test_a_table_of_bids_is_not_ours_and_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    labelled(tmp_path / "P01.xdf")
    table(tmp_path, "participant_id\tage\nsub-P01\t30\n")
    assert open_dataset(tmp_path).refs[0].participant == "P01"
    table(tmp_path, "file\tparticipant\nP01.xdf\tA\nP09.xdf\tB\n")
    dataset = open_dataset(tmp_path)
    assert dataset.refs[0].participant == "A"
    assert "names files that are not there: P09.xdf" in dataset.summary().problems[0]


@pytest.mark.parametrize("protocol", ["trial", "subject", "subject+stimulus"])
def test_training_does_not_guess(protocol: str, tmp_path: Path) -> None:
    for name in ("rec1", "rec2"):
        labelled(tmp_path / f"{name}.xdf")
    assert "who was recorded is not known" in " ".join(open_dataset(tmp_path).summary().problems)
    config = MilmerConfig(modalities="eeg")
    options = (tmp_path, Preprocessing(), LabelRule(), config)
    with pytest.raises(DatasetError, match="not known who was recorded") as refused:
        open_trials(*options, protocol=protocol)
    assert PARTICIPANTS_NAME in refused.value.hint
    assert len(open_trials(*options, protocol="segment")) == 2
    table(tmp_path, "file\tparticipant\nrec1\tA\nrec2\tB\n")
    assert len(open_trials(*options, protocol=protocol)) == 2
