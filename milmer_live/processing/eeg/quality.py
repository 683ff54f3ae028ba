"""How good each channel of a device is, once a second, and why.

Looks at the device's own samples, before any montage or filter: a filter would hide the
drift and the mains, and a flat channel is flat only there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from milmer_live.config import QualitySettings
from milmer_live.processing.lazy_scipy import signal
from milmer_live.samples import Bool, Float32, Float64

HIGH_HZ = 50.0  # PREP's border between EEG and noise
LINE_HALF_WIDTH_HZ = 1.0
MIN_CHANNELS_TO_COMPARE = 8
MIN_CLIPPED_RUN = 3  # equal samples in a row at an extreme; a signal turns in one or two
STEP_S = 1.0


class QualityLevel(Enum):
    """FAIR: to be looked after; BAD: not to be used."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class QualityFigures:
    """What was measured. `line_hz` is 0 where the rate does not reach the mains; `own_uv` is what
    the channel has beside the median of all, NaN where there are too few to tell."""

    std_uv: float
    offset_uv: float
    clipped_share: float
    drift_uv_s: float
    line_uv: float
    line_hz: float
    high_uv: float
    high_z: float
    not_finite: int
    own_uv: float = math.nan


@dataclass(frozen=True, slots=True)
class ChannelQuality:
    """One channel of the device at one moment; `reasons` in words, the worst first."""

    name: str
    level: QualityLevel
    reasons: tuple[str, ...]
    figures: QualityFigures


class QualityMonitor:
    """Watches a stream. The same samples give the same verdicts, however they are cut."""

    def __init__(self, names: Sequence[str], sample_rate: float, settings: QualitySettings) -> None:
        self.settings = settings
        self._names = tuple(names)
        self._rate = sample_rate
        self._step = round(STEP_S * sample_rate)
        self._length = round(settings.window_s * sample_rate)
        self._chunks: list[Float32] = []
        self._until_next = self._step

    def reset(self) -> None:
        """Forget the past: for the first chunk after a gap."""
        self._chunks = []
        self._until_next = self._step

    def process(self, data: Float32) -> tuple[ChannelQuality, ...] | None:
        """`data` (n_samples, n_channels) µV as the device sent them. The newest verdict, one
        a channel, or None where no second has become full."""
        verdict = None
        while len(data) >= self._until_next:
            window = np.concatenate([*self._chunks, data[: self._until_next]])[-self._length :]
            verdict = assess(window, self._names, self._rate, self.settings)
            self._chunks = [window]
            data = data[self._until_next :]
            self._until_next = self._step
        self._chunks.append(data.copy())
        self._until_next -= len(data)
        return verdict


def assess(
    data: Float32, names: Sequence[str], sample_rate: float, settings: QualitySettings
) -> tuple[ChannelQuality, ...]:
    """The quality of each channel of `data` (n_samples, n_channels) µV, one second or more."""
    figures = _measure(data.astype(np.float64), sample_rate, settings)
    return tuple(
        _judge(name, figure, settings) for name, figure in zip(names, figures, strict=True)
    )


def _measure(data: Float64, rate: float, settings: QualitySettings) -> list[QualityFigures]:
    finite = np.isfinite(data)
    data = np.where(finite.all(axis=0), data, 0.0)
    newest = data[-round(STEP_S * rate) :]
    slopes = _slopes(data)
    line_hz, line, high = _noise(_level(data, slopes), rate, settings.mains_hz)
    columns = zip(
        newest.std(axis=0),
        newest.mean(axis=0),
        _clipped_shares(newest),
        slopes * rate,
        line,
        high,
        _robust_z(high),
        np.count_nonzero(~finite, axis=0),
        _own(newest),
        strict=True,
    )
    return [
        QualityFigures(
            std_uv=float(std),
            offset_uv=float(offset),
            clipped_share=float(clipped),
            drift_uv_s=float(slope),
            line_uv=float(line_uv),
            line_hz=line_hz,
            high_uv=float(high_uv),
            high_z=float(z),
            not_finite=int(broken),
            own_uv=float(own),
        )
        for std, offset, clipped, slope, line_uv, high_uv, z, broken, own in columns
    ]


def _own(data: Float64) -> Float64:
    """(n_channels,) µV rms of what no other channel has: without the median of all."""
    if data.shape[1] < MIN_CHANNELS_TO_COMPARE:
        return np.full(data.shape[1], np.nan)
    common = np.median(data - data.mean(axis=0), axis=1)
    return np.asarray((data - common[:, np.newaxis]).std(axis=0), dtype=np.float64)


def _steps(count: int) -> Float64:
    """(count,) sample numbers around their middle."""
    return np.asarray(np.arange(count) - (count - 1) / 2, dtype=np.float64)


def _slopes(data: Float64) -> Float64:
    """(n_channels,) µV a sample, least squares.

    No matrix product and no LAPACK here: after each of them OpenBLAS's threads spin for 0.1 s,
    which at once a second was 11 % of a core, and made a chunk 15 ms late.
    """
    steps = _steps(len(data))
    return np.asarray(np.einsum("t,tc->c", steps, data) / np.square(steps).sum(), np.float64)


def _level(data: Float64, slopes: Float64) -> Float64:
    """`data` without its mean and its slope."""
    trend = data.mean(axis=0) + _steps(len(data))[:, np.newaxis] * slopes
    return np.asarray(data - trend, dtype=np.float64)


def _clipped_shares(data: Float64) -> Float64:
    """(n_channels,) share of samples in runs at the highest or lowest value."""
    extreme = (data == data.max(axis=0)) | (data == data.min(axis=0))
    third = extreme[2:] & (data[2:] == data[1:-1]) & (data[1:-1] == data[:-2])
    in_run = np.zeros_like(extreme)
    for back in range(MIN_CLIPPED_RUN):
        in_run[back : len(data) - 2 + back] |= third
    return np.asarray(in_run.mean(axis=0), dtype=np.float64)


def _noise(data: Float64, rate: float, mains_hz: float) -> tuple[float, Float64, Float64]:
    """The mains' frequency (0: out of reach) and, (n_channels,) µV rms each, the noise at it
    and its harmonics, and the rest above 50 Hz. Hann-windowed periodogram of `data` without
    trend."""
    frequencies, density = signal.periodogram(data, rate, "hann", detrend=False, axis=0)
    power = density * (frequencies[1] - frequencies[0])
    reach = rate / 2 - LINE_HALF_WIDTH_HZ
    candidates = [hz for hz in ((mains_hz,) if mains_hz else (50.0, 60.0)) if hz <= reach]
    lines = [(_rms(power, _near_multiple(frequencies, hz)), hz) for hz in candidates]
    line, line_hz = max(
        lines, key=lambda entry: float(np.median(entry[0])), default=(np.zeros(data.shape[1]), 0.0)
    )
    above = frequencies >= HIGH_HZ
    high = above & ~_near_multiple(frequencies, line_hz) if line_hz else above
    return line_hz, line, _rms(power, high)


def _near_multiple(frequencies: Float64, of_hz: float) -> Bool:
    multiple = np.maximum(np.round(frequencies / of_hz), 1.0) * of_hz
    return np.abs(frequencies - multiple) <= LINE_HALF_WIDTH_HZ


def _rms(power: Float64, bins: Bool) -> Float64:
    return np.asarray(np.sqrt(power[bins].sum(axis=0)), dtype=np.float64)


def _robust_z(values: Float64) -> Float64:
    """(n_channels,) distance from the median in robust standard deviations (1.4826 MAD)."""
    if len(values) < MIN_CHANNELS_TO_COMPARE:
        return np.zeros(len(values))
    distance = values - np.median(values)
    spread = 1.4826 * np.median(np.abs(distance))
    return distance / spread if spread > 0 else np.zeros(len(values))


def _judge(name: str, figures: QualityFigures, settings: QualitySettings) -> ChannelQuality:
    found = [finding for finding in _findings(figures, settings) if finding is not None]
    bad = tuple(reason for level, reason in found if level is QualityLevel.BAD)
    fair = tuple(reason for level, reason in found if level is QualityLevel.FAIR)
    level = QualityLevel.BAD if bad else QualityLevel.FAIR if fair else QualityLevel.GOOD
    return ChannelQuality(name, level, bad + fair, figures)


_Finding = tuple[QualityLevel, str] | None


def _findings(figures: QualityFigures, settings: QualitySettings) -> list[_Finding]:
    if figures.not_finite:
        return [(QualityLevel.BAD, f"{figures.not_finite} samples are not numbers")]
    if abs(figures.offset_uv) >= settings.rail_uv:
        return [(QualityLevel.BAD, f"railed at {figures.offset_uv / 1000:.0f} mV")]
    if settings.clipped_share <= figures.clipped_share < 1:
        return [(QualityLevel.BAD, f"railed ({figures.clipped_share:.0%} of it is cut off)")]
    if figures.std_uv > settings.huge_uv:
        return [(QualityLevel.BAD, f"{figures.std_uv / 1000:.0f} mV, which no EEG has")]
    if figures.std_uv < settings.flat_uv:
        return [(QualityLevel.BAD, f"flat ({figures.std_uv:.2f} µV)")]
    if figures.own_uv < settings.flat_uv:
        return [(QualityLevel.BAD, "the same as most others: bridged, or the reference is off")]
    drift = f"drifts by {figures.drift_uv_s:.0f} µV/s"
    line = f"line noise of {figures.line_uv:.0f} µV at {figures.line_hz:g} Hz"
    return [
        _graded(abs(figures.drift_uv_s), settings.drift_fair_uv_s, settings.drift_bad_uv_s, drift),
        _graded(figures.line_uv, settings.line_fair_uv, settings.line_bad_uv, line),
        _high_noise(figures, settings),
    ]


def _high_noise(figures: QualityFigures, settings: QualitySettings) -> _Finding:
    reason = f"noise of {figures.high_uv:.0f} µV above {HIGH_HZ:g} Hz"
    finding = _graded(figures.high_uv, settings.high_fair_uv, settings.high_bad_uv, reason)
    if finding is not None and figures.high_z > settings.high_z:
        return QualityLevel.BAD, f"{reason}, far more than the other channels"
    return finding


def _graded(value: float, fair: float, bad: float, reason: str) -> _Finding:
    if value < fair:
        return None
    return (QualityLevel.BAD if value >= bad else QualityLevel.FAIR), reason
