"""Ratings of a participant's trials: all quadrants, a spread, some exactly in the middle."""

from __future__ import annotations

import numpy as np

from milmer_live.samples import Float64, Quadrant
from milmer_live.synthetic.effects import EffectSizes


def draw_ratings(rng: np.random.Generator, n_trials: int, effects: EffectSizes) -> Float64:
    """(n_trials, 4) valence, arousal, dominance, liking from 1 to 9, in hundredths.

    The four quadrants (high means > 5) come equally often; which of them get what is left
    over is drawn. Only low ratings are moved to exactly 5, so that this stays so under the
    default label rule.
    """
    even = rng.permutation(4)[np.arange(n_trials) % 4]
    quadrants = [Quadrant(index) for index in rng.permutation(even)]
    high = np.array([(one.high_valence, one.high_arousal) for one in quadrants])
    distance = 0.2 + 3.8 * rng.beta(2.0, 1.5, (n_trials, 2))
    affect = np.where(high, 5 + distance, 5 - distance)
    affect[~high & (rng.random((n_trials, 2)) < effects.exact_fives)] = 5.0
    dominance = 5 + 0.3 * (affect[:, 0] - 5) + rng.normal(0, 1.5, n_trials)
    liking = 5 + 0.8 * (affect[:, 0] - 5) + rng.normal(0, 1.2, n_trials)
    ratings = np.column_stack([affect, dominance, liking])
    return np.asarray(np.round(np.clip(ratings, 1.0, 9.0), 2), dtype=np.float64)
