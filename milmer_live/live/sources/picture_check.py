"""A camera that delivers but shows nothing new: a fault on screen, and a stretch that is marked."""

from __future__ import annotations

from collections.abc import Callable

from milmer_live.catalogue import Code, EventKind
from milmer_live.live.workers import Faults
from milmer_live.messages import Message
from milmer_live.processing.picture_watch import PictureWatch, Stalled, StallReason
from milmer_live.samples import FrameSample
from milmer_live.storage.session.streams import Stall

WHERE = "camera picture"  # of its fault

STALLS = {
    StallReason.REPEATED: Code.CAMERA_REPEATS,
    StallReason.BLACK: Code.CAMERA_BLACK,
    StallReason.ONE_COLOUR: Code.CAMERA_ONE_COLOUR,
    StallReason.STAMPS: Code.CAMERA_STAMPS,
}
_HINTS = {
    StallReason.REPEATED: Code.REPLUG_CAMERA,
    StallReason.BLACK: Code.IS_LENS_COVERED,
    StallReason.ONE_COLOUR: Code.IS_INPUT_MISSING,
    StallReason.STAMPS: Code.RESTART_PICTURE_SENDER,
}


class PictureCheck:
    """Looks at each frame of a camera, on its thread. `mark` is given a stretch when it begins
    and when it is over, `tell` the event."""

    def __init__(
        self, faults: Faults, mark: Callable[[Stall], None], tell: Callable[..., None]
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
        if marked is None:
            return None
        why = Message(STALLS[StallReason(marked.why)])
        return marked.why, Message(Code.IT_STALLED, why=why)

    def is_stalled(self, frame: FrameSample, arrival: float, camera: str) -> bool:
        """Whether nothing is new in `frame`, which came at `arrival`, and for a second before."""
        stalled = self._watch.look(frame.image, frame.time, arrival)
        self._last_time = frame.time
        if stalled is None:
            if self._end():
                self._tell(EventKind.NOT_STALLED)
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
        says, hint = Message(STALLS[stalled.reason]), Message(_HINTS[stalled.reason])
        why = Message(Code.CAMERA_STALLED, name=camera, why=says)
        self._faults.set(WHERE, Message(Code.THEN, why=why, then=hint))
        self._mark(self.marked)
        self._tell(EventKind.STALLED, why=says)

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
