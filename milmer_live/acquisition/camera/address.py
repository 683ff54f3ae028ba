"""What `camera:ADDRESS` may name: a camera of this machine, a video file, a network camera."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from milmer_live.catalogue import Code
from milmer_live.errors import ConfigError
from milmer_live.messages import Message

NETWORK = ("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "udp", "rtp", "tcp")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # two letters or more: C: is a disk


@dataclass(frozen=True, slots=True)
class DeviceAddress:
    """A camera by its index (`0`) or its path (`/dev/video0`, `/dev/v4l/by-id/…`)."""

    text: str


@dataclass(frozen=True, slots=True)
class FileAddress:
    """A video file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name or str(self.path)


@dataclass(frozen=True, slots=True)
class NetworkAddress:
    """A network camera. `name` is what to show of it: no password, and no query, in which some
    cameras have one."""

    url: str
    name: str


Address = DeviceAddress | FileAddress | NetworkAddress


def address_of(text: str) -> Address:
    """What `text` names; nothing is opened. Raises ConfigError for an unknown kind."""
    if text.isdecimal() or text.startswith("/dev/"):
        return DeviceAddress(text)
    found = _SCHEME.match(text)
    if found is None or _is_file(text):
        return FileAddress(_home(text))
    scheme = found[1].lower()
    if scheme == "file":
        return FileAddress(_home(_path_of(text[found.end() :])))
    if scheme in NETWORK:
        return NetworkAddress(text, _shown(text))
    raise ConfigError(
        Message(Code.CAMERA_SCHEME_UNKNOWN, name=found[1]),
        Message(Code.THERE_ARE, names=", ".join((*NETWORK, "file"))),
    )


def _is_file(text: str) -> bool:
    """Whether a file has a colon in its name, such as `take:2.mp4`."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def _home(text: str) -> Path:
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:  # `~name` of nobody: a file may be called so
        return path


def _path_of(rest: str) -> str:
    """Of `file:///tmp/a%20b.mp4` what is behind `file:`; a plain path as it is."""
    return url2pathname(urlsplit(rest).path) if rest.startswith("//") else rest


def _shown(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigError(
            Message(Code.CAMERA_ADDRESS_WRONG), Message(Code.WRITE_CAMERA_ADDRESS)
        ) from error
    place = parts.path if parts.path.strip("/") else f":{port}" if port else ""
    return f"{parts.scheme}://{host}{place}"
