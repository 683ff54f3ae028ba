"""What the screen shows of the EEG: every EEG channel of the device, at the device's own rate."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from milmer_live.config import FilterSettings
from milmer_live.live.signal.buffers import EEGRing
from milmer_live.live.state import EEGView
from milmer_live.processing.channels.site_names import canonical
from milmer_live.processing.eeg.artifacts import Artifacts
from milmer_live.processing.eeg.filters import CausalFilter
from milmer_live.processing.eeg.montage import ChannelMap
from milmer_live.processing.timing.gaps import gap_steps
from milmer_live.samples import EEGChunk, EEGInfo, Float32, Float64

# New settings have been through this much of the past when they are shown: a 1 Hz high-pass
# forgets in about 1 s.
WARM_S = 4.0
# A filter's edge cannot be at half the rate of a slow device, which the model's 128 Hz allow.
HIGHEST_SHARE = 0.45
JITTER_S = 0.5  # by which stamps behind a silence may be early, and the clock be the same


@dataclass(frozen=True, eq=False)
class Shown:
    """How a device is shown. Compared by identity."""

    channels: ChannelMap
    filters: FilterSettings
    artifacts: Artifacts | None


class DeviceTraces:
    """One thread writes, any thread reads and changes what is wanted.

    The filter is the model's. The average reference is that of the model's channels, and what is
    removed of artifacts is removed from those channels that are the model's; a channel that is
    marked bad is shown as it is. Samples that are missing, and those of a channel that are no
    numbers, read as NaN. So do samples that come when the screen has gone on without them: sample
    numbers and times keep together.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._wanted: Shown | None = None
        self._stream: _Stream | None = None

    def connect(self, info: EEGInfo, shown: Shown) -> None:
        """Chunks of `info` will come; one with the same channels and rate goes on behind a gap."""
        self.change(shown)
        stream = self._stream
        if stream is None or stream.kind != _picture(info):
            self._stream = _Stream(info, round(self._seconds * info.sample_rate), shown)
        else:
            stream.broken = True

    def restart(self, info: EEGInfo, shown: Shown) -> None:
        """Begin a new picture of `info`, behind an error."""
        self._stream = None
        self.connect(info, shown)

    def change(self, shown: Shown) -> None:
        """From the next chunk on."""
        self._wanted = shown

    def write(self, chunk: EEGChunk, arrival: float, *, after_gap: bool) -> None:
        """At least one sample, by its time on our clock."""
        stream, wanted = self._stream, self._wanted
        assert stream is not None
        assert wanted is not None
        if stream.shown is not wanted:
            stream.show(wanted)
        stream.write(chunk, arrival, after_gap=after_gap)

    def idle(self, until: float) -> None:
        """Nothing comes: what should have come before `until` is missing."""
        if self._stream is not None:
            self._stream.idle(until)

    def view(self, since: int | None, seconds: float) -> EEGView | None:
        """The newest `seconds`, at most from sample `since` on; None before the first sample."""
        stream = self._stream
        if stream is None or not stream.ring.written or not stream.info.eeg_names:
            return None
        info = stream.info
        span = stream.ring.read_last(round(seconds * info.sample_rate), since or 0)
        return EEGView(span.first_index, span.times, span.data, info.eeg_names, info.sample_rate)


class _Stream:
    """Ring, filter and recent past of one device."""

    def __init__(self, info: EEGInfo, capacity: int, shown: Shown) -> None:
        self.info = info
        self.ring = EEGRing(capacity, len(info.eeg_names))
        self.broken = False
        self._last_time = -np.inf
        self._given_up: tuple[float, float] | None = None  # times that `idle` has gone over
        self._warm = round(WARM_S * info.sample_rate)
        self._past: deque[Float32] = deque()
        self._remembered = 0  # samples
        self.show(shown)

    @property
    def kind(self) -> tuple[object, ...]:
        return _picture(self.info)

    def show(self, shown: Shown) -> None:
        """Filter by other settings, which have been through the past."""
        self.shown = shown
        self._mix = _Mix(self.info, shown)
        rate = self.info.sample_rate
        self._filter = CausalFilter(_possible(shown.filters, rate), rate)
        if self._past:
            self._filtered(np.concatenate(self._past))

    def write(self, chunk: EEGChunk, arrival: float, *, after_gap: bool) -> None:
        chunk = self._in_time(chunk)
        if not len(chunk):
            return
        breaks = gap_steps(chunk.times, self.info.sample_rate, self._last_time)
        breaks[0] |= after_gap or self.broken
        self.broken = False
        edges = [0, *np.flatnonzero(breaks[1:]) + 1, len(chunk.times)]
        for start, stop in pairwise(edges):
            part = slice(int(start), int(stop))
            if breaks[start]:
                self._begin_anew(float(chunk.times[start]), arrival)
            self._remember(chunk.data[part])
            self.ring.append(self._filtered(chunk.data[part]), chunk.times[part], arrival)
            self._last_time = float(chunk.times[stop - 1])

    def idle(self, until: float) -> None:
        if self.ring.written:
            self.broken = True
            if until > self._last_time:
                start = self._last_time if self._given_up is None else self._given_up[0]
                self._given_up = start, until
            step_s = 1 / self.info.sample_rate
            due = max(0, int((until - self._last_time) / step_s))
            self._last_time += due * step_s
            self.ring.skip(min(due, self.ring.capacity), self._last_time + step_s, step_s, until)

    def _in_time(self, chunk: EEGChunk) -> EEGChunk:
        """Without what comes too late. Stamps from before the silence are of a clock that was set
        back: they are not late."""
        if self._given_up is None:
            return chunk
        start, stop = self._given_up
        inside = (chunk.times > start - JITTER_S) & (chunk.times <= stop)
        late = len(chunk) if inside.all() else int(np.argmin(inside))
        if late < len(chunk):
            self._given_up = None
        part = slice(late, None)
        return replace(chunk, data=chunk.data[part], times=chunk.times[part], raw=None, stamps=None)

    def _begin_anew(self, time: float, arrival: float) -> None:
        self._past.clear()
        self._remembered = 0
        self._filter.reset()
        if self.ring.written and not self._leave_free(time, arrival):
            self.ring.skip(1, time, 1 / self.info.sample_rate, arrival)

    def _leave_free(self, time: float, arrival: float) -> int:
        """What is missing before `time`; more than the ring holds is out of sight anyway."""
        step_s = 1 / self.info.sample_rate
        missing = min(round((time - self._last_time) / step_s) - 1, self.ring.capacity)
        if missing > 0:
            self.ring.skip(missing, time, step_s, arrival)
        return max(0, missing)

    def _remember(self, data: Float32) -> None:
        self._past.append(data)
        self._remembered += len(data)
        while self._remembered - len(self._past[0]) > self._warm:
            self._remembered -= len(self._past.popleft())

    def _filtered(self, data: Float32) -> Float32:
        """The EEG, (n_samples, n_eeg_channels) µV, of `data` (n_samples, n_channels)."""
        odd = ~np.isfinite(data)
        if not odd.any():
            return self._filter.process(self._mix(data))
        # The others' filters go on; a reference that is no number leaves nothing to be shown.
        out = self._filter.process(self._mix(np.where(odd, np.float32(0), data)))
        out[odd[:, self._mix.shown]] = np.nan
        out[odd[:, self._mix.references].any(axis=1)] = np.nan
        return out


class _Mix:
    """Reference and artifact removal as one spatial matrix over the device's channels.

    With A from the device to the model's channels, r the reference's row and C what is left
    without artifacts, the model gets C (A - 1 r); a channel that is none of the model's is
    shown less the reference alone. Rows of channels that are no EEG are left out.
    """

    def __init__(self, info: EEGInfo, shown: Shown) -> None:
        reference = _reference(info, shown)
        self.references: NDArray[np.intp] = np.flatnonzero(reference)
        matrix = np.eye(info.n_channels) - reference
        channels, artifacts = shown.channels, shown.artifacts
        if artifacts is not None and channels.usable:
            cleaned = artifacts.cleaning_matrix() @ (channels.matrix - reference)
            there = channels.columns >= 0
            matrix[channels.columns[there]] = cleaned[there]
        self.shown = _eeg_columns(info)
        is_plain = np.array_equal(matrix, np.eye(info.n_channels))
        self._matrix = None if is_plain else matrix[self.shown]

    def __call__(self, data: Float32) -> Float32 | Float64:
        if self._matrix is None:
            return data[:, self.shown]
        return data.astype(np.float64) @ self._matrix.T


def _picture(info: EEGInfo) -> tuple[object, ...]:
    """What makes another picture."""
    return info.channel_names, info.eeg_names, info.sample_rate


def _eeg_columns(info: EEGInfo) -> NDArray[np.intp]:
    kinds = info.kinds or ("EEG",) * info.n_channels
    return np.array([n for n, kind in enumerate(kinds) if kind == "EEG"], dtype=np.intp)


def _reference(info: EEGInfo, shown: Shown) -> Float64:
    """(n_channels,): the weights of the device's channels in what is subtracted from each."""
    weights = np.zeros(info.n_channels)
    filters, model = shown.filters, shown.channels.matrix
    if filters.reference == "average":
        made = model[model.any(axis=1)]
        return np.asarray(made.mean(axis=0)) if len(made) else weights
    if filters.reference == "channels":
        names = [canonical(name) for name in info.channel_names]
        columns = [names.index(canonical(name)) for name in filters.reference_channels]
        weights[columns] = 1 / len(columns)
    return weights


def _possible(filters: FilterSettings, sample_rate: float) -> FilterSettings:
    """The same, without the reference, below half the rate."""
    most = HIGHEST_SHARE * sample_rate
    notch_hz = filters.notch_hz if filters.notch_hz < sample_rate / 2 else 0.0
    high_hz = filters.high_hz if filters.high_hz < sample_rate / 2 else most
    changed = {"reference": "none", "reference_channels": (), "notch_hz": notch_hz}
    return filters.model_copy(update={**changed, "high_hz": high_hz})
