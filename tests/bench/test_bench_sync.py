"""The benchmark of synchrony measures what it says; its figures are for a quiet machine."""

from __future__ import annotations

import numpy as np
import pytest
from live_tools import QUICK, wait_until, whole_frame

from milmer_live.acquisition.registry import eeg_source, frame_source
from milmer_live.bench.senders.sync import (
    RATE,
    sample_of,
)
from milmer_live.bench.sync import PAIR_S, Watch, compared, paired, senders
from milmer_live.clock import LSLClock
from milmer_live.live.engine import Engine


def test_each_impulse_has_the_white_picture_next_to_it() -> None:
    times, late_s = paired([1.0, 2.0, 3.0, 4.0], [1.002, 1.9, 2.01, 4.5])
    assert times.tolist() == [1.0, 2.0]
    np.testing.assert_allclose(late_s, [0.002, 0.01])
    assert compared([1.0, 2.0], [])["pairs"] == 0


def test_a_drift_is_told_from_single_late_pictures() -> None:
    impulses = np.arange(1200.0)
    rng = np.random.default_rng(0)
    late_s = 0.002 + rng.normal(0, 0.0005, 1200) + 0.003 * impulses / 3600
    late_s[1150:1160] += 0.05
    found = compared(impulses.tolist(), (impulses + late_s).tolist())
    assert found["pairs"] == 1200
    assert found["mean_ms"] == pytest.approx(2.9, abs=0.1)
    assert found["median_ms"] == pytest.approx(2.5, abs=0.1)
    assert found["worst_ms"] == pytest.approx(53, abs=2)
    assert found["drift_low_ms_per_hour"] < 3 < found["drift_high_ms_per_hour"]
    assert found["drift_ms_per_hour"] == pytest.approx(3, abs=0.4)


def test_frames_lie_on_the_grid_of_the_samples() -> None:
    assert [sample_of(frame) for frame in range(4)] == [0, 17, 33, 50]
    assert sample_of(30 * 3600) == 3600 * RATE


def test_what_two_senders_see_at_once_gets_the_same_time() -> None:
    """Over LSL and HTTP, from another process. How near they are is for a quiet machine."""
    watch, clock = Watch(), LSLClock()
    with senders() as sent:
        engine = Engine(
            eeg_source(f"lsl:source_id={sent.source_id}", clock),
            frame_source(f"camera:{sent.url}", clock=clock),
            None,
            whole_frame,
            QUICK,
            clock,
        )
        engine.record(watch)
        engine.start()
        try:
            wait_until(lambda: len(paired(watch.impulses, watch.whites)[0]) >= 3, 60.0)
        finally:
            engine.stop()
    found = compared(watch.impulses, watch.whites)
    assert found["pairs"] >= 3
    assert abs(found["median_ms"]) < 1e3 * PAIR_S
    assert sent.late_ms >= 0
