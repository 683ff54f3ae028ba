"""Which face is the participant's: by place and look, among several, by a click; or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import pytest

from milmer_live.config import FaceTracking
from milmer_live.processing.faces.tracking import (
    FacesSeen,
    FaceTracker,
)
from milmer_live.samples import FaceBox, FaceState, FrameSample, UInt8, frozen

SIZE = (240, 320)
EVERY_S = 0.04


@cache
def texture(seed: int, side: int) -> UInt8:
    """(side, side, 3) blotches with corners enough to be followed."""
    noise = np.random.default_rng(seed).integers(0, 256, (80, 80, 3), dtype=np.uint8)
    blotches = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2.5) * 1.6 % 256, dtype=np.uint8)
    return np.asarray(cv2.resize(blotches, (side, side)), dtype=np.uint8)


def box(x: float, y: float = 60, side: float = 80) -> FaceBox:
    return FaceBox(x, y, side, side, 0.9)


@dataclass(frozen=True)
class Person:
    """Somebody at a place; `seed` is what they look like. `seen`: the detector finds them."""

    seed: int
    box: FaceBox
    seen: bool = True


def ann(x: float = 30, *, side: float = 80, seen: bool = True) -> Person:
    return Person(1, box(x, side=side), seen)


def ben(x: float = 30, *, side: float = 80) -> Person:
    return Person(2, box(x, side=side))


def picture(people: Sequence[Person]) -> UInt8:
    image = np.full((*SIZE, 3), 90, dtype=np.uint8)
    for person in people:
        x, y, side = (round(one) for one in (person.box.x, person.box.y, person.box.width))
        image[y : y + side, x : x + side] = texture(person.seed, side)
    return frozen(image)


class Stage:
    """A tracker, and what happens in front of its camera."""

    def __init__(self, hold_s: float = 0.5) -> None:
        self.tracker = FaceTracker(self, FaceTracking(hold_s=hold_s))
        self.time = 100.0
        self._people: Sequence[Person] = ()
        self._index = 0

    def __call__(self, frame: FrameSample) -> FaceBox | None:
        return next(iter(self.all(frame)), None)

    def all(self, _frame: FrameSample) -> tuple[FaceBox, ...]:
        found = [person.box for person in self._people if person.seen]
        return tuple(sorted(found, key=lambda face: -face.width))

    def show(self, *people: Person, after_s: float = EVERY_S) -> FacesSeen:
        self._people = people
        self.time += after_s
        self._index += 1
        return self.tracker.see(FrameSample(picture(people), self.time, self._index))

    def show_for(self, seconds: float, *people: Person) -> list[FacesSeen]:
        return [self.show(*people) for _ in range(round(seconds / EVERY_S))]


def chosen(seen: Sequence[FacesSeen]) -> list[FaceBox]:
    return [one.chosen for one in seen if one.chosen is not None]


def test_the_only_face_is_the_participants_at_once() -> None:
    seen = Stage().show(ann())
    assert seen.chosen == ann().box
    assert (seen.state, seen.number, seen.clicked) == (FaceState.HELD, 1, False)


def test_nobody_is_in_view() -> None:
    assert Stage().show() == FacesSeen()


def test_a_face_that_stays_away_is_lost_after_a_while() -> None:
    stage = Stage(hold_s=0.1)
    stage.show_for(2.0, ann())
    seen = [stage.show(ann(seen=False)) for _ in range(8)]
    assert not chosen(seen)
    assert [one.state for one in seen] == [FaceState.HELD] * 2 + [FaceState.LOST] * 6


@pytest.mark.parametrize("away_s", [0.0, 0.2, 3.0, 60.0])
def test_whoever_sits_down_in_the_participants_place_is_not_taken(away_s: float) -> None:
    stage = Stage()
    stage.show_for(2.0, ann())
    stage.show_for(away_s, *())
    seen = stage.show_for(20.0, ben())
    assert not chosen(seen)
    assert seen[-1].state is FaceState.LOST
    assert {face.number for one in seen for face in one.faces} == {2}, "no number is inherited"


@pytest.mark.parametrize("away_s", [0.2, 3.0, 60.0])
def test_the_participant_comes_back_under_the_same_number(away_s: float) -> None:
    stage = Stage()
    stage.show_for(2.0, ann())
    away = stage.show_for(away_s)
    back = stage.show_for(1.0, ann(50))
    assert away[-1].state is (FaceState.LOST if away_s > 0.5 else FaceState.HELD)
    assert len(chosen(back)) >= len(back) - 2, "known again in the third picture at the latest"
    assert {face.number for face in chosen(back)} == {1}
    assert back[-1].state is FaceState.HELD


def test_somebody_else_was_there_while_the_participant_was_away() -> None:
    stage = Stage()
    stage.show_for(2.0, ann())
    assert not chosen(stage.show_for(30.0, ben()))
    assert chosen(stage.show_for(1.0, ann()))


def test_a_photograph_on_the_wall_does_not_take_the_participants_place() -> None:
    stage, poster = Stage(), Person(3, box(230, 20, 60))
    stage.show_for(2.0, ann())
    stage.show_for(2.0, ann(), poster)
    assert not chosen(stage.show_for(10.0, poster))
    assert chosen(stage.show_for(1.0, ann(), poster)) == [ann().box] * 23


def test_the_same_look_far_from_the_participants_place_is_not_taken() -> None:
    stage = Stage()
    stage.show_for(20.0, ann(10, side=50))
    stage.show_for(3.0)
    assert not chosen(stage.show_for(5.0, ann(230, side=50))), "a photograph of the participant"
    assert not chosen(stage.show_for(5.0, ann(10, side=130))), "much larger than before"
    assert chosen(stage.show_for(1.0, ann(60, side=60)))


def test_two_people_cross_and_each_stays_who_they_are() -> None:
    stage = Stage()
    stage.show_for(2.0, ann(20))
    seen = [stage.show(ann(20 + 4 * n), ben(200 - 4 * n)) for n in range(11)]
    behind = [stage.show(ben(200 - 4 * n)) for n in range(11, 30)]  # in front of her
    after = [stage.show(ann(20 + 4 * n), ben(200 - 4 * n)) for n in range(30, 45)]
    assert [one.chosen for one in seen] == [ann(20 + 4 * n).box for n in range(11)]
    assert not chosen(behind)
    assert [one.chosen for one in after[2:]] == [ann(20 + 4 * n).box for n in range(32, 45)]
    assert {face.number for one in behind for face in one.faces} == {2}


def test_a_larger_face_beside_the_participants_changes_nothing() -> None:
    stage = Stage()
    stage.show_for(2.0, ann())
    seen = stage.show_for(5.0, ann(), ben(190, side=110))
    assert chosen(seen) == [ann().box] * len(seen)
    assert seen[-1].faces == (box(190, side=110), box(30))


def test_with_two_faces_and_nobody_chosen_none_is_taken() -> None:
    stage = Stage()
    seen = stage.show_for(3.0, ann(), ben(190))
    assert not chosen(seen)
    assert {one.state for one in seen} == {FaceState.SEVERAL}
    assert {one.number for one in seen} == {0}


def test_one_of_two_who_looks_away_leaves_the_other_unchosen() -> None:
    stage = Stage()
    stage.show_for(1.0, ann(), ben(190))
    seen = stage.show_for(4.0, ben(190))
    assert not chosen(seen)
    assert seen[-1].state is FaceState.SEVERAL
    assert chosen(stage.show_for(2.0, ben(190))), "alone for five seconds"


def test_a_second_face_that_is_found_a_moment_later_takes_the_choice_back() -> None:
    stage = Stage()
    assert stage.show(ben(190)).chosen is not None
    seen = stage.show(ann(), ben(190))
    assert (seen.chosen, seen.state) == (None, FaceState.SEVERAL)


def test_somebody_who_passes_by_is_not_waited_for() -> None:
    stage = Stage()
    stage.show_for(0.6, ben(190))
    stage.show_for(1.0)
    seen = stage.show_for(1.0, ann())
    assert len(chosen(seen)) == len(seen)
    assert seen[-1].number == 2


def test_a_click_chooses_and_is_not_forgotten_when_that_face_is_missed_once() -> None:
    stage = Stage()
    both = (ann(side=100), ben(200, side=70))
    stage.show(*both)
    stage.tracker.choose(300, 230)  # beside any face
    assert stage.show(*both).chosen is None
    stage.tracker.choose(210, 80)
    assert stage.show(*both).chosen == both[1].box
    missed = stage.show(both[0], Person(2, both[1].box, seen=False))
    assert (missed.chosen, missed.state) == (None, FaceState.HELD), "not swapped for another"
    assert stage.show(*both).chosen == both[1].box
    assert stage.tracker.pinned


def test_a_clicked_face_that_has_left_is_waited_for_however_long_another_is_there() -> None:
    stage = Stage()
    stage.show(ann(), ben(200))
    stage.tracker.choose(210, 80)
    stage.show_for(1.0, ann(), ben(200))
    seen = stage.show_for(30.0, ann())
    assert not chosen(seen)
    assert (seen[-1].state, seen[-1].clicked) == (FaceState.LOST, True)
    back = stage.show_for(1.0, ann(), ben(200))
    assert {face.x for face in chosen(back)} == {200}


def test_a_click_chooses_another_face_and_its_number_stays_its_own() -> None:
    stage = Stage()
    stage.show_for(2.0, ann(), *())
    stage.show(ann(), ben(200))
    stage.tracker.choose(210, 80)
    seen = stage.show(ann(), ben(200))
    assert (seen.chosen, seen.number) == (ben(200).box, 2)
    assert [face.number for face in seen.faces] == [1, 2]
    stage.show_for(2.0, ann(), ben(200))
    stage.tracker.choose(50, 80)
    assert stage.show(ann(), ben(200)).number == 1


def test_to_choose_automatically_forgets_who_was_chosen() -> None:
    stage = Stage()
    stage.show_for(2.0, ann())
    stage.show_for(2.0, ben())
    stage.tracker.choose_automatically()
    assert stage.show(ben()).chosen == ben().box
    assert not stage.tracker.pinned


def test_another_participant_may_come_to_the_next_recording() -> None:
    stage = Stage()
    stage.show_for(2.0, ann())
    stage.tracker.forget_if_lost()
    assert stage.show(ann(), ben(190)).chosen == ann().box, "she is there, and stays chosen"
    stage.show_for(2.0, ben())
    stage.tracker.forget_if_lost()
    assert stage.show(ben()).chosen == ben().box


def test_the_next_recording_does_not_forget_a_click() -> None:
    stage = Stage()
    stage.show(ann(), ben(190))
    stage.tracker.choose(50, 80)
    stage.show_for(2.0, ann(), ben(190))
    stage.show_for(2.0, ben(190))
    stage.tracker.forget_if_lost()
    assert not chosen(stage.show_for(10.0, ben(190)))


def test_each_track_has_a_number_of_its_own_that_stays() -> None:
    stage = Stage()
    scenes = [(ann(),), (ann(40), ben(190)), (), (ann(50), ben(190)), (ben(190),), (ann(60),)]
    for scene in [(ann(),)] * 30:
        stage.show(*scene)
    seen = [stage.show(*scene) for scene in scenes]
    numbers = [sorted(face.number for face in one.faces) for one in seen]
    assert numbers == [[1], [1, 2], [], [1, 2], [2], [1]]


def test_another_who_was_gone_for_long_begins_another_track() -> None:
    stage = Stage()
    stage.show_for(2.0, ann())
    first = stage.show(ann(), ben(190)).faces
    stage.show_for(1.0, ann())
    again = stage.show(ann(), ben(190)).faces
    assert [face.number for face in (*first, *again)] == [1, 2, 1, 3]


def test_a_camera_of_one_picture_a_second_holds_its_face() -> None:
    stage = Stage()
    seen = [stage.show(ann(), after_s=1.0) for _ in range(10)]
    assert len(chosen(seen[2:])) == 8
    assert len({one.number for one in seen[2:]}) == 1


def test_the_light_goes_out_while_the_participant_is_there() -> None:
    stage = Stage()
    stage.show_for(2.0, ann())
    dark = np.asarray(picture([ann()]) * 0.3, dtype=np.uint8)
    stage.show(ann())
    for n in range(10):
        seen = stage.tracker.see(FrameSample(frozen(dark), stage.time + 0.04 * (n + 1), n))
        assert seen.chosen == ann().box


def test_a_click_says_at_once_who_is_about_to_be_known_again() -> None:
    stage = Stage()
    stage.show_for(2.0, ann())
    stage.show_for(3.0)
    first = stage.show(ann())
    assert (first.chosen, [face.number for face in first.faces]) == (None, [0])
    stage.tracker.choose(50, 80)
    stage.show(ann())
    seen = stage.show(ann())
    assert (seen.chosen, seen.number, seen.clicked) == (ann().box, 1, True)


def test_an_error_forgets_where_the_face_was_and_not_whose_it_is() -> None:
    stage = Stage()
    stage.show_for(2.0, ann())
    stage.tracker.restart()
    assert stage.show(ann(seen=False)).chosen is None
    assert stage.show(ann()).number == 1
