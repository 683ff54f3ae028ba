"""What goes wrong in a stream is noticed, counted and named; the stream goes on."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milmer_live.config import IntegritySettings
from milmer_live.processing import lazy_scipy
from milmer_live.processing.timing.dejitter import (
    PRIOR_S,
    Dejitter,
)
from milmer_live.processing.timing.integrity import (
    IntegrityReport,
    Segment,
    StreamWatcher,
)
from milmer_live.samples import EEGChunk, EEGInfo, Float64

NAMES = ("Fp1", "Cz", "O2")
RATE = 250.0


def watcher(rate: float = RATE) -> StreamWatcher:
    return StreamWatcher(EEGInfo("amp", "a1", NAMES, rate), IntegritySettings())


def chunk(times: Float64, first_index: int = 0) -> EEGChunk:
    """Each sample holds its own index."""
    index = np.arange(first_index, first_index + len(times), dtype=np.float32)
    return EEGChunk(np.repeat(index[:, np.newaxis], len(NAMES), axis=1), times, first_index)


def stream(
    watch: StreamWatcher, times: Float64, size: int = 10, first_index: int = 0
) -> list[Segment]:
    segments: list[Segment] = []
    for start in range(0, len(times), size):
        segments += watch.check(chunk(times[start : start + size], first_index + start))
    return segments


def times_of(segments: list[Segment]) -> Float64:
    return np.concatenate([segment.chunk.times for segment in segments])


def indices_of(segments: list[Segment]) -> list[int]:
    parts = [segment.chunk.data[:, 0] for segment in segments]
    return [int(index) for index in np.concatenate(parts)]


def regular(seconds: float, rate: float = RATE, start: float = 1000.0) -> Float64:
    return start + np.arange(round(seconds * rate)) / rate


def test_a_clean_stream_passes_as_it_is() -> None:
    watch = watcher()
    times = regular(20)

    segments = stream(watch, times)

    np.testing.assert_allclose(times_of(segments), times, atol=1e-9)
    assert indices_of(segments) == list(range(len(times)))
    assert not any(segment.after_gap for segment in segments)
    report = watch.report()
    assert report.problems == ()
    assert report.samples == len(times)
    assert report.measured_rate == pytest.approx(RATE)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    jitter_s=st.floats(0, 0.03),
    rate_error=st.floats(-0.03, 0.03),
    cuts=st.lists(st.integers(20, 400), min_size=1, max_size=20),
)
def test_jitter_is_smoothed_and_time_never_runs_backwards(
    seed: int, jitter_s: float, rate_error: float, cuts: list[int]
) -> None:
    true = regular(40, RATE * (1 + rate_error))
    stamps = true + np.random.default_rng(seed).uniform(0, jitter_s, len(true))
    watch = watcher()

    segments: list[Segment] = []
    start = 0
    while start < len(stamps):
        size = cuts[len(segments) % len(cuts)]
        segments += watch.check(chunk(stamps[start : start + size], start))
        start += size

    times = times_of(segments)
    assert (np.diff(times) > 0).all()
    late = times - true - jitter_s / 2
    assert np.abs(late[round(10 * RATE) :]).max() < 1e-3 + 0.05 * jitter_s
    # The nominal rate is believed for a second, so a wrong one shows that long.
    assert np.abs(late).max() < 0.001 + jitter_s + 0.5 * abs(rate_error) * PRIOR_S
    report = watch.report()
    assert (report.gaps, report.strays, report.lost) == (0, 0, 0)
    assert report.measured_rate == pytest.approx(RATE * (1 + rate_error), rel=2e-4)
    if abs(abs(rate_error) - 0.02) > 1e-3:
        assert report.rate_off == (abs(rate_error) > 0.02)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 1000), max_size=20).map(sorted))
def test_any_cut_gives_the_same_times(cuts: list[int]) -> None:
    rng = np.random.default_rng(3)
    stamps = regular(4) * 1.0 + rng.uniform(0, 0.02, 1000)
    stamps[400:402] += 7.0  # stray
    stamps[600:] += 1.5  # gap
    whole = watcher()
    expected = times_of(list(whole.check(chunk(stamps))))
    pieces = watcher()

    segments: list[Segment] = []
    for part in np.split(np.arange(1000), cuts):
        if len(part):
            segments += pieces.check(chunk(stamps[part], int(part[0])))

    np.testing.assert_allclose(times_of(segments), expected, atol=1e-9)
    assert pieces.report() == whole.report()
    assert (whole.report().strays, whole.report().gaps) == (2, 1)


def test_a_rate_that_is_off_is_named() -> None:
    watch = watcher()
    stream(watch, regular(10, RATE * 1.025))

    report = watch.report()

    assert report.rate_off
    assert report.problems == ("sends 256.2 Hz instead of 250 Hz (+2.5%)",)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    jitter_s=st.floats(0, 0.02),
    size=st.integers(8, 60),
    sign=st.sampled_from([-1, 1]),
)
def test_two_percent_is_the_border_also_where_whole_chunks_are_late(
    seed: int, jitter_s: float, size: int, sign: int
) -> None:
    """2.2 % is named as soon as the rate is judged, or soon after; 1.5 % never is."""
    for error, is_off in ((0.022, True), (0.015, False)):
        watch, named_at = watcher(), []
        true = regular(12, RATE * (1 + sign * error))
        rng = np.random.default_rng(seed)
        late = np.repeat(rng.uniform(0, jitter_s, len(true) // size + 1), size)[: len(true)]
        for start in range(0, len(true), size):
            stop = min(start + size, len(true))
            watch.check(chunk(true[start:stop] + late[start:stop], start))
            if watch.report().rate_off:
                named_at.append(true[stop - 1] - true[0])
        assert bool(named_at) == is_off
        assert watch.report().rate_off == is_off
        if is_off:
            assert named_at[0] < 10.0
            assert "Hz instead of 250 Hz" in watch.report().problems[0]


def test_the_rate_is_not_judged_by_the_first_stamps() -> None:
    watch = watcher()
    stream(watch, regular(2) + np.random.default_rng(1).uniform(0, 0.09, 500))

    assert watch.report().measured_rate == 0.0
    assert not watch.report().rate_off


def test_samples_that_the_sender_counted_are_known_to_be_lost() -> None:
    watch = watcher()
    times = regular(10)

    segments = stream(watch, times[:1000])
    segments += stream(watch, times[1037:], first_index=1037)

    assert [segment.after_gap for segment in segments].count(True) == 1
    assert segments[100].after_gap
    np.testing.assert_allclose(times_of(segments), np.delete(times, range(1000, 1037)), atol=1e-9)
    report = watch.report()
    assert (report.lost, report.gaps, report.backwards) == (37, 1, 0)
    assert report.problems == ("1 gap, 37 samples known lost",)


def test_stamps_that_jump_and_stay_are_a_gap() -> None:
    """The cable was out for 2 s, and the sender does not count."""
    watch = watcher()
    times = regular(10)
    times[1000:] += 2.0

    segments = stream(watch, times)

    assert indices_of(segments) == list(range(len(times)))
    np.testing.assert_allclose(times_of(segments), times, atol=1e-9)
    gap = [segment for segment in segments if segment.after_gap]
    assert [segment.chunk.first_index for segment in gap] == [1000]
    assert watch.report().problems == ("1 gap, 0 samples known lost",)


def test_until_it_is_clear_whether_stamps_come_back_samples_wait_a_moment() -> None:
    watch = watcher()
    stream(watch, regular(4))

    waiting = [
        watch.check(chunk(regular(0.04, start=1010.0) + at / 250, 1000 + at)) for at in (0, 10)
    ]
    let_go = watch.check(chunk(regular(0.04, start=1010.08), 1020))

    assert waiting == [(), ()]
    assert [len(segment.chunk) for segment in let_go] == [30]
    assert let_go[0].after_gap


def test_stamps_that_jump_and_come_back_are_replaced() -> None:
    watch = watcher()
    times = regular(10)
    broken = times.copy()
    broken[500] += 3.0
    broken[1200:1203] -= 1.0
    broken[2000] = np.nan

    segments = stream(watch, broken)

    np.testing.assert_allclose(times_of(segments), times, atol=1e-6)
    report = watch.report()
    assert (report.strays, report.gaps, report.backwards) == (5, 0, 2)
    assert "5 time stamps jumped" in report.problems
    assert "2 time stamps ran backwards" in report.problems


def test_a_clock_that_was_set_back_is_a_gap_and_the_stream_goes_on() -> None:
    watch = watcher()
    times = regular(10)
    times[1250:] -= 100.0

    segments = stream(watch, times)

    np.testing.assert_allclose(times_of(segments), times, atol=1e-9)
    report = watch.report()
    assert (report.backwards, report.gaps) == (1, 1)


def test_chunks_that_overlap_a_little_are_jitter_and_those_that_overlap_more_are_named() -> None:
    """As liblsl deduces them where the sender stamps whole chunks when it sends them."""
    for overlap_s, backwards in ((0.003, 0), (0.02, 99)):
        watch = watcher()
        times = regular(4)
        times[::10] -= 1 / RATE + overlap_s
        stream(watch, times)
        assert watch.report().backwards == backwards
        assert watch.report().gaps == 0


def test_wild_stamps_do_not_stop_the_stream() -> None:
    watch = watcher()
    times = regular(8)
    times[1000:1500] = np.random.default_rng(2).uniform(0, 1e6, 500)

    segments = stream(watch, times)

    assert indices_of(segments) == list(range(2000))
    assert watch.report().strays == 500
    np.testing.assert_allclose(times_of(segments), regular(8), atol=1e-3)


def test_the_sender_restarted_with_another_clock() -> None:
    watch = watcher()
    stream(watch, regular(5))

    watch.restart()
    segments = stream(watch, regular(5, start=3.0))

    assert segments[0].after_gap
    assert not any(segment.after_gap for segment in segments[1:])
    assert times_of(segments)[0] == 3.0
    assert watch.report().gaps == 1


def test_samples_that_are_no_numbers_are_counted_by_channel_and_left_as_they_are() -> None:
    watch = watcher()
    data = np.zeros((100, 3), dtype=np.float32)
    data[10:14, 1] = np.nan
    data[50, 2] = -np.inf

    segments = watch.check(EEGChunk(data, regular(0.4), 0))

    assert watch.report().not_finite == (("Cz", 4), ("O2", 1))
    assert watch.report().problems == ("samples that are not numbers: Cz 4, O2 1",)
    np.testing.assert_array_equal(segments[0].chunk.data, data)


def test_stamps_that_are_no_numbers_from_the_start_wait_for_the_first_that_is() -> None:
    watch = watcher()
    times = regular(1)
    times[:3] = np.nan

    segments = stream(watch, times)

    assert indices_of(segments) == list(range(3, 250))
    assert watch.report().strays == 3
    assert watch.check(chunk(np.empty(0), 250)) == ()


def test_a_report_without_troubles_says_nothing() -> None:
    fresh = watcher().report()
    assert fresh == IntegrityReport(0, 0, 0, 0, 0, (), RATE, 0.0, False)
    assert fresh.problems == ()


def test_the_clock_of_an_hour_is_followed() -> None:
    """50 ppm off, as quartzes are: after an hour 180 ms, all of which is known."""
    clock = Dejitter(100.0, 90.0)
    true = np.arange(360_000) / (100.0 * (1 + 50e-6))
    stamps = true + np.random.default_rng(1).exponential(0.004, len(true))

    times = np.concatenate(
        [
            clock.update(np.arange(start, start + 1000), stamps[start : start + 1000])
            for start in range(0, len(true), 1000)
        ]
    )

    late = times[-200_000:] - true[-200_000:]
    assert late.mean() == pytest.approx(0.004, abs=2e-4)
    assert late.std() < 2e-4


def test_before_scipy_is_there_times_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(7)
    indices = np.arange(3000, dtype=np.int64)
    stamps = 1000.0 + indices / 250.0 + rng.normal(0, 0.003, len(indices))
    with_scipy, without = Dejitter(250.0, 90.0), Dejitter(250.0, 90.0)
    whole = with_scipy.update(indices, stamps)
    monkeypatch.setattr(lazy_scipy._Late, "is_there", lambda _self, _name: False)
    parts = [without.update(indices[a : a + 60], stamps[a : a + 60]) for a in range(0, 3000, 60)]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=1e-9)


def test_a_stream_is_checked_without_an_import_of_scipy() -> None:
    """It takes a second, and more on a busy machine: samples come meanwhile."""
    script = """
import sys
import numpy as np
from milmer_live.live.sources.stream_check import StreamCheck
from milmer_live.samples import EEGChunk, EEGInfo

check = StreamCheck(EEGInfo("amp", "a", ("Cz", "Pz"), 250.0), ("Cz", "Pz"), lambda: None)
for start in range(0, 1000, 50):
    times = 1000.0 + np.arange(start, start + 50) / 250.0
    check.check(EEGChunk(np.zeros((50, 2), np.float32), times, start), times[-1])
assert not [name for name in ("scipy", "mne") if name in sys.modules]
"""
    subprocess.run([sys.executable, "-c", script], check=True)
