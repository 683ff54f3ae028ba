"""What is no EEG reaches the screen as it was sent, at any rate, and never costs a recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyxdf
from live_tools import QUICK, WatchingPredictor, wait_until, whole_frame
from sessions import plan
from test_side_streams import outlet

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.registry import eeg_source
from milmer_live.clock import LSLClock
from milmer_live.config import FilterSettings, MontageSettings
from milmer_live.live.engine import Engine
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.signal.display_feed import (
    DeviceTraces,
    Shown,
)
from milmer_live.live.signal.recent_signals import (
    CAPACITY,
    MOST_CHANNELS,
    SPAN_S,
    RecentSignals,
    RecentView,
    SignalRow,
    signal_rows,
)
from milmer_live.live.sources.side_streams import (
    device_signals,
    side_streams,
)
from milmer_live.live.workers import Faults
from milmer_live.processing.eeg.montage import channel_map
from milmer_live.samples import MODEL_CHANNELS, EEGChunk, EEGInfo, Float64, frozen
from milmer_live.ui.state.engine_controls import SignalTeller

RATE = 50.0
BELT = EEGInfo("belt", "b1", ("chest", "belly"), RATE)
GAZE = EEGInfo("gaze", "g1", ("x", "y"), 0.0)


def chunk(times: Sequence[float] | Float64, data: Any, first: int = 0, **more: Any) -> EEGChunk:
    values = np.asarray(data, dtype=np.float32)
    return EEGChunk(frozen(values), frozen(np.asarray(times, dtype=np.float64)), first, **more)


def recent(info: EEGInfo, **options: bool) -> RecentSignals:
    made = RecentSignals(**options)
    made.connect(info)
    return made


def shown_of(worker: object, now: float) -> RecentView:
    """What the panel is given."""
    assert isinstance(worker, SignalTeller)
    return seen(worker.recent, now)


def seen(signals: RecentSignals, now: float) -> RecentView:
    view = signals.view(now)
    assert view is not None
    return view


def test_an_irregular_stream_is_drawn_by_its_stamps() -> None:
    signals = recent(GAZE)
    stamps = [100.0, 100.3, 104.0, 104.02]
    signals.add(chunk(stamps, [[1, 5], [2, 6], [3, 7], [4, 8]]), 104.1)
    view = seen(signals, 104.2)
    assert view.times == pytest.approx(stamps, abs=0.01)
    np.testing.assert_array_equal(view.lows, view.highs)
    np.testing.assert_array_equal(view.lows[:, 0], [1, 2, 3, 4])
    np.testing.assert_array_equal(view.newest, [4, 8])
    assert view.starts.tolist() == [True, False, False, False], "no sample is missing"


def test_only_the_last_ten_seconds_are_seen() -> None:
    signals = recent(GAZE)
    signals.add(chunk([100.0, 105.0], [[1, 1], [2, 2]]), 105.0)
    assert seen(signals, 112.0).lows[:, 0].tolist() == [2.0]
    assert not len(seen(signals, 120.0).times)
    assert seen(signals, 120.0).newest.tolist() == [2.0, 2.0]


def test_a_spike_of_one_sample_is_seen_at_any_rate() -> None:
    """20 s of 20 kHz in the memory of 15 s."""
    audio = EEGInfo("audio", "a1", ("left",), 20_000.0)
    signals = recent(audio)
    for second in range(20):
        data = np.zeros((20_000, 1), dtype=np.float32)
        data[7_777] = second == 15
        times = 100.0 + second + np.arange(len(data)) / 20_000
        signals.add(chunk(times, data, second * len(data)), float(times[-1]))
    view = seen(signals, 120.0)
    assert len(view.times) <= CAPACITY
    assert view.highs.max() == 1.0
    assert view.times[np.argmax(view.highs[:, 0])] == pytest.approx(115.389, abs=0.01)
    assert view.starts.sum() == 0


def test_what_is_no_number_and_what_is_missing_is_a_hole() -> None:
    signals = recent(BELT)
    times = 100.0 + np.arange(100) / RATE
    data = np.ones((100, 2))
    data[40:50, 1], data[60, 0] = np.nan, np.inf
    signals.add(chunk(times, data), 102.0)
    signals.add(chunk(times + 4.0, data, 100), 106.0)
    view = seen(signals, 106.0)
    assert np.isnan(view.lows[40:50, 1]).all()
    assert np.isnan(view.lows[60, 0])
    assert np.isfinite(view.lows[:40]).all()
    assert np.flatnonzero(view.starts).tolist() == [0, 100]


def test_lost_samples_and_a_new_connection_are_holes_where_stamps_tell_nothing() -> None:
    signals = recent(GAZE)
    signals.add(chunk([100.0, 100.1], np.ones((2, 2))), 100.1)
    signals.add(chunk([100.2], np.ones((1, 2)), 7), 100.2)
    signals.connect(GAZE)
    signals.add(chunk([100.3], np.ones((1, 2))), 100.3)
    assert seen(signals, 100.4).starts.tolist() == [True, False, True, True]


@pytest.mark.parametrize("offset_s", [-3600.0, 1.7e9, np.nan, 0.0, -20.0])
def test_stamps_of_another_clock_are_shown_where_they_came(offset_s: float) -> None:
    signals = recent(GAZE)
    for n in range(20):
        now = 1000.0 + n / 10
        signals.add(chunk([now + offset_s], [[n, n]], n), now)
    view = seen(signals, 1002.0)
    assert view.times == pytest.approx(1000.0 + np.arange(20) / 10, abs=0.02)
    assert view.lows[:, 0].tolist() == list(range(20))


def test_one_stray_stamp_costs_one_sample_of_the_picture() -> None:
    signals = recent(GAZE)
    for n in range(20):
        now = 1000.0 + n / 10
        signals.add(chunk([1e300 if n == 10 else now], [[n, n]], n), now)
    usual = 1000.0 + np.delete(np.arange(20), 10) / 10
    assert seen(signals, 1002.0).times == pytest.approx(usual, abs=0.02)


def test_what_a_link_held_back_is_where_its_stamps_say() -> None:
    signals = recent(GAZE)
    signals.add(chunk([100.0], [[0, 0]]), 100.0)
    stamps = 100.1 + np.arange(79) / 10
    for n, stamp in enumerate(stamps):
        signals.add(chunk([stamp], [[n, n]], n + 1), 108.0)
    view = seen(signals, 108.0)
    assert view.times[1:] == pytest.approx(stamps, abs=0.01)
    assert view.starts.sum() == 1


def test_unsorted_stamps_are_sorted_and_older_than_the_picture_left_out() -> None:
    signals = recent(GAZE)
    stamps = [109.0, 108.0, 80.0, 109.5, 108.001]
    signals.add(chunk(stamps, [[n, n] for n in range(5)]), 109.5)
    view = seen(signals, 109.6)
    assert view.times == pytest.approx([108.0, 109.0, 109.5], abs=0.01)
    assert (view.lows[0, 0], view.highs[0, 0]) == (1.0, 4.0)


def test_values_are_as_they_were_sent_not_as_they_were_scaled() -> None:
    signals = recent(EEGInfo("counter", "c1", ("n",), RATE))
    raw = np.array([[2**31 - 1], [2**31 - 2]], dtype=np.int64)
    signals.add(chunk([100.0, 100.02], raw, raw=frozen(raw)), 100.1)
    assert seen(signals, 100.1).newest.tolist() == [2.0**31 - 2]


def test_memory_is_bounded_by_the_channels_that_are_shown() -> None:
    signals = recent(EEGInfo("wide", "w1", tuple(map(str, range(500))), RATE))
    signals.add(chunk([100.0], np.arange(500)[np.newaxis]), 100.0)
    view = seen(signals, 100.1)
    assert (len(view.rows), view.left_out) == (MOST_CHANNELS, 500 - MOST_CHANNELS)


def test_of_an_amplifier_only_what_is_no_eeg() -> None:
    kinds = ("EEG", "trigger", "EEG", "ECG")
    info = EEGInfo("amp", "a1", ("Fz", "TRG", "Cz", "heart"), RATE, kinds=kinds)
    signals = recent(info, without_eeg=True)
    signals.add(chunk([100.0], [[1, 2, 3, 4]]), 100.0)
    view = seen(signals, 100.1)
    assert view.rows == (SignalRow("TRG", "trigger"), SignalRow("heart", "ECG"))
    assert view.newest.tolist() == [2.0, 4.0]
    plain = recent(EEGInfo("amp", "a1", MODEL_CHANNELS, RATE), without_eeg=True)
    plain.add(chunk([100.0], np.ones((1, 32))), 100.0)
    assert plain.view(100.1) is None


def test_kinds_are_what_the_sender_says_and_nothing_is_called_eeg_unsaid() -> None:
    def told(kind: str, labels: Sequence[str], unit: str = "") -> list[tuple[str, str]]:
        rows = "".join(f"<channel><label>{n}</label><unit>{unit}</unit></channel>" for n in labels)
        xml = f"<info><type>{kind}</type><desc><channels>{rows}</channels></desc></info>"
        info = EEGInfo("one", "o1", tuple(labels), RATE, xml=xml)
        return [(row.kind, row.unit) for row in signal_rows(info)]

    assert told("Gaze", ["C1", "C2"], "px") == [("gaze", "px")] * 2
    assert told("Accelerometer", "xyz", "g") == [("motion", "g")] * 3
    assert told("EEG", ["Cz", "EOG"], "uV") == [("EEG", "uV"), ("EOG", "uV")]
    assert told("Unheard", ["a", "b"]) == [("", "")] * 2


def test_the_screen_of_the_eeg_has_the_eeg_alone_and_the_others_as_sent() -> None:
    """Over LSL: 20 electrodes, an EOG in µV and a trigger that is a thousand times larger."""
    names = (*MODEL_CHANNELS[:20], "HEOG", "TRIGGER")
    described = [(name, "EEG", "microvolts") for name in names[:20]]
    described += [("HEOG", "EOG", "microvolts"), ("TRIGGER", "Trigger", "")]
    stream = outlet("amplifier", "EEG", "float32", described, 250.0)
    clock = LSLClock()
    source = LSLSource(source_id=stream.get_info().source_id())
    engine = Engine(source, None, WatchingPredictor(), whole_frame, QUICK, clock)
    data = np.random.default_rng(1).normal(0, 10, (1000, 22)).astype(np.float32)
    data[:, 21] = 0.0
    data[600, 21] = 32_768.0
    engine.start()
    try:
        engine.wait_connected(20.0)
        stamps = clock.now() - 4.0 + np.arange(len(data)) / 250.0
        for first in range(0, len(data), 50):
            stream.push_chunk(data[first : first + 50], stamps[first : first + 50].tolist())
        wait_until(lambda: stop_of(engine) >= 1000, 30.0)
        eeg, (amplifier,) = engine.snapshot(eeg_seconds=10.0).eeg, engine.sources
        others = shown_of(amplifier, float(stamps[-1]) + 0.1)
    finally:
        engine.stop()
    assert eeg is not None
    assert eeg.channel_names == names[:20]
    assert eeg.data.shape[1] == 20
    assert np.nanmax(np.abs(eeg.data)) < 200.0
    assert [(row.name, row.kind) for row in others.rows] == [
        ("HEOG", "EOG"),
        ("TRIGGER", "trigger"),
    ]
    assert others.highs[:, 1].max() == 32_768.0
    assert np.nanmax(others.highs[:, 0]) == data[:, 20].max(), "not filtered"
    del stream


def stop_of(engine: Engine) -> int:
    view = engine.snapshot().eeg
    return 0 if view is None else view.first_index + len(view.data)


def test_gaze_at_no_rate_and_an_accelerometer_are_lines_over_lsl() -> None:
    gaze = outlet("Gaze", "Gaze", "double64", [(n, "", "px") for n in "xy"], 0.0)
    acc = outlet("Acc", "Accelerometer", "int16", [(n, "", "mg") for n in "xyz"], RATE)
    specs = [f"lsl:source_id={one.get_info().source_id()}" for one in (gaze, acc)]
    clock = LSLClock()
    sides = side_streams(specs, (), clock, Faults())
    for side in sides:
        side.start()
    try:
        assert all(side.tried.wait(20.0) for side in sides)
        start = clock.now() - 2.0
        stamps = start + np.sort(np.random.default_rng(2).uniform(0, 2.0, 240))
        for n, stamp in enumerate(stamps):
            gaze.push_sample([float(n), np.nan if n == 100 else 1.0], float(stamp))
        for n in range(100):
            acc.push_sample([n, -n, 1000], start + n / RATE)
        wait_until(lambda: [side.meter.total for side in sides] == [240, 100], 20.0)
        eyes, moved = (shown_of(side, start + 2.1) for side in sides)
    finally:
        for side in sides:
            side.stop()
            assert side.join(10.0)
    assert [(row.kind, row.unit) for row in eyes.rows] == [("gaze", "px")] * 2
    assert (eyes.highs[:, 0].max(), eyes.lows[:, 0].min()) == (239.0, 0.0)
    assert eyes.times[-1] == pytest.approx(stamps[-1], abs=0.02)
    assert [(row.name, row.kind, row.unit) for row in moved.rows] == [
        (name, "motion", "mg") for name in "xyz"
    ]
    assert moved.newest.tolist() == [99.0, -99.0, 1000.0]
    del gaze, acc


def test_signals_of_a_board_are_lines() -> None:
    clock = LSLClock()
    board = eeg_source("brainflow:SYNTHETIC", clock)
    sides = device_signals(board, "brainflow:SYNTHETIC", clock, Faults())
    board.open()
    try:
        for side in sides:
            side.step()
        named = {shown_of(side, clock.now()).rows[0] for side in sides}
    finally:
        for side in sides:
            side.close()
        board.close()
    assert {("motion", "g"), ("battery", "percent")} <= {(row.kind, row.unit) for row in named}


@pytest.mark.parametrize("broken", ["connect", "add"])
def test_a_picture_that_fails_costs_the_recording_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_values: object) -> None:
        raise ZeroDivisionError("injected")

    monkeypatch.setattr(RecentSignals, broken, fail)
    stream = outlet("Acc", "ACC", "int16", [(n, "", "mg") for n in "xyz"], RATE)
    folder = tmp_path / "session"
    recorder = Recorder(folder, plan(), LSLClock(), Faults())
    spec = f"lsl:source_id={stream.get_info().source_id()}"
    (worker,) = side_streams([spec], (), recorder.clock, recorder.faults)
    worker.sink = recorder
    recorder.start()
    worker.start()
    assert worker.tried.wait(20.0)
    origin = recorder.clock.now()
    for number in range(100):
        stream.push_sample([number, 0, 0], origin + number / RATE)
    wait_until(lambda: recorder.status.samples.get("Acc", 0) == 100, 20.0)
    assert "failed (ZeroDivisionError: injected)" in recorder.faults.text
    worker.stop()
    assert worker.join(10.0)
    recorder.stop()
    assert recorder.join(10.0)
    streams, _ = pyxdf.load_xdf(recorder.status.folder / "session.xdf")
    found = next(one for one in streams if one["info"]["name"] == ["Acc"])
    assert found["time_series"][:, 0].tolist() == list(range(100))
    del stream


def test_the_eeg_display_without_any_eeg_shows_nothing() -> None:
    info = EEGInfo("heart", "h1", ("ECG",), 128.0, kinds=("ECG",))
    traces = DeviceTraces(SPAN_S)
    traces.connect(info, Shown(channel_map(info, MontageSettings(), ()), FilterSettings(), None))
    traces.write(chunk([100.0, 100.01], np.ones((2, 1))), 100.0, after_gap=False)
    assert traces.view(None, 10.0) is None
