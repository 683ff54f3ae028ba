"""Relative log band power of windows: what a classifier without a network is given of the EEG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from milmer_live.samples import MODEL_CHANNELS, Float32, Float64
from milmer_live.training.data.dataset import (
    Samples,
    TrialSet,
)

Bands = Mapping[str, tuple[float, float]]

# Hz; the last two are where muscles of the face and neck are strongest (Goncharova et al. 2003).
BANDS: Bands = {
    "delta": (1, 4),
    "theta": (4, 8),
    "alpha": (8, 13),
    "low beta": (13, 20),
    "high beta": (20, 30),
    "gamma": (30, 45),
}
BELOW_20_HZ: Bands = {name: band for name, band in BANDS.items() if band[1] <= 20}

# Over the temporal muscle: the temporal electrodes of the 10-20 system.
TEMPORAL = ("F7", "F8", "T7", "T8", "P7", "P8")
NOT_TEMPORAL = tuple(name for name in MODEL_CHANNELS if name not in TEMPORAL)

# Added to every power, µV², so that a channel that is silent has one, too.
_FLOOR_UV2 = 1e-6


def band_powers(
    trials: TrialSet,
    samples: Samples,
    bands: Bands = BANDS,
    channels: Sequence[str] = MODEL_CHANNELS,
) -> Float64:
    """(n, n_channels * n_bands) logarithms of each band's share of the channel's power."""
    columns = [MODEL_CHANNELS.index(name) for name in channels]
    n_times = trials.settings.n_times
    table = np.empty((len(samples), len(columns) * len(bands)))
    for trial in np.unique(samples.trial).tolist():
        rows = np.flatnonzero(samples.trial == trial)
        eeg = trials.trials[trial].eeg[columns]
        windows = np.stack([eeg[:, s : s + n_times] for s in samples.start[rows].tolist()])
        powers = _powers(windows, trials.settings.sample_rate, bands)
        shares = powers / powers.sum(axis=2, keepdims=True)
        table[rows] = np.log(shares).reshape(len(rows), -1)
    return table


def _powers(windows: Float32, rate: float, bands: Bands) -> Float64:
    """(n, n_channels, n_bands) power of `windows` (n, n_channels, n_times), each with a Hann
    window over it."""
    n_times = windows.shape[2]
    spectrum = np.abs(np.fft.rfft(windows * np.hanning(n_times), axis=2)) ** 2
    hz = np.fft.rfftfreq(n_times, 1 / rate)
    powers = [spectrum[:, :, (hz >= low) & (hz < high)].sum(axis=2) for low, high in bands.values()]
    return np.stack(powers, axis=2).astype(np.float64) + _FLOOR_UV2
