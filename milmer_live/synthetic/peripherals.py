"""DEAP's channels 33 to 40: eyes, muscles, skin, breath, pulse, temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milmer_live.samples import Float64
from milmer_live.synthetic.affect import (
    AffectTrace,
    SlowCurve,
)
from milmer_live.synthetic.artifacts import blink_curve
from milmer_live.synthetic.brain import (
    Band,
    noise,
)

N_PERIPHERALS = 8


@dataclass(frozen=True, slots=True)
class Body:
    """What is a participant's own: breaths and heartbeats a second, skin temperature."""

    breath_hz: float
    heart_hz: float
    skin_celsius: float


def draw_body(rng: np.random.Generator) -> Body:
    return Body(rng.uniform(0.2, 0.3), rng.uniform(1.0, 1.4), rng.uniform(30, 34))


def peripheral_signals(
    rng: np.random.Generator, body: Body, times: Float64, trace: AffectTrace
) -> Float64:
    """(8, n_times): hEOG, vEOG, zEMG, tEMG in µV; GSR in Ω less its mean; respiration and
    plethysmograph in the amplifier's units; temperature in °C."""
    arousal = trace.felt_at(times)[:, 1]
    smile = np.maximum(trace.bursts.at(times)[:, 0], 0)
    muscle = noise(rng, 2, times, Band(40.0, 15.0))
    skin = np.cumsum(np.maximum(arousal, 0)) * (times[1] - times[0])
    return np.stack(
        [
            _gaze(rng, times),
            180 * blink_curve(times, trace.blinks) + 8 * rng.standard_normal(len(times)),
            (4 + 25 * smile) * muscle[0],
            (6 + 2 * arousal) * muscle[1],
            SlowCurve.draw(rng, 250.0).at(times) - 40 * (skin - skin.mean()),
            2000 * np.sin(_phase(times, body.breath_hz * (1 + 0.2 * arousal))),
            _pulse(_phase(times, body.heart_hz * (1 + 0.08 * arousal))),
            body.skin_celsius + SlowCurve.draw(rng, 0.05, 20.0).at(times),
        ]
    )


def _gaze(rng: np.random.Generator, times: Float64) -> Float64:
    """Saccades: steps between places where the eyes rest."""
    jumps = np.sort(rng.uniform(times[0], times[-1], rng.poisson(1.2 * len(times) / 128)))
    levels = rng.normal(0, 40, len(jumps) + 1)
    return np.asarray(levels[np.searchsorted(jumps, times)] + 6 * rng.standard_normal(len(times)))


def _phase(times: Float64, hz: Float64) -> Float64:
    return np.asarray(2 * np.pi * np.cumsum(hz) * (times[1] - times[0]))


def _pulse(phase: Float64) -> Float64:
    """A pressure wave with its dicrotic notch: two harmonics."""
    return np.asarray(1500 * (np.sin(phase) + 0.35 * np.sin(2 * phase + 0.8)))
