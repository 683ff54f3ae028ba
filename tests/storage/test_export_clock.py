"""An hour at 0.8 % drift with five gaps and a clock that is set: in every format an impulse lies
on its marker, as the readers of others find it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from export_readers import Read, read_export
from xdf_files import header_of

from milmer_live.samples import Float64
from milmer_live.storage.export import FORMATS, ExportOptions, Format, export
from milmer_live.storage.xdf.header import (
    Channel,
    stream_header,
)
from milmer_live.storage.xdf.writer import XDFWriter

NOMINAL, TRUE = 50.0, 50.4
SECONDS = 3600
GAPS = ((300.0, 7.0), (900.0, 0.4), (1500.0, 61.0), (2400.0, 2.0), (3300.0, 0.15))
RESET_AT, RESET_BY = 2000.0, -500.0  # the sender starts again, and its clock with it
OFFSET = 12_345.678  # from the sender's clock to the recorder's
START = 5000.0
EVERY = 20.0  # seconds from impulse to impulse


def recorded() -> tuple[Float64, Float64]:
    """Times (n,) on the recorder's clock, and which samples are impulses."""
    times = START + np.arange(round(SECONDS * TRUE)) / TRUE
    there = np.ones(len(times), dtype=np.bool_)
    for begin, length in GAPS:
        there &= ~((times >= START + begin) & (times < START + begin + length))
    times = times[there]
    wanted = START + np.arange(EVERY, SECONDS - EVERY, EVERY)
    places = np.unique(np.searchsorted(times, wanted))
    apart = [place for place in places if times[place] - times[place - 20] < 0.5]
    return times, np.array(apart)


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Float64]:
    """The file, and the seconds of its impulses from the first sample on."""
    times, impulses = recorded()
    rng = np.random.default_rng(3)
    values = rng.normal(0, 5, (len(times), 2)).astype(np.float32)
    values[impulses] += 400
    sent = times - OFFSET
    sent[times >= START + RESET_AT] += RESET_BY
    sent += rng.uniform(-0.004, 0.004, len(sent))
    path = tmp_path_factory.mktemp("hour") / "sub-01_hour.xdf"
    header = stream_header(
        "Amp", "EEG", [Channel(name, "microvolts", "EEG") for name in ("Cz", "Pz")], rate=NOMINAL
    )
    writer = XDFWriter(path, START)
    eeg = writer.add_stream(header, START, OFFSET)
    marks = writer.add_stream(header_of("Marks", "string", 1, 0.0), START)
    for second in range(0, SECONDS, 5):
        now = START + second
        writer.set_offset(eeg, OFFSET - RESET_BY * (second >= RESET_AT), now)
        part = (times >= now) & (times < now + 5)
        writer.write(eeg, sent[part], values[part])
        at = times[impulses][(times[impulses] >= now) & (times[impulses] < now + 5)]
        writer.write(marks, at, [[f"impulse {time - times[0]:.4f}"] for time in at])
        for number in (eeg, marks):
            if second % 10 == 0:
                writer._write_offset(number, now)
    writer.close()
    return path, times[impulses] - times[0]


def peaks(read: Read, onsets: Float64) -> Float64:
    """(n,) samples from each event to the largest value near it."""
    off = []
    for onset in onsets:
        near = np.flatnonzero(np.abs(read.times - onset) < 8 / read.rate)
        peak = near[np.argmax(np.abs(read.values["Cz"][near]))]
        off.append((read.times[peak] - onset) * read.rate)
    return np.array(off)


CASES: list[Any] = [
    *((to, rate) for to in FORMATS for rate in ("", "effective")),
    *((to, "64") for to in ("edf", "npz", "eeglab")),
]


@pytest.mark.parametrize(("to", "rate"), CASES)
def test_an_impulse_lies_on_its_marker(
    hour: tuple[Path, Float64], tmp_path: Path, to: Format, rate: str
) -> None:
    path, expected = hour
    said: list[str] = []
    read = read_export(to, export(path, to, tmp_path, ExportOptions(rate=rate), said.append))

    found = np.array([onset for onset, _, text in read.events if text.startswith("impulse")])
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=0.51 / read.rate)
    assert np.abs(peaks(read, found)).max() <= 1.0
    wanted = {"": NOMINAL, "effective": TRUE, "64": 64.0}[rate]
    if to not in ("csv", "npz") or rate:
        assert read.rate == pytest.approx(wanted, rel=2e-5)
    assert any("50.4 Hz" in one for one in said)


@pytest.mark.parametrize("to", ["fif", "edf", "bdf", "brainvision", "bids", "eeglab"])
def test_gaps_are_where_they_were(hour: tuple[Path, Float64], tmp_path: Path, to: Format) -> None:
    read = read_export(to, export(hour[0], to, tmp_path))
    gaps = [(onset, length) for onset, length, text in read.events if "BAD_ACQ_SKIP" in text]
    for (onset, length), (begin, lost) in zip(gaps, GAPS, strict=False):
        assert onset == pytest.approx(begin, abs=1.5 / NOMINAL)
        assert length == pytest.approx(lost, abs=2.5 / NOMINAL)
