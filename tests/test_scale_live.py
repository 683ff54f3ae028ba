"""EEG in another unit than it states: said, with the likely one, and no emotion is named of it."""

from __future__ import annotations

import uuid

import numpy as np
import pylsl
import pytest
from live_tools import QUICK, WatchingPredictor, wait_until, whole_frame

from milmer_live.acquisition.lsl import LSLSource
from milmer_live.clock import LSLClock
from milmer_live.live.engine import Engine
from milmer_live.samples import MODEL_CHANNELS, Prediction

RATE = 128.0


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("size", "says"),
    [(20e-6, "likely in V (--unit V)"), (20_000.0, "likely in nV (--unit nV)")],
)
def test_another_unit_than_is_stated_is_named_and_no_emotion(size: float, says: str) -> None:
    source_id = f"amp-{uuid.uuid4()}"
    info = pylsl.StreamInfo("Amp", "EEG", 32, RATE, "double64", source_id)
    channels = info.desc().append_child("channels")
    for name in MODEL_CHANNELS:
        channel = channels.append_child("channel")
        for tag, text in (("label", name), ("unit", "microvolts"), ("type", "EEG")):
            channel.append_child_value(tag, text)
    outlet = pylsl.StreamOutlet(info)
    rng = np.random.default_rng(3)
    clock = LSLClock()
    heard: list[Prediction] = []
    engine = Engine(
        LSLSource(source_id=source_id), None, WatchingPredictor(), whole_frame, QUICK, clock
    )
    engine.on_prediction.append(heard.append)
    engine.start()
    try:
        engine.wait_connected(20.0)
        start = clock.now() - 8.0
        for n in range(0, round(8 * RATE), 16):
            stamps = (start + (n + np.arange(16)) / RATE).tolist()
            outlet.push_chunk(rng.normal(0, size, (16, 32)).tolist(), stamps)
        wait_until(lambda: says in engine.snapshot().fault, 60.0)
        wait_until(lambda: len(heard) > 1 and heard[-1].time > start + 6.0, 60.0)
        status = engine.snapshot().sources[0]
    finally:
        engine.stop()
    late: list[Prediction] = [one for one in heard if one.time > start + 3.0]
    assert late
    assert not any(one.is_known for one in late)
    assert "scale" in dict(status.problems), "the balance says it as well"
