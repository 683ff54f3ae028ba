"""`milmer-live inspect`: what it tells of a data set, and the picture of a trial."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from deap_tree import rating_rows, write_tree, write_video

from milmer_live.cli.inspect import inspect
from milmer_live.config import LabelRule
from milmer_live.errors import ConfigError, DatasetError
from milmer_live.storage import preview
from milmer_live.storage.dataset import open_dataset
from milmer_live.storage.deap.writer import write_ratings
from milmer_live.ui.look import theme


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two participants; only the fourth presentation of the first has a video."""
    root = write_tree(tmp_path_factory.mktemp("deap"), participants=(1, 2))
    write_video(root, 1, 4, fps=1, n_frames=60)
    return root


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("│") if cell.strip()]


def test_other_programs_get_the_same_as_json(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inspect(tree, as_json=True)
    told = json.loads(capsys.readouterr().out)
    summary = open_dataset(tree).summary()
    assert [one["participant"] for one in told["participants"]] == [
        one.participant for one in summary.participants
    ]
    assert sum(told["classes"].values()) == summary.trials
    assert tuple(told["missing_videos"]) == summary.missing_videos
    assert tuple(told["problems"]) == summary.problems
    assert told["faults"] is None
    inspect(tree, as_json=True, check=True)
    assert json.loads(capsys.readouterr().out)["faults"] == [
        said for one in summary.participants for said in open_dataset(tree).check(one.participant)
    ]


def test_it_tells_what_is_there_and_what_is_missing(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inspect(tree)
    text = capsys.readouterr().out
    rows = [cells(line) for line in text.splitlines()]
    assert ["s01", "5", "1"] in rows
    assert ["2", "10", "1"] in rows
    assert ["low (default)", "2", "2", "4", "2", "0"] in rows
    assert ["drop", "2", "2", "2", "2", "2"] in rows
    assert "Missing face videos (5)" in text
    assert "s01/trial02 (s01_trial05.avi)" in text
    assert "s02: no video of any of 5 trials" in text


def test_a_check_reads_everything(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inspect(tree, check=True)
    assert "All 10 trials and 1 videos can be read." in capsys.readouterr().out


def test_a_check_names_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_tree(tmp_path)
    video = write_video(root, 1, 4, fps=1, n_frames=60)
    video.write_bytes(video.read_bytes()[:500])
    write_ratings(root, rating_rows(1)[:-1])
    inspect(root, check=True)
    text = capsys.readouterr().out
    assert "To know (1)" in text
    assert "s01/trial02 has no row in participant_ratings.csv" in text
    assert "Found when reading (1)" in text
    assert "s01_trial04.avi cannot be read" in text


def test_a_trial_is_drawn_with_its_faces(tree: Path, tmp_path: Path) -> None:
    with_video, without = tmp_path / "a.png", tmp_path / "b"
    inspect(tree, subject="1", trial=1, png=with_video)
    inspect(tree, subject="1", trial=2, png=without)
    assert skin_pixels(with_video) > 10_000
    assert skin_pixels(without) < 100


def skin_pixels(picture: Path) -> int:
    """Pixels of the colour of the drawn face."""
    image = cv2.imread(str(picture))
    assert image is not None
    assert image.shape == (1200, 1800, 3)
    skin = np.array([150, 180, 224])  # blue, green, red
    return int((np.abs(image.astype(np.int64) - skin).max(axis=2) < 12).sum())


def test_what_cannot_be_drawn_is_said_with_what_can(tree: Path) -> None:
    with pytest.raises(DatasetError, match=r"s01 has no trial 9\. There are 1, 2, 3, 4, 5\."):
        inspect(tree, subject="1", trial=9)
    with pytest.raises(DatasetError, match="There are s01, s02"):
        inspect(tree, subject="7", trial=1)
    with pytest.raises(ConfigError, match="both --subject and --trial"):
        inspect(tree, subject="1")
    with pytest.raises(DatasetError, match="cannot be written"):
        inspect(tree, subject="1", trial=1, png=tree / "nowhere" / "a.png")


def test_a_trial_that_the_rule_drops_can_be_drawn(tree: Path, tmp_path: Path) -> None:
    from milmer_live.storage.dataset import open_dataset

    recording = open_dataset(tree).refs[4].open()
    rule = LabelRule(at_threshold="drop")
    assert rule.quadrant(recording.labels[0].valence, recording.labels[0].arousal) is None
    preview.draw_recording(recording, rule, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 50_000


def test_a_quadrant_has_one_colour_in_the_whole_program() -> None:
    assert theme.LIGHT.quadrants == preview.QUADRANT_COLORS
