"""BrainFlow's hold on a board: taken, read and given back, once."""

from __future__ import annotations

import functools
import logging
from typing import Any

import numpy as np

from milmer_live.acquisition.brainflow.boards import (
    BoardSpec,
    board_shim,
)
from milmer_live.acquisition.brainflow.messages import (
    check_files,
    gone,
    not_commanded,
    not_opened,
    unplugged,
)
from milmer_live.acquisition.brainflow.serial_port import SerialPort
from milmer_live.samples import Float64

_log = logging.getLogger(__name__)


@functools.cache
def _held_class() -> Any:
    """BrainFlow's BoardShim without its destructor, which releases whatever session its board has
    by then: that of a later attempt, when a failed one is forgotten at last."""
    shim: Any = board_shim().BoardShim
    return type("HeldBoard", (shim,), {"__del__": lambda _board: None})


class BoardSession:
    """A board that streams. It is given back by `release` alone, once."""

    def __init__(self, spec: BoardSpec, buffer_samples: float) -> None:
        """Raises SourceNotFound."""
        check_files(spec)
        module = board_shim()
        parameters = module.BrainFlowInputParams()
        for name, value in spec.parameters.items():
            setattr(parameters, name, value)
        self._failure: type[Exception] = module.BrainFlowError
        self._spec = spec
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
                self._command(command)
            self._board.start_stream(int(buffer_samples))
        except module.BrainFlowError as error:
            self.release()
            raise not_opened(spec, error) from error
        except BaseException:  # nobody holds the port for a session that is not there
            self.release()
            raise

    def sample_rate(self, preset: int) -> float:
        """Hz, as the board is set now; 0 where BrainFlow does not know."""
        try:
            return float(self._board.get_board_sampling_rate(preset))
        except (self._failure, AttributeError):
            return 0.0

    def data(self, preset: int) -> Float64:
        """(n_rows, n_samples) that have come. Raises SourceLost."""
        try:
            return np.asarray(self._board.get_board_data(preset=preset), dtype=np.float64)
        except self._failure as error:
            raise gone(self._spec) from error

    def check_port(self) -> None:
        """Raises SourceLost where it has hung up; for when nothing comes."""
        if self._port is not None and self._port.is_gone:
            raise unplugged(self._spec)

    def release(self) -> None:
        """Give the board back; harmless when that has been done."""
        held, self._is_held = self._is_held, False
        try:
            if held:
                self._board.release_session()  # ends the stream as well
        except self._failure as error:
            _log.warning("The board %s does not let go: %s", self._spec.name, error)
        finally:
            if self._port is not None:
                self._port.release()

    def _command(self, command: str) -> None:
        try:
            self._board.config_board(command)
        except self._failure as error:
            raise not_commanded(self._spec, command) from error
