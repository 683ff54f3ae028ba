"""Who is tested on what: the four protocols, and the guard that keeps them honest.

A unit is what a protocol deals out: a segment ("s01/trial07#12", the 12th window's length of the
trial), a whole trial ("s01/trial07"), or all trials of a participant. Folds name units only, so
that they can be saved as JSON, read by a person, and loaded again. Trials that share samples are
dealt as one, and so are the names of one person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import ValidationError, model_validator

from milmer_live.config import Frozen
from milmer_live.errors import ConfigError, DatasetError
from milmer_live.training.settings import Protocol, SplitSettings
from milmer_live.training.splits.dealing import deal

SEGMENT_MARK = "#"

# Protocols under which a person is on one side only.
WHOLE_PEOPLE: frozenset[Protocol] = frozenset(("subject", "subject+stimulus"))


class Unit(Frozen):
    """One thing to deal: its name, whose it is, and its class (for an even deal).

    `group` is the same for units that share samples, `person` for the names of one person; empty
    where it is the unit's own. `stimulus` is the clip that was shown, empty where it is not known.
    """

    name: str
    participant: str
    trial: str
    label: int
    group: str = ""
    person: str = ""
    stimulus: str = ""

    @property
    def whose(self) -> str:
        return self.person or self.participant


class Fold(Frozen):
    """Names of units; `name` says what is tested, for the tables."""

    name: str
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


class Splits(Frozen):
    """All folds of a protocol. Loading one with a leak in it raises ConfigError."""

    protocol: Protocol
    folds: tuple[Fold, ...]

    @model_validator(mode="after")
    def _guard(self) -> Self:
        for fold in self.folds:
            check_leak(self.protocol, fold)
        return self

    def fold(self, index: int) -> Fold:
        """Raises ConfigError where there is no such fold."""
        if not 0 <= index < len(self.folds):
            raise ConfigError(
                f"There is no fold {index}; this split has folds 0 to {len(self.folds) - 1}.",
                "Choose one of them with --fold, or leave it out to run all.",
            )
        return self.folds[index]

    def save(self, path: Path) -> None:
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises ConfigError when the file is not one of ours, or leaks."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise ConfigError(
                f"The split file {path} cannot be read: {error.strerror}.", "Check the path."
            ) from error
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ConfigError(f"{path} is not a usable split: {reason}.") from error


def trial_of(unit: str) -> str:
    """The trial of a unit's name, whether it names a segment or a trial."""
    return unit.split(SEGMENT_MARK)[0]


def participant_of(unit: str) -> str:
    return unit.split("/")[0]


def validation_people(fold: Fold) -> tuple[str, ...]:
    """Participants who are in the validation part only."""
    learned = {participant_of(unit) for unit in fold.train}
    return tuple(sorted({participant_of(unit) for unit in fold.validation} - learned))


def check_leak(protocol: Protocol, fold: Fold) -> None:
    """Fail when something that must stay whole is on two sides. Raises ValueError.

    Where participants are kept whole, training and validation may share them when there are too
    few to set one aside (trials never); the test part never shares one.
    """
    parts = {"training": fold.train, "validation": fold.validation, "test": fold.test}
    kept_whole = str if protocol == "segment" else trial_of
    names = list(parts)
    for index, first in enumerate(names):
        for second in names[index + 1 :]:
            _refuse_shared(
                fold.name, first, second, *(map(kept_whole, parts[n]) for n in (first, second))
            )
    if protocol in WHOLE_PEOPLE:
        learned = map(participant_of, fold.train + fold.validation)
        _refuse_shared(fold.name, "training", "test", learned, map(participant_of, fold.test))


def _refuse_shared(
    fold: str, first: str, second: str, ours: Iterable[str], theirs: Iterable[str]
) -> None:
    shared = sorted(set(ours) & set(theirs))
    if shared:
        raise ValueError(
            f"fold '{fold}' leaks: {shared[0]} is in both the {first} and the {second} part"
            + (f" ({len(shared)} in all)" if len(shared) > 1 else "")
        )


def make_splits(units: Sequence[Unit], settings: SplitSettings) -> Splits:
    """Deal `units` into the folds of the protocol. Raises DatasetError when there are too few."""
    rng = np.random.default_rng(settings.seed)
    if settings.protocol in WHOLE_PEOPLE:
        tests = _participant_folds(units, settings, rng)
    elif settings.each_participant:
        tests = _own_folds(units, settings, rng)
    else:
        tests = _even_folds(units, settings, rng)
    if settings.protocol == "subject+stimulus":
        tests = _crossed(units, tests, settings, rng)
    folds = tuple(_fold(units, part, settings, index) for index, part in enumerate(tests))
    return Splits(protocol=settings.protocol, folds=folds)


@dataclass(frozen=True, slots=True)
class _Tested:
    """What a fold tests, and what plays no part in it: names of units."""

    name: str
    test: set[str]
    unused: set[str] = field(default_factory=set)


def _bound(units: Sequence[Unit]) -> list[list[Unit]]:
    """Units that must not be separated, together."""
    together: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        together[unit.group or unit.name].append(unit)
    return list(together.values())


def _names(groups: Iterable[Sequence[Unit]]) -> set[str]:
    return {unit.name for group in groups for unit in group}


def _even_folds(
    units: Sequence[Unit], settings: SplitSettings, rng: np.random.Generator
) -> list[_Tested]:
    """Every fold has its share of each participant, each class, and each class of a participant."""
    bound = _bound(units)
    participants, labels = [g[0].participant for g in bound], [g[0].label for g in bound]
    fewest = min(Counter(participants).values(), default=0)
    if fewest < settings.folds:
        raise DatasetError(
            f"A participant has only {fewest} {settings.protocol}s, too few for "
            f"{settings.folds} folds.",
            "Choose fewer folds (split.folds).",
        )
    dealt = deal(participants, labels, settings.folds, rng)
    return [
        _Tested(f"fold {fold + 1}", _names(bound[i] for i in np.flatnonzero(dealt == fold)))
        for fold in range(settings.folds)
    ]


def _own_folds(
    units: Sequence[Unit], settings: SplitSettings, rng: np.random.Generator
) -> list[_Tested]:
    """Each person's folds, in which the others play no part."""
    tests = []
    for person in sorted({unit.whose for unit in units}):
        mine = [unit for unit in units if unit.whose == person]
        others = {unit.name for unit in units if unit.whose != person}
        for one in _even_folds(mine, settings, rng):
            tests.append(_Tested(f"{person} {one.name}", one.test, others))
    return tests


def _dealt(units: Sequence[Unit], rng: np.random.Generator) -> list[list[Unit]]:
    """Shuffled, then by participant and class: dealing them round spreads both evenly."""
    bound = _bound(units)
    shuffled = [bound[int(index)] for index in rng.permutation(len(bound))]
    return sorted(shuffled, key=lambda group: (group[0].participant, group[0].label))


def _participant_folds(
    units: Sequence[Unit], settings: SplitSettings, rng: np.random.Generator
) -> list[_Tested]:
    """Participants in groups; a group of one is leave-one-subject-out, in the order of names."""
    names = sorted({unit.whose for unit in units})
    if len(names) <= settings.group_size:
        raise DatasetError(
            f"{len(names)} participant(s) cannot be tested in groups of {settings.group_size}: "
            "none would be left to learn from.",
            "Choose a smaller split.group_size or more data.",
        )
    if settings.group_size > 1:
        names = [names[int(index)] for index in rng.permutation(len(names))]
    groups = [
        sorted(names[start : start + settings.group_size])
        for start in range(0, len(names), settings.group_size)
    ]
    return [
        _Tested(" ".join(group), {unit.name for unit in units if unit.whose in group})
        for group in groups
    ]


def _crossed(
    units: Sequence[Unit],
    people: Sequence[_Tested],
    settings: SplitSettings,
    rng: np.random.Generator,
) -> list[_Tested]:
    """Each group of people on each group of clips. Trials of others on these clips, and of these
    people on other clips, play no part in the fold."""
    clips = _clip_groups(units, settings.folds, rng)
    tests = []
    for group in people:
        for number, shown in enumerate(clips, start=1):
            on_clips = {unit.name for unit in units if unit.stimulus in shown}
            name = f"{group.name} on clips {number}/{len(clips)}"
            unused = group.test ^ on_clips
            tests.append(_Tested(name, group.test & on_clips, unused))
    return [one for one in tests if one.test]


def _clip_groups(units: Sequence[Unit], count: int, rng: np.random.Generator) -> list[set[str]]:
    unknown = [unit.trial for unit in units if not unit.stimulus]
    if unknown:
        raise DatasetError(
            f"Which clip was shown in {unknown[0]} is not known ({len(unknown)} such trials).",
            "Name the clip in the label (trial=NAME), or choose the protocol subject.",
        )
    names = sorted({unit.stimulus for unit in units})
    if len(names) < count:
        raise DatasetError(
            f"There are {len(names)} clips, too few for {count} groups of them.",
            "Choose fewer (split.folds).",
        )
    order = rng.permutation(len(names))
    return [{names[int(i)] for i in order[start::count]} for start in range(count)]


def _fold(units: Sequence[Unit], tested: _Tested, settings: SplitSettings, index: int) -> Fold:
    kept_out = tested.test | tested.unused
    learned = [unit for unit in units if unit.name not in kept_out]
    if not learned:
        raise DatasetError(
            f"Nothing is left to learn from in the fold '{tested.name}'.",
            "Choose a smaller split.group_size or more data.",
        )
    rng = np.random.default_rng((settings.seed, index))
    aside = _validation(learned, settings, rng)
    return Fold(
        name=tested.name,
        train=tuple(unit.name for unit in learned if unit.name not in aside),
        validation=tuple(unit.name for unit in learned if unit.name in aside),
        test=tuple(unit.name for unit in units if unit.name in tested.test),
    )


def _validation(
    learned: Sequence[Unit], settings: SplitSettings, rng: np.random.Generator
) -> set[str]:
    """Set aside as the test part is: whole people where they are kept whole, if there are at least
    three."""
    if not settings.validation:
        return set()
    people: dict[str, list[str]] = defaultdict(list)
    for unit in learned:
        people[unit.whose].append(unit.name)
    if settings.protocol in WHOLE_PEOPLE and len(people) >= 3:
        names = sorted(people)
        wanted = max(1, round(settings.validation * len(names)))
        chosen = rng.permutation(len(names))[:wanted]
        return {name for index in chosen for name in people[names[int(index)]]}
    dealt = _dealt(learned, rng)
    wanted = max(1, round(settings.validation * len(dealt)))
    return _names(dealt[(2 * k + 1) * len(dealt) // (2 * wanted)] for k in range(wanted))
