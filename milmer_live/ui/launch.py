"""What can be started from the window. What it takes to start it lies above this room."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from milmer_live.acquisition.registry import without_password
from milmer_live.config import CameraSettings
from milmer_live.samples import Quadrant
from milmer_live.ui.bridge import OpenEngine

Truth = Callable[[float], Quadrant | None]


@dataclass(frozen=True, slots=True)
class Setup:
    """Which devices and which model, as on the command line; "" for none, or for the model that
    comes along. `markers` are streams that are recorded beside."""

    eeg: str
    camera: str = ""
    checkpoint: str = ""
    markers: tuple[str, ...] = ()

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

    def connect(self, setup: Setup, camera: CameraSettings) -> Launch: ...


class SetupStore:
    """The last set-up that was connected, in one small file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def last(self) -> Setup | None:
        """None where there is none, or none that can be read."""
        try:
            values = json.loads(self._file.read_text(encoding="utf-8"))
            markers = tuple(map(str, values.get("markers", ())))
            eeg, camera, model = (str(values[name]) for name in ("eeg", "camera", "checkpoint"))
            return Setup(eeg, camera, model, markers)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, setup: Setup) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(asdict(setup), indent=2) + "\n", encoding="utf-8")
