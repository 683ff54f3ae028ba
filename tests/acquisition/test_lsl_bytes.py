"""Senders whose texts are bytes of any encoding, and whose descriptions are no XML."""

from __future__ import annotations

import ctypes
import json
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pylsl
import pytest
import pyxdf
from live_tools import read_all, wait_until
from pylsl.lib import lib
from sessions import plan

from milmer_live.acquisition.lsl import qoi
from milmer_live.acquisition.lsl.eeg import (
    LSLSource,
    discover,
)
from milmer_live.acquisition.lsl.frames import (
    KEPT_FRAMES,
    LSLFrames,
    as_sample,
    frames_info,
)
from milmer_live.acquisition.lsl.frames import outlet as frames_outlet
from milmer_live.acquisition.lsl.inlet import OpenInlet
from milmer_live.acquisition.lsl.markers import LSLMarkers
from milmer_live.acquisition.source import lost_of, notes_of
from milmer_live.clock import LSLClock
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.sources.side_streams import side_streams
from milmer_live.live.workers import Faults
from milmer_live.samples import Marker
from milmer_live.storage.session.streams import EVENTS

TEXTS = [
    b"plain",
    "Übung 1".encode(),
    "Übung 2".encode("latin-1"),
    "Preis 5 €".encode("cp1252"),
    "Füße".encode("utf-16"),
    "Füße".encode("utf-16-le"),
    b"",
    b"a\0b",
    b"\x81\x8d\x8f\x90\x9d",
    b"\xf0\x9f\x98\x80",
    b"end",
]
READ_AS = [
    "plain", "Übung 1", "Übung 2", "Preis 5 €", "ÿþF\0ü\0ß\0e\0", "F\0ü\0ß\0e\0", "", "a\0b",
    "\x81\x8d\x8f\x90\x9d", "😀", "end",
]  # fmt: skip


def stream(
    name: bytes,
    source_id: bytes,
    *,
    kind: bytes = b"EEG",
    n_channels: int = 2,
    rate: float = 100.0,
    describe: Callable[[Any], None] = lambda _desc: None,
) -> pylsl.StreamOutlet:
    """An outlet with texts of any encoding, as a C program makes it."""
    handle = lib.lsl_create_streaminfo(
        name, kind, n_channels, ctypes.c_double(rate), pylsl.cf_float32, source_id
    )
    info = pylsl.StreamInfo(handle=handle)
    describe(info.desc().e)
    return pylsl.StreamOutlet(info)


def add(parent: Any, tag: bytes, value: bytes) -> None:
    lib.lsl_append_child_value(parent, tag, value)


def channels(parent: Any, *labels: bytes, unit: bytes = b"microvolts") -> None:
    inner = lib.lsl_append_child(parent, b"channels")
    for label in labels:
        channel = lib.lsl_append_child(inner, b"channel")
        for tag, value in ((b"label", label), (b"unit", unit), (b"type", b"EEG")):
            add(channel, tag, value)


def stimuli(n_channels: int = 1) -> tuple[pylsl.StreamOutlet, str]:
    source_id = f"stim-{uuid.uuid4()}"
    info = pylsl.StreamInfo("stim", "Markers", n_channels, 0.0, "string", source_id)
    return pylsl.StreamOutlet(info), source_id


def read(source: LSLMarkers, count: int) -> list[Marker]:
    found: list[Marker] = []
    while len(found) < count and (markers := source.read(5.0)):
        found += markers
    return found


def test_markers_of_any_bytes_arrive_and_that_they_are_not_utf8_is_said_once() -> None:
    outlet, source_id = stimuli()
    source = LSLMarkers(source_id=source_id, timeout_s=10.0)
    source.open()
    for text in TEXTS:
        outlet.push_sample([text])
    found = read(source, len(TEXTS))
    assert [marker.text for marker in found] == READ_AS
    assert notes_of(source) == ("Texts of 'stim' are not UTF-8. They are read as cp1252.",)
    outlet.push_sample([TEXTS[2]])
    read(source, 1)
    assert notes_of(source) == ()
    source.close()


def test_markers_of_several_channels_and_of_a_megabyte_arrive() -> None:
    outlet, source_id = stimuli(2)
    source = LSLMarkers(source_id=source_id, timeout_s=10.0)
    source.open()
    large = ("é" * (1 << 20)).encode("latin-1")
    for number in range(20):
        outlet.push_sample([b"%d" % number, large])
    found = read(source, 20)
    assert [one.sent.values for one in found if one.sent] == [
        (str(number), large.decode("latin-1")) for number in range(20)
    ]
    source.close()


@pytest.mark.parametrize("stamp", [1.8e12, -5.25, 2.0**60 + 256, np.nan, -np.inf])
def test_the_stamp_of_a_marker_is_the_senders(stamp: float) -> None:
    outlet, source_id = stimuli()
    source = LSLMarkers(source_id=source_id, timeout_s=10.0)
    source.open()
    outlet.push_sample(["x"], stamp)
    (marker,) = read(source, 1)
    assert marker.sent is not None
    np.testing.assert_equal(marker.sent.stamp, stamp)
    source.close()


@pytest.mark.timeout(180)
def test_twenty_thousand_markers_a_second_wait_for_a_reader_that_is_held_up() -> None:
    """None is lost, although nobody reads for ten seconds."""
    outlet, source_id = stimuli()
    source = LSLMarkers(source_id=source_id, timeout_s=10.0)
    source.open()
    pause, start = threading.Event(), pylsl.local_clock()
    for tenth in range(100):
        first = tenth * 2000
        outlet.push_chunk([[b"%d" % number] for number in range(first, first + 2000)])
        pause.wait(max(0.0, start + (tenth + 1) / 10 - pylsl.local_clock()))
    found = read(source, 200_000)
    assert [marker.text for marker in found] == [str(number) for number in range(200_000)]
    assert lost_of(source) == 0
    source.close()


def fill(inlet: OpenInlet, capacity: int) -> None:
    """Wait until it is full, and the rest has come as well."""
    wait_until(lambda: inlet.available == capacity)
    threading.Event().wait(0.5)


def test_markers_that_find_the_buffer_full_are_counted_and_said() -> None:
    outlet, source_id = stimuli()
    source = LSLMarkers(source_id=source_id, timeout_s=10.0, kept=100)
    source.open()
    for number in range(150):
        outlet.push_sample([b"%d" % number], 1000.0 + number)
    inlet = source._inlet
    assert inlet is not None
    fill(inlet, 100)
    found = read(source, 100)
    first, *others = [int(marker.text) for marker in found]
    assert first in (49, 50), "the oldest, which may be on its way when the buffer is full"
    assert others == [*range(51, 150)]
    assert lost_of(source) == 1
    assert notes_of(source) == ("The buffer of the LSL stream 'stim' was full: samples are lost.",)
    source.close()
    assert lost_of(source) == 1


def test_samples_that_find_the_buffer_full_are_counted_and_a_jump_in_the_count() -> None:
    """Of a stream of 1 Hz 360 samples are kept; the stamps tell how many are missing."""
    outlet = stream(b"slow", b"slow-1", rate=1.0, describe=lambda d: channels(d, b"Cz", b"Pz"))
    source = LSLSource(source_id="slow-1", timeout_s=10.0)
    source.open()
    outlet.push_sample([0.0, 0.0], 1000.0)
    (before,) = read_all(source, 1)
    data = np.repeat(np.arange(1, 501, dtype=np.float32)[:, np.newaxis], 2, axis=1)
    outlet.push_chunk(data, [1000.0 + number for number in range(1, 501)])
    inlet = source._reception._inlet
    assert inlet is not None
    fill(inlet, 360)
    chunks = read_all(source, 360)
    assert (len(before), sum(map(len, chunks))) == (1, 360)
    assert chunks[0].first_index == 141
    assert chunks[0].data[0, 0] == 141.0
    assert lost_of(source) == 140
    source.close()
    del outlet


def test_frames_that_find_the_buffer_full_are_counted_by_their_numbers() -> None:
    source_id = f"film-{uuid.uuid4()}"
    outlet = frames_outlet(frames_info("film", source_id, (8, 8)))
    source = LSLFrames(source_id=source_id, timeout_s=10.0)
    source.open()
    picture = qoi.Encoder().encode(np.zeros((8, 8, 3), np.uint8))
    outlet.push_sample(as_sample(0, picture), 1000.0)
    assert source.read(5.0) is not None
    for number in range(1, 131):
        outlet.push_sample(as_sample(number, picture), 1000.0 + number)
    inlet = source._reception._inlet
    assert inlet is not None
    fill(inlet, 100)
    frames = [frame for _ in range(KEPT_FRAMES) if (frame := source.read(1.0)) is not None]
    assert [frame.index for frame in frames] == list(range(131 - KEPT_FRAMES, 131))
    assert (source.read(0.0), source.dropped) == (None, 130 - KEPT_FRAMES)
    assert notes_of(source) == ("The buffer of the LSL stream 'film' was full: samples are lost.",)
    source.close()
    del outlet


LATIN = "Müller Meßtechnik".encode("latin-1")


def deep(parent: Any) -> None:
    channels(parent, b"Cz", b"Pz")
    for _ in range(5000):
        parent = lib.lsl_append_child(parent, b"n")
    add(parent, b"n", b"bottom")


def large(parent: Any) -> None:
    channels(parent, b"Cz", b"Pz")
    for _ in range(50_000):
        add(parent, b"calibration", b"x" * 80)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("describe", "said"),
    [
        (lambda d: add(d, b"serial", b"AB\x03\x1f"), "2 characters that XML cannot hold replaced"),
        (lambda d: add(d, b"maker", LATIN), "1 text read as cp1252"),
        (lambda d: add(d, b"maker", b"A & B < C"), ""),
        (lambda d: add(d, b"maker", b"\xef\xbb\xbfbom"), ""),
        (lambda d: add(d, b"serial number", b"1"), ""),
        (lambda d: add(d, b"a:b", b"1"), "1 tag name changed"),
        (deep, "tags below level 100 kept as text"),
        (large, ""),
    ],
    ids=["control", "latin-1", "ampersand", "bom", "space", "colon", "deep", "large"],
)
def test_a_stream_of_any_description_is_recorded(
    tmp_path: Path, describe: Callable[[Any], None], said: str
) -> None:
    source_id = f"odd-{uuid.uuid4()}"
    outlet = stream(b"odd", source_id.encode(), describe=describe)
    recorder = Recorder(tmp_path, plan(), LSLClock(), Faults())
    (worker,) = side_streams([f"lsl:source_id={source_id}"], (), recorder.clock, recorder.faults)
    worker.sink = recorder
    recorder.start()
    worker.start()
    try:
        assert worker.tried.wait(30.0)
        assert recorder.faults.text == ""
        for number in range(50):
            outlet.push_sample([float(number), -1.0], 1000.0 + number)
        wait_until(lambda: recorder.status.samples.get("odd", 0) == 50, 30.0)
    finally:
        worker.stop()
        recorder.stop()
    assert worker.join(10.0)
    assert recorder.join(30.0)
    streams, _ = pyxdf.load_xdf(recorder.status.folder / "session.xdf", dejitter_timestamps=False)
    (found,) = [one for one in streams if one["info"]["name"] == ["odd"]]
    assert found["time_series"][:, 0].tolist() == list(range(50))
    (events,) = [one for one in streams if one["info"]["name"] == [EVENTS]]
    cleaned = [text for (text,) in events["time_series"] if "description" in text]
    assert len(cleaned) == bool(said)
    assert said in "".join(cleaned)
    assert json.loads((recorder.status.folder / "session.json").read_text())["samples"]["odd"] == 50
    del outlet


def test_names_of_any_bytes_are_listed_and_found() -> None:
    odd = "EEG Büro €".encode("cp1252")
    outlet = stream(odd, "Büro-1".encode("latin-1"), kind="Überwachung".encode("latin-1"))
    listing = next(one for one in discover() if one.source_id == "Büro-1")
    assert (listing.name, listing.kind) == ("EEG Büro €", "Überwachung")
    for query in ({"name": "EEG Büro €"}, {"source_id": "Büro-1"}, {"type": "Überwachung"}):
        source = LSLSource(**query, as_sent=True, timeout_s=10.0)  # type: ignore[arg-type]
        assert source.open().name == "EEG Büro €"
        notes = notes_of(source)
        assert (
            "The name of the LSL stream 'EEG Büro €' is not UTF-8. It was read as cp1252." in notes
        )
        source.close()
    del outlet


def test_labels_and_units_of_any_bytes_are_read() -> None:
    micro = "µV".encode("latin-1")
    labels = ("Ohrläppchen".encode("latin-1"), b"Cz")
    outlet = stream(b"ear", b"ear-1", describe=lambda d: channels(d, *labels, unit=micro))
    source = LSLSource(source_id="ear-1", timeout_s=10.0)
    info = source.open()
    assert (info.channel_names, info.unit) == (("Ohrläppchen", "Cz"), "µV")
    assert info.unusable == ""
    assert ElementTree.fromstring(info.xml).findtext("source_id") == "ear-1"
    source.close()
    del outlet
