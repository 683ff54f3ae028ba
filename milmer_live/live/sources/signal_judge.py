"""What is wrong with a signal as it comes in: its rate, its channels. For the balance."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from milmer_live.processing.timing.gaps import (
    other_unit,
    stands_still,
    tolerance_s,
)
from milmer_live.samples import EEGChunk, EEGInfo

# Spans over which a rate is measured, twice each: the short one tells a gross difference within
# 3 s of samples, the long one a small one. Stamps jitter by up to 50 ms in all.
SPANS_S = (1.25, 10.0)
JITTER_S = 0.05
OFF = 0.02  # share by which a rate may differ, as `check` has it
ALIKE = 0.05  # by which the two measurements may

Problem = tuple[str, str]  # what it is about, and a sentence


class SignalJudge:
    """Looks at the chunks of one signal. `problems` are what is wrong with it now."""

    def __init__(self, info: EEGInfo, before: EEGInfo | None = None) -> None:
        """`before`: what the source said of itself when it was connected the last time."""
        self._rates = [_Rate(info.sample_rate, span_s) for span_s in SPANS_S]
        self._stamps = _Stamps(info.sample_rate)
        self._described = [*_described(info), *_changed(info, before)]

    @property
    def problems(self) -> tuple[Problem, ...]:
        found = [one.problem for one in self._rates if one.problem is not None]
        return (*self._described, *self._stamps.problems, *found[:1])

    def add(self, chunk: EEGChunk) -> None:
        """The next samples, as they came."""
        for one in self._rates:
            one.add(chunk)
        self._stamps.add(chunk)


class _Stamps:
    """What the stamps are, over a second of samples at a time."""

    def __init__(self, nominal: float) -> None:
        self.problems: tuple[Problem, ...] = ()
        self._nominal = nominal
        self._start: tuple[int, float] | None = None
        self._seen = np.empty(0)  # stamps since then

    def add(self, chunk: EEGChunk) -> None:
        if self._nominal <= 0 or not len(chunk):
            return
        newest = (chunk.first_index + len(chunk) - 1, float(chunk.times[-1]))
        if self._start is None or newest[0] <= self._start[0]:
            self._start, self._seen = newest, chunk.times[-1:]
            return
        self._seen = np.concatenate([self._seen, chunk.times])
        samples, seconds = newest[0] - self._start[0], newest[1] - self._start[1]
        if samples >= self._nominal:
            self.problems = self._judged(seconds, samples)
            self._start, self._seen = newest, chunk.times[-1:]

    def _judged(self, seconds: float, samples: int) -> tuple[Problem, ...]:
        if not np.isfinite(self._seen).any():
            return (("stamps", "Its stamps are not numbers: its samples lie where they came."),)
        if stands_still(self._seen):
            text = "Its stamps do not advance: labels and pictures do not fit them."
            return (("stamps", text),)
        unit = other_unit(seconds, samples, self._nominal)
        text = f"Its stamps are {unit}, not seconds: labels and pictures do not fit them."
        return (("unit of its stamps", text),) if unit else ()


class _Rate:
    """The rate over two spans of samples that follow one another without a gap."""

    def __init__(self, nominal: float, span_s: float) -> None:
        self.problem: Problem | None = None
        self._nominal = nominal
        self._span_s = span_s
        self._tolerance = OFF + JITTER_S / span_s
        self._start: tuple[int, float] | None = None
        self._last: tuple[int, float] = (0, 0.0)
        self._before: float | None = None  # as measured over the span before this one

    def add(self, chunk: EEGChunk) -> None:
        if self._nominal <= 0 or not len(chunk):
            return
        newest = (chunk.first_index + len(chunk) - 1, float(chunk.times[-1]))
        if self._start is None or not self._goes_on(newest):
            self._start, self._before = newest, None
        elif newest[1] - self._start[1] >= self._span_s:
            self._judge(self._start, newest)
            self._start = newest
        self._last = newest

    def _goes_on(self, newest: tuple[int, float]) -> bool:
        """Whether the stamps advance by what the samples take, whatever their rate is: no gap,
        no other clock."""
        samples, seconds = newest[0] - self._last[0], newest[1] - self._last[1]
        if samples <= 0 or not np.isfinite(seconds):
            return False
        slowest = 2 * samples / self._nominal + tolerance_s(self._nominal)
        return -tolerance_s(self._nominal) <= seconds <= slowest

    def _judge(self, start: tuple[int, float], stop: tuple[int, float]) -> None:
        rate = (stop[0] - start[0]) / (stop[1] - start[1])
        before, self._before = self._before, rate
        if before is None:
            return
        off = (rate + before) / 2 / self._nominal - 1
        is_off = min(abs(rate / self._nominal - 1), abs(before / self._nominal - 1))
        if is_off > self._tolerance and abs(rate / before - 1) <= ALIKE:
            measured = self._nominal * (1 + off)
            sent = f"It sends {measured:.1f} Hz instead of {self._nominal:g} Hz ({off:+.1%})."
            self.problem = ("rate", sent)
        else:
            self.problem = None


def _described(info: EEGInfo) -> list[Problem]:
    """Where the description has another number of channels than come."""
    try:
        named = len(ElementTree.fromstring(info.xml).findall("./desc/channels/channel"))
    except ElementTree.ParseError:
        return []  # a board, or no XML: nothing is announced
    if named in (0, info.n_channels):
        return []
    text = f"It sends {info.n_channels} channels, and its description names {named}."
    return [("channels", text)]


def _changed(info: EEGInfo, before: EEGInfo | None) -> list[Problem]:
    if before is None or before.n_channels == info.n_channels:
        return []
    text = f"It came back with {info.n_channels} channels instead of {before.n_channels}."
    return [("channels since", text)]
