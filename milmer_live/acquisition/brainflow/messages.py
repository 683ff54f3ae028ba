"""What keeps a board from being opened or read, in words, with what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from milmer_live.acquisition.brainflow.boards import (
    BoardSpec,
    board_name,
    board_shim,
    descriptions,
)
from milmer_live.errors import SourceLost, SourceNotFound

SERIAL_HINT = "Is it switched on, near its dongle, and is {port} the port of that?"
BLUETOOTH_HINT = "Is it switched on and near, Bluetooth on, and no other program connected to it?"
NETWORK_HINT = "Is it switched on, and in the same network as this computer?"
USB_HINT = "Is it plugged in and switched on, and does no other program use it?"
FILE_HINT = "Give the file of a recording that BrainFlow has written."
LOG_HINT = "brainflow.log, beside the program's log, says more."

# How boards are reached whose parameters do not tell.
BY_NETWORK = ("STREAMING", "GALEA", "EMOTIBIT", "BIOLISTENER", "NOTION", "CROWN")
BY_USB = ("ANT_NEURO", "PIEEG", "SYNTHETIC", "PLAYBACK_FILE")

# By BrainFlow's codes: a sentence about the board, and what to do; None: how the board is
# connected says that.
SAID: dict[str, tuple[str, str | None]] = {
    "PORT_ALREADY_OPEN_ERROR": (
        "The port of the board {name} is open already.",
        "Close the program that uses it.",
    ),
    "UNABLE_TO_OPEN_PORT_ERROR": (
        "The port {port} of the board {name} does not open.",
        "Is the dongle plugged in, is the port right, and may you use it?",
    ),
    "SER_PORT_ERROR": (
        "The port {port} is none that the board {name} can be at.",
        "Give the port of its dongle; `milmer-live devices` lists those that there are.",
    ),
    "BOARD_WRITE_ERROR": ("The board {name} takes no commands.", None),
    "INCOMMING_MSG_ERROR": (
        "What comes is not from a board {name}.",
        "Is it the right board, and the right port?",
    ),
    "INITIAL_MSG_ERROR": (
        "The board {name} does not begin as it should.",
        "Switch it off and on again.",
    ),
    "BOARD_NOT_READY_ERROR": ("The board {name} does not answer.", None),
    "STREAM_ALREADY_RUN_ERROR": (
        "The board {name} is open in this program already.",
        "Close that first.",
    ),
    "ANOTHER_BOARD_IS_CREATED_ERROR": (
        "The board {name} is open in this program already.",
        "Close that first.",
    ),
    "STREAM_THREAD_ERROR": (
        "The board {name} does not begin to send.",
        "Switch it off and on again.",
    ),
    "STREAM_THREAD_IS_NOT_RUNNING": (
        "The board {name} does not begin to send.",
        "Switch it off and on again.",
    ),
    "SYNC_TIMEOUT_ERROR": ("No data comes from the board {name}.", None),
    "INVALID_ARGUMENTS_ERROR": (
        "The board {name} does not take its parameters: {given}.",
        "brainflow.log, beside the program's log, says what is wrong with them.",
    ),
    "UNSUPPORTED_BOARD_ERROR": (
        "This computer's BrainFlow has no driver for the board {name}.",
        "Use it on a system that BrainFlow's page of supported boards names.",
    ),
    "GENERAL_ERROR": ("The board {name} does not open.", None),
}
DOES_NOT_ANSWER = SAID["BOARD_NOT_READY_ERROR"]
DOES_NOT_OPEN = SAID["GENERAL_ERROR"]


def not_opened(spec: BoardSpec, error: Any) -> SourceNotFound:
    """`error` is BrainFlow's."""
    code = board_shim().BrainFlowExitCodes(error.exit_code).name
    message, hint = _said(spec, code)
    words = {"name": spec.name, "port": _port(spec), "given": _given(spec)}
    if hint is None:
        more = f" {LOG_HINT}" if code not in SAID or code == "GENERAL_ERROR" else ""
        hint = f"{how_to_reach(spec)}{more}"
    return SourceNotFound(message.format(**words), hint)


def _said(spec: BoardSpec, code: str) -> tuple[str, str | None]:
    """Some drivers give a code that means something else to the user."""
    if "PORT" in code and not _port(spec):  # no Bluetooth adapter
        return DOES_NOT_OPEN
    if code == "INVALID_ARGUMENTS_ERROR" and not _given_address(spec):  # it was not found
        return DOES_NOT_ANSWER
    return SAID.get(code, DOES_NOT_OPEN)


def not_commanded(spec: BoardSpec, command: str) -> SourceNotFound:
    return SourceNotFound(
        f"The board {spec.name} does not take the command '{command}'.",
        "Its maker's page lists its commands; config= sends one.",
    )


def gone(spec: BoardSpec) -> SourceLost:
    """BrainFlow has no session of it any more."""
    return SourceLost(f"The board {spec.name} does not answer any more.", how_to_reach(spec))


def unplugged(spec: BoardSpec) -> SourceLost:
    """Its port has hung up."""
    return SourceLost(
        f"The port {_port(spec)} of the board {spec.name} is gone.",
        "Plug the board or its dongle in.",
    )


def how_to_reach(spec: BoardSpec) -> str:
    """What to look at, by the way the board is connected."""
    if _port(spec):
        return SERIAL_HINT.format(port=_port(spec))
    if spec.name.startswith(BY_NETWORK) or spec.name.endswith("WIFI"):
        return NETWORK_HINT
    return USB_HINT if spec.name.startswith(BY_USB) else BLUETOOTH_HINT


def check_files(spec: BoardSpec) -> None:
    """Of a recording that is to be played: it is there, and of the board that it is said to be of.
    Raises SourceNotFound."""
    if spec.name != "PLAYBACK_FILE":
        return
    found = descriptions(spec)
    for number, key in enumerate(("file", "file_aux", "file_anc")):
        if number in found and (given := spec.parameters.get(key)):
            _check_file(Path(str(given)), spec, int(found[number]["num_rows"]))


def _check_file(path: Path, spec: BoardSpec, n_rows: int) -> None:
    try:
        with path.open("rb") as file:
            line = next((line for line in file if not line.isspace()), b"")
    except FileNotFoundError as error:
        raise SourceNotFound(f"There is no file {path}.", FILE_HINT) from error
    except OSError as error:
        raise SourceNotFound(f"The file cannot be read: {path}.", FILE_HINT) from error
    if not line:
        raise SourceNotFound(f"The recording {path} is empty.", FILE_HINT)
    separator = b"\t" if b"\t" in line else b","
    columns = len([one for one in line.split(separator) if one != b"\n"])
    board = board_name(spec.described_as)
    if columns != n_rows:
        raise SourceNotFound(
            f"The recording {path} has {columns} columns, and one of {board} has {n_rows}.",
            "Name the board that recorded it: master_board=NAME",
        )


def _port(spec: BoardSpec) -> str:
    return str(spec.parameters.get("serial_port", ""))


def _given_address(spec: BoardSpec) -> bool:
    """Whether the user says where the board is, or which file it is; else it is searched for."""
    given = {"serial_port", "mac_address", "ip_address", "ip_port", "file"} & spec.parameters.keys()
    return bool(given)


def _given(spec: BoardSpec) -> str:
    return ", ".join(f"{name}={value}" for name, value in spec.parameters.items()) or "none"
