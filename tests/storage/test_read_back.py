"""A closed session is read again and compared with what was written, byte by byte."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sessions import FACE, START, amplifier, filmed, frame, recorder, run, shoot
from test_balance import Source, stimulus

from milmer_live.live.recording.read_back import ReadBack
from milmer_live.live.workers import Faults
from milmer_live.storage.session.card import (
    read_card,
    write_card,
)
from milmer_live.storage.session.streams import Annotation
from milmer_live.storage.upkeep.check import (
    Level,
    check_session,
)
from milmer_live.storage.upkeep.read_back import read_back
from milmer_live.storage.xdf.chunks import Tag
from milmer_live.storage.xdf.scan import (
    Chunk,
    open_scanner,
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s of EEG, markers, pictures and a label."""
    one = recorder(tmp_path_factory.mktemp("recordings"), filmed("full", "mjpeg"))
    amp = amplifier()
    eeg = one.port(Source().status)
    stim = one.port(Source("lsl:Stim", "markers", "Stim").status)
    for second in range(4):
        eeg.write_eeg(amp.info, amp.chunk(250))
        stim.write_markers([stimulus(f"tone {second} µ")], "Stim")
        for number in range(10):
            shoot(one, frame(10 * second + number, rate=10.0), FACE)
        run(one, 1.0)
    one.annotate(
        Annotation(id="1", kind="label", start=START, stop=START + 3, valence=7, arousal=3)
    )
    one.close()
    return one.status.folder


@pytest.fixture
def folder(recorded: Path, tmp_path: Path) -> Path:
    """The same, to be damaged."""
    return shutil.copytree(recorded, tmp_path / "sub-01" / recorded.name)


def chunks(folder: Path, name: str) -> list[Chunk]:
    """Where the samples of a stream lie."""
    with open_scanner(folder / "session.xdf") as scanner:
        found = [one for one in scanner if one.tag == Tag.SAMPLES]
        return [one for one in found if scanner.headers[one.stream].name == name]


def change(folder: Path, how: Callable[[bytearray], None]) -> None:
    path = folder / "session.xdf"
    data = bytearray(path.read_bytes())
    how(data)
    path.write_bytes(data)


def test_what_was_written_is_read(folder: Path) -> None:
    assert read_card(folder).read_back == ""
    assert read_back(folder) == "equal"
    assert read_card(folder).read_back == "equal"
    findings = check_session(folder)
    assert not [one for one in findings if one.level is Level.FAULT]
    assert any(one.text == "the file has what was written, bit by bit" for one in findings)


@pytest.mark.parametrize(
    ("stream", "place", "said"),
    [
        ("Amp", -1, "'Amp': the samples are not those that were written"),
        ("Amp", 12, "'Amp': the stamps are not those that were written"),
        ("Stim", -1, "'Stim': the samples are not those that were written"),
        ("MilmerLive-Frames", -3, "'MilmerLive-Frames': the samples are not"),
    ],
)
def test_a_flipped_byte_is_found(stream: str, place: int, said: str, folder: Path) -> None:
    """The last byte of a chunk is of a value; 12 bytes into it lies the stamp of its first."""
    where = chunks(folder, stream)[1]
    position = where.stop + place if place < 0 else where.body + place

    def flip(data: bytearray) -> None:
        data[position] ^= 1

    change(folder, flip)
    assert said in read_back(folder)
    faults = [one.text for one in check_session(folder) if one.level is Level.FAULT]
    assert any(said in text for text in faults)


def test_a_lost_chunk_is_found(folder: Path) -> None:
    where = chunks(folder, "Amp")[2]

    def lose(data: bytearray) -> None:
        del data[where.start : where.stop]

    change(folder, lose)
    verdict = read_back(folder)
    assert "'Amp': 1,000 samples were written, 750 are read" in verdict
    assert "'Amp': 1,000 samples in the balance, 750 in the file" in verdict


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_file_is_found(share: float, folder: Path) -> None:
    def cut(data: bytearray) -> None:
        del data[round(share * len(data)) :]

    change(folder, cut)
    assert read_back(folder) != "equal"
    assert [one for one in check_session(folder) if one.level is Level.FAULT]


def test_a_stream_that_is_gone_with_its_header_is_found(folder: Path) -> None:
    number = chunks(folder, "Stim")[0].stream
    with open_scanner(folder / "session.xdf") as scanner:
        of_it = [(one.start, one.stop) for one in scanner if one.stream == number]

    def lose(data: bytearray) -> None:
        for start, stop in reversed(of_it):
            del data[start:stop]

    change(folder, lose)
    assert "'Stim' is not in the file" in read_back(folder)


def test_pictures_that_are_gone_are_found(folder: Path) -> None:
    (folder / "face.mkv").unlink()
    assert "face.mkv" in read_back(folder)


def test_a_balance_that_says_otherwise_is_found(folder: Path) -> None:
    card = read_card(folder)
    row, *others = card.balance
    more = row.model_copy(update={"written": row.written + 1, "received": row.received + 1})
    write_card(folder, card.model_copy(update={"balance": (more, *others)}))
    assert "'Amp': 1,001 samples in the balance, 1,000 in the file" in read_back(folder)


def test_a_label_that_cannot_be_read_is_found(folder: Path) -> None:
    where = chunks(folder, "MilmerLive-Labels")[0]

    def break_it(data: bytearray) -> None:
        place = data.index(b'"valence":7', where.body)
        data[place : place + 11] = b'"valence":0'

    change(folder, break_it)
    verdict = read_back(folder)
    assert "'MilmerLive-Labels': the samples are not those that were written" in verdict
    assert "a label cannot be read" in verdict


def test_a_difference_is_a_fault_on_screen(folder: Path) -> None:
    (folder / "session.xdf").unlink()
    faults = Faults()
    reading = ReadBack([folder], faults)
    reading.start()
    reading.join()
    assert "cannot be read" in reading.verdict
    assert "The recorded session is not what was written" in faults.text


def test_a_repaired_session_is_not_called_broken_for_what_it_lost(folder: Path) -> None:
    def cut(data: bytearray) -> None:
        del data[len(data) // 2 :]

    change(folder, cut)
    from milmer_live.storage.upkeep.repair import repair_any

    repair_any(folder)
    about = [one for one in check_session(folder) if one.about == "read back"]
    assert {one.level for one in about} == {Level.NOTE}
