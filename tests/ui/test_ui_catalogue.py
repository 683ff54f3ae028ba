"""The catalogue of what the program says: every code in English and German, and every code that
is given to people filled in with all that its sentence needs."""

from __future__ import annotations

import copy
import pickle

import pytest
from said_codes import mentioned, said_codes

from milmer_live.catalogue import Code, EventKind
from milmer_live.events import Event
from milmer_live.messages import Message, Words, placeholders
from milmer_live.paths import resource
from milmer_live.ui.language.engine_words import IN_WINDOW, engine_words
from milmer_live.ui.language.translations import read

CODES = (*EventKind, *Code)
GERMAN = read(resource("i18n") / "milmer_de.ts")


@pytest.mark.parametrize("code", [code for code in CODES if not code.is_frame])
def test_every_code_has_german_with_the_same_placeholders(code: Words) -> None:
    english = IN_WINDOW.get(code, code.value)
    german = GERMAN.get(english, "")
    assert german, "not translated"
    assert placeholders(english) <= code.placeholders
    assert placeholders(german) == placeholders(english)


def test_every_code_is_used() -> None:
    assert set(CODES) - mentioned() == set()


def test_whoever_gives_a_code_fills_in_all_of_its_sentence() -> None:
    said = list(said_codes())
    assert len(said) > 50
    wrong = [
        (one.where, one.code.name)
        for one in said
        if one.values is not None and not one.code.placeholders - one.filled <= one.values
    ]
    assert wrong == []


def test_a_sentence_is_its_english_and_stays_itself_when_it_is_copied() -> None:
    why = Message(Code.NO_DATA, kind="EEG", name="Amp")
    said = Message(Code.THEN, why=why, then=Message(Code.RESUMES))
    assert said == "No data from EEG 'Amp'. It resumes when data arrives."
    for again in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert (again, again.code, again.values) == (said, said.code, said.values)


@pytest.mark.usefixtures("german")
def test_words_and_numbers_in_a_sentence_are_german_too() -> None:
    parts = (Message(Code.BAND, low=0.5, high=40.0), Message(Code.AVERAGE_REFERENCE))
    event = Event(1.0, EventKind.SETTINGS, "Amp", {"kind": "EEG", "parts": parts})
    assert event.text == "EEG settings: 0.5 to 40 Hz; reference average"
    shown = engine_words(event.message)
    assert shown == "EEG-Einstellungen: 0,5 bis 40 Hz; Referenz: Mittel aller Kanäle"


@pytest.mark.usefixtures("german")
def test_a_name_that_looks_like_a_sentence_stays_a_name() -> None:
    """Known by its form, it would be cut in two and its second half translated."""
    said = Message(Code.NO_DATA, kind="EEG", name="A. The camera is not open.")
    assert "The camera is not open." in engine_words(said)
