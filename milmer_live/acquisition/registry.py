"""What a user writes to name a source, and the source."""

from __future__ import annotations

import re
from urllib.parse import quote

from milmer_live.acquisition.lsl.spec import parsed
from milmer_live.acquisition.source import EEGSource, FrameSource, MarkerSource
from milmer_live.clock import Clock
from milmer_live.config import CameraSettings
from milmer_live.errors import ConfigError
from milmer_live.processing.channels.user_channels import (
    NOTHING_SAID,
    UNNAMED,
    Said,
)

EEG_EXAMPLES = (
    "lsl:NAME, lsl:source_id=ID, lsl:type=EEG&host=NAME, brainflow:SYNTHETIC, "
    "brainflow:CYTON?serial_port=PORT"
)
MARKER_EXAMPLES = "lsl:NAME, lsl:source_id=ID, lsl:type=Markers&host=NAME"
FRAME_EXAMPLES = (
    "camera:0, camera:FILE.mp4, camera:http://HOST/video.mjpg, camera:rtsp://HOST, lsl:NAME, "
    "lsl:source_id=ID"
)


def eeg_source(
    spec: str,
    clock: Clock | None = None,
    *,
    said: Said = NOTHING_SAID,
    as_sent: bool = False,
) -> EEGSource:
    """The source that `spec` names: `lsl:…` or `brainflow:…`. `said` is what the user says of its
    channels, before what `spec` says. `as_sent`: it is only to be recorded and may be any signal.
    Raises ConfigError."""
    scheme, rest = _split(spec, "EEG", EEG_EXAMPLES)
    if scheme == "lsl":
        return _lsl(rest, said, as_sent)
    if scheme == "brainflow":
        return _brainflow(rest, said, clock, as_sent)
    raise ConfigError(f"'{spec}' names no EEG source.", f"Write one of: {EEG_EXAMPLES}.")


def frame_source(
    spec: str, settings: CameraSettings | None = None, clock: Clock | None = None
) -> FrameSource:
    """The source that `spec` names: `camera:…`, or `lsl:…` of a replay. Raises ConfigError."""
    scheme, address = _split(spec, "camera", FRAME_EXAMPLES)
    if scheme == "lsl":
        from milmer_live.acquisition.lsl.frames import LSLFrames

        wanted, _ = parsed(address)
        return LSLFrames(**wanted, settings=settings)
    if scheme != "camera":
        raise ConfigError(f"'{spec}' names no camera.", f"Write one of: {FRAME_EXAMPLES}.")
    from milmer_live.acquisition.camera.address import address_of
    from milmer_live.acquisition.camera.source import CameraSource

    address_of(address)
    return CameraSource(address, settings, clock)


def marker_source(spec: str) -> MarkerSource:
    """The markers that `spec` names, or the signal that they are: `lsl:…`. Raises ConfigError."""
    scheme, rest = _split(spec, "marker", MARKER_EXAMPLES)
    if scheme != "lsl":
        raise ConfigError(f"'{spec}' names no markers.", f"Write one of: {MARKER_EXAMPLES}.")
    from milmer_live.acquisition.lsl.markers import LSLMarkersOrSignal

    wanted, _ = parsed(rest)
    return LSLMarkersOrSignal(wanted)


def without_password(spec: str) -> str:
    """`spec` as it may be shown and written down: `camera:rtsp://HOST` of
    `camera:rtsp://user:secret@HOST`, and what a query says of a password or a key."""
    without_user = re.sub(r"(://)[^/]*@", r"\1", spec)
    if "://" not in spec:
        return without_user
    return re.sub(
        r"(?i)([?&][^=&]*(?:pass|pwd|token|secret|auth|key)[^=&]*=)[^&]*", r"\1…", without_user
    )


def _split(spec: str, kind: str, examples: str) -> tuple[str, str]:
    scheme, colon, rest = spec.partition(":")
    if not colon or not rest.strip():
        raise ConfigError(f"'{spec}' names no {kind} source.", f"Write one of: {examples}.")
    return scheme.strip().lower(), rest.strip()


def _lsl(text: str, said: Said, as_sent: bool) -> EEGSource:
    """`text` may say `&channels=Fp1,Fp2,…`, `&layout=NAME` and `&unit=uV` too."""
    from milmer_live.acquisition.lsl.eeg import LSLSource

    wanted, more = parsed(text, "channels", "layout", "unit")
    written = Said.of(*(more.get(field, "") for field in ("channels", "layout", "unit")))
    return LSLSource(**wanted, said=said.or_else(written), as_sent=as_sent)


def _brainflow(text: str, said: Said, clock: Clock | None, as_sent: bool) -> EEGSource:
    from milmer_live.acquisition.brainflow.eeg import BrainFlowSource

    if said.unit:
        raise ConfigError("A BrainFlow board gives µV: it needs no unit.", "Leave --unit out.")
    names = ",".join(name or UNNAMED for name in said.names)
    for key, value in (("channels", names), ("layout", said.layout)):
        if value:
            text += f"{'&' if '?' in text else '?'}{key}={quote(value, safe=',+')}"
    return BrainFlowSource(text, clock, any_signal=as_sent)
