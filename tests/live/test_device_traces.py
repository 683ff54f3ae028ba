"""The screen has every channel of the device, at its rate, filtered as the model's are."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from live_tools import QUICK, WatchingPredictor, wait_until, whole_frame
from test_live_engine import labelled_outlet

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.clock import LSLClock
from milmer_live.config import FilterSettings, MontageSettings, Preprocessing
from milmer_live.live.engine import Engine
from milmer_live.live.signal.display_feed import (
    DeviceTraces,
    Shown,
)
from milmer_live.live.state import EEGView
from milmer_live.processing.eeg.artifacts import (
    Artifacts,
    Component,
    ComponentKind,
)
from milmer_live.processing.eeg.filters import CausalFilter
from milmer_live.processing.eeg.montage import channel_map
from milmer_live.processing.eeg.pipeline import EEGPipeline
from milmer_live.samples import MODEL_CHANNELS, EEGChunk, EEGInfo, Float32, Float64, frozen

AUX = ("ECG", "M1")
NAMES = (*MODEL_CHANNELS[::-1], *AUX)
INFO = EEGInfo("amp", "a1", NAMES, 128.0)
NARROW = FilterSettings(low_hz=4.0, high_hz=20.0)


def noise(seconds: float, rate: float = 128.0, n_channels: int = len(NAMES)) -> Float32:
    rng = np.random.default_rng(4)
    return rng.normal(0, 10, (round(seconds * rate), n_channels)).astype(np.float32)


def shown(
    filters: FilterSettings, artifacts: Artifacts | None = None, bad: tuple[str, ...] = ()
) -> Shown:
    return Shown(channel_map(INFO, MontageSettings(), bad), filters, artifacts)


def fed(traces: DeviceTraces, data: Float32, start_s: float, rate: float = 128.0) -> None:
    """In uneven chunks."""
    first = 0
    for size in np.random.default_rng(1).integers(1, 40, len(data)):
        stop = min(len(data), first + int(size))
        times = start_s + np.arange(first, stop) / rate
        traces.write(
            EEGChunk(frozen(data[first:stop]), frozen(times), first), times[-1], after_gap=False
        )
        if stop == len(data):
            return
        first = stop


def seen(traces: DeviceTraces) -> EEGView:
    view = traces.view(None, 600.0)
    assert view is not None
    return view


def artifacts() -> Artifacts:
    rng = np.random.default_rng(8)
    unmixing: Float64 = rng.normal(0, 1, (32, 32))
    patterns: Float64 = np.linalg.inv(unmixing).astype(np.float64)
    parts = tuple(Component(n, ComponentKind.OTHER, "", 0.1, patterns[:, n]) for n in range(32))
    return Artifacts(MODEL_CHANNELS, unmixing, parts, (0, 3), converged=True)


@pytest.mark.parametrize("reference", ["none", "average", "channels"])
@pytest.mark.parametrize("cleans", [False, True])
def test_what_is_seen_of_a_model_channel_is_what_the_model_gets(
    reference: str, cleans: bool
) -> None:
    named = ("M1",) if reference == "channels" else ()
    filters = FilterSettings.model_validate(
        {"reference": reference, "reference_channels": named, "notch_hz": 50.0}
    )
    removed = artifacts() if cleans else None
    matrix = removed.cleaning_matrix() if removed else None
    pipeline = EEGPipeline(INFO, Preprocessing(filters=filters), matrix)
    traces = DeviceTraces(60.0)
    traces.connect(INFO, shown(filters, removed))
    data = noise(6.0)
    fed(traces, data, 100.0)
    view = seen(traces)
    assert (view.channel_names, view.sample_rate) == (NAMES, 128.0)
    np.testing.assert_allclose(view.data[:, 31::-1], pipeline.process(data), atol=1e-3)


def test_a_channel_of_no_model_is_filtered_too_and_less_the_reference() -> None:
    filters = FilterSettings(reference="channels", reference_channels=("M1",))
    traces = DeviceTraces(60.0)
    traces.connect(INFO, shown(filters))
    data = noise(4.0)
    fed(traces, data, 100.0)
    plain = CausalFilter(FilterSettings(), 128.0)
    wanted = plain.process(data[:, 32:33] - data[:, 33:34])
    np.testing.assert_allclose(seen(traces).data[:, 32:33], wanted, atol=1e-3)


def test_another_filter_is_settled_when_it_is_seen() -> None:
    traces = DeviceTraces(60.0)
    traces.connect(INFO, shown(FilterSettings()))
    data = noise(16.0) + 500.0
    half = len(data) // 2
    fed(traces, data[:half], 100.0)
    traces.change(shown(NARROW))
    fed(traces, data[half:], 100.0 + half / 128.0)
    settled = CausalFilter(NARROW, 128.0).process(data)
    np.testing.assert_allclose(seen(traces).data[half:], settled[half:], atol=0.05)


def test_one_dead_electrode_is_a_gap_in_its_own_trace_alone() -> None:
    traces = DeviceTraces(60.0)
    traces.connect(INFO, shown(FilterSettings()))
    data = noise(4.0)
    broken = data.copy()
    broken[200:260, 5] = np.nan
    fed(traces, broken, 100.0)
    view = seen(traces)
    missing = np.isnan(view.data)
    assert missing[200:260, 5].all()
    assert missing.sum() == 60
    whole = CausalFilter(FilterSettings(), 128.0).process(data)
    others = np.arange(len(NAMES)) != 5
    np.testing.assert_allclose(view.data[:, others], whole[:, others], atol=1e-3)


def test_a_reference_that_is_no_number_leaves_nothing_to_be_seen() -> None:
    traces = DeviceTraces(60.0)
    traces.connect(INFO, shown(FilterSettings(reference="channels", reference_channels=("M1",))))
    data = noise(4.0)
    data[200:260, 33] = np.nan
    fed(traces, data, 100.0)
    missing = np.isnan(seen(traces).data)
    assert missing[200:260].all()
    assert not missing[260:].any()


def test_a_break_is_as_long_as_it_was_and_time_goes_on_meanwhile() -> None:
    traces = DeviceTraces(60.0)
    traces.connect(INFO, shown(FilterSettings()))
    fed(traces, noise(2.0), 100.0)
    traces.idle(103.0)
    assert seen(traces).times[-1] == pytest.approx(103.0, abs=2 / 128)
    traces.connect(INFO, shown(FilterSettings()))
    fed(traces, noise(2.0), 105.0)
    view = seen(traces)
    missing = np.asarray(np.isnan(view.data).all(axis=1))
    assert missing.sum() / 128.0 == pytest.approx(3.0, abs=3 / 128)
    assert np.diff(view.times) == pytest.approx(1 / 128, abs=1.5 / 128)
    assert (view.first_index, len(view.data)) == (0, len(missing))


def test_what_comes_when_the_screen_has_gone_on_does_not_move_the_time() -> None:
    """A link stood still for 8 s, and gave all that it held at once: nothing is lost, and the
    picture of before and after is where its times say."""
    traces = DeviceTraces(60.0)
    traces.connect(INFO, shown(FilterSettings()))
    fed(traces, noise(2.0), 100.0)
    for tenth in range(1, 80):
        traces.idle(102.0 + tenth / 10)
    data = noise(12.0)
    fed(traces, data[: 4 * 128], 102.0)  # held back, in parts
    fed(traces, data[4 * 128 :], 106.0)
    view = seen(traces)
    number = view.first_index + np.arange(len(view.times))
    np.testing.assert_allclose(view.times, 100.0 + number / 128.0, atol=2 / 128)
    assert np.isfinite(view.data[view.times > 110.0]).all()
    assert view.times[-1] == pytest.approx(114.0, abs=2 / 128)


def test_a_clock_that_is_set_back_after_a_silence_is_shown() -> None:
    traces = DeviceTraces(60.0)
    traces.connect(INFO, shown(FilterSettings()))
    fed(traces, noise(2.0), 100.0)
    traces.idle(104.0)
    fed(traces, noise(2.0), 50.0)
    assert np.isfinite(seen(traces).data[-250:]).all()


def test_a_device_slower_than_the_model_is_seen_as_far_as_its_rate_goes() -> None:
    info = EEGInfo("slow", "s1", NAMES, 100.0)
    traces = DeviceTraces(60.0)
    traces.connect(info, shown(FilterSettings(notch_hz=50.0)))  # 50 Hz is half its rate
    fed(traces, noise(3.0, 100.0), 100.0, 100.0)
    assert np.isfinite(seen(traces).data).all()


@pytest.mark.parametrize(("n_channels", "rate"), [(8, 250.0), (64, 1000.0), (128, 500.0)])
def test_the_screen_gets_the_device_and_the_model_its_own(n_channels: int, rate: float) -> None:
    """Over LSL, with a spike of one sample that the model's 128 Hz would smear."""
    names = (*MODEL_CHANNELS, *(f"X{n}" for n in range(96)))[:n_channels]
    source_id = f"wide-{uuid.uuid4()}"
    stream = labelled_outlet(names, rate, source_id)
    clock = LSLClock()
    quick = QUICK.model_copy(update={"filters": FilterSettings(low_hz=0.0, high_hz=0.0)})
    engine = Engine(
        LSLSource(source_id=source_id), None, WatchingPredictor(), whole_frame, quick, clock
    )
    data = noise(4.0, rate, n_channels)
    spike = len(data) - 200
    data[spike, n_channels - 1] = 900.0
    stamps = clock.now() - 4.0 + np.arange(len(data)) / rate
    engine.start()
    try:
        engine.wait_connected(20.0)
        for first in range(0, len(data), 50):
            stream.push_chunk(data[first : first + 50], stamps[first : first + 50].tolist())
        wait_until(lambda: stop_of(engine.snapshot().eeg) >= len(data), 30.0)
        wait_until(lambda: len(engine.snapshot().quality) == n_channels, 30.0)
        wait_until(lambda: stop_of(engine.model_eeg(0.0)) > 3 * 128, 30.0)
        view, fed_to_model = engine.snapshot(eeg_seconds=10.0).eeg, engine.model_eeg(10.0)
        used = engine.used_quality
    finally:
        engine.stop()
    assert view is not None
    assert (view.channel_names, view.sample_rate) == (names, rate)
    np.testing.assert_allclose(view.data[spike], data[spike], atol=1e-3)
    assert fed_to_model is not None
    assert fed_to_model.data.shape[1] == 32
    assert {one.name for one in used} == set(names[:32])
    del stream


def stop_of(view: EEGView | None) -> int:
    return 0 if view is None else view.first_index + len(view.data)
