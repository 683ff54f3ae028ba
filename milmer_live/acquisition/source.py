"""What a device is to the rest of the program.

A source may have more than its protocol asks for: `take_notes` of `TellsNotes`, `lost` of
`CountsLost`. `notes_of` and `lost_of` ask any source.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from milmer_live.samples import EEGChunk, EEGInfo, FrameSample, Marker


class EEGSource(Protocol):
    """A stream of EEG. `open` may block; `read` must not block longer than `timeout_s`."""

    def open(self) -> EEGInfo:
        """Connect. Raises SourceNotFound or SourceFormat."""
        ...

    def read(self, timeout_s: float) -> EEGChunk | None:
        """The samples that have come since the last call, or None. Raises SourceLost."""
        ...

    def close(self) -> None:
        """Release the device; harmless when it is closed already."""
        ...


class FrameSource(Protocol):
    """A stream of frames from a camera or a file.

    `dropped` counts frames that nobody took in time.
    """

    @property
    def dropped(self) -> int: ...

    def open(self) -> str:
        """Connect and return the name to show. Raises SourceNotFound or SourceFormat."""
        ...

    def read(self, timeout_s: float) -> FrameSample | None:
        """The next frame, or None when none came in time. Raises SourceLost."""
        ...

    def close(self) -> None:
        """Release the camera; harmless when it is closed already."""
        ...


class MarkerSource(Protocol):
    """A stream of markers, such as a stimulus program sends them."""

    def open(self) -> str:
        """Connect and return the stream's name. Raises SourceNotFound or SourceFormat."""
        ...

    def read(self, timeout_s: float) -> tuple[Marker, ...] | None:
        """The markers that have come since the last call, or None. Raises SourceLost."""
        ...

    def close(self) -> None:
        """Harmless when it is closed already."""
        ...


@runtime_checkable
class TellsNotes(Protocol):
    """A source that has something to say of what it receives, such as texts that are not UTF-8."""

    def take_notes(self) -> tuple[str, ...]:
        """Sentences that have not been returned before; each is said once, over reconnections as
        well. To be asked after each `open` and `read`, on the same thread."""
        ...


@runtime_checkable
class CountsLost(Protocol):
    """A source whose buffer may be too small for what comes."""

    @property
    def lost(self) -> int:
        """Samples or markers that found it full, since the source was made: at least so many.
        `EEGChunk.first_index` jumps over samples; nothing but this tells of a lost marker."""
        ...


def notes_of(source: object) -> tuple[str, ...]:
    """What `source` has to say since the last call; nothing where it never does."""
    return source.take_notes() if isinstance(source, TellsNotes) else ()


def lost_of(source: object) -> int:
    """What `source` has lost in a buffer of its own; 0 where it does not count."""
    return source.lost if isinstance(source, CountsLost) else 0
