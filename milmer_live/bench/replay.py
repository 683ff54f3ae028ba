"""How punctual a replay is: when each chunk leaves against when its stamps say so, and whether
that grows with time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.replay.outlets import EEGReplay
from milmer_live.acquisition.replay.playlist import (
    Playlist,
    PlaylistItem,
)
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.bench.machine import machine
from milmer_live.bench.senders.stream import recording
from milmer_live.clock import Clock, LSLClock
from milmer_live.errors import SourceError
from milmer_live.samples import MODEL_CHANNELS, Float64

SAMPLE_RATE = 128.0  # DEAP's
PARTS = 10  # of the run, whose medians are compared
CONNECT_S = 20.0
DRAIN_S = 5.0  # granted to samples that are on their way at the end

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class ReplayFigures:
    """32 channels at 128 Hz over LSL at the speed at which they were recorded.

    A chunk's lateness is from the moment at which its last sample is over, by its stamps, until
    it has been sent. `drift_ms` is what a straight line through the medians of ten equal parts
    of the run gains over the whole of it; `last_less_first_ms` the last of them less the first.
    """

    minutes: float
    samples_sent: int
    samples_received: int
    late_p50_ms: float
    late_p99_ms: float
    late_max_ms: float
    drift_ms: float
    last_less_first_ms: float


def measure(minutes: float, say: Say) -> dict[str, Any]:
    """All figures. Raises MilmerError."""
    say(f"Replaying {minutes:g} minutes over LSL, as fast as they were recorded ...")
    return {"machine": machine(), "replay": asdict(replayed(minutes, LSLClock()))}


def replayed(minutes: float, clock: Clock) -> ReplayFigures:
    """Play noise to a reader of this process. Raises SourceError."""
    played = recording(60 * minutes, len(MODEL_CHANNELS), SAMPLE_RATE)
    timeline = ReplayTimeline(Playlist([PlaylistItem(played, 0.0, 60 * minutes + 1)]))
    replay = EEGReplay(timeline, clock, name="MilmerLive-Bench")
    source = LSLSource(source_id=replay.source_id, timeout_s=CONNECT_S)
    source.open()
    try:
        if not replay.wait_for_consumers(CONNECT_S):
            raise SourceError("Nobody listens to the stream of the benchmark.")
        replay.start()
        late_s, received = _play(replay, timeline, source, clock)
        received += _rest(source, replay.samples_sent - received)
    finally:
        source.close()
        replay.close()
    p50, p99, most = (1e3 * float(np.percentile(late_s, p)) for p in (50, 99, 100))
    drift_s, last_less_first_s = drift(late_s)
    return ReplayFigures(
        minutes=minutes,
        samples_sent=replay.samples_sent,
        samples_received=received,
        late_p50_ms=p50,
        late_p99_ms=p99,
        late_max_ms=most,
        drift_ms=1e3 * drift_s,
        last_less_first_ms=1e3 * last_less_first_s,
    )


def _play(
    replay: EEGReplay, timeline: ReplayTimeline, source: LSLSource, clock: Clock
) -> tuple[Float64, int]:
    """The lateness of each chunk in seconds, and how many samples have been read meanwhile."""
    late_s: list[float] = []
    received, never = 0, threading.Event()
    while not replay.finished:
        wait_s = replay.step()
        if wait_s > 0:
            clock.wait(wait_s, never)
            continue
        late_s.append(clock.now() - timeline.time_of(replay.samples_sent / SAMPLE_RATE))
        received += len(source.read(0.0) or ())
    return np.array(late_s), received


def _rest(source: LSLSource, missing: int) -> int:
    """How many of the samples that are still on their way arrive."""
    received = 0
    while received < missing and (chunk := source.read(DRAIN_S)) is not None:
        received += len(chunk)
    return received


def drift(late_s: Float64) -> tuple[float, float]:
    """(n_chunks,) lateness in order, at least ten -> what the line through the medians of ten
    parts gains from the first chunk to the last, and the last median less the first; seconds.
    Medians, so that a moment in which the machine did something else is not taken for a drift."""
    medians = np.array([np.median(part) for part in np.array_split(late_s, PARTS)])
    slope, _ = np.polyfit(np.arange(PARTS), medians, 1)
    return float(slope * PARTS), float(medians[-1] - medians[0])
