"""What staged senders have in common: an amplifier's description, a network camera's answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from http.server import BaseHTTPRequestHandler
from typing import Any

import av
import pylsl

from milmer_live.samples import UInt8

BOUNDARY = "f"  # between the pictures of `mjpeg_handler`


def eeg_info(
    name: str, source_id: str, labels: Sequence[str], rate: float, n_channels: int = 0
) -> Any:
    """pylsl's description of EEG in µV, float32, whose channels may be more than its labels."""
    info = pylsl.StreamInfo(name, "EEG", n_channels or len(labels), rate, "float32", source_id)
    channels = info.desc().append_child("channels")
    for label in labels:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "microvolts")
        channel.append_child_value("type", "EEG")
    return info


def mjpeg_handler(
    stream: Callable[[BaseHTTPRequestHandler], None],
) -> type[BaseHTTPRequestHandler]:
    """Answers each viewer with MJPEG: `stream` writes its pictures until the viewer has gone."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_values: object) -> None: ...

        def do_GET(self) -> None:
            self.send_response(200)
            kind = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
            self.send_header("Content-Type", kind)
            self.end_headers()
            try:
                stream(self)
            except OSError:
                return  # the viewer has gone

    return Handler


def mjpeg_part(jpeg: bytes) -> bytes:
    """One picture as `mjpeg_handler` sends it."""
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


def jpeg_of(image: UInt8, rate: float) -> bytes:
    """An RGB picture (height, width, 3) of a camera of `rate` pictures a second."""
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.height, encoder.width = image.shape[:2]
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, round(rate))
    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuvj420p")
    frame.pts = 0
    return b"".join(bytes(one) for one in (*encoder.encode(frame), *encoder.encode(None)))
