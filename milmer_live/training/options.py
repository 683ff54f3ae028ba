"""Training settings from a file, from options, and from `--set name=value`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from milmer_live.config import read_toml
from milmer_live.errors import ConfigError
from milmer_live.training.results.ablation import AblationSettings
from milmer_live.training.settings import Protocol, TrainSettings, with_changes


def settings_from(
    file: Path | None,
    options: Mapping[str, object],
    assignments: Sequence[str],
    searched: Sequence[str] = (),
) -> TrainSettings:
    """`file` first, then `options` by dotted name (None: not given), then `assignments`; `searched`
    adds to what the file searches. Raises ConfigError."""
    base = read_toml(file, TrainSettings) if file else TrainSettings()
    given = {name: value for name, value in options.items() if value is not None}
    tried = dict(map(_tried, searched))
    if tried:
        given["search"] = base.search | tried
    return with_changes(base, given | dict(map(_assignment, assignments)))


def _tried(text: str) -> tuple[str, object]:
    """'a.b=[1, 2]'; a single value is a list of one."""
    name, value = _assignment(text, "--search")
    return name, value if isinstance(value, list) else [value]


def grid_from(file: Path, data: Path | None) -> AblationSettings:
    """The grid of an ablation. Raises ConfigError."""
    settings = read_toml(file, AblationSettings)
    if data is None:
        return settings
    base = with_changes(settings.base, {"data": str(data)})
    return settings.model_copy(update={"base": base})


def protocol_from(name: str) -> Protocol:
    """Raises ConfigError."""
    for known in get_args(Protocol):
        if name == known:
            protocol: Protocol = known
            return protocol
    raise ConfigError(
        f"There is no protocol '{name}'.", f"Choose from: {', '.join(get_args(Protocol))}."
    )


def _assignment(text: str, option: str = "--set") -> tuple[str, object]:
    """'a.b=1' as TOML reads the value; what is not TOML is a plain word."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"{option} {text}: it needs a name and a value.", "Write name=value.")
    try:
        return name.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name.strip(), value.strip()
