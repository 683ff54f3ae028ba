"""How sure a number is: intervals over participants, chance by permutation, paired tests.

The unit is a trial. Trials of one participant are not independent, so intervals resample whole
participants, and labels are exchanged within participants only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, wilcoxon

from milmer_live.config import Frozen
from milmer_live.samples import Bool, Float64

Ints = NDArray[np.int64]
Names = NDArray[np.str_]

ALPHA = 0.05

RESAMPLES = 5000
# Of fewer participants a bootstrap interval is known to be too narrow.
ENOUGH_PEOPLE = 10
_SEED = 20260


class Interval(Frozen):
    """At the level of 95 %, over `people` participants."""

    low: float
    high: float
    people: int

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


class Standing(Frozen):
    """An accuracy over `count` trials against chance. `chance` is the mean accuracy of the same
    answers to labels that are exchanged within participants, `p` the share of exchanges that are
    as good as the truth. No interval where there is one participant only."""

    count: int
    accuracy: float
    interval: Interval | None
    chance: float
    p: float

    @property
    def above_chance(self) -> bool:
        return self.p < ALPHA


class Comparison(Frozen):
    """Two sets of answers to the same trials; `difference` is the first accuracy minus the second.

    `wilcoxon_p` compares the participants' accuracies (None with fewer than two participants),
    `mcnemar_p` the trials that only one of the two got right.
    """

    count: int
    first: float
    second: float
    interval: Interval | None
    only_first: int
    only_second: int
    wilcoxon_p: float | None
    mcnemar_p: float

    @property
    def difference(self) -> float:
        return self.first - self.second

    @property
    def differs(self) -> bool:
        """Whether the interval excludes 0 and the participants' ranks agree. With fewer than six
        participants these cannot, whatever the answers are."""
        sure = self.interval is not None and self.interval.excludes_zero
        return sure and self.wilcoxon_p is not None and self.wilcoxon_p < ALPHA


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to n trials (or windows): what was answered, the truth, whose, and which."""

    predicted: Ints
    labels: Ints
    participants: Names
    names: Names

    @property
    def hits(self) -> Bool:
        return np.asarray(self.predicted == self.labels, dtype=np.bool_)

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, chosen: Ints) -> Answers:
        return Answers(
            self.predicted[chosen],
            self.labels[chosen],
            self.participants[chosen],
            self.names[chosen],
        )


def halves(answers: Answers, high: Sequence[bool]) -> Answers:
    """The same as high (1) or low (0), where `high` (4,) says which quadrants are."""
    of_quadrant = np.array(high, dtype=np.int64)
    return Answers(
        of_quadrant[answers.predicted],
        of_quadrant[answers.labels],
        answers.participants,
        answers.names,
    )


def standing(answers: Answers) -> Standing:
    """`answers` must not be empty."""
    hits = answers.hits.astype(np.float64)
    return Standing(
        count=len(answers),
        accuracy=float(hits.mean()),
        interval=interval(hits, answers.participants),
        chance=chance(answers),
        p=permutation_p(answers),
    )


def interval(values: Float64, participants: Names) -> Interval | None:
    """Of the mean of `values` (n,), one a trial: the percentile bootstrap over participants."""
    sums, counts = _by_participant(values, participants)
    people = len(counts)
    if people < 2:
        return None
    drawn = np.random.default_rng(_SEED).integers(people, size=(RESAMPLES, people))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [ALPHA / 2, 1 - ALPHA / 2])
    return Interval(low=float(low), high=float(high), people=people)


def _by_participant(values: Float64, participants: Names) -> tuple[Float64, Float64]:
    """Sum of the values and their number, for each participant in order of name."""
    names, whose = np.unique(participants, return_inverse=True)
    sums = np.bincount(whose, weights=values, minlength=len(names)).astype(np.float64)
    return sums, np.bincount(whose, minlength=len(names)).astype(np.float64)


def chance(answers: Answers) -> float:
    """The expected accuracy of the same answers when labels are exchanged within participants."""
    expected = 0.0
    for name in np.unique(answers.participants):
        mine = answers.participants == name
        given = np.bincount(answers.predicted[mine], minlength=4)
        true = np.bincount(answers.labels[mine], minlength=4)
        expected += float(given @ true) / int(mine.sum())
    return expected / len(answers)


def permutation_p(answers: Answers, times: int = RESAMPLES) -> float:
    """One-sided: how often exchanged labels are met as well as the true ones are. The truth counts
    as one of the exchanges (Phipson & Smyth 2010), so it is never 0."""
    rng = np.random.default_rng(_SEED)
    right = np.zeros(times, dtype=np.int64)
    for name in np.unique(answers.participants):
        mine = np.flatnonzero(answers.participants == name)
        order = rng.random((times, len(mine))).argsort(axis=1)
        right += (answers.labels[mine][order] == answers.predicted[mine]).sum(axis=1)
    return float((1 + (right >= answers.hits.sum()).sum()) / (1 + times))


def matched(first: Answers, second: Answers) -> tuple[Answers, Answers]:
    """The trials that both answer, in the same order."""
    _, ours, theirs = np.intersect1d(first.names, second.names, return_indices=True)
    return first.only(ours), second.only(theirs)


def compare(first: Answers, second: Answers) -> Comparison | None:
    """On the trials that both answer; None where there is none."""
    ours, theirs = matched(first, second)
    if not len(ours):
        return None
    gains = ours.hits.astype(np.float64) - theirs.hits.astype(np.float64)
    only_first, only_second = int((gains > 0).sum()), int((gains < 0).sum())
    return Comparison(
        count=len(ours),
        first=float(ours.hits.mean()),
        second=float(theirs.hits.mean()),
        interval=interval(gains, ours.participants),
        only_first=only_first,
        only_second=only_second,
        wilcoxon_p=_wilcoxon(gains, ours.participants),
        mcnemar_p=mcnemar(only_first, only_second),
    )


def _wilcoxon(gains: Float64, participants: Names) -> float | None:
    """Signed-rank test of the participants' mean gains, participants without a gain left out."""
    sums, counts = _by_participant(gains, participants)
    means = sums / counts
    if len(means) < 2:
        return None
    return float(wilcoxon(means).pvalue) if means.any() else 1.0


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact and two-sided (McNemar 1947): of the trials that one alone got right, each had even
    odds to be either's."""
    discordant = only_first + only_second
    return float(binomtest(only_first, discordant).pvalue) if discordant else 1.0


class SeedSpread(Frozen):
    """The same run with several seeds: their accuracies, over the same trials."""

    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.accuracies))

    @property
    def deviation(self) -> float:
        """Standard deviation of the sample; 0 of a single seed."""
        return float(np.std(self.accuracies, ddof=1)) if len(self.accuracies) > 1 else 0.0


def seed_spread(runs: Sequence[tuple[int, float]]) -> SeedSpread:
    """Of (seed, accuracy) pairs, in order of the seeds."""
    ordered = sorted(runs)
    return SeedSpread(
        seeds=tuple(seed for seed, _ in ordered), accuracies=tuple(value for _, value in ordered)
    )
