"""What a user turns while the EEG runs: filter, bad channels, components; and what is told."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from live_tools import INFO, RATE, wait_until, whole_frame
from test_artifacts import SETTINGS, mixture

from milmer_live.catalogue import EventKind
from milmer_live.clock import LSLClock
from milmer_live.config import ArtifactSettings, FilterSettings, Preprocessing
from milmer_live.errors import ConfigError
from milmer_live.events import Event
from milmer_live.live.engine import Engine
from milmer_live.live.sink import Nobody
from milmer_live.live.state import FitPhase, SignalState
from milmer_live.processing.eeg.artifacts import ComponentKind
from milmer_live.processing.eeg.pipeline import EEGPipeline
from milmer_live.processing.eeg.signal_settings import (
    SignalSettings,
)
from milmer_live.samples import BoardStatus, EEGChunk, EEGInfo, Float32, frozen

CLOCK = LSLClock()
START = 50.0
SHARP = FilterSettings(low_hz=4.0, high_hz=40.0, notch_hz=50.0, reference="average")


class FedEEG:
    """A device that the test feeds; it also has a battery."""

    def __init__(self, info: EEGInfo = INFO) -> None:
        self.status = BoardStatus(81.0, tuple((name, 5_000.0) for name in info.channel_names))
        self._info = info
        self._queue: queue.Queue[EEGChunk] = queue.Queue()
        self._sent = 0

    def push(self, data: Float32) -> None:
        for part in np.array_split(data, max(1, len(data) // 64)):
            times = START + np.arange(self._sent, self._sent + len(part)) / RATE
            self._queue.put(EEGChunk(frozen(part.copy()), frozen(times), self._sent))
            self._sent += len(part)

    def open(self) -> EEGInfo:
        return self._info

    def read(self, timeout_s: float) -> EEGChunk | None:
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def close(self) -> None:
        pass


class Events(Nobody):
    """A recording of which the events are kept."""

    def __init__(self) -> None:
        self.settings: list[SignalSettings] = []

    def write_settings(self, settings: SignalSettings, time: float) -> None:  # noqa: ARG002
        self.settings.append(settings)


@contextmanager
def running(
    source: FedEEG, preprocessing: Preprocessing | None = None, *, has_model: bool = False
) -> Iterator[Engine]:
    settings = preprocessing or Preprocessing()
    engine = Engine(source, None, None, whole_frame, settings, CLOCK, awaits_model=has_model)
    engine.start()
    try:
        engine.wait_connected(20.0)
        wait_until(lambda: engine.snapshot(eeg_seconds=0.0).signal is not None, 30.0)
        yield engine
    finally:
        engine.stop()


def noise(seconds: float, n_channels: int = 32) -> Float32:
    rng = np.random.default_rng(2)
    walk = rng.normal(0, 10, (round(seconds * RATE), n_channels))
    return walk.astype(np.float32)


def received(engine: Engine) -> int:
    view = engine.model_eeg(0.0)
    return 0 if view is None else view.first_index


def shown(engine: Engine, count: int) -> Float32:
    wait_until(lambda: received(engine) >= count, 30.0)  # a gap adds one
    view = engine.model_eeg(60.0)
    assert view is not None
    return view.data


def signal(engine: Engine) -> SignalState:
    state = engine.snapshot(eeg_seconds=0.0).signal
    assert state is not None
    return state


def test_another_filter_takes_over_within_a_quarter_second_and_stays() -> None:
    eeg, source = noise(20.0), FedEEG()
    half = len(eeg) // 2
    with running(source) as engine:
        source.push(eeg[:half])
        shown(engine, half)
        before = signal(engine).filter_delay_s
        engine.change_filters(SHARP)
        source.push(eeg[half:])
        out = shown(engine, len(eeg))
        assert engine.filters == signal(engine).filters == SHARP
        assert signal(engine).filter_delay_s != before
    old = EEGPipeline(INFO, Preprocessing()).process(eeg)
    new = EEGPipeline(INFO, Preprocessing(filters=SHARP)).process(eeg)
    np.testing.assert_array_equal(out[:half], old[:half])
    settled = half + round(0.25 * RATE) + 1
    np.testing.assert_allclose(out[settled:], new[settled:], atol=1e-3)
    fade = slice(half, settled)
    low, high = np.minimum(old, new)[fade], np.maximum(old, new)[fade]
    assert (out[fade] >= low - 1e-2).all()
    assert (out[fade] <= high + 1e-2).all(), "it never leaves the way from one to the other"


def test_what_was_turned_outlives_a_reconnection_and_goes_into_the_recording() -> None:
    source, events = FedEEG(), Events()
    heard: list[Event] = []
    with running(source) as engine:
        engine.hear_events(heard.append)
        engine.record(events)
        engine.change_filters(SHARP)
        engine.mark_bad(("Cz", "T3"))
        engine._writer.connect(INFO)
        state = signal(engine)
    assert (state.filters, state.bad) == (SHARP, ("Cz", "T3"))
    assert state.interpolated == ("T7", "Cz")
    assert state.channels.startswith("30 of the model's 32 channels found, 2 made from 30")
    told = [event.text for event in heard if event.kind is EventKind.SETTINGS]
    assert told[-1] == "EEG settings: 4 to 40 Hz; notch 50 Hz; reference average; bad: Cz, T3"
    assert len(events.settings) == 3, "as it was when the recording began, and each change"
    assert events.settings[-1] == SignalSettings(SHARP, ("Cz", "T3"))


def test_what_cannot_be_is_refused_and_nothing_changes() -> None:
    source = FedEEG()
    with running(source) as engine:
        with pytest.raises(ConfigError, match="needs a stream of more than 200 Hz"):
            engine.change_filters(FilterSettings(high_hz=100.0))
        with pytest.raises(ConfigError, match="has no channel Q9"):
            engine.mark_bad(("Cz", "Q9"))
        state = signal(engine)
    assert (state.filters, state.bad) == (FilterSettings(), ())


def test_too_many_bad_channels_leave_the_model_without_eeg_and_it_is_said() -> None:
    source = FedEEG()
    with running(source, has_model=True) as engine:
        engine.mark_bad(INFO.channel_names[:25])
        fault = engine.snapshot().fault
        assert not signal(engine).usable
        assert fault.startswith("7 electrodes know ")
        assert fault.endswith("is the least: the model runs without EEG.")
        engine.mark_bad(())
        assert signal(engine).usable
        assert engine.snapshot().fault == ""


def test_without_a_model_too_few_channels_for_it_are_no_fault() -> None:
    with running(FedEEG()) as engine:
        engine.mark_bad(INFO.channel_names[:25])
        assert not signal(engine).usable
        assert engine.snapshot().fault == ""


def test_few_channels_are_shown_although_the_model_runs_without_them() -> None:
    names = ("TP9", "AF7", "AF8", "TP10", "Fp1")
    source = FedEEG(replace(INFO, channel_names=names))
    eeg = noise(2.0, len(names))
    with running(source) as engine:
        source.push(eeg)
        out = shown(engine, len(eeg))
        counters = engine.snapshot().counters
        with pytest.raises(ConfigError, match="no EEG to fit"):
            engine.fit_ica()
    assert np.isfinite(out[:, 0]).all(), "Fp1 is there"
    assert np.isnan(out[:, 1:]).all()
    assert (counters.samples_unusable, counters.eeg_gaps) == (0, 0)


def test_a_board_tells_its_battery_and_impedances() -> None:
    source = FedEEG()
    with running(source) as engine:
        state = signal(engine)
    assert state.battery_percent == 81.0
    assert state.impedances_ohm[0] == ("Fp1", 5_000.0)
    assert len(state.impedances_ohm) == 32


def fitted(engine: Engine, source: FedEEG, eeg: Float32, settings: ArtifactSettings) -> list[float]:
    """The progress of a fit on `eeg`."""
    seen: list[float] = []
    engine.fit_ica(settings)
    source.push(eeg)

    def over() -> bool:
        seen.append(engine.snapshot(eeg_seconds=0.0).ica.progress)
        return not engine.snapshot(eeg_seconds=0.0).ica.running

    wait_until(over, 60.0)
    return seen


def test_components_of_a_baseline_are_proposed_ticked_and_taken_out_live() -> None:
    mixed, source = mixture(), FedEEG()
    with running(source) as engine:
        progress = fitted(engine, source, mixed.all, SETTINGS)
        status = engine.snapshot().ica
        assert status.phase is FitPhase.READY, status.problem
        assert status.artifacts is not None
        kinds = {status.artifacts.components[index].kind for index in status.artifacts.proposed}
        assert ComponentKind.BLINK in kinds
        assert progress == sorted(progress), "it never goes back"
        ticked = status.artifacts.with_excluded(status.artifacts.proposed)
        engine.apply_ica(ticked)
        assert signal(engine).artifacts is ticked
        n = len(mixed.all)
        before = shown(engine, n)
        source.push(mixed.all)
        after = shown(engine, 2 * n)[-n:]
    settled = slice(4 * round(RATE), None)
    assert after[settled, 0].std() < 0.5 * before[settled, 0].std(), "Fp1 has lost its blinks"
    oz = INFO.channel_names.index("Oz")
    assert after[settled, oz].std() > 0.8 * before[settled, oz].std()


def test_a_fit_can_be_cancelled_and_only_one_runs() -> None:
    source = FedEEG()
    with running(source) as engine:
        engine.fit_ica(SETTINGS)
        with pytest.raises(ConfigError, match="being fitted already"):
            engine.fit_ica(SETTINGS)
        source.push(noise(5.0))
        wait_until(lambda: engine.snapshot().ica.collected_s > 4.0)
        assert engine.snapshot().ica.phase is FitPhase.COLLECTING
        engine.change_filters(SHARP)
        wait_until(lambda: engine.snapshot().ica.collected_s == 0.0)
        engine.cancel_ica()
        wait_until(lambda: engine.snapshot().ica.phase is FitPhase.CANCELLED)


def test_a_baseline_that_cannot_be_fitted_says_why() -> None:
    source = FedEEG()
    with running(source) as engine:
        fitted(engine, source, np.zeros((31 * 128, 32), dtype=np.float32), SETTINGS)
        status = engine.snapshot().ica
    assert status.phase is FitPhase.FAILED
    assert "flat" in status.problem
