"""What of a data set a checkpoint may be judged on: nothing that it has learned from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from milmer_live.errors import DatasetError
from milmer_live.model.card import Card
from milmer_live.training.dataset import Samples, TrialSet
from milmer_live.training.settings import Protocol
from milmer_live.training.splits import Fold

# Where the record of a training keeps that of a checkpoint which it learned on from, or whose
# backbone it took.
STARTED_FROM, BACKBONE_FROM = "started_from", "backbone_from"

# DEAP's tables round ratings to two decimals, its data files do not.
_SAME_RATING = 0.0051


def seen_trials(trials: TrialSet, card: Card) -> set[str]:
    """Trials of this data that the checkpoint, or one that it builds on, has learned from or was
    chosen by.

    They are known by name and ratings, so that another copy or form of the same data does not
    pass for unseen, and participants of the same name in other data are other people.
    """
    return {
        trial.name
        for ratings in _learned(card.training)
        for trial in trials.trials
        if trial.name in ratings and _same(trial.ratings, ratings[trial.name])
    }


def _learned(record: Any) -> Iterator[Mapping[str, list[float]]]:
    """Names and ratings of what a training has learned from, and those that it built on."""
    if isinstance(record, dict):
        yield record.get("seen", {})
        for older in (STARTED_FROM, BACKBONE_FROM):
            yield from _learned(record.get(older))


def _same(ours: tuple[float, float], theirs: list[float]) -> bool:
    return all(abs(a - b) <= _SAME_RATING for a, b in zip(ours, theirs, strict=True))


def unseen_windows(
    trials: TrialSet, card: Card, protocol: Protocol, hop_s: float, fold: Fold | None = None
) -> Samples:
    """The windows that count under `protocol`: of participants, trials or segments that the
    checkpoint never saw. `fold` is that of its training, and only `segment` needs it.
    Raises DatasetError where nothing is left."""
    seen = seen_trials(trials, card)
    if protocol == "segment" and seen:
        return _tested_segments(trials, card, fold, hop_s)
    out = {trial.participant for trial in trials.trials if trial.name in seen}
    left = [
        trial.name
        for trial in trials.trials
        if trial.name not in seen and (protocol != "subject" or trial.participant not in out)
    ]
    if not left:
        kind = "participant" if protocol == "subject" else "trial"
        raise DatasetError(
            f"The checkpoint has learned from every {kind} of this data, so nothing can be judged "
            f"under the protocol {protocol}.",
            "Give other data, or a checkpoint of a fold that held some back.",
        )
    return trials.samples(hop_s, left)


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
