"""Trials that share samples, and participants who are one person, whatever their names.

Two labels of one recording are compared by their stretches of time, all others by fingerprints.
Trials that share samples stay on one side of every split; participants who share a trial are one
person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from milmer_live.errors import DatasetError
from milmer_live.training.splits.fingerprint import (
    FEWEST_SHARED,
    shared,
)
from milmer_live.training.splits.protocols import (
    WHOLE_PEOPLE,
    Fold,
    participant_of,
    trial_of,
)

if TYPE_CHECKING:
    from milmer_live.training.data.dataset import Trial
    from milmer_live.training.settings import Protocol

# Labels that touch may overlap by the jitter of their markers; windows hardly share samples then.
OVERLAP_S = 0.1
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Kin:
    """Two trials that share samples, and the sentence about them."""

    first: str
    second: str
    words: str


class Kinship:
    """`groups`: the group of each trial that has one, named by its first trial. `people`: the
    person of each participant, named by all of their names."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self.pairs = (*_overlaps(trials), *_copies(trials))
        samples = ((pair.first, pair.second) for pair in self.pairs)
        self.groups = _joined((*samples, *_belonging(trials)))
        one = _joined((participant_of(p.first), participant_of(p.second)) for p in self.pairs)
        names: dict[str, list[str]] = defaultdict(list)
        for name in sorted({trial.participant for trial in trials}):
            names[one.get(name, name)].append(name)
        self.people: Mapping[str, str] = {
            name: "+".join(several) for several in names.values() for name in several
        }
        self._clips = {trial.name: trial.stimulus for trial in trials}

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found, one sentence each, for the user; long lists are cut."""
        people = [
            f"{' and '.join(name.split('+'))} are taken as one person, since they share samples."
            for name in sorted(set(self.people.values()))
            if "+" in name
        ]
        listed = [pair.words for pair in self.pairs[:_LISTED]]
        more = len(self.pairs) - len(listed)
        rest = [f"{more} more pairs of trials share samples."] if more else []
        kept = ["Trials that share samples stay on one side of every split."] if listed else []
        return (*people, *listed, *rest, *kept)

    def group(self, trial: str) -> str:
        return self.groups.get(trial, trial)

    def together(self, names: Iterable[str]) -> set[str]:
        """The trials named, and all that share samples with one of them."""
        wanted = {self.group(name) for name in names}
        return wanted | {name for name, group in self.groups.items() if group in wanted}

    def refuse_leak(self, protocol: Protocol, fold: Fold) -> None:
        """Raises DatasetError where samples, a person or a clip are on two sides of `fold` under
        different names."""
        learned, tested = fold.train + fold.validation, fold.test
        self._refuse(fold, self._samples(fold.train), self._samples(fold.validation))
        self._refuse(fold, self._samples(learned), self._samples(tested))
        if protocol in WHOLE_PEOPLE:
            self._refuse(fold, self._persons(learned), self._persons(tested))
        if protocol == "subject+stimulus":
            self._refuse(fold, self._stimuli(learned), self._stimuli(tested))

    @staticmethod
    def _refuse(fold: Fold, ours: Mapping[str, str], theirs: Mapping[str, str]) -> None:
        for key in sorted(ours.keys() & theirs.keys()):
            if ours[key] != theirs[key]:
                raise DatasetError(
                    f"The fold '{fold.name}' leaks: {ours[key]} and {theirs[key]} are on two "
                    f"sides, and both are {key}.",
                    "Make a new split: leave out --splits, and give the run another --name.",
                )

    def _samples(self, units: Iterable[str]) -> dict[str, str]:
        trials = sorted({trial_of(unit) for unit in units})
        return {f"of the samples of {self.groups[t]}": t for t in trials if t in self.groups}

    def _persons(self, units: Iterable[str]) -> dict[str, str]:
        names = sorted({participant_of(unit) for unit in units})
        return {f"the person {self.people.get(name, name)}": name for name in names}

    def _stimuli(self, units: Iterable[str]) -> dict[str, str]:
        trials = sorted({trial_of(unit) for unit in units})
        return {f"of the clip {self._clips[t]}": t for t in trials if self._clips.get(t)}


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Every name that is in a pair, with the first name of all that it is joined to."""
    first: dict[str, str] = {}

    def root(name: str) -> str:
        while first.setdefault(name, name) != name:
            name = first[name]
        return name

    for ours, theirs in pairs:
        low, high = sorted((root(ours), root(theirs)))
        first[high] = low
    return {name: root(name) for name in list(first)}


def _belonging(trials: Sequence[Trial]) -> list[tuple[str, str]]:
    """Pairs of trials that their data set holds to be one, such as two of one conversation."""
    first: dict[str, str] = {}
    return [
        (first.setdefault(trial.group, trial.name), trial.name) for trial in trials if trial.group
    ]


def _overlaps(trials: Sequence[Trial]) -> list[Kin]:
    """Labels of one recording whose stretches overlap, each with the one that reaches furthest."""
    by_source: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.source:
            by_source[trial.source].append(trial)
    found = []
    for several in by_source.values():
        ordered = sorted(several, key=lambda trial: trial.span)
        furthest = ordered[0]
        for trial in ordered[1:]:
            overlap = min(furthest.span[1], trial.span[1]) - trial.span[0]
            if overlap > OVERLAP_S:
                found.append(_kin(furthest, trial, _how(furthest, trial, overlap)))
            furthest = max(furthest, trial, key=lambda one: one.span[1])
    return found


def _how(first: Trial, second: Trial, overlap: float) -> str:
    apart = max(abs(a - b) for a, b in zip(first.span, second.span, strict=True))
    if apart <= OVERLAP_S:
        return "label the same stretch"
    return f"overlap by {overlap:.1f} s"


def _copies(trials: Sequence[Trial]) -> list[Kin]:
    """Trials of different recordings that share hashes."""
    found = []
    for (one, other), count in shared(trial.prints for trial in trials).items():
        first, second = trials[one], trials[other]
        same_source = first.source == second.source != ""
        if one != other and count >= FEWEST_SHARED and not same_source:
            found.append(_kin(first, second, "share their samples"))
    return found


def _kin(first: Trial, second: Trial, how: str) -> Kin:
    words = f"{first.name} and {second.name} {how}"
    if first.ratings != second.ratings:
        (v, a), (w, b) = first.ratings, second.ratings
        words += f", with other ratings (valence {v:g} and {w:g}, arousal {a:g} and {b:g})"
    return Kin(first.name, second.name, words + ".")
