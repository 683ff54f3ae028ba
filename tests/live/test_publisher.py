"""Other programs read over LSL what ours predicts, and what befalls it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pylsl
import pytest

from milmer_live.catalogue import EventKind
from milmer_live.config import QualitySettings
from milmer_live.events import Event
from milmer_live.live.publisher import Publisher
from milmer_live.processing.eeg.quality import (
    ChannelQuality,
    assess,
)
from milmer_live.samples import Distance, Float32, Prediction, frozen

LABELS = [
    *("HAHV", "LAHV", "LALV", "HALV", "valence", "arousal"),
    *("eeg_quality", "face_present", "enough_signal", "smoothing_delay"),
    *("coverage", "in_range"),
]


def three_of_four_usable() -> tuple[ChannelQuality, ...]:
    noise = np.random.default_rng(1).normal(0, 5, (256, 4)).astype(np.float32)
    noise[:, 3] = 1.0
    return assess(noise, ("Fp1", "Fp2", "Cz", "Oz"), 128.0, QualitySettings())


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher(three_of_four_usable)
    yield publisher
    publisher.close()


def inlet(source_id: str) -> Any:
    (found,) = pylsl.resolve_byprop("source_id", source_id, 1, 10.0)
    opened = pylsl.StreamInlet(found, recover=False)
    opened.open_stream(10.0)
    return opened


def shares(*values: float) -> Float32:
    return np.asarray(frozen(np.array(values, dtype=np.float32)))


def test_each_prediction_is_a_labelled_sample_at_the_end_of_its_window(
    publisher: Publisher,
) -> None:
    reader = inlet(publisher.source_id)
    described = ElementTree.fromstring(reader.info(10.0).as_xml())
    assert described.findtext("name") == "MilmerLive-Predictions"
    labels = [channel.findtext("label") for channel in described.iter("channel")]
    assert labels == LABELS
    publisher.publish(Prediction(0, 1234.5, shares(0.5, 0.125, 0.125, 0.25)))
    poor = Prediction(
        1,
        1235.0,
        shares(0.0, 0.0, 0.0, 1.0),
        eeg_used=False,
        faces_used=False,
        enough=False,
        delay_s=1.25,
    )
    publisher.publish(poor)
    strange = Prediction(2, 1236.0, shares(1.0, 0.0, 0.0, 0.0), distance=Distance(eeg=1.5))
    publisher.publish(strange)
    first, second, third = (reader.pull_sample(10.0) for _ in range(3))
    assert first == ([0.5, 0.125, 0.125, 0.25, 0.25, 0.5, 0.75, 1.0, 1.0, 0.0, 1.0, 1.0], 1234.5)
    values, stamp = second
    assert np.isnan(values[:6]).all(), "nothing may be read as an emotion"
    assert (values[6:], stamp) == ([0.0, 0.0, 0.0, 1.25, 0.0, 1.0], 1235.0)
    assert np.isnan(third[0][:6]).all()
    assert third[0][-1] == 0.0, "out of range, with enough signal"
    assert third[0][8] == 1.0


def test_events_are_markers_with_their_times(publisher: Publisher) -> None:
    reader = inlet(f"{publisher.source_id}-events")
    publisher.publish_event(Event(77.25, EventKind.SILENT, "amplifier", {"kind": "EEG"}))
    assert reader.pull_sample(10.0) == (["EEG silent: amplifier"], 77.25)


def test_a_closed_publisher_takes_what_comes_late() -> None:
    publisher = Publisher(tuple)
    publisher.close()
    publisher.publish(Prediction(0, 1.0, shares(1, 0, 0, 0)))
    publisher.publish_event(Event(1.0, EventKind.FACES_SOUGHT))
    publisher.close()
