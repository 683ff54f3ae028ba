"""The causal filter of a stream. Its state is explicit, so that chunks of any size give the
same samples as the whole signal at once. What it costs is a delay, and that is known."""

from __future__ import annotations

import numpy as np

from milmer_live.catalogue import Code
from milmer_live.config import FilterSettings
from milmer_live.errors import ConfigError
from milmer_live.messages import Message
from milmer_live.processing.lazy_scipy import signal
from milmer_live.samples import Float32, Float64


def design(settings: FilterSettings, sample_rate: float) -> Float64:
    """Second-order sections (n_sections, 6) of the chain. Raises ConfigError.

    Butterworth band-pass (scipy.signal.butter) and an IIR notch of quality 30 at the mains
    frequency and its harmonics below Nyquist.
    """
    nyquist = sample_rate / 2
    highest = max(settings.low_hz, settings.high_hz, settings.notch_hz)
    if highest >= nyquist:
        raise ConfigError(
            Message(Code.FILTER_TOO_HIGH, edge=highest, least=2 * highest, rate=sample_rate),
            Message(Code.LOWER_FILTER),
        )
    sections = [_band(settings, sample_rate)]
    if settings.notch_hz:
        for harmonic in np.arange(settings.notch_hz, nyquist, settings.notch_hz):
            sections.append(signal.tf2sos(*signal.iirnotch(harmonic, 30.0, fs=sample_rate)))
    return np.concatenate(sections).astype(np.float64)


def _band(settings: FilterSettings, sample_rate: float) -> Float64:
    low, high = settings.low_hz, settings.high_hz
    edges = [edge for edge in (low, high) if edge]
    if not edges:
        return np.empty((0, 6))
    kind = "bandpass" if low and high else "highpass" if low else "lowpass"
    corner = edges if len(edges) == 2 else edges[0]  # scipy takes no list of one
    sos = signal.butter(settings.order, corner, btype=kind, fs=sample_rate, output="sos")
    return np.asarray(sos, dtype=np.float64)


class CausalFilter:
    """Re-reference and filter a stream chunk by chunk."""

    def __init__(self, settings: FilterSettings, sample_rate: float) -> None:
        self.settings = settings
        self._sample_rate = sample_rate
        self._sos = design(settings, sample_rate)
        self._state: Float64 | None = None

    def reset(self) -> None:
        """Forget the past: for the first chunk after a gap."""
        self._state = None

    def delay_s(self, frequency_hz: float = 10.0) -> float:
        """Group delay in seconds, by default at 10 Hz, in the middle of the alpha band."""
        sections = (
            signal.group_delay((section[:3], section[3:]), w=[frequency_hz], fs=self._sample_rate)
            for section in self._sos
        )
        return float(sum(delay[0] for _, delay in sections)) / self._sample_rate

    def process(self, data: Float32 | Float64) -> Float32:
        """(n_samples, n_channels) µV in and out. Starts settled on the first sample.

        The average reference is of these channels; named ones are subtracted before, by the
        pipeline, since a device has references that the model knows nothing of.
        """
        signal_in = np.asarray(data, dtype=np.float64)
        if self.settings.reference == "average":
            signal_in = signal_in - signal_in.mean(axis=1, keepdims=True)
        if not len(self._sos) or not len(signal_in):
            return signal_in.astype(np.float32)
        if self._state is None:
            settled = signal.sosfilt_zi(self._sos)
            self._state = settled[:, :, np.newaxis] * signal_in[0]
        filtered, self._state = signal.sosfilt(self._sos, signal_in, axis=0, zi=self._state)
        return np.asarray(filtered, dtype=np.float32)
