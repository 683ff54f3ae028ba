"""The benchmark of acquisition measures what it says; the figures themselves are for a quiet
machine."""

from __future__ import annotations

import numpy as np
import pytest

from milmer_live.bench.acquisition import compare, receive
from milmer_live.bench.replay import drift, replayed
from milmer_live.clock import LSLClock


def test_every_sample_that_was_sent_is_counted() -> None:
    found = receive(1.0)
    assert (found.samples_sent, found.samples_lost, found.gaps) == (1000, 0, 0)
    assert 0 < found.latency_p50_ms <= found.latency_p99_ms <= found.latency_max_ms
    assert found.core_share > 0


def test_both_ways_do_their_work() -> None:
    found = compare(2.0)
    assert found.ours_ms > 0
    assert found.ratio == pytest.approx(found.plain_ms / found.ours_ms)


def test_a_replay_is_timed_to_its_end() -> None:
    found = replayed(0.05, LSLClock())
    assert (found.samples_sent, found.samples_received) == (384, 384)
    assert 0 <= found.late_p50_ms <= found.late_p99_ms <= found.late_max_ms


def test_a_drift_is_told_from_moments_of_a_busy_machine() -> None:
    late_s = np.full(1000, 0.0003)
    assert drift(late_s) == pytest.approx((0, 0), abs=1e-9)
    late_s[950:960] = 0.5
    assert drift(late_s) == pytest.approx((0, 0), abs=1e-9)
    growing = late_s + np.linspace(0, 0.002, 1000)
    assert drift(growing) == pytest.approx((0.002, 0.0018), abs=5e-5)
