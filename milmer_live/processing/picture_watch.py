"""Whether a camera that delivers still shows anything new."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from milmer_live.samples import UInt8

STALLED_S = 1.0  # without anything new
FRESH_S = 0.5  # of new pictures, after which a camera that was stalled is well again
SAMPLES = 320  # pixels looked at in the longer side of a picture
KEPT = 8  # pictures that a new one must differ from: some drivers repeat the last two or three

# Levels of 255 by which a sampled pixel must differ. Measured: of 19 videos of people, encoded
# with H.264 at 720p, at most 3 pictures in a row stay below; a picture that a network camera
# repeats through its encoder stays below but for some pictures around each key frame.
LEVELS = 4
ONE_COLOUR = 4  # levels between the darkest and the lightest of 16 x 9 parts of a picture
BLACK = 20  # mean level up to which one colour is called black; black in video is 16


class StallReason(StrEnum):
    """REPEATED: the last pictures come again. BLACK, ONE_COLOUR: nothing is in them. STAMPS: the
    pictures are new, but the time of all is the same."""

    REPEATED = "repeated"
    BLACK = "black"
    ONE_COLOUR = "one colour"
    STAMPS = "stamps"


@dataclass(frozen=True, slots=True)
class Stalled:
    """`since` is the stamp of the last picture that was new."""

    reason: StallReason
    since: float


class PictureWatch:
    """Looks at each picture of a camera. One thread calls it."""

    def __init__(self) -> None:
        self.stalled: Stalled | None = None
        self._kept: deque[UInt8] = deque(maxlen=KEPT)
        self._last_stamp = float("nan")
        self._good_stamp = self._good_at = float("nan")  # of the last picture that was new
        self._fresh_at = float("nan")  # since when new pictures come

    def look(self, image: UInt8, stamp: float, arrival: float) -> Stalled | None:
        """Whether the camera is stalled, with the picture that came at `arrival`; `stamp` is
        its own time. A camera is well until it has shown nothing new for a second."""
        reason = self._trouble(image, stamp)
        if not self._good_at <= arrival:  # the first one, or a clock that was set back
            self._good_stamp, self._good_at, self._fresh_at = stamp, arrival, arrival
        if reason is None:
            self._pass(stamp, arrival)
        elif self.stalled is None and arrival - self._good_at > STALLED_S:
            self.stalled = Stalled(reason, self._good_stamp)
        elif self.stalled is not None and self.stalled.reason is not reason:
            self.stalled = Stalled(reason, stamp)
        return self.stalled

    def _pass(self, stamp: float, arrival: float) -> None:
        """A new picture; of a camera that was stalled, it may be its encoder's doing."""
        if arrival - self._good_at > STALLED_S:
            self._fresh_at = arrival
        self._good_stamp, self._good_at = stamp, arrival
        if self.stalled is not None and arrival - self._fresh_at >= FRESH_S:
            self.stalled = None

    def _trouble(self, image: UInt8, stamp: float) -> StallReason | None:
        step = max(1, max(image.shape[:2]) // SAMPLES)
        sampled = np.ascontiguousarray(image[::step, ::step, 1])
        is_repeated = self._is_repeated(sampled)
        stands, self._last_stamp = stamp == self._last_stamp, stamp
        parts = cv2.resize(sampled, (16, 9), interpolation=cv2.INTER_AREA)
        if int(parts.max()) - int(parts.min()) <= ONE_COLOUR:
            is_black = float(parts.mean()) <= BLACK
            return StallReason.BLACK if is_black else StallReason.ONE_COLOUR
        if is_repeated:
            return StallReason.REPEATED
        return StallReason.STAMPS if stands else None

    def _is_repeated(self, sampled: UInt8) -> bool:
        """Whether it is like one of the last pictures; where not, it is kept as one of them."""
        for known in reversed(self._kept):
            if known.shape == sampled.shape and cv2.absdiff(known, sampled).max() <= LEVELS:
                return True
        self._kept.append(sampled)
        return False
