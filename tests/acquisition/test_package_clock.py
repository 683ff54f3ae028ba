"""Samples of a board are placed by their numbers, not by when they came in."""

from __future__ import annotations

import numpy as np
import pytest

from milmer_live.acquisition.brainflow.package_clock import (
    STEP_S,
    PackageClock,
)
from milmer_live.samples import Float64

RATE, BEGAN = 250.0, 1.7e9
LATENCY_S = 0.01


def placed(measured: Float64, sent_every_s: float, first: int = 0) -> Float64:
    """Times of samples that were measured at `measured`, sent in bursts, read each 20 ms."""
    bursts = (np.floor(measured / sent_every_s) + 1) * sent_every_s
    arrivals = BEGAN + np.maximum(measured, bursts) + LATENCY_S
    clock, parts, done = PackageClock(RATE), [], 0
    for until in np.arange(arrivals[0], arrivals[-1] + 0.05, 0.02):
        stop = int(np.searchsorted(arrivals, until, "right"))
        if stop > done:
            parts.append(clock.times(first + done, arrivals[done:stop]))
            done = stop
    return np.concatenate(parts) - BEGAN - LATENCY_S


@pytest.mark.parametrize("sent_every_s", [0.004, 0.1, 0.3, 0.5])
def test_bursts_do_not_move_samples(sent_every_s: float) -> None:
    measured = np.arange(5000) / RATE
    times = placed(measured, sent_every_s, first=700)
    assert np.abs(np.diff(times) - 1 / RATE).max() < 0.003, "less than a sample"
    assert np.abs(times - measured).max() < 0.01


@pytest.mark.parametrize("late_s", [0.25, 0.4, 1.0])
@pytest.mark.parametrize("stall_s", [0.3, 0.7, 1.5, 3.0])
def test_time_does_not_run_back_behind_a_stall(stall_s: float, late_s: float) -> None:
    """The first packages were late, which is still being made good when the link stands still."""
    measured = np.arange(3000) / RATE
    arrivals = measured + np.where(measured < 0.5, late_s, LATENCY_S)
    held = (arrivals > 3.0) & (arrivals < 3.0 + stall_s)
    arrivals[held] = 3.0 + stall_s
    arrivals = BEGAN + np.maximum.accumulate(arrivals)
    clock, times, done = PackageClock(RATE), np.empty(0), 0
    for until in np.append(np.arange(arrivals[0], arrivals[-1], 0.02), np.inf):
        stop = int(np.searchsorted(arrivals, until, "right"))
        if stop > done:
            times = np.append(times, clock.times(done, arrivals[done:stop]))
            done = stop
    assert (np.diff(times) > 0).all()


def test_a_device_that_is_not_quite_at_its_rate_is_followed() -> None:
    measured = np.arange(30_000) / (RATE * 0.998)
    times = placed(measured, 0.1)
    assert np.abs(times - measured)[250:].max() < 0.02
    assert (np.diff(times) > 0).all()


def test_packages_that_nobody_counted_are_a_step() -> None:
    measured = np.arange(5000) / RATE
    measured[2500:] += 3 * STEP_S
    times = placed(measured, 0.1)
    assert np.abs(times - measured)[2500 + round(3 * RATE) :].max() < 0.01
