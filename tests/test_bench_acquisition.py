"""The benchmark of acquisition measures what it says; the figures themselves are for a quiet
machine."""

from __future__ import annotations

import pytest

from milmer_live.bench.acquisition import compare, receive


def test_every_sample_that_was_sent_is_counted() -> None:
    found = receive(1.0)
    assert (found.samples_sent, found.samples_lost, found.gaps) == (1000, 0, 0)
    assert 0 < found.latency_p50_ms <= found.latency_p99_ms <= found.latency_max_ms
    assert found.core_share > 0


def test_both_ways_do_their_work() -> None:
    found = compare(2.0)
    assert found.ours_ms > 0
    assert found.ratio == pytest.approx(found.plain_ms / found.ours_ms)
