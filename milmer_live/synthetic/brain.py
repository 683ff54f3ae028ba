"""One participant's brain: its rhythms, where they come from and what moves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milmer_live.samples import MODEL_CHANNELS, Float64
from milmer_live.synthetic.affect import SlowCurve
from milmer_live.synthetic.effects import EffectSizes
from milmer_live.synthetic.head_model import (
    anywhere,
    electrodes,
    gains,
    near,
)

_LEFT_FRONT = ("AF3", "F3", "F7", "FC5", "FC1")
_RIGHT_FRONT = ("AF4", "F4", "F8", "FC6", "FC2")
_BACK = ("O1", "O2", "PO3", "PO4", "P3", "P4", "Pz")
_CENTRE = ("C3", "C4")
_BETA = ("F3", "F4", "FC1", "FC2", "C3", "C4", "CP1", "CP2", "P3", "P4")
_GAMMA = ("F7", "F8", "FC5", "FC6", "T7", "T8", "P7", "P8", "FC1", "FC2")
N_BACKGROUND = 48


@dataclass(frozen=True, slots=True)
class Band:
    """A spectrum: a bump at `centre_hz`, or where that is 0 a fall of power by 1/f^`width`."""

    centre_hz: float
    width: float

    def amplitude(self, hz: Float64) -> Float64:
        if self.centre_hz:
            return np.asarray(np.exp(-0.5 * ((hz - self.centre_hz) / self.width) ** 2))
        return np.asarray(np.maximum(hz, 0.5) ** (-self.width / 2))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Sources of one band. Log amplitude of source i = valence[i] v + arousal[i] a + its own.

    `map_uv` (32, n_sources): root mean square in µV that each source has at each electrode.
    """

    band: Band
    map_uv: Float64
    valence: Float64
    arousal: Float64
    spontaneous: float

    def signal(self, rng: np.random.Generator, times: Float64, affect: Float64) -> Float64:
        """(32, n_times) µV; `affect` (n_times, 2) valence and arousal."""
        sources = noise(rng, len(self.valence), times, self.band)
        pull = np.stack([self.valence, self.arousal], axis=1) @ affect.T
        if self.spontaneous:
            own = [SlowCurve.draw(rng, self.spontaneous).at(times) for _ in self.valence]
            pull = pull + np.stack(own)
        return np.asarray(self.map_uv @ (sources * np.exp(pull)), dtype=np.float64)


def noise(rng: np.random.Generator, count: int, times: Float64, band: Band) -> Float64:
    """(count, n_times) Gaussian noise of that spectrum, root mean square 1."""
    hz = np.fft.rfftfreq(len(times), times[1] - times[0])
    shape = band.amplitude(hz)
    shape[0] = 0.0
    shape *= len(times) / np.sqrt(2 * (shape**2).sum())
    parts = rng.standard_normal((2, count, len(hz)))
    return np.fft.irfft((parts[0] + 1j * parts[1]) * (shape / np.sqrt(2)), n=len(times), axis=1)


@dataclass(frozen=True, slots=True)
class Brain:
    """Drawn once for a participant."""

    alpha_hz: float
    sites: Float64
    rhythms: tuple[Rhythm, ...]
    channel_gain: Float64
    channel_noise_uv: Float64

    def activity(self, rng: np.random.Generator, times: Float64, affect: Float64) -> Float64:
        """(32, n_times) µV at the electrodes, without artifacts and sensor noise."""
        rhythms = [one.signal(rng, times, affect) for one in self.rhythms]
        total = np.sum(rhythms, axis=0)
        return np.asarray(self.channel_gain[:, np.newaxis] * total, dtype=np.float64)


def draw_brain(rng: np.random.Generator, effects: EffectSizes) -> Brain:
    alpha_hz = float(np.clip(rng.normal(10.0, 0.9), 8.0, 12.0))
    sites = electrodes(rng)
    noisy = rng.random(len(MODEL_CHANNELS)) < effects.bad_channels / len(MODEL_CHANNELS)
    noise_uv = rng.uniform(0.4, 1.0, len(MODEL_CHANNELS)) * np.where(
        noisy, rng.uniform(4, 10, len(noisy)), 1
    )
    return Brain(
        alpha_hz=alpha_hz,
        sites=sites,
        rhythms=_rhythms(rng, sites, alpha_hz, effects),
        channel_gain=np.exp(rng.normal(0, 0.15, len(MODEL_CHANNELS))),
        channel_noise_uv=noise_uv,
    )


def _rhythms(
    rng: np.random.Generator, sites: Float64, alpha_hz: float, effects: EffectSizes
) -> tuple[Rhythm, ...]:
    def rhythm(band: Band, places: Float64, uv: float, arousal: float = 0.0) -> Rhythm:
        own = uv * np.exp(rng.normal(0, 0.25, len(places)))
        return Rhythm(
            band,
            gains(sites, places) * own,
            np.zeros(len(places)),
            np.full(len(places), arousal),
            effects.spontaneous if band.centre_hz else 0.0,
        )

    background = anywhere(N_BACKGROUND, rng)
    exponent = float(rng.normal(1.6, 0.15))
    return (
        rhythm(Band(0.0, exponent), background, 3.0),
        rhythm(Band(6.0, 1.0), near(("Fz", "FC1", "FC2"), rng), 1.5),
        rhythm(Band(alpha_hz, 0.8), near(_BACK, rng), 4.0, -effects.arousal_alpha),
        rhythm(Band(alpha_hz + 0.7, 0.9), near(_CENTRE, rng), 2.0, -effects.arousal_alpha),
        _frontal_alpha(rng, sites, alpha_hz, effects),
        rhythm(Band(20.0, 4.0), near(_BETA, rng), 1.3, effects.arousal_beta),
        rhythm(Band(37.0, 5.0), near(_GAMMA, rng), 0.8, effects.arousal_gamma),
    )


def _frontal_alpha(
    rng: np.random.Generator, sites: Float64, alpha_hz: float, effects: EffectSizes
) -> Rhythm:
    """Alpha in front, which valence moves to the right (Davidson 1992: a left front that is
    active, with little alpha, goes with approach and pleasure)."""
    places = near(_LEFT_FRONT + _RIGHT_FRONT, rng)
    side = np.repeat([-0.5, 0.5], len(_LEFT_FRONT))
    trait = side * rng.normal(0, effects.asymmetry_trait)
    own_uv = 2.2 * np.exp(rng.normal(0, 0.15, len(places)) + trait)
    return Rhythm(
        Band(alpha_hz, 0.9),
        gains(sites, places) * own_uv,
        side * effects.alpha_asymmetry,
        np.full(len(places), -effects.arousal_alpha),
        effects.spontaneous,
    )
