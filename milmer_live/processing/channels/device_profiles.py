"""Profiles of devices: what their senders are known by, and what they do not say of themselves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pydantic import Field, field_validator

from milmer_live.config import Frozen, read_toml
from milmer_live.errors import MilmerError
from milmer_live.paths import config_dir, resource
from milmer_live.processing.channels.kinds import Kind
from milmer_live.processing.eeg.units import microvolts

FOLDER = "devices"


class Sender(Frozen):
    """What a stream announces: its name, type, source_id and host."""

    name: str = ""
    type: str = ""
    source_id: str = ""
    host: str = ""


class Match(Sender):
    """Patterns (regular expressions, for the whole text, in any case) that a sender must fit; ""
    fits all. `channels` is how many it must have; 0: any number."""

    channels: int = Field(0, ge=0)

    @field_validator("name", "type", "source_id", "host")
    @classmethod
    def _is_pattern(cls, text: str) -> str:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"'{text}' is no pattern ({error})") from error
        return text

    def fits(self, sender: Sender, n_channels: int) -> bool:
        fields = ("name", "type", "source_id", "host")
        pairs = [(getattr(self, field), getattr(sender, field)) for field in fields]
        return self.channels in (0, n_channels) and all(
            not pattern or re.fullmatch(pattern, text, re.IGNORECASE) for pattern, text in pairs
        )


class Profile(Frozen):
    """One kind of sender. What the sender states goes before all of this but `kinds`; before the
    profiles of the user's own it does not.

    `unit` is that of its EEG, and `scale` what its values have to be multiplied by to be in that
    unit, or in µV where they are counts; 0: not known. `channels` names them in order, and
    `layout` says where they are, both only where the device leaves no choice; `proposals` are
    layouts that it may have.
    `kinds` tells by label (a pattern) or by number ("33", from 1) what is no EEG.
    """

    title: str
    match: Match
    unit: str = ""
    scale: float = Field(0.0, ge=0, allow_inf_nan=False)
    channels: tuple[str, ...] = ()
    layout: str = ""
    proposals: tuple[str, ...] = ()
    kinds: dict[str, Kind] = Field(default_factory=dict)
    note: str = ""

    @field_validator("unit")
    @classmethod
    def _is_voltage(cls, unit: str) -> str:
        if unit and microvolts(unit) is None:
            raise ValueError(f"'{unit}' is no unit of voltage")
        return unit

    def kind_of(self, number: int, label: str) -> Kind | None:
        """Of the channel that is `number` (from 1) and called `label`; None: it says nothing."""
        for pattern, kind in self.kinds.items():
            if pattern == str(number) or (label and re.fullmatch(pattern, label, re.IGNORECASE)):
                return kind
        return None


def own_profile(sender: Sender, n_channels: int) -> tuple[Profile | None, tuple[str, ...]]:
    """The user's own profile that fits, and what is wrong with files of the user's, which are
    passed over."""
    own, problems = _read(_own_files())
    return next((one for one in own if one.match.fits(sender, n_channels)), None), problems


def shipped_profile(sender: Sender, n_channels: int) -> Profile | None:
    """The profile that fits of those that come along."""
    shipped, _ = _shipped()
    return next((one for one in shipped if one.match.fits(sender, n_channels)), None)


def profile_file(profile: Profile, stem: str) -> tuple[Path, str]:
    """Where a profile of the user's own is saved, and what is in the file."""
    bare = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:60] or "device"
    which = hashlib.sha256(profile.match.model_dump_json().encode()).hexdigest()[:8]
    return config_dir() / FOLDER / f"{bare}-{which}.toml", _as_toml(profile)


def exactly(sender: Sender, n_channels: int) -> Match:
    """What fits this sender alone. A source_id may hold the number of one device."""
    escaped = {
        name: re.escape(text) for name, text in sender.model_dump().items() if name != "host"
    }
    return Match(**escaped, channels=n_channels)


def _own_files() -> tuple[tuple[Path, float], ...]:
    folder = config_dir() / FOLDER
    try:
        files = sorted(folder.glob("*.toml"))
        return tuple((file, file.stat().st_mtime) for file in files)
    except OSError:
        return ()


@cache
def _shipped() -> tuple[tuple[Profile, ...], tuple[str, ...]]:
    return _read(tuple((file, 0.0) for file in sorted(resource(FOLDER).glob("*.toml"))))


@cache
def _read(files: Sequence[tuple[Path, float]]) -> tuple[tuple[Profile, ...], tuple[str, ...]]:
    found: list[Profile] = []
    problems: list[str] = []
    for file, _ in files:
        try:
            found.append(read_toml(file, Profile))
        except MilmerError as error:
            problems.append(f"A profile of a device is passed over: {error}")
    return tuple(found), tuple(problems)


def _as_toml(profile: Profile) -> str:
    lines = [f"title = {_quoted(profile.title)}"]
    lines += [
        f"{name} = {_quoted(text)}"
        for name in ("unit", "layout")
        if (text := getattr(profile, name))
    ]
    if profile.scale:
        lines.append(f"scale = {profile.scale!r}")
    if profile.channels:
        lines.append(f"channels = [{', '.join(map(_quoted, profile.channels))}]")
    lines += ["", "[match]"]
    for name, value in profile.match.model_dump(exclude_defaults=True).items():
        lines.append(f"{name} = {value if isinstance(value, int) else _quoted(value)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
