"""Parts of recordings, one behind the other, and where they lie on the LSL clock."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from milmer_live.errors import ConfigError, SourceFormat, SourceLost
from milmer_live.processing.windows import TOLERANCE_S
from milmer_live.samples import EEGInfo, Float32, Label, Recording


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
        """Where a time of item's recording lies in the playlist, in seconds."""
        origin_s = self.items[item].recording.times[self.first_samples[item]]
        return self.borders[item] / self.info.sample_rate + float(recording_s - origin_s)

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

    def span(self, item: int) -> tuple[float, float]:
        """Start and stop of an item, as positions."""
        rate = self.info.sample_rate
        return self.borders[item] / rate, self.borders[item + 1] / rate


class ReplayTimeline:
    """Where a playlist lies on the LSL clock, once it has been started.

    Stamps are as far apart as they were recorded, whatever the `speed`: at another than 1 only
    the moment at which a sample leaves is another, so that its stamp runs ahead of the clock.
    """

    def __init__(self, playlist: Playlist, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ConfigError(f"A replay has no speed of {speed:g}.", "Choose 1, or more.")
        self.playlist = playlist
        self._speed = speed
        self.started = threading.Event()
        self._origin = 0.0

    def start(self, origin: float) -> None:
        """The first sample has the stamp `origin`."""
        if self.started.is_set():
            raise RuntimeError("a replay is started once")
        self._origin = origin
        self.started.set()

    def time_of(self, position_s: float) -> float:
        """LSL time of a position. Raises SourceLost before the start."""
        if not self.started.is_set():
            raise SourceLost("The replay has not been started.")
        return self._origin + position_s

    def due(self, time: float) -> float:
        """The moment at which what is stamped `time` leaves."""
        return self._origin + (time - self._origin) / self._speed

    def segment_span(self, time: float) -> tuple[float, float] | None:
        """Start and stop (LSL time) of the item that plays at `time`, None outside."""
        item = self._item_at(time)
        if item is None:
            return None
        start_s, stop_s = self.playlist.span(item)
        return self.time_of(start_s), self.time_of(stop_s)

    def label_at(self, time: float) -> Label | None:
        """The label that holds at `time`, None in a baseline or outside."""
        return self.label_over(time, time)

    def label_over(self, start: float, stop: float) -> Label | None:
        """The label that holds for all of [start, stop]: None where a window sees a change."""
        item = self._item_at(start)
        for begins_s, ends_s, label in self.playlist.labels(item) if item is not None else ():
            begins, ends = self.time_of(begins_s), self.time_of(ends_s)
            if begins - TOLERANCE_S <= start < ends and stop <= ends + TOLERANCE_S:
                return label
        return None

    def _item_at(self, time: float) -> int | None:
        """Stamps of one moment differ by clock correction: on a border the later item counts."""
        position_s = time + TOLERANCE_S - self.time_of(0.0)
        if not 0 <= position_s < self.playlist.duration_s:
            return None
        return self.playlist.item_of_sample(int(position_s * self.playlist.info.sample_rate))


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
