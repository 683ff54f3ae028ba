"""What a device is to the rest of the program."""

from __future__ import annotations

from typing import Protocol

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
