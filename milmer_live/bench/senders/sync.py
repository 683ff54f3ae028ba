"""An amplifier and a camera that see the same events, in a process of their own: `python -m
milmer_live.bench.senders.sync`.

Says in one line of JSON where both are, and sends until its stdin is closed. An event is an
impulse of one sample in the EEG and a white picture, both at the same LSL time: the stamp of
the sample, and the moment at which the picture leaves. At the end it says how late, on average,
the white pictures really left.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, islice
from typing import Any

import numpy as np
import pylsl

from milmer_live.bench.senders.parts import (
    eeg_info,
    jpeg_of,
    mjpeg_handler,
    mjpeg_part,
)
from milmer_live.clock import LSLClock
from milmer_live.samples import MODEL_CHANNELS, UInt8
from milmer_live.synthetic.participant import Participant

RATE, FPS = 500.0, 30.0
SIZE = (640, 480)
NOISE_UV, IMPULSE_UV = 10.0, 300.0
EVENT_EVERY = (24, 41)  # frames from one event to the next, at random: 0.8 to 1.33 s
CHUNKS_PER_S = 60
SPIN_S = 0.002  # before it is due a picture is waited for without sleeping
DRAWN = 60  # pictures that differ; then they begin again
MOST_EVENTS = 20_000
LEAD_S = 0.5  # from the start to the first sample


def sample_of(frame: int) -> int:
    """The sample at whose time a frame leaves: frames lie on the grid of the samples."""
    return round(frame * RATE / FPS)


class Both:
    """The amplifier and the camera."""

    def __init__(self) -> None:
        self.source_id = f"sync-{uuid.uuid4()}"
        self.late_s: list[float] = []  # of each white picture that left
        self._clock = LSLClock()
        self._ended = threading.Event()
        gaps = np.random.default_rng(5).integers(*EVENT_EVERY, MOST_EVENTS)
        self._white = frozenset(np.cumsum(gaps).tolist())
        self._impulses = np.array(sorted(map(sample_of, self._white)))
        self._pictures = [jpeg_of(image, FPS) for image in _drawn()]
        white = np.full((SIZE[1], SIZE[0], 3), 255, dtype=np.uint8)
        self._white_picture = jpeg_of(white, FPS)
        self._outlet: Any = pylsl.StreamOutlet(
            eeg_info("Sync", self.source_id, MODEL_CHANNELS, RATE)
        )
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), mjpeg_handler(self.stream))
        self._server.daemon_threads = True
        self._start = self._clock.now() + LEAD_S
        for run in (self._send_eeg, self._server.serve_forever):
            threading.Thread(target=run, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/video.mjpg"

    def close(self) -> None:
        """Take both away."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._outlet = None

    def _send_eeg(self) -> None:
        rng, sent = np.random.default_rng(1), 0
        while not self._ended.wait(1 / CHUNKS_PER_S):
            outlet, due = self._outlet, int((self._clock.now() - self._start) * RATE) + 1
            if outlet is None or due <= sent:
                continue
            data = rng.normal(0, NOISE_UV, (due - sent, len(MODEL_CHANNELS)))
            data[np.isin(np.arange(sent, due), self._impulses)] = IMPULSE_UV
            stamps = self._start + np.arange(sent, due) / RATE
            outlet.push_chunk(data.astype(np.float32), stamps.tolist())
            sent = due

    def stream(self, handler: BaseHTTPRequestHandler) -> None:
        """Send pictures to one viewer, from the next one on."""
        first = max(0, int((self._clock.now() - self._start) * FPS) + 1)
        for number in count(first):
            is_white = number in self._white
            data = self._white_picture if is_white else self._pictures[number % DRAWN]
            due = self._start + sample_of(number) / RATE
            self._wait_until(due)
            if self._ended.is_set():
                return
            if is_white:
                self.late_s.append(self._clock.now() - due)
            handler.wfile.write(mjpeg_part(data))

    def _wait_until(self, due: float) -> None:
        self._ended.wait(max(0.0, due - SPIN_S - self._clock.now()))
        while self._clock.now() < due:
            time.sleep(0)


def _drawn() -> Sequence[UInt8]:
    """Of a synthetic participant, in whom the detector finds a face."""
    person = Participant(seed=1, number=1)
    frames = person.frames(person.artist(SIZE), 1, person.ratings(1)[0], FPS)
    return list(islice(frames, DRAWN))


def main() -> None:
    both = Both()
    _say({"source_id": both.source_id, "url": both.url})
    sys.stdin.read()
    both.close()
    _say({"late_ms": 1e3 * float(np.mean(both.late_s or [0.0]))})


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
