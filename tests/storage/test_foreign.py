"""Recordings of others: the stamps decide the rate, units are judged as live, and more than XDF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bdf_files import write_bdf
from foreign_tree import labelled
from model_tools import tiny
from numpy.typing import NDArray
from sessions import picture
from typer.testing import CliRunner
from xdf_files import Written, write_file

from milmer_live.cli.app import app
from milmer_live.cli.replay import opened, playlist_of
from milmer_live.config import LabelRule, Preprocessing
from milmer_live.errors import ConfigError, DatasetError, MilmerError
from milmer_live.processing.eeg.pipeline import preprocess
from milmer_live.processing.timing.gaps import Placed
from milmer_live.processing.timing.recorded_time import RecordedTime
from milmer_live.storage.dataset import open_dataset
from milmer_live.storage.export import Format, export
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.video import VideoWriter
from milmer_live.storage.xdf.header import Channel, stream_header
from milmer_live.training.data.load import open_trials

OTHERS: tuple[Format, ...] = ("edf", "bdf", "brainvision", "eeglab", "fif")


def frequency(eeg: NDArray[np.float32], rate: float) -> float:
    """Hz of the strongest wave of a channel (n,)."""
    whole = eeg - eeg.mean()
    power = np.abs(np.fft.rfft(whole * np.hanning(len(whole)), 16 * len(whole)))
    return float(np.fft.rfftfreq(16 * len(whole), 1 / rate)[np.argmax(power)])


@pytest.mark.parametrize(
    ("nominal", "true"), [(256, 128), (250, 125), (125, 250), (500, 512), (250, 252), (128, 128)]
)
def test_the_stamps_decide_the_rate(nominal: float, true: float, tmp_path: Path) -> None:
    path = labelled(tmp_path / "P01.xdf", nominal=nominal, true=true)
    (ref,) = open_dataset(tmp_path).refs
    eeg = preprocess(ref.open(), Preprocessing())
    assert frequency(eeg[:, 5], 128.0) == pytest.approx(10.0, abs=0.02)
    (played,) = opened(path, None, None)
    assert played.info.sample_rate == pytest.approx(true, rel=1e-4)
    assert playlist_of([played], loop=False).duration_s == pytest.approx(20, rel=1e-3)
    said = " ".join(open_dataset(tmp_path).summary().problems)
    wrong = f"is said to have {nominal:g} Hz; by its stamps it has {true:g} Hz"
    assert (wrong in said) == (abs(true / nominal - 1) > 0.02)
    shown = CliRunner().invoke(app, ["inspect", str(tmp_path)]).output
    assert ("by its stamps" in shown) == (abs(true / nominal - 1) > 0.02)


def test_stamps_that_are_no_time_leave_the_announced_rate() -> None:
    n = 1000
    for stamps in (1e3 * np.arange(n) / 250.0, np.zeros(n), np.arange(n)[::-1] / 250.0):
        time = RecordedTime.of(np.asarray(stamps, dtype=np.float64), 250.0)
        assert time.used_rate == 250.0
        assert "no time" in time.problem
        np.testing.assert_allclose(np.diff(time.even()), 1 / 250.0, atol=1e-9)


def test_a_clock_that_wanders_is_followed() -> None:
    true = np.arange(250 * 600) / 250.0
    wander = 0.05 * np.sin(2 * np.pi * true / 300.0)
    jitter = np.random.default_rng(1).uniform(-0.01, 0.01, len(true))
    found = RecordedTime(250.0, Placed(true + wander + jitter, (), 0)).even()
    assert np.abs(found - (true + wander))[500:-500].max() < 0.012


@pytest.mark.parametrize("unit", ["counts", "a.u.", "none", ""])
def test_an_unknown_unit_is_asked_for(unit: str, tmp_path: Path) -> None:
    labelled(tmp_path / "P01.xdf", unit=unit)
    dataset = open_dataset(tmp_path)
    assert "'Amp' has no unit that is known" in " ".join(dataset.summary().problems)
    (ref,) = dataset.refs
    with pytest.raises(DatasetError, match="the unit of the EEG 'Amp' is not known"):
        ref.open()


@pytest.mark.parametrize(
    ("unit", "factor", "likely"), [("uV", 1e-6, "V"), ("V", 1.0, "uV"), ("mV", 1e3, "nV")]
)
def test_a_scale_that_cannot_be_is_named(
    unit: str, factor: float, likely: str, tmp_path: Path
) -> None:
    labelled(tmp_path / "P01.xdf", unit=unit, factor=factor)
    said = " ".join(open_dataset(tmp_path).summary().problems)
    assert "and that of a scalp 2 to 300 µV" in said
    assert f"likely in {likely}" in said

    noted: list[str] = []
    eeg = tiny(modalities="eeg")
    open_trials(tmp_path, Preprocessing(), LabelRule(), eeg, noted=noted.extend)
    assert said in " ".join(noted), "a training says it, too"


@pytest.mark.parametrize("to", OTHERS)
def test_other_formats_are_opened_with_their_labels(to: Format, tmp_path: Path) -> None:
    first = labelled(tmp_path / "xdf" / "P01.xdf")
    path = export(first, to, tmp_path / "out")
    session = open_session(path)
    assert session.participant == "P01"
    (label,) = session.labels
    assert label.start == pytest.approx(5, abs=0.005)
    assert (label.valence, label.trial) == (7, "1")
    expected = open_session(first).recording().eeg
    np.testing.assert_allclose(session.recording().eeg[:2560], expected, atol=0.02)
    (ref,) = open_dataset(tmp_path / "out").refs
    eeg = preprocess(ref.open(), Preprocessing())
    assert frequency(eeg[:, 0], 128.0) == pytest.approx(10.0, abs=0.02)
    (played,) = opened(path, None, None)
    assert played.info.n_channels == 32


@pytest.mark.parametrize("to", OTHERS)
def test_a_table_beside_another_format_labels_it(to: Format, tmp_path: Path) -> None:
    first = labelled(tmp_path / "xdf" / "P01.xdf", label="")
    path = export(first, to, tmp_path / "out")
    with pytest.raises(DatasetError, match="no labelled session"):
        open_dataset(tmp_path / "out")
    table = path.with_suffix(".labels.csv")
    table.write_text("onset,duration,valence,arousal,trial\n4,8,7,3,film\n", encoding="utf-8")
    (ref,) = open_dataset(tmp_path / "out").refs
    assert ref.label is not None
    assert ref.label.stop - ref.label.start == pytest.approx(8)
    assert ref.stimulus == "film"


def in_unit(path: Path, unit: str) -> Path:
    """The same numbers in a file whose header states another unit for all channels of EEG."""
    if path.suffix == ".vhdr":
        text = path.read_text(encoding="utf-8").replace(",1,µV", f",1,{unit}")
        path.write_text(text, encoding="utf-8")
        return path
    data = bytearray(path.read_bytes())
    count = int(data[252:256])
    for at in range(256 + 96 * count, 256 + 104 * count, 8):
        if data[at : at + 2] == b"uV":
            data[at : at + 8] = unit.encode("latin-1").ljust(8)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("to", ["edf", "bdf", "brainvision"])
@pytest.mark.parametrize(
    ("unit", "factor"),
    [("uV", 1), ("uv", 1), ("mV", 1e3), ("nV", 1e-3), ("V", 1e6), ("microV", 1)],
)
def test_the_unit_of_another_format_is_the_stated_one(
    to: Format, unit: str, factor: float, tmp_path: Path
) -> None:
    first = labelled(tmp_path / "xdf" / "P01.xdf")
    session = open_session(in_unit(export(first, to, tmp_path / "out"), unit))
    numbers = open_session(first).recording().eeg
    np.testing.assert_allclose(session.recording().eeg, factor * numbers, atol=0.02 * factor)
    said = open_session(session.file.path, "uV").recording().eeg
    np.testing.assert_allclose(said, numbers, atol=0.02, err_msg="what a user says decides")


@pytest.mark.parametrize("unit", ["\x83\xcaV", "\xa6\xccV", "\xb5V"])
def test_micro_volts_of_any_code_page_are_known(unit: str, tmp_path: Path) -> None:
    first = labelled(tmp_path / "xdf" / "P01.xdf")
    session = open_session(in_unit(export(first, "edf", tmp_path / "out"), unit))
    numbers = open_session(first).recording().eeg
    np.testing.assert_allclose(session.recording().eeg, numbers, atol=0.02)


@pytest.mark.parametrize("to", ["edf", "bdf", "brainvision", "fif"])
def test_signals_that_are_no_voltage_come_back_as_they_were(to: Format, tmp_path: Path) -> None:
    channels = [Channel("Cz", "uV", "EEG"), Channel("EDA", "uS", "GSR"), Channel("TRG", "", "stim")]
    header = stream_header("Amp", "EEG", channels, rate=128.0)
    data = np.tile(np.array([20.0, 4.0, 3.0], np.float32), (1280, 1))
    data[:, 0] *= np.sin(np.arange(1280) / 5)
    stamps = 1000.0 + np.arange(1280) / 128.0
    first = write_file(tmp_path / "P01.xdf", (Written(header, ((stamps, data),), 0.0),))
    back = open_session(export(first, to, tmp_path / "out"))
    values = back.recording().eeg.astype(np.float64)
    siemens = back.file.streams[0].header
    scale = 1e6 if to == "fif" else 1.0  # MNE's own files are in SI units
    np.testing.assert_allclose(values[:1280, 1] * scale, 4.0, rtol=1e-3, err_msg=siemens.xml)
    np.testing.assert_allclose(values[:1280, 2], 3.0, rtol=1e-3)


@pytest.mark.parametrize("to", OTHERS)
def test_a_damaged_file_of_another_format_costs_itself_alone(to: Format, tmp_path: Path) -> None:
    good = labelled(tmp_path / "P02.xdf")
    path = export(good, to, tmp_path / "out")
    path.write_bytes(path.read_bytes()[:40] + b"\xff\0garbage" * 9)
    labelled(tmp_path / "out" / "P03.xdf")
    dataset = open_dataset(tmp_path / "out")
    assert {ref.participant for ref in dataset.refs} == {"P03"}
    assert any(path.name in one for one in dataset.summary().problems)


def film(path: Path) -> Path:
    with VideoWriter(path, 10.0, (160, 120)) as writer:
        for index in range(200):
            writer.write(picture(index))
    return path


def test_a_film_beside_a_recording_is_its_face_video(tmp_path: Path) -> None:
    path = export(labelled(tmp_path / "xdf" / "P01.xdf"), "edf", tmp_path / "out")
    film(path.with_suffix(".mp4"))
    (ref,) = open_dataset(tmp_path / "out").refs
    assert ref.has_video
    frames = ref.open().frames
    assert frames is not None
    label = ref.label
    assert label is not None
    inside = (frames.times >= label.start - 1e-6) & (frames.times < label.stop - 1e-6)
    assert inside.sum() == 100
    first = next(iter(frames.frames()))
    assert first.index == 0
    assert first.time == pytest.approx(frames.times[0])


def test_a_film_can_be_named_for_a_replay(tmp_path: Path) -> None:
    path = export(labelled(tmp_path / "xdf" / "P01.xdf"), "bdf", tmp_path / "out")
    other = film(tmp_path / "camera.mp4")
    (played,) = opened(path, None, None, other)
    assert played.frames is not None
    assert len(played.frames) == pytest.approx(200, abs=1)
    with pytest.raises(ConfigError, match="goes with one recording"):
        opened(tmp_path / "out", None, None, other)


def test_what_was_not_recorded_stays_a_gap(tmp_path: Path) -> None:
    header = stream_header("Amp", "EEG", [Channel("Cz", "uV", "EEG")], rate=128.0)
    times = 1000.0 + np.arange(2560) / 128.0
    times[1280:] += 3.0
    data = np.arange(2560, dtype=np.float32)[:, np.newaxis]
    first = write_file(tmp_path / "P01.xdf", (Written(header, ((times, data),), 0.0),))
    for to in OTHERS:
        session = open_session(export(first, to, tmp_path / to))
        (gap,) = session.placed.gaps
        assert gap.index == 1280
        assert gap.missing == 384
        np.testing.assert_allclose(session.recording().eeg[:2560, 0], data[:, 0], atol=0.1)


@pytest.mark.parametrize("to", ["edf", "bdf"])
def test_records_that_do_not_follow_each_other_are_a_gap(to: Format, tmp_path: Path) -> None:
    first = labelled(tmp_path / "xdf" / "P01.xdf", label="")
    path = export(first, to, tmp_path / "out")
    data = path.read_bytes().replace(to.upper().encode() + b"+C", to.upper().encode() + b"+D", 1)
    for second in range(19, 9, -1):  # what comes after 10 s was recorded 50 s later
        data = data.replace(b"+%d\x14\x14" % second, b"+%d\x14\x14" % (second + 50), 1)
    path.write_bytes(data)
    session = open_session(path)
    (gap,) = session.placed.gaps
    assert (gap.index, gap.missing) == (1280, 50 * 128)
    assert session.times_of((1279, 1281)) == pytest.approx([10 - 1 / 128, 60.0], abs=1e-3)


@pytest.mark.parametrize("to", ["edf", "bdf"])
def test_records_that_do_not_say_when_they_begin_are_named(to: Format, tmp_path: Path) -> None:
    path = export(labelled(tmp_path / "P01.xdf", label=""), to, tmp_path / "out")
    data = path.read_bytes().replace(to.upper().encode() + b"+C", to.upper().encode() + b"+D", 1)
    path.write_bytes(data.replace(b"+12\x14\x14", b"+02\x14\x14", 1))  # time runs back there
    session = open_session(path)
    assert session.placed.gaps == ()
    (note,) = session.file.notes
    assert "a gap between them is not seen" in note


@pytest.mark.parametrize("to", ["edf", "bdf"])
def test_a_number_of_records_that_is_not_the_files_is_named(to: Format, tmp_path: Path) -> None:
    first = labelled(tmp_path / "xdf" / "P01.xdf")
    path = export(first, to, tmp_path / "out")
    whole = path.read_bytes()
    assert open_session(path).file.notes == ()
    path.write_bytes(whole[:236] + b"-1".ljust(8) + whole[244:])
    (note,) = open_session(path).file.notes
    assert note == "it was not closed by its recorder: it has 20 records of 1 s."
    path.write_bytes(whole[: -len(whole) // 8])
    session = open_session(path)
    (note,) = session.file.notes
    assert note.startswith("its header says 20 records: it has 1")
    assert len(session.eeg.times) == int(note.split(" it has ")[1].split()[0]) * 128
    assert note in " ".join(open_dataset(tmp_path / "out").summary().problems)


def test_a_missing_part_of_a_recording_is_named(tmp_path: Path) -> None:
    path = export(labelled(tmp_path / "P01.xdf"), "brainvision", tmp_path / "out")
    part = path.with_suffix(".eeg")
    part.unlink()
    with pytest.raises(MilmerError, match=part.name):
        open_session(path)


def test_trigger_codes_are_markers(tmp_path: Path) -> None:
    status = np.full(512 * 4, 1 << 16, dtype=np.int64)
    status[512:520] += 4
    status[1024:1030] += 5
    noise = np.random.default_rng(1).normal(0, 10, (1, len(status)))
    session = open_session(write_bdf(tmp_path / "sub-01_rec.bdf", ["Fp1"], noise, status))
    assert [(round(m.time, 3), m.text) for m in session.markers] == [(1.0, "4"), (2.0, "5")]
