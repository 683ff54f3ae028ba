"""What only tells how a recording goes may fail: the recording goes on, and is closed in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_tools import INFO, QUICK, RATE, AtOnce, ScriptedEEG, chunk, wait_until, whole_frame
from sessions import amplifier, plan, recorder

import milmer_live.live.session_recording as session_recording
from milmer_live.clock import FakeClock, LSLClock
from milmer_live.errors import SourceLost
from milmer_live.live.engine import Engine
from milmer_live.live.inference.model_switch import ModelSwitch
from milmer_live.live.recording.disk_watch import DiskWatch
from milmer_live.live.recording.ledger import Ledger
from milmer_live.live.recording.recorder import Recorder, RecorderState
from milmer_live.live.session_recording import RecordingRun, SessionRecording
from milmer_live.live.signal.buffers import EEGRing
from milmer_live.live.signal.model_feed import RingWriter
from milmer_live.live.sources.drain import Drain
from milmer_live.live.sources.eeg_worker import EEGWorker
from milmer_live.live.sources.signal_judge import SignalJudge
from milmer_live.live.sources.stream_check import StreamCheck
from milmer_live.live.state import SourceState
from milmer_live.live.workers import UNTOLD, Faults, Guard
from milmer_live.messages import Message
from milmer_live.samples import EEGChunk, EEGInfo
from milmer_live.storage.session.balance import Outcome
from milmer_live.storage.session.reader import open_session

CLOCK = LSLClock()


def fails(*_values: Any, **_named: Any) -> Any:
    raise ZeroDivisionError("injected")


class Fed:
    """An amplifier that gives what the test puts in, and whose notes may fail."""

    def __init__(self) -> None:
        self.chunks: queue.Queue[EEGChunk] = queue.Queue()
        self.is_telling = True  # its notes; else they fail
        self.is_closed = threading.Event()
        self.sent = 0

    def open(self) -> EEGInfo:
        self.is_closed.clear()
        return INFO

    def read(self, timeout_s: float) -> EEGChunk | None:
        try:
            return self.chunks.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def take_notes(self) -> tuple[str, ...]:
        if not self.is_telling:
            raise ZeroDivisionError("injected")
        return ()

    def close(self) -> None:
        self.is_closed.set()

    def push(self, count: int) -> None:
        start = CLOCK.now() - (self.sent + count) / RATE
        self.chunks.put(chunk(self.sent, count, start_time=start, value=float(self.sent)))
        self.sent += count


def running(source: Fed, folder: Path) -> RecordingRun:
    run = RecordingRun(Engine(source, None, None, whole_frame, QUICK, CLOCK))
    run.start()
    run.record(Recorder(folder, plan(), CLOCK, Faults()))
    source.push(64)
    wait_until(lambda: run.status.samples.get(INFO.name) == 64, 60.0)
    return run


def worker_of(source: ScriptedEEG, faults: Faults) -> EEGWorker:
    clock = FakeClock(100.0)
    writer = RingWriter(QUICK, EEGRing(1000, 32), lambda _origin: None)
    return EEGWorker(source, writer, clock, faults, arrived=lambda: None, beside=AtOnce())


def test_a_status_that_fails_is_as_it_was_and_a_problem_of_the_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults = Faults()
    worker = worker_of(ScriptedEEG([chunk(0, 10), chunk(10, 10)]), faults)
    for _ in range(2):
        worker.step()
    before = worker.status(100.0)
    monkeypatch.setattr(SignalJudge, "problems", property(fails))
    failed = worker.status(100.0)
    assert (failed.name, failed.state, failed.received) == (INFO.name, SourceState.LIVE, 10)
    assert failed.problems == (*before.problems, ("status", UNTOLD))
    assert "The status of the EEG failed (ZeroDivisionError: injected)." in faults.text
    monkeypatch.undo()
    worker.step()
    assert worker.status(100.0).received == 20
    assert ("status", UNTOLD) not in worker.status(100.0).problems


def test_a_status_that_failed_from_the_start_costs_no_sample_and_makes_the_stream_faulty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EEGWorker, "_problems", fails)
    run = running(Fed(), tmp_path)
    assert run.stop()
    session = open_session(run.status.folder)
    kept = session.file.named(INFO.name)
    assert kept is not None
    assert len(kept.stamps) == 64
    (balance,) = run.status.balance
    assert (balance.outcome, balance.written) == (Outcome.FAULTY, 64)
    assert UNTOLD in balance.faults


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (session_recording, "drain"),
        (SessionRecording, "_add_devices"),
        (Recorder, "settle"),
        (ModelSwitch, "join"),
    ],
)
def test_a_recording_is_closed_in_order_whatever_fails_at_its_end(
    owner: object, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Fed()
    run = running(source, tmp_path)
    monkeypatch.setattr(owner, name, fails)
    assert run.stop()
    assert run.status.state is RecorderState.CLOSED
    assert source.is_closed.is_set()
    session = open_session(run.status.folder)
    kept = session.file.named(INFO.name)
    assert kept is not None
    assert len(kept.stamps) == 64
    assert session.card is not None
    assert session.card.ended
    assert "ZeroDivisionError: injected" in run.fault


@pytest.mark.parametrize(
    ("owner", "name", "shown"),
    [
        (Ledger, "parts", "The balance of the recording failed"),
        (DiskWatch, "look", "The look at the disk failed"),
    ],
)
def test_writing_waits_for_no_figure_that_fails(
    owner: object, name: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, fails)
    one, eeg = recorder(tmp_path), amplifier()
    sent = 0
    for count in range(20):
        data = eeg.chunk(100)
        one.write_eeg(eeg.info, data)
        sent += len(data)
        assert one.step() < 0.1, f"step {count} failed, and the next one waits"
        assert one.status.samples.get(eeg.info.name) == sent
        one.clock.advance(0.5)  # type: ignore[attr-defined]
    assert shown in one.faults.text
    one.close()
    assert one.status.state is RecorderState.CLOSED
    kept = open_session(one.status.folder).file.named(eeg.info.name)
    assert kept is not None
    assert len(kept.stamps) == sent


def test_what_the_recorder_failed_on_is_in_the_balance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Fed()
    run = running(source, tmp_path)
    with monkeypatch.context() as failing:
        failing.setattr(EEGWorker, "_keep", fails)
        source.push(64)
        wait_until(lambda: "The recorder of the EEG failed" in run.fault, 60.0)
    assert run.stop()
    (balance,) = run.status.balance
    assert balance.outcome is not Outcome.WHOLE
    assert "What came was not recorded 1 times: the recorder failed." in balance.faults


def test_a_clock_that_cannot_be_judged_costs_no_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Fed()
    run = running(source, tmp_path)
    monkeypatch.setattr(StreamCheck, "clock_shift_s", property(fails))
    source.push(64)
    wait_until(lambda: run.status.samples.get(INFO.name) == 128, 60.0)
    assert "The stream check failed (ZeroDivisionError: injected)." in run.fault
    assert run.stop()


def test_notes_that_fail_cost_no_sample(tmp_path: Path) -> None:
    source = Fed()
    run = running(source, tmp_path)
    source.is_telling = False
    source.push(64)
    wait_until(lambda: run.status.samples.get(INFO.name) == 128, 60.0)
    assert run.stop()
    assert "The report on the EEG failed (ZeroDivisionError: injected)." in run.fault
    (balance,) = run.status.balance
    assert (balance.outcome, balance.reconnections) == (Outcome.WHOLE, 0)


def test_a_source_is_let_go_of_when_what_follows_its_last_samples_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ScriptedEEG([chunk(0, 10), chunk(10, 10)])
    worker, sink = worker_of(source, Faults()), recorder(tmp_path)
    worker.record(sink)
    worker.step()
    monkeypatch.setattr(Drain, "follow", fails)
    worker.close()
    assert (source.closed, worker.state) == (1, SourceState.CLOSED)
    sink.close()
    kept = open_session(sink.status.folder).file.named(INFO.name)
    assert kept is not None
    assert len(kept.stamps) == 20, "what waited is in the file"


@pytest.mark.parametrize("say", [fails, lambda _why, _then: None])
def test_a_guard_holds_whatever_follows_the_failure(
    say: Callable[[Message, Message], None],
) -> None:
    faults = Faults()
    restarted: list[bool] = []
    guard = Guard(
        "display", FakeClock(0.0), faults, restart=lambda: restarted.append(True), say=say
    )
    assert guard(fails) is None
    assert restarted == [True]
    assert "The display failed" in faults.text


def test_a_lost_source_is_no_failing_status() -> None:
    faults = Faults()
    worker = worker_of(ScriptedEEG([chunk(0, 10), SourceLost("gone")]), faults)
    for _ in range(3):
        worker.step()
    assert worker.status(100.0).state is SourceState.LOST
    assert UNTOLD not in dict(worker.status(100.0).problems).values()
