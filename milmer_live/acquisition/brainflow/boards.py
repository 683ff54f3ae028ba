"""Which boards BrainFlow speaks to, what each needs, and how a user names one."""

from __future__ import annotations

import difflib
import functools
import sys
import warnings
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from milmer_live import paths
from milmer_live.acquisition.brainflow.serial_port import (
    serial_ports,
    usual_port,
)
from milmer_live.catalogue import Code
from milmer_live.errors import ConfigError
from milmer_live.messages import Message
from milmer_live.system.private_files import (
    make_private_folder,
    open_private,
)

SERIAL = (("serial_port",), ())
BLUETOOTH = ((), ("mac_address", "serial_number", "timeout"))
MUSE = ((), ("mac_address", "serial_number", "timeout", "other_info"))
# Bluetooth of before LE: Windows and macOS find what is paired, Linux has to be told.
PAIRED = (
    (("mac_address",), ("timeout",))
    if sys.platform == "linux"
    else ((), ("mac_address", "timeout"))
)
MAC = (("mac_address",), ("timeout",))
DONGLE = (("serial_port",), ("mac_address", "serial_number", "timeout"))
WIFI_SHIELD = (("ip_port",), ("ip_address", "timeout"))
NETWORK = ((), ("ip_address", "serial_number", "timeout"))
NUMBERED = ((), ("serial_number", "timeout"))

# (needed, optional) parameters of each board, from BrainFlow's "Supported Boards" and, where that
# page leaves a board out, from its driver.
PARAMETERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "SYNTHETIC": ((), ()),
    "PLAYBACK_FILE": (("file", "master_board"), ("file_aux", "file_anc")),
    "STREAMING": (
        ("ip_address", "ip_port", "master_board"),
        ("ip_address_aux", "ip_port_aux", "ip_address_anc", "ip_port_anc"),
    ),
    **dict.fromkeys(("CYTON", "CYTON_DAISY", "FREEEEG32", "FREEEEG128", "IRONBCI_32"), SERIAL),
    **dict.fromkeys(("NEUROPAWN_KNIGHT", "NEUROPAWN_KNIGHT_BOARD_IMU"), SERIAL),
    "SHIMMER3": (("serial_port",), ("timeout",)),
    "PIEEG": ((), ("serial_port",)),
    "GANGLION": DONGLE,
    **dict.fromkeys(("BRAINBIT_BLED", "MUSE_S_BLED", "MUSE_2_BLED", "MUSE_2016_BLED"), DONGLE),
    **dict.fromkeys(("GANGLION_WIFI", "CYTON_WIFI", "CYTON_DAISY_WIFI", "NTL_WIFI"), WIFI_SHIELD),
    **dict.fromkeys(("GALEA", "EMOTIBIT"), NETWORK),
    **dict.fromkeys(("GANGLION_NATIVE", "BRAINALIVE", "AAVAA_V3"), BLUETOOTH),
    **dict.fromkeys(("MUSE_2", "MUSE_S", "MUSE_2016", "MUSE_S_ATHENA"), MUSE),
    **dict.fromkeys(("ENOPHONE", "EXPLORE_4_CHAN", "EXPLORE_8_CHAN"), PAIRED),
    **dict.fromkeys(("EXPLORE_PLUS_8_CHAN", "EXPLORE_PLUS_32_CHAN"), PAIRED),
    **dict.fromkeys(
        ("SYNCHRONI_TRIO_3_CHANNELS", "SYNCHRONI_OCTO_8_CHANNELS", "SYNCHRONI_PENTO_8_CHANNELS"),
        MAC,
    ),
    **dict.fromkeys(("SYNCHRONI_UNO_1_CHANNELS", "OB5000_8_CHANNELS", "OB3000_24_CHANNELS"), MAC),
    **dict.fromkeys(("GFORCE_PRO", "GFORCE_DUAL"), ((), ())),
    **dict.fromkeys(("BRAINBIT", "UNICORN", "NOTION_1", "NOTION_2", "CROWN"), NUMBERED),
    **dict.fromkeys(
        ("CALLIBRI_EEG", "CALLIBRI_EMG", "CALLIBRI_ECG"), ((), ("other_info", "timeout"))
    ),
    "BIOLISTENER": ((), ("ip_address", "ip_port", "timeout")),
    **{
        f"ANT_NEURO_EE_{model}": NUMBERED
        for model in (211, 212, 213, 214, 215, 221, 222, 223, 224, 225, 410, 411, 430, 511)
    },
}

# What a parameter may look like, where this computer does not say it.
EXAMPLES = {
    "file": "recording.csv",
    "master_board": "SYNTHETIC",
    "ip_address": "225.1.1.1",  # of BrainFlow's own example of a stream
    "ip_port": "6677",
    "mac_address": "AA:BB:CC:DD:EE:FF",
}
# What a recording, or another program's board, is given for each preset.
PRESET_PARAMETERS = {
    "PLAYBACK_FILE": ("file", "file_aux", "file_anc"),
    "STREAMING": ("ip_port", "ip_port_aux", "ip_port_anc"),
}
# What this program itself takes beside BrainFlow's parameters.
OWN_PARAMETERS = ("channels", "layout", "config")


@dataclass(frozen=True, slots=True)
class BoardListing:
    """A board that BrainFlow knows, and the parameters that it needs and takes. `channel_names` is
    empty where the board leaves them to the user (`channels=`). `spec` is what to write to use it,
    with examples where only the user knows; `has_eeg`: it can be the EEG, else it is recorded
    beside one."""

    name: str
    title: str
    needs: tuple[str, ...]
    optional: tuple[str, ...]
    n_channels: int
    sample_rate: float
    channel_names: tuple[str, ...]
    spec: str
    has_eeg: bool = True

    @property
    def option(self) -> str:
        """Of `live` and `record`, which takes it."""
        return "--eeg" if self.has_eeg else "--also"


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """What a user asks for. `described_as` is the board whose layout the samples have: that of
    a recording is its own board's. `commands` go to BrainFlow's config_board; `channels` are names
    in order ("-": the board's own), or `layout` says where its electrodes are."""

    name: str
    board_id: int
    described_as: int
    parameters: dict[str, str | int] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    layout: str = ""


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
    """All boards of the installed BrainFlow, by number: recordings and network streams of boards
    first."""
    ports = serial_ports()
    port = ports[0] if ports else usual_port()
    return tuple(
        _listing(name, _description(number), port) for name, number in _board_ids().items()
    )


def parse_board(text: str) -> BoardSpec:
    """`CYTON?serial_port=/dev/ttyUSB0`, `0?serial_port=COM3`, `SYNTHETIC`. Raises ConfigError.

    Parameters are BrainFlow's (serial_port, mac_address, ip_address, ...), `channels=Fp1,Fp2` to
    name the channels or `layout=` to say where they are, and `config=` for commands to the board,
    which may come repeatedly.
    """
    board, _, query = text.partition("?")
    name = _named(board)
    pairs = _pairs(query, text)
    known = {*vars(board_shim().BrainFlowInputParams()), *OWN_PARAMETERS}
    unknown = [key for key, _ in pairs if key not in known]
    if unknown:
        raise ConfigError(
            Message(Code.NO_SUCH_PARAMETER, name=unknown[0]),
            Message(Code.THERE_ARE, names=", ".join(sorted(known))),
        )
    given = {key: _value(key, value) for key, value in pairs if key not in OWN_PARAMETERS}
    needs, _ = PARAMETERS.get(name, ((), ()))
    missing = [parameter for parameter in needs if parameter not in given]
    if missing:
        raise ConfigError(
            Message(Code.BOARD_NEEDS, name=name, what=" and ".join(missing)),
            Message(Code.WRITE_BRAINFLOW, spec=filled_in(name)),
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
        layout=next((value for key, value in pairs if key == "layout"), ""),
    )


def descriptions(spec: BoardSpec) -> dict[int, dict[str, Any]]:
    """BrainFlow's descriptions of what the board sends, by the number of the preset. Of a
    recording, or of another program's board, those that are asked for."""
    numbers = sorted(board_shim().BoardShim.get_board_presets(spec.described_as))
    if needed := PRESET_PARAMETERS.get(spec.name):
        numbers = [one for one in numbers if one == 0 or spec.parameters.get(needed[one])]
    return {number: _description(spec.described_as, number) for number in numbers}


def board_name(board_id: int) -> str:
    """The name of a board by its number."""
    return next(name for name, number in _board_ids().items() if number == board_id)


def _pairs(query: str, text: str) -> list[tuple[str, str]]:
    try:
        # a plus sign is a plus sign here, not a space
        return parse_qsl(query.replace("+", "%2B"), strict_parsing=True) if query else []
    except ValueError as error:
        raise ConfigError(
            Message(Code.BOARD_SPEC_WRONG, spec=text),
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
        raise ConfigError(Message(Code.IS_WHOLE_NUMBER, name=key, value=value, same=key)) from error


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
        Message(Code.NO_SUCH_BOARD, name=text), f"{meant}`milmer-live devices` lists all of them."
    )


def filled_in(name: str, port: str = "") -> str:
    """What to write to use a board, with a value for each parameter that it needs."""
    needs, _ = PARAMETERS.get(name, ((), ()))
    values = {**EXAMPLES, "serial_port": port or usual_port()}
    wanted = "&".join(f"{need}={quote(values[need], safe='/:,+')}" for need in needs)
    return name + (f"?{wanted}" if wanted else "")


def _description(board_id: int, preset: int = 0) -> dict[str, Any]:
    return dict(board_shim().BoardShim.get_board_descr(board_id, preset))


def _listing(name: str, found: dict[str, Any], port: str) -> BoardListing:
    needs, optional = PARAMETERS.get(name, ((), ()))
    names = str(found.get("eeg_names", ""))
    return BoardListing(
        name=name,
        title=str(found.get("name", name)),
        needs=needs,
        optional=optional,
        n_channels=len(found.get("eeg_channels", ())),
        sample_rate=float(found.get("sampling_rate", 0)),
        channel_names=tuple(names.split(",")) if names else (),
        spec=f"brainflow:{filled_in(name, port)}",
        has_eeg="eeg_channels" in found or name in PRESET_PARAMETERS,
    )
