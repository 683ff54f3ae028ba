"""From a device's samples to the model's: montage, reference, resampling, filter, artifacts.
Training, replay and live all go through here."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from milmer_live.config import FilterSettings, Preprocessing, validated
from milmer_live.errors import ConfigError, SourceFormat
from milmer_live.processing.channels.site_names import canonical
from milmer_live.processing.eeg.filters import CausalFilter
from milmer_live.processing.eeg.montage import (
    ChannelMap,
    channel_map,
)
from milmer_live.processing.eeg.resample import Resampler
from milmer_live.samples import (
    Bool,
    EEGInfo,
    Float32,
    Float64,
    Recording,
    SettingsChange,
)

# New settings start on the samples of this long ago, so that they are settled when they take
# over (a 1 Hz high-pass forgets in about 1 s), and take over in this time, without a click.
HISTORY_S = 8.0
FADE_S = 0.25


class EEGPipeline:
    """Turns chunks of a stream into chunks of the 32 model channels at the model's rate.

    Any cut into chunks gives the same samples. They have to be `readable`: after others, `reset`.
    Where the device has too few of the model's channels (`usable` False) the missing ones are
    NaN. Raises SourceFormat for a stream, and ConfigError for settings, that cannot be used.
    """

    def __init__(
        self, info: EEGInfo, settings: Preprocessing, artifact_matrix: Float64 | None = None
    ) -> None:
        self.info = info
        self._montage = settings.montage
        self._rate = settings.window.sample_rate
        self._bad: tuple[str, ...] = ()
        mapping = channel_map(info, settings.montage)
        self._wanted = self._checked(_Settings(mapping, settings.filters, artifact_matrix))
        self._chain: _Chain | _Fade = self._build(self._wanted, 0)
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
    def bad(self) -> tuple[str, ...]:
        """The device's channels that are taken from their neighbours."""
        return self._bad

    @property
    def artifact_matrix(self) -> Float64 | None:
        """(32, 32), what is applied to the filtered EEG; None: nothing."""
        return self._wanted.artifact_matrix

    @property
    def reads(self) -> ChannelsRead:
        """The channels of the device that the next chunk is made of."""
        return self._wanted.reads

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
        mapping = channel_map(self.info, self._montage, names)
        self._wanted = self._checked(replace(self._wanted, channel_map=mapping))
        self._bad = tuple(names)

    def remove_artifacts(self, matrix: Float64 | None) -> None:
        """Apply `matrix` (32, 32), or none, from the next chunk on. Raises ConfigError."""
        self._wanted = self._checked(replace(self._wanted, artifact_matrix=matrix))

    def readable(self, data: Float32) -> Bool:
        """(n_samples,) which samples can be filtered: finite in every channel that is read."""
        columns = self._wanted.reads.columns
        if not len(columns):
            return np.zeros(len(data), dtype=np.bool_)
        return np.asarray(np.isfinite(data[:, columns]).all(axis=1), dtype=np.bool_)

    def process(self, data: Float32) -> Float32:
        """(n_samples, n_channels) µV of the device -> (n_ready, 32) µV at the model's rate.
        Raises FloatingPointError as `process_chunk` does."""
        steps = self._history.stop + np.arange(len(data))
        return self.process_chunk(data, steps / self.info.sample_rate)[0]

    def process_chunk(self, data: Float32, times: Float64) -> tuple[Float32, Float64]:
        """As `process`, with the `times` (n_samples,) of the samples in and out. What is out
        is `resampling_delay_s` behind what is in, and stamped with the time it is from.

        Raises FloatingPointError where that is not finite, as after samples that are not
        `readable` or are too large for float32. The past is forgotten then, as by `reset`.
        """
        wanted = self._wanted
        if self._chain.target.settings is not wanted:
            self._switch(wanted)
        self._history.add(data, times)
        with np.errstate(over="ignore", invalid="ignore"):
            out = self._chain.process(data, times)
        if not self._chain.target.sound:
            self.reset()
            raise FloatingPointError(f"the filtered EEG of '{self.info.name}' is not finite")
        if isinstance(self._chain, _Fade) and self._chain.over:
            self._chain = self._chain.target
        return out

    def reset(self) -> None:
        """Forget the past: for the first chunk after a gap."""
        self._history.clear()
        self._chain = self._build(self._wanted, 0)

    def _switch(self, wanted: _Settings) -> None:
        """To a chain that has been through as much of the history as it can read: where that
        is nothing, it begins with the next sample."""
        if not len(self._history):
            self._chain = self._build(wanted, 0)
            return
        data, times = self._history.finite(wanted.reads.columns)
        chain = self._build(wanted, self._history.stop - len(data))
        with np.errstate(over="ignore", invalid="ignore"):
            chain.process(data, times)
        self._chain = _Fade(self._chain, chain, round(FADE_S * self._rate))

    def _build(self, settings: _Settings, first_index: int) -> _Chain:
        return _Chain(self.info, settings, self._rate, first_index)

    def _checked(self, settings: _Settings) -> _Settings:
        """The same settings, known to work on this stream, and what they read of it."""
        matrix = settings.artifact_matrix
        mapping = settings.channel_map
        n_model = len(mapping.columns)
        if matrix is not None and (matrix.shape != (n_model, n_model) or not mapping.usable):
            raise ConfigError(
                f"The artifact removal takes {matrix.shape[0]} channels. {mapping.describe()}",
                "Fit it again on this stream.",
            )
        _Chain(self.info, settings, self._rate, 0)
        return replace(settings, reads=_read(self.info, mapping, settings.filters))


@dataclass(frozen=True, eq=False)
class ChannelsRead:
    """The channels of a device that the EEG is made of: the model's that are not bad, the
    neighbours of missing ones, and the references. What the others hold does no harm."""

    columns: NDArray[np.intp]
    names: frozenset[str]
    references: frozenset[str]


@dataclass(frozen=True, eq=False)
class _Settings:
    """What can be changed while running, and what is read then. Compared by identity."""

    channel_map: ChannelMap
    filters: FilterSettings
    artifact_matrix: Float64 | None
    reads: ChannelsRead = ChannelsRead(np.empty(0, np.intp), frozenset(), frozenset())


class _Chain:
    """The way of the samples with one set of settings. `sound`: what came out last is finite;
    once it is not, it would never be again."""

    def __init__(self, info: EEGInfo, settings: _Settings, rate: float, first_index: int) -> None:
        mapping = settings.channel_map
        self.settings = settings
        self.sound = True
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
        self.sound = bool(np.isfinite(cleaned).all())
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
    """From one chain to another, in `length` samples; `old` may itself be a fade.

    A new chain that has hardly a past gives its first sample up to `resampling_delay_s` after
    the old one: until then it is the old one's alone.
    """

    def __init__(self, old: _Chain | _Fade, new: _Chain, length: int) -> None:
        self._old = old
        self._length = length
        self._done = 0
        self.target = new

    @property
    def over(self) -> bool:
        return self._done >= self._length

    def process(self, data: Float32, times: Float64) -> tuple[Float32, Float64]:
        whole, out_times = self._old.process(data, times)
        after, _ = self.target.process(data, times)
        alone = len(whole) - len(after)
        before = whole[alone:]
        share = np.minimum((self._done + 1 + np.arange(len(after))) / self._length, 1.0)
        self._done += len(after)
        blended = before + share[:, np.newaxis] * (after.astype(np.float64) - before)
        # the old chain may break down meanwhile: a bad electrode is why it is left
        mixed = np.where(np.isfinite(before), blended, after)
        return np.concatenate([whole[:alone], mixed.astype(np.float32)]), out_times


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

    def finite(self, columns: NDArray[np.intp]) -> tuple[Float32, Float64]:
        """Data (n_samples, n_channels) and times (n_samples,) behind the last sample that is
        not finite in `columns`; maybe none."""
        chunks, stamps = zip(*self._chunks, strict=True)
        data, times = np.concatenate(chunks), np.concatenate(stamps)
        broken = np.flatnonzero(~np.isfinite(data[:, columns]).all(axis=1))
        first = int(broken[-1]) + 1 if len(broken) else 0
        return data[first:], times[first:]


def _read(info: EEGInfo, mapping: ChannelMap, filters: FilterSettings) -> ChannelsRead:
    """Raises SourceFormat. Nothing is read where the device has none of the model's channels."""
    model = np.flatnonzero(mapping.matrix.any(axis=0))
    reference = _reference_columns(info, filters)
    columns = np.union1d(model, reference).astype(np.intp) if len(model) else model
    names = frozenset(info.channel_names[column] for column in columns)
    references = frozenset(info.channel_names[column] for column in reference)
    return ChannelsRead(columns, names, references)


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
    """The whole of a recording, (n_ready, 32) µV, as the live stream would have given it: with
    what the user had set at each time.

    Sample n is of recording.times[0] + n / window.sample_rate. Where the rate is another, the
    last 0.13 s stay in the resampler, as they do live. Raises SourceFormat, and ConfigError for
    recorded settings that cannot be used.
    """
    pipeline = EEGPipeline(recording.info, settings)
    changes = recording.settings
    begins = np.searchsorted(recording.times, [one.time for one in changes]).tolist()
    stops = [*begins, len(recording.times)]
    ready = []
    if stops[0] > 0:
        ready.append(_processed(recording, pipeline, recording.eeg[: stops[0]]))
    for change, first, stop in zip(changes, begins, stops[1:], strict=True):
        _apply(change, pipeline, settings.filters)
        if stop > first:
            ready.append(_processed(recording, pipeline, recording.eeg[first:stop]))
    return np.concatenate(ready)


def _apply(change: SettingsChange, pipeline: EEGPipeline, own: FilterSettings) -> None:
    """Each of what was set, where it is not so already: every change is faded to."""
    filters = own
    if change.filters is not None:
        filters = validated(FilterSettings, change.filters, "The recorded filter")
    if filters != pipeline.filters:
        pipeline.change_filters(filters)
    if change.bad != pipeline.bad:
        pipeline.interpolate_bad(change.bad)
    matrix, before = change.artifact_matrix, pipeline.artifact_matrix
    if matrix is None or before is None:
        is_same = matrix is before
    else:
        is_same = np.array_equal(matrix, before)
    if not is_same:
        pipeline.remove_artifacts(matrix)


def _processed(recording: Recording, pipeline: EEGPipeline, data: Float32) -> Float32:
    if not pipeline.usable:
        raise SourceFormat(
            f"'{recording.name}': {pipeline.channel_map.describe()}",
            "Name its channels by the 10-20 system, or lower montage.min_coverage.",
        )
    read = pipeline.reads.columns
    if not pipeline.readable(data).all():
        broken = read[~np.isfinite(data[:, read]).all(axis=0)]
        named = ", ".join(recording.info.channel_names[column] for column in broken)
        raise SourceFormat(
            f"'{recording.name}' has samples that are not numbers, in {named}.",
            "Cut it where they begin.",
        )
    try:
        return pipeline.process(data)
    except FloatingPointError as error:
        raise SourceFormat(
            f"'{recording.name}' has samples that are too large to be filtered.",
            "Is its unit right? Cut it where they begin.",
        ) from error
