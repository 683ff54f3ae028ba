"""The thread of the camera: to the recorder first, then face, grid and screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from milmer_live.acquisition.source import FrameSource, pictures_of
from milmer_live.catalogue import EventKind
from milmer_live.clock import Clock
from milmer_live.config import FaceTracking, Preprocessing
from milmer_live.errors import MilmerError
from milmer_live.live.signal.buffers import FaceGrid
from milmer_live.live.sink import RecordingSink
from milmer_live.live.sources.face_events import FaceNews
from milmer_live.live.sources.lazy_detector import LateDetector
from milmer_live.live.sources.picture_check import PictureCheck
from milmer_live.live.sources.source_worker import SourceWorker
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.live.workers import Faults
from milmer_live.processing.faces.detection import (
    Detect,
    crop_face,
)
from milmer_live.processing.faces.no_face import NoFace
from milmer_live.processing.faces.tracking import (
    FacesSeen,
    FaceTracker,
)
from milmer_live.samples import FaceBox, FrameSample
from milmer_live.storage.session.streams import Stall

WhyNone = Callable[[FrameSample], NoFace | None]

FACES = "participant's face"  # where its fault is said
SMOOTHING = 0.1  # share of the newest frame in what is shown of all


class FaceCounts:
    """What a camera has shown: one thread adds, any thread reads."""

    def __init__(self) -> None:
        self.found = 0  # frames in which the participant's face was detected
        self.missed = 0  # frames without it
        self.lost = 0  # times that it went away
        self.several = 0  # frames with more than one face
        self.detection_s = 0.0  # of the newest frame, smoothed
        self.interval_s = 0.0  # between the newest two frames, smoothed
        self._last_time: float | None = None
        self._was_there = False

    def add(self, seen: FacesSeen, time: float, took_s: float) -> None:
        is_there = seen.chosen is not None
        self.found += is_there
        self.missed += not is_there
        self.lost += self._was_there and not is_there
        self.several += len(seen.faces) > 1
        self._was_there = is_there
        self.detection_s += SMOOTHING * (took_s - self.detection_s)
        if self._last_time is not None:
            self.interval_s += SMOOTHING * (time - self._last_time - self.interval_s)
        self._last_time = time


class CameraWorker(SourceWorker[str, FrameSample]):
    """Read, find the face, put its crop on the grid. `arrived` is called after each frame.

    `latest` is None again while the camera is lost, silent or stalled: an old picture is none."""

    kind = "camera"

    def __init__(
        self,
        source: FrameSource,
        detect: Detect,
        settings: Preprocessing,
        grid: FaceGrid,
        clock: Clock,
        faults: Faults,
        *,
        arrived: Callable[[], None],
        tracking: FaceTracking | None = None,
        asked: str = "",
    ) -> None:
        super().__init__("camera", source, clock, faults, asked=asked)
        self.latest: tuple[FrameSample, FacesSeen] | None = None
        self.tracker = FaceTracker(detect, tracking or FaceTracking())
        self.counts = FaceCounts()
        self._detect = detect
        self._settings = settings.faces
        self._grid = grid
        self._arrived = arrived
        self._check = PictureCheck(faults, self._mark, self.tell)
        self._news = FaceNews()
        self._why_none: WhyNone | None = getattr(detect, "why_none", None)
        self._is_seeking: bool | None = None  # None: not known yet
        self._told: RecordingSink | None = None  # how it stood when its recording began
        self._pictures = self._guarded("check of the pictures", self._check.restart)
        self._reports = self._guarded("report on the faces", self._news.restart)
        self._detection = self._guarded("face detection", self.tracker.restart)
        self._crops = self._guarded("face crops")
        self._arrival = self._guarded("model queue of the camera")

    def close(self) -> None:
        """Closes the detector too: MediaPipe's waits for ever when the garbage collector does."""
        self._pictures(self._check.close)
        super().close()
        release = getattr(self._detect, "close", None)
        if release is not None:
            release()

    @property
    def delay_s(self) -> float:
        """By which pictures come after their times, for certain."""
        pictures = pictures_of(self._source)
        return 0.0 if pictures is None else pictures.delay_s

    @property
    def _face_problem(self) -> str:
        """Why no face can be found at all."""
        return self._detect.problem if isinstance(self._detect, LateDetector) else ""

    @property
    def seeks_faces(self) -> bool:
        """Whether the detector is there."""
        return not isinstance(self._detect, LateDetector) or self._detect.is_ready

    def _status(self, now: float) -> SourceStatus:
        """While it is stalled, `age_s` is that of its last new picture."""
        status = replace(super()._status(now), pictures=pictures_of(self._source))
        stall, problem = self._check.marked, self._check.problem
        faces = ("faces", self._face_problem) if self._face_problem else None
        found = (one for one in (faces, problem) if one is not None)
        problems = (*status.problems, *found)
        if stall is None or status.state is not SourceState.LIVE:
            return replace(status, problems=problems)
        age_s = max(0.0, now - stall.start)
        return replace(status, state=SourceState.STALLED, age_s=age_s, problems=problems)

    def step(self) -> float:
        wait_s = super().step()
        self._reports(self._tell_detector)
        if self._face_problem:
            self.faults.set("face detector", self._face_problem)
        return wait_s

    def _tell_detector(self) -> None:
        if self._is_seeking is False and self.seeks_faces:
            self.tell(EventKind.FACES_SOUGHT)
        self._is_seeking = self.seeks_faces

    def _opened(self, opened: str) -> None:
        self.label = opened

    def _fail(self, error: MilmerError) -> None:
        self._show_nothing()
        super()._fail(error)

    def _listen(self, now: float) -> None:
        super()._listen(now)
        if self._is_silent:
            self._show_nothing()

    def _show_nothing(self) -> None:
        """No pictures come: what was said of the last ones does not hold any more."""
        self.latest = None
        self.faults.clear(FACES)
        self._pictures(self._check.restart)

    def _keep(self, sink: RecordingSink, sample: FrameSample) -> None:
        sink.write_frame(sample)

    def _take(self, sample: FrameSample, arrival: float) -> None:
        self.meter.add(1, arrival, sample.time)
        self._greet()
        if self._pictures(lambda: self._check.is_stalled(sample, arrival, self.label)):
            self._pass_over(sample)
        else:
            self._use(sample)
        self._arrival(self._arrived)

    def _pass_over(self, sample: FrameSample) -> None:
        """Nothing is new in the picture, and so its face is none."""
        self.latest = None
        self.faults.clear(FACES)
        self._write_face(sample, None)
        self._crops(lambda: self._put_on_grid(sample, None))

    def _use(self, sample: FrameSample) -> None:
        is_due = bool(self._crops(lambda: self._grid.is_due(sample.time)))
        seen = self._detection(lambda: self._seen(sample, anew=is_due))
        box = None if seen is None else seen.chosen
        self._write_face(sample, box)
        is_kept = is_due or not self._grid.has_origin
        self._crops(lambda: self._put_on_grid(sample, box if is_kept else None))
        self.latest = (sample, seen or FacesSeen())
        if seen is not None:
            self._reports(lambda: self._tell_faces(seen, sample, is_idle=not is_due))

    def _write_face(self, sample: FrameSample, box: FaceBox | None) -> None:
        sink = self.sink
        if sink is not None:
            self._record(lambda: sink.write_face(sample, box))

    def _seen(self, sample: FrameSample, *, anew: bool) -> FacesSeen:
        began = self.clock.now()
        seen = self.tracker.see(sample, anew=anew)
        self.counts.add(seen, sample.time, self.clock.now() - began)
        return seen

    def _put_on_grid(self, frame: FrameSample, box: FaceBox | None) -> None:
        """The grid takes the face of a slot's first frame, and any while it has no slots; no other
        is cut out here."""
        if box is not None:
            self._grid.add(crop_face(frame, box, self._settings))
        self._grid.passed(frame.time)

    def _tell_faces(self, seen: FacesSeen, sample: FrameSample, *, is_idle: bool) -> None:
        """`is_idle`: no face was looked for all over this frame, and there is time to ask why."""
        for kind, number in self._news.events(seen, sample.time):
            self.tell(kind, number=number)
        if is_idle and self._why_none is not None and self._news.is_empty_since(sample.time):
            self._news.explain(self._why_none(sample), sample.time)
        if fault := self._news.fault(sample.time):
            self.faults.set(FACES, fault)
        else:
            self.faults.clear(FACES)

    def _mark(self, stall: Stall) -> None:
        """A stretch without new pictures: for the recording, and what they gave is taken back."""
        self._record_stall(stall)
        if stall.stop is None:
            self._crops(lambda: self._grid.forget(after=stall.start))

    def _greet(self) -> None:
        """A recording that begins is told how it stands."""
        if self.sink is self._told:
            return
        self._told = self.sink
        if not self.seeks_faces:
            self._note(EventKind.FACES_NOT_SOUGHT)
        for kind, number in self._news.now():
            self._note(kind, number=number)
        if self._check.marked is not None:
            self._record_stall(self._check.marked)

    def _record_stall(self, stall: Stall) -> None:
        now, sink = self.clock.now(), self.sink
        if sink is not None:
            self._record(lambda: sink.write_stall(stall, now))
