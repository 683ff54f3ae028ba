"""Labels as an experimenter enters them: what they hold for, undone, corrected, never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from sessions import START, amplifier, recorder

from milmer_live.clock import FakeClock
from milmer_live.config import LabelRule
from milmer_live.errors import ConfigError
from milmer_live.live.recording.label_book import LabelBook
from milmer_live.samples import Marker, Quadrant
from milmer_live.storage.labels.session_labels import annotations_of
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.streams import (
    LABELS,
    Annotation,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def written() -> list[Annotation]:
    return []


@pytest.fixture
def markers() -> list[Marker]:
    return []


@pytest.fixture
def book(clock: FakeClock, written: list[Annotation], markers: list[Marker]) -> LabelBook:
    return LabelBook(clock, written.append, markers.append)


def test_a_key_labels_the_last_seconds_with_its_quadrant(
    book: LabelBook, clock: FakeClock, written: list[Annotation]
) -> None:
    clock.advance(60)
    for quadrant in Quadrant:
        made = book.label_quadrant(quadrant)
        assert made.valence is not None
        assert made.arousal is not None
        assert LabelRule().quadrant(made.valence, made.arousal) is quadrant
        assert (made.start, made.stop, made.text) == (START + 50, START + 60, quadrant.name)
    assert len(written) == 4


def test_no_label_reaches_back_before_the_session(book: LabelBook, clock: FakeClock) -> None:
    clock.advance(4)
    made = book.label(8, 2)
    assert (made.start, made.stop) == (START, START + 4)


def test_a_label_holds_for_the_trial_that_is_marked(
    book: LabelBook, clock: FakeClock, markers: list[Marker]
) -> None:
    clock.advance(5)
    book.swap_trial()
    clock.advance(20)
    early = book.label(2, 2)
    clock.advance(40)
    book.swap_trial()
    clock.advance(15)
    late = book.label(7, 3)
    assert (early.start, early.stop, early.trial) == (START + 5, START + 25, "1")
    assert (late.start, late.stop, late.trial) == (START + 5, START + 65, "1")
    assert late.entered == START + 80
    book.swap_trial()
    assert book.label(5, 5).trial == "2"
    assert [one.text for one in markers] == ["trial 1 start", "trial 1 end", "trial 2 start"]


def test_undo_takes_back_the_last_entry_and_keeps_it_in_the_file(
    book: LabelBook, written: list[Annotation]
) -> None:
    first, second = book.label(1, 1), book.note("coughed")
    assert book.undo() is not None
    assert [*book.valid] == [first]
    book.undo()
    assert [*book.valid] == []
    assert book.undo() is None
    assert written[:2] == [first, second]


def test_the_undo_of_a_correction_brings_back_what_was_said_first(book: LabelBook) -> None:
    first = book.label(1, 1)
    book.correct(first, valence=9)
    assert [one.valence for one in book.valid] == [9]
    book.undo()
    assert [*book.valid] == [first]


def test_a_removed_label_does_not_hold_and_neither_does_what_it_corrected(book: LabelBook) -> None:
    first = book.label(1, 1)
    better = book.correct(first, valence=9)
    book.remove(better)
    assert [*book.valid] == []
    book.undo()
    assert [*book.valid] == [better]


def test_what_is_no_label_is_refused_and_not_kept(
    book: LabelBook, written: list[Annotation]
) -> None:
    with pytest.raises(ConfigError, match="The label"):
        book.label(0, 5)
    with pytest.raises(ConfigError, match="The label"):
        book.label(5, 9.5)
    with pytest.raises(ConfigError, match="The label"):
        book.rate(" ", 3)
    assert written == []


def test_a_session_gives_back_what_holds_and_keeps_what_was_entered(tmp_path: Path) -> None:
    session, amp = recorder(tmp_path), amplifier(rate=100.0)
    clock = session.clock
    assert isinstance(clock, FakeClock)
    book = LabelBook(clock, session.annotate, session.write_marker)
    for _ in range(40):
        session.write_eeg(amp.info, amp.chunk(50))
        clock.advance(0.5)
    wrong = book.label_quadrant(Quadrant.HAHV)
    right = book.correct(wrong, valence=2.0)
    book.rate("dominance", 4)
    book.note("looked away")
    book.undo()
    session.step()
    session.close()

    opened = open_session(session.status.folder)

    stream = opened.file.named(LABELS)
    assert stream is not None
    assert len(stream.texts) == 5
    held = annotations_of(opened.file)
    assert [one.kind for one in held] == ["label", "rating"]
    assert held[0].id == right.id
    assert [(one.valence, one.arousal) for one in opened.labels] == [(2.0, 7.0)]
