"""What is told of whose face it is: once each, and only what has been steady for a second."""

from __future__ import annotations

from milmer_live.catalogue import EventKind
from milmer_live.live.sources.face_events import FaceNews, News
from milmer_live.processing.faces.tracking import FacesSeen
from milmer_live.samples import FaceBox, FaceState


def face(number: int) -> FaceBox:
    return FaceBox(10, 10, 50, 50, 0.9, number)


HELD = FacesSeen((face(1),), face(1), state=FaceState.HELD, number=1)
LOST = FacesSeen((), None, state=FaceState.LOST, number=1)
STRANGER = FacesSeen((face(2),), None, state=FaceState.LOST, number=1)
BOTH = FacesSeen((face(1), face(2)), face(1), state=FaceState.HELD, number=1)
ASKS = FacesSeen((face(1), face(2)), None, state=FaceState.SEVERAL)


def told(*seen: tuple[FacesSeen, float]) -> list[News]:
    news = FaceNews()
    return [event for one, time in seen for event in news.events(one, time)]


def test_nothing_is_told_while_nothing_changes() -> None:
    assert told((HELD, 0.0), (HELD, 1.0), (HELD, 2.0)) == [(EventKind.FACE_ALONE, 1)]
    assert told((FacesSeen(), 0.0), (FacesSeen(), 9.0)) == []


def test_lost_and_back() -> None:
    assert told((HELD, 0.0), (LOST, 1.0), (LOST, 2.0), (HELD, 3.0))[1:] == [
        (EventKind.FACE_LOST, 1),
        (EventKind.FACE_BACK, 1),
    ]


def test_each_stranger_is_told_once() -> None:
    seen = told((HELD, 0.0), (STRANGER, 1.0), (LOST, 2.0), (STRANGER, 3.0))
    assert seen[1:] == [(EventKind.FACE_LOST, 1), (EventKind.FACE_UNKNOWN, 2)]


def test_a_face_that_may_be_the_participants_is_no_stranger() -> None:
    perhaps = FacesSeen((face(0),), None, state=FaceState.LOST, number=1)
    news = FaceNews()
    assert news.events(perhaps, 1.0) == [(EventKind.FACE_ALONE, 1)]
    assert news.fault(1.0) == ""


def test_others_in_view_that_flicker_are_told_once() -> None:
    seen = [(BOTH if n % 3 else HELD, 0.1 * n) for n in range(30)]
    assert told(*seen, (HELD, 4.5), (HELD, 5.0)) == [
        (EventKind.FACE_ALONE, 1),
        (EventKind.FACES_IN_VIEW, 2),
        (EventKind.FACES_IN_VIEW, 1),
    ]


def test_a_click_and_its_end() -> None:
    clicked = FacesSeen((face(2),), face(2), state=FaceState.HELD, number=2, clicked=True)
    assert told((HELD, 0.0), (clicked, 1.0), (ASKS, 2.0)) == [
        (EventKind.FACE_ALONE, 1),
        (EventKind.FACE_CLICKED, 2),
        (EventKind.FACE_DROPPED, 2),
        (EventKind.FACES_IN_VIEW_NONE_CHOSEN, 2),
    ]


def test_the_screen_asks_while_it_is_not_known_whose_face_it_is() -> None:
    news = FaceNews()
    news.events(ASKS, 0.0)
    assert news.fault(0.0).startswith("More than one face was in the picture")
    news.events(HELD, 1.0)
    assert news.fault(1.0) == ""
    news.events(STRANGER, 2.0)
    assert "not known as the participant's" in news.fault(2.0)
    news.events(LOST, 2.5)
    assert "not known" in news.fault(2.5), "it does not flicker with the detection"
    news.events(LOST, 3.5)
    assert news.fault(3.5) == ""


def test_a_recording_that_begins_is_told_how_it_stands() -> None:
    news = FaceNews()
    assert news.now() == []
    news.events(BOTH, 0.0)
    assert news.now() == [(EventKind.FACE_IN_VIEW, 1), (EventKind.FACES_IN_VIEW, 2)]
    news.events(LOST, 9.0)
    assert news.now() == [(EventKind.FACE_LOST, 1)]
    news.restart()
    assert news.now() == []
