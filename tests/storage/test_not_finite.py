"""Samples that are not finite: in what is read they are a gap, elsewhere they do no harm, and
whatever is changed meanwhile, the EEG comes back."""

from __future__ import annotations

import numpy as np
import pytest
from live_tools import AtOnce, ScriptedEEG

from milmer_live.clock import FakeClock
from milmer_live.config import FilterSettings, MontageSettings, Preprocessing
from milmer_live.live.signal.buffers import EEGRing
from milmer_live.live.signal.model_feed import RingWriter
from milmer_live.live.sources.eeg_worker import EEGWorker
from milmer_live.live.workers import Faults
from milmer_live.samples import MODEL_CHANNELS, EEGChunk, EEGInfo, Float32, frozen

RATE, CHUNK = 250.0, 25
START = 100.0
EARS = FilterSettings(reference="channels", reference_channels=("M1", "M2"))
NAMES = (*MODEL_CHANNELS, "M1", "M2", "FT9")
LATE_S = 0.2  # the resampler's delay and a chunk


class Line:
    """A device of 35 channels, the worker that reads it, and what comes of it."""

    def __init__(
        self, filters: FilterSettings | None = None, names: tuple[str, ...] = NAMES
    ) -> None:
        settings = Preprocessing(
            filters=filters or FilterSettings(), montage=MontageSettings(min_coverage=0.5)
        )
        self.ring = EEGRing(128 * 60, 32)
        self.faults = Faults()
        self.writer = RingWriter(settings, self.ring, lambda _origin: None)
        self._clock = FakeClock(START)
        self._source = ScriptedEEG([], info=EEGInfo("amp", "a1", names, RATE))
        self._worker = EEGWorker(
            self._source,
            self.writer,
            self._clock,
            self.faults,
            arrived=lambda: None,
            beside=AtOnce(),
        )
        self._names = names
        self._rng = np.random.default_rng(5)
        self._sent = 0
        self._worker.step()

    def run(self, seconds: float, broken: str = "", value: float = np.nan) -> None:
        """`seconds` of noise on offsets, in which the channel `broken` gives `value`."""
        for _ in range(round(seconds * RATE / CHUNK)):
            data = self._rng.normal(0, 10, (CHUNK, len(self._names))).astype(np.float32)
            data += 1000 * np.arange(len(self._names), dtype=np.float32)
            if broken:
                data[:, self._names.index(broken)] = value
            times = START + (self._sent + np.arange(CHUNK)) / RATE
            self._source.script.append(EEGChunk(frozen(data), frozen(times), self._sent))
            self._sent += CHUNK
            self._clock.advance(CHUNK / RATE)
            self._worker.step()

    def newest(self, seconds: float) -> Float32:
        return self.ring.read_last(round(seconds * 128)).data

    @property
    def note(self) -> str:
        return self._worker.status(self._clock.now()).note


def test_a_reference_that_is_no_number_for_a_moment_is_a_gap_and_no_more() -> None:
    line = Line(EARS)
    line.run(3.0)
    line.run(0.1, "M1")
    assert line.faults.text == "The EEG stream 'amp': samples that are not numbers: M1 25."
    line.run(3.0 + LATE_S)

    assert np.isfinite(line.newest(3.0)).all(), "a window later all is well"
    assert (line.writer.unusable, line.writer.gaps) == (25, 1)
    missing = np.isnan(line.newest(6.5)[:, 0]).mean() * 6.5
    assert 0.1 <= missing < 0.1 + LATE_S + 0.1


def test_an_electrode_that_was_bad_and_is_mended_is_taken_back() -> None:
    line = Line()
    line.run(3.0)
    line.run(2.0, "F7")
    assert np.isnan(line.newest(1.0)).all()
    line.writer.mark_bad(["F7"])
    line.run(3.0 + LATE_S, "F7")
    assert np.isfinite(line.newest(3.0)).all(), "its neighbours stand in"
    assert line.faults.text == "", "what is not read is no fault"
    assert "F7 1300" in line.note, "but it is told"
    line.run(0.5)
    line.writer.mark_bad([])
    line.run(3.0)

    out = line.newest(3.5)
    assert np.isfinite(out).all(), "not a sample is lost by the change"
    assert np.abs(out).max() < 100
    assert (line.writer.unusable, line.writer.gaps) == (500, 1)


@pytest.mark.parametrize("healthy_s", [0.0, 0.1, 1.0, 20.0])
def test_a_channel_that_was_no_number_can_become_the_reference(healthy_s: float) -> None:
    line = Line()
    line.run(3.0)
    line.run(0.1, "M1")
    line.run(healthy_s)
    line.writer.change_filters(EARS)
    line.run(2.0)

    out = line.newest(4.0)
    assert np.isfinite(out).all(), "not a sample is lost by the change"
    steps = np.abs(np.diff(out[128:], axis=0)).max()
    assert steps < 150, "it fades"
    assert (line.writer.unusable, line.writer.gaps) == (0, 0)


def test_a_reference_that_broke_and_was_given_up_leaves_nothing_behind() -> None:
    line = Line()
    line.run(3.0)
    line.writer.change_filters(EARS)
    line.run(0.1)
    line.run(0.1, "M2")
    line.writer.change_filters(FilterSettings(reference="average"))
    line.run(0.1, "M2")
    line.writer.change_filters(EARS)
    line.run(3.0 + LATE_S)

    assert np.isfinite(line.newest(3.0)).all()
    assert line.writer.unusable == 25


@pytest.mark.parametrize("name", ["M1", "M2", "FT9"])
def test_a_channel_that_is_not_read_may_break_for_ever(name: str) -> None:
    line = Line()
    line.run(5.0, name)
    for filters in (FilterSettings(low_hz=2.0), FilterSettings(reference="average")):
        line.writer.change_filters(filters)
        line.run(2.0, name, value=np.inf)

    assert np.isfinite(line.newest(8.0)).all()
    assert (line.writer.unusable, line.writer.gaps, line.faults.text) == (0, 0, "")


def test_a_neighbour_that_stands_in_is_read() -> None:
    line = Line()
    line.writer.mark_bad(["F7"])
    line.run(3.0)
    line.run(0.2, "FT9")
    line.run(3.0 + LATE_S)

    assert np.isfinite(line.newest(3.0)).all()
    assert (line.writer.unusable, line.writer.gaps) == (50, 1)


@pytest.mark.parametrize(
    ("filters", "broken", "todo"),
    [
        (EARS, "M1", "Choose another reference than M1, or mend its electrode."),
        (EARS, "F7", "Mark F7 bad (right-click on the trace), and the neighbours stand in."),
    ],
)
def test_a_channel_that_stays_broken_is_named_with_what_to_do(
    filters: FilterSettings, broken: str, todo: str
) -> None:
    line = Line(filters)
    line.run(3.0)
    line.run(2.0, broken)

    wrong = f"The EEG stream 'amp': samples that are not numbers: {broken} 500."
    assert line.faults.text == f"{wrong} While that lasts the model runs without EEG. {todo}"
    line.run(10.1)
    assert line.faults.text == ""


def test_a_channel_is_called_as_its_trace_is() -> None:
    line = Line(names=tuple({"T7": "EEG T3-REF"}.get(name, name) for name in NAMES))
    line.run(2.0, "EEG T3-REF")
    assert "samples that are not numbers: EEG T3-REF 500" in line.faults.text
    assert "Mark EEG T3-REF bad" in line.faults.text
    line.writer.mark_bad(["T7"])
    line.run(3.0 + LATE_S, "EEG T3-REF")
    assert np.isfinite(line.newest(3.0)).all()


def test_what_the_filter_cannot_hold_is_counted_and_it_starts_anew() -> None:
    """The spline weights of a missing channel take such a number beyond float32."""
    line = Line(names=("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2"))
    line.run(3.0)
    line.run(0.1, "Fp1", value=3.4e38)
    line.run(3.0 + LATE_S)

    assert np.isfinite(line.newest(3.0)).all()
    assert np.abs(line.newest(3.0)).max() < 1000
    assert (line.writer.unusable, line.writer.gaps) == (25, 1)


def test_a_filter_that_broke_unseen_does_not_stay_so() -> None:
    """However it came to be: a change from another thread may fall between two looks."""
    line = Line()
    line.run(3.0)
    stream = line.writer._stream
    assert stream is not None
    stream[0]._chain.target.filter._state[:] = np.nan  # type: ignore[index]
    line.run(3.0 + LATE_S)

    assert np.isfinite(line.newest(2.9)).all()
    assert (line.writer.unusable, line.writer.gaps) == (25, 1)


def test_behind_a_reconnection_the_same_channels_are_read() -> None:
    line = Line()
    line.run(1.0)
    line.writer.change_filters(EARS)
    line.writer.connect(EEGInfo("amp", "a1", NAMES, RATE))
    line.run(0.1, "M2")
    line.run(1.0)
    assert np.isfinite(line.newest(0.8)).all()
    assert line.writer.unusable == 25
