"""Which of the faces in a picture is the participant's, from one picture to the next.

The participant is whoever was chosen by a click, or the only face in view where nobody was. Their
face is known by its place and its look; while it is away, no other takes its place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from milmer_live.config import FaceTracking
from milmer_live.processing.faces.appearance import look_of
from milmer_live.processing.faces.detection import Detect
from milmer_live.processing.faces.identity import (
    Participant,
    Sighting,
    TrackNumbers,
    face_at,
)
from milmer_live.processing.faces.search import (
    SAME_FACE,
    by_size,
    overlap,
)
from milmer_live.samples import FaceBox, FaceState, FrameSample

FindFaces = Callable[[FrameSample], Sequence[FaceBox]]
FindAgain = Callable[[FrameSample, Sequence[FaceBox]], Sequence[FaceBox]]

SETTLED_S = 1.0  # a face that nobody clicked is given up for another while it is younger
ALONE_S = 5.0  # after several faces were in view, before one that is alone is taken


@dataclass(frozen=True, slots=True)
class FacesSeen:
    """`faces` are all that the detector found, the largest first; `chosen` the participant's,
    None where it is gone. `number` is that of the participant's track, 0 where nobody is chosen;
    `clicked`: by the user."""

    faces: tuple[FaceBox, ...] = ()
    chosen: FaceBox | None = None
    state: FaceState = FaceState.NOBODY
    number: int = 0
    clicked: bool = False


class FaceTracker:
    """One thread calls `see`; the other methods may be called from any."""

    def __init__(self, detect: Detect, settings: FaceTracking) -> None:
        """`detect` may have a method `all` that gives every face, the largest first, and one
        `again` that finds faces of a moment ago in the next frame, for less."""
        self._find: FindFaces = getattr(detect, "all", None) or _one_of(detect)
        self._find_again: FindAgain | None = getattr(detect, "again", None)
        self._places: list[FaceBox] = []  # of all faces, as last seen
        self._hold_s = settings.hold_s
        self._lock = threading.Lock()
        self._clicked: tuple[float, float] | None = None
        self._forgets = self._forgets_lost = False
        self._participant: Participant | None = None
        self._is_lost = False
        self._several_at = float("-inf")
        self._numbers = TrackNumbers()
        self._looked_at: float | None = None
        self._interval_s = 0.0  # between the last two pictures

    @property
    def pinned(self) -> bool:
        """Whether the user has chosen the face that is followed."""
        participant = self._participant
        return participant is not None and participant.clicked

    def choose(self, x: float, y: float) -> None:
        """Follow the face at this pixel, from the next detection on; harmless beside any."""
        with self._lock:
            self._clicked = (x, y)

    def choose_automatically(self) -> None:
        """Forget who was chosen: the only face in view is the participant's."""
        with self._lock:
            self._clicked, self._forgets = None, True

    def forget_if_lost(self) -> None:
        """Another participant may come: forget a face that is gone, unless it was clicked."""
        with self._lock:
            self._forgets_lost = True

    def restart(self) -> None:
        """Begin with the next frame after an error; who was chosen stays."""
        self._places = []

    def see(self, frame: FrameSample, *, anew: bool = True) -> FacesSeen:
        """The faces of the next frame. Without `anew` only those seen last are looked for, where
        they were: that costs a tenth."""
        boxes = [box for box in self._detected(frame, anew) if box.width > 0 and box.height > 0]
        found = [Sighting(box, look_of(frame.image, box), frame.time) for box in boxes]
        away_s = max(self._hold_s, 1.5 * self._interval_s)  # a slow camera has no time to miss it
        clicked = self._obey()
        mine = self._recognise(found, frame.time, away_s)
        faces = self._numbered(found, mine, frame.time, away_s)
        self._choose(faces, clicked, frame.time)
        seen = self._seen(tuple(face.box for face in faces), frame.time)
        if self._looked_at is not None:
            self._interval_s = frame.time - self._looked_at
        self._looked_at = frame.time
        return seen

    def _detected(self, frame: FrameSample, anew: bool) -> Sequence[FaceBox]:
        """A face that is missed once is looked for in the same place in the next frame."""
        if anew or self._find_again is None:
            self._places = list(self._find(frame))
            return self._places
        found = self._find_again(frame, self._places)
        missed = [
            one for one in self._places if all(overlap(one, box) <= SAME_FACE for box in found)
        ]
        self._places = by_size([*found, *missed])
        return found

    def _obey(self) -> tuple[float, float] | None:
        """Do what other threads have asked for; where the user has clicked."""
        with self._lock:
            clicked, forgets, forgets_lost = self._clicked, self._forgets, self._forgets_lost
            self._clicked, self._forgets, self._forgets_lost = None, False, False
        if forgets or (forgets_lost and self._is_lost and not self.pinned):
            self._forget()
            self._several_at = float("-inf")
        return clicked

    def _recognise(self, faces: Sequence[Sighting], time: float, away_s: float) -> int | None:
        """Place of the participant's face. One that only passed by is forgotten."""
        participant = self._participant
        if participant is None:
            return None
        self._is_lost = self._is_lost or abs(time - participant.last.time) > away_s
        place = participant.find(faces, is_lost=self._is_lost)
        self._is_lost = self._is_lost and not participant.is_certain
        if self._is_lost and not participant.clicked and participant.seen_s < SETTLED_S:
            self._forget()
            return None
        return place

    def _numbered(
        self, found: Sequence[Sighting], mine: int | None, time: float, away_s: float
    ) -> list[Sighting]:
        """A face that may be the participant's, and is not certain yet, has no number."""
        others = [face for place, face in enumerate(found) if place != mine]
        faces = self._numbers.numbered(others, time, away_s)
        participant = self._participant
        if mine is not None:
            certain = participant is not None and participant.is_certain
            faces.insert(mine, participant.last if participant and certain else found[mine])
        return faces

    def _choose(
        self, faces: Sequence[Sighting], clicked: tuple[float, float] | None, time: float
    ) -> None:
        """By a click, else the only face, where nobody has been chosen."""
        face = None if clicked is None else face_at(faces, *clicked)
        if face is not None:
            self._take(face, clicked=True)
        elif len(faces) > 1 and self._is_open():
            self._forget()
            self._several_at = time
        elif len(faces) == 1 and self._participant is None and not self._asks(time):
            self._take(faces[0], clicked=False)

    def _is_open(self) -> bool:
        """Whether nobody is chosen for good."""
        participant = self._participant
        if participant is None:
            return True
        return not participant.clicked and participant.seen_s < SETTLED_S

    def _asks(self, time: float) -> bool:
        """Whether there were several faces a moment ago, of which any may be left."""
        return abs(time - self._several_at) < ALONE_S

    def _take(self, face: Sighting, *, clicked: bool) -> None:
        participant = self._participant
        if participant is not None and face.box.number in (0, participant.number):
            participant.accept(face)
            participant.clicked, self._is_lost = clicked, False
            return
        self._forget()
        self._numbers.remove(face.box.number)
        self._participant = Participant(face, clicked=clicked)

    def _forget(self) -> None:
        """Nobody is chosen; the face keeps its number while it stays in view."""
        if self._participant is not None:
            self._numbers.add(self._participant.last)
        self._participant, self._is_lost = None, False

    def _seen(self, faces: tuple[FaceBox, ...], time: float) -> FacesSeen:
        participant = self._participant
        if participant is None:
            asks = self._asks(time)
            return FacesSeen(faces, state=FaceState.SEVERAL if asks else FaceState.NOBODY)
        state = FaceState.LOST if self._is_lost else FaceState.HELD
        chosen = next((face for face in faces if face.number == participant.number), None)
        return FacesSeen(faces, chosen, state, participant.number, participant.clicked)


def _one_of(detect: Detect) -> FindFaces:
    def find(frame: FrameSample) -> Sequence[FaceBox]:
        face = detect(frame)
        return () if face is None else (face,)

    return find
