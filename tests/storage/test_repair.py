"""A recording that was cut or damaged: every whole chunk before the damage is kept."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import pyxdf
from hypothesis import given, settings
from hypothesis import strategies as st
from sessions import START, amplifier, recorder
from xdf_files import Written, any_file, example, write_file

from milmer_live.errors import RecordingError
from milmer_live.samples import Marker
from milmer_live.storage.session.catalogue import unfinished_sessions
from milmer_live.storage.session.lock import LOCK_NAME
from milmer_live.storage.upkeep.repair import (
    Rescue,
    repair,
)
from milmer_live.storage.xdf.chunks import (
    OF_A_STREAM,
    Tag,
)
from milmer_live.storage.xdf.reader import read_xdf
from milmer_live.storage.xdf.scan import (
    Chunk,
    Scanner,
)

CREATED = "2025-01-01T12:00:00+00:00"


@cache
def whole_file() -> bytes:
    """A small session of 11 s: clock offsets three times, one boundary, footers."""
    with TemporaryDirectory() as folder:
        numbers, _, strings = example(11, rate=1)
        return write_file(Path(folder) / "a.xdf", (numbers, strings)).read_bytes()


def chunks_of(data: bytes) -> list[Chunk]:
    scanner = Scanner(data)
    chunks = list(scanner)
    assert not scanner.damage
    return chunks


def contents(data: bytes, chunks: Iterable[Chunk]) -> list[bytes]:
    """The chunks' bytes, without footers: those are made anew."""
    return [data[one.start : one.stop] for one in chunks if one.tag != Tag.STREAM_FOOTER]


def rescued(data: bytes) -> bytes | None:
    """The repaired file, None where there is nothing to rescue."""
    rescue = Rescue(Scanner(data))
    return None if rescue.is_empty else b"".join(rescue.pieces(CREATED))


def load(data: bytes, *, clocks: bool = True) -> list[dict[str, Any]]:
    """By pyxdf. Its fit of the clocks takes 50 ms a stream, and numpy warns of damaged ones."""
    with np.errstate(all="ignore"):
        loaded = pyxdf.load_xdf(io.BytesIO(data), synchronize_clocks=clocks)
    streams: list[dict[str, Any]] = loaded[0]
    return streams


def assert_loads(data: bytes, *, clocks: bool = False) -> None:
    """pyxdf finds in each stream what its footer promises."""
    for stream in load(data, clocks=clocks):
        promised = int(stream["footer"]["info"]["sample_count"][0])
        assert promised == len(stream["time_stamps"]) == len(stream["time_series"])


def test_a_file_cut_at_any_byte_keeps_every_whole_chunk() -> None:
    data = whole_file()
    chunks = chunks_of(data)
    before: bytes | None = None
    for cut in range(len(data)):
        repaired = rescued(data[:cut])
        whole = contents(data, (one for one in chunks if one.stop <= cut))
        if not whole:
            assert repaired is None
            continue
        assert repaired is not None
        if repaired != before:  # between two chunk ends all results are equal
            assert contents(repaired, chunks_of(repaired)) == whole
            assert_loads(repaired)
            before = repaired


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_bytes_cost_no_whole_chunk_before_them(data: st.DataObject) -> None:
    whole = whole_file()
    damaged = bytearray(whole)
    first = data.draw(st.integers(0, len(whole) - 1))
    spots = data.draw(st.lists(st.integers(first, min(first + 40, len(whole) - 1)), max_size=3))
    for spot in (first, *spots):
        damaged[spot] = data.draw(st.integers(0, 255))

    repaired = rescued(bytes(damaged))

    assert repaired is not None
    kept = contents(repaired, chunks_of(repaired))
    expected = contents(whole, (one for one in chunks_of(whole) if one.stop <= first))
    assert kept[: len(expected)] == expected
    assert Rescue(Scanner(repaired)).is_intact
    assert_loads(repaired)


@given(which=st.integers(0, 5), byte=st.integers(0, 15), value=st.integers(0, 255))
@settings(max_examples=5, deadline=None)
def test_damaged_clock_offsets_do_not_keep_pyxdf_from_loading(
    which: int, byte: int, value: int
) -> None:
    damaged = bytearray(whole_file())
    offsets = [one for one in chunks_of(whole_file()) if one.tag == Tag.CLOCK_OFFSET]
    damaged[offsets[which].body + byte] = value

    repaired = rescued(bytes(damaged))

    assert repaired is not None
    assert_loads(repaired, clocks=True)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_foreign_bytes_in_the_middle_cost_only_the_chunk_they_fall_into(
    data: st.DataObject,
) -> None:
    whole = whole_file()
    headers = [one.stop for one in chunks_of(whole) if one.tag == Tag.STREAM_HEADER]
    place = data.draw(st.integers(max(headers), len(whole)))
    garbage = data.draw(st.binary(min_size=1, max_size=60))

    repaired = rescued(whole[:place] + garbage + whole[place:])

    assert repaired is not None
    kept = set(contents(repaired, chunks_of(repaired)))
    hit = [one for one in chunks_of(whole) if one.start < place < one.stop]
    lost = {one for one in contents(whole, chunks_of(whole)) if one not in kept}
    assert lost <= set(contents(whole, hit))
    assert_loads(repaired)


@given(streams=any_file, share=st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_any_streams_cut_anywhere_are_rescued(streams: tuple[Written, ...], share: float) -> None:
    with TemporaryDirectory() as folder:
        data = write_file(Path(folder) / "a.xdf", streams).read_bytes()
    cut = int(share * len(data))

    repaired = rescued(data[:cut])

    whole = contents(data, (one for one in chunks_of(data) if one.stop <= cut))
    assert (repaired is None) == (not whole)
    if repaired is not None:
        assert contents(repaired, chunks_of(repaired)) == whole


@given(st.binary(max_size=300))
def test_what_is_no_recording_is_no_trouble(data: bytes) -> None:
    rescued(data)
    rescued(b"XDF:" + data)


def test_the_original_is_kept_and_the_repaired_file_takes_its_place(tmp_path: Path) -> None:
    path = write_file(tmp_path / "session.xdf", example(26), close=False)
    torn = path.read_bytes()[:-7]
    path.write_bytes(torn)

    report = repair(path)

    assert report.backup == tmp_path / "session.xdf.bak"
    assert report.backup.read_bytes() == torn
    assert report.n_damaged == 1
    assert 0 < report.dropped_bytes < 100
    assert [one.name for one in report.streams] == ["Amplifier", "Steps", "Markers"]
    streams = load(path.read_bytes())
    assert [len(one["time_stamps"]) for one in streams] == [416, 104, 25]
    assert [one.n_samples for one in report.streams] == [416, 104, 25]
    assert 25 < report.length_s < 26
    assert 0 < report.lost_s < 1
    assert report.until is None, "no card tells the time of day"
    np.testing.assert_array_equal(streams[0]["time_series"], np.array(example(26)[0].rows))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["session.xdf", "session.xdf.bak"]


def test_a_stream_may_be_number_0(tmp_path: Path) -> None:
    """Other programs count from 0; boundaries, which are of no stream, are not taken for its."""
    path = write_file(tmp_path / "session.xdf", example(26)[:1], close=False)
    data = bytearray(path.read_bytes())
    for chunk in chunks_of(bytes(data)):
        if chunk.tag in OF_A_STREAM:
            data[chunk.body - 4 : chunk.body] = bytes(4)
    path.write_bytes(data)

    report = repair(path)

    assert [(one.name, one.n_samples) for one in report.streams] == [("Amplifier", 416)]
    footers = [one for one in chunks_of(path.read_bytes()) if one.tag == Tag.STREAM_FOOTER]
    assert [one.stream for one in footers] == [0]
    (stream,) = read_xdf(path).streams
    assert (stream.number, len(stream.times)) == (0, 416)


def test_an_intact_file_is_left_alone(tmp_path: Path) -> None:
    path = write_file(tmp_path / "session.xdf", example())
    before = path.stat()

    report = repair(path)

    assert report.backup is None
    assert report.dropped_bytes == 0
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_repair_keeps_both_originals(tmp_path: Path) -> None:
    path = write_file(tmp_path / "session.xdf", example(), close=False)
    first = path.read_bytes()
    repair(path)
    second = path.read_bytes()[:-7]
    path.write_bytes(second)

    assert repair(path).backup == tmp_path / "session.xdf.bak1"

    assert (tmp_path / "session.xdf.bak").read_bytes() == first
    assert (tmp_path / "session.xdf.bak1").read_bytes() == second


@pytest.mark.parametrize("content", [b"", b"XDF:", b"not a recording " * 50])
def test_a_file_with_nothing_in_it_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "session.xdf"
    path.write_bytes(content)

    with pytest.raises(RecordingError, match=r"session\.xdf"):
        repair(path)

    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be read"):
        repair(tmp_path / "none.xdf")


def test_stamps_that_another_recorder_left_out_are_no_damage() -> None:
    data = whole_file()
    stream = chunks_of(data)[1]
    chunk = (
        b"\x01"
        + bytes([2 + 4 + 2 + (1 + 8 + 12) + (1 + 12)])
        + b"\x03\x00"
        + stream.stream.to_bytes(4, "little")
        + b"\x01\x02"
        + b"\x08"
        + np.float64(1000.0).tobytes()
        + np.arange(3, dtype="<f4").tobytes()
        + b"\x00"
        + np.arange(3, dtype="<f4").tobytes()
    )
    first_header = data[: stream.stop]

    repaired = rescued(first_header + chunk)

    assert repaired is not None
    assert load(repaired)[0]["time_series"].tolist() == [[0, 1, 2], [0, 1, 2]]


def test_a_damaged_header_is_taken_from_the_card(tmp_path: Path) -> None:
    """All headers may lie in one sector of the disk, and the samples mean nothing without."""
    amp = amplifier()
    session = recorder(tmp_path)
    for _ in range(10):
        session.write_eeg(amp.info, amp.chunk(100))
        session.write_marker(Marker(START, "beep"))
        session.step()
    session.close()
    path = session.status.folder / "session.xdf"
    damaged = bytearray(path.read_bytes())
    damaged[150:400] = bytes(250)
    path.write_bytes(damaged)

    report = repair(path)

    assert [one.name for one in report.streams if one.was_restored] == ["Amp"]
    amp_again, markers = load(path.read_bytes())
    np.testing.assert_array_equal(amp_again["time_series"], amp.data)
    assert amp_again["info"]["name"] == ["Amp"]
    assert len(markers["time_series"]) == 10
    assert Rescue(Scanner(path.read_bytes())).is_intact


def test_sessions_that_a_kill_has_left_are_found_until_they_are_repaired(tmp_path: Path) -> None:
    folders = []
    for ending in ("closed", "killed", "of an older version"):
        amp, session = amplifier(), recorder(tmp_path)
        session.write_eeg(amp.info, amp.chunk(100))
        session.step()
        folders.append(session.status.folder)
        left = {file: file.read_bytes() for file in folders[-1].iterdir()}
        session.close()
        if ending != "closed":
            for file, content in left.items():
                file.write_bytes(content)
        if ending == "of an older version":
            (folders[-1] / LOCK_NAME).unlink()

    assert unfinished_sessions(tmp_path) == (folders[1],)
    repair(folders[1] / "session.xdf")
    assert unfinished_sessions(tmp_path) == ()
