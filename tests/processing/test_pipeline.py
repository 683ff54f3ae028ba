"""The way from device to model: any rate, any reference, and settings that change on the way."""

from __future__ import annotations

import numpy as np
import pytest

from milmer_live.config import FilterSettings, Preprocessing
from milmer_live.errors import ConfigError, SourceFormat
from milmer_live.processing.eeg.pipeline import (
    EEGPipeline,
    preprocess,
)
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Float32, Float64, Recording

NAMES = (*MODEL_CHANNELS, "M1", "M2")
CHUNK = 37


def info(rate: float = 250.0) -> EEGInfo:
    return EEGInfo("amp", "a1", NAMES, rate)


def brain(rate: float = 250.0, seconds: float = 16.0) -> Float32:
    """(n_samples, 34) µV: noise below 40 Hz and alpha on electrodes with offsets of tens of mV."""
    rng = np.random.default_rng(2)
    times = np.arange(round(seconds * rate)) / rate
    phases, frequencies = rng.uniform(0, 6, 60), rng.uniform(0.5, 40, 60)
    waves = np.sin(2 * np.pi * np.outer(times, frequencies) + phases)
    offsets = rng.normal(0, 20_000, len(NAMES))
    return np.asarray(waves @ rng.normal(0, 5, (60, len(NAMES))) + offsets, dtype=np.float32)


def stream(pipeline: EEGPipeline, data: Float32, start: int = 0) -> Float32:
    parts = range(start, len(data), CHUNK)
    return np.concatenate([pipeline.process(data[part : part + CHUNK]) for part in parts])


@pytest.mark.parametrize("rate", [250.0, 256.0, 500.0, 512.0, 1000.0])
def test_any_rate_gives_the_signal_that_128_hz_would(rate: float) -> None:
    expected = EEGPipeline(info(128.0), Preprocessing()).process(brain(128.0))

    out = stream(EEGPipeline(info(rate), Preprocessing()), brain(rate))

    settled = slice(3 * 128, len(out))
    assert len(expected) - 20 < len(out) < len(expected)
    np.testing.assert_allclose(out[settled], expected[: len(out)][settled], atol=0.5)


def test_chunks_carry_the_times_they_are_from() -> None:
    pipeline = EEGPipeline(info(1000.0), Preprocessing())
    data = brain(1000.0, 2.0)
    stamps = 77.0 + np.arange(len(data)) / 1000.0

    times: list[Float64] = []
    for first in range(0, len(data), CHUNK):
        part = slice(first, first + CHUNK)
        out, out_times = pipeline.process_chunk(data[part], stamps[part])
        assert out.shape == (len(out_times), 32)
        times.append(out_times)

    joined = np.concatenate(times)
    np.testing.assert_allclose(joined, 77.0 + np.arange(len(joined)) / 128.0, atol=1e-9)


def test_at_the_models_rate_times_are_left_alone() -> None:
    stamps = 5.0 + np.random.default_rng(1).uniform(0, 1, 100).cumsum()
    _, times = EEGPipeline(info(128.0), Preprocessing()).process_chunk(brain(128.0)[:100], stamps)
    np.testing.assert_array_equal(times, stamps)


def test_offline_and_live_are_the_same_bytes() -> None:
    data = brain(512.0, 4.0)
    recording = Recording(info(512.0), data, np.arange(len(data)) / 512.0, "s01", "r1")

    whole = preprocess(recording, Preprocessing())

    np.testing.assert_array_equal(stream(EEGPipeline(info(512.0), Preprocessing()), data), whole)


@pytest.mark.parametrize(
    "changed",
    [
        FilterSettings(low_hz=4.0, high_hz=45.0, notch_hz=50.0),
        FilterSettings(low_hz=0.5, high_hz=40.0),
        FilterSettings(reference="average"),
        FilterSettings(reference="channels", reference_channels=("M1", "EEG m2-REF")),
    ],
)
@pytest.mark.parametrize("rate", [128.0, 250.0])
def test_a_filter_changed_while_running_leaves_no_jump(
    changed: FilterSettings, rate: float
) -> None:
    data = brain(rate)
    middle = round(10 * rate) // CHUNK * CHUNK
    before = stream(EEGPipeline(info(rate), Preprocessing()), data)
    always = stream(EEGPipeline(info(rate), Preprocessing(filters=changed)), data)
    pipeline = EEGPipeline(info(rate), Preprocessing())

    first = stream(pipeline, data[:middle])
    pipeline.change_filters(changed)
    second = stream(pipeline, data, middle)

    assert pipeline.filters == changed
    out = np.concatenate([first, second])
    faded = len(first) + 32
    np.testing.assert_array_equal(first, before[: len(first)])
    np.testing.assert_allclose(out[faded:], always[faded:], atol=0.5)
    largest = np.maximum(np.abs(before), np.abs(always)).max(axis=0)
    assert (np.abs(out) <= largest + 1e-3).all()
    steps = np.abs(np.diff(out, axis=0))[len(first) - 1 : faded].max()
    assert steps < 1.2 * max(np.abs(np.diff(before, axis=0)).max(), 1.0)


@pytest.mark.parametrize("rate", [128.0, 250.0])
@pytest.mark.parametrize("healthy", [0, 20, 1000])
def test_a_change_looks_back_no_further_than_it_can_read(rate: float, healthy: int) -> None:
    """`healthy` samples after the new reference was no number, it takes over."""
    data, broken = brain(rate), round(5 * rate)
    data[broken - 10 : broken, NAMES.index("M1")] = np.nan
    before = stream(EEGPipeline(info(rate), Preprocessing()), data)
    changed = FilterSettings(reference="channels", reference_channels=("M1",))
    begun = EEGPipeline(info(rate), Preprocessing(filters=changed)).process(data[broken:])
    pipeline = EEGPipeline(info(rate), Preprocessing())

    first = pipeline.process(data[: broken + healthy])
    pipeline.change_filters(changed)
    out = np.concatenate([first, stream(pipeline, data, broken + healthy)])

    assert out.shape == before.shape
    np.testing.assert_array_equal(out[: len(first)], before[: len(first)])
    faded = max(len(first), 5 * 128) + 32
    np.testing.assert_allclose(out[faded:], begun[faded - 5 * 128 :], atol=1e-3)


def test_what_is_read_are_channels_references_and_neighbours() -> None:
    names = (*MODEL_CHANNELS, "M1", "M2", "FT9")
    pipeline = EEGPipeline(EEGInfo("amp", "a1", names, 128.0), Preprocessing())
    assert pipeline.reads.names == frozenset(MODEL_CHANNELS)

    pipeline.change_filters(FilterSettings(reference="channels", reference_channels=("m2",)))
    pipeline.interpolate_bad(["Cz"])

    assert pipeline.reads.names == frozenset(names) - {"Cz", "M1"}
    assert pipeline.reads.references == {"M2"}
    data = np.zeros((4, 35), dtype=np.float32)
    data[range(4), [names.index(name) for name in ("Cz", "M1", "M2", "FT9")]] = np.nan
    assert pipeline.readable(data).tolist() == [True, True, False, False]


def test_what_is_not_finite_is_no_sample_and_is_forgotten() -> None:
    data = brain(128.0)
    broken = data.copy()
    broken[500, 3] = np.inf
    pipeline = EEGPipeline(info(128.0), Preprocessing())

    with pytest.raises(FloatingPointError, match="'amp' is not finite"):
        pipeline.process(broken)

    fresh = EEGPipeline(info(128.0), Preprocessing())
    np.testing.assert_array_equal(pipeline.process(data), fresh.process(data))


def test_changes_in_quick_succession_end_at_the_last() -> None:
    data = brain()
    wanted = FilterSettings(low_hz=2.0, high_hz=30.0)
    pipeline = EEGPipeline(info(), Preprocessing())
    stream(pipeline, data[:2500])
    for low_hz in (3.0, 4.0, 5.0):
        pipeline.change_filters(FilterSettings(low_hz=low_hz))
        stream(pipeline, data[2500:2510])
    pipeline.reset()
    pipeline.change_filters(wanted)

    always = EEGPipeline(info(), Preprocessing(filters=wanted))
    np.testing.assert_array_equal(stream(pipeline, data), stream(always, data))


def test_what_does_not_work_is_refused_and_nothing_changes() -> None:
    pipeline = EEGPipeline(info(), Preprocessing())

    with pytest.raises(ConfigError, match="needs a stream of more than 140 Hz"):
        pipeline.change_filters(FilterSettings(high_hz=70.0))
    with pytest.raises(SourceFormat, match="no channel A1"):
        pipeline.change_filters(FilterSettings(reference="channels", reference_channels=("A1",)))
    with pytest.raises(ConfigError, match="artifact removal takes 8 channels"):
        pipeline.remove_artifacts(np.eye(8))

    assert pipeline.filters == FilterSettings()


def test_named_channels_are_the_reference() -> None:
    data = brain(128.0)
    referenced = data - data[:, 32:34].mean(axis=1, keepdims=True)
    filters = FilterSettings(reference="channels", reference_channels=("M1", "M2"))

    out = EEGPipeline(info(128.0), Preprocessing(filters=filters)).process(data)

    expected = EEGPipeline(info(128.0), Preprocessing()).process(referenced)
    np.testing.assert_allclose(out, expected, atol=0.02)


def test_a_bad_channel_is_taken_from_its_neighbours_while_running() -> None:
    data = brain(128.0)
    pipeline = EEGPipeline(info(128.0), Preprocessing())
    stream(pipeline, data[:1184])
    data[1184:, MODEL_CHANNELS.index("Cz")] = np.nan  # the electrode came off

    pipeline.interpolate_bad(["EEG Cz"])
    out = stream(pipeline, data, 1184)

    assert pipeline.channel_map.interpolated == ("Cz",)
    assert np.isfinite(out).all()
    healthy = EEGPipeline(info(128.0), Preprocessing()).process(brain(128.0))[1184:]
    others = np.delete(np.arange(32), MODEL_CHANNELS.index("Cz"))
    np.testing.assert_allclose(out[:, others], healthy[:, others], atol=0.01)
    with pytest.raises(ConfigError, match="has no channel Q9"):
        pipeline.interpolate_bad(["Q9"])
    pipeline.interpolate_bad([])
    assert pipeline.channel_map.matched == MODEL_CHANNELS


def test_an_artifact_matrix_is_applied_to_what_the_filter_gives() -> None:
    data = brain()
    matrix = np.eye(32) - np.full((32, 32), 1 / 32)
    pipeline = EEGPipeline(info(), Preprocessing(), matrix)
    plain = stream(EEGPipeline(info(), Preprocessing()), data)

    np.testing.assert_allclose(stream(pipeline, data), plain @ matrix.T, atol=1e-3)
    pipeline.remove_artifacts(None)
    pipeline.reset()
    np.testing.assert_array_equal(stream(pipeline, data), plain)


def test_the_delay_is_known() -> None:
    """A burst at 10 Hz comes out of the chain as late as the chain says."""
    times = np.arange(8 * 128) / 128
    burst = np.sin(2 * np.pi * 10 * times) * np.exp(-(((times - 4) / 0.4) ** 2))
    data = np.repeat(burst[:, np.newaxis], len(NAMES), axis=1).astype(np.float32)
    pipeline = EEGPipeline(info(128.0), Preprocessing())

    energy = pipeline.process(data)[:, 0].astype(float) ** 2

    late = np.sum(times * energy) / np.sum(energy) - 4.0
    assert pipeline.filter_delay_s == pytest.approx(late, abs=2e-3)
    assert 0 < pipeline.filter_delay_s < 0.05
    assert pipeline.resampling_delay_s == 0.0
    assert EEGPipeline(info(250.0), Preprocessing()).resampling_delay_s == pytest.approx(
        0.129, abs=1e-3
    )


@pytest.mark.parametrize("name", ["F7", "M2"])
def test_a_recording_with_samples_that_are_not_numbers_is_refused(name: str) -> None:
    data = brain(128.0, 2.0)
    data[9, NAMES.index(name)] = np.nan
    data[:, NAMES.index("M1")] = np.nan  # which is not read
    recording = Recording(info(128.0), data, np.arange(len(data)) / 128.0, "s01", "r1")
    filters = FilterSettings(reference="channels", reference_channels=("M2",))

    with pytest.raises(SourceFormat, match=f"'r1' has samples that are not numbers, in {name}"):
        preprocess(recording, Preprocessing(filters=filters))


def test_a_recording_with_samples_that_are_too_large_is_refused() -> None:
    data = brain(128.0, 2.0)
    data[9] = 3.4e38
    data[9, NAMES.index("M2")] = -3.4e38
    recording = Recording(info(128.0), data, np.arange(len(data)) / 128.0, "s01", "r1")
    filters = FilterSettings(reference="channels", reference_channels=("M2",))

    with pytest.raises(SourceFormat, match="too large to be filtered"):
        preprocess(recording, Preprocessing(filters=filters))


def test_a_reference_without_channels_is_refused() -> None:
    with pytest.raises(ValueError, match="go together"):
        FilterSettings(reference="channels")
    with pytest.raises(ValueError, match="go together"):
        FilterSettings(reference_channels=("M1",))
