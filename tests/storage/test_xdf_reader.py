"""Our reader gives what was written, and times on one clock."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from xdf_files import Written, any_file, example, write_file

from milmer_live.errors import RecordingError
from milmer_live.storage.xdf.clock import on_recorder_clock
from milmer_live.storage.xdf.reader import read_xdf


@given(streams=any_file)
@settings(max_examples=20, deadline=None)
def test_what_was_written_is_read(streams: tuple[Written, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = read_xdf(write_file(Path(folder) / "a.xdf", streams))

    assert file.is_intact
    for stream, written in zip(file.streams, streams, strict=True):
        assert stream.header == written.header
        assert stream.promised == len(written.stamps)
        np.testing.assert_array_equal(stream.stamps, written.stamps)
        np.testing.assert_allclose(
            stream.times, written.stamps + written.offset_s, rtol=0, atol=1e-6
        )
        if written.header.format == "string":
            assert stream.values == [tuple(row) for row in written.rows]
        else:
            expected = np.array(written.rows, dtype=written.header.dtype)
            assert stream.numbers.tobytes() == expected.tobytes()


def test_only_the_wanted_streams_are_read(tmp_path: Path) -> None:
    path = write_file(tmp_path / "a.xdf", example(3))

    file = read_xdf(path, lambda header: header.format == "string")

    assert [one.header.name for one in file.streams] == ["Markers"]
    assert file.named("Markers") is file.streams[0]
    assert file.named("Amplifier") is None
    assert file.streams[0].texts == ["marker 0 µ", "marker 1 µ", "marker 2 µ"]


def test_a_torn_file_gives_its_whole_chunks_and_says_that_it_is_torn(tmp_path: Path) -> None:
    path = write_file(tmp_path / "a.xdf", example(26), close=False)
    path.write_bytes(path.read_bytes()[:-7])

    file = read_xdf(path)

    assert not file.is_intact
    assert file.damaged_bytes > 0
    assert [len(one.stamps) for one in file.streams] == [416, 104, 25]


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none\.xdf cannot be read"):
        read_xdf(tmp_path / "none.xdf")


def test_a_drifting_clock_is_followed_and_the_networks_delay_is_not() -> None:
    """100 ppm of drift; single measurements are off by up to 1 ms."""
    rng = np.random.default_rng(1)
    true_times = np.arange(0, 3600, 0.5)
    sender = 500.0 + true_times * (1 - 100e-6)
    measured_at = np.arange(0, 3600, 5.0)
    collected = 500.0 + measured_at * (1 - 100e-6)
    offsets = measured_at - collected + rng.uniform(-1e-3, 1e-3, len(measured_at))

    corrected = on_recorder_clock(sender, collected, offsets)

    assert np.abs(corrected - true_times).max() < 2e-4


def test_a_sender_that_was_restarted_has_another_clock_from_there_on() -> None:
    before, after = np.arange(1000.0, 1060.0), np.arange(20.0, 80.0)
    collected = np.concatenate([np.arange(1000.0, 1060.0, 5), np.arange(20.0, 80.0, 5)])
    offsets = np.concatenate([np.full(12, -1000.0), np.full(12, 50.0)])

    corrected = on_recorder_clock(np.concatenate([before, after]), collected, offsets)

    np.testing.assert_allclose(corrected[:60], before - 1000.0)
    np.testing.assert_allclose(corrected[60:], after + 50.0)


def test_few_or_no_measurements_are_no_trouble() -> None:
    stamps = np.array([10.0, 11.0])

    assert on_recorder_clock(stamps, np.zeros(0), np.zeros(0)).tolist() == [10.0, 11.0]
    one = on_recorder_clock(stamps, np.array([10.0]), np.array([5.0]))
    assert one.tolist() == [15.0, 16.0]
