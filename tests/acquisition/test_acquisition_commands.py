"""`milmer-live devices` and `milmer-live replay` as a user meets them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import numpy as np
import pylsl
import pytest
from deap_tree import write_tree
from live_tools import read_all, recording
from xdf_files import Written, header_of, write_file

from milmer_live.acquisition.brainflow.boards import list_boards
from milmer_live.acquisition.lsl.eeg import (
    LSLSource,
    discover,
)
from milmer_live.acquisition.lsl.frames import (
    frames_info,
    outlet,
)
from milmer_live.acquisition.registry import eeg_source
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.cli.devices import devices
from milmer_live.cli.replay import opened, playlist_of
from milmer_live.clock import FakeClock
from milmer_live.errors import DatasetError
from milmer_live.runs.replay import ReplayControls
from milmer_live.samples import Recording
from milmer_live.storage.dataset import (
    Dataset,
    DatasetSummary,
    RecordingRef,
    chosen,
    open_dataset,
)


class Shelf:
    """A data set in memory."""

    root = Path("shelf")

    def __init__(self, *names: str) -> None:
        self.refs = tuple(self._ref(name) for name in names)

    @staticmethod
    def _ref(name: str) -> RecordingRef:
        def opened() -> Recording:
            return recording(2.0, name=name)

        return RecordingRef(name.split("/")[0], name, opened, has_video=False)

    def summary(self) -> DatasetSummary:
        raise NotImplementedError

    def check(self, participant: str) -> tuple[str, ...]:
        raise NotImplementedError


DEAP: Dataset = Shelf("s02/trial01", "s03/trial01", "s03/trial07")


@pytest.fixture(autouse=True)
def _stderr_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest has its own hold on it."""
    monkeypatch.setattr("milmer_live.system.native_log.divert_native_output", lambda: None)


@pytest.fixture
def markers() -> pylsl.StreamOutlet:
    return pylsl.StreamOutlet(pylsl.StreamInfo("cues", "Markers", 1, 0, "int32", "cues-1"))


def amplifier(name: str) -> pylsl.StreamOutlet:
    info = pylsl.StreamInfo(name, "EEG", 1, 100, "float32", f"{name}-id")
    channel = info.desc().append_child("channels").append_child("channel")
    channel.append_child_value("label", "Cz")
    return pylsl.StreamOutlet(info)


def send(stream: pylsl.StreamOutlet, stop: threading.Event) -> None:
    while not stop.wait(0.01):
        stream.push_sample([1.0])


def test_devices_lists_streams_boards_and_cameras_for_programs(
    markers: pylsl.StreamOutlet, capsys: pytest.CaptureFixture[str]
) -> None:
    _silent, sending = amplifier("silent"), amplifier("sending")
    stop = threading.Event()
    sender = threading.Thread(target=send, args=(sending, stop))
    sender.start()
    try:
        devices(wait=1.0, listen=1.0, json=True)
    finally:
        stop.set()
        sender.join()
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"lsl", "cameras", "brainflow"}
    cues = next(one for one in found["lsl"] if one["name"] == "cues")
    assert (cues["spec"], cues["kind"], cues["sample_rate"]) == (
        "lsl:source_id=cues-1",
        "Markers",
        0,
    )
    ages = {one["name"]: one["age_s"] for one in found["lsl"]}
    assert (ages["cues"], ages["silent"]) == (None, None)
    assert 0 <= ages["sending"] < 30
    options = {one["name"]: one["option"] for one in found["lsl"]}
    assert (options["cues"], options["sending"]) == ("--markers", "--eeg")
    cyton = next(one for one in found["brainflow"] if one["name"] == "CYTON")
    assert (cyton["needs"], cyton["n_channels"]) == (["serial_port"], 8)
    del markers


def test_devices_prints_tables(
    markers: pylsl.StreamOutlet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    film = outlet(frames_info("film", "film-2", (320, 240)))
    devices(wait=1.0, listen=0.0, json=False)
    printed = capsys.readouterr().out
    assert re.search(r"cues +Markers .* 1 × int32 +irregular", printed)
    assert "cues: --markers lsl:source_id=cues-1\n" in printed
    assert re.search(r"film +VideoFrames .* 2 × string +irregular", printed)
    assert "film: --camera lsl:source_id=film-2\n" in printed
    del film
    lines = [line for line in printed.splitlines() if "brainflow:" in line]
    words = [shlex.split(line.partition(": ")[2]) for line in lines]
    assert len(words) == len(list_boards())
    for option, spec in words:  # as it is pasted
        assert eeg_source(spec, as_sent=option == "--also") is not None
    del markers


def test_devices_leaves_out_what_this_program_sends(
    markers: pylsl.StreamOutlet, capsys: pytest.CaptureFixture[str]
) -> None:
    info = pylsl.StreamInfo("MilmerLive-Predictions", "Affect", 9, 0, "float32", "milmer-live-77")
    ours = pylsl.StreamOutlet(info)
    devices(wait=1.0, listen=0.0, json=True)
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["lsl"]] == ["cues"]
    devices(wait=1.0, listen=0.0, json=False)
    printed = capsys.readouterr().out
    assert "Left out, as this program itself sends them: MilmerLive-Predictions.\n" in printed
    assert "milmer-live-77" not in printed
    del markers, ours


def test_devices_calls_a_stream_without_eeg_a_signal(capsys: pytest.CaptureFixture[str]) -> None:
    source_id = f"shimmer-{uuid.uuid4()}"
    info = pylsl.StreamInfo("ShimmerData", "Signals", 2, 51.2, "float32", source_id)
    channels = info.desc().append_child("channels")
    for label, unit in (("GSR", "kOhms"), ("Accel_X", "m/s^2")):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", unit)
    stream = pylsl.StreamOutlet(info)
    devices(wait=1.0, listen=0.1, json=True)
    found = json.loads(capsys.readouterr().out)["lsl"]
    assert [one["option"] for one in found if one["source_id"] == source_id] == ["--also"]
    del stream


def test_the_spec_of_a_stream_names_it() -> None:
    info = pylsl.StreamInfo("amp", "EEG", 1, 100, "float32", "a&b=c+d %1")
    channel = info.desc().append_child("channels").append_child("channel")
    channel.append_child_value("label", "Cz")
    stream = pylsl.StreamOutlet(info)
    listing = next(one for one in discover() if one.name == "amp")
    source = eeg_source(listing.spec)
    assert source.open().source_id == "a&b=c+d %1"
    source.close()
    del stream


def test_a_trial_is_chosen_by_participant_and_number() -> None:
    assert [ref.name for ref in chosen(DEAP, "3", 7)] == ["s03/trial07"]
    assert [ref.name for ref in chosen(DEAP, "s03", None)] == ["s03/trial01", "s03/trial07"]


@pytest.mark.parametrize(
    ("subject", "trial", "said"),
    [
        (None, 1, "holds 2 participants. Choose one of them by --subject: s02, s03."),
        ("9", 1, "There is no participant 9. There are s02, s03."),
        ("3", 2, "s03 has no trial 2. There are 1, 7."),
    ],
)
def test_what_is_not_there_is_said(subject: str | None, trial: int | None, said: str) -> None:
    with pytest.raises(DatasetError) as caught:
        chosen(DEAP, subject, trial)
    assert str(caught.value).endswith(said)


def test_a_replay_is_the_whole_recording_and_a_loop_lasts_a_week() -> None:
    refs = chosen(DEAP, "3", None)
    trials = [ref.open() for ref in refs]
    assert playlist_of(trials, loop=False).n_samples == 2 * 256
    assert playlist_of(trials, loop=True).duration_s >= 7 * 24 * 3600


@pytest.mark.timeout(300)
def test_another_program_reads_the_very_samples_of_the_trial(tmp_path: Path) -> None:
    write_tree(tmp_path)
    trial = chosen(open_dataset(tmp_path), "1", 2)[0].open()
    command = [sys.executable, "-m", "milmer_live", "replay", str(tmp_path), "--subject", "1"]
    command += ["--trial", "2", "--loop", "--speed", "4", "--source-id", "replayed-1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sender:
        try:
            assert sender.stdout is not None
            assert "s01/trial02: 32 channels at 128 Hz" in sender.stdout.readline()
            source = LSLSource(source_id="replayed-1", timeout_s=20.0)
            assert source.open().channel_names == trial.info.channel_names
            chunks = read_all(source, 600)
            source.close()
        finally:
            sender.kill()
    data = np.concatenate([chunk.data for chunk in chunks])
    stamps = np.concatenate([chunk.times for chunk in chunks])
    (starts,) = np.nonzero((trial.eeg == data[0]).all(axis=1))
    looped = np.concatenate([trial.eeg, trial.eeg])
    np.testing.assert_array_equal(data, looped[starts[0] : starts[0] + len(data)])
    np.testing.assert_allclose(np.diff(stamps), 1 / 128, atol=1e-4)


def test_any_xdf_is_replayed_whole_without_its_gaps_and_with_its_markers(tmp_path: Path) -> None:
    times = 50.0 + np.arange(512) / 128.0
    times[256:] += 5.0
    rows = np.arange(512 * 4, dtype=np.float32).reshape(-1, 4)
    file = write_file(
        tmp_path / "theirs.xdf",
        (
            Written(header_of("amp", "float32", 4, 128.0), ((times, rows),), 0.0),
            Written(
                header_of("cues", "string", 1, 0.0),
                ((np.array([51.0, 53.5, 57.5]), [["a"], ["gap"], ["b"]]),),
                0.0,
            ),
        ),
    )
    (whole,) = opened(file, None, None)
    playlist = playlist_of([whole], loop=False)
    assert [playlist.span(item) for item in range(2)] == [(0.0, 2.0), (2.0, 4.0)]
    np.testing.assert_array_equal(playlist.eeg(256, 512), rows[256:])
    marked = [(round(at, 3), text) for item in range(2) for at, text in playlist.markers(item)]
    assert marked == [(1.0, "a"), (2.5, "b")]
    with pytest.raises(DatasetError, match="no participant 7"):
        opened(file, "7", None)


def test_a_replay_obeys_what_is_typed() -> None:
    clock = FakeClock(100.0)
    timeline = ReplayTimeline(
        playlist_of([ref.open() for ref in chosen(DEAP, "3", None)], loop=False)
    )
    timeline.start(100.0)
    controls = ReplayControls(timeline, clock)
    clock.advance(1.0)
    assert controls.obey("p") == "paused at 1.0 s"
    assert controls.obey("+2") == "paused at 3.0 s"
    assert controls.obey("-10") == "paused at 0.0 s"
    assert controls.obey("p") == "playing x1 at 0.0 s"
    assert controls.obey("x 2") == "playing x2 at 0.0 s"
    clock.advance(0.5)
    assert controls.obey("") == "playing x2 at 1.0 s"
    assert controls.obey("s 60") == "The replay has no position of 60 s. It lasts 4 s."
    for word in ("+nan", "-nan", "nan", "+inf", "-inf"):
        said = f"A replay cannot be moved by {word} s. Type +10 or -10."
        assert controls.obey(word) == said
    assert controls.obey("s nan") == "The replay has no position of nan s. It lasts 4 s."
    assert timeline.position_at(clock.now()) == pytest.approx(1.0)
    assert controls.obey("faster").startswith("'faster' is not understood")
    assert controls.obey("x 0") == "A replay has no speed of 0. Choose 1, or more."
    assert not controls.ended.is_set()
    controls.obey("q")
    assert controls.ended.is_set()
