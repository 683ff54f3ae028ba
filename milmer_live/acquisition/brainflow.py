"""EEG of the boards that BrainFlow speaks to.

BrainFlow stamps samples with Unix time when they come in; here they are placed by the numbers of
their packages and moved to the LSL clock. A jump in the numbers is a loss, and so is silence; that
packages come late or in bursts is none.
"""

from __future__ import annotations

import functools
import logging
import math
import threading
import time
import weakref
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.acquisition.brainflow_boards import (
    BoardSpec,
    board_name,
    board_shim,
    description,
    parse_board,
)
from milmer_live.acquisition.package_clock import PackageClock
from milmer_live.acquisition.serial_port import SerialPort
from milmer_live.clock import Clock, LSLClock
from milmer_live.errors import SourceEnded, SourceFormat, SourceLost, SourceNotFound
from milmer_live.samples import BoardStatus, EEGChunk, EEGInfo, Float64, frozen

_log = logging.getLogger(__name__)

POLL_S = 0.02  # BrainFlow cannot be waited for
BUFFER_S = 60  # BrainFlow keeps this much for a reader that is held up
SILENT_S = 1.0  # after which a board is lost
FIRST_SAMPLE_S = 10.0  # a Bluetooth board may take this long to begin

# Package numbers count from 0 in steps, and begin again at the modulus. Of other boards the
# step is learned, and their beginning again is not taken for a loss.
COUNTING = {"SYNTHETIC": (1, 256), "CYTON": (1, 256), "CYTON_DAISY": (2, 256)}
LEARN_FROM = 64  # packages
PLAYBACK, LOOPS = "PLAYBACK_FILE", "loopback_true"
BURST_S = 1.0  # by which packages may come late: what they say is missing must fit into the time

HINTS = {
    "UNABLE_TO_OPEN_PORT_ERROR": "Is the dongle plugged in, is the port right, and may you use it?",
    "ANOTHER_BOARD_IS_CREATED_ERROR": "It is open in this program already: close that first.",
    "BOARD_NOT_READY_ERROR": "Is it switched on and near?",
    "SYNC_TIMEOUT_ERROR": "Is it switched on and near?",
    "INVALID_ARGUMENTS_ERROR": "Check its parameters; brainflow.log says more.",
}


class BrainFlowSource:
    """One board, by its spec: `SYNTHETIC`, `CYTON?serial_port=/dev/ttyUSB0`.

    The session is released by `close`, and also when the source is given up or the program
    ends, whatever happened before: a board that is left open cannot be opened again.
    """

    def __init__(self, spec: str, clock: Clock | None = None) -> None:
        """Raises ConfigError."""
        self.spec: BoardSpec = parse_board(spec)
        self.status = BoardStatus()
        self._layout = _Layout(self.spec, description(self.spec))
        self._clock = clock or LSLClock()
        self._session: _Session | None = None
        self._pending: deque[EEGChunk] = deque()
        self._awake = threading.Event()  # never set: something to wait on
        self._count = 0
        self._package_clock = PackageClock(self._layout.info.sample_rate)
        self._received = 0  # since it was opened
        self._rows = 0.0  # of the recording that is played
        self._silent_at = 0.0

    def open(self) -> EEGInfo:
        """Raises SourceNotFound where the board does not answer."""
        self.close()
        self._layout.restart()
        self._package_clock.restart()
        self._received, self._rows = 0, _rows_of(self.spec)
        self._session = _Session(self.spec, BUFFER_S * self._layout.info.sample_rate)
        self._give_back = weakref.finalize(self, self._session.release)
        self._silent_at = self._clock.now() + FIRST_SAMPLE_S
        return self._layout.info

    def read(self, timeout_s: float) -> EEGChunk | None:
        deadline = self._clock.now() + timeout_s
        while not self._pending:
            self._take(self._checked_session().data())
            now = self._clock.now()
            if not self._pending and now >= self._silent_at and not self._rows_left():
                raise self._silent()
            if self._pending or now >= deadline:
                break
            self._clock.wait(min(POLL_S, deadline - now), self._awake)
        return self._pending.popleft() if self._pending else None

    def close(self) -> None:
        self._pending.clear()
        if self._session is not None:
            self._give_back()
        self._session = None

    def _rows_left(self) -> bool:
        """Of a recording that is played: whether it has not given all of its samples yet. It is
        silent where the board was."""
        return self.spec.name == PLAYBACK and self._received < self._rows

    def _silent(self) -> SourceLost:
        if self.spec.name == PLAYBACK:
            return SourceEnded(f"The recording {self.spec.parameters['file']} has come to its end.")
        return SourceLost(
            f"The board {self.spec.name} has gone silent.",
            "Is it in reach, and its battery charged?",
        )

    def _checked_session(self) -> _Session:
        if self._session is None:
            raise SourceLost("The board is not open.")
        return self._session

    def _take(self, rows: Float64) -> None:
        """`rows` (n_rows, n_samples) as BrainFlow lays them out."""
        if not rows.shape[1]:
            return
        now = self._clock.now()
        self._silent_at = now + SILENT_S
        self._received += rows.shape[1]
        self.status = self._layout.status(rows)
        offset_s = now - time.time()
        for part in self._layout.unbroken(rows):
            self._count += part.lost_before
            placed = self._package_clock.times(self._count, part.unix_times)
            times = frozen(placed + offset_s)
            self._pending.append(EEGChunk(part.data, times, self._count, offset_s))
            self._count += len(times)


def _rows_of(spec: BoardSpec) -> float:
    """Samples in the file of a board that plays one, each on a line; it may be told to begin again
    for ever. A file that cannot be read is left to BrainFlow, which says so."""
    if LOOPS in spec.commands:
        return math.inf
    try:
        with Path(str(spec.parameters.get("file", ""))).open("rb") as file:
            return sum(not line.isspace() for line in file)
    except OSError:
        return 0


@functools.cache
def _held_class() -> Any:
    """BrainFlow's BoardShim without its destructor, which releases whatever session its board has
    by then: that of a later attempt, when a failed one is forgotten at last."""
    shim: Any = board_shim().BoardShim
    return type("HeldBoard", (shim,), {"__del__": lambda _board: None})


class _Session:
    """BrainFlow's hold on a board, streaming. It is given back by `release` alone, once."""

    def __init__(self, spec: BoardSpec, buffer_samples: float) -> None:
        module = board_shim()
        parameters = module.BrainFlowInputParams()
        for name, value in spec.parameters.items():
            setattr(parameters, name, value)
        self._failure: type[Exception] = module.BrainFlowError
        self._name = spec.name
        self._board: Any = _held_class()(spec.board_id, parameters)
        self._is_held = False
        serial_port = spec.parameters.get("serial_port")
        self._port = SerialPort(str(serial_port)) if serial_port else None
        try:
            self._board.prepare_session()
            self._is_held = True
            if self._port is not None:
                self._port.exclude()
            for command in spec.commands:
                self._board.config_board(command)
            self._board.start_stream(int(buffer_samples))
        except module.BrainFlowError as error:
            self.release()
            raise _not_found(spec, error) from error
        except BaseException:  # nobody holds the port for a session that is not there
            self.release()
            raise

    def data(self) -> Float64:
        """(n_rows, n_samples) that have come. Raises SourceLost."""
        try:
            return np.asarray(self._board.get_board_data(), dtype=np.float64)
        except self._failure as error:
            raise SourceLost(f"The board {self._name} is lost: {error}.") from error

    def release(self) -> None:
        """Give the board back; harmless when that has been done."""
        held, self._is_held = self._is_held, False
        try:
            if held:
                self._board.release_session()  # ends the stream as well
        except self._failure as error:
            _log.warning("The board %s does not let go: %s", self._name, error)
        finally:
            if self._port is not None:
                self._port.release()


def _not_found(spec: BoardSpec, error: Any) -> SourceNotFound:
    code = board_shim().BrainFlowExitCodes(error.exit_code).name
    reason = code.removesuffix("_ERROR").replace("_", " ").lower()
    return SourceNotFound(
        f"The board {spec.name} does not open: {reason}.",
        HINTS.get(code, "brainflow.log, beside the program's log, says more."),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """Samples that follow one another: data (n_samples, n_channels) µV, Unix stamps."""

    lost_before: int
    data: NDArray[np.float32]
    unix_times: Float64


class _Layout:
    """Where things are in BrainFlow's rows."""

    def __init__(self, spec: BoardSpec, found: dict[str, Any]) -> None:
        self.info = EEGInfo(
            name=str(found["name"]),
            source_id=_source_id(spec),
            channel_names=_channel_names(spec, found),
            sample_rate=float(found["sampling_rate"]),
        )
        self._eeg = list(found["eeg_channels"])
        self._times = int(found["timestamp_channel"])
        self._numbers = found.get("package_num_channel")
        self._battery = found.get("battery_channel")
        self._impedances = list(found.get("resistance_channels", ()))
        self._counting = COUNTING.get(board_name(spec.described_as), (0, 0))
        self.restart()

    def restart(self) -> None:
        """Another stretch of packages begins."""
        self._counter = PackageCounter(*self._counting)
        self._last_time: float | None = None

    def status(self, rows: Float64) -> BoardStatus:
        newest = rows[:, -1]
        return BoardStatus(
            None if self._battery is None else float(newest[self._battery]),
            tuple(float(newest[row]) for row in self._impedances),
        )

    def unbroken(self, rows: Float64) -> list[_Part]:
        """The samples, cut where packages are missing."""
        if self._numbers is None:
            lost = np.zeros(rows.shape[1], dtype=np.int64)
        else:
            lost = np.minimum(
                self._counter.lost_before(rows[self._numbers]), self._most_lost(rows[self._times])
            )
        data = np.ascontiguousarray(rows[self._eeg].T, dtype=np.float32)
        starts = sorted({0, *np.flatnonzero(lost).tolist()})
        stops = [*starts[1:], len(data)]
        return [
            _Part(int(lost[start]), frozen(data[start:stop]), rows[self._times, start:stop])
            for start, stop in zip(starts, stops, strict=True)
        ]

    def _most_lost(self, unix_times: Float64) -> NDArray[np.int64]:
        """(n_samples,) how many samples can have been before each one since the one before it:
        some boards count otherwise than by one, and from anywhere."""
        last = unix_times[0] if self._last_time is None else self._last_time
        self._last_time = float(unix_times[-1])
        waited_s = np.maximum(np.diff(unix_times, prepend=last), 0.0) + BURST_S
        return np.asarray(waited_s * self.info.sample_rate, dtype=np.int64)


class PackageCounter:
    """Finds losses by the numbers of the packages. `step` 0: to be learned from the first
    packages; `modulus` 0: not known, and where the numbers fall nothing is counted."""

    def __init__(self, step: int = 0, modulus: int = 0) -> None:
        self._step = step
        self._modulus = modulus
        self._per_package = 1
        self._last: int | None = None
        self._steps: Counter[int] = Counter()

    def lost_before(self, numbers: Float64) -> NDArray[np.int64]:
        """(n_samples,) how many samples are missing before each one."""
        whole = numbers.astype(np.int64)
        steps = np.diff(whole, prepend=whole[0] if self._last is None else self._last)
        self._last = int(whole[-1])
        if self._modulus:
            steps %= self._modulus
        if not self._step:
            self._learn(steps)
            return np.zeros(len(steps), dtype=np.int64)
        lost = np.maximum(steps // self._step - 1, 0) * self._per_package
        return np.asarray(lost, dtype=np.int64)

    def _learn(self, steps: NDArray[np.int64]) -> None:
        """Some boards send several samples in a package, under one number."""
        self._steps.update(steps.tolist())
        packages = sum(count for step, count in self._steps.items() if step > 0)
        if packages >= LEARN_FROM:
            usual = self._steps.most_common()
            self._step = next(step for step, _ in usual if step > 0)
            self._per_package = round(self._steps.total() / packages)


def _source_id(spec: BoardSpec) -> str:
    """The same for the same device, so that a recording says which it was."""
    where = ("serial_number", "mac_address", "serial_port", "ip_address", "file")
    known = [str(spec.parameters[name]) for name in where if spec.parameters.get(name)]
    return ":".join(["brainflow", spec.name, *known[:1]])


def _channel_names(spec: BoardSpec, found: dict[str, Any]) -> tuple[str, ...]:
    """Raises SourceFormat."""
    count = len(found["eeg_channels"])
    names = spec.channels or tuple(filter(None, str(found.get("eeg_names", "")).split(",")))
    if len(names) == count:
        return names
    said = f"{len(names)} are named" if names else "it does not name them"
    raise SourceFormat(
        f"The board {spec.name} has {count} EEG channels, and {said}.",
        f"Name them in order: brainflow:{spec.name}?channels=Fp1,Fp2,…",
    )
