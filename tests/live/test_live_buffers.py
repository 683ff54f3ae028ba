"""The ring and the face grid: nothing torn, nothing mixed up, everything bounded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_tools import face

from milmer_live.config import WindowSettings
from milmer_live.live.signal.buffers import (
    EEGRing,
    EEGSpan,
    FaceGrid,
)
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import Float32

RATE = 10.0


def numbered(first: int, count: int) -> Float32:
    """(count, 2): each sample holds its own number."""
    return np.repeat(np.arange(first, first + count, dtype=np.float32)[:, np.newaxis], 2, axis=1)


def write(ring: EEGRing, count: int) -> None:
    first = ring.written
    ring.append(numbered(first, count), np.arange(first, first + count) / RATE, arrival=first)


# A positive number is a chunk of that many samples, a negative one a gap.
scripts = st.lists(st.integers(-25, 25).filter(bool), max_size=20)


@given(script=scripts, capacity=st.integers(1, 16), asked=st.integers(0, 40))
def test_the_ring_reads_like_the_end_of_a_list(
    script: list[int], capacity: int, asked: int
) -> None:
    ring, plain = EEGRing(capacity, 2), [float("nan")] * 0
    for step in (1, *script):
        first = ring.written
        if step > 0:
            write(ring, step)
            plain += [float(n) for n in range(first, first + step)]
        else:
            ring.skip(-step, (first - step) / RATE, 1 / RATE, arrival=0.0)
            plain += [float("nan")] * -step
    expected = plain[max(0, len(plain) - min(asked, capacity)) :]
    span = ring.read_last(asked)
    since = ring.read_last(asked, since=span.first_index + 2)
    np.testing.assert_array_equal(since.data, span.data[2:])
    assert ring.written == len(plain)
    np.testing.assert_array_equal(span.data[:, 0], np.array(expected, dtype=np.float32))
    assert span.first_index == len(plain) - len(expected)
    steps = np.arange(span.first_index, len(plain)) / RATE
    np.testing.assert_allclose(span.times, steps, atol=1e-9)


@given(
    chunks=st.lists(st.integers(1, 12), min_size=1, max_size=20),
    capacity=st.integers(4, 16),
    first=st.integers(0, 60),
    count=st.integers(0, 16),
)
def test_a_span_is_whole_or_counted_as_overwritten(
    chunks: list[int], capacity: int, first: int, count: int
) -> None:
    ring = EEGRing(capacity, 2)
    for chunk in chunks:
        write(ring, chunk)
    if first + count > ring.written:
        with pytest.raises(IndexError):
            ring.read(first, first + count)
        return
    span = ring.read(first, first + count)
    gone = max(0, ring.written - capacity - first)
    if span is None:
        assert ring.overwritten == min(gone, count)
        assert gone > 0
    else:
        assert gone == 0
        np.testing.assert_array_equal(span.data, numbered(first, count))


class RingOvertaken(EEGRing):
    """The writer comes by while a reader is copying."""

    during_copy = 0

    def _copy(self, first: int, last: int) -> EEGSpan:
        half = super()._copy(first, last)
        count, self.during_copy = self.during_copy, 0
        if count:
            write(self, count)
        return half


def test_a_reader_that_is_overtaken_while_copying_keeps_no_torn_samples() -> None:
    ring = RingOvertaken(8, 2)
    write(ring, 8)
    ring.during_copy = 3
    span = ring.read_last(8)
    assert span.data[:, 0].tolist() == [3, 4, 5, 6, 7]
    ring.during_copy = 1
    assert ring.read(3, 6) is None
    assert ring.overwritten == 1


def test_a_read_is_a_copy_that_stays() -> None:
    ring = EEGRing(8, 2)
    write(ring, 8)
    span = ring.read(0, 8)
    write(ring, 8)
    assert span is not None
    assert span.data[:, 0].tolist() == list(range(8))
    assert not span.data.flags.writeable


def test_a_span_with_a_gap_is_not_complete() -> None:
    ring = EEGRing(32, 2)
    write(ring, 4)
    ring.skip(2, 0.6, 1 / RATE, arrival=1.0)
    write(ring, 4)
    before, over, after = ring.read(0, 4), ring.read(2, 8), ring.read(6, 10)
    assert before is not None
    assert over is not None
    assert after is not None
    assert [before.complete, over.complete, after.complete] == [True, False, True]


SETTINGS = WindowSettings(length_s=1.0, hop_s=0.5, bag_size=5)
ORIGIN = 1000.0


def started() -> FaceGrid:
    grid = FaceGrid(SETTINGS)
    grid.start(WindowPlanner(SETTINGS, ORIGIN))
    return grid


def kept(grid: FaceGrid) -> dict[int, int]:
    return {slot: crop.frame_index for slot, crop in grid.faces(range(-5, 1000)).items()}


def test_faces_of_pictures_that_showed_nothing_new_are_given_up() -> None:
    grid = started()
    for index, time in enumerate([0.05, 0.25, 0.45]):
        grid.add(face(ORIGIN + time, index))
    grid.forget(after=ORIGIN + 0.25)
    assert kept(grid) == {0: 0, 1: 1}
    assert [crop.frame_index for crop in iter(grid.take_fresh, None)] == [1, 0]
    waits = FaceGrid(SETTINGS)
    waits.add(face(ORIGIN + 0.05, 0))
    waits.add(face(ORIGIN + 0.25, 1))
    waits.forget(after=ORIGIN + 0.1)
    waits.start(WindowPlanner(SETTINGS, ORIGIN))
    assert kept(waits) == {0: 0}


def test_a_slot_takes_the_face_of_its_first_frame() -> None:
    grid = started()
    for index, time in enumerate([0.05, 0.1, 0.25, 0.39, 0.61]):
        assert grid.is_due(ORIGIN + time) == (index in (0, 2, 4))
        grid.add(face(ORIGIN + time, index))
    assert kept(grid) == {0: 0, 1: 2, 3: 4}


def test_faces_are_looked_for_once_a_slot_before_the_eeg_comes_too() -> None:
    grid = FaceGrid(SETTINGS)
    due = [n for n in range(20) if grid.is_due(ORIGIN + n * 0.05)]
    assert due == [0, 4, 8, 12, 16], "a slot is 0.2 s long"


def test_faces_that_come_before_the_eeg_find_their_slots() -> None:
    grid = FaceGrid(SETTINGS)
    for index in range(8):
        grid.add(face(ORIGIN - 0.35 + index * 0.1, index))
    grid.start(WindowPlanner(SETTINGS, ORIGIN))
    assert kept(grid) == {0: 4, 1: 6}


def test_each_kept_face_is_given_to_the_model_once() -> None:
    grid = started()
    for index in range(6):
        grid.add(face(ORIGIN + 0.1 * index, index))
    taken = [crop.frame_index for crop in iter(grid.take_fresh, None)]
    assert sorted(taken) == [0, 2, 4]


def test_old_slots_go_and_do_not_come_back() -> None:
    grid = started()
    for slot in range(500):
        grid.add(face(ORIGIN + slot * 0.2 + 0.01, slot))
    slots = kept(grid)
    assert len(slots) <= 100
    assert min(slots) > 300
    assert max(slots) == 499


def test_a_bag_is_final_when_no_frame_to_come_can_change_it() -> None:
    grid = started()
    assert not grid.settled(0)
    for slot in range(4):
        grid.add(face(ORIGIN + slot * 0.2 + 0.01, slot))
        grid.passed(ORIGIN + slot * 0.2 + 0.01)
    assert not grid.settled(0), "a face may still come for the last slot"
    grid.passed(ORIGIN + 0.82)
    assert not grid.settled(0)
    grid.add(face(ORIGIN + 0.85, 4))
    assert grid.settled(0), "every slot has its face"
    assert not grid.settled(1)
    grid.passed(ORIGIN + 1.5)
    assert grid.settled(1), "the camera is past its end, with or without faces"
