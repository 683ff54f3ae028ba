"""Statistics, held against scipy, scikit-learn and numbers worked out by hand."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score

from milmer_live.training.evaluate import Predictions, answers, by_trial, scores
from milmer_live.training.results.report import binary_standings
from milmer_live.training.results.statistics import (
    Answers,
    chance,
    compare,
    interval,
    matched,
    mcnemar,
    permutation_p,
    seed_spread,
    standing,
)

RNG = np.random.default_rng(5)


def made(people: int, trials: int, skill: float, seed: int) -> Answers:
    """Answers that are right with probability `skill` more than by chance."""
    rng = np.random.default_rng(seed)
    n = people * trials
    labels = rng.integers(0, 4, n)
    predicted = np.where(rng.random(n) < skill, labels, rng.integers(0, 4, n))
    who = np.repeat([f"s{index:02d}" for index in range(people)], trials)
    return Answers(predicted, labels, who, np.array([f"t{index:04d}" for index in range(n)]))


def test_the_interval_is_scipys_bootstrap_over_participants() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(5, 40, 20)
    hits = rng.binomial(counts, rng.uniform(0.2, 0.9, 20))
    values = np.concatenate([np.arange(n) < k for n, k in zip(counts, hits, strict=True)])
    who = np.repeat([f"s{index:02d}" for index in range(20)], counts)
    ours = interval(values.astype(np.float64), who)
    theirs = stats.bootstrap(
        (hits, counts),
        lambda h, n, axis: h.sum(axis=axis) / n.sum(axis=axis),
        paired=True,
        method="percentile",
        n_resamples=20_000,
        rng=0,
    ).confidence_interval
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)
    assert ours.people == 20


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """30 participants of different skill, mean 0.5."""
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        hits = rng.random((30, 20)) < rng.uniform(0.2, 0.8, (30, 1))
        found = interval(hits.ravel().astype(np.float64), np.repeat(np.arange(30).astype(str), 20))
        assert found is not None
        covered += found.low <= 0.5 <= found.high
    assert 0.90 <= covered / 200 <= 0.98


def test_one_participant_has_no_interval() -> None:
    assert interval(np.ones(4), np.array(["a"] * 4)) is None
    assert standing(made(1, 40, 0.9, 0)).interval is None


def test_chance_is_the_mean_over_all_exchanges_within_participants() -> None:
    sample = made(4, 15, 0.5, 3)
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(4000):
        labels = sample.labels.copy()
        for name in np.unique(sample.participants):
            mine = np.flatnonzero(sample.participants == name)
            labels[mine] = rng.permutation(labels[mine])
        drawn.append(accuracy_score(labels, sample.predicted))
    assert chance(sample) == pytest.approx(np.mean(drawn), abs=0.003)
    theirs = (1 + np.sum(np.array(drawn) >= accuracy_score(sample.labels, sample.predicted))) / 4001
    assert permutation_p(sample) == pytest.approx(theirs, abs=0.01)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_permutation_test_is_scipys_for_one_participant(seed: int) -> None:
    sample = made(1, 30, 0.15, seed)
    theirs = stats.permutation_test(
        (sample.labels, sample.predicted),
        lambda x, y: float(np.mean(x == y)),
        permutation_type="pairings",
        alternative="greater",
        n_resamples=4000,
        rng=1,
    )
    assert permutation_p(sample) == pytest.approx(theirs.pvalue, abs=0.03)


def test_answering_each_participants_majority_is_not_above_chance() -> None:
    """A network that knows how often each participant feels what, and nothing else."""
    labels = np.array(([0] * 16 + [1] * 4) * 5 + ([2] * 15 + [3] * 5) * 5)
    who = np.repeat([f"s{index}" for index in range(10)], 20)
    predicted = np.where(labels < 2, 0, 2)
    found = standing(Answers(predicted, labels, who, np.arange(200).astype(str)))
    assert found.accuracy == pytest.approx(0.775)
    assert found.chance == pytest.approx(found.accuracy)
    assert found.p == 1.0
    assert not found.above_chance


def test_valence_and_arousal_are_judged_from_the_quadrant() -> None:
    """HAHV, LAHV, LALV, HALV; answers that miss arousal only, and valence only."""
    who, names = np.array(["a", "a", "b", "b"]), np.array(list("wxyz"))
    given = Answers(np.array([1, 0, 1, 2]), np.array([0, 1, 2, 3]), who, names)
    found = binary_standings(given)
    assert (found["Valence"].accuracy, found["Arousal"].accuracy) == (0.75, 0.25)


def test_p_values_of_guessing_are_even() -> None:
    low = [permutation_p(made(5, 20, 0.0, seed), 400) < 0.05 for seed in range(200)]
    assert np.mean(low) < 0.1


def test_wilcoxon_over_participants_is_scipys() -> None:
    first, second = made(12, 20, 0.5, 1), made(12, 20, 0.3, 2)
    second = Answers(second.predicted, first.labels, first.participants, first.names)
    found = compare(first, second)
    assert found is not None
    means = [
        [float(one.hits[one.participants == name].mean()) for name in np.unique(first.participants)]
        for one in (first, second)
    ]
    assert found.wilcoxon_p == pytest.approx(stats.wilcoxon(*means).pvalue)
    assert found.difference == pytest.approx(np.mean(means[0]) - np.mean(means[1]))


@pytest.mark.parametrize(("b", "c"), [(0, 0), (3, 3), (1, 9), (12, 4), (40, 71)])
def test_mcnemar_is_the_exact_binomial(b: int, c: int) -> None:
    n = b + c
    tail = sum(comb(n, k) for k in range(min(b, c) + 1)) / 2**n
    assert mcnemar(b, c) == pytest.approx(min(1.0, 2 * tail))


def test_only_trials_that_both_answer_are_compared_in_whatever_order() -> None:
    first = made(3, 10, 0.6, 4)
    shuffled = first.only(RNG.permutation(30)[:20])
    ours, theirs = matched(first, shuffled)
    assert ours.names.tolist() == theirs.names.tolist()
    found = compare(first, shuffled)
    assert found is not None
    assert (found.count, found.only_first, found.only_second) == (20, 0, 0)
    assert (found.mcnemar_p, found.wilcoxon_p, found.differs) == (1.0, 1.0, False)
    other = Answers(first.predicted, first.labels, first.participants, first.names + np.str_("x"))
    assert compare(first, other) is None


def test_a_true_difference_is_seen_and_none_is_not() -> None:
    good, bad = made(20, 40, 0.7, 1), made(20, 40, 0.1, 1)
    bad = Answers(bad.predicted, good.labels, good.participants, good.names)
    found = compare(good, bad)
    assert found is not None
    assert found.differs
    assert found.wilcoxon_p is not None
    assert max(found.wilcoxon_p, found.mcnemar_p) < 0.001


def test_seeds_are_an_axis() -> None:
    spread = seed_spread([(2, 0.5), (0, 0.7), (1, 0.6)])
    assert spread.seeds == (0, 1, 2)
    assert (spread.mean, spread.deviation) == pytest.approx((0.6, 0.1))
    assert seed_spread([(0, 0.5)]).deviation == 0.0


# --- votes -------------------------------------------------------------------------------


def predictions() -> Predictions:
    """Trial a: two windows for class 0, one that is sure of class 1. Trial b: one face only."""
    rows = np.log([[0.5, 0.3, 0.1, 0.1], [0.5, 0.3, 0.1, 0.1], [0.01, 0.97, 0.01, 0.01],
                   [0.1, 0.1, 0.7, 0.1], [0.1, 0.1, 0.1, 0.7]])  # fmt: skip
    return Predictions(
        logits={"both": rows.astype(np.float32), "faces": rows.astype(np.float32)},
        labels=np.array([1, 1, 1, 2, 2]),
        participants=np.array(["p", "p", "p", "q", "q"]),
        trials=np.array(["p/a", "p/a", "p/a", "q/b", "q/b"]),
        starts_s=np.array([3.0, 6.0, 9.0, 3.0, 6.0]),
        has_faces=np.array([True, True, False, False, True]),
    )


def test_the_windows_of_a_trial_vote_with_their_mean_log_probability() -> None:
    voted = by_trial(predictions())
    assert voted.trials.tolist() == ["p/a", "q/b"]
    mean = np.log([[0.5, 0.3, 0.1, 0.1]] * 2 + [[0.01, 0.97, 0.01, 0.01]]).mean(axis=0)
    np.testing.assert_allclose(voted.logits["both"][0], mean, rtol=1e-5)
    assert voted.logits["both"].argmax(axis=1).tolist() == [1, 2]
    assert voted.logits["faces"].argmax(axis=1).tolist() == [0, 3], "only windows with a face"
    found = scores(voted)
    assert (found["both"].count, found["both"].accuracy) == (2, 1.0)
    assert found["faces"].accuracy == 0.0
    assert scores(predictions())["both"].accuracy == pytest.approx(2 / 5)


def test_a_temperature_is_applied_before_the_vote() -> None:
    cold = by_trial(predictions(), 0.1)
    again = by_trial(predictions().cooled(0.1))
    np.testing.assert_allclose(cold.logits["both"], again.logits["both"], rtol=1e-5)


def test_answers_are_named_by_trial_or_by_window() -> None:
    assert answers(by_trial(predictions()), "both").names.tolist() == ["p/a", "q/b"]
    assert answers(predictions(), "faces").names.tolist() == ["p/a@3.0000", "p/a@6.0000",
                                                              "q/b@6.0000"]  # fmt: skip
