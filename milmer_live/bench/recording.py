"""Does a recording keep everything, what does it cost, and what does a kill lose?"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from milmer_live.bench.machine import machine
from milmer_live.bench.senders.in_process import (
    Amplifier,
    Camera,
)
from milmer_live.bench.senders.record_until_killed import (
    CLOSING,
    FRAME_RATE,
    RATE,
)
from milmer_live.clock import LSLClock
from milmer_live.config import RecordingSettings
from milmer_live.errors import DatasetError, MilmerError
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.workers import Faults
from milmer_live.samples import Marker
from milmer_live.storage.session.card import Plan
from milmer_live.storage.session.streams import eeg_header
from milmer_live.storage.upkeep.repair import repair
from milmer_live.storage.video import VideoFrames
from milmer_live.storage.xdf.reader import read_xdf
from milmer_live.storage.xdf.writer import XDFWriter

N_CHANNELS, SAMPLE_RATE = 128, 2000.0
SIZE, FPS = (1280, 720), 30.0
CHUNKS_PER_S = 50
MARKERS_PER_S, STIMULUS = 1000, "stimulus"
CLOSES_S = 0.3  # in which a recording of this size is closed
BLOCKED_S = 2.0
SETTLE_S = 5.0  # before memory is read for the first time

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class WritingFigures:
    """XDF alone, one chunk after the other: share of a core that 128 channels at 2 kHz take,
    and how long one write and one sync to the disk last."""

    xdf_core_share: float
    write_p50_ms: float
    write_p99_ms: float
    write_max_ms: float
    sync_max_ms: float
    megabytes_per_s: float


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """The whole recorder in real time, with the main thread busy for 2 s in between.
    `memory_slope_mb_min` is the growth over the second half."""

    seconds: float
    samples_sent: int
    samples_lost: int
    markers_sent: int
    markers_lost: int
    frames_sent: int
    frames_lost: int
    blocked_s: float
    core_share: float
    memory_growth_mb: float
    memory_slope_mb_min: float
    faults: str


@dataclass(frozen=True, slots=True)
class KillFigures:
    """Real processes, really killed, at random moments and then while they close; worst loss in
    seconds."""

    kills: int
    kills_while_closing: int
    opened_after_repair: int
    worst_loss_eeg_s: float
    worst_loss_video_s: float


def measure(folder: Path, seconds: float, kills: int, say: Say) -> dict[str, Any]:
    """All figures; `folder` is where the sessions go. Raises MilmerError."""
    say(f"Writing {seconds:g} s of 128 channels at 2 kHz as fast as it goes ...")
    writing = _writing(folder, seconds)
    say(
        f"Recording 128 channels at 2 kHz, 1,000 markers a second and 1280 x 720 at 30 Hz for "
        f"{seconds:g} s ..."
    )
    session = _session(folder, seconds)
    say(f"Killing {kills} recordings, and {kills} while they close ...")
    killed = _kills(folder, kills)
    return {
        "machine": machine(),
        "writing": asdict(writing),
        "session": asdict(session),
        "kills": asdict(killed),
    }


def _writing(folder: Path, seconds: float) -> WritingFigures:
    amplifier = Amplifier(N_CHANNELS, SAMPLE_RATE, 0.0)
    writer = XDFWriter(folder / "alone.xdf", now=0.0)
    stream = writer.add_stream(eeg_header("Amp", amplifier.info), 0.0)
    writes, syncs, used_s = [], [], 0.0
    for number in range(round(seconds * CHUNKS_PER_S)):
        chunk = amplifier.chunk(round(SAMPLE_RATE / CHUNKS_PER_S))
        used_s -= time.thread_time()
        began = time.perf_counter()
        writer.write(stream, chunk.times, chunk.data)
        written = time.perf_counter()
        synced = writer.tick((number + 1) / CHUNKS_PER_S)
        used_s += time.thread_time()
        writes.append(written - began)
        if synced:
            syncs.append(time.perf_counter() - written)
    writer.close()
    p50, p99 = (1e3 * float(np.percentile(writes, share)) for share in (50, 99))
    return WritingFigures(
        xdf_core_share=used_s / seconds,
        write_p50_ms=p50,
        write_p99_ms=p99,
        write_max_ms=1e3 * max(writes),
        sync_max_ms=1e3 * max(syncs, default=0.0),
        megabytes_per_s=writer.size / 1e6 / seconds,
    )


def _session(folder: Path, seconds: float) -> SessionFigures:
    """Sources on threads of their own; this one plays the screen, which hangs for 2 s."""
    clock, ended, process = LSLClock(), threading.Event(), psutil.Process()
    filmed = RecordingSettings(video="full", video_consent=True)
    recorder = Recorder(folder, Plan(participant="bench", recording=filmed), clock, Faults())
    amplifier, camera = Amplifier(N_CHANNELS, SAMPLE_RATE, 0.0), Camera(SIZE, FPS, 0.0)
    stimulus = Stimulus(clock)
    amplifier.start = camera.start = start = clock.now()
    threads = [
        _sender(clock, ended, CHUNKS_PER_S, lambda: _send_chunk(recorder, amplifier)),
        _sender(clock, ended, FPS, lambda: _send_frame(recorder, camera)),
        _sender(clock, ended, CHUNKS_PER_S, lambda: stimulus.send(recorder)),
    ]
    recorder.start()
    for thread in threads:
        thread.start()
    ended.wait(min(SETTLE_S, seconds / 4))
    memory, cpu = process.memory_info().rss, time.process_time()
    began = clock.now()
    _hang(BLOCKED_S)
    ended.wait(max(0.0, seconds / 2 - (clock.now() - start)))
    half, half_at = process.memory_info().rss, clock.now()
    ended.wait(max(0.0, seconds - (clock.now() - start)))
    share = (time.process_time() - cpu - BLOCKED_S) / (clock.now() - began)
    now_rss, minutes = process.memory_info().rss, (clock.now() - half_at) / 60
    ended.set()
    for thread in threads:
        thread.join()
    recorder.stop()
    recorder.join(60.0)
    samples, frames = _kept(recorder.status.folder)
    return SessionFigures(
        seconds=seconds,
        samples_sent=amplifier.sent,
        samples_lost=amplifier.sent - samples,
        markers_sent=stimulus.sent,
        markers_lost=stimulus.sent - _markers(recorder.status.folder),
        frames_sent=camera.sent,
        frames_lost=camera.sent - frames,
        blocked_s=BLOCKED_S,
        core_share=share,
        memory_growth_mb=(now_rss - memory) / 1e6,
        memory_slope_mb_min=(now_rss - half) / 1e6 / minutes,
        faults=recorder.faults.text,
    )


class Stimulus:
    """A program that sends 1,000 markers a second, with their number."""

    def __init__(self, clock: LSLClock) -> None:
        self.sent = 0
        self._clock = clock

    def send(self, recorder: Recorder) -> None:
        for _ in range(MARKERS_PER_S // CHUNKS_PER_S):
            recorder.write_markers([Marker(self._clock.now(), str(self.sent))], STIMULUS)
            self.sent += 1


def _send_chunk(recorder: Recorder, amplifier: Amplifier) -> None:
    recorder.write_eeg(amplifier.info, amplifier.chunk(round(SAMPLE_RATE / CHUNKS_PER_S)))


def _send_frame(recorder: Recorder, camera: Camera) -> None:
    frame = camera.frame()
    recorder.write_frame(frame)
    recorder.write_face(frame, None)


def _sender(
    clock: LSLClock, ended: threading.Event, rate: float, send: Callable[[], None]
) -> threading.Thread:
    def run() -> None:
        due = clock.now()
        while not ended.is_set():
            send()
            due += 1 / rate
            clock.wait(due - clock.now(), ended)

    return threading.Thread(target=run)


def _hang(seconds: float) -> None:
    """Python code that never waits, as a screen does that has too much to draw."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def _kept(folder: Path) -> tuple[int, int]:
    """Samples of EEG that count up without a hole, and frames of the film."""
    stream = read_xdf(folder / "session.xdf", lambda header: header.type == "EEG").streams[0]
    counted = stream.numbers[:, 0]
    whole = int((counted == np.arange(len(counted))).sum())
    try:
        return whole, len(VideoFrames(folder / "face.mkv"))
    except DatasetError:
        return whole, 0  # killed before the first half second of film was on the disk


def _markers(folder: Path) -> int:
    """Markers of the stimulus that count up without a hole."""
    stream = read_xdf(folder / "session.xdf", lambda header: header.name == STIMULUS).streams[0]
    return sum(text == str(number) for number, text in enumerate(stream.texts))


def _kills(folder: Path, kills: int) -> KillFigures:
    rng = np.random.default_rng(5)
    lost = [_kill(folder / f"kill{number}", float(rng.uniform(0.2, 6))) for number in range(kills)]
    for number in range(kills):
        after_s, closing_s = float(rng.uniform(0.2, 3)), float(rng.uniform(0, CLOSES_S))
        lost.append(_kill(folder / f"closing{number}", after_s, closing_s))
    opened = [one for one in lost if one is not None]
    return KillFigures(
        kills=kills,
        kills_while_closing=kills,
        opened_after_repair=len(opened),
        worst_loss_eeg_s=max((one[0] for one in opened), default=0.0),
        worst_loss_video_s=max((one[1] for one in opened), default=0.0),
    )


def _kill(
    folder: Path, after_s: float, closing_s: float | None = None
) -> tuple[float, float] | None:
    """Seconds of EEG and of film that a killed recording lacks; None where it does not open."""
    session, samples, frames = killed_recording(folder, after_s, closing_s)
    try:
        if not read_xdf(session / "session.xdf").is_intact:
            repair(session / "session.xdf")
        kept_samples, kept_frames = _kept(session)
    except MilmerError:
        return None
    return (samples - kept_samples) / RATE, (frames - kept_frames) / FRAME_RATE


def killed_recording(
    folder: Path, after_s: float, closing_s: float | None = None
) -> tuple[Path, int, int]:
    """A session whose program was killed `after_s` after its first sample, or `closing_s` after
    it was told then to end; and the samples and frames that it had been given."""
    command = [sys.executable, "-m", "milmer_live.bench.senders.record_until_killed", str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        session = Path(process.stdout.readline().strip())
        said, began = process.stdout.readline(), time.monotonic()
        while time.monotonic() - began < after_s:
            said = process.stdout.readline()
        if closing_s is not None:
            process.stdin.close()
            while (line := process.stdout.readline().strip()) != CLOSING:
                said = line
            threading.Event().wait(closing_s)
        process.kill()  # SIGKILL: nothing in the process can answer it
        process.wait()
    samples, frames = said.split()
    return session, int(samples), int(frames)
