"""Splits: every protocol keeps whole what it promises to, and a leak stops the run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milmer_live.config import read_toml
from milmer_live.errors import ConfigError, DatasetError
from milmer_live.paths import PACKAGE
from milmer_live.training.results.ablation import AblationSettings
from milmer_live.training.settings import Protocol, SplitSettings, TrainSettings
from milmer_live.training.splits.protocols import (
    Fold,
    Splits,
    Unit,
    make_splits,
    participant_of,
    trial_of,
)

PAPER = PACKAGE.parent / "resources" / "train" / "paper"


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


# Trials of each class (HAHV, LAHV, LALV, HALV) by participant: DEAP's and ours as they may come
# out, and uneven ones.
SHAPES = {
    "DEAP": np.random.default_rng(1).multinomial(40, (0.36, 0.21, 0.21, 0.22), 32),
    "ours": np.random.default_rng(2).multinomial(10, (0.25, 0.25, 0.25, 0.25), 40),
    "uneven": np.array([[37, 1, 0, 2], [5, 5, 5, 5], [0, 0, 40, 0], [3, 0, 9, 1], [1, 2, 3, 11]]),
    "one class": np.array([[11, 0, 0, 0], [10, 0, 0, 0]]),
}


@pytest.mark.parametrize("protocol", ["trial", "segment"])
@pytest.mark.parametrize("folds", [2, 5, 10])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_count_of_a_fold_is_within_one_of_even(
    shape: str, folds: int, protocol: Protocol
) -> None:
    """Of all, of each class, each participant, and each class within each participant."""
    units = [
        Unit(name=f"s{who}/{label}-{k}", participant=f"s{who}", trial="", label=label)
        for who, row in enumerate(SHAPES[shape].tolist())
        for label, count in enumerate(row)
        for k in range(count)
    ]
    by_name = {unit.name: unit for unit in units}
    splits = make_splits(units, SplitSettings(protocol=protocol, folds=folds, seed=4))
    for fold in splits.folds:
        tested = [by_name[name] for name in fold.test]
        for key in ("", "label", "participant", "participant label"):
            whole, mine = (Counter(_key(u, key) for u in some) for some in (units, tested))
            for value, count in whole.items():
                assert abs(mine[value] - count / folds) < 1, (fold.name, key, value)


def _key(unit: Unit, names: str) -> tuple[object, ...]:
    return tuple(getattr(unit, name) for name in names.split())


def test_clips_that_are_tested_are_in_no_other_part_and_every_trial_is_tested_once() -> None:
    units = [
        unit.model_copy(update={"stimulus": unit.name.split("/")[1]}) for unit in make_units(6, 10)
    ]
    settings = SplitSettings(protocol="subject+stimulus", group_size=2, folds=5, validation=0.25)
    splits = make_splits(units, settings)
    assert len(splits.folds) == 3 * 5
    assert splits.folds[0].name.endswith(" on clips 1/5")
    assert Counter(n for fold in splits.folds for n in fold.test) == Counter(u.name for u in units)
    for fold in splits.folds:
        learned = fold.train + fold.validation
        for place in (0, 1):  # participant, clip
            tested, known = ({n.split("/")[place] for n in some} for some in (fold.test, learned))
            assert not tested & known
        assert len(learned) == 4 * 8
        assert len({participant_of(name) for name in fold.validation}) == 1


@pytest.mark.parametrize("protocol", ["segment", "trial"])
def test_each_participant_may_have_a_network_of_their_own(protocol: Protocol) -> None:
    units = make_units(3, 8, segments=5 if protocol == "segment" else 0)
    settings = SplitSettings(protocol=protocol, folds=4, each_participant=True, validation=0.2)
    splits = make_splits(units, settings)
    assert [fold.name for fold in splits.folds[:5]] == [
        *(f"s01 fold {k}" for k in (1, 2, 3, 4)),
        "s02 fold 1",
    ]
    assert Counter(n for fold in splits.folds for n in fold.test) == Counter(u.name for u in units)
    for fold in splits.folds:
        parts = (fold.train, fold.validation, fold.test)
        assert {participant_of(name) for part in parts for name in part} == {fold.name[:3]}
        assert all(parts)
    with pytest.raises(ValueError, match="choose the protocol segment or trial"):
        SplitSettings(protocol="subject", each_participant=True)


@pytest.mark.parametrize("path", sorted(PAPER.glob("*.toml")), ids=lambda path: path.stem)
def test_the_settings_of_the_papers_tables_can_be_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    grid = "[grid]" in text
    base = read_toml(path, AblationSettings).base if grid else read_toml(path, TrainSettings)
    assert base.preset == "milmer"
    assert base.split.folds == 10
    verb = "ablate" if grid else "train"
    assert f"milmer-live {verb} resources/train/paper/{path.name} --data DEAP" in text


def test_clips_that_are_too_few_or_not_known_are_refused() -> None:
    settings = SplitSettings(protocol="subject+stimulus", folds=5)
    with pytest.raises(DatasetError, match="Which clip was shown in s01/trial01 is not known"):
        make_splits(make_units(3, 8), settings)
    two = [u.model_copy(update={"stimulus": str(u.label % 2)}) for u in make_units(3, 8)]
    with pytest.raises(DatasetError, match="There are 2 clips, too few for 5 groups"):
        make_splits(two, settings)


def test_the_names_of_one_person_are_tested_together_and_kin_is_dealt_as_one() -> None:
    units = [
        u.model_copy(update={"person": "s01+s03" if u.participant in ("s01", "s03") else ""})
        for u in make_units(4, 4)
    ]
    splits = make_splits(units, SplitSettings(protocol="subject"))
    assert [fold.name for fold in splits.folds] == ["s01+s03", "s02", "s04"]
    tied = [
        u.model_copy(update={"group": "tied" if u.trial.endswith(("01", "02", "03")) else ""})
        for u in make_units(1, 12)
    ]
    splits = make_splits(tied, SplitSettings(protocol="trial", folds=4, validation=0.3))
    names = {f"s01/trial0{k}" for k in (1, 2, 3)}
    for fold in splits.folds:
        assert any(names <= set(part) for part in (fold.train, fold.validation, fold.test))


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
