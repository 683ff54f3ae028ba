"""A rate that is not the announced one, and channels that are not, are named within 3 s."""

from __future__ import annotations

import numpy as np
import pytest
from live_tools import ScriptedEEG

from milmer_live.clock import FakeClock
from milmer_live.live.sources.side_streams import SideStream
from milmer_live.live.sources.signal_judge import SignalJudge
from milmer_live.live.workers import Faults
from milmer_live.samples import EEGChunk, EEGInfo, Float64

RATE, CHUNK = 250.0, 20
INFO = EEGInfo("Belt", "id-belt", ("breath", "pulse"), RATE)


def chunks(times: Float64) -> list[EEGChunk]:
    data = np.zeros((len(times), 2), dtype=np.float32)
    return [
        EEGChunk(data[start : start + CHUNK], times[start : start + CHUNK], start)
        for start in range(0, len(times), CHUNK)
    ]


def at(rate: float, seconds: float) -> Float64:
    return 1000.0 + np.arange(round(seconds * rate)) / rate


def problems(times: Float64, info: EEGInfo = INFO) -> tuple[tuple[str, str], ...]:
    judge = SignalJudge(info)
    for chunk in chunks(times):
        judge.add(chunk)
    return judge.problems


@pytest.mark.parametrize("rate", [125.0, 200.0, 275.0, 500.0, 1000.0])
def test_a_wrong_rate_is_named_within_three_seconds(rate: float) -> None:
    ((about, said),) = problems(at(rate, 3.0))
    assert about == "rate"
    assert f"It sends {rate:.1f} Hz instead of 250 Hz" in said


@pytest.mark.parametrize(("rate", "named"), [(250.0, 0), (251.0, 0), (240.0, 1), (262.0, 1)])
def test_a_small_difference_takes_longer_and_a_tiny_one_is_none(rate: float, named: int) -> None:
    assert problems(at(rate, 3.0)) == ()
    assert len(problems(at(rate, 25.0))) == named


def test_jitter_gaps_wild_stamps_and_stalls_are_no_rate() -> None:
    rng = np.random.default_rng(0)
    jitter = at(RATE, 30.0) + rng.uniform(-0.02, 0.02, 7500)
    gap = at(RATE, 30.0)
    gap[3000:] += 5.0
    wild = at(RATE, 30.0)
    wild[19::400] = 1e18
    held_up = at(RATE, 30.0)
    held_up[2000:2040] = held_up[2039]
    unix = 1.7e9 + at(RATE, 30.0)
    for times in (jitter, gap, wild, held_up, unix):
        assert problems(times) == ()


@pytest.mark.parametrize(("factor", "unit"), [(1e3, "milliseconds"), (1e9, "nanoseconds")])
def test_stamps_of_another_unit_are_named_within_three_seconds(factor: float, unit: str) -> None:
    ((about, said),) = problems(factor * (1.7e9 + at(RATE, 3.0)))
    assert about == "unit of its stamps"
    assert said.startswith(f"Its stamps are {unit}, not seconds")


def test_a_description_of_other_channels_and_a_change_of_them_are_named() -> None:
    xml = "<info><desc><channels><channel/><channel/><channel/></channels></desc></info>"
    odd = EEGInfo("Belt", "id", ("1", "2"), RATE, xml=xml)
    assert SignalJudge(odd).problems == (
        ("channels", "It sends 2 channels, and its description names 3."),
    )
    assert SignalJudge(INFO).problems == ()
    assert SignalJudge(EEGInfo("Belt", "id", ("1",), RATE, xml="<torn")).problems == ()
    before = EEGInfo("Belt", "id", ("1", "2", "3"), RATE)
    assert SignalJudge(INFO, before).problems == (
        ("channels since", "It came back with 2 channels instead of 3."),
    )


def test_a_signal_beside_the_eeg_says_what_is_wrong_with_it() -> None:
    clock, faults = FakeClock(1000.0), Faults()
    source = ScriptedEEG(chunks(at(500.0, 4.0)), INFO)
    belt = SideStream("lsl:Belt", source, clock, faults)
    for _ in range(101):
        belt.step()
        clock.advance(0.04)
    status = belt.status(clock.now())
    assert status.spec == "lsl:Belt"
    assert dict(status.problems)["rate"] in status.note
    assert "The signal 'Belt': It sends 500.0 Hz instead of 250 Hz (+100.0%)." in faults.text
