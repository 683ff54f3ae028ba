"""What came of each source that a recording was asked for, counted where it happens."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from disk import full_after
from sessions import FACE, START, Amplifier, amplifier, filmed, frame, prediction, recorder, run

from milmer_live.live.recording.jobs import QueueLimits
from milmer_live.live.recording.ledger import (
    GONE_S,
    Ledger,
)
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.state import SourceState, SourceStatus, missing_of
from milmer_live.samples import EEGChunk, EEGInfo, FrameSample, Marker, Sent
from milmer_live.storage.session.balance import (
    Outcome,
    StreamBalance,
    StreamKind,
    joined,
    short_streams,
)
from milmer_live.storage.session.card import read_card
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.stream_facts import SourceFacts
from milmer_live.storage.session.streams import FRAMES
from milmer_live.storage.upkeep.check import (
    Level,
    check_session,
)
from milmer_live.storage.upkeep.read_back import read_back
from milmer_live.ui.language.stream_words import outcome_words


@dataclass
class Source:
    """What a source says of itself, as a test wants it."""

    spec: str = "lsl:Amp"
    kind: StreamKind = "EEG"
    name: str = "Amp"
    state: SourceState = SourceState.LIVE
    connected_at: float | None = START
    lost_at: float | None = None
    problems: tuple[tuple[str, str], ...] = ()
    error: str = ""
    reconnections: int = 0
    away_s: float = 0.0
    skipped: int = 0
    unknown: int = 0

    def status(self, _now: float) -> SourceStatus:
        return SourceStatus(
            self.name,
            self.kind,
            self.state,
            spec=self.spec,
            connected_at=self.connected_at,
            lost_at=self.lost_at,
            reconnections=self.reconnections,
            away_s=self.away_s,
            problems=self.problems,
            error=self.error,
            skipped=self.skipped,
            unknown=self.unknown,
        )

    def dies(self, now: float) -> None:
        self.state, self.lost_at, self.error = SourceState.LOST, now, "Its cable is out."


def balance(one: Recorder) -> tuple[StreamBalance, ...]:
    """As the closed recording has it, and its card too."""
    one.close()
    kept = read_card(one.status.folder).balance
    if len(one.folders) == 1:
        assert kept == one.status.balance
    return one.status.balance


def stimulus(text: str, name: str = "Stim") -> Marker:
    xml = (
        f"<info><name>{name}</name><type>Markers</type><channel_count>1</channel_count>"
        "<nominal_srate>0</nominal_srate><channel_format>string</channel_format></info>"
    )
    return Marker(START, text, Sent(xml, (text,), 0.0))


def test_a_source_that_gave_all_is_whole(tmp_path: Path) -> None:
    amp, source = amplifier(), Source()
    one = recorder(tmp_path)
    port = one.port(source.status)
    for _ in range(10):
        port.write_eeg(amp.info, amp.chunk(25))
        run(one, 0.1)
    (row,) = balance(one)
    assert (row.asked, row.name, row.kind) == ("lsl:Amp", "Amp", "EEG")
    assert (row.received, row.written, row.gaps, row.rejected) == (250, 250, 0, 0)
    assert row.first == START
    assert row.last == pytest.approx(START + 249 / 250)
    assert row.streams == ("Amp",)
    assert row.outcome is Outcome.WHOLE
    assert row.story == "whole"


@pytest.mark.parametrize(
    ("source", "outcome", "said"),
    [
        (Source(connected_at=None, state=SourceState.CONNECTING), Outcome.NEVER_CAME, "never came"),
        (Source(), Outcome.EMPTY, "connected, but no sample came"),
        (Source(kind="markers"), Outcome.EMPTY, "connected, but no marker came"),
        (Source(kind="camera"), Outcome.EMPTY, "connected, but no frame came"),
        (Source(kind="model"), Outcome.EMPTY, "connected, but no prediction came"),
    ],
)
def test_a_source_that_gave_nothing_is_named(
    source: Source, outcome: Outcome, said: str, tmp_path: Path
) -> None:
    one = recorder(tmp_path)
    one.port(source.status)
    run(one, 1.0)
    (row,) = balance(one)
    assert row.outcome is outcome
    assert said in row.sentence
    assert short_streams([row]) == (row,)
    faults = [one.text for one in check_session(one.status.folder) if one.level is Level.FAULT]
    assert faults == [row.sentence]


def test_a_source_that_dies_is_named_with_its_reason_and_one_that_is_back_is_not(
    tmp_path: Path,
) -> None:
    amp, source = amplifier(), Source()
    one = recorder(tmp_path)
    port = one.port(source.status)
    port.write_eeg(amp.info, amp.chunk(250))
    run(one, 1.0)
    source.dies(one.clock.now())
    run(one, 1.0)
    assert [row.outcome for row in one.status.balance] == [Outcome.DIED]
    source.state, source.error, source.reconnections = SourceState.LIVE, "", 1
    amp.chunk(250)
    port.write_eeg(amp.info, amp.chunk(250))
    run(one, 1.0)
    assert [row.outcome for row in one.status.balance] == [Outcome.INCOMPLETE]
    source.dies(one.clock.now())
    (row,) = balance(one)
    assert row.outcome is Outcome.DIED
    assert "nothing more came 3.0 s after its first sample; 1 gap (250" in row.sentence
    assert row.faults == ("Its cable is out.",)
    assert row.reconnections == 1


@pytest.mark.parametrize(("quiet_s", "outcome"), [(0.5, Outcome.WHOLE), (5.0, Outcome.DIED)])
def test_a_source_that_is_silent_at_the_end_is_gone_only_after_a_while(
    quiet_s: float, outcome: Outcome, tmp_path: Path
) -> None:
    amp, source = amplifier(), Source()
    one = recorder(tmp_path)
    one.port(source.status).write_eeg(amp.info, amp.chunk(25))
    run(one, GONE_S)
    source.state, source.lost_at = SourceState.SILENT, one.clock.now() - quiet_s
    assert balance(one)[0].outcome is outcome


def test_how_a_source_stood_when_the_recording_ended_counts_not_that_it_was_closed(
    tmp_path: Path,
) -> None:
    amp, source = amplifier(), Source()
    one = recorder(tmp_path)
    one.port(source.status).write_eeg(amp.info, amp.chunk(25))
    one.settle()
    source.state = SourceState.CLOSED
    assert balance(one)[0].outcome is Outcome.WHOLE


def test_what_was_wrong_with_a_source_is_remembered_once_and_in_its_last_words(
    tmp_path: Path,
) -> None:
    amp, source = amplifier(), Source()
    one = recorder(tmp_path)
    port = one.port(source.status)
    for rate in (225.1, 225.2):
        port.write_eeg(amp.info, amp.chunk(25))
        source.problems = (("rate", f"It sends {rate} Hz instead of 250 Hz."),)
        run(one, 0.5)
    source.problems = ()
    (row,) = balance(one)
    assert row.outcome is Outcome.FAULTY
    assert row.sentence == "Amp: It sends 225.2 Hz instead of 250 Hz."


def test_what_does_not_fit_or_has_no_room_is_counted_where_it_belongs(tmp_path: Path) -> None:
    amp, other = amplifier("Amp", rate=100.0), amplifier("Other", rate=100.0)
    one = recorder(tmp_path, limits=QueueLimits(samples_bytes=5000))
    port, second = one.port(Source().status), one.port(Source("lsl:Other", name="Other").status)
    second.write_eeg(other.info, other.chunk(10))
    odd = amp.chunk(10)
    port.write_eeg(amp.info, EEGChunk(odd.data[:, :2], odd.times, odd.first_index))
    for _ in range(20):  # nobody steps: most of these do not fit
        port.write_eeg(amp.info, amp.chunk(50))
    row, whole = balance(one)
    assert row.rejected == 10
    assert "float32 of shape (10, 2) does not fit" in row.rejected_why
    assert row.received == 1010
    assert row.received == row.written + row.rejected + row.not_kept
    assert row.gap_samples == row.not_kept > 0
    assert row.outcome is Outcome.INCOMPLETE
    assert whole.outcome is Outcome.WHOLE


def test_what_waits_for_the_disk_is_not_missing(tmp_path: Path) -> None:
    amp = amplifier()
    one = recorder(tmp_path)
    port = one.port(Source().status)
    port.write_eeg(amp.info, amp.chunk(25))
    run(one, 0.2)
    port.write_eeg(amp.info, amp.chunk(25))
    assert one.status.balance[0].outcome is Outcome.WHOLE
    assert one.status.balance[0].written == 25
    one.close()


def test_two_amplifiers_that_say_the_same_of_themselves_are_counted_apart(tmp_path: Path) -> None:
    info = EEGInfo("Amp", "", ("E0", "E1"), 250.0)
    left, right = Amplifier(info), Amplifier(info)
    one = recorder(tmp_path)
    ports = [one.port(Source(f"lsl:host={host}").status) for host in ("left", "right")]
    for _ in range(10):
        ports[0].write_eeg(info, left.chunk(25))
        ports[1].write_eeg(info, right.chunk(50))
        run(one, 0.2)
    rows = balance(one)
    assert [(row.asked, row.written, row.gaps, row.streams) for row in rows] == [
        ("lsl:host=left", 250, 0, ("Amp",)),
        ("lsl:host=right", 500, 0, ("Amp 2",)),
    ]
    file = open_session(one.status.folder).file
    for name, amp in (("Amp", left), ("Amp 2", right)):
        stream = file.named(name)
        assert stream is not None
        np.testing.assert_array_equal(stream.numbers, amp.data)


def test_the_same_words_said_twice_are_two_sources(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    ports = [one.port(Source().status) for _ in range(2)]
    amp = amplifier()
    ports[0].write_eeg(amp.info, amp.chunk(10))
    rows = balance(one)
    assert [row.written for row in rows] == [10, 0]


def test_a_source_that_describes_itself_otherwise_is_one_source_in_two_streams(
    tmp_path: Path,
) -> None:
    before, after = amplifier(n_channels=4, rate=100.0), amplifier(n_channels=6, rate=100.0)
    one, source = recorder(tmp_path), Source()
    port = one.port(source.status)
    port.write_eeg(before.info, before.chunk(100))
    run(one, 1.0)
    after.chunk(300)  # 2 s are missing
    later = after.chunk(100)
    port.write_eeg(after.info, EEGChunk(later.data, later.times, 0))
    run(one, 1.0)
    (row,) = balance(one)
    assert row.streams == ("Amp", "Amp 2")
    assert (row.written, row.gaps, row.gap_samples) == (200, 1, 200)
    assert row.first == pytest.approx(START)
    assert row.last == pytest.approx(START + 3.99)


def test_markers_called_like_an_amplifier_or_like_our_own_are_counted_apart(
    tmp_path: Path,
) -> None:
    amp = amplifier("Stim")
    one = recorder(tmp_path)
    eeg = one.port(Source("lsl:a", name="Stim").status)
    stim = one.port(Source("lsl:b", "markers", "Stim").status)
    labels = one.port(Source("lsl:c", "markers", "MilmerLive-Labels").status)
    eeg.write_eeg(amp.info, amp.chunk(25))
    stim.write_markers([stimulus("one")], "Stim")
    labels.write_markers(
        [stimulus("not a label of ours", "MilmerLive-Labels")], "MilmerLive-Labels"
    )
    run(one, 0.1)
    rows = balance(one)
    assert [row.streams for row in rows] == [("Stim",), ("Stim 2",), ("MilmerLive-Labels 2",)]
    assert [row.written for row in rows] == [25, 1, 1]
    assert not [x for x in check_session(one.status.folder) if x.level is Level.FAULT]


@pytest.mark.parametrize("names", [("Stim", "Stim"), ("Stim", "Stim", "Stim"), ("Amp", "Amp")])
def test_marker_streams_of_one_name_are_whole_however_many_markers_come(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    """From the second marker on the balance had the name of the other stream as well."""
    amp = amplifier("Amp")
    one = recorder(tmp_path)
    eeg = one.port(Source("lsl:a", name="Amp").status)
    asked = [f"lsl:source_id={number}" for number, _ in enumerate(names)]
    ports = [
        one.port(Source(spec, "markers", name).status)
        for spec, name in zip(asked, names, strict=True)
    ]
    eeg.write_eeg(amp.info, amp.chunk(25))
    for number, (port, name) in enumerate(zip(ports, names, strict=True)):
        for text in range(3 + number):
            port.write_markers([stimulus(f"{number}: {text}", name)], name)
    run(one, 0.1)
    rows = balance(one)
    folder = one.status.folder
    assert [row.written for row in rows] == [25, *range(3, 3 + len(names))]
    assert [len(row.streams) for row in rows] == [1] * len(rows)
    assert len({row.streams[0] for row in rows}) == len(rows)
    file = open_session(folder).file
    for number, row in enumerate(rows[1:]):
        stream = file.named(row.streams[0])
        assert stream is not None
        assert stream.texts == [f"{number}: {text}" for text in range(3 + number)]
    assert read_back(folder) == "equal"
    assert not [x for x in check_session(folder) if x.level is Level.FAULT]


def test_frames_whose_pictures_cannot_be_kept_are_named(tmp_path: Path) -> None:
    one = recorder(tmp_path, filmed("full"), limits=QueueLimits(frames_bytes=300_000))
    port = one.port(Source("camera:0", "camera", "Webcam").status)
    for index in range(20):  # five pictures fit
        port.write_frame(frame(index))
        port.write_face(frame(index), None)
    (row,) = balance(one)
    assert (row.received, row.written, row.not_kept) == (20, 5, 15)
    assert row.outcome is Outcome.INCOMPLETE
    assert "15 frames came and could not be kept" in row.sentence


def test_stamps_that_are_not_numbers_are_counted_and_said_and_cost_nothing(
    tmp_path: Path,
) -> None:
    amp = amplifier()
    one = recorder(tmp_path)
    port = one.port(Source().status)
    for _ in range(4):
        chunk = amp.chunk(25)
        stamps = chunk.times.copy()
        stamps[7] = np.nan
        port.write_eeg(amp.info, replace(chunk, times=stamps, stamps=stamps))
    (row,) = balance(one)
    assert (row.written, row.deduced, row.gaps, row.outcome) == (100, 4, 0, Outcome.WHOLE)
    assert row.sentence == "Amp: whole; 4 stamps deduced, which were not numbers."


def test_a_frame_that_is_skipped_is_no_gap_and_half_a_second_is_one(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    port = one.port(Source("camera:0", "camera", "Webcam").status)
    for index in (0, 1, 3, 4, 6, 7):  # at 25 Hz
        port.write_frame(frame(index))
        port.write_face(frame(index), None)
    run(one, 0.5)
    (row,) = one.status.balance
    assert (row.gaps, row.skipped, row.outcome) == (0, 2, Outcome.WHOLE)
    assert row.sentence == "Webcam: whole; 2 frames skipped, each time for less than 0.1 s."
    port.write_frame(frame(20))
    port.write_face(frame(20), None)
    (row,) = balance(one)
    assert (row.gaps, row.gap_samples, row.skipped) == (1, 12, 2)
    assert row.gap_s == pytest.approx(13 / 25)
    assert row.outcome is Outcome.INCOMPLETE
    assert [gap.lost for gap in open_session(one.status.folder).gaps] == [1, 1, 12]


@pytest.mark.parametrize(
    ("rate", "away_s", "gaps"), [(25.0, 8.0, 1), (25.0, 1.5, 1), (25.0, 0.5, 0), (2.0, 1.0, 0)]
)
@pytest.mark.parametrize("counts_anew", [True, False])
def test_a_camera_that_was_away_has_a_gap_whatever_it_counts(
    rate: float, away_s: float, gaps: int, counts_anew: bool, tmp_path: Path
) -> None:
    """It is opened again and counts from 0, or its connection stood still and it counts on."""
    one = recorder(tmp_path)
    port = one.port(Source("camera:0", "camera", "Webcam").status)
    for number in range(40):
        back = number >= 20
        index = number - 20 if back and counts_anew else number
        time = START + number / rate + (away_s if back else 0.0)
        shot = FrameSample(frame(index).image, time, index)
        port.write_frame(shot)
        port.write_face(shot, None)
    (row,) = balance(one)
    assert (row.written, row.gaps) == (40, gaps)
    assert row.outcome is (Outcome.INCOMPLETE if gaps else Outcome.WHOLE)
    assert row.gap_samples == pytest.approx(gaps * away_s * rate, abs=1)
    assert row.gap_s == pytest.approx(gaps * (away_s + 1 / rate))
    marked = open_session(one.status.folder).gaps
    assert [gap.stream for gap in marked] == [FRAMES] * gaps


@pytest.mark.parametrize(("held", "outcome"), [(0, Outcome.FAULTY), (4, Outcome.WHOLE)])
@pytest.mark.parametrize("parts", [1, 2])
def test_pictures_that_were_to_be_kept_and_are_not_there_are_named(
    held: int, outcome: Outcome, parts: int, tmp_path: Path
) -> None:
    """Two people in view, and nobody known as the participant: no face is kept."""
    one = recorder(tmp_path / "first", filmed("face", "mjpeg"), fallback=tmp_path / "second")
    port = one.port(Source("camera:0", "camera", "Webcam").status)
    for index in range(10):
        shot = frame(index)
        port.write_frame(shot)
        port.write_face(shot, FACE if index < held else None)
        run(one, 0.04)
        if parts == 2 and index == 5:
            shutil.rmtree(tmp_path / "first")
            run(one, 1.1)
    one.close()
    (row,) = one.status.balance
    assert (row.written, row.pictures, row.outcome) == (10, held, outcome)
    assert f"pictures of {held} of 10 frames kept" in row.story
    assert ("No picture was kept: " in row.story) is (not held)
    words = "; ".join(outcome_words(row))
    assert f"Pictures of {held} of 10 frames kept" in words
    assert words.startswith("Whole") is bool(held)


def test_frames_of_which_no_picture_was_to_be_kept_lack_none(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    port = one.port(Source("camera:0", "camera", "Webcam").status)
    port.write_frame(frame(0))
    port.write_face(frame(0), None)
    (row,) = balance(one)
    assert (row.pictures, row.story) == (None, "whole")


def test_markers_that_were_away_and_came_back_say_so(tmp_path: Path) -> None:
    one, source = recorder(tmp_path), Source("lsl:Stim", "markers", "Stim")
    port = one.port(source.status)
    port.write_markers([stimulus("one")], "Stim")
    source.reconnections, source.away_s = 1, 6.0
    port.write_markers([stimulus("two")], "Stim")
    (row,) = balance(one)
    assert row.outcome is Outcome.WHOLE
    assert row.story == "whole; lost 1 time, 6.0 s in all."
    assert outcome_words(row) == ("Whole", "Lost once, for 6.0 s")


@pytest.mark.parametrize("kind", ["EEG", "signal", "camera"])
def test_what_was_lost_and_shows_in_no_gap_is_not_called_whole(
    kind: StreamKind, tmp_path: Path
) -> None:
    """A stream without a fixed rate, or whose stamps stand still."""
    one, source = recorder(tmp_path), Source("lsl:Gaze", kind, "Gaze")
    port = one.port(source.status)
    sent = EEGInfo("Gaze", "id-gaze", ("x",), 0.0, "pixels")
    samples = EEGChunk(np.zeros((1, 1), np.float32), np.array([START]), 0)

    def put() -> None:
        port.write_frame(frame(0)) if kind == "camera" else port.write_eeg(sent, samples)

    put()
    run(one, 0.1)
    assert one.status.balance[0].outcome is Outcome.WHOLE
    source.reconnections, source.away_s = 2, 12.5
    put()
    (row,) = balance(one)
    assert row.outcome is Outcome.INCOMPLETE
    assert row.story == "lost 2 times, 12.5 s in all."
    assert outcome_words(row) == ("Lost 2 times, for 12.5 s in all",)


def test_each_folder_of_a_recording_has_its_own_losses() -> None:
    source = Source("lsl:Stim", "markers", "Stim")
    account = Ledger().open(source.status, START)
    source.reconnections, source.away_s = 2, 5.0
    first = account.end_part(SourceFacts(), START)
    source.reconnections, source.away_s = 3, 6.5
    second = account.part(SourceFacts(), START)
    assert [(part.reconnections, part.away_s) for part in (first, second)] == [(2, 5.0), (1, 1.5)]
    whole = account.whole(second)
    assert (whole.reconnections, whole.away_s) == (3, 6.5)


def test_a_model_that_has_nothing_to_go_by_has_not_answered(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    port = one.port(Source("demo.safetensors", "model", "demo").status)
    port.write_prediction(replace(prediction(0), eeg_used=False, faces_used=False))
    assert balance(one)[0].outcome is Outcome.EMPTY


@pytest.mark.parametrize(("skipped", "outcome"), [(1, Outcome.WHOLE), (2, Outcome.FAULTY)])
def test_a_model_that_leaves_windows_out_is_not_called_whole(
    skipped: int, outcome: Outcome, tmp_path: Path
) -> None:
    one = recorder(tmp_path)
    port = one.port(Source("demo.safetensors", "model", "demo", skipped=skipped, unknown=3).status)
    for number in range(10):
        port.write_prediction(prediction(number))
    (row,) = balance(one)
    assert (row.outcome, row.skipped, row.unknown) == (outcome, skipped, 3)
    assert f"{skipped} window" in row.story
    assert "3 answers without a quadrant: not enough signal, or out of range" in row.story
    assert outcome_words(row)[0] == f"Windows without an answer: {skipped}"


def test_the_card_has_the_balance_while_the_session_runs(tmp_path: Path) -> None:
    """What a killed program leaves: the last that was known, marked as such."""
    amp, source = amplifier(), Source()
    one = recorder(tmp_path)
    port = one.port(source.status)
    one.port(Source("lsl:Gone", name="", connected_at=None).status)
    for _ in range(80):
        port.write_eeg(amp.info, amp.chunk(25))
        run(one, 0.1)
    card = read_card(one.status.folder)
    assert card.ended == ""
    assert card.balanced
    row, gone = card.balance
    assert 1000 <= row.written <= 2000
    assert gone.outcome is Outcome.NEVER_CAME
    texts = [f"{x.level}: {x.text}" for x in check_session(one.status.folder)]
    assert any(text.startswith("note: as it was known last, at 20") for text in texts)
    assert "fault: lsl:Gone: it never came." in texts
    one.close()


def test_each_folder_has_its_own_part_and_the_recording_has_the_sum(tmp_path: Path) -> None:
    amp, source = amplifier(), Source()
    one = recorder(tmp_path / "first", fallback=tmp_path / "second")
    port = one.port(source.status)
    with full_after(20_000):
        for _ in range(40):
            port.write_eeg(amp.info, amp.chunk(25))
            run(one, 0.1)
    one.close()
    assert len(one.folders) == 2
    first, second = (read_card(folder).balance[0] for folder in one.folders)
    assert first.written + second.written == 1000
    assert first.received == first.written
    assert (second.received, second.outcome) == (second.written, Outcome.WHOLE)
    (total,) = one.status.balance
    assert (total.received, total.written, total.gaps) == (1000, 1000, 0)
    assert (total.first, total.last) == (START, second.last)
    assert total == joined([first, second])


def test_required_sources_are_missed_until_they_give_something(tmp_path: Path) -> None:
    amp = amplifier()
    one = recorder(tmp_path, required=("lsl:Amp", "lsl:Stim"))
    port = one.port(Source().status)
    one.port(Source("lsl:Other", name="Other").status)
    stim = Source("lsl:Stim", "markers", "Stim", connected_at=None, state=SourceState.CONNECTING)
    one.port(stim.status)
    run(one, 0.2)
    assert one.status.missing_required == ("Amp", "lsl:Stim")
    stim.connected_at, stim.state = START, SourceState.LIVE
    port.write_eeg(amp.info, amp.chunk(10))
    run(one, 0.2)
    assert not one.status.missing_required
    rows = balance(one)
    assert [row.required for row in rows] == [True, False, True]
    assert [row.asked for row in short_streams(rows)] == ["lsl:Stim"]
    noted = [x for x in check_session(one.status.folder) if "(not required)" in x.text]
    assert [x.level for x in noted] == [Level.NOTE]


def test_what_flows_is_told_before_a_recording_too() -> None:
    sources = [
        Source().status(START),
        replace(Source("lsl:B", name="B").status(START), received=5),
        Source("lsl:M", "markers", "M").status(START),
        Source("lsl:C", connected_at=None, state=SourceState.CONNECTING).status(START),
    ]
    assert missing_of(sources) == ("Amp", "lsl:C")
    assert missing_of(sources, ("lsl:B", "lsl:C")) == ("lsl:C",)


def test_an_older_session_has_no_balance_and_that_is_no_fault(tmp_path: Path) -> None:
    amp = amplifier()
    one = recorder(tmp_path)
    one.write_eeg(amp.info, amp.chunk(250))
    one.close()
    path = one.status.folder / "session.json"
    card = json.loads(path.read_text())
    for name in ("balance", "balanced", "troubles", "written", "read_back", "visible"):
        del card[name]
    path.write_text(json.dumps(card))
    findings = check_session(one.status.folder)
    assert not [x for x in findings if x.level is Level.FAULT]
    assert any(x.text == "none: recorded by an older version" for x in findings)
