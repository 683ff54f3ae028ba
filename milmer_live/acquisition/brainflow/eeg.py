"""EEG of the boards that BrainFlow speaks to, and the other signals that they send.

BrainFlow stamps samples with Unix time when they come in; here they are placed by the numbers of
their packages and moved to the LSL clock. A jump in the numbers is a loss, and so is silence; that
packages come late or in bursts is none.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque

import numpy as np
from numpy.typing import NDArray

from milmer_live.acquisition.brainflow.boards import (
    BoardSpec,
    board_name,
    parse_board,
)
from milmer_live.acquisition.brainflow.messages import how_to_reach
from milmer_live.acquisition.brainflow.package_counter import COUNTING
from milmer_live.acquisition.brainflow.playback import (
    PlayedFile,
    played_file,
)
from milmer_live.acquisition.brainflow.reader import (
    Part,
    PresetReader,
    SignalBeside,
)
from milmer_live.acquisition.brainflow.session import BoardSession
from milmer_live.acquisition.brainflow.signals import (
    EEG,
    IMPEDANCE,
    PERCENT,
    RESISTANCES,
    BoardPreset,
    BoardSignal,
    presets_of,
)
from milmer_live.catalogue import Code
from milmer_live.clock import Clock, LSLClock
from milmer_live.errors import SourceEnded, SourceLost
from milmer_live.messages import Message
from milmer_live.samples import BoardStatus, EEGChunk, EEGInfo, Float64, frozen

LOOKS = 5  # at two clocks, of which the quickest counts
POLL_S = 0.02  # BrainFlow cannot be waited for
BUFFER_S = 60  # BrainFlow keeps this much for a reader that is held up
SILENT_S = 1.0  # after which a board is lost
FIRST_SAMPLE_S = 10.0  # a Bluetooth board may take this long to begin


class BrainFlowSource:
    """One board, by its spec: `SYNTHETIC`, `CYTON?serial_port=/dev/ttyUSB0`.

    It gives the board's EEG; `beside` are its other signals, each a source of its own that this
    one fills while it is read. The session is released by `close`, and also when the source is
    given up or the program ends, whatever happened before: a board that is left open cannot be
    opened again.
    """

    def __init__(self, spec: str, clock: Clock | None = None, *, any_signal: bool = False) -> None:
        """`any_signal`: it is only to be recorded, and need not have EEG. Raises ConfigError."""
        self.spec: BoardSpec = parse_board(spec)
        self.status = BoardStatus()
        presets = presets_of(self.spec, any_signal=any_signal)
        counting = COUNTING.get(board_name(self.spec.described_as), (0, 0))
        self._clock = clock or LSLClock()
        self._readers = [PresetReader(preset, counting) for preset in presets]
        self._main = presets[0].signals[0]
        signals = [signal for preset in presets for signal in preset.signals]
        self.beside = tuple(
            SignalBeside(one, self._clock) for one in signals if one is not self._main
        )
        self._session: BoardSession | None = None
        self._pending: deque[EEGChunk] = deque()
        self._failure: Exception | None = None  # to be raised when `_pending` has been given
        self._awake = threading.Event()  # never set: something to wait on
        self._received = 0  # since it was opened
        self._played: PlayedFile | None = None  # of a board that plays one
        self._heard_at = 0.0  # when any of its signals came
        self._silent_at = 0.0

    def open(self) -> EEGInfo:
        """Raises SourceNotFound where the board does not answer."""
        self.close()
        self._received, self._played = 0, played_file(self.spec)
        self._session = BoardSession(self.spec, BUFFER_S * self._readers[0].preset.sample_rate)
        self._give_back = weakref.finalize(self, self._session.release)
        rates = [self._restarted(reader, self._session) for reader in self._readers]
        self._heard_at = self._clock.now()
        self._silent_at = self._heard_at + FIRST_SAMPLE_S
        return self._main.info(rates[0])

    def read(self, timeout_s: float) -> EEGChunk | None:
        deadline = self._clock.now() + timeout_s
        while not self._pending:
            self._take_or_fail(self._checked_session())
            now = self._clock.now()
            if not self._pending:
                self._check_there(now)
            if self._pending or now >= deadline:
                break
            self._clock.wait(min(POLL_S, deadline - now), self._awake)
        return self._pending.popleft() if self._pending else None

    def close(self) -> None:
        self._pending.clear()
        self._failure = None
        for signal in self.beside:
            signal.end()
        if self._session is not None:
            self._give_back()
        self._session = None

    def _restarted(self, reader: PresetReader, session: BoardSession) -> float:
        """The rate at which the board sends the preset now."""
        rate = session.sample_rate(reader.preset.number) or reader.preset.sample_rate
        reader.restart(rate)
        for signal in self.beside:
            if signal.signal.preset == reader.preset.number:
                signal.begin(rate)
        return rate

    def _check_there(self, now: float) -> None:
        """Nothing has come now. Raises SourceLost, SourceEnded."""
        its = self._played
        if its is not None and its.is_over(self._received, now - self._heard_at):
            said = Message(Code.RECORDING_ENDED, name=its.path)
            for signal in self.beside:
                signal.end(said)
            raise SourceEnded(said)
        if its is None and now >= self._silent_at:
            raise SourceLost(
                Message(Code.BOARD_SILENT, name=self.spec.name), how_to_reach(self.spec)
            )

    def _checked_session(self) -> BoardSession:
        if self._session is None:
            raise SourceLost(Message(Code.BOARD_NOT_OPEN))
        return self._session

    def _take_or_fail(self, session: BoardSession) -> None:
        """One preset may fail when another has given its packages: these come first."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        try:
            self._take_all(session)
        except Exception as error:
            if not self._pending:
                raise
            self._failure = error

    def _take_all(self, session: BoardSession) -> None:
        for reader in self._readers:
            rows = session.data(reader.preset.number)
            if rows.shape[1]:
                self._take(reader, rows)
        if not self._pending:
            session.check_port()

    def _take(self, reader: PresetReader, rows: Float64) -> None:
        """`rows` (n_rows, n_samples) as BrainFlow lays them out."""
        now = self._heard_at = self._clock.now()
        offset_s = unix_offset_s(self._clock)
        if reader is self._readers[0]:
            self._silent_at = now + SILENT_S
            self._received += rows.shape[1]
        self._note(reader.preset, rows[:, -1])
        alone = _impedance_alone(reader.preset, rows)
        if alone.any():
            self._spread(reader.preset, _unnumbered(reader.preset, rows[:, alone]), offset_s)
            rows = rows[:, ~alone]
        for part in reader.parts(rows) if rows.shape[1] else ():
            self._spread(reader.preset, part, offset_s)

    def _spread(self, preset: BoardPreset, part: Part, offset_s: float) -> None:
        """Each signal to whoever reads it. A part without a number is of impedances alone."""
        for signal in self.beside:
            one = signal.signal
            if one.preset == preset.number and (part.is_numbered or one.key == RESISTANCES):
                signal.put(part, offset_s, preset.sample_rate)
        if preset is self._readers[0].preset and part.is_numbered:
            self._pending.append(_chunk(self._main, part, offset_s))

    def _note(self, preset: BoardPreset, newest: Float64) -> None:
        """Battery and impedances, of the (n_rows,) values that are the newest."""
        battery, ohms = preset.of_kind("battery_channel"), preset.of_kind(RESISTANCES)
        percent, impedances = self.status.battery_percent, self.status.impedances_ohm
        if battery is not None and battery.units == (PERCENT,):
            percent = float(newest[battery.rows[0]])
        if ohms is not None and preset.number == 0:
            impedances = _measured(ohms, newest)
        self.status = BoardStatus(percent, impedances)


def unix_offset_s(clock: Clock) -> float:
    """What is added to Unix time for that of `clock`, in seconds: by the quickest of a few looks,
    since a thread that is held up between two clocks measures its own delay."""
    looks = []
    for _ in range(LOOKS):
        before, unix, after = clock.now(), time.time(), clock.now()
        looks.append((after - before, (before + after) / 2 - unix))
    return min(looks)[1]


def _chunk(signal: BoardSignal, part: Part, offset_s: float) -> EEGChunk:
    values = part.rows[list(signal.rows)].T * signal.scale
    data = frozen(np.ascontiguousarray(values, dtype=np.float32))
    raw = None if signal.is_eeg else frozen(np.ascontiguousarray(values))
    return EEGChunk(data, frozen(part.times + offset_s), part.first_index, offset_s, raw)


def _impedance_alone(preset: BoardPreset, rows: Float64) -> NDArray[np.bool_]:
    """(n_samples,) which packages have impedances and no EEG, which is 0 there: Ganglion sends
    these between the others, with numbers of their own."""
    eeg, ohms = preset.of_kind(EEG), preset.of_kind(RESISTANCES)
    if eeg is None or ohms is None:
        return np.zeros(rows.shape[1], dtype=np.bool_)
    has_ohms = (rows[list(ohms.rows)] != 0).any(axis=0)
    return np.asarray(has_ohms & ~rows[list(eeg.rows)].any(axis=0), dtype=np.bool_)


def _unnumbered(preset: BoardPreset, rows: Float64) -> Part:
    return Part(-1, rows, rows[preset.times])


def _measured(signal: BoardSignal, newest: Float64) -> tuple[tuple[str, float], ...]:
    """By electrode; one that is not measured is 0 or less."""
    pairs = zip(signal.labels, newest[list(signal.rows)].tolist(), strict=True)
    return tuple((label.removeprefix(IMPEDANCE), ohms) for label, ohms in pairs if ohms > 0)
