"""A camera that delivers but shows nothing new: a fault on screen, and a stretch that is marked."""

from __future__ import annotations

from collections.abc import Callable

from milmer_live.live.workers import Faults
from milmer_live.processing.picture_watch import PictureWatch, Stalled, StallReason
from milmer_live.samples import FrameSample
from milmer_live.storage.session.streams import Stall

WHERE = "camera picture"  # of its fault

STALLS = {
    StallReason.REPEATED: "repeats its last picture",
    StallReason.BLACK: "sends black pictures",
    StallReason.ONE_COLOUR: "sends pictures of one colour",
    StallReason.STAMPS: "gives all pictures the same time",
}
_HINTS = {
    StallReason.REPEATED: "Unplug it and plug it in again, or restart its program.",
    StallReason.BLACK: "Is its lens covered?",
    StallReason.ONE_COLOUR: "Is its lens covered, or its input missing?",
    StallReason.STAMPS: "Restart the program that sends them.",
}


class PictureCheck:
    """Looks at each frame of a camera, on its thread. `mark` is given a stretch when it begins
    and when it is over, `tell` the words for it."""

    def __init__(
        self, faults: Faults, mark: Callable[[Stall], None], tell: Callable[[str], None]
    ) -> None:
        self.marked: Stall | None = None  # while it lasts
        self._watch = PictureWatch()
        self._faults = faults
        self._mark = mark
        self._tell = tell
        self._last_time = 0.0

    @property
    def problem(self) -> tuple[str, str] | None:
        """What is wrong now, as a source's status has it."""
        marked = self.marked
        return None if marked is None else (marked.why, f"It {STALLS[StallReason(marked.why)]}.")

    def is_stalled(self, frame: FrameSample, arrival: float, camera: str) -> bool:
        """Whether nothing is new in `frame`, which came at `arrival`, and for a second before."""
        stalled = self._watch.look(frame.image, frame.time, arrival)
        self._last_time = frame.time
        if stalled is None:
            if self._end():
                self._tell(f"camera not stalled any more: {camera}")
        elif self.marked is None or self.marked.why != stalled.reason.value:
            self._end()
            self._begin(stalled, camera)
        return stalled is not None

    def restart(self) -> None:
        """No more pictures come for now: the stretch ends with the last one."""
        self._end()
        self._watch = PictureWatch()

    def close(self) -> None:
        """No more pictures come at all: what was wrong with them stays on screen."""
        self._mark_end()

    def _begin(self, stalled: Stalled, camera: str) -> None:
        self.marked = Stall(why=stalled.reason.value, start=stalled.since)
        says, hint = STALLS[stalled.reason], _HINTS[stalled.reason]
        self._faults.set(WHERE, f"The camera '{camera}' {says}: no face is used. {hint}")
        self._mark(self.marked)
        self._tell(f"camera stalled: {says}")

    def _end(self) -> bool:
        """Whether there was a stretch to end."""
        has_ended = self._mark_end()
        if has_ended:
            self._faults.clear(WHERE)
        return has_ended

    def _mark_end(self) -> bool:
        marked, self.marked = self.marked, None
        if marked is not None:
            self._mark(marked.model_copy(update={"stop": self._last_time}))
        return marked is not None
