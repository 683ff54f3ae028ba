"""What a participant feels during a trial, and when it shows: the one cause of EEG and face.

Times are seconds since the stimulus began; the baseline is before 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milmer_live.samples import Float64
from milmer_live.synthetic.effects import EffectSizes

STIMULUS_S = 60.0
BASELINE_S = 3.0
RISE_S, FALL_S = 0.15, 0.25  # of an expression; Schmidt et al. 2006 give 0.1 to 0.5 s for smiles


def felt(ratings: Float64, compression: float) -> Float64:
    """Affect from -1 to 1 of ratings from 1 to 9; a compression below 1 makes a rating of 6
    count for more than a quarter of a 9."""
    centred = (np.asarray(ratings, dtype=np.float64) - 5.0) / 4.0
    return np.sign(centred) * np.abs(centred) ** compression


@dataclass(frozen=True, slots=True)
class SlowCurve:
    """A smooth curve of mean 0 and standard deviation `sd`, the same at whatever rate it is
    asked for: a sum of sines with periods from 5 to 25 s."""

    sd: float
    hz: Float64
    phase: Float64

    @classmethod
    def draw(cls, rng: np.random.Generator, sd: float, fastest_s: float = 5.0) -> SlowCurve:
        periods = rng.uniform(fastest_s, 5 * fastest_s, 5)
        return cls(sd, 1 / periods, rng.uniform(0, 2 * np.pi, 5))

    def at(self, times: Float64) -> Float64:
        angle = 2 * np.pi * np.multiply.outer(times, self.hz) + self.phase
        swing = self.sd * np.sqrt(2 / len(self.hz))
        return np.asarray(swing * np.sin(angle).sum(axis=-1), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Bursts:
    """Expressions: (n,) onset and length in seconds, (n, 2) what they show of valence and
    arousal, from -1 to 1."""

    onset: Float64
    length: Float64
    shown: Float64

    def at(self, times: Float64) -> Float64:
        """(n_times, 2) valence and arousal of the face; 0 is neutral."""
        since = np.subtract.outer(np.asarray(times, dtype=np.float64), self.onset)
        rise = np.clip(since / RISE_S, 0, 1)
        fall = np.clip((self.length - since) / FALL_S, 0, 1)
        envelope = _smooth(rise) * _smooth(fall)
        return np.asarray(envelope @ self.shown, dtype=np.float64)


def _smooth(share: Float64) -> Float64:
    return share * share * (3 - 2 * share)


@dataclass(frozen=True, slots=True)
class AffectTrace:
    """Valence and arousal as felt (`mean` plus a slow drift), as shown, and the blinks."""

    mean: Float64
    drift: tuple[SlowCurve, SlowCurve]
    bursts: Bursts
    blinks: Float64

    def felt_at(self, times: Float64) -> Float64:
        """(n_times, 2) valence and arousal, about from -1 to 1; neutral before the stimulus."""
        drift = np.stack([curve.at(times) for curve in self.drift], axis=-1)
        onset = _smooth(np.clip(np.asarray(times) / 1.0 + 0.5, 0, 1))
        return np.clip(self.mean * onset[:, np.newaxis] + drift, -1.25, 1.25)


def draw_trace(
    rng: np.random.Generator, valence: float, arousal: float, effects: EffectSizes
) -> AffectTrace:
    """The course of a trial that is then rated `valence` and `arousal`, 1 to 9."""
    mean = felt(np.array([valence, arousal]), effects.compression)
    drift = (SlowCurve.draw(rng, effects.drift), SlowCurve.draw(rng, effects.drift))
    return AffectTrace(mean, drift, _draw_bursts(rng, mean, effects), _draw_blinks(rng, mean[1]))


def _draw_bursts(rng: np.random.Generator, mean: Float64, effects: EffectSizes) -> Bursts:
    room = int(3 * STIMULUS_S / (0.5 + effects.burst_gap_s)) + 10
    length = rng.uniform(0.5, 1.5, room)
    gap = rng.gamma(2.0, effects.burst_gap_s / 2.0, room)
    onset = np.cumsum(gap) + np.concatenate([[0.0], np.cumsum(length)[:-1]])
    strength = rng.uniform(0.75, 1.0, room)
    strength[rng.random(room) < effects.mild_bursts] /= 3
    shown = np.tile(mean, (room, 1))
    false = rng.random(room) < effects.false_bursts
    shown[false] = rng.uniform(-1, 1, (room, 2))[false]
    kept = onset < STIMULUS_S
    return Bursts(onset[kept], length[kept], (strength[:, np.newaxis] * shown)[kept])


def _draw_blinks(rng: np.random.Generator, arousal: float) -> Float64:
    """(n,) seconds, about 15 a minute (Bentivoglio et al. 1997), fewer when aroused; from the
    baseline on."""
    gaps = 0.6 + rng.gamma(2.0, (1.7 + 0.4 * arousal), 120)
    times = np.cumsum(gaps) - BASELINE_S
    return np.asarray(times[times < STIMULUS_S], dtype=np.float64)
