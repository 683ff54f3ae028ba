"""EEG in another unit than it states: said, with the likely one, and no emotion is named of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import numpy as np
import pylsl
import pytest
from live_tools import QUICK, WatchingPredictor, wait_until, whole_frame

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.clock import LSLClock
from milmer_live.live.engine import Engine
from milmer_live.live.state import SourceStatus
from milmer_live.samples import MODEL_CHANNELS, Float64, Prediction

RATE = 128.0


def heard_of(signal: Callable[[int], Float64], says: str) -> tuple[list[Prediction], SourceStatus]:
    """What is predicted of 8 s and more of `signal` (n_samples -> (n_samples, 32)), said to be in
    µV, from 3 s on; until `says` is a fault on screen."""
    source_id = f"amp-{uuid.uuid4()}"
    info = pylsl.StreamInfo("Amp", "EEG", 32, RATE, "double64", source_id)
    channels = info.desc().append_child("channels")
    for name in MODEL_CHANNELS:
        channel = channels.append_child("channel")
        for tag, text in (("label", name), ("unit", "microvolts"), ("type", "EEG")):
            channel.append_child_value(tag, text)
    outlet = pylsl.StreamOutlet(info)
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
        sent = 0

        def is_said() -> bool:
            """What is due is sent meanwhile: a judgement takes two looks, a second apart."""
            nonlocal sent
            while start + (sent + 16) / RATE <= clock.now():
                stamps = (start + (sent + np.arange(16)) / RATE).tolist()
                outlet.push_chunk(signal(16).tolist(), stamps)
                sent += 16
            return says in engine.snapshot().fault

        wait_until(is_said, 60.0)
        wait_until(lambda: bool(heard) and heard[-1].time > start + 6.0, 60.0)
        status = engine.snapshot().sources[0]
    finally:
        engine.stop()
    late = [one for one in heard if one.time > start + 3.0]
    assert late
    return late, status


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("size", "says"),
    [(20e-6, "likely in V (--unit V)"), (20_000.0, "likely in nV (--unit nV)")],
)
def test_another_unit_than_is_stated_is_named_and_no_emotion(size: float, says: str) -> None:
    rng = np.random.default_rng(3)

    late, status = heard_of(lambda n: rng.normal(0, size, (n, 32)), says)

    assert not any(one.is_known for one in late)
    assert "scale" in dict(status.problems), "the balance says it as well"


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("dead", "is_known"), [(16, False), (4, True)])
def test_what_is_left_of_a_cap_must_know_enough(dead: int, is_known: bool) -> None:
    """Half of the electrodes are flat: the others know about half of the model's EEG."""
    rng = np.random.default_rng(3)

    def signal(n: int) -> Float64:
        out = rng.normal(0, 12, (n, 32))
        out[:, :dead] = 0.0
        return out

    late, _ = heard_of(signal, "")

    assert any(one.is_known for one in late) is is_known
