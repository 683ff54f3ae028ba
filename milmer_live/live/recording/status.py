"""What the recorder shows of itself: frozen, so that any thread may keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from milmer_live.storage.session.balance import StreamBalance


class RecorderState(StrEnum):
    """FALLBACK: recording goes on in another folder. FAILED: nothing is kept any more."""

    RECORDING = "recording"
    FALLBACK = "fallback"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """What the screen says. `fault` stays until the session ends; `warning` is for now.

    `samples` are in the file, `lost` are marked in it as gaps, `not_kept` could not be marked
    either, and `rejected` did not fit their stream (`reasons` has the last one): by stream.
    `minutes_left` is None while it is not known. `balance` has each source that was asked for, in
    the order asked; `missing_required` names those that are required and have given nothing yet.
    `read_back` is that of `SessionCard`: set some moments after the session was closed.
    `troubles` are all that was wrong with the recording itself, such as the disk.
    """

    state: RecorderState
    folder: Path
    fault: str = ""
    warning: str = ""
    bytes_written: int = 0
    free_bytes: int | None = None
    minutes_left: float | None = None
    queued_bytes: int = 0
    samples: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    not_kept: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    balance: tuple[StreamBalance, ...] = ()
    missing_required: tuple[str, ...] = ()
    read_back: str = ""
    troubles: tuple[str, ...] = ()
