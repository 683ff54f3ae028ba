"""One bad label costs itself, and is named with file and line; a table of any encoding is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from xdf_files import Written, header_of, write_file

from milmer_live.samples import MODEL_CHANNELS
from milmer_live.storage.session.dataset import SessionDataset
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.upkeep.check import (
    Level,
    check_session,
)
from milmer_live.storage.xdf.header import (
    Channel,
    stream_header,
)

START = 1000.0
GOOD = "label valence=7 arousal=3 trial=1 duration=10"
TABLE = "onset,duration,valence,arousal,trial\r\n5,10,7,3,Grün\r\n"


def recording(path: Path, marks: list[tuple[float, str]] | None = None) -> Path:
    """40 s of EEG, and markers."""
    rng = np.random.default_rng(1)
    channels = [Channel(name, "microvolts", "EEG") for name in MODEL_CHANNELS]
    amp = stream_header("amp", "EEG", channels, rate=128.0)
    eeg = rng.normal(0, 10, (40 * 128, 32)).astype(np.float32)
    streams = [Written(amp, ((START + np.arange(40 * 128) / 128, eeg),), 0.0)]
    if marks:
        times = np.array([START + at for at, _ in marks])
        texts = [[text] for _, text in marks]
        streams.append(Written(header_of("marks", "string", 1, 0.0), ((times, texts),), 0.0))
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_file(path, tuple(streams))


def names(path: Path) -> list[str]:
    return [ref.name for ref in SessionDataset(path).refs]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ("valence= arousal=3 duration=10", "valence is missing"),
        ("arousal=3 duration=10", "valence is missing"),
        ("valence=None arousal=3 duration=10", "valence is 'None'"),
        ("valence=n/a arousal=3 duration=10", "valence is 'n/a'"),
        ("valence=7,5 arousal=3 duration=10", "valence is '7,5'"),
        ("valence=0 arousal=0 duration=10", "valence is 0"),
        ("valence=70 arousal=3 duration=10", "valence is 70"),
        ("valence=7 arousal=nan duration=10", "arousal is 'nan'"),
        ("valence=7 arousal=3 duration=nan", "duration is 'nan'"),
        ("valence=7 arousal=3 duration=-5", "duration is -5 s"),
        ("valence=7 arousal=3 duration=0", "duration is 0 s"),
        ("valence=7 arousal=" + "9" * 5000, "arousal is '999"),
        ("valence=١ arousal=3", "valence is '١'"),
    ],
)
def test_a_bad_marker_costs_its_label_alone(fields: str, why: str, tmp_path: Path) -> None:
    marks = [(5.0, GOOD), (20.0, f"label trial=2 {fields}"), (32.0, "label valence=2 arousal=8")]
    path = recording(tmp_path / "sub-01_rec.xdf", marks)

    session = open_session(path)

    assert [(one.valence, one.arousal) for one in session.labels] == [(7, 3), (2, 8)]
    (fault,) = session.label_faults
    assert str(path) in fault
    assert "at 20.0 s" in fault
    assert why in fault
    dataset = SessionDataset(path)
    assert [ref.name for ref in dataset.refs] == ["01/sub-01_rec/1", "01/sub-01_rec/label02"]
    assert fault in dataset.summary().problems
    assert not [one for one in check_session(path) if one.level is Level.FAULT]
    assert fault in [one.text for one in check_session(path)]


def test_a_bad_marker_ends_the_label_before_it(tmp_path: Path) -> None:
    marks = [(5.0, "label valence=7 arousal=3"), (20.0, "label valence=x arousal=3")]

    (label,) = open_session(recording(tmp_path / "a.xdf", marks)).labels

    assert label.stop == START + 20


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",,,,", "it is empty"),
        ("", ""),
        ("nan,10,7,3,b", "onset is 'nan'"),
        ("-1,10,7,3,b", "onset is -1 s"),
        ("20,n/a,7,3,b", "duration is 'n/a'"),
        ("20,10,,3,b", "valence is missing"),
        ("20,10", "valence is missing"),
        ("20,10,7,10,b", "arousal is 10"),
        ('20,10,7,"' + "x" * 200_000 + '",b', "field larger than field limit"),
    ],
)
def test_a_bad_row_costs_itself_and_is_named_with_its_line(
    row: str, why: str, tmp_path: Path
) -> None:
    path = recording(tmp_path / "sub-01_rec.xdf")
    table = path.with_suffix(".labels.csv")
    table.write_bytes((TABLE + row + "\r\n25,5,2,8,c\r\n").encode())

    session = open_session(path)

    assert [one.trial for one in session.labels] == ["Grün", "c"]
    assert len(session.label_faults) == bool(why)
    for fault in session.label_faults:
        assert fault.startswith(f"{table}, line 3, is")
        assert why in fault


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_of_any_encoding_is_read(encoding: str, delimiter: str, tmp_path: Path) -> None:
    path = recording(tmp_path / "sub-01_rec.xdf")
    text = TABLE.replace(",", delimiter).replace("onset", " Onset ")
    path.with_suffix(".labels.csv").write_bytes(text.encode(encoding))

    session = open_session(path)

    assert session.label_faults == ()
    assert [(one.start - START, one.trial) for one in session.labels] == [(5.0, "Grün")]


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"when,what\r\n1,2\r\n", b"\xff\xfe\0\xd8"])
def test_a_table_that_is_none_keeps_nothing_else_from_its_labels(
    content: bytes, tmp_path: Path
) -> None:
    first = recording(tmp_path / "sub-01_rec.xdf", [(5.0, GOOD)])
    recording(tmp_path / "sub-02_rec.xdf", [(5.0, GOOD)])
    first.with_suffix(".labels.csv").write_bytes(content)

    assert names(tmp_path) == ["01/sub-01_rec/1", "02/sub-02_rec/1"]
    (fault,) = open_session(first).label_faults
    assert "sub-01_rec.labels.csv has no column onset" in fault


def test_markers_of_others_are_no_labels(tmp_path: Path) -> None:
    texts = ("label", "label end", "labels valence=1", "label x=3", "label" + " " * 100_000,
             "[" * 100_000, '{"event": "rest"}')  # fmt: skip
    marks = [(float(at), text) for at, text in enumerate(texts)]

    session = open_session(recording(tmp_path / "a.xdf", marks))

    assert (session.labels, session.label_faults) == ((), ())
