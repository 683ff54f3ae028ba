"""Synthetic participants: DEAP's format to the byte, effects that are there and no larger than
said, and a face that a detector finds."""

from __future__ import annotations

import csv
import json
import pickle
import pickletools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from milmer_live import paths
from milmer_live.cli import app as cli
from milmer_live.config import FaceSettings, LabelRule
from milmer_live.errors import ConfigError, DatasetError
from milmer_live.processing.faces.detection import FaceDetector
from milmer_live.samples import MODEL_CHANNELS, Float64, FrameSample
from milmer_live.storage.dataset import open_dataset
from milmer_live.storage.video import VideoFrames
from milmer_live.synthetic.dataset import (
    SynthesisOptions,
    synthesize,
)
from milmer_live.synthetic.effects import EffectSizes
from milmer_live.synthetic.face.features import Expression
from milmer_live.synthetic.motion import (
    Light,
    Pose,
)
from milmer_live.synthetic.participant import Participant

TRIALS = 4
SMALL = SynthesisOptions(fps=1, size=(160, 120))
CORNERS = {"HAHV": (0.9, 0.7), "LAHV": (0.9, -0.6), "LALV": (-0.9, -0.6), "HALV": (-0.9, 0.7)}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two participants, of whom the first is number 3."""
    root = tmp_path_factory.mktemp("synthetic") / "data"
    synthesize(root, 2, TRIALS, 5, SynthesisOptions(fps=1, size=(160, 120), first=3))
    return root


def rows(tree: Path) -> list[dict[str, str]]:
    with (tree / "metadata_csv/participant_ratings.csv").open() as file:
        return list(csv.DictReader(file))


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def load(path: Path) -> Any:
    return pickle.loads(path.read_bytes(), encoding="latin1")


def test_the_tree_is_deaps(tree: Path) -> None:
    videos = {
        f"face_video/s{n:02d}/s{n:02d}_trial{k:02d}.avi"
        for n in (3, 4)
        for k in range(1, TRIALS + 1)
    }
    assert set(contents(tree)) == videos | {
        "data_preprocessed_python/s03.dat",
        "data_preprocessed_python/s04.dat",
        "metadata_csv/participant_ratings.csv",
        "synthetic.json",
    }


def test_dat_files_are_pickles_of_python_2_and_numpy_1(tree: Path) -> None:
    content = (tree / "data_preprocessed_python/s03.dat").read_bytes()
    names, strings = set(), []
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name == "GLOBAL":
            names.add(argument)
        if opcode.name in ("SHORT_BINSTRING", "BINSTRING"):
            strings.append(argument)
        assert opcode.proto <= 2
        assert "UNICODE" not in opcode.name

    assert content[:2] == b"\x80\x02"
    assert names == {"numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"}
    assert {"data", "labels"} <= set(strings)


def test_dat_files_hold_the_arrays_that_plain_numpy_reads(tree: Path) -> None:
    content = load(tree / "data_preprocessed_python/s03.dat")

    assert set(content) == {"data", "labels"}
    assert content["data"].shape == (TRIALS, 40, 8064)
    assert content["labels"].shape == (TRIALS, 4)
    assert content["data"].dtype == content["labels"].dtype == np.float64
    assert np.isfinite(content["data"]).all()


def test_presentation_order_differs_and_ratings_map_it(tree: Path) -> None:
    """Rows are in presentation order; labels of the .dat file in Experiment_id's."""
    for number in (3, 4):
        mine = [row for row in rows(tree) if int(row["Participant_id"]) == number]
        labels = load(tree / f"data_preprocessed_python/s{number:02d}.dat")["labels"]
        order = [int(row["Experiment_id"]) for row in mine]

        assert [int(row["Trial"]) for row in mine] == list(range(1, TRIALS + 1))
        assert sorted(order) == list(range(1, TRIALS + 1))
        assert order != sorted(order)
        for row, experiment in zip(mine, order, strict=True):
            scales = [float(row[name]) for name in ("Valence", "Arousal", "Dominance", "Liking")]
            assert scales == labels[experiment - 1].tolist()


def test_videos_lie_in_presentation_order(tree: Path) -> None:
    """A video shows the trial that its Experiment_id names, and no other one."""
    participant = Participant(5, 3)
    ratings, artist = participant.ratings(TRIALS), participant.artist((160, 120))
    drawn = [
        np.stack(list(participant.frames(artist, trial, ratings[trial - 1], 1.0))).astype(float)
        for trial in range(1, TRIALS + 1)
    ]
    for row in rows(tree)[:TRIALS]:
        video = VideoFrames(tree / f"face_video/s03/s03_trial{int(row['Trial']):02d}.avi")
        shown = np.stack([frame.image for frame in video.frames()])
        distances = [np.abs(shown - trial).mean() for trial in drawn]

        assert len(video) == 60
        assert int(np.argmin(distances)) + 1 == int(row["Experiment_id"])
        assert min(distances) < 4


def test_our_own_reader_reads_it(tree: Path) -> None:
    dataset = open_dataset(tree)
    recording = dataset.refs[0].open()

    assert not dataset.summary().problems
    assert not dataset.summary().missing_videos
    assert recording.eeg.shape == (8064, 32)
    assert recording.frames is not None
    assert recording.frames.times[0] == 3.0
    # band-passed, common average, as large as EEG is
    assert np.abs(recording.eeg.mean(axis=1)).max() < 1e-4
    assert 1 < np.median(recording.eeg.std(axis=0)) < 20


def test_the_effect_sizes_lie_beside_the_data(tree: Path) -> None:
    description = json.loads((tree / "synthetic.json").read_text())

    assert description["effects"] == EffectSizes().as_dict()
    assert (description["seed"], description["participants"]) == (5, [3, 4])


@pytest.mark.timeout(300)  # starts two processes, which a busy machine delays
def test_the_same_seed_gives_the_same_bytes_in_any_number_of_processes(tmp_path: Path) -> None:
    two = SynthesisOptions(fps=1, size=(160, 120), processes=2)
    synthesize(tmp_path / "one", 1, 2, 7, SMALL)
    synthesize(tmp_path / "two", 1, 2, 7, two)
    synthesize(tmp_path / "other", 1, 2, 8, SMALL)

    one, other = contents(tmp_path / "one"), contents(tmp_path / "other")
    assert contents(tmp_path / "two") == one
    assert all(other[name] != one[name] for name in one)


def test_a_participant_is_the_same_alone_and_among_others(tree: Path) -> None:
    content = load(tree / "data_preprocessed_python/s04.dat")
    alone = Participant(5, 4)

    assert np.array_equal(alone.ratings(TRIALS), content["labels"])
    assert np.array_equal(alone.channels(2, content["labels"][1]), content["data"][1])


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        assert total == 3
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path / "data", 1, 2, 0, SMALL, interrupt)

    assert list(tmp_path.iterdir()) == []


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    synthesize(tmp_path / "data", 1, 1, 0, SMALL, lambda done, total: seen.append((done, total)))

    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_a_folder_with_content_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(DatasetError, match="not empty"):
        synthesize(tmp_path, 1, 1)

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("arguments", [(0, 1, 0), (100, 1, 0), (1, 0, 0), (1, 100, 0), (1, 1, -1)])
def test_impossible_numbers_are_refused(tmp_path: Path, arguments: tuple[int, int, int]) -> None:
    with pytest.raises(ConfigError):
        synthesize(tmp_path / "data", *arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "options",
    [{"fps": -3.0}, {"size": (321, 240)}, {"size": (32, 32)}, {"first": 0}, {"processes": 0}],
)
def test_impossible_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        SynthesisOptions(**options)


def test_effect_sizes_are_checked_and_named() -> None:
    with pytest.raises(ConfigError, match="alpha_asymmetry"):
        EffectSizes(alpha_asymmetry=-1)
    with pytest.raises(ConfigError, match="share"):
        EffectSizes(mild_bursts=1.5)
    with pytest.raises(ConfigError, match="no effect size 'alpha'"):
        EffectSizes().with_changes({"alpha": 1.0})


def test_ratings_spread_over_all_quadrants_with_some_in_the_middle() -> None:
    ratings = np.concatenate([Participant(0, number).ratings(16) for number in range(1, 25)])
    rule = LabelRule()
    counts = Counter(rule.quadrant(valence, arousal) for valence, arousal, _, _ in ratings)

    assert set(counts.values()) == {24 * 4}
    assert ratings.min() >= 1
    assert ratings.max() <= 9
    assert 1.5 < ratings[:, :2].std() < 3
    assert (ratings[:, :2] == 5).sum() > 5
    assert np.array_equal(ratings, np.round(ratings, 2))
    assert len(np.unique(ratings[:, 0])) > 200


def relative_power(eeg: Float64, name: str, low_hz: float, high_hz: float) -> float:
    """Log share of the band in a channel's power, as a norm over each channel leaves it."""
    power = np.abs(np.fft.rfft(eeg[MODEL_CHANNELS.index(name), 384:])) ** 2
    hz = np.fft.rfftfreq(eeg.shape[1] - 384, 1 / 128)
    return float(np.log(power[(hz >= low_hz) & (hz < high_hz)].sum() / power.sum()))


def asymmetry(effects: EffectSizes, valence: float) -> float:
    """Right minus left frontal alpha of a few participants."""
    found = []
    for number in range(1, 4):
        eeg = Participant(1, number, effects).channels(1, np.array([valence, 5.0, 5, 5]))[:32]
        left, right = (relative_power(eeg, name, 8, 13) for name in ("F3", "F4"))
        found.append(right - left)
    return float(np.mean(found))


def test_valence_shows_as_frontal_alpha_asymmetry_of_the_size_asked_for() -> None:
    assert asymmetry(EffectSizes(), 8.5) > asymmetry(EffectSizes(), 1.5) + 0.3
    off = EffectSizes(alpha_asymmetry=0)
    assert asymmetry(off, 8.5) == pytest.approx(asymmetry(off, 1.5), abs=1e-9)


def test_arousal_shows_as_beta_against_alpha() -> None:
    def beta_against_alpha(arousal: float) -> float:
        eeg = Participant(1, 1).channels(1, np.array([5.0, arousal, 5, 5]))[:32]
        return relative_power(eeg, "Cz", 14, 28) - relative_power(eeg, "Cz", 8, 13)

    assert beta_against_alpha(8.5) > beta_against_alpha(1.5) + 0.5


def test_expressions_come_in_bursts_and_follow_the_ratings() -> None:
    times = np.arange(0, 60, 0.3)
    participant = Participant(1, 1)
    shown = participant.trace(1, np.array([8.5, 1.5, 5, 5])).bursts.at(times)

    neutral = (np.abs(shown) < 0.02).all(axis=1)
    assert 0.3 < neutral.mean() < 0.8
    assert shown[~neutral, 0].mean() > 0.3
    assert shown[~neutral, 1].mean() < -0.3


def test_blinks_are_seen_in_eog_and_face_at_the_same_time() -> None:
    participant, ratings = Participant(2, 1), np.array([5.0, 5.0, 5, 5])
    blink = participant.trace(1, ratings).blinks
    blink = blink[(blink > 0) & (blink < 59)][0]
    veog = participant.channels(1, ratings)[33]

    sample = round((3 + blink) * 128)
    assert veog[sample : sample + 40].max() > veog[sample - 10 : sample].max() + 100


@pytest.fixture(scope="module")
def detector() -> Iterator[FaceDetector]:
    with FaceDetector(paths.face_model(), FaceSettings()) as found:
        yield found


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7])
def test_the_detector_finds_every_face_in_every_quadrant(
    detector: FaceDetector, number: int
) -> None:
    artist = Participant(1, number).artist((320, 240))
    for corners, opening in (*CORNERS.values(), (0.0, 0.0)):
        pose = Pose(x=0.2, y=0.05, scale=0.95, roll=0.08, turn_x=-0.6, turn_y=0.3)
        image = artist.draw(pose, Expression(corners, opening), Light(brightness=0.9))
        box = detector(FrameSample(image, 0.0, 0))

        assert box is not None
        assert 70 < box.width < 150


def test_a_frame_depends_on_itself_alone() -> None:
    artist = Participant(1, 1).artist((160, 120))
    smile, dark = Expression(0.9, 0.7), Light(brightness=0.8, side=-0.9)
    first = artist.draw(Pose(), smile, Light())
    artist.draw(Pose(x=0.3, roll=0.1), Expression(-0.9, -0.5, lids=0.0), dark)

    assert np.array_equal(artist.draw(Pose(), smile, Light()), first)


def test_participants_look_different_and_expressions_change_the_mouth() -> None:
    one, other = (Participant(1, number).artist((160, 120)) for number in (1, 2))
    neutral = one.draw(Pose(), Expression(), Light()).astype(int)
    smiling = one.draw(Pose(), Expression(corners=0.9), Light()).astype(int)
    stranger = other.draw(Pose(), Expression(), Light()).astype(int)

    changed = np.abs(smiling - neutral).max(axis=2) > 25
    assert 20 < changed.sum() < 800
    assert np.abs(stranger - neutral).mean() > 10


def test_the_command_writes_and_says_what(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    arguments = ["synthesize", str(folder), "--participants", "1", "--trials", "1", "--fps", "1"]
    size = ["--width", "160", "--height", "120", "--processes", "1"]
    result = CliRunner().invoke(cli.app, [*arguments, *size, "--effect", "smile=0.5"])

    assert result.exit_code == 0, result.output
    assert "1 participants x 1 trials" in result.output
    assert json.loads((folder / "synthetic.json").read_text())["effects"]["smile"] == 0.5


@pytest.mark.parametrize("text", ["smile", "smile=wide", "grin=1"])
def test_the_command_refuses_effects_that_are_none(tmp_path: Path, text: str) -> None:
    result = CliRunner().invoke(cli.app, ["synthesize", str(tmp_path / "data"), "--effect", text])

    assert isinstance(result.exception, ConfigError)
    assert not list(tmp_path.iterdir())
