"""What a model says of each window of a recorded session, by the live engine's own parts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from milmer_live.config import Preprocessing, SignalLimits, WindowSettings
from milmer_live.live.engine import IDLE_S
from milmer_live.live.inference.worker import InferenceWorker, Predictor
from milmer_live.live.signal.buffers import EEGRing, FaceGrid
from milmer_live.live.signal.model_feed import RingWriter
from milmer_live.live.sink import Nobody, RecordingSink
from milmer_live.live.sources.stream_check import StreamCheck
from milmer_live.live.workers import Faults
from milmer_live.processing.eeg.signal_settings import SignalSettings
from milmer_live.processing.faces.detection import Detect, crop_face
from milmer_live.processing.timing.integrity import Segment
from milmer_live.processing.windows import TOLERANCE_S, WindowPlanner
from milmer_live.samples import (
    MODEL_CHANNELS,
    EEGChunk,
    Explanation,
    FaceBox,
    FaceCrop,
    Float64,
    FrameSample,
    FrameSeries,
    Prediction,
    Window,
)
from milmer_live.storage.session.frames import SessionFrames
from milmer_live.storage.session.reader import Session
from milmer_live.storage.session.streams import FRAMES

MOST_HOPS = 1000
BUFFER_S = 8.0  # behind the newest window: each is predicted as soon as it is whole


class Rerun:
    """A session, read once from its beginning to its end.

    The EEG goes through the montage, the filters and the checks that it goes through live, with
    the bad channels, the removed components and the filters that the user had set at that time;
    filters that the user had not changed are the model's. The faces are those that were recorded;
    only where nobody looked for them while it was recorded does `detect`. The windows lie where
    those of the recorded predictions lie; without them, from the first sample on.

    `notes` says in sentences what cannot come out as it was. Raises DatasetError where there is no
    EEG or its unit is not known.
    """

    def __init__(
        self,
        session: Session,
        predictor: Predictor,
        preprocessing: Preprocessing,
        detect: Detect | None = None,
        limits: SignalLimits | None = None,
    ) -> None:
        window = preprocessing.window
        capacity = round((BUFFER_S + window.length_s) * window.sample_rate)
        self.notes: list[str] = []
        self._session = session
        self._preprocessing = preprocessing
        self._detect = detect
        self._clock = _FileClock()
        self._ring = EEGRing(capacity, len(MODEL_CHANNELS))
        self._grid = FaceGrid(window)
        self._writer = RingWriter(
            preprocessing,
            self._ring,
            lambda origin: self._grid.start(WindowPlanner(window, origin)),
        )
        self._info = session.info
        self._check = StreamCheck(self._info, self._info.eeg_names, lambda: self._writer.reads)
        frames = session.file.named(FRAMES)
        self._said = _Said()
        self._model = _Model(predictor)
        self._worker = InferenceWorker(
            self._model,
            self._ring,
            self._grid,
            self._clock,
            Faults(),
            patience_s=0.0,
            has_camera=frames is not None or session.film is not None,
            camera_alive=lambda: False,
            quality=lambda: self._writer.used(self._check.quality),
            is_covered=self._is_covered,
            coverage=self._coverage,
            limits=limits,
        )
        self._worker.record(self._said)
        self._pictures = self._kept_pictures()
        self._stamps = [] if frames is None else frames.times.tolist()[::-1]
        self._frames = self._faces()
        self._next_frame: FrameSample | None = next(self._frames, None)

    @property
    def duration_s(self) -> float:
        """From the first sample of EEG to the last."""
        times = self._session.placed.times
        return float(times[-1] - times[0])

    def predictions(self) -> Iterator[Prediction]:
        """As they would be recorded live, in order; times on the recorder's clock. Raises
        DatasetError, SourceFormat for EEG that the model cannot be given, and what the model
        raises."""
        session, n = self._session, len(self._session.eeg.times)
        times = session.times_of((0, n))
        channels = self._writer.connect(self._info)
        if channels.missing:
            self._note(channels.describe())
        changes = list(session.settings)
        while changes and changes[0][0] <= times[0]:
            self._apply(changes.pop(0)[1])
        self._writer.go_without(self._first_window(times))
        gaps = frozenset(session.placed.begins.tolist())
        for first, stop in pairwise(self._cuts(times, [time for time, _ in changes])):
            while changes and changes[0][0] <= times[first]:
                self._apply(changes.pop(0)[1])
            if first in gaps:
                yield from self._wait(float(times[first - 1]), float(times[first]))
            self._look(float(times[stop - 1]))
            self._feed(times, first, stop, after_gap=first in gaps)
            yield from self._answers(float(times[0]))

    def _apply(self, said: SignalSettings) -> None:
        writer = self._writer
        filters = self._session.chosen_filters(said) or self._preprocessing.filters
        if filters != writer.settings.filters:
            writer.change_filters(filters)
        if said.bad != writer.settings.bad:
            writer.mark_bad(said.bad)
        now, before = said.artifacts, writer.settings.artifacts
        is_same = before is None if now is None else now.cleans_as(before)
        if not is_same:
            writer.remove_artifacts(now)

    def _first_window(self, times: Float64) -> float:
        """When the first window begins. Where predictions were recorded, that and the grid of the
        faces lie as they did."""
        first, recorded = float(times[0]), self._session.predictions
        if not recorded:
            return first
        window, one = self._preprocessing.window, recorded[0]
        origin = one.time - window.length_s - one.window_index * window.hop_s
        every_s = _period_s(window)
        return origin + every_s * float(np.floor((first - origin) / every_s + TOLERANCE_S))

    def _cuts(self, times: Float64, changes: list[float]) -> list[int]:
        """Pieces of half a hop, so that no window is passed over, without a gap or a change."""
        n, hop_s = len(times), self._preprocessing.window.hop_s
        size = max(1, round(self._info.sample_rate * hop_s / 2))
        at = np.searchsorted(times, changes)
        begins = self._session.placed.begins
        cuts = np.unique(np.concatenate([np.arange(0, n, size), begins, at, [n]]))
        return [int(cut) for cut in cuts]

    def _feed(self, times: Float64, first: int, stop: int, *, after_gap: bool) -> None:
        data = self._session.microvolts((first, stop))
        chunk = EEGChunk(data, times[first:stop], first)
        segment = Segment(chunk, after_gap, self._info.sample_rate)
        self._clock.time = float(times[stop - 1])
        self._check.rate((segment,))
        self._writer.write(segment, self._clock.time)

    def _wait(self, last: float, until: float) -> Iterator[Prediction]:
        """Nothing came between: windows of faces alone, as the camera clocks them live."""
        step_s = self._preprocessing.window.hop_s / 2
        for time in np.arange(last + step_s, until - IDLE_S, step_s).tolist():
            self._look(time)
            self._clock.time = time
            self._writer.idle(time)
            yield from self._answers(-np.inf)

    def _answers(self, first: float) -> Iterator[Prediction]:
        """Of the windows that are whole now and do not begin before `first`."""
        while self._worker.step() == 0.0:
            pass
        if self._model.error is not None:
            raise self._model.error
        length_s = self._preprocessing.window.length_s
        for prediction in self._said.take():
            if prediction.time - length_s >= first - TOLERANCE_S:
                yield prediction

    def _look(self, until: float) -> None:
        """Take the faces of the frames up to `until`."""
        while (frame := self._next_frame) is not None and frame.time <= until:
            while self._stamps and self._stamps[-1] < frame.time - TOLERANCE_S:
                self._grid.is_due(self._stamps.pop())  # no picture of it was kept
            if self._grid.is_due(frame.time):
                box = self._face(frame)
                if box is not None:
                    self._grid.add(crop_face(frame, box, self._preprocessing.faces))
            self._grid.passed(frame.time)
            self._next_frame = next(self._frames, None)

    def _kept_pictures(self) -> FrameSeries | None:
        """Those that were kept while there was EEG, and a little before."""
        session, times = self._session, self._session.placed.times
        pictures = session.frames(float(times[0]) - IDLE_S, float(times[-1]), 0.0)
        if pictures is None and session.file.named(FRAMES) is not None:
            self._note("No picture was kept, so the answers are of the EEG alone.")
        return pictures

    def _faces(self) -> Iterator[FrameSample]:
        """Frames on the recorder's clock, without those in which the camera had stalled."""
        stalls = [(one.start, one.stop or np.inf) for one in self._session.stalls]
        for frame in self._pictures.frames() if self._pictures is not None else ():
            if not any(start <= frame.time <= stop for start, stop in stalls):
                yield frame

    def _face(self, frame: FrameSample) -> FaceBox | None:
        pictures = self._pictures
        if isinstance(pictures, SessionFrames) and pictures.has_faces:
            return pictures.face(frame.index)
        return None if self._detect is None else self._detect(frame)

    def _is_covered(self) -> bool:
        channels = self._writer.living(self._check.quality)
        return channels is None or channels.usable

    def _coverage(self) -> float:
        channels = self._writer.living(self._check.quality)
        return 1.0 if channels is None else channels.coverage

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _period_s(window: WindowSettings) -> float:
    """After how many seconds windows and face slots lie to each other as before."""
    hops = range(1, MOST_HOPS)
    whole = (n for n in hops if abs(n * window.hop_s / window.slot_s % 1.0 - 0.5) > 0.5 - 1e-6)
    return next(whole, 1) * window.hop_s


class _FileClock:
    """The time of what was read last."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        raise RuntimeError(f"a file is not waited for ({seconds} s, {stop.is_set()})")


class _Said(Nobody):
    """Keeps what the model said until it is taken."""

    def __init__(self) -> None:
        self._kept: list[Prediction] = []

    def port(self, status: object) -> RecordingSink:
        del status
        return self

    def write_prediction(self, prediction: Prediction) -> None:
        self._kept.append(prediction)

    def take(self) -> list[Prediction]:
        kept, self._kept = self._kept, []
        return kept


class _Model:
    """A predictor that is not asked for reasons, and whose error ends the reading."""

    def __init__(self, predictor: Predictor) -> None:
        self.error: Exception | None = None
        self._predictor = predictor

    def embed(self, face: FaceCrop) -> None:
        del face  # with its window

    def predict(self, window: Window) -> Prediction:
        try:
            return self._predictor.predict(window)
        except Exception as error:
            self.error = error
            raise

    def explain(self, window: Window, quadrant: int) -> Explanation | None:
        del window, quadrant
        return None
