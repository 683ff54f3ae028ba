"""A network camera on loopback that speaks RTSP (RFC 2326), for those who know its password: H.264
in RTP packets (RFC 6184), interleaved in the one TCP connection."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av

from milmer_live.clock import now
from milmer_live.samples import UInt8

CLOCK_HZ = 90_000  # of RTP's stamps for video
SHARE = 1400  # bytes of a NAL unit in one packet, as on Ethernet
USER, PASSWORD = "user", "secret"
H264 = 96  # a free payload type, which the SDP explains

_SECRET = b64encode(f"{USER}:{PASSWORD}".encode()).decode()

Draw = Callable[[int], UInt8]


class RTSPCamera(socketserver.ThreadingTCPServer):
    """Sends `draw(0)`, `draw(1)` and so on, `fps` a second, to whoever asks it to PLAY."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, draw: Draw, size: tuple[int, int], port: int = 0, fps: int = 25) -> None:
        super().__init__(("127.0.0.1", port), _Viewer)
        self.draw, self.size, self.fps = draw, size, fps
        self.cut = threading.Event()
        self.stalled = threading.Event()
        self.sent: list[float] = []  # when each frame was
        self.asked: list[str] = []  # methods, in order
        self.transports: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, password: str = PASSWORD) -> str:
        return f"rtsp://{USER}:{password}@127.0.0.1:{self.server_address[1]}/live"

    def stop(self) -> None:
        """Cut all connections, and answer no more."""
        self.cut.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, _request: object, _address: object) -> None:
        """A viewer that has gone is no error."""


class _Viewer(socketserver.StreamRequestHandler):
    server: RTSPCamera

    def handle(self) -> None:
        """Answer requests; PLAY sends until the viewer goes or the camera is cut."""
        while not self.server.cut.is_set():
            lines = list(iter(lambda: self.rfile.readline().decode().strip(), ""))
            if not lines:
                return
            method = lines[0].split()[0]
            fields = dict(line.split(": ", 1) for line in lines[1:])
            self.server.asked.append(method)
            if method != "OPTIONS" and fields.get("Authorization") != f"Basic {_SECRET}":
                realm = 'WWW-Authenticate: Basic realm="camera"'
                self._send("401 Unauthorized", fields, [realm])
                continue
            self._answer(method, fields)
            if method == "PLAY":
                self._play()
                return

    def _answer(self, method: str, fields: dict[str, str]) -> None:
        more: list[str] = []
        body = ""
        if method == "OPTIONS":
            more = ["Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"]
        elif method == "DESCRIBE":
            body = _description()
            more = ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        elif method == "SETUP":
            self.server.transports.append(fields["Transport"])
            more = [f"Transport: {fields['Transport']}", "Session: 1"]
        self._send("200 OK", fields, more, body)

    def _send(self, status: str, fields: dict[str, str], more: list[str], body: str = "") -> None:
        head = [f"RTSP/1.0 {status}", f"CSeq: {fields['CSeq']}", *more]
        self.wfile.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())

    def _play(self) -> None:
        camera, number = self.server, 0
        encoder = _encoder(camera.size, camera.fps)
        with contextlib.suppress(OSError):
            for index in _numbers(camera):
                camera.sent.append(now())
                units = _units(encoder, camera.draw(index), index)
                for packet in _packets(units, index * CLOCK_HZ // camera.fps, number):
                    number += 1
                    self.wfile.write(b"$\x00" + struct.pack(">H", len(packet)) + packet)
        # TCP would else let the viewer wait for what never comes
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def _numbers(camera: RTSPCamera) -> Iterator[int]:
    """Of the frames, each when it is due."""
    index = 0
    while not camera.cut.wait(1 / camera.fps):
        if not camera.stalled.is_set():
            yield index
            index += 1


def _description() -> str:
    return "\r\n".join(
        (
            "v=0",
            "o=- 0 0 IN IP4 127.0.0.1",
            "s=camera",
            "c=IN IP4 0.0.0.0",
            "t=0 0",
            f"m=video 0 RTP/AVP {H264}",
            f"a=rtpmap:{H264} H264/{CLOCK_HZ}",
            f"a=fmtp:{H264} packetization-mode=1",
            "a=control:track",
            "",
        )
    )


def _encoder(size: tuple[int, int], fps: int) -> Any:
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height = size
    codec.pix_fmt, codec.time_base, codec.framerate = "yuv420p", Fraction(1, fps), Fraction(fps)
    codec.thread_count = 1
    codec.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "g": "10",
        "x264-params": "repeat-headers=1",  # whoever comes later has to know the size
    }
    return codec


def _units(encoder: Any, image: UInt8, index: int) -> list[bytes]:
    """The NAL units of one frame, without their start codes."""
    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
    frame.pts = index
    stream = b"".join(bytes(packet) for packet in encoder.encode(frame))
    marked = stream.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01")
    return [unit for unit in marked.split(b"\x00\x00\x01") if unit]


def _packets(units: list[bytes], stamp: int, number: int) -> Iterator[bytes]:
    """RTP packets; the marker bit is on the last of a frame."""
    payloads = [payload for unit in units for payload in _payloads(unit)]
    for place, payload in enumerate(payloads):
        last = place == len(payloads) - 1
        sequence = (number + place) % 65536
        yield struct.pack(">BBHII", 0x80, H264 | last << 7, sequence, stamp, 0x4D4C) + payload


def _payloads(unit: bytes) -> Iterator[bytes]:
    """A unit as it is, or in parts (FU-A) where it is too long for one packet."""
    if len(unit) <= SHARE:
        yield unit
        return
    head, body = unit[0], unit[1:]
    for first in range(0, len(body), SHARE):
        starts, ends = first == 0, first + SHARE >= len(body)
        yield (
            bytes([head & 0xE0 | 28, starts << 7 | ends << 6 | head & 0x1F])
            + body[first : first + SHARE]
        )
