"""Cameras on loopback that send H.264: MPEG-TS over TCP or UDP, and RTMP."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from camera_tools import SIZE, bar

FPS = 25
TS_PACKET = 188
OPTIONS = {"preset": "ultrafast", "tune": "zerolatency", "g": "10"}


class _Written:
    """A file that FFmpeg writes to, and that is emptied."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += bytes(data)
        return len(data)

    def take(self) -> bytes:
        data, self.data = self.data, b""
        return data


class Stream:
    """What a camera sends in the container `form`: pictures of `bar`, each when it is due.
    While `stalled` is set it sends nothing."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.cut = threading.Event()
        self.stalled = threading.Event()

    def pieces(self) -> Iterator[bytes]:
        """The container's bytes, a picture at a time, until it is cut."""
        file, index = _Written(), 0
        options = {"flush_packets": "1", "flvflags": "no_duration_filesize"}
        with av.open(file, "w", format=self.form, container_options=options) as container:
            stream: Any = container.add_stream("libx264", rate=FPS, options=dict(OPTIONS))
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuv420p"
            while not self.cut.wait(1 / FPS):
                if self.stalled.is_set():
                    continue
                frame = av.VideoFrame.from_ndarray(bar(index), format="rgb24")
                frame.pts, frame.time_base = index, Fraction(1, FPS)
                container.mux(stream.encode(frame))
                index += 1
                yield file.take()


class UDPCamera:
    """Sends MPEG-TS to a port of this machine, whether anybody listens or not."""

    def __init__(self) -> None:
        self.stream = Stream("mpegts")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = _free_udp_port()
        self.url = f"udp://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.stream.cut.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        for piece in self.stream.pieces():
            for first in range(0, len(piece), 7 * TS_PACKET):
                with contextlib.suppress(OSError):  # nobody listens
                    part = piece[first : first + 7 * TS_PACKET]
                    self._socket.sendto(part, ("127.0.0.1", self.port))


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class TCPCamera(socketserver.ThreadingTCPServer):
    """Sends a stream to each viewer: MPEG-TS."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    form = "mpegts"
    scheme = "tcp"

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Viewer)
        self.stream = Stream(self.form)
        self.url = f"{self.scheme}://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.stream.cut.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, _request: object, _address: object) -> None:
        """A viewer that has gone is no error."""

    def greet(self, viewer: _Viewer) -> None:
        """What is said before the stream."""

    def send(self, viewer: _Viewer, piece: bytes) -> None:
        viewer.wfile.write(piece)


class _Viewer(socketserver.StreamRequestHandler):
    server: TCPCamera

    def handle(self) -> None:
        self.server.greet(self)
        for piece in self.server.stream.pieces():
            self.server.send(self, piece)
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class RTMPCamera(TCPCamera):
    """Speaks as much of Adobe's RTMP 1.0 as a player asks for: the tags of an FLV file as
    messages."""

    form = "flv"
    scheme = "rtmp"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.url += "/live/camera"

    def greet(self, viewer: _Viewer) -> None:
        first = viewer.rfile.read(1 + 1536)
        viewer.wfile.write(b"\x03" + bytes(1536) + first[1:])
        viewer.rfile.read(1536)
        viewer.wfile.write(_message(1, struct.pack(">I", 1 << 16)))  # whole messages from here on
        for name, number in _commands(viewer.rfile):
            if name in ("connect", "createStream"):
                viewer.wfile.write(
                    _message(20, _text("_result") + _number(number) + b"\5" + _number(1))
                )
            if name == "play":
                status = _key("level", "status") + _key("code", "NetStream.Play.Start")
                body = _text("onStatus") + _number(0) + b"\5\3" + status + b"\0\0\t"
                viewer.wfile.write(_message(20, body))
                return

    def send(self, viewer: _Viewer, piece: bytes) -> None:
        at = 13 if piece.startswith(b"FLV") else 0
        while at < len(piece):
            size = int.from_bytes(piece[at + 1 : at + 4], "big")
            time_ms = int.from_bytes(piece[at + 4 : at + 7], "big")
            body = piece[at + 11 : at + 11 + size]
            viewer.wfile.write(_message(piece[at], body, time_ms, stream=1))
            at += 11 + size + 4


def _message(kind: int, body: bytes, time_ms: int = 0, stream: int = 0) -> bytes:
    """In one chunk, the longest that was announced."""
    head = b"\x03" + time_ms.to_bytes(3, "big") + len(body).to_bytes(3, "big") + bytes([kind])
    return head + struct.pack("<I", stream) + body


def _commands(file: Any) -> Iterator[tuple[str, float]]:
    """Name and number of each command of the player, which sends chunks of 128 bytes."""
    heads: dict[int, list[int]] = {}  # length and kind of each chunk stream's message
    bodies: dict[int, bytes] = {}
    while first := file.read(1):
        form, stream = first[0] >> 6, first[0] & 63
        rest = file.read((11, 7, 3, 0)[form])
        if form < 2:
            heads[stream] = [int.from_bytes(rest[3:6], "big"), rest[6]]
        length, kind = heads[stream]
        so_far = bodies.pop(stream, b"")
        so_far += file.read(min(128, length - len(so_far)))
        if len(so_far) < length:
            bodies[stream] = so_far
        elif kind == 20:
            end = 3 + int.from_bytes(so_far[1:3], "big")
            yield so_far[3:end].decode(), struct.unpack(">d", so_far[end + 1 : end + 9])[0]


def _text(text: str) -> bytes:
    """In AMF 0, as numbers and keys are."""
    return b"\2" + struct.pack(">H", len(text)) + text.encode()


def _number(value: float) -> bytes:
    return b"\0" + struct.pack(">d", value)


def _key(key: str, text: str) -> bytes:
    return struct.pack(">H", len(key)) + key.encode() + _text(text)
