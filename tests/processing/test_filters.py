"""The filter gives a stream the same samples however it is cut, and refuses what it cannot do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milmer_live.config import FilterSettings
from milmer_live.errors import ConfigError
from milmer_live.processing.eeg.filters import CausalFilter
from milmer_live.samples import Float32

RATE = 128.0

SETTINGS = [
    FilterSettings(),
    FilterSettings(notch_hz=50.0),
    FilterSettings(reference="average"),
    FilterSettings(low_hz=0.5, high_hz=0.0),
    FilterSettings(low_hz=0.0, high_hz=40.0, order=2),
    FilterSettings(low_hz=0.0, high_hz=0.0),
]


def noise(n_samples: int) -> Float32:
    return np.random.default_rng(5).normal(10, 30, (n_samples, 32)).astype(np.float32)


@given(
    settings=st.sampled_from(SETTINGS),
    cuts=st.lists(st.integers(0, 400), max_size=30).map(sorted),
)
def test_chunks_of_any_size_give_the_same_bits(settings: FilterSettings, cuts: list[int]) -> None:
    data = noise(400)
    whole = CausalFilter(settings, RATE).process(data)
    piecewise = CausalFilter(settings, RATE)
    parts = [piecewise.process(part) for part in np.split(data, cuts)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_an_offset_of_the_electrodes_leaves_no_transient() -> None:
    constant = np.full((256, 32), 40_000.0, dtype=np.float32)
    filtered = CausalFilter(FilterSettings(), RATE).process(constant)
    assert np.abs(filtered).max() < 0.01


def test_after_a_reset_the_filter_settles_on_the_next_sample() -> None:
    chain = CausalFilter(FilterSettings(), RATE)
    chain.process(noise(100))
    chain.reset()
    assert np.abs(chain.process(np.full((64, 32), -5000.0, dtype=np.float32))).max() < 0.01


@pytest.mark.parametrize(("frequency", "kept"), [(10.0, 1.0), (30.0, 1.0), (0.1, 0.0), (50.0, 0.0)])
def test_the_band_passes_and_mains_is_removed(frequency: float, kept: float) -> None:
    times = np.arange(round(30 * RATE)) / RATE
    sine = np.sin(2 * np.pi * frequency * times)[:, np.newaxis].astype(np.float32)
    chain = CausalFilter(FilterSettings(notch_hz=50.0), RATE)
    filtered = chain.process(np.repeat(sine, 2, axis=1))
    settled = filtered[round(10 * RATE) :]
    assert np.sqrt(2 * np.mean(settled**2)) == pytest.approx(kept, abs=0.03)


def test_average_reference_leaves_no_common_signal() -> None:
    common = np.repeat(noise(200)[:, :1], 32, axis=1)
    settings = FilterSettings(reference="average", low_hz=0.0, high_hz=0.0)
    assert np.abs(CausalFilter(settings, RATE).process(common)).max() < 1e-4


@pytest.mark.parametrize(
    "settings",
    [FilterSettings(high_hz=64.0), FilterSettings(high_hz=0.0, notch_hz=64.0)],
)
def test_an_edge_above_nyquist_is_refused_with_the_rate_it_needs(settings: FilterSettings) -> None:
    with pytest.raises(ConfigError, match="needs a stream of more than 128 Hz; this one has 128"):
        CausalFilter(settings, RATE)
