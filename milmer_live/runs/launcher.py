"""What the window can start. Everything heavy is imported and loaded when it is opened, off the
GUI thread: the window is on the screen before the model is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from milmer_live.config import CameraSettings
from milmer_live.live.run import (
    EngineLike,
    Launch,
    Setup,
)
from milmer_live.runs.options import (
    Compute,
)
from milmer_live.samples import Quadrant

if TYPE_CHECKING:
    from milmer_live.acquisition.source import EEGSource, FrameSource
    from milmer_live.live.sources.source_worker import SourceWorker
    from milmer_live.model.card import Card
    from milmer_live.runs.demo import Demo
    from milmer_live.runs.devices import LiveRun


class DemoStart:
    """The demo, made when it is opened."""

    def __init__(
        self,
        console: Console,
        checkpoint: Path | None,
        seed: int,
        *,
        publishes: bool,
        compute: Compute | None = None,
    ) -> None:
        self._compute = compute
        self._console, self._checkpoint, self._seed = console, checkpoint, seed
        self._publishes = publishes
        self._demo: Demo | None = None

    def open(self) -> EngineLike:
        from milmer_live.runs.demo import Demo

        self._demo = Demo.prepare(
            self._checkpoint,
            self._seed,
            None,
            self._console,
            publishes=self._publishes,
            compute=self._compute,
            streams_first=True,
        )
        return self._demo.open()

    def name(self) -> str:
        return self._demo.recognizer.name if self._demo is not None else ""

    def truth(self, moment: float) -> Quadrant | None:
        return self._demo.truth_at(moment) if self._demo is not None else None

    def launch(self) -> Launch:
        return Launch(self.open, self.name, self.truth)


class DeviceStart:
    """A run on devices; `name_sources` may import what is heavy."""

    def __init__(
        self,
        console: Console,
        name_sources: Callable[[], tuple[EEGSource, FrameSource | None]],
        checkpoint: Path | None,
        *,
        publishes: bool,
        sides: Callable[[], Sequence[SourceWorker[Any, Any]]] = tuple,
        min_coverage: float | None = None,
        named: tuple[str, str] = ("", ""),
        compute: Compute | None = None,
    ) -> None:
        """`named` is what EEG and camera were asked for by."""
        self._compute = compute
        self._min_coverage, self._named = min_coverage, named
        self._console, self._name_sources, self._sides = console, name_sources, sides
        self._checkpoint, self._publishes = checkpoint, publishes
        self._run: LiveRun | None = None

    def open(self) -> EngineLike:
        from milmer_live.runs.devices import LiveRun

        self._run = LiveRun.prepare(
            *self._name_sources(),
            self._checkpoint,
            self._console,
            headless=False,
            publishes=self._publishes,
            sides=self._sides(),
            min_coverage=self._min_coverage,
            named=self._named,
            compute=self._compute,
        )
        return self._run.open()

    def name(self) -> str:
        return self._run.recognizer.name if self._run is not None else ""

    def launch(self) -> Launch:
        return Launch(self.open, self.name)


class WindowLauncher:
    """What the window's Connect dialog asks for."""

    def __init__(
        self,
        console: Console,
        *,
        checkpoint: Path | None = None,
        seed: int | None = None,
        publishes: bool = True,
        compute: Compute | None = None,
    ) -> None:
        self._compute = compute
        self._console, self._checkpoint, self._publishes = console, checkpoint, publishes
        self._seed = seed

    def card_of(self, checkpoint: str) -> Card:
        """Raises ModelError."""
        from milmer_live.model.card import bundled_checkpoint, read_card

        named = Path(checkpoint) if checkpoint else self._checkpoint
        return read_card(named or bundled_checkpoint())

    def demo(self) -> Launch:
        from milmer_live.runs.options import SEED

        seed = self._seed if self._seed is not None else SEED
        start = DemoStart(
            self._console,
            self._checkpoint,
            seed,
            publishes=self._publishes,
            compute=self._compute,
        )
        return start.launch()

    def connect(self, setup: Setup, camera: CameraSettings) -> Launch:
        from milmer_live.runs.sources import (
            open_side_streams,
            open_sources,
        )

        checkpoint = Path(setup.checkpoint) if setup.checkpoint else self._checkpoint
        start = DeviceStart(
            self._console,
            lambda: open_sources(
                setup.eeg, setup.camera or None, camera.model_dump(), setup.said()
            ),
            checkpoint,
            publishes=self._publishes,
            sides=lambda: open_side_streams(setup.also, setup.markers),
            named=(setup.eeg, setup.camera),
            compute=self._compute,
        )
        return start.launch()
