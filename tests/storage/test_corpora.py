"""Loaders of data sets, each held to a small tree in the real layout."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bdf_files import write_bdf
from scipy.io import savemat
from sessions import picture
from typer.testing import CliRunner

from milmer_live.cli.app import app
from milmer_live.cli.replay import opened, playlist_of
from milmer_live.config import LabelRule, MontageSettings, Preprocessing
from milmer_live.errors import DatasetError
from milmer_live.processing.eeg.pipeline import preprocess
from milmer_live.samples import MODEL_CHANNELS, Quadrant
from milmer_live.storage.corpora import dreamer, eav, faced, loader
from milmer_live.storage.dataset import chosen, open_dataset
from milmer_live.storage.video import VideoWriter
from milmer_live.training.data.dataset import load_trials
from milmer_live.training.splits.kinship import Kinship

RULE = LabelRule()
EASY = Preprocessing(montage=MontageSettings(min_coverage=0.3))


def one_hot(numbers: Any) -> np.ndarray[Any, Any]:
    """(10, 200): row r of trial n is (n // 2) % 5 of the emotions, speaking where n is even."""
    table = np.zeros((10, 200), dtype=np.uint8)
    for number in numbers:
        table[2 * (((number - 1) // 2) % 5) + (number % 2 == 0), number - 1] = 1
    return table


def film(path: Path, frames: int = 4) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with VideoWriter(path, 30.0, (160, 120)) as writer:
        for index in range(frames):
            writer.write(picture(index))


def emotion_of(number: int) -> str:
    return eav.EMOTIONS[((number - 1) // 2) % 5]


@pytest.fixture(scope="module")
def eav_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people of EAV; trial n is the constant n, but for a wave of 10 Hz in Cz."""
    root = tmp_path_factory.mktemp("eav") / "EAV"
    rng = np.random.default_rng(1)
    for folder, number, key in (("subject1", 1, "seg1"), ("subject02", 2, "seg")):
        eeg = np.broadcast_to(np.arange(1.0, 201.0, dtype=np.float32), (10_000, 30, 200)).copy()
        eeg[:, 13, :] += 20 * np.sin(2 * np.pi * 10 * np.arange(10_000) / 500)[:, np.newaxis]
        eeg += rng.standard_normal(eeg.shape, dtype=np.float32) / 10
        place = root / folder / "EEG"
        place.mkdir(parents=True)
        savemat(place / f"subject{number}_eeg.mat", {key: eeg})
        table = one_hot(range(1, 201))
        savemat(
            place / f"subject{number}_eeg_label.mat", {"label": table if number == 1 else table.T}
        )
        for trial in (3, 4, 5, 6):
            said = "Listening" if trial % 2 else "Speaking"
            film(root / folder / "Video" / f"{trial:03d}_Trial_09_{said}_{emotion_of(trial)}.mp4")
    return root


def test_eav_is_bound_by_number_and_checked_against_its_label(eav_tree: Path) -> None:
    dataset = open_dataset(eav_tree.parent)
    summary = dataset.summary()
    assert summary.variant == "EAV"
    assert [one.participant for one in summary.participants] == ["subject01", "subject02"]
    assert [one.trials for one in summary.participants] == [160, 160], "Neutral is left out"
    assert summary.videos == 8
    by_name = {ref.name: ref for ref in dataset.refs}
    ref = by_name["subject02/speaking004"]
    assert ref.condition == "speaking"
    recording = ref.open()
    assert recording.eeg.shape == (10_000, 30)
    assert np.median(recording.eeg[:, 0]) == pytest.approx(4, abs=0.5), "trial 4 has index 3"
    assert recording.info.sample_rate == 500.0
    assert recording.frames is not None
    assert ref.label is not None
    assert RULE.quadrant(ref.label.valence, ref.label.arousal) is Quadrant.LALV
    wanted = {"Sadness": "LALV", "Anger": "HALV", "Happiness": "HAHV", "Calmness": "LAHV"}
    for one in dataset.refs:
        assert one.label is not None
        quadrant = RULE.quadrant(one.label.valence, one.label.arousal)
        assert quadrant is not None
        assert quadrant.name == wanted[emotion_of(int(one.name[-3:]))]


def test_exchanges_of_eav_stay_whole(eav_tree: Path) -> None:
    refs = [ref for ref in open_dataset(eav_tree).refs if ref.name[-3:] in ("003", "004", "005")]
    trials = list(load_trials(refs, EASY, RULE, lambda _: None))
    kinship = Kinship(trials)
    for person in ("subject01", "subject02"):
        first, second, third = (
            kinship.group(f"{person}/{name}")
            for name in ("listening003", "speaking004", "listening005")
        )
        assert first == second
        assert third not in (first, second)


def test_a_film_of_eav_that_contradicts_its_label_costs_its_trial(
    eav_tree: Path, tmp_path: Path
) -> None:
    import shutil

    root = shutil.copytree(eav_tree, tmp_path / "EAV")
    (root / "subject02" / "Video" / "005_Trial_09_Listening_Anger.mp4").rename(
        root / "subject02" / "Video" / "005_Trial_09_Listening_Happiness.mp4"
    )
    film(root / "subject02" / "Video" / "006_Trial_10_Speaking_Anger.mp4")
    dataset = open_dataset(root)
    names = {ref.name for ref in dataset.refs if ref.participant == "subject02"}
    assert "subject02/listening005" not in names
    said = " ".join(dataset.summary().problems)
    assert "005_Trial_09_Listening_Happiness.mp4 is left out with its trial" in said
    assert "have one number, 6; none is used" in said
    (root / "subject1" / "EEG" / "subject1_eeg.mat").write_bytes(b"cut")
    assert any("subject1_eeg.mat" in one for one in dataset.check("subject01"))


def test_commands_take_eav_as_deap(eav_tree: Path, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["inspect", str(eav_tree)])
    assert shown.exit_code == 0, shown.output
    assert "EAV files" in shown.output
    (ref,) = chosen(open_dataset(eav_tree), "subject01", 4)
    assert ref.name == "subject01/speaking004"
    drawn = tmp_path / "trial.png"
    done = CliRunner().invoke(
        app,
        ["inspect", str(eav_tree), "--subject", "subject01", "--trial", "4", "--png", str(drawn)],
    )
    assert done.exit_code == 0, done.output
    assert drawn.stat().st_size > 10_000
    played = opened(eav_tree, "subject01", 3)
    assert playlist_of(played, loop=False).duration_s == pytest.approx(20)


def test_preprocessing_takes_the_sites_by_name(eav_tree: Path) -> None:
    (ref,) = chosen(open_dataset(eav_tree), "subject01", 3)
    eeg = preprocess(ref.open(), Preprocessing())
    wave = eeg[:, MODEL_CHANNELS.index("Cz")]
    assert np.abs(wave[400:2000]).max() == pytest.approx(20, rel=0.25)


@pytest.fixture
def mahnob_tree(tmp_path: Path) -> Path:
    """Three sessions: a trial with a film, one without ratings, one whose file has no events."""
    for number, felt in (
        (10, 'feltArsl="7" feltVlnc="3"'),
        (12, ""),
        (14, 'feltArsl="2" feltVlnc="8"'),
    ):
        folder = tmp_path / "Sessions" / str(number)
        folder.mkdir(parents=True)
        name = f"P{number}-Rec1-C1 trigger.avi"
        (folder / "session.xml").write_text(
            f'<?xml version="1.0"?><session id="{number}" isStim="1" {felt} vidRate="30" '
            f'vidBeginSmp="60" vidEndSmp="660" mediaFile="{number}.avi"><subject id="3"/>'
            f'<track type="Video" filename="{name}"/></session>'
        )
        seconds = 40
        status = np.zeros(512 * seconds, dtype=np.int64)
        if number != 14:
            status[512 * 10 : 512 * 10 + 8] = 16
            status[512 * 30 : 512 * 30 + 8] = 16
        signals = np.random.default_rng(number).normal(0, 10, (32, len(status)))
        write_bdf(folder / f"Part_3_S_Trial{number}_emotion.bdf", MODEL_CHANNELS, signals, status)
        film(folder / name, 700)
    return tmp_path


def test_mahnob_has_its_clip_between_two_events(mahnob_tree: Path) -> None:
    dataset = open_dataset(mahnob_tree)
    assert dataset.summary().variant == "MAHNOB-HCI"
    assert [ref.name for ref in dataset.refs] == ["person03/session10", "person03/session14"]
    recording = dataset.refs[0].open()
    (label,) = recording.labels
    assert (label.start, label.stop) == (8.0, 28.0)
    assert (label.valence, label.arousal) == (3.0, 7.0)
    assert recording.frames is not None
    at_start = np.searchsorted(recording.frames.times, label.start - 1e-6)
    assert at_start == 60, "frame 60 is the clip's first"
    assert dataset.refs[0].stimulus == "10.avi"
    assert "has 0 events" in dataset.check("person03")[0]


@pytest.fixture
def amigos_tree(tmp_path: Path) -> Path:
    def cells(values: list[Any]) -> np.ndarray[Any, Any]:
        found = np.empty((1, len(values)), dtype=object)
        found[0, :] = values
        return found

    films = [np.full((640 + 1280, 17), number + 1.0) for number in range(3)]
    rated = [
        np.array([[7.0, 3.0, *[5.0] * 10]]),
        np.array([[2.0, 8.0, *[5.0] * 10]]),
        np.zeros((0, 0)),
    ]
    for person in (1, 9):
        savemat(
            tmp_path / f"Data_Preprocessed_P{person:02d}.mat",
            {"joined_data": cells(films), "labels_selfassessment": cells(rated)},
        )
    return tmp_path


def test_amigos_has_its_baseline_before_the_label(amigos_tree: Path) -> None:
    dataset = open_dataset(amigos_tree)
    assert dataset.summary().variant == "AMIGOS"
    assert [ref.name for ref in dataset.refs] == ["P01/film01", "P01/film02"]
    recording = dataset.refs[1].open()
    assert recording.eeg.shape == (1920, 14)
    assert set(recording.eeg.ravel()) == {2.0}
    (label,) = recording.labels
    assert (label.start, label.stop, label.valence, label.arousal) == (5.0, 15.0, 8.0, 2.0)
    said = " ".join(dataset.summary().problems)
    assert "P09 are left out" in said
    assert "film 3 has no ratings" in said


def test_dreamer_is_rated_from_1_to_5(tmp_path: Path) -> None:
    def column(values: list[Any]) -> np.ndarray[Any, Any]:
        found = np.empty((len(values), 1), dtype=object)
        found[:, 0] = values
        return found

    eeg = {
        "baseline": column([np.full((2000, 14), -1.0)] * 2),
        "stimuli": column([np.full((1280, 14), 1.0), np.full((2560, 14), 2.0)]),
    }
    person = {
        "EEG": eeg,
        "ScoreValence": np.array([[5.0], [3.0]]),
        "ScoreArousal": np.array([[1.0], [2.0]]),
    }
    people = np.empty((1, 2), dtype=object)
    people[0, :] = [person, person]
    savemat(tmp_path / dreamer.FILE, {"DREAMER": {"Data": people}})
    dataset = open_dataset(tmp_path)
    assert dataset.summary().variant == "DREAMER"
    assert [ref.name for ref in dataset.refs[:2]] == ["person01/clip01", "person01/clip02"]
    recording = dataset.refs[1].open()
    (label,) = recording.labels
    assert (label.start, label.stop) == (8.0, 28.0)
    assert (label.valence, label.arousal) == (5.0, 3.0)
    assert (recording.eeg[0, 0], recording.eeg[-1, 0]) == (-1.0, 2.0)
    with pytest.raises(DatasetError, match="not from 1 to 5"):
        dreamer._of_nine(7.0)


def test_faced_is_read_without_running_it(tmp_path: Path) -> None:
    folder = tmp_path / "Processed_data"
    folder.mkdir()
    clips = np.zeros((28, 32, 7500), dtype=np.float32) + np.arange(28)[:, None, None]
    (folder / "sub003.pkl").write_bytes(pickle.dumps(clips, protocol=4))
    dataset = open_dataset(tmp_path)
    assert dataset.summary().variant == "FACED"
    assert len(dataset.refs) == 24
    ref = next(one for one in dataset.refs if one.name.endswith("clip28"))
    assert set(ref.open().eeg[:, 0]) == {27.0}
    assert [faced.quadrant_of(clip) for clip in (1, 10, 13, 17, 28)] == [
        Quadrant.HALV, Quadrant.LALV, None, Quadrant.HAHV, Quadrant.LAHV,
    ]  # fmt: skip
    (folder / "sub003.pkl").write_bytes(b"cos\nsystem\n(S'echo hi'\ntR.")
    assert "was not run" in dataset.check("sub003")[0]


def test_every_loader_keeps_the_protocol() -> None:
    from importlib import import_module

    for name in loader.LOADERS:
        module = import_module(f"milmer_live.storage.corpora.{name}")
        assert isinstance(module.NAME, str)
        assert module.find(Path("/nowhere")) is None
        assert callable(module.load)
