"""What a reader does not expect is one sentence that names the file, soon, in little memory."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from milmer_live.acquisition.lsl.qoi import (
    END,
    Decoder,
    Encoder,
)
from milmer_live.bench.fuzz.readers import (
    READERS,
    Reader,
)
from milmer_live.bench.fuzz.run import (
    fuzz,
    measure,
)
from milmer_live.config import Preprocessing, read_toml
from milmer_live.errors import ConfigError, DatasetError, MilmerError, RecordingError, reading
from milmer_live.storage.crops.files import (
    TrialFaces,
    read_faces,
    write_faces,
)
from milmer_live.storage.deap.matlab import MatlabFile
from milmer_live.storage.deap.ratings import read_ratings
from milmer_live.storage.deap.safe_pickle import load_arrays
from milmer_live.storage.deap.writer import dump_python2
from milmer_live.storage.session.card import read_card

DATA = np.arange(24.0).reshape(2, 3, 4)
FUZZED = 2000
NO_MEMORY = 10**12  # bytes: what asks for them would fail, and does not


@pytest.mark.parametrize(
    "error",
    [ValueError("a\nb"), KeyError("x"), RecursionError("deep"), MemoryError(), struct.error("s")],
)
def test_what_a_reader_does_not_expect_names_the_file(error: Exception, tmp_path: Path) -> None:
    path = tmp_path / "a.file"

    with pytest.raises(DatasetError) as caught, reading(path, DatasetError, "Do this."):
        raise error

    assert caught.value.message.startswith(f"{path} is damaged or not what its name says (")
    assert "\n" not in str(caught.value)
    assert caught.value.hint == "Do this."
    assert caught.value.__cause__ is error


def test_our_own_errors_and_interrupts_pass_through(tmp_path: Path) -> None:
    own = RecordingError("As it is.")
    with pytest.raises(RecordingError) as caught, reading(tmp_path, DatasetError):
        raise own
    assert caught.value is own
    with pytest.raises(KeyboardInterrupt), reading(tmp_path, DatasetError):
        raise KeyboardInterrupt


@pytest.mark.parametrize("reader", READERS, ids=[one.name for one in READERS])
def test_the_whole_files_of_the_fuzzer_are_read(reader: Reader, tmp_path: Path) -> None:
    seeds = [path.read_bytes() for path in reader.make(tmp_path)]
    assert seeds
    for content in seeds:
        (tmp_path / reader.place).write_bytes(content)
        reader.read(tmp_path / reader.place)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("reader", READERS, ids=[one.name for one in READERS])
def test_changed_files_are_read_or_refused(reader: Reader) -> None:
    result = fuzz(reader, FUZZED, seed=1)

    assert result.is_good, result.faults
    assert result.read + result.refused == result.inputs == FUZZED


def test_the_fuzzer_finds_what_is_there_to_be_found(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no reader 'none'"):
        measure(1, ["none"])
    told = measure(3, ["markers"], keep=tmp_path)["markers"]
    assert (told["inputs"], told["unexpected"], told["crashed"]) == (3, 0, 0)


# Pickles.


def dat(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "s01.dat"
    path.write_bytes(content)
    return path


def python2(array: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    dump_python2({"data": array}, file)
    return file.getvalue()


@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", "<i2", "u1"])
def test_arrays_of_every_protocol_are_read(protocol: int, dtype: str, tmp_path: Path) -> None:
    arrays = {"data": DATA.astype(dtype), "labels": np.asfortranarray(DATA[0].astype(dtype))}
    path = dat(tmp_path, pickle.dumps(arrays, protocol))

    found = load_arrays(path)

    assert set(found) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02Nr\xff\xff\xff\x07.",  # a place in the memo for which 2 GB would be needed
        b"\x80\x04\x8e" + struct.pack("<Q", NO_MEMORY) + b"x.",
        b"\x80\x02T\xff\xff\xff\x7f.",
        b"\x80\x02T\xff\xff\xff\xff.",
        b"I" + b"9" * 5000 + b"\n.",
        b"\x80\x02\x8a\xff" + b"\xff" * 255 + b".",
        b"(" * 200_000 + b".",
        b"\x80\x02}(" + b"]" * 50_000 + b"u.",
        b"\x80\x02K\x01K\x02R.",
        b"\x80\x02}K\x01b.",
        b"\x80\x02.",
        b"h\x05.",
        b"",
    ],
)
def test_a_pickle_that_asks_for_too_much_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"s01\.dat (is damaged|holds a)"):
        load_arrays(dat(tmp_path, content))


@pytest.mark.parametrize("shape", [(NO_MEMORY,), (2**40, 2**40), (-1, 24), (0,), (3, 4)])
def test_an_array_is_as_large_as_its_bytes(shape: tuple[int, ...], tmp_path: Path) -> None:
    class Shaped:
        def __reduce__(self) -> Any:
            whole: Any = DATA.__reduce__()
            version, _, *rest = whole[2]
            return whole[0], whole[1], (version, shape, *rest)

    with pytest.raises(DatasetError, match=r"s01\.dat is damaged"):
        load_arrays(dat(tmp_path, pickle.dumps({"data": Shaped()}, 2)))


@pytest.mark.parametrize("code", ["O", "V8", "U4", "f16", "M8[s]", "f8, f8", "(10000,10000)f8"])
def test_only_arrays_of_numbers_are_made(code: str, tmp_path: Path) -> None:
    content = python2(DATA).replace(b"U\x02f8", b"U" + bytes([len(code)]) + code.encode())

    with pytest.raises(DatasetError, match="an array of the type"):
        load_arrays(dat(tmp_path, content))


def test_an_array_is_a_view_of_the_file(tmp_path: Path) -> None:
    assert not load_arrays(dat(tmp_path, python2(DATA)))["data"].flags.writeable


# MATLAB files.


def mat(tmp_path: Path, *, packed: bool, **arrays: Any) -> Path:
    path = tmp_path / "s01.mat"
    savemat(path, arrays, do_compression=packed)
    return path


@pytest.mark.parametrize("packed", [True, False])
def test_arrays_are_those_that_scipy_wrote(packed: bool, tmp_path: Path) -> None:
    whole = np.arange(200.0).reshape(10, 20)
    path = mat(tmp_path, packed=packed, data=DATA, labels=whole.astype("f4"), text="x", i=[1, 2],
               empty=np.zeros((0, 4)), tiny=np.ones((1, 1)), z=np.ones(3) * 1j)  # fmt: skip
    file = MatlabFile(path)

    assert set(file.variables) == {"data", "labels", "empty", "tiny"}
    np.testing.assert_array_equal(file.array("data"), DATA)
    np.testing.assert_array_equal(file.array("labels"), whole)
    assert file.array("empty").shape == (0, 4)
    assert file.array("tiny").tolist() == [[1.0]]
    file.close()


def test_whole_numbers_that_matlab_packed_into_bytes_are_read(tmp_path: Path) -> None:
    """As MATLAB saves doubles that are whole; scipy never does."""
    flags = struct.pack("<IIII", 6, 8, 6, 0)
    shape = struct.pack("<IIii", 5, 8, 2, 3)
    name = struct.pack("<HH4s", 1, 1, b"x")
    numbers = struct.pack("<II", 2, 6) + bytes([1, 2, 3, 4, 5, 6]) + bytes(2)
    content = flags + shape + name + numbers
    path = tmp_path / "a.mat"
    header = b"MATLAB 5.0".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    path.write_bytes(header + struct.pack("<II", 14, len(content)) + content)

    assert MatlabFile(path).array("x").tolist() == [[1, 3, 5], [2, 4, 6]]


def test_a_small_file_that_would_fill_the_memory_is_not_unpacked(tmp_path: Path) -> None:
    """5 GB of zeros are 5 MB. What is declared is small, so no more than that is unpacked."""
    path = mat(tmp_path, packed=True, data=np.zeros((2, 3)))
    content = bytearray(path.read_bytes())
    packed = zlib.decompress(content[136:])
    bomb = zlib.compress(packed[:4] + struct.pack("<I", 2**31) + packed[8:] + bytes(300 << 20), 1)
    path.write_bytes(content[:128] + struct.pack("<II", 15, len(bomb)) + bomb)

    np.testing.assert_array_equal(MatlabFile(path).array("data"), np.zeros((2, 3)))


def test_a_shape_without_end_is_refused(tmp_path: Path) -> None:
    path = mat(tmp_path, packed=False, data=DATA)
    content = path.read_bytes().replace(
        struct.pack("<iii", 2, 3, 4), struct.pack("<iii", *[2**30] * 3)
    )
    path.write_bytes(content)

    with pytest.raises(DatasetError, match=r"s01\.mat is damaged .*an array of the shape"):
        MatlabFile(path).array("data")


# The others.


@pytest.mark.parametrize(
    ("name", "content", "read"),
    [
        ("session.json", b'{"participant": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "card"),
        ("session.json", b'{"participant": "01", "session": "../../ESCAPED"}', "card"),
        ("session.json", b'{"samples": ' + b"9" * 5000 + b"}", "card"),
        ("session.json", b"\xff\xfe{}", "card"),
        ("a.csv", b"Participant_id,Trial,Experiment_id,Start_time,Valence,Arousal,Dominance,Liking,"
                  b"Familiarity\n1,1," + b"9" * 5000 + b",0,5,5,5,5,5\n", "ratings"),
        ("a.csv", b"Participant_id\n" + b"x" * 200_000, "ratings"),
        ("a.toml", b"a = " + b"[" * 5000 + b"]" * 5000, "settings"),
        ("a.toml", b"a = " + b"9" * 5000, "settings"),
        ("a.toml", b"a = 0000-99-99", "settings"),
        ("a.toml", b"# x\n" * 500_000, "settings"),
    ],
)  # fmt: skip
def test_texts_without_end_are_one_sentence(
    name: str, content: bytes, read: str, tmp_path: Path
) -> None:
    readers: dict[str, Callable[[Path], object]] = {
        "card": lambda path: read_card(path.parent),
        "ratings": read_ratings,
        "settings": lambda path: read_toml(path, Preprocessing),
    }
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(MilmerError, match=name) as caught:
        readers[read](path)

    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "a\\b", "", ".", "a\0b"])
def test_the_name_of_a_session_is_no_path(name: str) -> None:
    from milmer_live.storage.session.card import (
        SessionCard,
        make_plan,
    )

    plan = make_plan({"participant": "01"})
    with pytest.raises(ValueError, match="session"):
        SessionCard(session=name, started="2026-01-01", started_lsl=0.0, plan=plan)
    assert SessionCard(session="2026.a b", started="", started_lsl=0.0, plan=plan).session


def crops(folder: Path) -> Path:
    rows = np.arange(3)
    images = np.zeros((3, 8, 8, 3), np.uint8)
    boxes = np.zeros((3, 4), np.float32)
    scores = rows.astype(np.float32)
    write_faces(folder, TrialFaces(images, rows, rows.astype(float), boxes, scores, rows, 2))
    return folder


def test_crops_are_read_as_they_were_written(tmp_path: Path) -> None:
    faces = read_faces(crops(tmp_path / "trial"))

    assert faces.slots.tolist() == [0, 1, 2]
    assert faces.images.shape == (3, 8, 8, 3)
    assert faces.empty_slots == 2


def header_of_npy(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) + 1) + text.encode() + b"\n"


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|O', 'fortran_order': False, 'shape': (" + "9" * 41 + ",), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (" + "9" * 12 + ",), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': " + "(" * 3000,
        "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 8, 8, 3), }",
    ],
)
def test_crops_that_say_they_are_larger_are_refused(header: str, tmp_path: Path) -> None:
    folder = crops(tmp_path / "trial")
    (folder / "images.npy").write_bytes(header_of_npy(header))

    with pytest.raises(DatasetError, match=r"trial is damaged .* Delete that folder"):
        read_faces(folder)


def test_compressed_arrays_beside_the_crops_are_not_unpacked(tmp_path: Path) -> None:
    folder = crops(tmp_path / "trial")
    with zipfile.ZipFile(folder / "faces.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("slots.npy", bytes(50 << 20))

    with pytest.raises(DatasetError, match="'slots' is larger than the file"):
        read_faces(folder)


def test_a_picture_has_no_more_pixels_than_its_bytes_can_hold() -> None:
    picture = Encoder().encode(np.zeros((64, 64, 3), np.uint8))
    decoded = Decoder().decode(picture)
    assert decoded is not None
    assert decoded.shape == (64, 64, 3)

    for width, height in ((2**31 - 1, 2**31 - 1), (20_000, 20_000), (0, 64)):
        wide = picture[:4] + struct.pack(">II", width, height) + picture[12:]
        assert wide.endswith(END)
        assert Decoder().decode(wide) is None
