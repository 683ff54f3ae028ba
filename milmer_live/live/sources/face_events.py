"""Whose face is chosen, lost and back, and who else is in view: as events and faults."""

from __future__ import annotations

from typing import TypeAlias

from milmer_live.catalogue import Code, EventKind
from milmer_live.messages import Message
from milmer_live.processing.faces.no_face import (
    NEEDED,
    NoFace,
    NoFaceReason,
)
from milmer_live.processing.faces.tracking import (
    ALONE_S,
    FacesSeen,
)
from milmer_live.samples import FaceState

News: TypeAlias = tuple[EventKind, int]  # what happened, and the number of the face, or of faces
STEADY_S = 1.0  # for which a face is not seen, before it is said to be gone
EXPLAINED_S = 8.0  # in which a reason is found again that still holds, at 10 frames a second too

_ASKS = Message(
    Code.THEN, why=Message(Code.SEVERAL_FACES, hz=ALONE_S), then=Message(Code.NO_FACE_MEANWHILE)
)
_UNKNOWN = Message(Code.THEN, why=Message(Code.FACE_OF_ANOTHER), then=Message(Code.CLICK_IF_THEIRS))


_DARK = Message(Code.THEN, why=Message(Code.FACE_IN_THE_DARK), then=Message(Code.TURN_ON_LIGHT))
_CUT_OFF = Message(Code.THEN, why=Message(Code.FACE_CUT_OFF), then=Message(Code.TURN_CAMERA))


class FaceNews:
    """Turns what is seen, frame by frame, into events. One thread calls it."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew, as if nothing had been seen."""
        self._last = FacesSeen()
        self._strangers: frozenset[int] = frozenset()
        self._stranger_at: float | None = None  # when such a face was last seen
        self._several_at: float | None = None  # when more than one face was
        self._empty_since: float | None = None  # since when no face is found
        self._why: tuple[NoFace, float] | None = None  # no face is found, and when that was seen

    def is_empty_since(self, time: float) -> bool:
        """Whether no face has been found for a while: it may be asked why."""
        since = self._empty_since
        return since is not None and abs(time - since) >= STEADY_S

    def explain(self, why: NoFace | None, time: float) -> None:
        """Why no face was found at `time`; None where that is not known."""
        if why is not None:
            self._why = (why, time)

    def events(self, seen: FacesSeen, time: float) -> list[News]:
        """What has changed with this frame."""
        if seen.faces:
            self._empty_since = self._why = None
        elif self._empty_since is None:
            self._empty_since = time
        return [
            *self._about_choice(seen),
            *self._about_strangers(seen, time),
            *self._about_several(seen, time),
        ]

    def fault(self, time: float) -> str:
        """What the user should do about the participant's face; "" where nothing."""
        if self._last.state is FaceState.SEVERAL:
            return _ASKS
        at = self._stranger_at
        if at is not None and abs(time - at) <= STEADY_S:
            return _UNKNOWN
        if self._why is not None and abs(time - self._why[1]) <= EXPLAINED_S:
            return _reason(self._why[0])
        return ""

    def now(self) -> list[News]:
        """How it stands, for a recording that begins."""
        seen = self._last
        is_lost = seen.state is FaceState.LOST
        state = EventKind.FACE_LOST if is_lost else EventKind.FACE_IN_VIEW
        choice = [(state, seen.number)] if seen.number else []
        others = [_several(seen)] if self._several_at is not None else []
        return choice + others

    def _about_choice(self, seen: FacesSeen) -> list[News]:
        last, self._last = self._last, seen
        if seen.number and (seen.number, seen.clicked) != (last.number, last.clicked):
            how = EventKind.FACE_CLICKED if seen.clicked else EventKind.FACE_ALONE
            return [(how, seen.number)]
        if seen.number != last.number:
            return [(EventKind.FACE_DROPPED, last.number)]
        if seen.state is last.state or not seen.number:
            return []
        is_lost = seen.state is FaceState.LOST
        return [(EventKind.FACE_LOST if is_lost else EventKind.FACE_BACK, seen.number)]

    def _about_strangers(self, seen: FacesSeen, time: float) -> list[News]:
        """Who is in view while the participant is lost, once each."""
        if seen.state is not FaceState.LOST:
            self._strangers, self._stranger_at = frozenset(), None
            return []
        there = frozenset(face.number for face in seen.faces if face.number)
        if there:
            self._stranger_at = time
        new = sorted(there - self._strangers)
        self._strangers |= there
        return [(EventKind.FACE_UNKNOWN, number) for number in new]

    def _about_several(self, seen: FacesSeen, time: float) -> list[News]:
        if len(seen.faces) > 1:
            is_new, self._several_at = self._several_at is None, time
            return [_several(seen)] if is_new else []
        if self._several_at is not None and abs(time - self._several_at) > STEADY_S:
            self._several_at = None
            return [(EventKind.FACES_IN_VIEW, len(seen.faces))]
        return []


def _reason(why: NoFace) -> str:
    if why.reason is NoFaceReason.DARK:
        return _DARK
    if why.reason is NoFaceReason.CUT_OFF:
        return _CUT_OFF
    size, nearer = 100 * why.share, 100 * why.share / NEEDED
    return Message(
        Code.THEN,
        why=Message(Code.FACE_TOO_SMALL, hz=size),
        then=Message(Code.BRING_CAMERA_NEARER, hz=nearer),
    )


def _several(seen: FacesSeen) -> News:
    kind = EventKind.FACES_IN_VIEW if seen.number else EventKind.FACES_IN_VIEW_NONE_CHOSEN
    return kind, len(seen.faces)
