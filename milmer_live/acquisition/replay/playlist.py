"""Parts of recordings, one behind the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from milmer_live.errors import ConfigError, SourceFormat
from milmer_live.processing.windows import TOLERANCE_S
from milmer_live.samples import EEGInfo, Float32, Float64, Label, Recording


@dataclass(frozen=True, slots=True)
class PlaylistItem:
    """Part [start_s, stop_s) of a recording, in its own seconds."""

    recording: Recording
    start_s: float
    stop_s: float


class Playlist:
    """Parts of recordings of one rate and the same channels, one behind the other.

    Raises ConfigError for a part without samples, SourceFormat where recordings differ.
    """

    def __init__(self, items: Sequence[PlaylistItem]) -> None:
        if not items:
            raise ConfigError("There is nothing to replay.")
        self.items = tuple(items)
        self.info = items[0].recording.info
        self.first_samples = tuple(_first_sample(item) for item in items)
        counts = map(_count, items, self.first_samples)
        self.borders = tuple(accumulate(counts, initial=0))
        for item in items:
            _check_alike(self.info, item.recording)

    @property
    def n_samples(self) -> int:
        return self.borders[-1]

    @property
    def duration_s(self) -> float:
        return self.n_samples / self.info.sample_rate

    def item_of_sample(self, sample: int) -> int:
        """Which item the playlist's sample belongs to."""
        return bisect_right(self.borders, sample) - 1

    def eeg(self, first: int, last: int) -> Float32:
        """Samples [first, last) of one item: (n_samples, n_channels) µV."""
        item = self.item_of_sample(first)
        skip = self.first_samples[item] - self.borders[item]
        return self.items[item].recording.eeg[first + skip : last + skip]

    def position(self, item: int, recording_s: float) -> float:
        """Where a time of item's recording lies in the playlist, in seconds: with the sample that
        was taken then, whatever rate the device really had."""
        sample = _sample_at(self._times(item), recording_s, self.info.sample_rate)
        return (self.borders[item] + sample) / self.info.sample_rate

    def recording_s(self, item: int, position_s: float) -> float:
        """The time of item's recording that lies at a position: what `position` undoes."""
        rate = self.info.sample_rate
        return _time_at(self._times(item), position_s * rate - self.borders[item], rate)

    def labels(self, item: int) -> list[tuple[float, float, Label]]:
        """Start and stop of each label of an item, as positions, cut to what is played."""
        first_s, stop_s = self.span(item)
        spans = [
            (self.position(item, label.start), self.position(item, label.stop), label)
            for label in self.items[item].recording.labels
        ]
        return [
            (max(start, first_s), min(stop, stop_s), label)
            for start, stop, label in spans
            if start < stop_s and stop > first_s
        ]

    def markers(self, item: int) -> list[tuple[float, str]]:
        """Position and text of the markers that were recorded within an item."""
        start_s, stop_s = self.span(item)
        placed = (
            (self.position(item, marker.time), marker.text)
            for marker in self.items[item].recording.markers
        )
        return [(at, text) for at, text in placed if start_s <= at < stop_s]

    def span(self, item: int) -> tuple[float, float]:
        """Start and stop of an item, as positions."""
        rate = self.info.sample_rate
        return self.borders[item] / rate, self.borders[item + 1] / rate

    def _times(self, item: int) -> Float64:
        """Of the samples of an item, in its recording's seconds."""
        first = self.first_samples[item]
        last = first + self.borders[item + 1] - self.borders[item]
        return self.items[item].recording.times[first:last]


def _sample_at(times: Float64, moment: float, rate: float) -> float:
    """Which sample was taken at `moment`, between two of them a fraction. Before the first and
    after the last they count on at `rate`."""
    after = int(np.searchsorted(times, moment, side="right"))
    if after in (0, len(times)):
        end = max(0, after - 1)
        return end + float(moment - times[end]) * rate
    before = after - 1
    return before + float((moment - times[before]) / (times[after] - times[before]))


def _time_at(times: Float64, sample: float, rate: float) -> float:
    """When a sample was taken; the inverse of `_sample_at`."""
    end = len(times) - 1
    if not 0 <= sample < end:
        nearest = min(max(0, int(sample)), end)
        return float(times[nearest]) + (sample - nearest) / rate
    before = int(sample)
    return float(times[before] + (sample - before) * (times[before + 1] - times[before]))


def _first_sample(item: PlaylistItem) -> int:
    return int(np.searchsorted(item.recording.times, item.start_s - TOLERANCE_S))


def _count(item: PlaylistItem, first: int) -> int:
    last = int(np.searchsorted(item.recording.times, item.stop_s - TOLERANCE_S))
    if last <= first:
        raise ConfigError(
            f"{item.recording.name} has no samples from {item.start_s:g} to {item.stop_s:g} s.",
            f"It lasts {item.recording.duration_s:g} s.",
        )
    return last - first


def _check_alike(info: EEGInfo, recording: Recording) -> None:
    other = recording.info
    if (other.sample_rate, other.channel_names) != (info.sample_rate, info.channel_names):
        raise SourceFormat(
            f"{recording.name} has another rate or other channels than the recordings before it.",
            "Replay recordings of one data set together.",
        )
