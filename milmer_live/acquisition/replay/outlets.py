"""Recordings played as if they were live: EEG and markers as LSL streams, frames at their times.

Both follow one `ReplayTimeline`, so that they stay together as they were recorded.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
import pylsl

from milmer_live.acquisition.replay.playlist import Playlist
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.clock import Clock
from milmer_live.processing.channels.stream_description import (
    OWN_TIME,
    stated_channels,
)
from milmer_live.processing.eeg.units import channel_microvolts
from milmer_live.processing.windows import TOLERANCE_S
from milmer_live.samples import FrameSample

CHUNKS_PER_S = 32  # as an amplifier sends: at 128 Hz four samples at a time
LEAD_S = 0.1  # from the start of a replay to its first sample
LATE_S = 0.25  # behind its time a frame is left out


class EEGReplay:
    """A playlist as two LSL outlets: EEG, and markers named `<name>-markers`.

    The outlets can be found from the moment this is made. Connect the receivers, then `start`:
    what is sent before an inlet is open is lost, as with any amplifier. `step` sends what is
    due and says how long to wait; a worker calls it. Sample n has the stamp origin + n / rate
    and leaves when its chunk is over. `close` takes the outlets away, which costs a receiver
    what it has not read yet: stop it first.
    """

    def __init__(
        self, timeline: ReplayTimeline, clock: Clock, *, name: str, source_id: str = ""
    ) -> None:
        self.name = name
        self.source_id = source_id or f"milmer-replay-{uuid.uuid4()}"
        self.samples_sent = 0
        self._timeline = timeline
        self._playlist = timeline.playlist
        self._clock = clock
        self._chunk = max(1, round(self._playlist.info.sample_rate / CHUNKS_PER_S))
        self._next = 0  # sample of the playlist
        self._jumps = timeline.jumps
        self._cues = _cues(self._playlist)
        self._eeg_outlet = pylsl.StreamOutlet(self._eeg_info())
        self._marker_outlet = pylsl.StreamOutlet(self._marker_info())

    @property
    def finished(self) -> bool:
        """Whether the last sample has been sent, and nobody has gone back since."""
        at_end = self._next == self._playlist.n_samples
        return at_end and self._jumps == self._timeline.jumps

    def wait_for_consumers(self, timeout_s: float) -> bool:
        """Whether somebody has connected to the EEG within `timeout_s`."""
        return bool(self._eeg_outlet.wait_for_consumers(timeout_s))

    def start(self, position_s: float = 0.0) -> None:
        """Let the time line begin, shortly after now. Raises ConfigError."""
        self._timeline.start(self._clock.now() + LEAD_S, position_s)

    def step(self) -> float:
        """Send what is due. Returns the seconds until the next chunk is; late ones go at once."""
        if self._jumps != self._timeline.jumps:
            self._jump()
        if self.finished or self._timeline.paused or not self._timeline.started.is_set():
            return LEAD_S
        first = self._next
        border = self._playlist.borders[self._playlist.item_of_sample(first) + 1]
        last = min(first + self._chunk, border)
        rate = self._playlist.info.sample_rate
        wait_s = self._timeline.due(self._timeline.time_of(last / rate)) - self._clock.now()
        if wait_s > 0:
            return min(wait_s, LEAD_S)
        self._send_markers(last / rate)
        stamps = [self._timeline.time_of(n / rate) for n in range(first, last)]
        self._eeg_outlet.push_chunk(self._playlist.eeg(first, last), stamps)
        self._next = last
        self.samples_sent += last - first
        return 0.0

    def close(self) -> None:
        """Take the outlets away; harmless when they are gone already."""
        self._eeg_outlet = self._marker_outlet = None

    def _jump(self) -> None:
        """Go on at the timeline's newest position. What began before it and still holds there
        is announced again."""
        self._jumps = self._timeline.jumps
        position_s = self._timeline.position_at(self._clock.now())
        self._next = round(position_s * self._playlist.info.sample_rate)
        self._cues = _cues_from(self._playlist, position_s)

    def _send_markers(self, until_s: float) -> None:
        while self._cues and self._cues[0].at_s <= until_s:
            cue = self._cues.pop(0)
            self._marker_outlet.push_sample([cue.text], self._timeline.time_of(cue.at_s))

    def _eeg_info(self) -> pylsl.StreamInfo:
        source = self._playlist.info
        info = pylsl.StreamInfo(
            self.name, "EEG", source.n_channels, source.sample_rate, "float32", self.source_id
        )
        info.desc().append_child_value(*OWN_TIME)
        channels = info.desc().append_child("channels")
        stated = stated_channels(source.name, source.xml, source.n_channels)
        for label, sent in zip(source.channel_names, stated, strict=True):
            # a recording's voltages are in µV by now; all else is as it was recorded
            is_voltage = channel_microvolts(sent.kind, sent.unit or "µV") is not None
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", "microvolts" if is_voltage else sent.unit)
            channel.append_child_value("type", sent.kind or "EEG")
        return info

    def _marker_info(self) -> pylsl.StreamInfo:
        return pylsl.StreamInfo(
            f"{self.name}-markers", "Markers", 1, 0.0, "string", f"{self.source_id}-markers"
        )


class ReplayFrames:
    """The frames of a playlist, at their times on its time line, for a camera worker.

    A frame that is taken later than `late_s` after its time is left out and counted. Opened
    while the line runs, it begins with what plays then.
    """

    def __init__(self, timeline: ReplayTimeline, clock: Clock, *, late_s: float = LATE_S) -> None:
        self.dropped = 0
        self._timeline = timeline
        self._clock = clock
        self._late_s = late_s
        self._frames: Iterator[tuple[float, FrameSample]] = iter(())
        self._next: tuple[float, FrameSample] | None = None  # with its position
        self._jumps = timeline.jumps
        self._given = 0  # frames, those that were left out included
        self._closed = threading.Event()

    def open(self) -> str:
        self._closed.clear()
        self._jumps = self._timeline.jumps
        running = self._timeline.started.is_set()
        self._go_to(self._timeline.position_at(self._clock.now()) if running else 0.0)
        return "replay"

    def read(self, timeout_s: float) -> FrameSample | None:
        until = self._clock.now() + timeout_s
        if not self._timeline.started.is_set():
            self._clock.wait(timeout_s, self._timeline.started)
            return None
        if self._jumps != self._timeline.jumps:
            self._jumps = self._timeline.jumps
            self._go_to(self._timeline.position_at(self._clock.now()))
        upcoming = self._upcoming(until)
        due = until if upcoming is None else self._due(upcoming[0])
        self._clock.wait(min(due, until) - self._clock.now(), self._closed)
        if upcoming is None or self._jumps != self._timeline.jumps:
            return None
        if self._due(upcoming[0]) > until:
            return None
        self._next = None
        self._given += 1
        time = self._timeline.time_of(upcoming[0])
        return FrameSample(upcoming[1].image, time, self._given - 1)

    def close(self) -> None:
        self._closed.set()

    def _due(self, position_s: float) -> float:
        return self._timeline.due(self._timeline.time_of(position_s))

    def _go_to(self, position_s: float) -> None:
        self._frames = self._frames_from(position_s)
        self._next = None

    def _is_late(self, position_s: float) -> bool:
        """Too late for its time; or the replay was paused since, when its time had come: its EEG
        has the stamps of before, but for the chunk that was not over."""
        missed = position_s < self._timeline.begins_s - 1 / CHUNKS_PER_S
        return missed or self._due(position_s) + self._late_s < self._clock.now()

    def _upcoming(self, until: float) -> tuple[float, FrameSample] | None:
        """The next frame that is not late, decoded before its time; None at the end, or when
        leaving out late ones has taken all the time there was."""
        while True:
            self._next = self._next or next(self._frames, None)
            if self._next is None:
                return None
            if not self._is_late(self._next[0]):
                return self._next
            self.dropped += 1
            self._given += 1
            self._next = None
            if self._clock.now() >= until:
                return None

    def _frames_from(self, position_s: float) -> Iterator[tuple[float, FrameSample]]:
        """Each frame from `position_s` on, with its position."""
        playlist = self._timeline.playlist
        for number, item in enumerate(playlist.items):
            series = item.recording.frames
            start_s, stop_s = playlist.span(number)
            if series is None or stop_s <= position_s:
                continue
            first_s = playlist.recording_s(number, max(position_s, start_s))
            first = int(np.searchsorted(series.times, first_s - TOLERANCE_S))
            for frame in series.frames(first):
                at_s = playlist.position(number, frame.time)
                if frame.time >= item.stop_s - TOLERANCE_S or at_s >= stop_s - TOLERANCE_S:
                    break
                yield at_s, frame


@dataclass(frozen=True, slots=True)
class _Cue:
    """A marker to send at `at_s` of the playlist. What it `begins`, a "recording" or a "trial",
    holds until the next of its kind, or until a cue that `ends` it."""

    at_s: float
    text: str
    begins: str = ""
    ends: str = ""


def _cues_from(playlist: Playlist, position_s: float) -> list[_Cue]:
    """The markers to come, with the item and the label that hold at `position_s` first."""
    kept: list[_Cue] = []
    holding: dict[str, _Cue] = {}
    for cue in _cues(playlist):
        if cue.at_s >= position_s:
            kept.append(cue)
        elif cue.begins:
            holding[cue.begins] = replace(cue, at_s=position_s)
        else:
            holding.pop(cue.ends, None)
    return [*holding.values(), *kept]


def _cues(playlist: Playlist) -> list[_Cue]:
    """Where an item begins, where its label holds (JSON), and what was recorded as a marker, as
    it was."""
    cues: list[_Cue] = []
    for number, item in enumerate(playlist.items):
        named = {"recording": item.recording.name, "participant": item.recording.participant}
        begun = json.dumps({"event": "recording", **named})
        cues.append(_Cue(playlist.span(number)[0], begun, begins="recording"))
        for start_s, stop_s, label in playlist.labels(number):
            rated = {"trial": label.trial, "valence": label.valence, "arousal": label.arousal}
            ended = json.dumps({"event": "trial-end", "trial": label.trial})
            cues.append(_Cue(start_s, json.dumps({"event": "trial", **rated}), begins="trial"))
            cues.append(_Cue(stop_s, ended, ends="trial"))
        cues += [_Cue(at_s, text) for at_s, text in playlist.markers(number)]
    return sorted(cues, key=attrgetter("at_s"))
