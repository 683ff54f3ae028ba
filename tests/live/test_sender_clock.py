"""A sender's clock or rate that is not what it should be: named, and the run goes on in time."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable

import numpy as np
import pylsl
import pytest
from live_tools import QUICK, WatchingPredictor, frame, whole_frame

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.clock import LSLClock
from milmer_live.events import Event
from milmer_live.live.engine import Engine
from milmer_live.live.signal.buffers import EEGRing
from milmer_live.live.signal.model_feed import RingWriter
from milmer_live.live.sink import Nobody
from milmer_live.live.sources.stream_check import StreamCheck
from milmer_live.processing.channels.stream_description import OWN_TIME
from milmer_live.processing.timing.integrity import Segment
from milmer_live.samples import EEGChunk, EEGInfo, Float64, FrameSample

NAMES = ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2")
RATE = 250.0
START = 1000.0
CLOCK = LSLClock()


class Sender:
    """Ten samples at a time into a check; `shift` is by what stamps are wrong at a time, and
    `late` by how much samples come later than they should."""

    def __init__(self, info: EEGInfo | None = None) -> None:
        self.check = StreamCheck(info or EEGInfo("amp", "a1", NAMES, RATE), NAMES, lambda: None)
        self.segments: list[Segment] = []
        self.now = START
        self._sent = 0

    def send(
        self,
        seconds: float,
        shift: Callable[[float], float] = lambda _at: 0.0,
        late: Callable[[float], float] = lambda _at: 0.0,
    ) -> None:
        for _ in range(round(seconds * RATE / 10)):
            at = START + (self._sent + np.arange(1, 11)) / RATE
            self.now = float(at[-1]) + late(float(at[-1]) - START)
            self.push(at + shift(float(at[-1]) - START), self.now)

    def push(self, stamps: Float64, now: float) -> None:
        data = np.zeros((len(stamps), len(NAMES)), dtype=np.float32)
        self.segments += self.check.check(EEGChunk(data, stamps, self._sent), now)
        self._sent += len(stamps)

    @property
    def age_s(self) -> float:
        """Of the newest sample when it came."""
        return self.now - float(self.segments[-1].chunk.times[-1])

    @property
    def rates(self) -> set[float]:
        return {segment.sample_rate for segment in self.segments}

    @property
    def gaps(self) -> int:
        return sum(segment.after_gap for segment in self.segments)


@pytest.mark.parametrize("ahead_s", [0.3, 60.0, 3600.0, 1.8e9, -90.0, -30.0, -1.8e9])
def test_stamps_of_another_clock_are_moved_to_their_arrival_and_named(ahead_s: float) -> None:
    sender = Sender()
    sender.send(8, lambda _at: ahead_s)
    where = "ahead of" if ahead_s > 0 else "behind"
    assert f"s {where} the clock: the time of arrival is used" in sender.check.fault(sender.now)
    assert sender.age_s == pytest.approx(0, abs=0.01)
    assert (sender.check.report.clock_steps, sender.gaps <= 1) == (1, True)


@pytest.mark.parametrize("jump_s", [60.0, -60.0, -0.5, 3600.0, 1.8e9])
def test_a_clock_that_jumps_and_stays_goes_on_behind_one_gap(jump_s: float) -> None:
    sender = Sender()
    sender.send(4)
    sender.send(2, lambda _at: jump_s)
    assert sender.age_s == pytest.approx(0, abs=0.01)
    assert (sender.check.report.clock_steps, sender.gaps) == (1, 1)
    sender.send(2)
    assert "its clock was set 2 times, and is right now" in sender.check.fault(sender.now)
    assert sender.age_s == pytest.approx(0, abs=0.01)
    assert sender.check.clock_shift_s == 0


@pytest.mark.parametrize(
    "late",
    [
        lambda at: max(0.0, 14 - at) if at > 4 else 0.0,
        lambda at: at / 2 if at < 40 else max(0.0, 20 - 5 * (at - 40)),
        lambda at: max(0.0, 30 - 10 * at),
    ],
    ids=["a stall of 10 s", "a slow network", "a first chunk that had waited"],
)
def test_what_comes_late_has_the_right_stamps(late: Callable[[float], float]) -> None:
    sender = Sender()
    sender.send(60, late=late)
    assert sender.check.report.problems == ()
    assert sender.check.clock_shift_s == 0


def test_a_gap_is_no_clock_though_its_stamps_jump() -> None:
    sender = Sender()
    sender.send(4)
    sender.send(4, lambda _at: 20.0, lambda _at: 20.0)
    assert sender.check.report.problems == ("1 gap, 0 samples known lost",)


def test_a_replay_that_is_faster_than_the_clock_is_no_fault() -> None:
    name, value = OWN_TIME
    xml = f"<info><desc><{name}>{value}</{name}></desc></info>"
    sender = Sender(EEGInfo("replay", "r1", NAMES, RATE, xml=xml))
    sender.send(4, lambda at: at)
    sender.send(4, lambda _at: 30.0)
    assert sender.check.report.clock_steps == 0


@pytest.mark.parametrize("stamps", [np.full(10, 1e300), np.full(10, np.inf)])
def test_stamps_that_no_clock_gives_are_put_where_they_are_due(stamps: Float64) -> None:
    sender = Sender()
    sender.send(2)
    for _ in range(50):
        sender.push(stamps, sender.now)
    sender.send(1)
    times = np.concatenate([segment.chunk.times for segment in sender.segments])
    np.testing.assert_allclose(np.diff(times), 1 / RATE, atol=1e-6)
    assert "500 time stamps jumped" in sender.check.report.problems


@pytest.mark.parametrize("factor", [0.2, 0.5, 0.8, 1.4, 2.0, 5.0])
@pytest.mark.parametrize("by_chunks", [False, True])
def test_a_rate_that_is_grossly_wrong_is_named_and_taken_behind_one_gap(
    factor: float, by_chunks: bool
) -> None:
    """Each sample stamped, or each chunk when it is sent, as liblsl does it."""
    sender, rate = Sender(), RATE * factor
    for first in range(0, round(20 * rate), 10):
        end = START + (first + 10) / rate
        back = np.arange(9, -1, -1)
        sender.push(end - back / (RATE if by_chunks else rate), end)
    fault = sender.check.fault(START + 20)
    assert f"sends {rate:.1f} Hz instead of 250 Hz" in fault
    assert sender.gaps == 1
    assert max(sender.rates - {RATE}) == pytest.approx(rate, rel=0.01)
    times = np.concatenate([segment.chunk.times for segment in sender.segments])
    assert (np.diff(times) > 0).all()
    steady = times[-round(5 * rate) :]
    np.testing.assert_allclose(np.diff(steady), 1 / rate, rtol=0.02)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("size", [5, 10, 25])
def test_packages_that_are_lost_are_gaps_and_no_slow_rate(share: float, size: int) -> None:
    rng, sender = np.random.default_rng(round(100 * share) + size), Sender()
    for first in range(0, round(40 * RATE), size):
        if rng.random() >= share:
            stamps = START + (first + np.arange(size)) / RATE
            sender.push(stamps, float(stamps[-1]))
    assert sender.rates == {RATE}
    assert sender.gaps > 1


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_sine_of_ten_hertz_stays_one(factor: float) -> None:
    rate = RATE * factor
    info = EEGInfo("amp", "a1", NAMES, RATE)
    ring = EEGRing(4000, 32)
    writer = RingWriter(QUICK, ring, lambda _origin: None)
    check = StreamCheck(info, NAMES, lambda: writer.reads)
    writer.connect(info)
    for first in range(0, round(20 * rate), 10):
        at = (first + np.arange(10)) / rate
        wave = 20 * np.sin(2 * np.pi * 10 * at)
        data = (wave[:, np.newaxis] * np.arange(1, 9)).astype(np.float32)
        arrival = START + float(at[-1])
        for segment in check.check(EEGChunk(data, START + at, first), arrival):
            writer.write(segment, arrival)
    last = ring.read_last(1280)
    assert last.complete
    spectrum = np.abs(np.fft.rfft(last.data[:, 0]))
    assert np.fft.rfftfreq(1280, 1 / 128)[np.argmax(spectrum)] == pytest.approx(10.0, abs=0.1)
    assert last.times[-1] == pytest.approx(START + 20, abs=0.3)


def test_a_measured_rate_that_is_too_low_is_said_and_windows_go_on() -> None:
    ring = EEGRing(1000, 32)
    writer = RingWriter(QUICK, ring, lambda _origin: None)
    writer.connect(EEGInfo("amp", "a1", NAMES, RATE))
    data = np.ones((50, len(NAMES)), dtype=np.float32)
    slow = EEGChunk(data, START + np.arange(50) / 50, 0)
    writer.write(Segment(slow, after_gap=False, sample_rate=50.0), START + 1)
    assert "50 Hz is too slow" in writer.rate_problem
    assert ring.written == pytest.approx(126, abs=2)
    assert np.isnan(ring.read_last(100).data).all()


def test_a_jump_never_plans_more_than_an_hour() -> None:
    ring, origins = EEGRing(1000, 32), list[float]()
    writer = RingWriter(QUICK, ring, origins.append)
    writer.connect(EEGInfo("amp", "a1", NAMES, RATE))
    data = np.ones((250, len(NAMES)), dtype=np.float32)
    steps = np.arange(250) / RATE
    writer.write(Segment(EEGChunk(data, START + steps, 0), False, RATE), START)
    writer.write(Segment(EEGChunk(data, 1.8e9 + steps, 250), True, RATE), START)
    assert ring.written < 300
    assert origins[-1] == pytest.approx(1.8e9, abs=2)


class Frames:
    """A camera of 25 pictures a second."""

    dropped = 0

    def __init__(self) -> None:
        self._index = 0
        self._pause = threading.Event()

    def open(self) -> str:
        return "camera"

    def read(self, timeout_s: float) -> FrameSample:
        self._pause.wait(min(0.04, timeout_s))
        self._index += 1
        return frame(CLOCK.now(), self._index)

    def close(self) -> None:
        pass


class Kept(Nobody):
    """A sink that keeps the EEG and the events."""

    def __init__(self) -> None:
        self.chunks: list[EEGChunk] = []
        self.events: list[str] = []

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk) -> None:  # noqa: ARG002
        self.chunks.append(chunk)

    def write_event(self, event: Event) -> None:
        self.events.append(event.text)


def outlet(source_id: str) -> pylsl.StreamOutlet:
    info = pylsl.StreamInfo("amp", "EEG", len(NAMES), RATE, "float32", source_id)
    channels = info.desc().append_child("channels")
    for name in NAMES:
        channel = channels.append_child("channel")
        channel.append_child_value("label", name)
        channel.append_child_value("unit", "microvolts")
    return pylsl.StreamOutlet(info)


def test_windows_have_their_faces_when_the_sender_stamps_in_unix_time_from_some_moment_on() -> None:
    source_id = f"unix-{uuid.uuid4()}"
    stream, predictor, sink = outlet(source_id), WatchingPredictor(), Kept()
    source = LSLSource(source_id=source_id)
    engine = Engine(source, Frames(), predictor, whole_frame, QUICK, CLOCK)
    engine.record(sink)
    engine.start()
    try:
        engine.wait_connected(20.0)
        start, pause = CLOCK.now(), threading.Event()
        unix = time.time() - start
        for first in range(0, round(6 * RATE), 10):
            stamps = start + (first + np.arange(10)) / RATE
            pause.wait(max(0.0, float(stamps[-1]) - CLOCK.now()))
            shift = unix if first > 2 * RATE else 0.0
            wave = 20 * np.sin(2 * np.pi * 10 * stamps)
            noise = np.random.default_rng(first).normal(0, 5, (10, len(NAMES)))
            data = (wave[:, np.newaxis] + noise).astype(np.float32)
            stream.push_chunk(data, (stamps + shift).tolist())
        snapshot, windows = engine.snapshot(), tuple(predictor.windows)
    finally:
        engine.stop()
    assert "ahead of the clock: the time of arrival is used" in snapshot.fault
    assert snapshot.counters.windows_planned < 60
    assert all(window.faces_valid.sum() >= 4 for window in windows[-6:])
    assert all(window.eeg_valid for window in windows[-6:])
    assert windows[-1].stop == pytest.approx(start + 6, abs=1.0)
    assert any("the time of arrival is used" in event for event in sink.events)
    recorded = sink.chunks[-1]
    assert recorded.times[-1] == pytest.approx(start + 6, abs=0.5)
    sent = recorded.times[-1] - recorded.clock_offset
    assert sent == pytest.approx(start + 6 + unix, abs=0.5)
    del stream
