"""What the workers do, step by step, with an invented clock and no threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from live_tools import (
    INFO,
    QUICK,
    RATE,
    AtOnce,
    ScriptedEEG,
    ScriptedFrames,
    WatchingPredictor,
    chunk,
    face,
    frame,
    whole_frame,
)

from milmer_live.clock import FakeClock
from milmer_live.errors import ModelError, SourceLost, SourceNotFound
from milmer_live.events import Event
from milmer_live.live.inference.worker import InferenceWorker
from milmer_live.live.signal.buffers import (
    EEGRing,
    FaceGrid,
)
from milmer_live.live.signal.model_feed import RingWriter
from milmer_live.live.sink import StatusAt
from milmer_live.live.sources.camera_worker import CameraWorker
from milmer_live.live.sources.eeg_worker import EEGWorker
from milmer_live.live.sources.side_streams import MarkerStream
from milmer_live.live.sources.source_worker import RateMeter
from milmer_live.live.state import SourceState
from milmer_live.live.workers import AGAIN_S, Faults, Worker
from milmer_live.processing.eeg.filters import CausalFilter
from milmer_live.processing.eeg.pipeline import EEGPipeline
from milmer_live.processing.eeg.quality import QualityLevel
from milmer_live.processing.eeg.signal_settings import SignalSettings
from milmer_live.processing.timing.integrity import Segment
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import (
    EEGChunk,
    EEGInfo,
    Evidence,
    FaceBox,
    FrameSample,
    Marker,
    Prediction,
    Window,
)
from milmer_live.storage.session.streams import Gap, Stall

START = 100.0


class Memory:
    """A sink that remembers."""

    is_pressed = False

    def __init__(self, info: EEGInfo = INFO) -> None:
        self.info = info
        self.chunks: list[EEGChunk] = []
        self.frames: list[tuple[FrameSample, FaceBox | None]] = []
        self.predictions: list[Prediction] = []
        self.events: list[str] = []

    def port(self, status: StatusAt) -> Memory:  # noqa: ARG002 - nothing is counted
        return self

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk) -> None:
        assert info == self.info
        self.chunks.append(chunk)

    def write_frame(self, frame: FrameSample) -> None:
        self.frames.append((frame, None))

    def write_face(self, frame: FrameSample, face: FaceBox | None) -> None:
        assert self.frames[-1][0] is frame
        self.frames[-1] = (frame, face)

    def write_prediction(self, prediction: Prediction) -> None:
        self.predictions.append(prediction)

    def write_markers(self, markers: Sequence[Marker], stream: str = "Markers") -> None:
        raise AssertionError(f"no marker was expected: {markers} on {stream}")

    def write_gap(self, gap: Gap) -> None:
        raise AssertionError(f"nothing is missing here: {gap}")

    def write_event(self, event: Event) -> None:
        self.events.append(event.text)

    def write_stall(self, stall: Stall, time: float) -> None:
        raise AssertionError(f"nothing stalls here: {stall} at {time}")

    def write_settings(self, settings: SignalSettings, time: float) -> None:
        raise AssertionError(f"nothing is set here: {settings} at {time}")


class EEGBench:
    """An EEG worker with what is around it."""

    def __init__(self, source: ScriptedEEG, *, has_model: bool = True) -> None:
        self.clock = FakeClock(START)
        self.faults = Faults()
        self.ring = EEGRing(1000, 32)
        self.origins: list[float] = []
        writer = RingWriter(QUICK, self.ring, self.origins.append)
        self.worker = EEGWorker(
            source,
            writer,
            self.clock,
            self.faults,
            arrived=lambda: None,
            has_model=has_model,
            beside=AtOnce(),
        )

    def steps(self, count: int) -> list[float]:
        return [self.worker.step() for _ in range(count)]


def test_samples_are_filtered_into_the_ring_in_chunks_as_in_one_piece() -> None:
    noise = np.random.default_rng(1).normal(0, 20, (100, 32)).astype(np.float32)
    times = START + np.arange(100) / RATE
    cuts = [(0, 1), (1, 33), (33, 100)]
    bench = EEGBench(ScriptedEEG([EEGChunk(noise[a:b], times[a:b], a) for a, b in cuts]))
    bench.steps(4)
    span = bench.ring.read(0, 100)
    assert span is not None
    np.testing.assert_array_equal(
        span.data, CausalFilter(QUICK.filters, RATE).process(noise), strict=True
    )
    np.testing.assert_array_equal(span.times, times)
    assert bench.origins == [START]


@pytest.mark.parametrize("rate", [128.0, 500.0])
def test_what_comes_after_a_stall_is_put_in_its_place_and_what_is_late_left_out(
    rate: float,
) -> None:
    info, count = replace(INFO, sample_rate=rate), round(6 * rate)
    noise = np.random.default_rng(4).normal(0, 20, (count, 32)).astype(np.float32)
    times = START + np.arange(count) / rate
    ring, origins = EEGRing(2000, 32), list[float]()
    writer = RingWriter(QUICK, ring, origins.append)
    writer.connect(info)
    half = round(2 * rate)
    writer.write(Segment(EEGChunk(noise[:half], times[:half], 0), False, rate), START + 2)
    before = ring.written
    for until in (START + 3, START + 3.5):
        writer.idle(until)
    assert ring.written == round(3.5 * RATE)
    writer.write(Segment(EEGChunk(noise[half:], times[half:], half), False, rate), START + 6)
    after = ring.read(0, ring.written)
    assert after is not None
    whole, stamps = EEGPipeline(info, QUICK).process_chunk(noise, times)
    np.testing.assert_array_equal(after.data[:before], whole[:before])
    given_up = slice(before, round(3.5 * RATE))
    assert np.isnan(after.data[given_up]).all()
    np.testing.assert_array_equal(after.data[given_up.stop :], whole[given_up.stop :])
    np.testing.assert_allclose(after.times, stamps, atol=1 / RATE)
    assert (writer.late, writer.gaps, origins) == (given_up.stop - before, 1, origins[:1])


def test_nothing_is_given_up_before_there_was_a_first_sample() -> None:
    ring = EEGRing(100, 32)
    writer = RingWriter(QUICK, ring, lambda _origin: None)
    writer.idle(START)
    assert ring.written == 0


def test_a_missing_source_is_a_fault_with_its_hint_and_looked_for_again() -> None:
    source = ScriptedEEG([chunk(0, 4)])
    found = source.open
    answers = [SourceNotFound("No LSL stream named 'X'.", "Is the outlet running?"), None]

    def open_at_second_try() -> EEGInfo:
        if (error := answers.pop(0)) is not None:
            raise error
        return found()

    source.open = open_at_second_try  # type: ignore[method-assign]
    bench = EEGBench(source)
    assert bench.steps(1)[0] > 0
    assert bench.faults.text == "No LSL stream named 'X'. Is the outlet running?"
    assert bench.worker.status(START).state == SourceState.CONNECTING
    assert isinstance(bench.worker.error, SourceNotFound)
    bench.steps(2)
    assert bench.faults.text == ""
    assert bench.worker.status(START).state == SourceState.LIVE
    assert bench.ring.written == 4


@pytest.mark.parametrize(
    ("info", "why"),
    [
        (replace(INFO, sample_rate=20.0), "20 Hz"),
        (replace(INFO, unit="counts", unusable="The unit is 'counts'."), "The unit is 'counts'."),
        (replace(INFO, sample_rate=0.0, unusable="It has no fixed rate."), "no fixed rate"),
    ],
)
def test_a_stream_that_the_model_cannot_use_is_recorded_and_windows_go_on(
    info: EEGInfo, why: str
) -> None:
    source = ScriptedEEG([chunk(0, 10), chunk(10, 10), chunk(20, 10)], info=info)
    bench = EEGBench(source)
    sink = Memory(info)
    bench.worker.sink = sink
    bench.steps(1)
    for _ in range(3):
        bench.clock.advance(1.0)
        bench.steps(1)
    assert why in bench.faults.text
    assert "recorded; the model runs without EEG" in bench.faults.text
    assert why in bench.worker.status(START + 3).note
    assert bench.worker.error is None
    assert [len(part) for part in sink.chunks] == [10, 10, 10]
    assert bench.origins == [START + 1]
    assert bench.ring.written == pytest.approx(2 * RATE, abs=2)
    assert np.isnan(bench.ring.read_last(100).data).all()


@pytest.mark.parametrize(
    "info",
    [
        replace(INFO, unit="counts", unusable="The unit is 'counts'."),
        replace(INFO, channel_names=("Fp1", *(f"X{n}" for n in range(31)))),
    ],
)
def test_without_a_model_nothing_is_said_of_one(info: EEGInfo) -> None:
    bench = EEGBench(ScriptedEEG([chunk(0, 10), chunk(10, 10)], info=info), has_model=False)
    bench.steps(2)
    status = bench.worker.status(START)
    said = f"{bench.faults.text} {status.note}"
    assert "model runs" not in said
    assert info.unusable in said or "too few for a model" in said


def test_a_stream_of_another_rate_arrives_at_the_models_with_true_times() -> None:
    times = START + np.arange(1000) / 500.0
    sine = np.sin(2 * np.pi * 5 * times)[:, np.newaxis].repeat(32, axis=1).astype(np.float32)
    parts = [EEGChunk(sine[a : a + 20], times[a : a + 20], a) for a in range(0, 1000, 20)]
    lost = [*parts[:20], *parts[35:]]
    bench = EEGBench(ScriptedEEG(lost, info=replace(INFO, sample_rate=500.0)))
    bench.steps(len(lost) + 1)
    span = bench.ring.read(0, bench.ring.written)
    assert span is not None
    np.testing.assert_allclose(span.times, START + np.arange(len(span.times)) / RATE, atol=4e-3)
    missing = np.flatnonzero(np.isnan(span.data[:, 0]))
    seconds = missing / RATE
    assert 0.6 < seconds.min() < 0.8
    assert seconds.max() == pytest.approx(1.4, abs=0.01)
    assert bench.worker.writer.gaps == 1


def test_too_few_channels_leave_the_model_without_eeg_and_say_so() -> None:
    few = replace(INFO, channel_names=(*INFO.channel_names[:4], *(f"X{n}" for n in range(28))))
    bench = EEGBench(ScriptedEEG([chunk(0, 10), chunk(10, 10)], info=few))
    bench.steps(3)
    assert "4 electrodes know 0% of the model's EEG" in bench.faults.text
    assert bench.worker.status(START).note == bench.faults.text
    assert bench.ring.written == 20
    shown = bench.ring.read_last(20)
    assert np.isfinite(shown.data[:, :4]).all(), "what there is can be looked at"
    assert np.isnan(shown.data[:, 4:]).all()
    assert not shown.complete


def test_channels_that_are_made_up_for_are_named() -> None:
    without_cz = tuple("X" if name == "Cz" else name for name in INFO.channel_names)
    bench = EEGBench(ScriptedEEG([chunk(0, 10)], info=replace(INFO, channel_names=without_cz)))
    bench.steps(2)
    assert "1 made from 31 electrodes" in bench.worker.status(START).note
    assert bench.faults.text == ""
    assert np.isfinite(bench.ring.read_last(10).data).all()


def test_a_lost_source_leaves_a_gap_of_its_length_and_no_old_samples() -> None:
    source = ScriptedEEG([chunk(0, 10), SourceLost("gone"), chunk(200, 10)])
    bench = EEGBench(source)
    sink = Memory()
    bench.worker.sink = sink
    bench.steps(3)
    assert bench.worker.status(START).state == SourceState.LOST
    assert bench.faults.text == "gone"
    bench.clock.advance(210 / RATE)
    bench.steps(2)
    assert bench.faults.text == ""
    assert (bench.ring.written, bench.worker.writer.gaps) == (210, 1)
    span = bench.ring.read(0, 210)
    assert span is not None
    missing = np.isnan(span.data[:, 0])
    assert (int(missing.sum()), bool(missing[10:200].all())) == (190, True)
    np.testing.assert_allclose(span.times, START + np.arange(210) / RATE, atol=1e-6)
    assert sink.events == [
        "EEG connected: amplifier",
        "EEG lost: gone",
        "EEG connected: amplifier",
    ]
    assert [len(part) for part in sink.chunks] == [10, 10]


def test_the_filter_starts_anew_behind_a_gap() -> None:
    bench = EEGBench(ScriptedEEG([chunk(0, 10, value=50.0), chunk(300, 10, value=-900.0)]))
    bench.steps(3)
    span = bench.ring.read(300, 310)
    assert span is not None
    assert np.abs(span.data).max() < 1e-2


def test_numbers_that_are_not_finite_do_not_poison_the_filter() -> None:
    bad = chunk(4, 4)
    data = bad.data.copy()
    data[1:3, 7] = [np.nan, np.inf]
    source = ScriptedEEG([chunk(0, 4), EEGChunk(data, bad.times, 4), chunk(8, 4)])
    bench = EEGBench(source)
    bench.steps(4)
    span = bench.ring.read(0, 12)
    assert span is not None
    assert np.isnan(span.data[:, 0]).tolist() == [False] * 5 + [True] * 2 + [False] * 5
    assert (bench.worker.writer.unusable, bench.worker.meter.total) == (2, 12)


def test_a_stream_that_falls_silent_is_said_within_a_second_and_kept_open() -> None:
    source = ScriptedEEG([chunk(0, 4), None, None, chunk(4, 4), None])
    bench = EEGBench(source)
    bench.steps(2)
    assert bench.worker.status(START + 0.7).state == SourceState.LIVE
    assert bench.worker.status(START + 0.9).state == SourceState.SILENT
    bench.clock.advance(0.7)
    bench.steps(1)
    assert bench.faults.text == ""
    bench.clock.advance(0.2)
    bench.steps(1)
    assert bench.faults.text.startswith("No data from EEG 'amplifier'.")
    bench.steps(1)
    assert (bench.faults.text, bench.worker.status(START + 0.9).state) == ("", SourceState.LIVE)
    bench.clock.advance(600.0)
    bench.steps(1)
    assert bench.worker.status(START + 601).state == SourceState.SILENT
    assert (source.opened, source.closed) == (1, 0)


def test_what_is_wrong_with_a_stream_is_counted_and_named_for_a_while() -> None:
    bad = chunk(20, 10)
    data, times = bad.data.copy(), bad.times.copy()
    data[3, 0] = np.nan
    times[5] += 7.0
    source = ScriptedEEG([chunk(0, 10), EEGChunk(data, times, 20), chunk(30, 10)])
    bench = EEGBench(source)
    bench.steps(4)
    named = "The EEG stream 'amplifier': 1 gap, 10 samples known lost; 1 time stamp jumped; "
    named += "1 time stamp ran backwards; samples that are not numbers: Fp1 1."
    assert bench.faults.text == named
    assert bench.worker.check is not None
    report = bench.worker.check.report
    assert (report.lost, report.strays, report.backwards) == (10, 1, 1)
    span = bench.ring.read(0, 40)
    assert span is not None
    assert np.isnan(span.data[:, 0]).nonzero()[0].tolist() == [*range(10, 20), 23]
    np.testing.assert_allclose(span.times, START + np.arange(40) / RATE, atol=1e-6)
    assert bench.worker.status(START).note == named.split(": ", 1)[1].rstrip(".")
    bench.clock.advance(10.1)
    bench.steps(2)
    assert "not numbers" not in bench.faults.text


def test_a_rate_that_is_off_is_named_as_long_as_it_is() -> None:
    fast = [
        EEGChunk(part.data, START + (part.times - START) / 1.022, part.first_index)
        for part in (chunk(first, 32) for first in range(0, 1280, 32))
    ]
    bench = EEGBench(ScriptedEEG(fast))
    bench.steps(len(fast) + 1)
    assert "sends 130.8 Hz instead of 128 Hz (+2.2%)" in bench.faults.text
    assert bench.worker.writer.gaps == 0


def test_the_quality_of_each_channel_is_known_each_second_and_forgotten_with_the_stream() -> None:
    noise = np.random.default_rng(1).normal(0, 20, (256, 32)).astype(np.float32)
    noise[:, 4] = 7.0
    times = START + np.arange(256) / RATE
    parts = [EEGChunk(noise[a : a + 16], times[a : a + 16], a) for a in range(0, 256, 16)]
    bench = EEGBench(ScriptedEEG([*parts, SourceLost("gone")]))
    bench.steps(8)
    assert not bench.worker.quality
    bench.steps(9)
    levels = {channel.name: channel.level for channel in bench.worker.quality}
    assert list(levels) == list(INFO.channel_names)
    assert levels["FC5"] is QualityLevel.BAD
    assert bench.worker.quality[4].reasons == ("flat (0.00 µV)",)
    bench.steps(1)
    assert not bench.worker.quality


class Telling(ScriptedEEG):
    """Has something to say when it is opened, and loses what its buffer does not hold."""

    lost = 0

    def __init__(self) -> None:
        super().__init__([chunk(0, 4), chunk(4, 4), chunk(8, 4)])
        self.notes = ["The description was cleaned."]

    def take_notes(self) -> tuple[str, ...]:
        notes, self.notes = tuple(self.notes), []
        return notes


def test_what_a_source_says_is_an_event_in_every_recording_and_its_losses_a_problem() -> None:
    source = Telling()
    bench = EEGBench(source)
    heard: list[str] = []
    bench.worker.on_event.append(lambda event: heard.append(event.text))
    bench.steps(2)
    assert heard.count("The description was cleaned.") == 1
    sink = Memory()
    bench.worker.record(sink)
    assert sink.events == ["The description was cleaned."]
    source.notes, source.lost = ["The buffer was full."], 3
    bench.steps(2)
    assert sink.events[1:] == ["The buffer was full."]
    problems = dict(bench.worker.status(START).problems)
    assert problems["buffer"] == "Its buffer was full: at least 3 lost."
    bench.worker.record(Memory())
    assert "buffer" not in dict(bench.worker.status(START).problems), "of the recording before"


def test_what_was_lost_before_a_recording_is_not_said_of_it() -> None:
    lost = SourceLost("gone")
    bench = EEGBench(ScriptedEEG([chunk(0, 10), lost, chunk(0, 10), lost, chunk(200, 10)]))
    bench.steps(3)
    bench.clock.advance(3.0)
    bench.steps(3)
    now = bench.clock.now()
    assert (bench.worker.status(now).reconnections, bench.worker.status(now).away_s) == (1, 3.0)
    bench.clock.advance(2.0)  # it is lost again when the recording begins
    bench.worker.record(Memory())
    status = bench.worker.status(bench.clock.now())
    assert (status.reconnections, status.away_s) == (0, 0.0)
    bench.clock.advance(0.5)
    bench.steps(2)
    status = bench.worker.status(bench.clock.now())
    assert (status.reconnections, status.away_s) == (1, 0.5)


class RareMarkers:
    """A stimulus program between two trials."""

    def open(self) -> str:
        return "Stimuli"

    def read(self, timeout_s: float) -> None:
        """Nothing has happened."""

    def close(self) -> None:
        pass


def test_markers_that_do_not_come_for_a_while_are_no_fault() -> None:
    clock, faults = FakeClock(), Faults()
    worker = MarkerStream("lsl:Stimuli", RareMarkers(), clock, faults)
    for _ in range(20):
        worker.step()
        clock.advance(1.0)
    assert faults.text == ""
    assert worker.status(clock.now()).state is SourceState.LIVE


def test_the_rate_is_measured_over_the_last_seconds() -> None:
    meter = RateMeter()
    for step in range(200):
        meter.add(4, START + step / 32)
    assert meter.hz == pytest.approx(128.0)
    assert meter.total == 800
    for step in range(200):
        meter.add(8, START + 10 + step / 32)
    assert meter.hz == pytest.approx(256.0)


@pytest.mark.parametrize("size", [1, 12, 32, 256])
def test_chunks_do_not_make_a_rate_look_other_than_it_is(size: int) -> None:
    """As a stream is listened to in Connect: each 0.2 s, what has come."""
    meter, made, shown = RateMeter(), 0, []
    for look in range(1, 40):
        while (made + 1) * size / 256 <= look * 0.2:
            made += 1
            meter.add(size, START + look * 0.2, START + made * size / 256)
        shown.append(meter.hz)
    assert shown[0] == 0, "nothing can be known yet"
    assert shown[-1] == pytest.approx(256.0)
    assert {round(hz, 6) for hz in shown} == {0.0, 256.0}


@pytest.mark.parametrize("scale", [1000.0, 0.0, np.nan])
def test_stamps_that_are_no_seconds_do_not_make_the_rate(scale: float) -> None:
    meter = RateMeter()
    for step in range(200):
        meter.add(4, START + step / 32, step / 32 * scale)
    assert meter.hz == pytest.approx(128.0)


def test_a_slow_stream_has_a_rate_too() -> None:
    meter = RateMeter()
    for step in range(3):
        meter.add(1, START + 10 * step, START + 10 * step)
    assert meter.hz == pytest.approx(0.1)


class CameraBench:
    def __init__(self, script: list[FrameSample | Exception | None]) -> None:
        self.faults = Faults()
        self.grid = FaceGrid(QUICK.window)
        self.grid.start(WindowPlanner(QUICK.window, START))
        self.worker = CameraWorker(
            ScriptedFrames(script),
            lambda seen: None if seen.index == 1 else whole_frame(seen),
            QUICK,
            self.grid,
            FakeClock(START),
            self.faults,
            arrived=lambda: None,
        )
        while self.worker.step() == 0.0 and self.worker.meter.total < len(script):
            pass


def test_frames_are_looked_at_and_the_first_face_of_a_slot_kept() -> None:
    bench = CameraBench([frame(START + n * 0.05, n) for n in range(6)])
    faces = bench.grid.faces(range(10))
    assert {slot: crop.frame_index for slot, crop in faces.items()} == {0: 0, 1: 2, 2: 4}
    assert faces[1].image.shape == (224, 224, 3)
    assert faces[1].image[112, 112].tolist() == [3, 3, 3]
    counts = bench.worker.counts
    assert (counts.found, counts.missed, counts.lost) == (5, 1, 1)
    assert counts.interval_s > 0
    assert bench.worker.latest is not None
    shown, seen = bench.worker.latest
    assert (shown.index, seen.chosen) == (5, whole_frame(shown))


def test_a_camera_that_is_pulled_out_is_a_fault_and_comes_back() -> None:
    bench = CameraBench([frame(START), SourceLost("The camera is gone."), frame(START + 1, 20)])
    assert bench.worker.meter.total == 1
    assert bench.faults.text == "The camera is gone."
    assert bench.worker.latest is None, "an old picture would look like now"
    for _ in range(2):
        bench.worker.step()
    assert bench.worker.latest is not None
    assert bench.faults.text == ""
    assert bench.worker.meter.total == 2


class InferenceBench:
    """A grid and a ring that the test fills, at 0.5 s windows each 0.125 s."""

    def __init__(
        self, predictor: WatchingPredictor, *, camera: bool = True, delay_s: float = 0.0
    ) -> None:
        self.clock = FakeClock(START)
        self.faults = Faults()
        self.ring = EEGRing(400, 32)
        self.grid = FaceGrid(QUICK.window)
        self.predictor = predictor
        self.worker = InferenceWorker(
            predictor,
            self.ring,
            self.grid,
            self.clock,
            self.faults,
            patience_s=0.05,
            has_camera=True,
            camera_alive=lambda: camera,
            camera_delay_s=lambda: delay_s,
        )

    def begin(self) -> None:
        self.grid.start(WindowPlanner(QUICK.window, START))

    def samples(self, count: int) -> None:
        first = self.ring.written
        part = chunk(first, count, value=first + 1)
        self.ring.append(part.data, part.times, self.clock.now())

    def faces(self, *slots: int) -> None:
        for slot in slots:
            self.grid.add(face(START + slot * 0.1 + 0.01, slot))
            self.grid.passed(START + slot * 0.1 + 0.01)

    @property
    def predicted(self) -> list[int]:
        return [window.index for window in self.predictor.windows]


def test_a_window_waits_for_the_fixed_delay_of_its_camera() -> None:
    bench = InferenceBench(WatchingPredictor(), delay_s=0.2)
    bench.begin()
    bench.samples(64)
    bench.faces(0, 1, 2, 3)
    while bench.worker.step() == 0.0:
        pass
    assert bench.predicted == []
    bench.clock.advance(0.19)
    bench.faces(4)
    while bench.worker.step() == 0.0:
        pass
    assert [crop.frame_index for crop in bench.predictor.windows[0].faces if crop] == [
        0,
        1,
        2,
        3,
        4,
    ]


def test_before_the_first_sample_there_is_nothing_to_do() -> None:
    bench = InferenceBench(WatchingPredictor())
    assert bench.worker.step() > 0


def test_faces_are_embedded_once_and_as_they_come() -> None:
    bench = InferenceBench(WatchingPredictor())
    bench.begin()
    bench.faces(0, 1)
    assert [bench.worker.step() for _ in range(2)] == [0.0, 0.0]
    assert bench.worker.step() > 0
    bench.faces(2)
    bench.worker.step()
    assert sorted(crop.frame_index for crop in bench.predictor.faces) == [0, 1, 2]


def test_a_full_window_is_predicted_at_once_with_its_faces() -> None:
    bench = InferenceBench(WatchingPredictor())
    bench.begin()
    heard: list[Prediction] = []
    bench.worker.on_prediction.append(heard.append)
    bench.samples(63)
    bench.faces(0, 1, 2, 3, 4)
    assert bench.predicted == []
    bench.samples(1)
    bench.clock.advance(0.002)
    assert bench.worker.step() == 0.0
    window = bench.predictor.windows[0]
    assert [crop.frame_index for crop in window.faces if crop] == [0, 1, 2, 3, 4]
    assert (window.start, window.stop, window.eeg_valid) == (START, START + 0.5, True)
    assert bench.worker.latest is not None
    assert heard == [bench.worker.latest[1]]
    assert heard[0].latency_s == pytest.approx(0.002)
    assert bench.worker.latencies.all().from_arrival_s.tolist() == pytest.approx([0.002])


def test_frames_under_way_are_waited_for_but_not_for_long() -> None:
    bench = InferenceBench(WatchingPredictor())
    bench.begin()
    bench.faces(0, 1, 2, 3)
    bench.samples(64)
    while bench.worker.step() == 0.0:
        pass
    assert bench.predicted == []
    bench.clock.advance(0.03)
    assert bench.worker.step() == pytest.approx(0.02)
    bench.clock.advance(0.021)
    bench.worker.step()
    assert bench.predicted == [0]
    assert bench.predictor.windows[0].faces_valid.tolist() == [True] * 4 + [False]


def test_the_face_waited_for_is_in_the_window() -> None:
    bench = InferenceBench(WatchingPredictor())
    bench.begin()
    bench.faces(0, 1, 2, 3)
    bench.samples(64)
    while bench.worker.step() == 0.0:
        pass
    bench.faces(4)
    bench.worker.step()
    assert bench.predictor.windows[0].faces_valid.all()


def test_without_a_camera_nothing_is_waited_for() -> None:
    bench = InferenceBench(WatchingPredictor(), camera=False)
    bench.begin()
    bench.samples(64)
    bench.worker.step()
    assert bench.predicted == [0]
    assert not bench.predictor.windows[0].faces_valid.any()


def test_a_late_model_takes_the_newest_window_and_counts_the_rest() -> None:
    bench = InferenceBench(WatchingPredictor(), camera=False)
    bench.begin()
    bench.samples(64)
    bench.worker.step()
    bench.samples(16 * 5)
    bench.worker.step()
    assert bench.predicted == [0, 5]
    assert (bench.worker.skipped, bench.worker.planned) == (4, 6)


def test_a_window_over_a_gap_is_marked_and_holds_no_nan() -> None:
    bench = InferenceBench(WatchingPredictor())
    bench.begin()
    bench.faces(0, 1, 2, 3, 4)
    bench.samples(40)
    bench.ring.skip(10, START + 50 / RATE, 1 / RATE, START)
    bench.samples(14)
    bench.clock.advance(0.1)
    while not bench.predictor.windows:
        bench.worker.step()
    window = bench.predictor.windows[0]
    assert not window.eeg_valid
    assert np.isfinite(window.eeg).all()
    assert (window.eeg[:, 40:50] == 0).all()
    assert (window.eeg[:, :40] == 1).all()


def test_a_window_with_neither_eeg_nor_a_face_is_not_given_to_the_model() -> None:
    bench = InferenceBench(WatchingPredictor(), camera=False)
    bench.begin()
    bench.samples(40)
    bench.ring.skip(10, START + 50 / RATE, 1 / RATE, START)
    bench.samples(14)
    bench.worker.step()
    assert bench.predictor.windows == []
    assert bench.worker.latest is not None
    _, shown = bench.worker.latest
    assert not shown.is_known
    assert shown.evidence == Evidence(0, 0, 0, 5)
    assert bench.worker.predictions == 0


def test_a_window_that_is_overwritten_is_left_out_and_counted() -> None:
    bench = InferenceBench(WatchingPredictor(), camera=False)
    bench.ring = EEGRing(40, 32)
    bench.worker = InferenceWorker(
        bench.predictor,
        bench.ring,
        bench.grid,
        bench.clock,
        bench.faults,
        patience_s=0.05,
        has_camera=True,
        camera_alive=lambda: False,
    )
    bench.begin()
    bench.samples(64)
    bench.worker.step()
    assert bench.predicted == []
    assert (bench.worker.skipped, bench.ring.overwritten) == (1, 24)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RuntimeError("out of memory"), "The model failed (RuntimeError: out of memory)."),
        (ModelError("The weights are gone.", "Load them again."), "The weights are gone. Load"),
    ],
)
def test_a_model_that_raises_is_a_fault_until_it_works_again(error: Exception, text: str) -> None:
    def fail_once(window: Window) -> None:
        if window.index == 0:
            raise error

    bench = InferenceBench(WatchingPredictor(fail_once), camera=False)
    bench.begin()
    bench.samples(64)
    bench.worker.step()
    assert bench.faults.text.startswith(text)
    assert (bench.worker.model_faults, bench.worker.latest) == (1, None)
    bench.samples(16)
    bench.worker.step()
    assert bench.faults.text == ""
    assert bench.worker.predictions == 1


class Counting(Worker):
    """Works through a list of waits, fails once, and asks to be stopped."""

    def __init__(self, faults: Faults, waits: list[float]) -> None:
        super().__init__("counting", FakeClock(), faults)
        self.waits = waits
        self.closed = threading.Event()

    def step(self) -> float:
        if not self.waits:
            self.stop()
            return 0.0
        wait_s = self.waits.pop(0)
        if wait_s < 0:
            raise IndexError("a step that nobody foresaw")
        return wait_s

    def close(self) -> None:
        self.closed.set()


def test_an_unexpected_error_is_shown_and_the_thread_goes_on() -> None:
    faults = Faults()
    worker = Counting(faults, [0.0, -1.0, 3.0, 0.0])
    worker.start()
    assert worker.join(5.0)
    assert worker.closed.is_set()
    assert faults.text.startswith(
        "The counting thread failed (IndexError: a step that nobody foresaw)."
    )
    assert worker.clock.now() == pytest.approx(103.0 + AGAIN_S)


def test_a_worker_that_is_never_started_can_be_joined() -> None:
    assert Counting(Faults(), []).join(0.0)


def test_a_camera_that_ends_closes_its_face_detector() -> None:
    closed: list[bool] = []

    class Detector:
        def __call__(self, frame: FrameSample) -> FaceBox | None:
            del frame
            return None

        def close(self) -> None:
            closed.append(True)

    worker = CameraWorker(
        ScriptedFrames([]),
        Detector(),
        QUICK,
        FaceGrid(QUICK.window),
        FakeClock(START),
        Faults(),
        arrived=lambda: None,
    )
    worker.close()
    assert closed == [True]
