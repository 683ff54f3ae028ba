"""How soon a serial board is back: a Cyton on a pseudo-terminal that is off, unplugged, or dies."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from milmer_live.acquisition.registry import eeg_source
from milmer_live.bench.machine import machine
from milmer_live.bench.senders import cyton
from milmer_live.clock import LSLClock
from milmer_live.config import Preprocessing
from milmer_live.errors import ConfigError, SourceLost
from milmer_live.live.engine import Asked, Engine
from milmer_live.live.state import SourceStatus
from milmer_live.samples import FaceBox, FrameSample

GOAL_S = 2.0
LIMIT_S = 30.0  # how long a board is waited for
LOOK_S = 0.005
STEADY = 125  # samples that come before a board goes away
OFF_S, UNPLUGGED_S, RESTARTED_S = 5.0, 5.0, 0.2  # away, and a bit more each time
MORE_S = 0.07  # so that attempts to connect are met at all their phases

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds from the moment at which the port was there until samples came, of each run."""

    runs: int
    recovered: int
    within_goal: int
    median_s: float
    worst_s: float
    each_s: tuple[float, ...]

    @staticmethod
    def of(seconds: Sequence[float]) -> Recovery:
        """Runs that took `LIMIT_S` never ended."""
        back = sorted(one for one in seconds if one < LIMIT_S)
        return Recovery(
            runs=len(seconds),
            recovered=len(back),
            within_goal=sum(one <= GOAL_S for one in back),
            median_s=back[len(back) // 2] if back else LIMIT_S,
            worst_s=max(seconds),
            each_s=tuple(round(one, 2) for one in seconds),
        )


class Board:
    """The emulator, in a process of its own, at a port that keeps its name."""

    def __init__(self, port: Path, emulator: Path) -> None:
        self.port = port
        self._command = [sys.executable, str(emulator), str(port)]
        self._program: subprocess.Popen[bytes] | None = None

    def plug_in(self) -> None:
        """Returns when the port is there."""
        self._program = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self._program.stdout is not None
        self._program.stdout.readline()

    def die(self) -> None:
        """The port's name stays, and leads nowhere."""
        if self._program is not None:
            self._program.kill()
            self._program.communicate()
        self._program = None

    def unplug(self) -> None:
        self.die()
        self.port.unlink(missing_ok=True)


class _Run:
    """An engine on the board, as `live` makes one, and what it says of it."""

    def __init__(self, board: Board) -> None:
        spec = f"brainflow:CYTON?serial_port={board.port}"
        self.board = board
        self.clock = LSLClock()
        self._engine = Engine(
            eeg_source(spec, self.clock), None, None, _no_face, Preprocessing(), self.clock,
            asked=Asked(spec),
        )  # fmt: skip
        self._never = threading.Event()

    def start(self) -> None:
        self._engine.start()

    def stop(self) -> None:
        self._engine.stop()
        self.board.unplug()

    def pause(self, seconds: float) -> None:
        self.clock.wait(seconds, self._never)

    @property
    def status(self) -> SourceStatus:
        return self._engine.snapshot(eeg_seconds=0.0).sources[0]

    def until(self, holds: Callable[[SourceStatus], bool]) -> float:
        """Seconds until it held; `LIMIT_S` where it did not."""
        began = self.clock.now()
        while not holds(self.status):
            if self.clock.now() - began >= LIMIT_S:
                return LIMIT_S
            self.pause(LOOK_S)
        return self.clock.now() - began

    def back_after(self) -> float:
        """Plug the board in: seconds until samples of it came."""
        before = self.status.received
        self.board.plug_in()
        return self.until(lambda one: one.received > before)

    def flow(self) -> None:
        """Wait for some samples. Raises SourceLost."""
        before = self.status.received
        if self.until(lambda one: one.received > before + STEADY) >= LIMIT_S:
            raise SourceLost("The emulated board does not send.")


def measure(folder: Path, times: int, emulator: Path | None, say: Say) -> dict[str, Any]:
    """All figures; `folder` is where the port comes, `emulator` another program than ours that
    takes the port's name and says in a line when it is there. Raises MilmerError."""
    if sys.platform == "win32":
        raise ConfigError("Windows has no pseudo-terminals.", "Measure on Linux or macOS.")
    board = Board(folder / "ttyUSB0", emulator or Path(cyton.__file__))
    found = {
        "off at the start": Recovery.of(_off_at_the_start(board, times, say)),
        "unplugged": Recovery.of(_gone(board, times, board.unplug, UNPLUGGED_S, say)),
        "killed and restarted": Recovery.of(_gone(board, times, board.die, RESTARTED_S, say)),
    }
    everything = Recovery.of([one for part in found.values() for one in part.each_s])
    parts = {"all": everything, **found}
    return {"machine": machine(), **{name: asdict(part) for name, part in parts.items()}}


def _off_at_the_start(board: Board, times: int, say: Say) -> list[float]:
    seconds = []
    for turn in range(times):
        run = _Run(board)
        run.start()
        try:
            run.until(lambda one: bool(one.error))
            run.pause(OFF_S + turn * MORE_S)
            seconds.append(run.back_after())
        finally:
            run.stop()
        say(f"off at the start {turn + 1}: {seconds[-1]:.2f} s")
    return seconds


def _gone(board: Board, times: int, go: Callable[[], None], away_s: float, say: Say) -> list[float]:
    """One run, during which the board goes away again and again."""
    seconds = []
    run = _Run(board)
    run.start()
    try:
        board.plug_in()
        for turn in range(times):
            run.flow()
            go()
            run.pause(away_s + turn * MORE_S)
            seconds.append(run.back_after())
            say(f"{go.__name__.replace('_', ' ')} {turn + 1}: {seconds[-1]:.2f} s")
    finally:
        run.stop()
    return seconds


def _no_face(_frame: FrameSample) -> FaceBox | None:
    """There is no camera."""
    return None
