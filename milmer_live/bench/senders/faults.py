"""Real senders whose faults can be staged: an amplifier and markers over LSL, a network camera."""

from __future__ import annotations

import threading
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import numpy as np
import pylsl

from milmer_live.bench.senders.parts import (
    eeg_info,
    jpeg_of,
    mjpeg_handler,
    mjpeg_part,
)
from milmer_live.samples import UInt8

NAMES = ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2")
RATE = 250.0
CHUNKS_PER_S = 25
FPS = 15.0
SIZE = (320, 240)


class _Sender:
    """Something that goes on in a thread of its own until it is left."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        raise AssertionError("a sender says what it does")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.die()

    def die(self) -> None:
        """End, and take the stream away."""
        self._ended.set()
        self._thread.join()


class Amplifier(_Sender):
    """8 channels of noise that say 250 Hz. `true_rate` is what really comes, `labels` how many
    channels are described; `sends` False: it is there and gives nothing."""

    def __init__(
        self,
        source_id: str,
        *,
        true_rate: float = RATE,
        labels: int = len(NAMES),
        sends: bool = True,
        dies_after_s: float | None = None,
    ) -> None:
        super().__init__()
        self.source_id = source_id
        self._true_rate = true_rate
        self._sends = sends
        self._dies_after_s = dies_after_s
        self._read = threading.Event()
        self._outlet: Any = pylsl.StreamOutlet(
            eeg_info("amplifier", self.source_id, NAMES[:labels], RATE, len(NAMES))
        )

    @property
    def spec(self) -> str:
        return f"lsl:source_id={self.source_id}"

    def wait_dead(self) -> None:
        """Until it has died by itself."""
        self._thread.join()

    def _run(self) -> None:
        if self._dies_after_s is not None:
            self._outlet.wait_for_consumers(30.0)
        rng, start, sent = np.random.default_rng(1), pylsl.local_clock(), 0
        while not self._ended.wait(1 / CHUNKS_PER_S):
            passed_s = pylsl.local_clock() - start
            if self._dies_after_s is not None and passed_s > self._dies_after_s:
                break
            due = int(passed_s * self._true_rate)
            if self._sends and due > sent:
                data = rng.normal(0, 10, (due - sent, len(NAMES))).astype(np.float32)
                stamps = start + np.arange(sent, due) / self._true_rate
                self._outlet.push_chunk(data, stamps.tolist())
                sent = due
        self._outlet = None


class Markers(_Sender):
    """A stimulus program that is there and says nothing."""

    def __init__(self, source_id: str) -> None:
        super().__init__()
        self.spec = f"lsl:source_id={source_id}"
        info = pylsl.StreamInfo("stimulus", "Markers", 1, 0.0, "string", source_id)
        self._outlet: Any = pylsl.StreamOutlet(info)

    def _run(self) -> None:
        self._ended.wait()
        self._outlet = None


class Picture(Enum):
    """What a camera sends: a moving picture, its last one again and again, or black ones."""

    MOVING = "moving"
    LAST = "last"
    BLACK = "black"


class Camera(_Sender):
    """A network camera (MJPEG over HTTP on this machine)."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = Picture.MOVING
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), mjpeg_handler(self._stream))
        self._server.daemon_threads = True
        self.spec = f"camera:http://127.0.0.1:{self._server.server_port}/video.mjpg"

    def show(self, picture: Picture) -> None:
        self._shown = picture

    def die(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _run(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def _stream(self, handler: BaseHTTPRequestHandler) -> None:
        number, data = 0, b""
        while not self._ended.wait(1 / FPS):
            if self._shown is not Picture.LAST or not data:
                picture = _picture(number, black=self._shown is Picture.BLACK)
                data = jpeg_of(picture, FPS)
                number += 1
            handler.wfile.write(mjpeg_part(data))


def _picture(number: int, *, black: bool) -> UInt8:
    """A grey room with a light patch that moves, and noise as sensors have it."""
    if black:
        return np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)
    noise = np.random.default_rng(number).normal(100, 6, (SIZE[1], SIZE[0], 1))
    image = np.repeat(noise, 3, axis=2)
    left = 4 * (number % 60)
    image[60:160, left : left + 40] += 80
    return np.clip(image, 0, 255).astype(np.uint8)
