"""Live windows are those that training builds from the file: through real LSL, in uneven chunks,
at every usual rate and number of channels."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pylsl
import pytest
from live_tools import QUICK, ScriptedFrames, WatchingPredictor, frame, wait_until, whole_frame

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.clock import LSLClock
from milmer_live.config import FilterSettings, Preprocessing
from milmer_live.errors import SourceFormat
from milmer_live.live.engine import Engine
from milmer_live.processing.eeg.pipeline import preprocess
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Float32, Recording, Window, frozen

CLOCK = LSLClock()
SECONDS = 1.6
FPS = 25.0
EIGHT = ("Fp1", "Fp2", "C3", "C4", "T5", "T6", "O1", "O2")
SIXTY_FOUR = (*MODEL_CHANNELS, *(f"X{number}" for number in range(32)))


def recording(names: Sequence[str], rate: float) -> Recording:
    """Drifting noise with an offset, as electrodes have it."""
    rng = np.random.default_rng(round(rate) + len(names))
    walk = rng.normal(0, 8, (round(SECONDS * rate), len(names))).cumsum(axis=0)
    eeg = (walk + rng.normal(0, 10_000, len(names))).astype(np.float32)
    info = EEGInfo("parity", f"parity-{uuid.uuid4()}", tuple(names), rate)
    return Recording(info, frozen(eeg), np.arange(len(eeg)) / rate, participant="p", name="p")


def outlet(info: EEGInfo) -> pylsl.StreamOutlet:
    described = pylsl.StreamInfo(
        info.name, "EEG", info.n_channels, info.sample_rate, "float32", info.source_id
    )
    channels = described.desc().append_child("channels")
    for name in info.channel_names:
        channel = channels.append_child("channel")
        channel.append_child_value("label", name)
        channel.append_child_value("unit", "microvolts")
        channel.append_child_value("type", "EEG")
    return pylsl.StreamOutlet(described)


def uneven(n_samples: int) -> Iterator[slice]:
    """Cuts of 1 to 150 ms."""
    rng, first = np.random.default_rng(3), 0
    while first < n_samples:
        last = min(n_samples, first + int(rng.integers(1, max(2, n_samples // 10))))
        yield slice(first, last)
        first = last


def from_file(played: Recording) -> list[Window]:
    planner = WindowPlanner(QUICK.window)
    eeg: Float32 = preprocess(played, QUICK)
    spans = [planner.samples(index) for index in range(planner.count(len(eeg)))]
    return [planner.assemble(index, eeg[a:b], {}) for index, (a, b) in enumerate(spans)]


def first_frames(index: int) -> list[int]:
    """The frame that training takes for each slot of a window: the first in it."""
    planner = WindowPlanner(QUICK.window)
    slots = [planner.slot(number / FPS) for number in range(round(SECONDS * FPS))]
    return [slots.index(slot) for slot in planner.slots(index)]


@pytest.mark.parametrize(
    ("rate", "names"),
    [
        (128.0, MODEL_CHANNELS),
        (250.0, EIGHT),
        (256.0, MODEL_CHANNELS),
        (500.0, SIXTY_FOUR),
        (512.0, EIGHT),
        (1000.0, SIXTY_FOUR),
    ],
)
def test_live_windows_are_those_of_the_file(rate: float, names: tuple[str, ...]) -> None:
    played, predictor = recording(names, rate), WatchingPredictor()
    expected = from_file(played)
    assert len(expected) > 5
    stream, begin = outlet(played.info), CLOCK.now()
    frames = [frame(begin + n / FPS, n) for n in range(round(SECONDS * FPS))]
    source = LSLSource(source_id=played.info.source_id, timeout_s=20.0)
    engine = Engine(source, ScriptedFrames(frames), predictor, whole_frame, QUICK, CLOCK)
    engine.start()
    try:
        engine.wait_connected(20.0)
        wait_until(lambda: engine.snapshot().counters.frames_received == len(frames))
        for part in uneven(len(played.eeg)):
            stream.push_chunk(played.eeg[part], (begin + played.times[part]).tolist())
            wait_until(partial(has_received, engine, part.stop))
            wait_until(lambda: all_are_predicted(engine))
        wait_until(lambda: predictor.windows[-1].index == len(expected) - 1, 20.0)
        counters = engine.snapshot().counters
    finally:
        engine.stop()
    assert (counters.samples_lost, counters.eeg_gaps, counters.samples_late) == (0, 0, 0)
    assert len(predictor.windows) >= len(expected) // 2
    for window in predictor.windows:
        assert window.eeg_valid
        np.testing.assert_allclose(window.eeg, expected[window.index].eeg, rtol=0, atol=1e-4)
        shown = [face.frame_index for face in window.faces if face is not None]
        assert shown == first_frames(window.index)


@pytest.mark.parametrize("reference", ["M1", "M2"])
def test_a_broken_channel_breaks_live_what_it_breaks_in_the_file(reference: str) -> None:
    """M1 gives no numbers for ten samples: where it is read the file has to be cut there."""
    names, broken = (*MODEL_CHANNELS, "M1", "M2"), slice(80, 90)
    filters = FilterSettings(reference="channels", reference_channels=(reference,))
    settings = QUICK.model_copy(update={"filters": filters})
    played = recording(names, 128.0)
    eeg = played.eeg.copy()
    eeg[broken, names.index("M1")] = np.nan
    played = replace(played, eeg=frozen(eeg))
    expected = (
        around(broken, played, settings) if reference == "M1" else preprocess(played, settings)
    )
    stream, begin = outlet(played.info), CLOCK.now()
    source = LSLSource(source_id=played.info.source_id, timeout_s=20.0)
    engine = Engine(source, None, None, whole_frame, settings, CLOCK)
    engine.start()
    try:
        engine.wait_connected(20.0)
        for part in uneven(len(eeg)):
            stream.push_chunk(eeg[part], (begin + played.times[part]).tolist())
            wait_until(partial(has_received, engine, part.stop))
        wait_until(lambda: len(shown(engine)) == len(expected))
        counters = engine.snapshot().counters
    finally:
        engine.stop()
    np.testing.assert_allclose(shown(engine), expected, rtol=0, atol=1e-4)
    found = (counters.samples_unusable, counters.eeg_gaps)
    assert found == ((10, 1) if reference == "M1" else (0, 0))


def around(broken: slice, played: Recording, settings: Preprocessing) -> Float32:
    """What the file gives once it is cut, with NaN for what was cut out."""
    with pytest.raises(SourceFormat, match="not numbers, in M1"):
        preprocess(played, settings)
    parts = (slice(0, broken.start), slice(broken.stop, None))
    pieces = (replace(played, eeg=played.eeg[one], times=played.times[one]) for one in parts)
    before, after = (preprocess(piece, settings) for piece in pieces)
    gap = np.full((broken.stop - broken.start, 32), np.nan, dtype=np.float32)
    return np.concatenate([before, gap, after])


def shown(engine: Engine) -> Float32:
    view = engine.model_eeg(10.0)
    return np.empty((0, 32), dtype=np.float32) if view is None else view.data


def has_received(engine: Engine, count: int) -> bool:
    return engine.snapshot(eeg_seconds=0.0).counters.samples_received == count


def all_are_predicted(engine: Engine) -> bool:
    counters = engine.snapshot(eeg_seconds=0.0).counters
    return counters.predictions + counters.windows_skipped == counters.windows_planned
