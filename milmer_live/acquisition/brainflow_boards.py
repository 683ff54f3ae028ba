"""Which boards BrainFlow speaks to, what each needs, and how a user names one."""

from __future__ import annotations

import difflib
import functools
import warnings
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from milmer_live import paths
from milmer_live.errors import ConfigError
from milmer_live.private_files import make_private_folder, open_private

SERIAL = (("serial_port",), ())
BLUETOOTH = ((), ("mac_address", "serial_number", "timeout"))
DONGLE = (("serial_port",), ("mac_address", "serial_number", "timeout"))
WIFI_SHIELD = (("ip_port",), ("ip_address", "timeout"))
NUMBERED = ((), ("serial_number", "timeout"))

# (needed, optional) parameters of each board, from BrainFlow's "Supported Boards". Of a board
# that is not here BrainFlow itself says what is missing.
PARAMETERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "SYNTHETIC": ((), ()),
    "PLAYBACK_FILE": (("file", "master_board"), ("file_aux", "file_anc")),
    "STREAMING": (("ip_address", "ip_port", "master_board"), ()),
    **dict.fromkeys(("CYTON", "CYTON_DAISY", "FREEEEG32", "FREEEEG128", "IRONBCI_32"), SERIAL),
    **dict.fromkeys(("NEUROPAWN_KNIGHT", "NEUROPAWN_KNIGHT_BOARD_IMU"), SERIAL),
    "PIEEG": ((), ("serial_port",)),
    "GANGLION": DONGLE,
    **dict.fromkeys(("BRAINBIT_BLED", "MUSE_S_BLED", "MUSE_2_BLED", "MUSE_2016_BLED"), DONGLE),
    **dict.fromkeys(("GANGLION_WIFI", "CYTON_WIFI", "CYTON_DAISY_WIFI"), WIFI_SHIELD),
    **dict.fromkeys(("GANGLION_NATIVE", "BRAINALIVE"), BLUETOOTH),
    "ENOPHONE": (("mac_address",), ("timeout",)),
    **dict.fromkeys(("MUSE_2", "MUSE_S", "MUSE_2016", "MUSE_S_ATHENA"), BLUETOOTH),
    **dict.fromkeys(("EXPLORE_4_CHAN", "EXPLORE_8_CHAN"), BLUETOOTH),
    **dict.fromkeys(("EXPLORE_PLUS_8_CHAN", "EXPLORE_PLUS_32_CHAN"), BLUETOOTH),
    **dict.fromkeys(("BRAINBIT", "UNICORN", "NOTION_1", "NOTION_2", "CROWN"), NUMBERED),
    "CALLIBRI_EEG": ((), ("other_info", "timeout")),
    "BIOLISTENER": ((), ("ip_address", "ip_port", "timeout")),
    **{
        f"ANT_NEURO_EE_{model}": NUMBERED
        for model in (211, 212, 213, 214, 215, 221, 222, 223, 224, 225, 410, 411, 430, 511)
    },
}

# What this program itself takes beside BrainFlow's parameters.
OWN_PARAMETERS = ("channels", "config")


@dataclass(frozen=True, slots=True)
class BoardListing:
    """A board that BrainFlow knows. `needs` and `optional` are None where only BrainFlow
    knows; `channel_names` is empty where the board leaves them to the user (`channels=`)."""

    name: str
    title: str
    needs: tuple[str, ...] | None
    optional: tuple[str, ...] | None
    n_channels: int
    sample_rate: float
    channel_names: tuple[str, ...]

    @property
    def spec(self) -> str:
        """What to write to use it."""
        wanted = "&".join(f"{name}=…" for name in self.needs or ())
        return f"brainflow:{self.name}" + (f"?{wanted}" if wanted else "")


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """What a user asks for. `described_as` is the board whose layout the samples have: that of
    a recording is its own board's. `commands` go to BrainFlow's config_board."""

    name: str
    board_id: int
    described_as: int
    parameters: dict[str, str | int] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


@functools.cache
def board_shim() -> Any:
    """BrainFlow's module, whose own log goes to `brainflow.log` beside ours."""
    with warnings.catch_warnings():
        # at its first call on Python 3.11 brainflow imports pkg_resources, which says that it
        # will go away
        warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
        import brainflow.board_shim as module

        log = paths.log_file().with_name("brainflow.log")
        try:
            make_private_folder(log.parent)
            open_private(log, "ab").close()  # BrainFlow appends, with the rights it finds
            module.BoardShim.set_log_file(str(log))
        except (OSError, module.BrainFlowError):
            module.BoardShim.disable_board_logger()
    return module


def list_boards() -> tuple[BoardListing, ...]:
    """All boards that send EEG, by name; recordings and network streams of them first."""
    described = ((name, _description(number)) for name, number in _board_ids().items())
    return tuple(
        _listing(name, description)
        for name, description in described
        if "eeg_channels" in description or name in ("PLAYBACK_FILE", "STREAMING")
    )


def parse_board(text: str) -> BoardSpec:
    """`CYTON?serial_port=/dev/ttyUSB0`, `0?serial_port=COM3`, `SYNTHETIC`. Raises ConfigError.

    Parameters are BrainFlow's (serial_port, mac_address, ip_address, ...), `channels=Fp1,Fp2`
    to name the channels, and `config=` for commands to the board, which may come repeatedly.
    """
    board, _, query = text.partition("?")
    name = _named(board)
    pairs = _pairs(query, text)
    known = {*vars(board_shim().BrainFlowInputParams()), *OWN_PARAMETERS}
    unknown = [key for key, _ in pairs if key not in known]
    if unknown:
        raise ConfigError(
            f"BrainFlow has no parameter '{unknown[0]}'.", f"There are: {', '.join(sorted(known))}."
        )
    given = {key: _value(key, value) for key, value in pairs if key not in OWN_PARAMETERS}
    needs, _ = PARAMETERS.get(name, ((), ()))
    missing = [parameter for parameter in needs if parameter not in given]
    if missing:
        raise ConfigError(
            f"The board {name} needs {' and '.join(missing)}.",
            f"Write brainflow:{name}?{'&'.join(f'{parameter}=…' for parameter in needs)}",
        )
    own = _board_ids()[name]
    return BoardSpec(
        name=name,
        board_id=own,
        described_as=int(given["master_board"]) if "master_board" in needs else own,
        parameters=given,
        channels=tuple(
            part.strip() for key, value in pairs if key == "channels" for part in value.split(",")
        ),
        commands=tuple(value for key, value in pairs if key == "config"),
    )


def description(spec: BoardSpec) -> dict[str, Any]:
    """Rows, rate and names of the samples that the board sends. Raises ConfigError."""
    found = _description(spec.described_as)
    if "eeg_channels" not in found:
        raise ConfigError(f"The board {spec.name} sends no EEG.", "Choose another board.")
    return found


def board_name(board_id: int) -> str:
    """The name of a board by its number."""
    return next(name for name, number in _board_ids().items() if number == board_id)


def _pairs(query: str, text: str) -> list[tuple[str, str]]:
    try:
        # a plus sign is a plus sign here, not a space
        return parse_qsl(query.replace("+", "%2B"), strict_parsing=True) if query else []
    except ValueError as error:
        raise ConfigError(
            f"'{text}' is not a board: after the question mark come name=value pairs.",
            "For example brainflow:CYTON?serial_port=/dev/ttyUSB0",
        ) from error


def _value(key: str, value: str) -> str | int:
    if key == "master_board":
        return _board_ids()[_named(value)]
    if isinstance(getattr(board_shim().BrainFlowInputParams(), key), str):
        return value
    try:
        return int(value)
    except ValueError as error:
        raise ConfigError(f"{key}={value}: {key} is a whole number.") from error


@functools.cache
def _board_ids() -> dict[str, int]:
    """Numbers of the boards by the names that we show: BrainFlow's without `_BOARD`."""
    return {
        str(board.name).removesuffix("_BOARD"): int(board.value)
        for board in board_shim().BoardIds
        if board.name != "NO_BOARD"
    }


def _named(text: str) -> str:
    ids = _board_ids()
    name = text.strip().upper().removesuffix("_BOARD")
    if name in ids:
        return name
    numbered = [known for known, number in ids.items() if str(number) == text.strip()]
    if numbered:
        return numbered[0]
    close = difflib.get_close_matches(name, ids, n=3)
    meant = f"Did you mean {' or '.join(close)}? " if close else ""
    raise ConfigError(
        f"BrainFlow knows no board '{text}'.", f"{meant}`milmer-live devices` lists all of them."
    )


def _description(board_id: int) -> dict[str, Any]:
    return dict(board_shim().BoardShim.get_board_descr(board_id))


def _listing(name: str, found: dict[str, Any]) -> BoardListing:
    needs, optional = PARAMETERS.get(name, (None, None))
    names = str(found.get("eeg_names", ""))
    return BoardListing(
        name=name,
        title=str(found.get("name", name)),
        needs=needs,
        optional=optional,
        n_channels=len(found.get("eeg_channels", ())),
        sample_rate=float(found.get("sampling_rate", 0)),
        channel_names=tuple(names.split(",")) if names else (),
    )
