"""`milmer-live record` as it is started on a machine without a screen, on real streams."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
from rich.console import Console
from sessions import picture

from milmer_live.errors import ConfigError
from milmer_live.runs.record import (
    Later,
    RecordOptions,
    run_recording,
)
from milmer_live.samples import MODEL_CHANNELS
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.upkeep.check import (
    Level,
    check_session,
)
from milmer_live.storage.upkeep.repair import repair_any
from milmer_live.storage.video import VideoWriter

CHUNK = 16


@contextmanager
def amplifiers(
    *streams: tuple[str, int, float], labelled: bool = True
) -> Iterator[tuple[str, ...]]:
    """Outlets of (name, channels, rate) that send until the end of the block; their ids."""
    outlets = [(_outlet(*one, labelled=labelled), one) for one in streams]
    ended = threading.Event()

    def send() -> None:
        start, sent = pylsl.local_clock(), [0] * len(outlets)
        while not ended.wait(0.005):
            for index, (stream, (_, n_channels, rate)) in enumerate(outlets):
                while sent[index] / rate < pylsl.local_clock() - start:
                    data = np.zeros((CHUNK, n_channels), dtype=np.float32)
                    data[:, 0] = sent[index] + np.arange(CHUNK)
                    sent[index] += CHUNK
                    stream.push_chunk(data, start + sent[index] / rate)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield tuple(stream.get_info().source_id() for stream, _ in outlets)
    finally:
        ended.set()
        sender.join()


def _outlet(name: str, n_channels: int, rate: float, *, labelled: bool) -> pylsl.StreamOutlet:
    info = pylsl.StreamInfo(name, "EEG", n_channels, rate, pylsl.cf_float32, str(uuid.uuid4()))
    if labelled:
        info.set_channel_labels(list(MODEL_CHANNELS[:n_channels]))
        info.set_channel_units("microvolts")
    return pylsl.StreamOutlet(info)


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "milmer_live", "record", *map(str, arguments)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    _started.append(process)
    return process


_started: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def no_recording_outlives_its_test() -> Iterator[None]:
    yield
    while _started:
        process = _started.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


def markers() -> pylsl.StreamOutlet:
    info = pylsl.StreamInfo("Stimuli", "Markers", 1, 0.0, pylsl.cf_string, str(uuid.uuid4()))
    return pylsl.StreamOutlet(info)


def session_of(output: str) -> Path:
    found = re.search(r"Session:\s+(\S+) \(closed\)", output)
    assert found is not None, output
    return Path(found[1])


@pytest.mark.timeout(300)
def test_two_amplifiers_and_a_camera_are_recorded_until_ctrl_c(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "camera.avi", 10.0, (160, 120)) as film:
        for index in range(600):
            film.write(picture(index))
    stimuli = markers()
    with amplifiers(("Cap", 32, 128.0), ("Sleeve", 4, 512.0)) as (cap, sleeve):
        process = start(  # a busy machine may drop frames: they are not required
            *("--require", f"lsl:source_id={cap}", "--require", f"lsl:source_id={sleeve}"),
            *("--eeg", f"lsl:source_id={cap}", "--eeg", f"lsl:source_id={sleeve}"),
            *("--markers", f"lsl:source_id={stimuli.get_info().source_id()}"),
            *("--camera", f"camera:{tmp_path / 'camera.avi'}", "--participant", "07"),
            *("--mirror", "--camera-delay", "0.04"),
            *("--video", "full", "--consent", "--codec", "mjpeg", "--out", tmp_path),
        )
        assert process.stdout is not None
        seen = ""
        while not all(name in seen for name in ("Cap ", "Sleeve ", "camera.avi, ", "Stimuli ")):
            line = process.stdout.readline()
            assert line, seen
            seen += line
            stimuli.push_sample(["label valence=7 arousal=2 duration=1"], pylsl.local_clock())
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate()
    assert process.returncode == 0, complaints
    folder = session_of(seen + rest)

    findings = check_session(folder)
    session = open_session(folder)

    assert folder.parent == tmp_path / "sub-07"
    assert not [one for one in findings if one.level is Level.FAULT]
    for name in ("Cap", "Sleeve"):
        stream = session.file.named(name)
        assert stream is not None
        counted = stream.numbers[:, 0]
        np.testing.assert_array_equal(counted, counted[0] + np.arange(len(counted)))
    frames = session.recording().frames
    assert frames is not None
    assert len(frames) > 5
    events = session.file.named("MilmerLive-Events")
    assert events is not None
    assert "EEG connected: Cap" in events.texts
    assert session.labels[0].valence == 7.0
    card = json.loads((folder / "session.json").read_text())
    assert card["channel_map"]["Fp1"] == "Fp1"
    devices = {one["kind"]: one for one in card["devices"]}
    assert set(devices) == {"EEG", "camera", "markers"}
    assert devices["EEG"]["pictures"] is None
    assert devices["camera"]["pictures"] == {
        "width": 160,
        "height": 120,
        "rate": 10.0,
        "mirror": True,
        "delay_s": 0.04,
        "reader": f"PyAV {version('av')}",
    }
    assert card["versions"]["av"] == version("av")
    assert card["versions"]["opencv-contrib-python"] == version("opencv-contrib-python")
    assert any("its delay of 40 ms is taken from the time" in text for text in events.texts)


@pytest.mark.timeout(300)
@pytest.mark.skipif(os.name == "nt", reason="no limit on the size of a file there")
def test_a_disk_that_fills_up_ends_the_session_in_order_and_says_so(tmp_path: Path) -> None:
    """The shell's limit on the size of a file stands for the disk: it needs no rights, and the
    system itself refuses to write. The fallback folder has the same limit, so that fills too."""
    out, log = tmp_path / "out", tmp_path / "said"
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "XDG_DATA_HOME": str(tmp_path / "data")}
    with amplifiers(("Amp", 32, 500.0)) as (amp,), log.open("w") as output:
        spec = f"lsl:source_id={amp}"
        record = f"'{sys.executable}' -m milmer_live record --eeg '{spec}' --participant 01"
        done = subprocess.run(
            ["bash", "-c", f"ulimit -f 300; exec {record} --out '{out}' --duration 60"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            timeout=200,
            check=False,
        )
    said = log.read_text()
    assert done.returncode == 2, said
    assert "goes on in" in said
    assert "Nothing is recorded any more." in said
    assert "Traceback" not in said
    first, second = (next(root.rglob("session.xdf")) for root in (out, tmp_path / "data"))
    repair_any(first.parent)
    repair_any(second.parent)
    kept = [amp_samples(file) for file in (first, second)]
    assert all(len(one) > 100 for one in kept)
    joined = np.concatenate(kept)
    np.testing.assert_array_equal(np.diff(joined), 1, "not one sample between the two is missing")


def amp_samples(file: Path) -> np.ndarray[Any, Any]:
    stream = open_session(file).file.named("Amp")
    assert stream is not None
    return np.asarray(stream.numbers[:, 0])


@pytest.mark.timeout(300)
def test_a_replay_is_recorded_like_any_other_amplifier(tmp_path: Path) -> None:
    """Its streams are called MilmerLive-Replay and so on, and are not ours for that."""
    stimuli = markers()
    with amplifiers(("MilmerLive-Replay", 32, 128.0)) as (replay,):
        process = start(
            *("--eeg", f"lsl:source_id={replay}", "--require", f"lsl:source_id={replay}"),
            *("--participant", "01"),
            *("--markers", f"lsl:source_id={stimuli.get_info().source_id()}"),
            *("--out", tmp_path, "--duration", "5", "--wait", "60"),
        )
        output, complaints = process.communicate()
    assert process.returncode == 0, complaints
    assert "Nothing comes" not in output, "markers are rare"
    assert open_session(session_of(output)).recording().info.name == "MilmerLive-Replay"


@pytest.mark.timeout(300)
def test_a_recording_ends_by_itself_after_its_time(tmp_path: Path) -> None:
    with amplifiers(("Cap", 32, 128.0)) as (cap,):
        process = start(
            *("--eeg", f"lsl:source_id={cap}", "--participant", "01"),
            *("--out", tmp_path, "--duration", "5", "--wait", "60"),
        )
        output, complaints = process.communicate()

    assert process.returncode == 0, complaints
    assert complaints == ""
    assert "Cap: whole" in output
    assert "Read back: as it was written" in output
    assert "Whole: all that was required is in the file." in output
    assert open_session(session_of(output)).file.is_intact


@pytest.mark.timeout(300)
def test_channels_that_the_amplifier_does_not_name_are_named_by_the_user(tmp_path: Path) -> None:
    with amplifiers(("Bare", 4, 128.0), labelled=False) as (bare,):
        process = start(
            *("--eeg", f"lsl:source_id={bare}", "--channels", "Fp1, Fp2,Cz,Oz"),
            *(
                "--unit",
                "uV",
                "--participant",
                "01",
                "--out",
                tmp_path,
                "--duration",
                "4",
                "--wait",
                "60",
            ),
        )
        output, complaints = process.communicate()

    assert process.returncode == 0, complaints
    session = open_session(session_of(output))
    assert session.recording().info.channel_names == ("Fp1", "Fp2", "Cz", "Oz")
    stream = session.file.named("Bare")
    assert stream is not None
    assert len(stream.numbers) > 100


@pytest.mark.timeout(300)
def test_names_and_unit_that_nobody_states_are_asked_for_and_the_stream_is_recorded(
    tmp_path: Path,
) -> None:
    with amplifiers(("Bare", 4, 128.0), labelled=False) as (bare,):
        process = start(
            *("--eeg", f"lsl:source_id={bare}", "--participant", "01"),
            *("--out", tmp_path, "--duration", "4", "--wait", "20"),
        )
        output, _ = process.communicate()
    assert "'Bare' has 4 EEG channels without a name." in output
    assert "--channels Fp1,Fp2,…" in output
    assert "does not state its unit. Say it: --unit uV." in output
    assert "model runs" not in output
    stream = open_session(session_of(output)).file.named("Bare")
    assert stream is not None
    assert len(stream.numbers) > 100


@pytest.mark.timeout(300)
def test_the_unit_that_the_user_says_is_kept_beside_the_description(tmp_path: Path) -> None:
    with amplifiers(("Bare", 4, 128.0), labelled=False) as (bare,):
        process = start(
            *("--eeg", f"lsl:source_id={bare}", "--unit", "mV", "--channels", "Fp1,Fp2,Cz,Oz"),
            *("--participant", "01", "--out", tmp_path, "--duration", "4", "--wait", "60"),
        )
        output, complaints = process.communicate()
    assert process.returncode == 0, complaints
    assert "--unit" not in output
    folder = session_of(output)
    stream = open_session(folder).file.named("Bare")
    assert stream is not None
    assert "<device_unit>mV</device_unit>" in stream.header.xml
    (device,) = json.loads((folder / "session.json").read_text())["devices"]
    assert device["unit"] == "mV"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"asked_of_camera": {"width": 640, "height": 0}}, "go together"),
        ({"participant": "../x"}, "participant"),
        ({"recording": {"video": "full"}}, "consent"),
        ({"eeg": ("nothing",)}, "names no EEG source"),
        ({"camera": "nothing"}, "names no camera source"),
        ({"markers": ("camera:0",)}, "names no markers"),
    ],
)
def test_what_cannot_be_recorded_is_refused_before_a_file_is_made(
    tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    options = RecordOptions(
        eeg=("lsl:Cap",),
        camera=None,
        markers=(),
        participant="01",
        out=tmp_path,
        duration_s=1.0,
        recording={},
        checkpoint=None,
    )
    with pytest.raises(ConfigError, match=said):
        run_recording(dataclasses.replace(options, **changed), Console())

    assert list(tmp_path.iterdir()) == []


def test_what_a_download_says_is_printed_when_the_recording_has_begun() -> None:
    console = Console(file=StringIO(), width=100)
    later = Later(console)
    later.print("Fetching [35 MB] ...")
    console.print("Recording into a folder")
    later.release()
    later.print("Fetched")
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines == ["Recording into a folder", "Fetching [35 MB] ...", "Fetched"]
