"""XDF files of others: what is odd is named, and every sample that can be framed comes out."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path

import numpy as np
import pytest
import pyxdf
from pyxdf.pyxdf import _robust_fit
from xdf_files import example, write_file

from milmer_live.bench.xdf import measure
from milmer_live.errors import RecordingError
from milmer_live.storage.session.dataset import session_files
from milmer_live.storage.upkeep.check import (
    Level,
    check_session,
)
from milmer_live.storage.upkeep.repair import (
    Rescue,
    repair,
)
from milmer_live.storage.xdf.chunks import (
    Tag,
    boundary_chunk,
    chunk_bytes,
)
from milmer_live.storage.xdf.clock import on_recorder_clock
from milmer_live.storage.xdf.reader import read_xdf
from milmer_live.storage.xdf.scan import (
    Chunk,
    Scanner,
)

GOOD = (
    '<?xml version="1.0"?><info><name>amp</name><type>EEG</type><channel_count>2</channel_count>'
    "<nominal_srate>128.0</nominal_srate><channel_format>float32</channel_format>"
    "<source_id>1</source_id><desc><maker>A</maker></desc></info>"
)
N = 300
VALUES = np.arange(2 * N, dtype="<f4").reshape(N, 2)
STAMPS = 1000 + np.arange(N) / 128


def header(xml: str | bytes, stream: int = 1) -> bytes:
    return chunk_bytes(Tag.STREAM_HEADER, stream, xml if isinstance(xml, bytes) else xml.encode())


def samples(first: int, stop: int, stream: int = 1, count: int | None = None) -> bytes:
    rows = b"".join(
        struct.pack("<Bd", 8, STAMPS[row]) + VALUES[row].tobytes() for row in range(first, stop)
    )
    head = struct.pack("<BI", 4, stop - first if count is None else count)
    return chunk_bytes(Tag.SAMPLES, stream, head + rows)


def footer(stream: int = 1, count: object = N) -> bytes:
    xml = f"<info><sample_count>{count}</sample_count></info>"
    return chunk_bytes(Tag.STREAM_FOOTER, stream, xml.encode())


def file_of(*chunks: bytes) -> bytes:
    start = chunk_bytes(Tag.FILE_HEADER, None, b"<info><version>1.0</version></info>")
    return b"".join((b"XDF:", start, *chunks))


def written(path: Path, *chunks: bytes) -> Path:
    path.write_bytes(file_of(*chunks))
    return path


def in_chunks(stream: int = 1, size: int = 50) -> list[bytes]:
    return [samples(first, first + size, stream) for first in range(0, N, size)]


def by_pyxdf(path: Path) -> dict[str, tuple[int, int]]:
    """Stamps and rows of each stream by its name."""
    streams = pyxdf.load_xdf(str(path), synchronize_clocks=False, dejitter_timestamps=False)[0]
    return {
        one["info"]["name"][0]: (len(one["time_stamps"]), len(one["time_series"]))
        for one in streams
    }


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ("\ufeff" + GOOD, "byte order mark"),
        ("\n" + GOOD, "blank space"),
        (GOOD.replace("<maker>", "<maker>\x03"), "XML cannot hold"),
        (GOOD.replace("<maker>A", "<maker>&#3;"), "XML cannot hold"),
        (GOOD.replace("<maker>A", "<maker>A & B"), "bare ampersand"),
        (GOOD.replace('"1.0"?>', '"1.0" encoding="foo"?>'), "encoding 'foo'"),
        (GOOD.encode().replace(b"<maker>A", b"<maker>\xfcber"), "read as cp1252"),
        (GOOD.replace("</maker>", ""), "unmatched tag"),
        (GOOD.replace("</desc></info>", ""), "unmatched tag"),
        (GOOD.replace("128.0", "nan"), "rate 'nan' means nothing"),
        (GOOD.replace("128.0", "-1"), "rate '-1' means nothing"),
        (GOOD.replace("128.0", "fast"), "rate 'fast' means nothing"),
        (GOOD.replace("<nominal_srate>128.0</nominal_srate>", ""), "rate '' means nothing"),
        (GOOD.replace("<desc>", "<desc><channels><channel/></channels>"), "describes 1 channels"),
    ],
)
def test_an_odd_header_is_named_and_costs_nothing(
    xml: str | bytes, said: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.xdf", header(xml), *in_chunks(), footer())

    file = read_xdf(path)
    report = repair(path)

    (stream,) = file.streams
    assert (stream.header.name, stream.header.rate) == ("amp", 128.0)
    np.testing.assert_array_equal(stream.stamps, STAMPS)
    np.testing.assert_array_equal(stream.numbers, VALUES)
    assert any(said in note for note in file.notes)
    assert file.damaged_bytes == report.dropped_bytes == 0
    assert [one.n_samples for one in report.streams] == [N]
    assert by_pyxdf(path) == {"amp": (N, N)}, "what is repaired can be read by others"


def test_a_broken_header_costs_no_other_stream(tmp_path: Path) -> None:
    """As of a recorder that died while it was closing."""
    broken = header(b"<info><name>gone</name><channel_cou", 2)
    chunks = [one for pair in zip(in_chunks(1), in_chunks(2), strict=True) for one in pair]
    path = written(tmp_path / "a.xdf", broken, header(GOOD), *chunks, footer())

    file = read_xdf(path)
    repair(path)

    assert [one.header.name for one in file.streams] == ["amp"]
    np.testing.assert_array_equal(file.streams[0].numbers, VALUES)
    assert "Stream 2 has no header that can be read: 6 of its chunks are left out." in file.notes
    assert by_pyxdf(path) == {"amp": (N, N)}


@pytest.mark.parametrize("off", [-7, -3, -1, 1, 2, 6])
@pytest.mark.parametrize("which", [0, 1, 3, 5, 7])
def test_a_chunk_whose_length_is_some_bytes_off_is_read(
    which: int, off: int, tmp_path: Path
) -> None:
    offset = chunk_bytes(Tag.CLOCK_OFFSET, 1, struct.pack("<dd", 1000.0, 0.5))
    parts = in_chunks()
    chunks = [header(GOOD), *parts[:2], offset, parts[2], boundary_chunk(), *parts[3:], footer()]
    wrong = bytearray(chunks[which])
    (length,) = struct.unpack_from("<I", wrong, 1)
    struct.pack_into("<I", wrong, 1, length + off)
    chunks[which] = bytes(wrong)
    path = written(tmp_path / "a.xdf", *chunks)

    file = read_xdf(path)
    repair(path)

    np.testing.assert_array_equal(file.streams[0].numbers, VALUES)
    assert file.streams[0].promised == N
    assert file.streams[0].offsets.tolist() == [[1000.0, 0.5]]
    assert "1 chunks have a wrong length or count." in file.notes
    assert by_pyxdf(path) == {"amp": (N, N)}
    assert Rescue(Scanner(path.read_bytes())).is_intact


@pytest.mark.parametrize("count", [0, 3, 49, 51, 2**31])
def test_a_chunk_is_counted_by_its_samples(count: int, tmp_path: Path) -> None:
    chunks = in_chunks()
    chunks[2] = samples(100, 150, count=count)
    path = written(tmp_path / "a.xdf", header(GOOD), *chunks, footer())

    np.testing.assert_array_equal(read_xdf(path).streams[0].numbers, VALUES)
    repair(path)
    assert by_pyxdf(path) == {"amp": (N, N)}


@pytest.mark.parametrize("flag", [0, 1, 255])
def test_a_damaged_byte_before_a_stamp_costs_no_sample(flag: int, tmp_path: Path) -> None:
    data = bytearray(file_of(header(GOOD), *in_chunks(), footer()))
    third = [one for one in Scanner(bytes(data)) if one.tag == Tag.SAMPLES][2]
    data[third.body + 5 + 17 * 20] = flag
    path = tmp_path / "a.xdf"
    path.write_bytes(data)

    np.testing.assert_array_equal(read_xdf(path).streams[0].stamps, STAMPS)
    assert repair(path).dropped_bytes == 0
    assert by_pyxdf(path) == {"amp": (N, N)}


@pytest.mark.parametrize("count", ["²", "9" * 5000, "", "-1", "1e3"])
def test_a_footer_whose_count_is_none_is_named(count: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.xdf", header(GOOD), *in_chunks(), footer(count=count))

    found = check_session(path)

    assert not [one for one in found if one.level is Level.FAULT]
    assert any("no count that can be read" in one.text for one in found)


@pytest.mark.parametrize("count", [N - 1, N + 1])
def test_a_footer_of_others_that_is_off_by_one_is_no_loss(count: int, tmp_path: Path) -> None:
    path = written(tmp_path / "a.xdf", header(GOOD), *in_chunks(), footer(count=count))
    before = path.read_bytes()

    found = check_session(path)

    assert not [one for one in found if one.level is Level.FAULT]
    assert any(f"the footer says {count}" in one.text for one in found)
    assert repair(path).backup is None
    assert path.read_bytes() == before


def test_a_footer_that_is_off_by_more_is_a_fault(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xdf", header(GOOD), *in_chunks(), footer(count=N + 2))

    assert any(one.level is Level.FAULT for one in check_session(path))


@pytest.mark.parametrize("n_channels", [0, 65_537, 1_048_575, "9" * 5000, "²"])
def test_a_stream_of_channels_without_end_is_one_sentence(
    n_channels: object, tmp_path: Path
) -> None:
    xml = GOOD.replace("<channel_count>2<", f"<channel_count>{n_channels}<")
    path = written(tmp_path / "a.xdf", header(xml), *in_chunks())

    with pytest.raises(RecordingError, match=r"a\.xdf holds no stream that can be read"):
        read_xdf(path)
    with pytest.raises(RecordingError, match=r"nothing to rescue in .* Stream 1 has no header"):
        repair(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a.XDF", "a.xdfz", "a.xdf"])
def test_compressed_files_and_capitals_are_read_and_repaired(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    content = file_of(header("\n" + GOOD), *in_chunks(), footer())
    path.write_bytes(content if name == "a.XDF" else gzip.compress(content))

    assert session_files(tmp_path) == (path,)
    np.testing.assert_array_equal(read_xdf(path).streams[0].numbers, VALUES)
    repair(path)
    assert read_xdf(path).notes == ()
    if name == "a.xdfz":
        assert by_pyxdf(path) == {"amp": (N, N)}


def test_a_compressed_file_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.xdfz"
    rng = np.random.default_rng(1)
    noise = [samples(0, 50) for _ in range(40)]
    packed = gzip.compress(file_of(header(GOOD), *noise) + rng.bytes(20_000))
    path.write_bytes(packed[: len(packed) // 2])

    file = read_xdf(path)

    assert len(file.streams[0].stamps) >= 50
    assert "The compressed file is cut off." in file.notes


def test_a_compressed_file_that_swells_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xdfz"
    path.write_bytes(gzip.compress(bytes(120 << 20), 1))

    with pytest.raises(RecordingError, match="times as large"):
        read_xdf(path)


@pytest.mark.parametrize(
    "piece",
    [
        chunk_bytes(Tag.BOUNDARY, None, b""),
        b"\x04\xff\xff\x03\x00\x03\x00",  # each says that it reaches far into the others
        struct.pack("<BIHI", 4, 200_000, Tag.SAMPLES, 1) + b"\x04\x10\x00\x00\x00",
        b"\x01\x06\x01\x00",
        struct.pack("<BIH", 4, 200_000, Tag.FILE_HEADER) + b"<",
    ],
)
def test_a_scan_takes_time_in_proportion_to_the_file(piece: bytes) -> None:
    """Counted in bytes that were looked at, not in seconds."""

    class Counting(Scanner):
        looked_at = 0

        def content(self, chunk: Chunk) -> bytes:
            self.looked_at += chunk.stop - chunk.body
            return super().content(chunk)

    shares = []
    for size in (400_000, 1_600_000):
        data = file_of(header(GOOD), piece * (size // len(piece)))
        scanner = Counting(data)
        list(scanner)
        shares.append(scanner.looked_at / len(data))

    assert shares[1] < 1.5 * shares[0] + 1


def test_a_stamp_that_is_left_out_is_the_one_that_pyxdf_deduces(tmp_path: Path) -> None:
    rows = [(b"\x08" + struct.pack("<d", 0.1), 0), *((b"\x00", k) for k in range(1, 20))]
    content = struct.pack("<BB", 1, 20) + b"".join(flag + VALUES[k].tobytes() for flag, k in rows)
    data = file_of(header(GOOD), chunk_bytes(Tag.SAMPLES, 1, content), footer(count=20))
    path = tmp_path / "a.xdf"
    path.write_bytes(data)

    theirs = pyxdf.load_xdf(io.BytesIO(data), dejitter_timestamps=False)[0][0]["time_stamps"]

    assert read_xdf(path).streams[0].stamps.tolist() == theirs.tolist()


@pytest.mark.parametrize("n", [2, 3, 10, 120])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4])
def test_the_clock_is_fitted_as_pyxdf_fits_it(n: int, share: float) -> None:
    """Offsets of a network of which some take 20 ms."""
    rng = np.random.default_rng(n)
    collected = np.asarray(1e5 + 5.0 * np.arange(n), dtype=np.float64)
    late = (rng.random(n) < share) * rng.exponential(0.02, n)
    offsets = 3e-5 * collected - 7.0 + rng.normal(0, 5e-5, n) + late

    ours = on_recorder_clock(collected.copy(), collected, offsets)

    scale = 1e-4
    design = np.column_stack([np.ones(n), collected / scale])
    height, slope = _robust_fit(design, offsets / scale)
    theirs = collected + scale * height + slope * collected
    assert np.abs(ours - theirs).max() < 1e-6


def test_one_offset_that_is_wild_is_no_restart() -> None:
    collected = np.asarray(5.0 * np.arange(50), dtype=np.float64)
    offsets = np.full(50, 100.0)
    offsets[20] = 103.0

    ours = on_recorder_clock(collected.copy(), collected, offsets)

    assert np.abs(ours - collected - 100.0).max() < 1e-3


def test_a_restarted_clock_that_runs_over_the_same_numbers_again() -> None:
    collected = np.concatenate([np.arange(0.0, 100, 5), np.arange(0.0, 100, 5)])
    offsets = np.repeat([10.0, 200.0], 20)
    stamps = np.concatenate([np.arange(0.0, 97), np.arange(0.0, 97)])

    ours = on_recorder_clock(stamps, collected, offsets)

    np.testing.assert_allclose(ours - stamps, np.repeat([10.0, 200.0], 97))


def test_many_small_chunks_are_read_as_few_large_ones(tmp_path: Path) -> None:
    stream = example(40)[0]
    path = write_file(tmp_path / "a.xdf", (stream,))

    file = read_xdf(path)

    np.testing.assert_array_equal(file.streams[0].numbers, np.array(stream.rows))


def test_the_benchmark_compares_with_pyxdf(tmp_path: Path) -> None:
    good = write_file(tmp_path / "good.xdf", example(12))
    late = written(tmp_path / "late.xdf", samples(0, 50), header(GOOD), *in_chunks(), footer())
    none = tmp_path / "none.xdf"
    none.write_bytes(b"XDF:" + b"no chunk " * 9)

    found = measure(tmp_path, 0.3, [32], [good, late, none])

    assert found["chunks of 32"]["times_as_fast"] > 0
    told = found["files"]
    assert (told["equal"], told["of"]) == (1, 3)
    assert "holds no stream" in told[str(none)]
    assert "pyxdf" in told[str(late)]
    assert sorted(one.name for one in tmp_path.glob("*.xdf")) == [
        "good.xdf", "late.xdf", "none.xdf",
    ]  # fmt: skip
