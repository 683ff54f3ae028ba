"""Power spectra of what is on the screen. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milmer_live.samples import Float32, Float64

BANDS: tuple[tuple[str, float, float], ...] = (
    ("delta", 1.0, 4.0),
    ("theta", 4.0, 8.0),
    ("alpha", 8.0, 13.0),
    ("beta", 13.0, 30.0),
    ("gamma", 30.0, 45.0),
)


@dataclass(frozen=True, slots=True)
class Spectrum:
    """`frequencies` (n,) Hz and `density` (n, n_channels) µV²/Hz."""

    frequencies: Float64
    density: Float64

    def band_powers(self) -> Float64:
        """(5, n_channels) µV², in the order of `BANDS`; 0 for a band above the rate's reach."""
        step = float(self.frequencies[1] - self.frequencies[0])
        powers = [
            self.density[(self.frequencies >= low) & (self.frequencies < high)].sum(axis=0) * step
            for _, low, high in BANDS
        ]
        return np.asarray(powers, dtype=np.float64)


def welch(data: Float32, rate: float, segment_s: float = 2.0) -> Spectrum | None:
    """Welch 1967: Hann windows of `segment_s` that overlap by half, their mean removed.

    `data` (n_samples, n_channels) µV, finite; None where it is shorter than one segment. Given
    here rather than by scipy.signal, whose import alone would cost the first paint 0.9 s.
    """
    length = round(segment_s * rate)
    if length < 8 or len(data) < length:
        return None
    window = np.hanning(length + 1)[:-1]
    starts = range(0, len(data) - length + 1, length // 2)
    segments = np.stack([data[start : start + length] for start in starts]).astype(np.float64)
    segments -= segments.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(segments * window[:, np.newaxis], axis=1)) ** 2
    density = power.mean(axis=0) / (rate * (window**2).sum())
    density[1 : None if length % 2 else -1] *= 2  # the negative frequencies' half
    frequencies = np.arange(len(density), dtype=np.float64) * (rate / length)
    return Spectrum(frequencies, np.asarray(density, dtype=np.float64))


def decibels(density: Float64) -> Float64:
    """10 log10 of µV²/Hz; -60 dB and less is -60 dB."""
    return np.asarray(10 * np.log10(np.maximum(density, 1e-6)), dtype=np.float64)
