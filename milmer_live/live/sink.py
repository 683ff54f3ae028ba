"""What the workers of a live run hand to whoever records it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from milmer_live.events import Event
from milmer_live.live.state import SourceStatus
from milmer_live.processing.eeg.signal_settings import SignalSettings
from milmer_live.samples import EEGChunk, EEGInfo, FaceBox, FrameSample, Marker, Prediction
from milmer_live.storage.session.streams import (
    MARKERS,
    Gap,
    Stall,
)

# What a source says of itself at a time on the run's clock. Called from any thread.
StatusAt: TypeAlias = Callable[[float], SourceStatus]


class RecordingSink(Protocol):
    """Takes all that must be kept. Called from many threads: no call waits or raises.

    What cannot be kept (no room, a full disk) is counted, marked in the file as a gap and
    said in the recorder's status.
    """

    def port(self, status: StatusAt) -> RecordingSink:
        """The sink for one source that was asked for, whose samples are counted as its own
        through all reconnections. `status` tells of it."""
        ...

    @property
    def is_pressed(self) -> bool:
        """Whether so much of the source waits for the disk that more had better stay where it
        is, if it can."""
        ...

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk) -> None:
        """Samples as the source gave them: before any filter, all channels, its own rate.

        A stream of the file begins with the first chunk of an `info`; a jump of
        `first_index` is marked as a gap.
        """
        ...

    def write_frame(self, frame: FrameSample) -> None:
        """A camera frame, before anybody looks for a face; a jump of `frame.index` is marked.
        It waits up to a second for its face, and is written without one otherwise."""
        ...

    def write_face(self, frame: FrameSample, face: FaceBox | None) -> None:
        """The face in the frame that was written last, None where there is none."""
        ...

    def write_prediction(self, prediction: Prediction) -> None:
        """What the model said, whether anybody saw it or not."""
        ...

    def write_markers(self, markers: Sequence[Marker], stream: str = MARKERS) -> None:
        """The markers of one read, of the marker stream called `stream`."""
        ...

    def write_gap(self, gap: Gap) -> None:
        """What is missing of a source and shows in nothing that it gives, such as markers that
        found a buffer full."""
        ...

    def write_event(self, event: Event) -> None:
        """Something that happened in the run: connected, lost, a face chosen."""
        ...

    def write_stall(self, stall: Stall, time: float) -> None:
        """At `time`: a stretch in which the camera shows nothing new begins, or is over."""
        ...

    def write_settings(self, settings: SignalSettings, time: float) -> None:
        """How the EEG is prepared from `time` on."""
        ...


class Nobody:
    """Takes all and keeps nothing: while no recording goes on, in place of its recorder."""

    is_pressed = False

    def port(self, status: StatusAt) -> RecordingSink:  # noqa: ARG002 - nothing is counted
        return self

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk) -> None: ...

    def write_frame(self, frame: FrameSample) -> None: ...

    def write_face(self, frame: FrameSample, face: FaceBox | None) -> None: ...

    def write_prediction(self, prediction: Prediction) -> None: ...

    def write_markers(self, markers: Sequence[Marker], stream: str = MARKERS) -> None: ...

    def write_gap(self, gap: Gap) -> None: ...

    def write_event(self, event: Event) -> None: ...

    def write_stall(self, stall: Stall, time: float) -> None: ...

    def write_settings(self, settings: SignalSettings, time: float) -> None: ...
