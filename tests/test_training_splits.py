"""Splits: every protocol keeps whole what it promises to, and a leak stops the run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milmer_live.errors import ConfigError, DatasetError
from milmer_live.training.settings import Protocol, SplitSettings
from milmer_live.training.splits import (
    Fold,
    Splits,
    Unit,
    make_splits,
    participant_of,
    trial_of,
)


def make_units(participants: int, trials: int, segments: int = 0) -> list[Unit]:
    """Trials, or their segments, of four classes in turn."""
    units = []
    for who in range(1, participants + 1):
        for number in range(trials):
            trial = f"s{who:02d}/trial{number + 1:02d}"
            names = [f"{trial}#{k}" for k in range(segments)] or [trial]
            units += [
                Unit(name=name, participant=f"s{who:02d}", trial=trial, label=number % 4)
                for name in names
            ]
    return units


@given(
    protocol=st.sampled_from(["segment", "trial", "subject"]),
    participants=st.integers(2, 7),
    validation=st.sampled_from([0.0, 0.1, 0.3, 0.5]),
    group=st.integers(1, 3),
    seed=st.integers(0, 5),
)
def test_each_unit_is_tested_once_and_never_learned_from_in_that_fold(
    protocol: Protocol, participants: int, validation: float, group: int, seed: int
) -> None:
    units = make_units(participants, 8, segments=5 if protocol == "segment" else 0)
    group = min(group, participants - 1)
    settings = SplitSettings(
        protocol=protocol, folds=4, group_size=group, validation=validation, seed=seed
    )
    splits = make_splits(units, settings)
    tested = Counter(name for fold in splits.folds for name in fold.test)
    assert tested == Counter(unit.name for unit in units)
    for fold in splits.folds:
        parts = [set(fold.train), set(fold.validation), set(fold.test)]
        assert sum(map(len, parts)) == len(units)
        assert set.union(*parts) == {unit.name for unit in units}
        assert bool(fold.validation) == (validation > 0)


def test_trials_are_whole_and_every_participant_is_on_both_sides() -> None:
    splits = make_splits(make_units(4, 10), SplitSettings(protocol="trial", folds=5))
    for fold in splits.folds:
        assert len({participant_of(name) for name in fold.train}) == 4
        assert Counter(participant_of(name) for name in fold.test) == Counter(
            {f"s0{who}": 2 for who in range(1, 5)}
        )


def test_the_classes_of_a_participant_are_spread_over_the_folds() -> None:
    units = make_units(2, 16)
    label = {unit.name: unit.label for unit in units}
    splits = make_splits(units, SplitSettings(protocol="trial", folds=4))
    for fold in splits.folds:
        assert sorted(label[name] for name in fold.test) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_leave_one_subject_out_is_in_the_order_of_names_and_validates_on_whole_participants() -> (
    None
):
    splits = make_splits(make_units(6, 4), SplitSettings(protocol="subject", validation=0.2))
    assert [fold.name for fold in splits.folds] == ["s01", "s02", "s03", "s04", "s05", "s06"]
    for fold in splits.folds:
        people = [
            {participant_of(name) for name in part}
            for part in (fold.train, fold.validation, fold.test)
        ]
        assert [len(names) for names in people] == [4, 1, 1]
        assert len(set.union(*people)) == 6


def test_segments_of_one_trial_may_be_on_both_sides_only_under_segment() -> None:
    units = make_units(2, 2, segments=10)
    fold = make_splits(units, SplitSettings(protocol="segment", folds=2)).folds[0]
    assert {trial_of(name) for name in fold.train} & {trial_of(name) for name in fold.test}
    with pytest.raises(ConfigError, match=r"leaks: s01/trial0. is in both"):
        _saved_and_loaded("trial", fold)


def test_a_participant_on_both_sides_stops_a_subject_run() -> None:
    fold = Fold(name="s01", train=("s01/trial01",), validation=(), test=("s01/trial02",))
    with pytest.raises(ConfigError, match="fold 's01' leaks: s01 is in both the training and the"):
        _saved_and_loaded("subject", fold)
    _saved_and_loaded("trial", fold)


def _saved_and_loaded(protocol: Protocol, fold: Fold) -> Splits:
    path = Path("splits.json")
    text = f'{{"protocol": "{protocol}", "folds": [{fold.model_dump_json()}]}}'
    path.write_text(text, encoding="utf-8")
    return Splits.load(path)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_saved_splits_come_back_equal_and_the_seed_decides_them() -> None:
    units = make_units(3, 8)
    settings = SplitSettings(protocol="trial", folds=4)
    splits = make_splits(units, settings)
    splits.save(Path("a.json"))
    assert Splits.load(Path("a.json")) == splits == make_splits(units, settings)
    assert splits != make_splits(units, settings.model_copy(update={"seed": 1}))


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), ("{", "not a usable split"), ('{"protocol": 3}', "not a usable")],
)
def test_a_split_file_that_is_none_is_refused_in_a_sentence(
    content: str | None, message: str
) -> None:
    path = Path("s.json")
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        Splits.load(path)


def test_what_cannot_be_dealt_is_refused() -> None:
    with pytest.raises(DatasetError, match="too few for 5 folds"):
        make_splits(make_units(2, 4), SplitSettings(protocol="trial"))
    with pytest.raises(DatasetError, match="none would be left to learn from"):
        make_splits(make_units(2, 4), SplitSettings(protocol="subject", group_size=2))
    with pytest.raises(ConfigError, match="no fold 7; this split has folds 0 to 1"):
        make_splits(make_units(2, 4), SplitSettings(protocol="subject")).fold(7)
