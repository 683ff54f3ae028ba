"""What settings, their values and what is wrong with them are called, in the user's language."""

from __future__ import annotations

from typing import Any

from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import (
    LANGUAGES,
    mark,
    tr,
)
from milmer_live.ui.language.numbers import number
from milmer_live.ui.state.preferences import (
    DEFAULT,
    Described,
)

VALUES = {
    "system": mark("as the system"),
    "dark": mark("dark"),
    "light": mark("light"),
    "none": mark("none"),
    "average": mark("mean of all channels"),
    "channels": mark("mean of the channels below"),
}
ON, OFF = mark("on"), mark("off")
# What the settings say of values that do not go together, by a part of their sentence.
RULES = {
    "must be below": mark("The lower edge of the band-pass must be below the upper edge."),
    "reference_channels": mark(
        "Name the channels of the reference where it is the mean of some, and nowhere else."
    ),
    "width and height": mark("Width and height go together; 0 leaves both to the camera."),
}


def title(one: Described) -> str:
    words = tr(one.words)
    return words[:1].upper() + words[1:]


def profile_name(name: str) -> str:
    """The one that is always there has a name in every language."""
    return tr("default") if name == DEFAULT else name


def value_words(value: Any) -> str:
    """A value as the window writes it."""
    if isinstance(value, bool):
        return tr(ON if value else OFF)
    if isinstance(value, str):
        return LANGUAGES.get(value) or tr(VALUES[value])
    if isinstance(value, tuple):
        return ", ".join(value) or "–"
    return number(value)


def range_words(one: Described) -> str:
    """With the unit; "" where there is no bound."""
    low, high = (number(bound) if bound is not None else "" for bound in (one.least, one.most))
    if low and high:
        words = tr("{low} to {high}").format(low=low, high=high)
    elif low or high:
        words = (tr("{low} or more") if low else tr("{high} or less")).format(low=low, high=high)
    else:
        return one.unit
    return f"{words} {one.unit}".strip()


def note(one: Described) -> str:
    """Unit, range and default in one line."""
    default = tr("default {value}").format(value=value_words(one.default))
    return " · ".join(filter(None, (range_words(one), default)))


def problem(one: Described) -> str:
    """Of a value that this setting does not take."""
    if not one.range:
        return tr("{setting}: a number is wanted.").format(setting=title(one))
    return tr("{setting}: a number is wanted, {range}.").format(
        setting=title(one), range=range_words(one)
    )


def rule(message: str) -> str:
    """Of values that do not go together, as the settings or the engine say it."""
    told = next((tr(words) for part, words in RULES.items() if part in message), "")
    return told or engine_words(message)
