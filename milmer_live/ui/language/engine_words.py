"""What the engine says, in the user's language where it is shown.

A `Message` is translated by its code. A recording keeps the engine's own sentences, the same in
every language; so they are known here by their form, and one of another form is shown as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Formatter
from typing import Any

from milmer_live.catalogue import Code
from milmer_live.messages import Message, Sentence, Value, Words, literal
from milmer_live.ui.language.engine_sentences import SENTENCES
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.language.numbers import in_language

Form = tuple[re.Pattern[str], str]
KINDS = {
    "EEG": mark("EEG"),
    "camera": mark("Camera"),
    "markers": mark("Markers"),
    "signal": mark("Signal"),
    "model": mark("Model"),
}
NO_VOLTAGE = mark(
    "The LSL stream '{name}' states {units}, which is no voltage: choose its unit in Connect "
    "(Ctrl+O)."
)
UNWATCHED = mark("'{name}' is kept open without a look at its sender, which failed ({what}).")
# What the window says instead of what is recorded, or typed on the command line.
IN_WINDOW: dict[Words, str] = {
    Code.AVERAGE_REFERENCE: mark("reference: mean of all channels"),
    Code.REFERENCE: mark("reference: {channels}"),
    Code.NO_COMPONENTS_REMOVED: mark("no components removed"),
    Code.FILTER_TOO_HIGH: mark(
        "A filter at {edge:g} Hz needs a stream of more than {least:g} Hz: choose a lower one."
    ),
    Code.SAY_WHERE: mark("Choose their layout in Connect (Ctrl+O), or name them there."),
    Code.CHOOSE_ANOTHER_LAYOUT: mark("Choose another in Connect (Ctrl+O), or name them there."),
    Code.UNIT_UNSTATED: mark(
        "The LSL stream '{name}' does not state its unit: choose it in Connect (Ctrl+O)."
    ),
    Code.STREAM_UNWATCHED: UNWATCHED,
    Code.MARKERS_UNWATCHED: UNWATCHED,
    Code.CAMERA_UNWATCHED: UNWATCHED,
    Code.ALL_WRITES_THEM: mark("Choose 'All signals' to write them, too."),
    Code.UNIT_NO_VOLTAGE: NO_VOLTAGE,
    Code.UNITS_NO_VOLTAGE: NO_VOLTAGE,
}
_GROUPS = {"kind": "|".join(KINDS), "hz": r"\S+", "rate": r"\S+", "n": r"[\d.,]+"}
LOOSE_CODES = {Code.IT_STALLED}  # which other sentences fit as well
_END = re.compile(r"(?<=[.?!…])\s+(?=\S)")  # of a sentence


class _InLanguage(Sentence):
    """Writes numbers as the user's language does; those of a file are texts."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec and isinstance(value, str):
            return in_language(value)
        if isinstance(value, int | float):
            return in_language(format(value, format_spec))
        return super().format_field(value, format_spec)


_FILL = _InLanguage()


def _form(sentence: str) -> str:
    """What a sentence with names in braces looks like once they are filled in."""
    parts = Formatter().parse(sentence)
    return "".join(
        re.escape(text) + (f"(?P<{name}>{_GROUPS.get(name, '.*?')})" if name else "")
        for text, name, _, _ in parts
    )


def _known() -> list[tuple[str, str]]:
    """Each sentence that can be in a text, and what the window says for it. The one that says
    most comes first: of two that fit a text it is the one that was meant."""
    codes = [code for code in Code if not code.is_frame and code not in LOOSE_CODES]
    pairs = [(code.value, IN_WINDOW.get(code, code.value)) for code in codes]
    pairs += [(sentence, sentence) for sentence in SENTENCES]
    return sorted(pairs, key=lambda pair: -len(literal(pair[0])))


# A text of a file, or one that is not made from the catalogue yet, is known by its form.
_KNOWN = [(re.compile(_form(text), re.DOTALL), text, words) for text, words in _known()]
_FORMS = tuple((form, words) for form, _, words in _KNOWN)
_WHOLE = tuple((form, words) for form, text, words in _KNOWN if _END.search(text))


def engine_words(text: str) -> str:
    """`text` of the engine in the user's language: by its code, or sentence by sentence."""
    if isinstance(text, Message):
        return _translated(text)
    return " ".join(_words(part) for part in _parts(text))


def engine_notes(text: str) -> str:
    """The same of several notes with semicolons between them."""
    return "; ".join(map(_piece, text.split("; ")))


def window_words(code: Words) -> str:
    """The sentence of `code` in the user's language, with its placeholders."""
    return code.value if code.is_frame else tr(IN_WINDOW.get(code, code.value))


def _translated(message: Message) -> str:
    words = window_words(message.code)
    values = {name: _value(name, value) for name, value in message.values.items()}
    return _FILL.vformat(words, (), values)


def _value(name: str, value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(map(engine_words, value))
    if isinstance(value, Message):
        return _translated(value)
    return _group(name, value) if isinstance(value, str) else value


def _words(part: str) -> str:
    found = _found(part)
    if found is not None:
        words, groups = found
        values = {name: _group(name, group) for name, group in groups.items()}
        return _FILL.vformat(tr(words), (), values)
    before, colon, after = part.partition(": ")  # which of several streams, and a sentence
    said = engine_words(after) if colon else after
    return part if said == after else f"{before}: {said}"


@lru_cache(maxsize=500)  # the window asks for the same ones each time that it is drawn
def _parts(text: str) -> tuple[str, ...]:
    """What can be translated in one piece: a text of several sentences as it is, if it is known,
    or sentences; a name may look like the end of one."""
    if _found(text, _WHOLE) is not None:
        return (text,)
    cuts = [(text[: end.start()], text[end.end() :]) for end in _END.finditer(text)]
    known = next((cut for cut in cuts if _found(cut[0]) is not None), None)
    if known is None and _found(text) is not None:
        return (text,)
    if known is None and not cuts:
        return (text,)
    head, rest = known or cuts[0]
    return (head, *_parts(rest))


@lru_cache(maxsize=500)
def _found(text: str, forms: tuple[Form, ...] = _FORMS) -> tuple[str, dict[str, str]] | None:
    """The form of `text`, and what is filled in."""
    for form, words in forms:
        found = form.fullmatch(text)
        if found is not None:
            return words, found.groupdict()
    return None


def _group(name: str, text: str) -> str:
    if name == "kind" and text in KINDS:
        return tr(KINDS[text])
    if name == "parts":
        return engine_notes(text)
    if name == "query":
        return ", ".join(map(engine_words, text.split(" and ")))
    if name in ("why", "also", "consumer"):
        return engine_words(text)
    return in_language(text) if name in ("hz", "rate") else text


def _piece(text: str) -> str:
    """One of several in a sentence, with or without the dot that ends them all."""
    said = engine_words(text)
    return said if said != text else engine_words(f"{text}.").removesuffix(".")
