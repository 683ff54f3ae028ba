"""Which samples and faces a window holds: what training, replay and live agree on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_tools import face

from milmer_live.config import WindowSettings
from milmer_live.processing.windows import WindowPlanner

MILMER = WindowSettings()

plans = st.builds(
    WindowSettings,
    length_s=st.sampled_from([0.5, 1.0, 3.0]),
    hop_s=st.sampled_from([0.125, 0.5, 0.75, 2.0]),
    bag_size=st.integers(1, 40),
)


def eeg(n_times: int = 384) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.arange(n_times * 32, dtype=np.float32).reshape(n_times, 32)


def test_windows_are_complete_when_their_last_sample_has_come() -> None:
    planner = WindowPlanner(MILMER)
    assert [planner.count(n) for n in (0, 383, 384, 447, 448, 512)] == [0, 0, 1, 1, 2, 3]
    assert planner.samples(2) == (128, 512)


@given(settings=plans, index=st.integers(0, 10_000))
def test_a_window_has_as_many_slots_as_the_bag(settings: WindowSettings, index: int) -> None:
    planner = WindowPlanner(settings, origin=1234.5)
    start, stop = planner.span(index)
    begins = [planner.origin + slot * settings.slot_s for slot in planner.slots(index)]
    assert len(begins) == settings.bag_size
    assert begins[0] >= start - 1e-6
    assert begins[-1] < stop - 1e-6


@given(settings=plans, index=st.integers(0, 10_000))
def test_overlapping_windows_share_their_slots(settings: WindowSettings, index: int) -> None:
    planner = WindowPlanner(settings)
    this, following = planner.slots(index), planner.slots(index + 1)
    new = len(set(following) - set(this))
    assert new <= math.ceil(settings.hop_s / settings.slot_s + 1e-6)


@given(slot=st.integers(0, 100_000), origin=st.sampled_from([0.0, 3.0, 98_765.4321]))
def test_a_stamp_on_the_border_falls_into_the_slot_that_begins_there(
    slot: int, origin: float
) -> None:
    planner = WindowPlanner(MILMER, origin)
    border = origin + slot * MILMER.slot_s
    assert {planner.slot(border + error) for error in (-4e-4, 0.0, 4e-4)} == {slot}


def test_overlapping_windows_are_given_the_same_face() -> None:
    planner = WindowPlanner(MILMER)
    faces = {slot: face(slot * MILMER.slot_s + 0.01, slot) for slot in range(30)}
    first, second = (planner.assemble(index, eeg(), faces) for index in (0, 1))
    assert [crop.frame_index for crop in first.faces if crop] == list(range(10))
    assert [crop.frame_index for crop in second.faces if crop] == list(range(2, 12))
    assert first.faces[2] is second.faces[0]


@pytest.mark.parametrize(("time", "taken"), [(3.49, True), (3.4995, False), (3.5, False)])
def test_a_face_after_the_end_of_the_window_is_left_out(time: float, taken: bool) -> None:
    """Window 1 ends at 3.5 s, in the middle of slot 11."""
    planner = WindowPlanner(MILMER)
    window = planner.assemble(1, eeg(), {11: face(time)})
    assert (window.faces[-1] is not None) == taken
    assert window.faces_valid.tolist() == [False] * 9 + [taken]


def test_the_window_is_channels_by_times_and_read_only() -> None:
    samples = eeg()
    window = WindowPlanner(MILMER).assemble(0, samples, {})
    assert window.eeg.shape == (32, 384)
    assert not window.eeg.flags.writeable
    np.testing.assert_array_equal(window.eeg[3], samples[:, 3])
    samples[0, 0] = -1
    assert window.eeg[0, 0] == 0
