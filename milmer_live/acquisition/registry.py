"""What a user writes to name a source, and the source."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl

from milmer_live.acquisition.source import EEGSource, FrameSource, MarkerSource
from milmer_live.clock import Clock
from milmer_live.config import CameraSettings
from milmer_live.errors import ConfigError

EEG_EXAMPLES = "lsl:NAME, lsl:source_id=ID, brainflow:SYNTHETIC, brainflow:CYTON?serial_port=PORT"
MARKER_EXAMPLES = "lsl:NAME, lsl:source_id=ID"
FRAME_EXAMPLES = "camera:0, camera:FILE.avi, camera:http://HOST/video.mjpg, camera:rtsp://HOST"


def eeg_source(spec: str, clock: Clock | None = None) -> EEGSource:
    """The source that `spec` names: `lsl:…` or `brainflow:…`. Raises ConfigError."""
    makers: dict[str, Callable[[str, Clock | None], EEGSource]] = {
        "lsl": _lsl,
        "brainflow": _brainflow,
    }
    scheme, rest = _split(spec, "EEG", EEG_EXAMPLES)
    if scheme not in makers:
        raise ConfigError(f"'{spec}' names no EEG source.", f"Write one of: {EEG_EXAMPLES}.")
    return makers[scheme](rest, clock)


def frame_source(
    spec: str, settings: CameraSettings | None = None, clock: Clock | None = None
) -> FrameSource:
    """The source that `spec` names: `camera:…`. Raises ConfigError."""
    scheme, address = _split(spec, "camera", FRAME_EXAMPLES)
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

    wanted = _lsl_stream(rest)
    return LSLMarkers(name=wanted.get("name", ""), source_id=wanted.get("source_id", ""))


def _split(spec: str, kind: str, examples: str) -> tuple[str, str]:
    scheme, colon, rest = spec.partition(":")
    if not colon or not rest.strip():
        raise ConfigError(f"'{spec}' names no {kind} source.", f"Write one of: {examples}.")
    return scheme.strip().lower(), rest.strip()


def _lsl(text: str, _clock: Clock | None) -> EEGSource:
    """As `_lsl_stream`, and `&channels=Fp1,Fp2,…` to name channels that the sender does not."""
    from milmer_live.acquisition.lsl import LSLSource

    wanted = _lsl_stream(text, "channels")
    names = wanted.pop("channels", "")
    channels = [name.strip() for name in names.split(",")] if names else ()
    name, source_id = wanted.get("name", ""), wanted.get("source_id", "")
    return LSLSource(name=name, source_id=source_id, channels=channels)


def _lsl_stream(text: str, *more: str) -> dict[str, str]:
    """`NAME`, `source_id=ID`, `name=NAME&source_id=ID`, and fields called `more` with both."""
    if not text.startswith(("name=", "source_id=")):
        return {"name": text}
    wanted = dict(parse_qsl(text.replace("+", "%2B")))
    if not wanted or set(wanted) - {"name", "source_id", *more}:
        raise ConfigError(
            f"An LSL stream is not found by '{text}'.", "Write lsl:name=NAME&source_id=ID."
        )
    return wanted


def _brainflow(text: str, clock: Clock | None) -> EEGSource:
    from milmer_live.acquisition.brainflow import BrainFlowSource

    return BrainFlowSource(text, clock)
