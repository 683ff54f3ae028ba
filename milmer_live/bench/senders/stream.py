"""An amplifier in a process of its own, over LSL: `python -m milmer_live.bench.senders.stream
SECONDS CHANNELS RATE`. Says its source_id, begins with the first line on its stdin, and says
"sent" when all has left; what has not been read yet can be read until its stdin is closed.
"""

from __future__ import annotations

import sys
import threading

from milmer_live.acquisition.replay.outlets import EEGReplay
from milmer_live.acquisition.replay.playlist import (
    Playlist,
    PlaylistItem,
)
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.bench.senders.in_process import Amplifier
from milmer_live.clock import LSLClock
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Recording


def channel_names(n_channels: int) -> tuple[str, ...]:
    """The model's, and others behind them."""
    others = (f"X{number + 1}" for number in range(n_channels - len(MODEL_CHANNELS)))
    return (*MODEL_CHANNELS, *others)[:n_channels]


def recording(seconds: float, n_channels: int, rate: float) -> Recording:
    """Noise; channel 0 counts."""
    chunk = Amplifier(n_channels, rate, 0.0).chunk(round(seconds * rate))
    info = EEGInfo("Bench", "bench", channel_names(n_channels), rate)
    return Recording(info, chunk.data, chunk.times, participant="bench", name="bench")


def main(seconds: float, n_channels: int, rate: float) -> None:
    played = recording(seconds, n_channels, rate)
    timeline = ReplayTimeline(Playlist([PlaylistItem(played, 0.0, seconds + 1.0)]))
    clock, never = LSLClock(), threading.Event()
    sender = EEGReplay(timeline, clock, name="MilmerLive-Bench")
    _say(sender.source_id)
    sys.stdin.readline()
    sender.start()
    while not sender.finished:
        wait_s = sender.step()
        if wait_s > 0:
            clock.wait(wait_s, never)
    _say("sent")
    sys.stdin.read()
    sender.close()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
