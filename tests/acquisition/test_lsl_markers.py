"""Markers over real LSL streams on loopback: every one, as text, at its time."""

from __future__ import annotations

import uuid
from typing import Any

import pylsl
import pytest

from milmer_live.acquisition.lsl.listing import FRAMES_TYPE
from milmer_live.acquisition.lsl.markers import LSLMarkers
from milmer_live.acquisition.registry import marker_source
from milmer_live.acquisition.source import notes_of
from milmer_live.errors import ConfigError, SourceFormat, SourceLost, SourceNotFound
from milmer_live.samples import EEGChunk, EEGInfo, Marker


def outlet(sample_format: str = "string", n_channels: int = 1, rate: float = 0.0) -> Any:
    source_id = f"markers-{uuid.uuid4()}"
    return pylsl.StreamOutlet(
        pylsl.StreamInfo("Stimuli", "Markers", n_channels, rate, sample_format, source_id)
    )


def source_of(stream: Any) -> LSLMarkers:
    return LSLMarkers(source_id=stream.get_info().source_id(), timeout_s=10.0)


def read(source: LSLMarkers, count: int) -> list[Marker]:
    found: list[Marker] = []
    while len(found) < count:
        found += source.read(5.0) or ()
    return found


def test_texts_arrive_at_their_times() -> None:
    stream = outlet()
    source = source_of(stream)
    assert source.open() == "Stimuli"
    now = pylsl.local_clock()
    for number in range(20):
        stream.push_sample([f"film {number} µ"], now + number)

    found = read(source, 20)

    assert [one.text for one in found] == [f"film {number} µ" for number in range(20)]
    assert [one.time for one in found] == pytest.approx([now + n for n in range(20)], abs=1e-3)
    assert source.read(0.0) is None
    source.close()


@pytest.mark.parametrize(
    ("sample_format", "sample", "text"),
    [("int32", [4], "4"), ("double64", [0.25], "0.25"), ("string", ["a", "b"], "a | b")],
)
def test_numbers_and_several_channels_are_one_text(
    sample_format: str, sample: list[Any], text: str
) -> None:
    stream = outlet(sample_format, len(sample))
    source = source_of(stream)
    source.open()
    stream.push_sample(sample)

    assert [one.text for one in read(source, 1)] == [text]
    source.close()


def test_a_sender_that_ends_is_noticed() -> None:
    stream = outlet()
    source = source_of(stream)
    source.open()
    del stream

    with pytest.raises(SourceLost, match="'Stimuli' are gone"):
        read(source, 1)
    source.close()
    source.close()


def test_what_is_no_stream_of_markers_is_refused() -> None:
    film = pylsl.StreamOutlet(pylsl.StreamInfo("Film", FRAMES_TYPE, 2, 0.0, "string", "film-9"))
    with pytest.raises(SourceFormat, match="holds pictures") as caught:
        source_of(film).open()
    assert "--camera lsl:source_id=film-9" in caught.value.hint
    with pytest.raises(SourceNotFound, match="nobody"):
        LSLMarkers(source_id="nobody", timeout_s=0.1).open()
    with pytest.raises(ConfigError):
        LSLMarkers()
    with pytest.raises(SourceLost):
        LSLMarkers(name="closed").read(0.0)


@pytest.mark.parametrize(
    ("type_", "rate", "sample_format", "n", "said"),
    [
        ("Gaze", 0.0, "double64", 22, "of the type 'Gaze'"),
        ("Voltage", 0.0, "float32", 3, "of the type 'Voltage'"),
        ("Markers", 2.0, "float32", 1, "at a fixed rate"),
        ("Markers", 0.0, "int32", 1, ""),
        ("Marker", 0.0, "float32", 1, ""),
        ("Codes", 0.0, "int16", 1, ""),
        ("sampledMarkers", 500.0, "string", 1, ""),
    ],
)
def test_numbers_that_are_no_markers_are_a_signal(
    type_: str, rate: float, sample_format: str, n: int, said: str
) -> None:
    source_id = f"numbers-{uuid.uuid4()}"
    info = pylsl.StreamInfo("Numbers", type_, n, rate, sample_format, source_id)
    stream = pylsl.StreamOutlet(info)
    source = marker_source(f"lsl:source_id={source_id}")
    opened = source.open()
    value = "7" if sample_format == "string" else 7
    stream.push_sample([value] * n)
    sample = source.read(20.0)
    notes = notes_of(source)
    if said:
        assert isinstance(opened, EEGInfo)
        assert isinstance(sample, EEGChunk)
        assert (opened.n_channels, sample.data.tolist()) == (n, [[7.0] * n])
        assert notes == (f"'Numbers' is numbers {said}: it is a signal, and recorded as one.",)
    else:
        assert (opened, notes) == ("Numbers", ())
        assert isinstance(sample, tuple)
        assert float(sample[0].text) == 7
    assert notes_of(source) == ()
    source.close()
    del stream
