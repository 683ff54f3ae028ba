"""Stamps of any finite value are kept as they were sent, and read as pyxdf reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyxdf
from sessions import START, Amplifier, recorder, run
from typer.testing import CliRunner

from milmer_live.cli.app import app
from milmer_live.clock import FakeClock
from milmer_live.errors import DatasetError
from milmer_live.live.sources.signal_judge import SignalJudge
from milmer_live.samples import MODEL_CHANNELS, EEGChunk, EEGInfo, Float64
from milmer_live.storage.session.balance import StreamBalance
from milmer_live.storage.session.catalogue import session_row
from milmer_live.storage.session.dataset import SessionDataset
from milmer_live.storage.session.reader import (
    Session,
    open_session,
)
from milmer_live.storage.session.stream_facts import (
    SignalStream,
    SourceFacts,
)
from milmer_live.storage.session.streams import Annotation
from milmer_live.storage.upkeep.check import (
    Level,
    check_session,
)
from milmer_live.storage.xdf.deduced_stamps import StampDeducer
from milmer_live.storage.xdf.reader import read_xdf
from milmer_live.storage.xdf.writer import SETTLE_S
from milmer_live.ui.language.stream_words import outcome_words

RATE, SECONDS, CHUNK = 250.0, 20, 25
N = round(RATE * SECONDS)
DUE = START + np.arange(N) / RATE


def every(step: int, value: float, first: int = 0) -> Float64:
    stamps = DUE.copy()
    stamps[first::step] = value
    return stamps


STAMPS: dict[str, Float64] = {
    "lsl": DUE,
    "unix": DUE + 1.7e9,
    "ms": 1e3 * (DUE + 1.7e9),
    "ns": 1e9 * (DUE + 1.7e9),
    "wild": every(100, 1e18, 99),
    "wild from the first on": every(100, 1e18),
    "wild and negative": every(100, -1e300, 7),
    "negative": DUE - 1e7,
    "zero": np.zeros(N),
    "a zero now and then": every(50, 0.0, 49),
    "backwards": DUE[::-1].copy(),
    "backwards once": np.concatenate([DUE[: N // 2], DUE[N // 2 :] - 60.0]),
}


def recorded(root: Path, stamps: Float64, offset_s: float = 0.0) -> Path:
    """A session of an amplifier that stamps like this, with a label from 5 to 12 s."""
    info = EEGInfo("Amp", "id-amp", MODEL_CHANNELS, RATE)
    data = np.random.default_rng(0).normal(0, 20, (N, 32)).astype(np.float32)
    data[:, 0] = np.arange(N)
    one = recorder(root)
    for start in range(0, N, CHUNK):
        part = slice(start, start + CHUNK)
        sent = stamps[part]
        one.write_eeg(info, EEGChunk(data[part], sent + offset_s, start, offset_s, stamps=sent))
        run(one, CHUNK / RATE)
    one.annotate(
        Annotation(
            id="1", kind="label", start=START + 5, stop=START + 12, valence=7, arousal=3, trial="a"
        )
    )
    one.close()
    return one.status.folder


def by_pyxdf(folder: Path, **how: bool) -> dict[str, Any]:
    with np.errstate(divide="ignore"):  # its effective rate of stamps that are all the same
        streams = pyxdf.load_xdf(folder / "session.xdf", **how)[0]
    return next(one for one in streams if one["info"]["name"] == ["Amp"])


@pytest.mark.parametrize("kind", STAMPS)
def test_every_sample_and_stamp_is_read_as_pyxdf_reads_it(kind: str, tmp_path: Path) -> None:
    folder = recorded(tmp_path, STAMPS[kind])
    file = read_xdf(folder / "session.xdf")
    ours = file.named("Amp")
    assert ours is not None
    assert file.damaged_bytes == 0

    raw = by_pyxdf(folder, synchronize_clocks=False, dejitter_timestamps=False)

    assert len(ours.numbers) == N
    np.testing.assert_array_equal(ours.stamps, STAMPS[kind])
    np.testing.assert_array_equal(ours.stamps, raw["time_stamps"])
    np.testing.assert_array_equal(ours.numbers, raw["time_series"])
    synchronised = by_pyxdf(folder, synchronize_clocks=True, dejitter_timestamps=False)
    np.testing.assert_allclose(ours.times, synchronised["time_stamps"], rtol=1e-12)


@pytest.mark.parametrize("kind", STAMPS)
def test_nothing_is_called_damaged_and_nothing_unwritten_a_gap(kind: str, tmp_path: Path) -> None:
    folder = recorded(tmp_path, STAMPS[kind])
    assert open_session(folder).gaps == ()
    texts = [one.text for one in check_session(folder)]
    assert not [text for text in texts if "no whole chunk" in text or "a gap of" in text]
    assert any("the file has what was written, bit by bit" in text for text in texts)


@pytest.mark.parametrize(
    "kind", ["lsl", "wild", "wild from the first on", "wild and negative", "a zero now and then"]
)
def test_the_models_windows_do_not_break_on_a_wild_stamp(kind: str, tmp_path: Path) -> None:
    """Samples with such stamps are where they were due, and the trial is used."""
    folder = recorded(tmp_path, STAMPS[kind])
    session = open_session(folder)
    (ref,) = SessionDataset(folder / "session.xdf").refs
    trial = ref.open()
    np.testing.assert_allclose(np.diff(trial.times), 1 / RATE, atol=1e-6)
    first, stop = session.trial_samples(session.labels[0], "a")
    assert (first, stop) == (0, round(12.5 * RATE))
    recording = session.recording()
    np.testing.assert_allclose(recording.times, np.arange(N) / RATE, atol=1e-6)
    strays = np.abs(STAMPS[kind] - DUE) > 1
    notes = [one.text for one in check_session(folder) if "do not follow the others" in one.text]
    assert len(notes) == bool(strays.any())
    assert all(f"{strays.sum()} samples" in text for text in notes)


@pytest.mark.parametrize("kind", ["unix", "ms", "ns", "negative", "zero"])
def test_a_trial_that_cannot_be_placed_is_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    """The offset was never found out: the labels are on another clock than the EEG."""
    session = open_session(recorded(tmp_path, STAMPS[kind]))
    with pytest.raises(DatasetError, match="a is not used"):
        session.trial_samples(session.labels[0], "a")
    assert len(session.recording().eeg) == N


@pytest.mark.parametrize(("kind", "unit"), [("ms", "milliseconds"), ("ns", "nanoseconds")])
def test_stamps_of_another_unit_are_named_by_check(kind: str, unit: str, tmp_path: Path) -> None:
    faults = [
        one.text
        for one in check_session(recorded(tmp_path, STAMPS[kind]))
        if one.level is Level.FAULT
    ]
    assert faults == [f"its stamps are {unit}, not seconds; labels and pictures do not fit them"]


@pytest.mark.parametrize("kind", ["zero", "backwards"])
def test_stamps_that_do_not_advance_are_named_by_check_and_live_alike(
    kind: str, tmp_path: Path
) -> None:
    folder = recorded(tmp_path, STAMPS[kind])
    faults = [one.text for one in check_session(folder) if one.level is Level.FAULT]
    assert faults == ["its stamps do not advance; labels and pictures do not fit them"]
    judge = SignalJudge(EEGInfo("Amp", "id-amp", MODEL_CHANNELS, RATE))
    for start in range(0, 3 * round(RATE), CHUNK):
        part = slice(start, start + CHUNK)
        judge.add(EEGChunk(np.zeros((CHUNK, 32), np.float32), STAMPS[kind][part], start))
    text = "Its stamps do not advance: labels and pictures do not fit them."
    assert judge.problems == (("stamps", text),)


def test_samples_whose_stamps_are_all_no_numbers_lie_where_they_came(tmp_path: Path) -> None:
    info = EEGInfo("Amp", "id-amp", MODEL_CHANNELS, RATE)
    one = recorder(tmp_path)
    assert isinstance(one.clock, FakeClock)
    times = np.full(CHUNK, np.nan)
    for start in range(0, N, CHUNK):
        one.clock.advance(CHUNK / RATE)
        one.write_eeg(info, EEGChunk(np.zeros((CHUNK, 32), np.float32), times, start))
        if start % (10 * CHUNK) == 0:  # the disk is slow: what counts is when they came
            one.step()
    one.close()
    folder = one.status.folder
    stream = read_xdf(folder / "session.xdf").named("Amp")
    assert stream is not None
    assert len(stream.numbers) == N
    np.testing.assert_allclose(stream.times, DUE, atol=0.01)
    np.testing.assert_allclose(np.diff(stream.times), 1 / RATE, atol=1e-6)
    row = session_row(folder)
    assert row.length_s == pytest.approx(N / RATE, abs=0.2)
    judge = SignalJudge(EEGInfo("Amp", "id-amp", MODEL_CHANNELS, RATE))
    for start in range(0, 300, CHUNK):
        judge.add(EEGChunk(np.zeros((CHUNK, 32), np.float32), times, start))
    text = "Its stamps are not numbers: its samples lie where they came."
    assert judge.problems == (("stamps", text),)


@pytest.mark.parametrize("true_rate", [RATE, 0.95 * RATE, 1.05 * RATE])
def test_a_stream_without_stamps_follows_its_arrival_and_never_runs_back(true_rate: float) -> None:
    """Also through a recorder that was stopped for ten seconds, and a sender that paused."""
    deducer, due = StampDeducer(1 / RATE), START
    given: list[Float64] = []
    for number in range(1200):
        due += CHUNK / true_rate + (20.0 if number == 800 else 0.0)
        held_up = 400 <= number < 500  # all of these come at once
        came = START + 500 * CHUNK / true_rate if held_up else due
        given.append(deducer.stamps(np.full(CHUNK, np.nan), came))
    ends = np.array([one[-1] for one in given])
    arrivals = START + (np.arange(1200) + 1) * CHUNK / true_rate
    arrivals[800:] += 20.0
    off = ends - arrivals
    assert np.abs(off[:400]).max() < 0.75
    assert np.abs(off[500:800]).max() < 0.75
    assert np.abs(off[900:]).max() < 0.75
    assert (np.diff(np.concatenate(given)) >= 0).all()
    assert deducer.deduced == 1200 * CHUNK


def test_the_first_stamp_that_is_a_number_is_followed() -> None:
    deducer = StampDeducer(0.1)
    nan = np.nan
    assert deducer.stamps(np.array([nan, nan]), 50.0).tolist() == pytest.approx([49.9, 50.0])
    assert deducer.stamps(np.array([nan, 70.0]), 50.2).tolist() == pytest.approx([50.1, 70.0])
    assert deducer.stamps(np.array([nan, nan]), 50.4).tolist() == pytest.approx([70.1, 70.2])
    assert (deducer.deduced, deducer.are_by_arrival) == (5, False)


@pytest.mark.parametrize("kind", ["ms", "ns", "zero", "unix"])
def test_the_length_of_a_session_is_not_known_where_stamps_do_not_tell(
    kind: str, tmp_path: Path
) -> None:
    folder = recorded(tmp_path, STAMPS[kind])
    assert session_row(folder).length_s is None
    answer = CliRunner().invoke(app, ["sessions", str(tmp_path)])
    assert "not known" in " ".join(answer.output.split())


def test_a_stream_of_other_stamps_that_dies_is_told_by_our_clock() -> None:
    row = StreamBalance(
        asked="lsl:Amp",
        kind="EEG",
        connected=START,
        received=10,
        written=10,
        first=1e3 * 1.7e9,
        last=1e3 * (1.7e9 + 7),
        lost_at=START + 7,
    )
    assert row.story == "it was lost 7.0 s after it was connected."
    assert outcome_words(row) == ("It was lost 7.0 s after it was connected",)
    seconds = row.model_copy(update={"first": START + 1, "last": START + 7})
    assert seconds.story == "nothing more came 6.0 s after its first sample."
    assert (row.stamps_tell, seconds.stamps_tell) == (False, True)


def dejittered(session: Session) -> Float64:
    return session.times_of((0, N))


def test_jittering_stamps_become_as_even_as_pyxdf_makes_them(tmp_path: Path) -> None:
    stamps = DUE + np.random.default_rng(3).normal(0, 0.002, N)
    folder = recorded(tmp_path, stamps)
    theirs = by_pyxdf(folder, synchronize_clocks=True, dejitter_timestamps=True)
    np.testing.assert_allclose(dejittered(open_session(folder)), theirs["time_stamps"], atol=1e-4)


def test_a_sender_on_unix_time_is_on_our_clock_for_both_readers(tmp_path: Path) -> None:
    """What has to be added to its stamps is known with its second chunk: nothing else may stand
    in the file."""
    unix, shift_s = 1.7e9 + DUE, -1.7e9
    info = EEGInfo("Amp", "id-amp", MODEL_CHANNELS, RATE)
    data = np.zeros((N, 32), dtype=np.float32)
    one = recorder(tmp_path)
    for start in range(0, N, CHUNK):
        part, offset_s = slice(start, start + CHUNK), shift_s if start else 0.0
        one.write_eeg(info, EEGChunk(data[part], unix[part] + offset_s, start, offset_s))
        run(one, CHUNK / RATE)
    one.close()
    folder = one.status.folder
    stream = read_xdf(folder / "session.xdf").named("Amp")
    assert stream is not None

    np.testing.assert_array_equal(stream.offsets[:, 1], shift_s)
    np.testing.assert_allclose(stream.times, DUE, atol=1e-5)
    for dejitters in (False, True):
        theirs = by_pyxdf(folder, synchronize_clocks=True, dejitter_timestamps=dejitters)
        np.testing.assert_allclose(theirs["time_stamps"], DUE, atol=1e-3)


@pytest.mark.parametrize("first_chunk", [1, CHUNK, 2000])
def test_the_first_sample_of_such_a_sender_is_told_on_our_clock(first_chunk: int) -> None:
    """However long the first read took: 8 s of samples may be in it."""
    unix, shift_s = 1.7e9 + DUE, -1.7e9
    stream = SignalStream("Amp", 1, RATE, facts := SourceFacts())
    cuts = [0, *range(first_chunk, N, CHUNK)]
    for start, stop in zip(cuts, [*cuts[1:], N], strict=True):
        part, offset_s = slice(start, stop), shift_s if start else 0.0
        data = np.zeros((stop - start, 1), np.float32)
        chunk = EEGChunk(data, unix[part] + offset_s, start, offset_s)
        assert stream.gaps_in(chunk, "source", DUE[start]) == []
        stream.passed(chunk, stream.stamps_of(chunk, DUE[start]))
    assert facts.first == pytest.approx(DUE[0], abs=1e-5)
    assert facts.last == pytest.approx(DUE[-1], abs=1e-5)


def test_an_offset_that_stays_as_it_was_is_written_before_long(tmp_path: Path) -> None:
    """One chunk, and nothing more: the file has its offset all the same."""
    amp = Amplifier(EEGInfo("Amp", "id-amp", MODEL_CHANNELS, RATE), offset_s=-3.0)
    one = recorder(tmp_path)
    one.write_eeg(amp.info, amp.chunk(25))
    run(one, SETTLE_S + 0.5)
    stream = read_xdf(one.status.folder / "session.xdf").named("Amp")
    assert stream is not None
    assert stream.offsets[:, 1].tolist() == [-3.0]
    one.close()


def test_a_file_of_others_with_stamps_that_are_no_numbers_keeps_its_samples(
    tmp_path: Path,
) -> None:
    folder = recorded(tmp_path, DUE)
    path = folder / "session.xdf"
    data = path.read_bytes()
    for index, odd in ((30, np.nan), (31, np.inf)):
        before, after = (np.float64(x).tobytes() for x in (DUE[index], odd))
        assert data.count(before) == 1
        data = data.replace(before, after)
    other = tmp_path / "other.xdf"
    other.write_bytes(data)
    stream = read_xdf(other).named("Amp")
    assert stream is not None
    assert len(stream.numbers) == N
    np.testing.assert_allclose(stream.stamps, DUE, atol=1e-9)
