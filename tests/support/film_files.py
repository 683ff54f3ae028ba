"""Video files that are made for tests, and sound."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from camera_tools import SIZE, bar

N = 40
TICK = Fraction(1, 90_000)


def film(
    path: Path,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    *,
    stamps: list[int] | None = None,
    tick: Fraction = TICK,
    n: int = N,
    fps: int = 25,
    matrix: list[int] | None = None,
    turn: int = 0,
    file_options: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """`n` pictures of `bar`, at `stamps` in units of `tick`; else `fps` a second."""
    with av.open(str(path), "w", options=file_options or {}) as container:
        stream: Any = container.add_stream(codec, rate=fps, options=options or {})
        stream.width, stream.height = SIZE
        stream.pix_fmt = pixels
        if stamps is not None:
            stream.codec_context.time_base = stream.time_base = tick
        if turn:
            stream.set_display_rotation(turn)
        if matrix is not None:
            stream.set_display_matrix(matrix)
        for index in range(n):
            frame = av.VideoFrame.from_ndarray(bar(index), format="rgb24")
            frame = frame.reformat(format=pixels)
            frame.pts = index if stamps is None else stamps[index]
            frame.time_base = Fraction(1, fps) if stamps is None else tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def sound(folder: Path) -> Path:
    with wave.open(str(folder / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000))
    return folder / "a.wav"


def still(folder: Path) -> Path:
    encoder: Any = av.CodecContext.create("png", "w")
    encoder.width, encoder.height = SIZE
    encoder.pix_fmt, encoder.time_base = "rgb24", Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(bar(0), format="rgb24")
    path = folder / "a.png"
    path.write_bytes(b"".join(bytes(one) for one in encoder.encode(frame)))
    return path
