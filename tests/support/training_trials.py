"""Small trials that can be learned, made in memory or as a DEAP tree, and a network for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.config import WindowSettings
from milmer_live.samples import Quadrant
from milmer_live.storage.crops.files import TrialFaces
from milmer_live.storage.deap.writer import (
    TrialRatings,
    write_dat,
    write_ratings,
)
from milmer_live.training.data.dataset import (
    Trial,
    TrialSet,
)

# A network of 20,000 parameters: what is tested is the training, not the network.
TINY: dict[str, Any] = {
    "backbone_options": {
        "img_size": 32,
        "patch_size": 4,
        "window_size": 4,
        "embed_dim": 8,
        "depths": (1, 1),
        "num_heads": (1, 2),
    },
    "image_size": 32,
    "d_model": 16,
    "heads": 2,
    "feed_forward": 32,
    "queries": 4,
    "cross_attention_layers": 1,
    "encoder_layers": 1,
}

RATING = {
    Quadrant.HAHV: (8, 8),
    Quadrant.LAHV: (8, 2),
    Quadrant.LALV: (2, 2),
    Quadrant.HALV: (2, 8),
}
SLOT_S = 0.3


def make_eeg(quadrant: int, rng: np.random.Generator, seconds: float = 15.0) -> Any:
    """(32, n) float32: the class is the frequency, 6, 10, 16 or 26 Hz."""
    times = np.arange(round(128 * seconds)) / 128
    wave = np.sin(2 * np.pi * (6, 10, 16, 26)[quadrant] * times + rng.uniform(0, 6.28, (32, 1)))
    return (10 * wave + rng.normal(0, 5, (32, len(times)))).astype(np.float32)


def make_faces(quadrant: int, rng: np.random.Generator, slots: range = range(10, 50)) -> TrialFaces:
    """The class is the colour: red, green, blue or yellow."""
    n = len(slots)
    images = rng.integers(0, 80, (n, 32, 32, 3), dtype=np.uint8)
    images += np.array([(120, 0, 0), (0, 120, 0), (0, 0, 120), (120, 120, 0)], np.uint8)[quadrant]
    return TrialFaces(
        images=images,
        slots=np.array(slots, dtype=np.int64),
        times=np.array(slots) * SLOT_S + 0.01,
        boxes=np.zeros((n, 4), np.float32),
        scores=np.ones(n, np.float32),
        frames=np.arange(n, dtype=np.int64),
        empty_slots=0,
    )


def make_trials(participants: int = 3, trials: int = 8, *, faces: bool = True) -> TrialSet:
    """12 s trials after 3 s of baseline, every quadrant equally often."""
    rng = np.random.default_rng(7)
    made = [
        _trial(f"s{who + 1:02d}", number, Quadrant(number % 4), rng, faces)
        for who in range(participants)
        for number in range(trials)
    ]
    return TrialSet(made, WindowSettings())


def _trial(
    participant: str, number: int, quadrant: Quadrant, rng: np.random.Generator, faces: bool
) -> Trial:
    return Trial(
        name=f"{participant}/trial{number + 1:02d}",
        participant=participant,
        label=int(quadrant),
        ratings=RATING[quadrant],
        eeg=make_eeg(quadrant, rng),
        origin=0.0,
        first=384,
        stop=1920,
        faces=make_faces(quadrant, rng) if faces else None,
    )


def write_deap_eeg(
    root: Path, participants: int = 3, trials: int = 8, shift: float = 0.0, seed: int = 3
) -> Path:
    """A DEAP tree without videos; `shift` is added to all ratings."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(1, participants + 1):
        quadrants = [Quadrant(number % 4) for number in range(trials)]
        data = np.zeros((trials, 40, 8064))
        for number, quadrant in enumerate(quadrants):
            data[number, :32] = make_eeg(quadrant, rng, 63.0)
        labels = np.array([(*RATING[quadrant], 5.0, 5.0) for quadrant in quadrants]) + shift
        write_dat(root, who, data, labels)
        for number, ratings in enumerate(labels.tolist(), start=1):
            valence, arousal, dominance, liking = ratings
            rows.append(
                TrialRatings(who, number, number, 0, valence, arousal, dominance, liking, 3)
            )
    write_ratings(root, rows)
    return root
