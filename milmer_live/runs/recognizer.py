"""What the commands that recognise live share: the model with its detector, and the lines that
a run without a window prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from milmer_live import paths
from milmer_live.config import FaceSettings, Preprocessing
from milmer_live.live.inference.model_switch import NewModel
from milmer_live.live.session_recording import RunFacts
from milmer_live.live.sources.lazy_detector import LateDetector
from milmer_live.live.state import Counters, Latencies
from milmer_live.model.backends.choose import (
    Probe,
    choose_predictor,
    makes_ready,
)
from milmer_live.model.backends.precision_check import (
    LEAST_WINDOWS,
    Verdicts,
)
from milmer_live.model.card import (
    CheckpointFile,
    bundled_checkpoint,
    check_weights,
    read_card,
)
from milmer_live.model.predictor import Predictor
from milmer_live.processing.faces.detection import (
    Detect,
    FaceDetector,
)
from milmer_live.processing.lazy_scipy import load as load_late
from milmer_live.runs.options import (
    Compute,
)
from milmer_live.samples import Evidence, Float64, Prediction, Quadrant, Window
from milmer_live.storage.face_model import fetch_face_model
from milmer_live.storage.session.card import Model


@dataclass(frozen=True)
class Recognizer:
    """A checkpoint, and what makes an engine of it."""

    model: CheckpointFile
    compute: Compute
    say: Callable[[str], object]

    @staticmethod
    def load(
        checkpoint: Path | None,
        console: Console,
        *,
        faces: bool = True,
        compute: Compute | None = None,
    ) -> Recognizer:
        """`checkpoint`, or the one that comes along; with `faces` the face detector's file is
        fetched where it is missing. Raises MilmerError."""
        console.print("Loading the model ...")
        recognizer = Recognizer.of_card(checkpoint, console, compute=compute)
        check_weights(recognizer.model.path, recognizer.model.card)
        if faces:
            fetch_face_model(paths.face_model(), say=console.print)
        return recognizer

    @staticmethod
    def of_card(
        checkpoint: Path | None, console: Console, *, compute: Compute | None = None
    ) -> Recognizer:
        """The same, at once: of the model only the card is read, and `new_model` looks at its
        weights. Raises ModelError."""
        path = checkpoint or bundled_checkpoint()
        return Recognizer(
            CheckpointFile(path, read_card(path)), compute or Compute(), console.print
        )

    @property
    def name(self) -> str:
        return self.model.card.name

    @property
    def facts(self) -> RunFacts:
        """For the card of a session: the model with its card, and how its input is made."""
        card = self.model.card
        model = Model(name=card.name, sha256=card.weights_sha256, card=card.model_dump(mode="json"))
        return RunFacts(card.preprocessing, model)

    def predictor(self) -> Predictor:
        """Ready to answer, on the best backend that works and is allowed; takes a second or
        two, and the first time that a reduced precision is tried, as long as 400 windows."""
        card = self.model.card
        if makes_ready(self.model, self.compute.device):
            self.say("Making the model ready for this machine, once ...")
        probe = Probe(
            lambda: _sample_windows(card.preprocessing),
            Verdicts(paths.cache_dir() / "precision.json"),
        )
        device, precision = self.compute.device, self.compute.precision
        predictor = choose_predictor(self.model, device, precision, probe)
        self.say(f"Model runs on: {predictor.reason}")
        return predictor

    def new_model(self) -> NewModel:
        """For `Engine.switch_model`, beside a stream that begins: its first samples are
        filtered while the model is loaded, so what filters is there first."""
        check_weights(self.model.path, self.model.card)
        load_late()
        return NewModel(self.predictor(), self.model.card.preprocessing)

    def detector(self) -> Detect:
        return FaceDetector(paths.face_model(), self.model.card.preprocessing.faces)

    def late_detector(self) -> LateDetector:
        """The same, fetched and loaded while frames come already."""
        return late_detector(self.model.card.preprocessing.faces, self.say)


def late_detector(settings: FaceSettings, say: Callable[[str], object]) -> LateDetector:
    """Looks for faces as soon as its file is there and loaded; neither holds up a recording."""

    def load() -> Detect:
        fetch_face_model(paths.face_model(), say=say)
        return FaceDetector(paths.face_model(), settings)

    return LateDetector(load)


class Transcript:
    """A line a prediction, and the run in numbers at its end. `truths`: where it is known what
    was true, with a column for it."""

    def __init__(self, console: Console, *, truths: bool) -> None:
        self._console = console
        self._truths = truths
        self._screen_s: list[float] = []

    def print_heading(self) -> None:
        names = "  ".join(f"{quadrant.name:>5}" for quadrant in Quadrant)
        truth = "  true" if self._truths else ""
        self._console.print(f"  time{truth}  predicted  {names}  latency")

    def print_prediction(
        self, prediction: Prediction, position_s: float, screen_s: float, truth: Quadrant | None
    ) -> None:
        """End of the window (`position_s` into the run), quadrants, probabilities, latency."""
        self._screen_s.append(screen_s)
        known = f"  {truth.name if truth else '----'}" if self._truths else ""
        shares = "  ".join(f"{share:5.2f}" for share in prediction.probabilities)
        answer = f"{prediction.quadrant.name:9}  {shares}"
        if not prediction.is_known:
            answer = f"{f'not enough signal{_lacking(prediction.evidence)}':37}"
            if prediction.has_signal:
                eeg, face = prediction.distance.eeg, prediction.distance.face
                what = " and ".join(w for w, d in (("EEG", eeg), ("face", face)) if d > 1)
                answer = f"{f'not known: {what} unlike what it learned from':37}"
        self._console.print(
            f"{position_s:5.1f}s{known}  {answer}  {1000 * prediction.latency_s:4.0f} ms"
        )

    def print_predictions(self, counters: Counters) -> None:
        painted = len(self._screen_s)
        self._console.print(f"\nPredictions:   {counters.predictions} ({painted} of them painted)")

    def print_latencies(self, latencies: Latencies) -> None:
        say = self._console.print
        say(f"Latency:       {spread(latencies.from_arrival_s)} last sample in -> probabilities")
        say(f"               {spread(latencies.from_stop_s)} end of window -> probabilities")
        say(f"               {spread(np.array(self._screen_s))} end of window -> painted")

    def print_camera(self, counters: Counters) -> None:
        """Nothing where no frame came."""
        if not counters.frames_received:
            return
        say = self._console.print
        say(
            f"Camera:        {counters.frames_received} frames, "
            f"{1000 * counters.frame_interval_s:.0f} ms apart, "
            f"{1000 * counters.detection_s:.0f} ms to find the faces"
        )
        say(
            f"Face:          detected in {counters.faces_found}, missed in "
            f"{counters.faces_missed} frames, "
            f"lost {counters.faces_lost} times; several in {counters.faces_several} frames"
        )

    def print_dropped(self, counters: Counters) -> None:
        frames = counters.frames_received + counters.frames_dropped
        self._console.print(
            f"Dropped:       {counters.frames_dropped} of {frames} frames, "
            f"{counters.windows_skipped} of {counters.windows_planned} windows"
        )


def _lacking(evidence: Evidence | None) -> str:
    """What there was, in brackets."""
    if evidence is None:
        return ""
    channels = f"{evidence.usable_channels} of {evidence.n_channels} channels usable"
    eeg = channels if evidence.n_channels else "no EEG"
    pictures = f"a face in {evidence.faces} of {evidence.bag_size} pictures"
    return f" ({eeg}, {pictures if evidence.bag_size else 'no camera'})"


def spread(seconds: Float64) -> str:
    """Median and p99 in milliseconds."""
    median, p99 = (1000 * Latencies.percentile(seconds, share) for share in (50, 99))
    return f"median {median:.0f} ms, p99 {p99:.0f} ms"


def _sample_windows(settings: Preprocessing) -> tuple[Window, ...]:
    """Made where a precision is judged, which is once a model and machine: what makes them
    takes 0.5 s to import."""
    from milmer_live.live.inference.probe_windows import sample_windows

    return sample_windows(settings, LEAST_WINDOWS)
