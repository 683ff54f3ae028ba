"""Recordings played through the whole program: LSL out, LSL in, engine, and what was true."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.replay.outlets import (
    EEGReplay,
    ReplayFrames,
)
from milmer_live.acquisition.replay.playlist import (
    Playlist,
    PlaylistItem,
)
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.acquisition.source import EEGSource
from milmer_live.clock import Clock
from milmer_live.config import LabelRule, Preprocessing
from milmer_live.errors import DatasetError, SourceError
from milmer_live.live.engine import Asked, Engine
from milmer_live.live.inference.worker import Predictor
from milmer_live.live.publisher import Publisher
from milmer_live.live.session_recording import RunFacts
from milmer_live.live.sources.source_worker import SourceWorker
from milmer_live.live.state import EngineSnapshot
from milmer_live.live.workers import Faults, ReplayWorker
from milmer_live.processing.faces.detection import Detect
from milmer_live.samples import EEGChunk, EEGInfo, Label, Prediction, Quadrant, Recording

CONNECT_S = 15.0  # granted to LSL to find the stream; on a quiet machine it takes 0.2 s
DRAIN_S = 2.0  # granted to samples that are on their way when the replay ends


def demo_playlist(
    recordings: Sequence[Recording], rule: LabelRule, excerpt_s: float, length_s: float, seed: int
) -> Playlist:
    """Excerpts of rated recordings, each of another quadrant than the one before it, for at
    least `length_s`. Raises DatasetError where no recording is rated."""
    rng = np.random.default_rng(seed)
    pools: dict[Quadrant, list[Recording]] = {}
    for recording in recordings:
        for label in recording.labels:
            quadrant = rule.quadrant(label.valence, label.arousal)
            if quadrant is not None:
                pools.setdefault(quadrant, []).append(recording)
    if not pools:
        raise DatasetError("No recording of the demo has a rating.", "Synthesize the data again.")
    items: list[PlaylistItem] = []
    while len(items) * excerpt_s < length_s:
        for quadrant in rng.permutation(sorted(pools)):
            pool = pools[Quadrant(int(quadrant))]
            items.append(_excerpt(pool[int(rng.integers(len(pool)))], excerpt_s, rng))
    return Playlist(items)


def _excerpt(recording: Recording, length_s: float, rng: np.random.Generator) -> PlaylistItem:
    label = recording.labels[0]
    latest_s = max(label.start, label.stop - length_s)
    start_s = float(rng.uniform(label.start, latest_s))
    return PlaylistItem(recording, start_s, min(start_s + length_s, label.stop))


class _Connected:
    """A source that may be connected before the engine opens it."""

    def __init__(self, source: EEGSource) -> None:
        self._source = source
        self._info: EEGInfo | None = None

    def connect(self) -> None:
        self._info = self._source.open()

    def open(self) -> EEGInfo:
        info, self._info = self._info, None
        return info or self._source.open()

    def read(self, timeout_s: float) -> EEGChunk | None:
        return self._source.read(timeout_s)

    def close(self) -> None:
        self._source.close()


class ReplayRun:
    """An engine on a playlist that this machine itself sends over LSL.

    To the window it is an engine like any other. `truth` and `sent` are what only a replay knows.
    Without a `predictor` the engine awaits one.
    """

    def __init__(
        self,
        playlist: Playlist,
        predictor: Predictor | None,
        detect: Detect,
        preprocessing: Preprocessing,
        rule: LabelRule,
        clock: Clock,
        *,
        publishes: bool = False,
        facts: RunFacts | None = None,
        model: Mapping[str, str] | None = None,
    ) -> None:
        """`model` is said in the description of the predictions."""
        self.facts = facts or RunFacts(preprocessing)
        self.side_streams: tuple[SourceWorker[Any, Any], ...] = ()
        self._rule = rule
        self._length_s = preprocessing.window.length_s
        self._timeline = ReplayTimeline(playlist)
        unique = uuid.uuid4()
        self._replay = EEGReplay(
            self._timeline, clock, name="MilmerLive-Demo", source_id=f"milmer-demo-{unique}"
        )
        self._sender = ReplayWorker(self._replay, clock, Faults())
        # the source_id is new: no second stream can have it
        self._source = _Connected(
            LSLSource(source_id=self._replay.source_id, timeout_s=CONNECT_S, settle_s=0.0)
        )
        frames = ReplayFrames(self._timeline, clock)
        self.engine = Engine(
            self._source,
            frames,
            predictor,
            detect,
            preprocessing,
            clock,
            awaits_model=predictor is None,
            asked=Asked(
                "replay", "replay camera", self.facts.model.name if self.facts.model else ""
            ),
        )
        self._publisher = Publisher.attached(self.engine, model) if publishes else None

    @property
    def sent(self) -> int:
        """Samples that have left."""
        return self._replay.samples_sent

    def connect(self) -> None:
        """Find the EEG already, which takes 0.7 s: otherwise the camera, which is there at once,
        would be silent so long that it is said. Raises SourceError."""
        self._source.connect()

    def start(self) -> None:
        """Connect, then play: no sample is sent before somebody listens. Raises SourceError."""
        self.engine.start()
        self.engine.wait_connected(CONNECT_S)
        if not self._replay.wait_for_consumers(CONNECT_S):
            raise SourceError("Nobody listens to the demo's LSL stream.", "Start the demo again.")
        self._replay.start()
        self._sender.start()

    def stop(self) -> None:
        """Stop sending, let what is on its way arrive, then stop the engine."""
        self._sender.stop()
        self._sender.join(DRAIN_S)
        deadline = time.monotonic() + DRAIN_S
        while self._received() < self.sent and time.monotonic() < deadline:
            time.sleep(0.01)
        self.engine.stop()
        self._replay.close()
        if self._publisher is not None:
            self._publisher.close()

    def snapshot(
        self, *, eeg_since: int | None = None, eeg_seconds: float = 10.0
    ) -> EngineSnapshot:
        return self.engine.snapshot(eeg_since=eeg_since, eeg_seconds=eeg_seconds)

    def truth_at(self, moment: float) -> Quadrant | None:
        """The quadrant that was rated for what plays at `moment` (LSL time)."""
        if not self._timeline.started.is_set():
            return None
        return self._quadrant(self._timeline.label_at(moment))

    def truth_of(self, prediction: Prediction) -> Quadrant | None:
        """The quadrant of the prediction's whole window; None where it sees a change of trial."""
        start = prediction.time - self._length_s
        return self._quadrant(self._timeline.label_over(start, prediction.time))

    def position(self, moment: float) -> float:
        """Seconds since the first sample."""
        return moment - self._timeline.time_of(0.0)

    def _quadrant(self, label: Label | None) -> Quadrant | None:
        if label is None:
            return None
        return self._rule.quadrant(label.valence, label.arousal)

    def _received(self) -> int:
        return self.engine.snapshot(eeg_seconds=0.0).counters.samples_received
