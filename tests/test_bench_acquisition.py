"""The benchmark of acquisition measures what it says; the figures themselves are for a quiet
machine."""

from __future__ import annotations

from milmer_live.bench.acquisition import measure


def test_every_sample_that_was_sent_is_counted_and_both_ways_do_their_work() -> None:
    said: list[str] = []
    found = measure(1.0, said.append)
    stream, ways = found["stream"], found["ways"]
    assert (stream["samples_sent"], stream["samples_lost"], stream["gaps"]) == (1000, 0, 0)
    assert 0 < stream["latency_p50_ms"] <= stream["latency_p99_ms"] <= stream["latency_max_ms"]
    assert stream["core_share"] > 0
    assert ways["ratio"] == ways["plain_ms"] / ways["ours_ms"]
    assert len(said) == 2
