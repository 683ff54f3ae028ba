"""What goes out: channels, units, texts, names, streams, BIDS, by the readers of others."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyedflib
import pytest
from export_readers import Read, read_export, rows_of
from foreign_tree import labelled
from scipy.io import loadmat
from typer.testing import CliRunner, Result
from xdf_files import Written, header_of, write_file

from milmer_live.cli.app import app
from milmer_live.errors import ConfigError, MilmerError, RecordingError
from milmer_live.storage.export import FORMATS, ExportOptions, Format, export
from milmer_live.storage.export.names import entity, safe
from milmer_live.storage.export.options import WITH_TIMES
from milmer_live.storage.export.texts import EMPTY, LONGEST, Texts
from milmer_live.storage.xdf.header import (
    Channel,
    StreamHeader,
    stream_header,
)

RATE, SECONDS = 128.0, 20
N = round(RATE * SECONDS)
TIMES = 1000.0 + np.arange(N) / RATE
SINE = np.sin(2 * np.pi * 10 * np.arange(N) / RATE)
WITH_GRID = tuple(one for one in FORMATS if one not in WITH_TIMES)

# label, unit, type; what is in the file; what it is in µV or its own unit; type by MNE
CHANNELS: tuple[tuple[str, str, str, float, float, str], ...] = (
    ("Cz", "0", "EEG", 2e-5, 20.0, "eeg"),
    ("Pz", "0", "EEG", 3e-5, 30.0, "eeg"),
    ("VEOG", "0", "EOG", 1e-4, 100.0, "eog"),
    ("ECG1", "mV", "ECG", 1.0, 1000.0, "ecg"),
    ("GSR1", "microsiemens", "GSR", 4.0, 4.0, "gsr"),
    ("Temp", "degC", "temperature", 36.5, 36.5, "temperature"),
    ("ACCX", "g", "ACC", 9.81, 9.81, "misc"),
    ("TRIG", "boolean", "stim", 0.0, 0.0, "stim"),
)
# Fields that BIDS recommends and this program does not know.
KNOWN_WARNINGS = {
    "JSON_KEY_RECOMMENDED",
    "SIDECAR_KEY_RECOMMENDED",
    "NO_AUTHORS",
    "TOO_FEW_AUTHORS",
}
TEXTS = ("go\n", "a\tb\r\nc", 'x,"y"', "", "Grüße 😀", "x" * 20_000, "nul\0 \x14\x15\ud800", " ")


def amplifier(**changed: Any) -> Written:
    labels, units, types, values = (list(one) for one in list(zip(*CHANNELS, strict=True))[:4])
    units = changed.get("units", units)
    channels = [Channel(*one) for one in zip(labels, units, types, strict=True)]
    header = stream_header("Amp", "EEG", channels, rate=RATE, format="double64")
    data = np.ones((N, 1)) * np.array(values)
    data[:, :2] *= SINE[:, np.newaxis]
    data[::128, 7] = 1.0
    return Written(header, ((TIMES, data),), 0.0)


def marks(texts: tuple[str, ...] = TEXTS) -> Written:
    at = 1002.0 + np.arange(len(texts), dtype=np.float64)
    rows = [[text.encode("utf-8", "replace").decode()] for text in texts]
    return Written(header_of("Marks", "string", 1, 0.0), ((at, rows),), 0.0)


def belt() -> Written:
    """A stream beside the EEG that begins half a second before it."""
    header = stream_header("Belt", "respiration", [Channel("RIP", "a.u.", "resp")], rate=25.0)
    times = 999.5 + np.arange(500) / 25.0
    return Written(header, ((times, np.arange(500.0)[:, np.newaxis].astype(np.float32)),), 0.0)


def gaze() -> Written:
    """A stream at no steady rate."""
    header = stream_header("Gaze", "Gaze", [Channel("x"), Channel("y")], rate=0.0)
    times = 1000.0 + np.cumsum(np.random.default_rng(1).uniform(0.01, 0.2, 50))
    return Written(header, ((times, np.ones((50, 2), dtype=np.float32)),), 0.0)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "sub-01_rec.xdf"
    label = Written(
        header_of("Rater", "string", 1, 0.0),
        ((np.array([1005.0]), [["label valence=7 arousal=3 trial=a duration=10"]]),),
        0.0,
    )
    return write_file(path, (amplifier(), marks(), label, belt(), gaze()))


def read(file: Path, to: Format, folder: Path, **options: Any) -> Read:
    return read_export(to, export(file, to, folder, ExportOptions(**options)))


@pytest.mark.parametrize("to", FORMATS)
def test_channels_are_what_they_are(file: Path, tmp_path: Path, to: Format) -> None:
    found = read(file, to, tmp_path)
    for name, _, _, _, size, kind in CHANNELS[:-1]:
        expected = size * SINE if name in ("Cz", "Pz") else np.full(N, size)
        factor = {("fif", "gsr"): 1e-6}.get((to, kind), 1.0)
        if to in ("edf", "bdf") and kind == "gsr":
            kind = "misc"  # EDF has no word for it
        if to == "eeglab" and kind not in ("eeg", "eog", "ecg"):
            factor = 1e-6  # MNE takes all that is in a .set for µV
        got = found.values[name][: len(expected)]
        resolution = {"edf": 2e-4, "bdf": 1e-6}.get(to, 1e-6) * max(1.0, size)
        np.testing.assert_allclose(got, expected * factor, atol=resolution, rtol=1e-6)
        if to not in WITH_TIMES and not (to in ("brainvision",) and kind not in ("misc",)):
            assert found.kinds[name] == kind, name
    trigger = found.values["TRIG"][:N]
    high = np.flatnonzero(trigger > 0.5 * trigger.max())
    np.testing.assert_array_equal(high, np.arange(0, N, 128))


def test_units_stand_in_every_format(file: Path, tmp_path: Path) -> None:
    names = [one[0] for one in CHANNELS]
    units = ["µV", "µV", "µV", "µV", "microsiemens", "degC", "g", "boolean"]
    with np.load(export(file, "npz", tmp_path)) as arrays:
        assert arrays["channel_units"].tolist() == units
        assert arrays["channel_kinds"].tolist()[:5] == ["EEG", "EEG", "EOG", "ECG", "GSR"]
    table = rows_of(export(file, "csv", tmp_path).with_suffix(".channels.csv"))
    assert [(row["name"], row["unit"]) for row in table] == list(zip(names, units, strict=True))
    for to in ("edf", "bdf"):
        reader = pyedflib.EdfReader(str(export(file, to, tmp_path)))
        try:
            dimensions = [one["dimension"] for one in reader.getSignalHeaders()]
            kinds = [one["transducer"] for one in reader.getSignalHeaders()]
            assert dimensions == ["uV"] * 4 + ["microsie", "degC", "g", "boolean"]
            assert kinds[:4] == ["EEG", "EEG", "EOG", "ECG"]
            cz = reader.readSignal(0)[:N]
            np.testing.assert_allclose(cz, 20 * SINE, atol=0.01)
        finally:
            reader.close()
    header = export(file, "brainvision", tmp_path).read_text(encoding="utf-8")
    assert "Ch7=ACCX,,1,g" in header
    assert "Ch1=Cz,,1,µV" in header
    eeg = loadmat(export(file, "eeglab", tmp_path), squeeze_me=True)["EEG"]
    assert eeg["chanlocs"].item()["unit"].tolist() == units
    np.testing.assert_allclose(eeg["data"].item()[6], 9.81, rtol=1e-6)
    (channels,) = export(file, "bids", tmp_path).rglob("*_channels.tsv")
    lines = [line.split("\t") for line in channels.read_text(encoding="utf-8").splitlines()]
    assert [line[:3] for line in lines[1:5]] == [
        ["Cz", "EEG", "µV"], ["Pz", "EEG", "µV"], ["VEOG", "EOG", "µV"], ["ECG1", "ECG", "µV"],
    ]  # fmt: skip
    assert lines[7][:3] == ["ACCX", "MISC", "g"]


@pytest.mark.parametrize("to", FORMATS)
def test_texts_survive(file: Path, tmp_path: Path, to: Format) -> None:
    said: list[str] = []
    found = read_export(to, export(file, to, tmp_path, ExportOptions(), said.append))

    texts = [text for _, _, text in found.events if "BAD_ACQ_SKIP" not in text]
    assert len(texts) == len(TEXTS) + 1  # and the label
    assert any("Grüße 😀" in text for text in texts)
    assert any(text.startswith("label valence=7 arousal=3") for text in texts)
    onsets = [onset for onset, _, text in found.events if "Grüße" in text]
    assert onsets == pytest.approx([6.0], abs=0.51 / RATE)
    if to in ("csv", "npz"):
        assert "x" * 20_000 in texts
        assert "go\n" in texts
        return
    assert r"go\n" in texts
    assert EMPTY in texts
    assert sum(one.startswith("Events: ") for one in said) == 1


def test_pyedflib_reads_as_many_events(file: Path, tmp_path: Path) -> None:
    for to in ("edf", "bdf"):
        reader = pyedflib.EdfReader(str(export(file, to, tmp_path)))
        try:
            onsets, _, texts = reader.readAnnotations()
            assert len(texts) == len(TEXTS) + 1
            assert onsets.tolist() == pytest.approx([2, 3, 4, 5, 5, 6, 7, 8, 9], abs=1e-3)
        finally:
            reader.close()


def test_a_text_is_one_line_and_says_what_was_changed() -> None:
    texts = Texts(comma=";")
    assert texts.plain("a,b\nc") == r"a;b\nc"
    assert texts.plain("y" * 500) == "y" * (LONGEST - 3) + "..."
    assert texts.plain(" ") == EMPTY
    assert texts.plain("fine") == "fine"
    assert texts.said.count("1 text") == 4
    assert Texts().said == ""


@pytest.mark.parametrize("unit", ["counts", "a.u.", "", "none"])
@pytest.mark.parametrize("to", FORMATS)
def test_an_unknown_unit_stops_unless_it_is_said(unit: str, to: Format, tmp_path: Path) -> None:
    header = stream_header("Amp", "EEG", [Channel("Cz", unit, "EEG")], rate=RATE)
    data = (0.02 * SINE)[:, np.newaxis].astype(np.float32)
    path = write_file(tmp_path / "sub-01_rec.xdf", (Written(header, ((TIMES, data),), 0.0),))

    with pytest.raises(RecordingError, match="the unit of 'Amp' is not known") as refused:
        export(path, to, tmp_path / "out")
    assert "--unit uV" in refused.value.hint
    assert not list((tmp_path / "out").iterdir())

    found = read(path, to, tmp_path / "out", unit="mV")
    np.testing.assert_allclose(found.values["Cz"][:N], 20 * SINE, atol=2e-3)


@pytest.mark.parametrize("to", ["csv", "bids"])
def test_text_is_made_of_few_samples_at_a_time(to: Format, tmp_path: Path) -> None:
    eeg = stream_header("Amp", "EEG", [Channel("Cz", "uV", "EEG")], rate=128.0)
    belts = stream_header("Belts", "resp", [Channel(f"R{n}", "a.u.") for n in range(64)], rate=1e3)
    stamps = 1000.0 + np.arange(10_000) / 1e3
    values = np.random.default_rng(1).normal(size=(10_000, 64)).astype(np.float32)
    file = write_file(
        tmp_path / "P01.xdf",
        (
            Written(eeg, ((TIMES, np.ones((N, 1), dtype=np.float32)),), 0.0),
            Written(belts, ((stamps, values),), 0.0),
        ),
    )
    export(file, "npz", tmp_path / "first")  # what is imported once
    tracemalloc.start()
    export(file, to, tmp_path / "out", ExportOptions(everything=True))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 7 * values.nbytes, "as floats of Python it would be eight times as large"


def test_what_is_odd_about_a_recording_is_said_as_it_goes_out(tmp_path: Path) -> None:
    path = labelled(tmp_path / "P01.xdf", unit="mV", label="label valence=70 arousal=3")
    said: list[str] = []
    export(path, "npz", tmp_path / "out", say=said.append)
    assert any("'Amp' seems wrong in scale" in one and "export --unit uV" in one for one in said)
    assert any("its valence is 70; ratings go from 1 to 9" in one for one in said)

    for table, unit in ((True, ""), (False, "uV")):
        if table:
            rows = "file\tparticipant\tunit\nP01.xdf\tP01\tuV\n"
            (tmp_path / "participants.tsv").write_text(rows, encoding="utf-8")
        said.clear()
        out = export(path, "npz", tmp_path / f"{table}", ExportOptions(unit=unit), said.append)
        assert np.abs(np.load(out)["eeg_uv"]).max() == pytest.approx(20, abs=0.1)
        assert any("'Amp' states mV; it is read in uV, as was said." in one for one in said)
        assert not any("wrong in scale" in one for one in said)
        (tmp_path / "participants.tsv").unlink(missing_ok=True)


@pytest.mark.parametrize("power", ["0", "-3", "-6", "V", "mV", "µV", "nanovolts"])
def test_units_are_judged_as_live(power: str, tmp_path: Path) -> None:
    factor = {"0": 1e6, "-3": 1e3, "-6": 1, "V": 1e6, "mV": 1e3, "µV": 1, "nanovolts": 1e-3}[power]
    header = stream_header(
        "Amp", "EEG", [Channel("Cz", power, "EEG")], rate=RATE, format="double64"
    )
    data = (20 / factor * SINE)[:, np.newaxis]
    path = write_file(tmp_path / "sub-01_rec.xdf", (Written(header, ((TIMES, data),), 0.0),))
    np.testing.assert_allclose(read(path, "npz", tmp_path).values["Cz"], 20 * SINE, atol=1e-4)


@pytest.mark.parametrize("to", FORMATS)
def test_all_signals_can_go_out_and_the_rest_is_named(
    file: Path, tmp_path: Path, to: Format
) -> None:
    said: list[str] = []
    export(file, to, tmp_path / "one", ExportOptions(), said.append)
    assert any("Left behind: 'Belt'" in one and "--all" in one for one in said)

    said.clear()
    export(file, to, tmp_path / "all", ExportOptions(everything=True), said.append)
    names = [path.name for path in (tmp_path / "all").rglob("*") if path.is_file()]
    assert any("Belt" in name for name in names)
    assert any("Gaze" in name for name in names) == (to in WITH_TIMES)
    assert any("Left behind: 'Gaze'" in one for one in said) == (to not in WITH_TIMES)


@pytest.mark.parametrize("to", ["fif", "edf", "csv", "npz"])
def test_another_stream_instead_of_the_eeg(file: Path, tmp_path: Path, to: Format) -> None:
    found = read(file, to, tmp_path, streams=("Belt",))
    assert list(found.values) == ["RIP"]
    assert found.rate == pytest.approx(25.0)
    np.testing.assert_allclose(found.values["RIP"][:500], np.arange(500), atol=0.01)
    (mark,) = [onset for onset, _, text in found.events if "Grüße" in text]
    assert mark - found.times[0] == pytest.approx(6.5, abs=1e-3)
    with pytest.raises(RecordingError, match="no stream of numbers called 'Bolt'") as refused:
        read(file, to, tmp_path, streams=("Bolt",))
    assert "'Belt'" in refused.value.hint


def test_physio_of_bids_is_beside_the_eeg(file: Path, tmp_path: Path) -> None:
    folder = export(file, "bids", tmp_path, ExportOptions(everything=True))
    (about,) = folder.rglob("*_recording-Belt_physio.json")
    told = json.loads(about.read_text())
    assert told["SamplingFrequency"] == 25.0
    assert told["StartTime"] == pytest.approx(-0.5)
    assert told["Columns"] == ["RIP"]
    rows = np.loadtxt(about.with_suffix(".tsv.gz"))
    np.testing.assert_allclose(rows, np.arange(500))


def test_the_validator_of_bids_finds_no_error(file: Path, tmp_path: Path) -> None:
    folder = export(file, "bids", tmp_path, ExportOptions(everything=True))
    validator = Path(sys.executable).with_name("bids-validator-deno")
    done = subprocess.run(
        [validator, "--json", folder], capture_output=True, text=True, check=False, timeout=100
    )
    found = json.loads(done.stdout)["issues"]["issues"]
    assert [one for one in found if one["severity"] == "error"] == []
    assert {one["code"] for one in found} <= KNOWN_WARNINGS


def test_bids_takes_names_and_invents_nothing(file: Path, tmp_path: Path) -> None:
    said: list[str] = []
    options = ExportOptions(subject="P07", session="2", task="films", run="3")
    folder = export(file, "bids", tmp_path, options, said.append)
    (eeg,) = folder.rglob("*_eeg.json")
    assert eeg.name == "sub-P07_ses-2_task-films_run-3_eeg.json"
    told = json.loads(eeg.read_text())
    assert told["TaskName"] == "films"
    assert (told["EEGChannelCount"], told["EOGChannelCount"]) == (2, 1)
    assert not {key for key in told if "Manufacturer" in key}
    everything = "".join(
        one.read_text(encoding="utf-8", errors="replace")
        for one in folder.rglob("*")
        if one.is_file() and one.suffix != ".eeg"
    )
    assert "Brain Products" not in everything
    assert not [one for one in said if "BIDS takes" in one]


def test_names_are_made_valid_and_it_is_said(tmp_path: Path) -> None:
    path = write_file(tmp_path / "Anna Müller (2).xdf", (amplifier(), marks(())))
    said: list[str] = []
    folder = export(path, "bids", tmp_path / "out", ExportOptions(), said.append)
    assert (folder / "sub-AnnaMller").is_dir()
    assert any("the subject 'Anna Müller' is 'AnnaMller'" in one for one in said)


@pytest.mark.parametrize(
    "odd", ["../../x", "/etc/passwd", "a\0b", "..", "con", "x" * 400, "C:\\x", "\u202eabc", ""]
)
def test_no_name_of_a_file_leads_out_of_its_folder(odd: str, tmp_path: Path) -> None:
    name = safe(odd)
    assert name == Path(name).name
    assert name not in ("", ".", "..", "con")
    assert len(name) < 100
    assert entity(odd).isalnum()
    header = stream_header(
        odd.replace("\0", "") or "x", "ECG", [Channel("E1", "mV", "ECG")], rate=25
    )
    other = Written(header, ((TIMES[:50], np.ones((50, 1), dtype=np.float32)),), 0.0)
    path = write_file(tmp_path / "sub-01_rec.xdf", (amplifier(), other))
    out = tmp_path / "deep" / "down" / "out"
    export(path, "csv", out, ExportOptions(everything=True))
    files = {one for one in tmp_path.rglob("*") if one.is_file()} - {path}
    assert all(one.parent == out for one in files)


def test_an_export_that_fails_leaves_no_half_files(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr(np, "savez_compressed", fails)
    with pytest.raises(MilmerError, match="no room"):
        export(file, "npz", tmp_path / "out", ExportOptions(everything=True))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rate": "fast"}, "'fast' is no rate"),
        ({"rate": "-3"}, "'-3' is no rate"),
        ({"rate": "nan"}, "'nan' is no rate"),
        ({"unit": "apples"}, "'apples' is no unit"),
        ({"subject": "a/b"}, "letters and digits"),
        ({"task": "a_b"}, "letters and digits"),
        ({"run": "one"}, "has to be a number"),
    ],
)
def test_options_that_mean_nothing_are_one_sentence(
    options: dict[str, str], words: str, file: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=words):
        export(file, "csv", tmp_path, ExportOptions(**options))  # type: ignore[arg-type]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def test_on_the_command_line(file: Path, tmp_path: Path) -> None:
    done = run(file, "--to", "edf", "--out", tmp_path, "--rate", "256", "--subject", "A1")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(tmp_path / "sub-A1_ses-sub-01_rec_eeg.edf")
    assert (
        "'Amp' is written at 256 Hz; by its stamps it has 128 Hz, it was resampled." in done.stderr
    )
    assert read_export("edf", Path(done.stdout.strip())).rate == 256


@pytest.mark.parametrize("wrong", [(256.0, 128.0), (250.0, 125.0), (125.0, 250.0), (500.0, 512.0)])
def test_a_wrong_rate_in_the_header_is_named_and_the_sine_is_right(
    wrong: tuple[float, float], tmp_path: Path
) -> None:
    nominal, true = wrong
    n = round(true * 20)
    sine = 20 * np.sin(2 * np.pi * 10 * np.arange(n) / true)
    header: StreamHeader = stream_header(
        "Amp", "EEG", [Channel("Cz", "uV", "EEG")], rate=nominal, format="float32"
    )
    chunks = ((1000.0 + np.arange(n) / true, sine[:, np.newaxis].astype(np.float32)),)
    path = write_file(tmp_path / "sub-01_rec.xdf", (Written(header, chunks, 0.0),))
    for to in WITH_GRID:
        said: list[str] = []
        found = read_export(to, export(path, to, tmp_path / "out", ExportOptions(), said.append))
        assert found.rate == pytest.approx(nominal)
        power = np.abs(np.fft.rfft(found.values["Cz"] * np.hanning(len(found.times))))
        peak = np.fft.rfftfreq(len(found.times), 1 / found.rate)[np.argmax(power)]
        assert peak == pytest.approx(10.0, abs=0.06)
        assert any(f"by its stamps it has {true:g} Hz" in one for one in said)
