"""What had come when a recording ended is in it, however late this program was to read it, and a
sender is not blamed for that."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
from live_tools import INFO, QUICK, RATE, WatchingPredictor, chunk, wait_until, whole_frame
from lsl_amplifier import NAMES
from lsl_amplifier import outlet as amplifier_outlet
from places import SUPPORT
from sessions import plan
from test_record_command import session_of, start

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.lsl.markers import LSLMarkers
from milmer_live.clock import LSLClock
from milmer_live.live.engine import Engine
from milmer_live.live.recording.ledger import GONE_S
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.session_recording import RecordingRun
from milmer_live.live.signal.buffers import EEGRing
from milmer_live.live.signal.model_feed import RingWriter
from milmer_live.live.sink import Nobody
from milmer_live.live.sources import drain as drain_module
from milmer_live.live.sources.drain import (
    Drain,
    drain,
)
from milmer_live.live.sources.eeg_worker import EEGWorker
from milmer_live.live.sources.side_streams import MarkerStream
from milmer_live.live.state import SourceState
from milmer_live.live.workers import Faults
from milmer_live.samples import EEGChunk, EEGInfo, Marker
from milmer_live.storage.session.balance import (
    Outcome,
    StreamBalance,
)
from milmer_live.storage.session.reader import open_session

CLOCK = LSLClock()
AMP_RATE = 250.0
LIMIT_S = 60.0


class Amplifier:
    """A real outlet that counts in its first channel and sends when it is told to."""

    def __init__(self) -> None:
        self.id = f"drained-{uuid.uuid4()}"
        self.outlet = amplifier_outlet(self.id)
        self.start = pylsl.local_clock() - 10.0
        self.sent = 0

    def send(self, seconds: float, *, newest: bool = False) -> None:
        """`newest`: the last of them is of now."""
        count = round(seconds * AMP_RATE)
        if newest:
            self.start = pylsl.local_clock() - (self.sent + count - 1) / AMP_RATE
        numbers = self.sent + np.arange(count)
        data = np.zeros((count, len(NAMES)), dtype=np.float32)
        data[:, 0] = numbers
        self.outlet.push_chunk(data, (self.start + numbers / AMP_RATE).tolist())
        self.sent += count


class Stimuli:
    def __init__(self) -> None:
        self.id = f"drained-{uuid.uuid4()}"
        self.outlet = pylsl.StreamOutlet(
            pylsl.StreamInfo("stim", "Markers", 1, 0.0, "string", self.id)
        )
        self.sent = 0

    def send(self, count: int) -> None:
        self.outlet.push_chunk([[str(number)] for number in range(self.sent, self.sent + count)])
        self.sent += count


@dataclass
class HeldUp:
    """A real source whose reader can be held up between two reads: the thread is late."""

    source: Any
    go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.go.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)

    @property
    def waiting(self) -> int:
        return int(self.source.waiting)

    def take_notes(self) -> tuple[str, ...]:
        self.go.wait(LIMIT_S)
        return tuple(self.source.take_notes())


@dataclass
class Room:
    """A recording of an amplifier and of markers, both real."""

    run: RecordingRun
    eeg: HeldUp
    markers: HeldUp
    amp: Amplifier
    stim: Stimuli

    @staticmethod
    def of(folder: Path) -> Room:
        amp, stim, faults = Amplifier(), Stimuli(), Faults()
        eeg = HeldUp(LSLSource(source_id=amp.id, settle_s=0.0))
        markers = HeldUp(LSLMarkers(source_id=stim.id))
        engine = Engine(eeg, None, WatchingPredictor(), whole_frame, QUICK, CLOCK)
        run = RecordingRun(engine, [MarkerStream("stim", markers, CLOCK, faults)], faults)
        run.record(Recorder(folder, plan(), CLOCK, Faults()))
        run.start()
        wait_until(lambda: all(one.connected_at is not None for one in run.sources[:1]), LIMIT_S)
        side = run.side_streams[0]
        wait_until(lambda: side.state is SourceState.LIVE, LIMIT_S)
        wait_until(lambda: engine.sources[0].state is SourceState.LIVE, LIMIT_S)
        return Room(run, eeg, markers, amp, stim)

    def rows(self) -> dict[str, StreamBalance]:
        return {one.kind: one for one in self.run.status.balance}

    def holds_all(self) -> None:
        file = open_session(self.run.status.folder).file
        eeg, stim = file.named("amplifier"), file.named("stim")
        assert eeg is not None
        np.testing.assert_array_equal(eeg.numbers[:, 0], np.arange(self.amp.sent))
        if self.stim.sent:
            assert stim is not None
            assert stim.texts == [str(number) for number in range(self.stim.sent)]


def test_what_came_while_our_threads_were_late_is_recorded_and_nobody_is_called_dead(
    tmp_path: Path,
) -> None:
    room = Room.of(tmp_path)
    room.amp.send(1.0)
    room.stim.send(3)
    wait_until(lambda: room.run.status.samples.get("amplifier") == room.amp.sent, LIMIT_S)
    room.eeg.go.clear()
    room.markers.go.clear()
    room.amp.send(60.0)
    room.stim.send(20_000)
    room.amp.send(0.1, newest=True)
    threading.Event().wait(3.0)  # longer than a silence that is called death
    room.eeg.go.set()
    room.markers.go.set()
    assert room.run.stop()
    room.holds_all()
    rows = room.rows()
    assert rows["EEG"].alive
    assert rows["EEG"].outcome is not Outcome.DIED
    assert rows["markers"].outcome is Outcome.WHOLE


def test_a_stream_that_flows_is_not_called_silent_while_our_thread_is_late(
    tmp_path: Path,
) -> None:
    room = Room.of(tmp_path)
    room.amp.send(1.0, newest=True)
    wait_until(lambda: room.run.status.samples.get("amplifier") == room.amp.sent, LIMIT_S)
    (worker,) = room.run.engine.sources
    room.eeg.go.clear()
    wait_until(lambda: worker._reads_since is None, LIMIT_S)
    room.amp.send(1.0, newest=True)
    threading.Event().wait(3 * GONE_S)
    assert worker.status(CLOCK.now()).state is SourceState.LIVE
    assert room.rows()["EEG"].alive
    room.eeg.go.set()
    assert room.run.stop()
    room.holds_all()


def test_a_source_that_never_had_its_turn_is_not_called_empty(tmp_path: Path) -> None:
    room = Room.of(tmp_path)
    room.amp.send(2.0, newest=True)
    assert room.run.stop()
    room.holds_all()
    assert room.rows()["EEG"].outcome is Outcome.WHOLE
    assert room.rows()["markers"].outcome is Outcome.EMPTY, "no marker was sent"


def test_a_sender_that_is_silent_is_still_called_dead(tmp_path: Path) -> None:
    room = Room.of(tmp_path)
    room.amp.send(1.0, newest=True)
    wait_until(lambda: room.run.status.samples.get("amplifier") == room.amp.sent, LIMIT_S)
    wait_until(lambda: not room.rows()["EEG"].alive, LIMIT_S)
    assert room.run.stop()
    assert room.rows()["EEG"].outcome is Outcome.DIED


def test_a_run_that_is_stopped_for_other_devices_leaves_what_had_come(tmp_path: Path) -> None:
    """The window stops one engine and goes on with the next in the same file."""
    room = Room.of(tmp_path)
    room.eeg.go.clear()
    room.amp.send(5.0, newest=True)
    room.eeg.go.set()
    room.run.engine.stop()
    recording = room.run.recording
    assert recording is not None
    for side in room.run.side_streams:
        side.stop()
        assert side.join(10.0)
    assert recording.end()
    room.holds_all()


@pytest.mark.timeout(300)
@pytest.mark.skipif(os.name == "nt", reason="no SIGSTOP there")
def test_a_recorder_that_was_stopped_ends_with_all_that_was_sent_meanwhile(
    tmp_path: Path,
) -> None:
    source_id = f"stopped-{uuid.uuid4()}"
    script = SUPPORT / "lsl_amplifier.py"
    sender = subprocess.Popen([sys.executable, script, source_id, "3"])
    process = start(
        *("--eeg", f"lsl:source_id={source_id}", "--out", tmp_path, "--participant", "07"),
        *("--duration", "14"),
    )
    try:
        assert process.stdout is not None
        seen = ""
        while not re.search(r"amplifier [1-9]", seen):
            line = process.stdout.readline()
            assert line, seen
            seen += line
        process.send_signal(signal.SIGSTOP)
        threading.Event().wait(12.0)
        process.send_signal(signal.SIGCONT)
        rest, complaints = process.communicate()
    finally:
        process.kill()
        sender.kill()
        sender.wait()
    assert process.returncode == 0, seen + rest + complaints
    eeg = open_session(session_of(seen + rest)).file.named("amplifier")
    assert eeg is not None
    assert len(eeg.stamps) > 12 * AMP_RATE
    np.testing.assert_allclose(np.diff(eeg.stamps), 1 / AMP_RATE, atol=1e-4)


class Endless:
    """An amplifier of which more always waits."""

    waiting = 1000

    def __init__(self) -> None:
        self.given = 0

    def open(self) -> EEGInfo:
        return INFO

    def read(self, timeout_s: float) -> EEGChunk:  # noqa: ARG002 - there is always something
        self.given += 100
        return chunk(self.given - 100, 100, start_time=CLOCK.now() - (self.given - 1) / RATE)

    def close(self) -> None:
        pass


class Pressed(Nobody):
    """A recorder whose disk stands still."""

    is_pressed = False

    def port(self, status: object) -> Pressed:
        del status
        return self


def worker_of(source: Any, beside: Executor | None = None) -> EEGWorker:
    writer = RingWriter(QUICK, EEGRing(100_000, 32), lambda _origin: None)
    return EEGWorker(source, writer, CLOCK, Faults(), arrived=lambda: None, beside=beside)


def test_no_more_is_read_than_the_recorder_takes_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, sink = Endless(), Pressed()
    worker = worker_of(source)
    worker.record(sink)
    worker.start()
    wait_until(lambda: worker.meter.total > 0, LIMIT_S)
    drain([worker], CLOCK)
    assert dict(worker.status(CLOCK.now()).problems) == {}, "a sender that never ends is not late"
    sink.is_pressed = True
    monkeypatch.setattr(drain_module, "STUCK_S", 0.5)
    drain([worker], CLOCK)
    status = worker.status(CLOCK.now())
    said = dict(status.problems)["end"]
    assert said.startswith("The recording ended before all that had come was read: at least ")
    assert status.state is SourceState.LIVE
    worker.record(sink)
    assert dict(worker.status(CLOCK.now()).problems) == {}, "a new recording begins"
    worker.record(None)
    worker.stop()
    assert worker.join(10.0)


def test_a_source_that_is_not_open_or_not_started_keeps_nobody_waiting() -> None:
    began = CLOCK.now()
    drain([worker_of(Endless())], CLOCK)
    assert CLOCK.now() - began < drain_module.STUCK_S


@pytest.mark.parametrize(
    ("reads", "is_done"),
    [
        ([(0, 0, None, 0.1)], False),
        ([(0, 0, None, 0.6)], True),
        ([(0, 0, 99.9, 0.1)], True),
        ([(0, 0, 90.0, 0.1)], False),
        ([(0, 0, 90.0, 1.1)], True),
        ([(0, 5, 99.9, 0.1)], False),
        ([(0, 5, 99.9, 0.1), (1, 4, 99.9, 0.2), (6, 0, 99.9, 0.3)], True),
    ],
)
def test_when_a_source_is_drained(
    reads: list[tuple[int, int, float | None, float]], is_done: bool
) -> None:
    its = Drain(100.0)
    for received, waiting, time, lasted_s in reads:
        its.begin(received, waiting)
        sample = None if time is None else (Marker(time, "x"),)
        its.follow(received, sample, 100.0 + lasted_s)
    assert its.done.is_set() is is_done


class Later(Executor):
    """Does what it is given when it is told to."""

    def __init__(self) -> None:
        self.work: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        self.work.append(lambda: done.set_result(fn(*args, **kwargs)))
        return done


class Kept(Nobody):
    def __init__(self) -> None:
        self.samples = 0

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk) -> None:  # noqa: ARG002
        self.samples += len(chunk)


@dataclass
class Given:
    """An amplifier that gives ten samples a read."""

    info: EEGInfo = INFO
    given: int = 0
    start: float = field(default_factory=CLOCK.now)

    def open(self) -> EEGInfo:
        return self.info

    def read(self, timeout_s: float) -> EEGChunk:  # noqa: ARG002 - there is always something
        self.given += 10
        return chunk(self.given - 10, 10, start_time=self.start)

    def close(self) -> None:
        pass


def test_samples_are_recorded_before_there_is_a_feed_for_the_model_which_has_them_later() -> None:
    later, sink, source = Later(), Kept(), Given()
    worker = worker_of(source, later)
    worker.sink = sink
    for _ in range(21):
        worker.step()
    ring = worker.writer._ring
    assert (sink.samples, ring.written) == (200, 0)
    assert worker.writer.channel_map is None, "nothing was made on the thread of the amplifier"
    assert worker.status(CLOCK.now()).state is SourceState.LIVE
    later.work.pop()()
    worker.step()
    assert (sink.samples, ring.written) == (210, 210)
    span = ring.read(0, 210)
    assert span is not None
    np.testing.assert_allclose(span.times, source.start + np.arange(210) / RATE, atol=1e-3)


def test_a_feed_that_cannot_be_made_costs_nothing_and_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_self: RingWriter, _info: EEGInfo) -> None:
        raise RuntimeError("no such montage")

    later, sink = Later(), Kept()
    worker = worker_of(Given(), later)
    worker.sink = sink
    monkeypatch.setattr(RingWriter, "connect", fail)
    for _ in range(6):
        worker.step()
    later.work.pop()()
    for _ in range(5):
        worker.step()
    assert sink.samples == 100
    assert "(RuntimeError: no such montage). The stream is recorded" in worker.faults.text


def test_the_feed_of_a_stream_that_came_back_is_made_of_that_one() -> None:
    later, source = Later(), Given()
    worker = worker_of(source, later)
    worker.step()
    worker.step()
    source.info = EEGInfo("other", "id-2", INFO.channel_names, RATE)
    worker._release()
    worker.step()
    first, second = later.work
    first()
    worker.step()
    assert worker.writer._ring.written == 0
    second()
    worker.step()
    assert worker.info is not None
    assert worker.info.name == "other"
    assert worker.writer._ring.written > 0


def test_the_thread_of_the_amplifier_makes_no_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_on: list[str] = []
    connect = RingWriter.connect

    def noted(self: RingWriter, info: EEGInfo) -> object:
        made_on.append(threading.current_thread().name)
        return connect(self, info)

    monkeypatch.setattr(RingWriter, "connect", noted)
    room = Room.of(tmp_path)
    room.amp.send(1.0, newest=True)
    wait_until(lambda: bool(made_on), LIMIT_S)
    assert room.run.stop()
    assert "EEG" not in made_on
    room.holds_all()
