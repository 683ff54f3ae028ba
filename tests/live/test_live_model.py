"""Models come and go while the stream goes on; answers say what they are worth."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from live_tools import INFO, QUICK, RATE, WatchingPredictor, wait_until, whole_frame
from test_live_engine import CLOCK, FedEEG, fed

from milmer_live.config import (
    FilterSettings,
    Preprocessing,
    QualitySettings,
    RecordingSettings,
    SignalLimits,
    WindowSettings,
)
from milmer_live.errors import ConfigError, ModelError
from milmer_live.live.engine import Engine
from milmer_live.live.inference.confidence import (
    Smoother,
    evidence_of,
    has_enough,
    is_usable,
    usable_share,
    widened,
)
from milmer_live.live.inference.model_switch import NewModel
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.state import EngineState
from milmer_live.live.workers import Faults
from milmer_live.processing.eeg.quality import assess
from milmer_live.samples import Evidence, Explanation, FaceCrop, Prediction, Window, frozen
from milmer_live.storage.session.card import Plan
from milmer_live.storage.xdf.reader import read_xdf


class Explaining(WatchingPredictor):
    """Also says why, and what it is called."""

    description, reason, caution = "a test", "because", ""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.explained: list[int] = []

    def explain(self, window: Window, quadrant: int) -> Explanation:
        self.explained.append(window.index)
        return Explanation(window.index, 1.0, float(quadrant), np.zeros(32, np.float32))


def test_another_model_answers_once_it_is_loaded_and_the_old_one_until_then() -> None:
    old, new = Explaining("old"), Explaining("new")
    source, ready = FedEEG(ago_s=1.0), threading.Event()

    def load() -> NewModel:
        assert ready.wait(20.0)
        return NewModel(new, QUICK)

    with fed(old, source) as engine:
        source.push(64)
        wait_until(lambda: engine.snapshot().counters.predictions == 1)
        engine.switch_model("new", load)
        assert engine.snapshot().model.loading == "new"
        with pytest.raises(ConfigError, match="'new' is being loaded already"):
            engine.switch_model("third", load)
        source.push(16)
        wait_until(lambda: engine.snapshot().counters.predictions == 2)
        assert (len(old.windows), engine.snapshot().model.name) == (2, "old")
        ready.set()
        wait_until(lambda: engine.snapshot().model.name == "new")
        wait_until(lambda: engine.snapshot().model.loading == "")
        source.push(16)
        wait_until(lambda: engine.snapshot().counters.predictions == 3)
        snapshot = engine.snapshot()
    assert [window.index for window in new.windows] == [2]
    assert (snapshot.fault, snapshot.model.reason) == ("", "because")


def broken() -> NewModel:
    raise ModelError("The checkpoint x is damaged.", "Copy it again.")


def crashing() -> NewModel:
    raise ValueError("what is this")


def of_other_windows() -> NewModel:
    window = WindowSettings(length_s=1.0, hop_s=0.125, bag_size=5)
    return NewModel(WatchingPredictor(), Preprocessing(window=window))


@pytest.mark.parametrize(
    ("load", "told"),
    [
        (broken, "The model 'b' is not used: The checkpoint x is damaged. Copy it again."),
        (crashing, "The model 'b' is not used: ValueError: what is this."),
        (of_other_windows, "connect again with that model"),
    ],
)
def test_a_model_that_cannot_be_used_is_a_fault_and_the_old_one_stays(
    load: object, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    source = FedEEG()
    with fed(WatchingPredictor(), source) as engine, caplog.at_level(logging.CRITICAL):
        engine.switch_model("b", load)  # type: ignore[arg-type]
        wait_until(lambda: told in engine.snapshot().fault)
        source.push(64)
        wait_until(lambda: engine.snapshot().counters.predictions == 1)
        engine.switch_model("good", lambda: NewModel(WatchingPredictor(), QUICK))
        wait_until(lambda: engine.snapshot().fault == "")


def test_a_model_brings_the_filters_it_was_trained_with() -> None:
    filters = FilterSettings(low_hz=4.0, high_hz=45.0)
    source = FedEEG()
    with fed(WatchingPredictor(), source) as engine:
        engine.wait_connected(5.0)
        source.push(64)
        wait_until(lambda: engine.snapshot().counters.predictions == 1)
        wanted = QUICK.model_copy(update={"filters": filters})
        engine.switch_model("b", lambda: NewModel(WatchingPredictor(), wanted))
        wait_until(lambda: engine.filters == filters)


def _in_the_ring(engine: Engine) -> int:
    eeg = engine.model_eeg(10.0)
    return 0 if eeg is None else int(np.isfinite(eeg.data[:, 0]).sum())


def test_signals_come_before_the_first_model_which_answers_from_the_newest_window_on() -> None:
    source, ready = FedEEG(), threading.Event()
    first, own = WatchingPredictor(), FilterSettings(low_hz=2.0, high_hz=45.0)

    def load() -> NewModel:
        assert ready.wait(20.0)
        return NewModel(first, QUICK)

    engine = Engine(source, None, None, whole_frame, QUICK, CLOCK, awaits_model=True)
    engine.switch_model("first", load)
    engine.start()
    try:
        engine.wait_connected(5.0)
        engine.change_filters(own)
        source.push(96)
        wait_until(lambda: _in_the_ring(engine) == 96)
        assert engine.snapshot().state is EngineState.LIVE
        assert engine.snapshot().model.loading == "first"
        ready.set()
        wait_until(lambda: engine.snapshot().counters.predictions == 1)
        counters = engine.snapshot().counters
    finally:
        engine.stop()
    assert [window.index for window in first.windows] == [counters.windows_planned - 1]
    assert counters.windows_planned > 1
    assert counters.windows_skipped == 0
    assert engine.filters == own


def test_a_run_that_ends_waits_for_a_model_that_is_being_loaded() -> None:
    begun, ready = threading.Event(), threading.Event()
    loaded: list[bool] = []

    def load() -> NewModel:
        begun.set()
        assert ready.wait(20.0)
        loaded.append(True)
        return NewModel(WatchingPredictor(), QUICK)

    with fed(WatchingPredictor(), FedEEG()) as engine:
        engine.switch_model("late", load)
        assert begun.wait(20.0)
        threading.Timer(0.05, ready.set).start()
    assert loaded == [True]


def test_a_run_without_a_model_has_none_to_switch() -> None:
    engine = Engine(FedEEG(), None, None, whole_frame, QUICK, CLOCK)
    with pytest.raises(ConfigError, match="predicts nothing"):
        engine.switch_model("x", broken)


def test_each_answer_is_explained_when_there_is_time() -> None:
    predictor, source = Explaining("model"), FedEEG()
    with fed(predictor, source) as engine:
        source.push(64)
        wait_until(lambda: engine.snapshot().explanation is not None)
        explanation = engine.snapshot().explanation
    assert explanation is not None
    assert (explanation.window_index, explanation.faces) == (0, 0.0)
    assert predictor.explained == [0]


class Stuck(WatchingPredictor):
    """Works on its first window until it is told to go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        super().__init__(lambda _window: self._wait())

    def _wait(self) -> None:
        assert self.go_on.wait(30.0)


def test_a_slow_model_delays_neither_ring_nor_recorder_nor_screen(tmp_path: Path) -> None:
    predictor, source = Stuck(), FedEEG()
    plan = Plan(participant="slow", recording=RecordingSettings())
    recorder = Recorder(tmp_path, plan, CLOCK, Faults())
    recorder.start()
    with fed(predictor, source) as engine:
        engine.wait_connected(5.0)
        engine.record(recorder)
        for _ in range(20):
            source.push(32)
        wait_until(lambda: len(predictor.windows) == 1)
        wait_until(lambda: engine.snapshot().counters.samples_received == 640)
        wait_until(lambda: samples_on_disk(recorder) == 640)
        wait_until(lambda: shown_samples(engine) == 640)  # it answers while the model does not
        snapshot = engine.snapshot(eeg_seconds=5.0)
        assert (snapshot.counters.predictions, len(predictor.windows)) == (0, 1)
        predictor.go_on.set()
        wait_until(lambda: engine.snapshot().counters.predictions == 2)
        counters = engine.snapshot().counters
        engine.record(None)
    recorder.stop()
    assert recorder.join(20.0)
    last = counters.windows_planned - 1
    assert [one.index for one in predictor.windows] == [0, last] or predictor.windows[
        1
    ].index == last
    assert counters.windows_skipped == counters.windows_planned - 2


def shown_samples(engine: Engine) -> int:
    view = engine.snapshot(eeg_seconds=5.0).eeg
    return 0 if view is None else len(view.data)


def samples_on_disk(recorder: Recorder) -> int:
    """What a reader finds in the file while it is being written."""
    path = recorder.status.folder / "session.xdf" if recorder.status.folder else None
    if path is None or not path.is_file():
        return 0
    found = read_xdf(path, lambda header: header.type == "EEG").streams
    return len(found[0].times) if found else 0


def prediction(index: int, shares: tuple[float, ...], **fields: object) -> Prediction:
    values = frozen(np.array(shares, dtype=np.float32))
    return Prediction(index, 0.5 * index, values, **fields)  # type: ignore[arg-type]


SURE, UNSURE = (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0)


def test_smoothing_is_a_weighted_mean_that_knows_its_age() -> None:
    smoother = Smoother(1.0)
    assert smoother.smoothed(prediction(0, SURE)).delay_s == 0.0
    second = smoother.smoothed(prediction(1, UNSURE))
    weight = np.exp(-0.5) / (1 + np.exp(-0.5))
    np.testing.assert_allclose(second.probabilities, (weight, 1 - weight, 0, 0), atol=1e-6)
    assert second.delay_s == pytest.approx(0.5 * weight)
    poor = smoother.smoothed(prediction(2, SURE, enough=False))
    assert (tuple(poor.probabilities), poor.delay_s) == (SURE, 0.0)
    smoother.forget()
    assert smoother.smoothed(prediction(3, SURE)).delay_s == 0.0


def test_without_smoothing_nothing_is_changed() -> None:
    smoother = Smoother()
    for index, shares in enumerate((SURE, UNSURE)):
        given = prediction(index, shares)
        assert smoother.smoothed(given) is given


def test_smoothing_is_shown_and_refused_where_it_makes_no_sense() -> None:
    source = FedEEG()
    with fed(WatchingPredictor(), source) as engine:
        engine.smooth(2.0)
        source.push(80)
        wait_until(lambda: engine.snapshot().counters.predictions >= 1)
        source.push(16)
        wait_until(lambda: engine.snapshot().counters.predictions >= 2)
        snapshot = engine.snapshot()
        for seconds in (-1.0, float("nan"), 1000.0):
            with pytest.raises(ConfigError, match="cannot be smoothed"):
                engine.smooth(seconds)
    assert snapshot.model.smoothing_s == 2.0
    assert snapshot.prediction is not None
    assert snapshot.prediction.delay_s > 0


def crop() -> FaceCrop:
    from live_tools import face

    return face(0.1)


@pytest.mark.parametrize(
    ("bad_channels", "faces", "enough"), [(0, 0, True), (3, 0, False), (3, 4, True), (3, 1, False)]
)
def test_not_enough_signal_means_poor_eeg_and_hardly_a_face(
    bad_channels: int, faces: int, enough: bool
) -> None:
    noise = np.random.default_rng(1).normal(0, 5, (256, 4)).astype(np.float32)
    noise[:, :bad_channels] = 1.0
    quality = assess(noise, ("Fp1", "Fp2", "Cz", "Oz"), RATE, QualitySettings())
    bag = (crop(),) * faces + (None,) * (5 - faces)
    window = Window(0, 0.0, 0.5, np.zeros((32, 64), np.float32), bag)
    usable = is_usable(quality, SignalLimits())
    assert usable is (bad_channels == 0)
    evidence = evidence_of(window, quality, has_eeg=True, has_camera=True)
    assert evidence == Evidence(4 - bad_channels, 4, faces, 5)
    without = evidence_of(window, quality, has_eeg=True, has_camera=False)
    assert (without.bag_size, without.n_channels) == (0, 4)
    told = replace(prediction(0, SURE, faces_used=faces > 0), eeg_used=usable)
    assert has_enough(told, evidence, SignalLimits()) is enough
    assert usable_share(()) == -1.0
    assert is_usable((), SignalLimits()), "nothing is known against the EEG"


def test_what_the_electrodes_do_not_know_widens_an_answer_by_eeg_alone() -> None:
    """Stated and right by the table in docs/devices.md."""
    alone = prediction(0, (0.80, 0.1, 0.06, 0.04), faces_used=False)
    assert widened(alone, 1.0) is alone
    for coverage, right in ((0.87, 0.72), (0.71, 0.70), (0.69, 0.63)):
        shown = widened(alone, coverage)
        assert shown.probabilities.sum() == pytest.approx(1.0)
        assert shown.quadrant is alone.quadrant
        stated = float(shown.probabilities.max())
        assert stated <= right + 0.02
    assert widened(alone, 0.0).probabilities == pytest.approx([0.25] * 4)
    for other in (replace(alone, eeg_used=False), replace(alone, faces_used=True)):
        assert widened(other, 0.7) is other


def test_an_answer_says_what_it_stands_on() -> None:
    words = {
        (True, True): "EEG and face",
        (True, False): "EEG only",
        (False, True): "face only",
        (False, False): "nothing",
    }
    for (eeg, faces), word in words.items():
        assert prediction(0, SURE, eeg_used=eeg, faces_used=faces).basis == word
    assert INFO.n_channels == 32
