"""EEG whose sender states no sampling rate: it is recorded, measured, and used."""

from __future__ import annotations

import uuid

import numpy as np
import pylsl
import pytest
from live_tools import QUICK, WatchingPredictor, wait_until, whole_frame

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.clock import LSLClock
from milmer_live.live.engine import Engine
from milmer_live.processing.timing.unstated_rate import UnstatedRate
from milmer_live.samples import MODEL_CHANNELS, Float64

RATE = 250.0


def measured(times: Float64, chunk: int = 7) -> tuple[list[float], UnstatedRate]:
    """What is found in stamps that come in chunks."""
    finder = UnstatedRate()
    parts = [times[n : n + chunk] for n in range(0, len(times), chunk)]
    return [rate for part in parts if (rate := finder.add(part)) is not None], finder


@pytest.mark.parametrize(
    ("rate", "jitter_s", "chunk", "found"),
    [
        (250.0, 0.0, 1, 250.0),
        (250.3, 0.002, 7, 250.0),
        (124.9, 0.01, 32, 125.0),
        (51.2, 0.0, 1, 51.2),
        (10.0, 0.0, 1, 10.0),
    ],
)
def test_the_rate_is_that_of_the_stamps(
    rate: float, jitter_s: float, chunk: int, found: float
) -> None:
    rng = np.random.default_rng(1)
    count = round(5.5 * rate)
    times = 100.0 + np.arange(count) / rate + rng.uniform(-jitter_s, jitter_s, count)

    rates, _ = measured(times, chunk)

    assert rates[0] == pytest.approx(found, rel=0.003)


def test_stamps_that_are_one_a_chunk_or_no_numbers_are_counted_as_well() -> None:
    stamps = np.repeat(np.arange(0, 5.6, 0.04), 10)
    stamps[::50] = np.nan
    rates, _ = measured(stamps, 10)
    assert rates[0] == pytest.approx(0.98 * 250, rel=0.02)


def test_what_has_no_rate_is_not_given_one() -> None:
    """Gaze that comes twice as often in one half, stamps that stand still or run back."""
    uneven = np.concatenate([np.arange(0, 3, 0.02), np.arange(3, 5.2, 0.004)])
    rates, finder = measured(uneven)
    assert rates == []
    assert finder.problem == "its samples come at no steady rate"
    assert measured(np.full(2000, 5.0))[0] == []
    assert measured(np.arange(10, 0, -0.004))[0] == []


@pytest.mark.timeout(120)
def test_eeg_without_a_rate_reaches_the_model() -> None:
    source_id = f"diy-{uuid.uuid4()}"
    info = pylsl.StreamInfo("DIY", "EEG", 32, 0.0, "float32", source_id)
    channels = info.desc().append_child("channels")
    for name in MODEL_CHANNELS:
        channel = channels.append_child("channel")
        for tag, text in (("label", name), ("unit", "microvolts"), ("type", "EEG")):
            channel.append_child_value(tag, text)
    outlet = pylsl.StreamOutlet(info)
    rng = np.random.default_rng(3)
    predictor, clock = WatchingPredictor(), LSLClock()
    engine = Engine(LSLSource(source_id=source_id), None, predictor, whole_frame, QUICK, clock)
    said: list[str] = []
    engine.hear_events(lambda event: said.append(event.text))
    engine.start()
    try:
        engine.wait_connected(20.0)
        fault = engine.snapshot().fault
        start = clock.now() - 9.0
        for n in range(round(9 * RATE)):  # as they come, each with its stamp
            outlet.push_sample(rng.normal(0, 20, 32).tolist(), start + n / RATE)
        wait_until(lambda: any(one.eeg_valid for one in predictor.windows), 60.0)
        snapshot = engine.snapshot()
    finally:
        engine.stop()
    assert "'DIY' states no sampling rate: it is measured over 5 s." in fault
    assert "The sampling rate of 'DIY' was measured: 250 Hz." in said
    assert snapshot.eeg is not None
    assert snapshot.eeg.sample_rate == 250.0
