"""What a user writes to name a source, and the source."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypedDict, cast
from urllib.parse import parse_qsl, quote

from milmer_live.acquisition.source import EEGSource, FrameSource, MarkerSource
from milmer_live.clock import Clock
from milmer_live.config import CameraSettings
from milmer_live.errors import ConfigError

EEG_EXAMPLES = (
    "lsl:NAME, lsl:source_id=ID, lsl:type=EEG&host=NAME, brainflow:SYNTHETIC, "
    "brainflow:CYTON?serial_port=PORT"
)
MARKER_EXAMPLES = "lsl:NAME, lsl:source_id=ID, lsl:type=Markers&host=NAME"
FRAME_EXAMPLES = (
    "camera:0, camera:FILE.avi, camera:http://HOST/video.mjpg, camera:rtsp://HOST, lsl:NAME, "
    "lsl:source_id=ID"
)


def eeg_source(spec: str, clock: Clock | None = None, *, channels: Sequence[str] = ()) -> EEGSource:
    """The source that `spec` names: `lsl:…` or `brainflow:…`. `channels` names its channels in
    order, where the device does not. Raises ConfigError."""
    makers: dict[str, Callable[[str, Clock | None], EEGSource]] = {
        "lsl": _lsl,
        "brainflow": _brainflow,
    }
    scheme, rest = _split(spec, "EEG", EEG_EXAMPLES)
    if scheme not in makers:
        raise ConfigError(f"'{spec}' names no EEG source.", f"Write one of: {EEG_EXAMPLES}.")
    if channels:
        asked = "&" if scheme == "lsl" or "?" in rest else "?"
        rest = f"name={rest}" if scheme == "lsl" and not _is_query(rest) else rest
        rest += f"{asked}channels={quote(','.join(channels), safe=',+')}"
    return makers[scheme](rest, clock)


def frame_source(
    spec: str, settings: CameraSettings | None = None, clock: Clock | None = None
) -> FrameSource:
    """The source that `spec` names: `camera:…`, or `lsl:…` of a replay. Raises ConfigError."""
    scheme, address = _split(spec, "camera", FRAME_EXAMPLES)
    if scheme == "lsl":
        from milmer_live.acquisition.lsl_frames import LSLFrames

        wanted, _ = _lsl_stream(address)
        return LSLFrames(**wanted, settings=settings)
    if scheme != "camera":
        raise ConfigError(f"'{spec}' names no camera.", f"Write one of: {FRAME_EXAMPLES}.")
    from milmer_live.acquisition.camera import CameraSource

    return CameraSource(address, settings, clock)


def marker_source(spec: str) -> MarkerSource:
    """The markers that `spec` names: `lsl:…`. Raises ConfigError."""
    scheme, rest = _split(spec, "marker", MARKER_EXAMPLES)
    if scheme != "lsl":
        raise ConfigError(f"'{spec}' names no markers.", f"Write one of: {MARKER_EXAMPLES}.")
    from milmer_live.acquisition.lsl_markers import LSLMarkers

    wanted, _ = _lsl_stream(rest)
    return LSLMarkers(**wanted)


def without_password(spec: str) -> str:
    """`spec` as it may be shown and written down: `camera:rtsp://HOST` of
    `camera:rtsp://user:secret@HOST`."""
    return re.sub(r"(://)[^/@]*@", r"\1", spec)


def _split(spec: str, kind: str, examples: str) -> tuple[str, str]:
    scheme, colon, rest = spec.partition(":")
    if not colon or not rest.strip():
        raise ConfigError(f"'{spec}' names no {kind} source.", f"Write one of: {examples}.")
    return scheme.strip().lower(), rest.strip()


class Wanted(TypedDict, total=False):
    """What an LSL stream has to be."""

    name: str
    source_id: str
    type: str
    host: str


LSL_FIELDS = tuple(Wanted.__annotations__)


def _lsl(text: str, _clock: Clock | None) -> EEGSource:
    """As `_lsl_stream`, and `&channels=Fp1,Fp2,…` to name channels that the sender does not."""
    from milmer_live.acquisition.lsl import LSLSource

    wanted, more = _lsl_stream(text, "channels")
    names = more.get("channels", "")
    channels = [name.strip() for name in names.split(",")] if names else ()
    return LSLSource(**wanted, channels=channels)


def _lsl_stream(text: str, *more: str) -> tuple[Wanted, dict[str, str]]:
    """`NAME`, or `source_id=ID`, `type=EEG&host=NAME` and so on, and fields called `more`."""
    if not _is_query(text):
        return Wanted(name=text), {}
    fields = dict(parse_qsl(text.replace("+", "%2B")))
    wanted = {name: value for name, value in fields.items() if name in LSL_FIELDS}
    others = {name: value for name, value in fields.items() if name not in LSL_FIELDS}
    if not wanted or set(others) - set(more):
        raise ConfigError(
            f"An LSL stream is not found by '{text}'.",
            "Write lsl:name=NAME&source_id=ID, or type=TYPE, or host=NAME.",
        )
    return cast("Wanted", wanted), others


def _is_query(text: str) -> bool:
    """Else it is a name, which may hold an equals sign."""
    return text.startswith(tuple(f"{name}=" for name in LSL_FIELDS))


def _brainflow(text: str, clock: Clock | None) -> EEGSource:
    from milmer_live.acquisition.brainflow import BrainFlowSource

    return BrainFlowSource(text, clock)
