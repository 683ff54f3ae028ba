"""`milmer-live predict`: what it writes beside a session, read by others."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import pyxdf
from sessions import START, Amplifier, plan, recorder
from typer.testing import CliRunner, Result

from milmer_live.cli.app import app
from milmer_live.errors import DatasetError, RecordingError
from milmer_live.runs.predict import file_name
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Prediction, Quadrant
from milmer_live.storage.session.dataset import session_files
from milmer_live.storage.session.streams import PREDICTIONS

SECONDS = 8
SAID = 3.5  # the end of the one window that was predicted live


def predict(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["predict", *map(str, arguments)])


def session_of(
    root: Path, seconds: float = SECONDS, channels: tuple[str, ...] = MODEL_CHANNELS
) -> Path:
    amplifier = Amplifier(EEGInfo("Amp", "id", channels, 128.0))
    one = recorder(root, plan())
    for _ in range(round(8 * seconds)):
        one.write_eeg(amplifier.info, amplifier.chunk(16))
    shares = np.array([0.7, 0.1, 0.1, 0.1], dtype=np.float32)
    one.write_prediction(Prediction(1, START + SAID, shares))
    one.start()
    one.stop()
    one.join(60)
    return one.status.folder


def test_a_table_and_a_stream_lie_beside_the_session_which_stays_as_it_is(tmp_path: Path) -> None:
    folder = session_of(tmp_path)
    before = {file: file.read_bytes() for file in folder.iterdir()}
    result = predict(folder)
    assert result.exit_code == 0, result.output
    (table,), (stream,) = folder.glob("*.predictions.csv"), folder.glob("*.predictions.xdf")
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [float(row["stop_s"]) for row in rows] == [3.0 + n / 2 for n in range(len(rows))]
    assert len(rows) == 11
    assert [row["live_quadrant"] for row in rows if row["live_quadrant"]] == ["HAHV"]
    assert rows[1]["live_HAHV"] == "0.7000"
    shares = np.array([[float(row[one.name]) for one in Quadrant] for row in rows])
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=3e-4)
    assert {row["faces_used"] for row in rows} == {"0"}

    (read,), _ = pyxdf.load_xdf(stream)
    assert read["info"]["name"] == [PREDICTIONS]
    assert read["info"]["desc"][0]["model"][0]["name"] == ["Milmer demo"]
    labels = [one["label"][0] for one in read["info"]["desc"][0]["channels"][0]["channel"]]
    columns = [labels.index(one.name) for one in Quadrant]
    np.testing.assert_allclose(read["time_series"][:, columns], shares, atol=1e-4)
    np.testing.assert_allclose(
        read["time_stamps"], [float(row["lsl_time"]) for row in rows], atol=1e-5
    )
    assert before == {file: file.read_bytes() for file in before}
    assert session_files(tmp_path) == (folder / "session.xdf",)
    assert "Windows: 11, of which 11 have an answer, 0 had not enough signal" in result.output
    assert "Live: 1 of these windows" in result.output


def test_too_few_electrodes_are_named_and_nothing_is_answered(tmp_path: Path) -> None:
    result = predict(session_of(tmp_path, channels=MODEL_CHANNELS[:3]))
    assert result.exit_code == 0, result.output
    assert "of which 0 have an answer, 11 had not enough signal" in result.output
    assert "3 electrodes know 0% of the model's EEG" in result.output
    assert "none was known both times" in result.output
    (table,) = tmp_path.glob("*/*/*.predictions.csv")
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert {(row["quadrant"], row["HAHV"], row["known"]) for row in rows} == {("", "", "0")}


def test_a_second_time_replaces_the_first(tmp_path: Path) -> None:
    folder, out = session_of(tmp_path / "recordings"), tmp_path / "out"
    for _ in range(2):
        assert predict(folder, "--out", out).exit_code == 0
    assert len(list(out.iterdir())) == 2
    assert not list(folder.glob("*.predictions.*"))


@pytest.mark.parametrize("name", ["Milmer demo", "../up/and away", "α β", ""])
def test_a_models_name_never_leads_out_of_the_folder(name: str) -> None:
    part = file_name(name, "0123456789abcdef")
    assert part.endswith("-01234567")
    assert re.fullmatch(r"[A-Za-z0-9_-]+", part)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = predict(session_of(tmp_path / "recordings"), "--out", tmp_path / "file" / "out")
    assert isinstance(result.exception, RecordingError)
    assert "cannot be made" in str(result.exception)


def test_what_is_shorter_than_a_window_is_refused(tmp_path: Path) -> None:
    result = predict(session_of(tmp_path, 2.0))
    assert isinstance(result.exception, DatasetError)
    assert "shorter than one window" in str(result.exception)


@pytest.mark.parametrize("missing", ["nowhere", ""])
def test_what_is_no_session_is_named(tmp_path: Path, missing: str) -> None:
    result = predict(tmp_path / missing)
    assert result.exception is not None
    assert "is no session" in str(result.exception)
