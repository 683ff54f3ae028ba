"""Which of the faces in a picture is the participant's, from one picture to the next.

The participant is whoever was chosen by a click, or the only face in view where nobody was. Their
face is known by its place and its look; while it is away, no other takes its place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from milmer_live.config import FaceTracking
from milmer_live.processing.face_identity import (
    Participant,
    Sighting,
    TrackNumbers,
    face_at,
    is_near,
)
from milmer_live.processing.face_look import look_of
from milmer_live.processing.faces import Detect, follow_face
from milmer_live.samples import FaceBox, FaceState, FrameSample

FindFaces = Callable[[FrameSample], Sequence[FaceBox]]

SETTLED_S = 1.0  # a face that nobody clicked is given up for another while it is younger
ALONE_S = 5.0  # after several faces were in view, before one that is alone is taken


@dataclass(frozen=True, slots=True)
class FacesSeen:
    """`faces` are all that the detector found, the largest first; `chosen` the participant's,
    None where it is gone. `tracked`: it was followed here, and not detected. `number` is that of
    the participant's track, 0 where nobody is chosen; `clicked`: by the user."""

    faces: tuple[FaceBox, ...] = ()
    chosen: FaceBox | None = None
    tracked: bool = False
    state: FaceState = FaceState.NOBODY
    number: int = 0
    clicked: bool = False


class FaceTracker:
    """One thread calls `see`; the other methods may be called from any."""

    def __init__(self, detect: Detect, settings: FaceTracking) -> None:
        """`detect` may have a method `all` that gives every face, the largest first."""
        self._find: FindFaces = getattr(detect, "all", None) or _one_of(detect)
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
        self._before: FrameSample | None = None
        self._shown: FaceBox | None = None  # the participant's face in `_before`

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
        self._shown = self._before = None

    def see(self, frame: FrameSample) -> FacesSeen:
        """The faces of the next frame."""
        boxes = [box for box in self._find(frame) if box.width > 0 and box.height > 0]
        found = [Sighting(box, look_of(frame.image, box), frame.time) for box in boxes]
        away_s = max(self._hold_s, 1.5 * self._interval_s)  # a slow camera has no time to miss it
        clicked = self._obey()
        mine = self._recognise(found, frame.time, away_s)
        faces = self._numbered(found, mine, frame.time, away_s)
        self._choose(faces, clicked, frame.time)
        seen = self._seen(tuple(face.box for face in faces), frame)
        if self._looked_at is not None:
            self._interval_s = frame.time - self._looked_at
        self._looked_at = frame.time
        self._shown, self._before = seen.chosen, frame
        return seen

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
        self._participant, self._is_lost, self._shown = None, False, None

    def _seen(self, faces: tuple[FaceBox, ...], frame: FrameSample) -> FacesSeen:
        participant = self._participant
        if participant is None:
            asks = self._asks(frame.time)
            return FacesSeen(faces, state=FaceState.SEVERAL if asks else FaceState.NOBODY)
        state = FaceState.LOST if self._is_lost else FaceState.HELD
        mine = [face for face in faces if face.number == participant.number]
        chosen = mine[0] if mine else self._followed(participant, faces, frame)
        tracked = chosen is not None and not mine
        return FacesSeen(faces, chosen, tracked, state, participant.number, participant.clicked)

    def _followed(
        self, participant: Participant, faces: Sequence[FaceBox], frame: FrameSample
    ) -> FaceBox | None:
        """Where the participant's face went that the detector has missed; None where another
        face is in its place."""
        box, before = self._shown, self._before
        if self._is_lost or box is None or before is None:
            return None
        if any(is_near(box, face) for face in faces):
            return None
        moved = follow_face(before.image, frame.image, box)
        if moved is not None:
            participant.moved(moved)
        return moved


def _one_of(detect: Detect) -> FindFaces:
    def find(frame: FrameSample) -> Sequence[FaceBox]:
        face = detect(frame)
        return () if face is None else (face,)

    return find
