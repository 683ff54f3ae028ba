"""What the engine says in English, in the user's language where it is shown.

A recording keeps the engine's own sentences, the same in every language; so they are known here
by their form, and one of another form is shown as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Formatter

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
_KIND = f"(?P<kind>{'|'.join(KINDS)})"
# Sentences by their form. Of the groups, `kind` is a word of ours, `why`, `also` and `parts` are
# sentences of the engine again, `hz` and `rate` numbers; all others stay as they are. Where the
# engine names an option of the command line, the window says what to choose in it.
FORMS: tuple[tuple[str, str], ...] = (
    (rf"{_KIND} connected: (?P<name>.*)", mark("{kind} connected: {name}")),
    (rf"{_KIND} silent: (?P<name>.*)", mark("{kind} silent: {name}")),
    (rf"{_KIND} back: (?P<name>.*)", mark("{kind} back: {name}")),
    (rf"{_KIND} lost: (?P<why>.*)", mark("{kind} lost: {why}")),
    (rf"{_KIND} ended: (?P<why>.*)", mark("{kind} ended: {why}")),
    (rf"{_KIND} stalled: (?P<why>.*)", mark("{kind} stalled: {why}")),
    (rf"{_KIND} not stalled any more: (?P<name>.*)", mark("{kind} not stalled any more: {name}")),
    (r"--all writes every stream of numbers\.", mark("Choose 'All signals' to write them, too.")),
    (r"repeats its last picture", mark("repeats its last picture")),
    (r"sends black pictures", mark("sends black pictures")),
    (r"sends pictures of one colour", mark("sends pictures of one colour")),
    (r"gives all pictures the same time", mark("gives all pictures the same time")),
    (r"face chosen by click: (?P<name>\d+)", mark("face chosen by click: {name}")),
    (r"face chosen as the only one: (?P<name>\d+)", mark("face chosen as the only one: {name}")),
    (r"face no longer chosen: (?P<name>\d+)", mark("face no longer chosen: {name}")),
    (r"face lost: (?P<name>\d+)", mark("face lost: {name}")),
    (r"face back: (?P<name>\d+)", mark("face back: {name}")),
    (r"face not known: (?P<name>\d+)", mark("face not known: {name}")),
    (r"faces in view: (?P<name>\d+), none chosen", mark("faces in view: {name}, none chosen")),
    (r"faces in view: (?P<name>\d+)", mark("faces in view: {name}")),
    (
        r"The model '(?P<name>.*)' is still being made ready\.",
        mark("The model '{name}' is still being made ready."),
    ),
    (
        r"The model '(?P<name>.*)' was trained on synthetic participants only: .*",
        mark(
            "The model '{name}' was trained on synthetic participants only: its answers about real "
            "people are not valid."
        ),
    ),
    (r"The markers '(?P<name>.*)' are gone\.", mark("The markers '{name}' are gone.")),
    (r"The LSL stream '(?P<name>.*)' is gone\.", mark("The LSL stream '{name}' is gone.")),
    (
        r"Nothing has come from the EEG '(?P<name>.*)' for (?P<hz>\S+) s\.",
        mark("Nothing has come from the EEG '{name}' for {hz} s."),
    ),
    (
        r"A filter at (?P<hz>\S+) Hz needs a stream of more than (?P<rate>\S+) Hz; .*",
        mark("A filter at {hz} Hz needs a stream of more than {rate} Hz: choose a lower one."),
    ),
    (
        r"(?P<why>.*) The stream is recorded; the model runs without EEG\.",
        mark("{why} The stream is recorded; the model runs without EEG."),
    ),
    (
        r"Say where they are: .*",
        mark("Choose their layout in Connect (Ctrl+O), or name them there."),
    ),
    (
        r"Choose another, or name them: --channels .*",
        mark("Choose another in Connect (Ctrl+O), or name them there."),
    ),
    (
        r"The LSL stream '(?P<name>.*)' does not state its unit\. Say it: --unit uV\.",
        mark("The LSL stream '{name}' does not state its unit: choose it in Connect (Ctrl+O)."),
    ),
    (
        r"The units? of the LSL stream '(?P<name>.*)' (is|are) (?P<units>.*), which is no .*",
        mark(
            "The LSL stream '{name}' states {units}, which is no voltage: choose its unit in "
            "Connect (Ctrl+O)."
        ),
    ),
    (
        r"The LSL stream '(?P<name>.*)' has several channels called (?P<units>.*)\. They are .*",
        mark(
            "The LSL stream '{name}' has several channels called {units}. They are recorded, and "
            "none of them is used as an electrode."
        ),
    ),
    (
        r"The name of the LSL stream '(?P<name>.*)' is not UTF-8\. It was read as cp1252\.",
        mark("The name of the LSL stream '{name}' is not UTF-8. It was read as cp1252."),
    ),
    (
        r"Texts of '(?P<name>.*)' are not UTF-8\. They are read as cp1252\.",
        mark("Texts of '{name}' are not UTF-8. They are read as cp1252."),
    ),
    (
        r"The description of the LSL stream '(?P<name>.*)' was cleaned: (?P<what>.*)\.",
        mark("The description of the LSL stream '{name}' was cleaned: {what}."),
    ),
    (
        r"The buffer of the LSL stream '(?P<name>.*)' was full: samples are lost\.",
        mark("The buffer of the LSL stream '{name}' was full: samples are lost."),
    ),
    (
        r"The (?:LSL stream|markers|camera) '(?P<name>.*)' (?:is|are) kept open without a look at "
        r"(?:its|their) sender, which failed \((?P<what>.*)\)\.",
        mark("'{name}' is kept open without a look at its sender, which failed ({what})."),
    ),
    (
        r"The clock of the LSL stream '(?P<name>.*)' could not be compared with ours yet: .*",
        mark(
            "The clock of the LSL stream '{name}' could not be compared with ours yet: its time "
            "stamps are taken as they are."
        ),
    ),
    (
        r"Frames of '(?P<name>.*)' have no time stamp: it is deduced\.",
        mark("Frames of '{name}' have no time stamp: it is deduced."),
    ),
    (r"EEG settings: (?P<parts>.*)", mark("EEG settings: {parts}")),
    (r"(?P<hz>[\d.]+) to (?P<rate>[\d.]+) Hz", mark("{hz} to {rate} Hz")),
    (r"from (?P<hz>[\d.]+) Hz", mark("from {hz} Hz")),
    (r"notch (?P<hz>[\d.]+) Hz", mark("notch {hz} Hz")),
    (r"reference average", mark("reference: mean of all channels")),
    (r"reference (?P<name>.*)", mark("reference: {name}")),
    (r"bad: (?P<name>.*)", mark("bad: {name}")),
    (r"components removed: none", mark("no components removed")),
    (r"components removed: (?P<name>.*)", mark("components removed: {name}")),
    (r"no filter", mark("no filter")),
)
_GROUPS = {"kind": "|".join(KINDS), "hz": r"\S+", "rate": r"\S+", "n": r"[\d.,]+"}
_END = re.compile(r"(?<=[.?!…])\s+(?=\S)")  # of a sentence


def _form(sentence: str) -> str:
    """What a sentence with names in braces looks like once they are filled in."""
    parts = Formatter().parse(sentence)
    return "".join(
        re.escape(text) + (f"(?P<{name}>{_GROUPS.get(name, '.*?')})" if name else "")
        for text, name, _, _ in parts
    )


_SENTENCES = tuple((_form(sentence), sentence) for sentence in SENTENCES)
_FORMS = tuple((re.compile(form, re.DOTALL), words) for form, words in (*FORMS, *_SENTENCES))
_WHOLE = _FORMS[: len(FORMS)]  # of several sentences, some of them


def engine_words(text: str) -> str:
    """`text` of the engine in the user's language, sentence by sentence."""
    return " ".join(_words(part) for part in _parts(text))


def engine_notes(text: str) -> str:
    """The same of several notes with semicolons between them."""
    return "; ".join(map(_piece, text.split("; ")))


def _words(part: str) -> str:
    found = _found(part)
    if found is not None:
        words, groups = found
        return tr(words).format(**{name: _group(name, group) for name, group in groups.items()})
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
    if name == "kind":
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
