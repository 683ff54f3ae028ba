"""Texts of events as a format can hold them, and what was changed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

EMPTY = "(empty)"  # a text of nothing is no event to most readers
LONGEST = 240
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\f": "\\f", "\0": "\\0"}
# Characters that no text file holds, and those that end a line for some readers.
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_WORDS = {
    "escaped": "{} with line breaks, tabs or control characters: they are written as \\n, \\t, …",
    "cut": "{} longer than {most} characters: cut, and whole in CSV and NPZ",
    "commas": "{} with commas: they are semicolons",
    "empty": '{} without a word: "(empty)"',
}


@dataclass
class Texts:
    """Changes texts for one file. `longest` is None where a text may be of any length; `comma` is
    what stands for one."""

    longest: int | None = LONGEST
    comma: str = ","
    changed: Counter[str] = field(default_factory=Counter)

    def plain(self, text: str) -> str:
        """One line, nothing that a format takes for its own."""
        escaped = _ODD.sub(_escape, text)
        self._note("escaped", escaped, text)
        with_comma = escaped.replace(",", self.comma)
        self._note("commas", with_comma, escaped)
        cut = with_comma
        if self.longest is not None and len(with_comma) > self.longest:
            cut = f"{with_comma[: self.longest - 3]}..."
        self._note("cut", cut, with_comma)
        bare = cut.strip()
        self.changed["empty"] += not bare
        return bare or EMPTY

    @property
    def said(self) -> str:
        """What was changed, in a sentence; empty where nothing was."""
        told = [
            words.format("1 text" if count == 1 else f"{count} texts", most=self.longest)
            for kind, words in _WORDS.items()
            if (count := self.changed[kind])
        ]
        return f"Events: {'; '.join(told)}." if told else ""

    def _note(self, kind: str, after: str, before: str) -> None:
        self.changed[kind] += after != before


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    return "�" if 0xD800 <= ord(character) <= 0xDFFF else f"\\x{ord(character):02x}"
