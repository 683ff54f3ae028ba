"""A face detector that is loaded while frames are recorded already."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from milmer_live.catalogue import Code
from milmer_live.errors import MilmerError
from milmer_live.messages import Message
from milmer_live.processing.faces.detection import Detect
from milmer_live.processing.faces.no_face import NoFace
from milmer_live.samples import FaceBox, FrameSample

log = logging.getLogger(__name__)


class LateDetector:
    """Finds no face until `load` has made the detector, on a thread of its own. Where that fails
    `problem` says why, and no face is ever found: frames are recorded all the same."""

    def __init__(self, load: Callable[[], Detect]) -> None:
        self.problem = ""
        self._load = load
        self._detect: Detect | None = None
        self._is_closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="face detector", daemon=True)
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        return self._detect is not None

    def __call__(self, frame: FrameSample) -> FaceBox | None:
        """The largest face of the frame, or None."""
        return next(iter(self.all(frame)), None)

    def all(self, frame: FrameSample) -> tuple[FaceBox, ...]:
        """Every face of the frame, the largest first."""
        detect = self._detect
        if detect is None:
            return ()
        find_all = getattr(detect, "all", None)
        if find_all is not None:
            return tuple(find_all(frame))
        face = detect(frame)
        return () if face is None else (face,)

    def again(self, frame: FrameSample, faces: Sequence[FaceBox]) -> tuple[FaceBox, ...]:
        """Those of `faces` that are in this frame still; every face where the detector cannot
        tell."""
        find_again = getattr(self._detect, "again", None)
        return tuple(find_again(frame, faces)) if find_again is not None else self.all(frame)

    def why_none(self, frame: FrameSample) -> NoFace | None:
        """Why no face was found in a frame; None where the detector cannot tell."""
        why = getattr(self._detect, "why_none", None)
        return None if why is None else why(frame)

    def close(self) -> None:
        """Let go of the detector; of one that is still being made once it is."""
        with self._lock:
            self._is_closed = True
            detect, self._detect = self._detect, None
        _close(detect)

    def _run(self) -> None:
        try:
            detect = self._load()
        except Exception as error:  # frames are recorded without faces
            if self._is_closed:  # nobody asks for one; libraries may be shutting down already
                return
            why = (
                error.said
                if isinstance(error, MilmerError)
                else f"{type(error).__name__}: {error}."
            )
            log.exception("The face detector could not be loaded")
            self.problem = Message(Code.FACES_NOT_FOUND, why=why)
            return
        with self._lock:
            if not self._is_closed:
                self._detect = detect
                return
        _close(detect)


def _close(detect: Detect | None) -> None:
    release = getattr(detect, "close", None)
    if release is not None:
        release()
