"""What the window asks of a running engine, beside looking at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

from milmer_live.config import FilterSettings
from milmer_live.events import Event
from milmer_live.live.session_recording import Recordable
from milmer_live.live.signal.recent_signals import RecentSignals
from milmer_live.live.sources.source_worker import SourceWorker
from milmer_live.live.state import SourceStatus
from milmer_live.processing.eeg.artifacts import Artifacts
from milmer_live.samples import Marker


@runtime_checkable
class FilterControls(Protocol):
    """An engine whose filter chain and channels can be changed while it runs."""

    @property
    def filters(self) -> FilterSettings:
        """What it filters by now."""
        ...

    def change_filters(self, filters: FilterSettings) -> None:
        """From the next chunk on. Raises ConfigError."""
        ...

    def mark_bad(self, names: Sequence[str]) -> None:
        """Take these channels, and no others, from their neighbours. Raises ConfigError."""
        ...


@runtime_checkable
class FaceControls(Protocol):
    """An engine that follows one of several faces."""

    def choose_face(self, point: tuple[float, float] | None) -> None:
        """The one at this pixel of the frame; None: as the program chooses."""
        ...


@runtime_checkable
class ArtifactControls(Protocol):
    """An engine that finds artifacts in a baseline and removes them."""

    def fit_ica(self) -> None:
        """Begin; the snapshot's `ica` tells how far it is. Raises ConfigError."""
        ...

    def cancel_ica(self) -> None: ...

    def apply_ica(self, artifacts: Artifacts | None) -> None:
        """Remove what `artifacts` has excluded; None: nothing. Raises ConfigError."""
        ...


@runtime_checkable
class EventSource(Protocol):
    """An engine that tells what befalls its sources."""

    def hear_events(self, listener: Callable[[Event], None]) -> None: ...


@runtime_checkable
class MarkerTeller(Protocol):
    """A stream that tells each of its markers."""

    def hear_markers(self, listener: Callable[[Marker], None]) -> None: ...


@runtime_checkable
class SignalTeller(Protocol):
    """A stream of which signals that are no EEG are shown."""

    recent: RecentSignals

    @property
    def shown(self) -> str:
        """Its name, apart from others of the same."""
        ...

    def status(self, now: float) -> SourceStatus: ...


def core(engine: object) -> object:
    """The engine inside a run, such as the demo's, which has it as `engine`."""
    return getattr(engine, "engine", engine)


def filter_controls(engine: object) -> FilterControls | None:
    inner = core(engine)
    return inner if isinstance(inner, FilterControls) else None


def face_controls(engine: object) -> FaceControls | None:
    inner = core(engine)
    return inner if isinstance(inner, FaceControls) else None


def artifact_controls(engine: object) -> ArtifactControls | None:
    inner = core(engine)
    return inner if isinstance(inner, ArtifactControls) else None


def event_source(engine: object) -> EventSource | None:
    inner = core(engine)
    return inner if isinstance(inner, EventSource) else None


def side_streams(run: object) -> Sequence[SourceWorker[Any, Any]]:
    """Those that run beside the engine, to be recorded with it."""
    return run.side_streams if isinstance(run, Recordable) else ()


def signal_tellers(run: object) -> tuple[SignalTeller, ...]:
    """The amplifier, then the streams beside the engine."""
    workers = (*getattr(core(run), "sources", ()), *side_streams(run))
    return tuple(worker for worker in workers if isinstance(worker, SignalTeller))
