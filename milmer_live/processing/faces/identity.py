"""Faces from one picture to the next: the participant's, known by place and look, and others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from milmer_live.processing.faces.appearance import (
    SAME,
    FaceLook,
    FaceMemory,
)
from milmer_live.samples import FaceBox

NEAR = 1.0  # widths of the face that it may move between two detections and still be the same
NEAR_SEAT = 2.0  # widths from where the participant sits, within which they come back
LEAST_SIZE, MOST_SIZE = 0.5, 2.0  # of the face that comes back, of what it was
SEAT_S = 10.0  # time constant of where the participant sits
BACK = 3  # detections one after the other in which a lost face is known again
LEARN_S = 0.25  # between two looks that are remembered


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face as it was detected at `time`."""

    box: FaceBox
    look: FaceLook
    time: float

    def becomes(self, other: Sighting) -> bool:
        """Whether `other`, seen a moment later, is the same face."""
        return is_near(self.box, other.box) and self.look.likeness(other.look) >= SAME


class Participant:
    """The face that was chosen: where it sits, what it looks like, when it was last seen."""

    def __init__(self, face: Sighting, *, clicked: bool) -> None:
        self.number = face.box.number
        self.clicked = clicked
        self.last = face
        self.is_certain = True
        self._since = face.time
        self._seat = face.box
        self._memory = FaceMemory(face.look)
        self._learned_at = face.time
        self._in_a_row = 0

    @property
    def seen_s(self) -> float:
        """From the first to the last time that it was seen."""
        return abs(self.last.time - self._since)

    def find(self, faces: Sequence[Sighting], *, is_lost: bool) -> int | None:
        """Place of this face among `faces`, None where none is like it. One that is lost has to
        be known again `BACK` times in a row: until then `is_certain` is False."""
        likeness = [self._likeness(face, is_lost=is_lost) for face in faces]
        best = max(range(len(faces)), key=likeness.__getitem__, default=None)
        if best is None or likeness[best] < SAME:
            self._in_a_row = 0
            self.is_certain = False
            return None
        self._in_a_row += 1
        self.is_certain = not is_lost or self._in_a_row >= BACK
        if self.is_certain:
            self.accept(faces[best])
        return best

    def accept(self, face: Sighting) -> None:
        """This is the face, in the newest picture."""
        share = min(1.0, abs(face.time - self.last.time) / SEAT_S)
        self._seat = _between(self._seat, face.box, share)
        self.last = replace(face, box=replace(face.box, number=self.number))
        if abs(face.time - self._learned_at) >= LEARN_S:
            self._learned_at = face.time
            self._memory.learn(face.look)

    def _likeness(self, face: Sighting, *, is_lost: bool) -> float:
        """0 where the place does not fit. The light may change from one picture to the next, and
        the colours with it; when a face comes back its colours have to be right."""
        if not is_lost and is_near(self.last.box, face.box):
            return max(self.last.look.likeness(face.look), self._memory.likeness(face.look))
        return self._memory.likeness(face.look) if self._fits_seat(face.box) else 0.0

    def _fits_seat(self, box: FaceBox) -> bool:
        size = box.width / self._seat.width
        return LEAST_SIZE <= size <= MOST_SIZE and is_near(self._seat, box, NEAR_SEAT)


class TrackNumbers:
    """Numbers faces from 1 on. A face keeps its number while it moves less than its width between
    two detections, looks the same and is not away for too long; no number is given twice."""

    def __init__(self) -> None:
        self._given = 0
        self._known: dict[int, Sighting] = {}

    def numbered(self, faces: Sequence[Sighting], time: float, away_s: float) -> list[Sighting]:
        """All that were detected at `time`, in the same order. One that has been away for longer
        than `away_s` is forgotten."""
        self._known = {n: one for n, one in self._known.items() if abs(time - one.time) <= away_s}
        numbers = self._matched(faces)
        made = []
        for place, face in enumerate(faces):
            if place not in numbers:
                self._given += 1
            number = numbers.get(place, self._given)
            made.append(replace(face, box=replace(face.box, number=number)))
            self.add(made[-1])
        return made

    def add(self, face: Sighting) -> None:
        """A face that has a number."""
        self._known[face.box.number] = face

    def remove(self, number: int) -> None:
        """Another keeper looks after that face."""
        self._known.pop(number, None)

    def _matched(self, faces: Sequence[Sighting]) -> dict[int, int]:
        """Place in `faces` -> number, the nearest pairs first."""
        pairs = [
            (_distance(known.box, face.box) / known.box.width, place, number)
            for place, face in enumerate(faces)
            for number, known in self._known.items()
            if known.becomes(face)
        ]
        numbers: dict[int, int] = {}
        for _, place, number in sorted(pairs):
            if place not in numbers and number not in numbers.values():
                numbers[place] = number
        return numbers


def is_near(box: FaceBox, other: FaceBox, widths: float = NEAR) -> bool:
    return _distance(box, other) <= widths * box.width


def face_at(faces: Iterable[Sighting], x: float, y: float) -> Sighting | None:
    """Of those that contain this pixel, the one whose centre is nearest to it."""
    pixel = FaceBox(x, y, 0, 0, 0)
    under = [face for face in faces if _contains(face.box, x, y)]
    return min(under, key=lambda face: _distance(face.box, pixel), default=None)


def _distance(one: FaceBox, other: FaceBox) -> float:
    """Pixels between the centres."""
    across = one.x + one.width / 2 - other.x - other.width / 2
    down = one.y + one.height / 2 - other.y - other.height / 2
    return float((across**2 + down**2) ** 0.5)


def _between(one: FaceBox, other: FaceBox, share: float) -> FaceBox:
    sides = ("x", "y", "width", "height")
    mixed = {
        side: getattr(one, side) + share * (getattr(other, side) - getattr(one, side))
        for side in sides
    }
    return replace(one, **mixed)


def _contains(box: FaceBox, x: float, y: float) -> bool:
    return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height
