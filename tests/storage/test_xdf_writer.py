"""What we write is XDF: pyxdf, which is not ours, reads back what was written."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
import pyxdf
from hypothesis import given, settings
from xdf_files import Written, any_file, example, header_of, write_file

from milmer_live.errors import RecordingError
from milmer_live.storage.xdf.header import (
    Channel,
    parse_header,
    stream_header,
)
from milmer_live.storage.xdf.writer import XDFWriter


def load(path: Path, **options: Any) -> list[dict[str, Any]]:
    streams: list[dict[str, Any]] = pyxdf.load_xdf(path, **options)[0]
    return streams


def assert_same(stream: dict[str, Any], written: Written) -> None:
    """Counts and bits are the same, stamps within a microsecond of the recorder's clock."""
    if written.header.format == "string":
        assert stream["time_series"] == [list(row) for row in written.rows]
    else:
        expected = np.array(written.rows, dtype=written.header.dtype)
        assert stream["time_series"].tobytes() == expected.tobytes()
    np.testing.assert_allclose(
        stream["time_stamps"], written.stamps + written.offset_s, rtol=0, atol=1e-6
    )


@given(streams=any_file)
@settings(max_examples=30, deadline=None)
def test_pyxdf_reads_the_same_counts_bits_and_times(streams: tuple[Written, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_file(Path(folder) / "a.xdf", streams)

        loaded = load(path, dejitter_timestamps=False)

    assert len(loaded) == len(streams)
    for stream, written in zip(loaded, streams, strict=True):
        assert_same(stream, written)
        assert stream["footer"]["info"]["sample_count"] == [str(len(written.stamps))]


def test_a_minute_has_its_clock_offsets_and_boundaries(tmp_path: Path) -> None:
    path = write_file(tmp_path / "a.xdf", example(60))

    for stream in load(path):
        np.testing.assert_allclose(stream["clock_times"], 1000.0 + 5 * np.arange(13), atol=1)
    assert path.read_bytes().count(bytes.fromhex("43A546DCCBF5410FB30ED5467383CBE4")) == 6


def test_pyxdf_is_content_with_every_byte(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_file(tmp_path / "a.xdf", example(60))

    with caplog.at_level(logging.WARNING):
        loaded = load(path)

    assert not caplog.records
    for stream, written in zip(loaded, example(60), strict=True):
        assert_same(stream, written)


def test_a_stream_that_joins_late_is_in_the_file(tmp_path: Path) -> None:
    early, late = header_of("early", "int32", 1, 10.0), header_of("late", "string", 2, 0.0)
    writer = XDFWriter(tmp_path / "a.xdf", now=0.0)
    first = writer.add_stream(early, 0.0)
    writer.write(first, np.arange(10) / 10, np.arange(10, dtype=np.int32)[:, None])
    second = writer.add_stream(late, 20.0)
    writer.write(second, np.array([20.5]), [["now", "then"]])
    writer.close()

    streams = load(tmp_path / "a.xdf")

    assert [one["info"]["name"] for one in streams] == [["early"], ["late"]]
    assert streams[1]["time_series"] == [["now", "then"]]


def test_the_header_says_what_readers_look_for(tmp_path: Path) -> None:
    header = stream_header(
        "Amp <1> & co",
        "EEG",
        [Channel("Fp1", "microvolts", "EEG"), Channel("Fp2", "microvolts", "EEG")],
        rate=500.0,
        source_id="serial 7",
        desc={
            "acquisition": {"manufacturer": "Nobody"},
            "synchronization": {"can_drop_samples": "true"},
        },
    )
    info = load(write_file(tmp_path / "a.xdf", (Written(header, (), 0.0),)))[0]["info"]

    assert info["name"] == ["Amp <1> & co"]
    assert info["type"] == ["EEG"]
    assert float(info["nominal_srate"][0]) == 500.0
    assert info["source_id"] == ["serial 7"]
    channels = info["desc"][0]["channels"][0]["channel"]
    assert [one["label"] for one in channels] == [["Fp1"], ["Fp2"]]
    assert channels[0]["unit"] == ["microvolts"]
    assert channels[0]["type"] == ["EEG"]
    assert info["desc"][0]["synchronization"] == [{"can_drop_samples": ["true"]}]
    assert header.can_drop_samples


def test_a_header_that_lsl_made_is_understood() -> None:
    info = pylsl.StreamInfo("Amp", "EEG", 2, 250.0, pylsl.cf_int16, "serial 7")
    info.set_channel_labels(["Cz", "Pz"])
    info.set_channel_units("microvolts")

    header = parse_header(info.as_xml())

    assert (header.name, header.type, header.source_id) == ("Amp", "EEG", "serial 7")
    assert (header.format, header.rate, header.n_channels) == ("int16", 250.0, 2)
    assert header.labels == ("Cz", "Pz")
    assert header.channels[1].unit == "microvolts"


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<info>",
        "<info><channel_count>x</channel_count></info>",
        "<info><channel_count>2</channel_count><nominal_srate>10</nominal_srate>"
        "<channel_format>float128</channel_format></info>",
    ],
)
def test_a_header_that_is_none_is_refused(xml: str) -> None:
    with pytest.raises(RecordingError):
        parse_header(xml)


def test_a_stream_without_a_name_is_refused() -> None:
    with pytest.raises(RecordingError, match="name"):
        header_of(" ", "int16", 1, 0.0)


def test_what_does_not_fit_its_stream_is_refused_and_the_file_stays_whole(tmp_path: Path) -> None:
    writer = XDFWriter(tmp_path / "a.xdf", now=0.0)
    stream = writer.add_stream(header_of("a", "float32", 2, 10.0), 0.0)
    stamp = np.array([1.0])
    for stamps, values in (
        (stamp, np.zeros((1, 3), np.float32)),
        (stamp, np.zeros((2, 2), np.float32)),
        (stamp, np.zeros((1, 2), np.float64)),
        (np.array([np.nan]), np.zeros((1, 2), np.float32)),
    ):
        with pytest.raises(RecordingError):
            writer.write(stream, stamps, values)
    writer.write(stream, stamp, np.ones((1, 2), np.float32))
    writer.close()

    assert load(tmp_path / "a.xdf")[0]["time_series"].tolist() == [[1.0, 1.0]]


def test_no_wrong_offset_stands_first_however_late_the_clock_is_compared(tmp_path: Path) -> None:
    """A sender that stamps in Unix time, on a machine so busy that its first chunk is all that
    there is for seconds: pyxdf must not see another clock before."""
    writer, unix = XDFWriter(tmp_path / "a.xdf", now=100.0), 1.8e9
    header = header_of("a", "float32", 2, 50.0)
    stream = writer.add_stream(header, 100.0, 0.0, settles=True)
    values = np.ones((250, 2), np.float32)
    writer.write(stream, unix + np.arange(250) / 50, values)
    for now in range(101, 112):
        writer.tick(float(now))
    writer.set_offset(stream, 105.0 - unix, 112.0)
    writer.write(stream, unix + 5.0 + np.arange(250) / 50, values)
    writer.close()

    (loaded,) = load(tmp_path / "a.xdf")

    np.testing.assert_allclose(loaded["time_stamps"], 105.0 + np.arange(500) / 50, atol=1e-3)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.xdf").write_text("mine")

    with pytest.raises(RecordingError, match="exists"):
        XDFWriter(tmp_path / "a.xdf", now=0.0)

    assert (tmp_path / "a.xdf").read_text() == "mine"


def test_what_was_written_is_with_the_system_at_once(tmp_path: Path) -> None:
    writer = XDFWriter(tmp_path / "a.xdf", now=0.0)
    for second, chunk in enumerate(example()[0].chunks):
        if not second:
            stream = writer.add_stream(example()[0].header, 0.0)
        writer.write(stream, *chunk)
        assert (tmp_path / "a.xdf").stat().st_size == writer.size
    writer.close()


def test_a_deleted_and_a_moved_file_are_noticed(tmp_path: Path) -> None:
    writer = XDFWriter(tmp_path / "a.xdf", now=0.0)
    assert not writer.is_gone()
    (tmp_path / "a.xdf").rename(tmp_path / "b.xdf")
    assert writer.is_gone()
    (tmp_path / "a.xdf").write_text("another")
    assert writer.is_gone()
    writer.close()


def test_a_leap_of_the_senders_clock_is_in_the_file_at_once(tmp_path: Path) -> None:
    writer = XDFWriter(tmp_path / "a.xdf", now=100.0)
    stream = writer.add_stream(header_of("a", "int16", 1, 10.0), 100.0, offset_s=5.0)
    writer.set_offset(stream, 5.001, 101.0)
    writer.set_offset(stream, -70.0, 102.0)
    writer.close()

    loaded = load(tmp_path / "a.xdf")[0]

    assert loaded["clock_values"] == [5.0, -70.0]
    assert loaded["clock_times"] == [95.0, 172.0]
