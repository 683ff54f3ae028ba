"""What of a data set a checkpoint may be judged on: nothing that it has learned from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from milmer_live.errors import DatasetError
from milmer_live.model.card import Card
from milmer_live.training.data.dataset import (
    Samples,
    Trial,
    TrialSet,
)
from milmer_live.training.settings import Protocol
from milmer_live.training.splits.fingerprint import (
    shares_samples,
    sketch,
    sketched,
)
from milmer_live.training.splits.protocols import (
    WHOLE_PEOPLE,
    Fold,
    participant_of,
)

# Where the record of a training keeps that of a checkpoint which it learned on from, or whose
# backbone it took.
STARTED_FROM, BACKBONE_FROM = "started_from", "backbone_from"

# Where it keeps the trials it has learned from with their ratings, the fingerprints of all trials
# of the people in them, and the clips that were shown in them.
SEEN, FINGERPRINTS, STIMULI = "seen", "fingerprints", "stimuli"

# DEAP's tables round ratings to two decimals, its data files do not.
_SAME_RATING = 0.0051


def seen_record(trials: TrialSet, learned: tuple[str, ...]) -> dict[str, Any]:
    """What the record of a training says of the trials `learned`, so that they are known again
    under other names, paths and ratings."""
    names, people = set(learned), trials.kinship.people
    met = {people[trial.participant] for trial in trials.trials if trial.name in names}
    mine = [trial for trial in trials.trials if people[trial.participant] in met]
    return {
        SEEN: {trial.name: list(trial.ratings) for trial in mine if trial.name in names},
        FINGERPRINTS: {trial.name: sketch(trial.prints) for trial in mine if len(trial.prints)},
        STIMULI: sorted({t.stimulus for t in mine if t.name in names and t.stimulus}),
    }


@dataclass(frozen=True)
class Learned:
    """One training in the history of a checkpoint, as its record tells."""

    record: Mapping[str, Any]

    @property
    def ratings(self) -> Mapping[str, list[float]]:
        return self.record.get(SEEN) or {}

    @cached_property
    def seen(self) -> set[int]:
        """Hashes of the trials that it has learned from."""
        return self._hashes(only_seen=True)

    @cached_property
    def met(self) -> set[int]:
        """Hashes of all trials of the people whom it has learned from."""
        return self._hashes(only_seen=False)

    def _hashes(self, *, only_seen: bool) -> set[int]:
        stored = self.record.get(FINGERPRINTS) or {}
        wanted = (text for name, text in stored.items() if not only_seen or name in self.ratings)
        return set().union(*map(sketched, wanted))

    @property
    def stimuli(self) -> set[str]:
        """Clips; a record from before they were kept has them in DEAP's names of trials."""
        stored = self.record.get(STIMULI)
        return set(stored) if stored is not None else {name.split("/")[-1] for name in self.ratings}

    def has_seen(self, trial: Trial) -> bool:
        """By its samples, or by name and ratings: another form of the same data has other
        samples, and participants of the same name in other data are other people."""
        ratings = self.ratings.get(trial.name)
        named = ratings is not None and _same(trial.ratings, ratings)
        return named or shares_samples(trial.prints, self.seen)


def history(card: Card) -> list[Learned]:
    """All trainings that the checkpoint stands on, its own first."""
    return list(_history(card.training))


def _history(record: Any) -> Iterator[Learned]:
    if isinstance(record, dict):
        yield Learned(record)
        for older in (STARTED_FROM, BACKBONE_FROM):
            yield from _history(record.get(older))


def _same(ours: tuple[float, float], theirs: list[float]) -> bool:
    return all(abs(a - b) <= _SAME_RATING for a, b in zip(ours, theirs, strict=True))


def seen_trials(trials: TrialSet, card: Card) -> set[str]:
    """Trials of this data that the checkpoint, or one that it builds on, has learned from or was
    chosen by, and those that share samples with one of them."""
    past = history(card)
    seen = {one.name for one in trials.trials if any(learned.has_seen(one) for learned in past)}
    return trials.kinship.together(seen) & {trial.name for trial in trials.trials}


def known_people(trials: TrialSet, card: Card) -> set[str]:
    """Participants of this data whom the checkpoint has learned from, under whatever name."""
    people, met = trials.kinship.people, set().union(*(one.met for one in history(card)))
    known = {participant_of(name) for name in seen_trials(trials, card)}
    known |= {one.participant for one in trials.trials if shares_samples(one.prints, met)}
    persons = {people[name] for name in known}
    return {name for name, person in people.items() if person in persons}


def found_again(trials: TrialSet, card: Card) -> list[str]:
    """A sentence for each way in which trials are not what their names say, or could not be
    looked for."""
    past = [one for one in history(card) if one.ratings]
    if any(FINGERPRINTS not in one.record for one in past):
        return [
            "This checkpoint keeps no fingerprints: what it has learned from is known by names and "
            "ratings only, and copies under another name are not found."
        ]
    seen = [t for t in trials.trials if any(shares_samples(t.prints, one.seen) for one in past)]
    renamed = [t.name for t in seen if not any(t.name in one.ratings for one in past)]
    changed = [
        trial.name
        for trial in seen
        for one in past
        if trial.name in one.ratings and not _same(trial.ratings, one.ratings[trial.name])
    ]
    notes = (
        (renamed, "Copies, under another name, of trials that it has learned from"),
        (changed, "Learned from with other ratings"),
    )
    return [f"{words} ({len(names)}): {_listed(names)}." for names, words in notes if names]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def unseen_windows(
    trials: TrialSet, card: Card, protocol: Protocol, hop_s: float, fold: Fold | None = None
) -> Samples:
    """The windows that count under `protocol`: of participants, trials, clips or segments that the
    checkpoint never saw. `fold` is that of its training, and only `segment` needs it.
    Raises DatasetError where nothing is left."""
    seen = seen_trials(trials, card)
    if protocol == "segment" and seen:
        return _tested_segments(trials, card, fold, hop_s)
    left = [trial for trial in trials.trials if trial.name not in seen]
    if protocol in WHOLE_PEOPLE:
        known = known_people(trials, card)
        left = [trial for trial in left if trial.participant not in known]
    if not left:
        raise _nothing_left("participant" if protocol in WHOLE_PEOPLE else "trial", protocol)
    if protocol == "subject+stimulus":
        left = _on_new_clips(left, card)
    return trials.samples(hop_s, [trial.name for trial in left])


def _nothing_left(kind: str, protocol: Protocol) -> DatasetError:
    return DatasetError(
        f"The checkpoint has learned from every {kind} of this data, so nothing can be judged "
        f"under the protocol {protocol}.",
        "Give other data, or a checkpoint of a fold that held some back.",
    )


def _on_new_clips(left: list[Trial], card: Card) -> list[Trial]:
    """Clips are compared by name: those of other data with the same name are left out, too."""
    unknown = [trial.name for trial in left if not trial.stimulus]
    if unknown:
        raise DatasetError(
            f"Which clip was shown in {unknown[0]} is not known ({len(unknown)} such trials).",
            "Name the clip in the label (trial=NAME), or choose the protocol subject.",
        )
    shown = set().union(*(learned.stimuli for learned in history(card)))
    new = [trial for trial in left if trial.stimulus not in shown]
    if not new:
        raise _nothing_left("clip", "subject+stimulus")
    return new


def _tested_segments(trials: TrialSet, card: Card, fold: Fold | None, hop_s: float) -> Samples:
    """Segments are counted in hops of the training, so that is the hop here too."""
    if fold is None:
        raise DatasetError(
            "The checkpoint has learned from segments of these trials; which ones is not known.",
            "Name the split of its run: --splits RUN/splits.json.",
        )
    settings: Any = card.training.get("settings", {})
    trained_hop_s = settings.get("train_hop_s", hop_s) if isinstance(settings, dict) else hop_s
    return trials.select(fold.test, float(trained_hop_s))
