"""`milmer-live demo` as a user without a screen starts it: LSL, video, Milmer, window, report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from milmer_live.acquisition.replay.playlist import Playlist
from milmer_live.config import LabelRule
from milmer_live.errors import DatasetError
from milmer_live.runs.playback import demo_playlist
from milmer_live.runs.recognizer import spread
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Label, Quadrant, Recording

LINE = re.compile(r"\s*(\d+\.\d)s\s+(\w{4}|----)\s+(\w{4})\s+(?:\d\.\d\d\s+){4}\d+ ms")


@pytest.mark.timeout(300)
def test_the_demo_runs_off_screen_and_loses_no_sample(tmp_path: Path) -> None:
    picture = tmp_path / "demo.png"
    command = [sys.executable, "-m", "milmer_live", "demo", "--duration", "8"]
    command += ["--screenshot", str(picture)]
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    without_screen = {key: value for key, value in os.environ.items() if key not in hidden}
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env=without_screen
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    lines = [match for match in map(LINE.fullmatch, result.stdout.splitlines()) if match]
    assert len(lines) >= 3
    assert {match[3] for match in lines} <= {quadrant.name for quadrant in Quadrant}
    counts = re.search(r"EEG samples:\s+(\d+) sent, (\d+) received", result.stdout)
    assert counts is not None
    assert counts[1] == counts[2]
    assert int(counts[1]) > 384
    assert re.search(r"Accuracy:\s+\d+\.\d%", result.stdout)
    assert re.search(r"Latency:\s+median \d+ ms, p99 \d+ ms", result.stdout)
    _is_a_window(picture)


def _is_a_window(picture: Path) -> None:
    import cv2

    image = cv2.imread(str(picture))
    assert image is not None
    assert image.shape == (800, 1280, 3)
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 1000


def _recording(name: str, valence: float, arousal: float) -> Recording:
    info = EEGInfo("test", "test", MODEL_CHANNELS, 128.0)
    return Recording(
        info=info,
        eeg=np.zeros((8064, 32), np.float32),
        times=np.arange(8064) / 128.0,
        participant="s01",
        name=name,
        labels=(Label(3.0, 63.0, valence, arousal, name),),
    )


def _quadrants(playlist: Playlist) -> list[Quadrant | None]:
    labels = [item.recording.labels[0] for item in playlist.items]
    return [LabelRule().quadrant(label.valence, label.arousal) for label in labels]


def test_the_demo_goes_round_the_quadrants() -> None:
    recordings = [
        _recording(f"s01/trial{number:02}", valence, arousal)
        for number, (valence, arousal) in enumerate([(8, 8), (8, 2), (2, 2), (2, 8), (7, 7)])
    ]
    playlist = demo_playlist(recordings, LabelRule(), excerpt_s=12.0, length_s=90.0, seed=3)
    assert playlist.duration_s >= 90.0
    for first in range(0, len(playlist.items), 4):
        assert set(_quadrants(playlist)[first : first + 4]) == set(Quadrant)
    for item in playlist.items:
        assert item.start_s >= 3.0
        assert item.stop_s <= 63.0


def test_a_demo_without_ratings_says_so() -> None:
    unrated = _recording("s01/trial01", 5.0, 5.0)
    with pytest.raises(DatasetError, match="rating"):
        demo_playlist([unrated], LabelRule(at_threshold="drop"), 12.0, 30.0, 0)


def test_latencies_are_told_as_median_and_p99() -> None:
    assert spread(np.array([0.010, 0.020, 0.030])) == "median 20 ms, p99 30 ms"
