"""The computer's clock is set while a session is recorded: one event, and nothing else changes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sessions import Amplifier, amplifier, recorder, run

from milmer_live.live.recording.recorder import Recorder
from milmer_live.storage.session.card import read_card
from milmer_live.storage.session.catalogue import find_sessions
from milmer_live.storage.session.reader import (
    Session,
    open_session,
)
from milmer_live.storage.session.streams import EVENTS
from milmer_live.storage.upkeep.check import (
    Level,
    check_session,
)
from milmer_live.system.wall_clock import (
    STEP_S,
    WallClock,
    steady_s,
)

NOON = datetime(2025, 1, 31, 12, 0, 0, tzinfo=UTC)
HOUR = 3600.0


@dataclass
class Computer:
    """A computer whose clock can be set. `steady` follows the recorder, or the user's `pass_s`."""

    wall_s: float = NOON.timestamp()
    steady: float = 50.0

    def pass_s(self, seconds: float) -> None:
        self.wall_s += seconds
        self.steady += seconds

    def clock(self) -> WallClock:
        return WallClock(lambda: self.wall_s, lambda: self.steady)


def record(session: Recorder, computer: Computer, amp: Amplifier, seconds: int) -> None:
    for _ in range(seconds):
        session.write_eeg(amp.info, amp.chunk(250))
        run(session, 1.0)
        computer.pass_s(1.0)


def events(session: Session) -> list[str]:
    stream = session.file.named(EVENTS)
    return [] if stream is None else [text for text in stream.texts if "clock" in text]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (HOUR, "The computer's clock was set ahead by 1 h."),
        (-HOUR, "The computer's clock was set back by 1 h."),
        (-3725.0, "The computer's clock was set back by 1 h 2 min 5 s."),
        (2.5, "The computer's clock was set ahead by 2.5 s."),
        (86_400.0, "The computer's clock was set ahead by 24 h."),
    ],
)
def test_a_clock_that_is_set_is_one_event_and_nothing_else(
    tmp_path: Path, step: float, said: str
) -> None:
    computer, amp = Computer(), amplifier()
    session = recorder(tmp_path, day=computer.clock())
    record(session, computer, amp, 5)
    computer.wall_s += step
    record(session, computer, amp, 5)
    session.close()

    folder = session.status.folder
    opened, card = open_session(folder), read_card(folder)
    assert events(opened) == [said]
    assert folder.name == "ses-20250131T120000Z"
    assert datetime.fromisoformat(card.started) == NOON
    assert datetime.fromisoformat(card.ended) - NOON == timedelta(seconds=10)
    assert [one for one in check_session(folder) if one.level is Level.FAULT] == []
    np.testing.assert_array_equal(opened.eeg.numbers[:, 0], np.arange(2500))
    assert opened.gaps == ()
    assert np.diff(opened.eeg.times).max() < 0.005


def test_a_clock_that_is_kept_right_by_small_steps_is_no_event(tmp_path: Path) -> None:
    computer, amp = Computer(), amplifier()
    session = recorder(tmp_path, day=computer.clock())
    for _ in range(10):
        record(session, computer, amp, 1)
        computer.wall_s += 0.2
    session.close()
    assert events(open_session(session.status.folder)) == []


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_the_part_in_the_fallback_folder_follows_the_first_in_name_and_time(
    tmp_path: Path, step: float
) -> None:
    computer, amp = Computer(), amplifier()
    session = recorder(tmp_path / "disk", day=computer.clock(), fallback=tmp_path / "fallback")
    first = session.status.folder
    record(session, computer, amp, 3)
    computer.wall_s += step
    record(session, computer, amp, 2)
    shutil.rmtree(first)
    record(session, computer, amp, 3)
    session.close()

    second = session.status.folder
    assert second != first
    assert "20250131T120005Z" <= second.name.removeprefix("ses-") < "20250131T120009Z"
    assert (second / "before.xdf").is_file()
    assert len(events(open_session(second / "before.xdf"))) == 1


def test_a_session_after_the_clock_was_set_back_meets_no_other(tmp_path: Path) -> None:
    computer = Computer()
    names = []
    for _ in range(3):
        session, amp = recorder(tmp_path, day=computer.clock()), amplifier()
        record(session, computer, amp, 2)
        session.close()
        names.append(session.status.folder.name)
        computer.wall_s -= 2.0

    assert names == ["ses-20250131T120000Z", "ses-20250131T120000Zn2", "ses-20250131T120000Zn3"]
    assert [one.name for one in find_sessions(tmp_path)] == names
    assert all(read_card(one).ended for one in find_sessions(tmp_path))


def test_the_steady_clock_runs_and_the_real_one_was_not_set() -> None:
    before, clock = steady_s(), WallClock()
    assert clock.look() == 0
    assert abs((clock.utc() - datetime.now(UTC)).total_seconds()) < STEP_S
    assert steady_s() >= before
