"""What it costs to take in an amplifier: loss, latency, processor time, and the same work done
plainly beside it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import signal

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.replay.outlets import CHUNKS_PER_S
from milmer_live.bench.machine import machine
from milmer_live.bench.senders.in_process import Amplifier
from milmer_live.bench.senders.stream import channel_names
from milmer_live.clock import LSLClock
from milmer_live.config import Preprocessing
from milmer_live.live.signal.buffers import EEGRing
from milmer_live.live.signal.display_feed import DeviceTraces
from milmer_live.live.signal.model_feed import RingWriter
from milmer_live.live.sources.eeg_worker import EEGWorker
from milmer_live.live.workers import Faults
from milmer_live.processing.eeg.filters import design
from milmer_live.processing.timing.integrity import Segment
from milmer_live.samples import MODEL_CHANNELS, EEGChunk, EEGInfo, Float64

N_CHANNELS, SAMPLE_RATE = 64, 1000.0
CONNECT_S = 20.0
LOOK_S = 0.02  # between two looks whether the signals are ready
DRAIN_S = 5.0  # granted to samples that are on their way when the sender has sent all
KEPT_S = 60.0  # of signal in the ring
PLAIN_KEPT_S = 10.0  # and in the array of the plain way
SENT_AT_A_TIME = round(SAMPLE_RATE / CHUNKS_PER_S)

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """64 channels at 1,000 Hz over LSL from another process into the ring, in real time.

    The latency is from the moment at which the last sample of a chunk was due at the sender
    until the chunk is in the ring: the sender's own lateness counts. The processor time is
    that of the whole receiving process, liblsl's threads and the checks of the signal included.
    """

    seconds: float
    samples_sent: int
    samples_lost: int
    gaps: int
    latency_p50_ms: float
    latency_p99_ms: float
    latency_max_ms: float
    core_share: float
    faults: str


@dataclass(frozen=True, slots=True)
class WayFigures:
    """Processor time for one second of the same chunks on one thread, without LSL.

    `ours_ms`: every sample filtered and resampled once, into a ring by index. `plain_ms`: an
    array of 10 s shifted by np.roll for each chunk, and for each window of 3 s, every 0.5 s,
    all of it filtered and resampled anew, as common viewers do it. `ratio` is plain / ours.
    """

    ours_ms: float
    plain_ms: float
    ratio: float


class _Noting:
    """A source that notes when the newest sample was due to leave: with the last of the chunk
    that it was sent in, of which a read may give a part."""

    def __init__(self, source: LSLSource) -> None:
        self.due = 0.0
        self._source = source

    def open(self) -> EEGInfo:
        return self._source.open()

    def read(self, timeout_s: float) -> EEGChunk | None:
        chunk = self._source.read(timeout_s)
        if chunk is not None:
            newest = chunk.first_index + len(chunk) - 1
            behind = SENT_AT_A_TIME - newest % SENT_AT_A_TIME  # samples to the chunk's end
            self.due = float(chunk.times[-1]) + behind / SAMPLE_RATE
        return chunk

    def close(self) -> None:
        self._source.close()


def measure(seconds: float, say: Say) -> dict[str, Any]:
    """All figures. Raises MilmerError."""
    say(f"Receiving {N_CHANNELS} channels at {SAMPLE_RATE:g} Hz over LSL for {seconds:g} s ...")
    stream = receive(seconds)
    say("The same work in our way and plainly ...")
    ways = compare(min(seconds, 20.0))
    return {"machine": machine(), "stream": asdict(stream), "ways": asdict(ways)}


def receive(seconds: float) -> StreamFigures:
    """From a process of its own, in real time. Raises MilmerError."""
    words = [str(seconds), str(N_CHANNELS), str(SAMPLE_RATE)]
    command = [sys.executable, "-m", "milmer_live.bench.senders.stream", *words]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as sender:
        assert sender.stdin is not None
        assert sender.stdout is not None
        said, told = sender.stdout, sender.stdin

        def play() -> None:
            told.write("\n")
            told.flush()
            said.readline()

        try:
            return _received(said.readline().strip(), play, seconds)
        finally:
            sender.kill()


def _received(source_id: str, play: Callable[[], None], seconds: float) -> StreamFigures:
    """`play` lets the sender begin, and returns when it has sent all."""
    clock, faults, settings = LSLClock(), Faults(), Preprocessing()
    source = _Noting(LSLSource(source_id=source_id, timeout_s=CONNECT_S))
    ring = EEGRing(round(KEPT_S * settings.window.sample_rate), len(MODEL_CHANNELS))
    writer = RingWriter(settings, ring, lambda _origin: None, DeviceTraces(KEPT_S))
    latencies: list[float] = []
    worker = EEGWorker(
        source,
        writer,
        clock,
        faults,
        arrived=lambda: latencies.append(clock.now() - source.due),
    )
    worker.start()
    worker.tried.wait(CONNECT_S)
    while writer.channel_map is None and not faults.text:  # made beside, at the first connection
        time.sleep(LOOK_S)
    cpu, began = time.process_time(), clock.now()
    play()
    share = (time.process_time() - cpu) / (clock.now() - began)
    _drain(worker, round(seconds * SAMPLE_RATE))
    text = faults.text
    worker.stop()
    worker.join(DRAIN_S)
    p50, p99, most = (1e3 * float(np.percentile(latencies or [0.0], p)) for p in (50, 99, 100))
    sent = round(seconds * SAMPLE_RATE)
    return StreamFigures(
        seconds=seconds,
        samples_sent=sent,
        samples_lost=sent - worker.meter.total,
        gaps=writer.gaps,
        latency_p50_ms=p50,
        latency_p99_ms=p99,
        latency_max_ms=most,
        core_share=share,
        faults=text,
    )


def _drain(worker: EEGWorker, count: int) -> None:
    pause, until = threading.Event(), time.monotonic() + DRAIN_S
    while worker.meter.total < count and time.monotonic() < until:
        pause.wait(0.01)


def compare(seconds: float) -> WayFigures:
    """Both ways on the same chunks, one after the other."""
    chunks = _chunks(seconds)
    ours = _ours(chunks) / seconds
    plain = _plain(chunks) / seconds
    return WayFigures(ours_ms=1e3 * ours, plain_ms=1e3 * plain, ratio=plain / ours)


def _chunks(seconds: float) -> list[EEGChunk]:
    amplifier = Amplifier(N_CHANNELS, SAMPLE_RATE, 100.0)
    return [amplifier.chunk(SENT_AT_A_TIME) for _ in range(round(seconds * CHUNKS_PER_S))]


def _ours(chunks: list[EEGChunk]) -> float:
    """Seconds of processor time."""
    settings = Preprocessing()
    info = EEGInfo("Bench", "bench", channel_names(N_CHANNELS), SAMPLE_RATE)
    ring = EEGRing(round(KEPT_S * settings.window.sample_rate), len(MODEL_CHANNELS))
    writer = RingWriter(settings, ring, lambda _origin: None, DeviceTraces(KEPT_S))
    writer.connect(info)
    window = settings.window
    used_s, read = 0.0, 0
    for chunk in chunks:
        began = time.thread_time()
        segment = Segment(chunk, after_gap=False, sample_rate=SAMPLE_RATE)
        writer.show(segment, 0.0)
        writer.write(segment, 0.0)
        while read * window.hop_samples + window.n_times <= ring.written:
            first = read * window.hop_samples
            ring.read(first, first + window.n_times)
            read += 1
        used_s += time.thread_time() - began
    return used_s


def _plain(chunks: list[EEGChunk]) -> float:
    """Seconds of processor time."""
    settings = Preprocessing()
    sections = design(settings.filters, SAMPLE_RATE)
    columns = list(range(len(MODEL_CHANNELS)))
    kept: Float64 = np.zeros((round(PLAIN_KEPT_S * SAMPLE_RATE), N_CHANNELS))
    since_window, hop = 0, round(settings.window.hop_s * SAMPLE_RATE)
    up, down = 16, 125  # 1,000 Hz to 128 Hz
    used_s = 0.0
    for chunk in chunks:
        began = time.thread_time()
        kept = np.roll(kept, -len(chunk), axis=0)
        kept[-len(chunk) :] = chunk.data
        since_window += len(chunk)
        if since_window >= hop:
            since_window -= hop
            filtered = signal.sosfilt(sections, kept[:, columns], axis=0)
            resampled = signal.resample_poly(filtered, up, down, axis=0)
            resampled[-settings.window.n_times :].copy()
        used_s += time.thread_time() - began
    return used_s
