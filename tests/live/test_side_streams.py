"""Streams beside the EEG, of any unit: as they were sent, read again by a program of others."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
import pyxdf
from live_tools import wait_until
from sessions import plan

from milmer_live.clock import FakeClock, LSLClock
from milmer_live.errors import SourceLost
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.sources.side_streams import (
    MarkerStream,
    side_streams,
)
from milmer_live.live.state import EngineSnapshot, EngineState, SourceState, SourceStatus
from milmer_live.live.workers import Faults
from milmer_live.samples import EEGChunk, EEGInfo, Marker
from milmer_live.storage.session.balance import Outcome
from milmer_live.storage.session.card import CARD_NAME
from milmer_live.storage.session.reader import open_session
from milmer_live.ui.language.stream_words import outcome_words
from milmer_live.ui.look.widgets import not_live

RATE = 50.0
COUNT = 200


def outlet(
    name: str, kind: str, sample_format: str, channels: Sequence[tuple[str, str, str]], rate: float
) -> pylsl.StreamOutlet:
    """With a label, a type and a unit a channel, where there are any; else three bare ones."""
    n_channels = len(channels) or 3
    source_id = f"{name}-{uuid.uuid4()}"
    info = pylsl.StreamInfo(name, kind, n_channels, rate, sample_format, source_id)
    described = info.desc().append_child("channels") if channels else None
    for values in channels:
        assert described is not None
        channel = described.append_child("channel")
        for tag, value in zip(("label", "type", "unit"), values, strict=True):
            if value:
                channel.append_child_value(tag, value)
    return pylsl.StreamOutlet(info)


def recorded(
    folder: Path, stream: pylsl.StreamOutlet, samples: list[Any], *, as_markers: bool = False
) -> tuple[dict[str, Any], Path]:
    """What pyxdf reads of a stream that was recorded while it sent `samples`, and the folder."""
    name, spec = stream.get_info().name(), f"lsl:source_id={stream.get_info().source_id()}"
    recorder = Recorder(folder, plan(), LSLClock(), Faults())
    eeg, markers = ((), (spec,)) if as_markers else ((spec,), ())
    (worker,) = side_streams(eeg, markers, recorder.clock, recorder.faults)
    worker.sink = recorder
    recorder.start()
    worker.start()
    assert worker.tried.wait(20.0)
    assert recorder.faults.text == ""
    origin = pylsl.local_clock()
    for number, sample in enumerate(samples):
        stream.push_sample(sample, origin + number / RATE)
    wait_until(lambda: recorder.status.samples.get(name, 0) == len(samples), 20.0)
    worker.stop()
    assert worker.join(10.0)
    recorder.stop()
    assert recorder.join(10.0)
    streams, _ = pyxdf.load_xdf(recorder.status.folder / "session.xdf", dejitter_timestamps=False)
    found = next(one for one in streams if one["info"]["name"] == [name])
    np.testing.assert_allclose(
        found["time_stamps"], origin + np.arange(len(samples)) / RATE, atol=1e-3
    )
    return found, recorder.status.folder


def channels_of(found: dict[str, Any]) -> list[dict[str, list[str]]]:
    return list(found["info"]["desc"][0]["channels"][0]["channel"])


@pytest.mark.parametrize("sample_format", ["float32", "int16", "double64"])
def test_a_signal_that_is_no_voltage_is_recorded_as_it_is(
    tmp_path: Path, sample_format: str
) -> None:
    stream = outlet("Acc", "ACC", sample_format, [(label, "", "g") for label in "xyz"], RATE)
    sent = np.arange(3 * COUNT).reshape(COUNT, 3)

    found, folder = recorded(tmp_path, stream, sent.tolist())

    np.testing.assert_array_equal(found["time_series"], sent)
    info = found["info"]
    assert (info["type"], info["channel_format"]) == (["ACC"], [sample_format])
    assert float(info["nominal_srate"][0]) == RATE
    assert channels_of(found) == [{"label": [label], "unit": ["g"]} for label in "xyz"]
    (device,) = json.loads((folder / CARD_NAME).read_text())["devices"]
    assert (device["kind"], device["name"], device["unit"]) == ("signal", "Acc", "g")
    assert device["channel_names"] == ["x", "y", "z"]


def test_channels_without_a_name_have_their_number(tmp_path: Path) -> None:
    stream = outlet("Gaze", "Gaze", "float32", (), RATE)
    sent = np.arange(3 * COUNT, dtype=np.float32).reshape(COUNT, 3)

    found, _ = recorded(tmp_path, stream, sent.tolist())

    np.testing.assert_array_equal(found["time_series"], sent)
    assert channels_of(found) == [{"label": [number]} for number in "123"]


def test_units_and_types_of_a_mixed_stream_stay_as_they_were_said(tmp_path: Path) -> None:
    rows = [("Cz", "EEG", "mV"), ("skin", "GSR", "µS"), ("", "Trigger", "")]
    stream = outlet("Mixed", "EEG", "float32", rows, RATE)
    sent = np.arange(3 * COUNT, dtype=np.float32).reshape(COUNT, 3)

    found, _ = recorded(tmp_path, stream, sent.tolist())

    np.testing.assert_array_equal(found["time_series"], sent, "in mV, as it was sent")
    assert channels_of(found) == [
        {"label": ["Cz"], "type": ["EEG"], "unit": ["mV"]},
        {"label": ["skin"], "type": ["GSR"], "unit": ["µS"]},
        {"label": ["3"], "type": ["Trigger"]},
    ]


def test_texts_are_markers_also_where_a_rate_is_stated(tmp_path: Path) -> None:
    stream = outlet("Cues", "Markers", "string", [("cue", "", "")], RATE)
    sent = [[f"film {number}"] for number in range(20)]

    found, _ = recorded(tmp_path, stream, sent, as_markers=True)

    assert found["time_series"] == sent
    assert found["info"]["channel_format"] == ["string"]


def test_a_signal_that_is_not_there_does_not_stand_for_the_eeg() -> None:
    """The panels said that the EEG was connecting, and that answers were paused."""
    clock = FakeClock()
    (side,) = side_streams(["lsl:Acc"], [], clock, Faults())
    live = SourceStatus("amp", "EEG", SourceState.LIVE)
    snapshot = EngineSnapshot(EngineState.LIVE, sources=(live, side.status(clock.now())))
    assert snapshot.sources[1].state is SourceState.CONNECTING
    assert not_live(snapshot, "EEG") == ""


class Stimuli:
    """Gives two markers a read, and counts what found its buffer full."""

    def __init__(self) -> None:
        self.lost = 0
        self.sent = 0
        self.is_gone = False

    def open(self) -> str:
        return "Stimuli"

    def read(self, timeout_s: float) -> tuple[Marker, ...]:  # noqa: ARG002 - nothing to wait for
        if self.is_gone:
            raise SourceLost("The markers 'Stimuli' are gone.")
        first, self.sent = self.sent, self.sent + 2
        return tuple(Marker(1000.0 + number, f"tone {number}") for number in (first, first + 1))

    def close(self) -> None:
        pass


def test_markers_that_found_the_buffer_full_are_marked_and_counted(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, plan(), FakeClock(1000.0), Faults())
    source = Stimuli()
    worker = MarkerStream("lsl:Stimuli", source, recorder.clock, recorder.faults)
    worker.record(recorder)
    worker.step()
    for lost in (0, 0, 7, 7, 10):
        source.lost = lost
        worker.step()
    recorder.close()
    (row,) = recorder.status.balance
    assert (row.written, row.gaps, row.gap_samples) == (10, 2, 10)
    assert row.outcome is Outcome.INCOMPLETE
    gaps = open_session(recorder.status.folder).gaps
    assert [(gap.stream, gap.lost, gap.why, gap.start, gap.stop) for gap in gaps] == [
        ("Stimuli", 7, "overflow", 1003.0, 1005.0),
        ("Stimuli", 3, "overflow", 1007.0, 1009.0),
    ]


class Gaze:
    """A user called it markers."""

    def open(self) -> EEGInfo:
        return EEGInfo("Gaze", "eye-1", ("x", "y"), 0.0, "")

    def read(self, timeout_s: float) -> EEGChunk:  # noqa: ARG002 - nothing to wait for
        return EEGChunk(np.full((2, 2), 0.5, np.float32), np.array([1000.0, 1000.01]), 0)

    def close(self) -> None:
        pass


def test_gaze_that_a_user_calls_markers_is_recorded_and_shown_as_a_signal(tmp_path: Path) -> None:
    clock = FakeClock(1000.0)
    recorder = Recorder(tmp_path, plan(), clock, Faults())
    worker = MarkerStream("lsl:Gaze", Gaze(), clock, recorder.faults)
    heard: list[Marker] = []
    worker.hear_markers(heard.append)
    assert worker.status(1000.0).kind == "markers"
    worker.record(recorder)
    worker.step()
    worker.step()
    status = worker.status(1000.0)
    recorder.close()
    assert (status.kind, status.received, heard) == ("signal", 2, [])
    assert worker.recent.view(1000.0) is not None
    (row,) = recorder.status.balance
    assert (row.kind, row.written, row.sentence) == ("signal", 2, "Gaze: whole")
    card = open_session(recorder.status.folder).card
    assert card is not None
    assert [one.name for one in card.devices] == ["Gaze"]


@pytest.mark.parametrize("markers", [True, False])
def test_markers_that_are_lost_say_when_and_not_when_the_last_of_them_came(
    markers: bool, tmp_path: Path
) -> None:
    clock = FakeClock(1000.0)
    recorder = Recorder(tmp_path, plan(), clock, Faults())
    source = Stimuli()
    worker = MarkerStream("lsl:Stimuli", source, clock, recorder.faults)
    worker.record(recorder)
    worker.step()
    if markers:
        worker.step()
    clock.advance(42.0)
    source.is_gone = True
    worker.step()
    clock.advance(10.0)
    recorder.close()
    (row,) = recorder.status.balance
    assert row.outcome is (Outcome.DIED if markers else Outcome.EMPTY)
    assert row.lost_at == 1042.0
    assert "it was lost 42.0 s after it was connected" in row.sentence
    assert "It was lost 42.0 s after it was connected" in "; ".join(outcome_words(row))
