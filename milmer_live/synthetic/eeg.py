"""A trial's 40 channels as DEAP's preprocessed files have them."""

from __future__ import annotations

import numpy as np
from scipy import signal

from milmer_live.samples import Float64
from milmer_live.synthetic.affect import (
    BASELINE_S,
    STIMULUS_S,
    AffectTrace,
)
from milmer_live.synthetic.artifacts import (
    blink_curve,
    blink_potential,
    muscle_potential,
    sensor_noise,
)
from milmer_live.synthetic.brain import Brain
from milmer_live.synthetic.effects import EffectSizes
from milmer_live.synthetic.peripherals import (
    Body,
    peripheral_signals,
)

SAMPLE_RATE = 128.0
N_TIMES = round((BASELINE_S + STIMULUS_S) * SAMPLE_RATE)
BAND_HZ = (4.0, 45.0)  # of DEAP's preprocessing


def trial_times() -> Float64:
    """(8064,) seconds since the stimulus began; the first is -3."""
    return np.arange(N_TIMES) / SAMPLE_RATE - BASELINE_S


def synthesize_eeg(
    rng: np.random.Generator, brain: Brain, trace: AffectTrace, effects: EffectSizes
) -> Float64:
    """(32, 8064) µV: band-passed, then referenced to the common average, as in DEAP."""
    times = trial_times()
    raw = brain.activity(rng, times, trace.felt_at(times))
    closed = blink_curve(times, trace.blinks)
    raw += blink_potential(brain.sites, closed, effects.blink_uv)
    raw += muscle_potential(rng, brain.sites, times, effects.muscle_uv)
    raw += sensor_noise(rng, times, brain.channel_noise_uv)
    sos = signal.butter(3, BAND_HZ, btype="bandpass", fs=SAMPLE_RATE, output="sos")
    filtered = signal.sosfiltfilt(sos, raw, axis=1)
    return np.asarray(filtered - filtered.mean(axis=0), dtype=np.float64)


def synthesize_channels(
    rng: np.random.Generator, brain: Brain, body: Body, trace: AffectTrace, effects: EffectSizes
) -> Float64:
    """(40, 8064): the EEG and DEAP's eight peripheral channels."""
    eeg = synthesize_eeg(rng, brain, trace, effects)
    return np.concatenate([eeg, peripheral_signals(rng, body, trial_times(), trace)])
