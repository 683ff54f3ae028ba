"""What is said of results: no more than a test allows."""

from __future__ import annotations

import pytest

from milmer_live.training.results.statistics import (
    Comparison,
    Interval,
    Standing,
)
from milmer_live.training.results.verdicts import (
    comparison_sentence,
    leakage_sentence,
    standing_sentence,
    stimulus_sentence,
)


def compared(gain: float, low: float, high: float, wilcoxon: float | None = 0.01) -> Comparison:
    return Comparison(
        count=400,
        first=0.5 + gain,
        second=0.5,
        interval=Interval(low=low, high=high, people=20),
        only_first=40,
        only_second=20,
        wilcoxon_p=wilcoxon,
        mcnemar_p=0.013,
    )


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (compared(0.1, 0.02, 0.2), "Both is better."),
        (compared(-0.1, -0.2, -0.02), "EEG is better."),
        (compared(0.1, -0.02, 0.2), "Which of them is better is not known."),
        (compared(0.1, 0.02, 0.2, 0.06), "Which of them is better is not known."),
        (compared(0.1, 0.02, 0.2, None), "Which of them is better is not known."),
    ],
)
def test_a_better_one_is_named_only_where_interval_and_ranks_agree(
    found: Comparison, verdict: str
) -> None:
    said = comparison_sentence("both", "EEG", found)
    assert said.endswith(verdict)
    assert said.startswith("Both against EEG, the same 400 trials: ")


def test_leakage_has_its_interval_and_is_a_cause_only_where_it_is_shown() -> None:
    shown = leakage_sentence(compared(0.3, 0.25, 0.35))
    assert shown.startswith("Leakage: +30.0 points (95 % interval +25.0 to +35.0, 20 participants;")
    assert shown.endswith("Segments of the tested trials in the training part raise the accuracy.")
    assert leakage_sentence(compared(0.01, -0.05, 0.07)).endswith("is not known.")
    assert "raise the accuracy" not in leakage_sentence(compared(-0.1, -0.2, -0.05))


def test_the_gap_to_unseen_clips_names_both_reasons() -> None:
    said = stimulus_sentence(compared(0.1, 0.05, 0.15))
    assert said.endswith("Knowing the clips, or learning from more trials, raises the accuracy.")


@pytest.mark.parametrize(
    ("p", "verdict"),
    [(0.04, "It is above chance (p = 0.0400)."), (0.05, "is not known (p = 0.0500).")],
)
def test_above_chance_is_said_below_five_percent(p: float, verdict: str) -> None:
    found = Standing(
        count=40,
        accuracy=0.5,
        interval=Interval(low=0.4, high=0.6, people=4),
        chance=0.25,
        p=p,
    )
    said = standing_sentence("EEG alone", found)
    assert said.endswith(verdict)
    assert "(95 % interval 40.0 to 60.0 %, 4 participants, too few: it is too narrow)" in said
    alone = found.model_copy(update={"interval": None})
    assert "no interval, as there is one participant only" in standing_sentence("x", alone)
