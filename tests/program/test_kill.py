"""`kill -9` while a session is recorded, by a real process: at most a second is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pyxdf

from milmer_live.bench.recording import killed_recording
from milmer_live.bench.senders.record_until_killed import (
    FRAME_RATE,
    RATE,
)
from milmer_live.storage.session.catalogue import unfinished_sessions
from milmer_live.storage.upkeep.repair import repair
from milmer_live.storage.video import VideoFrames
from milmer_live.storage.xdf.reader import read_xdf


@pytest.mark.parametrize("after_s", [0.1, 1.7])
def test_a_killed_recording_opens_after_repair_and_lacks_less_than_a_second(
    tmp_path: Path, after_s: float
) -> None:
    session, samples, frames = killed_recording(tmp_path, after_s)

    assert unfinished_sessions(tmp_path) == (session,), "offered at once, however young"
    report = repair(session / "session.xdf")
    assert unfinished_sessions(tmp_path) == ()

    assert report.backup is not None
    streams, _ = pyxdf.load_xdf(session / "session.xdf")
    data = next(one["time_series"] for one in streams if one["info"]["name"] == ["Amp"])
    np.testing.assert_array_equal(data[:, 0], np.arange(len(data)))
    assert samples - len(data) < RATE
    if after_s > 1:
        film = VideoFrames(session / "face.mkv")
        assert frames - len(list(film.frames())) < FRAME_RATE


@pytest.mark.parametrize("closing_s", [0.0, 0.02, 0.1])
def test_a_recording_killed_while_it_closes_opens_and_lacks_nothing_that_was_drained(
    tmp_path: Path, closing_s: float
) -> None:
    session, samples, _ = killed_recording(tmp_path, 0.5, closing_s)
    path = session / "session.xdf"
    if not read_xdf(path).is_intact:
        repair(path)
    amp = read_xdf(path).named("Amp")
    assert amp is not None
    np.testing.assert_array_equal(amp.numbers[:, 0], np.arange(len(amp.stamps)))
    assert samples - len(amp.stamps) < RATE
