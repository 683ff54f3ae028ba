"""What `milmer-live replay` runs: outlets, the time line that they follow, and who moves it."""

from __future__ import annotations

import math
import shlex
import threading
from collections.abc import Callable, Iterable

from milmer_live.acquisition.lsl.spec import spec_of
from milmer_live.acquisition.replay.frames import (
    FrameReplay,
    picture_size,
)
from milmer_live.acquisition.replay.outlets import EEGReplay
from milmer_live.acquisition.replay.playlist import Playlist
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.clock import Clock
from milmer_live.errors import ConfigError, MilmerError

LINGER_S = 1.0  # after the last sample: outlets that go at once take what was not read with them
JOIN_S = 2.0

Say = Callable[[str], object]


class ReplayControls:
    """What a user types while a replay plays. What cannot be done is said, and it plays on.
    `ended` ends it, whoever sets it."""

    def __init__(
        self, timeline: ReplayTimeline, clock: Clock, ended: threading.Event | None = None
    ) -> None:
        self.ended = ended or threading.Event()
        self._timeline = timeline
        self._clock = clock

    def listen(self, lines: Iterable[str], say: Say) -> None:
        """In the background, until there are no more lines: a reader cannot be ended."""

        def run() -> None:
            for line in lines:
                said = self.obey(line)
                if said:
                    say(said)

        threading.Thread(target=run, name="replay controls", daemon=True).start()

    def obey(self, line: str) -> str:
        """Do what `line` says; what to answer."""
        word, _, rest = line.strip().partition(" ")
        try:
            return self._obey(word.lower(), rest)
        except ValueError:
            return f"'{line.strip()}' is not understood: p, s SECONDS, +10, -10, x SPEED, q."
        except MilmerError as error:
            return str(error)

    def _obey(self, word: str, rest: str) -> str:
        timeline, now = self._timeline, self._clock.now()
        if word == "q":
            self.ended.set()
            return ""
        if word == "p":
            (timeline.resume if timeline.paused else timeline.pause)(now)
        elif word == "x":
            timeline.change_speed(float(rest), now)
        elif word == "s":
            timeline.seek(float(rest), now)
        elif word:
            timeline.seek(max(0.0, timeline.position_at(now) + _seconds(word)), now)
        state = "paused" if timeline.paused else f"playing x{timeline.speed:g}"
        return f"{state} at {timeline.position_at(now):.1f} s"


def _seconds(word: str) -> float:
    """`+10`. Raises ValueError for what is no number, ConfigError for what is none to go by."""
    seconds = float(word)
    if not math.isfinite(seconds):
        raise ConfigError(f"A replay cannot be moved by {word} s.", "Type +10 or -10.")
    return seconds


class ReplayRun:
    """A playlist on its outlets. The pictures have a thread of their own: the EEG never waits
    for one."""

    def __init__(
        self,
        playlist: Playlist,
        clock: Clock,
        *,
        speed: float,
        name: str,
        source_id: str,
        say: Say,
        ended: threading.Event | None = None,
    ) -> None:
        """`say` tells the user a line while it plays. Raises ConfigError."""
        self.timeline = ReplayTimeline(playlist, speed)
        self.controls = ReplayControls(self.timeline, clock, ended)
        self._playlist, self._clock, self._say = playlist, clock, say
        self._over = threading.Event()
        self._eeg = EEGReplay(self.timeline, clock, name=name, source_id=source_id)
        self._frames = self._frame_outlet()

    def heading(self) -> str:
        """What is sent, under which names, and what to type to use it."""
        names = ", ".join(dict.fromkeys(item.recording.name for item in self._playlist.items))
        info, eeg, frames = self._playlist.info, self._eeg, self._frames
        pictures = f", pictures as '{frames.name}'" if frames else ""
        camera = f" --camera {shlex.quote(spec_of(source_id=frames.source_id))}" if frames else ""
        return (
            f"Streaming {names}: {info.n_channels} channels at {info.sample_rate:g} Hz as "
            f"'{eeg.name}', labels as '{eeg.name}-markers'{pictures}. Ctrl+C ends it.\n"
            f"milmer-live live --eeg {shlex.quote(spec_of(source_id=eeg.source_id))}{camera}"
        )

    def play(self, start_s: float, lines: Iterable[str]) -> None:
        """From second `start_s` to the end, or until `lines` say to end it. Raises ConfigError."""
        pictures = threading.Thread(target=self._show, name="replay frames", daemon=True)
        try:
            self._eeg.start(start_s)
            self.controls.listen(lines, self._say)
            pictures.start()
            self._send()
        finally:
            self._over.set()
            if pictures.ident is not None:
                pictures.join(JOIN_S)
            self._eeg.close()
            if self._frames is not None:
                self._frames.close()

    def _frame_outlet(self) -> FrameReplay | None:
        """None without pictures. A video that cannot be read is said, and the EEG plays."""
        try:
            size = picture_size(self._playlist)
        except MilmerError as error:
            self._say(f"Without pictures: {error}")
            return None
        if size is None:
            return None
        eeg = self._eeg
        return FrameReplay(self.timeline, self._clock, size, name=eeg.name, source_id=eeg.source_id)

    def _send(self) -> None:
        """The EEG, each chunk when it is due. At the end somebody may still go back."""
        ended = self.controls.ended
        while not ended.is_set():
            wait_s = self._eeg.step()
            if not self._eeg.finished:
                self._clock.wait(max(0.0, wait_s), ended)
                continue
            self._clock.wait(LINGER_S, ended)
            if self._eeg.finished:
                return

    def _show(self) -> None:
        """The pictures, until the replay is over."""
        while self._frames is not None and not self._over.is_set():
            try:
                wait_s = self._frames.step()
            except MilmerError as error:
                self._say(f"No more pictures: {error}")
                return
            if wait_s > 0:
                self._clock.wait(wait_s, self._over)
