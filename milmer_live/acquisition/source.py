"""What a device is to the rest of the program.

A source may have more than its protocol asks for: `take_notes` of `TellsNotes`, `lost` of
`CountsLost`, `waiting` of `CountsWaiting`, `beside` of `SendsMore`, `info` of `TellsPictures`.
`notes_of`, `lost_of`, `waiting_of`, `beside_of` and `pictures_of` ask any source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from milmer_live.samples import CameraInfo, EEGChunk, EEGInfo, FrameSample, Marker


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
    """A stream of markers, such as a stimulus program sends them, or what a user takes for one."""

    def open(self) -> str | EEGInfo:
        """Connect and return the stream's name; where it is a signal, what that is. Raises
        SourceNotFound or SourceFormat."""
        ...

    def read(self, timeout_s: float) -> tuple[Marker, ...] | EEGChunk | None:
        """The markers, or samples of a signal, that have come since the last call, or None. Raises
        SourceLost."""
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


class SignalSource(EEGSource, Protocol):
    """A signal of a device that has more than one; it has a name before it is there."""

    @property
    def name(self) -> str: ...


@runtime_checkable
class SendsMore(Protocol):
    """The source of a device with more signals than its EEG, such as an accelerometer."""

    @property
    def beside(self) -> Sequence[SignalSource]:
        """The others, in no known unit. They have something while this source is read, each for
        one thread; `open` and `read` raise SourceAway while it is not open."""
        ...


@runtime_checkable
class TellsPictures(Protocol):
    """A camera that knows how its pictures are made."""

    @property
    def info(self) -> CameraInfo | None:
        """Of the pictures that come now; None until it has been opened."""
        ...


@runtime_checkable
class CountsWaiting(Protocol):
    """A source that keeps what has come until it is read, in more than one piece."""

    @property
    def waiting(self) -> int:
        """Samples or markers that can be read at once. To be asked on the thread that reads."""
        ...


def notes_of(source: object) -> tuple[str, ...]:
    """What `source` has to say since the last call; nothing where it never does."""
    return source.take_notes() if isinstance(source, TellsNotes) else ()


def lost_of(source: object) -> int:
    """What `source` has lost in a buffer of its own; 0 where it does not count."""
    return source.lost if isinstance(source, CountsLost) else 0


def beside_of(source: object) -> Sequence[SignalSource]:
    """The signals that the device of `source` sends as well."""
    return source.beside if isinstance(source, SendsMore) else ()


def pictures_of(source: object) -> CameraInfo | None:
    """How the pictures of `source` are made; None where it does not say."""
    return source.info if isinstance(source, TellsPictures) else None


def waiting_of(source: object) -> int:
    """What can be read of `source` at once; 0 where it does not tell, as one read takes all."""
    return source.waiting if isinstance(source, CountsWaiting) else 0
