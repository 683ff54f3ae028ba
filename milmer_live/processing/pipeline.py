"""From a device's samples to the model's: montage, reference, resampling, filter, artifacts.
Training, replay and live all go through here."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from milmer_live.config import FilterSettings, Preprocessing
from milmer_live.errors import ConfigError, SourceFormat
from milmer_live.processing.filters import CausalFilter
from milmer_live.processing.montage import ChannelMap, canonical, channel_map
from milmer_live.processing.resample import Resampler
from milmer_live.samples import EEGInfo, Float32, Float64, Recording

# New settings start on the samples of this long ago, so that they are settled when they take
# over (a 1 Hz high-pass forgets in about 1 s), and take over in this time, without a click.
HISTORY_S = 8.0
FADE_S = 0.25


class EEGPipeline:
    """Turns chunks of a stream into chunks of the 32 model channels at the model's rate.

    Any cut into chunks gives the same samples. They have to be finite: after others, `reset`.
    Where the device has too few of the model's channels (`usable` False) the missing ones are
    NaN. Raises SourceFormat for a stream, and ConfigError for settings, that cannot be used.
    """

    def __init__(
        self, info: EEGInfo, settings: Preprocessing, artifact_matrix: Float64 | None = None
    ) -> None:
        self.info = info
        self._montage = settings.montage
        self._rate = settings.window.sample_rate
        mapping = channel_map(info.channel_names, settings.montage)
        self._wanted = self._checked(_Settings(mapping, settings.filters, artifact_matrix))
        self._chain: _Chain | _Fade = self._build(0)
        self._history = _History(round(HISTORY_S * info.sample_rate))

    @property
    def channel_map(self) -> ChannelMap:
        """How the device's channels give the model's."""
        return self._wanted.channel_map

    @property
    def usable(self) -> bool:
        """Whether the device has enough of the model's channels."""
        return self.channel_map.usable

    @property
    def filters(self) -> FilterSettings:
        """The settings of the filter chain."""
        return self._wanted.filters

    @property
    def resampling_delay_s(self) -> float:
        """How far the output is behind the device; the stamps are free of it."""
        return self._chain.target.resampler.delay_s

    @property
    def filter_delay_s(self) -> float:
        """The filter's group delay at 10 Hz, which the stamps do not know of."""
        return CausalFilter(self.filters, self._rate).delay_s()

    def change_filters(self, filters: FilterSettings) -> None:
        """From the next chunk on, from any thread. Raises ConfigError or SourceFormat."""
        self._wanted = self._checked(replace(self._wanted, filters=filters))

    def interpolate_bad(self, names: Sequence[str]) -> None:
        """Take the device's channels `names`, and no others, from their neighbours, from the
        next chunk on. Raises ConfigError."""
        known = {canonical(name) for name in self.info.channel_names}
        unknown = [name for name in names if canonical(name) not in known]
        if unknown:
            raise ConfigError(f"'{self.info.name}' has no channel {unknown[0]}.")
        mapping = channel_map(self.info.channel_names, self._montage, names)
        self._wanted = self._checked(replace(self._wanted, channel_map=mapping))

    def remove_artifacts(self, matrix: Float64 | None) -> None:
        """Apply `matrix` (32, 32), or none, from the next chunk on. Raises ConfigError."""
        self._wanted = self._checked(replace(self._wanted, artifact_matrix=matrix))

    def select(self, data: Float32) -> Float32:
        """(n_samples, n_channels) µV of the device -> (n_samples, 32) µV, montage only."""
        return self.channel_map.apply(data)

    def process(self, data: Float32) -> Float32:
        """(n_samples, n_channels) µV of the device -> (n_ready, 32) µV at the model's rate."""
        steps = self._history.stop + np.arange(len(data))
        return self.process_chunk(data, steps / self.info.sample_rate)[0]

    def process_chunk(self, data: Float32, times: Float64) -> tuple[Float32, Float64]:
        """As `process`, with the `times` (n_samples,) of the samples in and out. What is out
        is `resampling_delay_s` behind what is in, and stamped with the time it is from."""
        if self._chain.target.settings is not self._wanted:
            self._switch()
        self._history.add(data, times)
        out = self._chain.process(data, times)
        if isinstance(self._chain, _Fade) and self._chain.over:
            self._chain = self._chain.target
        return out

    def reset(self) -> None:
        """Forget the past: for the first chunk after a gap."""
        self._history.clear()
        self._chain = self._build(0)

    def _switch(self) -> None:
        chain = self._build(self._history.start)
        if len(self._history):
            chain.process(*self._history.all())
            self._chain = _Fade(self._chain, chain, round(FADE_S * self._rate))
        else:
            self._chain = chain

    def _build(self, first_index: int) -> _Chain:
        return _Chain(self.info, self._wanted, self._rate, first_index)

    def _checked(self, settings: _Settings) -> _Settings:
        """The same settings, known to work on this stream."""
        matrix = settings.artifact_matrix
        mapping = settings.channel_map
        n_model = len(mapping.columns)
        if matrix is not None and (matrix.shape != (n_model, n_model) or not mapping.usable):
            raise ConfigError(
                f"The artifact removal takes {matrix.shape[0]} channels. {mapping.describe()}",
                "Fit it again on this stream.",
            )
        _Chain(self.info, settings, self._rate, 0)
        return settings


@dataclass(frozen=True, eq=False)
class _Settings:
    """What can be changed while running. Compared by identity."""

    channel_map: ChannelMap
    filters: FilterSettings
    artifact_matrix: Float64 | None


class _Chain:
    """The way of the samples with one set of settings."""

    def __init__(self, info: EEGInfo, settings: _Settings, rate: float, first_index: int) -> None:
        mapping = settings.channel_map
        self.settings = settings
        self.resampler = Resampler(info.sample_rate, rate, first_index)
        self.filter = CausalFilter(settings.filters, rate)
        self._map = mapping
        self._there = mapping.columns >= 0 if not mapping.usable else np.s_[:]
        self._reference = _reference_columns(info, settings.filters)

    @property
    def target(self) -> _Chain:
        return self

    def process(self, data: Float32, times: Float64) -> tuple[Float32, Float64]:
        selected = self._map.apply(data)[:, self._there].astype(np.float64)
        if len(self._reference):
            referenced = data[:, self._reference].astype(np.float64)
            selected -= referenced.mean(axis=1, keepdims=True)
        resampled, out_times = self.resampler.process(selected, times)
        cleaned = self._clean(self.filter.process(resampled))
        if self._map.usable:
            return cleaned, out_times
        out = np.full((len(cleaned), len(self._map.columns)), np.nan, dtype=np.float32)
        out[:, self._there] = cleaned
        return out, out_times

    def _clean(self, filtered: Float32) -> Float32:
        matrix = self.settings.artifact_matrix
        if matrix is None:
            return filtered
        return np.asarray(filtered.astype(np.float64) @ matrix.T, dtype=np.float32)


class _Fade:
    """From one chain to another, in `length` samples; `old` may itself be a fade."""

    def __init__(self, old: _Chain | _Fade, new: _Chain, length: int) -> None:
        self._old = old
        self._length = length
        self._done = 0
        self.target = new

    @property
    def over(self) -> bool:
        return self._done >= self._length

    def process(self, data: Float32, times: Float64) -> tuple[Float32, Float64]:
        before, _ = self._old.process(data, times)
        after, out_times = self.target.process(data, times)
        share = np.minimum((self._done + 1 + np.arange(len(after))) / self._length, 1.0)
        self._done += len(after)
        blended = before + share[:, np.newaxis] * (after.astype(np.float64) - before)
        # the old chain may break down meanwhile: a bad electrode is why it is left
        mixed = np.where(np.isfinite(before), blended, after)
        return np.asarray(mixed, dtype=np.float32), out_times


class _History:
    """The newest `length` samples of a stream, or some more."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._chunks: deque[tuple[Float32, Float64]] = deque()
        self.clear()

    def __len__(self) -> int:
        return self.stop - self.start

    def clear(self) -> None:
        self._chunks.clear()
        self.start = self.stop = 0

    def add(self, data: Float32, times: Float64) -> None:
        self._chunks.append((data[-self._length :].copy(), times[-self._length :].copy()))
        self.stop += len(data)
        self.start += max(0, len(data) - self._length)
        while len(self) - len(self._chunks[0][0]) >= self._length:
            self.start += len(self._chunks.popleft()[0])

    def all(self) -> tuple[Float32, Float64]:
        """Data (n_samples, n_channels) and times (n_samples,)."""
        data, times = zip(*self._chunks, strict=True)
        return np.concatenate(data), np.concatenate(times)


def _reference_columns(info: EEGInfo, filters: FilterSettings) -> NDArray[np.intp]:
    """Columns of the device whose mean is subtracted. Raises SourceFormat."""
    names = [canonical(name) for name in info.channel_names]
    wanted = filters.reference_channels if filters.reference == "channels" else ()
    absent = [name for name in wanted if canonical(name) not in names]
    if absent:
        raise SourceFormat(
            f"'{info.name}' has no channel {absent[0]} to be the reference.",
            f"It has: {', '.join(info.channel_names)}.",
        )
    return np.array([names.index(canonical(name)) for name in wanted], dtype=np.intp)


def preprocess(recording: Recording, settings: Preprocessing) -> Float32:
    """The whole of a recording, (n_ready, 32) µV, as the live stream would have given it.

    Sample n is of recording.times[0] + n / window.sample_rate. Where the rate is another, the
    last 0.13 s stay in the resampler, as they do live. Raises SourceFormat.
    """
    pipeline = EEGPipeline(recording.info, settings)
    if not pipeline.usable:
        raise SourceFormat(
            f"'{recording.name}': {pipeline.channel_map.describe()}",
            "Name its channels by the 10-20 system, or lower montage.min_channels.",
        )
    if not np.isfinite(pipeline.select(recording.eeg)).all():
        raise SourceFormat(
            f"'{recording.name}' has samples that are not numbers.", "Cut it where they begin."
        )
    return pipeline.process(recording.eeg)
