"""Who is tested on what: the three protocols, and the guard that keeps them honest.

A unit is what a protocol deals out: a segment ("s01/trial07#12", the 12th window's length of the
trial), a whole trial ("s01/trial07"), or all trials of a participant. Folds name units only, so
that they can be saved as JSON, read by a person, and loaded again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import ValidationError, model_validator

from milmer_live.config import Frozen
from milmer_live.errors import ConfigError, DatasetError
from milmer_live.training.settings import Protocol, SplitSettings

SEGMENT_MARK = "#"


class Unit(Frozen):
    """One thing to deal: its name, whose it is, and its class (for an even deal)."""

    name: str
    participant: str
    trial: str
    label: int


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


def check_leak(protocol: Protocol, fold: Fold) -> None:
    """Fail when something that must stay whole is on two sides. Raises ValueError.

    Under `subject` participants may be shared by training and validation when there are too few
    to set one aside (trials never), but never with the test part.
    """
    parts = {"training": fold.train, "validation": fold.validation, "test": fold.test}
    kept_whole = str if protocol == "segment" else trial_of
    names = list(parts)
    for index, first in enumerate(names):
        for second in names[index + 1 :]:
            _refuse_shared(
                fold.name, first, second, *(map(kept_whole, parts[n]) for n in (first, second))
            )
    if protocol == "subject":
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
    if settings.protocol == "subject":
        tests = _participant_folds(units, settings, rng)
    else:
        tests = _even_folds(units, settings, rng)
    folds = tuple(
        _fold(units, name, test, settings, index) for index, (name, test) in enumerate(tests)
    )
    return Splits(protocol=settings.protocol, folds=folds)


def _even_folds(
    units: Sequence[Unit], settings: SplitSettings, rng: np.random.Generator
) -> list[tuple[str, set[str]]]:
    """Each participant's units dealt round by class, so that every fold has its share of both."""
    fewest = min(Counter(unit.participant for unit in units).values(), default=0)
    if fewest < settings.folds:
        raise DatasetError(
            f"A participant has only {fewest} {settings.protocol}s, too few for "
            f"{settings.folds} folds.",
            "Choose fewer folds (split.folds).",
        )
    tests: list[set[str]] = [set() for _ in range(settings.folds)]
    for position, unit in enumerate(_dealt(units, rng)):
        tests[position % settings.folds].add(unit.name)
    return [(f"fold {index + 1}", test) for index, test in enumerate(tests)]


def _dealt(units: Sequence[Unit], rng: np.random.Generator) -> list[Unit]:
    """Shuffled, then by participant and class: dealing them round spreads both evenly."""
    shuffled = [units[int(index)] for index in rng.permutation(len(units))]
    return sorted(shuffled, key=lambda unit: (unit.participant, unit.label))


def _participant_folds(
    units: Sequence[Unit], settings: SplitSettings, rng: np.random.Generator
) -> list[tuple[str, set[str]]]:
    """Participants in groups; a group of one is leave-one-subject-out, in the order of names."""
    names = sorted({unit.participant for unit in units})
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
        (" ".join(group), {unit.name for unit in units if unit.participant in group})
        for group in groups
    ]


def _fold(
    units: Sequence[Unit], name: str, test: set[str], settings: SplitSettings, index: int
) -> Fold:
    learned = [unit for unit in units if unit.name not in test]
    rng = np.random.default_rng((settings.seed, index))
    aside = _validation(learned, settings, rng)
    return Fold(
        name=name,
        train=tuple(unit.name for unit in learned if unit.name not in aside),
        validation=tuple(unit.name for unit in learned if unit.name in aside),
        test=tuple(unit.name for unit in units if unit.name in test),
    )


def _validation(
    learned: Sequence[Unit], settings: SplitSettings, rng: np.random.Generator
) -> set[str]:
    """Set aside as the test part is: participants under `subject` if there are at least three."""
    if not settings.validation:
        return set()
    by_participant: dict[str, list[str]] = defaultdict(list)
    for unit in learned:
        by_participant[unit.participant].append(unit.name)
    if settings.protocol == "subject" and len(by_participant) >= 3:
        names = sorted(by_participant)
        wanted = max(1, round(settings.validation * len(names)))
        chosen = rng.permutation(len(names))[:wanted]
        return {name for index in chosen for name in by_participant[names[int(index)]]}
    dealt = _dealt(learned, rng)
    wanted = max(1, round(settings.validation * len(dealt)))
    return {dealt[(2 * k + 1) * len(dealt) // (2 * wanted)].name for k in range(wanted)}
