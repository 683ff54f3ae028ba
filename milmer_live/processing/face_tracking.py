"""Which of the faces in a picture is the participant's, from one picture to the next.

The detector looks at one picture at a time. Where it misses the face for a moment, or is not
asked, the face is followed by the motion of what is inside its box.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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

    def see(self, frame: FrameSample) -> FacesSeen:
        """The faces of the next frame."""
        if self._until_detection > 0 and self._last is not None:
            self._until_detection -= 1
            seen = self._followed(self._faces, frame)
        else:
            self._until_detection = self._settings.detect_every - 1
            self._faces = faces = tuple(self._find(frame))
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
