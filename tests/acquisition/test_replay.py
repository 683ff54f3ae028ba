"""Recordings played as if live: every sample at its time, frames and labels beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
from live_tools import RATE, read_all, recording
from xdf_files import Written, write_file

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.replay.outlets import (
    CHUNKS_PER_S,
    LEAD_S,
    EEGReplay,
    ReplayFrames,
)
from milmer_live.acquisition.replay.playlist import (
    Playlist,
    PlaylistItem,
)
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.bench.replay import drift
from milmer_live.cli.replay import (
    opened,
    playlist_of,
)
from milmer_live.clock import FakeClock
from milmer_live.errors import ConfigError, DatasetError, SourceFormat, SourceLost
from milmer_live.samples import FrameSample, Marker, Recording
from milmer_live.storage.xdf.header import (
    Channel,
    stream_header,
)

ONE = recording(10.0, name="s01/trial01", baseline_s=3.0)
TWO = recording(8.0, name="s02/trial05", baseline_s=3.0)


def two_parts() -> Playlist:
    """4 s with a baseline of 1 s, then 3 s of another recording that begin in its label."""
    return Playlist([PlaylistItem(ONE, 2.0, 6.0), PlaylistItem(TWO, 4.0, 7.0)])


def started(playlist: Playlist, origin: float) -> ReplayTimeline:
    timeline = ReplayTimeline(playlist)
    timeline.start(origin)
    return timeline


def test_a_playlist_is_one_line_of_samples() -> None:
    playlist = two_parts()
    assert (playlist.n_samples, playlist.duration_s) == (896, 7.0)
    np.testing.assert_array_equal(playlist.eeg(500, 512), ONE.eeg[756:768])
    np.testing.assert_array_equal(playlist.eeg(512, 600), TWO.eeg[512:600])
    assert playlist.position(0, 2.5) == 0.5
    assert playlist.position(1, 4.5) == 4.5


@pytest.mark.parametrize(("start_s", "stop_s"), [(5.0, 5.0), (6.0, 5.0), (10.0, 12.0)])
def test_a_part_without_samples_is_refused(start_s: float, stop_s: float) -> None:
    with pytest.raises(ConfigError, match="s01/trial01 has no samples"):
        Playlist([PlaylistItem(ONE, start_s, stop_s)])


def test_recordings_that_do_not_go_together_are_refused() -> None:
    faster = replace(TWO, info=replace(TWO.info, sample_rate=256.0))
    with pytest.raises(SourceFormat, match="another rate"):
        Playlist([PlaylistItem(ONE, 0, 5), PlaylistItem(faster, 0, 5)])
    with pytest.raises(ConfigError, match="nothing to replay"):
        Playlist([])


def test_the_time_line_knows_what_was_true_when() -> None:
    timeline = started(two_parts(), 1000.0)
    assert timeline.label_at(1000.5) is None, "a baseline has no label"
    assert timeline.label_at(1001.0) == ONE.labels[0]
    assert timeline.label_at(1003.9) == ONE.labels[0]
    assert timeline.label_at(1004.0) == TWO.labels[0]
    assert timeline.label_at(1007.1) is None
    assert timeline.label_over(1001.0, 1004.0) == ONE.labels[0]
    assert timeline.label_over(1003.0, 1004.5) is None, "it straddles a change"
    assert timeline.segment_span(1003.0) == (1000.0, 1004.0)
    assert timeline.segment_span(1004.0) == (1004.0, 1007.0)
    assert timeline.segment_span(1007.5) is None


def test_before_the_start_nothing_has_a_time() -> None:
    with pytest.raises(SourceLost, match="not been started"):
        ReplayTimeline(two_parts()).time_of(0.0)


def connected(replay: EEGReplay) -> LSLSource:
    source = LSLSource(source_id=replay.source_id)
    source.open()
    assert replay.wait_for_consumers(5.0)
    return source


def test_every_sample_leaves_with_its_exact_stamp_and_value() -> None:
    clock = FakeClock(5000.0)
    timeline = ReplayTimeline(two_parts())
    replay = EEGReplay(timeline, clock, name="replayed")
    source = connected(replay)
    replay.start()
    while not replay.finished:
        clock.advance(replay.step())
    chunks = read_all(source, replay.samples_sent)
    data = np.concatenate([chunk.data for chunk in chunks])
    stamps = np.concatenate([chunk.times - chunk.clock_offset for chunk in chunks])
    np.testing.assert_array_equal(data, np.concatenate([ONE.eeg[256:768], TWO.eeg[512:896]]))
    np.testing.assert_allclose(stamps, 5000.0 + LEAD_S + np.arange(896) / RATE, atol=1e-9)
    replay.close()


def test_twice_as_fast_all_is_sent_in_half_the_time_with_the_stamps_of_the_recording() -> None:
    clock = FakeClock(1000.0)
    timeline = ReplayTimeline(two_parts(), speed=2.0)
    replay = EEGReplay(timeline, clock, name="fast")
    frames = ReplayFrames(timeline, clock)
    frames.open()
    timeline.start(1000.0)
    frame = frames.read(10.0)
    assert frame is not None
    assert frame.time == pytest.approx(1001.0)
    assert clock.now() == pytest.approx(1000.5)
    while not replay.finished:
        clock.advance(replay.step())
    assert clock.now() == pytest.approx(1003.5)
    replay.close()
    with pytest.raises(ConfigError, match="no speed of 0"):
        ReplayTimeline(two_parts(), speed=0.0)


def recorded_as(path: Path, *channels: Channel) -> Recording:
    """What an XDF file with these channels gives: two seconds of the value 3."""
    header = stream_header("amp", "EEG", channels, rate=128.0, source_id="amp-1")
    rows = np.full((256, len(channels)), 3, np.float32)
    write_file(path, (Written(header, ((10 + np.arange(256) / 128, rows),), 0.0),))
    return opened(path, None, None)[0]


def test_what_is_no_voltage_is_sent_in_the_unit_it_was_recorded_in(tmp_path: Path) -> None:
    channels = [
        Channel("Cz", "mV", "EEG"),
        Channel("Pz", "µV", "EEG"),
        Channel("skin", "µS", "GSR"),
    ]
    clock = FakeClock(100.0)
    timeline = ReplayTimeline(playlist_of([recorded_as(tmp_path / "a.xdf", *channels)], loop=False))
    replay = EEGReplay(timeline, clock, name="units")
    source = connected(replay)
    replay.start()
    while not replay.finished:
        clock.advance(replay.step())
    chunk = read_all(source, 1)[0]
    np.testing.assert_allclose(chunk.data[0], [3000.0, 3.0, 3.0], rtol=1e-6)
    source.close()
    replay.close()

    with pytest.raises(DatasetError, match=r"the unit of the EEG 'amp' is not known \(ADC\)"):
        recorded_as(tmp_path / "b.xdf", Channel("Cz", "ADC", "EEG"))


def test_samples_leave_on_time_and_not_before_and_late_ones_at_once() -> None:
    clock = FakeClock(0.0)
    replay = EEGReplay(started(two_parts(), 0.0), clock, name="paced")
    period = 1 / CHUNKS_PER_S
    assert replay.step() == pytest.approx(period)
    assert replay.samples_sent == 0
    clock.advance(period)
    assert replay.step() == 0.0
    assert replay.samples_sent == 4
    clock.advance(1.0)
    while (wait_s := replay.step()) == 0.0:
        pass
    assert replay.samples_sent == 132
    assert wait_s == pytest.approx(period)
    replay.close()


def test_a_worker_that_oversleeps_does_not_add_up_to_a_drift() -> None:
    clock = FakeClock(0.0)
    ten_minutes = Playlist([PlaylistItem(recording(60.0), 0, 60)] * 10)
    replay = EEGReplay(started(ten_minutes, 0.0), clock, name="long")
    late_s: list[float] = []
    for oversleep in np.random.default_rng(2).uniform(0, 0.02, 40_000):
        if replay.finished:
            break
        wait_s = replay.step()
        if wait_s == 0:
            late_s.append(clock.now() - replay.samples_sent / RATE)
        clock.advance(wait_s + (oversleep if wait_s > 0 else 0.0))
    assert replay.finished
    assert len(late_s) == 600 * CHUNKS_PER_S
    assert max(late_s) < 0.02
    gained_s, last_less_first_s = drift(np.array(late_s))
    assert max(abs(gained_s), abs(last_less_first_s)) < 1e-3
    assert 600.0 <= clock.now() < 600.0 + 0.02 + 1e-6
    replay.close()


def markers(replay: EEGReplay) -> Any:
    (info,) = pylsl.resolve_byprop("source_id", f"{replay.source_id}-markers", 1, 5.0)
    inlet = pylsl.StreamInlet(info, recover=False)
    inlet.open_stream(5.0)
    return inlet


def test_each_trial_is_announced_with_its_ratings() -> None:
    clock = FakeClock(200.0)
    timeline = ReplayTimeline(two_parts())
    replay = EEGReplay(timeline, clock, name="announced")
    inlet = markers(replay)
    timeline.start(200.0)
    while not replay.finished:
        clock.advance(replay.step())
    found: list[tuple[float, dict[str, Any]]] = []
    while len(found) < 6:
        sample, stamp = inlet.pull_sample(timeout=5.0)
        assert sample is not None
        found.append((stamp, json.loads(sample[0])))
    assert [(stamp, event["event"]) for stamp, event in found] == [
        (200.0, "recording"),
        (201.0, "trial"),
        (204.0, "trial-end"),
        (204.0, "recording"),
        (204.0, "trial"),
        (207.0, "trial-end"),
    ]
    assert found[1][1] == {
        "event": "trial",
        "trial": "s01/trial01",
        "valence": 7.5,
        "arousal": 2.5,
    }
    replay.close()


def slow_device() -> Recording:
    """Of a device that says 128 Hz and sends 5 % fewer: 20 s in which it sends 19 s of samples.
    One label, from second 10 to 16, and a marker at each second."""
    whole = recording(20.0)
    times = np.arange(round(19.0 * RATE)) / (0.95 * RATE)
    return replace(
        whole,
        eeg=whole.eeg[: len(times)],
        times=times,
        labels=(replace(whole.labels[0], start=10.0, stop=16.0),),
        markers=tuple(Marker(float(second), f"second {second}") for second in range(1, 20)),
    )


def test_what_was_recorded_with_a_sample_is_played_with_it_whatever_the_real_rate() -> None:
    clock, device = FakeClock(700.0), slow_device()
    timeline = ReplayTimeline(playlist_of([device], loop=False))
    replay = EEGReplay(timeline, clock, name="slow")
    source, inlet = connected(replay), markers(replay)
    frames = ReplayFrames(timeline, clock)
    frames.open()
    timeline.start(700.0)
    sent, shown = [], []
    while not replay.finished:
        clock.advance(min(replay.step(), 0.01))
        if (frame := frames.read(0.0)) is not None:
            shown.append(frame)
    for chunk in read_all(source, replay.samples_sent):
        sent += list(chunk.times - chunk.clock_offset)

    def played(recording_s: float) -> float:
        """The stamp of the sample that the device took then."""
        return float(np.interp(recording_s, device.times, sent))

    found = {}
    while (pulled := inlet.pull_sample(timeout=0.5))[0] is not None:
        found[pulled[0][0]] = pulled[1]
    for marker in device.markers:
        assert found[marker.text] == pytest.approx(played(marker.time), abs=1e-6)
    assert found["second 19"] == pytest.approx(700.0 + 0.95 * 19, abs=1e-6)
    assert len(shown) > 400
    for shot in shown:
        assert int(shot.image[0, 0, 0]) == (shot.index + 1) % 256, "none was left out"
        assert shot.time == pytest.approx(played(shot.index / 25), abs=0.01)
    assert timeline.label_at(played(9.99)) is None
    assert timeline.label_at(played(10.01)) is device.labels[0]
    assert timeline.label_at(played(15.99)) is device.labels[0]
    assert timeline.label_at(played(16.01)) is None
    assert timeline.label_over(played(10.0), played(16.0)) is device.labels[0]
    assert timeline.label_over(played(10.0), played(16.1)) is None
    replay.close()


def test_a_jump_leads_to_the_picture_of_the_sample_it_leads_to() -> None:
    clock, device = FakeClock(100.0), slow_device()
    timeline = ReplayTimeline(playlist_of([device], loop=False))
    frames = ReplayFrames(timeline, clock)
    frames.open()
    timeline.start(100.0)
    timeline.seek(0.95 * 8.0, clock.now())
    frame = next(shown for _ in range(100) if (shown := frames.read(0.05)) is not None)
    assert int(frame.image[0, 0, 0]) - 1 == 8 * 25
    assert frame.time == pytest.approx(100.0)


@pytest.mark.parametrize("at_s", [-0.5, 0.0, 0.003, 7.7, 18.9, 19.99, 21.0])
def test_positions_and_times_of_a_recording_are_one_to_one(at_s: float) -> None:
    playlist = playlist_of([slow_device()] * 2, loop=False)
    for item in (0, 1):
        assert playlist.recording_s(item, playlist.position(item, at_s)) == pytest.approx(at_s)


def frames_until(source: ReplayFrames, clock: FakeClock, end: float) -> list[FrameSample]:
    found = []
    while clock.now() < end:
        frame = source.read(0.1)
        if frame is not None:
            assert clock.now() >= frame.time - 1e-9, "no frame before its time"
            found.append(frame)
    return found


def test_frames_come_at_their_times_on_the_same_line() -> None:
    clock = FakeClock(99.0)
    source = ReplayFrames(started(two_parts(), 100.0), clock)
    source.open()
    found = frames_until(source, clock, 110.0)
    first = 101.0 + np.arange(75) / 25
    second = 104.0 + np.arange(75) / 25
    np.testing.assert_allclose([frame.time for frame in found], [*first, *second], atol=1e-9)
    assert [frame.index for frame in found] == list(range(150))
    pixels = [int(frame.image[0, 0, 0]) for frame in found]
    assert pixels == [*range(1, 76), *range(26, 101)], "the parts that were asked for"
    assert source.dropped == 0
    assert source.read(0.1) is None


def test_frames_that_nobody_took_in_time_are_left_out_and_counted() -> None:
    clock = FakeClock(100.0)
    source = ReplayFrames(started(two_parts(), 100.0), clock, late_s=0.1)
    source.open()
    clock.advance(3.02)
    frame = source.read(0.1)
    assert frame is not None
    assert frame.time == pytest.approx(102.92)
    assert source.dropped == frame.index == 48


def test_a_frame_that_was_due_before_a_pause_is_not_given_after_it() -> None:
    clock = FakeClock(100.0)
    timeline = started(two_parts(), 100.0)
    source = ReplayFrames(timeline, clock)
    source.open()
    clock.advance(1.1)
    timeline.pause(clock.now())
    clock.advance(5.0)
    timeline.resume(clock.now())
    frame = source.read(0.1)
    assert frame is not None
    assert frame.time == pytest.approx(106.1, abs=1 / CHUNKS_PER_S), "with the EEG sent after it"
    assert source.dropped == frame.index == 2


def test_frames_wait_for_the_replay_to_start() -> None:
    clock = FakeClock(50.0)
    timeline = ReplayTimeline(two_parts())
    source = ReplayFrames(timeline, clock)
    source.open()
    assert source.read(0.1) is None
    timeline.start(49.0)
    frame = source.read(0.5)
    assert frame is not None
    assert (frame.time, frame.index) == (50.0, 0)


def test_a_recording_without_video_gives_no_frames() -> None:
    clock = FakeClock(100.0)
    blind = Playlist([PlaylistItem(replace(ONE, frames=None), 0, 2), PlaylistItem(TWO, 3, 4)])
    source = ReplayFrames(started(blind, 100.0), clock)
    source.open()
    found = frames_until(source, clock, 104.0)
    assert [found[0].time, found[-1].time] == pytest.approx([102.0, 102.96])


def stamps_sent(
    replay: EEGReplay, source: LSLSource, clock: FakeClock, until: float
) -> list[float]:
    """Play until the clock says so; the raw stamps of what came."""
    before = replay.samples_sent
    while clock.now() < until and not replay.finished:
        clock.advance(min(replay.step(), until - clock.now()))
    chunks = read_all(source, replay.samples_sent - before)
    return [float(time - chunk.clock_offset) for chunk in chunks for time in chunk.times]


def test_a_pause_is_a_gap_in_the_stamps_and_no_sample_is_lost() -> None:
    clock = FakeClock(1000.0)
    timeline = ReplayTimeline(two_parts())
    replay = EEGReplay(timeline, clock, name="paused")
    source = connected(replay)
    timeline.start(1000.0)
    before = stamps_sent(replay, source, clock, 1002.0)
    timeline.pause(clock.now())
    assert timeline.paused
    assert stamps_sent(replay, source, clock, 1005.0) == []
    assert timeline.position_at(clock.now()) == pytest.approx(2.0)
    timeline.resume(clock.now())
    after = stamps_sent(replay, source, clock, 1020.0)
    assert replay.finished
    assert len(before) + len(after) == 896
    np.testing.assert_allclose(np.diff(before), 1 / RATE, atol=1e-6)
    np.testing.assert_allclose(np.diff(after), 1 / RATE, atol=1e-6)
    assert after[0] - before[-1] == pytest.approx(3.0 + 1 / RATE, abs=1e-6)
    assert timeline.label_at(1003.9 + 3.0) == ONE.labels[0], "labels move with it"
    assert timeline.label_over(1001.5, 1005.5) is None, "a window over the pause has none"
    replay.close()


def test_a_jump_goes_on_at_once_elsewhere_with_new_stamps_and_its_label() -> None:
    clock = FakeClock(500.0)
    timeline = ReplayTimeline(two_parts())
    replay = EEGReplay(timeline, clock, name="jumped")
    source = connected(replay)
    inlet = markers(replay)
    frames = ReplayFrames(timeline, clock)
    frames.open()
    timeline.start(500.0)
    first = stamps_sent(replay, source, clock, 503.0)
    timeline.seek(2.0, clock.now())
    frame = next(shown for _ in range(100) if (shown := frames.read(0.0)) is not None)
    assert frame.time == pytest.approx(503.0)
    assert int(frame.image[0, 0, 0]) == 26
    back = stamps_sent(replay, source, clock, 504.0)
    assert first[-1] < back[0] == pytest.approx(503.0)
    assert replay.samples_sent == len(first) + len(back)
    np.testing.assert_allclose(np.diff(back), 1 / RATE, atol=1e-6)
    assert timeline.label_at(503.5) == ONE.labels[0]
    texts = []
    while (sample := inlet.pull_sample(timeout=0.5)[0]) is not None:
        texts.append(json.loads(sample[0])["event"])
    assert texts == ["recording", "trial", "recording", "trial"]
    with pytest.raises(ConfigError, match="no position of 7 s"):
        timeline.seek(7.0, clock.now())
    timeline.pause(clock.now())
    timeline.seek(6.0, clock.now())
    assert stamps_sent(replay, source, clock, 506.0) == []
    timeline.resume(clock.now())
    last = stamps_sent(replay, source, clock, 510.0)
    assert replay.finished
    assert len(last) == 128
    assert last[0] == pytest.approx(506.0)
    replay.close()


def test_a_recorded_marker_that_looks_like_ours_is_not_taken_for_what_holds() -> None:
    posing = Marker(2.5, '{"event": "recording", "recording": "of another program"}')
    clock = FakeClock(300.0)
    played = Playlist([PlaylistItem(replace(ONE, markers=(posing,)), 2.0, 6.0)])
    replay = EEGReplay(ReplayTimeline(played), clock, name="posing")
    source = connected(replay)
    inlet = markers(replay)
    replay.start(2.0)
    stamps_sent(replay, source, clock, 301.0)
    first = json.loads(inlet.pull_sample(timeout=5.0)[0][0])
    assert first == {"event": "recording", "recording": ONE.name, "participant": ONE.participant}
    replay.close()


def test_it_can_begin_elsewhere_and_no_stamp_is_of_the_future() -> None:
    clock = FakeClock(300.0)
    timeline = ReplayTimeline(two_parts())
    replay = EEGReplay(timeline, clock, name="elsewhere")
    source = connected(replay)
    inlet = markers(replay)
    frames = ReplayFrames(timeline, clock)
    frames.open()
    replay.start(2.0)
    frame = next(shown for _ in range(100) if (shown := frames.read(0.05)) is not None)
    assert frame.time == pytest.approx(300.0 + LEAD_S)
    assert int(frame.image[0, 0, 0]) == 26
    sent = stamps_sent(replay, source, clock, 301.0)
    assert sent[0] == pytest.approx(300.0 + LEAD_S)
    assert clock.now() >= sent[-1] + 1 / RATE - 1e-9, "none has left before it was over"
    assert json.loads(inlet.pull_sample(timeout=5.0)[0][0])["event"] == "recording"
    replay.close()
    with pytest.raises(ConfigError, match="no position of 7 s"):
        ReplayTimeline(two_parts()).start(0.0, 7.0)


def test_the_speed_is_changed_while_it_plays() -> None:
    timeline = started(two_parts(), 0.0)
    timeline.change_speed(2.0, 3.0)
    assert (timeline.time_of(3.0), timeline.time_of(7.0)) == (3.0, 7.0)
    assert timeline.due(7.0) == pytest.approx(5.0)
    assert timeline.position_at(4.0) == pytest.approx(5.0)
    timeline.seek(0.0, 4.0)
    assert timeline.time_of(0.0) >= 5.0, "no stamp is given twice, though they run ahead"
