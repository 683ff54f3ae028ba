"""What can be started from the window. What it takes to start it lies above this room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from milmer_live.acquisition.registry import without_password
from milmer_live.config import CameraSettings
from milmer_live.processing.said_channels import Said
from milmer_live.samples import Quadrant
from milmer_live.ui.bridge import OpenEngine
from milmer_live.ui.files import Keep, as_text, read_values, write_text

if TYPE_CHECKING:
    from milmer_live.model.card import Card

Truth = Callable[[float], Quadrant | None]


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


class SetupStore:
    """The last set-up that was connected, in one small file, read once. `keep` writes it."""

    def __init__(self, file: Path, keep: Keep = write_text) -> None:
        self._file, self._write = file, keep
        self._last = _setup(read_values(file))

    def last(self) -> Setup | None:
        """None where there is none, or none that can be read."""
        return self._last

    def keep(self, setup: Setup) -> None:
        self._last = setup
        self._write(self._file, as_text(asdict(setup)))


def _setup(values: dict[str, object]) -> Setup | None:
    markers, also = values.get("markers", ()), values.get("also", ())
    try:
        eeg, camera, model = (str(values[name]) for name in ("eeg", "camera", "checkpoint"))
    except KeyError:
        return None
    unit, layout, channels = (str(values.get(name, "")) for name in ("unit", "layout", "channels"))
    sides = tuple(map(str, markers)) if isinstance(markers, list) else ()
    signals = tuple(map(str, also)) if isinstance(also, list) else ()
    return Setup(eeg, camera, model, sides, unit, layout, channels, signals)
