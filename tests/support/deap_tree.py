"""Small data sets in DEAP's layout for tests: 40 channels of 8064 samples, few trials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float64, UInt8
from milmer_live.storage.deap.layout import video_path
from milmer_live.storage.deap.writer import (
    TrialRatings,
    write_dat,
    write_ratings,
)
from milmer_live.storage.video import VideoWriter

# (valence, arousal) by Experiment_id: one trial a class, then one with two fives
AFFECT = ((7.5, 8.0), (6.25, 2.0), (3.0, 1.5), (2.0, 7.75), (5.0, 5.0))

# (Trial, Experiment_id): no trial is at its own place
PRESENTED = {1: 3, 2: 5, 3: 4, 4: 1, 5: 2}


def eeg_data(participant: int, n_trials: int = 5) -> Float64:
    """(n_trials, 40, 8064) µV, each trial and channel with a mean of its own."""
    rng = np.random.default_rng(participant)
    data = rng.normal(0, 10, (n_trials, 40, 8064))
    data += np.arange(n_trials)[:, None, None] + np.arange(40)[None, :, None] / 100
    return data


def labels(n_trials: int = 5) -> Float64:
    """(n_trials, 4) valence, arousal, dominance, liking."""
    return np.array([(*AFFECT[row], 4.5, 6.0) for row in range(n_trials)])


def rating_rows(participant: int) -> list[TrialRatings]:
    return [
        TrialRatings(
            participant, trial, experiment, trial * 1000, *AFFECT[experiment - 1], 4.5, 6.0, 3
        )
        for trial, experiment in PRESENTED.items()
    ]


def write_tree(root: Path, participants: Sequence[int] = (1,)) -> Path:
    """Pickles as Python 2 wrote them, and the ratings; no videos."""
    for participant in participants:
        write_dat(root, participant, eeg_data(participant), labels())
    write_ratings(root, [row for number in participants for row in rating_rows(number)])
    return root


def write_video(
    root: Path, participant: int, trial: int, *, fps: float = 5, n_frames: int = 300, shade: int = 0
) -> Path:
    """A face of 60 s that moves a little; `shade` tells videos apart."""
    path = video_path(root, participant, trial)
    path.parent.mkdir(parents=True, exist_ok=True)
    with VideoWriter(path, fps, (320, 240)) as video:
        for index in range(n_frames):
            video.write(draw_face(round(12 * np.sin(index / 9)), shade))
    return path


def draw_face(shift: int = 0, shade: int = 0) -> UInt8:
    """(240, 320, 3): enough of a face for BlazeFace to score it 0.9."""
    image: NDArray[np.uint8] = np.full((240, 320, 3), (120, 130, 100 + shade), np.uint8)
    x, y = 160 + shift, 120
    cv2.ellipse(image, (x, y - 14), (58, 72), 0, 0, 360, (60, 40, 30), -1)
    cv2.ellipse(image, (x, y), (50, 64), 0, 0, 360, (224, 180, 150), -1)
    for eye in (x - 20, x + 20):
        cv2.ellipse(image, (eye, y - 12), (10, 6), 0, 0, 360, (250, 250, 250), -1)
        cv2.circle(image, (eye, y - 12), 5, (60, 40, 20), -1)
        cv2.line(image, (eye - 12, y - 26), (eye + 12, y - 26), (60, 40, 30), 4)
    cv2.line(image, (x, y - 6), (x - 5, y + 14), (180, 130, 110), 3)
    cv2.line(image, (x - 5, y + 14), (x + 6, y + 14), (180, 130, 110), 3)
    cv2.ellipse(image, (x, y + 32), (18, 8), 0, 0, 360, (180, 80, 80), -1)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.2), dtype=np.uint8)
