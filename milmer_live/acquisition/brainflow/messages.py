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
from milmer_live.catalogue import Code
from milmer_live.errors import SourceLost, SourceNotFound
from milmer_live.messages import Message

SERIAL_HINT = "Is it switched on, near its dongle, and is {port} the port of that?"
BLUETOOTH_HINT = Message(Code.IS_BOARD_NEAR)
NETWORK_HINT = Message(Code.IS_BOARD_IN_NETWORK)
USB_HINT = Message(Code.IS_BOARD_PLUGGED_IN)
FILE_HINT = Message(Code.GIVE_RECORDING)
LOG_HINT = Message(Code.LOG_SAYS_MORE)

# How boards are reached whose parameters do not tell.
BY_NETWORK = ("STREAMING", "GALEA", "EMOTIBIT", "BIOLISTENER", "NOTION", "CROWN")
BY_USB = ("ANT_NEURO", "PIEEG", "SYNTHETIC", "PLAYBACK_FILE")

# By BrainFlow's codes: a sentence about the board, and what to do; None: how the board is
# connected says that.
SAID: dict[str, tuple[str, str | None]] = {
    "PORT_ALREADY_OPEN_ERROR": (
        "The port of the board {name} is open already.",
        Message(Code.CLOSE_OTHER_PROGRAM),
    ),
    "UNABLE_TO_OPEN_PORT_ERROR": (
        "The port {port} of the board {name} does not open.",
        Message(Code.IS_DONGLE_PLUGGED_IN),
    ),
    "SER_PORT_ERROR": (
        "The port {port} is none that the board {name} can be at.",
        Message(Code.GIVE_PORT),
    ),
    "BOARD_WRITE_ERROR": ("The board {name} takes no commands.", None),
    "INCOMMING_MSG_ERROR": (
        "What comes is not from a board {name}.",
        Message(Code.IS_RIGHT_BOARD),
    ),
    "INITIAL_MSG_ERROR": (
        "The board {name} does not begin as it should.",
        Message(Code.SWITCH_OFF_AND_ON),
    ),
    "BOARD_NOT_READY_ERROR": ("The board {name} does not answer.", None),
    "STREAM_ALREADY_RUN_ERROR": (
        "The board {name} is open in this program already.",
        Message(Code.CLOSE_THAT_FIRST),
    ),
    "ANOTHER_BOARD_IS_CREATED_ERROR": (
        "The board {name} is open in this program already.",
        Message(Code.CLOSE_THAT_FIRST),
    ),
    "STREAM_THREAD_ERROR": (
        "The board {name} does not begin to send.",
        Message(Code.SWITCH_OFF_AND_ON),
    ),
    "STREAM_THREAD_IS_NOT_RUNNING": (
        "The board {name} does not begin to send.",
        Message(Code.SWITCH_OFF_AND_ON),
    ),
    "SYNC_TIMEOUT_ERROR": ("No data comes from the board {name}.", None),
    "INVALID_ARGUMENTS_ERROR": (
        "The board {name} does not take its parameters: {given}.",
        Message(Code.LOG_SAYS_WHAT_IS_WRONG),
    ),
    "UNSUPPORTED_BOARD_ERROR": (
        "This computer's BrainFlow has no driver for the board {name}.",
        Message(Code.USE_SUPPORTED_SYSTEM),
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
        Message(Code.COMMAND_REFUSED, name=spec.name, what=command),
        Message(Code.MAKER_LISTS_COMMANDS),
    )


def gone(spec: BoardSpec) -> SourceLost:
    """BrainFlow has no session of it any more."""
    return SourceLost(Message(Code.BOARD_GONE, name=spec.name), how_to_reach(spec))


def unplugged(spec: BoardSpec) -> SourceLost:
    """Its port has hung up."""
    return SourceLost(
        Message(Code.BOARD_PORT_GONE, port=_port(spec), name=spec.name),
        Message(Code.PLUG_IN_BOARD),
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
        raise SourceNotFound(Message(Code.NO_FILE, name=str(path)), FILE_HINT) from error
    except OSError as error:
        raise SourceNotFound(Message(Code.FILE_UNREADABLE, name=str(path)), FILE_HINT) from error
    if not line:
        raise SourceNotFound(Message(Code.RECORDING_EMPTY, name=str(path)), FILE_HINT)
    separator = b"\t" if b"\t" in line else b","
    columns = len([one for one in line.split(separator) if one != b"\n"])
    board = board_name(spec.described_as)
    if columns != n_rows:
        raise SourceNotFound(
            Message(
                Code.RECORDING_OF_OTHER_BOARD, name=str(path), n=columns, board=board, count=n_rows
            ),
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
