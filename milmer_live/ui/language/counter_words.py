"""What the engine has counted, in lines for tool tips and captions."""

from __future__ import annotations

from collections.abc import Sequence

from milmer_live.live.state import Counters
from milmer_live.ui.language.i18n import tr


def eeg_losses(counters: Counters) -> tuple[int, int, int, int]:
    """Samples of the EEG that no window has seen: lost on the way, not a number, too late,
    overwritten."""
    return (
        counters.samples_lost,
        counters.samples_unusable,
        counters.samples_late,
        counters.eeg_overwritten,
    )


def losses_by_cause(losses: tuple[int, int, int, int]) -> str:
    causes = (
        tr("{n} lost on the way, by the sender's own count"),
        tr("{n} not a number"),
        tr("{n} too late for their window"),
        tr("{n} overwritten before they were read"),
    )
    return "\n".join(
        (
            tr("Samples of the EEG that no window has seen:"),
            _lines(tuple(zip(causes, losses, strict=True))),
        )
    )


def detection(counters: Counters) -> str:
    """How long it takes to find the faces of a frame."""
    return tr("detection {ms} ms").format(ms=f"{counters.detection_s * 1e3:.0f}")


def camera(counters: Counters) -> str:
    """Frames and faces since the start."""
    if not counters.frames_received:
        return ""
    faces = (
        (tr("{n} frames received"), counters.frames_received),
        (tr("{n} frames dropped: they were not taken in time"), counters.frames_dropped),
        (tr("{n} frames with the face detected"), counters.faces_found),
        (tr("{n} frames without the face"), counters.faces_missed),
        (tr("{n} times the face was lost"), counters.faces_lost),
        (tr("{n} frames with several faces"), counters.faces_several),
    )
    interval = tr("{ms} ms between two frames").format(ms=f"{counters.frame_interval_s * 1e3:.0f}")
    return "\n".join((interval, detection(counters), _lines(faces)))


def _lines(counted: Sequence[tuple[str, int]]) -> str:
    return "\n".join(words.format(n=f"{number:,}") for words, number in counted)
