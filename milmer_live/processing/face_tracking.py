"""Which of the faces in a picture is the participant's, from one picture to the next.

The detector looks at one picture at a time. Where it misses the face for a moment, or is not
asked, the face is followed by the motion of what is inside its box.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from milmer_live.config import FaceTracking
from milmer_live.processing.faces import Detect, follow_face
from milmer_live.samples import FaceBox, FrameSample

FindFaces = Callable[[FrameSample], Sequence[FaceBox]]

NEAR = 1.0  # widths of the face that it may move between two detections and still be the same
PINNED_S = 3.0  # for which a face that was clicked is waited for, before another is taken


@dataclass(frozen=True, slots=True)
class FacesSeen:
    """`faces` are all that the detector found, the largest first; `chosen` the participant's,
    None where it is gone. `tracked`: it was followed here, and not detected."""

    faces: tuple[FaceBox, ...] = ()
    chosen: FaceBox | None = None
    tracked: bool = False


class TrackNumbers:
    """Numbers faces from 1 on. A face keeps its number while it moves less than its width between
    two detections, and is not away for longer than `hold_s`; numbers are not given twice."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._given = 0
        self._known: dict[int, tuple[FaceBox, float]] = {}
        self._looked_at = float("-inf")

    def numbered(self, faces: Sequence[FaceBox], time: float) -> tuple[FaceBox, ...]:
        """All that was detected at `time`, in the same order."""
        patience_s = max(self._hold_s, time - self._looked_at)
        self._looked_at = time
        self._known = {n: one for n, one in self._known.items() if time - one[1] <= patience_s}
        numbers = self._matched(faces)
        made = []
        for place, face in enumerate(faces):
            if place not in numbers:
                self._given += 1
            made.append(replace(face, number=numbers.get(place, self._given)))
            self.moved(made[-1], time)
        return tuple(made)

    def moved(self, face: FaceBox, time: float) -> None:
        """Where a face that has a number is now."""
        self._known[face.number] = (face, time)

    def _matched(self, faces: Sequence[FaceBox]) -> dict[int, int]:
        """Place in `faces` -> number, the nearest pairs first."""
        pairs = [
            (_distance(_centre(face), _centre(known)) / known.width, place, number)
            for place, face in enumerate(faces)
            for number, (known, _) in self._known.items()
        ]
        numbers: dict[int, int] = {}
        for far, place, number in sorted(pairs):
            if far <= NEAR and place not in numbers and number not in numbers.values():
                numbers[place] = number
        return numbers


class FaceTracker:
    """One thread calls `see`; `choose` and `choose_automatically` may come from any."""

    def __init__(self, detect: Detect, settings: FaceTracking) -> None:
        """`detect` may have a method `all` that gives every face, the largest first."""
        self._find: FindFaces = getattr(detect, "all", None) or _one_of(detect)
        self._settings = settings
        self._lock = threading.Lock()
        self._clicked: tuple[float, float] | None = None
        self._pinned = False
        self._last: FaceBox | None = None
        self._detected_at = float("-inf")  # when `_last` was last found by the detector
        self._before: FrameSample | None = None
        self._until_detection = 0
        self._numbers = TrackNumbers(settings.hold_s)
        self._faces: tuple[FaceBox, ...] = ()

    @property
    def pinned(self) -> bool:
        """Whether the user has chosen the face that is followed."""
        return self._pinned

    def choose(self, x: float, y: float) -> None:
        """Follow the face at this pixel, from the next detection on; harmless beside any."""
        with self._lock:
            self._clicked = (x, y)

    def choose_automatically(self) -> None:
        """Forget what was clicked."""
        with self._lock:
            self._clicked = None
            self._pinned = False

    def restart(self) -> None:
        """Detect again in the next frame, behind an error; what was chosen stays."""
        self._before = None
        self._until_detection = 0

    def see(self, frame: FrameSample) -> FacesSeen:
        """The faces of the next frame."""
        if self._until_detection > 0 and self._last is not None:
            self._until_detection -= 1
            seen = self._followed(self._faces, frame)
        else:
            self._until_detection = self._settings.detect_every - 1
            self._faces = faces = self._numbers.numbered(self._find(frame), frame.time)
            chosen = self._pick(faces, frame.time)
            seen = self._followed(faces, frame) if chosen is None else FacesSeen(faces, chosen)
            if chosen is not None:
                self._detected_at = frame.time
        self._last, self._before = seen.chosen, frame
        return seen

    def _followed(self, faces: tuple[FaceBox, ...], frame: FrameSample) -> FacesSeen:
        too_long = frame.time - self._detected_at > self._settings.hold_s
        if self._last is None or self._before is None or too_long:
            return FacesSeen(faces)
        box = follow_face(self._before.image, frame.image, self._last)
        if box is not None:
            self._numbers.moved(box, frame.time)
        return FacesSeen(faces, box, tracked=box is not None)

    def _pick(self, faces: tuple[FaceBox, ...], time: float) -> FaceBox | None:
        with self._lock:
            clicked, self._clicked = self._clicked, None
        if clicked is not None:
            under = [face for face in faces if _contains(face, *clicked)]
            if under:
                self._pinned = True
                return min(under, key=lambda face: _distance(_centre(face), clicked))
        if not faces:
            return None
        last, away_s = self._last, time - self._detected_at
        if self._pinned and away_s > PINNED_S:
            self._pinned = False
        if not self._pinned and (self._settings.choice == "largest" or len(faces) == 1):
            return faces[0]
        if last is None:
            return None if self._pinned else faces[0]
        nearest = min(faces, key=lambda face: _distance(_centre(face), _centre(last)))
        if _distance(_centre(nearest), _centre(last)) <= NEAR * last.width:
            return nearest
        patience_s = PINNED_S if self._pinned else self._settings.hold_s
        return faces[0] if away_s > patience_s else None


def _one_of(detect: Detect) -> FindFaces:
    def find(frame: FrameSample) -> Sequence[FaceBox]:
        face = detect(frame)
        return () if face is None else (face,)

    return find


def _centre(face: FaceBox) -> tuple[float, float]:
    return face.x + face.width / 2, face.y + face.height / 2


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


def _contains(face: FaceBox, x: float, y: float) -> bool:
    return face.x <= x <= face.x + face.width and face.y <= y <= face.y + face.height
