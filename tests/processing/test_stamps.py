"""Lost samples are noticed, jitter is not taken for loss, and counted samples keep their time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milmer_live.processing.timing.sample_clock import (
    DRIFT_S,
    Run,
    RunCutter,
    SampleClock,
)
from milmer_live.samples import Float64

RATE = 100.0


def stamps(first: int, count: int) -> Float64:
    return 50.0 + np.arange(first, first + count) / RATE


def cut(cutter: RunCutter, times: Float64) -> list[Run]:
    return cutter.cut(times, np.ones(len(times), dtype=np.bool_))


@given(cuts=st.lists(st.integers(1, 200), max_size=10, unique=True).map(sorted))
def test_an_unbroken_stream_is_one_run_a_chunk(cuts: list[int]) -> None:
    cutter = RunCutter(RATE)
    parts = np.split(stamps(0, 201), cuts)
    found = [cut(cutter, part) for part in parts]
    expected = [[Run(0, len(part), number > 0, True)] for number, part in enumerate(parts)]
    assert found == expected


def test_lost_samples_are_noticed_between_chunks_and_inside_one() -> None:
    cutter = RunCutter(RATE)
    cut(cutter, stamps(0, 10))
    assert cut(cutter, stamps(40, 5)) == [Run(0, 5, False, True)]
    inside = np.concatenate([stamps(45, 5), stamps(100, 3)])
    assert cut(cutter, inside) == [Run(0, 5, True, True), Run(5, 8, False, True)]


def test_jitter_and_steps_back_are_not_losses() -> None:
    cutter = RunCutter(RATE)
    cut(cutter, stamps(0, 10))
    assert cut(cutter, stamps(10, 10) + 0.09) == [Run(0, 10, True, True)]
    assert cut(cutter, stamps(20, 10) - 0.05) == [Run(0, 10, True, True)]


def test_unusable_samples_are_runs_of_their_own_that_nothing_follows() -> None:
    usable = np.array([True, True, False, False, True])
    cutter = RunCutter(RATE)
    assert cutter.cut(stamps(0, 5), usable) == [
        Run(0, 2, False, True),
        Run(2, 4, True, False),
        Run(4, 5, False, True),
    ]
    assert cutter.cut(stamps(5, 5), ~usable) == [
        Run(0, 2, True, False),
        Run(2, 4, False, True),
        Run(4, 5, True, False),
    ]
    assert cut(cutter, stamps(10, 2)) == [Run(0, 2, False, True)]


def stream(clock: SampleClock, rate: float, seconds: float, jitter_s: float = 0.0) -> float:
    """Feed chunks of four of a device that runs at `rate`. The largest error of the clock."""
    noise = np.random.default_rng(3)
    worst = 0.0
    for last in range(3, round(seconds * rate), 4):
        time = 50.0 + last / rate
        clock.follow(last, time + noise.normal(0, jitter_s), 4)
        worst = max(worst, abs(clock.time_of(last) - time))
    return worst


def test_a_device_off_its_rate_does_not_drift_from_the_camera() -> None:
    assert stream(SampleClock(RATE, 50.0), rate=RATE * 1.001, seconds=600) < 1.5 * DRIFT_S


def test_a_late_first_stamp_is_set_right() -> None:
    clock = SampleClock(RATE, 50.0 + 0.08)
    stream(clock, RATE, seconds=30)
    assert abs(clock.origin - 50.0) <= DRIFT_S


@pytest.mark.parametrize("jitter_s", [0.0, 0.02])
def test_a_device_on_its_rate_moves_nothing_for_all_its_jitter(jitter_s: float) -> None:
    clock = SampleClock(RATE, 50.0)
    stream(clock, RATE, seconds=300, jitter_s=jitter_s)
    assert clock.origin == 50.0


def test_times_and_indices_belong_together() -> None:
    clock = SampleClock(RATE, 50.0)
    assert clock.time_of(250) == 52.5
    assert clock.index_at(52.504) == 250
