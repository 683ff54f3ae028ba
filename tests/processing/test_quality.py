"""Each fault of a channel is seen within a second or two, graded, and named in words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from milmer_live.config import QualitySettings
from milmer_live.processing.eeg.quality import (
    ChannelQuality,
    QualityLevel,
    QualityMonitor,
    assess,
)
from milmer_live.samples import MODEL_CHANNELS, Float32, Float64

GOOD, FAIR, BAD = QualityLevel.GOOD, QualityLevel.FAIR, QualityLevel.BAD


def eeg(rate: float, seconds: float = 2.0, n_channels: int = 32) -> Float64:
    """(n_samples, n_channels) µV: pink-like noise, alpha and a blink, on offsets of some mV."""
    rng = np.random.default_rng(4)
    times = np.arange(round(rate * seconds)) / rate
    frequencies = np.arange(0.5, 60.0, 0.5)
    parts = rng.normal(0, 4, (2, len(frequencies), n_channels)) / np.sqrt(frequencies)[:, None]
    angles = 2 * np.pi * np.outer(times, frequencies)
    pink = np.sin(angles) @ parts[0] + np.cos(angles) @ parts[1]
    alpha = 10 * np.sin(2 * np.pi * 10 * times)[:, None]
    blink = 150 * np.exp(-(((times - 0.4) / 0.1) ** 2))[:, None] * (np.arange(n_channels) < 2)
    noise = rng.normal(0, 0.5, (len(times), n_channels))
    offsets = rng.normal(0, 5000, n_channels)
    return np.asarray(pink + alpha + blink + noise + offsets, dtype=np.float64)


def judge(data: Float64, rate: float = 250.0) -> tuple[ChannelQuality, ...]:
    names = [f"{name}" for name in MODEL_CHANNELS][: data.shape[1]]
    return assess(data.astype(np.float32), names, rate, QualitySettings())


@pytest.mark.parametrize("rate", [125.0, 128.0, 250.0, 500.0, 1000.0])
def test_good_channels_are_good(rate: float) -> None:
    verdict = judge(eeg(rate), rate)

    assert [entry.name for entry in verdict] == list(MODEL_CHANNELS)
    assert {(entry.level, entry.reasons) for entry in verdict} == {(GOOD, ())}


def flat(column: Float64, _times: Float64) -> Float64:
    return np.asarray(0.01 * (column - column.mean()) + 300, dtype=np.float64)


def dead(column: Float64, _times: Float64) -> Float64:
    return np.zeros_like(column)


def railed(column: Float64, _times: Float64) -> Float64:
    return np.full_like(column, 187_500.0)


def clipped(column: Float64, _times: Float64) -> Float64:
    return np.asarray(np.clip(20 * (column - column.mean()), -150.0, 150.0), dtype=np.float64)


def drifting(speed: float) -> Callable[[Float64, Float64], Float64]:
    return lambda column, times: column + speed * times


def humming(rms: float, hz: float) -> Callable[[Float64, Float64], Float64]:
    return lambda column, times: column + rms * np.sqrt(2) * np.sin(2 * np.pi * hz * times)


def hissing(rms: float) -> Callable[[Float64, Float64], Float64]:
    rng = np.random.default_rng(8)
    return lambda column, _times: column + rng.normal(0, rms, len(column))


@pytest.mark.parametrize(
    ("spoil", "level", "reason"),
    [
        (flat, BAD, "flat (0."),
        (dead, BAD, "flat (0.00 µV)"),
        (railed, BAD, "railed at 188 mV"),
        (clipped, BAD, "of it is cut off)"),
        (drifting(-200.0), FAIR, "drifts by -"),
        (drifting(900.0), BAD, "drifts by "),
        (humming(20.0, 50.0), FAIR, "line noise of 20 µV at 50 Hz"),
        (humming(80.0, 50.0), BAD, "line noise of 80 µV at 50 Hz"),
        (hissing(40.0), BAD, "µV above 50 Hz"),
    ],
)
def test_a_fault_is_named(
    spoil: Callable[[Float64, Float64], Float64], level: QualityLevel, reason: str
) -> None:
    rate = 250.0
    data = eeg(rate)
    data[:, 5] = spoil(data[:, 5], np.arange(len(data)) / rate)

    verdict = judge(data, rate)

    assert verdict[5].level is level
    assert reason in verdict[5].reasons[0]
    assert all(entry.level is GOOD for entry in verdict[:5] + verdict[6:])


def test_mains_of_60_hz_is_found_out() -> None:
    times = np.arange(500) / 250.0
    data = eeg(250.0) + 30 * np.sin(2 * np.pi * 60 * times)[:, None]

    assert {entry.figures.line_hz for entry in judge(data)} == {60.0}
    assert "at 60 Hz" in judge(data)[0].reasons[0]


def test_muscle_on_one_channel_stands_out_among_the_others() -> None:
    """PREP's criterion: what would only be fair is bad where all other channels are quiet."""
    rng = np.random.default_rng(1)
    tense = eeg(250.0)
    tense[:, 7] += rng.normal(0, 14.0, len(tense))
    everywhere = eeg(250.0) + rng.normal(0, 14.0, (500, 32))

    assert judge(tense)[7].level is BAD
    assert "far more than the other channels" in judge(tense)[7].reasons[0]
    assert {entry.level for entry in judge(everywhere)} == {FAIR}


def test_a_sample_that_is_not_a_number_spoils_its_own_channel_only() -> None:
    data = eeg(250.0)
    data[100:103, 4] = np.nan
    data[7, 4] = np.inf

    verdict = judge(data)

    assert (verdict[4].level, verdict[4].reasons) == (BAD, ("4 samples are not numbers",))
    assert all(entry.level is GOOD for entry in verdict[:4] + verdict[5:])


def verdicts(data: Float32, chunk: int) -> list[tuple[ChannelQuality, ...]]:
    monitor = QualityMonitor(MODEL_CHANNELS, 250.0, QualitySettings())
    found = (monitor.process(data[part : part + chunk]) for part in range(0, len(data), chunk))
    return [verdict for verdict in found if verdict is not None]


def test_there_is_a_verdict_each_second_however_the_stream_is_cut() -> None:
    data = eeg(250.0, 5.0).astype(np.float32)

    assert len(verdicts(data, 250)) == 5
    assert verdicts(data, 17) == verdicts(data, 250)
    assert verdicts(data, 1250) == verdicts(data, 250)[-1:]


def test_an_electrode_that_comes_off_is_seen_in_the_next_second() -> None:
    data = eeg(250.0, 5.0).astype(np.float32)
    data[750:, 9] = 3000.0

    levels = [verdict[9].level for verdict in verdicts(data, 50)]

    assert levels == [GOOD, GOOD, GOOD, BAD, BAD]


def test_behind_a_gap_it_starts_anew() -> None:
    monitor = QualityMonitor(MODEL_CHANNELS, 250.0, QualitySettings())
    monitor.process(eeg(250.0, 1.9).astype(np.float32))
    monitor.reset()
    moved = eeg(250.0, 1.0).astype(np.float32) + 8000

    verdict = monitor.process(moved)

    assert verdict is not None
    assert {entry.level for entry in verdict} == {GOOD}


def test_limits_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match=r"line: fair \(60\) must be below bad \(50\)"):
        QualitySettings(line_fair_uv=60.0)


def test_channels_that_have_nothing_of_their_own_are_bad() -> None:
    """As where gel bridges them, or where the reference electrode is off."""
    data = eeg(250.0)
    hum = 30 * np.sin(2 * np.pi * 10 * np.arange(len(data)) / 250.0)
    offsets = np.linspace(-5000, 5000, 32)
    alike = hum[:, None] + offsets
    reason = "the same as most others: bridged, or the reference is off"

    assert {(one.level, one.reasons) for one in judge(alike)} == {(BAD, (reason,))}
    alike[:, :5] = data[:, :5]
    assert [one.level for one in judge(alike)] == [GOOD] * 5 + [BAD] * 27
    data += 1000 * hum[:, None] / 30  # in all, and each has its EEG besides
    assert all(reason not in one.reasons for one in judge(data))
    assert {one.level for one in judge(alike[:, 5:12])} == {GOOD}, "seven are too few to tell"
