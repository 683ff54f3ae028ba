"""What the demo plays, prints and counts."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from milmer_live import paths
from milmer_live.acquisition.replay.outlets import ReplayFrames
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.acquisition.source import EEGSource
from milmer_live.clock import LSLClock
from milmer_live.live.engine import Engine
from milmer_live.runs.options import (
    SEED,
    Compute,
)
from milmer_live.runs.playback import (
    ReplayRun,
    demo_playlist,
)
from milmer_live.runs.recognizer import (
    Recognizer,
    Transcript,
)
from milmer_live.runs.synthesis import write_participants
from milmer_live.samples import Prediction, Quadrant, Recording
from milmer_live.storage.dataset import open_dataset
from milmer_live.synthetic.dataset import SynthesisOptions

TRIALS = 8
EXCERPT_S = 12.0  # of a trial, so that all four quadrants come within a minute
LENGTH_S = 2 * 3600.0  # of the playlist, when nobody says how long


@dataclass
class Demo:
    """A model, the recordings of a synthetic participant, and the score so far."""

    recognizer: Recognizer
    recordings: tuple[Recording, ...]
    seed: int
    length_s: float
    console: Console
    transcript: Transcript
    publishes: bool
    streams_first: bool = False
    _run: ReplayRun | None = None
    _outcomes: list[bool] = field(default_factory=list)
    _began: float = field(default_factory=time.time)

    @staticmethod
    def prepare(
        checkpoint: Path | None,
        seed: int,
        duration_s: float | None,
        console: Console,
        *,
        publishes: bool,
        compute: Compute | None = None,
        streams_first: bool = False,
    ) -> Demo:
        """Load or make all that the demo needs, saying so; with `streams_first` the network is
        loaded while the signals are shown already. Raises MilmerError."""
        recognizer = Recognizer.load(checkpoint, console, compute=compute)
        recordings = _participant(seed, console)
        transcript = Transcript(console, truths=True)
        length_s = duration_s or LENGTH_S
        return Demo(
            recognizer, recordings, seed, length_s, console, transcript, publishes, streams_first
        )

    def open(self) -> ReplayRun:
        """Everything that streams, ready to start; blocks for a second or two."""
        card = self.recognizer.model.card
        rule = card.label_rule
        playlist = demo_playlist(self.recordings, rule, EXCERPT_S, self.length_s, self.seed)
        self._run = ReplayRun(
            playlist,
            None if self.streams_first else self.recognizer.predictor(),
            self.recognizer.detector(),
            card.preprocessing,
            rule,
            LSLClock(),
            publishes=self.publishes,
            facts=replace(self.recognizer.facts, is_drawn=True),
            model=card.summary,
        )
        self._run.engine.smooth(self.recognizer.compute.smooth_s)
        if self.streams_first:
            self._run.engine.switch_model(self.recognizer.name, self.recognizer.new_model)
            self._run.connect()
        return self._run

    def truth_at(self, moment: float) -> Quadrant | None:
        """The rating of what plays at `moment` (LSL time)."""
        return self._run.truth_at(moment) if self._run else None

    def print_heading(self) -> None:
        self.console.print(f"Model: {self.recognizer.name}. Streaming for {self.length_s:g} s ...")
        self.transcript.print_heading()

    def print_prediction(self, prediction: Prediction, screen_s: float) -> None:
        """A line of the transcript, and one more to count."""
        assert self._run is not None
        truth = self._run.truth_of(prediction)
        if truth is not None and prediction.is_known:
            self._outcomes.append(truth is prediction.quadrant)
        position_s = self._run.position(prediction.time)
        self.transcript.print_prediction(prediction, position_s, screen_s, truth)

    def print_report(self, screenshot: Path | None) -> None:
        """The run in numbers. `screenshot` is where one was to be put."""
        assert self._run is not None
        run, say = self._run, self.console.print
        counters = run.snapshot(eeg_seconds=0.0).counters
        right, counted = sum(self._outcomes), len(self._outcomes)
        share = f"{right / counted:.1%}" if counted else "none to count"
        self.transcript.print_predictions(counters)
        say(f"Accuracy:      {share} ({right} of {counted} windows that lie in one trial)")
        self.transcript.print_latencies(run.engine.latencies())
        say(f"EEG samples:   {run.sent} sent, {counters.samples_received} received")
        self.transcript.print_camera(counters)
        self.transcript.print_dropped(counters)
        if screenshot is not None and _is_newer(screenshot, self._began):
            say(f"Screenshot:    {screenshot}")


def _is_newer(file: Path, began: float) -> bool:
    """Whether a run that `began` then has written it: one that was ended early has not."""
    try:
        return file.stat().st_mtime >= began
    except OSError:
        return False


def engine_around(console: Console, source: EEGSource, *, answers: bool) -> Engine:
    """The demo's camera, and its model where it `answers`, beside another EEG."""
    demo = Demo.prepare(None, SEED, LENGTH_S, console, publishes=False)
    recognizer, card = demo.recognizer, demo.recognizer.model.card
    playlist = demo_playlist(demo.recordings, card.label_rule, EXCERPT_S, LENGTH_S, SEED)
    timeline, clock = ReplayTimeline(playlist), LSLClock()
    timeline.start(clock.now())
    predictor = recognizer.predictor() if answers else None
    frames = ReplayFrames(timeline, clock)
    return Engine(source, frames, predictor, recognizer.detector(), card.preprocessing, clock)


def _participant(seed: int, console: Console) -> tuple[Recording, ...]:
    """The recordings of the demo's participant, made at the first start."""
    folder = paths.cache_dir() / "demo" / f"participant-{seed}-{_generator()}"
    if not folder.is_dir():
        console.print(f"Making a synthetic participant of {TRIALS} trials, once ...")
        write_participants(
            folder, 1, TRIALS, seed, SynthesisOptions(processes=os.cpu_count() or 1), console
        )
    return tuple(ref.open() for ref in open_dataset(folder).refs)


def _generator() -> str:
    """Names the generator's code, so that another one does not meet the data of an older."""
    sources = sorted((paths.PACKAGE / "synthetic").rglob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources))
    return digest.hexdigest()[:8]
