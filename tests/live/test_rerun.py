"""A recorded session through the live engine's own parts: the windows are those that were."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from live_tools import WatchingPredictor, whole_frame
from sessions import FACE, START, Amplifier, filmed, frame, plan, recorder, shoot

from milmer_live.catalogue import EventKind
from milmer_live.config import FilterSettings, Preprocessing
from milmer_live.errors import ModelError
from milmer_live.events import Event
from milmer_live.live.rerun import Rerun
from milmer_live.processing.eeg.artifacts import Artifacts, Component, ComponentKind
from milmer_live.processing.eeg.pipeline import preprocess
from milmer_live.processing.eeg.signal_settings import SignalSettings
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Label, Prediction, Window
from milmer_live.storage.session.card import Plan
from milmer_live.storage.session.reader import Session, open_session
from milmer_live.storage.session.signal_settings import SAVED_AS

CHAIN = Preprocessing()
RATE = 256.0
SECONDS = 12
SEEN = range(20, 200)  # frames with a face, of 25 a second


def never(_frame: object) -> None:
    raise AssertionError("the faces were looked for when they were recorded")


def recorded(
    root: Path,
    of: Plan,
    *,
    gap_s: float = 0.0,
    changes: tuple[tuple[float, SignalSettings], ...] = (),
    predictions: tuple[Prediction, ...] = (),
    camera: bool = True,
) -> Session:
    """12 s of EEG at 256 Hz from START on, without `gap_s` in the middle, and a camera."""
    amplifier = Amplifier(EEGInfo("Amp", "id", MODEL_CHANNELS, RATE))
    one = recorder(root, of)
    for time, settings in changes:
        one.write_settings(settings, time)
    for quarter in range(4 * SECONDS):
        chunk = amplifier.chunk(round(RATE / 4))
        if not SECONDS / 2 <= quarter / 4 < SECONDS / 2 + gap_s:
            one.write_eeg(amplifier.info, chunk)
    for index in range(25 * SECONDS * camera):
        shoot(one, frame(index), FACE if index in SEEN else None)
    for prediction in predictions:
        one.write_prediction(prediction)
    one.start()
    one.stop()
    one.join(60)
    return open_session(one.status.folder)


def windows_of(session: Session) -> list[Window]:
    predictor = WatchingPredictor()
    made = list(Rerun(session, predictor, CHAIN, never).predictions())
    windows = predictor.windows[-len(made) :]  # some may begin before the first sample
    assert [one.window_index for one in made] == [one.index for one in windows]
    return windows


def test_the_windows_have_the_samples_and_the_faces_of_training(tmp_path: Path) -> None:
    session = recorded(tmp_path, filmed())
    eeg = preprocess(session.recording(), CHAIN)
    windows = windows_of(session)
    assert len(windows) == 1 + (len(eeg) - CHAIN.window.n_times) // CHAIN.window.hop_samples
    for window in windows:
        first = window.index * CHAIN.window.hop_samples
        np.testing.assert_array_equal(window.eeg, eeg[first : first + CHAIN.window.n_times].T)
        assert window.eeg_valid
    frames = {one.frame_index for window in windows for one in window.faces if one is not None}
    firsts = {math.ceil(25 * slot * CHAIN.window.slot_s) for slot in range(40)}
    assert frames == {one for one in firsts if one in SEEN}
    assert len(frames) > 20
    assert all(one.box.number == FACE.number for one in windows[5].faces if one is not None)


@pytest.mark.parametrize("index", [0, 7, 20])
def test_the_windows_lie_where_those_of_the_recorded_answers_lie(
    tmp_path: Path, index: int
) -> None:
    share = np.full(4, 0.25, dtype=np.float32)
    said = Prediction(index, START + 3.37, share)
    session = recorded(tmp_path, filmed(), predictions=(said,))
    windows = windows_of(session)
    assert windows[0].start >= START - 0.5
    assert min(abs(one.stop - said.time) for one in windows) < 1e-6
    origin = said.time - CHAIN.window.length_s - index * CHAIN.window.hop_s
    at = (windows[0].start - windows[0].index * CHAIN.window.hop_s - origin) / CHAIN.window.slot_s
    assert abs(at - round(at)) < 1e-6  # the grid of the faces too


def test_what_the_user_set_holds_from_that_time_on(tmp_path: Path) -> None:
    marked = SignalSettings(CHAIN.filters, bad=("Cz",))
    slower = SignalSettings(FilterSettings(high_hz=20), bad=("Cz",))
    changes = ((START + 4.0, marked), (START + 8.0, slower))
    before = windows_of(recorded(tmp_path / "as-begun", plan()))
    session = recorded(tmp_path / "changed", plan(), changes=changes)
    after, trained_on = windows_of(session), preprocess(session.recording(), CHAIN)
    cz, other = MODEL_CHANNELS.index("Cz"), MODEL_CHANNELS.index("O1")
    for one, two in zip(before, after, strict=True):
        start, stop = one.start - START, one.stop - START
        first = two.index * CHAIN.window.hop_samples
        np.testing.assert_array_equal(two.eeg, trained_on[first : first + CHAIN.window.n_times].T)
        if stop < 4:
            np.testing.assert_array_equal(one.eeg, two.eeg)
        if start > 4.3:
            assert np.corrcoef(one.eeg[cz], two.eeg[cz])[0, 1] < 0.5  # made of its neighbours
        if stop < 8:
            np.testing.assert_allclose(one.eeg[other], two.eeg[other], atol=1e-4)
        if start > 8.3:
            assert two.eeg[other].std() < 0.8 * one.eeg[other].std()


def test_components_stay_removed_through_other_changes(tmp_path: Path) -> None:
    """Each change is recorded with all that holds: read back, they are other objects."""
    fz = MODEL_CHANNELS.index("Fz")
    alone = np.eye(32)[fz]
    component = Component(0, ComponentKind.BLINK, "", 1.0, alone)
    removed = Artifacts(MODEL_CHANNELS, alone[np.newaxis], (component,), (0,), True)
    with_bad = SignalSettings(CHAIN.filters, bad=("Cz",), artifacts=removed)
    changes = ((START + 3.0, SignalSettings(CHAIN.filters, (), removed)), (START + 7.0, with_bad))
    session = recorded(tmp_path, plan(), changes=changes)
    trained_on = preprocess(session.recording(), CHAIN)
    windows = windows_of(session)
    for window in windows:
        first = window.index * CHAIN.window.hop_samples
        expected = trained_on[first : first + CHAIN.window.n_times].T
        np.testing.assert_array_equal(window.eeg, expected)
        assert (np.abs(window.eeg[fz]).max() < 1e-4) == (window.start - START > 3.3)


def test_a_trial_begins_with_what_had_been_set_before_it(tmp_path: Path) -> None:
    first = SignalSettings(CHAIN.filters, bad=("Fz",))
    marked = SignalSettings(FilterSettings(high_hz=20), bad=("Cz",))
    later = SignalSettings(CHAIN.filters)
    changes = ((START + 1.0, first), (START + 2.0, marked), (START + 11.0, later))
    session = recorded(tmp_path, plan(), changes=changes)
    trial = session.trial(Label(START + 10.5, START + 11.5, 7, 3), "trial")
    held, changed = trial.settings
    assert (held.time, held.bad) == (0.0, ("Cz",))
    assert held.filters == marked.filters.model_dump()
    assert changed.time == pytest.approx(11.0 - 2.5, abs=0.01)  # 8 s before the trial it begins
    assert (changed.bad, changed.filters) == ((), None)  # the model's own filters


def test_a_setting_that_cannot_be_read_is_named_and_left_out(tmp_path: Path) -> None:
    one = recorder(tmp_path, plan())
    amplifier = Amplifier(EEGInfo("Amp", "id", MODEL_CHANNELS, RATE))
    one.write_eeg(amplifier.info, amplifier.chunk(round(4 * RATE)))
    one.write_event(Event(START, EventKind.NOTED, "", {"why": f"{SAVED_AS}{{torn"}))
    one.start()
    one.stop()
    one.join(60)
    session = open_session(one.status.folder)
    assert session.settings == ()
    (fault,) = session.signal_faults
    assert "cannot be read" in fault
    assert len(preprocess(session.recording(), CHAIN)) > 450


def test_a_window_over_a_gap_has_no_eeg_and_one_behind_it_has(tmp_path: Path) -> None:
    windows = windows_of(recorded(tmp_path, filmed(), gap_s=2.0))
    for window in windows:
        start, stop = window.start - START, window.stop - START
        assert window.eeg_valid == (stop < 5.9 or start >= 7.99)  # 0.13 s stay in the resampler
    alone = [one for one in windows if not one.eeg_valid]
    assert len(alone) >= 8
    assert any(one.faces_valid.any() for one in alone)


def test_without_pictures_it_says_what_cannot_come_out(tmp_path: Path) -> None:
    rerun = Rerun(recorded(tmp_path, plan()), WatchingPredictor(), CHAIN, never)
    assert len(list(rerun.predictions())) > 15
    assert rerun.notes == ["No picture was kept, so the answers are of the EEG alone."]


def test_faces_are_looked_for_where_nobody_did(tmp_path: Path) -> None:
    film = next(recorded(tmp_path / "filmed", filmed()).folder.glob("*.mkv"))
    session = recorded(tmp_path / "signals", plan(), camera=False)
    predictor = WatchingPredictor()
    list(Rerun(replace(session, video=film), predictor, CHAIN, whole_frame).predictions())
    assert all(window.faces_valid.all() for window in predictor.windows[2:])


def test_what_the_model_raises_ends_it(tmp_path: Path) -> None:
    def refuse(_window: Window) -> None:
        raise ModelError("The model is broken.")

    session = recorded(tmp_path, plan())
    with pytest.raises(ModelError, match="broken"):
        list(Rerun(session, WatchingPredictor(refuse), CHAIN, never).predictions())
