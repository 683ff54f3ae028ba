"""Sentences for people that remember what they were made of: a code and its values.

A `Message` is the English text, so it can go wherever a text goes: into a log, a file, the
command line. The window translates it by its code and never has to guess what it meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from string import Formatter
from types import MappingProxyType
from typing import Any, TypeAlias

# A text stays as it is in every language, unless it is a `Message`; numbers are written as the
# language does. Several messages are joined with semicolons.
Value: TypeAlias = str | int | float | tuple[str, ...]
JOINED = "; "


class Words(Enum):
    """A code, whose value is the English sentence with placeholders in braces."""

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of what is filled in."""
        return placeholders(self.value)

    @property
    def is_frame(self) -> bool:
        """Whether all of it is filled in: there is nothing to translate."""
        return not any(map(str.isalpha, literal(self.value)))


class Message(str):
    """The English sentence of `code` with `values` filled in."""

    __slots__ = ("code", "values")
    code: Words
    values: Mapping[str, Value]

    def __new__(cls, code: Words, /, **values: Value) -> Message:
        made = super().__new__(cls, _ENGLISH.vformat(code.value, (), values))
        made.code = code
        made.values = MappingProxyType(values)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.code, dict(self.values))


class Sentence(Formatter):
    """Fills in a sentence: a text as it is, whatever format stands there for a number."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, tuple):
            return JOINED.join(value)
        return value if isinstance(value, str) else format(value, format_spec)


@cache
def placeholders(sentence: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name)


def literal(sentence: str) -> str:
    """What stands there whatever is filled in."""
    return "".join(text for text, _, _, _ in Formatter().parse(sentence))


def code_of(text: str) -> Words | None:
    """None where `text` is not made from the catalogue."""
    return text.code if isinstance(text, Message) else None


def _again(code: Words, values: Mapping[str, Value]) -> Message:
    return Message(code, **values)


_ENGLISH = Sentence()
