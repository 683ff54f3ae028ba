"""What can be done with a session afterwards, from the command line."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest
from sessions import FACE, START, Amplifier, filmed, frame, prediction, recorder, run, shoot
from typer.testing import CliRunner, Result

from milmer_live import paths
from milmer_live.catalogue import EventKind
from milmer_live.cli.app import app
from milmer_live.errors import MilmerError, RecordingError
from milmer_live.events import Event
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Marker
from milmer_live.storage.export import export
from milmer_live.storage.labels.session_labels import labels_of
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.streams import (
    LABELS,
    Annotation,
)
from milmer_live.storage.session.video import SessionVideo
from milmer_live.storage.upkeep.check import (
    Finding,
    Level,
    check_session,
)

RATE = 250.0
LOST = 500  # samples, two seconds


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings with one session: 12 s, a gap of 2 s, a label, a marker, a film."""
    root = tmp_path_factory.mktemp("recordings")
    one = recorder(root, filmed("full", "h264"))
    amp = Amplifier(EEGInfo("Cap", "id-cap", MODEL_CHANNELS, RATE))
    for second in range(12):
        chunk = amp.chunk(250)
        if second not in (4, 5):
            one.write_eeg(amp.info, chunk)
        for number in range(10):
            shoot(one, frame(10 * second + number, rate=10.0), FACE)
        one.write_prediction(prediction(second))
        run(one, 1.0)
    one.write_marker(Marker(START + 3.5, "a loud noise"))
    one.annotate(
        Annotation(
            id="1", kind="label", start=START + 7, stop=START + 11, valence=8, arousal=2, trial="a"
        )
    )
    one.close()
    return root


@pytest.fixture
def session(root: Path, tmp_path: Path) -> Path:
    """A copy of that session, to be changed."""
    (folder,) = root.glob("sub-*/ses-*")
    return shutil.copytree(folder, tmp_path / "recordings" / "sub-01" / folder.name)


def milmer_live(*arguments: str | Path, answer: str = "") -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], input=answer)


def faults(findings: Sequence[Finding]) -> list[str]:
    return [f"{one.about}: {one.text}" for one in findings if one.level is Level.FAULT]


def test_sessions_are_listed(root: Path) -> None:
    shown = milmer_live("sessions", root).stdout
    told = json.loads(milmer_live("sessions", "--json", root).stdout)

    assert "01" in shown
    assert "whole" in shown
    (row,) = told
    assert (row["participant"], row["n_gaps"], row["n_labels"]) == ("01", 1, 1)
    assert row["length_s"] == pytest.approx(12.0, abs=0.6)
    assert set(row["streams"]) >= {"Cap", "MilmerLive-Frames", "MilmerLive-Predictions"}


@pytest.mark.parametrize("columns", ["80", "24"])
def test_what_the_next_command_takes_is_whole_in_a_narrow_terminal(
    session: Path, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    listed = milmer_live("sessions", session.parent.parent).stdout.splitlines()
    heading, row = next((a, b) for a, b in itertools.pairwise(listed) if a.startswith("Partic"))
    assert heading.split()[-5:] == ["Streams", "Gaps", "Labels", "Size", "State"]
    assert row.split()[:2] == ["01", session.name.removeprefix("ses-")]
    labels = milmer_live("labels", session).stdout
    ids = [one["id"] for one in json.loads(milmer_live("labels", session, "--json").stdout)]
    assert all(one in labels for one in ids)


def test_an_empty_folder_has_no_session(tmp_path: Path) -> None:
    assert "There is no session" in milmer_live("sessions", tmp_path).stdout


def test_a_session_keeps_its_promises(session: Path) -> None:
    result = milmer_live("check", session)

    assert result.exit_code == 0, result.stdout
    assert "Cap: 2500 samples" in result.stdout
    assert "a marked gap of 2.000 s, 500 samples" in result.stdout
    assert "120 frames, at most" in result.stdout
    assert "1 labels" in result.stdout


def test_a_broken_promise_is_named(session: Path) -> None:
    card = json.loads((session / "session.json").read_text())
    card["samples"]["Cap"] = 2600
    (session / "session.json").write_text(json.dumps(card))

    result = milmer_live("check", session)

    assert result.exit_code == 1
    assert "Cap: 2500 samples, but the session.json says 2600" in result.stdout


def test_a_film_that_is_not_that_of_the_index_is_named(session: Path) -> None:
    (session / "face.mkv").unlink()

    assert faults(check_session(session))[0].startswith("face.mkv: ")


def unclosed_film(path: Path) -> None:
    """The film of the session as a killed program leaves it."""
    film = SessionVideo(path, "h264", (160, 120), START)
    for index in range(120):
        film.write(frame(index).image, START + index / 10)
    left = path.read_bytes()
    film.close()
    path.write_bytes(left)


def test_repair_makes_a_torn_session_whole(session: Path) -> None:
    xdf, film = session / "session.xdf", session / "face.mkv"
    xdf.write_bytes(xdf.read_bytes()[:-5000])
    film.unlink()
    unclosed_film(film)
    torn = check_session(session)

    result = milmer_live("repair", session)

    assert result.exit_code == 0, result.stdout
    assert "repair it" in faults(torn)[0]
    assert "the original is session.xdf.bak" in result.stdout
    assert "were damaged and are lost" in result.stdout
    assert "index added; the original is face.mkv.bak" in result.stdout
    assert open_session(session).file.is_intact
    assert "whole" in milmer_live("repair", session).stdout


def test_repair_of_nothing_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.xdf").write_bytes(b"nothing")
    for path in (tmp_path / "a.xdf", tmp_path / "empty"):
        path.parent.mkdir(exist_ok=True)
        result = milmer_live("repair", path)
        assert isinstance(result.exception, RecordingError)


def assert_raw(raw: Any, uv: float) -> None:
    """The counting channel is right, and zeros stand where the gap is, marked as such."""
    data = raw.get_data(picks=["Fp1"])[0] * 1e6
    expected = np.arange(12 * 250.0)
    expected[1000:1500] = 0
    np.testing.assert_allclose(data[:3000], expected, atol=uv)
    texts = [re.sub(r"^[^/]+/", "", text) for text in raw.annotations.description]
    assert any(text.startswith("label valence=8 arousal=2 trial=a") for text in texts)
    assert "a loud noise" in texts
    skipped = next(one for one in raw.annotations if "BAD_ACQ_SKIP" in one["description"])
    assert skipped["onset"] == pytest.approx(4.0)
    assert skipped["duration"] == pytest.approx(2.0)


def test_fif_edf_and_brainvision_are_read_by_mne(session: Path, tmp_path: Path) -> None:
    fif = milmer_live("export", session, "--to", "fif", "--out", tmp_path).stdout.strip()
    edf, vhdr = (export(session, to, tmp_path) for to in ("edf", "brainvision"))

    assert_raw(mne.io.read_raw_fif(fif, verbose="error"), uv=1e-3)
    assert_raw(mne.io.read_raw_edf(edf, verbose="error"), uv=0.1)
    assert_raw(mne.io.read_raw_brainvision(vhdr, verbose="error"), uv=0.1)


def test_bids_is_read_by_mne_bids(session: Path, tmp_path: Path) -> None:
    from mne_bids import BIDSPath, find_matching_paths, read_raw_bids

    folder = export(session, "bids", tmp_path)
    (place,) = find_matching_paths(folder, suffixes="eeg", extensions=".vhdr")
    assert isinstance(place, BIDSPath)

    raw = read_raw_bids(place, verbose="error")

    assert place.subject == "01"
    assert raw.ch_names[:3] == ["Fp1", "AF3", "F3"]
    assert any("BAD_ACQ_SKIP" in text for text in raw.annotations.description)


def test_csv_and_npz_hold_samples_labels_and_predictions(session: Path, tmp_path: Path) -> None:
    table = export(session, "csv", tmp_path)
    arrays = np.load(export(session, "npz", tmp_path))

    rows = np.loadtxt(table, delimiter=",", skiprows=1)
    assert rows.shape == (2500, 33)
    assert rows[1000, 0] == pytest.approx(6.0)
    assert arrays["eeg_uv"][:, 0].tolist() == rows[:, 1].tolist()
    np.testing.assert_allclose(arrays["labels"], [[7.0, 11.0, 8.0, 2.0]])
    assert arrays["probabilities"].shape == (12, 4)
    assert "a loud noise" in arrays["marker_texts"]
    labels = table.with_suffix(".labels.csv").read_text().splitlines()
    assert labels[1] == "7.000000,4.000000,8.0,2.0,a"


def test_an_export_overwrites_nothing(session: Path, tmp_path: Path) -> None:
    export(session, "npz", tmp_path)

    with pytest.raises(RecordingError, match="exists already"):
        export(session, "npz", tmp_path)


def test_a_name_that_a_format_cannot_hold_is_shortened_and_said(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    names = (*MODEL_CHANNELS[:31], "Electrode with a long name")
    amp = Amplifier(EEGInfo("Cap", "id-cap", names, RATE))
    one.write_eeg(amp.info, amp.chunk(1000))
    one.close()
    said: list[str] = []
    written = export(one.status.folder, "edf", tmp_path / "out", None, said.append)
    assert "Electrode wit" in mne.io.read_raw_edf(written, verbose="error").ch_names
    assert any("shortened: Electrode with a long name" in text for text in said)


def test_exported_labels_can_be_read_again(session: Path) -> None:
    """A label's text is one that any program may send, and that we read."""
    from milmer_live.storage.export.events import label_text

    (label,) = open_session(session).labels
    file = open_session(session).file

    assert label_text(label) == "label valence=8 arousal=2 trial=a duration=4.000"
    assert labels_of(file, START, START + 60).labels[0].trial == "a"


def test_a_label_is_listed_corrected_and_removed_afterwards(session: Path) -> None:
    before = (session / "session.xdf").read_bytes()

    def listed() -> list[dict[str, object]]:
        return list(json.loads(milmer_live("labels", session, "--json").stdout))

    assert "valence 8.0" in milmer_live("labels", session).stdout
    done = milmer_live("labels", session, "--correct", "1", "--arousal", "7.5")
    assert done.exit_code == 0, done.output
    (label,) = open_session(session).labels
    assert (label.valence, label.arousal, label.trial) == (8, 7.5, "a")
    (row,) = listed()
    assert row["corrects"] == "1"
    milmer_live("labels", session, "--remove", str(row["id"]))
    assert listed() == []
    assert open_session(session).labels == ()
    assert (session / "session.xdf").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--correct", "9", "--valence", "3"), "There is no label 9"),
        (("--correct", "1"), "Nothing is corrected"),
        (("--correct", "1", "--valence", "11"), "less than or equal to 9"),
        (("--correct", "1", "--remove", "1"), "corrected or removed"),
    ],
)
def test_a_correction_that_cannot_be_is_one_sentence(
    session: Path, options: tuple[str, ...], said: str
) -> None:
    done = milmer_live("labels", session, *options)
    assert isinstance(done.exception, MilmerError)
    assert said in str(done.exception)
    assert not (session / "corrections.jsonl").exists()


@pytest.mark.parametrize(
    "torn",
    [b'{"id":"x","kind":"lab', b"", b"\0" * 40, b"\xff\xfe{}", b"[" * 100_000, b'{"id":"x"}', b"7"],
    ids=["cut", "empty", "zeros", "not UTF-8", "nested", "no label", "number"],
)
@pytest.mark.parametrize("is_last", [True, False])
def test_a_torn_correction_costs_that_line_alone(session: Path, torn: bytes, is_last: bool) -> None:
    """Where it is the last, as a kill leaves it: without the end of its line."""
    milmer_live("labels", session, "--correct", "1", "--arousal", "7.5", "--text", "a\u2028b\x85c")
    file = session / "corrections.jsonl"
    whole = file.read_bytes()
    assert whole.count(b"\n") == 1
    file.write_bytes(
        whole + torn + (b"\n" if torn == b"" else b"") if is_last else torn + b"\n" + whole
    )
    named = f"{file}, line {2 if is_last else 1}, is no label and is left out"

    (label,) = open_session(session).labels
    said = milmer_live("labels", session)
    checked = milmer_live("check", session)

    assert (label.arousal, label.valence) == (7.5, 8)
    assert said.exit_code == 0
    assert named in said.stderr
    assert "7.5" in said.stdout
    assert named in checked.stdout
    (row,) = json.loads(milmer_live("labels", session, "--json").stdout)
    milmer_live("labels", session, "--correct", str(row["id"]), "--arousal", "2")
    assert [one.arousal for one in open_session(session).labels] == [2], "the next one holds"


def test_a_label_that_cannot_be_read_in_the_session_costs_itself_alone(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    amp = Amplifier(EEGInfo("Cap", "id-cap", MODEL_CHANNELS, RATE))
    one.write_eeg(amp.info, amp.chunk(1000))
    one.write_markers([Marker(START + 1, "not JSON")], LABELS)
    one.annotate(
        Annotation(id="1", kind="label", start=START + 1, stop=START + 3, valence=8, arousal=2)
    )
    one.step()
    one.close()
    folder = one.status.folder

    assert [label.valence for label in open_session(folder).labels] == [8]
    assert "session.xdf, label 1, is no label" in milmer_live("labels", folder).stderr


def test_ratings_and_notes_are_exported_and_long_texts_are_cut(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    amp = Amplifier(EEGInfo("Cap", "id-cap", MODEL_CHANNELS, RATE))
    one.write_eeg(amp.info, amp.chunk(1000))
    one.annotate(
        Annotation(id="1", kind="rating", start=START, stop=START + 1, scale="liking", value=6)
    )
    one.annotate(Annotation(id="2", kind="note", start=START + 2, stop=START + 2, text="coughed"))
    one.write_event(Event(START + 3, EventKind.MODEL_READY, "x" * 5000))
    one.close()
    raw = mne.io.read_raw_fif(export(one.status.folder, "fif", tmp_path), verbose="error")
    said = [str(text) for text in raw.annotations.description]
    assert said[:2] == ["rating liking=6", "note coughed"]
    assert said[2].startswith("model ready: xxx")
    assert len(said[2]) == 240


def test_delete_asks_and_then_leaves_nothing(
    session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILMER_LIVE_CACHE", str(tmp_path / "cache"))
    name = session.name.removeprefix("ses-")
    crops = paths.cache_dir() / "crops" / "0f" / "01" / f"01_{name}_a-123"
    other = crops.with_name("01_another_a-123")
    for folder in (crops, other):
        folder.mkdir(parents=True)
        (folder / "images.npy").write_bytes(b"face")

    refused = milmer_live("delete", session, answer="n\n")
    assert refused.exit_code == 1
    assert session.exists()
    done = milmer_live("delete", session, answer="y\n")

    assert done.exit_code == 0
    assert "4 files" in done.stdout
    assert f"Deleted: {session}\n" in done.stdout
    assert f"Deleted: {crops}\n" in done.stdout
    assert not session.parent.exists()
    assert not crops.exists()
    assert other.exists()


def test_a_participant_who_withdraws_is_deleted_whole(session: Path) -> None:
    shutil.copytree(session, session.with_name("ses-2"))

    assert milmer_live("delete", "--yes", session.parent).exit_code == 0

    assert not session.parent.exists()


def test_no_other_folder_is_deleted(session: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "recordings"):
        assert isinstance(milmer_live("delete", "--yes", folder).exception, RecordingError)
    assert session.exists()


def test_a_session_with_labels_from_markers_alone_is_not_called_one_without(
    tmp_path: Path,
) -> None:
    one = recorder(tmp_path)
    amp = Amplifier(EEGInfo("Cap", "id-cap", MODEL_CHANNELS, RATE))
    for _ in range(8):
        one.write_eeg(amp.info, amp.chunk(250))
        run(one, 1.0)
    bare = shutil.copytree(one.status.folder, tmp_path / "bare" / one.status.folder.name)
    one.write_marker(Marker(START + 2, "label valence=3 arousal=3 duration=5"))
    one.close()
    told = milmer_live("labels", one.status.folder).stdout
    assert "There is no label" not in told
    assert "1 labels in all" in told
    assert "There is no label in the session." in milmer_live("labels", bare).stdout
