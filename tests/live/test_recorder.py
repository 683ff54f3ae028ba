"""The recorder keeps everything, or says what it could not keep."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyxdf
from disk import full_after
from sessions import (
    FACE,
    START,
    amplifier,
    filmed,
    frame,
    plan,
    prediction,
    recorder,
    run,
    shoot,
    xdf_of,
)
from test_balance import Source

from milmer_live.catalogue import EventKind
from milmer_live.clock import FakeClock, LSLClock
from milmer_live.config import FilterSettings
from milmer_live.errors import StorageLost
from milmer_live.events import Event
from milmer_live.live.recording.jobs import QueueLimits
from milmer_live.live.recording.recorder import (
    Recorder,
    RecorderState,
)
from milmer_live.live.workers import Faults
from milmer_live.processing.eeg.artifacts import (
    Artifacts,
    Component,
    ComponentKind,
)
from milmer_live.processing.eeg.signal_settings import SignalSettings
from milmer_live.samples import CROP_SIZE, MODEL_CHANNELS, EEGInfo, Marker, Sent, marker_text
from milmer_live.storage.session.reader import (
    Session,
    open_session,
)
from milmer_live.storage.session.streams import (
    Annotation,
    Gap,
    gap_in,
    prediction_of,
)
from milmer_live.storage.session.writer import SessionWriter
from milmer_live.storage.upkeep.check import (
    Level,
    check_session,
)
from milmer_live.storage.video import VideoFrames
from milmer_live.storage.xdf.chunks import Tag
from milmer_live.storage.xdf.reader import read_xdf
from milmer_live.storage.xdf.scan import open_scanner


def load(path: Path) -> dict[str, dict[str, Any]]:
    """By pyxdf: the streams by name."""
    streams = pyxdf.load_xdf(path, dejitter_timestamps=False)[0]
    return {stream["info"]["name"][0]: stream for stream in streams}


def gaps_in(path: Path) -> list[Gap]:
    events = read_xdf(path).named("MilmerLive-Events")
    texts = events.texts if events else []
    return [gap for gap in map(gap_in, texts) if gap is not None]


def test_a_session_has_every_stream_sample_by_sample(tmp_path: Path) -> None:
    one, two = amplifier("Amp", 4, 250.0), amplifier("Sleeve", 2, 500.0)
    one.offset_s = -3.25
    session = recorder(tmp_path)
    for window in range(10):
        session.write_eeg(one.info, one.chunk(125))
        session.write_eeg(two.info, two.chunk(250))
        session.write_prediction(prediction(window))
        session.write_marker(Marker(START + window, f"stimulus {window}"))
        run(session, 0.5)
    session.write_event(Event(START + 5, EventKind.MODEL_READY, "demo"))
    session.write_values("MilmerLive-Quality", START + 5, {"E0": 1.0, "E1": 0.5})
    session.close()

    streams = load(xdf_of(session))

    for amp in (one, two):
        stream = streams[amp.info.name]
        np.testing.assert_array_equal(stream["time_series"], amp.data)
        times = START + np.arange(amp.sent) / amp.info.sample_rate
        np.testing.assert_allclose(stream["time_stamps"], times, atol=1e-6)
    assert len(streams["MilmerLive-Predictions"]["time_series"]) == 10
    assert streams["MilmerLive-Markers"]["time_series"][3] == ["stimulus 3"]
    assert streams["MilmerLive-Events"]["time_series"] == [["model ready: demo"]]
    assert streams["MilmerLive-Quality"]["time_series"].tolist() == [[1.0, 0.5]]
    assert not session.faults.text
    assert session.status.state is RecorderState.CLOSED


def test_predictions_come_back_as_they_were_made(tmp_path: Path) -> None:
    session = recorder(tmp_path)
    session.write_prediction(prediction(7))
    session.close()

    stream = read_xdf(xdf_of(session)).named("MilmerLive-Predictions")

    assert stream is not None
    back, made = (
        prediction_of(stream.times[0], stream.numbers[0], stream.header.labels),
        prediction(7),
    )
    np.testing.assert_array_equal(back.probabilities, made.probabilities)
    assert (back.window_index, back.time) == (7, made.time)
    assert (back.selected, back.weights) == (made.selected, made.weights)


def test_the_card_says_who_when_and_with_what(tmp_path: Path) -> None:
    amp = amplifier()
    session = recorder(tmp_path)
    before = json.loads((session.status.folder / "session.json").read_text())
    session.write_eeg(amp.info, amp.chunk(100))
    parts = tuple(
        Component(index, ComponentKind.OTHER, "", 1 / 32, pattern)
        for index, pattern in enumerate(np.eye(32))
    )
    removed = Artifacts(MODEL_CHANNELS, np.eye(32), parts, (1,), converged=True)
    settings = SignalSettings(FilterSettings(notch_hz=50), bad=("E3",), artifacts=removed)
    session.write_settings(settings, START)
    session.close()

    card = json.loads((session.status.folder / "session.json").read_text())

    assert session.status.folder.parent == tmp_path / "sub-01"
    assert session.status.folder.name == f"ses-{card['session']}"
    assert card["plan"]["participant"] == "01"
    assert card["plan"]["recording"]["video_consent"] is False
    assert card["devices"][0]["channel_names"] == ["E0", "E1", "E2", "E3"]
    assert card["samples"] == {"Amp": 100, "MilmerLive-Events": 1}
    assert np.array_equal(card["artifact_matrix"], removed.cleaning_matrix())
    assert (before["ended"], card["end_reason"]) == ("", "stopped")
    assert card["ended"]
    assert card["versions"]["python"]


def test_two_amplifiers_of_one_name_are_two_streams(tmp_path: Path) -> None:
    left, right = amplifier("Amp"), amplifier("Amp", 2)
    session = recorder(tmp_path)
    session.write_eeg(left.info, left.chunk(10))
    session.write_eeg(right.info, right.chunk(20))
    session.close()

    streams = load(xdf_of(session))

    assert len(streams["Amp"]["time_series"]) == 10
    assert len(streams["Amp 2"]["time_series"]) == 20


def test_a_source_that_comes_back_goes_on_in_its_stream_behind_a_gap(tmp_path: Path) -> None:
    amp = amplifier(rate=100.0)
    session = recorder(tmp_path)
    session.write_eeg(amp.info, amp.chunk(100))
    amp.chunk(250)  # what the cable lost: 2.5 s
    again = EEGInfo("Amp", "id-Amp", amp.info.channel_names, 100.0, xml="<info>another</info>")
    later = amp.chunk(100)
    session.write_eeg(again, type(later)(later.data, later.times, 0))  # it counts anew
    session.close()

    streams = load(xdf_of(session))

    assert streams["Amp"]["time_series"][:, 0].tolist() == [*range(100), *range(350, 450)]
    (gap,) = gaps_in(xdf_of(session))
    assert (gap.stream, gap.lost, gap.why) == ("Amp", 250, "source")
    assert gap.stop - gap.start == pytest.approx(2.5)
    assert session.status.lost == {"Amp": 250}


def test_frames_are_filmed_and_indexed(tmp_path: Path) -> None:
    session = recorder(tmp_path, filmed("full"))
    for index in (*range(50), *range(53, 60)):  # the camera drops three
        shoot(session, frame(index), FACE if index % 2 else None)
        run(session, 0.04)
    session.close()

    stream = load(xdf_of(session))["MilmerLive-Frames"]
    film = VideoFrames(session.status.folder / "face.mkv", offset_s=START)

    assert stream["info"]["desc"][0]["synchronization"][0]["can_drop_samples"] == ["true"]
    rows = stream["time_series"]
    assert rows[:, 0].tolist() == list(range(57))
    assert rows[:, 2].tolist() == [*range(50), *range(53, 60)]
    assert rows[1, 3:11].tolist() == [160, 120, 40, 20, 60, 70, 0.9, 7]
    assert np.isnan(rows[0, 5:]).all()
    np.testing.assert_allclose(film.times, stream["time_stamps"], atol=1e-3)
    for shown, row in zip(film.frames(), rows, strict=True):
        np.testing.assert_array_equal(shown.image, frame(int(row[2])).image)
    (gap,) = gaps_in(xdf_of(session))
    assert (gap.stream, gap.lost, gap.why) == ("MilmerLive-Frames", 3, "source")


def test_a_frame_that_was_grabbed_just_before_the_session_keeps_its_time(tmp_path: Path) -> None:
    session = recorder(tmp_path, filmed("full"))
    for index in range(10):
        shoot(session, frame(index, start=START - 0.03), None)
        run(session, 0.04)
    session.close()
    film = VideoFrames(session.status.folder / "face.mkv")
    np.testing.assert_allclose(np.diff(film.times), 0.04, atol=1e-3)
    assert not [one for one in check_session(session.status.folder) if one.level is Level.FAULT]


def test_only_the_face_is_filmed_where_that_was_agreed(tmp_path: Path) -> None:
    session = recorder(tmp_path, filmed("face"))
    for index in range(10):
        shoot(session, frame(index), FACE if index != 4 else None)
    session.close()

    rows = load(xdf_of(session))["MilmerLive-Frames"]["time_series"]
    images = [shown.image for shown in VideoFrames(session.status.folder / "face.mkv").frames()]

    assert rows[:, 0].tolist() == [0, 1, 2, 3, -1, 4, 5, 6, 7, 8]
    assert [image.shape for image in images] == [(CROP_SIZE, CROP_SIZE, 3)] * 9


def test_without_consent_there_is_no_picture_on_the_disk(tmp_path: Path) -> None:
    session = recorder(tmp_path)
    for index in range(10):
        shoot(session, frame(index), FACE)
    session.close()

    rows = load(xdf_of(session))["MilmerLive-Frames"]["time_series"]

    assert rows[:, 0].tolist() == [-1] * 10
    assert sorted(one.name for one in session.status.folder.iterdir()) == [
        "session.json",
        "session.xdf",
    ]


def test_a_camera_that_changes_its_resolution_goes_on_in_another_file(tmp_path: Path) -> None:
    session = recorder(tmp_path, filmed("full"))
    for index in range(4):
        image = frame(index).image if index < 2 else frame(index).image[::2, ::2]
        shoot(session, type(frame(0))(image, START + index, index), None)
    session.close()

    rows = load(xdf_of(session))["MilmerLive-Frames"]["time_series"]

    assert rows[:, :2].tolist() == [[0, 1], [1, 1], [0, 2], [1, 2]]
    assert len(VideoFrames(session.status.folder / "face-2.mkv")) == 2


def test_what_a_slow_disk_cannot_take_is_a_marked_gap(tmp_path: Path) -> None:
    amp = amplifier(rate=100.0)
    session = recorder(tmp_path, limits=QueueLimits(samples_bytes=5000))
    for _ in range(20):  # nobody steps: 16 of these chunks do not fit
        session.write_eeg(amp.info, amp.chunk(50))
    assert "too slow" in session.faults.text
    run(session, 0.1)
    session.write_eeg(amp.info, amp.chunk(50))
    session.close()

    kept = load(xdf_of(session))["Amp"]["time_series"][:, 0]

    (gap,) = gaps_in(xdf_of(session))
    assert (gap.stream, gap.why) == ("Amp", "overflow")
    assert len(kept) + gap.lost == amp.sent
    assert gap.lost == len(set(range(amp.sent)) - set(kept.astype(int)))
    assert session.status.lost == {"Amp": gap.lost}


def test_a_gap_at_the_end_is_marked_too(tmp_path: Path) -> None:
    amp = amplifier(rate=100.0)
    session = recorder(tmp_path, limits=QueueLimits(samples_bytes=5000))
    for _ in range(20):
        session.write_eeg(amp.info, amp.chunk(50))
    session.close()

    kept = load(xdf_of(session))["Amp"]["time_series"]

    (gap,) = gaps_in(xdf_of(session))
    assert len(kept) + gap.lost == amp.sent


def test_frames_that_an_encoder_cannot_follow_keep_their_time(tmp_path: Path) -> None:
    session = recorder(tmp_path, filmed("full"), limits=QueueLimits(frames_bytes=300_000))
    for index in range(20):  # a picture has 57,600 bytes: five fit
        shoot(session, frame(index), None)
    run(session, 0.2)
    shoot(session, frame(20), None)
    session.close()

    rows = load(xdf_of(session))["MilmerLive-Frames"]["time_series"]

    assert rows[:, 2].tolist() == list(range(21))
    assert rows[:, 0].tolist() == [0, 1, 2, 3, 4, *[-1] * 15, 5]
    (gap,) = gaps_in(xdf_of(session))
    assert (gap.stream, gap.lost, gap.why) == ("MilmerLive-Frames", 15, "overflow")
    assert "too slow" in session.faults.text


def test_samples_never_wait_for_the_encoder(tmp_path: Path) -> None:
    amp = amplifier()
    session = recorder(tmp_path, filmed("full"))
    for index in range(10):
        shoot(session, frame(index), None)
        session.write_eeg(amp.info, amp.chunk(25))

    session.step()

    assert session.status.samples == {"Amp": 250, "MilmerLive-Frames": 1}
    session.close()


def test_a_full_disk_moves_the_session_and_loses_nothing(tmp_path: Path) -> None:
    amp = amplifier()
    session = recorder(tmp_path / "first", fallback=tmp_path / "second")
    first = session.status.folder
    with full_after(20_000):
        for _ in range(10):  # 31 kB
            session.write_eeg(amp.info, amp.chunk(125))
            session.step()
    assert session.status.state is RecorderState.FALLBACK
    assert "File too large" in session.status.fault
    assert str(tmp_path / "second") in session.faults.text
    session.write_eeg(amp.info, amp.chunk(125))
    session.close()

    parts = [load(first / "session.xdf"), load(xdf_of(session))]

    data = np.concatenate([part["Amp"]["time_series"] for part in parts])
    np.testing.assert_array_equal(data, amp.data)
    card = json.loads((session.status.folder / "session.json").read_text())
    assert card["continues"] == str(first)
    assert "goes on in" in parts[1]["MilmerLive-Events"]["time_series"][0][0]


def test_a_deleted_folder_costs_nothing_either(tmp_path: Path) -> None:
    amp = amplifier()
    session = recorder(tmp_path / "first", fallback=tmp_path / "second")
    for turn in range(10):
        if turn == 5:
            shutil.rmtree(tmp_path / "first")
        session.write_eeg(amp.info, amp.chunk(250))
        run(session, 1.0)
    session.close()

    second = session.status.folder
    parts = [load(second / "before.xdf"), load(second / "session.xdf")]

    assert "is gone" in session.faults.text
    data = np.concatenate([part["Amp"]["time_series"] for part in parts])
    np.testing.assert_array_equal(data, amp.data)


def test_a_nearly_full_disk_is_announced_and_the_session_closed_in_order(tmp_path: Path) -> None:
    amp = amplifier(n_channels=32, rate=500.0)
    room = iter(np.arange(4e6, 0, -65e3))  # 1 MB of it is the reserve
    session = recorder(tmp_path, free_bytes=lambda _: int(next(room)))
    warnings = []
    while session.status.state is RecorderState.RECORDING:
        session.write_eeg(amp.info, amp.chunk(500))
        run(session, 1.0)
        warnings.append(session.status.minutes_left)
    session.close()

    assert warnings[:4] == [None] * 4
    assert warnings[10] == pytest.approx((3e6 - 10 * 65e3) / 68.5e3 / 60, rel=0.1)
    assert "reserve of 1 MB" in session.faults.text
    assert "Nothing is recorded any more" in session.status.fault
    stream = load(xdf_of(session))["Amp"]
    assert stream["footer"]["info"]["sample_count"] == [str(len(stream["time_series"]))]
    assert session.status.state is RecorderState.FAILED


def test_the_screen_is_told_minutes_ahead(tmp_path: Path) -> None:
    amp = amplifier(n_channels=32, rate=500.0)
    session = recorder(tmp_path, free_bytes=lambda _: 100_000_000)
    for _ in range(8):
        session.write_eeg(amp.info, amp.chunk(500))
        run(session, 1.0)

    session.close()

    assert session.status.warning == "The disk has room for 21 minutes."
    assert session.status.free_bytes == 100_000_000


def test_after_the_end_everything_that_comes_is_counted(tmp_path: Path) -> None:
    amp = amplifier()
    session = recorder(tmp_path, free_bytes=lambda _: 0)
    run(session, 0.1)
    session.write_eeg(amp.info, amp.chunk(100))
    session.write_eeg(amp.info, amp.chunk(100))
    session.write_marker(Marker(START, "unheard"))
    shoot(session, frame(0), None)
    session.close()

    assert session.status.not_kept == {
        "Amp": 200,
        "MilmerLive-Markers": 1,
        "MilmerLive-Frames": 1,
    }


def test_one_bad_item_does_not_end_the_recording(tmp_path: Path) -> None:
    amp = amplifier()
    session = recorder(tmp_path)
    good, bad = amp.chunk(100), amp.chunk(100)
    session.write_eeg(amp.info, good)
    session.write_eeg(amp.info, type(bad)(bad.data[:, :2], bad.times, bad.first_index))
    session.write_eeg(amp.info, amp.chunk(100))
    session.close()

    assert "does not fit" in session.faults.text
    assert len(load(xdf_of(session))["Amp"]["time_series"]) == 200


def test_labels_ratings_and_notes_are_in_the_file_and_so_is_what_they_corrected(
    tmp_path: Path,
) -> None:
    first = Annotation(id="1", kind="label", start=1, stop=5, valence=7, arousal=3, trial="1")
    better = first.model_copy(update={"id": "2", "valence": 2.0, "corrects": "1"})
    note = Annotation(id="3", kind="note", start=6, stop=6, text="sneezed; „ganz laut“")
    session = recorder(tmp_path)
    for annotation in (first, better, note):
        session.annotate(annotation)
    session.close()

    texts = [row[0] for row in load(xdf_of(session))["MilmerLive-Labels"]["time_series"]]

    assert [Annotation.model_validate_json(text) for text in texts] == [first, better, note]


def sent_xml(uid: str, format: str, width: int) -> str:
    return (
        f"<info><name>Stimuli</name><type>Markers</type><channel_count>{width}</channel_count>"
        f"<nominal_srate>0</nominal_srate><channel_format>{format}</channel_format>"
        f"<uid>{uid}</uid><desc><program>films</program></desc></info>"
    )


def test_markers_of_another_program_keep_its_values_stamps_and_description(tmp_path: Path) -> None:
    session = recorder(tmp_path)
    words, again = (Sent(sent_xml(uid, "string", 2), ("film", uid), 2.0) for uid in ("a", "b"))
    number = Sent(sent_xml("c", "int32", 1), (7,), -1.0)
    for at, sent in enumerate((words, again, number)):
        session.write_markers([Marker(START + at, marker_text(sent.values), sent)], "Stimuli")
    session.close()

    file = read_xdf(xdf_of(session))
    texts, numbers = (one for one in file.streams if one.header.type == "Markers")
    assert [texts.header.name, numbers.header.name] == ["Stimuli", "Stimuli 2"]
    assert [list(row) for row in texts.values] == [["film", "a"], ["film", "b"]], (
        "who comes back goes on in its stream"
    )
    assert texts.stamps.tolist() == [START - 2, START + 1 - 2]
    np.testing.assert_allclose(texts.times, [START, START + 1], atol=1e-6)
    assert numbers.numbers.dtype == np.int32
    assert numbers.numbers.tolist() == [[7]]
    assert "<program>films</program>" in texts.header.xml
    assert [one.text for one in Session(xdf_of(session).parent, file, None).markers] == [
        "film | a", "film | b", "7",
    ]  # fmt: skip
    loaded = load(xdf_of(session))
    np.testing.assert_allclose(loaded["Stimuli 2"]["time_stamps"], [START + 2], atol=1e-6)


def test_a_stream_in_its_own_format_is_kept_bit_by_bit(tmp_path: Path) -> None:
    session, amp = recorder(tmp_path), amplifier()
    xml = (
        "<info><name>Amp</name><type>EEG</type><channel_count>4</channel_count><nominal_srate>250"
        "</nominal_srate><channel_format>double64</channel_format><desc><channels>"
        + "<channel><unit>volts</unit></channel>" * 4
        + "</channels></desc></info>"
    )
    info = replace(amp.info, xml=xml)
    volts = []
    for _ in range(4):
        chunk = amp.chunk(100)
        volts.append(chunk.data.astype(np.float64) / 3e6)
        session.write_eeg(info, replace(chunk, raw=volts[-1]))
    session.close()

    stream = load(xdf_of(session))["Amp"]
    assert stream["time_series"].dtype == np.float64
    np.testing.assert_array_equal(stream["time_series"], np.concatenate(volts))
    channels = stream["info"]["desc"][0]["channels"][0]["channel"]
    assert [(one["label"][0], one["unit"][0]) for one in channels] == [
        (label, "volts") for label in amp.info.channel_names
    ]
    again = open_session(xdf_of(session)).recording()
    np.testing.assert_allclose(again.eeg, np.concatenate(volts) * 1e6, rtol=1e-6)


def test_a_folder_that_cannot_be_made_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(StorageLost, match="cannot be put into"):
        Recorder(tmp_path / "file", plan(), FakeClock(), Faults())


def test_a_recorder_runs_on_its_own_thread_until_it_is_stopped(tmp_path: Path) -> None:
    amp = amplifier()
    session = Recorder(tmp_path, plan(), LSLClock(), Faults())
    session.start()
    for _ in range(100):
        session.write_eeg(amp.info, amp.chunk(25))
    session.stop()
    assert session.join(10.0)

    np.testing.assert_array_equal(load(xdf_of(session))["Amp"]["time_series"], amp.data)


def marked(number: int) -> Marker:
    sent = Sent(sent_xml("a", "string", 1), (f"tone {number}",), 0.0)
    return Marker(START + number / 1000, f"tone {number}", sent)


def test_clock_offsets_and_running_counts_go_on_under_samples_that_never_end(
    tmp_path: Path,
) -> None:
    """Each item that is written takes a while, and another has come by then."""
    session = recorder(tmp_path)
    source = Source("lsl:Stim", "markers", "Stim")
    port, clock = session.port(source.status), session.clock
    assert isinstance(clock, FakeClock)
    sent = 0

    def flood(_writer: SessionWriter, _now: float) -> None:
        nonlocal sent
        clock.advance(0.004)
        if sent < 3000:
            sent += 20
            port.write_markers([marked(sent - 20 + number) for number in range(20)], "Stim")
            session._inbox.put_note(flood)

    session._inbox.put_note(flood)
    longest, before = 0.0, clock.now()
    while sent < 3000:
        session.step()
        longest, before = max(longest, clock.now() - before), clock.now()
        assert session.status.samples.get("Stim", 0) == session._parts.newest.samples().get("Stim")
    assert longest < 0.25, "seconds between two looks at the disk and at what is due"
    session.close()
    stream = read_xdf(xdf_of(session)).named("Stim")
    assert stream is not None
    assert stream.texts == [f"tone {number}" for number in range(3000)]
    assert (session.status.balance[0].written, session.status.balance[0].gaps) == (3000, 0)


def test_markers_of_one_read_are_one_chunk_as_they_were_sent(tmp_path: Path) -> None:
    session = recorder(tmp_path)
    words = [Sent(sent_xml("a", "string", 2), ("film", str(n)), 2.0, 7.5 * n) for n in range(5)]
    words.append(Sent(words[0].xml, ("odd", "stamp"), 2.0, float("nan")))
    numbers = [Sent(sent_xml("b", "int32", 1), (n,), -1.0) for n in range(3)]
    own = [Marker(START, "ours"), Marker(START + 1, "too")]
    times = [(one.stamp or 0.0) + 2.0 for one in words]
    mixed = [Marker(time, "", one) for time, one in zip(times, words, strict=True)]
    mixed += [Marker(START + n, "", one) for n, one in enumerate(numbers)]
    session.write_markers(mixed, "Stimuli")
    session.write_markers(own)
    session.close()
    with open_scanner(xdf_of(session)) as scanner:
        chunks = [scanner.headers[one.stream].name for one in scanner if one.tag == Tag.SAMPLES]
    assert chunks == ["Stimuli", "Stimuli 2", "MilmerLive-Markers"]
    file = read_xdf(xdf_of(session))
    texts, counts, ours = (file.named(name) for name in chunks)
    assert texts is not None
    assert counts is not None
    assert ours is not None
    assert [list(row) for row in texts.values] == [list(one.values) for one in words]
    assert texts.stamps.tolist() == [0.0, 7.5, 15.0, 22.5, 30.0, START - 2.0]
    assert counts.numbers.tolist() == [[0], [1], [2]]
    assert ours.texts == ["ours", "too"]


def test_markers_that_find_no_room_are_a_marked_gap_and_cost_no_other_source_anything(
    tmp_path: Path,
) -> None:
    amp = amplifier(rate=100.0)
    session = recorder(tmp_path, limits=QueueLimits(samples_bytes=60_000))
    eeg = session.port(Source().status)
    stim = session.port(Source("lsl:Stim", "markers", "Stim").status)
    for turn in range(20):  # nobody steps: 100 of these markers fit, and all of the samples
        eeg.write_eeg(amp.info, amp.chunk(50))
        stim.write_markers([marked(20 * turn + number) for number in range(20)], "Stim")
    run(session, 0.1)
    stim.write_markers([marked(400)], "Stim")
    session.close()

    signal, markers = session.status.balance
    assert (signal.written, signal.gaps, signal.not_kept) == (1000, 0, 0)
    (gap,) = gaps_in(xdf_of(session))
    assert (gap.stream, gap.why) == ("Stim", "overflow")
    stream = read_xdf(xdf_of(session)).named("Stim")
    assert stream is not None
    kept = [int(text.split()[1]) for text in stream.texts]
    assert kept == [*range(401 - gap.lost - 1), 400]
    assert gap.start == pytest.approx(START + (401 - gap.lost - 1) / 1000)
    assert gap.stop == pytest.approx(START + 0.399)
    assert (markers.received, markers.written, markers.not_kept) == (401, len(kept), gap.lost)
    assert (markers.gaps, markers.gap_samples, markers.outcome) == (1, gap.lost, "incomplete")
    assert "too slow: samples of Stim" in session.faults.text


@pytest.mark.parametrize("goes_on", [True, False])
@pytest.mark.parametrize(
    ("stream", "write"),
    [
        (
            "MilmerLive-Predictions",
            lambda session, n: session.write_prediction(prediction(n)),
        ),
        (
            "MilmerLive-Quality",
            lambda session, n: session.write_values("MilmerLive-Quality", START + n, {"E0": 1.0}),
        ),
        ("MilmerLive-Markers", lambda session, n: session.write_marker(Marker(START + n, "x"))),
        (
            "MilmerLive-Labels",
            lambda session, n: session.annotate(
                Annotation(id=str(n), kind="note", start=START + n, stop=START + n, text="x")
            ),
        ),
    ],
)
def test_what_finds_no_room_is_a_marked_gap_on_every_kind_of_stream(
    stream: str, write: Callable[[Recorder, int], None], goes_on: bool, tmp_path: Path
) -> None:
    session = recorder(tmp_path, limits=QueueLimits(samples_bytes=5200))
    for number in range(30):
        write(session, number)
    if goes_on:
        run(session, 0.1)
        write(session, 30)
    session.close()
    (gap,) = gaps_in(xdf_of(session))
    assert (gap.stream, gap.why, gap.lost) == (stream, "overflow", 20)
    assert session.status.samples[stream] == 10 + goes_on
