"""There is one definition of a gap, and everybody who speaks of gaps holds to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_tools import QUICK
from sessions import START, Amplifier, recorder, run

from milmer_live.cli.replay import _stretches
from milmer_live.live.signal.buffers import EEGRing
from milmer_live.live.signal.display_feed import DeviceTraces
from milmer_live.live.signal.model_feed import RingWriter
from milmer_live.live.sources.stream_check import StreamCheck
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.processing.timing.gaps import (
    GapFinder,
    gap_steps,
    placed,
)
from milmer_live.samples import MODEL_CHANNELS, EEGChunk, EEGInfo, Float64
from milmer_live.storage.export.formats.fif import to_raw
from milmer_live.storage.export.material import SKIPPED, Material
from milmer_live.storage.export.options import ExportOptions
from milmer_live.storage.export.signal import signal_of
from milmer_live.storage.session.balance import Outcome
from milmer_live.storage.session.dataset import SessionDataset
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.streams import Annotation
from milmer_live.storage.upkeep.check import check_session

RATE = 250.0
CHUNK = 20
SECONDS, GAP_AT = 24, 12.0  # of samples, and where some are missing


def even(seconds: float, rate: float = RATE, start: float = START) -> Float64:
    return start + np.arange(round(seconds * rate)) / rate


def with_gap(gap_s: float) -> Float64:
    """Stamps of a stream that lacks `gap_s` at `GAP_AT`."""
    times = even(SECONDS)
    times[round(GAP_AT * RATE) :] += gap_s
    return times


class Stream:
    """An amplifier whose stamps are given; it counts only the samples that it sends."""

    def __init__(self, times: Float64) -> None:
        self.info = EEGInfo("Cap", "id-cap", MODEL_CHANNELS, RATE)
        data = np.random.default_rng(0).normal(0, 20, (len(times), 32)).astype(np.float32)
        self.chunks = [
            EEGChunk(data[start : start + CHUNK], times[start : start + CHUNK], start)
            for start in range(0, len(times), CHUNK)
        ]

    def shown(self) -> tuple[int, int, int]:
        """Gaps as the screen's check, the model's ring and the traces have them."""
        ring, traces = EEGRing(8192, 32), DeviceTraces(60.0)
        writer = RingWriter(QUICK, ring, lambda _origin: None, traces)
        writer.connect(self.info)
        check = StreamCheck(self.info, self.info.channel_names, lambda: writer.reads)
        for chunk in self.chunks:
            arrival = float(chunk.times[-1]) + 0.01
            for segment in check.check(chunk, arrival):
                writer.show(segment, arrival)
                writer.write(segment, arrival)
        view = traces.view(None, 60.0)
        assert view is not None
        holes = np.isnan(view.data[:, 0]).astype(int)
        return check.report.gaps, writer.gaps, int((np.diff(holes) == 1).sum())

    def recorded(self, root: Path) -> Path:
        """A session with a label across the gap and one before it."""
        one = recorder(root)
        port = one.port(lambda now: live_status(self.info.name, now))
        for chunk in self.chunks:
            port.write_eeg(self.info, chunk)
            run(one, CHUNK / RATE)
        for number, (start, stop) in enumerate(((2.0, 8.0), (9.0, 16.0))):
            one.annotate(
                Annotation(
                    id=str(number),
                    kind="label",
                    start=START + start,
                    stop=START + stop,
                    valence=7.0,
                    arousal=3.0,
                    trial=f"film {number}",
                )
            )
        one.close()
        return one.status.folder


def live_status(name: str, now: float) -> SourceStatus:
    return SourceStatus(name, "EEG", SourceState.LIVE, spec="lsl:Cap", connected_at=now - 1)


@pytest.mark.parametrize(
    ("gap_s", "gaps"), [(0.0, 0), (0.09, 0), (0.12, 1), (0.3, 1), (0.5, 1), (0.6, 1), (3.0, 1)]
)
def test_screen_model_file_check_export_training_and_replay_agree(
    gap_s: float, gaps: int, tmp_path: Path
) -> None:
    stream = Stream(with_gap(gap_s))

    assert stream.shown() == (gaps, gaps, gaps)

    folder = stream.recorded(tmp_path)
    session = open_session(folder)
    assert len(session.gaps) == gaps
    assert [gap.lost for gap in session.gaps] == [round(gap_s * RATE)] * gaps
    findings = [one.text for one in check_session(folder) if "gap" in one.text]
    assert sum("a marked gap" in text for text in findings) == gaps
    assert not [text for text in findings if "is not marked" in text]
    assert session.card is not None
    (balance,) = session.card.balance
    assert (balance.gaps, balance.gap_samples) == (gaps, round(gap_s * RATE) * gaps)
    assert balance.gap_s == pytest.approx(gap_s * gaps)
    assert balance.outcome is (Outcome.INCOMPLETE if gaps else Outcome.WHOLE)
    recording = session.recording()
    signal = signal_of(session, session.eeg)
    raw = to_raw(Material(session, signal, (), ExportOptions()))
    assert list(raw.annotations.description).count(SKIPPED) == gaps
    assert len(_stretches(recording)) == 1 + gaps
    refs = SessionDataset(folder / "session.xdf").refs
    assert [ref.name.rsplit("/", 1)[1] for ref in refs] == ["film 0", "film 1"][: 2 - gaps]


@given(
    gap_s=st.sampled_from([0.0, 0.16, 0.3, 2.0]),
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=20),
)
def test_a_gap_is_found_however_the_stream_is_cut(gap_s: float, sizes: list[int]) -> None:
    times, finder = with_gap(gap_s), GapFinder(RATE)
    found, start = [], 0
    while start < len(times):
        size = sizes[start % len(sizes)]
        found += finder.add(times[start : start + size]).gaps
        start += size
    found += finder.end().gaps
    assert found == list(placed(times, RATE).gaps)
    assert [one.missing for one in found] == ([round(gap_s * RATE)] if gap_s else [])


@pytest.mark.parametrize("wild", [1e18, -1e18, 0.0, np.nan, np.inf, 1.7e12])
@pytest.mark.parametrize("first", [0, 50])
@pytest.mark.parametrize("rate", [RATE, 2000.0])
def test_one_wild_stamp_in_a_hundred_is_no_gap_and_hides_none(
    wild: float, first: int, rate: float
) -> None:
    clean = even(SECONDS, rate)
    clean[len(clean) // 2 + 7 :] += 0.3
    times = clean.copy()
    times[first::100] = wild

    found = placed(times, rate)

    assert [one.missing for one in found.gaps] == [round(0.3 * rate)]
    assert found.strays == len(times[first::100])
    after = found.gaps[0].index
    np.testing.assert_allclose(found.times[:after], clean[:after], atol=1e-6)
    np.testing.assert_allclose(found.times[after:], clean[after:], atol=1e-6)


@pytest.mark.parametrize("factor", [1e3, 1e6, 1e9])
@pytest.mark.parametrize("count", [5000, 5001, 5007, 30])
def test_stamps_of_another_unit_are_no_gaps(factor: float, count: int) -> None:
    stamps = factor * even(21, start=1.7e9)[:count]
    found = placed(stamps, RATE)
    assert found.gaps == ()
    assert found.strays == count
    np.testing.assert_array_equal(found.times, stamps)


def test_a_clock_that_is_set_is_a_break_and_nothing_is_missing() -> None:
    times = even(20)
    times[2500:] -= 50.0
    (found,) = placed(times, RATE).breaks
    assert (found.index, found.missing) == (2500, 0)
    times[2500:] += 50.0 + 1.7e9
    (found,) = placed(times, RATE).breaks
    assert (found.index, found.missing) == (2500, 0)


@pytest.mark.parametrize("stall_s", [0.15, 0.3, 1.0, 8.0])
@pytest.mark.parametrize("spread_s", [0.0, 0.002])
def test_a_sender_that_was_held_up_and_stamps_when_it_sends_has_lost_nothing(
    stall_s: float, spread_s: float
) -> None:
    """All that had waited has the time at which it was sent."""
    times = even(30)
    held_up = slice(2000, 2000 + round(stall_s * RATE))
    waited = held_up.stop - held_up.start
    times[held_up] = times[held_up.stop] - spread_s + np.linspace(0, spread_s, waited)
    found = placed(times, RATE)
    assert found.breaks == ()
    np.testing.assert_allclose(found.times, even(30), atol=0.11)
    chunk = Stream(times)
    assert chunk.shown()[0] == 0


@pytest.mark.parametrize("gap_s", [0.3, 2.0])
def test_a_gap_of_a_sender_that_sends_and_stamps_in_bursts_is_found(gap_s: float) -> None:
    """40 samples each 160 ms, all with the time at which they were sent."""
    sent = START + np.repeat(np.arange(100) * 0.16, 40)
    sent[2000:] += gap_s
    (gap,) = placed(sent, RATE).gaps
    assert gap.index == 2000
    assert gap.missing == pytest.approx(gap_s * RATE, abs=41)


def test_a_slow_stream_jitters_by_parts_of_its_own_step() -> None:
    rng = np.random.default_rng(1)
    times = START + np.arange(200.0) + rng.uniform(-0.2, 0.2, 200)
    assert placed(times, 1.0).gaps == ()
    times[100:] += 3.0
    assert [one.missing for one in placed(times, 1.0).gaps] == [3]


def test_a_short_stream_and_an_empty_one_are_no_trouble() -> None:
    assert placed(np.empty(0), RATE).breaks == ()
    assert placed(np.array([5.0]), RATE).times.tolist() == [5.0]
    nothing_known = placed(np.full(50, np.nan), RATE)
    assert nothing_known.breaks == ()
    assert nothing_known.strays == 50


def test_steps_of_even_times_are_judged_alike() -> None:
    times = with_gap(0.3)
    assert np.flatnonzero(gap_steps(times, RATE, -np.inf)).tolist() == [0, round(GAP_AT * RATE)]
    assert not gap_steps(times[1:100], RATE, float(times[0])).any()


def test_samples_that_come_late_with_right_stamps_are_no_gap(tmp_path: Path) -> None:
    """A link that stalled: all comes 8 s later, at once."""
    amp = Amplifier(EEGInfo("Amp", "id-amp", MODEL_CHANNELS, RATE))
    one = recorder(tmp_path)
    for number in range(20):
        one.write_eeg(amp.info, amp.chunk(250))
        run(one, 9.0 if number == 7 else 0.01 if 7 < number < 16 else 1.0)
    one.close()
    assert open_session(one.status.folder).gaps == ()


def test_a_clock_that_is_understood_later_is_no_gap(tmp_path: Path) -> None:
    """The offset to the sender's clock becomes known with its second chunk."""
    amp = Amplifier(EEGInfo("Amp", "id-amp", MODEL_CHANNELS, RATE), start=1.7e9)
    one = recorder(tmp_path)
    shift_s = START - 1.7e9
    one.write_eeg(amp.info, amp.chunk(25))
    for _ in range(99):
        chunk = amp.chunk(25)
        moved = replace(chunk, times=chunk.times + shift_s, clock_offset=shift_s)
        one.write_eeg(amp.info, moved)
        run(one, 0.1)
    one.close()
    session = open_session(one.status.folder)
    assert session.gaps == ()
    stream = session.file.named("Amp")
    assert stream is not None
    np.testing.assert_allclose(stream.times, even(10), atol=1e-5)
