"""Finished runs against each other: only those that differ in nothing but what is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import Any

from milmer_live.training.evaluate import Predictions, answers, by_trial
from milmer_live.training.results.statistics import (
    Comparison,
    SeedSpread,
    compare,
    seed_spread,
)
from milmer_live.training.results.verdicts import (
    comparison_sentence,
    leakage_sentence,
    stimulus_sentence,
)
from milmer_live.training.run_folder import (
    HARMLESS,
    Run,
)
from milmer_live.training.settings import Protocol

Answered = Mapping[str, Predictions]
"""Windows of each run's finished folds, cooled, by the run's path."""


def difference(first: Run, second: Run, *compared: str) -> str:
    """What, other than the settings `compared` (dotted names), keeps two runs from being compared;
    empty where nothing does."""
    if first.description.data.identity != second.description.data.identity:
        return "data"
    return _setting_difference(first, second, *compared)


def _setting_difference(first: Run, second: Run, *compared: str) -> str:
    ours, theirs = _flat(first), _flat(second)
    other = {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}
    return ", ".join(sorted(other - set(compared)))


def _flat(run: Run) -> dict[str, Any]:
    """Settings that change what comes out, by dotted name."""
    values = run.settings.model_dump(mode="json", exclude=HARMLESS)
    return dict(_leaves(values, ""))


def _leaves(values: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def over_windows(first: Predictions, second: Predictions) -> Comparison | None:
    """With all that the networks can use."""
    return _compared(first, second)


def over_trials(first: Predictions, second: Predictions) -> Comparison | None:
    return _compared(by_trial(first), by_trial(second))


def _compared(first: Predictions, second: Predictions) -> Comparison | None:
    ours, theirs = next(iter(first.logits)), next(iter(second.logits))
    return compare(answers(first, ours), answers(second, theirs))


def leakage(runs: Sequence[Run], answered: Answered) -> list[str]:
    """What the segment protocol gains over trials kept whole, for each pair of runs that differ in
    nothing else; or why it is not stated."""
    return _between(runs, answered, ("segment", "trial"), "Leakage", over_windows, leakage_sentence)


def stimulus_gap(runs: Sequence[Run], answered: Answered) -> list[str]:
    """What is lost on clips that nobody showed in training."""
    return _between(
        runs,
        answered,
        ("subject", "subject+stimulus"),
        "The gap to unseen clips",
        over_trials,
        stimulus_sentence,
    )


def _between(
    runs: Sequence[Run],
    answered: Answered,
    protocols: tuple[Protocol, Protocol],
    name: str,
    compare_them: Callable[[Predictions, Predictions], Comparison | None],
    words: Callable[[Comparison], str],
) -> list[str]:
    ours, theirs = ([run for run in runs if run.splits.protocol == p] for p in protocols)
    pairs = list(product(ours, theirs))
    said, reasons = [], []
    for first, second in pairs:
        other = difference(first, second, "split.protocol")
        if other:
            reasons.append(
                f"{name} is not stated: {first.name} and {second.name} also differ in {other}."
            )
            continue
        found = compare_them(answered[str(first.path)], answered[str(second.path)])
        if found is None:
            reasons.append(f"{name} is not stated: no trial is tested by both runs yet.")
        else:
            said.append(f"{words(found)} ({first.name}, {second.name})")
    return said or reasons[:1]


def between_runs(runs: Sequence[Run], answered: Answered) -> list[str]:
    """Which of two runs with the same folds is better, over the same trials, and in what they
    differ. Runs that differ in their seed only are an axis of their own."""
    said = []
    for first, second in combinations(runs, 2):
        other = _setting_difference(first, second)
        same_folds = first.splits == second.splits
        if not same_folds or other in ("", "seed"):
            continue
        found = over_trials(answered[str(first.path)], answered[str(second.path)])
        if found is not None:
            words = comparison_sentence(f"run {first.name}", f"run {second.name}", found)
            said.append(f"{words} They differ in {other}.")
    return said


def seeds(runs: Sequence[Run], answered: Answered) -> list[tuple[str, SeedSpread]]:
    """Runs that differ in nothing but their seed, with their accuracies over the trials that all
    of them have tested."""
    groups: list[list[Run]] = []
    for run in runs:
        group = next((g for g in groups if not _other_than_seed(g[0], run)), None)
        if group is None:
            groups.append([run])
        else:
            group.append(run)
    return [(", ".join(run.name for run in g), _spread(g, answered)) for g in groups if len(g) > 1]


def _other_than_seed(first: Run, second: Run) -> str:
    if first.settings.seed == second.settings.seed:
        return "not the seed"
    return difference(first, second, "seed")


def _spread(runs: Sequence[Run], answered: Answered) -> SeedSpread:
    voted = [by_trial(answered[str(run.path)]) for run in runs]
    given = [answers(one, next(iter(one.logits))) for one in voted]
    shared = set(given[0].names.tolist()).intersection(*(one.names.tolist() for one in given))
    found = []
    for run, one in zip(runs, given, strict=True):
        counted = [name in shared for name in one.names.tolist()]
        found.append((run.settings.seed, float(one.hits[counted].mean()) if shared else 0.0))
    return seed_spread(found)
