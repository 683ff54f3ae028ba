"""Trials are known by their samples and their time, not by their names."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training_trials import make_eeg, make_trials, write_deap_eeg
from xdf_files import Written, header_of, write_file

from milmer_live.config import LabelRule, Preprocessing, WindowSettings
from milmer_live.errors import DatasetError
from milmer_live.model.card import Card, new_card
from milmer_live.model.config import preset
from milmer_live.samples import MODEL_CHANNELS, Float32
from milmer_live.storage.xdf.header import (
    Channel,
    stream_header,
)
from milmer_live.training.data.dataset import (
    Trial,
    TrialSet,
)
from milmer_live.training.data.load import open_trials
from milmer_live.training.settings import Protocol, SplitSettings
from milmer_live.training.splits.fingerprint import (
    prints_of,
    shared,
    shares_samples,
    sketch,
    sketched,
)
from milmer_live.training.splits.leakage import (
    FINGERPRINTS,
    found_again,
    known_people,
    seen_record,
    seen_trials,
    unseen_windows,
)
from milmer_live.training.splits.protocols import (
    Fold,
    make_splits,
    participant_of,
    trial_of,
)

EEG_ONLY = preset("demo").model_copy(update={"modalities": "eeg"})


def eeg_of(seed: int, seconds: float = 60.0) -> Float32:
    """(n, 32) float32 µV, of a frequency that others have, too."""
    made: Float32 = make_eeg(seed % 4, np.random.default_rng(seed), seconds).T
    return np.ascontiguousarray(made)


def opened(path: Path) -> TrialSet:
    return open_trials(path, Preprocessing(), LabelRule(), EEG_ONLY)


def printed(trials: TrialSet) -> TrialSet:
    """As loading makes them: known by their samples, and each shown another clip."""
    known = [
        replace(one, prints=prints_of(one.eeg.T, 128.0), stimulus=one.name.split("/")[1])
        for one in trials.trials
    ]
    return TrialSet(known, trials.settings)


def with_copies(trials: TrialSet, copies: dict[str, str]) -> TrialSet:
    """`trials`, some of them also under another name."""
    by_name = {trial.name: trial for trial in trials.trials}
    added = [
        replace(by_name[name], name=copy, participant=participant_of(copy))
        for name, copy in copies.items()
    ]
    return TrialSet([*trials.trials, *added], trials.settings)


# --- fingerprints ------------------------------------------------------------------------


def test_the_same_samples_have_the_same_prints_in_another_unit_offset_or_format() -> None:
    eeg = eeg_of(1)
    known = set(prints_of(eeg, 128.0).tolist())
    assert 300 < len(known) < 700, "about 8 a second"
    for same in (eeg * 1e-6, eeg + 4000, eeg.astype(np.float64), eeg.astype(np.float32) * 3):
        again = set(prints_of(same.astype(np.float32), 128.0).tolist())
        assert len(known & again) > 0.8 * len(known)
    rounded = (np.round(eeg / 0.01) * 0.01).astype(np.float32)
    assert len(known & set(prints_of(rounded, 128.0).tolist())) > 0.5 * len(known)


@pytest.mark.parametrize("rate", [128.0, 250.0, 1000.0])
def test_two_stretches_of_one_recording_share_prints_where_they_overlap(rate: float) -> None:
    eeg = np.random.default_rng(0).normal(0, 10, (round(100 * rate), 8)).astype(np.float32)
    first, second = eeg[: round(60 * rate)], eeg[round(47.3 * rate) :]
    pair = shared([prints_of(first, rate), prints_of(second, rate)])
    assert pair.keys() == {(0, 1)}
    assert 60 < pair[0, 1] < 140, "8 a second of 12.7 s"
    assert shares_samples(prints_of(second, rate), sketched(sketch(prints_of(first, rate))))


def test_other_samples_share_nothing_and_what_does_not_move_has_no_prints() -> None:
    series = [prints_of(eeg_of(seed), 128.0) for seed in range(12)]
    assert shared(series) == {}
    assert not shares_samples(series[0], sketched("".join(map(sketch, series[1:]))))
    for still in (np.zeros((9000, 32)), np.full((9000, 32), 7.5), np.zeros((100, 32))):
        assert len(prints_of(still.astype(np.float32), 128.0)) == 0
    ramp = np.arange(9000, dtype=np.float32)[:, None] * np.ones(32, np.float32)
    assert len(prints_of(ramp, 128.0)) < 2, "one hash is not enough to be known by"


def test_a_sketch_is_short_enough_for_a_card() -> None:
    text = sketch(prints_of(eeg_of(3), 128.0))
    assert 200 < len(text) < 600
    assert len(sketched(text)) == len(text) // 12
    assert sketched("") == set()


# --- kinship -----------------------------------------------------------------------------


def test_trials_of_a_data_set_without_copies_are_no_kin() -> None:
    kinship = printed(make_trials(4, 8)).kinship
    assert kinship.pairs == ()
    assert kinship.notes == ()
    assert kinship.people == {name: name for name in ("s01", "s02", "s03", "s04")}


def test_copies_are_named_and_their_participants_one_person() -> None:
    trials = with_copies(
        printed(make_trials(3, 8)),
        {"s01/trial01": "s09/trial01", "s02/trial03": "s02/trial77"},
    )
    kinship = trials.kinship
    assert kinship.people["s01"] == kinship.people["s09"] == "s01+s09"
    assert kinship.people["s02"] == "s02"
    assert kinship.group("s02/trial77") == kinship.group("s02/trial03") == "s02/trial03"
    assert kinship.notes == (
        "s01 and s09 are taken as one person, since they share samples.",
        "s01/trial01 and s09/trial01 share their samples.",
        "s02/trial03 and s02/trial77 share their samples.",
        "Trials that share samples stay on one side of every split.",
    )


def test_a_long_list_of_copies_is_cut() -> None:
    trials = printed(make_trials(1, 8))
    copied = with_copies(trials, {one.name: f"s05/copy{one.name[-2:]}" for one in trials.trials})
    assert copied.kinship.notes[-2] == "3 more pairs of trials share samples."


@pytest.mark.parametrize("protocol", ["segment", "trial", "subject", "subject+stimulus"])
def test_what_shares_samples_is_on_one_side_of_every_fold(protocol: Protocol) -> None:
    copies = {"s01/trial01": "s04/trial21", "s01/trial02": "s01/trial22", "s02/trial05": "s02/x"}
    trials = with_copies(printed(make_trials(5, 8)), copies)
    settings = SplitSettings(protocol=protocol, folds=4, validation=0.3)
    if protocol == "subject+stimulus":
        renamed = [replace(one, stimulus=one.stimulus[-1]) for one in trials.trials]
        trials = TrialSet(renamed, trials.settings)
    splits = make_splits(trials.units(protocol, 3.0), settings)
    for fold in splits.folds:
        trials.kinship.refuse_leak(protocol, fold)
        parts = [{trial_of(u) for u in part} for part in (fold.train, fold.validation, fold.test)]
        for ours, theirs in copies.items():
            assert not any(ours in a and theirs in b for a in parts for b in parts if a is not b)
        if protocol.startswith("subject"):
            tested = {participant_of(name) for name in fold.test}
            learned = {participant_of(name) for name in fold.train + fold.validation}
            assert len({"s01", "s04"} & tested) in (0, 2) or protocol == "subject+stimulus"
            assert not ({"s01", "s04"} & tested and {"s01", "s04"} & learned)


@pytest.mark.parametrize(
    ("protocol", "train", "test", "said"),
    [
        ("trial", "s01/trial01", "s09/trial01", "share|samples of s01/trial01"),
        ("segment", "s01/trial01#1", "s09/trial01#2", "samples of s01/trial01"),
        ("subject", "s01/trial02", "s09/trial01", "the person s01\\+s09"),
        ("subject+stimulus", "s02/trial03", "s03/trial03", "the clip trial03"),
    ],
)
def test_a_split_that_separates_them_is_refused(
    protocol: Protocol, train: str, test: str, said: str
) -> None:
    trials = with_copies(printed(make_trials(3, 8)), {"s01/trial01": "s09/trial01"})
    fold = Fold(name="made", train=(train,), validation=(), test=(test,))
    with pytest.raises(DatasetError, match=f"The fold 'made' leaks: .*{said}"):
        trials.kinship.refuse_leak(protocol, fold)


# --- what a checkpoint has seen ----------------------------------------------------------


def card_of(trials: TrialSet, learned: tuple[str, ...], *, prints: bool = True) -> Card:
    record = seen_record(trials, learned)
    if not prints:
        del record[FINGERPRINTS]
    chain = Preprocessing(window=WindowSettings(bag_size=EEG_ONLY.bag_size))
    return new_card(EEG_ONLY, chain, training=record)


def renamed(trials: TrialSet, new: str, *names: str) -> TrialSet:
    """Only the trials of these names, all of a participant `new`."""
    chosen = [
        replace(one, name=f"{new}/{number}", participant=new)
        for number, one in enumerate(one for one in trials.trials if one.name in names)
    ]
    return TrialSet(chosen, trials.settings)


def test_a_copy_under_another_name_is_never_unseen() -> None:
    trials = printed(make_trials(3, 8))
    card = card_of(trials, ("s01/trial01", "s01/trial02"))
    copy = renamed(trials, "s21", "s01/trial01", "s03/trial04")
    assert seen_trials(copy, card) == {"s21/0"}
    assert len(unseen_windows(copy, card, "trial", 3.0)) == 4
    with pytest.raises(DatasetError, match="learned from every participant"):
        unseen_windows(copy, card, "subject", 3.0)
    assert found_again(copy, card) == [
        "Copies, under another name, of trials that it has learned from (1): s21/0."
    ]


def test_a_person_is_known_by_trials_that_were_not_learned_from() -> None:
    """The checkpoint of a `trial` fold knows the people whose other trials it was tested on."""
    trials = printed(make_trials(3, 8))
    card = card_of(trials, ("s01/trial01", "s02/trial02"))
    held_back = renamed(trials, "new", "s01/trial08")
    assert seen_trials(held_back, card) == set()
    assert known_people(held_back, card) == {"new"}
    assert len(unseen_windows(held_back, card, "trial", 3.0)) == 4
    with pytest.raises(DatasetError, match="learned from every participant"):
        unseen_windows(held_back, card, "subject", 3.0)
    assert known_people(renamed(trials, "new", "s03/trial01"), card) == set()


def test_a_corrected_rating_does_not_make_a_trial_unseen() -> None:
    trials = printed(make_trials(2, 8))
    card = card_of(trials, ("s01/trial01",))
    corrected = TrialSet(
        [replace(one, ratings=(2.0, 2.0), label=2) for one in trials.trials], trials.settings
    )
    assert seen_trials(corrected, card) == {"s01/trial01"}
    assert found_again(corrected, card) == ["Learned from with other ratings (1): s01/trial01."]


def test_a_card_without_fingerprints_is_read_by_names_and_says_so() -> None:
    trials = printed(make_trials(2, 8))
    card = card_of(trials, ("s01/trial01",), prints=False)
    assert seen_trials(trials, card) == {"s01/trial01"}
    assert "keeps no fingerprints" in found_again(trials, card)[0]


def test_unseen_people_on_unseen_clips() -> None:
    trials = printed(make_trials(3, 8))
    learned = tuple(f"s0{who}/trial0{k}" for who in (1, 2) for k in (1, 2, 3, 4))
    left = unseen_windows(trials, card_of(trials, learned), "subject+stimulus", 3.0)
    assert {trials.trials[i].name for i in left.trial.tolist()} == {
        f"s03/trial0{k}" for k in (5, 6, 7, 8)
    }
    every = card_of(trials, tuple(f"s01/trial0{k}" for k in range(1, 9)))
    with pytest.raises(DatasetError, match="learned from every clip"):
        unseen_windows(trials, every, "subject+stimulus", 3.0)
    unknown = TrialSet([replace(t, stimulus="") for t in trials.trials], trials.settings)
    with pytest.raises(DatasetError, match="Which clip was shown in s03/trial01 is not known"):
        unseen_windows(unknown, card_of(trials, learned), "subject+stimulus", 3.0)


# --- from files --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def deap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_deap_eeg(tmp_path_factory.mktemp("deap"), participants=2, trials=4)


def test_the_file_of_a_participant_copied_in_deap_is_found(deap: Path, tmp_path: Path) -> None:
    shutil.copytree(deap, tmp_path / "copy")
    python = tmp_path / "copy" / "data_preprocessed_python"
    shutil.copy(python / "s01.dat", python / "s04.dat")
    trials = opened(tmp_path / "copy")
    assert trials.kinship.people == {"s01": "s01+s04", "s02": "s02", "s04": "s01+s04"}
    splits = make_splits(trials.units("subject", 3.0), SplitSettings(protocol="subject"))
    assert [fold.name for fold in splits.folds] == ["s01+s04", "s02"]
    (python / "s01.dat").rename(python / "s21.dat")
    for other in ("s02.dat", "s04.dat"):
        (python / other).unlink()
    card = card_of(opened(deap), tuple(f"s01/trial0{k}" for k in range(1, 5)))
    with pytest.raises(DatasetError, match="learned from every trial"):
        unseen_windows(opened(tmp_path / "copy"), card, "trial", 3.0)


def session(folder: Path, eeg: Float32, markers: list[tuple[float, str]]) -> Path:
    """An XDF file as another program writes it, at 128 Hz."""
    channels = [Channel(name, "microvolts", "EEG") for name in MODEL_CHANNELS]
    header = stream_header("Amp", "EEG", channels, rate=128.0, format="float32")
    stamps = 70.0 + np.arange(len(eeg)) / 128
    texts = header_of("Stimuli", "string", 1, 0.0)
    times = np.array([70.0 + time for time, _ in markers])
    streams = (
        Written(header, ((stamps, eeg),), 0.0),
        Written(texts, ((times, [[text] for _, text in markers]),), 0.0),
    )
    folder.mkdir(parents=True, exist_ok=True)
    return write_file(folder / "sub-07_task-films_eeg.xdf", streams)


MARKERS = [
    (5.0, "label valence=8 arousal=7 trial=a duration=10"),
    (20.0, "label valence=2 arousal=7 trial=b duration=10"),
    (40.0, "label valence=2 arousal=2 trial=c duration=10"),
]


def spans(trials: TrialSet) -> dict[str, tuple[float, ...]]:
    first = min(trial.span[0] for trial in trials.trials)
    return {
        trial.name.rsplit("/", 1)[1]: tuple(round(t - first, 3) for t in trial.span)
        for trial in trials.trials
    }


def test_a_stretch_labelled_twice_or_in_part_is_found_by_its_time(tmp_path: Path) -> None:
    path = session(tmp_path, eeg_of(5), MARKERS)
    table = "onset,duration,valence,arousal,trial\n5,10,3,7,again\n24,12,2,7,late\n50,8,8,8,d\n"
    path.with_suffix(".labels.csv").write_text(table, encoding="utf-8")
    trials = opened(tmp_path)
    assert spans(trials)["late"] == (19.0, 31.0)
    labels = {trial.name.rsplit("/", 1)[1]: trial.name for trial in trials.trials}
    assert trials.kinship.notes == (
        f"{labels['a']} and {labels['again']} label the same stretch, with other ratings "
        "(valence 8 and 3, arousal 7 and 7).",
        f"{labels['b']} and {labels['late']} overlap by 6.0 s.",
        "Trials that share samples stay on one side of every split.",
    )
    assert trials.kinship.group(labels["c"]) != trials.kinship.group(labels["d"]), "they touch"


def test_a_session_in_two_folders_is_found_though_its_labels_differ(tmp_path: Path) -> None:
    eeg = eeg_of(6)
    session(tmp_path / "a", eeg, MARKERS)
    shifted = [(time + 6.0, text.replace("trial=", "trial=x")) for time, text in MARKERS]
    other = session(tmp_path / "b", eeg * 1.5, shifted)
    other.rename(other.with_name("sub-12_task-films_eeg.xdf"))
    trials = opened(tmp_path)
    assert set(trials.kinship.people.values()) == {"07+12"}
    assert len(trials.kinship.pairs) == 3


def test_two_folders_with_the_same_names_keep_their_trials_apart(tmp_path: Path) -> None:
    session(tmp_path / "a", eeg_of(6), MARKERS)
    session(tmp_path / "b", eeg_of(7), MARKERS)
    trials = opened(tmp_path)
    names = [trial.name for trial in trials.trials]
    assert len(names) == len(set(names)) == 6
    assert sum(name.endswith(" (2)") for name in names) == 3
    assert trials.kinship.pairs == ()


def test_the_clip_of_a_trial_is_its_experiment_or_the_name_of_its_label(
    deap: Path, tmp_path: Path
) -> None:
    session(tmp_path, eeg_of(5), [*MARKERS, (52.0, "label valence=2 arousal=2 duration=5")])
    assert [t.stimulus for t in opened(tmp_path).trials] == ["a", "b", "c", ""]
    assert {t.stimulus for t in opened(deap).trials} == {f"trial0{k}" for k in range(1, 5)}


def test_a_trial_made_by_hand_is_known_by_nothing_but_its_name() -> None:
    trial: Trial = make_trials(1, 1).trials[0]
    assert len(trial.prints) == 0
    assert TrialSet([trial, replace(trial, name="s01/b")], WindowSettings()).kinship.pairs == ()
