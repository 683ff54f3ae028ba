"""What may be said of results: each sentence follows from a test, or says that it is not known."""

from __future__ import annotations

from milmer_live.training.results.statistics import (
    ENOUGH_PEOPLE,
    Comparison,
    Interval,
    Standing,
)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def p_words(p: float | None) -> str:
    if p is None:
        return "not possible"
    return f"p = {p:.4f}" if p >= 0.0001 else "p < 0.0001"


def interval_words(interval: Interval | None, *, signed: bool = False) -> str:
    """In percent, or in points with a sign; with a remark where the participants are few."""
    if interval is None:
        return "no interval, as there is one participant only"
    form = "+.1f" if signed else ".1f"
    low, high = format(100 * interval.low, form), format(100 * interval.high, form)
    few = ", too few: it is too narrow" if interval.people < ENOUGH_PEOPLE else ""
    unit = "" if signed else " %"
    return f"95 % interval {low} to {high}{unit}, {interval.people} participants{few}"


def standing_sentence(name: str, found: Standing) -> str:
    """Against chance."""
    verdict = (
        "It is above chance" if found.above_chance else "Whether it is above chance is not known"
    )
    return (
        f"{name}: right in {percent(found.accuracy)} of {found.count} trials "
        f"({interval_words(found.interval)}). With labels exchanged within participants the same "
        f"answers are right in {percent(found.chance)}. {verdict} ({p_words(found.p)})."
    )


def comparison_sentence(first: str, second: str, found: Comparison) -> str:
    """Which of two is better on the same trials."""
    if not found.differs:
        verdict = "Which of them is better is not known"
    else:
        verdict = f"{_capital(first if found.difference > 0 else second)} is better"
    return (
        f"{_capital(first)} against {second}, the same {found.count} trials: {_points(found)}. "
        f"{verdict}."
    )


def leakage_sentence(windows: Comparison) -> str:
    """Of the segment protocol against trials kept whole, over the same windows."""
    return (
        f"Leakage: {_points(windows)}. With segments dealt at random {percent(windows.first)} of "
        f"{windows.count} windows are right, with the same trials kept whole "
        f"{percent(windows.second)}. "
        + _cause(windows, "segments of the tested trials in the training part")
    )


def stimulus_sentence(trials: Comparison) -> str:
    """Of known clips against new ones, over the same trials of unseen people."""
    return (
        f"Gap to unseen clips: {_points(trials)}. With clips that the training part has seen in "
        f"other people {percent(trials.first)} of {trials.count} trials are right, with clips that "
        f"it has not seen {percent(trials.second)}. "
        + _cause(trials, "knowing the clips, or learning from more trials,")
    )


def _cause(found: Comparison, what: str) -> str:
    verb = "raises" if what.startswith("knowing") else "raise"
    if not found.differs:
        return f"Whether {what} {verb} the accuracy is not known."
    if found.difference < 0:
        return f"The accuracy is lower with it, so it is not known what {what} changes."
    return f"{_capital(what)} {verb} the accuracy."


def _points(found: Comparison) -> str:
    return (
        f"{100 * found.difference:+.1f} points ({interval_words(found.interval, signed=True)}; "
        f"Wilcoxon over participants {p_words(found.wilcoxon_p)}, McNemar "
        f"{p_words(found.mcnemar_p)})"
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
