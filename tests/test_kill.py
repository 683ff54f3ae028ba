"""`kill -9` while a session is recorded, by a real process: at most a second is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pyxdf

from milmer_live.bench.record_until_killed import FRAME_RATE, RATE
from milmer_live.bench.recording import killed_recording
from milmer_live.storage.repair import repair
from milmer_live.storage.sessions import unfinished_sessions
from milmer_live.storage.video import VideoFrames


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
