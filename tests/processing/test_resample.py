"""A stream of any rate arrives at the model's: without clicks, without aliases, on time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milmer_live.errors import SourceFormat
from milmer_live.processing.eeg.resample import Resampler
from milmer_live.samples import Float64

RATES = [125.0, 200.0, 250.0, 256.0, 500.0, 512.0, 1000.0, 2048.0]


def sine(frequency: float, rate: float, seconds: float = 6.0) -> tuple[Float64, Float64]:
    """Data (n_samples, 2) of amplitude 1 and times."""
    times = np.arange(round(seconds * rate)) / rate
    wave = np.sin(2 * np.pi * frequency * times)
    return np.stack([wave, -wave], axis=1), times


@settings(max_examples=30, deadline=None)
@given(
    rate=st.sampled_from(RATES),
    cuts=st.lists(st.integers(0, 1500), max_size=25).map(sorted),
)
def test_chunks_of_any_size_give_the_same_bits(rate: float, cuts: list[int]) -> None:
    data = np.random.default_rng(1).normal(1e4, 30, (1500, 3))
    times = np.arange(1500) / rate
    whole, whole_times = Resampler(rate, 128.0).process(data, times)
    resampler = Resampler(rate, 128.0)

    parts = [
        resampler.process(part, stamps)
        for part, stamps in zip(np.split(data, cuts), np.split(times, cuts), strict=True)
    ]

    np.testing.assert_array_equal(np.concatenate([part for part, _ in parts]), whole)
    np.testing.assert_array_equal(np.concatenate([stamps for _, stamps in parts]), whole_times)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("frequency", [2.0, 10.0, 45.0])
def test_each_sample_has_the_value_of_its_own_time(rate: float, frequency: float) -> None:
    out, times = Resampler(rate, 128.0).process(*sine(frequency, rate))

    settled = times > 0.5
    expected = np.sin(2 * np.pi * frequency * times)
    np.testing.assert_allclose(out[settled, 0], expected[settled], atol=5e-3)
    np.testing.assert_allclose(np.diff(times), 1 / 128, atol=1e-9)
    assert times[0] == pytest.approx(0.0)


@pytest.mark.parametrize("frequency", [70.0, 100.0, 128.0, 245.0, 450.0])
def test_what_the_new_rate_cannot_hold_is_gone(frequency: float) -> None:
    out, times = Resampler(1000.0, 128.0).process(*sine(frequency, 1000.0))

    assert np.abs(out[times > 0.5]).max() < 2e-3


@pytest.mark.parametrize("rate", RATES)
def test_an_offset_of_the_electrodes_leaves_no_tone(rate: float) -> None:
    offset_uv = np.full((round(3 * rate), 1), 100_000.0)

    out, _ = Resampler(rate, 128.0).process(offset_uv, np.arange(len(offset_uv)) / rate)

    np.testing.assert_allclose(out, 100_000.0, atol=1e-6)


@pytest.mark.parametrize("rate", RATES)
def test_the_output_is_behind_by_the_delay_that_is_stated(rate: float) -> None:
    resampler = Resampler(rate, 128.0)

    _, times = resampler.process(*sine(10.0, rate))

    behind = (6.0 - 1 / rate) - times[-1]
    assert resampler.delay_s <= behind < resampler.delay_s + 1 / 128
    assert resampler.delay_s < 0.14


def test_stamps_follow_a_device_whose_clock_is_not_its_nominal_rate() -> None:
    data, _ = sine(10.0, 250.0)
    stamps = 50.0 + np.arange(len(data)) / 247.0

    _, times = Resampler(250.0, 128.0).process(data, stamps)

    positions = np.arange(len(times)) * 250.0 / 128.0
    np.testing.assert_allclose(times, 50.0 + positions / 247.0, atol=1e-9)


def test_a_reset_starts_anew_on_the_next_sample() -> None:
    resampler = Resampler(500.0, 128.0)
    resampler.process(*sine(10.0, 500.0))

    resampler.reset()
    out, times = resampler.process(np.full((400, 2), -5.0), 900 + np.arange(400) / 500)

    np.testing.assert_allclose(out, -5.0, atol=1e-9)
    assert times[0] == 900.0


def test_one_can_take_over_from_another() -> None:
    data = np.random.default_rng(1).normal(0, 30, (3000, 3))
    times = np.arange(3000) / 1000.0
    first = Resampler(1000.0, 128.0)
    first.process(data[:1300], times[:1300])
    expected, expected_times = first.process(data[1300:], times[1300:])

    second = Resampler(1000.0, 128.0, first_index=700)
    second.process(data[700:1300], times[700:1300])
    out, out_times = second.process(data[1300:], times[1300:])

    np.testing.assert_array_equal(out, expected)
    np.testing.assert_allclose(out_times, expected_times, atol=1e-12)


def test_the_same_rate_is_left_as_it_is() -> None:
    data, times = sine(10.0, 128.0)
    resampler = Resampler(128.0, 128.0)

    assert resampler.process(data, times) == (data, times)
    assert resampler.delay_s == 0.0


@pytest.mark.parametrize("rate", [0.0, 50.0, -250.0, float("nan"), float("inf")])
def test_a_rate_that_holds_no_eeg_is_refused(rate: float) -> None:
    with pytest.raises(SourceFormat, match="too slow"):
        Resampler(rate, 128.0)
