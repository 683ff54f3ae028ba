"""What a run is to whoever starts and watches it: its engine, its devices, what was true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from milmer_live.acquisition.registry import without_password
from milmer_live.config import CameraSettings
from milmer_live.live.state import EngineSnapshot
from milmer_live.processing.channels.user_channels import Said
from milmer_live.samples import Quadrant

if TYPE_CHECKING:
    from milmer_live.model.card import Card

Truth = Callable[[float], Quadrant | None]


class EngineLike(Protocol):
    """What whoever watches needs of an engine. `snapshot` is called 60 times a second."""

    def start(self) -> None:
        """May block while it connects. Raises MilmerError."""
        ...

    def stop(self) -> None: ...

    def snapshot(
        self, *, eeg_since: int | None = None, eeg_seconds: float = 10.0
    ) -> EngineSnapshot:
        """With the samples from index `eeg_since` on, at most the newest `eeg_seconds`."""
        ...


OpenEngine = Callable[[], EngineLike]


@dataclass(frozen=True, slots=True)
class Setup:
    """Which devices and which model, as on the command line; "" for none, or for the model that
    comes along. `also` and `markers` are streams that are recorded beside; `unit`, `layout`
    and `channels` ("Fp1,-,Cz") are what the user says of the EEG, "" for as stated."""

    eeg: str
    camera: str = ""
    checkpoint: str = ""
    markers: tuple[str, ...] = ()
    unit: str = ""
    layout: str = ""
    channels: str = ""
    also: tuple[str, ...] = ()

    @property
    def said_by_user(self) -> bool:
        """Whether anything is said of the EEG's channels."""
        return bool(self.unit or self.layout or self.channels)

    def said(self) -> Said:
        """What the user says of the EEG's channels. Raises ConfigError."""
        return Said.of(self.channels, self.layout, self.unit)

    def words(self) -> str:
        """What it is, to be shown: without a camera's password."""
        return " + ".join(without_password(part) for part in (self.eeg, self.camera) if part)


@dataclass(frozen=True, slots=True)
class Launch:
    """`open_engine` blocks, and is called off the GUI thread; `name` tells the model once it
    has returned; `truth` the label at a time, where one is known."""

    open_engine: OpenEngine
    name: Callable[[], str] = lambda: ""
    truth: Truth | None = None


class Launcher(Protocol):
    """Makes runs; nothing heavy happens before `Launch.open_engine`."""

    def demo(self) -> Launch: ...

    def card_of(self, checkpoint: str) -> Card:
        """Of the model that would answer; "" is the default. Reads a file. Raises ModelError."""
        ...

    def connect(self, setup: Setup, camera: CameraSettings) -> Launch: ...
